"""The viewer's pages: links that work without scripts, rectangles as attributes, what is missing said; rights,
whoever asks and however."""

import asyncio
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pypdfium2 as pdfium
import pytest
from PIL import Image

from demeure.clock import SystemClock
from demeure.gateway.app import make_app
from demeure.gateway.guard import POLICY
from demeure.gateway.house import Exchange
from demeure.gateway.pages import viewer_rests
from demeure.gateway.pages.viewer_shapes import lines_of
from demeure.gateway.pages.viewer_tables import Table, table_of
from demeure.gateway.rooms import LibraryShelves
from demeure.identity import Membership
from demeure.library import Line, Run, Viewing
from demeure.policy import Actor
from demeure.testing.gateway import RULES, TARIFF, FakeRooms, make_house
from demeure.testing.house import ADMINISTRATOR, AGENT, pieces, small_house
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import DocumentEncrypted, JobTooLong, Part

from .conftest import TOKEN, Live

REPORT = Path(__file__).resolve().parents[2] / "sample" / "documents" / "mairie" / "rapport-activite-2025.pdf"
EVIL = "<img src=x onerror=alert(1)>\"'&\r\n; rapport é.pdf"


PATHS = ("/page/{0}", "/page/{0}.png", "/passage/{1}", "/texte", "/original")
_MARK = re.compile(r'<rect (?:class="edge" )?x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>')


def marks(page: str) -> list[tuple[float, ...]]:
    """The rectangles over the image, edges included; the icons have none of this shape."""
    (drawing,) = re.findall(r'<div class="sheet">.*?</div>', page, re.DOTALL)
    return [tuple(map(float, found)) for found in _MARK.findall(drawing)]


@pytest.fixture
def furnished(live: Live) -> Live:
    live.rooms.shelves.put("Tarifs municipaux 2026.pdf", pages=4, passages=12, embedded=12)
    live.rooms.shelves.put("Règlement intérieur.odt", passages=9, embedded=9)
    live.rooms.memory.keep("c1", Exchange("1", "Quel tarif ?", "85 € [1].", "done", (TARIFF, RULES)))
    return live


def test_a_source_of_an_answer_leads_to_its_place(furnished: Live) -> None:
    with furnished.client() as client:
        page = client.get("/conversation/c1").text
        links = re.findall(r'<a class="btn small" href="([^"]+)" data-view>', page)
        assert links == [
            "/documents/d1/page/3?passage=12&amp;source=c1.1.1",
            "/documents/d2/passage/31?source=c1.1.2",
        ]
        for link in links:
            opened = client.get(link.replace("&amp;", "&"))
            assert opened.status_code == 200
            assert 'href="/conversation/c1#source-1-' in opened.text
            assert [m for m in re.findall(r'<nav class="picks".*?</nav>', opened.text, re.DOTALL) if "Source" in m]


def test_the_page_is_one_drawing_with_its_passage(furnished: Live) -> None:
    with furnished.client() as client:
        page = client.get("/documents/d1/page/3?passage=12&source=c1.1.1").text
        assert len(marks(page)) == 4, "three lines and their edge"
        assert '<rect x="53.0" y="308.5" width="489.0" height="18.0"/>' in page
        assert 'viewBox="0 0 595.0 842.0"' in page
        assert "gratuité deux fois par année civile" in page
        assert "style=" not in page
        (image,) = re.findall(r'<image href="([^"]+)"', page)
        picture = client.get(image)
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(picture.content)).size == (1200, 1698)


def test_pages_and_passages_follow_one_another(furnished: Live) -> None:
    with furnished.client() as client:
        page = client.get("/documents/d1/page/3?passage=12&source=c1.1.1").text
        steps = dict(re.findall(r'href="([^"]+)" data-view data-nav="([a-z-]+)"', page))
        assert {name: link.replace("&amp;", "&") for link, name in steps.items()} == {
            "previous-page": "/documents/d1/page/2?passage=12&source=c1.1.1",
            "next-page": "/documents/d1/page/4?passage=12&source=c1.1.1",
            "previous-passage": "/documents/d1/page/2?passage=11&source=c1.1.1",
            "next-passage": "/documents/d1/page/3?passage=13&source=c1.1.1",
        }
        last = client.get("/documents/d1/page/4?passage=12").text
        assert "next-page" not in last
        assert "Le passage est à la page 3" in last
        assert "Page 4 sur 4" in last


