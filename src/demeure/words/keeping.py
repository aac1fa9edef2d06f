"""Who may see and change the organisation's words: decided, written in the journal, done, in that order.

Those of a space live in its own database: only its readers see them, and they go with its key.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from demeure.clock import Clock, iso
from demeure.identity import Membership, SpaceUnknown
from demeure.journal import Draft, Journal
from demeure.library import Rooms, Shelf, written
from demeure.policy import Action, Actor, Decision, Resource, Right, decide
from demeure.store import Database
from demeure.words import everyday
from demeure.words.csv_file import read_csv, write_csv
from demeure.words.errors import TextUnknown
from demeure.words.glossary import Glossary, merged
from demeure.words.rows import Rows
from demeure.words.sigles import others as everybody
from demeure.words.terms import Term
from demeure.words.voice import KINDS, TextVersion, Voice, checked, voice_of

ACTS = ("term-put", "term-remove", "glossary-import", "text-write", "text-remove")
"""Intentions of the gateway about words."""
_SPACES = 256  # whose words are kept


@dataclass(frozen=True)
class Imported:
    """How many entries were new, were changed, have left."""

    added: int
    changed: int
    removed: int


@dataclass(frozen=True, eq=False)
class InForce:
    """The entries and the last texts of the house, or of one space."""

    terms: list[Term]
    texts: list[TextVersion]


class Words:
    """Composed by the gateway. ``space``: id, or empty for the whole organisation. Any number of callers."""

    def __init__(
        self,
        *,
        house: Database,
        rooms: Rooms,
        shelf: Shelf,
        membership: Membership,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._house, self._rooms, self._shelf = house, rooms, shelf
        self._membership, self._journal, self._clock = membership, journal, clock
        self._held: dict[str, tuple[Database, InForce]] = {}
        self._glossaries: dict[tuple[str, ...], tuple[list[InForce], Glossary]] = {}
        self._changes, self._lock = 0, threading.Lock()

    # -- in force -------------------------------------------------------------------------------------------------

    def glossary(self, spaces: Sequence[str]) -> Glossary:
        """The organisation's and that of ``spaces``, whose readers the caller knows to be asking. Blocking. Raises
        the store's errors for a space that cannot be opened."""
        key = tuple(dict.fromkeys(spaces))
        now = [self._in_force(space) for space in ("", *key)]
        kept = self._glossaries.get(key)
        if kept is None or any(one is not other for one, other in zip(kept[0], now, strict=True)):
            kept = (now, merged(now[0].terms, [one.terms for one in now[1:]]))
            if len(self._glossaries) > 64:
                self._glossaries.clear()
            self._glossaries[key] = kept
        return kept[1]

    def _in_force(self, space: str) -> "InForce":
        """Read once, and again after each change; every question asks, and the words change only here."""
        database = self._rooms.database(space) if space else self._house
        kept = self._held.get(space)
        if kept is not None and kept[0] is database:
            return kept[1]
        changes, rows = self._changes, Rows(database, space)
        found = InForce(rows.terms(), rows.texts())
        with self._lock:
            if changes == self._changes:  # else it may be what was there before
                if len(self._held) > _SPACES:
                    self._held.clear()
                self._held[space] = (database, found)
        return found

    def _changed(self, space: str) -> None:
        with self._lock:
            self._changes += 1
            self._held.pop(space, None)

    def others(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """For search: see ``library.Synonyms``. Blocking."""
        return self.glossary(spaces).others(text)

    def spare(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """For search: what everybody's sigles and everyday words say, but for the forms that the glossaries know.
        Blocking."""
        known = {said for said, _ in self.others(text, spaces)}
        return [(said, forms) for said, forms in (*everybody(text), *everyday.others(text)) if said not in known]

    def voice(self, spaces: Sequence[str]) -> Voice:
        """The texts in force, those of one space only when it is alone. Blocking."""
        alone = [self._in_force(spaces[0]).texts] if len(set(spaces)) == 1 else []
        return voice_of(self._in_force("").texts, alone)

    # -- looking --------------------------------------------------------------------------------------------------

    async def terms(self, actor: Actor, space: str = "") -> list[Term]:
        """By form. Raises Denied, SpaceUnknown."""
        return await asyncio.to_thread(lambda: self._readable(actor, space).terms())

    async def texts(self, actor: Actor, space: str = "") -> list[TextVersion]:
        """The last versions. Raises Denied, SpaceUnknown."""
        return await asyncio.to_thread(lambda: self._readable(actor, space).texts())

    async def versions(self, actor: Actor, space: str, kind: str, name: str = "") -> list[TextVersion]:
        """Of one text, latest first. Raises Denied, SpaceUnknown, TextUnknown (of no kind)."""
        if kind not in KINDS:
            raise TextUnknown()
        return await asyncio.to_thread(lambda: self._readable(actor, space).versions(kind, name))

    async def export(self, actor: Actor, space: str = "", language: str = "fr") -> bytes:
        """The glossary as a CSV file. Raises as ``terms``."""
        return write_csv(await self.terms(actor, space), language)

    def may_change(self, actor: Actor, space: str = "") -> bool:
        """Blocking for a space."""
        return self._decision(actor, space).allowed

    # -- changing -------------------------------------------------------------------------------------------------

    async def put(self, actor: Actor, space: str, one: Term, replaces: int = 0) -> Term:
        """A new entry, or one in the place of another (its id). Raises TermKnown, TermUnknown, GlossaryFull,
        Denied, SpaceUnknown."""
        told = {"form": one.form, "kind": one.kind, "meaning": one.meaning, "also": one.also, "avoid": one.avoid}
        made: Term = await self._done(
            *(actor, space, "term-put", told | {"note": one.note, "replaces": replaces}),
            lambda rows, at: rows.put(one, actor.id, at, replaces),
        )
        return made

    async def remove(self, actor: Actor, space: str, term: int) -> None:
        """Raises TermUnknown, Denied, SpaceUnknown."""
        await self._done(actor, space, "term-remove", {"term": term}, lambda rows, _: rows.remove(term))

    async def import_csv(self, actor: Actor, space: str, data: bytes, *, alone: bool = False) -> Imported:
        """A file, whole or not at all; ``alone``: entries that it does not have leave. Raises CsvInvalid,
        GlossaryFull, Denied, SpaceUnknown."""
        entries = await asyncio.to_thread(read_csv, data)
        told = {"entries": len(entries), "alone": alone}
        return Imported(
            *await self._done(
                *(actor, space, "glossary-import", told),
                lambda rows, at: rows.take(entries, actor.id, at, alone=alone),
            )
        )

    async def write(self, actor: Actor, space: str, kind: str, name: str, body: str, after: int) -> int:
        """The version that follows ``after`` (0: none). Raises TextInvalid, TextMoved, Denied, SpaceUnknown."""
        name, body = checked(kind, name, body)
        told = {"kind": kind, "name": name, "after": after, "body": body}
        made: int = await self._done(
            *(actor, space, "text-write", told),
            lambda rows, at: rows.write(kind, name, body, actor.id, at, after),
        )
        return made

    async def take_away(self, actor: Actor, space: str, kind: str, name: str, after: int) -> int:
        """A last version without a text; the former ones stay. Raises TextUnknown, TextMoved, Denied,
        SpaceUnknown."""
        if not after:
            raise TextUnknown()
        made: int = await self._done(
            *(actor, space, "text-remove", {"kind": kind, "name": name, "after": after}),
            lambda rows, at: rows.write(kind, name, None, actor.id, at, after),
        )
        return made

    async def _done(
        self, actor: Actor, space: str, name: str, told: Mapping[str, Any], act: Callable[[Rows, str], Any]
    ) -> Any:
        decision = await asyncio.to_thread(self._decision, actor, space)
        draft = Draft(
            kind="administration",
            name=name,
            phase="intention",
            chain=uuid4().hex,
            actor=actor.id,
            space=space or None,
            object=space or "house",
            decision=decision.rule,
            payload=json.dumps(told, ensure_ascii=False, default=list).encode(),
        )
        async with written(self._journal, draft, decision):
            at = iso(self._clock.now())
            return await asyncio.to_thread(self._acted, space, lambda: act(self._rows(space), at))

    def _acted(self, space: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        finally:  # in the thread: who asked may be gone before it is done
            self._changed(space)

    # -- rights ---------------------------------------------------------------------------------------------------

    def _decision(self, actor: Actor, space: str) -> Decision:
        if not space:
            return decide(actor, Action.HOUSE_WORDS, Resource("house"))
        return decide(actor, Action.SPACE_WORDS, self._seen(actor, space))

    def _readable(self, actor: Actor, space: str) -> Rows:
        if space:
            decide(actor, Action.SPACE_READ, self._seen(actor, space)).require()
        else:
            decide(actor, Action.PAGE_VIEW, Resource("house")).require()
        return self._rows(space)

    def _seen(self, actor: Actor, space: str) -> Resource:
        """Raises SpaceUnknown: what is not visible does not exist."""
        row, right = self._shelf.space(space), self._membership.right(actor, space)
        if row is None or right is Right.NONE:
            raise SpaceUnknown(space=space)
        return Resource("space", space, row.name, space, right=right)

    def _rows(self, space: str) -> Rows:
        return Rows(self._rooms.database(space), space) if space else Rows(self._house)
