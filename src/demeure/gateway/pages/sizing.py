"""Administration, Dimensionner: from the use to a machine and a model, before any model is installed. Nothing is
kept: the whole question is in the address, and the answer is computed again."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError, InputError
from demeure.gateway.house import Inventory
from demeure.gateway.pages.administration import tabs
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action
from demeure.sizing import (
    THIS,
    Machine,
    Plan,
    Profile,
    Targets,
    Wanted,
    changed,
    machine,
    machines,
    open_model,
    open_models,
    planned,
    profile,
    proposed,
    shape,
    shipped,
    this_machine,
)
from demeure.sizing.errors import ProfileChangeWrong

PATH = "/administration/dimensionner"
VERDICTS = {"fits": "ok", "tight": "warn", "short": "stop", "too-large": "stop"}
FIGURES = ("people", "growth", "documents", "ready")
QUANTISATIONS = ("q4_k_m", "q8_0", "f16")
OF_A_USE = ("share", "each", "prompt", "kept", "answer")
_WORDS = {"years": "sizing.years", "first": "sizing.want_first", "speed": "sizing.want_speed"}
CROWDS = (0.5, 1.0, 1.5, 2.0, 3.0)
WIDE, HIGH, LEFT, FOOT = 640, 200, 44, 24  # of a plot, in its own units


@dataclass(frozen=True)
class Asked:
    """The question as the address tells it."""

    profile: Profile
    years: int
    targets: Targets
    machine: str
    model: str
    europe: bool
    quantisation: str


@dataclass(frozen=True)
class Bar:
    """One bar of a plot, with what it says. ``high``: above the target."""

    x: float
    y: float
    width: float
    height: float
    name: str
    value: str
    high: bool


@dataclass(frozen=True)
class Plot:
    """``bars``; ``line``: height of the target; ``top``: the number at the top of the scale, in words."""

    bars: tuple[Bar, ...]
    line: float
    top: str


async def sizing(came: Visit) -> Response:
    """GET /administration/dimensionner."""
    query = came.request.query_params
    try:
        asked, problem = _asked(query), None
    except DemeureError as refused:
        asked, problem = _unasked(query), refused
    inventory = await _inventory(came)
    own = this_machine(inventory.memory, inventory.cores, inventory.bench) if inventory.memory else None
    plans: list[Plan] = []
    crowd: list[Plan] = []
    if problem is None:
        try:
            plans, crowd = await asyncio.to_thread(_planned, asked, own)
        except DemeureError as refused:
            problem = refused
    best = plans[0] if plans else None
    return came.page(
        "sizing.html",
        200 if problem is None else problem.http_status,
        tabs=tabs(came),
        problem=_said(came, asked, problem) if problem else "",
        asked=asked,
        typed={name: query[name][:40] for name in query} if problem else {},
        grown=asked.profile.after(asked.years),
        profiles=[(one.id, one.name(came.language)) for one in shipped()],
        uses=asked.profile.uses,
        figures=[(name, came.t(f"sizing.of_{name}")) for name in FIGURES],
        of_a_use=[(name, came.t(f"sizing.use_{name}")) for name in OF_A_USE],
        parts={name: came.t(f"sizing.part_{name}") for name in (*best.parts, *best.disk)} if best else {},
        verdicts={name: came.t(f"sizing.verdict_{name.replace('-', '_')}") for name in VERDICTS},
        bench="demeure bench machine",
        quantisations=QUANTISATIONS,
        models=[one.id for one in open_models() if one.task == "chat"],
        machines=machines(),
        measured=own is not None and own.measured,
        plans=plans,
        best=best,
        model=open_model(best.shape.id) if best else None,
        tones=VERDICTS,
        hours=_hours(came, best) if best else None,
        crowd=_crowd(came, crowd) if crowd else None,
        answered=bool(query),
    )


async def _inventory(came: Visit) -> Inventory:
    try:
        return await came.house.models.inventory()
    except DemeureError:  # sizing does not need them
        return Inventory((), 0, 0)


def _asked(query: Mapping[str, str]) -> Asked:
    """Raises the room's errors, and InputError."""
    base = profile(query.get("profile") or shipped()[0].id)
    given = {name: _whole(query[name], name) for name in FIGURES if query.get(name)}
    for use in base.uses:
        names = [f"{use.id}.{entry}" for entry in OF_A_USE]
        given |= {name: _whole(query[name], name) for name in names if query.get(name)}
    years, first = _whole(query.get("years") or "3", "years"), _number(query.get("first") or "5", "first")
    speed = _number(query.get("speed") or "8", "speed")
    if years > 10:
        raise _wrong("years", "un nombre entier de 0 à 10", "a whole number from 0 to 10")
    made = changed(base, given)
    chosen = (query.get("machine") or "", query.get("model") or "")
    quantisation = query.get("quantisation") or QUANTISATIONS[0]
    if quantisation not in QUANTISATIONS:
        raise InputError(detail="quantisation")
    return Asked(made, years, Targets(first, speed), *chosen, query.get("europe") == "1", quantisation)