@pytest.mark.parametrize("asked", ["1", "480", "801", "5000", "abc", "-3", "9" * 40, ""])
def test_pictures_come_in_few_widths(furnished: Live, asked: str) -> None:
    with furnished.client() as client:
        assert client.get("/documents/d1/page/1.png", params={"largeur": asked}).status_code == 200
    width = {"1": 480, "480": 480, "801": 1200, "5000": 2000}.get(asked, 1200)
    assert furnished.rooms.viewer.looks == [("image", "p1", "d1", 1, width)]


@pytest.mark.parametrize("page", ["0", "00", "-1", "1.5", "abc", "９", "1e3", "1" * 12, "%00", "1 "])
def test_what_is_not_a_page_number_is_no_page(furnished: Live, page: str) -> None:
    with furnished.client() as client:
        for path in (f"page/{page}", f"page/{page}.png", f"passage/{page}"):
            assert client.get(f"/documents/d1/{path}").status_code == 404
    assert furnished.rooms.viewer.looks == []


def test_a_page_that_does_not_exist_says_how_many_there_are(furnished: Live) -> None:
    with furnished.client() as client:
        page = client.get("/documents/d1/page/9?source=c1.1.1")
        assert page.status_code == 404
        assert "ses pages vont de 1 à 4" in page.text
        assert "gratuité deux fois" in page.text, "what the answer quoted is still there"
        assert client.get("/documents/d1/page/9.png").status_code == 404
        assert client.get("/documents/d1/page/9", headers={"Accept-Language": "en"}).text.count("from 1 to 4") == 1


@pytest.mark.parametrize("failure", [DocumentEncrypted(), JobTooLong(seconds=20)])
def test_a_page_that_cannot_be_drawn_still_shows_its_text(furnished: Live, failure: Exception) -> None:
    furnished.rooms.viewer.failure = failure  # type: ignore[assignment]
    with furnished.client() as client:
        page = client.get("/documents/d1/page/3?passage=12")
        assert page.status_code == 200
        assert "<image" not in page.text
        assert "n’a pas pu être préparée" in page.text
        assert "<mark>Associations dont le siège" in page.text
        assert client.get("/documents/d1/page/3.png").status_code >= 400
        assert client.get("/documents/d1").status_code == 200


def test_an_erased_document_and_a_foreign_one_look_the_same(furnished: Live) -> None:
    with furnished.client() as client:
        for path in ("/d7", "/d7/page/1", "/d7/passage/12", "/d7/texte", "/d7/page/1.png", "/d7/original"):
            answer = client.get(f"/documents{path}")
            assert answer.status_code == 404
            assert "ce document n’existe pas, ou vous ne pouvez pas le voir" in answer.text.lower()
        quoted = client.get("/documents/d7/page/3?passage=12&source=c1.1.1")
        assert quoted.status_code == 404
        assert "Une caution de 400 €" in quoted.text


SOURCES = ["", "c1", "c1.1", "c1.1.x", "c1.1.9999", "c9.1.1", "c1.7.1", ".1.1", "..", "c1.1.９"]


@pytest.mark.parametrize("source", SOURCES)
def test_an_answer_that_is_not_ones_own_changes_nothing(furnished: Live, source: str) -> None:
    with furnished.client() as client:
        page = client.get("/documents/d1/page/3", params={"passage": "12", "source": source})
    assert page.status_code == 200
    assert "picks" not in page.text
    assert "/conversation/" not in page.text


def test_a_passage_that_is_gone_is_said(furnished: Live) -> None:
    with furnished.client() as client:
        page = client.get("/documents/d1/page/3?passage=999")
        assert (page.status_code, marks(page.text)) == (200, [])
        assert "Le passage cité n’est plus à cet endroit." in page.text
        alone = client.get("/documents/d2/passage/999")
    assert alone.status_code == 404
    assert "le document a été relu depuis" in alone.text


