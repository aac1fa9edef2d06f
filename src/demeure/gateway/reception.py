"""Who comes in, and by which door: login and password, or a one-time link; every step in the journal."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.gateway.passkey_door import entered_by_passkey
from demeure.gateway.refusals import UNKNOWN, Refusals
from demeure.identity import (
    DIRECTORY_PASSWORD,
    PROVIDER_PASSWORD,
    AccountDormant,
    Argon2,
    Chosen,
    CodeWrong,
    DirectoryAway,
    GivenLink,
    Half,
    HashingQueue,
    Invitation,
    OpenSession,
    PasskeyRefused,
    PasswordWrong,
    People,
    Person,
    PersonUnknown,
    SignInLocked,
    SignInRefused,
    Try,
    check_password,
    clean_login,
    clean_name,
)
from demeure.journal import Draft, Journal
from demeure.library.written import written
from demeure.policy import VISITOR, Action, Actor, Decision, Reason, Resource, Role, decide


class Outside(Protocol):
    """Who checks the passwords that the house does not keep."""

    async def right(self, source: str, person: str, password: str) -> bool:
        """``source``: the declared directory. Raises DirectoryAway."""
        ...

    async def nobody(self) -> None:
        """As long as ``right`` takes, for a login that is nobody's. Raises DirectoryAway."""
        ...


class Passwords:
    """The password work of both doors: hashed in the queue, tries counted before they are looked at."""

    def __init__(self, people: People, hasher: Argon2, queue: HashingQueue, own: Sequence[str] = ()) -> None:
        """``own``: words of the house that no password may rest on. ``outside``: given once there are routes."""
        self.outside: Outside | None = None
        self.people, self._hasher, self._queue, self._own = people, hasher, queue, tuple(own)

    async def tried(self, login: str, password: str, address: str, *, inside: bool = False) -> "Tried":
        """One try, counted; ``inside``: by who holds a session of that account. Raises SignInLocked, HashingBusy
        (nothing was counted then)."""
        await asyncio.to_thread(lambda: self.people.lockout.check(login, address, inside=inside))
        tried = await self._queue.run(lambda: self._look(login, password, address, inside=inside))
        return await self._outside(tried, password) if self.outside is not None else tried

    async def _outside(self, tried: "Tried", password: str) -> "Tried":
        """Asked of the directory where it keeps the password. Raises DirectoryAway: the try is given back."""
        if self.outside is None or (tried.person is not None and not tried.source):
            return tried
        try:
            if tried.person is None:
                if password:  # ``right`` asks nobody about an empty one
                    await self.outside.nobody()
                return tried
            right = await self.outside.right(tried.source, tried.person.id, password)
        except DirectoryAway:
            await asyncio.to_thread(self.people.give_back, tried.attempt)
            raise
        return replace(tried, right=right)

    def _look(self, login: str, password: str, address: str, *, inside: bool) -> "Tried":
        attempt = self.people.lockout.begin(login, address, inside=inside)
        person, kept = self.people.kept_password(login)
        if kept is not None and kept.startswith((DIRECTORY_PASSWORD, PROVIDER_PASSWORD)):
            self._hasher.verify(None, password)  # it takes as long as any other
            mark, _, name = kept.partition(":")
            return Tried(person, attempt, False, None, name if f"{mark}:" == DIRECTORY_PASSWORD else "")
        right = self._hasher.verify(kept, password)
        old = right and kept is not None and self._hasher.outdated(kept)
        return Tried(person, attempt, right, self._hasher.hash(password) if old else None)

    async def hashed(self, password: str, again: str, own: Sequence[str]) -> str:
        """A new password, ready to be kept. Raises what is wrong with it, HashingBusy."""
        check_password(password, again, (*self._own, *own))
        return await self._queue.run(lambda: self._hasher.hash(password))

    def close(self) -> None:
        """Wait for the hashes that run."""
        self._queue.close()


@dataclass(frozen=True)
class Tried:
    """``right``: it is the password of ``person``. ``stronger``: the same, hashed with today's parameters.
    ``source``: the directory that tells, empty when the house does."""

    person: Person | None
    attempt: Try
    right: bool
    stronger: str | None
    source: str = ""


