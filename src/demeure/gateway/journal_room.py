"""The journal as people read it: who did what with what for those who may, contents for their own author only.

Every look is an entry, written before anything is given.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.gateway import telling
from demeure.gateway.errors import ContentsOfOthers, NothingToExport, PeriodBackwards
from demeure.journal import (
    MOST_PROOFS,
    AnswerMissing,
    By,
    Draft,
    Entry,
    EntryUnknown,
    Journal,
    OpenIntention,
    Page,
    Proof,
    Proven,
    Wanted,
)
from demeure.journal import receipt as receipts
from demeure.journal.evidence import Opening
from demeure.journal.sealing import PayloadWithdrawn
from demeure.policy import Action, Actor, Resource, decide
from demeure.store import KeyDestroyed, KeyMissing

ERASED = "person-erased"
ERASURE_DONE = f"{ERASED}-closed"
MOST_ERASURES = 200
_PAGE = 500


@dataclass(frozen=True)
class Chain:
    """All entries of one piece of work, oldest first. ``contents``: what was sealed, for its author only; None: it
    was erased. ``own``: the reader is the author. ``withdrawn``: of those, what the policy withdrew, and by which
    rule."""

    chain: str
    entries: tuple[Entry, ...]
    own: bool
    contents: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    withdrawn: dict[int, PayloadWithdrawn] = field(default_factory=dict)

    def one(self, name: str) -> dict[str, Any]:
        """The content of the entry of that name; empty when there is none to be read."""
        found = [self.contents.get(e.index) for e in self.entries if e.name == name]
        return next((content for content in found if content), {})


@dataclass(frozen=True)
class Batch:
    """Part of an export. ``openings``: of the reader's own entries, when contents were asked for."""

    proven: Proven
    openings: dict[int, Opening]


@dataclass(frozen=True)
class _Written:
    """The entry of a look."""

    index: int
    chain: str


