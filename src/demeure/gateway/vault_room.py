"""Every key of the house, told; the key of a space, replaced when somebody asks, and at the term of its class.

A replacement that a kill interrupted is finished by the next pass, with the key that was prepared.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.gateway.threshold import Threshold
from demeure.identity import SpaceUnknown
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import Rooms, written
from demeure.logs import note
from demeure.persons import resealed
from demeure.policy import PAST_KEEPING, THE_HOUSE, Action, Actor, Decision, Resource, decide, in_force
from demeure.store import Database, KeyLine, Rekeyed, keyring, rekey, settle
from demeure.store.keys import COMING
from demeure.store.space_tables import pseudonyms
from demeure.store.tables import application_keys, snapshots, spaces

if TYPE_CHECKING:
    from demeure.tls import Facts

REKEYED = "space-rekey"
VAULT_ACTS = (REKEYED,)
HOUR = 3600.0


class Vaults(Protocol):
    """The keys of the house. What changes anything is decided and journalled inside."""

    async def keyring(self, actor: Actor) -> list[KeyLine]:
        """Every key, none of them shown. Raises Denied."""
        ...

    async def rekey(self, actor: Actor, space: str) -> Rekeyed:
        """A new key for a space, everything under it. Raises SpaceUnknown, Denied, SpaceInUse, DiskFull,
        BlobCorrupt, DatabaseCorrupt; nothing is lost after any."""
        ...

    async def keep(self) -> None:
        """Replace those that the policy wants replaced, for ever."""
        ...

    async def recover(self) -> int:
        """Close what a crash left open; the number of closings."""
        ...


@dataclass(frozen=True)
class _Place:
    """A space that lives. ``made``: when its key was made or last replaced."""

    id: str
    name: str
    made: datetime


class VaultRoom:
    """``Vaults``, and the passes that keep the policy. ``threshold``: the certificate of the pages, if any."""

    def __init__(
        self,
        instance: Path,
        rooms: Rooms,
        database: Database,
        journal: Journal,
        clock: Clock,
        threshold: Threshold | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._instance, self._rooms, self._database = instance, rooms, database
        self._journal, self._clock, self._threshold, self._sleep = journal, clock, threshold, sleep
        self._one = asyncio.Lock()

    async def keyring(self, actor: Actor) -> list[KeyLine]:
        decide(actor, Action.HOUSE_PROVE, Resource("house")).require()
        return await asyncio.to_thread(self._lines)

    async def rekey(self, actor: Actor, space: str) -> Rekeyed:
        row = await asyncio.to_thread(self._space, space)
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("space", space, row.name, space))
        return await self._written(actor, row, decision)

    async def keep(self) -> None:
        """A pass an hour, for ever: what is past its term, and what a kill left."""
        while True:
            try:
                await self.once()
            except DemeureError as problem:  # the journal or a database does not answer: the next pass tries again
                note("gateway", f"keys wait: {problem.code()}")
            await self._sleep(HOUR)

    async def once(self) -> int:
        """Replace the keys that the policy wants replaced; how many. One that cannot be now keeps no other
        waiting."""
        done = 0
        for row in await asyncio.to_thread(self._due):
            marks = frozenset({PAST_KEEPING})
            decision = decide(
                THE_HOUSE, Action.HOUSE_ADMINISTER, Resource("space", row.id, row.name, row.id, marks=marks)
            )
            try:
                await self._written(THE_HOUSE, row, decision)
                done += 1
            except DemeureError as problem:
                note("gateway", f"key of a space stays: {problem.code()}")
        return done

    async def recover(self) -> int:
        """Close what a crash left open; the number of closings. The work itself is taken up by the next pass."""
        closed = 0
        for intention in await self._journal.open_intentions():
            if intention.entry.name == REKEYED:
                await self._journal.close(intention, await asyncio.to_thread(self._outcome, intention))
                closed += 1
        return closed

    def _outcome(self, intention: OpenIntention) -> str:
        """Done, when the key in use is newer than the entry; what its former generation left goes."""
        space = intention.entry.object
        try:
            settle(self._instance, self._rooms.keys, space)
            made = self._rooms.keys.held(space).made
        except DemeureError:
            return "interrupted"
        return "done" if made and made >= intention.entry.time and not self._coming(space) else "interrupted"

    async def _written(self, actor: Actor, row: _Place, decision: Decision) -> Rekeyed:
        draft = Draft(
            "administration",
            REKEYED,
            phase="intention",
            chain=uuid4().hex,
            actor=actor.id,
            object=row.id,
            decision=decision.rule,
        )
        async with self._one, written(self._journal, draft, decision):
            return await asyncio.to_thread(self._turn, row.id)

    def _turn(self, space: str) -> Rekeyed:
        made = rekey(self._instance, self._rooms.keys, space, self._clock, resealed)
        with self._database.write() as db:  # states of the engine are made again when they are wanted
            db.execute(snapshots.delete().where(snapshots.c.space == space))
        return made

    # -- what is read (blocking) ----------------------------------------------------------------------------------

    def _space(self, space: str) -> _Place:
        found = next((one for one in self._places() if one.id == space), None)
        if found is None:
            raise SpaceUnknown(space=space)
        return found

    def _places(self) -> list[_Place]:
        query = sa.select(spaces.c.id, spaces.c.name).where(spaces.c.deleting.is_(False)).order_by(spaces.c.name)
        with self._database.read() as db:
            rows = db.execute(query).all()
        living = set(self._rooms.keys.spaces())
        return [_Place(row.id, row.name, self._made(row.id)) for row in rows if row.id in living]

    def _made(self, space: str) -> datetime:
        try:
            told = self._rooms.keys.held(space).made
        except DemeureError:  # a key that is damaged, or of another algorithm, says nothing of itself
            told = ""
        file = self._instance / "keys" / "spaces" / f"{space}.key"
        return datetime.fromisoformat(told) if told else datetime.fromtimestamp(file.stat().st_mtime, UTC)

    def _due(self) -> list[_Place]:
        force, now = in_force(), self._clock.now()

        def due(one: _Place) -> bool:
            days = force.policy.sensitivity(force.class_of(one.id)).rekey
            return self._coming(one.id) or (days is not None and one.made + timedelta(days=days) <= now)

        return [one for one in self._places() if due(one)]

    def _coming(self, space: str) -> bool:
        return (self._instance / "keys" / "spaces" / f"{space}{COMING}").exists()

    def _lines(self) -> list[KeyLine]:
        places = self._places()
        names = {one.id: one.name for one in places}
        found = keyring(self._instance, names, self._rooms.keys.held)
        return [*_certified(found, self._threshold), *self._sealed_tables(places), *self._applications()]

    def _sealed_tables(self, places: Iterable[_Place]) -> list[KeyLine]:
        """Tables of pseudonyms, sealed again inside their space's database. One that does not open hides no other
        key; its space's own has a line."""
        found = []
        for one in places:
            try:
                with self._rooms.database(one.id).read() as db:
                    query = sa.select(sa.func.count(), sa.func.max(pseudonyms.c.changed_at))
                    count, last = db.execute(query).one()
            except DemeureError:
                continue
            if count:
                found.append(KeyLine("pseudonyms", one.name, made=iso(one.made), rotated=last or "", count=count))
        return found

    def _applications(self) -> list[KeyLine]:
        """Secrets of programs: only their digest is kept."""
        c = application_keys.c
        query = sa.select(sa.func.count(), sa.func.min(c.created_at), sa.func.max(c.created_at))
        with self._database.read() as db:
            count, first, last = db.execute(query.where(c.revoked_at.is_(None))).one()
        line = KeyLine("application", "", "SHA-256", made=first or "", rotated=last or "", count=count)
        return [line] if count else []


def _certified(found: list[KeyLine], threshold: Threshold | None) -> list[KeyLine]:
    """What the certificates say of the two keys of TLS."""
    if threshold is None:
        return found
    told: dict[str, Facts] = {"served": threshold.facts}
    if threshold.root:
        from demeure.tls.examine import facts_of  # X.509 is imported by who has a certificate

        told["authority"] = facts_of(threshold.root)
    lines = [_said(line, told.pop(line.kind)) if line.kind in told else line for line in found]
    return [*lines, *(_said(KeyLine(kind), facts) for kind, facts in told.items())]  # a given one has no file here


def _said(line: KeyLine, facts: "Facts") -> KeyLine:
    name, made = (facts.names[0] if facts.names else ""), iso(facts.begins)
    return replace(line, name=name, algorithm=facts.algorithm or "?", bits=facts.bits, made=made)
