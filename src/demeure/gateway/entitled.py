"""What comes in pieces is told as long as whoever asked may have it: sessions end, keys are revoked and rights are
withdrawn meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from demeure.assistant import Event, Started
from demeure.errors import DemeureError
from demeure.gateway.errors import NotSignedIn
from demeure.gateway.visit import Visit, key_of

T = TypeVar("T")

LOOK = 5.0
"""Seconds between two looks, made before a piece is told: how long a stream goes on after its reader lost it."""


async def entitled(
    came: Visit,
    pieces: AsyncGenerator[T],
    may: Callable[[T], Awaitable[bool]] | None = None,
    *,
    at_once: bool = False,
) -> AsyncGenerator[T]:
    """``pieces``, closed at their end; no more of them once ``may`` refuses the next one. ``at_once``: look before
    the first one too. Raises NotSignedIn, KeyRefused, and what they raise."""
    clock = asyncio.get_running_loop().time
    each = LOOK * (0.5 + hash(came.session) % 1000 / 2000)  # a hundred who ask at once do not look at once
    due = 0.0 if at_once else clock() + each
    async with contextlib.aclosing(pieces) as coming:
        async for piece in coming:
            if clock() >= due:
                await known(came)
                if may is not None and not await may(piece):
                    return
                due = clock() + each
            yield piece


async def known(came: Visit) -> None:
    """Who asked is still who they were. Raises NotSignedIn, KeyRefused."""
    if secret := key_of(came.request):
        await came.house.applications.guest(secret)
        return
    guest = await came.house.reception.guest(came.session)
    if guest is None or guest.id != came.actor.id:
        raise NotSignedIn()


async def told_answer(
    came: Visit, events: AsyncGenerator[Event], conversation: str = "", *, at_once: bool = False
) -> AsyncGenerator[Event]:
    """``events`` of an answer, as long as its asker may read all that it is made from. ``conversation``: known
    before it begins."""
    where, searched = conversation, ""

    async def heard() -> AsyncGenerator[Event]:
        nonlocal where, searched
        async with contextlib.aclosing(events) as coming:
            async for event in coming:
                if isinstance(event, Started):
                    where, searched = event.conversation, event.searched
                yield event

    async def may(_: Event) -> bool:
        return not where or await shown(came, where, searched)

    async with contextlib.aclosing(entitled(came, heard(), may, at_once=at_once)) as told:
        async for event in told:
            yield event


async def shown(came: Visit, conversation: str, searched: str) -> bool:
    """May they read all that the last answer of ``conversation`` was made from? ``searched``: it leant on what came
    before."""
    try:
        exchanges = await came.house.memory.conversation(came.actor, conversation)
    except DemeureError:  # deleted
        return False
    return bool(exchanges) and not any(one.withdrawn for one in (exchanges if searched else exchanges[-1:]))
