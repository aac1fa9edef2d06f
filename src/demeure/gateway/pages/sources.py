"""Administration, watched folders: what is followed, where each stands, the report of each scan.

A folder is declared by a command on the machine, never here: no page can widen what the house reads.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError, known_errors
from demeure.folders import WHAT, ScanRow, Watched
from demeure.gateway.pages.administration import tabs
from demeure.gateway.pages.documents import whole_number
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

_LIST = "/administration/dossiers"
ADD = "demeure sources add /srv/partage --space …"
STATES = {
    "new": ("wait", "sources.state_new"),
    "ok": ("ok", "sources.state_ok"),
    "scanning": ("busy", "sources.state_scanning"),
    "unreachable": ("stop", "sources.state_unreachable"),
    "held": ("warn", "sources.state_held"),
    "paused": ("wait", "sources.state_paused"),
}
OUTCOMES = {
    "running": ("busy", "sources.outcome_running"),
    "done": ("ok", "sources.outcome_done"),
    "held": ("warn", "sources.outcome_held"),
    "unreachable": ("stop", "sources.outcome_unreachable"),
    "interrupted": ("warn", "sources.outcome_interrupted"),
    "refused": ("stop", "sources.outcome_refused"),
}
WORDS = {what: f"sources.count_{what}" for what in WHAT}
WHY = {
    "hidden": "sources.why_hidden",
    "link": "sources.why_link",
    "special": "sources.why_special",
    "loop": "sources.why_loop",
    "mail-own": "sources.why_mail",
    "too-deep": "sources.why_deep",
    "path-too-long": "sources.why_long",
    "EACCES": "sources.why_permission",
    "EPERM": "sources.why_permission",
    "EIO": "sources.why_error",
    "ENOENT": "sources.why_gone",
}
_DONE = {
    "passage": "sources.done_ask",
    "pause": "sources.done_pause",
    "reprise": "sources.done_resume",
    "confirme": "sources.done_agree",
}


async def sources(came: Visit) -> Response:
    """GET /administration/dossiers."""
    found = await came.house.folders.listed(came.actor)
    return came.page("sources.html", tabs=tabs(came), rows=[_row(came, one) for one in found], command=ADD)


async def source(came: Visit) -> Response:
    """GET /administration/dossiers/{folder}: one, its report, its last scans."""
    return await _source(came)


async def _source(came: Visit, problem: DemeureError | None = None) -> Response:
    watched = await came.house.folders.show(came.actor, _one(came))
    scans = await came.house.folders.scans(came.actor, watched.folder.id)
    done = _DONE.get(came.request.query_params.get("fait", ""))
    return came.page(
        "source.html",
        problem.http_status if problem else 200,
        tabs=tabs(came),
        row=_row(came, watched),
        reads=watched.reads,
        ignore=watched.folder.ignore,
        lists=_lists(came, watched.last) if watched.last else [],
        scans=[_scan(came, one) for one in scans],
        problem=problem.sentence(came.language) if problem else "",
        done=came.t(done) if done else "",
    )


async def ask(came: Visit) -> Response:
    """POST /administration/dossiers/{folder}/passage: field whole."""
    whole = text_field(await came.form(), "whole") == "1"
    return await _then(came, came.house.folders.ask(came.actor, _one(came), whole=whole), "passage")


async def pause(came: Visit) -> Response:
    """POST /administration/dossiers/{folder}/pause."""
    return await _then(came, came.house.folders.pause(came.actor, _one(came)), "pause")


async def resume(came: Visit) -> Response:
    """POST /administration/dossiers/{folder}/reprise."""
    return await _then(came, came.house.folders.resume(came.actor, _one(came)), "reprise")


async def agree(came: Visit) -> Response:
    """POST /administration/dossiers/{folder}/confirmer: field count, the number that was shown."""
    count = whole_number(text_field(await came.form(), "count")) or 0
    return await _then(came, came.house.folders.agree(came.actor, _one(came), count), "confirme")


async def _then(came: Visit, work: Awaitable[Watched], done: str) -> Response:
    try:
        await work
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return await _source(came, problem)
    return RedirectResponse(f"{_LIST}/{_one(came)}?fait={done}", 303)


def _row(came: Visit, watched: Watched) -> dict[str, Any]:
    folder, last = watched.folder, watched.last
    signal, word = STATES["paused" if folder.paused else folder.state]
    return {
        "id": folder.id,
        "path": folder.name,
        "space": watched.space,
        "signal": signal,
        "word": came.t(word),
        "reason": (folder.reason or {}).get(came.language, ""),
        "files": watched.files,
        "held": folder.held,
        "paused": folder.paused,
        "keep_days": folder.keep_days,
        "drop": folder.drop,
        "rhythm": _rhythm(came, folder.every),
        "last": _scan(came, last) if last else None,
    }


def _rhythm(came: Visit, minutes: int) -> str:
    """« toutes les 2 heures »."""
    if not minutes:
        return came.t("sources.when_asked")
    say = came.house.rendering.sentences
    if minutes % 1440 == 0:
        return say.count(came.language, "sources.daily", minutes // 1440)
    if minutes % 60 == 0:
        return say.count(came.language, "sources.hourly", minutes // 60)
    return say.count(came.language, "sources.every", minutes)


def _scan(came: Visit, scan: ScanRow) -> dict[str, Any]:
    signal, word = OUTCOMES[scan.outcome]
    begun = datetime.fromisoformat(scan.started_at)
    ended = datetime.fromisoformat(scan.ended_at) if scan.ended_at else None
    return {
        "at": ended or begun,
        "seconds": (ended - begun).total_seconds() if ended else None,
        "signal": signal,
        "word": came.t(word),
        "whole": scan.whole,
        "counts": [(came.t(WORDS[what]), int(scan.counts[what])) for what in WHAT if scan.counts.get(what)],
    }


def _lists(came: Visit, scan: ScanRow) -> list[dict[str, Any]]:
    """The files of the last report, kind by kind."""
    return [
        {
            "what": what,
            "word": came.t(WORDS[what]),
            "lines": [(path, _why(came, why)) for path, why in scan.report[what]],
            "count": int(scan.counts.get(what, 0)),
        }
        for what in WHAT
        if scan.report.get(what)
    ]


def _why(came: Visit, why: str) -> str:
    if why in WHY:
        return came.t(WHY[why])
    known = known_errors().get(why)
    return known().sentence(came.language) if known else why


def _one(came: Visit) -> str:
    return str(came.request.path_params["folder"])


_FOLDER = _LIST + "/{folder}"
WAYS = (
    Way("GET", _LIST, sources, Action.FOLDER_ADMINISTER, "refusal"),
    Way("GET", _FOLDER, source, Action.FOLDER_ADMINISTER, "refusal"),
    Way("POST", f"{_FOLDER}/passage", ask, Action.FOLDER_ADMINISTER, "administration"),
    Way("POST", f"{_FOLDER}/pause", pause, Action.FOLDER_ADMINISTER, "administration"),
    Way("POST", f"{_FOLDER}/reprise", resume, Action.FOLDER_ADMINISTER, "administration"),
    Way("POST", f"{_FOLDER}/confirmer", agree, Action.FOLDER_ADMINISTER, "administration"),
)
