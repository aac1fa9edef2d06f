"""After a crash: every answer and every intention left open gets its closing, with the text its reader had."""

import asyncio
import contextlib
import json

from demeure.assistant.conversations import Conversations
from demeure.assistant.errors import ConversationUnknown
from demeure.assistant.history import DELETED, RENAMED, REVIEWED, History
from demeure.journal import Journal, OpenIntention
from demeure.policy import THE_HOUSE

LONGEST = 500_000
"""Characters of an answer that its closing keeps: an entry that the journal refused would keep the house shut."""


async def finish_deletions(journal: Journal, history: History) -> int:
    """A deletion that a crash cut is done to its end; a renaming is closed as interrupted. Returns the closings."""
    closed = 0
    for intention in await journal.open_intentions():
        if intention.entry.name == DELETED:
            await asyncio.to_thread(_erase, history, intention)
            await journal.close(intention, "done")
        elif intention.entry.name in (RENAMED, REVIEWED):
            await journal.close(intention, "interrupted")
        else:
            continue
        closed += 1
    return closed


def _erase(history: History, intention: OpenIntention) -> None:
    with contextlib.suppress(ConversationUnknown):
        owner = intention.entry.actor
        history.erase(None if owner == THE_HOUSE.id else owner, intention.entry.object)


async def close_interrupted(journal: Journal, conversations: Conversations) -> int:
    """Close whatever questions a crash left open. Idempotent. Returns the number of closings.

    The journal is asked first: an intention without closing is closed even when its conversation row was lost. An
    answer that had ended for its reader, its closing still owed to the journal, is closed as done.
    """
    left_open = await conversations.left_open()
    closed = 0
    for intention in await journal.open_intentions():
        name = intention.entry.name
        if name not in ("question-asked", "answer-opened"):
            continue
        kept = await conversations.answer(intention.entry.chain)
        outcome = "done" if kept is not None and kept.state == "closed" else "interrupted"
        told = json.dumps({"text": kept.text[:LONGEST] if kept else ""}, ensure_ascii=False).encode()
        if name == "answer-opened":
            await journal.close(intention, outcome, payload=told)
        else:
            await journal.close(intention, outcome, name="question-closed")
        closed += 1
    for left in left_open:
        await conversations.end(left.message, left.text, "interrupted", None)
    return closed
