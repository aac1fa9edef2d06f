"""Keys of applications: who gives them, and what the journal keeps of those that do not open.

A key that opens leaves its own trace: the act that it is used for, with the key's name as actor. Refused ones are
summed, one entry a minute for each: whoever hammers at the door must not fill the journal.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar
from uuid import uuid4

from demeure.clock import Clock
from demeure.gateway.metering import Meter
from demeure.gateway.rate import Attempts
from demeure.identity import (
    NO_LIMITS,
    ApplicationKey,
    ApplicationKeys,
    KeyLimits,
    KeyOfPerson,
    KeyRefused,
    KeyTooFast,
    KeyUnknown,
    Quotas,
)
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import PERSONAL_SCOPES, VISITOR, Action, Actor, Decision, Resource, decide
from demeure.policy.scopes import ADD

T = TypeVar("T")

KEY_ACTS = ("key-given", "key-revoked", "key-rotated", "key-limited")
"""Intentions of this file: what a crash leaves open is closed as interrupted."""

_EACH_SECONDS = 60.0
EACH_MINUTE, HOUSE_EACH_MINUTE = 30, 3000
"""What one personal key without a quota of its own, and all keys together, may ask for in a minute."""
LOOKS_EACH_MINUTE = 300
"""How often one key may look in a minute (at the models, the spaces, a draft on its way): no quota counts it."""
LOOKS_TOGETHER = 100 * LOOKS_EACH_MINUTE
_HOUSE = "house"


class Applications(Protocol):
    """Keys of applications. Giving and withdrawing them is decided and journalled inside."""

    async def guest(self, secret: str) -> Actor:
        """Who holds this secret. Raises KeyRefused, once it is written."""
        ...

    async def keys(self, actor: Actor) -> list[ApplicationKey]: ...

    async def give(
        self,
        actor: Actor,
        name: str,
        owner: str,
        spaces: Sequence[str],
        days: int,
        scopes: Sequence[str] = (ADD,),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        """The key, and its secret, shown once. Raises KeyInvalid, KeyReads, KeyClassUnknown, KeyNameTaken,
        PersonUnknown, SpaceUnknown."""
        ...

    async def rotate(self, actor: Actor, name: str, hours: int) -> str:
        """Another secret, shown once; the former one opens for ``hours`` more. A personal key's, by its owner only.
        Raises KeyUnknown, KeyOver, KeyInvalid."""
        ...

    async def limit(self, actor: Actor, name: str, limits: KeyLimits) -> ApplicationKey:
        """Other limits, from the next request on; of a personal key, by its owner only. Raises KeyUnknown,
        KeyInvalid, KeyClassUnknown."""
        ...

    async def today(self, actor: Actor) -> dict[str, tuple[int, int]]:
        """Key → (requests, tokens) of this day (UTC)."""
        ...

    async def revoke(self, actor: Actor, name: str) -> None:
        """For good, from the next request on. Raises KeyUnknown."""
        ...

    async def used(self, actor: Actor, what: str) -> None:
        """A program asks for ``what``: counted, and written before it is done when it speaks for a person. Raises
        KeyTooFast, KeyQuotaSpent."""
        ...

    def looked(self, actor: Actor) -> None:
        """A program looks: counted in no quota, held to LOOKS_EACH_MINUTE. Raises KeyTooFast."""
        ...

    async def spent(self, actor: Actor, tokens: int) -> None:
        """It cost so many tokens of a model."""
        ...

    async def own(self, actor: Actor) -> list[ApplicationKey]:
        """One's personal keys: those in force first."""
        ...

    async def give_own(
        self,
        actor: Actor,
        device: str,
        days: int,
        scopes: Sequence[str] = tuple(sorted(PERSONAL_SCOPES)),
        spaces: Sequence[str] = (),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        """A key for a program of one's own, and its secret, shown once. ``spaces``: none for all one may read.
        Raises KeysTooMany, KeyInvalid, KeyClassUnknown, SpaceUnknown."""
        ...

    async def revoke_own(self, actor: Actor, name: str) -> None:
        """For good. Raises KeyUnknown: no such key, or another person's."""
        ...


class KeyRoom:
    """``Applications`` over identity and the journal."""

    def __init__(self, keys: ApplicationKeys, journal: Journal, clock: Clock, meter: Meter | None = None) -> None:
        self._keys, self._journal, self._clock = keys, journal, clock
        self._refused: dict[str, tuple[float, int]] = {}
        self._house = Attempts(clock, limit=HOUSE_EACH_MINUTE, house_limit=HOUSE_EACH_MINUTE)
        self._looks = Attempts(clock, limit=LOOKS_EACH_MINUTE, house_limit=LOOKS_TOGETHER)
        self.meter = meter or Meter(None, clock)
        self._quotas: dict[str, Quotas] = {}

    async def guest(self, secret: str) -> Actor:
        held = await asyncio.to_thread(self._keys.held, secret)
        if held is None:
            await self._written(VISITOR.id, "", "unknown")
        elif held.actor is None:
            await self._written(f"application:{held.name}", held.name, held.state)
        else:
            self._quotas[held.name] = held.quotas
            return held.actor
        raise KeyRefused()

    async def keys(self, actor: Actor) -> list[ApplicationKey]:
        decide(actor, Action.KEY_ADMINISTER, Resource("house")).require()
        return await asyncio.to_thread(self._keys.all)

    async def give(
        self,
        actor: Actor,
        name: str,
        owner: str,
        spaces: Sequence[str],
        days: int,
        scopes: Sequence[str] = (ADD,),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        def work() -> tuple[ApplicationKey, str]:
            return self._keys.add(name, owner, scopes, spaces, days, actor.id, limits)

        told = f"{name[:40]} {owner[:64]} {_given(scopes, spaces, days, limits)}"
        return await self._act(actor, "key-given", told, work)

    async def rotate(self, actor: Actor, name: str, hours: int) -> str:
        key = await self._reached(actor, name)
        decision = _of_oneself(actor) if key.personal else None
        told = f"{name[:64]} hours={hours}"
        return await self._act(actor, "key-rotated", told, lambda: self._keys.rotate(name, hours), decision)

    async def limit(self, actor: Actor, name: str, limits: KeyLimits) -> ApplicationKey:
        key = await self._reached(actor, name)
        decision = _of_oneself(actor) if key.personal else None
        told = " ".join([name[:64], *_limits(limits)])
        return await self._act(actor, "key-limited", told, lambda: self._keys.limit(name, limits), decision)

    async def today(self, actor: Actor) -> dict[str, tuple[int, int]]:
        decide(actor, Action.KEY_ADMINISTER, Resource("house")).require()
        return await self.meter.today()

    async def _reached(self, actor: Actor, name: str) -> ApplicationKey:
        """The key, when it is the actor's own, or not a personal one: nobody else has its secret, or widens it.
        Raises KeyUnknown, KeyOfPerson (to whoever may list it)."""
        key = await asyncio.to_thread(self._keys.named, name)
        if key.personal and key.owner != actor.id:
            listed = decide(actor, Action.KEY_ADMINISTER, Resource("house")).allowed
            raise KeyOfPerson(key=name) if listed else KeyUnknown(key=name)
        return key

    async def revoke(self, actor: Actor, name: str) -> None:
        await self._act(actor, "key-revoked", name[:64], lambda: self._keys.revoke(name))

    async def used(self, actor: Actor, what: str) -> None:
        quotas = self._quotas.get(actor.key, Quotas())
        quotas = in_effect(quotas, personal=actor.kind == "person")
        if seconds := self._house.wait(_HOUSE):
            raise KeyTooFast(seconds=seconds)
        await self.meter.ask(actor.key, quotas)
        if actor.kind == "person":
            told = f"{actor.key} {what[:80]}"
            await self._journal.record(Draft("sign-in", "key-used", chain=uuid4().hex, actor=actor.id, object=told))

    def looked(self, actor: Actor) -> None:
        if seconds := self._looks.wait(actor.key):
            raise KeyTooFast(seconds=seconds)

    async def spent(self, actor: Actor, tokens: int) -> None:
        if actor.key:
            await self.meter.spent(actor.key, tokens)

    async def own(self, actor: Actor) -> list[ApplicationKey]:
        _of_oneself(actor).require()
        return [key for key in await asyncio.to_thread(self._keys.all) if key.owner == actor.id and key.personal]

    async def give_own(
        self,
        actor: Actor,
        device: str,
        days: int,
        scopes: Sequence[str] = tuple(sorted(PERSONAL_SCOPES)),
        spaces: Sequence[str] = (),
        limits: KeyLimits = NO_LIMITS,
    ) -> tuple[ApplicationKey, str]:
        def work() -> tuple[ApplicationKey, str]:
            return self._keys.add_own(actor.id, device, days, scopes, spaces, limits)

        told = f"{device[:40]} {_given(scopes, spaces, days, limits)}"
        seen = decide(actor, Action.PAGE_VIEW, Resource("house"))  # a contractor has a console, and no program
        return await self._act(actor, "key-given", told, work, _of_oneself(actor) if seen.allowed else seen)

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


def in_effect(quotas: Quotas, *, personal: bool) -> Quotas:
    """What holds: a personal key without a quota of its own has EACH_MINUTE."""
    return replace(quotas, requests_minute=EACH_MINUTE) if personal and not quotas.requests_minute else quotas


def _of_oneself(actor: Actor) -> Decision:
    """A program of one's own is part of one's account."""
    return decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id))


def _given(scopes: Sequence[str], spaces: Sequence[str], days: int, limits: KeyLimits) -> str:
    """What the journal says of a key that is given."""
    where = ",".join(one[:64] for one in spaces[:50])
    told = [",".join(sorted(scopes))[:100], *([where] if where else []), f"days={days}", *_limits(limits)]
    return " ".join(told)


def _limits(limits: KeyLimits) -> list[str]:
    told = [f"{name.replace('_', '-')}={value}" for name, value in limits.quotas.told().items()]
    return [*([f"class={limits.highest[:40]}"] if limits.highest else []), *told]
