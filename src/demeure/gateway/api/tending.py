"""Versions, comparisons, care and health, for programs."""

from starlette.responses import Response

from demeure.errors import InputError
from demeure.gateway.api.documents import texts
from demeure.gateway.pages.versions import act
from demeure.gateway.tended import comparison_data, report_data, versions_data
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.library.tending import FIELDS
from demeure.policy import Action


async def versions(came: Visit) -> Response:
    """Its versions, newest first; what waits for a person's word; documents that say nearly the same."""
    name = came.request.path_params["document"]
    found = await came.house.tending.versions(came.actor, name)
    return came.json(versions_data(found, await came.house.tending.near(came.actor, name)))


async def say(came: Visit) -> Response:
    """Body: ``other``, and ``what``: replaces, replaced or apart."""
    body, name = await came.json_body(), came.request.path_params["document"]
    await act(came, name, text_field(body, "other", 128), text_field(body, "what", 20))
    return await versions(came)


async def compare(came: Visit) -> Response:
    """What the document says otherwise than the one named by the query ``with``."""
    other = came.request.query_params.get("with", "")[:128]
    compared = await came.house.comparing.compare(came.actor, other, came.request.path_params["document"])
    return came.json(comparison_data(compared, came.language))


async def care(came: Visit) -> Response:
    """Body: ``documents`` of one space; ``owner``, ``review_on``, ``keep_until``: those given are changed, an empty
    text takes them away. All of it or nothing."""
    body = await came.json_body()
    values = {name: text_field(body, name, 200) for name in FIELDS if name in body}
    return came.json({"documents": await came.house.tending.care(came.actor, texts(body, "documents"), values)})


async def health(came: Visit) -> Response:
    """What in a space needs somebody; numbers alone for who administers the house without managing it."""
    return came.json(report_data(await came.house.health.report(came.actor, came.request.path_params["space"])))


async def questions(came: Visit) -> Response:
    """Body: ``gather``: true or false."""
    wanted = (await came.json_body()).get("gather")
    if not isinstance(wanted, bool):
        raise InputError(detail="gather")
    await came.house.health.gather(came.actor, came.request.path_params["space"], wanted)
    return came.json({"gather": wanted})


_TEXT = {"type": "string"}
_SAID = {
    "type": "object",
    "required": ["other", "what"],
    "properties": {"other": _TEXT, "what": {"enum": ["replaces", "replaced", "apart"]}},
}
_CARE = {
    "type": "object",
    "required": ["documents"],
    "properties": {
        "documents": {"type": "array", "items": _TEXT, "maxItems": 1000},
        "owner": {"type": "string", "maxLength": 80},
        "review_on": {"type": "string", "description": "YYYY-MM-DD, or empty"},
        "keep_until": {"type": "string", "description": "YYYY-MM-DD, or empty"},
    },
}
_GATHER = {"type": "object", "required": ["gather"], "properties": {"gather": {"type": "boolean"}}}
_AT = "/api/documents/{document}"

WAYS = (
    Way(
        *("GET", f"{_AT}/versions", versions, Action.DOCUMENT_READ, "refusal"),
        decided_by="library",
        summary="Versions of a document, and documents that say nearly the same",
    ),
    Way(
        *("POST", f"{_AT}/versions", say, Action.DOCUMENT_TEND, "administration"),
        decided_by="library",
        summary="Say that a document is, or is not, a version of another",
        body_schema=_SAID,
    ),
    Way(
        *("GET", f"{_AT}/compare", compare, Action.DOCUMENT_READ, "look"),
        decided_by="library",
        summary="What a document says otherwise than another",
        parameters=("with",),
    ),
    Way(
        *("POST", "/api/documents/care", care, Action.DOCUMENT_TEND, "administration"),
        decided_by="library",
        summary="Who looks after documents of one space, when they are to be read again, until when they are kept",
        body_schema=_CARE,
    ),
    Way(
        *("GET", "/api/spaces/{space}/health", health, Action.SPACE_TEND, "look"),
        decided_by="library",
        summary="What in a space needs somebody",
    ),
    Way(
        *("POST", "/api/spaces/{space}/questions", questions, Action.SPACE_TEND, "administration"),
        decided_by="library",
        summary="Gather the questions of a space that find no answer, or no more",
        body_schema=_GATHER,
    ),
)
