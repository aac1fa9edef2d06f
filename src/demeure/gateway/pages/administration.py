"""Administration: its sub-pages as a list that others lengthen, and the first of them, the people of the house."""

import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import Person
from demeure.library.search.query import fold
from demeure.policy import ROLES, Action, Resource, Role, powers

T = TypeVar("T")
SHOWN, _LONGEST_SOUGHT = 100, 200
"""People of one page: each has its forms or its rights, and a directory brings thousands."""


@dataclass(frozen=True)
class SubPage:
    """``key``: its name, and its title in _TITLES; shown to whom policy allows ``action``."""

    key: str
    path: str
    action: Action


SUBPAGES = (
    SubPage("people", "/administration/personnes", Action.PEOPLE_ADMINISTER),
    SubPage("directories", "/administration/annuaires", Action.PEOPLE_ADMINISTER),
    SubPage("providers", "/administration/fournisseurs", Action.HOUSE_ADMINISTER),
    SubPage("groups", "/administration/groupes", Action.GROUP_ADMINISTER),
    SubPage("spaces", "/administration/espaces", Action.SPACE_CREATE),
    SubPage("words", "/administration/mots", Action.HOUSE_WORDS),
    SubPage("sources", "/administration/dossiers", Action.FOLDER_ADMINISTER),
    SubPage("keys", "/administration/applications", Action.KEY_ADMINISTER),
    SubPage("hooks", "/administration/webhooks", Action.HOUSE_ADMINISTER),
    SubPage("tasks", "/administration/taches", Action.TASK_ADMINISTER),
    SubPage("policy", "/administration/politique", Action.POLICY_CHANGE),
    SubPage("models", "/administration/modeles", Action.MODEL_CHANGE),
    SubPage("supervision", "/administration/supervision", Action.HOUSE_WATCH),
    SubPage("backups", "/administration/sauvegardes", Action.HOUSE_ADMINISTER),
    SubPage("version", "/administration/version", Action.HOUSE_ADMINISTER),
    SubPage("assess", "/administration/evaluation", Action.MODEL_CHANGE),
    SubPage("sizing", "/administration/dimensionner", Action.MODEL_CHANGE),
)
"""In the order of their tabs. A new one is one line here, and its ways in its own file."""

_TITLES = {
    "people": "administration.accounts",
    "directories": "directories.title",
    "providers": "outside.providers",
    "groups": "administration.groups",
    "spaces": "administration.spaces",
    "words": "words.title",
    "sources": "sources.title",
    "keys": "keys.title",
    "hooks": "outside.hooks",
    "tasks": "own_tasks.title",
    "policy": "policy.title",
    "models": "models.title",
    "supervision": "supervision.title",
    "backups": "backups.title",
    "version": "version.title",
    "assess": "assess.title",
    "sizing": "sizing.title",
}
ROLE_WORDS = {
    "administrator": "administration.role_administrator",
    "referent": "administration.role_referent",
    "dpo": "administration.role_dpo",
    "auditor": "administration.role_auditor",
    "contractor": "administration.role_contractor",
    "elected": "administration.role_elected",
    "agent": "administration.role_agent",
}
_DONE = {
    "ferme": "administration.closed",
    "rouvert": "administration.reopened",
    "role": "administration.role_changed",
    "nom": "administration.person_renamed",
    "sessions": "second.sessions_ended",
    "preuve": "second.was_reset",
}


def tabs(came: Visit) -> list[tuple[str, str, str]]:
    """(key, title, path) of the sub-pages this guest may open."""
    allowed = (page for page in SUBPAGES if came.house.decide(came.actor, page.action, Resource("house")).allowed)
    return [(page.key, came.t(_TITLES[page.key]), page.path) for page in allowed]


async def done_or_told(
    work: Awaitable[T], then: Callable[[T], str], told: Callable[[DemeureError], Awaitable[Response]]
) -> Response:
    """Go where ``then`` says once ``work`` is done. What is wrong with what was asked is said on the page again, by
    ``told``; any other refusal has a page of its own."""
    try:
        made = await work
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return await told(problem)
    return RedirectResponse(then(made), 303)


async def administration(came: Visit) -> Response:
    """GET /administration: its first sub-page."""
    return RedirectResponse(tabs(came)[0][2], 303)


async def people(came: Visit) -> Response:
    """GET /administration/personnes."""
    return await _people(came)


async def _people(
    came: Visit,
    problem: DemeureError | None = None,
    *,
    given: dict[str, str] | None = None,
    invited: tuple[str, str] | None = None,
) -> Response:
    """``given``: the form to correct. ``invited``: (name, one-time link) to hand over, shown once."""
    done = _DONE.get(came.request.query_params.get("fait", ""))
    everyone = [
        (person, came.t(ROLE_WORDS[person.role])) for person in await came.house.directory.people(came.actor)
    ]
    shown, leaf = leafed(came, everyone, lambda row: _words(*row), "/administration/personnes")
    return came.page(
        "people.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        people=shown,
        leaf=leaf,
        roles=[
            (role.value, came.t(ROLE_WORDS[role]), powers_said(role, came.language)) for role in reversed(ROLES)
        ],
        problem=problem.sentence(came.language) if problem else "",
        given=given or {"name": "", "login": "", "role": "agent"},
        invited=invited,
        done=came.t(done) if done else "",
    )