class IdentityReception:
    """``Reception`` over identity's people and the journal."""

    def __init__(
        self,
        people: People,
        journal: Journal,
        refusals: Refusals,
        passwords: Passwords,
        sudo: timedelta = timedelta(minutes=15),
    ) -> None:
        """``sudo``: how long what one showed of oneself holds for sensitive acts."""
        self._people, self._journal, self._refusals, self._passwords = people, journal, refusals, passwords
        self._sudo = sudo

    async def sign_in(self, login: str, password: str, address: str, device: str = "") -> str:
        try:
            tried = await self._passwords.tried(login, password, address)
        except SignInLocked:
            self._refusals.waited()
            raise
        person = tried.person
        if person is None or not tried.right:
            await self._refusals.refused(person.id if person else UNKNOWN, tried.attempt.began)
            raise SignInRefused()
        draft = Draft(kind="sign-in", name="signed-in", chain=uuid4().hex, actor=person.id)
        intention = await self._journal.intention(draft)
        try:
            session = await asyncio.to_thread(
                self._people.open_session, person, tried.attempt, device, tried.stronger, address
            )
        except DemeureError as problem:
            await self._journal.close(intention, "refused", decision=problem.code())
            if isinstance(problem, AccountDormant):  # the password was right: no wrong try
                await asyncio.to_thread(self._people.forgive, tried.attempt)
            if isinstance(problem, PersonUnknown):  # closed since it was looked at
                raise SignInRefused() from problem
            raise
        await self._journal.close(intention, "done", object="half" if isinstance(session.token, Half) else None)
        return session.token

    async def finish(self, half: str, code: str, address: str) -> str:
        def work(tried: Try) -> tuple[str, str] | None:
            done = self._people.step.finish(half, code, tried, address)
            return (done[0].token, done[1]) if done else None

        return await self._finished(half, address, work)

    async def passkeys(self, half: str) -> tuple[bytes, list[bytes]]:
        return await asyncio.to_thread(self._people.step.ask, half)

    async def finish_passkey(self, half: str, answer: str, origin: str, host: str, address: str) -> str:
        def work(tried: Try) -> tuple[str, str] | None:
            try:
                done = self._people.step.finish_passkey(half, answer, origin, host, tried, address)
            except PasskeyRefused:
                return None
            return done.token, "passkey"

        return await self._finished(half, address, work, PasskeyRefused)

    def challenge(self) -> bytes:
        return self._people.alone.challenges.new()

    async def enter_passkey(self, answer: str, origin: str, host: str, address: str, device: str = "") -> str:
        return await entered_by_passkey(
            self._people, self._journal, self._refusals, (answer, origin, host), address, device
        )

    async def _finished(
        self,
        half: str,
        address: str,
        work: Callable[[Try], tuple[str, str] | None],
        wrong: type[DemeureError] = CodeWrong,
    ) -> str:
        """A try at the second step, counted; ``work``: the session's token and what proved it, None when wrong."""
        person = await asyncio.to_thread(self._people.step.holder, half)
        try:
            tried = await asyncio.to_thread(self._people.lockout.begin, person.login, address)
        except SignInLocked:
            self._refusals.waited()
            raise
        draft = Draft(kind="sign-in", name="second-shown", chain=uuid4().hex, actor=person.id)
        intention = await self._journal.intention(draft)
        try:
            done = await asyncio.to_thread(work, tried)
        except DemeureError as problem:
            await self._journal.close(intention, "refused", decision=problem.code())
            raise
        if done is None:
            await self._journal.close(intention, "refused", decision=wrong.code())
            await self._refusals.refused(person.id, tried.began)
            raise wrong()
        token, proof = done
        await self._journal.close(intention, "done", object=proof)
        return token

    async def confirmed(self, session: str) -> bool:
        return await asyncio.to_thread(self._people.sessions.confirmed, session, self._sudo)

    async def asks_code(self, actor: Actor) -> bool:
        known = (await asyncio.to_thread(self._people.factors.of, actor.id)).factors
        return any(one.kind == "totp" for one in known)

    async def confirm(self, actor: Actor, session: str, shown: str, address: str) -> None:
        person = await asyncio.to_thread(self._people.person, actor.id)
        draft = Draft(kind="sign-in", name="confirmed-again", chain=uuid4().hex, actor=actor.id)
        intention = await self._journal.intention(draft)
        try:
            if await self.asks_code(actor):
                tried = await asyncio.to_thread(
                    lambda: self._people.lockout.begin(person.login, address, inside=True)
                )
                if await asyncio.to_thread(self._people.try_code, person.id, shown) is None:
                    raise CodeWrong()
            else:
                looked = await self._passwords.tried(person.login, shown, address, inside=True)
                tried = looked.attempt
                if not looked.right:
                    raise PasswordWrong()
            await asyncio.to_thread(self._people.confirm, session, tried)
        except DemeureError as problem:
            await self._journal.close(intention, "refused", decision=problem.code())
            raise
        await self._journal.close(intention, "done")

    async def look(self, link: str) -> Invitation:
        return await asyncio.to_thread(self._people.look, link)

    async def turned_away(self, link: str, problem: DemeureError) -> None:
        draft = Draft(
            kind="sign-in",
            name="link-refused",
            chain=uuid4().hex,
            actor=VISITOR.id,
            object=trace(link),
            decision=problem.code(),
        )
        await self._journal.record(draft)

    async def enter(
        self, link: str, password: str, again: str, *, name: str, login: str, device: str = "", address: str = ""
    ) -> str:
        draft = Draft(
            kind="sign-in", name="link-presented", chain=uuid4().hex, actor=VISITOR.id, object=trace(link)
        )
        intention = await self._journal.intention(draft)
        try:
            invitation = await self.look(link)
            person = invitation.person
            if invitation.first:
                name, login = clean_name(name), clean_login(login)
            else:
                name, login = person.name, person.login
            chosen = Chosen(await self._passwords.hashed(password, again, (name, login)), name, login)
            session = await asyncio.to_thread(
                lambda: self._people.redeem(link, chosen=chosen, device=device, address=address)
            )
        except DemeureError as problem:
            await self._journal.close(intention, "refused", decision=problem.code())
            raise
        await self._journal.close(intention, "done", object=session.actor.id)
        return session.token

    # -- inside ---------------------------------------------------------------------------------------------------

    async def guest(self, session: str) -> Actor | None:
        return await asyncio.to_thread(self._people.session, session)

    async def leave(self, session: str) -> None:
        actor = await self.guest(session)
        if actor is None:
            return
        draft = Draft(kind="sign-in", name="signed-out", chain=uuid4().hex, actor=actor.id)
        await self._journal.record(draft)
        await asyncio.to_thread(self._people.close_session, session)

    async def invite(self, actor: Actor, login: str | None) -> str:
        decision = decide(actor, Action.LINK_CREATE, Resource("house"))
        draft = Draft(
            kind="administration",
            name="link-created",
            chain=uuid4().hex,
            actor=actor.id,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision) as work:
            person = await asyncio.to_thread(self._person, login)
            token = await asyncio.to_thread(lambda: self._people.create_link(person, by=actor.id))
            work.object = f"{person} {trace(token)}"
        return token

    def _person(self, login: str | None) -> str:
        if login is None:
            return self._people.ensure_administrator().id
        found = self._people.find(login)
        if found is None:
            raise PersonUnknown(person=login)
        return found.id


