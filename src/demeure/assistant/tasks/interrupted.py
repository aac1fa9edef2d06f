"""What a crash cut: every open entry of the journal gets its closing, then works go on where they were."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from demeure.assistant.tasks.errors import WorkUnknown
from demeure.assistant.tasks.recordings import Recordings
from demeure.assistant.tasks.rows import DraftRow, WorkRow
from demeure.assistant.tasks.runner import ASKED, CLOSED, OPENED, RESUMED
from demeure.assistant.tasks.works import Works
from demeure.assistant.work import sealed
from demeure.errors import DemeureError
from demeure.journal import Journal
from demeure.policy import THE_HOUSE, Actor

EDITED, RENAMED, DELETED, SHARED = "draft-edited", "work-renamed", "work-deleted", "work-shared"
REVIEWED = "draft-reviewed"
_SHORT = (EDITED, RENAMED, SHARED, REVIEWED, "task-file", "task-added", "task-withdrawn")
"""Acts that are done at once, or not at all."""


class Resume(Protocol):
    """See Tasks.resume."""

    def __call__(self, actor: Actor, row: WorkRow, draft: DraftRow, /) -> Awaitable[None]: ...


async def closed(works: Works, recordings: Recordings, journal: Journal) -> int:
    """Whatever a crash left open in the journal gets its closing; a deletion is done to its end; half a recording
    goes."""
    await recordings.sweep()
    closed = 0
    for intention in await journal.open_intentions():
        name = intention.entry.name
        if name == DELETED:
            with contextlib.suppress(WorkUnknown):
                asked = intention.entry.actor
                owner = None if asked == THE_HOUSE.id else asked  # past its keeping: the house's own accord
                await asyncio.to_thread(works.erase, owner, intention.entry.object)
            await journal.close(intention, "done")
        elif name in (ASKED, RESUMED, OPENED):
            found = await works.of_chain(intention.entry.chain)
            outcome = "done" if found is not None and found[1].state == "done" else "interrupted"
            text = sealed({"text": found[1].text if found else ""})
            rest: dict[str, Any] = {"payload": text} if name == OPENED else {"name": CLOSED}
            await journal.close(intention, outcome, **rest)
        elif name in _SHORT:
            await journal.close(intention, "interrupted")
        else:
            continue
        closed += 1
    return closed


async def taken_up(works: Works, actor_of: Callable[[str], Actor | None], resume: Resume) -> int:
    """Go on with what a crash cut, as its author, with the rights they have now. Returns how many."""
    taken = 0
    for work, draft_id in await works.left_open():
        row = await works.work(work)
        draft = next((one for one in row.drafts if one.id == draft_id), None) if row else None
        if row is None or draft is None:
            continue
        actor = await asyncio.to_thread(actor_of, row.person)
        try:
            if actor is None:
                raise WorkUnknown()
            await resume(actor, row, draft)
            taken += 1
        except DemeureError as problem:
            told = {"code": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
            await works.end(draft.id, {"state": "failed", "reason": told})
    return taken
