"""Directories as the house follows them: read through the airlock, shown, carried out, told; passwords asked about.

Nothing here opens a connection: the stream, its TLS and the reading account's password are the airlock's.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.airlock import AirlockLine, Asker, RouteStream, password_right
from demeure.clock import Clock, iso
from demeure.directories import (
    Directory,
    DirectoryAnswer,
    DirectoryBusy,
    DirectoryDoubtful,
    DirectoryInvalid,
    Following,
    Plan,
    Reader,
    all_directories,
    declared_at,
    find,
    looks,
    planned,
    read_all,
    still,
    tells_all,
    told,
    unusable,
)
from demeure.errors import DemeureError
from demeure.gateway.ways_out import expired_said
from demeure.identity import DirectoryAway
from demeure.journal import Draft, Journal
from demeure.library.written import written
from demeure.logs import note
from demeure.policy import DECLARED_DIRECTORY, THE_HOUSE, VISITOR, Action, Actor, Decision, Resource, decide

FOLLOWED = "directory-followed"
ACTS = {"declared": "directory-declared", "removed": "directory-removed", "released": "directory-released"}
"""What the owner's command did → its entry."""
_NAMES = {"close": "person-closed", "reopen": "person-reopened", "role": "person-role"}
LONGEST, GOODBYE = 300.0, 5.0
"""Seconds of one reading; of its end."""
LOOK, PASSWORD_SECONDS = 30.0, 20.0
_MOST_FACTS, _PAYLOAD = 2000, 3 << 20
_BRIEF = ("counts", "people", "known", "elsewhere", "unusable", "unsure", "missing", "nameless")
"""Kept of a reading that was carried out."""
LATE, KEPT = 3, 200
"""Turns missed before a directory is late; readings looked at."""


