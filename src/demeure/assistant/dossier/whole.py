"""Documents read whole: their passages, numbered, and the beginning that every question on them shares."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from demeure.assistant import prompt
from demeure.assistant.sources import place_label
from demeure.library import Document, Hit
from demeure.library.whole import Stored


@dataclass(frozen=True)
class Whole:
    """``documents`` of one space; ``hits``: all their passages, numbered from 1 in this order; ``messages``: the
    beginning, ``head``: the words of the question's own message that are always the same; ``tokens``: of it all,
    estimated."""

    documents: tuple[Document, ...]
    hits: tuple[Hit, ...]
    messages: tuple[dict[str, str], ...]
    head: str = ""

    @property
    def space(self) -> str:
        return self.documents[0].space

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.documents)

    @property
    def named(self) -> str:
        """For the journal: ids, one after the other."""
        return " ".join(self.ids)

    @property
    def digest(self) -> str:
        """SHA-256 of the beginning."""
        told = json.dumps([self.messages, self.head], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def tokens(self) -> int:
        return sum(prompt.tokens_about(said) for said in (self.head, *(one["content"] for one in self.messages)))


def whole_of(documents: Sequence[tuple[Document, Sequence[Stored]]], *, organisation: str, language: str) -> Whole:
    """Of documents and their passages. ``language``: the house's, so that one beginning serves every reader."""
    hits: list[Hit] = []
    told: list[tuple[str, list[prompt.Extract]]] = []
    for row, passages in documents:
        extracts = []
        for one in passages:
            hits.append(_hit(row, one))
            text = one.text[one.again :].lstrip() or one.text
            extracts.append(prompt.Extract(_title(one, language), text, len(hits)))
        told.append((row.name, extracts))
    messages = prompt.beginning(told, organisation=organisation, language=language)
    return Whole(tuple(row for row, _ in documents), tuple(hits), messages, prompt.head(language))


def _hit(row: Document, one: Stored) -> Hit:
    return Hit(row.id, row.name, row.space, one.id, one.place, one.text, one.context, 0.0, None, 0.0, row.sha256)


def _title(one: Stored, language: str) -> str:
    """Headings and the header of a table, without the document's own name; the page."""
    path, _, header = one.context.partition("\n")
    above = path.partition(" › ")[2]
    page = place_label(one.place, language) if one.place.get("kind") in ("page", "slide", "cells") else ""
    first = ", ".join(filter(None, (above, page)))
    return "\n".join(filter(None, (first, header)))
