"""Versions, comparisons, care and health as pages and as an API, over fakes: what is shown, what a form does."""

from collections.abc import Callable
from dataclasses import replace

from demeure.library import Gap, Standing
from demeure.testing.gateway import FakeRooms

from .conftest import TOKEN, Live

OLD, NEW = "Tarifs <b>2025</b>.pdf", "Tarifs 2026.pdf"


def furnished() -> FakeRooms:
    rooms = FakeRooms()
    old, new = rooms.shelves.put(OLD, pages=2), rooms.shelves.put(NEW, pages=2, review_on="2020-01-31")
    rooms.shelves.rows[old.id] = replace(
        old, newer=new.id, standing=(Standing("superseded", newer=new.id, name=NEW),)
    )
    rooms.shelves.rows[new.id] = replace(new, versions=1, standing=(Standing("review", "2020-01-31"),))
    rooms.tending.former = {new.id: old.id}
    rooms.comparing.texts = {old.id: "Le repas coûte 3,45 €.\nFin.", new.id: "Le repas coûte <i>3,60</i> €.\nFin."}
    return rooms


def test_the_card_says_how_a_document_stands_and_a_form_changes_its_care(serve: Callable[..., Live]) -> None:
    live = serve(furnished())
    with live.client() as client:
        card = client.get("/documents/d1").text
        assert "Remplacé par «\u00a0Tarifs 2026.pdf\u00a0»" in card and "Ouvrir la version en vigueur" in card
        assert "À relire depuis le 31\u00a0janvier 2020" in client.get("/documents/d2").text
        form = {"token": TOKEN, "responsable": "Accueil", "relire": "2027-01-31", "garder": ""}
        done = client.post("/documents/d2/suivi", data=form)
        assert done.status_code == 303
    row = live.rooms.shelves.rows["d2"]
    assert (row.owner, row.review_on, row.keep_until) == ("Accueil", "2027-01-31", "")


def test_several_at_once_and_a_field_left_empty_changes_nothing(serve: Callable[..., Live]) -> None:
    live = serve(furnished())
    form = {
        "token": TOKEN,
        "espace": "mairie",
        "document": ["d1", "d2"],
        "responsable": "Accueil",
        "relire": "",
        "garder": "",
    }
    with live.client() as client:
        done = client.post("/documents/suivi", data=form)
        assert done.status_code == 303 and "suivi=2" in done.headers["location"]
        assert "Suivi enregistré pour 2 documents." in client.get(done.headers["location"]).text
        assert live.rooms.shelves.rows["d2"].review_on == "2020-01-31"
        client.post("/documents/suivi", data={**form, "vider": "1"})
    assert live.rooms.shelves.rows["d2"].review_on == ""


def test_versions_are_listed_confirmed_and_refused(serve: Callable[..., Live]) -> None:
    rooms = furnished()
    other = rooms.shelves.put("Plan.pdf")
    rooms.tending.asked, rooms.tending.twins = [("d2", other.id)], [("d2", other.id)]
    live = serve(rooms)
    with live.client() as client:
        assert "Claire Morvan</small>" in client.get("/documents").text, "the former versions have their own line"
        page = client.get("/documents/d2/versions").text
        assert "en vigueur" in page and "Tarifs &lt;b&gt;2025&lt;/b&gt;.pdf" in page and "<b>2025" not in page
        assert "nouvelle version de «\u00a0Plan.pdf\u00a0»" in page and "93\u202f% du texte en commun" in page
        assert "Plan.pdf" in client.get("/documents/d2/versions?q=plan").text
        form = {"token": TOKEN, "other": other.id, "what": "apart"}
        assert client.post("/documents/d2/versions", data=form).status_code == 303
        assert rooms.tending.refused == [("d2", other.id)] and rooms.tending.asked == []
        client.post("/documents/d2/versions", data={**form, "what": "replaced"})
        assert rooms.tending.former[other.id] == "d2"
        assert client.post("/documents/d2/versions", data={**form, "what": "rien"}).status_code == 400
        back = client.post("/documents/d2/versions", data={**form, "what": "replaces", "retour": "sante"})
        assert back.headers["location"].startswith("/espaces/mairie/sante")


def test_what_changed_is_told_without_colour_alone_and_without_running_anything(serve: Callable[..., Live]) -> None:
    live = serve(furnished())
    with live.client() as client:
        page = client.get("/documents/d2/comparer?avec=d1").text
        assert (
            '<del><span class="vh">retiré\u00a0: </span>' in page
            and '<ins><span class="vh">ajouté\u00a0: </span>' in page
        )
        assert "3,45" in page and "&lt;i&gt;" in page and "<i>3,60" not in page
        assert "/documents/d1/page/1" in page and "/documents/d2/page/1" in page
        assert client.get("/documents/d2/comparer?avec=d2").text.count("mot pour mot") == 1
        assert client.get("/documents/d2/comparer?avec=rien").status_code == 404
        told = client.get("/api/documents/d2/compare?with=d1").json()
    assert told["changes"] and told["changes"][0]["former"]["place"]["page"] == 1
    assert {run["kind"] for run in told["changes"][0]["runs"]} == {"same", "removed", "added"}


def test_health_shows_each_line_with_what_to_do_and_numbers_alone_to_who_does_not_manage(
    serve: Callable[..., Live],
) -> None:
    rooms = furnished()
    rooms.health.rows = {"superseded": ["d1"], "review": ["d2"], "never_cited": ["d1"], "expired": []}
    rooms.health.gaps = [Gap("Où est le parking ?", 3, "2026-11")]
    live = serve(rooms)
    with live.client() as client:
        page = client.get("/espaces/mairie/sante").text
        assert (
            "/documents/d2#suivi" in page
            and "Rassembler les questions sans réponse" in page
            and "parking" not in page
        )
        client.post("/espaces/mairie/questions", data={"token": TOKEN, "gather": "1"})
        page = client.get("/espaces/mairie/sante").text
        assert "Où est le parking ?" in page and "demandée 3 fois" in page
        told = client.get("/api/spaces/mairie/health").json()
        assert told["questions"] == [{"question": "Où est le parking ?", "times": 3, "month": "2026-11"}]
        client.post("/espaces/mairie/questions", data={"token": TOKEN})
        assert "parking" not in client.get("/espaces/mairie/sante").text
        rooms.health.manages = False
        page = client.get("/espaces/mairie/sante").text
        assert "vous en voyez les nombres" in page and "Tarifs" not in page
        assert client.get("/espaces/rien/sante").status_code == 404


def test_whoever_asks_is_told_that_questions_are_gathered(serve: Callable[..., Live]) -> None:
    rooms = furnished()
    live = serve(rooms)
    with live.client() as client:
        assert "sont montrées, sans nom" not in client.get("/assistant").text
        rooms.shelves.gathering = {"mairie"}
        for path in ("/assistant", "/"):
            assert "sans réponse dans Mairie sont montrées, sans nom" in client.get(path).text


def test_an_answer_that_relies_on_a_superseded_document_says_so_under_its_source_and_in_its_notes(
    serve: Callable[..., Live],
) -> None:
    rooms = furnished()
    rooms.assistant.words = ("Le repas coûte 3,45 € [1][2].",)
    live = serve(rooms)
    with live.client() as client:
        page = client.post("/demander", data={"token": TOKEN, "question": "Combien coûte le repas ?"}).text
    assert "Cette réponse s’appuie sur 2 documents qui ne sont plus à jour." in page
    assert page.count("Remplacé par «\u00a0Tarifs 2026.pdf\u00a0»") >= 2, "under the source too"
    assert 'href="/documents/d2"' in page
