"""Droits: who may what, readings on a legal ground. Its tabs as a list that others lengthen."""

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.errors import PageUnknown
from demeure.gateway.pages.administration import ROLE_WORDS, SubPage, done_or_told, leafed
from demeure.gateway.rights_room import Sheet
from demeure.gateway.safeguards import Safeguards
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import MOST_HOURS, RightsLine
from demeure.policy import Action, Resource

SHEET, READINGS = "/droits", "/droits/lectures"
TABS = (
    SubPage("sheet", SHEET, Action.RIGHTS_READ),
    SubPage("readings", READINGS, Action.LEGAL_SEE),
    SubPage("contractors", "/prestataires", Action.CONTRACTOR_SEE),
    SubPage("visits", "/prestataires/visites", Action.CONTRACTOR_SEE),
    SubPage("charter", "/droits/charte", Action.CHARTER_CHANGE),
)
"""In the order of their tabs. A new one is one line here, and its ways in its own file."""
_TITLES = {"sheet": "rights.sheet", "readings": "rights.readings", "charter": "charter.title"}
_TITLES |= {"contractors": "contractors.title", "visits": "contractors.visits"}
_RIGHTS = {"read": "rights.read", "contribute": "rights.contribute", "manage": "rights.manage"}
_DONE = {
    "demandee": "rights.asked",
    "accordee": "rights.granted",
    "refusee": "rights.refused",
    "finie": "rights.ended",
    "signee": "rights.signed",
}
_MOST = 100


def tabs(came: Visit) -> list[tuple[str, str, str]]:
    """(key, title, path) of the sub-pages this guest may open."""
    allowed = (page for page in TABS if came.house.decide(came.actor, page.action, Resource("house")).allowed)
    return [(page.key, came.t(_TITLES[page.key]), page.path) for page in allowed]


def kept(came: Visit) -> Safeguards:
    """The rooms of this page. Raises PageUnknown where the house has none (tests)."""
    if came.house.safeguards is None:
        raise PageUnknown()
    return came.house.safeguards


async def sheet(came: Visit) -> Response:
    """GET /droits."""
    return await _sheet(came)


async def _sheet(came: Visit, problem: DemeureError | None = None, note: str = "") -> Response:
    """``note``: the form to correct."""
    shown = await kept(came).rights.sheet(came.actor)
    done = _DONE.get(came.request.query_params.get("fait", ""))
    roles = {role: came.t(key) for role, key in ROLE_WORDS.items()}

    def words(line: RightsLine) -> str:
        open_to = (word for one in line.given for word in (one.name, one.by))
        return " ".join((line.name, line.login, roles[line.role], *line.groups, *open_to))

    lines, leaf = leafed(came, shown.lines, words, SHEET)
    return came.page(
        "rights.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        lines=lines,
        leaf=leaf,
        digest=shown.digest,
        reviews=shown.reviews,
        standing_review=shown.standing,
        may_sign=came.house.decide(came.actor, Action.RIGHTS_REVIEW, Resource("house")).allowed,
        note=note,
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(done) if done else "",
        roles=roles,
        rights={right: came.t(key) for right, key in _RIGHTS.items()},
    )


async def sign(came: Visit) -> Response:
    """POST /droits/revue: fields digest, note."""
    fields = await came.form()
    digest, note = text_field(fields, "digest", 100), text_field(fields, "note", 1000)
    return await done_or_told(
        kept(came).rights.sign(came.actor, digest, note),
        lambda _: f"{SHEET}?fait=signee",
        lambda problem: _sheet(came, problem, note),
    )


async def readings(came: Visit) -> Response:
    """GET /droits/lectures."""
    return await _readings(came)


async def _readings(
    came: Visit, problem: DemeureError | None = None, given: dict[str, str] | None = None
) -> Response:
    """``given``: the form to correct."""
    room, done = kept(came).legal, _DONE.get(came.request.query_params.get("fait", ""))
    people, spaces = await room.scopes(came.actor)
    return came.page(
        "readings.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        readings=await room.readings(came.actor),
        people=people,
        spaces=spaces,
        may_ask=bool(people or spaces),
        may_grant=came.house.decide(came.actor, Action.LEGAL_GRANT, Resource("house")).allowed,
        most=MOST_HOURS,
        given=given or {"about": "", "ground": "", "motive": "", "hours": "24"},
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(done) if done else "",
    )