def leafed(
    came: Visit, everyone: Iterable[T], words: Callable[[T], str], path: str
) -> tuple[list[T], dict[str, Any]]:
    """The rows of the page asked for (``page``), of those in whose ``words`` every word of ``q`` is; and what the
    template tells of them: how many were found, whether all fill several pages, the way to each."""
    asked, rows = came.request.query_params, list(everyone)
    sought = asked.get("q", "")[:_LONGEST_SOUGHT].strip()
    wanted = fold(sought.casefold()).split()
    found = [row for row in rows if all(word in fold(words(row).casefold()) for word in wanted)] if wanted else rows
    last = max(1, math.ceil(len(found) / SHOWN))
    number = asked.get("page", "1")
    at = min(max(1, int(number)), last) if number.isascii() and number.isdigit() and len(number) < 9 else 1
    told: dict[str, Any] = {"count": len(found), "many": len(rows) > SHOWN, "sought": sought}
    told |= {"path": path, "current": at, "last": last, "address": f"{path}?{urlencode({'q': sought})}&page="}
    return found[(at - 1) * SHOWN : at * SHOWN], told


def _words(person: Person, role: str) -> str:
    """By what somebody is looked for."""
    return f"{person.name} {person.login} {role}"


def powers_said(role: Role, language: str) -> list[str]:
    """What ``role`` may do, as the matrix gives it."""
    said = (fr if language == "fr" else en for fr, en in powers(role))
    return [line[:1].upper() + line[1:] + "." for line in said]


async def add(came: Visit) -> Response:
    """POST /administration/personnes: fields name, login, role."""
    fields = await came.form()
    given = {name: text_field(fields, name, 200) for name in ("name", "login", "role")}
    try:
        person, token = await came.house.directory.add_person(
            came.actor, given["name"], given["login"], given["role"]
        )
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return await _people(came, problem, given=given)
    return await _people(came, invited=(person.name, f"{came.house.address}/lien/{token}"))


async def invite(came: Visit) -> Response:
    """POST /administration/personnes/{person}/lien: a link to choose a new password."""
    person = came.request.path_params["person"]
    try:
        token = await came.house.directory.link_for(came.actor, person)
    except DemeureError as problem:
        if problem.http_status != 409:
            raise
        return await _people(came, problem)
    known = {one.id: one.name for one in await came.house.directory.people(came.actor)}
    return await _people(came, invited=(known.get(person, ""), f"{came.house.address}/lien/{token}"))


async def close(came: Visit) -> Response:
    """POST /administration/personnes/{person}/fermer."""
    return await _then(came, came.house.directory.close_person(came.actor, _one(came)), "ferme")


async def reopen(came: Visit) -> Response:
    """POST /administration/personnes/{person}/rouvrir."""
    return await _then(came, came.house.directory.reopen_person(came.actor, _one(came)), "rouvert")


async def change_role(came: Visit) -> Response:
    """POST /administration/personnes/{person}/role: field role."""
    role = text_field(await came.form(), "role", 200)
    return await _then(came, came.house.directory.change_role(came.actor, _one(came), role), "role")


async def rename(came: Visit) -> Response:
    """POST /administration/personnes/{person}/nom: field name."""
    name = text_field(await came.form(), "name", 1000)
    return await _then(came, came.house.directory.rename_person(came.actor, _one(came), name), "nom")


def _one(came: Visit) -> str:
    return str(came.request.path_params["person"])


async def _then(came: Visit, work: Awaitable[None], done: str) -> Response:
    return await done_or_told(
        work, lambda _: f"/administration/personnes?fait={done}", lambda problem: _people(came, problem)
    )


_PERSON = "/administration/personnes/{person}"
WAYS = (
    Way("GET", "/administration", administration, Action.SPACE_CREATE, "refusal"),
    Way("GET", "/administration/personnes", people, Action.PEOPLE_ADMINISTER, "refusal"),
    Way(
        *("POST", "/administration/personnes", add, Action.PEOPLE_ADMINISTER, "administration"),
        sensitive=True,
    ),
    Way("POST", f"{_PERSON}/lien", invite, Action.PEOPLE_ADMINISTER, "administration", sensitive=True),
    Way("POST", f"{_PERSON}/fermer", close, Action.PEOPLE_ADMINISTER, "administration", sensitive=True),
    Way("POST", f"{_PERSON}/rouvrir", reopen, Action.PEOPLE_ADMINISTER, "administration", sensitive=True),
    Way("POST", f"{_PERSON}/role", change_role, Action.PEOPLE_ADMINISTER, "administration", sensitive=True),
    Way("POST", f"{_PERSON}/nom", rename, Action.PEOPLE_ADMINISTER, "administration"),
)
