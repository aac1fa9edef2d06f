"""Making a space, by those who may; what is told to whoever may read none."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.house import Space
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.visit import Visit, text_field
from demeure.policy import Action, Resource

NAMED = 5
"""People to ask, at most: a list of twenty names helps nobody."""


def may_create(came: Visit) -> bool:
    """May this person make a space?"""
    return came.house.decide(came.actor, Action.SPACE_CREATE, Resource("space")).allowed


async def without(came: Visit, spaces: Sequence[Space]) -> dict[str, Any]:
    """What ``_no_space.html`` uses: may they make a space; else, when they may read none, whom to ask."""
    creates = may_create(came)
    openers = [] if spaces or creates else await came.house.directory.openers(came.actor)
    return {"may_create": creates, "openers": openers[:NAMED]}


async def form(came: Visit) -> Response:
    """GET /espaces/nouveau."""
    return came.page("space_new.html", problem="", name="", allowed=may_create(came))


async def create(came: Visit) -> Response:
    """POST /espaces: the new space's own page; a name that will not do is told beside the field."""
    fields = came.values or await came.form()
    name = text_field(fields, "nom", 400)

    async def told(problem: DemeureError) -> Response:
        sentence = problem.sentence(came.language)
        return came.page("space_new.html", problem.http_status, problem=sentence, name=name, allowed=True)

    made = came.house.shelves.create_space(came.actor, name)
    return await done_or_told(made, lambda space: f"/documents?espace={space.id}", told)
