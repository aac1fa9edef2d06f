"""What an administrator does with watched folders: decided, written, done, in that order.

A new one is declared at the control door only: the owner's command has first granted its path
(supervisor/grants.py), which no page and no role can.
"""

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from demeure.clock import Clock, iso
from demeure.errors import InputError
from demeure.folders.deciding import decided
from demeure.folders.errors import FolderKnown, FolderPlaceInvalid, FolderUnknown, NothingHeld
from demeure.folders.following import DELETE, begun, together
from demeure.folders.rows import Register
from demeure.folders.values import NEVER, Folder, ScanRow, readable
from demeure.identity import Membership, SpaceUnknown
from demeure.journal import Draft, Journal
from demeure.library import Document, Shelf, written
from demeure.policy import Action, Actor, Decision, Resource, decide
from demeure.reader import checked

ACTS = (
    *("folder-declare", "folder-ask", "folder-pause", "folder-resume", "folder-change", "folder-agree"),
    "folder-remove",
)
"""Intentions of the gateway about folders."""

_TOGETHER = 100
"""Documents hidden at one instant."""
LONGEST_EVERY, LONGEST_KEPT = 60 * 24 * 31, 3650


@dataclass(frozen=True)
class Watched:
    """A folder as it is shown. ``space``: the name of its space; ``files``: how many are known. ``reads``: the one
    who looks may read the space: names of files are for them."""

    folder: Folder
    space: str
    files: int
    last: ScanRow | None
    reads: bool


