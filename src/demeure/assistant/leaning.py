"""Searching for a question that may lean on the conversation: with it and without it, and the passages decide.

Of 16 written questions on a new subject (benchmarks/followups.py) the words alone suspect 5; comparing keeps the
right document first for all, and costs one more search, at the same time.
"""

import asyncio
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from demeure.assistant import every_price, missing, opening, persons, prices
from demeure.assistant.evidence import giving
from demeure.assistant.followup import Lean
from demeure.assistant.prompt import Extract
from demeure.assistant.sources import chosen, folded, told
from demeure.assistant.units import Stems
from demeure.library import Features, Hit, Retrieval
from demeure.policy import Actor
from demeure.words import everyday

LOOKED_AT = 4  # times the passages wanted: where further documents are looked for
_ANOTHER = re.compile(
    r"(?:et|ou|mais|and|or|but)\s+(?:(?:le|la|les|the)\s+|l['’])(?P<thing>[^\W\d_]+)\s*\?*", re.IGNORECASE
)
NOTHING_SOUGHT = Retrieval((), True, Features(None, 0.0), False)
"""Of what is said to the assistant itself."""


class Searcher(Protocol):
    """What the assistant asks of the library: rights are checked inside, before any space is opened."""

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval: ...


@dataclass(frozen=True)
class ReadBy:
    """``searcher``, for ``model`` to read what is found: the one at the end of a route, not the house's own."""

    searcher: Any
    model: str

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
        found: Retrieval = await self.searcher.search(actor, question, spaces, limit, model=self.model)
        return found


@dataclass(frozen=True)
class Leaning:
    """``searched``: what was looked for when it is not the question as typed; empty when it stood alone.
    ``absent``: the parts of a question that asks several things for which nothing was found."""

    searched: str
    retrieval: Retrieval
    absent: tuple[str, ...] = ()


async def find(
    searcher: Searcher,
    actor: Actor,
    question: str,
    lean: Lean | None,
    spaces: Sequence[str],
    wanted: int,
    stems: Stems,
    mailed: Sequence[str] = (),
) -> Leaning:
    """The ``wanted`` passages (``sources.chosen`` may add a few of further documents). Raises as the searcher does.

    When the question leans, the best passage that it finds alone stays among them: a subject taken for the old one
    by mistake is still answered. ``mailed``: what a pasted e-mail asks, each looked for by itself.
    """
    if mailed:
        return await _each(searcher, actor, mailed, spaces, wanted, stems)
    deep = wanted * LOOKED_AT
    if lean is None:
        if several := missing.alone(question, stems):
            return await _parts(searcher, actor, question, several, spaces, wanted, stems)
        alone = await searcher.search(actor, everyday.in_search(prices.spelled_out(question)), spaces, deep)
        if more := opening.elsewhere(question, alone.hits, stems):
            found = await searcher.search(actor, more, spaces, deep)
            hours = opening.passages(question, found.hits, stems)
            alone = replace(alone, hits=(*alone.hits, *hours), found=alone.found or bool(hours))
        return _narrowed(question, "", alone, wanted, stems)
    alone, whole = await asyncio.gather(
        searcher.search(actor, question, spaces, deep), searcher.search(actor, lean.text, spaces, deep)
    )
    if whole.features.peak - alone.features.peak < lean.proof:
        return _narrowed(question, "", alone, wanted, stems)
    return _narrowed(lean.text, lean.text, whole, wanted, stems, kept=alone.hits[:1])


def nowhere(question: str, read: Iterable[Extract], stems: Stems) -> bool:
    """Is ``question``, as typed, about another thing than the conversation (« et le gymnase ? »), that nothing
    ``read`` speaks of? What the conversation brings would be answered instead."""
    other = _ANOTHER.fullmatch(question.strip())
    wanted = set(stems(other["thing"])) if other else set[str]()
    return bool(wanted) and not any(wanted.intersection(stems(f"{one.title}\n{one.text}")) for one in read)


