"""Recherche and many documents at once, as requests: what is shown, refused, kept, and described for programs."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from demeure.gateway.pages.find import passage_url
from demeure.policy import Denied
from demeure.testing.gateway import CLAIRE, FakeRooms

from .conftest import TOKEN, Live

EVIL = "<img src=x onerror=alert(1)> salle"


def test_a_passage_is_looked_at_where_it_stands() -> None:
    assert passage_url("d1", {"kind": "page", "page": 3}, 7) == "/documents/d1/page/3?passage=7"
    assert passage_url("d1", {"kind": "heading", "path": ["A"]}, 7) == "/documents/d1/passage/7"
    assert passage_url("a/b?", {"kind": "lines", "from": 1, "to": 2}, 7) == "/documents/a%2Fb%3F/passage/7"


def furnished(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", tags=("a&b",))
    live.rooms.shelves.put(EVIL, space="urbanisme")
    live.rooms.finder.texts |= {"d1": f"Gratuité de la {EVIL} des fêtes.", "d2": "La salle."}


def test_what_was_sought_is_shown_as_text_and_marked(live: Live) -> None:
    furnished(live)
    with live.client() as client:
        page = client.get("/recherche", params={"q": "salle", "espace": "mairie", "etiquette": "x", "page": "1"})
        assert client.get("/recherche", params={"q": EVIL}).status_code == 200
        first = client.get("/recherche")
    assert "<mark>salle</mark>" in page.text and "<img" not in page.text
    assert "/documents/d1/page/3?passage=7" in page.text
    assert "1 document contient tout" in page.text and "Trouvé en 0,01\u00a0s" in page.text
    text, spaces, wanted, number = live.rooms.finder.asked[0]
    assert (text, spaces, wanted.tag, number) == ("salle", ("mairie",), "x", 1)
    assert first.status_code == 200 and len(live.rooms.finder.asked) == 2, (
        "nothing is looked for on the first screen"
    )


def test_words_only_and_what_was_meant_are_said(live: Live) -> None:
    furnished(live)
    live.rooms.finder.meant, live.rooms.finder.by_meaning = "salle <b>", False
    with live.client() as client:
        page = client.get("/recherche", params={"q": "sallle", "type": "pdf"}).text
    assert "Vouliez-vous dire" in page and "salle &lt;b&gt;" in page and "<b>" not in page.split("meant")[1][:200]
    assert "q=salle+%3Cb%3E&amp;type=pdf" in page
    assert "rangé par les mots seulement" in page
    assert "Rien de tel" in page


def test_a_space_that_does_not_open_is_named_beside_what_the_others_hold(live: Live) -> None:
    furnished(live)
    live.rooms.finder.shut = {"Tenu <b>": {"fr": "La clé est abîmée.", "en": "The key is damaged."}}
    with live.client() as client:
        page = client.get("/recherche", params={"q": "salle"}).text
        data = client.get("/api/search", params={"q": "salle"}).json()
    assert "Sans «\u00a0Tenu &lt;b&gt;\u00a0», qui ne s’ouvre pas. La clé est abîmée." in page
    assert "<mark>salle</mark>" in page and data["shut"] == live.rooms.finder.shut


def test_what_only_comes_near_is_said_once_and_in_words(live: Live) -> None:
    furnished(live)
    live.rooms.finder.whole = False
    with live.client() as client:
        page = client.get("/recherche", params={"q": "salle", "espace": "mairie"}).text
    assert page.count("voici ce qui s’en approche") == 1
    assert "0 document" not in page and "autre s’en approche" not in page


@pytest.mark.parametrize(
    ("language", "beneath", "alone"),
    [
        ("fr", "Passages sans vos mots", "Aucun des passages trouvés ne contient vos mots"),
        ("en", "Passages without your words", "None of the passages found holds your words"),
    ],
)
def test_what_holds_none_of_the_words_is_said(live: Live, language: str, beneath: str, alone: str) -> None:
    furnished(live)
    live.rooms.shelves.put("Marché.pdf")
    live.rooms.finder.texts["d3"] = "Les étals du mardi."
    live.rooms.finder.near = {"d3"}
    with live.client(**{"Accept-Language": language}) as client:
        page = client.get("/recherche", params={"q": "gratuité"}).text
        lost = client.get("/recherche", params={"q": "zèbre"}).text
    assert page.count(beneath) == 1 and beneath in page.partition("Marché.pdf")[2] and alone not in page
    assert alone in lost and beneath not in lost, "said once"


def test_programs_find_tag_and_erase(live: Live) -> None:
    furnished(live)
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        found = client.get("/api/search", params={"q": "gratuité", "space": "mairie"}).json()
        assert [(d["id"], d["whole"]) for d in found["documents"]] == [("d1", True)]
        assert client.get("/api/search").status_code == 400
        assert client.get("/api/search", params={"q": "x" * 500}).status_code == 400
        tagged = client.post("/api/documents/tags", json={"documents": ["d1"], "add": ["été"], "remove": ["A&B"]})
        assert tagged.json() == {"documents": 1} and live.rooms.shelves.rows["d1"].tags == ("été",)
        assert client.get("/api/documents", params={"tag": "ete"}).json()["documents"][0]["tags"] == ["été"]
        for bad in (
            {"documents": "d1"},
            {"documents": [1]},
            {"documents": ["d1"], "add": ["a,b"]},
            {"documents": ["d9"], "add": ["x"]},
        ):
            assert client.post("/api/documents/tags", json=bad).status_code in (400, 404)
        assert client.post("/api/documents/delete", json={"documents": ["d1", "d9"]}).status_code == 404
        assert client.post("/api/documents/delete", json={"documents": ["d1", "d2"]}).json() == {"documents": 2}
    assert live.rooms.shelves.rows == {}


def test_many_are_named_and_counted_before_they_are_erased(live: Live) -> None:
    furnished(live)
    live.rooms.catalogue.kept.add("d2")
    form = {"token": TOKEN, "espace": "mairie", "document": ["d1", "d2"]}
    with live.client() as client:
        question = client.post("/documents/supprimer", data=form)
        assert "Supprimer 1 document\u202f?" in question.text and "1 autre document choisi restera" in question.text
        assert set(live.rooms.shelves.rows) == {"d1", "d2"}
        nothing = client.post("/documents/supprimer", data={"token": TOKEN, "espace": "mairie"})
        assert nothing.status_code == 400 and "Aucun document n’a été choisi" in nothing.text
        none = client.post("/documents/supprimer", data={"token": TOKEN, "espace": "mairie", "document": "d2"})
        assert none.status_code == 400 and "aucun de ces documents" in none.text
        done = client.post("/documents/effacer", data={"token": TOKEN, "document": "d1"})
        assert (done.status_code, done.headers["location"]) == (303, "/documents?espace=mairie&efface=1")
        assert "Le document est effacé." in client.get(done.headers["location"]).text
        live.rooms.catalogue.failure = Denied(rule="x", why_fr="Non.", why_en="No.")
        assert client.post("/documents/effacer", data={"token": TOKEN, "document": "d2"}).status_code == 403
    assert set(live.rooms.shelves.rows) == {"d2"}


def test_tags_go_back_to_the_same_list_and_what_is_no_tag_is_told(live: Live) -> None:
    furnished(live)
    form = {"token": TOKEN, "espace": "mairie", "document": "d1", "type": "pdf", "mots": "un, deux"}
    with live.client() as client:
        done = client.post("/documents/etiqueter", data=form)
        assert done.headers["location"].startswith("/documents?espace=mairie&type=pdf") and done.status_code == 303
        refused = client.post("/documents/etiqueter", data=form | {"mots": "x" * 41})
        assert refused.status_code == 400 and "Une étiquette a de 1 à 40" in refused.text
        empty = client.post("/documents/etiqueter", data=form | {"mots": " , "})
        for act in ("etiqueter", "supprimer", "suivi"):
            nothing = client.post(f"/documents/{act}", data={"token": TOKEN, "espace": "mairie", "mots": "un"})
            assert nothing.status_code == 400 and "Cochez-en d’abord" in nothing.text
            assert 'role="alert"' in nothing.text and "Tous les états" in nothing.text, act
        assert empty.status_code == 400 and "au moins une étiquette" in empty.text
        client.post("/documents/etiqueter", data=form | {"mots": "un", "retirer": "1"})
    assert live.rooms.shelves.rows["d1"].tags == ("a&b", "deux")


def test_beyond_a_thousand_the_first_thousand_of_the_list_are_offered(live: Live) -> None:
    for number in range(1001):
        live.rooms.shelves.put(f"fiche {number:04}.txt")
    form = {"token": TOKEN, "espace": "mairie", "tri": "nom"}
    with live.client() as client:
        page = client.get("/documents", params={"espace": "mairie", "tri": "nom"}).text
        assert 'name="tous" value="premiers"' in page and "Les 1\u202f000 premiers de la liste" in page
        assert '<input type="hidden" name="tri" value="nom">' in page
        question = client.post("/documents/supprimer", data=form | {"tous": "premiers"}).text
        assert "Supprimer 1\u202f000 documents" in question and "autre document choisi" not in question
        for act in ("supprimer", "suivi", "etiqueter"):  # the list was shown with fewer
            grown = client.post(f"/documents/{act}", data=form | {"tous": "1", "mots": "un"})
            assert grown.status_code == 400 and "Au plus 1000 documents à la fois" in grown.text, act
        client.post("/documents/etiqueter", data=form | {"tous": "premiers", "mots": "un"})
        tagged = [row.name for row in live.rooms.shelves.rows.values() if "un" in row.tags]
        assert len(tagged) == 1000 and "fiche 1000.txt" not in tagged
        live.rooms.shelves.rows.pop("d1")
        page = client.get("/documents", params={"espace": "mairie"}).text
        assert 'name="tous" value="1"' in page and "Les 1\u202f000 documents de la liste" in page


def test_a_space_is_made_by_those_who_may(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    live = serve(rooms)
    with live.client() as client:
        assert (
            client.post("/espaces", data={"token": TOKEN, "nom": "Marches"})
            .headers["location"]
            .endswith("=marches")
        )
        assert "Créer un espace" in client.get("/documents").text
        rooms.reception.sessions["claire"] = replace(CLAIRE, roles=frozenset({"agent"}))
        assert "Créer un espace" not in client.get("/documents").text
        assert "Seule une personne" in client.get("/espaces/nouveau").text
    assert "Marches" in rooms.shelves.names.values()


@pytest.mark.parametrize(
    "query", ["page=-1", "page=99999999999", "tri=x&etat=y", "depuis=demain", "page=²", "efface=²"]
)
def test_any_address_of_a_list_is_a_page(live: Live, query: str) -> None:
    furnished(live)
    with live.client() as client:
        assert client.get(f"/documents?espace=mairie&{query}").status_code == 200
        assert client.get(f"/recherche?q=salle&{query}").status_code == 200


def test_a_search_without_a_word_does_not_blame_the_engine(live: Live) -> None:
    live.rooms.finder.by_meaning = False  # as of a search that asked nothing of it
    with live.client() as client:
        for text in ('""', "%", "…"):
            assert "ne répond pas" not in client.get("/recherche", params={"q": text}).text
        assert "ne répond pas" in client.get("/recherche", params={"q": "tarif"}).text