def _unasked(query: Mapping[str, str]) -> Asked:
    """What the page shows around a question that is refused: its profile if there is such a one."""
    known = {one.id for one in shipped()}
    chosen = {name: query[name] for name in ("profile",) if query.get(name) in known}
    return replace(_asked(chosen), europe=query.get("europe") == "1")


def _whole(text: str, name: str) -> int:
    digits = text.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise _wrong(name, "un nombre entier", "a whole number")
    return int(digits)


def _number(text: str, name: str) -> float:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 600:
        raise _wrong(name, "un nombre de 0,1 à 600", "a number from 0.1 to 600")
    return value


def _wrong(name: str, fr: str, en: str) -> ProfileChangeWrong:
    return ProfileChangeWrong(entry=name, expected=fr, expected_en=en)


def _said(came: Visit, asked: Asked, problem: DemeureError) -> str:
    """With the words of the form, not its names."""
    if isinstance(problem, ProfileChangeWrong):
        problem = ProfileChangeWrong(
            **{**problem.params, "entry": _label(came, asked, str(problem.params["entry"]))}
        )
    return problem.sentence(came.language)


def _label(came: Visit, asked: Asked, name: str) -> str:
    use, _, entry = name.rpartition(".")
    if name in FIGURES:
        return came.t(f"sizing.of_{name}")
    if name in _WORDS:
        return came.t(_WORDS[name])
    named = next((one.name(came.language) for one in asked.profile.uses if one.id == use), "")
    return f"{named}, {came.t(f'sizing.use_{entry}')}" if named and entry in OF_A_USE else name


def _planned(asked: Asked, own: Machine | None) -> tuple[list[Plan], list[Plan]]:
    """(the plans, the first one with more and fewer people). Blocks, some seconds at most."""
    wanted = Wanted(europe=asked.europe, french=True)
    if asked.machine:
        plans = sorted(_on(asked, own, wanted), key=lambda one: one.verdict not in ("fits", "tight"))
    elif asked.model:
        chosen = shape(open_model(asked.model), asked.quantisation)
        tried = (
            planned(asked.profile, one, chosen, asked.targets, years=asked.years)
            for one in sorted(machines(), key=lambda one: one.bandwidth)
            if one.bandwidth and one.rate
        )
        plans = [one for one in tried if one.verdict in ("fits", "tight")][:3]
    else:
        plans = proposed(asked.profile, wanted, asked.targets, years=asked.years, own=own)
    if not plans or plans[0].people is None:
        return plans, []
    best = plans[0]
    crowds = [replace(best.profile, people=max(1, round(best.profile.people * share))) for share in CROWDS]
    return plans, [planned(one, best.machine, best.shape, best.targets, slots=best.slots) for one in crowds]


def _on(asked: Asked, own: Machine | None, wanted: Wanted) -> list[Plan]:
    """On the machine that was chosen: with the model that was, or with the three best that the organisation
    accepts."""
    from demeure.sizing import advised

    if asked.machine == THIS and (own is None or not own.measured):
        raise InputError(
            detail="cette machine n’est pas mesurée (demeure bench machine)",
            detail_en="this machine is not measured (demeure bench machine)",
        )
    here = own if asked.machine == THIS and own is not None else machine(asked.machine)
    names = [asked.model] if asked.model else [one.model.id for one in advised(here.memory, wanted) if one.kept][:3]
    return [
        planned(asked.profile, here, shape(open_model(name), asked.quantisation), asked.targets, years=asked.years)
        for name in names
    ]


def _hours(came: Visit, plan: Plan) -> Plot | None:
    if not plan.hours:
        return None
    rows = [(came.t("sizing.hour", hour=hour), wait) for hour, _, wait in plan.hours]
    return _plot(came, rows, plan.targets.first)


def _crowd(came: Visit, plans: Sequence[Plan]) -> Plot | None:
    rows = [(str(one.profile.people), one.people.peak_first_p95) for one in plans if one.people is not None]
    return _plot(came, rows, plans[0].targets.first) if len(rows) > 1 else None


def _plot(came: Visit, rows: Sequence[tuple[str, float]], target: float) -> Plot:
    """Bars from the left, as high as their value; the target's line is always in sight."""
    top = max([target * 1.2, *(value for _, value in rows)])
    room, tall = (WIDE - LEFT) / len(rows), HIGH - FOOT
    bars = []
    for at, (name, value) in enumerate(rows):
        height = tall * value / top
        said = came.house.rendering.say(came.language, "sizing.seconds", value=_decimal(came, value))
        x = LEFT + at * room + room * 0.15
        bars.append(
            Bar(
                round(x, 1),
                round(tall - height, 1),
                round(room * 0.7, 1),
                round(height, 1),
                name,
                said,
                value > target,
            )
        )
    return Plot(tuple(bars), round(tall - tall * target / top, 1), _decimal(came, top))


def _decimal(came: Visit, value: float) -> str:
    told: Any = f"{value:.1f}"
    return str(told).replace(".", "," if came.language == "fr" else ".")


WAYS = (Way("GET", PATH, sizing, Action.MODEL_CHANGE, "refusal"),)
