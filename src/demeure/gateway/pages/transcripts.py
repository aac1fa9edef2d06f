"""A transcript's own pages: speakers named by hand, the recording that was kept."""

import hashlib
from typing import Any

from starlette.responses import RedirectResponse, Response, StreamingResponse

from demeure.assistant.tasks import DraftRow, Task, WorkRow
from demeure.assistant.tasks.errors import SpeakersOutOfDate
from demeure.assistant.tasks.transcript import Paragraph, clock, named, read, speakers, written
from demeure.errors import DemeureError
from demeure.gateway.errors import PageUnknown
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.policy import Action

BODY = 2 << 20
MOST_PARAGRAPHS = 1000
RECIPE = "transcribe"


async def transcripts(came: Visit) -> list[tuple[str, str]]:
    """(id, title) of one's finished transcripts, latest first."""
    rows = await came.house.works.mine(came.actor, state="done", limit=100)
    known, _ = await came.house.tasks.cupboard.tasks()
    heard = {task.name for task in known if task.recipe == RECIPE}
    return [(one.id, one.title) for one in rows if one.task in heard and not one.withdrawn]


async def shown(came: Visit, row: WorkRow, draft: DraftRow, task: Task | None) -> dict[str, Any]:
    """What the page of a transcript shows beside those of other works."""
    if task is None or task.recipe != RECIPE:
        return {}
    known, _ = await came.house.tasks.cupboard.tasks()
    reads = [(one, [field.name for field in one.fields if field.kind == "source"]) for one in known]
    uses = [(one, names[0]) for one, names in reads if len(names) == 1]  # two documents are compared elsewhere
    done = [part.title for part in draft.parts if part.text is not None]
    sound = row.mine and not draft.open and await came.house.playback.has(came.actor, row.id)
    return {"uses": uses, "heard": done[-1] if done else clock(0), "sound": sound}


async def naming(came: Visit) -> Response:
    """GET /travaux/{work}/intervenants?brouillon=…: a name before each paragraph."""
    row, draft = await _own(came, came.request.query_params.get("brouillon", ""))
    return _page(came, row, draft)


def _page(came: Visit, row: WorkRow, draft: DraftRow, problem: str = "", status: int = 200) -> Response:
    told = read(draft.text)[:MOST_PARAGRAPHS]
    return came.page(
        "speakers.html",
        status,
        work=row,
        draft=draft,
        paragraphs=told,
        known=speakers(told),
        digest=_digest(draft.text),
        clock=clock,
        problem=problem,
    )


async def name(came: Visit) -> Response:
    """POST /travaux/{work}/intervenants: ``p0``, ``p1``… by paragraph, ``de0``/``vers0``… one name for another."""
    form = came.values or await came.form()
    row, draft = await _own(came, form.get("brouillon", ""))
    told = read(draft.text)
    given = {
        at: text_field(form, f"p{at}", 200) for at in range(min(len(told), MOST_PARAGRAPHS)) if f"p{at}" in form
    }
    pairs = range(len(speakers(told)))
    everywhere = {form[f"de{at}"]: text_field(form, f"vers{at}", 200) for at in pairs if f"de{at}" in form}
    try:
        await _write(came, row, draft, named(told, given, everywhere), form.get("etat", ""))
    except DemeureError as problem:
        if problem.http_status not in (400, 409, 413):
            raise
        return _page(
            came, *await _own(came, str(draft.number)), problem.sentence(came.language), problem.http_status
        )
    return RedirectResponse(f"/travaux/{row.id}?brouillon={draft.number}", 303)


async def _write(came: Visit, row: WorkRow, draft: DraftRow, told: list[Paragraph], digest: str) -> None:
    if digest != _digest(draft.text):
        raise SpeakersOutOfDate()
    await came.house.tasks.edit(came.actor, row.id, draft.number, written(told))


async def sound(came: Visit) -> Response:
    """GET /travaux/{work}/enregistrement: the sound that was kept, as WAV."""
    name = str(came.request.path_params["work"])
    length, pieces = await came.house.playback.sound(came.actor, name)
    headers = {"Content-Disposition": 'inline; filename="enregistrement.wav"', "Content-Length": str(length)}
    return StreamingResponse(pieces, media_type="audio/wav", headers=headers | {"Cache-Control": "no-store"})


async def _own(came: Visit, number: str) -> tuple[WorkRow, DraftRow]:
    row = await came.house.tasks.work(came.actor, str(came.request.path_params["work"]))
    draft = row.draft(int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0)
    if not row.mine or draft is None or draft.open or not draft.text:
        raise PageUnknown()
    return row, draft


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _way(method: str, path: str, handler: Any, action: Action, event: str, **more: Any) -> Way:
    return Way(method, path, handler, action, event, "work", decided_by="assistant", **more)


PAGES = (
    _way("GET", "/travaux/{work}/intervenants", naming, Action.WORK_READ, "refusal"),
    _way("POST", "/travaux/{work}/intervenants", name, Action.WORK_WRITE, "administration", body=BODY),
    _way("GET", "/travaux/{work}/enregistrement", sound, Action.WORK_READ, "look"),
)
