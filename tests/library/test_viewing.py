"""Looking at a place: decided, written, then shown; the marks fall on the words; what one may not see does not
exist."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import sqlalchemy as sa
from PIL import Image

from demeure.journal import JournalUnavailable
from demeure.library import DocumentUnknown, Line, PassageUnknown, Rect, Run, View, Viewing, edges, rects
from demeure.library import marked as found_in
from demeure.library.highlight import boxes_of, touched, window
from demeure.store.space_tables import passages
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import DocumentCorrupt, PageAbsent, PageImage, Part, ReadLimits, Renderer, WorkshopBusy

SAMPLE = Path(__file__).resolve().parents[2] / "sample" / "documents"
REPORT = SAMPLE / "mairie" / "rapport-activite-2025.pdf"
STRANGER = replace(AGENT, id="nobody", name="Personne")


@pytest.fixture(scope="module")
def lone() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as workshop:
        yield workshop


class Counting:
    """A renderer that counts, and holds its answer until told."""

    def __init__(self, inner: Renderer | None = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self.now = self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._inner = inner

    async def render(
        self,
        stream: AsyncIterator[bytes],
        *,
        name: str,
        page: int,
        width: int,
        turn: int = 0,
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits | None = None,
    ) -> PageImage:
        self.calls.append((name, page, width))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.gate.wait()
            if self._inner is not None:
                return await self._inner.render(stream, name=name, page=page, width=width, turn=turn, format=format)
            return PageImage(b"png", 595.0, 842.0, 21)
        finally:
            self.now -= 1


def viewing(house: SmallHouse, renderer: Renderer) -> Viewing:
    from demeure.clock import SystemClock
    from demeure.identity import Membership

    return Viewing(
        library=house.library,
        rooms=house.rooms,
        shelf=house.shelf,
        membership=Membership(house.instance.house),
        journal=house.journal,
        renderer=renderer,
        clock=SystemClock(),
    )


def read(lone: LoneWorkshop, path: Path) -> list[Part]:
    data = path.read_bytes()

    async def go() -> list[Part]:
        found = lone.asker().read(pieces(data), name=path.name)
        return [part async for part in found if isinstance(part, Part)]

    return asyncio.run(go())


@contextlib.asynccontextmanager
async def furnished(
    folder: Path, parts: list[Part], renderer: Renderer, data: bytes = b"", name: str = REPORT.name
) -> AsyncGenerator[tuple[SmallHouse, Viewing, str]]:
    """A house with one document whose parts are these; its id."""
    async with small_house(folder) as house:
        house.workshop._answers[name] = parts
        added = await house.library.add(ADMINISTRATOR, "mairie", name, pieces(data or REPORT.read_bytes()))
        row = await house.settled(added.id)  # type: ignore[union-attr] # nothing else is there
        assert row.state == "ready", row.reason
        yield house, viewing(house, renderer), row.id


def ids(house: SmallHouse, document: str) -> list[int]:
    with house.rooms.database("mairie").read() as db:
        c = passages.c
        return list(db.execute(sa.select(c.id).where(c.document == document).order_by(c.ordinal)).scalars())


def marked(view: View) -> str:
    return "".join(run.text for s in view.look.stretches for run in s.window.runs if run.marked)


def test_every_passage_of_a_real_report_is_marked_where_its_words_are(tmp_path: Path, lone: LoneWorkshop) -> None:
    """The words that PDFium finds under the rectangles are those of the passage, nothing more and nothing less."""
    document = pdfium.PdfDocument(str(REPORT))
    parts = read(lone, REPORT)

    async def go() -> tuple[int, int, int]:
        exact = total = lines = 0
        async with furnished(tmp_path, parts, lone.renderer()) as (house, viewer, name):
            for passage in ids(house, name)[:40]:
                first = await viewer.view(AGENT, name, passage=passage)
                assert first.page is not None and first.passage is not None
                view = await viewer.view(AGENT, name, page=first.page, passage=passage)
                image = await viewer.image(AGENT, name, first.page, 480)
                found = under(document[first.page - 1], rects(view.look.lines, image.words))
                wanted = words(marked(view))
                assert set(words(marked(view))) <= set(words(first.passage.text))
                lines += len(view.look.lines)
                total += 1
                exact += found == wanted
        return exact, total, lines

    exact, total, lines = asyncio.run(go())
    assert total > 30 and lines > 200
    assert exact == total


def words(text: str) -> list[str]:
    """Letters and digits only, without the hyphen of a cut word: PDFium and the reader space them differently."""
    return sorted("".join(c for c in text if c.isalnum()))


def under(page: pdfium.PdfPage, found: list[Rect]) -> list[str]:
    """The characters whose middle is inside a rectangle."""
    text, height = page.get_textpage(), page.get_height()
    kept = []
    for at in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(at)
        x, y = (left + right) / 2, height - (bottom + top) / 2
        if any(r.x <= x <= r.x + r.width and r.y <= y <= r.y + r.height for r in found):
            kept.append(text.get_text_range(at, 1))
    return words("".join(kept))


def test_a_look_is_decided_then_written_then_shown(tmp_path: Path) -> None:
    part = Part({"kind": "page", "page": 1}, "Le canari42 chante. Il chante encore.", size=(595, 842))

    async def go() -> None:
        renderer = Counting()
        async with furnished(tmp_path, [part], renderer) as (house, viewer, name):
            passage = ids(house, name)[0]
            view = await viewer.view(AGENT, name, page=1, passage=passage)
            assert (view.page, view.paged, view.space, marked(view)) == (1, True, "Mairie", part.text)
            (entry,) = house.journal.named("document-viewed")
            assert (entry.kind, entry.actor, entry.space, entry.object) == ("retrieval", AGENT.id, "mairie", name)
            assert json.loads(house.journal.payloads[entry.index]) == {"page": 1, "passage": passage}
            await viewer.image(AGENT, name, 1, 800)
            assert len(house.journal.named("document-viewed")) == 1, "the picture belongs to the look"
            await viewer.image(ADMINISTRATOR, name, 1, 800)
            assert len(house.journal.named("document-viewed")) == 2, "somebody else's look is another"
            house.journal.failure = JournalUnavailable()
            for look in (viewer.view(AGENT, name, page=1), viewer.image(AGENT, name, 2, 800)):
                with pytest.raises((JournalUnavailable, PageAbsent)):
                    await look
            assert renderer.calls == [(REPORT.name, 1, 800)]

    asyncio.run(go())


def test_what_one_may_not_see_does_not_exist_not_even_once_it_is_drawn(tmp_path: Path) -> None:
    part = Part({"kind": "page", "page": 1}, "Le canari42 chante.", size=(595, 842))

    async def go() -> None:
        async with furnished(tmp_path, [part], Counting()) as (house, viewer, name):
            passage = ids(house, name)[0]
            await viewer.image(AGENT, name, 1, 800)
            written = len(house.journal.entries)
            for look in (
                viewer.view(STRANGER, name, page=1),
                viewer.view(STRANGER, name, passage=passage),
                viewer.view(STRANGER, name),
                viewer.image(STRANGER, name, 1, 800),
                viewer.card(STRANGER, name),
                viewer.original(STRANGER, name),
                viewer.view(AGENT, "0" * 32, page=1),
            ):
                with pytest.raises(DocumentUnknown):
                    await look
            assert len(house.journal.entries) == written
            secret = await house.add("secret.txt", "Le code du coffre est 4242.", "secret")
            theirs = [
                passage
                for passage in range(1, 50)
                if marked_or_none(await quietly(viewer.view(AGENT, name, page=1, passage=passage))) == "4242"
            ]
            assert theirs == [], "a passage is looked for in its own document only"
            with pytest.raises(DocumentUnknown):
                await viewer.view(AGENT, secret.id)
            await house.library.delete(ADMINISTRATOR, name)
            with pytest.raises(DocumentUnknown):
                await viewer.image(AGENT, name, 1, 800)
            assert viewer._drawn._kept == {} and viewer._drawn._bytes == 0, "nothing stays in memory"

    asyncio.run(go())


async def quietly(look: "asyncio.Future[View] | object") -> View | None:
    try:
        return await look  # type: ignore[misc, no-any-return]
    except PassageUnknown:
        return None


def marked_or_none(view: View | None) -> str:
    return marked(view) if view else ""


def test_pages_are_drawn_once_two_at_a_time(tmp_path: Path) -> None:
    part = Part({"kind": "page", "page": 21}, "La dernière page.", size=(595, 842))

    async def go() -> None:
        renderer = Counting()
        async with furnished(tmp_path, [part], renderer) as (_house, viewer, name):
            renderer.gate.clear()
            asked = [asyncio.create_task(viewer.image(AGENT, name, 1 + n % 6, 800)) for n in range(18)]
            await asyncio.sleep(0.3)
            renderer.gate.set()
            assert len(await asyncio.gather(*asked)) == 18
            assert renderer.most == 2
            assert sorted(page for _, page, _ in renderer.calls) == [1, 2, 3, 4, 5, 6]
            renderer.gate.clear()
            crowd = [asyncio.create_task(viewer.image(AGENT, name, n % 20 + 1, 100 + n)) for n in range(40)]
            await asyncio.sleep(0.3)
            refused = [task for task in crowd if task.done()]
            assert refused and all(isinstance(task.exception(), WorkshopBusy) for task in refused)
            renderer.gate.set()
            await asyncio.gather(*crowd, return_exceptions=True)
            await viewer.image(AGENT, name, 7, 800)

    asyncio.run(go())


def test_a_sentence_that_runs_over_a_page_is_marked_on_both(tmp_path: Path) -> None:
    parts = [
        Part({"kind": "page", "page": 1}, "Le conseil décide que la salle des fêtes sera louée", size=(595, 842)),
        Part({"kind": "page", "page": 2}, "aux associations de la commune. Rien d’autre.", size=(595, 842)),
    ]

    async def go() -> None:
        async with furnished(tmp_path, parts, Counting()) as (house, viewer, name):
            first, second = ids(house, name)
            over = await viewer.view(AGENT, name, page=1, passage=first)
            assert marked(over) == parts[0].text
            assert over.look.following is not None and over.look.following.id == second
            after = await viewer.view(AGENT, name, page=2, passage=first)
            assert marked(after) == "aux associations de la commune."
            assert marked(await viewer.view(AGENT, name, page=2, passage=second)) == "Rien d’autre."
            alone = await viewer.view(AGENT, name, page=2)
            assert marked(alone) == "" and alone.look.following is not None

    asyncio.run(go())


def test_places_that_are_not_there(tmp_path: Path) -> None:
    parts = [Part({"kind": "page", "page": n}, f"Page numéro {n}.", size=(595, 842)) for n in (1, 2)]

    async def go() -> None:
        async with furnished(tmp_path, parts, Counting()) as (house, viewer, name):
            with pytest.raises(PageAbsent):
                await viewer.view(AGENT, name, page=3)
            with pytest.raises(PageAbsent):
                await viewer.image(AGENT, name, 3, 800)
            with pytest.raises(PassageUnknown):
                await viewer.view(AGENT, name, passage=10**9)
            view = await viewer.view(AGENT, name, page=2, passage=10**30)
            assert view.passage is None and "".join(r.text for r in view.look.stretches[0].window.runs)
            assert (await viewer.card(AGENT, name))[1:] == ("Mairie", "")
            assert ids(house, name)

    asyncio.run(go())


def test_a_damaged_original_says_so_and_its_text_is_still_there(tmp_path: Path, lone: LoneWorkshop) -> None:
    part = Part({"kind": "page", "page": 1}, "Le texte lu naguère.", size=(595, 842))

    async def go() -> None:
        data = b"%PDF-1.7 abime"
        async with furnished(tmp_path, [part], lone.renderer(), data) as (_house, viewer, name):
            with pytest.raises(DocumentCorrupt):
                await viewer.image(AGENT, name, 1, 800)
            view = await viewer.view(AGENT, name, page=1)
            assert view.look.stretches[0].window.runs == (Run("Le texte lu naguère.", False),)

    asyncio.run(go())


def test_a_document_without_pages_is_seen_by_its_text(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            text = "\n\n".join(f"Article {n}. Le canari{n} chante chaque matin." for n in range(600))
            row = await house.add("reglement.txt", text)
            viewer = viewing(house, Counting())
            some = ids(house, row.id)
            view = await viewer.view(AGENT, row.id, passage=some[7])
            assert (view.paged, view.page) == (False, None)
            assert view.passage is not None and marked(view) == view.passage.text
            shown = view.look.stretches[0].window
            assert shown.before and shown.after
            assert sum(len(run.text) for run in shown.runs) < 7_000, "long parts are windowed"
            assert [n.id for n in (view.look.previous, view.look.following) if n] == [some[6], some[8]]
            start = await viewer.view(AGENT, row.id)
            assert not start.look.stretches[0].window.before

    asyncio.run(go())


def test_an_original_comes_whole(tmp_path: Path) -> None:
    part = Part({"kind": "page", "page": 1}, "Texte.", size=(595, 842))

    async def go() -> None:
        async with furnished(tmp_path, [part], Counting()) as (house, viewer, name):
            row, chunks = await viewer.original(AGENT, name)
            assert b"".join(chunks) == REPORT.read_bytes()
            assert row.name == REPORT.name
            assert [e.outcome for e in house.journal.named("document-open-closed")] == ["done"]

    asyncio.run(go())


def test_the_usual_page_of_a_real_report_is_a_picture(tmp_path: Path, lone: LoneWorkshop) -> None:
    async def go() -> None:
        parts = [Part({"kind": "page", "page": 21}, "Texte.", size=(595, 842))]
        renderer = Counting(lone.renderer())
        async with furnished(tmp_path, parts, renderer) as (_house, viewer, name):
            image = await viewer.image(AGENT, name, 2, 9_999)
            assert Image.open(io.BytesIO(image.png)).width == 2_400
            assert await viewer.image(AGENT, name, 2, 9_999) is image
            assert len(renderer.calls) == 1

    asyncio.run(go())


# --- pure


def test_a_line_touched_in_part_begins_and_ends_at_its_words() -> None:
    text = "un deux trois"
    boxes = [(0, 13, 100.0, 50.0, 230.0, 60.0), (14, 20, 100.0, 70.0, 160.0, 80.0)]
    placed = [(100, 50, 112, 60), (120, 50, 160, 60), (170, 50, 230, 60)]
    lines = touched(boxes, text + " quatre", 3, 7)
    assert lines == [Line(100.0, 50.0, 230.0, 60.0, text, 3, 7)]
    assert rects(lines, placed) == [Rect(119.0, 49.0, 42.0, 12.0)]
    assert rects(lines) == [Rect(129.0, 49.0, 42.0, 12.0)], "in proportion without words"
    assert rects(lines, placed[:2]) == rects(lines), "or when they do not agree with the text"
    whole = touched(boxes, text + " quatre", 0, 20)
    assert rects(whole, placed) == [Rect(99.0, 49.0, 132.0, 12.0), Rect(99.0, 69.0, 62.0, 12.0)]
    assert touched(boxes, text + " quatre", 13, 14) == []


def test_a_line_written_upwards_is_marked_whole() -> None:
    upwards = Line(10, 10, 22, 300, "du bas vers le haut", 3, 6)
    assert rects([upwards]) == [Rect(9.0, 9.0, 14.0, 292.0)]


@pytest.mark.parametrize("packed", [None, b"", b"{", b"[[1,2]]", b'[["a",2,3,4,5,6]]', b"7", b"[null]"])
def test_boxes_that_make_no_sense_are_none(packed: bytes | None) -> None:
    assert boxes_of(packed) == []


def test_an_edge_for_each_block() -> None:
    left = [Rect(50, 100 + 14 * n, 200, 12) for n in range(3)]
    right = [Rect(320, 100 + 14 * n, 200, 12) for n in range(2)]
    assert edges([*left, *right]) == [Rect(41, 100, 3.0, 40), Rect(311, 100, 3.0, 26)]
    assert edges([]) == []
    assert edges([Rect(2, 5, 10, 10)])[0].x == 0


def test_a_window_is_cut_at_lines_and_says_so() -> None:
    text = "\n".join(f"ligne {n:03}" for n in range(400))
    at = text.index("ligne 200")
    shown = window(text, [(at, at + 9)], 300)
    assert "".join(run.text for run in shown.runs if run.marked) == "ligne 200"
    assert shown.before and shown.after
    joined = "".join(run.text for run in shown.runs)
    assert joined in text and joined.startswith("ligne ") and all(len(line) == 9 for line in joined.split("\n"))
    assert window("court", [(0, 5)]).runs == (Run("court", True),)
    assert window("", []).runs == ()


def test_each_mark_of_personal_data_says_why_and_only_to_who_may_read(tmp_path: Path) -> None:
    """In the order of the text, once each, with the first place; a look like the others, without its contents."""
    letter = "Madame Claire Durand, 06 12 34 56 78, IBAN FR1420041010050500013M02606."
    again = "Mme Claire Durand paiera. Compte : FR14 2004 1010 0505 0001 3M02 606."
    places = [{"kind": "page", "page": 1}, {"kind": "page", "page": 2}]
    parts = [Part(place, text, size=(595, 842)) for place, text in zip(places, (letter, again), strict=True)]

    async def go() -> None:
        async with furnished(tmp_path, parts, Counting()) as (house, viewer, name):
            found = await viewer.marks(AGENT, name)
            told = {one.kind: (one.written, one.place["page"], one.times, one.why("fr")) for one in found.marks}
            assert told["iban"][:3] == ("FR1420041010050500013M02606", 1, 2) and "reste par 97" in told["iban"][3]
            assert told["name"][0].endswith("Claire Durand") and told["phone"][3] == "téléphone à dix chiffres"
            assert found.following is None
            rest = await viewer.marks(AGENT, name, 1)
            assert {one.place["page"] for one in rest.marks} == {2} and all(one.times == 1 for one in rest.marks)
            before = len(house.journal.named("document-viewed"))
            with pytest.raises(DocumentUnknown):
                await viewer.marks(STRANGER, name)
            looks = house.journal.named("document-viewed")
            assert len(looks) == before == 2 and all(one.object == name for one in looks)
            kept = " ".join(house.journal.payloads[one.index].decode() for one in looks)
            assert "Durand" not in kept and "2606" not in kept

    asyncio.run(go())


def test_a_long_document_is_looked_at_in_several_goes() -> None:
    long = [(n, {"kind": "page", "page": n + 1}, f"Tél. 06 12 34 56 {n:02}. " + "mot " * 10_000) for n in range(3)]
    first = found_in(long)
    assert first.following == 1 and [one.place["page"] for one in first.marks] == [1]
    assert found_in(long[2:]).following is None
