"""The second proof of who one is, as its holder and as who administers handle it: decided, written, done."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from demeure.identity import CodeWrong, OpenSession, People, Protection, key_uri, shown_secret
from demeure.identity.tokens import token_hash
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import SECOND_FACTOR, Action, Actor, Decision, Resource, decide

T = TypeVar("T")

SECOND_ACTS = (
    *("second-added", "second-removed", "second-reset", "codes-renewed", "sessions-ended"),
    *("second-shown", "confirmed-again"),
)
"""Intentions about the second proof: what a crash leaves open is closed as interrupted."""


class SecondRoom:
    """What pages and commands call; any task."""

    def __init__(self, people: People, journal: Journal, organisation: str, roles: frozenset[str]) -> None:
        """``roles``: those that must have one."""
        self._people, self._journal = people, journal
        self._organisation, self.roles = organisation, roles

    async def of(self, actor: Actor) -> Protection:
        """One's own."""
        return await asyncio.to_thread(self._people.factors.of, actor.id)

    def required(self, actor: Actor) -> bool:
        """Does the role ask for one?"""
        return bool(actor.roles & self.roles)

    async def begin(self, actor: Actor) -> tuple[str, str]:
        """A new authenticator: what its picture says, and the secret to type. It counts once ``confirm`` saw a
        code."""
        _own(actor).require()
        person = await asyncio.to_thread(self._people.person, actor.id)
        secret = await asyncio.to_thread(self._people.factors.begin_totp, actor.id)
        return key_uri(secret, self._organisation, person.login), shown_secret(secret)

    async def begun(self, actor: Actor) -> tuple[str, str] | None:
        """The one that waits for its first code; None without one."""
        person = await asyncio.to_thread(self._people.person, actor.id)
        secret = await asyncio.to_thread(self._people.factors.begun_totp, actor.id)
        return (key_uri(secret, self._organisation, person.login), shown_secret(secret)) if secret else None

    async def confirm(self, actor: Actor, session: str, name: str, code: str, address: str) -> list[str]:
        """The first code is right: recovery codes, shown once (none when some are left). Wrong ones count like
        wrong passwords. Raises CodeWrong, FactorUnknown, SignInLocked."""

        def work() -> list[str]:
            login = self._people.person(actor.id).login
            tried = self._people.lockout.begin(login, address, inside=True)
            made = self._people.factors.confirm_totp(actor.id, name.strip()[:60], code, token_hash(session))
            self._people.confirm(session, tried)
            return made

        return await self._act(actor, "second-added", _own(actor), "totp", work)

    async def begin_passkey(self, actor: Actor) -> None:
        """A new passkey; it counts once ``confirm_passkey`` saw its answer."""
        _own(actor).require()
        await asyncio.to_thread(self._people.factors.begin_passkey, actor.id)

    async def begun_passkey(self, actor: Actor) -> bytes | None:
        """The challenge that waits for an answer."""
        return await asyncio.to_thread(self._people.factors.begun_passkey, actor.id)

    async def confirm_passkey(
        self, actor: Actor, session: str, name: str, answer: str, origin: str, host: str
    ) -> list[str]:
        """Recovery codes, as ``confirm``. Raises PasskeyRefused, FactorUnknown."""

        def work() -> list[str]:
            named = name.strip()[:60]
            return self._people.factors.confirm_passkey(actor.id, named, answer, origin, host, token_hash(session))

        return await self._act(actor, "second-added", _own(actor), "passkey", work)

    async def renew_codes(self, actor: Actor) -> list[str]:
        """Ten new recovery codes, shown once. Raises CodeWrong: there is no second proof to replace."""

        def work() -> list[str]:
            if not self._people.factors.of(actor.id).factors:
                raise CodeWrong()
            return self._people.factors.renew_codes(actor.id)

        return await self._act(actor, "codes-renewed", _own(actor), actor.id, work)

    async def remove(self, actor: Actor, factor: str) -> None:
        """Raises FactorUnknown."""
        await self._act(
            actor, "second-removed", _own(actor), factor[:32], lambda: self._people.factors.remove(actor.id, factor)
        )

    # -- who administers ------------------------------------------------------------------------------------------

    async def holders(self, actor: Actor) -> frozenset[str]:
        """Ids of the people who have one."""
        _administers(actor).require()
        return await asyncio.to_thread(self._people.factors.holders)

    async def reset(self, actor: Actor, person: str) -> None:
        """Take away the second proof of a person who lost it; their sessions end, and their account tells them.
        Raises FactorUnknown."""
        await self._act(
            actor,
            "second-reset",
            _administers(actor),
            person[:64],
            lambda: self._people.factors.reset(person, actor.id),
        )

    async def reset_by(self, actor: Actor) -> str:
        """Name of who took one's second proof away last; empty: nobody, or somebody on the server itself."""
        by = (await self.of(actor)).reset_by
        known = {one.id: one.name for one in await asyncio.to_thread(self._people.everyone)}
        return known.get(by, "")

    async def sessions(self, actor: Actor, person: str) -> list[OpenSession]:
        """A person's open sessions, last used first."""
        _administers(actor).require()
        return await asyncio.to_thread(self._people.sessions.open_ones, person, "")

    async def end_sessions(self, actor: Actor, person: str) -> int:
        """All of a person's sessions end: how many. Raises PersonUnknown."""

        def work() -> int:
            return self._people.sessions.close_others(self._people.person(person).id, "")

        return await self._act(actor, "sessions-ended", _administers(actor), person[:64], work)

    async def _act(self, actor: Actor, name: str, decision: Decision, told: str, work: Callable[[], T]) -> T:
        draft = Draft(
            kind="sign-in",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=told,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision):
            return await asyncio.to_thread(work)


def owes_second(actor: Actor) -> bool:
    """Must they set one up before anything else?"""
    return SECOND_FACTOR in actor.owes


def _own(actor: Actor) -> Decision:
    return decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id))


def _administers(actor: Actor) -> Decision:
    return decide(actor, Action.PEOPLE_ADMINISTER, Resource("house"))