def test_a_passage_on_a_page_goes_to_its_page(furnished: Live) -> None:
    with furnished.client() as client:
        answer = client.get("/documents/d1/passage/12?source=c1.1.1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/documents/d1/page/3?passage=12&source=c1.1.1"


def test_slides_are_seen_as_text_though_they_are_counted_as_pages(furnished: Live) -> None:
    furnished.rooms.shelves.put("budget.pptx", pages=5)
    with furnished.client() as client:
        asked = ("/documents/d2/page/1", "/documents/d2/page/1?passage=60")
        answers = [client.get(path, follow_redirects=False) for path in asked]
        (slides,) = [
            one["id"]
            for one in client.get("/api/documents?space=mairie").json()["documents"]
            if one["name"] == "budget.pptx"
        ]
        card = client.get(f"/documents/{slides}").text
    assert [one.status_code for one in answers] == [303, 303]
    assert [one.headers["location"] for one in answers] == ["/documents/d2/texte", "/documents/d2/passage/60"]
    assert f"/documents/{slides}/texte" in card and f"/documents/{slides}/page/1" not in card


def test_the_original_is_handed_over_and_runs_nowhere(furnished: Live) -> None:
    furnished.rooms.shelves.put(EVIL, pages=1)
    furnished.rooms.shelves.put("page.html", pages=1)
    for name in ("d3", "d4"):
        furnished.rooms.shelves.received[name] = b"%PDF-" + b"x" * 47_995
    with furnished.client() as client:
        answer = client.get("/documents/d3/original")
        web = client.get("/documents/d4/original")
    assert answer.content == furnished.rooms.shelves.received["d3"]
    assert answer.headers["content-type"] == "application/pdf"
    assert web.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"] == f"{POLICY}; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    told = answer.headers["content-disposition"]
    assert told.startswith('attachment; filename="_img src_x onerror_alert_1_____')
    assert told.isascii() and "<" not in told and "%C3%A9.pdf" in told


def test_names_and_texts_of_documents_are_only_text(furnished: Live) -> None:
    furnished.rooms.shelves.put(EVIL, pages=2)
    furnished.rooms.viewer.passages[50] = ("d3", {"kind": "page", "page": 1}, EVIL)
    with furnished.client() as client:
        for path in ("/documents/d3", "/documents/d3/page/1?passage=50", "/documents/d3/page/7?passage=50"):
            assert "<img src=x" not in client.get(path).text


def test_the_card_says_what_is_known(furnished: Live) -> None:
    with furnished.client() as client:
        page = client.get("/documents/d1").text
    assert "5d5d5d" in page and "Claire Morvan" in page
    assert "en-têtes et pieds de page répétés, écartés (4)" in page
    assert 'href="/documents/d1/page/1"' in page
    assert 'href="/documents/d1/original"' in page
    assert 'href="/documents/d1/supprimer"' in page


def test_the_marks_of_a_document_are_shown_with_their_reasons(furnished: Live) -> None:
    told = "Mme Claire Durand, compte FR1420041010050500013M02606"
    furnished.rooms.viewer.passages[90] = ("d1", {"kind": "page", "page": 3}, told)
    with furnished.client() as client:
        assert 'href="/documents/d1/donnees"' in client.get("/documents/d1").text
        page = client.get("/documents/d1/donnees").text
        english = client.get("/documents/d1/donnees", headers={"accept-language": "en"}).text
        data = client.get("/api/documents/d1/personal").json()
        assert client.get("/api/documents/d1/personal?first=-1").status_code == 400
        assert client.get("/documents/none/donnees").status_code == 404
    assert "IBAN, longueur du pays et reste par 97 justes" in page and "après M., Mme, Me, Dr…" in page
    assert 'href="/documents/d1/page/3"' in page and "FR1420041010050500013M02606" in page
    assert "after a title (M., Mme, Me, Dr…)" in english
    (account,) = (one for one in data["marks"] if one["kind"] == "iban")
    assert (account["rule"], account["times"], account["page"]) == ("iban-97", 1, 3) and data["following"] is None


def rows_of(*texts: str, header: str = "") -> Table | None:
    return table_of(lines_of([Run("\n".join(texts), False)]), header)


def test_rows_of_a_sheet_are_a_table_again() -> None:
    named = "Article | Quantité | État"
    told = ("Bancs — Quantité : 118 ; État : bon", "Tables — Quantité : 40 ; État : à revoir ; un pied : cassé")
    cells = [
        (False, ["Bancs", "118", "bon"]),
        (False, ["Tables", "40", "à revoir ; un pied : cassé"]),
    ]
    for found in (rows_of(named, *told), rows_of(*told, header=named)):
        assert found is not None
        assert (found.columns, found.rows) == (["Article", "Quantité", "État"], cells)
    alone = rows_of(told[0])
    assert alone is not None
    assert (alone.columns, alone.rows[0][1]) == (["", "Quantité", "État"], ["Bancs", "118", "bon"])
    figures = rows_of(
        "Année : 2026 ; Montant : 12 500 €", "Année : 2025 ; Montant : 9 000 €", header="Année | Montant"
    )
    assert figures is not None
    assert figures.rows[1] == (False, ["2025", "9 000 €"])


def test_of_a_passage_the_row_that_the_answer_rests_on_is_marked_alone(furnished: Live) -> None:
    rows = "Chaises — Quantité : 236 ; État : moyen\nTables — Quantité : 64 ; État : bon\nBancs — Quantité : 40"
    furnished.rooms.viewer.passages[70] = ("d2", {"kind": "cells", "sheet": "Fêtes", "range": "A1:C3"}, rows)
    source = replace(TARIFF, document_id="d2", passage=70, quote=rows, read=rows)
    answers = (
        "La commune a 64 tables [1].",
        "Tables et chaises :\n- " + rows.split("\n", maxsplit=1)[0] + "\n- " + rows.split("\n")[1] + " [1]",
    )
    for number, text in enumerate(answers, 1):
        furnished.rooms.memory.keep("c2", Exchange(str(number), "Combien ?", text, "done", (source,)))
        with furnished.client() as client:
            page = client.get(f"/documents/d2/passage/70?source=c2.{number}.1").text
            whole = client.get("/documents/d2/passage/70").text
        assert page.count('<tr aria-current="true">') == number, text
        assert (
            "<mark>64</mark>" in page
            and "<mark>40</mark>" not in page
            and ("<mark>236</mark>" in page) == (number == 2)
        )
        assert whole.count('<tr aria-current="true">') == 3, "without an answer, all of the passage"


def test_of_a_text_the_sentence_that_the_answer_rests_on_is_marked_alone() -> None:
    quote = "La salle est louée 85 €. La caution est de 400 €.\nElle est rendue."
    source = replace(TARIFF, quote=quote, read=quote)
    used = viewer_rests.rests(source, "La caution est de 400 € [1].")
    marked = [
        run.text for line in lines_of([Run(quote, True)]) for run in viewer_rests.narrowed(line, used) if run.marked
    ]
    assert marked == ["La caution est de 400 €."]
    assert viewer_rests.rests(source, "") == [] and viewer_rests.rests(None, "400 € [1]") == []
    cut = ["La salle est louée 85 €. La caution est", "fixée à 400 €. Elle est rendue", "au bout de dix jours."]
    lines = [Line(0, 10 * n, 90, 10 * n + 8, text, 0, len(text)) for n, text in enumerate(cut)]
    assert viewer_rests.of_page(lines, ["La caution est fixée à 400 €."]) == lines[:2]
    assert viewer_rests.of_page(lines, ["Rien de cela."]) == lines, "what is not found leaves the passage marked"


def test_what_is_not_rows_stays_text() -> None:
    for texts in (("une phrase", "une autre"), ("Total général",), ()):
        assert rows_of(*texts) is None
    mixed = rows_of("Mobilier 2026", "Bancs — Quantité : 118", "Tables — Quantité : 40")
    assert mixed is not None
    assert mixed.rows[0] == (False, ["Mobilier 2026", ""])
    marked = table_of(lines_of([Run("A — B : 1\n", False), Run("C — B : 2", True)]))
    assert marked is not None
    assert [chosen for chosen, _ in marked.rows] == [False, True]
    assert lines_of([Run("a\n\n\n", False), Run("", True)]) == [[Run("a", False)]]


def test_a_page_of_an_attachment_is_seen_as_text(furnished: Live) -> None:
    place = {"kind": "page", "page": 3, "inside": ["devis.pdf"]}
    source = replace(TARIFF, document_id="d2", place=place, passage=60)
    furnished.rooms.viewer.passages[60] = ("d2", place, "Le devis joint.")
    furnished.rooms.memory.keep("c2", Exchange("5", "Quel devis ?", "Voir [1].", "done", (source,)))
    with furnished.client() as client:
        assert 'href="/documents/d2/passage/60?source=c2.5.1"' in client.get("/conversation/c2").text
        opened = client.get("/documents/d2/passage/60?source=c2.5.1")
    assert (opened.status_code, opened.text.count("<mark>Le devis joint.</mark>")) == (200, 1)
    assert "<image" not in opened.text


# --- with the real library and a real job


@pytest.fixture(scope="module")
def lone() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as workshop:
        yield workshop


def test_a_real_report_is_seen_by_its_readers_and_by_nobody_else(tmp_path: Path, lone: LoneWorkshop) -> None:
    data = REPORT.read_bytes()

    async def go() -> None:
        parts = [p async for p in lone.asker().read(pieces(data), name=REPORT.name) if isinstance(p, Part)]
        async with small_house(tmp_path) as house:
            house.workshop._answers[REPORT.name] = parts
            added = await house.library.add(ADMINISTRATOR, "mairie", REPORT.name, pieces(data))
            hidden = await house.library.add(ADMINISTRATOR, "secret", REPORT.name, pieces(data))
            row = await house.settled(added.id)  # type: ignore[union-attr]
            await house.settled(hidden.id)  # type: ignore[union-attr]
            viewer = Viewing(
                library=house.library,
                rooms=house.rooms,
                shelf=house.shelf,
                membership=Membership(house.instance.house),
                journal=house.journal,
                renderer=lone.renderer(),
                clock=SystemClock(),
            )
            rooms = FakeRooms()
            rooms.shelves, rooms.viewer = LibraryShelves(house.library), viewer  # type: ignore[assignment]
            other = Actor("person", "p9", "Autre", frozenset({"agent"}))
            rooms.reception.sessions = {"agent": AGENT, "other": other}
            ask = asking(rooms)
            hit = (
                await house.searcher.search(AGENT, "Combien de repas la cantine sert-elle ?", ["mairie"], 1)
            ).hits[0]
            number, passage = hit.place["page"], hit.passage_id
            page = await ask("agent", f"/documents/{row.id}/page/{number}?passage={passage}")
            assert page.status_code == 200
            boxes = [box[:4] for box in marks(page.text)]
            (image,) = re.findall(r'<image href="([^"]+)"', page.text)
            picture = Image.open(io.BytesIO((await ask("agent", image)).content)).convert("L")
            covered(picture, boxes, number)
            theirs = hidden.id  # type: ignore[union-attr]
            for session, document in (("other", row.id), ("agent", theirs), ("other", theirs)):
                for path in (
                    "",
                    f"/page/{number}",
                    f"/page/{number}.png",
                    f"/passage/{passage}",
                    "/texte",
                    "/original",
                ):
                    refused = await ask(session, f"/documents/{document}{path}")
                    assert refused.status_code == 404, path
                    assert REPORT.name not in refused.text

    asyncio.run(go())


def asking(rooms: FakeRooms) -> Callable:  # type: ignore[type-arg]
    app = make_app(make_house(rooms))

    async def ask(session: str, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        headers = {"Cookie": f"demeure-session-8420={session}"}
        base = "http://127.0.0.1:8420"
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
            return await client.get(path)

    return ask


def covered(picture: Image.Image, boxes: list[tuple[float, ...]], number: int) -> None:
    """There is ink under every mark but the edges, which stand where there is none."""
    assert len(boxes) > 1
    boxes = [box for box in boxes if box[2] != 3.0]
    scale = picture.width / pdfium.PdfDocument(str(REPORT))[number - 1].get_width()
    for x, y, width, height in boxes:
        area = picture.crop(tuple(round(s * scale) for s in (x, y, x + width, y + height)))  # type: ignore[arg-type]
        assert sum(area.histogram()[:160]) > 0.03 * area.width * area.height


def test_what_was_noticed_of_a_document_is_said_where_it_is_quoted(furnished: Live) -> None:
    """Hidden sheets and the like: beside the source, in the viewer; what changes nothing for a reader is not."""
    rows = furnished.rooms.shelves.rows
    rows["d1"] = replace(rows["d1"], flags={"hidden-sheets": 2, "attached-pictures": 3, "repeated-lines": 9})
    said = "feuilles masquées, lues (2)\u00a0; images et pages numérisées de pièces jointes, au-delà"
    with furnished.client() as client:
        page = client.get("/conversation/c1").text
        assert page.count("Remarqué à la lecture du document") == 1, "one of the two sources"
        assert said in page and "en-têtes" not in page
        frames = client.post("/api/ask", json={"question": "Quel tarif ?"}, headers={"X-Demeure-Token": TOKEN}).text
        assert "feuilles masquées" in frames
        with furnished.client() as english:
            english.cookies.set("demeure-language", "en")
            page = english.get("/conversation/c1").text
            assert "Noticed while reading the document: hidden sheets, read (2);" in page
        assert said in client.get("/documents/d1/page/3?passage=12").text
        assert "Remarqué" not in client.get("/documents/d2/passage/31").text
