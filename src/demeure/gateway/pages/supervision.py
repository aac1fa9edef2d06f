"""Administration, supervision: what is raised, and the plots of a day or of thirty, drawn here, with their
tables."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.responses import PlainTextResponse, Response

from demeure import __version__
from demeure.gateway import locale
from demeure.gateway.pages.administration import tabs
from demeure.gateway.supervising import said, value_said
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action, Resource
from demeure.policy.scopes import METRICS
from demeure.supervision import COUNT, DAY, FAR, MEASURES, MONTH, STOP, WARN, Measure, Plot, drawn, exposition
from demeure.supervision.metrics import CONTENT_TYPE

TONES = {WARN: "supervision.tone_warn", STOP: "supervision.tone_stop"}
ADDRESS, ALERTS = "/metrics", "demeure alerts"
SPANS = {"jour": DAY, "mois": MONTH}
FLAGS = {"journal_silent", "proof_red", "backup_late", "drill_late"}
"""Measures that are 0 or 1."""
LIMITS = {"temperature": 90.0, "first_token": 30.0}
"""Where the line of the alarm stands in a plot."""


async def supervision(came: Visit) -> Response:
    """GET /administration/supervision: ``duree`` is jour or mois."""
    seen, now = came.house.supervision, came.house.clock.now()
    name = came.request.query_params.get("duree", "jour")
    name = name if name in SPANS else "jour"
    days = seen.levels.get("disk_days")
    raised = [
        {
            "rule": rule,
            "since": one.since,
            "word": came.t(TONES[rule.tone]),
            "sentence": said(rule, one.value, came.language),
        }
        for one in seen.alarms.open()
        for rule in (seen.alarms.rules[one.rule],)
    ]
    return came.page(
        "supervision.html",
        tabs=tabs(came),
        raised=raised,
        plots=[_plot(came, one, name, now) for one in MEASURES.values() if one.shown],
        span=name,
        days=days if days is None or days < FAR else None,
        readings=[_level(came, one) for one in MEASURES.values() if not one.shown and one.name != "disk_days"],
        sampled=bool(seen.levels),
        address=ADDRESS,
        command=ALERTS,
        mail=bool(came.house.settings.alert_route and came.house.settings.alert_to),
        to=came.house.settings.alert_to,
    )


def _plot(came: Visit, measure: Measure, span: str, now: datetime) -> dict[str, Any]:
    seen = came.house.supervision
    limit = seen.levels.get("disk_size") if measure.name == "disk_used" else LIMITS.get(measure.name)
    made = drawn(measure, seen.series[measure.name], SPANS[span], now, limit)
    title = measure.fr if came.language == "fr" else measure.en
    value = _speaker(came, measure)
    return {
        "name": measure.name,
        "title": title,
        "plot": made,
        "value": value,
        "axis": _axis(came, measure, value),
        "now": _now(made, measure, value),
        "limit": value(limit) if limit is not None else "",
        "when": _when(came, span),
    }


def _axis(came: Visit, measure: Measure, value: Callable[[float], str]) -> Callable[[float], str]:
    """Beside a line of the plot there is room for six signs, not for « 100 jours » nor for « 1 min 40 s »."""
    return lambda told: "0" if told == 0 else _short(came.language, measure.unit, told) or value(told)


def _short(language: str, unit: str, told: float) -> str:
    """One number, and one or two letters; empty: the usual words are short enough."""
    if unit == "days":
        return locale.whole(language, round(told))
    if unit == "bytes" and told < _THOUSAND:
        return f"{locale.whole(language, round(told))}\u00a0{'B' if language == 'en' else 'o'}"
    if unit == "seconds":
        return next(
            (_few(language, told / one, name) for least, one, name in _TIMES[language] if told >= least), ""
        )
    if unit in ("", "tokens_per_second"):
        plain = locale.whole(language, round(told)) if told >= _THOUSAND else ""
        return next((_few(language, told / one, name) for least, one, name in _MANY if told >= least), plain)
    return ""


def _few(language: str, number: float, name: str) -> str:
    plain = number >= _TEN or number == int(number)
    text = locale.whole(language, round(number)) if plain else locale.decimal(language, number, 1)
    return f"{text}\u00a0{name}"


_THOUSAND, _TEN = 1000, 10
_TIMES = {
    language: ((172_800, 86_400, day), (7_200, 3_600, "h"), (600, 60, "min"), (60, 1, "s"))
    for language, day in (("fr", "j"), ("en", "d"))
}
"""From how many seconds on, how many one unit has, its name."""
_MANY = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e5, 1e3, "k"))


def _now(made: Plot, measure: Measure, value: Callable[[float], str]) -> str:
    """Of a count: what the whole plot holds; of a level: the last one."""
    known = [row.value for row in made.rows if row.value is not None]
    if not known:
        return "–"
    return value(sum(known)) if measure.kind == COUNT else value(known[-1])


def _speaker(came: Visit, measure: Measure) -> Callable[[float], str]:
    return lambda value: value_said(measure.name, value, came.language)


def _when(came: Visit, span: str) -> Callable[[datetime], str]:
    if span == "jour":
        return lambda at: locale.hour(came.language, at)
    return lambda at: locale.day(came.language, at).rpartition(" ")[0]


def _level(came: Visit, measure: Measure) -> tuple[str, str]:
    value = came.house.supervision.levels.get(measure.name)
    title = measure.fr if came.language == "fr" else measure.en
    if measure.name in FLAGS and value is not None:
        return title, came.t("supervision.yes") if value else came.t("supervision.no")
    return title, "–" if value is None else value_said(measure.name, value, came.language)


async def metrics(came: Visit) -> Response:
    """GET /metrics: the text of Prometheus; for a key with the scope « metrics », or whoever sees the page."""
    came.house.decide(came.actor, Action.HOUSE_WATCH, Resource("house")).require()  # a key: as far as its owner
    return PlainTextResponse(exposition(came.house.supervision, __version__), media_type=CONTENT_TYPE)


WAYS = (
    Way("GET", "/administration/supervision", supervision, Action.HOUSE_WATCH, "refusal"),
    Way("GET", ADDRESS, metrics, Action.HOUSE_WATCH, "refusal", without_journal=True, scope=METRICS),
)
