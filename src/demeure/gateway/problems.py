"""How an error is told: a page for people, ``{"error": {…}}`` for programs, always what happened and what to do."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from demeure.errors import DemeureError
from demeure.gateway.errors import BodyTooLarge, BodyTooSlow, HostUnknown, NotSignedIn, PageFailed
from demeure.gateway.house import House
from demeure.gateway.locale import moment
from demeure.gateway.v1 import shapes
from demeure.gateway.visit import Visit, recognise, visit
from demeure.identity import KeyRefused
from demeure.logs import trace

_TITLES = {
    400: "problem.title_invalid",
    401: "problem.title_signed_out",
    403: "problem.title_refused",
    404: "problem.title_unknown",
    405: "problem.title_unknown",
    408: "problem.title_slow",
    409: "problem.title_meanwhile",
    413: "problem.title_large",
    421: "problem.title_host",
    428: "problem.title_before",
    429: "problem.title_wait",
    503: "problem.title_closed",
    507: "problem.title_closed",
}


async def told(house: House, scope: Scope, problem: BaseException) -> ASGIApp:
    """The response to a request that met ``problem`` before its handler could be reached, or unexpectedly."""
    came = visit(house, Request(scope))
    if not isinstance(problem, HostUnknown):  # under a foreign name nobody is anyone
        await recognise(came, forgiving=True)
    if not isinstance(problem, DemeureError):
        when = moment(came.language, house.clock.now())
        problem = PageFailed(time=when, reference=trace() or "-")
    return answer(came, problem)


def answer(came: Visit, problem: DemeureError) -> Response:
    """Tell ``problem`` to this visitor."""
    status = problem.http_status
    if came.request.url.path.startswith(shapes.PREFIX):
        response = shapes.answer(problem, came.language)
    elif came.wants_json:
        response = came.json({"error": described(problem, came.language)}, status)
    elif isinstance(problem, NotSignedIn):
        over = bool(came.session)
        told: dict[str, Any] = {"problem": "", "login": "", "back": came.common()["here"], "over": over}
        response = came.page("sign_in.html", status, **told, gone="", **came.doors())
    else:
        title = came.t(title_of(came, status))
        response = came.page("problem.html", status, title=title, sentence=problem.sentence(came.language))
    if isinstance(problem, NotSignedIn):
        response.headers["WWW-Authenticate"] = 'Demeure realm="demeure"'
    elif isinstance(problem, KeyRefused):
        response.headers["WWW-Authenticate"] = 'Bearer realm="demeure"'
    wait_header(problem, response)
    if isinstance(problem, BodyTooLarge | BodyTooSlow):
        response.headers["Connection"] = "close"  # whatever still comes of that body is not a request
    return response


def wait_header(problem: DemeureError, response: Response) -> Response:
    """``Retry-After``, where the problem is to be early."""
    if problem.http_status == 429:
        response.headers["Retry-After"] = str(problem.params.get("seconds", 60))
    return response


def title_of(came: Visit, status: int) -> str:
    """Key of the title of an error page."""
    if came.request.url.path.startswith("/lien/") and status == 403:
        return "problem.title_link"
    return _TITLES.get(status, "problem.title_failed")


def described(problem: DemeureError, language: str) -> dict[str, Any]:
    """The JSON of an error."""
    return {"code": problem.code(), "sentence": problem.sentence(language), "status": problem.http_status}
