"""Prestataires: the register, the windows, and who came in. Its two pages are tabs of Droits."""

from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.responses import RedirectResponse, Response

from demeure.contractors import (
    MOST_MINUTES,
    REQUESTS,
    SCOPES,
    TYPED,
    Company,
    RecordingBroken,
    RecordingNotReported,
    Told,
    Window,
    cast,
    name_of,
)
from demeure.errors import DemeureError
from demeure.gateway.contractor_desk import FIELDS, contractors, requested_data
from demeure.gateway.errors import PageUnknown
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.documents import day_of
from demeure.gateway.pages.rights import tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action, Resource, of_machine

REGISTER, VISITS = "/prestataires", "/prestataires/visites"
_DONE = {
    "inscrit": "contractors.registered",
    "personne": "contractors.person_in",
    "ouverte": "contractors.opened",
    "proposee": "contractors.proposed",
    "abandonnee": "contractors.dropped",
    "prolongee": "contractors.extended",
    "fermee": "contractors.closed",
    "lu": "contractors.was_read",
}
WHY = {
    "time": "contractors.why_time",
    "clock": "contractors.why_clock",
    "person": "contractors.why_person",
    "account": "contractors.why_account",
    "restored": "contractors.why_restored",
    "contract": "contractors.why_contract",
}
"""Why a window closed → its words."""


async def register(came: Visit) -> Response:
    """GET /prestataires; ``?corriger=`` id of a company: the form holds its line."""
    wanted = came.request.query_params.get("corriger", "")
    if not wanted or not _may(came, Action.CONTRACTOR_KEEP):
        return await _register(came)
    company = await contractors(came.house).company(wanted[:64])
    given = {name: str(getattr(company, name)) for name in FIELDS}
    return await _register(came, given=given | {"company": company.id})


