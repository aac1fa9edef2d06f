"""Making a space, by those who may."""

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.pages.administration import done_or_told
from demeure.gateway.pages.documents import may_create
from demeure.gateway.visit import Visit, text_field


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
