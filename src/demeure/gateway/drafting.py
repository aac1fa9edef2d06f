"""From a work to what a browser reads: its draft as an answer's page shows one, its stages, its stream of
events."""

import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.types import Send

from demeure.assistant import Source, grounding
from demeure.assistant.tasks import TEXTS, DraftRow, Field, Listed, Task, WorkRow, findings_of
from demeure.assistant.tasks.errors import FileUnknown
from demeure.errors import DemeureError
from demeure.gateway.asking import EventStream, Reading, learn, shown
from demeure.gateway.sending import Review
from demeure.gateway.streams import frame
from demeure.gateway.visit import Visit
from demeure.gateway.waits import place_in_queue
from demeure.words import Wording

STATES = {
    "asked": ("wait", "works.state_asked"),
    "drafting": ("busy", "works.state_drafting"),
    "done": ("ok", "works.state_done"),
    "stopped": ("warn", "works.state_stopped"),
    "failed": ("stop", "works.state_failed"),
}
"""State of a draft → signal, key of its word."""
STAGES = {"ok": "works.stage_ok", "busy": "works.stage_busy", "wait": "works.stage_wait"}
LEVELS = {
    "easy": "works.level_easy",
    "plain": "works.level_plain",
    "hard": "works.level_hard",
    "very_hard": "works.level_very_hard",
}
"""Level of readability → key of its word."""
WISH_WORDS = {
    "shorter": "works.wish_shorter",
    "warmer": "works.wish_warmer",
    "formal": "works.wish_formal",
    "plainer": "works.wish_plainer",
}


class WorkStream(EventStream):
    """The events of a work being written. Leaving stops nothing."""

    def __init__(self, came: Visit, events: AsyncGenerator[dict[str, Any]], patience: float) -> None:
        super().__init__(came, events, Reading(""), patience)  # type: ignore[arg-type] # dictionaries instead of events

    async def _event(self, send: Send, event: Any) -> None:
        told = dict(event)
        if told["event"] == "state":
            told["queued"] = place_in_queue(self._came, told["ahead"])
        await self._send(send, frame(told.pop("event"), told))


async def draft_values(came: Visit, work: WorkRow, draft: DraftRow, names: Mapping[str, str]) -> dict[str, Any]:
    """What the templates show of a draft: its text with its marks and sources, as an answer's."""
    sources = tuple(Source(**dict(one)) for one in draft.sources)
    found = () if any(source.gone for source in sources) else findings_of(draft)  # nothing left to compare with
    words = next((block["found"] for block in draft.report if block["kind"] == "wordings"), ())
    reading = Reading(
        question=work.title,
        names=names,
        message=f"{work.id[:8]}-{draft.number}",
        sources=sources,
        text=draft.text,
        outcome="done" if draft.state == "done" else "open",
        unsupported=grounding.unsupported(found),
        computed=grounding.computed(found),
        wordings=tuple(Wording(**dict(one)) for one in words),
        details=draft.details,
    )
    await learn(came, [reading])
    values = shown(came, reading)
    return values | {"html": _raised(str(values["html"]))}


def _raised(html: str) -> Markup:
    """A draft's titles stand right under the page's; tags alone can read so, its text is escaped."""
    for level in (4, 5, 6):
        html = html.replace(f"<h{level}>", f"<h{level - 1}>").replace(f"</h{level}>", f"</h{level - 1}>")
    return Markup(html)  # noqa: S704 - rendered and cleaned by markdown.render


def review_of(draft: DraftRow) -> Review | None:
    """Who has read these words again, and when."""
    told = draft.details.get("reviewed")
    return Review(str(told["by"]), datetime.fromisoformat(told["at"])) if told else None


def stages(came: Visit, draft: DraftRow) -> list[tuple[str, str, str, str]]:
    """(signal, title, place, spoken state) of each part."""
    found: list[tuple[str, str, str, str]] = []
    for part in draft.parts:
        done = part.text is not None
        busy = not done and draft.state == "drafting" and not any(one[0] == "busy" for one in found)
        signal = "ok" if done else "busy" if busy else "wait"
        found.append((signal, part.title, part.place, came.t(STAGES[signal])))
    return found


def report(came: Visit, draft: DraftRow) -> list[dict[str, Any]]:
    """The blocks told under a draft, with their words."""
    found = []
    for block in draft.report:
        told = dict(block)
        if block["kind"] == "readability":
            told["levels"] = [came.t(LEVELS[block[name]["level"]]) for name in ("before", "after")]
        if block["kind"] == "wordings":
            told["found"] = distinct(block["found"])
        if block["kind"] == "changes":
            told["said"] = [why(came, key, number) for key, number in block["why"]]
        found.append(told)
    return found