async def _register(
    came: Visit, problem: DemeureError | None = None, given: dict[str, str] | None = None
) -> Response:
    """``given``: the form to correct."""
    room, done = contractors(came.house), _DONE.get(came.request.query_params.get("fait", ""))
    companies, windows = await room.companies(came.actor), await room.windows(came.actor)
    today = came.house.clock.now().astimezone().date()
    asked = [requested_data(*one) for one in await room.requests(came.actor)]
    return came.page(
        "contractors.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        whose=_whose(came),
        companies=companies,
        bars={one.id: one.bars(today) for one in companies},
        waiting=[one for one in windows if one.state == "asked"],
        windows=[one for one in windows if one.state == "open"],
        requests=[{**one, "at": datetime.fromisoformat(one["at"])} for one in asked],
        asked_words={one: came.t(f"contractors.asked_{one}") for one in REQUESTS},
        left=lambda window: int(window.left(came.house.clock) // 60),
        scopes={name: words[came.language != "fr"] for name, words in SCOPES.items()},
        most=MOST_MINUTES,
        may_close=_may(came, Action.CONTRACTOR_CLOSE),
        may_keep=_may(came, Action.CONTRACTOR_KEEP),
        may_open=_may(came, Action.CONTRACTOR_OPEN),
        may_approve=_may(came, Action.CONTRACTOR_APPROVE),
        day_of=day_of,
        given={**dict.fromkeys((*FIELDS, "company", "person", "motive"), ""), "minutes": "120", **(given or {})},
        picked=(given or {}).get("scope", "").split(),
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(done) if done else "",
    )


def _whose(came: Visit) -> Callable[[str, str], str]:
    """Names somebody (their id, the name they had); whoever types on the machine itself has none."""
    return lambda actor, name: came.t("documents.by_machine") if of_machine(actor) else name


async def put(came: Visit) -> Response:
    """POST /prestataires: a line of the register (``may`` several times); ``company``: the one to change."""
    fields = await came.form()
    given = {name: text_field(fields, name, 2200) for name in FIELDS} | {"may": " ".join(came.every("may", 10))}
    company = text_field(fields, "company", 64)
    return await done_or_told(
        contractors(came.house).register(came.actor, Told(**given), company),
        lambda _: f"{REGISTER}?fait=inscrit",
        lambda problem: _register(came, problem, given | {"company": company}),
    )


async def person(came: Visit) -> Response:
    """POST /prestataires/personnes: fields company, login."""
    fields = await came.form()
    work = contractors(came.house).take_in(
        came.actor, text_field(fields, "company", 64), text_field(fields, "login", 200).strip().lower()
    )
    return await done_or_told(work, lambda _: f"{REGISTER}?fait=personne", lambda problem: _register(came, problem))


async def ask(came: Visit) -> Response:
    """POST /prestataires/fenetres: fields person, scope (several times), motive, minutes."""
    fields = await came.form()
    given = {name: text_field(fields, name, 60_000) for name in ("person", "motive", "minutes")}
    given["scope"] = " ".join(came.every("scope", 10))
    asked = contractors(came.house).ask(
        came.actor, given["person"], given["scope"], given["motive"], _minutes(given["minutes"])
    )
    return await done_or_told(
        asked,
        lambda window: f"{REGISTER}?fait={'ouverte' if window.state == 'open' else 'proposee'}",
        lambda problem: _register(came, problem, given),
    )


async def approve(came: Visit) -> Response:
    """POST /prestataires/fenetres/{number}/approuver."""
    work = contractors(came.house).approve(came.actor, _number(came))
    return await done_or_told(work, lambda _: f"{REGISTER}?fait=ouverte", lambda problem: _register(came, problem))


async def drop(came: Visit) -> Response:
    """POST /prestataires/fenetres/{number}/abandonner."""
    work = contractors(came.house).drop(came.actor, _number(came))
    return await done_or_told(
        work, lambda _: f"{REGISTER}?fait=abandonnee", lambda problem: _register(came, problem)
    )


async def extend(came: Visit) -> Response:
    """POST /prestataires/fenetres/{number}/prolonger: field minutes."""
    minutes = _minutes(text_field(await came.form(), "minutes", 10))
    work = contractors(came.house).extend(came.actor, _number(came), minutes)
    return await done_or_told(
        work, lambda _: f"{REGISTER}?fait=prolongee", lambda problem: _register(came, problem)
    )


async def close(came: Visit) -> Response:
    """POST /prestataires/fenetres/{number}/fermer: at once, from any page."""
    work = contractors(came.house).close(came.actor, _number(came))
    return await done_or_told(work, lambda _: f"{VISITS}?fait=fermee", lambda problem: _register(came, problem))


async def visits(came: Visit) -> Response:
    """GET /prestataires/visites: who came in, newest first."""
    done = _DONE.get(came.request.query_params.get("fait", ""))
    found = await contractors(came.house).windows(came.actor)
    return came.page(
        "visits.html",
        tabs=tabs(came),
        whose=_whose(came),
        windows=[one for one in found if one.opened_at is not None],
        scopes={name: words[came.language != "fr"] for name, words in SCOPES.items()},
        why=WHY,
        problem="",
        done=came.t(done) if done else "",
    )


async def visit(came: Visit) -> Response:
    """GET /prestataires/visites/{number}: what was typed and shown, the report; the report alone where the
    recording cannot be believed."""
    problem: DemeureError | None = None
    try:
        window, frames = await contractors(came.house).replay(came.actor, _number(came))
    except (RecordingBroken, RecordingNotReported) as found:
        window, frames, problem = await contractors(came.house).reported(came.actor, _number(came)), [], found
    company = await contractors(came.house).company(window.company)
    return came.page(
        "visit.html",
        problem.http_status if problem else 200,
        problem=problem.sentence(came.language) if problem else "",
        window=window,
        whose=_whose(came),
        company=company,
        frames=frames,
        hours={one.number: _hour(window, one.at) for one in frames},
        typed=sum(frame.kind == TYPED for frame in frames),
        scopes={name: words[came.language != "fr"] for name, words in SCOPES.items()},
        why=WHY,
    )


def _hour(window: Window, at: float) -> str:
    """Of a line that was typed ``at`` seconds after the window opened, local time."""
    moment = (window.opened_at or window.asked_at) + timedelta(seconds=at)
    return moment.astimezone().strftime("%H:%M:%S")


async def recording(came: Visit) -> Response:
    """GET /prestataires/visites/{number}/enregistrement: the asciicast file."""
    window, frames = await contractors(came.house).replay(came.actor, _number(came))
    return _file(cast(window, frames), name_of(window), "application/x-asciicast")


async def report(came: Visit) -> Response:
    """GET /prestataires/visites/{number}/rapport: the signed statement."""
    window = await _reported(came)
    return _file(window.report.encode(), f"rapport-{window.number}.json", "application/json")


async def signature(came: Visit) -> Response:
    """GET /prestataires/visites/{number}/signature: of the report, as ssh-keygen -Y verify reads it."""
    window = await _reported(came)
    return _file(window.signature.encode(), f"rapport-{window.number}.json.sig", "application/octet-stream")


async def read(came: Visit) -> Response:
    """POST /prestataires/visites/{number}/lu: the report was taken for the organisation."""
    await contractors(came.house).read(came.actor, _number(came))
    return RedirectResponse(f"{VISITS}?fait=lu", 303)


async def _reported(came: Visit) -> Window:
    window = await contractors(came.house).reported(came.actor, _number(came))
    if not window.signature:
        raise PageUnknown()
    return window


def _file(data: bytes, name: str, kind: str) -> Response:
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _may(came: Visit, action: Action) -> bool:
    return came.house.decide(came.actor, action, Resource("house")).allowed


def _minutes(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _number(came: Visit) -> int:
    found = came.request.path_params["number"]
    if not (found.isascii() and found.isdecimal()) or len(found) > 9:
        raise PageUnknown()
    return int(found)


async def listed(came: Visit) -> Response:
    """GET /api/contractors: the register, as the register of processors (article 28) lists it."""
    found = await contractors(came.house).companies(came.actor)
    return came.json({"companies": [_told(one) for one in found]})


def _told(company: Company) -> dict[str, object]:
    names = (*FIELDS, "id", "at")
    people = [{"name": one.name, "open": one.open} for one in company.people]
    return {name: getattr(company, name) for name in names} | {"people": people}


_WINDOW, _VISIT = f"{REGISTER}/fenetres/{{number}}", f"{VISITS}/{{number}}"
_ACT = "administration"
WAYS = (
    Way("GET", REGISTER, register, Action.CONTRACTOR_SEE, "refusal"),
    Way("POST", REGISTER, put, Action.CONTRACTOR_KEEP, _ACT),
    Way("POST", f"{REGISTER}/personnes", person, Action.CONTRACTOR_KEEP, _ACT),
    Way("POST", f"{REGISTER}/fenetres", ask, Action.CONTRACTOR_OPEN, _ACT, sensitive=True),
    Way("POST", f"{_WINDOW}/approuver", approve, Action.CONTRACTOR_APPROVE, _ACT, sensitive=True),
    Way("POST", f"{_WINDOW}/abandonner", drop, Action.CONTRACTOR_CLOSE, _ACT),
    Way("POST", f"{_WINDOW}/prolonger", extend, Action.CONTRACTOR_OPEN, _ACT, sensitive=True),
    Way("POST", f"{_WINDOW}/fermer", close, Action.CONTRACTOR_CLOSE, _ACT),
    Way("GET", VISITS, visits, Action.CONTRACTOR_SEE, "refusal"),
    Way("GET", _VISIT, visit, Action.CONTRACTOR_SEE, "look"),
    Way("GET", f"{_VISIT}/enregistrement", recording, Action.CONTRACTOR_SEE, "look"),
    Way("GET", f"{_VISIT}/rapport", report, Action.CONTRACTOR_SEE, "look"),
    Way("GET", f"{_VISIT}/signature", signature, Action.CONTRACTOR_SEE, "look"),
    Way("POST", f"{_VISIT}/lu", read, Action.CONTRACTOR_SEE, _ACT),
)
API = (
    Way("GET", "/api/contractors", listed, Action.CONTRACTOR_SEE, "refusal", summary="The register of contractors"),
)
