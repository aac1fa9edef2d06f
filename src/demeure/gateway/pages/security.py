"""Votre compte, sécurité: the second proof of who one is, its recovery codes; what administrators do about it."""

import hashlib
import io
from typing import Any

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.rights import kept
from demeure.gateway.problems import wait_header
from demeure.gateway.second_room import owes_second
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity.passkeys import text_of
from demeure.policy import Action

_HERE = "/compte/securite"
_DONE = {"retiree": "second.removed"}


async def security(came: Visit) -> Response:
    """GET /compte/securite."""
    return await _page(came)


async def _page(
    came: Visit, problem: DemeureError | None = None, *, codes: list[str] | None = None, added: bool = False
) -> Response:
    """``codes``: recovery codes, shown once."""
    room = kept(came).second
    done = _DONE.get(came.request.query_params.get("fait", ""))
    begun = await room.begun(came.actor)
    told = "second.added" if added else done
    page = came.page(
        "security.html",
        problem.http_status if problem else 200,
        protection=await room.of(came.actor),
        owes=owes_second(came.actor) and not added,
        required=room.required(came.actor),
        picture=picture(begun[0]) if begun else "",
        typed=begun[1] if begun else "",
        codes=codes or [],
        **await _passkey(came),
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(told) if told else "",
    )
    return wait_header(problem, page) if problem else page


async def _passkey(came: Visit) -> dict[str, Any]:
    """What the browser needs to make a passkey; ``challenge`` is empty when none was begun."""
    begun = await kept(came).second.begun_passkey(came.actor) if came.passkey_host else None
    person = hashlib.sha256(came.actor.id.encode()).digest()
    return {"host": came.passkey_host, "challenge": text_of(begun) if begun else "", "user": text_of(person)}


async def begin_passkey(came: Visit) -> Response:
    """POST /compte/securite/cle: a new passkey."""
    await kept(came).second.begin_passkey(came.actor)
    return RedirectResponse(_HERE, 303)


async def confirm_passkey(came: Visit) -> Response:
    """POST /compte/securite/cle/reponse: fields name, answer (the passkey's, JSON)."""
    fields = await came.form()
    name, answer = text_field(fields, "name", 200), text_field(fields, "answer", 20_000)
    try:
        room, place = kept(came).second, (came.origin, came.passkey_host)
        codes = await room.confirm_passkey(came.actor, came.session, name, answer, *place)
    except DemeureError as problem:
        if problem.http_status not in (403, 404):
            raise
        return await _page(came, problem)
    return await _page(came, codes=codes, added=True)


def picture(text: str) -> Markup:
    """A QR code drawn here, as a part of the page: nothing is asked of anybody to show it."""
    import segno

    target = io.BytesIO()
    code = segno.make(text, error="M", micro=False)
    code.save(target, kind="svg", xmldecl=False, svgns=False, border=4, omitsize=True, svgclass="code")
    return Markup(target.getvalue().decode())  # noqa: S704 - segno's own drawing: paths and numbers


async def begin(came: Visit) -> Response:
    """POST /compte/securite/application: a new authenticator."""
    await kept(came).second.begin(came.actor)
    return RedirectResponse(_HERE, 303)


async def confirm(came: Visit) -> Response:
    """POST /compte/securite/application/code: fields name, code."""
    fields = await came.form()
    name, code = text_field(fields, "name", 200), text_field(fields, "code", 200)
    try:
        codes = await kept(came).second.confirm(came.actor, came.session, name, code, came.address)
    except DemeureError as problem:
        if problem.http_status not in (403, 429):
            raise
        return await _page(came, problem)
    return await _page(came, codes=codes, added=True)


async def renew(came: Visit) -> Response:
    """POST /compte/securite/codes: ten new recovery codes."""
    return await _page(came, codes=await kept(came).second.renew_codes(came.actor))


async def remove(came: Visit) -> Response:
    """POST /compte/securite/{factor}/retirer."""
    await kept(came).second.remove(came.actor, came.request.path_params["factor"])
    return RedirectResponse(f"{_HERE}?fait=retiree", 303)


async def sessions(came: Visit) -> Response:
    """GET /administration/personnes/{person}/sessions."""
    return await _sessions(came)


async def _sessions(came: Visit, problem: DemeureError | None = None) -> Response:
    person = await came.house.directory.people(came.actor)
    named = next((one for one in person if one.id == _one(came)), None)
    if named is None:
        return RedirectResponse("/administration/personnes", 303)
    found = await kept(came).second.sessions(came.actor, named.id)
    protected = named.id in await kept(came).second.holders(came.actor)
    told = problem.sentence(came.language) if problem else ""
    status = problem.http_status if problem else 200
    return came.page(
        "person_sessions.html", status, person=named, sessions=found, protected=protected, problem=told
    )


async def end_sessions(came: Visit) -> Response:
    """POST /administration/personnes/{person}/sessions/fermer."""
    await kept(came).second.end_sessions(came.actor, _one(came))
    return RedirectResponse("/administration/personnes?fait=sessions", 303)


async def reset(came: Visit) -> Response:
    """POST /administration/personnes/{person}/preuve/retirer."""
    work = kept(came).second.reset(came.actor, _one(came))
    return await done_or_told(
        work, lambda _: "/administration/personnes?fait=preuve", lambda problem: _sessions(came, problem)
    )


def _one(came: Visit) -> str:
    return str(came.request.path_params["person"])


_PERSON = "/administration/personnes/{person}"
WAYS = (
    Way("GET", _HERE, security, Action.ACCOUNT_CHANGE, "refusal"),
    Way("POST", f"{_HERE}/application", begin, Action.ACCOUNT_CHANGE, "sign-in", sensitive=True),
    Way("POST", f"{_HERE}/application/code", confirm, Action.ACCOUNT_CHANGE, "sign-in"),
    Way("POST", f"{_HERE}/cle", begin_passkey, Action.ACCOUNT_CHANGE, "sign-in", sensitive=True),
    Way("POST", f"{_HERE}/cle/reponse", confirm_passkey, Action.ACCOUNT_CHANGE, "sign-in"),
    Way("POST", f"{_HERE}/codes", renew, Action.ACCOUNT_CHANGE, "sign-in", sensitive=True),
    Way("POST", f"{_HERE}/{{factor}}/retirer", remove, Action.ACCOUNT_CHANGE, "sign-in", sensitive=True),
    Way("GET", f"{_PERSON}/sessions", sessions, Action.PEOPLE_ADMINISTER, "refusal"),
    Way("POST", f"{_PERSON}/sessions/fermer", end_sessions, Action.PEOPLE_ADMINISTER, "administration"),
    Way(
        *("POST", f"{_PERSON}/preuve/retirer", reset, Action.PEOPLE_ADMINISTER, "administration"),
        sensitive=True,
    ),
)
