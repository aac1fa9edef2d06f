"""Administration, groups: named sets of people, to open a space to a service at once."""

from collections.abc import Awaitable

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.pages.administration import done_or_told, tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

_LIST = "/administration/groupes"


async def groups(came: Visit) -> Response:
    """GET /administration/groupes."""
    return await _groups(came)


async def _groups(came: Visit, problem: DemeureError | None = None, name: str = "") -> Response:
    return came.page(
        "groups.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        groups=await came.house.directory.groups(came.actor),
        problem=problem.sentence(came.language) if problem else "",
        name=name,
    )


async def add(came: Visit) -> Response:
    """POST /administration/groupes: field name."""
    name = text_field(await came.form(), "name", 1000)
    return await done_or_told(
        came.house.directory.add_group(came.actor, name),
        lambda group: f"{_LIST}/{group.id}",
        lambda problem: _groups(came, problem, name),
    )


async def group(came: Visit) -> Response:
    """GET /administration/groupes/{group}."""
    return await _group(came)


async def _group(came: Visit, problem: DemeureError | None = None) -> Response:
    found, inside = await came.house.directory.group(came.actor, _one(came))
    there = {person.id for person in inside}
    others = [p for p in await came.house.directory.people(came.actor) if p.open and p.id not in there]
    return came.page(
        "group.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        group=found,
        people=inside,
        others=others,
        problem=problem.sentence(came.language) if problem else "",
    )


async def rename(came: Visit) -> Response:
    """POST /administration/groupes/{group}/nom: field name."""
    name = text_field(await came.form(), "name", 1000)
    return await _then(came, came.house.directory.rename_group(came.actor, _one(came), name))


async def remove(came: Visit) -> Response:
    """POST /administration/groupes/{group}/supprimer."""
    await came.house.directory.remove_group(came.actor, _one(came))
    return RedirectResponse(_LIST, 303)


async def put(came: Visit) -> Response:
    """POST /administration/groupes/{group}/personnes: field person."""
    person = text_field(await came.form(), "person", 200)
    return await _then(came, came.house.directory.put_in_group(came.actor, _one(came), person))


async def take_out(came: Visit) -> Response:
    """POST /administration/groupes/{group}/retirer: field person."""
    person = text_field(await came.form(), "person", 200)
    return await _then(came, came.house.directory.take_out_of_group(came.actor, _one(came), person))


async def _then(came: Visit, work: Awaitable[None]) -> Response:
    return await done_or_told(work, lambda _: f"{_LIST}/{_one(came)}", lambda problem: _group(came, problem))


def _one(came: Visit) -> str:
    return str(came.request.path_params["group"])


_GROUP = _LIST + "/{group}"
WAYS = (
    Way("GET", _LIST, groups, Action.GROUP_ADMINISTER, "refusal"),
    Way("POST", _LIST, add, Action.GROUP_ADMINISTER, "administration"),
    Way("GET", _GROUP, group, Action.GROUP_ADMINISTER, "refusal"),
    Way("POST", f"{_GROUP}/nom", rename, Action.GROUP_ADMINISTER, "administration"),
    Way("POST", f"{_GROUP}/supprimer", remove, Action.GROUP_ADMINISTER, "administration"),
    Way("POST", f"{_GROUP}/personnes", put, Action.GROUP_ADMINISTER, "administration"),
    Way("POST", f"{_GROUP}/retirer", take_out, Action.GROUP_ADMINISTER, "administration"),
)
