"""A measure as a small plot (pure): geometry for an SVG that says nothing by itself, and the rows of its table.

The plane is 300 by 104; the drawing stands between x 50 and 294, y 10 and 86.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from demeure.supervision.measures import COUNT, Measure
from demeure.supervision.series import Bucket, Series, Span

LEFT, RIGHT, TOP, BOTTOM = 50.0, 294.0, 10.0, 86.0
_ROWS = 24
_NICE = (1, 2, 5, 10)


@dataclass(frozen=True)
class Row:
    """One line of the table: from when, and the value; ``high``: the peak within it. None: nothing was measured."""

    at: datetime
    value: float | None
    high: float | None


@dataclass(frozen=True)
class Plot:
    """``lines``: polylines, broken where nothing was measured; ``areas``: polygons under them; ``bars``: one
    path of bars, empty for a level. ``marks``: (y, value) of the horizontal lines; ``ticks``: (x, moment,
    anchor). ``limit``: y of the limit, or None."""

    lines: tuple[str, ...]
    areas: tuple[str, ...]
    bars: str
    marks: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, datetime, str], ...]
    rows: tuple[Row, ...]
    dot: tuple[float, float] | None
    limit: float | None = None
    known: bool = field(default=True)


def drawn(measure: Measure, series: Series, span: Span, now: datetime, limit: float | None = None) -> Plot:
    """``measure`` over ``span``, ending at ``now``. ``limit``: a value drawn as a line, that the scale holds."""
    groups = _grouped(list(series.buckets(span, now)), span, now)
    counts = measure.kind == COUNT
    shown = [(at, _value(one, counts), max((b.high for b in one), default=None)) for at, one in groups]
    most = max((value for _, value, _ in shown if value is not None), default=0.0)
    scale = nice(max(most, limit or 0.0) or 1.0)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * min(max(value, 0.0), scale) / scale, 1)

    width = (RIGHT - LEFT) / len(shown)
    placed = [
        (round(LEFT + width * (i + 0.5), 1), None if value is None else y(value))
        for i, (_, value, _) in enumerate(shown)
    ]
    runs = [] if counts else _runs(placed)
    last = next(((x, at) for x, at in reversed(placed) if at is not None), None)
    return Plot(
        lines=tuple(_points(run) for run in runs),
        areas=tuple(f"{run[0][0]},{BOTTOM} {_points(run)} {run[-1][0]},{BOTTOM}" for run in runs),
        bars="".join(_bar(x, at, width) for x, at in placed if at is not None and at < BOTTOM) if counts else "",
        marks=((y(0.0), 0.0), (y(scale / 2), scale / 2), (y(scale), scale)),
        ticks=_ticks(shown, width),
        rows=tuple(Row(at, value, high) for at, value, high in shown),
        dot=None if counts or last is None else last,
        limit=None if limit is None else y(limit),
        known=any(value is not None for _, value, _ in shown),
    )


def nice(value: float) -> float:
    """The next number that reads well: 1, 2 or 5 times a power of ten."""
    power = 1.0
    while power > value:
        power /= 10
    while power * 10 < value:
        power *= 10
    return next(power * step for step in _NICE if power * step >= value * (1 - 1e-9))


def _grouped(buckets: list[Bucket | None], span: Span, now: datetime) -> list[tuple[datetime, list[Bucket]]]:
    """_ROWS groups of buckets, each with the moment when it begins."""
    each = -(-len(buckets) // _ROWS)
    first = int(now.timestamp()) // span.step - len(buckets) + 1
    return [
        (
            datetime.fromtimestamp((first + start) * span.step, UTC),
            [one for one in buckets[start : start + each] if one is not None],
        )
        for start in range(0, len(buckets), each)
    ]


def _value(group: Sequence[Bucket], counts: bool) -> float | None:
    if not group:
        return None
    if counts:
        return sum(one.total for one in group)
    return sum(one.total for one in group) / sum(one.count for one in group)


def _runs(placed: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """What was measured without a hole."""
    runs: list[list[tuple[float, float]]] = []
    whole = False
    for x, at in placed:
        if at is not None:
            runs = runs if whole else [*runs, []]
            runs[-1].append((x, at))
        whole = at is not None
    return runs


def _points(run: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{at}" for x, at in run)


def _bar(x: float, at: float, width: float) -> str:
    half = round(width * 0.4, 1)
    return f"M{round(x - half, 1)} {BOTTOM:g}V{at}h{round(2 * half, 1)}V{BOTTOM:g}z"


def _ticks(
    shown: Sequence[tuple[datetime, object, object]], width: float
) -> tuple[tuple[float, datetime, str], ...]:
    third = len(shown) // 3
    places = (
        (0, LEFT, "start"),
        (third, LEFT + width * third, "middle"),
        (2 * third, LEFT + width * 2 * third, "middle"),
    )
    return (*((round(x, 1), shown[i][0], anchor) for i, x, anchor in places), (RIGHT, shown[-1][0], "end"))


Said = Callable[[float], str]
"""How a value of a measure is written in a language."""