class DirectoryRoom:
    """What the page, the commands and the doors call; any task."""

    def __init__(
        self,
        instance: Path,
        following: Following,
        line: AirlockLine,
        journal: Journal,
        clock: Clock,
        groups: Callable[[Actor], list[str]],
    ) -> None:
        self._instance, self._following, self._line = instance, following, line
        self._journal, self._clock, self._groups = journal, clock, groups
        self._reading: set[str] = set()
        self._tried: dict[str, datetime] = {}

    async def unusable(self, actor: Actor) -> list[dict[str, str]]:
        """What is wrong with the files that do not serve: {fr, en}; the others are followed. Raises Denied."""
        _decided(actor).require()
        found = await asyncio.to_thread(self.broken)
        return [{"fr": one.sentence("fr"), "en": one.sentence("en")} for one in found]

    async def listed(self, actor: Actor) -> list[dict[str, Any]]:
        """Each directory whose declaration serves, with its accounts and what its last readings came to. Raises
        Denied."""
        _decided(actor).require()
        return await asyncio.to_thread(self._listed)

    def _listed(self) -> list[dict[str, Any]]:
        rows = []
        for one in all_directories(self._instance):
            opened, every = self._following.numbers(one.id)
            runs = [{"at": at, "outcome": outcome, **json.loads(text)} for at, outcome, text in self._runs(one)]
            declared = {
                name: getattr(one, name) for name in ("id", "route", "kind", "base", "every_minutes", "sign_in")
            }
            rows.append(
                {
                    **declared,
                    "class": one.sensitivity,
                    "groups": [{"dn": dn, "name": name} for dn, name in one.groups],
                    "roles": [{"dn": dn, "role": role} for dn, role in one.roles],
                    "unsure_since": self._following.unsure_since(one.id),
                    "route_open": self._line.serves(one.route),
                    "route_why": expired_said(self._instance, one.route),
                    "open": opened,
                    "accounts": every,
                    "late": self._late(one),
                    "good": self._good(one),
                    "runs": runs,
                }
            )
        return rows

    def names(self) -> list[str]:
        """Of the directories whose declaration serves. Blocks."""
        return [one.id for one in all_directories(self._instance)]

    def late(self) -> list[str]:
        """Those of ``names`` whose last good reading is older than LATE of their turns. Blocks."""
        return [one.id for one in all_directories(self._instance) if self._late(one)]

    def broken(self) -> list[DirectoryInvalid]:
        """What is wrong with the files that do not serve: nobody follows those directories. Blocks."""
        return unusable(self._instance)

    def unfollowed(self) -> list[str]:
        """The late, and those whose file does not serve. Blocks."""
        return [*self.late(), *(str(one.params["directory"]) for one in self.broken())]

    def _late(self, one: Directory) -> bool:
        """Was its last good reading long ago? One that was never read is late as long after it was declared: a
        route that never opened leaves no trace of a try."""
        good = self._good(one)
        since = datetime.fromisoformat(good) if good else declared_at(self._instance, one.id)
        return since < self._clock.now() - timedelta(minutes=LATE * one.every_minutes)

    def _good(self, one: Directory) -> str:
        """When its last good reading was kept; empty: none is known."""
        runs = self._following.runs(one.id, KEPT)
        return next((at for at, outcome, _ in runs if outcome == "done"), "")

    def _runs(self, one: Directory) -> list[tuple[str, str, str]]:
        return self._following.runs(one.id)

    async def check(self, actor: Actor, name: str) -> dict[str, Any]:
        """What following it now would change; changes nothing. Raises Denied, DirectoryUnknown, DirectoryAnswer,
        DirectoryBusy and the airlock's errors."""
        _decided(actor).require()
        one = await asyncio.to_thread(find, self._instance, name)
        with self._alone(one):
            whole = await self._plan(actor, one, uuid4().hex)
        plan = whole.careful()
        held = whole.vanished if whole.unsure else 0
        most = one.closable(plan.known)
        why, why_en = plan.doubt(most)
        more = {"doubtful": plan.doubtful(most), "closable": most, "why": why, "why_en": why_en}
        return {**told(plan), **more, "losing": plan.losing, "held": held, "whole": whole.losing}

    async def follow(self, actor: Actor, name: str, closing: int = 0) -> dict[str, Any]:
        """Make the house as the directory says. ``closing``: how many accounts somebody agreed to close or lessen,
        having seen them. Raises as ``check``, and DirectoryDoubtful: too many would be, so nothing was changed."""
        decision = _decided(actor)
        decision.require()
        one = await asyncio.to_thread(find, self._instance, name)
        try:
            with self._alone(one):  # until it is carried out: two plans of one house would cross
                done = await self._follow(actor, decision, one, closing)
        except DirectoryBusy:  # it is being read: nothing failed
            raise
        except DemeureError as problem:
            outcome = "doubtful" if isinstance(problem, DirectoryDoubtful) else "failed"
            await asyncio.to_thread(self._following.ran, one.id, outcome, _why(problem))
            raise
        brief = {key: done[key] for key in _BRIEF} | {"groups_unread": len(done["groups_unread"])}
        if not tells_all(brief):
            now = iso(self._clock.now())
            brief["unsure_since"] = await asyncio.to_thread(self._following.unsure_since, one.id) or now
        await asyncio.to_thread(self._following.ran, one.id, "done", json.dumps(brief))
        return done

    async def _follow(self, actor: Actor, decision: Decision, one: Directory, closing: int) -> dict[str, Any]:
        chain = uuid4().hex
        plan = await self._plan(actor, one, chain)
        plan = replace(plan, unsure=False) if closing and closing == plan.losing else plan.careful()
        if plan.doubtful(most := one.closable(plan.known)) and plan.losing != closing:
            why, why_en = plan.doubt(most)
            raise DirectoryDoubtful(directory=one.id, count=plan.losing, known=plan.known, why=why, why_en=why_en)
        if not any(change.visible for change in plan.changes):
            await asyncio.to_thread(self._following.carry_out, one, plan)  # names there may have changed
            return told(plan)
        draft = Draft(
            kind="administration",
            name=FOLLOWED,
            chain=chain,
            actor=actor.id,
            object=one.id,
            decision=decision.rule,
            payload=_payload(plan),
        )
        async with written(self._journal, draft, decision) as acting:
            kept = await asyncio.to_thread(self._following.carry_out, one, plan)
            counts = " ".join(f"{key}={value}" for key, value in plan.counts().items() if value)
            acting.object = f"{one.id} {counts}"
            await self._facts(actor, decision, plan, chain, {login for login, _ in kept})
        done = told(plan)
        done["kept"] = [*plan.kept, *kept]
        done["kept"] = [{"login": login, "why": why} for login, why in done["kept"]]
        return done

    async def _facts(self, actor: Actor, decision: Decision, plan: Plan, chain: str, kept: set[str]) -> None:
        """An entry for each account that was closed, reopened or given another role, as if by hand."""
        drafts = []
        for change in plan.changes:
            if not change.person or change.login in kept:
                continue
            acts = [("close", "")] if change.opens is False else [("reopen", "")] if change.opens else []
            acts += [("role", f" {change.role} was={change.was}")] if change.role else []
            drafts += [
                Draft(
                    kind="administration",
                    name=_NAMES[act],
                    chain=chain,
                    actor=actor.id,
                    object=change.person + more,
                    decision=decision.rule,
                )
                for act, more in acts
            ]
        for draft in drafts[:_MOST_FACTS]:
            await self._journal.record(draft)

    async def _plan(self, actor: Actor, one: Directory, chain: str) -> Plan:
        groups = () if actor is THE_HOUSE else tuple(await asyncio.to_thread(self._groups, actor))
        asker = Asker(actor.id, groups, one.sensitivity, chain=chain)
        answer = await self._read(one, asker)
        accounts = await asyncio.to_thread(self._following.accounts, one)
        return await asyncio.to_thread(lambda: planned(one, answer, accounts, *self._following.usual(one.id)))

    @contextlib.contextmanager
    def _alone(self, one: Directory) -> Iterator[None]:
        """Raises DirectoryBusy."""
        if one.id in self._reading:
            raise DirectoryBusy(directory=one.id)
        self._reading.add(one.id)
        try:
            yield
        finally:
            self._reading.discard(one.id)

    async def _read(self, one: Directory, asker: Asker) -> Any:
        stream = RouteStream(self._line, one.route, asker)
        try:
            async with asyncio.timeout(LONGEST):
                await stream.open()
                reader = Reader(stream, one.id)
                answer = await read_all(reader, one, self._clock.now())
                await reader.end()
            with contextlib.suppress(TimeoutError, DemeureError):
                async with asyncio.timeout(GOODBYE):
                    await stream.aclose()
            return answer
        except TimeoutError as problem:
            raise DirectoryAnswer(directory=one.id, detail="trop long", detail_en="too long") from problem
        finally:
            await stream.cut()

    # -- passwords ------------------------------------------------------------------------------------------------

    async def right(self, source: str, person: str, password: str) -> bool:
        """Is it the password that the directory ``source`` keeps for ``person``? Raises DirectoryAway."""
        try:
            one = await asyncio.to_thread(find, self._instance, source)
            name, key = await asyncio.to_thread(self._following.entry_of, source, person)
        except DemeureError as problem:
            raise DirectoryAway() from problem
        if not one.sign_in or not name:
            return False
        right, found = await self._bound(one, name, password, person, looks(one, name, self._clock.now()))
        return right and still(one, key, found)

    async def nobody(self) -> None:
        """As long as ``right`` takes: an entry that no directory has, and a secret of chance: what somebody typed
        may be a password of the house, with a mistyped login. Raises DirectoryAway."""
        known = await asyncio.to_thread(all_directories, self._instance)
        one = next((one for one in known if one.sign_in), None)
        if one is not None:
            name = f"cn={uuid4().hex},{one.base}"
            asked = looks(one, name, self._clock.now())
            await self._bound(one, name, secrets.token_hex(16), VISITOR.id, asked)

    async def _bound(
        self, one: Directory, name: str, password: str, person: str, asked: Sequence[bytes] = ()
    ) -> tuple[bool, list[bytes]]:
        asker = Asker(person, (), one.sensitivity, chain=uuid4().hex)
        try:
            async with asyncio.timeout(PASSWORD_SECONDS):
                return await password_right(self._line, one.route, asker, name, password, asked)
        except (DemeureError, TimeoutError, ConnectionError) as problem:
            await asyncio.to_thread(self._away, one, problem)
            raise DirectoryAway() from problem

    def _away(self, one: Directory, problem: Exception) -> None:
        """Why nobody of it comes in: kept with its readings, once until the next good one."""
        if not isinstance(problem, DemeureError):
            note("gateway", f"directory {one.id}: {type(problem).__name__}")
            problem = DirectoryAnswer(directory=one.id, detail="il se tait", detail_en="it is silent")
        note("gateway", f"directory {one.id}: {problem.code()}")
        last = self._following.runs(one.id, 1)
        if not last or last[0][1] != "failed":
            self._following.ran(one.id, "failed", _why(problem))

    # -- the owner's command --------------------------------------------------------------------------------------

    async def changed(self, actor: Actor, act: str, name: str) -> list[str]:
        """Its file was written, or taken away (its accounts are then the house's again: their ids)."""
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        draft = Draft(
            "administration", ACTS[act], chain=uuid4().hex, actor=actor.id, object=name, decision=decision.rule
        )
        async with written(self._journal, draft, decision) as acting:
            gone = await asyncio.to_thread(self._following.release, name) if act == "removed" else []
            acting.object = f"{name} released={len(gone)}" if gone else name
        return gone

    async def release(self, actor: Actor, login: str) -> list[str]:
        """One account is the house's own again: a link will give it a password."""
        decision = _decided(actor)
        source = await asyncio.to_thread(self._following.owner, login)
        draft = Draft(
            "administration",
            ACTS["released"],
            chain=uuid4().hex,
            actor=actor.id,
            object=source,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision) as acting:
            gone = await asyncio.to_thread(self._following.release, source, login)
            acting.object = " ".join([source, *gone]).strip()
        return gone

    # -- by itself ------------------------------------------------------------------------------------------------

    async def keep(self) -> None:
        """Follow each directory when its time has come, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            await self.due()

    async def due(self) -> None:
        """Those whose time has come. Never raises: what went wrong is kept with the readings."""
        try:
            known = await asyncio.to_thread(all_directories, self._instance)
        except Exception as problem:  # noqa: BLE001 - the house goes on being followed
            note("gateway", f"directories: {type(problem).__name__}")
            return
        for one in known:
            try:
                await self._one_due(one)
            except Exception as problem:  # noqa: BLE001 - the others are followed, and it is tried again
                note("gateway", f"directory {one.id}: {type(problem).__name__}")

    async def _one_due(self, one: Directory) -> None:
        now = self._clock.now()
        last = self._tried.get(one.id) or await asyncio.to_thread(self._last, one)
        if last is not None and now - last < timedelta(minutes=one.every_minutes):
            return
        self._tried[one.id] = now
        if await asyncio.to_thread(self._line.serves, one.route):
            await self.follow(THE_HOUSE, one.id)

    def _last(self, one: Directory) -> datetime | None:
        runs = self._following.runs(one.id, 1)
        return datetime.fromisoformat(runs[0][0]) if runs else None


def _decided(actor: Actor) -> Decision:
    marks = frozenset({DECLARED_DIRECTORY}) if actor is THE_HOUSE else frozenset[str]()
    return decide(actor, Action.PEOPLE_ADMINISTER, Resource("house", marks=marks))


def _why(problem: DemeureError) -> str:
    said = {"error": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
    return json.dumps(said, ensure_ascii=False)


def _payload(plan: Plan) -> bytes:
    """Everybody that is changed, within what the journal takes."""
    for limit in (10_000, 2_000, 100):
        data = json.dumps(told(plan, limit), ensure_ascii=False).encode()
        if len(data) <= _PAYLOAD:
            return data
    return json.dumps({"counts": plan.counts()}).encode()