class Folders:
    """Composed by the gateway. ``nudge``: tells the worker; it looks by itself anyway."""

    def __init__(
        self,
        *,
        register: Register,
        shelf: Shelf,
        membership: Membership,
        journal: Journal,
        clock: Clock,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._register, self._shelf, self._membership = register, shelf, membership
        self._journal, self._clock, self._nudge = journal, clock, nudge

    # -- looking --------------------------------------------------------------------------------------------------

    async def listed(self, actor: Actor) -> list[Watched]:
        """All of them. Raises Denied."""
        self._decision(actor).require()
        return await asyncio.to_thread(lambda: [self._watched(actor, one) for one in self._register.folders()])

    async def named(self, actor: Actor) -> dict[str, str]:
        """Id → name (its path), of all of them for who administers them, of those of the spaces that they read for
        the others."""
        every = self._decision(actor).allowed

        def known() -> dict[str, str]:
            reads = {place.id for place in self._membership.spaces(actor)}
            return {one.id: one.name for one in self._register.folders() if every or one.space in reads}

        return await asyncio.to_thread(known)

    async def show(self, actor: Actor, folder: str) -> Watched:
        """One, by id, by the beginning of its id or by its path. Raises FolderUnknown, Denied."""
        self._decision(actor).require()
        return await asyncio.to_thread(lambda: self._watched(actor, self._found(folder)))

    async def scans(self, actor: Actor, folder: str, limit: int = 10) -> list[ScanRow]:
        """Its last scans, latest first; names of files only for whoever may read the space. Raises as ``show``."""
        watched = await self.show(actor, folder)
        rows = await asyncio.to_thread(self._register.scans, watched.folder.id, limit)
        return [row if watched.reads else _without_names(row) for row in rows]

    async def places(self, document: str) -> list[tuple[str, str, str, str]]:
        """(name of the folder, path, what, when) of a document that the caller may see, oldest first."""
        rows = await asyncio.to_thread(self._register.places, document)
        names = {one.id: one.name for one in await asyncio.to_thread(self._register.folders)}
        return [(names.get(folder, ""), path, what, at) for folder, path, what, at in rows]

    def _watched(self, actor: Actor, folder: Folder) -> Watched:
        space, right = self._shelf.space(folder.space), self._membership.right(actor, folder.space)
        name = space.name if space else ""
        reads = decide(actor, Action.SPACE_READ, Resource("space", folder.space, name, folder.space, right=right))
        last = self._register.scans(folder.id)
        shown = last[0] if last and reads.allowed else _without_names(last[0]) if last else None
        return Watched(folder, name, self._register.count(folder.id), shown, reads.allowed)

    def _found(self, word: str) -> Folder:
        known = self._register.folders()
        named = [f for f in known if word in (f.id, f.name)]
        begun = [f for f in known if len(word) >= 6 and f.id.startswith(word)]
        for some in (named, begun):
            if len(some) == 1:
                return some[0]
        raise FolderUnknown(folder=word)

    # -- acting ---------------------------------------------------------------------------------------------------

    async def declare(
        self,
        actor: Actor,
        folder: str,
        place: str,
        space: str,
        *,
        every: int,
        ignore: Sequence[str] = (),
        keep_days: int = 0,
        drop: bool = False,
    ) -> Watched:
        """Watch ``place`` for ``space`` from now on. ``folder``: the id under which the owner granted it. Raises
        SpaceUnknown, FolderKnown, FolderPlaceInvalid, PatternInvalid, InputError, Denied."""
        raw = os.fsencode(place)
        if not place.startswith("/") or len(raw) > 4096 or b"\0" in raw:
            raise FolderPlaceInvalid()
        row = await asyncio.to_thread(self._shelf.space, space)
        if row is None or space not in await asyncio.to_thread(self._shelf.living_spaces):
            raise SpaceUnknown(space=space)
        now = iso(self._clock.now())
        made = Folder(
            id=folder,
            space=space,
            place=raw,
            name=readable(place),
            declared_by=actor.id,
            declared_at=now,
            every=_bounded(every, LONGEST_EVERY, "every"),
            ignore=tuple(checked(ignore)),
            state="new",
            next_at=now,
            keep_days=_bounded(keep_days, LONGEST_KEPT, "keep"),
            drop=drop,
        )
        told = {"place": made.name, "space": space, "every": made.every, "ignore": made.ignore, "keep": keep_days}
        told |= {"drop": True} if drop else {}
        async with self._written(actor, "folder-declare", made, told, adds=True):
            known = await asyncio.to_thread(self._register.declare, made)
            if known is not None:
                raise FolderKnown(folder=known)
        self._nudge()
        return await self.show(actor, folder)

    async def ask(self, actor: Actor, folder: str, *, whole: bool = False) -> Watched:
        """Scan it now; ``whole``: read every file again. Raises as ``show``."""
        asked = "verify" if whole else "scan"
        return await self._change(actor, folder, "folder-ask", {"asked": asked, "asked_by": actor.id})

    async def pause(self, actor: Actor, folder: str) -> Watched:
        """No scan from now on; one that runs stops. Raises as ``show``."""
        return await self._change(actor, folder, "folder-pause", {"paused": True})

    async def resume(self, actor: Actor, folder: str) -> Watched:
        """Scan it again as it was. Raises as ``show``."""
        return await self._change(
            actor, folder, "folder-resume", {"paused": False, "next_at": iso(self._clock.now())}
        )

    async def change(self, actor: Actor, folder: str, wanted: Mapping[str, Any]) -> Watched:
        """``every``, ``ignore``, ``keep_days``: those that are given. Raises as ``declare``."""
        values: dict[str, Any] = {}
        if "every" in wanted:
            values["every"] = _bounded(wanted["every"], LONGEST_EVERY, "every")
            values["next_at"] = iso(self._clock.now()) if values["every"] else NEVER
        if "ignore" in wanted:
            values |= {"ignore": checked(wanted["ignore"]), "asked": "scan"}
        if "keep_days" in wanted:
            values["keep_days"] = _bounded(wanted["keep_days"], LONGEST_KEPT, "keep")
        return await self._change(actor, folder, "folder-change", values)

    async def agree(self, actor: Actor, folder: str, count: int) -> Watched:
        """The ``count`` files that are held are really gone: the next scan removes them, and no more. Raises
        NothingHeld, and as ``show``."""
        held = (await self.show(actor, folder)).folder.held
        if not held or count != held:
            raise NothingHeld(held=held)
        return await self._change(actor, folder, "folder-agree", {"agreed": held, "asked": "scan"})

    async def remove(self, actor: Actor, folder: str, *, documents: bool = False) -> Watched:
        """Let it go. Its documents stay, unless ``documents``: then they are deleted too, but for those that
        another folder holds or that somebody brought; each is decided and written, and when one of them may not be
        destroyed (a hold, the archives' visa) nothing is changed. Raises as ``show``, and Denied."""
        watched = await self.show(actor, folder)
        gone = watched.folder
        told = {"place": gone.name, "documents": documents}
        async with self._written(actor, "folder-remove", gone, told):
            mine, replaced = await asyncio.to_thread(self._going, gone, documents)
            every = {row.id: row for row in (*mine, *replaced)}
            asked = {one: decided(gone, Action.DOCUMENT_DELETE, gone.space, one, row) for one, row in every.items()}
            chain = uuid4().hex
            for row in mine:
                if not asked[row.id].allowed:
                    await begun(self._journal, gone, DELETE, asked[row.id], chain=chain, document=row.id)
            going = [one for one, decision in asked.items() if decision.allowed]
            for first in range(0, len(going), _TOGETHER):
                await self._delete(gone, going[first : first + _TOGETHER], asked, chain)
            await asyncio.to_thread(self._register.remove, gone.id)
        self._nudge()
        return watched

    def _going(self, folder: Folder, documents: bool) -> tuple[list[Document], list[Document]]:
        """Its own documents, when they are to go; those whose place was taken leave in any case, if they may:
        nothing would end them later."""
        ids = self._register.documents_of(folder.id) if documents else []
        if documents and folder.drop:  # those whose file has left are still its own
            ids = list(dict.fromkeys([*ids, *self._register.brought(folder.actor)]))
        rows, former = (
            [row for one in some if (row := self._shelf.document(one)) is not None]
            for some in (ids, self._register.replaced(folder.actor))
        )
        return [row for row in rows if row.origin.door == "folder"], former

    async def _delete(self, folder: Folder, ids: list[str], asked: Mapping[str, Decision], chain: str) -> None:
        """An intention for each, then all of them hidden at one instant."""
        async with together(self._journal) as opened:
            for one in ids:
                made = await begun(self._journal, folder, DELETE, asked[one], chain=chain, document=one)
                opened.append((made, one))
            await asyncio.to_thread(self._shelf.mark_all, ids)

    async def _change(self, actor: Actor, folder: str, name: str, values: dict[str, Any]) -> Watched:
        found = (await self.show(actor, folder)).folder
        async with self._written(actor, name, found, values):
            if not await asyncio.to_thread(self._register.change, found.id, **values):
                raise FolderUnknown(folder=folder)
        self._nudge()
        return await self.show(actor, found.id)

    def _written(
        self, actor: Actor, name: str, folder: Folder, told: Mapping[str, Any], *, adds: bool = False
    ) -> Any:
        decision = self._decision(actor, folder)
        draft = Draft(
            kind="administration",
            name=name,
            phase="intention",
            chain=uuid4().hex,
            actor=actor.id,
            space=folder.space,
            object=folder.id,
            decision=decision.rule,
            payload=json.dumps(told, ensure_ascii=False, default=list).encode(),
        )
        return written(self._journal, draft, decision, adds=adds)

    @staticmethod
    def _decision(actor: Actor, folder: Folder | None = None) -> Decision:
        name = folder.name if folder else ""
        return decide(actor, Action.FOLDER_ADMINISTER, Resource("folder", folder.id if folder else "", name))


def _bounded(number: Any, most: int, name: str) -> int:
    if type(number) is not int or not 0 <= number <= most:
        raise InputError(detail=name)
    return number


def _without_names(row: ScanRow) -> ScanRow:
    """Counts, and no name of a file."""
    return replace(row, report={})
