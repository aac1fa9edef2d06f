"""Pseudonymes: a text pasted becomes one without names, or has its names put back; its table is a space's."""

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

HERE = "/pseudonymes"
_BODY = 2 << 20
_TEXT = 500_000


async def pseudonyms(came: Visit) -> Response:
    """GET /pseudonymes."""
    return await _page(came, {"space": came.request.query_params.get("espace", ""), "dossier": "", "text": ""})


async def _page(
    came: Visit, given: dict[str, str], made: str = "", problem: DemeureError | None = None
) -> Response:
    return came.page(
        "pseudonyms.html",
        problem.http_status if problem else 200,
        spaces=await came.house.shelves.readable(came.actor),
        given=given,
        made=made,
        problem=problem.sentence(came.language) if problem else "",
    )


async def change(came: Visit) -> Response:
    """POST /pseudonymes: fields space, dossier, text, what (hide, restore)."""
    fields = await came.form()
    given = {name: text_field(fields, name, 200) for name in ("space", "dossier", "what")}
    given["text"] = text_field(fields, "text", _TEXT)
    room, where = came.house.persons.pseudonyms, (came.actor, given["space"], given["dossier"])
    try:
        if given["what"] == "restore":
            made = await room.restore(*where, given["text"])
        else:
            (made,) = await room.hide(*where, [given["text"]])
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409):
            raise
        return await _page(came, given, problem=problem)
    return await _page(came, given, made)


WAYS = (
    Way("GET", HERE, pseudonyms, Action.PAGE_VIEW, "refusal"),
    Way("POST", HERE, change, Action.SPACE_READ, "export", decided_by="library", body=_BODY),
)
