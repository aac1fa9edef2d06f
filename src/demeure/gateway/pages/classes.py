"""The class of a space and of a document, and legal holds, from the pages of what they are about."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

_DONE = {"classe": "policy.class_changed", "garde": "policy.hold_changed"}
_NOTHING = "rien"


async def of_space(came: Visit, space: str) -> dict[str, Any]:
    """What ``_sensitivity.html`` uses."""
    return _shown(came, await came.house.classing.of_space(came.actor, space), f"/espaces/{quote(space, safe='')}")


async def of_document(came: Visit, document: str) -> dict[str, Any]:
    """The same of a document."""
    classed = await came.house.classing.of_document(came.actor, document)
    return _shown(came, classed, f"/documents/{quote(document, safe='')}")


def _shown(came: Visit, classed: Any, at: str) -> dict[str, Any]:
    said = came.request.query_params.get("fait", "")
    done, problem = _DONE.get(said), came.t("policy.class_unchanged") if said == _NOTHING else ""
    told = {"class_problem": problem, "class_done": came.t(done) if done else ""}
    return {"classed": classed, "class_at": at, **told}


async def space(came: Visit) -> Response:
    """GET /espaces/{space}/classe: for those who read it, whoever the policy lets lower it among them."""
    which = str(came.request.path_params["space"])
    shown = await of_space(came, which)
    name = (await came.house.shelves.readable(came.actor)).get(which, "")
    return came.page("space_class.html", name=name, space=which, **shown)


async def class_space(came: Visit) -> Response:
    """POST /espaces/{space}/classe: field class."""
    space, wanted = _path(came, "space"), text_field(await came.form(), "class", 60)
    work = came.house.classing.class_space(came.actor, space, wanted)
    return await _then(work, f"/espaces/{space}/classe", "classe")


async def class_document(came: Visit) -> Response:
    """POST /documents/{document}/classe: field class."""
    document, wanted = _path(came, "document"), text_field(await came.form(), "class", 60)
    work = came.house.classing.class_document(came.actor, document, wanted)
    return await _then(work, f"/documents/{document}", "classe")


async def hold_space(came: Visit) -> Response:
    """POST /espaces/{space}/garde: field why; empty: lifted."""
    space, why = _path(came, "space"), text_field(await came.form(), "why", 300).strip()
    work = came.house.classing.hold_space(came.actor, space, why)
    return await _then(work, f"/espaces/{space}/classe", "garde")


async def hold_document(came: Visit) -> Response:
    """POST /documents/{document}/garde: field why; empty: lifted."""
    document, why = _path(came, "document"), text_field(await came.form(), "why", 300).strip()
    work = came.house.classing.hold_document(came.actor, document, why)
    return await _then(work, f"/documents/{document}", "garde")


async def _then(work: Awaitable[bool], where: str, done: str) -> Response:
    """``work``: was anything changed?"""
    try:
        changed = await work
    except DemeureError as problem:
        if problem.http_status != 400:
            raise
        changed = False  # a class that is no more: what there is is shown
    return RedirectResponse(f"{where}?fait={done if changed else _NOTHING}#class", 303)


def _path(came: Visit, name: str) -> str:
    return quote(str(came.request.path_params[name]), safe="")


WAYS = (
    Way("GET", "/espaces/{space}/classe", space, Action.SPACE_READ, "refusal", decided_by="library"),
    Way("POST", "/espaces/{space}/classe", class_space, Action.SPACE_CLASS, "administration", decided_by="library"),
    Way("POST", "/espaces/{space}/garde", hold_space, Action.SPACE_HOLD, "administration", decided_by="library"),
    Way(
        "POST",
        "/documents/{document}/classe",
        class_document,
        Action.DOCUMENT_CLASS,
        "administration",
        decided_by="library",
    ),
    Way(
        "POST",
        "/documents/{document}/garde",
        hold_document,
        Action.SPACE_HOLD,
        "administration",
        decided_by="library",
    ),
)
