"""One piece of work on backups, from a command: written in the journal before it begins and again when it ends."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from demeure.cli.ending import gently
from demeure.cli.instance import own
from demeure.errors import DemeureError

if TYPE_CHECKING:
    from demeure.backup.manifest import Manifest
    from demeure.backup.plan import Place, Plan
    from demeure.backup.target import Target
    from demeure.cli.door import Door

T = TypeVar("T")


class Stopped(Exception):
    """The person asked for the end: raised between two steps of the work."""


class Work:
    """What the work needs of the house while it runs in a thread. ``vkey``: the public key of its journal."""

    def __init__(self, instance: Path, door: "Door", vkey: str, loop: asyncio.AbstractEventLoop) -> None:
        self.instance, self.vkey = instance, vkey
        self._door, self._loop = door, loop
        self.over = threading.Event()

    def attest(self, digest: bytes, about: str) -> str:
        """The house’s signature of a file, from its SHA-512."""
        told = {"digest": digest.hex(), "about": about}
        return str(self.call("journal.attest", told)["signature"])

    def call(self, operation: str, told: dict[str, Any]) -> dict[str, Any]:
        """One operation of the control door."""
        asked = asyncio.run_coroutine_threadsafe(self._door.call(operation, told), self._loop)
        return dict(asked.result().data)

    def step(self, _name: str) -> None:
        """Between two steps. Raises Stopped."""
        if self.over.is_set():
            raise Stopped


def run(obj: dict[str, Any], what: str, work: Callable[[Work], tuple[str, T, bytes]], about: str = "") -> T:
    """``work`` gives (what the journal says, the answer, what is sealed with the entry). ``what``: see the
    gateway’s ``backup_desk.WORKS``. The running house is used, or a private one for the time of the command."""
    from demeure.cli.house import reach

    own(obj["instance"])

    async def go() -> T:
        async with reach(obj["instance"], obj["language"]) as door:
            vkey = str((await door.call("journal.head")).data["vkey"])
            await door.call("backup.begin", {"what": what, "about": about})
            doing = Work(obj["instance"], door, vkey, asyncio.get_running_loop())
            try:
                told, answer, sealed = await asyncio.to_thread(work, doing)
            except (DemeureError, OSError) as problem:
                name = problem.code() if isinstance(problem, DemeureError) else "SystemRefused"
                await door.call("backup.end", {"outcome": "failed", "about": name})
                raise
            except asyncio.CancelledError:
                doing.over.set()
                await door.call("backup.end", {"outcome": "interrupted", "about": about})
                raise
            await door.call("backup.end", {"outcome": "done", "about": told}, sealed)
            return answer

    with gently():
        return asyncio.run(go())


def changed(obj: dict[str, Any], what: str, about: str) -> None:
    """A change of the plan, written in the journal before it is made."""
    from demeure.cli.calling import call

    own(obj["instance"])
    call(obj, "backup.changed", {"what": what, "about": about})


def target_of(place: "Place", instance: Path | None = None, language: str = "fr") -> "Target":
    """Where a place keeps its backups: a folder, or the end of a route of ``instance``."""
    from demeure.backup.target import FolderTarget
    from demeure.cli.routed_place import RoutedTarget, routed

    if instance is not None and (route := routed(place.path)):
        return RoutedTarget(instance, language, route, place.name)
    return FolderTarget(Path(place.path), place.name, mounted=place.mounted)


def reachable(place: "Place") -> bool:
    """Is it there? What is at the end of a route is taken to be."""
    from demeure.backup.target import is_there
    from demeure.cli.routed_place import routed

    return bool(routed(place.path)) or is_there(Path(place.path), mounted=place.mounted)


def own_vkey(instance: Path) -> str:
    """The public key of this instance’s journal; empty where there is no instance."""
    from demeure.journal import verify

    try:
        return verify.own_key(instance.joinpath("journal"))
    except verify.Fault:
        return ""


def last_made(instance: Path, place: str) -> int:
    """Number of the last backup that this house knows it made at ``place``; 0: none, or no house here."""
    from demeure.backup.standing import last_at

    return last_at(instance, place)


def made_at_place(
    work: Work, name: str, known: "Plan | None" = None
) -> tuple[Any, tuple["Manifest", float], bytes]:
    """A backup at the place called ``name``, for ``run``. ``known``: the plan to follow, the instance's by
    default."""
    import time

    from demeure.backup.creating import Asked, create
    from demeure.backup.plan import read_plan
    from demeure.clock import SystemClock
    from demeure.store import read_house_key

    plan, began = (known or read_plan(work.instance)).begun(), time.monotonic()
    where = plan.place(name)
    target = target_of(where, work.instance)
    asked = Asked(
        instance=work.instance,
        house_key=read_house_key(work.instance),
        vkey=work.vkey,
        plan=plan,
        sign=lambda digest: work.attest(digest, f"backup {where.name}"),
        clock=SystemClock(),
        place=where.name,
        step=work.step,
    )
    page = create(asked, target)
    about = f"{page.number} {where.name} bytes={page.weight} added={page.added} sha256={page.sha256}"
    return about, (page, time.monotonic() - began), page.text()


def removing(where: Any) -> Callable[[Work], tuple[Any, list[int], bytes]]:
    """Old backups of a place taken away, for ``run``."""

    def work_on(work: Work) -> tuple[Any, list[int], bytes]:
        from demeure.backup.retention import remove_old

        found = remove_old(target_of(where, work.instance), work.vkey)
        return f"{where.name} removed={','.join(map(str, found)) or 0}", found, b""

    return work_on
