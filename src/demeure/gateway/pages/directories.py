"""Administration, directories: what is declared, what its last readings came to, what following it would change."""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError, InputError
from demeure.gateway.directory_room import DirectoryRoom
from demeure.gateway.errors import PageUnknown
from demeure.gateway.pages.administration import ROLE_WORDS, tabs
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

_HERE = "/administration/annuaires"
_ONE = "/administration/annuaires/{directory}"
COUNTS = ("added", "adopted", "closed", "reopened", "renamed", "role", "joined", "left", "kept")
COMMAND = "demeure directory declare"
_TONES = {"done": "ok", "doubtful": "warn", "failed": "stop"}
_SHOWN, _RUNS = 300, 5


async def directories(came: Visit) -> Response:
    """GET /administration/annuaires."""
    return await _page(came)


async def look(came: Visit) -> Response:
    """POST /administration/annuaires/{directory}/regarder: changes nobody."""
    name = str(came.request.path_params["directory"])
    try:
        return await _page(came, seen={"id": name, **await _room(came).check(came.actor, name)})
    except DemeureError as problem:
        return await _told(came, problem)


async def follow(came: Visit) -> Response:
    """POST /administration/annuaires/{directory}/suivre: field close, how many closings were seen."""
    name = str(came.request.path_params["directory"])
    said = text_field(await came.form(), "close", 10) or "0"
    if not said.isascii() or not said.isdigit():
        raise InputError(detail="close")
    try:
        return await _page(came, done=await _room(came).follow(came.actor, name, int(said)))
    except DemeureError as problem:
        return await _told(came, problem)


async def _told(came: Visit, problem: DemeureError) -> Response:
    if problem.http_status not in (403, 404, 409, 502) or problem.code() == "Denied":
        raise problem
    return await _page(came, problem=problem)


async def _page(
    came: Visit,
    *,
    seen: dict[str, Any] | None = None,
    done: dict[str, Any] | None = None,
    problem: DemeureError | None = None,
) -> Response:
    """``seen``: what following one would change; ``done``: what it changed."""
    told: dict[str, Any] = seen or done or {}
    room = came.house.directories
    known = await room.listed(came.actor) if room is not None else []
    wrong = await room.unusable(came.actor) if room is not None else []
    return came.page(
        "directories.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        known=[_one(came, row) for row in known],
        unusable=[one[came.language] for one in wrong],
        seen=seen,
        rows=[_row(came, row) for row in (seen or {}).get("changes", ())[:_SHOWN]],
        kept=[(row["login"], came.t(f"directories.kept_{_key(row['why'])}")) for row in told.get("kept", ())],
        counts=_counts(came, told.get("counts", {})),
        done=done is not None,
        command=COMMAND,
        problem=problem.sentence(came.language) if problem else "",
    )


def _one(came: Visit, row: dict[str, Any]) -> dict[str, Any]:
    runs = [
        {
            "at": datetime.fromisoformat(run["at"]),
            "tone": _TONES[run["outcome"]],
            "word": came.t(f"directories.run_{run['outcome']}"),
            "said": run.get(came.language, ""),
            "counts": _counts(came, run.get("counts", {})),
        }
        for run in row["runs"][:_RUNS]
    ]
    roles = [(one["dn"], came.t(ROLE_WORDS[one["role"]])) for one in row["roles"]]
    good = datetime.fromisoformat(row["good"]) if row["good"] else None
    return {**row, "runs": runs, "roles": roles, "good": good}


def _counts(came: Visit, counts: dict[str, int]) -> str:
    """« 12 ajoutés, 1 fermé »."""
    say = came.house.rendering.sentences
    told = (
        say.count(came.language, f"directories.counts_{name}", counts[name]) for name in COUNTS if counts.get(name)
    )
    return ", ".join(told)


def _row(came: Visit, row: dict[str, Any]) -> tuple[str, str, str]:
    """(login, act, details) of one account."""
    parts = [row.get("name", ""), row.get("new_login", "")]
    parts += [came.t(ROLE_WORDS[row["role"]])] if row.get("role") else []
    parts += [f"+ {name}" for name in row.get("joins", ())] + [f"− {name}" for name in row.get("leaves", ())]
    parts += [came.t(f"directories.why_{row['why']}")] if row.get("why") else []
    return row["login"], came.t(f"directories.act_{row['act']}"), ", ".join(part for part in parts if part)


def _key(why: str) -> str:
    return why.replace("-", "_")


def _room(came: Visit) -> DirectoryRoom:
    if came.house.directories is None:
        raise PageUnknown()
    return came.house.directories


WAYS = (
    Way("GET", _HERE, directories, Action.PEOPLE_ADMINISTER, "refusal"),
    Way("POST", f"{_ONE}/regarder", look, Action.PEOPLE_ADMINISTER, "administration"),
    Way("POST", f"{_ONE}/suivre", follow, Action.PEOPLE_ADMINISTER, "administration", sensitive=True),
)
