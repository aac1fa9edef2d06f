"""Reversible pseudonyms kept beside a space: one table a dossier, sealed under the space's key, in its database.

The same person has the same token in all the texts of a dossier. A text is given once the table that restores it
is on the disk, and only if it restores it exactly: otherwise nothing leaves. Readers of the space hide and restore.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity import Membership, SpaceUnknown
from demeure.journal import Draft, Journal
from demeure.library import Rooms
from demeure.personal import examine_together
from demeure.personal.pseudonyms import Pseudonyms
from demeure.persons.errors import DossierInvalid, NotRestored
from demeure.policy import Action, Actor, Resource, Right, decide
from demeure.store import Vault
from demeure.store.space_tables import pseudonyms
from demeure.workshop import Part, Workshop

HIDDEN, RESTORED = "text-pseudonymised", "names-restored"
COMMON = "commun"
"""The dossier when none is named."""
_LONGEST = 80
_MEGABYTES = 32


class Pseudonymising:
    """Composed by the gateway; any number of callers. ``workshop``: reads files that are no plain text; without
    one, none is read."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        membership: Membership,
        journal: Journal,
        clock: Clock,
        workshop: Workshop | None = None,
    ) -> None:
        self._rooms, self._membership, self._journal = rooms, membership, journal
        self._clock, self._workshop = clock, workshop

    async def hide(self, actor: Actor, space: str, dossier: str, texts: Sequence[str]) -> list[str]:
        """``texts`` with tokens in place of personal data, the table kept. Raises SpaceUnknown, DossierInvalid,
        NotRestored and the store's and journal's errors: nothing may then leave."""
        name = dossier_of(dossier)
        await self._allowed(actor, space, name, HIDDEN, "extension")
        return await asyncio.to_thread(self._hide, space, name, list(texts))

    async def restore(self, actor: Actor, space: str, dossier: str, text: str) -> str:
        """``text`` with what its tokens stand for; others stay as they are. Raises as ``hide``."""
        name = dossier_of(dossier)
        await self._allowed(actor, space, name, RESTORED, "retrieval")
        return (await asyncio.to_thread(self._table, space, name)).restore(text)

    async def read(self, name: str, data: AsyncIterator[bytes]) -> str:
        """The text of a file: as it is when it is UTF-8, else what a job of the workshop reads. Raises the
        workshop's errors, DossierInvalid (too large)."""
        whole = bytearray()
        async for piece in data:
            whole += piece
            if len(whole) > _MEGABYTES << 20:
                raise DossierInvalid(why_fr=f"plus de {_MEGABYTES} Mo", why_en=f"more than {_MEGABYTES} MB")
        if b"\0" not in whole[:4096]:
            try:
                return whole.decode("utf-8-sig")
            except UnicodeDecodeError:
                pass
        if self._workshop is None:
            raise DossierInvalid(why_fr="ce fichier n’est pas du texte", why_en="this file is no text")
        parts = [
            one.text async for one in self._workshop.read(_once(bytes(whole)), name=name) if isinstance(one, Part)
        ]
        return "\n\n".join(parts)

    async def _allowed(self, actor: Actor, space: str, dossier: str, name: str, kind: str) -> None:
        """Written before anything is read. Raises SpaceUnknown."""
        right = await asyncio.to_thread(self._membership.right, actor, space)
        if right is Right.NONE:
            raise SpaceUnknown(space=space)
        decision = decide(actor, Action.SPACE_READ, Resource("space", space, space=space, right=right))
        draft = Draft(
            kind=kind if decision.allowed else "filter",
            name=name if decision.allowed else f"{name}-refused",
            chain=uuid4().hex,
            actor=actor.id,
            space=space,
            decision=decision.rule,
            payload=json.dumps({"dossier": dossier}, ensure_ascii=False).encode(),
        )
        await self._journal.record(draft)
        decision.require()

    # -- the table (blocking) -------------------------------------------------------------------------------------

    def _hide(self, space: str, dossier: str, texts: list[str]) -> list[str]:
        found = examine_together(texts)  # before the database is held

        def hidden(table: Pseudonyms) -> list[str]:
            made = [table.hide(text, seen) for text, seen in zip(texts, found, strict=True)]
            if [table.restore(one) for one in made] != texts:
                raise NotRestored()
            return made

        return self._changed(space, dossier, hidden)

    def _changed(self, space: str, dossier: str, change: Callable[[Pseudonyms], list[str]]) -> list[str]:
        """What ``change`` gives, once the table that it changed is durable."""
        vault, c = self._rooms.keys.space(space), pseudonyms.c
        with self._rooms.database(space).write() as db:
            row = db.execute(sa.select(pseudonyms).where(c.dossier == dossier)).first()
            table = opened(vault.open(row.sealed, use(dossier)) if row else None)
            made = change(table)
            sealed = vault.seal(json.dumps(table.kept(), ensure_ascii=False).encode(), use(dossier))
            values = {
                "version": row.version + 1 if row else 1,
                "sealed": sealed,
                "changed_at": iso(self._clock.now()),
            }
            db.execute(pseudonyms.delete().where(c.dossier == dossier))
            db.execute(pseudonyms.insert().values(dossier=dossier, **values))
        return made

    def _table(self, space: str, dossier: str) -> Pseudonyms:
        query = sa.select(pseudonyms.c.sealed).where(pseudonyms.c.dossier == dossier)
        with self._rooms.database(space).read() as db:
            sealed = db.execute(query).scalar()
        return opened(self._rooms.keys.space(space).open(sealed, use(dossier)) if sealed else None)

    def forget(self, space: str, dossier: str, gone: Callable[[str], bool]) -> None:
        """What tokens stand for of which ``gone`` says so leaves the table; so does the name of the dossier, for
        one that says nothing: others' tokens stay. Blocks."""

        def forgotten(table: Pseudonyms) -> list[str]:
            table.forget(gone)
            return []

        self._changed(space, dossier, forgotten)
        if gone(dossier):
            self._renamed(space, dossier, f"dossier {uuid4().hex[:8]}")
        self._rooms.database(space).settle()

    def _renamed(self, space: str, dossier: str, name: str) -> None:
        vault, c = self._rooms.keys.space(space), pseudonyms.c
        with self._rooms.database(space).write() as db:
            sealed = db.execute(sa.select(c.sealed).where(c.dossier == dossier)).scalar_one()
            values = {"dossier": name, "sealed": vault.seal(vault.open(sealed, use(dossier)), use(name))}
            db.execute(pseudonyms.update().where(c.dossier == dossier).values(values))


def opened(kept: bytes | None) -> Pseudonyms:
    """The table out of its clear bytes; a new one without."""
    return Pseudonyms.of(json.loads(kept)) if kept else Pseudonyms()


def resealed(db: sa.Connection, former: Vault, new: Vault) -> None:
    """Every table of this database, sealed again under another key (store.rekey). Blocks."""
    c = pseudonyms.c
    for row in db.execute(sa.select(c.dossier, c.sealed)).all():
        sealed = new.seal(former.open(row.sealed, use(row.dossier)), use(row.dossier))
        db.execute(pseudonyms.update().where(c.dossier == row.dossier).values(sealed=sealed))


def use(dossier: str) -> str:
    """For what a table is sealed."""
    return f"pseudonyms {dossier}"


def dossier_of(said: str) -> str:
    """Its name on one line; COMMON when nothing is said. Raises DossierInvalid."""
    name = " ".join(said.split()) or COMMON
    if len(name) > _LONGEST or not name.isprintable():
        raise DossierInvalid(why_fr=f"plus de {_LONGEST} signes", why_en=f"more than {_LONGEST} characters")
    return name


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
