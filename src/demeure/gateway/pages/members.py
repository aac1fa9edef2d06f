"""Spaces as those see them who decide who may enter: their list, and for each its name, members and end."""

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.pages import classes
from demeure.gateway.pages.administration import done_or_told, tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action, Resource, Right

_LIST = "/administration/espaces"
RIGHT_WORDS = {
    Right.READ: "spaces.right_read",
    Right.CONTRIBUTE: "spaces.right_contribute",
    Right.MANAGE: "spaces.right_manage",
}
_DONE = {"nom": "spaces.renamed", "membres": "spaces.members_changed"}


async def spaces(came: Visit) -> Response:
    """GET /administration/espaces: names and managers, never what is inside."""
    return await _spaces(came)


async def _spaces(came: Visit, problem: DemeureError | None = None) -> Response:
    query = came.request.query_params
    listed = await came.house.directory.spaces(came.actor)
    appoints = came.house.decide(came.actor, Action.SPACE_APPOINT, Resource("house")).allowed
    people = await came.house.directory.people(came.actor) if appoints and any(s.orphan for s in listed) else []
    return came.page(
        "spaces.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        spaces=listed,
        people=[person for person in people if person.open and person.id != came.actor.id],
        problem=problem.sentence(came.language) if problem else "",
        done=came.t("spaces.erased" if "efface" in query else "spaces.appointed") if query else "",
    )


async def appoint(came: Visit) -> Response:
    """POST /administration/espaces/{space}/referent: field person. Of a space that nobody manages."""
    person = text_field(await came.form(), "person", 200)
    return await done_or_told(
        came.house.directory.appoint(came.actor, _one(came), person),
        lambda _: f"{_LIST}?nomme",
        lambda problem: _spaces(came, problem),
    )


async def space(came: Visit) -> Response:
    """GET /espaces/{space}."""
    return await _space(came)


async def _space(came: Visit, problem: DemeureError | None = None, form: str = "") -> Response:
    sheet = await came.house.directory.space(came.actor, _one(came))
    done = _DONE.get(came.request.query_params.get("fait", ""))
    return came.page(
        "space.html",
        problem.http_status if problem else 200,
        space=sheet,
        rights=[(right.label, came.t(key)) for right, key in RIGHT_WORDS.items()],
        problem=problem.sentence(came.language) if problem else "",
        form=form,
        **await classes.of_space(came, sheet.id),
        done=came.t(done) if done else "",
    )


async def rename(came: Visit) -> Response:
    """POST /espaces/{space}/nom: field name."""
    name = text_field(await came.form(), "name", 1000)
    return await done_or_told(
        came.house.directory.rename_space(came.actor, _one(came), name),
        lambda _: f"/espaces/{_one(came)}?fait=nom",
        lambda problem: _space(came, problem, "name"),
    )


async def give(came: Visit) -> Response:
    """POST /espaces/{space}/membres: fields who (« person:id » or « group:id ») and right (none: withdrawn)."""
    kind, _, who = text_field(await came.form(), "who", 200).partition(":")
    right = text_field(await came.form(), "right", 200)

    async def given() -> bool:
        """Does the giver still manage the space?"""
        await came.house.directory.give(came.actor, _one(came), kind, who, right)
        return any(s.id == _one(came) and s.manages for s in await came.house.shelves.spaces(came.actor))

    return await done_or_told(
        given(),
        lambda still: f"/espaces/{_one(came)}?fait=membres" if still else "/documents",
        lambda problem: _space(came, problem, "members"),
    )


async def confirm(came: Visit) -> Response:
    """GET /espaces/{space}/supprimer: the question before a space is erased."""
    return await _confirm(came)


async def _confirm(came: Visit, wrong: bool = False) -> Response:
    sheet = await came.house.directory.space(came.actor, _one(came))
    return came.page("delete_space.html", 400 if wrong else 200, space=sheet, wrong=wrong)


async def delete(came: Visit) -> Response:
    """POST /espaces/{space}/supprimer: field name, which must be the space's."""
    sheet = await came.house.directory.space(came.actor, _one(came))
    if " ".join(text_field(await came.form(), "name", 1000).split()).casefold() != sheet.name.casefold():
        return await _confirm(came, wrong=True)
    await came.house.shelves.delete_space(came.actor, sheet.id)
    mine = any(path == _LIST for _, _, path in tabs(came))
    return RedirectResponse(f"{_LIST}?efface" if mine else "/documents", 303)


def _one(came: Visit) -> str:
    return str(came.request.path_params["space"])


_SPACE = "/espaces/{space}"
WAYS = (
    Way("GET", _LIST, spaces, Action.SPACE_CREATE, "refusal"),
    Way("POST", _LIST + "/{space}/referent", appoint, Action.SPACE_APPOINT, "administration"),
    Way("GET", _SPACE, space, Action.SPACE_SHARE, "refusal", decided_by="identity"),
    Way("POST", f"{_SPACE}/nom", rename, Action.SPACE_RENAME, "administration", decided_by="identity"),
    Way("POST", f"{_SPACE}/membres", give, Action.SPACE_SHARE, "administration", decided_by="identity"),
    Way("GET", f"{_SPACE}/supprimer", confirm, Action.SPACE_DELETE, "refusal", decided_by="identity"),
    Way("POST", f"{_SPACE}/supprimer", delete, Action.SPACE_DELETE, "administration", decided_by="library"),
)
