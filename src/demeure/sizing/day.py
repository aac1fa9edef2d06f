"""One working day, event by event: requests arrive, wait for a place, are read, are written. Pure, seeded.

The engine is llama-server as the house drives it: ``slots`` answers at a time; each pass takes up to PASS tokens,
one of each answer that is being written and, of the prompts, the first that came. So while a prompt is read,
answers grow by one token a pass, and passes are long. People go before background work, which never makes them
wait for a place: it takes one only while another stays free.
"""

import heapq
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from demeure.sizing.machines import Machine
from demeure.sizing.physics import PASS, Shape, prefill, step
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
    last one (``done``)."""

    request: Request
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


class _Engine:
    """What is in the engine at one moment. All answers being written grow together, so one clock of tokens
    (``grown``) tells when each is done."""

    def __init__(self, shape: Shape, machine: Machine, slots: int) -> None:
        self.shape, self.machine, self.slots = shape, machine, slots
        self.reading: deque[list[Any]] = deque()  # [seconds left of its prompt alone, served]
        self.writing: list[tuple[float, int, Served]] = []
        self.grown = self.now = self.context = 0.0
        self._order = 0
        self._steps: dict[tuple[int, int], float] = {}

    @property
    def busy(self) -> int:
        return len(self.reading) + len(self.writing)

    def take(self, served: Served) -> None:
        served.begun = self.now
        one = served.request
        self.context += one.prompt
        self.reading.append([prefill(self.shape, self.machine, one.prompt - one.kept, one.kept), served])

    def step(self, streams: int) -> float:
        """Seconds of a pass in which ``streams`` answers grow, the context behind them as it is now."""
        mean = int(self.context / max(1, self.busy)) >> 7 << 7
        key = (streams, mean)
        if key not in self._steps:
            self._steps[key] = step(self.shape, self.machine, streams, mean)
        return self._steps[key]

    def rates(self) -> tuple[float, float]:
        """(share of the time given to the prompt being read, tokens a second of each answer)."""
        writing = len(self.writing)
        if not self.reading:
            return 0.0, 1 / self.step(writing) if writing else 0.0
        if not writing:
            return 1.0, 0.0
        served = self.reading[0][1]
        tokens = max(1, served.request.prompt - served.request.kept)
        alone = self.whole(served) / max(1, math.ceil(tokens / PASS))  # a pass of the prompt by itself
        together = alone + self.more(writing)
        return alone / together, 1 / together

    def more(self, writing: int) -> float:
        """Seconds that ``writing`` answers add to a pass that reads a prompt: their computing and their context."""
        return max(self.step(writing + 1) - self.step(1), 0.0)

    def whole(self, served: Served) -> float:
        one = served.request
        return prefill(self.shape, self.machine, one.prompt - one.kept, one.kept)

    def until(self) -> float:
        """Seconds to the next end: of a prompt or of an answer; infinite when nothing is there."""
        share, rate = self.rates()
        ends = [math.inf]
        if self.reading and share:
            ends.append(self.reading[0][0] / share)
        if self.writing and rate:
            ends.append((self.writing[0][0] - self.grown) / rate)
        return max(0.0, min(ends))

    def run(self, seconds: float) -> None:
        """Let ``seconds`` pass: no longer than ``until``."""
        share, rate = self.rates()
        self.now += seconds
        self.grown += rate * seconds
        if self.reading:
            self.reading[0][0] -= share * seconds
            if self.reading[0][0] <= 1e-9:
                self._read(self.reading.popleft()[1])
        while self.writing and self.writing[0][0] - self.grown <= 1e-9:
            served = heapq.heappop(self.writing)[2]
            served.done = self.now
            self.context -= served.request.prompt

    def _read(self, served: Served) -> None:
        served.first = self.now  # the last pass of the prompt gives the first word
        self._order += 1
        heapq.heappush(self.writing, (self.grown + served.request.answer - 1, self._order, served))


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
            engine.run(ends - engine.now)
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
