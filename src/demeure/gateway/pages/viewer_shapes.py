"""What the viewer's template shows of a place: links around it, rectangles, runs of text, rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from demeure.assistant import Source, place_label
from demeure.assistant.errors import ConversationUnknown
from demeure.gateway.asking import source_path
from demeure.gateway.pages.viewer_rests import narrowed, of_page, rests
from demeure.gateway.pages.viewer_tables import table_of
from demeure.gateway.visit import Visit
from demeure.library import Near, Rect, Run, Stretch, View, edges, page_of, rects
from demeure.workshop import PageImage, telling

PICTURED = frozenset({"pdf", "png", "jpeg", "tiff"})


@dataclass(frozen=True)
class Answer:
    """The answer that led here, one of the reader's own. ``number``: of its source."""

    conversation: str
    message: str
    number: int
    sources: Sequence[Source]
    text: str = ""

    @property
    def source(self) -> Source | None:
        return next((s for s in self.sources if s.number == self.number), None)

    @property
    def back(self) -> str:
        return f"/conversation/{quote(self.conversation, safe='')}#{self.anchor(self.number)}"

    def anchor(self, number: int) -> str:
        return f"source-{self.message}-{number}"


async def answer_of(came: Visit) -> Answer | None:
    """``source=<conversation>.<message>.<number>`` of the address; None when it is not one of the reader's."""
    conversation, _, rest = came.request.query_params.get("source", "").partition(".")
    message, _, number = rest.rpartition(".")
    if not (conversation and message and number.isascii() and number.isdigit() and len(number) < 4):
        return None
    try:
        exchanges = await came.house.memory.conversation(came.actor, conversation)
    except ConversationUnknown:
        return None
    found = next((e for e in exchanges if e.message == message), None)
    if found is None:
        return None
    said = found.text if found.details.get("found", True) else ""
    return Answer(conversation, message, int(number), found.sources, said)


def path(came: Visit, document: str, page: int | None, passage: int | None, **more: str) -> str:
    """The address of a place; the answer that led here goes along."""
    base = f"/documents/{quote(document, safe='')}"
    query = {"passage": str(passage)} if passage else {}
    if source := came.request.query_params.get("source", ""):
        query["source"] = source
    query |= more
    if page is not None:
        base += f"/page/{page}"
    elif passage:
        base += f"/passage/{query.pop('passage')}"
    else:
        base += "/texte"
    return base + (f"?{urlencode(query)}" if query else "")


def values(
    came: Visit, view: View, image: PageImage | None, answer: Answer | None, *, large: bool
) -> dict[str, Any]:
    """Everything ``viewer.html`` asks for, but what went wrong."""
    name, asked = view.document.id, view.passage.id if view.passage else None
    mine = answer.source if answer and answer.source and answer.source.passage == asked else None
    used = rests(mine, answer.text if answer else "")
    pages = view.document.pages or (image.pages if image else None)
    card = f"/documents/{quote(name, safe='')}"
    return {
        "document": view.document,
        "space": view.space,
        "noticed": telling(view.document.flags or {}, came.language),
        "label": label(came, view.look.place),
        "number": view.page if view.paged else None,
        "pages": pages,
        "sheet": _sheet(view, image, used, large=large),
        "passage": view.passage,
        "elsewhere": _elsewhere(came, view),
        "stretches": [stretch(came, s, header_of(view), used) for s in view.look.stretches],
        "marked": [run.text for s in view.look.stretches for run in s.window.runs if run.marked],
        "around": {
            "previous_page": _page(came, view, -1, pages),
            "next_page": _page(came, view, 1, pages),
            "previous_passage": _near(came, view, view.look.previous),
            "next_passage": _near(came, view, view.look.following),
        },
        "picks": _picks(answer),
        "back": answer.back if answer else "",
        "card": card,
        "original": f"{card}/original",
        "resize": path(came, name, view.page, asked, **({} if large else {"taille": "grande"})),
        "large": large,
    }


def label(came: Visit, place: Any) -> str:
    """« page 3 », « 2. Tarifs › 2.1 Enfants »; a kind of place without words of its own has none."""
    return place_label(place, came.language)


def stretch(came: Visit, shown: Stretch, header: str, used: Sequence[str] = ()) -> dict[str, Any]:
    """One part: paragraphs of runs, or rows of cells when it is a table. Of the passage, what is ``used`` alone is
    marked when it is known."""
    lines = lines_of(shown.window.runs)
    narrow = [narrowed(line, used) for line in lines] if used else []
    lines = narrow if any(run.marked for line in narrow for run in line) else lines
    return {
        "label": label(came, shown.place),
        "table": table_of(lines, header) if shown.place.get("kind") == "cells" else None,
        "lines": lines,
        "before": shown.window.before,
        "after": shown.window.after,
    }


def header_of(view: View) -> str:
    """The names of the columns above the passage, as its context tells them."""
    context = view.passage.context if view.passage else ""
    return context.rpartition("\n")[2] if "\n" in context else ""


def lines_of(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs, cut at line ends; empty lines are left out."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        for number, piece in enumerate(run.text.split("\n")):
            if number:
                lines.append([])
            if piece:
                lines[-1].append(Run(piece, run.marked))
    return [line for line in lines if any(run.text.strip() for run in line)]


def _sheet(view: View, image: PageImage | None, used: Sequence[str], *, large: bool) -> dict[str, Any] | None:
    if image is None or view.page is None:
        return None
    width = 2000 if large else 1200
    passage, inside = (
        [clipped for rect in rects(lines, image.words) if (clipped := _clipped(rect, image)) is not None]
        for lines in (view.look.lines, of_page(view.look.lines, used))
    )
    return {
        "href": f"/documents/{quote(view.document.id, safe='')}/page/{view.page}.png?largeur={width}",
        "width": round(image.width, 2),
        "height": round(image.height, 2),
        "rects": inside,
        "edges": edges(passage),
    }


def _clipped(rect: Rect, image: PageImage) -> Rect | None:
    """The part of ``rect`` that is on the page."""
    left, top = max(rect.x, 0.0), max(rect.y, 0.0)
    right, bottom = min(rect.x + rect.width, image.width), min(rect.y + rect.height, image.height)
    if right <= left or bottom <= top:
        return None
    return Rect(*(round(n, 1) for n in (left, top, right - left, bottom - top)))


def _elsewhere(came: Visit, view: View) -> str:
    """Where the passage is, when it is not on the page shown."""
    found = view.passage
    if found is None or view.page is None or any(run.marked for s in view.look.stretches for run in s.window.runs):
        return ""
    page = page_of(found.place)
    return path(came, view.document.id, page, found.id) if page is not None and page != view.page else ""


def _page(came: Visit, view: View, step: int, pages: int | None) -> str:
    if not view.paged or view.page is None:
        return ""
    page = view.page + step
    if page < 1 or pages is None or page > pages:
        return ""
    return path(came, view.document.id, page, view.passage.id if view.passage else None)


def _near(came: Visit, view: View, near: Near | None) -> str:
    if near is None:
        return ""
    return path(came, view.document.id, page_of(near.place), near.id)


def _picks(answer: Answer | None) -> list[dict[str, Any]]:
    if answer is None or answer.source is None:
        return []
    return [
        {
            "number": source.number,
            "name": ", ".join(filter(None, (source.document, source.place_label))),
            "href": source_path(source, answer.conversation, answer.message),
            "anchor": answer.anchor(source.number),
            "current": source.number == answer.number,
        }
        for source in answer.sources
        if not source.gone
    ]
