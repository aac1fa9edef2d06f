"""A work: its drafts, the one being written, what was asked; refining, comparing, changing, sharing, deleting."""

import re
from typing import Any

from starlette.responses import RedirectResponse, Response

from demeure.assistant.tasks import TITLE_LENGTH, WISHES, DraftRow, Task, WorkRow, compared
from demeure.assistant.tasks.errors import TaskUnknown
from demeure.errors import DemeureError
from demeure.gateway.api import tasks as api
from demeure.gateway.drafting import (
    STATES,
    asked_lines,
    draft_values,
    report,
    section_word,
    sections_of,
    stages,
    wish_word,
)
from demeure.gateway.errors import PageUnknown
from demeure.gateway.pages.transcripts import shown as transcript_shown
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.waits import place_in_queue
from demeure.gateway.way import Way
from demeure.policy import Action
from demeure.policy.scopes import DRAFTS

EDIT_BODY = 2 << 20
_MARK = re.compile(r"[ \u00a0]?\[(\d{1,3})\]")


async def work(came: Visit) -> Response:
    """GET /travaux/{work}?brouillon=…: its last draft, or that one."""
    row = await came.house.tasks.work(came.actor, came.request.path_params["work"])
    return await work_page(came, row, _draft(came, row))


def _draft(came: Visit, row: WorkRow) -> DraftRow:
    given = came.request.query_params.get("brouillon", "")
    found = row.draft(int(given) if given.isascii() and given.isdigit() and len(given) < 7 else 0)
    if found is None:
        raise PageUnknown()
    return found


async def work_page(
    came: Visit, row: WorkRow, draft: DraftRow, problem: str = "", status: int = 200, wish: str = ""
) -> Response:
    """The page of a work, with what has just been refused."""
    names = await came.house.shelves.readable(came.actor)
    task = await _task(came, row)
    spaces = [space for space in await came.house.shelves.spaces(came.actor) if space.may_add] if row.mine else []
    signal, key = STATES[draft.state]
    return came.page(
        "work.html",
        status,
        work=row,
        draft=draft,
        drafts=[(one, section_word(came, task, one) or wish_word(came, one.wish)) for one in row.drafts],
        sections=sections_of(came, row, draft, task),
        task=task,
        task_title=task.title[came.language] if task else row.task,
        asked=await asked_lines(came, row, draft, task),
        stages=stages(came, draft),
        report=report(came, draft),
        signal=signal,
        state_word=came.t(key),
        queued=place_in_queue(came, came.house.tasks.ahead(row.id)),
        spaces=spaces,
        shared=names.get(row.shared or "", ""),
        wishes=[(one, wish_word(came, one)) for one in WISHES],
        problem=problem,
        wish=wish,
        **await transcript_shown(came, row, draft, task),
        **await draft_values(came, row, draft, names),
    )


async def _task(came: Visit, row: WorkRow) -> Task | None:
    try:
        return await came.house.tasks.cupboard.task(row.task)
    except TaskUnknown:
        return None


async def compare(came: Visit) -> Response:
    """GET /travaux/{work}/comparer?avant=…&apres=…: word by word."""
    row = await came.house.tasks.work(came.actor, came.request.path_params["work"])
    query = came.request.query_params
    before, after = (row.draft(_whole(query.get(name, ""))) for name in ("avant", "apres"))
    if before is None or after is None or len(row.drafts) < 2:
        raise PageUnknown()
    if query.get("avant") is None:
        before = row.draft(after.of) or row.drafts[-2]
    found = compared(_MARK.sub("", before.text), _MARK.sub("", after.text))
    pieces = [(piece.kind, piece.text) for piece in found]
    changed = sum(kind != "same" for kind, _ in pieces)
    return came.page("work_compare.html", work=row, before=before, after=after, pieces=pieces, changed=changed)


