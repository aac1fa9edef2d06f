"""Administration, applications: the keys of programs that bring documents, who answers for each, its last use."""

from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.pages.administration import done_or_told, tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import USUAL_DAYS, ApplicationKey
from demeure.policy import SCOPE_NAMES, Action

_LIST = "/administration/applications"
STATES = {
    "open": ("ok", "keys.state_open"),
    "expired": ("wait", "keys.state_expired"),
    "revoked": ("stop", "keys.state_revoked"),
    "closed": ("stop", "keys.state_closed"),
}


async def keys(came: Visit) -> Response:
    """GET /administration/applications."""
    return await _keys(came)


async def _keys(
    came: Visit,
    problem: DemeureError | None = None,
    *,
    given: dict[str, Any] | None = None,
    secret: tuple[str, str] | None = None,
) -> Response:
    """``given``: the form to correct. ``secret``: (name of the key, its secret), shown once."""
    spaces = [(line.id, line.name) for line in await came.house.directory.spaces(came.actor)]
    names = dict(spaces)
    return came.page(
        "keys.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        rows=[_row(came, key, names) for key in await came.house.applications.keys(came.actor)],
        people=[person for person in await came.house.directory.people(came.actor) if person.open],
        spaces=spaces,
        given=given or {"name": "", "owner": "", "spaces": [], "days": USUAL_DAYS},
        secret=secret,
        address=f"{came.house.address}/api/documents",
        problem=problem.sentence(came.language) if problem else "",
        done=came.t("keys.revoked") if came.request.query_params.get("fait") == "retiree" else "",
    )


async def give(came: Visit) -> Response:
    """POST /administration/applications: fields name, owner, space (repeated), days."""
    fields = await came.form()
    days = text_field(fields, "days", 10)
    given: dict[str, Any] = {name: text_field(fields, name, 200).strip() for name in ("name", "owner")}
    given |= {"spaces": came.every("space", 100), "days": int(days) if days.isascii() and days.isdigit() else 0}
    try:
        key, secret = await came.house.applications.give(
            came.actor, given["name"], given["owner"], given["spaces"], given["days"]
        )
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409):
            raise
        return await _keys(came, problem, given=given)
    return await _keys(came, secret=(key.name, secret))


async def revoke(came: Visit) -> Response:
    """POST /administration/applications/{key}/retirer."""
    name = str(came.request.path_params["key"])
    return await done_or_told(
        came.house.applications.revoke(came.actor, name),
        lambda _: f"{_LIST}?fait=retiree",
        lambda problem: _keys(came, problem),
    )


def _row(came: Visit, key: ApplicationKey, names: dict[str, str]) -> dict[str, Any]:
    signal, word = STATES[key.state]
    return {
        "name": key.name,
        "owner": key.owner_name,
        "may": ", ".join(SCOPE_NAMES[scope][came.language == "en"] for scope in key.scopes),
        "spaces": came.t("keys.own_rights")
        if key.personal
        else ", ".join(names.get(space, came.t("keys.space_gone")) for space in key.spaces),
        "signal": signal,
        "word": came.t(word),
        "shut": ", ".join(f"« {names[space]} »" for space in key.shut if space in names)
        if key.state == "open"
        else "",
        "open": key.state == "open",
        "expires": key.expires_at,
        "used": key.used_at,
    }


WAYS = (
    Way("GET", _LIST, keys, Action.KEY_ADMINISTER, "refusal"),
    Way("POST", _LIST, give, Action.KEY_ADMINISTER, "administration", sensitive=True),
    Way("POST", _LIST + "/{key}/retirer", revoke, Action.KEY_ADMINISTER, "administration"),
)
