"""Administration: identity providers and webhooks, at the end of routes that are there already. Each is listed,
declared, tried and taken away; routes, and what would give rights by itself, stay with the command line.
"""

import json
from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError, InputError
from demeure.gateway.errors import PageUnknown
from demeure.gateway.hook_room import HookRoom
from demeure.gateway.pages.administration import ROLE_WORDS, tabs
from demeure.gateway.provider_room import ProviderRoom
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action, in_force

PROVIDERS, HOOKS = "/administration/fournisseurs", "/administration/webhooks"
USERINFO = ("none", "plain", "signed")
ROLES = ("agent", "elected")
COMMAND = "demeure routes add {name} --kind {kind} …"
_DONE = {"declare": "outside.declared", "retire": "outside.removed"}
_TOLD = (400, 403, 404, 409, 502)
_PROVIDER = {
    "name": 40,
    "route": 64,
    "class": 64,
    "issuer": 300,
    "label": 80,
    "userinfo": 10,
    "claim": 64,
    "role": 20,
}
_HOOK = {"name": 40, "route": 64, "class": 64, "events": 4000}


async def providers(came: Visit) -> Response:
    """GET /administration/fournisseurs."""
    return await _providers(came)


async def declare_provider(came: Visit) -> Response:
    """POST /administration/fournisseurs: fields name, route, class, issuer, label, userinfo, create, role, claim,
    groups (one « value = group » a line)."""
    fields = await came.form()
    given: dict[str, Any] = {key: text_field(fields, key, most).strip() for key, most in _PROVIDER.items()}
    given |= {"groups": text_field(fields, "groups", 8000), "create": fields.get("create") == "oui"}
    try:
        await _room(came).declare(came.actor, given["name"], provider_file(given))
    except DemeureError as problem:
        return await _providers(came, _told(problem), given=given)
    return RedirectResponse(f"{PROVIDERS}?fait=declare", 303)


async def look_provider(came: Visit) -> Response:
    """POST /administration/fournisseurs/{provider}/essayer: what it says of itself, read now."""
    name = str(came.request.path_params["provider"])
    try:
        return await _providers(came, seen=await _room(came).check(came.actor, name))
    except DemeureError as problem:
        return await _providers(came, _told(problem))


async def remove_provider(came: Visit) -> Response:
    """POST /administration/fournisseurs/{provider}/retirer: field sure, ticked."""
    _sure(await came.form())
    return await _away(
        came, _room(came).take_away(came.actor, str(came.request.path_params["provider"])), PROVIDERS
    )


async def hooks(came: Visit) -> Response:
    """GET /administration/webhooks."""
    return await _hooks(came)


async def declare_hook(came: Visit) -> Response:
    """POST /administration/webhooks: fields name, route, class, events (names, blanks between), ids."""
    fields = await came.form()
    given: dict[str, Any] = {key: text_field(fields, key, most).strip() for key, most in _HOOK.items()}
    given |= {"ids": fields.get("ids") == "oui"}
    try:
        await _hook_room(came).declare(came.actor, given["name"], hook_file(given))
    except DemeureError as problem:
        return await _hooks(came, _told(problem), given=given)
    return RedirectResponse(f"{HOOKS}?fait=declare", 303)


async def try_hook(came: Visit) -> Response:
    """POST /administration/webhooks/{hook}/essayer: an event that says nothing leaves now."""
    name = str(came.request.path_params["hook"])
    try:
        answer = await _hook_room(came).test(came.actor, name)
    except DemeureError as problem:
        return await _hooks(came, _told(problem))
    return await _hooks(came, said=came.t("outside.received", name=name, status=answer["status"]))


async def remove_hook(came: Visit) -> Response:
    """POST /administration/webhooks/{hook}/retirer: field sure, ticked."""
    _sure(await came.form())
    return await _away(came, _hook_room(came).take_away(came.actor, str(came.request.path_params["hook"])), HOOKS)


def provider_file(given: dict[str, Any]) -> str:
    """What was filled in, as the declaration that ``providers.read`` takes. Raises InputError."""
    keys = ("route", "class", "issuer", "label", "userinfo", "claim", "role")
    lines = [f"{key} = {_toml(given[key])}" for key in keys]
    lines.append(f"create = {str(given['create']).lower()}")
    for row in filter(None, map(str.strip, given["groups"].splitlines())):
        value, sign, name = (part.strip() for part in row.partition("="))
        if not (sign and value and name):
            raise InputError(detail="groups")
        lines += ["[[groups]]", f"value = {_toml(value)}", f"name = {_toml(name)}"]
    return "\n".join(lines) + "\n"