def _whole(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 7 else 0


async def stop(came: Visit) -> Response:
    """POST /travaux/{work}/arreter."""
    await came.house.tasks.stop(came.actor, came.request.path_params["work"])
    return _back(came)


async def resume(came: Visit) -> Response:
    """POST /travaux/{work}/reprendre: ``ici``: with the house's own model from now on."""
    form = came.values or await came.form()
    await came.house.tasks.again(came.actor, _id(came), home=form.get("ici") == "1")
    return _back(came)


async def refine(came: Visit) -> Response:
    """POST /travaux/{work}/affiner: ``souhait``, one of the buttons, or ``consigne``, in one's own words."""
    form = came.values or await came.form()
    number = _whole(form.get("brouillon", ""))
    wish = text_field(form, "souhait") or text_field(form, "consigne")
    return await _tried(came, came.house.tasks.refine(came.actor, _id(came), number, wish), number, wish)


async def section(came: Visit) -> Response:
    """POST /travaux/{work}/section: ``section`` alone is written anew, from ``lignes``."""
    form = came.values or await came.form()
    number, which = _whole(form.get("brouillon", "")), _whole(form.get("section", ""))
    lines = text_field(form, "lignes", EDIT_BODY)
    return await _tried(came, came.house.tasks.section(came.actor, _id(came), number, which, lines), number)


async def editing(came: Visit) -> Response:
    """GET /travaux/{work}/modifier?brouillon=…."""
    row = await came.house.tasks.work(came.actor, _id(came))
    if not row.mine:
        raise PageUnknown()
    draft = _draft(came, row)
    return came.page("edit_draft.html", work=row, draft=draft, text=draft.text, problem="")


async def edit(came: Visit) -> Response:
    """POST /travaux/{work}/modifier: what was typed stays on the page when it cannot be kept."""
    form = came.values or await came.form()
    number, text = _whole(form.get("brouillon", "")), text_field(form, "texte", EDIT_BODY)
    try:
        await came.house.tasks.edit(came.actor, _id(came), number, text)
    except DemeureError as problem:
        if problem.http_status not in (400, 409, 413):
            raise
        row = await came.house.tasks.work(came.actor, _id(came))
        draft, said = row.draft(number), problem.sentence(came.language)
        return came.page("edit_draft.html", problem.http_status, work=row, draft=draft, text=text, problem=said)
    return RedirectResponse(f"/travaux/{_id(came)}?brouillon={number}", 303)


async def share(came: Visit) -> Response:
    """POST /travaux/{work}/partager: ``espace``; empty: nobody else any more."""
    form = came.values or await came.form()
    return await _tried(came, came.house.tasks.share(came.actor, _id(came), text_field(form, "espace", 128)), 0)


async def naming(came: Visit) -> Response:
    """GET /travaux/{work}/renommer."""
    row = await _own(came)
    return came.page("rename_work.html", work=row, given=row.title, problem="", limit=TITLE_LENGTH)


async def rename(came: Visit) -> Response:
    """POST /travaux/{work}/renommer."""
    row, given = await _own(came), text_field(came.values or await came.form(), "title")
    try:
        await came.house.tasks.rename(came.actor, row.id, given)
    except DemeureError as problem:
        if problem.http_status != 400:
            raise
        said = problem.sentence(came.language)
        return came.page("rename_work.html", 400, work=row, given=given, problem=said, limit=TITLE_LENGTH)
    return _back(came)


async def confirm(came: Visit) -> Response:
    """GET /travaux/{work}/supprimer: the question before the deletion."""
    return came.page("delete_work.html", work=await _own(came))


async def delete(came: Visit) -> Response:
    """POST /travaux/{work}/supprimer."""
    await came.house.tasks.delete(came.actor, _id(came))
    return RedirectResponse("/taches?efface", 303)


async def download(came: Visit) -> Response:
    """GET /travaux/{work}/telecharger/{number}: as plain text, its sources under it."""
    row = await came.house.tasks.work(came.actor, _id(came))
    draft = row.draft(_whole(came.request.path_params["number"]))
    if draft is None or not _whole(came.request.path_params["number"]):
        raise PageUnknown()
    name = (
        re.sub(r"[^A-Za-z0-9]+", "-", row.title.encode("ascii", "ignore").decode()).strip("-")[:60] or "brouillon"
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.txt"'}
    return Response(written(came, draft), media_type="text/plain; charset=utf-8", headers=headers)


def written(came: Visit, draft: DraftRow) -> str:
    """A draft as plain text: its words, then its sources as numbered lines."""
    lines = [
        f"[{one['number']}] {', '.join(filter(None, (one['document'], one['place_label'])))}"
        for one in draft.sources
    ]
    text = re.sub(r"(?m)^#{1,6} |\*\*", "", draft.text)
    if lines:
        text += f"\n\n{came.t('works.sources')}\n\n" + "\n".join(lines)
    return text.rstrip() + "\n"


def _id(came: Visit) -> str:
    return str(came.request.path_params["work"])


def _back(came: Visit) -> Response:
    return RedirectResponse(f"/travaux/{_id(came)}", 303)


async def _own(came: Visit) -> WorkRow:
    row = await came.house.tasks.work(came.actor, _id(came))
    if not row.mine:
        raise PageUnknown()
    return row


async def _tried(came: Visit, act: Any, number: int, wish: str = "") -> Response:
    """Do it; a refusal that a person can mend is told on the page of the work."""
    try:
        await act
    except DemeureError as problem:
        if problem.http_status not in (400, 403, 409, 413):
            raise
        row = await came.house.tasks.work(came.actor, _id(came))
        draft = row.draft(number)
        if draft is None:
            raise PageUnknown() from problem
        return await work_page(came, row, draft, problem.sentence(came.language), problem.http_status, wish)
    return _back(came)


def _way(method: str, path: str, handler: Any, action: Action, event: str, **more: Any) -> Way:
    return Way(method, path, handler, action, event, "work", decided_by="assistant", **more)


_READS = (Action.WORK_READ, "refusal")
_WRITES = (Action.WORK_WRITE, "administration")
_ASKS = (Action.TASK_USE, "request")

PAGES = (
    _way("GET", "/travaux/{work}", work, *_READS),
    _way("GET", "/travaux/{work}/comparer", compare, *_READS),
    _way("GET", "/travaux/{work}/telecharger/{number}", download, *_READS),
    _way("POST", "/travaux/{work}/arreter", stop, *_WRITES),
    _way("POST", "/travaux/{work}/reprendre", resume, *_ASKS),
    _way("POST", "/travaux/{work}/affiner", refine, *_ASKS),
    _way("POST", "/travaux/{work}/section", section, *_ASKS, body=EDIT_BODY),
    _way("GET", "/travaux/{work}/modifier", editing, *_READS),
    _way("POST", "/travaux/{work}/modifier", edit, *_WRITES, body=EDIT_BODY),
    _way("POST", "/travaux/{work}/partager", share, Action.WORK_SHARE, "administration"),
    _way("GET", "/travaux/{work}/renommer", naming, *_READS),
    _way("POST", "/travaux/{work}/renommer", rename, *_WRITES),
    _way("GET", "/travaux/{work}/supprimer", confirm, *_READS),
    _way("POST", "/travaux/{work}/supprimer", delete, *_WRITES),
)


def _body(**fields: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}


API = (
    _way(
        *("GET", "/api/works", api.works, *_READS),
        summary="One's own works, or those that hold some words; those shared",
        parameters=("q", "state"),
    ),
    _way("GET", "/api/works/{work}", api.work, *_READS, summary="A work with its drafts", scope=DRAFTS),
    _way(
        *("GET", "/api/works/{work}/events", api.events, *_READS),
        summary="The draft being written, as events",
        answers="events",
        scope=DRAFTS,
    ),
    _way(
        *("POST", "/api/works/{work}/stop", api.stop, *_WRITES),
        summary="Stop; what is written is kept",
        scope=DRAFTS,
    ),
    _way(
        *("POST", "/api/works/{work}/resume", api.resume, *_ASKS),
        summary="Go on from the last finished part; home: with the house's own model",
        body_schema=_body(home="boolean"),
    ),
    _way(
        *("POST", "/api/works/{work}/refine", api.refine, *_ASKS),
        summary="Another draft: shorter, warmer, formal, plainer, or a sentence",
        body_schema=_body(number="integer", wish="string"),
    ),
    _way(
        *("POST", "/api/works/{work}/section", api.section, *_ASKS),
        summary="Another draft, with one section alone written anew, from its lines",
        body=EDIT_BODY,
        body_schema=_body(number="integer", section="integer", lines="string"),
    ),
    _way(
        *("POST", "/api/works/{work}/edit", api.edit, *_WRITES),
        summary="The author's own words in place of a draft's",
        body=EDIT_BODY,
        body_schema=_body(number="integer", text="string"),
    ),
    _way(
        *("POST", "/api/works/{work}/rename", api.rename, *_WRITES),
        summary="Another name",
        body_schema=_body(title="string"),
    ),
    _way(
        *("POST", "/api/works/{work}/share", api.share, Action.WORK_SHARE, "administration"),
        summary="Let the readers of a space read it; empty: nobody else",
        body_schema=_body(space="string"),
    ),
    _way(
        *("DELETE", "/api/works/{work}", api.delete, *_WRITES),
        summary="Delete a work and all its drafts",
        answers="nothing",
    ),
)
