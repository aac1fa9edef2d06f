"""Accueil: one field to ask, what one may go on with, the spaces."""

from starlette.responses import Response

from demeure.gateway.pages.spaces import without
from demeure.gateway.visit import Visit

RECENT = 6


async def home(came: Visit) -> Response:
    """GET /."""
    spaces = await came.house.shelves.spaces(came.actor)
    recent = await came.house.memory.recent(came.actor, RECENT)
    chosen = came.request.query_params.getlist("espace")
    return came.page(
        "home.html",
        spaces=spaces,
        recent=recent,
        chosen=chosen,
        **await without(came, spaces),
        reports=await came.house.safeguards.contractors.unread(came.actor) if came.house.safeguards else 0,
        conversation="",
        last="",
        draft="",
    )
