"""From library hits to what the reader and the model see: numbered sources, places in words. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from demeure.assistant.events import Source
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


def extracts_of(hits: Sequence[Hit], language: str) -> list[Extract]:
    """The same hits as the model reads them: document and place as a title, then the text."""
    return [
        Extract(", ".join(filter(None, (hit.document, place_label(hit.place, language)))), hit.text) for hit in hits
    ]