def distinct(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each form once."""
    return list({(one["said"], one["prefer"]): one for one in found}.values())


def why(came: Visit, key: str, number: int) -> str:
    """« 2 phrases longues coupées. »"""
    sentences, language = came.house.rendering.sentences, came.language
    match key:
        case "shorter_sentences":
            return sentences.count(language, "works.why_shorter_sentences", number)
        case "words":
            return sentences.count(language, "works.why_words", number)
        case "heavy":
            return sentences.count(language, "works.why_heavy", number)
        case _:
            return sentences.count(language, "works.why_passive", number)


def wish_word(came: Visit, wish: str) -> str:
    """« plus court », or the sentence itself."""
    return came.t(WISH_WORDS[wish]) if wish in WISH_WORDS else wish


def listed_state(came: Visit, one: Listed) -> tuple[str, str]:
    """(signal, word) of a work of a list; « 3 sur 7 » while it is written in parts."""
    signal, key = STATES[one.state]
    if one.state == "drafting" and one.parts > 1:
        return signal, came.t("works.part_of", done=one.done, parts=one.parts)
    return signal, came.t(key)


def section_word(came: Visit, task: Task | None, draft: DraftRow) -> str:
    """« section 2. Besoin »; empty for a draft that is whole."""
    if not draft.section or task is None or draft.section > len(task.sections):
        return ""
    return came.t("works.section_of", title=task.sections[draft.section - 1].title[came.language])


def sections_of(came: Visit, work: WorkRow, draft: DraftRow, task: Task | None) -> list[tuple[int, str, str, int]]:
    """(1, 2…, title, its lines, characters at most) of what its author may have written anew."""
    if task is None or not work.mine or draft.open or not draft.text.strip():
        return []
    values = {**work.fields, **draft.given}
    told = []
    for number, one in enumerate(task.sections, 1):
        field = task.field(one.field)
        told.append((number, one.title[came.language], values.get(one.field, ""), field.most if field else 4000))
    return told


async def asked_lines(came: Visit, work: WorkRow, draft: DraftRow, task: Task | None) -> list[tuple[str, str]]:
    """What was asked, for people: (label, value) of each filled field; a document by its name, to its readers."""
    lines = []
    for name, value in {**work.fields, **draft.given}.items():
        field = task.field(name) if task else None
        if value:
            lines.append((field.label[came.language] if field else name, await _told(came, field, value)))
    return lines


async def _told(came: Visit, field: Field | None, value: str) -> str:
    if field is not None and field.choices and (choice := field.choice(value)):
        return choice.label[came.language]
    if field is not None and field.kind == "spaces":
        names = await came.house.shelves.readable(came.actor)
        return ", ".join(names[space] for space in value.split("\n") if space in names)
    if field is not None and field.kind in TEXTS:
        return value.rpartition("/")[2]
    if value.startswith(("file:", "document:", "work:")):
        return "\n".join([await _named(came, one) for one in value.split("\n")])
    return value if len(value) <= 400 else f"{value[:400]}…"


async def _named(came: Visit, value: str) -> str:
    kind, _, document = value.partition(":")
    if kind == "document":
        try:
            return (await came.house.shelves.document(came.actor, document)).name
        except DemeureError as problem:  # deleted, or not theirs to read
            if problem.http_status not in (403, 404):
                raise
    if kind == "file":
        with contextlib.suppress(FileUnknown):  # a reader of a shared work does not have it
            return (await came.house.tasks.file(came.actor, document)).name
    if kind == "work":
        return came.t("works.a_transcript")
    return came.t("works.a_file")


def work_data(work: WorkRow) -> dict[str, Any]:
    """A work for programs."""
    return {
        "work": work.id,
        "task": work.task,
        "version": work.task_version,
        "title": work.title,
        "language": work.language,
        "fields": dict(work.fields),
        "shared": work.shared,
        "route": work.route or None,
        "mine": work.mine,
        "author": work.author,
        "created_at": work.created_at,
        "updated_at": work.updated_at,
        "drafts": [draft_data(one) for one in work.drafts],
    }


def draft_data(draft: DraftRow) -> dict[str, Any]:
    """A draft for programs."""
    return {
        "number": draft.number,
        "of": draft.of or None,
        "wish": draft.wish or None,
        "section": draft.section or None,
        "given": dict(draft.given),
        "state": draft.state,
        "text": draft.text,
        "by_hand": draft.by_hand,
        "reason": dict(draft.reason) or None,
        "parts": [{"title": p.title, "place": p.place, "done": p.text is not None} for p in draft.parts],
        "sources": [dict(one) for one in draft.sources],
        "report": [dict(one) for one in draft.report],
        "details": dict(draft.details),
        "journal": draft.journal,
        "chain": draft.chain,
        "updated_at": draft.updated_at,
    }


def listed_data(one: Listed) -> dict[str, Any]:
    """A work of a list, for programs."""
    told = {name: value for name, value in vars(one).items() if name not in ("id", "excerpt")}
    return {"work": one.id, **told, "excerpt": "".join(one.excerpt) if one.excerpt else None}


def task_data(task: Task) -> dict[str, Any]:
    """A task for programs; what the model is told is in its file."""
    fields = [
        {
            "name": one.name,
            "kind": one.kind,
            "label": dict(one.label),
            "hint": dict(one.hint),
            "required": one.required,
            "most": one.most,
            "default": one.default,
            "choices": [{"value": each.value, "label": dict(each.label)} for each in one.choices],
        }
        for one in task.fields
    ]
    about = {
        "task": task.name,
        "version": task.version,
        "recipe": task.recipe,
        "group": task.group,
        "own": task.own,
    }
    budget = {"input": task.input, "output": task.output}
    return about | {"title": dict(task.title), "lead": dict(task.lead), "fields": fields, "budget": budget}
