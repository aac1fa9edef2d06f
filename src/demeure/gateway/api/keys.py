"""/api/keys: the keys of programs, to list, give, limit, rotate and withdraw."""

from starlette.responses import Response

from demeure.gateway.key_forms import key_data, limits_of, named, texts_of, whole_of
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import GRACE_HOURS, LONGEST_GRACE, QUOTA_FIELDS, USUAL_DAYS
from demeure.policy import Action
from demeure.policy.scopes import ADD


async def keys(came: Visit) -> Response:
    """All of them, with what each used today."""
    names, used = await _names(came), await came.house.applications.today(came.actor)
    found = await came.house.applications.keys(came.actor)
    return came.json({"keys": [key_data(key, names, used.get(key.name, (0, 0))) for key in found]})


async def give(came: Visit) -> Response:
    """201 with the key and its secret, told once. ``owner``: a login or an id."""
    body = await came.json_body()
    names, login = await _names(came), text_field(body, "owner", 200)
    people = await came.house.directory.people(came.actor)
    owner = next((one.id for one in people if login in (one.login, one.id)), login)
    key, secret = await came.house.applications.give(
        came.actor,
        text_field(body, "name", 80),
        owner,
        [named(word, names) for word in texts_of(body, "spaces")],
        whole_of(body, "days", USUAL_DAYS),
        texts_of(body, "scopes", (ADD,)),
        limits_of(body),
    )
    return came.json({"key": key_data(key, names), "secret": secret}, 201)


async def limit(came: Visit) -> Response:
    """``class`` and ``quotas`` in place of the former ones."""
    body = await came.json_body()
    key = await came.house.applications.limit(came.actor, _key(came), limits_of(body))
    return came.json(key_data(key, await _names(came)))


async def rotate(came: Visit) -> Response:
    """201 with a new secret, told once; ``hours``: how long the former one still opens."""
    hours = whole_of(await came.json_body(), "hours", GRACE_HOURS)
    secret = await came.house.applications.rotate(came.actor, _key(came), hours)
    return came.json({"name": _key(came), "secret": secret, "hours": hours}, 201)


async def revoke(came: Visit) -> Response:
    """For good."""
    await came.house.applications.revoke(came.actor, _key(came))
    return Response(status_code=204)


def _key(came: Visit) -> str:
    return str(came.request.path_params["key"])


async def _names(came: Visit) -> dict[str, str]:
    return {line.id: line.name for line in await came.house.directory.spaces(came.actor)}


_TEXTS = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 100}
_LIMITS = {
    "class": {"type": "string", "maxLength": 80},
    "quotas": {
        "type": "object",
        "properties": {name: {"type": "integer", "minimum": 0} for name in QUOTA_FIELDS},
        "additionalProperties": False,
    },
}
_GIVEN = {
    "type": "object",
    "required": ["name", "owner"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$"},
        "owner": {"type": "string", "maxLength": 200},
        "scopes": _TEXTS,
        "spaces": _TEXTS,
        "days": {"type": "integer", "minimum": 1, "maximum": 1100},
        **_LIMITS,
    },
}
_ROTATED = {
    "type": "object",
    "properties": {"hours": {"type": "integer", "minimum": 0, "maximum": LONGEST_GRACE}},
}
_ACT = (Action.KEY_ADMINISTER, "administration")

WAYS = (
    Way(*("GET", "/api/keys", keys, Action.KEY_ADMINISTER, "refusal"), summary="Keys of programs"),
    Way(
        *("POST", "/api/keys", give, *_ACT),
        summary="Give a key",
        body_schema=_GIVEN,
        answers="made",
        sensitive=True,
    ),
    Way(
        *("POST", "/api/keys/{key}/limits", limit, *_ACT),
        summary="The class that a key reaches, and its quotas",
        body_schema={"type": "object", "properties": _LIMITS},
        sensitive=True,
    ),
    Way(
        *("POST", "/api/keys/{key}/rotate", rotate, *_ACT),
        summary="Another secret for a key, beside the former one for a while",
        body_schema=_ROTATED,
        answers="made",
        sensitive=True,
    ),
    Way(*("DELETE", "/api/keys/{key}", revoke, *_ACT), summary="Withdraw a key", answers="nothing"),
)
