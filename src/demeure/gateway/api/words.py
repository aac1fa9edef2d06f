"""/api/words and /api/spaces/{space}/words: the glossary and the texts, to read, change, import and export."""

from typing import Any

from starlette.responses import Response

from demeure.errors import InputError
from demeure.gateway.errors import BodyTooLarge
from demeure.gateway.visit import Visit, text_field
from demeure.words import Term, TextVersion, term

CSV_BYTES = 4 << 20


async def words(came: Visit) -> Response:
    """The entries and the last version of each text."""
    space = _space(came)
    terms = await came.house.words.terms(came.actor, space)
    texts = await came.house.words.texts(came.actor, space)
    return came.json({"terms": [term_data(one) for one in terms], "texts": [vars(one) for one in texts]})


async def put(came: Visit) -> Response:
    """An entry: form, kind, meaning, also, avoid, note; ``id``: of the one it replaces."""
    body = await came.json_body()
    made = await came.house.words.put(came.actor, _space(came), term_from(body), whole(body, "id"))
    return came.json(term_data(made), 201)


async def remove(came: Visit) -> Response:
    """Of one entry, by its id."""
    number = str(came.request.path_params["term"])
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise InputError(detail="term")
    await came.house.words.remove(came.actor, _space(came), int(number))
    return Response(status_code=204)


async def import_csv(came: Visit) -> Response:
    """Body: the CSV file; ``alone=1``: entries that it does not have leave."""
    data = bytearray()
    async for piece in came.request.stream():
        data += piece
        if len(data) > CSV_BYTES:
            raise BodyTooLarge(limit=CSV_BYTES)
    alone = came.request.query_params.get("alone") == "1"
    made = await came.house.words.import_csv(came.actor, _space(came), bytes(data), alone=alone)
    return came.json(vars(made))


async def export_csv(came: Visit) -> Response:
    """The glossary as a CSV file."""
    data = await came.house.words.export(came.actor, _space(came), came.language)
    return Response(data, media_type="text/csv; charset=utf-8", headers={"Cache-Control": "no-store"})


async def versions(came: Visit) -> Response:
    """All versions of one text, latest first."""
    query = came.request.query_params
    found = await came.house.words.versions(came.actor, _space(came), query.get("kind", ""), query.get("name", ""))
    return came.json({"versions": [vars(one) for one in found]})


async def write(came: Visit) -> Response:
    """``kind``, ``name``, ``body`` (null: taken away), ``after``: the version that it follows."""
    body = await came.json_body()
    kind, name, after = text_field(body, "kind", 20), text_field(body, "name", 400), whole(body, "after")
    if body.get("body") is None:
        made = await came.house.words.take_away(came.actor, _space(came), kind, name, after)
    else:
        told = text_field(body, "body", 60_000)
        made = await came.house.words.write(came.actor, _space(came), kind, name, told, after)
    return came.json({"version": made})


def term_data(one: Term) -> dict[str, Any]:
    """For JSON."""
    return vars(one) | {"also": list(one.also), "avoid": list(one.avoid)}


def text_data(one: TextVersion) -> dict[str, Any]:
    """For JSON."""
    return dict(vars(one))


def term_from(body: dict[str, Any]) -> Term:
    """Raises InputError, TermInvalid."""
    lists: dict[str, list[str]] = {}
    for name in ("also", "avoid"):
        values = body.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InputError(detail=name)
        lists[name] = [text_field({name: value}, name) for value in values]
    given = {name: text_field(body, name, 8_000) for name in ("form", "meaning", "note")}
    kind = text_field(body, "kind", 20) or "term"
    return term(given["form"], kind, given["meaning"], lists["also"], lists["avoid"], given["note"])


def whole(body: dict[str, Any], name: str) -> int:
    """A number of the body, 0 when absent. Raises InputError."""
    value = body.get(name, 0)
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise InputError(detail=name)
    return value


def _space(came: Visit) -> str:
    return str(came.request.path_params.get("space", ""))
