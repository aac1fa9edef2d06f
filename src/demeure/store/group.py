"""Small writes of many callers in one transaction: what comes while one is committed waits for the next.

A hundred answers being written would be a thousand transactions a second, each with its thread, its turn at
the file and its pages to encrypt.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from demeure.errors import DemeureError
from demeure.store.database import Database

T = TypeVar("T")


class GroupWriter:
    """Any number of callers of one event loop. Written as ``Database.relaxed``: survives kill -9."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Callable[[Connection], Any], asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, once it is committed. It runs in a thread, inside a transaction that it may share.

        Raises what ``work`` raises, and then nothing of it was written; the store's errors. ``work`` may be called
        a second time, when what shared its transaction fails. A caller who is cancelled does not stop it.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await done

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                outcomes = await asyncio.to_thread(self._commit, [work for work, _ in group])
            except Exception as problem:  # noqa: BLE001 - of the whole transaction: each caller has it
                outcomes = [problem] * len(group)
            for (_, done), outcome in zip(group, outcomes, strict=True):
                if done.done():
                    continue  # its caller left
                if isinstance(outcome, Exception):
                    done.set_exception(outcome)
                else:
                    done.set_result(outcome)

    def _commit(self, group: list[Callable[[Connection], Any]]) -> list[Any]:
        """As one, without a savepoint for each; when one fails nothing of it is kept, and each is done apart."""
        try:
            with self._database.relaxed() as db:
                return [_done(work, db) for work in group]
        except _Failed as failed:
            return [failed.problem] if len(group) == 1 else self._apart(group)

    def _apart(self, group: list[Callable[[Connection], Any]]) -> list[Any]:
        outcomes: list[Any] = []
        with self._database.relaxed() as db:
            for work in group:
                try:
                    with db.begin_nested():
                        outcomes.append(work(db))
                except (DemeureError, IntegrityError) as problem:  # its own: the others are written
                    outcomes.append(problem)
        return outcomes


class _Failed(Exception):
    """One of a group did: not the transaction."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem


def _done(work: Callable[[Connection], T], db: Connection) -> T:
    try:
        return work(db)
    except (DemeureError, IntegrityError) as problem:
        raise _Failed(problem) from problem
