"""After a crash: every answer and every intention left open gets its closing, with the text its reader had."""

import json

from demeure.assistant.conversations import Conversations
from demeure.journal import Journal


async def close_interrupted(journal: Journal, conversations: Conversations) -> int:
    """Close as interrupted whatever questions a crash left open. Idempotent. Returns the number of closings.

    The journal is asked first: an intention without closing is closed even when its conversation row was lost.
    """
    texts = {a.chain: a for a in await conversations.left_open()}
    closed = 0
    for intention in await journal.open_intentions():
        name = intention.entry.name
        if name not in ("question-asked", "answer-opened"):
            continue
        left = texts.get(intention.entry.chain)
        told = json.dumps({"text": left.text if left else ""}, ensure_ascii=False).encode()
        if name == "answer-opened":
            await journal.close(intention, "interrupted", payload=told)
        else:
            await journal.close(intention, "interrupted", name="question-closed")
        closed += 1
    for left in texts.values():
        await conversations.end(left.message, left.text, "interrupted", [])
    return closed
