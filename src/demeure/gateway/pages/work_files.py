"""A draft as a file to send, and the word that its author has read it again."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from demeure.assistant import grounding
from demeure.assistant.citations import numbers_in
from demeure.assistant.tasks import FILE, DraftRow, WorkRow, findings_of
from demeure.assistant.tasks.errors import TaskUnknown
from demeure.assistant.tasks.message import understood
from demeure.clock import iso
from demeure.errors import InputError
from demeure.gateway.api.tasks import work as told_work
from demeure.gateway.drafting import review_of
from demeure.gateway.errors import PageUnknown
from demeure.gateway.house import House
from demeure.gateway.pages.files import as_response, asks, masked_or_not
from demeure.gateway.sending import ToSend
from demeure.gateway.unsourced import marks
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action, Actor
from demeure.policy.scopes import DRAFTS
from demeure.workshop import FILE_FORMATS, MAIL_FORMATS, SHEET_FORMATS, Answering, LetterSource, addresses

_SUBJECT = re.compile(r"\A(?:Objet|Subject)\s?:\s([^\n]+)\n+")


async def file(came: Visit) -> Response:
    """GET /travaux/{work}/brouillon/{number}/fichier?format=…&lettre=1&masque=1, and the same under /api."""
    query = came.request.query_params
    kind, letter = query.get("format", "docx"), asks(query, "lettre", "letter")
    told = await draft_to_send(came.house, came.actor, came.language, _where(came), letter=letter)
    return as_response(await masked_or_not(came, told, kind))


async def draft_to_send(
    house: House, actor: Actor, language: str, where: tuple[str, int], *, letter: bool = False
) -> ToSend:
    """A draft (number 0: the last one) that ``actor`` may read, as the page shows it. Raises the tasks'
    WorkUnknown and WorkWithdrawn, and PageUnknown: it is not over, or has no text."""
    work, number = where
    row = await house.tasks.work(actor, work)
    draft = row.draft(number)
    if draft is None or draft.open or not draft.text.strip():
        raise PageUnknown()
    say, signed = partial(house.rendering.say, language), await _signed(house, row)
    title, text = _titled(row, draft.text, signed=signed)
    message, answering = await _answering(house, actor, row)
    found, cut = findings_of(draft), len(draft.text) - len(text)
    told = marks(
        say, sorted((*grounding.unsupported(found), *grounding.computed(found)), key=lambda one: one.start)
    )
    cited = set(numbers_in(text))
    return ToSend(
        title=title,
        text=text,
        sources=tuple(
            LetterSource(one["number"], say("answer.gone"))
            if one.get("gone")
            else LetterSource(one["number"], one["document"], one["place_label"], one["quote"])
            for one in draft.sources
            if one["number"] in cited
        ),
        spaces=tuple(row.spaces),
        sensitivity=row.sensitivity,
        model=str(draft.details.get("model", "")),
        made_at=datetime.fromisoformat(draft.updated_at),
        facts={"GeneratedAt": generated_at(draft)},
        headed=not (signed and row.fields.get("modele")),  # a template has its own head
        review=review_of(draft),
        marks=tuple(replace(m, start=m.start - cut, end=m.end - cut) for m in told if m.start >= cut),
        letter=letter,
        signed=signed,
        chain=draft.chain,
        entry=draft.journal,
        spoken=row.language,
        asked=await house.tasks.read_by(actor, row),
        message=message,
        answering=answering,
    )


def generated_at(draft: DraftRow) -> str:
    """When the model had written it: reading it again, or changing a word, is no generation."""
    seconds = float(draft.details.get("seconds") or 0)
    return iso((datetime.fromisoformat(draft.created_at) + timedelta(seconds=seconds)).astimezone(UTC))


async def _answering(house: House, actor: Actor, row: WorkRow) -> tuple[bool, Answering | None]:
    """Is it an e-mail? And the message it answers, when its author brought one as a file."""
    try:
        task = await house.tasks.cupboard.task(row.task)
    except TaskUnknown:
        return False, None
    fields = [one for one in task.fields if one.kind == "message"]
    for one in fields:
        value = row.fields.get(one.name, "")
        if row.mine and value.startswith(FILE):
            return True, (await house.tasks.file(actor, value.removeprefix(FILE).strip())).answering
        if value and (said := understood(value)).subject + said.address:
            return True, Answering(addresses([f"{said.sender} <{said.address}>"]), said.subject[:300])
    return bool(fields), None


def _titled(row: WorkRow, text: str, *, signed: bool) -> tuple[str, str]:
    """(title, text) of the file: an e-mail's subject is its title."""
    if signed and (subject := _SUBJECT.match(text)):
        return subject[1].strip(), text[subject.end() :]
    return row.title, text


async def _signed(house: House, row: WorkRow) -> bool:
    """Its text ends with its own closing and signature."""
    try:
        return (await house.tasks.cupboard.task(row.task)).field("signature") is not None
    except TaskUnknown:
        return False


async def review(came: Visit) -> Response:
    """POST /travaux/{work}/brouillon/{number}/relu: « I have read it again », in one's name."""
    work, number = _where(came)
    await came.house.tasks.review(came.actor, work, number)
    if came.wants_json:
        return await told_work(came)
    return RedirectResponse(f"/travaux/{quote(work, safe='')}?brouillon={number}", 303)


def _where(came: Visit) -> tuple[str, int]:
    number = came.request.path_params["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise InputError(detail="number")
    return str(came.request.path_params["work"]), int(number)


_PAGE = "/travaux/{work}/brouillon/{number}"
_API = "/api/works/{work}/drafts/{number}"
_READ = (Action.WORK_READ, "export", "work")
_WRITE = (Action.WORK_WRITE, "administration", "work")
PAGES = (
    Way(*("GET", f"{_PAGE}/fichier", file, *_READ), decided_by="assistant"),
    Way(*("POST", f"{_PAGE}/relu", review, *_WRITE), decided_by="assistant"),
)
API = (
    Way(
        *("GET", f"{_API}/file", file, *_READ),
        decided_by="assistant",
        summary=(
            f"A draft as a file: {', '.join(FILE_FORMATS)}; {', '.join(SHEET_FORMATS)} (a table); "
            f"{MAIL_FORMATS[0]} (a message)"
        ),
        parameters=("format", "letter", "mask", "pseudonyms", "dossier"),
        answers="file",
        scope=DRAFTS,
    ),
    Way(
        *("POST", f"{_API}/review", review, *_WRITE),
        decided_by="assistant",
        summary="I have read this draft again",
    ),
)
