"""The contractor's only page: a line to type, and what the house recorded of this window."""

from starlette.responses import RedirectResponse, Response

from demeure.contractors import SCOPES, offered
from demeure.errors import DemeureError
from demeure.gateway.console import entered
from demeure.gateway.contractor_desk import console, contractors
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import PAGE_BODY, Way
from demeure.policy import WINDOW, Action, Role

PATH, WAITING = "/console", "/console/attente"
_MOST = 200
"""Frames shown: the last ones."""


async def page(came: Visit) -> Response:
    """GET /console."""
    return await _page(came)


async def _page(came: Visit, problem: DemeureError | None = None) -> Response:
    room = contractors(came.house)
    window = await room.window(came.actor)
    frames = await room.frames(window)
    if not frames:
        await entered(room, came.actor, "page")
        frames = await room.frames(window)
    return came.page(
        "console.html",
        problem.http_status if problem else 200,
        window=window,
        frames=frames[-_MOST:],
        left=int(window.left(came.house.clock) // 60),
        commands=[
            (one.name, one.fr if came.language == "fr" else one.en)
            for one in offered(window.scopes)
            if not one.lasts
        ],
        scopes=[SCOPES[one][came.language != "fr"] for one in sorted(window.scopes)],
        problem=problem.sentence(came.language) if problem else "",
    )


async def run(came: Visit) -> Response:
    """POST /console: field line."""
    line = text_field(await came.form(), "line", PAGE_BODY).strip()
    if not line:
        return RedirectResponse(f"{PATH}#ligne", 303)
    try:
        async for _ in console(came.house).run(came.house, came.actor, line, came.language, lasting=False):
            pass  # it is in the recording, which the page shows
    except DemeureError as problem:
        if problem.http_status not in (400, 403, 429):
            raise
        return await _page(came, problem)
    return RedirectResponse(f"{PATH}#ligne", 303)


async def waiting(came: Visit) -> Response:
    """GET /console/attente: a contractor's account while nothing is open for it."""
    if Role.CONTRACTOR not in came.actor.roles or WINDOW not in came.actor.owes:
        return RedirectResponse("/", 303)
    return came.page("console_waiting.html")


WAYS = (
    Way("GET", PATH, page, Action.CONSOLE_USE, "refusal"),
    Way("POST", PATH, run, Action.CONSOLE_USE, "administration"),
    Way("GET", WAITING, waiting, Action.ACCOUNT_CHANGE, "refusal"),
)
