"""One working day, event by event: requests arrive, wait for a place, are read, are written. Pure, seeded.

The engine is llama-server as the house drives it: ``slots`` answers at a time; each pass takes up to PASS tokens,
one of each answer that is being written and, of the prompts, those of the first places, whoever came first (a
request is given the place that was left longest ago). So while a prompt is read, answers grow by one token a pass,
and passes are long. All share one cache: each token goes through what all others keep there, and what those that
ended have left (``cache``). People go before background work, which never makes them wait for a place: it takes one
only while another stays free.
"""

import heapq
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from demeure.sizing.cache import Cache
from demeure.sizing.machines import Machine
from demeure.sizing.physics import PASS, Shape, cells, growing, looking, prefill
from demeure.sizing.profile import Profile

HOUR = 3600.0


@dataclass(frozen=True)
class Request:
    """``at``: seconds of the day; tokens to read (``prompt``, of which ``kept`` are not read), to write
    (``answer``)."""

    at: float
    prompt: int
    kept: int
    answer: int
    background: bool = False


@dataclass
class Served:
    """What became of one. Seconds of the day: a place was given (``begun``), the first word came (``first``), the
    last one (``done``). ``place``: its number."""

    request: Request
    place: int = -1
    begun: float = math.nan
    first: float = math.nan
    done: float = math.nan

    @property
    def queue(self) -> float:
        return self.begun - self.request.at

    @property
    def wait(self) -> float:
        """Seconds to the first word."""
        return self.first - self.request.at

    @property
    def speed(self) -> float:
        """Words of the answer a second, as the person sees them (tokens)."""
        return (
            (self.request.answer - 1) / max(self.done - self.first, 1e-9) if self.request.answer > 1 else math.inf
        )


@lru_cache(maxsize=16)
def arrivals(profile: Profile, seed: int = 1) -> tuple[Request, ...]:
    """A day of requests: Poisson, thicker at the hours of the profile; lengths spread about their means
    (log-normal, a quarter above and below as a rule)."""
    import numpy as np

    random = np.random.default_rng(seed)
    weights = np.array(profile.hours, float) / sum(profile.hours)
    found: list[Request] = []
    for use in profile.uses:
        count = int(random.poisson(profile.people * use.share / 100 * use.each))
        hours = random.choice(24, size=count, p=weights)
        times = (hours + random.random(count)) * HOUR
        spread = random.lognormal(-0.03, 0.25, (count, 2))
        for at, (long, wide) in zip(times.tolist(), spread.tolist(), strict=True):
            prompt = max(use.kept + 1, round(use.prompt * long))
            answer = max(2, round(use.answer * wide))
            found.append(Request(at, prompt, min(use.kept, prompt - 1), answer, use.priority == "background"))
    return tuple(sorted(found, key=lambda one: one.at))


@dataclass
class _Reading:
    """A prompt of which ``left`` (a share) is not read. ``floor``: cells in use when it began."""

    served: Served
    left: float = 1.0
    floor: float | None = None


class _Engine:
    """What is in the engine at one moment. All answers being written grow together, so one clock of tokens
    (``grown``) tells when each is done."""

    def __init__(self, shape: Shape, machine: Machine, slots: int) -> None:
        self.shape, self.machine, self.slots = shape, machine, slots
        self.own = machine.of(shape.kind)
        self.reading: list[_Reading] = []
        self.writing: list[tuple[float, int, Served]] = []
        self.cache = Cache()
        self.grown = self.now = 0.0
        self._free = deque(reversed(range(slots)))
        self._order, self._pace, self._ended = 0, (0.0, 0.0), (False, False, 0.0)
        self._growing: dict[int, float] = {}
        self._whole: dict[tuple[int, int, int, int], float] = {}

    @property
    def busy(self) -> int:
        return len(self.reading) + len(self.writing)

    def take(self, served: Served) -> None:
        served.begun, served.place = self.now, self._free.popleft()
        self.cache.clear()
        self.cache.grow((served.place,), served.request.kept)
        self.reading.append(_Reading(served))
        self.reading.sort(key=lambda one: one.served.place)

    def growing(self, streams: int) -> float:
        if streams not in self._growing:
            self._growing[streams] = growing(self.shape, self.machine, streams)
        return self._growing[streams]

    def looking(self, streams: int, tokens: float) -> float:
        """Seconds in which a token of each of ``streams`` answers looks at the cells in use, up to ``tokens``."""
        return looking(self.shape, self.own, streams, cells(tokens)) if streams else 0.0

    def rates(self) -> tuple[float, float]:
        """(share of its prompt that is read in a second, tokens a second of each answer)."""
        writing = len(self.writing)
        if not self.reading:
            each = self.growing(writing) + self.looking(writing, self.cache.highest) if writing else 0.0
            return 0.0, 1 / each if writing else 0.0
        one = self.reading[0]
        one.floor = self.cache.highest if one.floor is None else min(one.floor, self.cache.highest)
        asked, beside = one.served.request, self.cache.used - self.cache.kept(one.served.place)
        whole = self.whole(asked, beside, one.floor)
        if not writing:
            return 1 / whole, 0.0
        passes = max(1, math.ceil((asked.prompt - asked.kept) / PASS))
        more = max(self.growing(writing + 1) - self.growing(1), 0.0)
        seen = max(one.floor, beside + (asked.prompt + asked.kept) / 2)
        together = whole / passes + more + self.looking(writing, seen)
        return 1 / (passes * together), 1 / together

    def whole(self, asked: Request, beside: float, floor: float) -> float:
        """Seconds to read that prompt, what is in the cache being what it is now."""
        key = (asked.prompt - asked.kept, asked.kept, int(beside) >> 6 << 6, int(floor) >> 6 << 6)
        if key not in self._whole:
            self._whole[key] = max(prefill(self.shape, self.machine, *key), 1e-9)
        return self._whole[key]

    def until(self) -> float:
        """Seconds to the next end, of a prompt, of an answer or of a block of the cache; infinite when nothing is
        there."""
        share, rate = self._pace = self.rates()
        read = self.reading[0].left / share if self.reading else math.inf
        written = block = math.inf
        more = 0.0  # tokens of each answer until the block is full
        if self.writing:
            written = (self.writing[0][0] - self.grown) / rate
            more = (cells(self.cache.highest + 1e-6) - self.cache.used + 1e-3) / len(self.writing)
            block = more / rate
        end = min(read, written, block)
        self._ended = (read <= end, written <= end, self.grown + more if block <= end else 0.0)
        return max(0.0, end)

    def run(self, seconds: float, *, whole: bool = False) -> None:
        """Let ``seconds`` pass: no longer than ``until``, asked just before; ``whole``: to that end. What ends
        there is over whatever rounding leaves of it: a step that ends nothing would be made again for ever."""
        share, rate = self._pace
        read, written, grown = self._ended if whole else (False, False, 0.0)
        self.now += seconds
        before = self.grown
        self.grown = self.grown + rate * seconds if seconds or not grown else grown  # shorter than the clock tells
        self.cache.grow([one.place for _, _, one in self.writing], self.grown - before)
        if self.reading:
            self._go_on(self.reading[0], share * seconds, read)
        while self.writing and (written or self.writing[0][0] - self.grown <= 1e-9):
            _, _, served = heapq.heappop(self.writing)
            written = False
            served.done = self.now
            self._free.append(served.place)
            self.cache.end(served.place)

    def _go_on(self, one: _Reading, share: float, whole: bool) -> None:
        """``share`` of that prompt is read, or all that was left (``whole``)."""
        share = one.left if whole or one.left - share <= 1e-9 else share
        asked, served = one.served.request, one.served
        self.cache.grow((served.place,), share * (asked.prompt - asked.kept))
        one.left -= share
        if one.left <= 0.0:
            self.reading.pop(0)
            served.first = self.now  # the last pass of the prompt gives the first word
            self._order += 1
            heapq.heappush(self.writing, (self.grown + asked.answer - 1, self._order, served))


