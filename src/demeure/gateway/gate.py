"""The gate every visit passes, in this order: who asks, from one of our pages?, does the journal write?, may they?

Only then does the way's own handler run.
"""

import hmac
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from demeure.errors import DemeureError
from demeure.gateway import beforehand
from demeure.gateway.errors import ConfirmFirst, ForeignRequest, NotSignedIn
from demeure.gateway.house import House
from demeure.gateway.problems import answer, wait_header
from demeure.gateway.visit import Visit, recognise, text_field, visit
from demeure.gateway.way import Way
from demeure.journal import Draft
from demeure.policy import (
    CHARTER,
    PUBLIC_PAGE,
    SECOND_FACTOR,
    VISITOR,
    WINDOW,
    Action,
    Actor,
    Decision,
    Denied,
    Resource,
    Role,
)

_TOKEN_HEADER = "x-demeure-token"  # noqa: S105 - the name of a header
_OWN = ("same-origin", "none")


async def serve(house: House, way: Way, request: Request) -> Response:
    """The whole life of one request; an expected error becomes its page here."""
    came = visit(house, request)
    try:
        if way.changes:
            _from_our_pages(came)
        if not way.without_journal:
            came.journal_state = await house.pulse.journal()
        await recognise(came)
        await _refreshed(came, way)
        if (step := _first(came, way)) is not None:
            return step
        await _allowed(came, way)
        if (asking := await _proven(came, way)) is not None:
            return asking
        if came.guest is not None and came.guest.key:
            await _counted(came.house, came.guest, way)
        return await way.handler(came)
    except DemeureError as problem:
        if not came.session and came.guest is None:  # refused before anyone was looked at
            await recognise(came, forgiving=True)
        return await way.told(came, problem) if way.told else answer(came, problem)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it


async def _counted(house: House, program: Actor, way: Way) -> None:
    """A program's request counts in the quota of its key; to look (what may be named, how a draft goes) does not,
    within a limit of its own. Raises KeyTooFast, KeyQuotaSpent."""
    if way.changes or way.event == "request":
        await house.applications.used(program, f"{way.method} {way.path}")
    else:
        house.applications.looked(program)


async def _refreshed(came: Visit, way: Way) -> None:
    """What every page tells of the house is of the last minute."""
    if came.house.safeguards is not None and came.guest is not None and not way.without_journal:
        await came.house.safeguards.rights.refresh()


async def _proven(came: Visit, way: Way) -> Response | None:
    """The form is ours, and a sensitive act is its holder's; a page to fill in when that is not known yet."""
    keyed = came.guest is not None and came.guest.keyed
    if way.changes and way.resource != PUBLIC_PAGE and not keyed:  # at the door nobody has a token yet
        await _with_token(came)
    return await _shown_again(came) if way.sensitive and not keyed else None


def _from_our_pages(came: Visit) -> None:
    """A browser says where a request comes from; another site's is refused before anything else is read.

    Under our ``no-referrer`` a browser sends ``Origin: null`` with our own plain forms: then its ``Sec-Fetch-Site``
    speaks, and without either the request is refused."""
    headers = came.request.headers
    site = headers.get("sec-fetch-site")
    if site is not None and site not in _OWN:
        raise ForeignRequest(detail="Sec-Fetch-Site")
    origin = headers.get("origin")
    if origin == "null" and site == "same-origin":
        return
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise ForeignRequest(detail="Origin")


async def _allowed(came: Visit, way: Way) -> None:
    """Policy decides every way, for visitors too; a refusal is written before it is told."""
    if came.guest is None and way.resource != PUBLIC_PAGE:
        raise NotSignedIn()
    action = way.action if way.decided_by == "gate" else Action.PAGE_VIEW
    actor = came.guest or VISITOR
    described = way.resource == PUBLIC_PAGE and way.without_journal  # what the house is, open to all
    if actor.keyed and not described:  # its scopes say which ways it takes; the rooms decide as for its owner
        asked = Resource("way", name=way.path, marks=way.scopes)
        decision = came.house.decide(actor, Action.KEY_USE, asked)
    else:
        decision = came.house.decide(actor, action, Resource(way.resource, owner=actor.id))
    if decision.allowed and way.changes and way.decided_by != "gate":
        parts = came.request.path_params
        early = await beforehand.refusal(came.house, actor, way.action, way.resource, parts)
        decision = early or decision
    if not decision.allowed:
        await refused(came, f"{way.method} {way.path}", decision)