class IdentityAccount:
    """``Account`` over identity: what each person does with their own."""

    def __init__(self, people: People, journal: Journal, passwords: Passwords) -> None:
        self._people, self._journal, self._passwords = people, journal, passwords

    async def person(self, actor: Actor) -> Person:
        return await asyncio.to_thread(self._people.person, actor.id)

    async def sessions(self, actor: Actor, session: str) -> list[OpenSession]:
        return await asyncio.to_thread(self._people.sessions.open_ones, actor.id, session)

    async def links(self, actor: Actor) -> list[GivenLink]:
        return await asyncio.to_thread(self._people.links_given, actor.id)

    async def rename(self, actor: Actor, name: str) -> None:
        payload = name.encode("utf-8", "replace")[:400]
        async with self._act(actor, "account-renamed", payload, _own_name(actor)):
            await asyncio.to_thread(self._people.rename, actor.id, name)

    async def change_password(
        self, actor: Actor, session: str, old: str, new: str, again: str, address: str
    ) -> int:
        person = await self.person(actor)
        async with self._act(actor, "password-changed"):
            await asyncio.to_thread(self._people.own_password, actor.id)
            tried = await self._passwords.tried(person.login, old, address, inside=True)
            if not tried.right:
                raise PasswordWrong()
            await asyncio.to_thread(self._people.forgive, tried.attempt)
            hashed = await self._passwords.hashed(new, again, (person.name, person.login))
            return await asyncio.to_thread(self._people.keep_password, actor.id, hashed, session)

    async def close_session(self, actor: Actor, which: str) -> bool:
        async with self._act(actor, "session-closed"):
            return await asyncio.to_thread(self._people.sessions.close_one, actor.id, which)

    async def close_others(self, actor: Actor, session: str) -> int:
        async with self._act(actor, "sessions-closed"):
            return await asyncio.to_thread(self._people.sessions.close_others, actor.id, session)

    def _act(  # type: ignore[no-untyped-def] # as ``written``
        self, actor: Actor, name: str, payload: bytes = b"", bar: Decision | None = None
    ):
        decision = bar or decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id))
        draft = Draft(
            kind="sign-in",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=actor.id,
            decision=decision.rule,
            payload=payload,
        )
        return written(self._journal, draft, decision)


def _own_name(actor: Actor) -> Decision | None:
    """A contractor's name is what the banner and the signed report say: theirs is given by whoever lets them in."""
    if Role.CONTRACTOR not in actor.roles:
        return None
    fr, en = "Le nom d’un prestataire est donné par l’organisation.", "The organisation gives a contractor’s name."
    return Decision(False, (Reason("own-name", fr, en),), "own-name")


def trace(token: str) -> str:
    """Enough to see that the link used is the link given; nothing that opens."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]
