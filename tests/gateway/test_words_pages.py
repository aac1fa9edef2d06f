"""The organisation's words and files to send, as requests: what is shown, refused, kept, written in the journal."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from demeure.assistant import Source
from demeure.gateway.house import Exchange
from demeure.policy import Right
from demeure.testing.gateway import FakeRooms
from demeure.words import TextVersion, term
from demeure.workshop import LetterNotWritten

from .conftest import TOKEN, Live

EVIL = "<img src=x onerror=alert(1)>"
SOURCE = Source(
    1, "d1", "règlement.pdf", "mairie", {"kind": "page", "page": 3}, "page 3", "La cantine ouvre à 11 h 30.", 1.0
)


LINES = replace(SOURCE, place={"kind": "lines", "from": 1, "to": 3}, place_label="lines 1 to 3")


def answered(
    rooms: FakeRooms,
    text: str = "La cantine ouvre à 11 h 30 [1], pour 99 € !",
    source: Source = SOURCE,
    **facts: object,
) -> None:
    details = {"model": "m-1", "spaces": ["mairie"], "seconds": 1.0}
    kept = Exchange(
        message="12",
        question=f"Quand ouvre la cantine {EVIL} ?",
        text=text,
        outcome="done",
        sources=(source,),
        chain="c" * 32,
        journal=7,
        details=details,
        ended_at=datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
        **facts,  # type: ignore[arg-type]
    )
    rooms.memory.keep("abc", kept)


def test_entries_are_added_changed_removed_and_shown_as_text(live: Live) -> None:
    with live.client() as client:
        form = {
            "token": TOKEN,
            "form": EVIL,
            "kind": "term",
            "meaning": "",
            "avoid": "a1\nb2",
            "also": "",
            "note": "",
        }
        assert client.post("/administration/mots/entree", data=form).status_code == 303
        page = client.get("/administration/mots?fait=garde").text
        assert "<img" not in page and "a1, b2" in page and "L’entrée est gardée" in page
        one = live.rooms.words.kept[""][0]
        again = client.post("/administration/mots/entree", data=form)
        assert again.status_code == 409 and "est déjà dans ce glossaire" in again.text
        wrong = client.post("/administration/mots/entree", data=form | {"form": "  ", "note": "gardé tel quel"})
        assert wrong.status_code == 400 and "gardé tel quel" in wrong.text
        assert client.post("/administration/mots/entree", data=form | {"token": "x"}).status_code == 403
        gone = client.post("/administration/mots/entree/retirer", data={"token": TOKEN, "id": str(one.id)})
        assert gone.status_code == 303 and live.rooms.words.kept[""] == []


def test_a_file_is_imported_and_its_wrong_line_told(live: Live) -> None:
    with live.client() as client:

        def sent(data: bytes, token: str = TOKEN) -> tuple[int, str]:
            files = {"token": (None, token), "file": ("g.csv", data, "text/csv")}
            got = client.post("/administration/mots/importer", files=files)
            return got.status_code, got.text

        assert sent("forme;genre\nrégie;service".encode("cp1252"))[0] == 303
        status, page = sent(b"forme;genre\nok1;sigle\nx1;animal")
        assert status == 400 and "Ligne 3 du fichier" in page and "Rien n’a été importé" in page
        assert sent(b"forme\nx1", "no")[0] == 403
        assert sent(b"x" * (5 << 20))[0] == 413
        file = client.get("/administration/mots/exporter")
        assert file.content.startswith(b"\xef\xbb\xbfforme;genre") and "régie" in file.content.decode()


def test_the_words_of_a_space_are_for_its_readers(live: Live) -> None:
    live.rooms.words.rights = {"mairie": Right.MANAGE, "urbanisme": Right.READ}
    live.rooms.words.kept["urbanisme"] = [term("PLU", "acronym", "plan local d’urbanisme")]
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        page = client.get("/espaces/urbanisme/mots")
        assert "plan local" in page.text and "/entree" not in page.text
        assert client.get("/espaces/ailleurs/mots").status_code == 404
        assert client.get("/api/spaces/ailleurs/words").status_code == 404
        form = {"token": TOKEN, "form": "x1", "kind": "term"}
        assert client.post("/espaces/urbanisme/mots/entree", data=form).status_code == 403
        assert client.post("/espaces/mairie/mots/entree", data=form).status_code == 303
        assert client.post("/api/spaces/urbanisme/words/terms", json={"form": "x1"}).status_code == 403
        made = client.post("/api/spaces/mairie/words/terms", json={"form": "DGS", "kind": "acronym"})
        assert made.status_code == 201
        told = client.get("/api/spaces/mairie/words").json()
        assert [one["form"] for one in told["terms"]] == ["DGS", "x1"]
        gone = client.delete(f"/api/spaces/mairie/words/terms/{made.json()['id']}")
        assert gone.status_code == 204
        assert client.delete("/api/spaces/mairie/words/terms/zz").status_code == 400


def test_texts_have_versions_and_the_style_its_choices(live: Live) -> None:
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        form = {"token": TOKEN, "genre": "style", "after": "0", "address": "tu", "inclusive": "median"}
        form |= {"typography": "french", "body": "Pas de majuscules."}
        assert client.post("/administration/mots/texte", data=form).status_code == 303
        page = client.get("/administration/mots/texte?genre=style").text
        assert '<option value="tu" selected>' in page and "Pas de majuscules." in page
        moved = client.post("/administration/mots/texte", data=form)
        assert moved.status_code == 409 and "version 1" in moved.text
        assert client.get("/administration/mots/texte?genre=autre").status_code == 404
        body = {"kind": "closing", "body": "Cordialement.", "after": 0}
        assert client.post("/api/words/text", json=body).json() == {"version": 1}
        assert client.post("/api/words/text", json=body).status_code == 409
        assert client.post("/api/words/text", json=body | {"body": None, "after": 1}).json() == {"version": 2}
        versions = client.get("/api/words/text", params={"kind": "closing"}).json()["versions"]
        assert [one["body"] for one in versions] == [None, "Cordialement."]


def test_a_form_to_avoid_is_marked_with_its_replacement(live: Live) -> None:
    live.rooms.words.kept[""] = [term("réfectoire", avoid=["cantine"], note="charte <b>")]
    answered(live.rooms)
    with live.client() as client:
        page = client.get("/conversation/abc").text.replace("&nbsp;", "\u00a0")
    assert 'class="wording"' in page and "écrire «\u00a0réfectoire\u00a0»" in page and "charte &lt;b&gt;" in page


@pytest.mark.parametrize("kind", ["docx", "odt", "pdf", "md"])
def test_an_answer_leaves_as_a_file_with_its_marks_and_sources(live: Live, kind: str) -> None:
    answered(live.rooms)
    with live.client() as client:
        file = client.get("/conversation/abc/12/fichier", params={"format": kind})
        assert file.status_code == 200 and file.headers["content-disposition"].endswith(f".{kind}")
        assert "Quand-ouvre-la-cantine" in unquote(file.headers["content-disposition"])
        api = client.get("/api/conversations/abc/12/file", params={"format": kind})
        assert api.content == file.content
    letter, asked = live.rooms.exporter.written[0]
    assert asked == kind and letter.organisation == "Mairie de Saint-Aubin" and not letter.letterhead
    assert letter.text == "La cantine ouvre à 11 h 30 [1], pour 99\u202f€ (non étayé)\u202f!"
    assert [(s.number, s.document, s.where) for s in letter.sources] == [(1, "règlement.pdf", "page 3")]
    facts = dict(letter.facts)
    assert facts["AIGenerated"] == "true" and facts["AIModel"] == "m-1" and facts["HumanReview"] == "none"
    assert facts["JournalChain"] == "c" * 32 and facts["JournalEntry"] == "7"
    assert "m-1" in letter.mention and letter.review == "Pas encore relu par une personne."
    written = [
        (e.phase, e.outcome, e.object) for e in live.rooms.journal.entries if e.name.startswith("file-exported")
    ]
    assert written[:2] == [("intention", None, kind), ("closing", "done", kind)]


def test_who_has_read_it_again_is_said_in_the_file(live: Live) -> None:
    answered(live.rooms)
    with live.client() as client:
        assert "J’ai relu cette réponse" in client.get("/conversation/abc").text
        assert client.post("/conversation/abc/12/relu", data={"token": TOKEN}).status_code == 303
        assert "Relu par Claire" in client.get("/conversation/abc").text
        client.get("/conversation/abc/12/fichier", params={"format": "md", "lettre": "1"})
        assert client.post("/conversation/abc/99/relu", data={"token": TOKEN}).status_code == 404
    letter, _ = live.rooms.exporter.written[-1]
    assert letter.review.startswith("Relu par Claire") and dict(letter.facts)["HumanReview"].startswith("Claire")


def test_a_space_alone_gives_its_own_letterhead_and_the_text_its_language(live: Live) -> None:
    answered(live.rooms, source=LINES)
    for space, head in (("", "Mairie"), ("mairie", "Service scolaire\n1 place de la Fontaine")):
        kept = TextVersion("letterhead", "", 1, head, "p1", "2026-11-24T12:00:00.000000Z", space)
        live.rooms.words.versions_kept[(space, "letterhead", "")] = [kept]
    with live.client(**{"Accept-Language": "en"}) as client:
        client.get("/conversation/abc/12/fichier", params={"format": "odt", "forme": "lettre"})
    letter, _ = live.rooms.exporter.written[-1]
    assert letter.letterhead == ("Service scolaire", "1 place de la Fontaine")
    assert letter.language == "fr" and letter.mention.startswith("Texte préparé")
    assert letter.sources[0].where == "lignes 1 à 3" and "(non étayé)" in letter.text


def test_what_cannot_be_read_or_written_does_not_leave(live: Live) -> None:
    answered(live.rooms, withdrawn=True)
    with live.client() as client:
        assert client.get("/conversation/abc/12/fichier").status_code == 404
        assert client.get("/conversation/zzz/12/fichier").status_code == 404
        live.rooms.memory.kept.clear()
        answered(live.rooms)
        assert client.get("/conversation/abc/12/fichier", params={"format": "exe"}).status_code == 400
        live.rooms.exporter.failure = LetterNotWritten(detail="JobDied")
        refused = client.get("/api/conversations/abc/12/file")
        assert refused.status_code >= 500 and "LetterNotWritten" in refused.text
    assert live.rooms.exporter.written == []
    assert [
        e.outcome for e in live.rooms.journal.entries if e.name.startswith("file-") and e.phase == "closing"
    ] == ["failed"]
    with live.client(None) as visitor:
        assert visitor.get("/api/conversations/abc/12/file").status_code == 401
