"""Keys of applications: who gives them, and what the journal keeps of those that do not open.

A key that opens leaves its own trace: the act that it is used for, with the key's name as actor. Refused ones are
summed, one entry a minute for each: whoever hammers at the door must not fill the journal.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import uuid4

from demeure.clock import Clock
from demeure.gateway.rate import Attempts
from demeure.identity import ApplicationKey, ApplicationKeys, KeyRefused, KeyTooFast, KeyUnknown
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import PERSONAL_SCOPES, VISITOR, Action, Actor, Decision, Resource, decide
from demeure.policy.scopes import ADD

T = TypeVar("T")

KEY_ACTS = ("key-given", "key-revoked")
"""Intentions of this file: what a crash leaves open is closed as interrupted."""

_EACH_SECONDS = 60.0
EACH_MINUTE, HOUSE_EACH_MINUTE = 30, 600
"""What one personal key, and all of them, may ask for in a minute; looking at a draft is not counted."""


class Applications(Protocol):
    """Keys of applications. Giving and withdrawing them is decided and journalled inside."""

    async def guest(self, secret: str) -> Actor:
        """Who holds this secret. Raises KeyRefused, once it is written."""
        ...

    async def keys(self, actor: Actor) -> list[ApplicationKey]: ...

    async def give(
        self, actor: Actor, name: str, owner: str, spaces: Sequence[str], days: int
    ) -> tuple[ApplicationKey, str]:
        """The key, and its secret, shown once. Raises KeyInvalid, KeyNameTaken, PersonUnknown, SpaceUnknown."""
        ...

    async def revoke(self, actor: Actor, name: str) -> None:
        """For good, from the next request on. Raises KeyUnknown."""
        ...

    async def used(self, actor: Actor, what: str) -> None:
        """A program that speaks for a person asks for ``what``: written before it is done. Raises KeyTooFast."""
        ...

    async def own(self, actor: Actor) -> list[ApplicationKey]:
        """One's personal keys: those in force first."""
        ...

    async def give_own(self, actor: Actor, device: str, days: int) -> tuple[ApplicationKey, str]:
        """A key for a program of one's own, and its secret, shown once. Raises KeysTooMany, KeyInvalid."""
        ...

    async def revoke_own(self, actor: Actor, name: str) -> None:
        """For good. Raises KeyUnknown: no such key, or another person's."""
        ...


class KeyRoom:
    """``Applications`` over identity and the journal."""

    def __init__(self, keys: ApplicationKeys, journal: Journal, clock: Clock) -> None:
        self._keys, self._journal, self._clock = keys, journal, clock
        self._refused: dict[str, tuple[float, int]] = {}
        self._pace = Attempts(clock, limit=EACH_MINUTE, house_limit=HOUSE_EACH_MINUTE)

    async def guest(self, secret: str) -> Actor:
        held = await asyncio.to_thread(self._keys.held, secret)
        if held is None:
            await self._written(VISITOR.id, "", "unknown")
        elif held.actor is None:
            await self._written(f"application:{held.name}", held.name, held.state)
        else:
            return held.actor
        raise KeyRefused()

    async def keys(self, actor: Actor) -> list[ApplicationKey]:
        decide(actor, Action.KEY_ADMINISTER, Resource("house")).require()
        return await asyncio.to_thread(self._keys.all)

    async def give(
        self, actor: Actor, name: str, owner: str, spaces: Sequence[str], days: int
    ) -> tuple[ApplicationKey, str]:
        def work() -> tuple[ApplicationKey, str]:
            return self._keys.add(name, owner, [ADD], spaces, days, actor.id)

        told = f"{name[:40]} {owner[:64]} {ADD} {','.join(one[:64] for one in spaces[:50])} days={days}"
        return await self._act(actor, "key-given", told, work)

    async def revoke(self, actor: Actor, name: str) -> None:
        await self._act(actor, "key-revoked", name[:64], lambda: self._keys.revoke(name))

    async def used(self, actor: Actor, what: str) -> None:
        if seconds := self._pace.wait(actor.key):
            raise KeyTooFast(seconds=seconds)
        draft = Draft("sign-in", "key-used", chain=uuid4().hex, actor=actor.id, object=f"{actor.key} {what[:80]}")
        await self._journal.record(draft)

    async def own(self, actor: Actor) -> list[ApplicationKey]:
        _of_oneself(actor).require()
        return [key for key in await asyncio.to_thread(self._keys.all) if key.owner == actor.id and key.personal]

    async def give_own(self, actor: Actor, device: str, days: int) -> tuple[ApplicationKey, str]:
        told = f"{device[:40]} {','.join(sorted(PERSONAL_SCOPES))} {days} d"
        return await self._act(
            actor, "key-given", told, lambda: self._keys.add_own(actor.id, device, days), _of_oneself(actor)
        )

    async def revoke_own(self, actor: Actor, name: str) -> None:
        def work() -> None:
            key = self._keys.named(name)
            if key.owner != actor.id or not key.personal:
                raise KeyUnknown(key=name)
            self._keys.revoke(name)

        await self._act(actor, "key-revoked", name[:64], work, _of_oneself(actor))

    async def _act(
        self, actor: Actor, name: str, told: str, work: Callable[[], T], decision: Decision | None = None
    ) -> T:
        decision = decision or decide(actor, Action.KEY_ADMINISTER, Resource("house"))
        draft = Draft(
            kind="administration",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=told,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision):
            return await asyncio.to_thread(work)

    async def _written(self, who: str, name: str, why: str) -> None:
        """One entry a minute for each key, with how many came since the last."""
        now = self._clock.monotonic()
        last, more = self._refused.get(name, (float("-inf"), 0))
        if now - last < _EACH_SECONDS:
            self._refused[name] = (last, more + 1)
            return
        self._refused[name] = (now, 0)
        draft = Draft(
            kind="sign-in",
            name="key-refused",
            chain=uuid4().hex,
            actor=who,
            object=name or "unknown",
            decision=why if not more else f"{why}, and {more} more since the last entry",
        )
        await self._journal.record(draft)


def _of_oneself(actor: Actor) -> Decision:
    """A program of one's own is part of one's account."""
    return decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id))
