"""How a document stands, in sentences: superseded, past the end of its keeping, to be read again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from demeure.assistant import Source
from demeure.gateway import locale
from demeure.gateway.visit import Visit
from demeure.library import Standing


@dataclass(frozen=True)
class ReliedOn:
    """A document that an answer cites and that stands badly: the number of its source, its name, what is to be
    told, and the document that has taken its place."""

    number: int
    document: str
    said: str
    newer: str = ""


def sentence(came: Visit, one: Standing) -> str:
    """« Ce document est remplacé par « Tarifs 2026 ». »"""
    if one.since:
        day = locale.day(came.language, datetime.fromisoformat(f"{one.since}T12:00:00+00:00"))
        return came.t(f"standing.is_{one.kind}", day=day)
    return came.t("standing.superseded", name=one.name)


def sentences(came: Visit, standing: Iterable[Standing]) -> list[str]:
    return [sentence(came, one) for one in standing]


def relied_on(
    came: Visit, sources: Sequence[Source], cited: Sequence[int], standing: Mapping[str, Sequence[Standing]]
) -> list[ReliedOn]:
    """Of the documents that an answer cites, each once."""
    found: dict[str, ReliedOn] = {}
    for source in sources:
        if source.number in cited and (told := standing.get(source.document_id)):
            said = " ".join(sentences(came, told))
            newer = next((one.newer for one in told if one.newer), "")
            found.setdefault(source.document_id, ReliedOn(source.number, source.document, said, newer))
    return list(found.values())
