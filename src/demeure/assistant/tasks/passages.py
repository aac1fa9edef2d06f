"""What the base says of each section of a document to write: looked for in the spaces that were chosen.

Promise: rights are asked by the search itself, at each draft; what was found is written before it is used.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from demeure.assistant.leaning import ReadBy
from demeure.assistant.tasks.making import Reading, Stretch
from demeure.journal import Draft, Journal
from demeure.journal.entry import commit
from demeure.library import Features, Retrieval
from demeure.policy import Actor

WANTED = 4
"""Passages looked for, for one section."""


class Searcher(Protocol):
    """See ``demeure.library.Searcher``."""

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval: ...


class NoBase:
    """A house without documents."""

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
        del actor, question, spaces, limit
        return Retrieval((), by_meaning=False, features=Features(None, 0.0), found=False)


class Base:
    """Composed by the gateway."""

    def __init__(self, searcher: Searcher, journal: Journal) -> None:
        self._searcher, self._journal = searcher, journal

    async def found(
        self, actor: Actor, sought: Mapping[str, str], spaces: Sequence[str], entry: "Entry", model: str = ""
    ) -> dict[str, list[Reading]]:
        """By section; ``entry`` makes those of the draft's chain; ``model``: that reads them, when it is not the
        house's own. Raises Denied, what a space that cannot be opened
        raises, the journal's errors."""
        told: dict[str, list[Reading]] = {}
        searcher = ReadBy(self._searcher, model) if model else self._searcher
        for name, text in sought.items():
            retrieval = await searcher.search(actor, text, spaces, WANTED)
            hits = retrieval.hits[:WANTED] if retrieval.found else ()
            salt = os.urandom(32)
            passages = " ".join(f"{h.space}/{h.passage_id}={commit(salt, h.text.encode())}" for h in hits)
            payload = {"searched": text, "found": retrieval.found, "passages_salt": salt.hex()}
            await self._journal.record(entry("retrieval", "passages-found", payload, object=passages))
            told[name] = [
                Reading((Stretch(h.text, h.place, (), h.passage_id),), h.document, h.document_id, h.space)
                for h in hits
            ]
        return told


class Entry(Protocol):
    """An entry of the draft's chain."""

    def __call__(self, kind: str, name: str, payload: Mapping[str, Any], *, object: str) -> Draft: ...  # noqa: A002
