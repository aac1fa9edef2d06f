"""/api/documents and /api/spaces."""

from starlette.responses import Response

from demeure.errors import InputError
from demeure.gateway.pages.documents import document_data
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit, text_field


async def spaces(came: Visit) -> Response:
    """The spaces one may read."""
    return came.json({"spaces": [vars(space) for space in await came.house.shelves.spaces(came.actor)]})


async def documents(came: Visit) -> Response:
    """The documents of one space (query ``space``), or of all one may read."""
    space = came.request.query_params.get("space", "")
    named = [space] if space else [s.id for s in await came.house.shelves.spaces(came.actor)]
    rows = [row for one in named for row in await came.house.shelves.documents(came.actor, one)]
    return came.json({"documents": [document_data(row) for row in rows]})


async def document(came: Visit) -> Response:
    """One document."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    return came.json(document_data(row))


async def add(came: Visit) -> Response:
    """The file is the body itself (query ``space`` and ``name``), or the files of a form after its ``space`` field.
    201 when something new was kept, 200 when the same bytes were already there."""
    query = came.request.query_params
    if came.request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = FileForm(came.request.headers["content-type"], came.request.stream())
        fields = await form.fields()
        space = text_field(fields, "space") or query.get("space", "")
        added = [
            await came.house.shelves.add(came.actor, space, name, stream) async for name, stream in form.files()
        ]
        if not added:
            raise InputError(detail="file")
    else:
        name = query.get("name", "")
        if not name:
            raise InputError(detail="name")
        added = [await came.house.shelves.add(came.actor, query.get("space", ""), name, came.request.stream())]
    data = [document_data(one.document) | {"new": one.new} for one in added]
    return came.json({"documents": data}, 201 if any(one.new for one in added) else 200)


async def delete(came: Visit) -> Response:
    """Removes everything that came from the document."""
    row = await came.house.shelves.document(came.actor, came.request.path_params["document"])
    await came.house.shelves.delete(came.actor, row.id)
    return Response(status_code=204)