def simulate(requests: Sequence[Request], shape: Shape, machine: Machine, slots: int) -> list[Served]:
    """The day, to its last word. Sorted by arrival, as ``requests``."""
    engine = _Engine(shape, machine, slots)
    all_served = [Served(one) for one in requests]
    people: deque[Served] = deque()
    background: deque[Served] = deque()
    at = 0
    while at < len(all_served) or engine.busy or people or background:
        arrival = all_served[at].request.at if at < len(all_served) else math.inf
        ends = engine.now + engine.until()
        if arrival <= ends:
            engine.run(arrival - engine.now)
            (background if all_served[at].request.background else people).append(all_served[at])
            at += 1
        else:
            engine.run(ends - engine.now, whole=True)
        _give(engine, people, background)
    return all_served


def _give(engine: _Engine, people: deque[Served], background: deque[Served]) -> None:
    while people and engine.busy < engine.slots:
        engine.take(people.popleft())
    while background and (engine.busy < engine.slots - 1 or (engine.slots == 1 and not engine.busy)):
        engine.take(background.popleft())


@dataclass(frozen=True)
class Told:
    """Percentiles of a day. Seconds, tokens a second. ``peak``: of those that came in the busiest hour."""

    requests: int
    first_p50: float
    first_p95: float
    peak_first_p95: float
    queue_p95: float
    queued: float
    speed_p50: float
    speed_p10: float
    answer_p95: float
    busiest: int

    def as_json(self) -> dict[str, Any]:
        return {
            name: round(value, 3) if isinstance(value, float) else value for name, value in self.__dict__.items()
        }


def told(day: Sequence[Served], *, background: bool = False) -> Told | None:
    """Of the people's requests, or of the background's; None when there was none. ``queued``: share that waited for
    a place at all; ``busiest``: hour of the day."""
    import numpy as np

    rows = [one for one in day if one.request.background == background]
    if not rows:
        return None
    at = np.array([one.request.at for one in rows])
    first, queue = np.array([one.wait for one in rows]), np.array([one.queue for one in rows])
    speed = np.array([min(one.speed, 1e6) for one in rows])
    whole = np.array([one.done - one.request.at for one in rows])
    hours = (at // HOUR).astype(int) % 24
    busiest = int(np.bincount(hours, minlength=24).argmax())
    share = [float(np.percentile(first, 50)), float(np.percentile(first, 95))]
    return Told(
        requests=len(rows),
        first_p50=share[0],
        first_p95=share[1],
        peak_first_p95=float(np.percentile(first[hours == busiest], 95)),
        queue_p95=float(np.percentile(queue, 95)),
        queued=float((queue > 0.05).mean()),
        speed_p50=float(np.percentile(speed, 50)),
        speed_p10=float(np.percentile(speed, 10)),
        answer_p95=float(np.percentile(whole, 95)),
        busiest=busiest,
    )


def by_hour(day: Sequence[Served]) -> list[tuple[int, int, float]]:
    """(hour, requests of people, 95th percentile of the seconds to the first word), of the hours that had some."""
    import numpy as np

    rows: dict[int, list[float]] = {}
    for one in day:
        if not one.request.background:
            rows.setdefault(int(one.request.at // HOUR) % 24, []).append(one.wait)
    return [(hour, len(waits), float(np.percentile(waits, 95))) for hour, waits in sorted(rows.items())]
