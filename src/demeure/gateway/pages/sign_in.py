"""The threshold: how to get a link, using it, leaving; and the two choices that need no account."""

import re

from starlette.responses import RedirectResponse, Response

from demeure.gateway.errors import MethodUnknown, TooManyAttempts
from demeure.gateway.gate import cookie_name
from demeure.gateway.locale import LANGUAGES
from demeure.gateway.visit import THEMES, Visit

_YEAR = 365 * 86400
_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?")


async def sign_in(came: Visit) -> Response:
    """GET /connexion."""
    if came.guest:
        return RedirectResponse("/", 303)
    return came.page("sign_in.html", problem=None)


async def link(came: Visit) -> Response:
    """GET /lien/{token}: the link's one use. A preview (HEAD) does not use it up."""
    if came.request.method != "GET":
        raise MethodUnknown()
    address = came.request.client.host if came.request.client else "?"
    if wait := came.house.attempts.wait(address):
        raise TooManyAttempts(seconds=wait)
    session = await came.house.reception.enter(came.request.path_params["token"])
    response = _inside(came)
    secure = came.request.url.scheme == "https"
    response.set_cookie(
        cookie_name(came.house, came.request), session, httponly=True, samesite="strict", secure=secure, path="/"
    )
    return response


def _inside(came: Visit) -> Response:
    """To the first page. Followed from another site (a web mail), a strict cookie would not travel with the
    redirection: then a page of ours asks for one more step."""
    if came.request.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return RedirectResponse("/", 303)
    return came.page("welcome.html")


async def leave(came: Visit) -> Response:
    """POST /deconnexion."""
    await came.house.reception.leave(came.session)
    response = RedirectResponse("/connexion", 303)
    secure = came.request.url.scheme == "https"  # without it a browser keeps a __Host- cookie
    response.delete_cookie(
        cookie_name(came.house, came.request), path="/", secure=secure, httponly=True, samesite="strict"
    )
    return response


async def language(came: Visit) -> Response:
    """GET /langue/{choice}?retour=…: keeps the choice in a cookie of one year."""
    return _kept(came, "demeure-language", LANGUAGES)


async def theme(came: Visit) -> Response:
    """GET /apparence/{choice}?retour=…."""
    return _kept(came, "demeure-theme", THEMES)


def _kept(came: Visit, cookie: str, choices: tuple[str, ...]) -> Response:
    back = came.request.query_params.get("retour", "/")
    response = RedirectResponse(back if _OWN_PATH.fullmatch(back) else "/", 303)
    choice = came.request.path_params["choice"]
    if choice in choices:
        secure = came.request.url.scheme == "https"
        response.set_cookie(cookie, choice, max_age=_YEAR, httponly=True, samesite="lax", secure=secure, path="/")
    return response
