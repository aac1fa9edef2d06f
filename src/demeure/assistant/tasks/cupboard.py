"""Where tasks are: those that come with Demeure, files of the instance, those an administrator brought.

Promise: a file that is wrong hides no other task; it is listed with what is wrong and where.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from demeure.assistant.tasks.definition import FILE_BYTES, Task, read
from demeure.assistant.tasks.errors import TaskNameTaken, TaskUnknown, TaskUnreadable, TaskVersionOld
from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.policy import Action, Actor, Resource, decide
from demeure.store import Database
from demeure.store.work_tables import own_tasks

FOLDER = "tasks"
ADDED, WITHDRAWN = "task-added", "task-withdrawn"
MOST_FILES = 200


@dataclass(frozen=True)
class Broken:
    """A file that could not be read as a task."""

    file: str
    problem: DemeureError


@cache
def delivered() -> tuple[Task, ...]:
    """The tasks that come with Demeure, in the order of their rank."""
    folder = resources.files("demeure.assistant.tasks").joinpath("files")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    found = [read(one.read_text(encoding="utf-8"), one.name, own=False) for one in files]
    return tuple(sorted(found, key=lambda task: (task.rank, task.name)))


def from_file(path: Path) -> Task:
    """The task of a file of the organisation. Raises as ``definition.read``, and TaskNameTaken."""
    try:
        with path.open("rb") as opened:
            text = opened.read(FILE_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise TaskUnreadable(file=path.name, line=1, detail=str(problem)) from problem
    return checked(text, path.name)


def checked(text: str, file: str) -> Task:
    """An organisation's own. Raises as ``definition.read``, and TaskNameTaken."""
    task = read(text, file)
    if any(task.name == one.name for one in delivered()):
        raise TaskNameTaken(task=task.name)
    return task


class Cupboard:
    """All of them. ``folder``: the instance's ``tasks/``, read again each time: a file put there is a task at
    once."""

    def __init__(self, house: Database, folder: Path, journal: Journal, clock: Clock) -> None:
        self._house, self._folder, self._journal, self._clock = house, folder, journal, clock

    async def tasks(self) -> tuple[list[Task], list[Broken]]:
        """The tasks in order, the latest version of each; and the files that are wrong."""
        return await asyncio.to_thread(self._tasks)

    async def task(self, name: str) -> Task:
        """Raises TaskUnknown."""
        known, _ = await self.tasks()
        for task in known:
            if task.name == name:
                return task
        raise TaskUnknown(task=name)

    def _tasks(self) -> tuple[list[Task], list[Broken]]:
        found: dict[str, Task] = {}
        broken: list[Broken] = []
        every: list[tuple[str, str | Path]] = [*self._files(), *self._brought()]
        for file, text in every:
            try:
                task = from_file(text) if isinstance(text, Path) else checked(text, file)
            except DemeureError as problem:
                broken.append(Broken(file, problem))
                continue
            if task.name not in found or task.version > found[task.name].version:
                found[task.name] = task
        own = sorted(found.values(), key=lambda task: (task.rank, task.name))
        return [*delivered(), *own], broken

    def _files(self) -> Sequence[tuple[str, Path]]:
        try:
            paths = sorted(self._folder.glob("*.toml"))[:MOST_FILES]
        except OSError:
            return []
        return [(path.name, path) for path in paths]

    def _brought(self) -> Sequence[tuple[str, str]]:
        c = own_tasks.c
        query = sa.select(c.name, c.version, c.text).where(~c.withdrawn).order_by(c.name, c.version)
        with self._house.read() as db:
            return [(f"{row.name} {row.version}", row.text) for row in db.execute(query)]

    # -- an administrator's side -----------------------------------------------------------------------------------

    async def add(self, actor: Actor, text: str, file: str) -> Task:
        """Keep a task of the organisation. Raises Denied, TaskUnreadable, TaskEntryMissing, TaskEntryWrong,
        TaskNameTaken, TaskVersionOld."""
        task = checked(text, file)
        await self._written(actor, ADDED, f"{task.name} {task.version}", lambda: self._add(actor, task))
        return task

    def _add(self, actor: Actor, task: Task) -> None:
        c = own_tasks.c
        with self._house.write() as db:
            known = db.execute(sa.select(sa.func.max(c.version)).where(c.name == task.name)).scalar()
            if known is not None and known >= task.version:
                raise TaskVersionOld(task=task.name, known=known, found=task.version)
            row = {"name": task.name, "version": task.version, "text": task.text, "added_by": actor.id}
            db.execute(own_tasks.insert(), row | {"added_at": iso(self._clock.now())})

    async def withdraw(self, actor: Actor, name: str) -> None:
        """It is asked for no more; works made with it stay. Raises Denied, TaskUnknown."""
        await self._written(actor, WITHDRAWN, name, lambda: self._withdraw(name))

    def _withdraw(self, name: str) -> None:
        c = own_tasks.c
        with self._house.write() as db:
            gone = own_tasks.update().where(c.name == name, ~c.withdrawn).values(withdrawn=True)
            if not db.execute(gone).rowcount:
                raise TaskUnknown(task=name)

    async def _written(self, actor: Actor, name: str, what: str, act: Callable[[], None]) -> None:
        decision = decide(actor, Action.TASK_ADMINISTER, Resource("house"))
        decision.require()
        draft = Draft(
            "administration", name, chain=uuid4().hex, actor=actor.id, object=what, decision=decision.rule
        )
        written = await self._journal.intention(draft)
        try:
            await asyncio.to_thread(act)
        except DemeureError as problem:
            outcome = "refused" if problem.http_status in (404, 409) else "failed"
            await self._journal.close(written, outcome, decision=problem.code())
            raise
        await self._journal.close(written, "done")
