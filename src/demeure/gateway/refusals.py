"""Refused sign-ins in the journal, so that an attack is seen and does not flood it.

The first ``each_minute`` wrong passwords of a minute have an entry each, and so has every account that begins to
wait. What is beyond, and every try that came while it had to wait (its password was not even looked at), is summed:
one entry a minute, with how many on which account. A kill loses at most one minute of these sums and nothing else:
what was tried is counted in the database before it is tried.
"""

import asyncio
import contextlib
import json
from collections import Counter
from uuid import uuid4

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.policy import VISITOR

UNKNOWN = "unknown"


class Refusals:
    """One loop. ``seconds``: the length of a minute, for tests."""

    def __init__(self, journal: Journal, clock: Clock, *, each_minute: int = 60, seconds: float = 60.0) -> None:
        self._journal, self._clock, self._each, self._seconds = journal, clock, each_minute, seconds
        self._began, self._written = float("-inf"), 0
        self._summed: Counter[str] = Counter()
        self._waited = 0
        self._telling: asyncio.Task[None] | None = None

    async def refused(self, who: str, began: int) -> None:
        """A wrong password for ``who`` (a person's id, or UNKNOWN). ``began``: seconds their account waits from
        now on. Written before it is told; raises the journal's errors."""
        now = self._clock.monotonic()
        if now - self._began >= self._seconds:
            self._began, self._written = now, 0
        if not began and self._written >= self._each:
            self._summed[who] += 1
            self._tell_later()
            return
        self._written += 1
        name = "account-waits" if began else "password-refused"
        decision = f"{began} s" if began else ""
        await self._record(name, who, decision)

    def waited(self) -> None:
        """A try that came too early."""
        self._waited += 1
        self._tell_later()

    async def tell(self) -> None:
        """Write the sums now; nothing when there is none. What the journal cannot take is kept for the next
        time."""
        summed, waited = self._summed, self._waited
        if not summed and not waited:
            return
        self._summed, self._waited = Counter(), 0
        told = f"too-early={waited} wrong={summed.total()} unknown-logins={summed[UNKNOWN]}"
        payload = json.dumps({who: count for who, count in summed.most_common(1000) if who != UNKNOWN})
        try:
            await self._record("sign-ins-refused", told, "", payload.encode())
        except DemeureError as problem:
            self._summed.update(summed)
            self._waited += waited
            note("gateway", f"refused sign-ins wait for the journal: {problem.code()}")

    async def aclose(self) -> None:
        """Write what is left."""
        if self._telling is not None:
            self._telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._telling
        await self.tell()

    def _tell_later(self) -> None:
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._minute())

    async def _minute(self) -> None:
        while self._summed or self._waited:
            await asyncio.sleep(self._seconds)
            await self.tell()

    async def _record(self, name: str, who: str, decision: str, payload: bytes = b"") -> None:
        draft = Draft(
            kind="sign-in",
            name=name,
            chain=uuid4().hex,
            actor=VISITOR.id,
            object=who,
            decision=decision,
            payload=payload,
        )
        await self._journal.record(draft)
