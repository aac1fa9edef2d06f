"""Registres: the files that the law asks for, what is left to complete in them, and the checks that prove them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from demeure.accountability import (
    STATES,
    Due,
    Facts,
    Part,
    Result,
    Section,
    agenda,
    english,
    measures,
    titles,
    told,
)
from demeure.advice import calendar
from demeure.errors import DemeureError
from demeure.gateway.locale import day
from demeure.gateway.markdown import Marks, render
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.files import as_response
from demeure.gateway.register_facts import gather
from demeure.gateway.register_files import FORMATS, file_of, names_for, registers_of
from demeure.gateway.register_room import seen_now
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action, Resource

HERE = "/registres"
_BODY, _TEXT = 128 << 10, 21_000
SIGNALS = {"held": "ok", "failed": "stop", "unknown": "wait"}
"""State of a measure or of a check → how the page shows it."""
DUE = {
    "done": ("ok", "agenda.done"),
    "soon": ("warn", "agenda.soon"),
    "never": ("warn", "agenda.never"),
    "late": ("stop", "agenda.late"),
    "failed": ("stop", "agenda.failed"),
    "not-known": ("wait", "agenda.not_known"),
}
"""State of a duty → how the page shows it, and says it."""
DUTY_PAGES = {
    "/souverainete": Action.HOUSE_STATUS,
    "/droits": Action.RIGHTS_READ,
    "/journal": Action.JOURNAL_READ_OWN,
    "/administration/sauvegardes": Action.HOUSE_ADMINISTER,
    "/administration/modeles": Action.MODEL_CHANGE,
    "/administration/politique": Action.POLICY_READ,
    "/administration/evaluation": Action.MODEL_CHANGE,
    "/personnes": Action.PERSON_FIND,
    "/registres/registre": Action.REGISTER_READ,
    "/registres/sous-traitants": Action.REGISTER_READ,
    "/registres/formations": Action.REGISTER_READ,
    "/registres/incidents": Action.INCIDENT_KEEP,
}
"""Page of a duty → what one must be allowed to open it: others are not sent there."""
_DONE = {"ecrit": "registers.written", "signe": "registers.signed", "remis": "registers.put_back_done"}
TABS = (
    ("documents", "registers.documents", HERE, Action.REGISTER_READ),
    ("checks", "registers.checks", f"{HERE}/controles", Action.REGISTER_READ),
    ("agenda", "agenda.title", f"{HERE}/echeances", Action.REGISTER_READ),
    ("incidents", "incidents.title", f"{HERE}/incidents", Action.INCIDENT_KEEP),
    ("courses", "courses.title", f"{HERE}/formations", Action.REGISTER_READ),
)


@dataclass(frozen=True)
class Proven:
    """A measure on the page. ``checks``: each with its state and its age."""

    said: str
    state: str
    word: str
    checks: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shown:
    """A part on the page. ``given``: what its box holds. ``heading``: in the language of the page; ``law``,
    ``questions``: what it is about, for readers of English; the text itself is in French."""

    part: Part
    text: Markup
    given: str
    seen: str
    measures: tuple[Proven, ...]
    writable: bool
    mine: bool
    """Of this document, not of the one that it shows."""
    conflicts: tuple[tuple[Markup, Markup], ...] = ()
    """(what people wrote, what is generated now)."""
    problem: str = ""
    done: str = ""
    heading: str = ""
    law: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def tabs(came: Visit) -> list[tuple[str, str, str]]:
    """(key, title, path) of those this guest may open."""
    may = came.house.decide
    return [(k, came.t(t), path) for k, t, path, a in TABS if may(came.actor, a, Resource("register")).allowed]


async def registers(came: Visit) -> Response:
    """GET /registres."""
    facts = await gather(came.house)
    lines = await registers_of(came.house).listing(came.actor, facts)
    named = {one.id: english.title(one.id) for one in lines} if came.language == "en" else {}
    return came.page("registers.html", tabs=tabs(came), lines=lines, named=named)


async def checks(came: Visit) -> Response:
    """GET /registres/controles: every measure, with its checks."""
    facts = await gather(came.house)
    results = await registers_of(came.house).checks(came.actor, facts)
    rows = [(one.refs, _proven(one.id, results, facts, came.language)) for one in measures().values()]
    order = {"failed": 0, "unknown": 1, "held": 2}
    rows.sort(key=lambda row: order[row[1].state])
    return came.page("register_checks.html", tabs=tabs(came), rows=rows, signals=SIGNALS)


async def due(came: Visit) -> Response:
    """GET /registres/echeances: what comes back, and when it is due."""
    facts = await gather(came.house)
    known = await registers_of(came.house).listing(came.actor, facts)
    found = agenda(facts, {one.id: one.last.at for one in known if one.last})
    open_to = {
        page
        for page, action in DUTY_PAGES.items()
        if came.house.decide(came.actor, action, Resource("house")).allowed
    }
    lines = [(one, DUE[one.state][0], _due_told(came, one), one.duty.page in open_to) for one in found]
    return came.page("agenda.html", tabs=tabs(came), lines=lines)


def _due_told(came: Visit, one: Due) -> str:
    key = DUE[one.state][1]
    return came.t(key, day=day(came.language, datetime.combine(one.by, time(12)))) if one.by else came.t(key)


async def calendar_file(came: Visit) -> Response:
    """GET /registres/echeances/agenda: the duties, for a calendar program."""
    now = came.house.clock.now().astimezone()
    headers = {"content-disposition": 'attachment; filename="demeure.ics"'}
    return Response(calendar(came.language, now.date(), now), media_type="text/calendar", headers=headers)


async def document(came: Visit) -> Response:
    """GET /registres/{document}."""
    return await _document(came)


async def _document(
    came: Visit, problem: DemeureError | None = None, section: str = "", given: str = ""
) -> Response:
    """``given``: the text to correct, of ``section``."""
    facts = await gather(came.house)
    sheet = await registers_of(came.house).sheet(came.actor, _name(came), facts)
    own = {one.key for one in sheet.document.sections}

    def mine(part: Part) -> bool:
        return part.section.key in own or (part.kept is not None and not sheet.view)

    may = came.house.decide(came.actor, Action.REGISTER_CHANGE, Resource("register")).allowed
    said = problem.sentence(came.language) if problem else ""
    query = came.request.query_params
    done, where = came.t(_DONE[query["fait"]]) if query.get("fait") in _DONE else "", query.get("partie", "")
    shown = [
        Shown(
            part=one,
            text=_html(one.text),
            given=given if one.section.key == section and problem else one.text,
            seen=seen_now(one),
            measures=tuple(_proven(name, sheet.results, facts, came.language) for name in one.section.measures),
            writable=may and mine(one),
            mine=mine(one),
            conflicts=tuple((_html(both.mine), _html(both.new)) for both in one.conflicts),
            problem=said if one.section.key == section else "",
            done=done if one.section.key == where else "",
            **(_english(one.section) if came.language == "en" else {"heading": one.section.title}),
        )
        for one in sheet.parts
    ]
    return came.page(
        "register.html",
        problem.http_status if problem else 200,
        sheet=sheet,
        named=english.title(sheet.document.id) if came.language == "en" else sheet.document.title,
        lead=english.lead(sheet.document.id) if came.language == "en" else "",
        parts=shown,
        may_sign=may,
        formats=FORMATS,
        signals=SIGNALS,
        names=await names_for(came.house, came.actor),
        problem="" if section else said,
        done="" if where in {one.section.key for one in sheet.parts} else done,
    )


async def write(came: Visit) -> Response:
    """POST /registres/{document}/{section}: fields text, seen."""
    fields, name, section = await came.form(), _name(came), str(came.request.path_params["section"])[:100]
    text, seen = text_field(fields, "text", _TEXT), text_field(fields, "seen", 64)
    facts = await gather(came.house)
    return await done_or_told(
        registers_of(came.house).write(came.actor, name, section, text, seen, facts),
        lambda _: f"{HERE}/{name}?fait=ecrit&partie={section}#{section}",
        lambda problem: _document(came, problem, section, text),
    )


async def sign(came: Visit) -> Response:
    """POST /registres/{document}/signer: field seen."""
    shown = text_field(await came.form(), "seen", 64)
    name, facts = _name(came), await gather(came.house)
    return await done_or_told(
        registers_of(came.house).sign(came.actor, name, facts, shown),
        lambda _: f"{HERE}/{name}?fait=signe#versions",
        lambda problem: _document(came, problem),
    )


async def file(came: Visit) -> Response:
    """GET /registres/{document}/fichier?format=…&version=…"""
    query = came.request.query_params
    number = query.get("version", "")
    wanted = int(number) if number.isdecimal() and len(number) < 9 else None
    return as_response(await file_of(came.house, came.actor, _name(came), query.get("format", "pdf"), wanted))


def _html(text: str) -> Markup:
    return render(text, Marks({}, ""))


def _proven(name: str, results: Mapping[str, Result], facts: Facts, language: str) -> Proven:
    one, state = measures()[name], measures()[name].state(results)
    if language == "en":
        rows = tuple((results[check].state, english.told(results, check, facts.now)) for check in one.checks)
        return Proven(english.measure(name), state, english.state(state), rows)
    rows = tuple((results[check].state, told(results, check, facts.now)) for check in one.checks)
    return Proven(one.fr, state, STATES[state], rows)


def _english(section: Section) -> dict[str, Any]:
    return {
        "heading": english.heading(section),
        "law": tuple(english.asked_by(section)),
        "questions": tuple(english.questions(section)),
    }


def _name(came: Visit) -> str:
    """A known document's, or what was asked (the room says that it is unknown)."""
    name = str(came.request.path_params["document"])[:60]
    return next((one for one in titles() if one == name), name)


_ONE = HERE + "/{document}"
WAYS = (
    Way("GET", HERE, registers, Action.REGISTER_READ, "refusal"),
    Way("GET", f"{HERE}/controles", checks, Action.REGISTER_READ, "refusal"),
    Way("GET", f"{HERE}/echeances", due, Action.REGISTER_READ, "refusal"),
    Way("GET", f"{HERE}/echeances/agenda", calendar_file, Action.REGISTER_READ, "refusal"),
    Way("GET", _ONE, document, Action.REGISTER_READ, "refusal"),
    Way("GET", f"{_ONE}/fichier", file, Action.REGISTER_READ, "export"),
    Way("POST", f"{_ONE}/signer", sign, Action.REGISTER_CHANGE, "administration", sensitive=True),
    Way("POST", f"{_ONE}/{{section}}", write, Action.REGISTER_CHANGE, "administration", body=_BODY),
)
