"""A draft written by an engine at the end of a route instead of the house's own (assistant/through.py): what leaves
takes the highest class that the work touches: the documents read for it and for the draft that it says again, the
spaces that are looked into, those of its procedure and template; what was typed, pasted or dropped counts as a new
space would.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from demeure.assistant.tasks.errors import DraftLost
from demeure.assistant.tasks.making import Job, Messages, Reading
from demeure.assistant.tasks.rows import WorkRow
from demeure.assistant.tasks.touching import rested_on
from demeure.assistant.tasks.works import Works
from demeure.assistant.through import Through
from demeure.engine import Delta
from demeure.policy import Actor, in_force

Ways = Callable[[Actor, str], Awaitable[Through]]
"""(who asks, name of the route) → its engine. Raises RouteUnknown, RouteInvalid."""
_CHOSEN = ("spaces", "template", "procedure")
"""Kinds of fields that hold names of things of the house."""


async def engine_of(ways: Ways | None, actor: Actor, route: str) -> Through:
    """At the end of ``route``. Raises as Ways, DraftLost in a house without any."""
    if ways is None:
        raise DraftLost()
    return await ways(actor, route)


async def stream(
    through: Through, works: Works, asked: tuple[WorkRow, Job, str], messages: Messages, how: Mapping[str, Any]
) -> AsyncGenerator[Delta]:
    """As ``Engine.chat``; ``asked``: the work, what it is made from, its chain. Raises the airlock's errors."""
    work, job, chain = asked
    readings = [one for several in (*job.readings.values(), *job.found.values()) for one in several]
    read = {one.document for one in readings if one.document} | rested_on(job.former_sources)
    kept, force = await works.touching(work.id, read), in_force()
    brought = [force.policy.default] if _by_hand(work, job, readings) else []
    highest = force.policy.highest(kept, *brought, *map(force.class_of, _spaces(work, job, readings))).id
    space = work.spaces[0] if len(work.spaces) == 1 else None
    found = [one for several in job.found.values() for one in several]
    quoted = [*(one.text for one in (*readings, *found)), *_form(job), job.former, job.wish]
    answer = through.engine(highest, space, chain, list(filter(None, quoted))).chat(messages, **how)
    try:
        async for delta in answer:
            yield delta
    finally:
        await answer.aclose()


def _form(job: Job) -> list[str]:
    """What was typed, each under the label of its field: « Présents » says what the lines below it are."""
    typed = ((one.label[job.language], job.values.get(one.name, "").strip()) for one in job.task.fields)
    return [f"{label}\u00a0:\n{value}" for label, value in typed if value]


def _by_hand(work: WorkRow, job: Job, readings: Sequence[Reading]) -> bool:
    """Is there a word of it that no document of the base said?"""
    if job.wish or any(not one.document for one in readings) or any(one.by_hand for one in work.drafts):
        return True
    said = [one.name for one in job.task.fields if not one.choices and one.kind not in _CHOSEN]
    return any(name not in job.readings and job.values.get(name, "").strip() for name in said)


def _spaces(work: WorkRow, job: Job, readings: Sequence[Reading]) -> set[str]:
    texts = [one.space for one in (job.procedure, job.template) if one]
    former = [str(one.get("space") or "") for one in job.former_sources]
    return {one for one in (*work.spaces, *job.spaces, *texts, *former, *(one.space for one in readings)) if one}
