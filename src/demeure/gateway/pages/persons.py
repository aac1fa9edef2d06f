"""Données des personnes: where somebody appears, the requests of people about their data, the time to answer."""

import json
import re
from collections.abc import Awaitable
from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.errors import ErasureUnconfirmed, NoReceipt
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.erasure import SURE
from demeure.gateway.pages.files import as_response
from demeure.gateway.person_letters import letter_file
from demeure.gateway.persons_told import asked_data, report_data, sheet_data, totals_said
from demeure.gateway.register_files import FORMATS
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.persons import CHOICES, GROUNDS, Asked, number_of, offered
from demeure.policy import Action, Resource
from demeure.store.person_tables import REQUEST_KINDS

HERE = "/personnes"
_DONE = ("ouverte", "cherche", "decide", "prolongee", "refusee", "efface", "fini", "garde", "tout-garde", "close")
_BODY = 256 << 10
_FINDING = re.compile("f[0-9]{1,9}")
_SAID_IN_THE_EXPORT = (
    *("persons.file_name", "persons.readme_name", "persons.readme", "persons.where_document"),
    *("persons.readme_portability", "persons.role_user", "persons.role_assistant"),
)
"""Beside those of kinds and places: sentences that the room of exports asks for."""


async def persons(came: Visit) -> Response:
    """GET /personnes: the search, and the requests."""
    return await _persons(came)


async def _persons(
    came: Visit, problem: DemeureError | None = None, given: dict[str, str] | None = None, report: Any = None
) -> Response:
    """``given``: the form to correct, or that was answered."""
    may = came.house.decide(came.actor, Action.PERSON_ANSWER, Resource("person")).allowed
    known = await came.house.persons.requests.requests(came.actor) if may else []
    return came.page(
        "persons.html",
        problem.http_status if problem else 200,
        given=given or {"who": "", "why": "", "kind": "access", "note": "", "received_on": "", "practice": ""},
        report=report,
        requests=[asked_data(came.house, came.language, one) for one in known],
        kinds=[(kind, came.t(f"persons.request_{kind}")) for kind in REQUEST_KINDS],
        today=came.house.persons.files.today().isoformat(),
        problem=problem.sentence(came.language) if problem else "",
    )


async def find(came: Visit) -> Response:
    """POST /personnes: fields who (one clue a line), why. Nothing of it is in an address."""
    fields = await came.form()
    given = _given(fields)
    try:
        found = await came.house.persons.finder.find(came.actor, _clues(given["who"]), given["why"])
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return await _persons(came, problem, given)
    report = await report_data(came.house, came.actor, came.language, found)
    return await _persons(came, given=given | {"note": ""}, report=report)


async def open_(came: Visit) -> Response:
    """POST /personnes/demandes: fields kind, who, note, received_on, practice."""
    given = _given(await came.form())
    told = came.house.persons.requests.open(
        came.actor,
        given["kind"],
        _clues(given["who"]),
        given["note"],
        given["received_on"],
        practice=given["practice"] == "oui",
    )
    return await done_or_told(
        told,
        lambda made: f"{HERE}/demandes/{made.number}?fait=ouverte",
        lambda problem: _persons(came, problem, given),
    )


async def request(came: Visit) -> Response:
    """GET /personnes/demandes/{number}."""
    return await _request(came)


async def _request(came: Visit, problem: DemeureError | None = None) -> Response:
    number = _number(came)
    one, found = await came.house.persons.requests.request(came.actor, number)
    decide, done = came.house.decide, came.request.query_params.get("fait", "")
    return came.page(
        "person_request.html",
        problem.http_status if problem else 200,
        one=await sheet_data(came.house, came.actor, came.language, one, found),
        at=f"{HERE}/demandes/{number}",
        over=one.over,
        choices=[(choice, came.t(f"persons.choice_{choice}")) for choice in CHOICES],
        ground=_ground(came, one),
        totals=totals_said(came.house, came.language, one),
        grounds=[(ground, came.t(f"persons.ground_{ground}")) for ground in GROUNDS],
        exports=decide(came.actor, Action.PERSON_EXPORT, Resource("person")).allowed,
        erases=decide(came.actor, Action.PERSON_ERASE, Resource("person")).allowed,
        letters=[(name, came.t(f"persons.letter_{name}")) for name in offered(one)],
        formats=FORMATS,
        keeps=bool(found) and all(f.kept for f in found),
        sure=SURE,
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(f"persons.done_{done}") if done in _DONE else "",
    )


async def search(came: Visit) -> Response:
    """POST …/chercher: look through everything, again or for the first time."""
    await came.form()
    return await _then(came, came.house.persons.requests.search(came.actor, _number(came)), "cherche")


async def choose(came: Visit) -> Response:
    """POST …/decider: fields f<id> → erase, tell, keep; ``all``: the same for those not decided."""
    fields = await came.form()
    number, everything = _number(came), text_field(fields, "all", 8)
    choices = {number_of(name[1:]): text_field(fields, name, 8) for name in fields if _FINDING.fullmatch(name)}
    _, found = await came.house.persons.requests.request(came.actor, number)
    if everything:
        choices |= {f.id: everything for f in found if not choices.get(f.id)}
    kept = {finding: choice for finding, choice in choices.items() if choice}
    return await _then(came, came.house.persons.requests.choose(came.actor, number, kept), "decide")


async def extend(came: Visit) -> Response:
    """POST …/prolonger: field why."""
    why = text_field(await came.form(), "why")
    return await _then(came, came.house.persons.requests.extend(came.actor, _number(came), why), "prolongee")