def _first(came: Visit, way: Way) -> Response | None:
    """Who owes something first is shown where; policy refuses them the rest."""
    owes = came.guest.owes if came.guest else frozenset()
    if came.guest is not None and not owes and Role.CONTRACTOR in came.guest.roles and way.path == "/":
        return RedirectResponse("/console", 303)  # their only page
    free = way.resource == PUBLIC_PAGE or way.action in (Action.SIGN_IN, Action.ACCOUNT_CHANGE)
    if not owes or free or way.method != "GET" or came.wants_json:
        return None
    return RedirectResponse(_STEPS[min(owes, key=list(_STEPS).index)], 303)


_STEPS = {SECOND_FACTOR: "/compte/securite", CHARTER: "/charte", WINDOW: "/console/attente"}
"""What is owed → where it is given, in the order in which it is asked."""


async def _shown_again(came: Visit) -> Response | None:
    """A sensitive act: the holder of the session shows who they are, unless they just did. None: go on."""
    if await came.house.reception.confirmed(came.session):
        return None
    if came.wants_json or came.request.headers.get("content-type", "").startswith("multipart/"):
        raise ConfirmFirst()
    problem: DemeureError | None = None
    if shown := text_field(came.values, SHOWN, 400):
        try:
            await came.house.reception.confirm(came.actor, came.session, shown, came.address)
            return None
        except DemeureError as refusal:
            if refusal.http_status not in (403, 429):
                raise
            problem = refusal
    kept = [(name, value) for name, value in came.fields if name not in (SHOWN, "token")]
    code = await came.house.reception.asks_code(came.actor)
    sentence = problem.sentence(came.language) if problem else ""
    page = came.page(
        "confirm.html",
        problem.http_status if problem else 403,
        kept=kept,
        code=code,
        ways=await came.house.providers.ways_of(came.actor) if came.house.providers is not None else [],
        back=_page_of(came),
        problem=sentence,
        field=SHOWN,
        at=came.request.url.path,
    )
    return wait_header(problem, page) if problem else page


def _page_of(came: Visit) -> str:
    """The page whose form asks, or the nearest above it: browsers name none to us (``no-referrer``)."""
    parts = came.request.url.path.strip("/").split("/")
    for count in range(len(parts), 0, -1):
        path = "/" + "/".join(parts[:count])
        asked = {**came.request.scope, "path": path, "method": "GET"}
        if any(route.matches(asked)[0] is Match.FULL for route in came.request.app.routes):
            return path
    return "/"


SHOWN = "montre"
"""The field of a form in which the holder of a session shows who they are."""


async def refused(came: Visit, what: str, decision: Decision) -> NoReturn:
    """Write a refusal, then raise it."""
    actor = came.guest or VISITOR
    draft = Draft(
        kind="filter",
        name="way-refused",
        chain=uuid4().hex,
        actor=actor.id,
        object=what,
        decision=decision.rule,
    )
    await came.house.journal.record(draft)
    raise Denied(rule=decision.rule, why_fr=decision.sentence("fr"), why_en=decision.sentence("en"))


async def _with_token(came: Visit) -> None:
    """The token travels in a header, or as the first field of a form (a file form is read by its own handler, which
    checks it before the first byte of the file)."""
    kind = came.request.headers.get("content-type", "").split(";")[0].strip().lower()
    given = came.request.headers.get(_TOKEN_HEADER, "")
    if not given and kind == "application/x-www-form-urlencoded":
        given = (await came.form()).get("token", "")
    elif not given and kind == "multipart/form-data" and not came.wants_json:
        return
    check_token(came, given)


def check_token(came: Visit, given: str) -> None:
    """Raises ForeignRequest when ``given`` is not this session's token."""
    if not hmac.compare_digest(given.encode(), came.token.encode()):
        raise ForeignRequest(detail="token")
