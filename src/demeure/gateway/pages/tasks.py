"""Tâches: what one may have drafted, one's works, and the form of each task."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from demeure.assistant.tasks import DOCUMENT, FILE, READS, TEXTS, WORK, FileRow, Task, sequence
from demeure.errors import DemeureError
from demeure.gateway.api import tasks as api
from demeure.gateway.drafting import listed_state
from demeure.gateway.errors import BodyTooLarge, BodyTooSlow, ForeignRequest
from demeure.gateway.gate import check_token
from demeure.gateway.pages.answer import ways_offered
from demeure.gateway.pages.transcripts import transcripts
from demeure.gateway.problems import answer
from demeure.gateway.upload import FileForm
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import UPLOAD, Way
from demeure.library import Wanted
from demeure.policy import Action
from demeure.policy.scopes import DRAFTS

GROUPS = (("write", "tasks.group_write"), ("read", "tasks.group_read"), ("gather", "tasks.group_gather"))
MOST_ROWS, MOST_DOCUMENTS = 40, 200
FORM_BODY = 2 << 20
"""A pasted report of two hundred pages, percent-encoded."""
_OWN = ("ask", "transcribe")
"""Recipes that choose elsewhere who answers, or that only this house does."""
_FILTERS = {"": "", "cours": "open", "prets": "done"}


async def tasks(came: Visit) -> Response:
    """GET /taches?q=…&etat=…: one's works, then the tasks by group."""
    query = came.request.query_params
    said, state = query.get("q", "")[:200].strip(), query.get("etat", "")
    state = state if state in _FILTERS else ""
    known, _ = await came.house.tasks.cupboard.tasks()
    mine = await came.house.works.mine(came.actor, said, state=_FILTERS[state], limit=MOST_ROWS)
    shared = [] if said or state else await came.house.works.shared(came.actor, 12)
    by_name = {task.name: task for task in known}
    rows = [(one, by_name.get(one.task), *listed_state(came, one)) for one in sequence(mine)]
    groups = [(came.t(key), [task for task in known if task.group == group]) for group, key in GROUPS]
    return came.page(
        "tasks.html",
        rows=rows,
        shared=[(one, by_name.get(one.task), *listed_state(came, one)) for one in shared],
        groups=[(title, those) for title, those in groups if those],
        said=said,
        kept=state,
        told="efface" in query,
    )


async def task(came: Visit) -> Response:
    """GET /taches/{task}?fichier=…&champ=…: its form."""
    found = await came.house.tasks.cupboard.task(came.request.path_params["task"])
    query = came.request.query_params
    files: dict[str, list[FileRow]] = {}
    given = {one.name: query.get(one.name, one.default)[: one.most] for one in found.fields}
    if (file := query.get("fichier", "")) and (field := found.field(query.get("champ", "")[:40])):
        files[field.name] = [await came.house.tasks.file(came.actor, file[:64])]
        given[field.name] = f"{FILE}{file[:64]}" if field.kind == "documents" else given[field.name]
    if (work := query.get("travail", "")) and query.get("champ", "") in given:
        given[query["champ"]] = f"{WORK}{work[:64]}"
    return await form_page(came, found, given, files)


async def form_page(
    came: Visit,
    task: Task,
    given: Mapping[str, str],
    files: Mapping[str, Sequence[FileRow]],
    problem: str = "",
    status: int = 200,
    way: str = "",
) -> Response:
    """The form with what it holds. ``files``: brought for each field; ``way``: the route that was chosen."""
    reads = [one for one in task.fields if one.kind in READS]
    documents = await _documents(came) if any(one.kind in ("source", "documents") for one in reads) else []
    looks = any(one.kind == "spaces" for one in task.fields)
    spaces = await came.house.shelves.spaces(came.actor) if looks else []
    return came.page(
        "task.html",
        status,
        task=task,
        given=given,
        files=files,
        documents=documents,
        transcripts=await transcripts(came) if any(one.kind == "source" for one in reads) else [],
        problem=problem,
        spaces=spaces,
        texts=await _texts(came, task),
        limit=came.house.settings.upload_megabytes,
        offered=await ways_offered(came) if task.recipe not in _OWN else [],
        chosen_way=way,
    )


async def _texts(came: Visit, task: Task) -> dict[str, list[tuple[str, list[tuple[str, str]]]]]:
    """By kind of field: the templates, the procedures that one may choose, see Chosen.offered."""
    kinds = {one.kind for one in task.fields} & set(TEXTS)
    offered = came.house.tasks.chosen.offered
    return {kind: await asyncio.to_thread(offered, came.actor, kind) for kind in kinds}


async def _documents(came: Visit) -> list[tuple[str, list[tuple[str, str]]]]:
    """(space, its documents that can be read as (id, name)), newest first."""
    found = []
    for space in await came.house.shelves.spaces(came.actor):
        page = await came.house.catalogue.page(came.actor, space.id, Wanted(), 1, MOST_DOCUMENTS)
        rows = [(row.id, row.name) for row in page.rows if row.state in ("ready", "searchable")]
        if rows:
            found.append((space.name, rows))
    return found