async def refuse(came: Visit) -> Response:
    """POST …/refuser: fields ground, why."""
    fields = await came.form()
    ground, why = text_field(fields, "ground", 32), text_field(fields, "why")
    return await _then(came, came.house.persons.requests.refuse(came.actor, _number(came), ground, why), "refusee")


async def erase(came: Visit) -> Response:
    """POST …/effacer: fields sure; ground and why, where everything is kept. Raises ErasureUnconfirmed."""
    fields = await came.form()
    if text_field(fields, "sure", 8) != SURE:
        return await _request(came, ErasureUnconfirmed())
    number, ground, why = _number(came), text_field(fields, "ground", 32), text_field(fields, "why")
    work = came.house.persons.erasing.erase(came.actor, number, ground, why)
    return await done_or_told(
        work,
        lambda made: f"{HERE}/demandes/{number}?fait={_erased(made)}",
        lambda problem: _request(came, problem),
    )


def _erased(one: Asked) -> str:
    """What an erasure did: of _DONE."""
    counts = (one.ended or {}).get("counts", {})
    if one.state == "refused":
        return "tout-garde"
    if not one.over:
        return "efface"
    return "garde" if counts.get("kept") else "fini" if counts else "close"


async def close(came: Visit) -> Response:
    """POST …/clore: the person was answered."""
    await came.form()
    return await _then(came, came.house.persons.requests.close(came.actor, _number(came)), "close")


async def export(came: Visit) -> Response:
    """POST …/export: the zip made for the person."""
    await came.form()

    def say(key: str, **values: Any) -> str:
        return came.house.rendering.say(came.language, key, **values)

    try:
        made = await came.house.persons.exporting.export(came.actor, _number(came), came.language, say)
    except DemeureError as problem:
        if problem.http_status not in (400, 409, 413):
            raise
        return await _request(came, problem)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.data, media_type="application/zip", headers=headers)


async def receipt(came: Visit) -> Response:
    """GET …/recu: the receipt of the erasure, for ``demeure verify``. Raises RequestUnknown, NoReceipt."""
    number = _number(came)
    one, _ = await came.house.persons.requests.request(came.actor, number)
    entries = (one.ended or {}).get("entries", [])
    if len(entries) != 2:
        raise NoReceipt(number=number)
    made = await came.house.records.certified(came.actor, *entries)
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="demande-{number}-effacement.json"'}
    return Response(text, media_type="application/json", headers=headers)


async def letter(came: Visit) -> Response:
    """GET …/courrier?lettre=received&format=odt: a letter to the person, to be completed."""
    asked = came.request.query_params
    name, kind = asked.get("lettre", "received"), asked.get("format", "odt")
    return as_response(await letter_file(came.house, came.actor, _number(came), name, kind))


async def to_look_at(came: Visit) -> Response:
    """GET /personnes/signalements: documents of one's own spaces in which somebody asked to be erased."""
    return came.page("persons_told.html", rows=await came.house.persons.to_look_at(came.actor))


def _number(came: Visit) -> int:
    return number_of(str(came.request.path_params["number"]))


def _ground(came: Visit, one: Asked) -> str:
    """Why it was refused; empty when it was not."""
    ground = (one.ended or {}).get("ground")
    return came.t(f"persons.ground_{ground}") if ground else ""


def _given(fields: dict[str, str]) -> dict[str, str]:
    names = ("who", "why", "kind", "note", "received_on", "practice")
    return {name: text_field(fields, name).strip() for name in names}


def _clues(who: str) -> list[str]:
    """One a line, or between semicolons."""
    return [line for line in who.replace(";", "\n").splitlines() if line.strip()]


async def _then(came: Visit, work: Awaitable[Any], done: str) -> Response:
    at = f"{HERE}/demandes/{_number(came)}"
    return await done_or_told(work, lambda _: f"{at}?fait={done}", lambda problem: _request(came, problem))


_ONE = HERE + "/demandes/{number}"
WAYS = (
    Way("GET", HERE, persons, Action.PERSON_FIND, "refusal"),
    Way("POST", HERE, find, Action.PERSON_FIND, "record"),
    Way("POST", f"{HERE}/demandes", open_, Action.PERSON_ANSWER, "administration"),
    Way("GET", _ONE, request, Action.PERSON_ANSWER, "refusal"),
    Way("POST", f"{_ONE}/chercher", search, Action.PERSON_FIND, "record"),
    Way("POST", f"{_ONE}/decider", choose, Action.PERSON_ANSWER, "administration", body=_BODY),
    Way("POST", f"{_ONE}/prolonger", extend, Action.PERSON_ANSWER, "administration"),
    Way("POST", f"{_ONE}/refuser", refuse, Action.PERSON_ANSWER, "administration"),
    Way("POST", f"{_ONE}/effacer", erase, Action.PERSON_ERASE, "administration", sensitive=True),
    Way("POST", f"{_ONE}/clore", close, Action.PERSON_ANSWER, "administration"),
    Way("POST", f"{_ONE}/export", export, Action.PERSON_EXPORT, "export", sensitive=True),
    Way("GET", f"{_ONE}/recu", receipt, Action.PERSON_ERASE, "record"),
    Way("GET", f"{_ONE}/courrier", letter, Action.PERSON_ANSWER, "export"),
    Way("GET", f"{HERE}/signalements", to_look_at, Action.PAGE_VIEW, "refusal"),
)
