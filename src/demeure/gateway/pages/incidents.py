"""Incidents: the clock of 72 hours, the form of the authority, the scope that the journal gives; and exercises."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from starlette.responses import Response

from demeure.accountability import english
from demeure.accountability.incidents import form, missing, spaces_named
from demeure.errors import DemeureError
from demeure.gateway.incident_room import Asked
from demeure.gateway.incidents_desk import incident_data, incident_file, late_of
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.files import as_response
from demeure.gateway.pages.registers import tabs
from demeure.gateway.register_files import FORMATS, registers_of
from demeure.gateway.visit import Visit, path_number, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

HERE = "/registres/incidents"
_BODY = 256 << 10
_DONE = {
    "ouvert": "incidents.opened",
    "rempli": "incidents.filled",
    "notifie": "incidents.told",
    "clos": "incidents.over",
}


async def incidents(came: Visit) -> Response:
    """GET /registres/incidents."""
    return await _incidents(came)


async def _incidents(
    came: Visit, problem: DemeureError | None = None, given: dict[str, str] | None = None
) -> Response:
    """``given``: the form to correct."""
    known = await registers_of(came.house).incidents.all(came.actor)
    return came.page(
        "incidents.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        rows=[incident_data(came.house, one) for one in known],
        given=given or dict.fromkeys(("title", "known", "since", "until", "practice"), ""),
        problem=problem.sentence(came.language) if problem else "",
    )


async def open_(came: Visit) -> Response:
    """POST /registres/incidents: fields title, known, since, until, practice."""
    fields = await came.form()
    given = {name: text_field(fields, name, 300) for name in ("title", "known", "since", "until", "practice")}
    asked = Asked(given["title"], given["known"], given["since"], given["until"], given["practice"] == "oui")
    return await done_or_told(
        registers_of(came.house).incidents.open(came.actor, asked),
        lambda made: f"{HERE}/{made.number}?fait=ouvert",
        lambda problem: _incidents(came, problem, given),
    )


async def incident(came: Visit) -> Response:
    """GET /registres/incidents/{number}."""
    return await _incident(came)


async def _incident(
    came: Visit, problem: DemeureError | None = None, given: dict[str, str] | None = None
) -> Response:
    room = registers_of(came.house).incidents
    one = await room.one(came.actor, path_number(came))
    names = await asyncio.to_thread(room.kept.space_names)
    done = came.request.query_params.get("fait", "")
    return came.page(
        "incident.html",
        problem.http_status if problem else 200,
        one=incident_data(came.house, one),
        form=form(),
        named={one.id: english.field(one.id) for one in form()} if came.language == "en" else {},
        given=dict(one.fields) | (given or {}),
        theirs={
            name: one.fields.get(name, "")
            for name, text in (given or {}).items()
            if _lines(text) != _lines(one.fields.get(name, ""))
        },
        missing=[field.id for field in missing(one.fields, one.scope, names, late=late_of(came.house, one))],
        spaces=spaces_named(one.scope, names),
        formats=FORMATS,
        at=f"{HERE}/{one.number}",
        over=one.over,
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(_DONE[done]) if done in _DONE else "",
    )


async def fill(came: Visit) -> Response:
    """POST …/remplir: the fields of the form, seen."""
    fields = await came.form()
    shown = text_field(fields, "seen", 64)
    given = {one.id: text_field(fields, one.id, 8_000) for one in form() if one.id in fields}
    work = registers_of(came.house).incidents.fill(came.actor, path_number(came), given, shown)
    return await _then(came, work, "rempli", given)


async def tell(came: Visit) -> Response:
    """POST …/notifier: the authority was told."""
    await came.form()
    return await _then(came, registers_of(came.house).incidents.tell(came.actor, path_number(came)), "notifie")


async def close(came: Visit) -> Response:
    """POST …/clore: field why, when the authority is not told."""
    why = text_field(await came.form(), "why")
    return await _then(came, registers_of(came.house).incidents.close(came.actor, path_number(came), why), "clos")


async def file(came: Visit) -> Response:
    """GET …/fichier?format=…"""
    kind = came.request.query_params.get("format", "pdf")
    return as_response(await incident_file(came.house, came.actor, path_number(came), kind))


async def _then(came: Visit, work: Awaitable[Any], done: str, given: dict[str, str] | None = None) -> Response:
    at = f"{HERE}/{path_number(came)}"
    return await done_or_told(work, lambda _: f"{at}?fait={done}", lambda problem: _incident(came, problem, given))


def _lines(text: str) -> list[str]:
    """A browser ends lines otherwise."""
    return text.strip().splitlines()


_ONE = HERE + "/{number}"
WAYS = (
    Way("GET", HERE, incidents, Action.INCIDENT_KEEP, "refusal"),
    Way("POST", HERE, open_, Action.INCIDENT_KEEP, "administration"),
    Way("GET", _ONE, incident, Action.INCIDENT_KEEP, "refusal"),
    Way("GET", f"{_ONE}/fichier", file, Action.INCIDENT_KEEP, "export"),
    Way("POST", f"{_ONE}/remplir", fill, Action.INCIDENT_KEEP, "administration", body=_BODY),
    Way("POST", f"{_ONE}/notifier", tell, Action.INCIDENT_KEEP, "administration", sensitive=True),
    Way("POST", f"{_ONE}/clore", close, Action.INCIDENT_KEEP, "administration", sensitive=True),
)