async def start(came: Visit) -> Response:
    """POST /taches/{task}: ask for a draft; a form that cannot be is shown again as it was."""
    form = came.values or await came.form()
    found = await came.house.tasks.cupboard.task(came.request.path_params["task"])
    given = fields_of(came, found, form)
    try:
        route = text_field(form, "route", 64)
        work = await came.house.tasks.start(came.actor, found.name, given, came.language, route)
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409, 413):
            raise
        return await _again(came, found, given, problem)
    return RedirectResponse(f"/travaux/{work.id}", 303)


def fields_of(came: Visit, task: Task, form: Mapping[str, str]) -> dict[str, str]:
    """What a form holds for each field: a file before a document, a document before a pasted text."""
    given = {}
    for one in task.fields:
        text = text_field(dict(form), one.name, FORM_BODY)
        if one.kind in ("documents", "spaces"):
            text = "\n".join(came.every(one.name))
        elif one.kind in READS:
            file, document = form.get(f"{one.name}.file", "")[:80], form.get(f"{one.name}.document", "")[:80]
            text = f"{FILE}{file}" if file else _chosen(document) if document else text
        given[one.name] = text
    return given


def _chosen(value: str) -> str:
    """A document of the base, or a transcript of one's own."""
    return value if value.startswith(WORK) else f"{DOCUMENT}{value}"


async def _again(came: Visit, task: Task, given: Mapping[str, str], problem: DemeureError) -> Response:
    files: dict[str, list[FileRow]] = {}
    for name, value in given.items():
        for line in value.split("\n") if FILE in value else ():
            if line.startswith(FILE):
                with contextlib.suppress(DemeureError):
                    files.setdefault(name, []).append(
                        await came.house.tasks.file(came.actor, line.removeprefix(FILE))
                    )
    way = (came.values or await came.form()).get("route", "")[:64]
    return await form_page(came, task, given, files, problem.sentence(came.language), problem.http_status, way)


async def kept(came: Visit, problem: DemeureError) -> Response:
    """The error of a form: what was typed stays on the page."""
    if isinstance(problem, BodyTooLarge | BodyTooSlow) or not came.guest:
        return answer(came, problem)
    if isinstance(problem, ForeignRequest) and problem.params.get("detail") != "token":
        return answer(came, problem)
    try:
        found = await came.house.tasks.cupboard.task(came.request.path_params["task"])
        return await _again(came, found, fields_of(came, found, came.values or await came.form()), problem)
    except DemeureError:
        return answer(came, problem)


async def drop(came: Visit) -> Response:
    """POST /taches/{task}/fichier: fields ``token`` and ``champ``, then one file; without scripts."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    fields = await form.fields()
    check_token(came, fields.get("token", ""))
    name = came.request.path_params["task"]
    found = await came.house.tasks.cupboard.task(name)
    async for file, stream in form.files():
        try:
            row = await came.house.tasks.drop(came.actor, file, stream)
        except DemeureError as problem:
            given = {one.name: one.default for one in found.fields}
            return await form_page(came, found, given, {}, problem.sentence(came.language), problem.http_status)
        chosen = {"champ": fields.get("champ", ""), "fichier": row.id}
        return RedirectResponse(f"/taches/{found.name}?{urlencode(chosen)}", 303)
    return RedirectResponse(f"/taches/{found.name}", 303)


_READ = {"decided_by": "assistant", "resource": "work"}

PAGES = (
    Way("GET", "/taches", tasks, Action.WORK_READ, "refusal", **_READ),  # type: ignore[arg-type] # texts
    Way("GET", "/taches/{task}", task, Action.TASK_USE, "refusal"),
    Way(
        *("POST", "/taches/{task}", start, Action.TASK_USE, "request"),
        decided_by="assistant",
        body=FORM_BODY,
        told=kept,
    ),
    Way(
        *("POST", "/taches/{task}/fichier", drop, Action.TASK_USE, "request"),
        decided_by="assistant",
        body=UPLOAD,
    ),
)

_FIELDS = {
    "type": "object",
    "required": ["fields"],
    "properties": {
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "By name. A field that reads takes a text, file:ID (a file sent before), document:ID or "
            "work:ID (a transcript)",
        },
        "language": {"type": "string", "enum": ["fr", "en"]},
        "route": {"type": "string", "description": "By the engine of that open route instead of the house's own"},
    },
}
_ASKS = (Action.TASK_USE, "request")

API = (
    Way(
        *("GET", "/api/tasks", api.tasks, Action.TASK_USE, "refusal"),
        summary="The tasks, and files that are none",
        scope=DRAFTS,
    ),
    Way(
        *("POST", "/api/tasks/files", api.drop, *_ASKS),
        decided_by="assistant",
        body=UPLOAD,
        summary="Send a file for a task; its id goes into a field as file:ID",
        parameters=("name",),
        answers="added",
        scope=DRAFTS,
    ),
    Way(
        *("GET", "/api/tasks/{task}", api.task, Action.TASK_USE, "refusal"),
        summary="One task: its fields, its budget",
        scope=DRAFTS,
    ),
    Way(
        *("POST", "/api/tasks/{task}", api.start, *_ASKS),
        decided_by="assistant",
        body=FORM_BODY,
        body_schema=_FIELDS,
        summary="Ask for a draft; it is written in the background",
        answers="added",
        scope=DRAFTS,
    ),
)
