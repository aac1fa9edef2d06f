"""The numbers in the text format of Prometheus (version 0.0.4). Names and help only from the table of measures."""

from collections.abc import Iterable, Iterator, Mapping

from demeure.supervision.measures import COUNT, MEASURES
from demeure.supervision.watch import Supervision

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(seen: Supervision, version: str, paused: Iterable[str] = ()) -> str:
    """Every measure that has a value; each alarm with 0 or 1. ``paused``: measures left out."""
    lines = [*_info(version)]
    for name, measure in MEASURES.items():
        if name in paused:
            continue
        full = f"demeure_{name}" + (f"_{measure.unit}" if measure.unit else "")
        if measure.kind == COUNT:
            lines += _one(f"{full}_total", "counter", measure.help, {"": seen.totals[name]})
        elif name in seen.observed:
            number, total = seen.observed[name]
            lines += _one(full, "summary", measure.help, {"_count": number, "_sum": total})
        elif (value := seen.levels.get(name)) is not None:
            lines += _one(full, "gauge", measure.help, {"": value})
    raised = {one.rule for one in seen.alarms.open()}
    lines += [
        "# HELP demeure_alarm 1 while the alarm is raised",
        "# TYPE demeure_alarm gauge",
        *(f'demeure_alarm{{rule="{rule}"}} {int(rule in raised)}' for rule in seen.alarms.rules),
    ]
    return "\n".join(lines) + "\n"


def _info(version: str) -> Iterator[str]:
    yield "# HELP demeure_info Version of the product"
    yield "# TYPE demeure_info gauge"
    yield f'demeure_info{{version="{version}"}} 1'


def _one(name: str, kind: str, about: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for ending, value in values.items():
        yield f"{name}{ending} {value:.10g}"