async def _parts(
    searcher: Searcher,
    actor: Actor,
    question: str,
    several: Sequence[str],
    spaces: Sequence[str],
    wanted: int,
    stems: Stems,
) -> Leaning:
    """What the whole question finds, with the best passages of each of its parts that it did not; when it finds
    nothing, those of the parts that do. One part that no document answers does not hide the others."""
    deep = wanted * LOOKED_AT
    whole, *each = await asyncio.gather(
        *(searcher.search(actor, everyday.in_search(one), spaces, deep) for one in (question, *several))
    )
    each_told = [_narrowed(part, "", one, wanted, stems).retrieval for part, one in zip(several, each, strict=True)]
    absent = tuple(
        part for part, one in zip(several, each_told, strict=True) if not one.found or _unheld(part, one)
    )
    each_told = [_lists_first(part, one) for part, one in zip(several, each_told, strict=True)]
    if len(absent) == len(several):
        return _narrowed(question, "", whole, wanted, stems)
    start = _narrowed(question, "", whole, wanted, stems).retrieval if whole.found and not absent else None
    hits = folded(
        [
            *(start.hits if start else ()),
            *_in_turn([one for part, one in zip(several, each_told, strict=True) if part not in absent]),
        ]
    )
    seen = {(hit.space, hit.passage_id): hit for hit in reversed(hits)}
    once = [hit for hit in hits if seen[hit.space, hit.passage_id] is hit]
    most = (len(start.hits) + len(several) if start else 0) or 2 * wanted
    spelt = start.spelt if start else ""
    return Leaning("", replace(start or each_told[0], hits=tuple(once[:most]), found=True, spelt=spelt), absent)


def _lists_first(part: str, found: Retrieval) -> Retrieval:
    """A list of prices before what only speaks of the thing: of each part a few passages are read."""
    if not prices.asked_for(part):
        return found
    return replace(found, hits=tuple(sorted(found.hits, key=lambda hit: not prices.lists_some(hit.text))))


def _unheld(part: str, found: Retrieval) -> bool:
    """Does ``part`` ask who holds an office that no line ``found`` names?"""
    return persons.absent(part, told(found.hits))


def _in_turn(each: Sequence[Retrieval]) -> list[Hit]:
    """The best passage of each, then the second ones."""
    return [hit for some in itertools.zip_longest(*(one.hits for one in each)) for hit in some if hit is not None]


async def _each(
    searcher: Searcher, actor: Actor, asked: Sequence[str], spaces: Sequence[str], wanted: int, stems: Stems
) -> Leaning:
    """The best passages of each question, in turn, each passage once: searched as one, they find what speaks of
    neither."""
    share = max(2, -(-wanted // len(asked)))
    each = await asyncio.gather(*(find(searcher, actor, one, None, spaces, share, stems) for one in asked))
    told = [one.retrieval for one in each]
    held = [one for one in told if one.found] or told[:1]
    hits = folded(_in_turn(held))
    seen = {(hit.space, hit.passage_id): hit for hit in reversed(hits)}
    once = tuple(hit for hit in hits if seen[hit.space, hit.passage_id] is hit)
    every = all(one.by_meaning for one in told)
    return Leaning(" ".join(asked), replace(held[0], hits=once, by_meaning=every, spelt=""))


def _narrowed(
    asked: str, searched: str, found: Retrieval, wanted: int, stems: Stems, kept: Sequence[Hit] = ()
) -> Leaning:
    """The passages to read; the last one makes room for the one to keep, when it is not among them."""
    once = folded(found.hits)
    if listed := every_price.passages(asked, once, stems):
        return Leaning(searched, replace(found, hits=tuple(listed), found=True))
    can = giving(asked, told(once), stems)
    hits = chosen(once, wanted, prices.asked_for(asked), can)
    hits = (*hits, *(hit for hit in opening.passages(asked, once, stems) if hit not in hits))
    there = {(hit.digest, hit.text) if hit.digest else (hit.space, hit.passage_id) for hit in hits}
    more = [h for h in kept if (h.digest, h.text) not in there and (h.space, h.passage_id) not in there]
    return Leaning(searched, replace(found, hits=(*hits[: max(1, len(hits) - len(more))], *more)))