def hook_file(given: dict[str, Any]) -> str:
    """As ``provider_file``, for ``hooks.read``."""
    events = ", ".join(map(_toml, given["events"].replace(",", " ").split()))
    lines = [f"route = {_toml(given['route'])}", f"class = {_toml(given['class'])}", f"events = [{events}]"]
    return "\n".join([*lines, f"ids = {str(given['ids']).lower()}"]) + "\n"


async def _providers(
    came: Visit,
    problem: DemeureError | None = None,
    *,
    given: dict[str, Any] | None = None,
    seen: dict[str, Any] | None = None,
) -> Response:
    room = came.house.providers
    empty = {**dict.fromkeys(_PROVIDER, ""), "claim": "groups", "userinfo": "none", "groups": "", "create": False}
    return came.page(
        "providers.html",
        problem.http_status if problem else 200,
        **_shared(came, problem),
        known=[_row(row) for row in await room.listed(came.actor)] if room else [],
        unusable=[_wrong(came, row) for row in await room.unusable(came.actor)] if room else [],
        routes=await room.routes(came.actor) if room else [],
        given=empty | (given or {}),
        seen=seen,
        userinfo=[(key, came.t(f"outside.userinfo_{key}")) for key in USERINFO],
        roles=[(key, came.t(ROLE_WORDS[key])) for key in ROLES],
        back=f"{came.house.address}/connexion/retour",
        command=COMMAND.format(name=came.t("outside.a_name"), kind="openid"),
    )


async def _hooks(
    came: Visit,
    problem: DemeureError | None = None,
    *,
    given: dict[str, Any] | None = None,
    said: str = "",
) -> Response:
    room = came.house.hooks
    shared = _shared(came, problem)
    return came.page(
        "hooks.html",
        problem.http_status if problem else 200,
        **shared | {"done": said or shared["done"]},
        known=[_row(row) for row in await room.listed(came.actor)] if room else [],
        unusable=[_wrong(came, row) for row in await room.unusable(came.actor)] if room else [],
        routes=await room.routes(came.actor) if room else [],
        given=dict.fromkeys(_HOOK, "") | {"ids": False} | (given or {}),
        command=COMMAND.format(name=came.t("outside.a_name"), kind="webhook"),
    )


def _shared(came: Visit, problem: DemeureError | None) -> dict[str, Any]:
    done = _DONE.get(came.request.query_params.get("fait", "")) if problem is None else None
    return {
        "tabs": tabs(came),
        "problem": problem.sentence(came.language) if problem else "",
        "done": came.t(done) if done else "",
        "classes": [(one.id, one.name(came.language)) for one in in_force().policy.classes],
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "used": datetime.fromisoformat(row["used"]) if row["used"] else None}


def _wrong(came: Visit, row: dict[str, Any]) -> dict[str, Any]:
    """A declaration that serves no more; ``said``: why, in the reader's language."""
    return {**row, "said": row[came.language]}


async def _away(came: Visit, work: Awaitable[object], page: str) -> Response:
    try:
        await work
    except DemeureError as problem:
        return await (_providers if page == PROVIDERS else _hooks)(came, _told(problem))
    return RedirectResponse(f"{page}?fait=retire", 303)


def _told(problem: DemeureError) -> DemeureError:
    """To be shown on the page; what is no word about a declaration goes on."""
    if problem.http_status not in _TOLD or problem.code() == "Denied":
        raise problem
    return problem


def _sure(fields: dict[str, str]) -> None:
    if fields.get("sure") != "oui":
        raise InputError(detail="sure")


def _toml(text: str) -> str:
    """A basic string: what JSON writes, TOML reads."""
    return json.dumps(text, ensure_ascii=False)


def _room(came: Visit) -> ProviderRoom:
    if came.house.providers is None:
        raise PageUnknown()
    return came.house.providers


def _hook_room(came: Visit) -> HookRoom:
    if came.house.hooks is None:
        raise PageUnknown()
    return came.house.hooks


_ADMINISTER = Action.HOUSE_ADMINISTER
WAYS = (
    Way("GET", PROVIDERS, providers, _ADMINISTER, "refusal"),
    Way("POST", PROVIDERS, declare_provider, _ADMINISTER, "administration", sensitive=True),
    Way("POST", f"{PROVIDERS}/{{provider}}/essayer", look_provider, _ADMINISTER, "administration"),
    Way(
        "POST", f"{PROVIDERS}/{{provider}}/retirer", remove_provider, _ADMINISTER, "administration", sensitive=True
    ),
    Way("GET", HOOKS, hooks, _ADMINISTER, "refusal"),
    Way("POST", HOOKS, declare_hook, _ADMINISTER, "administration", sensitive=True),
    Way("POST", f"{HOOKS}/{{hook}}/essayer", try_hook, _ADMINISTER, "administration"),
    Way("POST", f"{HOOKS}/{{hook}}/retirer", remove_hook, _ADMINISTER, "administration", sensitive=True),
)