class JournalRoom:
    """``erase_key``: destroys the key of a person; blocks. Raises what the journal raises, and Denied."""

    def __init__(self, journal: Journal, erase_key: Callable[[str], None]) -> None:
        self._journal, self._erase_key = journal, erase_key

    async def look(self, actor: Actor, wanted: Wanted, start: int | None, limit: int) -> Page:
        """A page of what matches, newest first; filtered on ``wanted.actor``, one's own lines or everybody's.
        Raises PeriodBackwards."""
        _possible(wanted)
        by = await self._allowed(actor, _reading(actor, wanted.actor or ""), "journal-read", _told(wanted))
        found: list[Entry] = []
        start = max(0, by.index - 1) if start is None else start  # this look is not part of what is looked at
        while True:
            page = await self._journal.read(start=start, limit=limit - len(found), **_read(wanted))
            found += page.entries
            if page.next is None or len(found) >= limit:
                return Page(found, page.next)
            start = page.next

    async def chain(self, actor: Actor, which: str) -> Chain:
        """The chain of an entry (its index) or of that id. Raises EntryUnknown."""
        entries = await self._chain(which)
        owner, chain = entries[0].actor, entries[0].chain
        await self._allowed(actor, _reading(actor, owner), "journal-chain-read", f"chain={chain or which}")
        own = owner == actor.id
        withdrawn: dict[int, PayloadWithdrawn] = {}
        contents = {e.index: await self._content(e, withdrawn) for e in entries if own and e.commitment}
        return Chain(chain, entries, own, contents, withdrawn)

    async def receipt(self, actor: Actor, which: str) -> tuple[dict[str, Any], str]:
        """The receipt of an answer, and what its printed code holds. Raises EntryUnknown, AnswerMissing."""
        entries = await self._chain(which)
        owner, chain = entries[0].actor, entries[0].chain
        if not any(entry.name == "answer-closed" for entry in entries):
            raise AnswerMissing(index=which)
        await self._allowed(actor, _reading(actor, owner), "receipt-made", f"chain={chain}")
        around = [await self._last(name, entries[-1].index) for name in receipts.AROUND]
        indexes = sorted({e.index for e in entries} | {index for index in around if index is not None})
        proven = await self._journal.prove(indexes)
        vkey = (await self._journal.head()).vkey
        mine = [proof for proof in proven.proofs if proof.index not in around]
        return receipts.made(chain, proven, vkey), receipts.code(mine)

    async def proof(self, actor: Actor, index: int) -> Proof:
        """Proof of one entry. Raises EntryUnknown, EntryPruned."""
        proof = (await self._journal.prove([index])).proofs[0]
        owner = str(json.loads(proof.extra)["actor"])
        await self._allowed(actor, _reading(actor, owner), "proof-made", f"entry={index}")
        return proof

    async def export(self, actor: Actor, wanted: Wanted, *, contents: bool = False) -> AsyncIterator[Batch]:
        """Everything that matches, oldest last, all under one checkpoint. Raises ContentsOfOthers when contents are
        asked for that are not the actor's own, PeriodBackwards, and, at the end, NothingToExport."""
        _possible(wanted)
        if contents and wanted.actor != actor.id:
            raise ContentsOfOthers()
        about = _told(wanted) + (" contents=yes" if contents else "")
        await self._allowed(actor, _reading(actor, wanted.actor or ""), "journal-exported", about)
        under = await self._journal.prove([])
        start: int | None = max(0, under.size - 1)
        count = 0
        while start is not None and under.size:
            page = await self._journal.read(start=start, limit=min(_PAGE, MOST_PROOFS), **_read(wanted))
            count += len(page.entries)
            proven = await self._journal.prove([entry.index for entry in page.entries], under)
            own = [e.index for e in page.entries if contents and e.commitment]
            openings = {index: await self._opening(index) for index in own}
            yield Batch(proven, {index: one for index, one in openings.items() if one is not None})
            start = page.next
        if not count:
            raise NothingToExport()

    async def erase(self, actor: Actor, person: str) -> dict[str, Any]:
        """Destroy what the journal keeps of the contents of ``person``; its receipt. The entries stay, and verify.
        Raises KeyMissing when nothing was ever sealed for them."""
        decision = decide(actor, Action.PERSON_ERASE, Resource("person", person))
        rest: dict[str, Any] = {"actor": actor.id, "object": f"person={person}", "decision": decision.rule}
        if not decision.allowed:
            await self._journal.record(Draft("filter", f"{ERASED}-refused", chain=uuid4().hex, **rest))
            decision.require()
        written = await self._journal.intention(Draft("administration", ERASED, chain=uuid4().hex, **rest))
        try:
            await asyncio.to_thread(self._erase_key, person)
        except DemeureError:
            await self._journal.close(written, "failed")
            raise
        closed = await self._journal.close(written, "done")
        return await self._certified(written.index, closed.index)

    async def erasures(self, actor: Actor) -> list[Entry]:
        """The erasures that were done, newest first. Written, as every look."""
        await self._allowed(actor, Action.PERSON_ERASE, "erasures-read", "")
        found: list[Entry] = []
        start: int | None = None
        while len(found) < MOST_ERASURES:
            page = await self._journal.read(start=start, limit=_PAGE, name=ERASURE_DONE)
            found += [entry for entry in page.entries if entry.outcome == "done"]
            start = page.next
            if start is None:
                break
        return found[:MOST_ERASURES]

    async def erasure(self, actor: Actor, index: int) -> dict[str, Any]:
        """The receipt of the erasure that entry ``index`` closed. Raises EntryUnknown."""
        page = await self._journal.read(start=index, limit=1)
        closed = page.entries[0] if page.entries else None
        if closed is None or (closed.index, closed.name, closed.outcome) != (index, ERASURE_DONE, "done"):
            raise EntryUnknown(index=index)
        opened = next(entry for entry in await self._chain(closed.chain) if entry.name == ERASED)
        return await self.certified(actor, opened.index, index)

    async def certified(self, actor: Actor, opened: int, closed: int) -> dict[str, Any]:
        """The receipt of an erasure: proofs of the entries that opened and closed it. Raises EntryUnknown."""
        await self._allowed(actor, Action.PERSON_ERASE, "erasure-receipt-made", f"entry={closed}")
        return await self._certified(opened, closed)

    async def finish_erasure(self, intention: OpenIntention) -> None:
        """After a crash: an erasure that was allowed and written is carried out."""
        outcome = "done"
        try:
            await asyncio.to_thread(self._erase_key, intention.entry.object.removeprefix("person="))
        except DemeureError:
            outcome = "failed"
        await self._journal.close(intention, outcome)

    async def _certified(self, opened: int, closed: int) -> dict[str, Any]:
        proven = await self._journal.prove([opened, closed])
        made = receipts.made("", proven, (await self._journal.head()).vkey)
        return made | {"format": receipts.ERASURE}

    async def keep(self, actor: Actor, name: str, about: str = "") -> By:
        """May ``actor`` have the journal kept (signatures, cosignatures, pruning)? Written, then told."""
        return By(actor.id, (await self._allowed(actor, Action.JOURNAL_KEEP, name, about)).chain)

    async def _allowed(
        self, actor: Actor, asked: tuple[Action, Resource] | Action, name: str, about: str
    ) -> _Written:
        """The entry that says so. Raises Denied, written too."""
        action, resource = (asked, Resource("journal")) if isinstance(asked, Action) else asked
        decision, chain = decide(actor, action, resource), uuid4().hex
        kind, name = ("retrieval", name) if decision.allowed else ("filter", f"{name}-refused")
        draft = Draft(kind, name, chain=chain, actor=actor.id, object=about[:4096], decision=decision.rule)
        receipt = await self._journal.record(draft)
        decision.require()
        return _Written(receipt.index, chain)

    async def _chain(self, which: str) -> tuple[Entry, ...]:
        chain = which
        if which.isascii() and which.isdecimal() and len(which) < 16:
            page = await self._journal.read(start=int(which), limit=1)
            if not page.entries or page.entries[0].index != int(which):
                raise EntryUnknown(index=which)
            chain = page.entries[0].chain
            if not chain:  # an act of the house that stands alone
                return tuple(page.entries)
        found: list[Entry] = []
        start: int | None = None
        while chain and (start is not None or not found):
            page = await self._journal.read(start=start, limit=_PAGE, chain=chain)
            found += page.entries
            start = page.next
            if start is None or any(entry.name == "question-asked" for entry in page.entries):
                break
        if not found:
            raise EntryUnknown(index=which)
        return tuple(reversed(found))

    async def _last(self, name: str, before: int) -> int | None:
        start: int | None = before
        while start is not None:
            page = await self._journal.read(start=start, limit=1, name=name)
            if page.entries:
                return page.entries[0].index
            start = page.next
        return None

    async def _opening(self, index: int, withdrawn: dict[int, PayloadWithdrawn] | None = None) -> Opening | None:
        try:
            return await self._journal.opening(index)
        except (KeyDestroyed, KeyMissing) as problem:
            if withdrawn is not None and isinstance(problem, PayloadWithdrawn):
                withdrawn[index] = problem
            return None

    async def _content(self, entry: Entry, withdrawn: dict[int, PayloadWithdrawn]) -> dict[str, Any] | None:
        opening = await self._opening(entry.index, withdrawn)
        if opening is None:
            return None
        try:
            told = json.loads(opening.payload)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def _reading(actor: Actor, owner: str) -> tuple[Action, Resource]:
    own = bool(owner) and owner == actor.id
    return (Action.JOURNAL_READ_OWN if own else Action.JOURNAL_READ), Resource("journal", owner=owner)


def _possible(wanted: Wanted) -> None:
    """A period that no entry can be in is told, rather than answered by nothing."""
    if wanted.backwards:
        raise PeriodBackwards(since=wanted.since, until=wanted.until)


def _read(wanted: Wanted) -> dict[str, str | None]:
    """What the journal is asked: words are also looked for in the sentences that people read."""
    return vars(wanted) | {"said": telling.sought(wanted.said)}


def _told(wanted: Wanted) -> str:
    return " ".join(f"{name}={value}" for name, value in vars(wanted).items() if value) or "everything"