async def ask(came: Visit) -> Response:
    """POST /droits/lectures: fields about (``person:ID`` or ``space:ID``), ground, motive, hours."""
    fields = await came.form()
    given = {name: text_field(fields, name, 2200) for name in ("about", "ground", "motive", "hours")}
    kind, _, object_ = given["about"].partition(":")
    hours = int(given["hours"]) if given["hours"].isdecimal() and len(given["hours"]) < 4 else 0
    room = kept(came).legal
    return await done_or_told(
        room.ask(came.actor, kind, object_, given["ground"], given["motive"], hours),
        lambda _: f"{READINGS}?fait=demandee",
        lambda problem: _readings(came, problem, given),
    )


async def grant(came: Visit) -> Response:
    """POST /droits/lectures/{number}/accorder."""
    return await _decide(came, grant=True, done="accordee")


async def refuse(came: Visit) -> Response:
    """POST /droits/lectures/{number}/refuser: field why."""
    return await _decide(came, grant=False, done="refusee")


async def _decide(came: Visit, *, grant: bool, done: str) -> Response:
    why = text_field(await came.form(), "why", 1000)
    work = kept(came).legal.decide(came.actor, _number(came), grant=grant, why=why)
    return await done_or_told(work, lambda _: f"{READINGS}?fait={done}", lambda problem: _readings(came, problem))


async def end(came: Visit) -> Response:
    """POST /droits/lectures/{number}/finir."""
    work = kept(came).legal.end(came.actor, _number(came))
    return await done_or_told(work, lambda _: f"{READINGS}?fait=finie", lambda problem: _readings(came, problem))


async def reading(came: Visit) -> Response:
    """GET /droits/lectures/{number}: the conversations that it opens."""
    found, person = await kept(came).legal.reader(came.actor, _number(came))
    past = await came.house.memory.recent(person.actor, _MOST)
    return came.page("reading.html", reading=found, person=person, past=past, exchanges=(), title="")


async def read(came: Visit) -> Response:
    """GET /droits/lectures/{number}/{conversation}: what was asked and answered there."""
    which = came.request.path_params["conversation"]
    found, person = await kept(came).legal.reader(came.actor, _number(came), which)
    about = await came.house.memory.about(person.actor, which)
    exchanges = await came.house.memory.conversation(person.actor, which)
    return came.page("reading.html", reading=found, person=person, past=(), exchanges=exchanges, title=about.title)


def _number(came: Visit) -> int:
    found = came.request.path_params["number"]
    if not found.isdecimal() or len(found) > 9:
        raise PageUnknown()
    return int(found)


async def rights_api(came: Visit) -> Response:
    """GET /api/rights: the sheet."""
    return came.json(sheet_data(await kept(came).rights.sheet(came.actor)))


async def readings_api(came: Visit) -> Response:
    """GET /api/rights/readings."""
    found = await kept(came).legal.readings(came.actor)
    return came.json({"readings": [told(one) for one in found]})


def sheet_data(sheet: Sheet) -> dict[str, object]:
    """The sheet and its reviews as JSON."""
    due = sheet.standing.due
    return {
        "people": [{**vars(one), "given": [vars(given) for given in one.given]} for one in sheet.lines],
        "digest": sheet.digest,
        "reviews": [told(one) for one in sheet.reviews],
        "due": due.isoformat() if due else None,
        "late": sheet.standing.late,
    }


def told(one: object) -> dict[str, object]:
    """A reading as JSON: times as text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in vars(one).items()}


_ONE = f"{READINGS}/{{number}}"
WAYS = (
    Way("GET", SHEET, sheet, Action.RIGHTS_READ, "refusal"),
    Way("POST", "/droits/revue", sign, Action.RIGHTS_REVIEW, "administration", sensitive=True),
    Way("GET", READINGS, readings, Action.LEGAL_SEE, "refusal"),
    Way("POST", READINGS, ask, Action.LEGAL_ASK, "administration", sensitive=True),
    Way("POST", f"{_ONE}/accorder", grant, Action.LEGAL_GRANT, "administration", sensitive=True),
    Way("POST", f"{_ONE}/refuser", refuse, Action.LEGAL_GRANT, "administration"),
    Way("POST", f"{_ONE}/finir", end, Action.LEGAL_SEE, "administration"),
    Way("GET", _ONE, reading, Action.LEGAL_READ, "look", decided_by="identity"),
    Way("GET", f"{_ONE}/{{conversation}}", read, Action.LEGAL_READ, "look", decided_by="identity"),
)
API = (
    Way("GET", "/api/rights", rights_api, Action.RIGHTS_READ, "refusal", summary="Who may what: people, spaces"),
    Way(
        *("GET", "/api/rights/readings", readings_api, Action.LEGAL_SEE, "refusal"),
        summary="Readings on a legal ground",
    ),
)
