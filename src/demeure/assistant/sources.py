"""From library hits to what the reader and the model see: numbered sources, places in words. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from demeure.assistant.events import Source
from demeure.assistant.evidence import Stems, Told, evidence
from demeure.assistant.prompt import Extract
from demeure.library import Hit


def place_label(place: Mapping[str, Any], language: str) -> str:
    """« page 3 », « § 2. Tarifs › 2.1 Enfants », « lignes 10 à 24 »; empty for a place without words."""
    english = language == "en"
    match place.get("kind"):
        case "page":
            return f"page {place['page']}"
        case "heading":
            return " › ".join(str(step) for step in place.get("path", ()))
        case "lines":
            return f"{'lines' if english else 'lignes'} {place['from']} {'to' if english else 'à'} {place['to']}"
        case _:
            return ""


def sources_of(hits: Sequence[Hit], language: str) -> tuple[Source, ...]:
    """Hits in the order given to the model, numbered from 1."""
    return tuple(
        Source(
            number=number,
            document_id=hit.document_id,
            document=hit.document,
            space=hit.space,
            place=hit.place,
            place_label=place_label(hit.place, language),
            quote=hit.text,
            score=hit.score,
        )
        for number, hit in enumerate(hits, 1)
    )


def extracts_of(
    question: str, hits: Sequence[Hit], language: str, stems: Stems, limit: int = 10_000
) -> list[Extract]:
    """The same hits as the model reads them: under a title (headings, page), the lines that matter, ``limit``
    characters in all; a hit without any is not read."""
    lines = evidence(question, [Told(h.document_id, h.context, h.text) for h in hits], stems, limit)
    return [
        Extract(_title(hit, language), text, number)
        for number, (hit, text) in enumerate(zip(hits, lines, strict=True), 1)
        if text
    ]


def _title(hit: Hit, language: str) -> str:
    """« rapport activite 2025 › 5. Cantine, page 8 »."""
    above = hit.context.split("\n")[0] or hit.document
    by_page = hit.place.get("kind") == "page"
    return ", ".join(filter(None, (above, place_label(hit.place, language) if by_page else "")))
