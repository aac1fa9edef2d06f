"""How much each key has asked for: this minute in memory, this day kept. One loop, no thread of its own.

A request is counted when it comes, tokens when they are known: what is being written when a quota of tokens is
reached is finished. What a day used is on the disk ``KEEP_SECONDS`` after it was asked at the latest: a kill
forgets no more than that.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.identity import KeyQuotaSpent, KeyTooFast, KeyUses, Quotas

KEEP_SECONDS = 2.0
_MINUTE = 60.0
_KEPT = timedelta(days=31)


@dataclass
class _Used:
    """``recent``: (when, requests, tokens) of the last minute; ``day``: the sums of the day."""

    recent: deque[tuple[float, int, int]] = field(default_factory=deque)
    requests: int = 0
    tokens: int = 0


class Meter:
    """``aclose()`` before the database closes."""

    def __init__(self, uses: KeyUses | None, clock: Clock) -> None:
        """``uses``: None keeps nothing beyond this process."""
        self._uses, self._clock = uses, clock
        self._day, self._used = "", dict[str, _Used]()
        self._changed = set[str]()
        self._keeping: asyncio.Task[None] | None = None
        self._turning = asyncio.Lock()

    async def ask(self, key: str, quotas: Quotas) -> None:
        """Count one request. Raises KeyTooFast, KeyQuotaSpent; it is then not counted."""
        await self._today()
        used = self._used.setdefault(key, _Used())
        asked, tokens = self._minute(used)
        if quotas.requests_minute and asked >= quotas.requests_minute:
            raise KeyTooFast(seconds=self._until(used, requests=True))
        if quotas.tokens_minute and tokens >= quotas.tokens_minute:
            seconds, most = self._until(used, requests=False), quotas.tokens_minute
            raise _spent(f"{most} tokens a minute", f"{most} jetons par minute", seconds)
        for most, had, en, fr in (
            (quotas.requests_day, used.requests, "request", "demande"),
            (quotas.tokens_day, used.tokens, "token", "jeton"),
        ):
            if most and had >= most:
                many = "s" if most > 1 else ""
                raise _spent(f"{most} {en}{many} a day", f"{most} {fr}{many} par jour", self._midnight())
        self._add(key, used, 1, 0)

    async def spent(self, key: str, tokens: int) -> None:
        """Count the tokens of a request that was asked."""
        if tokens > 0:
            await self._today()
            self._add(key, self._used.setdefault(key, _Used()), 0, tokens)

    async def today(self) -> dict[str, tuple[int, int]]:
        """Key → (requests, tokens) of this day."""
        await self._today()
        return {key: (used.requests, used.tokens) for key, used in self._used.items()}

    async def aclose(self) -> None:
        """Keep what is not yet."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._keep()

    def _add(self, key: str, used: _Used, requests: int, tokens: int) -> None:
        used.recent.append((self._clock.monotonic(), requests, tokens))
        used.requests += requests
        used.tokens += tokens
        self._changed.add(key)
        if self._uses is not None and (self._keeping is None or self._keeping.done()):
            self._keeping = asyncio.create_task(self._soon())

    def _minute(self, used: _Used) -> tuple[int, int]:
        since = self._clock.monotonic() - _MINUTE
        while used.recent and used.recent[0][0] <= since:
            used.recent.popleft()
        return sum(one[1] for one in used.recent), sum(one[2] for one in used.recent)

    def _until(self, used: _Used, *, requests: bool) -> int:
        """Seconds until the oldest of them leaves the minute."""
        oldest = next((one[0] for one in used.recent if one[1 if requests else 2]), self._clock.monotonic())
        return max(1, int(oldest + _MINUTE - self._clock.monotonic()) + 1)

    def _midnight(self) -> int:
        now = self._clock.now()
        return max(
            1, int((datetime.combine(now.date(), now.time().min, now.tzinfo) + timedelta(days=1) - now).seconds)
        )

    async def _today(self) -> None:
        """A day begins: what it used is what the disk says. Another day's last uses are kept first."""
        day = self._clock.now().date().isoformat()
        if day == self._day:
            return
        async with self._turning:
            if day == self._day:
                return
            await self._keep()
            had = await asyncio.to_thread(self._uses.of, day) if self._uses is not None else {}
            for used in self._used.values():
                used.requests = used.tokens = 0
            for key, (requests, tokens) in had.items():
                used = self._used.setdefault(key, _Used())
                used.requests, used.tokens = requests, tokens
            self._day = day

    async def _soon(self) -> None:
        await asyncio.sleep(KEEP_SECONDS)
        await self._keep()

    async def _keep(self) -> None:
        if self._uses is None or not self._changed:
            return
        told = {key: (self._used[key].requests, self._used[key].tokens) for key in self._changed}
        self._changed.clear()
        before = (self._clock.now() - _KEPT).date().isoformat()
        try:
            await asyncio.to_thread(self._uses.keep, self._day, told, before)
        except DemeureError:  # a full or busy disk keeps no program from being served: again at the next use
            self._changed |= told.keys()


async def quietly(meter: Meter) -> None:
    """Close it, whatever the disk says."""
    with suppress(DemeureError, OSError):
        await meter.aclose()


def _spent(quota: str, french: str, seconds: int) -> KeyQuotaSpent:
    """``seconds``: for whoever counts; people are told hours and minutes."""
    minutes = -(-seconds // 60)
    hours, left = divmod(minutes, 60)
    wait = (
        f"{seconds}\u00a0s"
        if seconds < 120
        else f"{hours}\u00a0h\u00a0{left}\u00a0min"
        if hours
        else f"{minutes}\u00a0min"
    )
    return KeyQuotaSpent(quota=french, quota_en=quota, seconds=seconds, wait=wait)
