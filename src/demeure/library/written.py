"""Intention, effect, closing: the one way in which the library changes anything."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from demeure.errors import DemeureError
from demeure.journal import AddingRefused, Draft, Journal, OpenIntention
from demeure.policy import Decision


@dataclass
class Work:
    """What the closing will say. Set ``outcome`` and ``object`` while working."""

    intention: OpenIntention
    outcome: str = "failed"
    object: str | None = None


@asynccontextmanager
async def written(
    journal: Journal, draft: Draft, decision: Decision, *, adds: bool = False
) -> AsyncGenerator[Work]:
    """Write the intention, require the decision, run the body, write the closing.

    Raises the policy's Denied (closing: refused), AddingRefused when ``adds`` and the journal lives on its reserve,
    the journal's errors, and whatever the body raises (closing: failed; interrupted when cancelled).
    """
    work = Work(await journal.intention(draft))
    try:
        if not decision.allowed:
            work.outcome = "refused"
        decision.require()
        if adds and not work.intention.may_add:
            work.outcome = "refused"
            raise AddingRefused()
        yield work
        work.outcome = "done"
    except DemeureError as problem:
        await journal.close(work.intention, work.outcome, object=work.object, decision=problem.code())
        raise
    except (asyncio.CancelledError, GeneratorExit):
        closing = asyncio.create_task(journal.close(work.intention, "interrupted", object=work.object))
        await asyncio.shield(closing)
        raise
    except BaseException:
        await journal.close(work.intention, work.outcome, object=work.object)
        raise
    await journal.close(work.intention, work.outcome, object=work.object)
