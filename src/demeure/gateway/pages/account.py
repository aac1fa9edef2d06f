"""Votre compte: name, password, open sessions, language and appearance."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.errors import PageUnknown
from demeure.gateway.locale import moment
from demeure.gateway.pages.administration import ROLE_WORDS, powers_said
from demeure.gateway.problems import wait_header
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import LEAST_SIGNS, GivenLink
from demeure.policy import Action, Resource

_DONE = {
    "nom": "account.renamed",
    "mot-de-passe": "account.password_changed",
    "session": "account.session_closed",
    "sessions": "account.others_closed",
    "lien": "account.link_used",
    "cle": "keys.revoked",
}
"""``?fait=…`` → the sentence that says what was just done."""
_NEW_PASSWORD = ("account.password_changed", "account.link_used")
"""Keys of programs go on after these: their owner is told."""


async def account(came: Visit) -> Response:
    """GET /compte."""
    return await page_of(came)


async def page_of(
    came: Visit, problem: DemeureError | None = None, form: str = "", given: dict[str, str] | None = None
) -> Response:
    """``form``: the one that holds the mistake; ``given``: a program's key, shown once."""
    from demeure.gateway.pages import own_keys

    done = _DONE.get(came.request.query_params.get("fait", ""))
    person = await came.house.account.person(came.actor)
    programs = await own_keys.rows(came)
    told = came.t(done) if done else ""
    if done in _NEW_PASSWORD and any(one["open"] for one in programs):
        told = f"{told} {came.t('account.programs_stay')}"
    page = came.page(
        "account.html",
        problem.http_status if problem else 200,
        person=person,
        role=came.t(ROLE_WORDS[person.role]),
        powers=powers_said(person.role, came.language),
        sessions=await came.house.account.sessions(came.actor, came.session),
        links=[(link, link_said(came, link)) for link in await came.house.account.links(came.actor)],
        problem=problem.sentence(came.language) if problem else "",
        form=form,
        done=told,
        programs=programs,
        offered=await own_keys.offered(came) if _sees_pages(came) else None,
        given=given,
        **await _safeguarded(came),
        least=LEAST_SIGNS,
        address=came.house.address,
    )
    return wait_header(problem, page) if problem else page


def _sees_pages(came: Visit) -> bool:
    """A contractor has a console, and no program."""
    return came.house.decide(came.actor, Action.PAGE_VIEW, Resource("house")).allowed


async def _safeguarded(came: Visit) -> dict[str, Any]:
    """The second proof of this account, and what was read of it on a legal ground."""
    if (rooms := came.house.safeguards) is None:
        return {"legal": [], "factors": 0, "second_required": False, "reset_at": None, "reset_by": ""}
    own = await rooms.second.of(came.actor)
    return {
        "legal": await rooms.legal.about(came.actor),
        "factors": len(own.factors),
        "second_required": rooms.second.required(came.actor),
        "reset_at": own.reset_at,
        "reset_by": await rooms.second.reset_by(came.actor) if own.reset_at else "",
    }


def link_said(came: Visit, link: GivenLink) -> str:
    """By whom and when this link was made."""
    when = moment(came.language, link.created_at)
    if link.by:
        return came.t("account.link_by", name=link.by, when=when)
    return came.t("account.link_by_server", when=when)


async def rename(came: Visit) -> Response:
    """POST /compte/nom: field name."""
    try:
        await came.house.account.rename(came.actor, text_field(await came.form(), "name", 1000))
    except DemeureError as problem:
        return await page_of(came, _shown(problem), "name")
    return RedirectResponse("/compte?fait=nom", 303)


async def change_password(came: Visit) -> Response:
    """POST /compte/mot-de-passe: fields old, password, again. The other sessions end."""
    fields = await came.form()
    old, new, again = (text_field(fields, name, 1000) for name in ("old", "password", "again"))
    try:
        await came.house.account.change_password(came.actor, came.session, old, new, again, came.address)
    except DemeureError as problem:
        return await page_of(came, _shown(problem), "password")
    return RedirectResponse("/compte?fait=mot-de-passe", 303)


def _shown(problem: DemeureError) -> DemeureError:
    """What belongs beside the form; the rest is a page of its own."""
    if problem.http_status not in (400, 403, 409, 429):
        raise problem
    return problem


async def close_session(came: Visit) -> Response:
    """POST /compte/sessions/{session}/fermer."""
    if not await came.house.account.close_session(came.actor, came.request.path_params["session"]):
        raise PageUnknown()
    return RedirectResponse("/compte?fait=session", 303)


async def close_others(came: Visit) -> Response:
    """POST /compte/sessions/fermer-les-autres."""
    await came.house.account.close_others(came.actor, came.session)
    return RedirectResponse("/compte?fait=sessions", 303)


WAYS = (
    Way("GET", "/compte", account, Action.ACCOUNT_CHANGE, "refusal"),
    Way("POST", "/compte/nom", rename, Action.ACCOUNT_CHANGE, "sign-in"),
    Way("POST", "/compte/mot-de-passe", change_password, Action.ACCOUNT_CHANGE, "sign-in"),
    Way("POST", "/compte/sessions/fermer-les-autres", close_others, Action.ACCOUNT_CHANGE, "sign-in"),
    Way("POST", "/compte/sessions/{session}/fermer", close_session, Action.ACCOUNT_CHANGE, "sign-in"),
)
