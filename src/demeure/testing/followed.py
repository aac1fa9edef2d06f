"""Watched folders in memory, for the gateway's pages and commands."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from demeure.folders import Folder, FolderUnknown, NothingHeld, ScanRow, Watched
from demeure.policy import Actor

NAMES = {
    "held": [["Archives/2019/budget.pdf", ""], ["Archives/2019/compte rendu.docx", ""]],
    "unreadable": [["Service social", "EACCES"]],
    "ignored": [["~$tarifs.xlsx", "~$*"], [".git", "hidden"], ["raccourci", "link"]],
    "refused": [["vidéo.mp4", "UploadTooLarge"]],
    "added": [["tarifs 2026.xlsx", ""]],
}
COUNTS = {"held": 12, "unreadable": 1, "ignored": 3, "refused": 1, "added": 1, "unchanged": 4210}


class FakeFolders:
    """``rows``: by id. ``history``: document → its places."""

    def __init__(self) -> None:
        self.rows: dict[str, Watched] = {}
        self.history: dict[str, list[tuple[str, str, str, str]]] = {}
        self.asked: list[tuple[str, str]] = []

    def put(self, name: str = "/srv/partage", **facts: Any) -> Watched:
        """Place one directly, with a scan behind it."""
        made = f"{len(self.rows) + 1:032x}"
        at = "2026-11-24T12:00:00.000000Z"
        state: dict[str, Any] = {"state": "held", "held": 12} | facts
        folder = Folder(made, "mairie", name.encode(), name, "uid:0", at, 15, ("brouillons/",), next_at=at, **state)
        scan = ScanRow(1, made, at, "2026-11-24T12:00:04.000000Z", "held", False, COUNTS, NAMES, "c")
        self.rows[made] = Watched(folder, "Mairie", 4223, scan, True)
        return self.rows[made]

    async def listed(self, actor: Actor) -> list[Watched]:
        return list(self.rows.values())

    async def named(self, actor: Actor) -> dict[str, str]:
        return {one.folder.id: one.folder.name for one in self.rows.values()}

    async def show(self, actor: Actor, folder: str) -> Watched:
        found = [one for one in self.rows.values() if folder in (one.folder.id, one.folder.name)]
        if not found:
            raise FolderUnknown(folder=folder)
        return found[0]

    async def scans(self, actor: Actor, folder: str, limit: int = 10) -> list[ScanRow]:
        last = (await self.show(actor, folder)).last
        return [last] if last else []

    async def places(self, document: str) -> list[tuple[str, str, str, str]]:
        return self.history.get(document, [])

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
        made = self.put(place)
        self.rows.pop(made.folder.id)
        kept = replace(
            made, folder=replace(made.folder, id=folder, every=every, ignore=tuple(ignore), drop=drop), last=None
        )
        self.rows[folder] = kept
        return kept

    async def ask(self, actor: Actor, folder: str, *, whole: bool = False) -> Watched:
        return await self._changed(actor, folder, "verify" if whole else "scan")

    async def pause(self, actor: Actor, folder: str) -> Watched:
        return await self._changed(actor, folder, "pause", paused=True)

    async def resume(self, actor: Actor, folder: str) -> Watched:
        return await self._changed(actor, folder, "resume", paused=False)

    async def change(self, actor: Actor, folder: str, wanted: Mapping[str, Any]) -> Watched:
        return await self._changed(actor, folder, "change", **wanted)

    async def agree(self, actor: Actor, folder: str, count: int) -> Watched:
        held = (await self.show(actor, folder)).folder.held
        if count != held:
            raise NothingHeld(held=held)
        return await self._changed(actor, folder, "agree", agreed=count)

    async def remove(self, actor: Actor, folder: str, *, documents: bool = False) -> Watched:
        found = await self.show(actor, folder)
        del self.rows[found.folder.id]
        return found

    async def _changed(self, actor: Actor, folder: str, what: str, **values: Any) -> Watched:
        found = await self.show(actor, folder)
        self.asked.append((what, found.folder.id))
        self.rows[found.folder.id] = replace(found, folder=replace(found.folder, **values))
        return self.rows[found.folder.id]
