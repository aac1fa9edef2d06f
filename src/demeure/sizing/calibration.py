"""What an engine reaches of this machine, from its own measures; and how far the physical model is from the others.

Some shares are fitted, each on one measure (marked ``fitted``: its error says nothing). Everything else is a
prediction. What the memory gives, what a layer costs beside and what the context costs are the machine's, fitted on
the largest model. What computing reaches is of the type of the weights: each has its own code in the engine, tuned
or not; those shares are fitted on the largest model of each type.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demeure.sizing.machines import Machine
from demeure.sizing.physics import Shape, crossed, prefill, written

READ, WRITE = ("prefill", 512, 1), ("decode", 128, 1)
LONG_READ = ("prefill", 2048, 1)
BATCHED = 8
"""(what, tokens, streams) of the measures that are fitted; of the context, the longest answer there is: what it
costs is a small difference of times otherwise. Several answers at once, each behind so few tokens, are fitted crowd
by crowd: engines take other code from one number of tokens to the next, and no straight line goes through them."""
PER_LAYER = 20e-6
ANSWER = 32
"""Tokens of an answer, in measures that do not say it."""


@dataclass(frozen=True)
class Compared:
    """One measure beside its prediction: tokens a second. ``error``: predicted ÷ measured − 1."""

    model: str
    what: str
    tokens: int
    streams: int
    measured: float
    predicted: float
    fitted: bool

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1

    def as_json(self) -> dict[str, Any]:
        told = {**self.__dict__, "error": round(self.error, 3)}
        return {
            name: round(value, 2) if name in ("measured", "predicted") else value for name, value in told.items()
        }


Measures = Sequence[Mapping[str, Any]]
"""Rows {what, tokens, streams, rate, answer}, as ``engine.paces`` gives them."""


def calibrated(machine: Machine, found: Sequence[tuple[Shape, Measures]]) -> Machine:
    """``machine`` with the shares that its engine reaches, fitted on the largest model; ``per_layer`` on the
    smallest, when it is another; computing on the largest of each type of weights. Unmeasured shares keep what they
    were."""
    ordered = sorted(found, key=lambda one: -one[0].read)
    if not ordered:
        return machine
    shape, measures = ordered[0]
    near = _alone(measures, WRITE[1])
    if near is None:
        return machine
    small = ordered[-1] if len(ordered) > 1 else None
    far = _far(measures)
    for _ in range(3):  # each share moves the others a little
        machine = _decoding(machine, (shape, near), small and (small[0], _alone(small[1], WRITE[1])))
        machine = _context(machine, shape, near, far) if far else machine
    machine = _computing(machine, shape, measures, attention=True)
    kernels = {}
    for other, its in _largest(ordered):
        made = _computing(machine, other, its, attention=False)
        if made.batch_cost is not None:
            kernels[other.kind] = {
                "prefill": made.prefill,
                "batch_cost": made.batch_cost,
                "batch": made.batch,
            }
    return replace(machine, kernels=kernels)


def _largest(ordered: Sequence[tuple[Shape, Measures]]) -> Iterator[tuple[Shape, Measures]]:
    """The largest model of each known type of weights."""
    seen = set()
    for shape, measures in ordered:
        if shape.kind and shape.kind not in seen:
            seen.add(shape.kind)
            yield shape, measures


def _computing(machine: Machine, shape: Shape, measures: Measures, *, attention: bool) -> Machine:
    """What computing reaches with this model: prompts, small batches; ``attention``: its own share too."""
    read = _read_case(measures)
    rate = read and _rate(measures, *read)
    if read and rate and machine.rate:
        longer = _rate(measures, *LONG_READ) if attention and read[1] < LONG_READ[1] else None
        machine = _reading(machine, shape, (read[1], read[1] / rate), longer and LONG_READ[1] / longer)
    return _batches(machine, shape, measures)


def _batches(machine: Machine, shape: Shape, measures: Measures) -> Machine:
    """What several answers at once cost, crowd by crowd; the largest tells what each answer more would cost."""
    if not machine.rate:
        return machine
    alone, points = replace(machine, batch_cost=1e12, batch=()), []
    one = 2 * shape.active / machine.rate  # seconds of an answer's computing at the whole rate
    for case in _crowds(measures):
        rate = _rate(measures, *case)
        if rate is not None:
            over = 1 / rate - written(shape, alone, case[2], case[1], _answer(measures, case))
            points.append((case[2], max(0.0, over) / one))
    if not points:
        return machine
    streams, most = points[-1]
    return replace(machine, batch_cost=(streams - 1) / max(most, 1e-9), batch=tuple(points))


def _crowds(measures: Measures) -> list[tuple[str, int, int]]:
    """The measures of several answers at once that are fitted, the smallest crowd first."""
    sizes = {one["streams"] for one in measures if one["what"] == "decode" and one["tokens"] == BATCHED}
    return [("decode", BATCHED, size) for size in sorted(sizes) if size > 1]


@dataclass(frozen=True)
class _Alone:
    """An answer alone: seconds of a token, cells that it goes through on average, tokens before it."""

    seconds: float
    seen: float
    tokens: int


def _alone(measures: Measures, tokens: int) -> _Alone | None:
    case = ("decode", tokens, 1)
    rate = _rate(measures, *case)
    return None if rate is None else _Alone(1 / rate, crossed(1, tokens, _answer(measures, case)), tokens)


def _far(measures: Measures) -> _Alone | None:
    """The answer alone with the longest context, beyond WRITE."""
    lengths = [one["tokens"] for one in measures if one["what"] == "decode" and one["streams"] == 1]
    longest = max(lengths, default=0)
    return _alone(measures, longest) if longest > WRITE[1] else None


def _decoding(machine: Machine, large: tuple[Shape, _Alone], small: Any) -> Machine:
    """The share of the bandwidth and the time of a layer: two unknowns, from two models; from one, the time of a
    layer is the planning one."""

    def read(one: Shape, told: _Alone) -> float:
        behind = told.seen * one.kv + one.fixed
        return (one.read + behind * (machine.decode or 1.0) / (machine.context or machine.decode or 1.0)) / (
            machine.bandwidth
        )

    (shape, told), per_layer = large, machine.per_layer or PER_LAYER
    if small is not None and small[1] is not None:
        other, quick = small
        # seconds = read/decode + layers * per_layer, twice
        down = read(shape, told) * other.layers - read(other, quick) * shape.layers
        inverse = (other.layers * told.seconds - shape.layers * quick.seconds) / down if down else 0.0
        fitted = (quick.seconds - inverse * read(other, quick)) / other.layers
        if inverse > 0 and fitted >= 0:
            return replace(machine, decode=1 / inverse, per_layer=fitted)
    left = max(told.seconds - shape.layers * per_layer, 0.2 * told.seconds)
    return replace(machine, decode=read(shape, told) / left, per_layer=per_layer)


def _read_case(measures: Measures) -> tuple[str, int, int] | None:
    """READ; on a machine too slow for it, the longest prompt below it."""
    lengths = [one["tokens"] for one in measures if one["what"] == "prefill" and one["tokens"] <= READ[1]]
    return ("prefill", max(lengths), 1) if lengths else None


def _context(machine: Machine, shape: Shape, near: _Alone, far: _Alone) -> Machine:
    """The share of the bandwidth at which the context is read: what an answer loses from one length to another."""
    more = far.seconds - near.seconds
    read = (far.seen - near.seen) * shape.kv / machine.bandwidth
    return replace(machine, context=min(read / more, 2 * machine.decode)) if more > 0 else machine


def _reading(machine: Machine, shape: Shape, short: tuple[int, float], long: float | None) -> Machine:
    """The share of the matrix rate that a prompt reaches, and attention's own from a longer one: (tokens, seconds)
    of the first, seconds of the second. By bisection: time falls as a share grows."""

    def found(name: str, tokens: int, seconds: float, start: Machine) -> Machine:
        low, high = 1e-4, 100.0
        for _ in range(50):
            middle = (low * high) ** 0.5
            slower = prefill(shape, replace(start, **_share(name, middle)), tokens) > seconds
            low, high = (middle, high) if slower else (low, middle)
        return replace(start, **_share(name, (low * high) ** 0.5))

    for _ in range(3):
        machine = found("prefill", *short, machine)
        if long is not None:
            machine = found("pairs", LONG_READ[1], long, machine)
    return machine


def _share(name: str, value: float) -> dict[str, Any]:
    return {name: value}


def predicted(shape: Shape, machine: Machine, what: str, tokens: int, streams: int, answer: int = ANSWER) -> float:
    """Tokens a second, as ``engine.paces`` counts them."""
    if what == "prefill":
        return tokens / prefill(shape, machine, tokens)
    return 1 / written(shape, machine, streams, tokens, answer)


def compared(machine: Machine, found: Sequence[tuple[Shape, Measures]]) -> list[Compared]:
    """Every measure of chat models beside its prediction."""
    ordered = sorted(found, key=lambda one: -one[0].read)
    first = {shape.id for shape, _ in _largest(ordered)}
    rows = []
    for place, (shape, measures) in enumerate(ordered):
        for one in measures:
            case = (one["what"], one["tokens"], one["streams"])
            share = {"prefill": machine.prefill, "decode": machine.decode}.get(case[0])
            if not share:  # embeddings; what could not be fitted
                continue
            ours = place == 0 or shape.id in first
            fitted = (ours and case in _computed(measures)) or (
                place == 0 and (case in (WRITE, LONG_READ) or case == _far_case(measures))
            )
            fitted = fitted or (place == len(ordered) - 1 and case == WRITE)
            guess = predicted(shape, machine, *case, _answer(measures, case))
            rows.append(Compared(shape.id, *case, one["rate"], guess, fitted))
    return rows


def _computed(measures: Measures) -> tuple[Any, ...]:
    """The measures on which a type of weights is fitted."""
    return (_read_case(measures), *_crowds(measures))


def _far_case(measures: Measures) -> tuple[str, int, int] | None:
    far = _far(measures)
    return ("decode", far.tokens, 1) if far else None


def _answer(measures: Measures, case: tuple[str, int, int]) -> int:
    """Tokens of the answers of that measure."""
    found = (one for one in measures if (one["what"], one["tokens"], one["streams"]) == case)
    return int(next(found, {}).get("answer") or ANSWER)


def _rate(measures: Measures, what: str, tokens: int, streams: int) -> float | None:
    for one in measures:
        if (one["what"], one["tokens"], one["streams"]) == (what, tokens, streams):
            return float(one["rate"])
    return None
