"""From a profile to a plan: does this model on this machine serve these people, with what memory, disk and wait?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from demeure.sizing.day import HOUR, Served, Told, arrivals, by_hour, simulate, told
from demeure.sizing.errors import DayTooBusy, NotSizable
from demeure.sizing.machines import Machine
from demeure.sizing.physics import Shape, memory, prefill, step
from demeure.sizing.profile import Profile

HOUSE = 450 << 20  # all the processes of the house (docs/measures.md, promise)
EMBEDDER = 250 << 20  # multilingual-e5-small (engine/models/catalogue.toml)
CACHE = 256 << 20  # states of conversations that lost their slot (engine/spec.py)
SYSTEM = 512 << 20
PASSAGE_MEMORY = 2_900  # bytes: house with 24,000 passages against one without (docs/measures.md)
PASSAGE_DISK = 6_000  # bytes of text, words and vectors: a judgement
PASSAGES_A_PAGE = 3  # a judgement
PAGE_DISK = 60_000  # bytes of an original's page: a judgement
ENTRY_DISK, ENTRIES = 2_000, 5  # bytes of a journal entry, entries of a request: a judgement
SLOTS = (1, 2, 4, 8, 16, 32)
MOST = 60_000  # requests of a day: seconds to simulate
LONG_DAY = 2000  # requests; shorter days are simulated several times
OUTSIDE = ("gpu",)  # kinds whose memory is that of a card: the house lives in another

MARGIN = 1.25  # an hour that began empty is surely too slow beyond that share of what is wanted
EASE = 0.8  # of what is wanted, or of the engine: below it there is room
Verdict = Literal["fits", "tight", "short", "too-large"]


@dataclass(frozen=True)
class Targets:
    """What one wants at the busiest hour: ``first``: seconds to the first word that 95 of 100 requests stay under;
    ``speed``: tokens a second that 90 of 100 answers reach."""

    first: float = 5.0
    speed: float = 8.0


USUAL = Targets()


@dataclass(frozen=True)
class Plan:
    """``parts``: bytes of memory (``available``: of the machine's), ``disk``: bytes after the years planned.
    ``people`` and ``background``: percentiles of simulated days; None when it does not fit. ``used``: share of a
    busy engine at the peak, alone on its bounds; above 1 nobody is ever served. ``hours``: (hour, requests, p95 of
    the first word)."""

    profile: Profile
    machine: Machine
    shape: Shape
    slots: int
    context: int
    parts: dict[str, int]
    available: int
    disk: dict[str, int]
    targets: Targets
    used: float
    alone_first: float
    alone_speed: float
    people: Told | None = None
    background: Told | None = None
    hours: tuple[tuple[int, int, float], ...] = ()

    @property
    def needed(self) -> int:
        return sum(self.parts.values())

    @property
    def verdict(self) -> Verdict:
        if self.needed > self.available:
            return "too-large"
        if self.people is None:  # nobody waits before a screen: does the engine follow at the peak?
            if self.background is None or self.used > 1:
                return "short"
            return "fits" if self.used <= EASE else "tight"
        first = self.people.peak_first_p95 / self.targets.first
        slow = self.targets.speed / max(self.people.speed_p10, 1e-9)
        worst = max(first, slow)
        return "fits" if worst <= EASE else "tight" if worst <= 1 else "short"

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "profile": self.profile.as_json(),
            "machine": self.machine.as_json(),
            "model": self.shape.id,
            "quantisation": self.shape.quantisation,
            "slots": self.slots,
            "context": self.context,
            "memory": {**self.parts, "needed": self.needed, "available": self.available},
            "disk": {**self.disk, "needed": sum(self.disk.values())},
            "targets": self.targets.__dict__,
            "used_at_peak": round(self.used, 3),
            "alone": {"first": round(self.alone_first, 3), "speed": round(self.alone_speed, 2)},
            "people": self.people and self.people.as_json(),
            "background": self.background and self.background.as_json(),
            "hours": [[hour, count, round(wait, 3)] for hour, count, wait in self.hours],
        }


def longest(profile: Profile) -> int:
    """Tokens of context that one answer may need: the longest use, half as much again, by whole thousands."""
    most = max(use.prompt + use.answer for use in profile.uses)
    return -(-int(1.5 * most) // 1024) * 1024


def planned(
    profile: Profile,
    machine: Machine,
    shape: Shape,
    targets: Targets = USUAL,
    *,
    years: int = 0,
    slots: int | None = None,
    seed: int = 1,
) -> Plan:
    """The plan of that pair with the people of ``years`` later. ``slots`` None: as many as serve best and fit.
    Raises NotSizable, DayTooBusy."""
    if not machine.bandwidth or machine.rate is None:
        raise NotSizable(name=machine.id, detail="sa vitesse", detail_en="its speed")
    profile = profile.after(years)
    if profile.requests > MOST:
        raise DayTooBusy(found=round(profile.requests), most=MOST)
    requests = [arrivals(profile, seed + at) for at in range(_days(profile))]
    best: Plan | None = None
    for count in [slots] if slots else _choices(profile, machine, shape):
        one = _simulated(_bare(profile, machine, shape, targets, count), requests)
        if best is None or _better(one, best):
            best = one
    assert best is not None
    return best


def fitting(profile: Profile, machine: Machine, shape: Shape, slots: int) -> bool:
    """Does that many answers at a time fit in its memory?"""
    return sum(_parts(profile, machine, shape, slots).values()) <= machine.usable


def _choices(profile: Profile, machine: Machine, shape: Shape) -> list[int]:
    """Answers at a time worth a simulation: the two largest that fit."""
    return ([n for n in SLOTS if fitting(profile, machine, shape, n)] or [SLOTS[0]])[-2:]


def hopeless(profile: Profile, machine: Machine, shape: Shape, targets: Targets = USUAL, *, seed: int = 1) -> bool:
    """Do people wait far too long at the busiest hour of the days of ``planned``, even when nobody was waiting
    before it? Then whole days, which take some eight times as long to simulate, would say no other. False for a day
    that ``planned`` refuses."""
    if profile.requests > MOST:
        return False
    days = [arrivals(profile, seed + at) for at in range(_days(profile))]
    hours = Counter(int(one.at // HOUR) % 24 for day in days for one in day if not one.background)
    if not hours:
        return False
    busiest = hours.most_common(1)[0][0]
    peaks = [[one for one in day if int(one.at // HOUR) % 24 == busiest] for day in days]
    for count in _choices(profile, machine, shape):
        served = [one for peak in peaks for one in simulate(peak, shape, machine, count)]
        found = told(served)
        if found is None or found.first_p95 <= MARGIN * targets.first:
            return False
    return True


def bounds(profile: Profile, machine: Machine, shape: Shape) -> tuple[float, float, float]:
    """(share of the engine taken at the peak with 8 answers at a time, seconds to the first word alone, tokens a
    second alone): cheap, no day is simulated."""
    work = 0.0
    hour = max(profile.hours) / sum(profile.hours)
    for use in profile.uses:
        behind = use.prompt + use.answer / 2
        each = (
            prefill(shape, machine, use.prompt - use.kept, use.kept)
            + use.answer * step(shape, machine, 8, behind) / 8
        )
        work += profile.people * use.share / 100 * use.each * each
    waited = [
        prefill(shape, machine, use.prompt - use.kept, use.kept) for use in profile.uses if use.priority == "people"
    ]
    first = max(waited, default=0.0)
    return work * hour / 3600, first, 1 / step(shape, machine, 1, longest(profile) / 3)


def _bare(profile: Profile, machine: Machine, shape: Shape, targets: Targets, slots: int) -> Plan:
    used, first, speed = bounds(profile, machine, shape)
    return Plan(
        profile=profile,
        machine=machine,
        shape=shape,
        slots=slots,
        context=slots * longest(profile),
        parts=_parts(profile, machine, shape, slots),
        available=machine.usable,
        disk=_disk(profile, shape),
        targets=targets,
        used=used,
        alone_first=first,
        alone_speed=speed,
    )


def _parts(profile: Profile, machine: Machine, shape: Shape, slots: int) -> dict[str, int]:
    card = machine.kind in OUTSIDE
    parts = memory(shape, slots, slots * longest(profile), card=card)
    if card:
        return parts
    passages = profile.documents * profile.pages * PASSAGES_A_PAGE
    return {**parts, "prompts": CACHE, "search": EMBEDDER + passages * PASSAGE_MEMORY, "house": HOUSE + SYSTEM}


def _disk(profile: Profile, shape: Shape) -> dict[str, int]:
    pages = profile.documents * profile.pages
    return {
        "models": shape.weights + (75 << 20),
        "originals": pages * PAGE_DISK,
        "index": pages * PASSAGES_A_PAGE * PASSAGE_DISK,
        "ready": int(profile.ready * (profile.context * shape.kv + shape.fixed)),
        "journal": int(3 * profile.requests * profile.days * ENTRIES * ENTRY_DISK),
    }


def _days(profile: Profile) -> int:
    return 1 if profile.requests >= LONG_DAY else 2 if profile.requests >= LONG_DAY / 4 else 5


def _simulated(plan: Plan, requests: Sequence[Sequence[Any]]) -> Plan:
    if plan.needed > plan.available or plan.used > 1.5:  # a queue without end tells nothing, slowly
        return plan
    days: list[Served] = []
    for one in requests:
        days += simulate(one, plan.shape, plan.machine, plan.slots)
    hours = tuple((hour, round(count / len(requests)), wait) for hour, count, wait in by_hour(days))
    return replace(plan, people=told(days), background=told(days, background=True), hours=hours)


def _better(one: Plan, other: Plan) -> bool:
    """Prefer what meets the targets, then the shorter wait; more places for less than a tenth of it are not worth
    their memory."""
    if one.people is None or other.people is None:
        return other.people is None and one.people is not None
    return _worst(one) < 0.9 * _worst(other)


def _worst(plan: Plan) -> float:
    assert plan.people is not None
    return max(
        plan.people.peak_first_p95 / plan.targets.first, plan.targets.speed / max(plan.people.speed_p10, 1e-9)
    )
