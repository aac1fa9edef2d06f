"""Passwords at rest: Argon2id, its parameters as one table, and the queue that keeps its memory bounded."""

import asyncio
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from demeure.identity.errors import HashingBusy

T = TypeVar("T")


@dataclass(frozen=True)
class Parameters:
    """``memory_kib``: of one hash. ``passes`` over it, on ``lanes`` threads."""

    memory_kib: int
    passes: int
    lanes: int
    tag: int = 32
    salt: int = 16


PARAMETERS = Parameters(memory_kib=47_104, passes=1, lanes=1)
"""Source: OWASP, Password Storage Cheat Sheet, Argon2id, m = 47104 (46 MiB), t = 1, p = 1; tag and salt of RFC
9106, section 4. Not the RFC's own second recommendation (64 MiB, t = 3, p = 4): its four lanes wait for each other
at every quarter of a pass, and on two cores that the models keep busy one hash was measured at 1.4 s against 0.14
s. One lane asks for one core, and two hashes at once hold 92 MiB. ``benchmarks/passwords.py`` measures both on your
machine."""


class Argon2:
    """Blocking, any thread; the library releases the interpreter's lock while it works."""

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        from argon2 import PasswordHasher, Type

        self._hasher = PasswordHasher(
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=parameters.tag,
            salt_len=parameters.salt,
            type=Type.ID,
        )
        self._nobody = self._hasher.hash("nobody has this account")

    def hash(self, password: str) -> str:
        """What to keep: parameters, salt and tag in one line."""
        return self._hasher.hash(_same(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Is it the one? With nothing kept (no such account) the same work is done, and the answer is no."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            found = self._hasher.verify(kept or self._nobody, _same(password))
        except (InvalidHashError, VerificationError):
            return False
        return found and kept is not None

    def outdated(self, kept: str) -> bool:
        """Was it made with other parameters than today's?"""
        return self._hasher.check_needs_rehash(kept)


def _same(password: str) -> bytes:
    """One spelling for what keyboards write in several ways (é as one sign or two); garbage stays garbage."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


class HashingQueue:
    """At most ``at_once`` hashes run, at most ``waiting`` wait for their turn; beyond: HashingBusy, at once.

    So many people at the door cost memory of ``at_once`` hashes and no more, also when they leave before the end: a
    hash that has begun keeps its place until it is over.
    """

    def __init__(self, *, at_once: int = 2, waiting: int = 32, seconds: int = 5) -> None:
        """``seconds``: what people are told to wait when the line is full."""
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="hash")
        self._limit, self._seconds = at_once + waiting, seconds
        self._lock, self._inside = threading.Lock(), 0
        self.most = 0
        """The longest the line has been, for those who measure."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of ``work``, run in a thread of the queue. Raises HashingBusy."""
        with self._lock:
            if self._inside >= self._limit:
                raise HashingBusy(seconds=self._seconds)
            self._inside += 1
            self.most = max(self.most, self._inside)
        future = self._pool.submit(work)
        future.add_done_callback(self._left)
        return await asyncio.wrap_future(future)

    def _left(self, _future: "Future[T]") -> None:
        with self._lock:
            self._inside -= 1

    def close(self) -> None:
        """Wait for what runs; what waits is dropped."""
        self._pool.shutdown(cancel_futures=True)
