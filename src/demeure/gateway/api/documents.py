"""/api/documents and /api/spaces."""

import contextlib
from collections.abc import Mapping

from starlette.responses import Response

from demeure.assistant.dossier import Ready
from demeure.engine import EngineDown, EngineRefused
from demeure.errors import InputError
from demeure.gateway import marks_told
from demeure.gateway.gate import refused
from demeure.gateway.pages.documents import MOST_ROWS, document_data
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit, text_field
from demeure.library import CARE_FIELDS, Wanted, care_values, tag_word
from demeure.library.errors import DocumentUnknown
from demeure.policy import Action, Resource, Right

FILTERS = {
    "state": "state",
    "type": "format",
    "person": "person",
    "tag": "tag",
    "since": "since",
    "until": "until",
}


async def spaces(came: Visit) -> Response:
    """The spaces one may read."""
    return came.json({"spaces": [vars(space) for space in await came.house.shelves.spaces(came.actor)]})


async def documents(came: Visit) -> Response:
    """The documents of one space (query ``space``), or of all one may read; see FILTERS."""
    query = came.request.query_params
    space = query.get("space", "")
    wanted = Wanted(**{field: query.get(name, "")[:200] for name, field in FILTERS.items()})  # type: ignore[arg-type] # texts only
    named = [space] if space else [s.id for s in await came.house.shelves.spaces(came.actor)]
    pages = [await came.house.catalogue.page(came.actor, one, wanted, 1, MOST_ROWS) for one in named]
    return came.json({"documents": [document_data(row) for page in pages for row in page.rows]})


async def document(came: Visit) -> Response:
    """One document."""
    rows = await came.house.catalogue.shown(came.actor, [came.request.path_params["document"]])
    if not rows:
        raise DocumentUnknown()
    return came.json(document_data(rows[0]))


async def add(came: Visit) -> Response:
    """The file is the body itself (query ``space``, ``name``; ``path``: where it stood in a folder), or the files
    of a form after its ``space`` field. ``space``: an id or a name. ``tags`` (commas between them), ``owner``,
    ``review_on``, ``keep_until`` are put on what is new. 201 when something new was kept, 200 when the same bytes
    were there."""
    query, shelves = came.request.query_params, came.house.shelves
    door = "page" if query.get("from") == "page" else "api"
    if came.request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = FileForm(came.request.headers["content-type"], came.request.stream())
        asked = {**query, **await form.fields()}
        space = await _received(came, asked)
        added = [
            await shelves.add(came.actor, space, name, stream, door=door, path=name)
            async for name, stream in form.files()
        ]
        if not added:
            raise InputError(detail="file")
    else:
        name, path = query.get("name", ""), query.get("path", "")[:2000]
        if not name:
            raise InputError(detail="name")
        asked = dict(query)
        space = await _received(came, asked)
        added = [await shelves.add(came.actor, space, name, came.request.stream(), door=door, path=path)]
    await _put(came, asked, [one.document.id for one in added if one.new])
    shown = {row.id: row for row in await came.house.catalogue.shown(came.actor, [a.document.id for a in added])}
    data = [
        (document_data(shown[one.document.id]) if one.document.id in shown else {"id": one.document.id})
        | {"new": one.new}
        for one in added
    ]
    return came.json({"documents": data}, 201 if any(one.new for one in added) else 200)


async def _received(came: Visit, asked: Mapping[str, str]) -> str:
    """The id of the space, once everything that can be refused before the first byte of a file is not."""
    word = text_field(dict(asked), "space")
    known = await came.house.shelves.readable(came.actor)
    space = next((id_ for id_, name in known.items() if word in (id_, name)), word)
    for tag_ in _tags(asked):
        tag_word(tag_)
    if care := _care(asked):
        care_values(care)
        mine = next((one for one in await came.house.shelves.spaces(came.actor) if one.id == space), None)
        right = Right.NONE if mine is None else Right.MANAGE if mine.manages else Right.READ
        about = Resource("document", name=known.get(space, ""), space=space, owner=came.actor.id, right=right)
        decision = came.house.decide(came.actor, Action.DOCUMENT_TEND, about)
        if not decision.allowed:
            await refused(came, "POST /api/documents: owner, review_on, keep_until", decision)
    return space


async def _put(came: Visit, asked: Mapping[str, str], new: list[str]) -> None:
    """What was asked beside the files, on those that are new: what was there stays as it is."""
    if new and (tags := _tags(asked)):
        await came.house.catalogue.tag(came.actor, new, tags)
    if new and (care := _care(asked)):
        await came.house.tending.care(came.actor, new, care)


def _tags(asked: Mapping[str, str]) -> list[str]:
    return [word.strip() for word in text_field(dict(asked), "tags").split(",") if word.strip()]


def _care(asked: Mapping[str, str]) -> dict[str, str]:
    """Those of the fields of care that say something."""
    fields = {name: text_field(dict(asked), name, 200).strip() for name in CARE_FIELDS}
    return {name: value for name, value in fields.items() if value}


async def delete(came: Visit) -> Response:
    """Removes everything that came from the document."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    await came.house.shelves.delete(came.actor, row.id)
    return Response(status_code=204)


async def ready(came: Visit) -> Response:
    """How ready a document is for questions."""
    return came.json(ready_data(await came.house.dossiers.ready(came.actor, came.request.path_params["document"])))


async def marks(came: Visit) -> Response:
    """Personal data of it and why they are marked, from part ``first`` on (``following`` of the last answer)."""
    text = came.request.query_params.get("first", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(detail="first")
    found = await came.house.viewer.marks(came.actor, came.request.path_params["document"], int(text))
    return came.json({"marks": marks_told.rows(found, came.language), "following": found.following})


async def bring(came: Visit) -> Response:
    """Body: ``documents``, what a question that is being written is about. What is kept ready of them waits in the
    engine for it; ``brought``: whether anything does."""
    about = (await came.json_body()).get("documents")
    if not isinstance(about, list) or not 0 < len(about) <= 1000:
        raise InputError(detail="documents")
    documents = [text_field({"documents": one}, "documents", 128) for one in about]
    brought = False
    with contextlib.suppress(EngineDown, EngineRefused):  # the question will say it
        brought = await came.house.dossiers.bring(came.actor, documents)
    return came.json({"brought": brought})


async def keep_ready(came: Visit) -> Response:
    """Body: ``keep``, true or false."""
    keep = (await came.json_body()).get("keep")
    if type(keep) is not bool:
        raise InputError(detail="keep")
    found = await came.house.dossiers.pin(came.actor, came.request.path_params["document"], keep=keep)
    return came.json(ready_data(found))


def ready_data(found: Ready) -> dict[str, object]:
    """JSON-able."""
    return vars(found) | {"why": dict(found.why) if found.why else None}


async def tag(came: Visit) -> Response:
    """Body: ``documents`` of one space, ``add`` and ``remove`` words. All of it or nothing."""
    body = await came.json_body()
    ids, put, off = (texts(body, name) for name in ("documents", "add", "remove"))
    return came.json({"documents": await came.house.catalogue.tag(came.actor, ids, put, off)})


async def delete_many(came: Visit) -> Response:
    """Body: ``documents`` of one space. All of them or none."""
    ids = texts(await came.json_body(), "documents")
    return came.json({"documents": await came.house.catalogue.delete(came.actor, ids)})


def texts(body: dict[str, object], name: str) -> list[str]:
    """A list of texts of the body, a thousand at most. Raises InputError."""
    values = body.get(name) or []
    if not isinstance(values, list) or len(values) > 1000:
        raise InputError(detail=name)
    return [text_field({name: value}, name, 256) for value in values]
