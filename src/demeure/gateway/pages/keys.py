"""Administration, applications: the keys of programs, who answers for each, how far it goes, its last use."""

from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.key_forms import GIVEN_TO_OTHERS, KeyForm, choices, form_of, limits_of_form, limits_said
from demeure.gateway.locale import whole
from demeure.gateway.pages.administration import done_or_told, tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import GRACE_HOURS, NO_LIMITS, USUAL_DAYS, ApplicationKey
from demeure.policy import SCOPE_NAMES, Action, Role
from demeure.policy.scopes import ADD, APART

_LIST = "/administration/applications"
_NEW = KeyForm((ADD,), (), USUAL_DAYS, NO_LIMITS)
_DONE = {"retiree": "keys.revoked", "limites": "keys.limited"}
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
    names, used = dict(spaces), await came.house.applications.today(came.actor)
    return came.page(
        "keys.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        rows=[
            _row(came, key, names, used.get(key.name, (0, 0)))
            for key in await came.house.applications.keys(came.actor)
        ],
        people=[
            person
            for person in await came.house.directory.people(came.actor)
            if person.open and person.role is not Role.CONTRACTOR
        ],
        spaces=spaces,
        given={"name": "", "owner": ""} | _NEW.shown() | (given or {}),
        offered=choices(came, GIVEN_TO_OTHERS),
        secret=secret,
        addresses=[f"{came.house.address}/{path}" for path in ("api/documents", "v1")],
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(done) if (done := _DONE.get(came.request.query_params.get("fait", ""))) else "",
    )


async def give(came: Visit) -> Response:
    """POST /administration/applications: fields name, owner, scope and space (repeated), days, highest, quotas."""
    fields = await came.form()
    asked = form_of(came, fields, (ADD,), USUAL_DAYS)
    given: dict[str, Any] = {name: text_field(fields, name, 200).strip() for name in ("name", "owner")}
    try:
        key, secret = await came.house.applications.give(
            *(came.actor, given["name"], given["owner"], asked.spaces, asked.days, asked.scopes, asked.limits)
        )
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409):
            raise
        return await _keys(came, problem, given=given | asked.shown())
    return await _keys(came, secret=(key.name, secret))


async def rotate(came: Visit) -> Response:
    """POST /administration/applications/{key}/renouveler: the page with the new secret, shown once."""
    name = str(came.request.path_params["key"])
    try:
        secret = await came.house.applications.rotate(came.actor, name, GRACE_HOURS)
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409):
            raise
        return await _keys(came, problem)
    return await _keys(came, secret=(name, secret))


async def limit(came: Visit) -> Response:
    """POST /administration/applications/{key}/limites: fields highest and quotas."""
    name, limits = str(came.request.path_params["key"]), limits_of_form(await came.form())
    return await done_or_told(
        came.house.applications.limit(came.actor, name, limits),
        lambda _: f"{_LIST}?fait=limites",
        lambda problem: _keys(came, problem),
    )


async def revoke(came: Visit) -> Response:
    """POST /administration/applications/{key}/retirer."""
    name = str(came.request.path_params["key"])
    return await done_or_told(
        came.house.applications.revoke(came.actor, name),
        lambda _: f"{_LIST}?fait=retiree",
        lambda problem: _keys(came, problem),
    )


def _row(came: Visit, key: ApplicationKey, names: dict[str, str], used: tuple[int, int]) -> dict[str, Any]:
    signal, word = STATES[key.state]
    return {
        "name": key.name,
        "owner": key.owner_name,
        "may": ", ".join(SCOPE_NAMES[scope][came.language == "en"] for scope in key.scopes),
        "spaces": _where(came, key, names),
        "limits": limits_said(came, key),
        "today": _today(came, *used) if any(used) else "",
        "former": key.former_until if key.former_until and key.former_until > came.house.clock.now() else None,
        "theirs": key.personal,
        "given": KeyForm(key.scopes, key.spaces, 0, key.limits).shown(),
        "signal": signal,
        "word": came.t(word),
        "shut": ", ".join(f"« {names[space]} »" for space in key.shut if space in names)
        if key.state == "open"
        else "",
        "open": key.state == "open",
        "expires": key.expires_at,
        "used": key.used_at,
    }


def _today(came: Visit, requests: int, tokens: int) -> str:
    return came.t("keys.today", requests=whole(came.language, requests), tokens=whole(came.language, tokens))


def _where(came: Visit, key: ApplicationKey, names: dict[str, str]) -> str:
    if key.spaces:
        return ", ".join(names.get(space, came.t("keys.space_gone")) for space in key.spaces)
    return came.t("keys.own_rights" if key.personal and not set(key.scopes) <= APART else "keys.no_space")


WAYS = (
    Way("GET", _LIST, keys, Action.KEY_ADMINISTER, "refusal"),
    Way("POST", _LIST, give, Action.KEY_ADMINISTER, "administration", sensitive=True),
    Way("POST", _LIST + "/{key}/renouveler", rotate, Action.KEY_ADMINISTER, "administration", sensitive=True),
    Way("POST", _LIST + "/{key}/limites", limit, Action.KEY_ADMINISTER, "administration", sensitive=True),
    Way("POST", _LIST + "/{key}/retirer", revoke, Action.KEY_ADMINISTER, "administration"),
)
