"""ODP by lxml on a checked archive: slides in order with their notes, read with the eyes of the ODT reader."""

from collections.abc import Iterator
from typing import Any

from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import DocumentCorrupt, DocumentTooManyPages
from demeure.workshop.guard import Archive, parse, walk
from demeure.workshop.odf import DRAW, OFFICE, PRESENTATION, SMALL_PART, has_macros, refuse_encrypted, title
from demeure.workshop.outline import Outline
from demeure.workshop.parts import TITLE_CHARACTERS, Facts, Part, ReadLimits
from demeure.workshop.read_odt import Body, Styles
from demeure.workshop.read_pptx import slide_place

_FURNITURE = frozenset(("date-time", "footer", "header", "page-number", "page"))


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with slide places; the notes of a slide follow it."""
    archive = Archive(data)
    refuse_encrypted(archive)
    if "content.xml" not in archive.names:
        raise DocumentCorrupt(detail="part-missing", part="content.xml")
    facts.title = title(archive, facts)
    styles = Styles()
    if "styles.xml" in archive.names:
        styles.learn(parse(archive.read("styles.xml", SMALL_PART), "styles.xml"))
    seen = False
    with archive.open("content.xml") as stream:
        for event, element in walk(stream, "content.xml"):
            if event == "start":
                seen = seen or element.tag == OFFICE + "presentation"
            elif element.tag == OFFICE + "automatic-styles":
                styles.learn(element)
            elif element.tag == DRAW + "page":
                facts.pages += 1
                if facts.pages > limits.pages:
                    raise DocumentTooManyPages(found=facts.pages, limit=limits.pages)
                yield from _slide(element, styles, limits, facts)
                element.clear()
    if not seen:
        raise DocumentCorrupt(detail="part-missing", part="office:presentation")
    facts.flag("macros", int(has_macros(archive)))


def _slide(page: Any, styles: Styles, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    titles = [e for e in page if e.get(PRESENTATION + "class") == "title"]
    name = " ".join(" ".join(e.itertext()) for e in titles[:1])
    name = one_line(clean(name, facts.flag))[:TITLE_CHARACTERS]
    facts.title = facts.title or name
    place = slide_place(facts.pages, name)
    outline = Outline(facts, limits, place=place)
    outline.heading(1, name)
    _say(page, [*titles[:1], *page.findall(PRESENTATION + "notes")], Body(outline, styles, facts))
    yield from outline.finish()
    for notes in page.findall(PRESENTATION + "notes"):
        beside = Outline(facts, limits, place={**place, "part": "notes"}, above=[name] if name else [])
        _say(notes, [], Body(beside, styles, facts))
        yield from beside.finish()


def _say(holder: Any, left_out: list[Any], body: Body) -> None:
    for element in holder:
        if element not in left_out and element.get(PRESENTATION + "class") not in _FURNITURE:
            body.block(element)
