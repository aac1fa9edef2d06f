"""The port by which pages and commands reach watched folders, and a folder as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from demeure.folders import WHAT, ScanRow, Watched
from demeure.policy import Actor


class Following(Protocol):
    """Watched folders. Rights are checked inside; a folder is called by its id, its beginning, or its path."""

    async def listed(self, actor: Actor) -> list[Watched]: ...

    async def named(self, actor: Actor) -> dict[str, str]:
        """Id → name, of those whose name the actor may know: all, for who administers them; those of the spaces
        that they read, for the others."""
        ...

    async def show(self, actor: Actor, folder: str) -> Watched: ...

    async def scans(self, actor: Actor, folder: str, limit: int = 10) -> list[ScanRow]:
        """Its last scans, latest first."""
        ...

    async def places(self, document: str) -> list[tuple[str, str, str, str]]:
        """(name of the folder, path, what, when) of a document, oldest first."""
        ...

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
    ) -> Watched: ...

    async def ask(self, actor: Actor, folder: str, *, whole: bool = False) -> Watched: ...

    async def pause(self, actor: Actor, folder: str) -> Watched: ...

    async def resume(self, actor: Actor, folder: str) -> Watched: ...

    async def change(self, actor: Actor, folder: str, wanted: Mapping[str, Any]) -> Watched: ...

    async def agree(self, actor: Actor, folder: str, count: int) -> Watched: ...

    async def remove(self, actor: Actor, folder: str, *, documents: bool = False) -> Watched: ...


def folder_data(watched: Watched) -> dict[str, Any]:
    """JSON-able."""
    folder = watched.folder
    return {
        "id": folder.id,
        "path": folder.name,
        "space": folder.space,
        "space_name": watched.space,
        "state": "paused" if folder.paused else folder.state,
        "reason": dict(folder.reason) if folder.reason else None,
        "files": watched.files,
        "held": folder.held,
        "every": folder.every,
        "next_at": folder.next_at,
        "asked": folder.asked,
        "ignore": list(folder.ignore),
        "keep_days": folder.keep_days,
        "drop": folder.drop,
        "declared_at": folder.declared_at,
        "last": scan_data(watched.last) if watched.last else None,
    }


def scan_data(row: ScanRow) -> dict[str, Any]:
    """JSON-able."""
    counts = {what: int(row.counts.get(what, 0)) for what in WHAT}
    return {
        "id": row.id,
        "started_at": row.started_at,
        "ended_at": row.ended_at or None,
        "outcome": row.outcome,
        "whole": row.whole,
        "counts": counts,
        "report": {what: lines for what, lines in row.report.items() if lines},
        "chain": row.chain,
    }
