"""The other way in: the button that leads to an identity provider, and the return from it."""

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.errors import PageUnknown, TooManyAttempts
from demeure.gateway.pages.sign_in import OWN_PATH, come_in, device_of, second_step, threshold
from demeure.gateway.provider_room import MINUTES, OUT, ProviderRoom
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.identity import Half
from demeure.policy import PUBLIC_PAGE, Action

_COOKIE, _RETURN = "demeure-way-in", "/connexion/retour"
_SAID = ("state", "code", "iss", "error")
_LONGEST = 4096


async def leave_for(came: Visit) -> Response:
    """GET /connexion/par/{provider}?retour=…&montrer=1: to the provider, with a secret that this browser keeps;
    ``montrer``: they show there again who they are."""
    if wait := came.house.attempts.wait(came.address):
        raise TooManyAttempts(seconds=wait)
    back = came.request.query_params.get("retour", "/")
    back = back if OWN_PATH.fullmatch(back) else "/"
    try:
        name, again = came.request.path_params["provider"], bool(came.request.query_params.get("montrer"))
        address, secret = await _room(came).begin(name, back, came.origin, again=again)
    except DemeureError as problem:
        if problem.http_status not in (403, 404, 502):
            raise
        return threshold(came, back, problem)
    response = RedirectResponse(address, 303)
    secure = came.request.url.scheme == "https"
    seconds = 60 * MINUTES  # lax: it comes back from another site
    response.set_cookie(_COOKIE, secret, seconds, path=_RETURN, secure=secure, httponly=True, samesite="lax")
    return response


async def returned(came: Visit) -> Response:
    """GET /connexion/retour?state=…&code=…: signed in, or told why not; back from signing out there."""
    said = {name: came.request.query_params.get(name, "") for name in _SAID}
    if said["state"].startswith(OUT) and not said["code"]:  # back from signing out there: it opens nothing
        ours = _room(came).came_out(said["state"])  # a link of somebody else's says nothing
        return threshold(came, "/", gone=("here" if said["error"] else "there") if ours else "")
    said = {name: value for name, value in said.items() if value and len(value) <= _LONGEST}
    secret = came.request.cookies.get(_COOKIE, "")
    try:
        token, back = await _room(came).finish(said, secret, device_of(came), came.address)
    except DemeureError as problem:
        if problem.http_status not in (403, 404, 502):
            raise
        return _forgotten(came, threshold(came, "/", problem))
    if isinstance(token, Half):
        return _forgotten(came, await second_step(came, token, back))
    response = came.page("come_in.html", back=back)  # a page of ours leads on: the cookie is kept from other sites
    return _forgotten(came, come_in(came, token, response))


def _forgotten(came: Visit, response: Response) -> Response:
    secure = came.request.url.scheme == "https"
    response.delete_cookie(_COOKIE, path=_RETURN, secure=secure, httponly=True, samesite="lax")
    return response


def _room(came: Visit) -> ProviderRoom:
    if came.house.providers is None or not urlsplit(came.origin).netloc:
        raise PageUnknown()
    return came.house.providers


WAYS = (
    Way("GET", "/connexion/par/{provider}", leave_for, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("GET", _RETURN, returned, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
)
