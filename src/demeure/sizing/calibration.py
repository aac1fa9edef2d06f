"""What an engine reaches of this machine, from its own measures; and how far the physical model is from the others.

Three shares are fitted, each on one measure (marked ``fitted``: its error says nothing). Everything else is a
prediction: other lengths, other numbers of answers at once, and the other models, which have no part in the fit of
reading prompts nor of batches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demeure.sizing.machines import Machine
from demeure.sizing.physics import Shape, prefill, step

READ, WRITE, BATCH = ("prefill", 512, 1), ("decode", 128, 1), ("decode", 128, 4)
"""(what, tokens, streams) of the measures that are fitted, on the largest model."""
PER_LAYER = 20e-6


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
"""Rows {what, tokens, streams, rate}, as ``engine.paces`` gives them."""


def calibrated(machine: Machine, found: Sequence[tuple[Shape, Measures]]) -> Machine:
    """``machine`` with the shares that its engine reaches, fitted on the largest model; ``per_layer`` on the
    smallest, when it is another. Unmeasured shares keep what they were."""
    ordered = sorted(found, key=lambda one: -one[0].read)
    if not ordered:
        return machine
    shape, measures = ordered[0]
    written = _rate(measures, *WRITE)
    if written is None:
        return machine
    small = ordered[-1] if len(ordered) > 1 else None
    machine = _decoding(machine, (shape, written), small and (small[0], _rate(small[1], *WRITE)))
    read = _read_case(measures)
    rate = read and _rate(measures, *read)
    if read and rate and machine.rate:
        machine = _reading(machine, shape, read[1], read[1] / rate)
    batch = _rate(measures, *BATCH)
    if batch is not None and machine.rate:
        extra = max(1 / batch - step(shape, replace(machine, batch_cost=1e9), BATCH[2], BATCH[1]), 1e-6)
        machine = replace(machine, batch_cost=2 * shape.active * (BATCH[2] - 1) / (machine.rate * extra))
    return machine


def _decoding(machine: Machine, large: tuple[Shape, float], small: Any) -> Machine:
    """The share of the bandwidth and the time of a layer: two unknowns, from two models; from one, the time of a
    layer is the planning one."""
    (shape, rate), context = large, WRITE[1]

    def read(one: Shape) -> float:
        return (one.read + context * one.kv + one.fixed) / machine.bandwidth

    per_layer = machine.per_layer or PER_LAYER
    if small is not None and small[1] is not None:
        other, quick = small
        # 1/rate = read/decode + layers * per_layer, twice
        down = read(shape) * other.layers - read(other) * shape.layers
        inverse = (other.layers / rate - shape.layers / quick) / down if down else 0.0
        fitted = (1 / quick - inverse * read(other)) / other.layers
        if inverse > 0 and fitted >= 0:
            return replace(machine, decode=1 / inverse, per_layer=fitted)
    left = max(1 / rate - shape.layers * per_layer, 0.2 / rate)
    return replace(machine, decode=read(shape) / left, per_layer=per_layer)


def _read_case(measures: Measures) -> tuple[str, int, int] | None:
    """READ; on a machine too slow for it, the longest prompt below it."""
    lengths = [one["tokens"] for one in measures if one["what"] == "prefill" and one["tokens"] <= READ[1]]
    return ("prefill", max(lengths), 1) if lengths else None


def _reading(machine: Machine, shape: Shape, tokens: int, seconds: float) -> Machine:
    """The share of the matrix rate with which that many seconds are found: bisection, the time falls as it
    grows."""
    low, high = 1e-4, 100.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        if prefill(shape, replace(machine, prefill=middle), tokens) > seconds:
            low = middle
        else:
            high = middle
    return replace(machine, prefill=(low * high) ** 0.5)


def predicted(shape: Shape, machine: Machine, what: str, tokens: int, streams: int) -> float:
    """Tokens a second, as ``engine.paces`` counts them."""
    if what == "prefill":
        return tokens / prefill(shape, machine, tokens)
    return 1 / step(shape, machine, streams, tokens + 16)  # 16: half of the answer itself


def compared(machine: Machine, found: Sequence[tuple[Shape, Measures]]) -> list[Compared]:
    """Every measure of chat models beside its prediction."""
    ordered = sorted(found, key=lambda one: -one[0].read)
    rows = []
    for place, (shape, measures) in enumerate(ordered):
        for one in measures:
            case = (one["what"], one["tokens"], one["streams"])
            share = {"prefill": machine.prefill, "decode": machine.decode}.get(case[0])
            if not share:  # embeddings; what could not be fitted
                continue
            fitted = (place == 0 and case in (_read_case(measures), WRITE, BATCH)) or (
                place == len(ordered) - 1 and case == WRITE
            )
            rows.append(Compared(shape.id, *case, one["rate"], predicted(shape, machine, *case), fitted))
    return rows


def _rate(measures: Measures, what: str, tokens: int, streams: int) -> float | None:
    for one in measures:
        if (one["what"], one["tokens"], one["streams"]) == (what, tokens, streams):
            return float(one["rate"])
    return None
