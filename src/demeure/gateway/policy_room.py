"""The policy of the house, read and changed: each change decided, tried on the organisation's own cases, journalled
before it holds, and kept for ever with its hash and its author.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from demeure.airlock import RouteUnknown
from demeure.clock import Clock, iso
from demeure.gateway.known_models import strangers
from demeure.gateway.policy_checked import POLICY_FILE, Checked, differences, told_failures
from demeure.gateway.replaying import DAYS, Replay, Replayed
from demeure.identity import (
    PersonUnknown,
    PolicyCasesFail,
    PolicyMoved,
    PolicyOwnWord,
    PolicySame,
    PolicyUnknown,
    PolicyVersion,
)
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import written
from demeure.policy import (
    Action,
    Actor,
    Decision,
    Explained,
    Force,
    Leave,
    Policy,
    Resource,
    RouteTerms,
    decide,
    explained,
    in_force,
    leaving,
    read_policy,
    takes_default,
    tried,
)

APPLIED, PROPOSED, APPROVED, DROPPED = "policy-applied", "policy-proposed", "policy-approved", "policy-dropped"
ACTS = (APPLIED, PROPOSED, APPROVED, DROPPED)
"""Entries of changes: their object says ``version=N sha256=…``."""
REASON = 500
MACHINE = "uid:"
"""How the id of an account of the machine begins (policy.machine_actor)."""
_PAGE = 500


class Versions(Protocol):
    """What identity's Policies keeps. Everything blocks."""

    def load(self) -> Force: ...

    def current(self) -> PolicyVersion: ...

    def history(self) -> list[PolicyVersion]: ...

    def version(self, number: int) -> PolicyVersion: ...

    def waiting(self) -> PolicyVersion | None: ...

    def next_number(self) -> int: ...

    def add(
        self,
        number: int,
        policy: Policy,
        by: str,
        *,
        after: int,
        reason: str = "",
        former: int | None = None,
        apply: bool,
    ) -> None: ...

    def approve(self, number: int, by: str) -> None: ...

    def drop(self, number: int) -> None: ...

    def classed_documents(self) -> dict[str, str]: ...

    def unclassed_spaces(self) -> int: ...


@dataclass(frozen=True)
class PolicySheet:
    """What the page shows. ``names``: actor id → name, of those who wrote a version."""

    policy: Policy
    current: PolicyVersion
    waiting: PolicyVersion | None
    history: tuple[PolicyVersion, ...]
    may_change: bool
    may_approve: bool
    names: Mapping[str, str]


class PolicyRoom:
    """``who``: actor id → who they are now (blocks); ``things``: what an object is called → what policy is asked
    about it, for an actor (blocks); ``routes``: those declared; ``past``: as ``Checked`` has it (blocks);
    ``models``: those that a policy may name, None when it is not known (blocks)."""

    def __init__(
        self,
        versions: Versions,
        journal: Journal,
        clock: Clock,
        *,
        who: Callable[[str], Actor | None],
        things: Callable[[Actor, str, str], Resource],
        routes: Callable[[], Mapping[str, RouteTerms]] = dict,
        past: Callable[[Force], tuple[int, int, int, int]] = lambda _: (0, 0, 0, 0),
        models: Callable[[Mapping[str, RouteTerms]], frozenset[str]] | None = None,
    ) -> None:
        self._versions, self._journal, self._clock = versions, journal, clock
        self._who, self.things, self._routes, self._past = who, things, routes, past
        self._models = models

    # -- reading --------------------------------------------------------------------------------------------------

    async def sheet(self, actor: Actor) -> PolicySheet:
        """The policy in force and its history. Raises Denied."""
        decide(actor, Action.POLICY_READ, Resource("house")).require()
        may = decide(actor, Action.POLICY_CHANGE, Resource("house")).allowed

        def read() -> PolicySheet:
            history = self._versions.history()
            waiting = next((one for one in history if one.waits), None)
            current = next(one for one in history if one.applied_at or not one.number)
            known = {one.by for one in history} | {one.approved_by for one in history}
            found = {name: self._who(name) for name in known if name and not name.startswith(MACHINE)}
            names = {name: who.name for name, who in found.items() if who is not None}
            approves = may and waiting is not None and not same_hand(waiting.by, actor.id)
            return PolicySheet(in_force().policy, current, waiting, tuple(history), may, approves, names)

        return await asyncio.to_thread(read)

    async def check(self, actor: Actor, text: str, file: str = POLICY_FILE, *, anew: bool = True) -> Checked:
        """``anew``: as ``read_policy``, False for a version that is kept. Raises Denied, and the errors of a policy
        that cannot be read."""
        decide(actor, Action.POLICY_READ, Resource("house")).require()
        return await asyncio.to_thread(self._check, text, file, anew=anew)

    async def check_version(self, actor: Actor, number: int) -> Checked:
        """What a version that is kept would change, were it put in force now. Raises as ``check``, and
        PolicyUnknown."""
        decide(actor, Action.POLICY_READ, Resource("house")).require()
        kept = await asyncio.to_thread(self._versions.version, number)
        return await self.check(actor, kept.text, anew=False)

    def _check(self, text: str, file: str = POLICY_FILE, *, anew: bool = True) -> Checked:
        routes = self._routes()
        policy = read_policy(text, file, routes=frozenset(routes) if routes else None, anew=anew)
        changed = differences(in_force().policy.text, text)
        past = self._past(in_force().under(policy))
        unknown = strangers(policy, self._models(routes)) if self._models is not None else ()
        return Checked(policy, tried(policy, routes, self._now()), changed, self._gone(policy), past, unknown)

    def _gone(self, policy: Policy) -> dict[str, tuple[int, int]]:
        now = in_force()
        spaces, own = Counter(now.spaces.values()), Counter(self._versions.classed_documents().values())
        if not takes_default(now.policy, policy) and (others := self._versions.unclassed_spaces()):
            spaces[now.policy.default] += others  # they keep it, be it gone
        return {one: (spaces[one], own[one]) for one in sorted({*spaces, *own}) if one not in policy.by_class}

    def _now(self) -> datetime:
        return self._clock.now().astimezone()  # hours are told in the machine's own time zone

    async def explain(self, actor: Actor, whose: str, action: str, about: str) -> tuple[Actor, Explained]:
        """Why that person may, or may not, do ``action`` on what ``about`` names. Raises Denied, PersonUnknown, and
        the errors of an object that is not there."""
        decide(actor, Action.POLICY_CHANGE, Resource("house")).require()

        def look() -> tuple[Actor, Explained]:
            asked = self._who(whose)
            if asked is None:
                raise PersonUnknown(person=whose)
            return asked, explained(in_force(), asked, action, self.things(asked, action, about))

        return await asyncio.to_thread(look)

    async def leaving_by(self, actor: Actor, route: str, sensitivity: str) -> Leave:
        """Why what has that class (empty: none) may, or may not, leave by ``route`` now. Raises Denied,
        RouteUnknown."""
        decide(actor, Action.POLICY_CHANGE, Resource("house")).require()
        terms = (await asyncio.to_thread(self._routes)).get(route)
        if terms is None:
            raise RouteUnknown(route=route)
        named = (sensitivity,) if sensitivity else ()
        return leaving(in_force().policy.terms(*named), terms, self._now())

    async def simulate(
        self, actor: Actor, text: str, days: int = DAYS, file: str = POLICY_FILE
    ) -> tuple[Checked, Replayed]:
        """The last ``days`` of the journal under ``text``. Written, as every look at everybody's lines. Raises
        Denied, and the errors of a policy that cannot be read."""
        decision = decide(actor, Action.POLICY_CHANGE, Resource("house"))
        decision.require()
        checked = await self.check(actor, text, file)
        since = iso(self._clock.now() - timedelta(days=days))
        about = f"sha256={checked.policy.digest} days={days}"
        await self._journal.record(_draft("retrieval", "policy-simulated", actor, decision, about, phase="fact"))
        own = await asyncio.to_thread(self._versions.classed_documents)
        known: dict[str, Actor | None] = {}

        def who(name: str) -> Actor | None:
            if name not in known:
                known[name] = self._who(name)
            return known[name]

        now = in_force()
        routes = await asyncio.to_thread(self._routes)
        replay = Replay(now, now.under(checked.policy), who, own, routes)
        start: int | None = None
        while True:
            page = await self._journal.read(start=start, limit=_PAGE, since=since)
            await asyncio.to_thread(replay.take, page.entries)
            start = page.next
            if start is None:
                return checked, replay.result(since)

    # -- changing -------------------------------------------------------------------------------------------------

    async def change(
        self,
        actor: Actor,
        text: str,
        *,
        after: int,
        reason: str = "",
        former: int | None = None,
        file: str = POLICY_FILE,
    ) -> PolicyVersion:
        """Apply ``text``, or propose it where the policy in force wants two people. ``after``: the version that its
        author saw in force; ``file``: where it comes from, as it is told. Raises Denied, PolicyMoved,
        PolicyCasesFail, and the errors of a policy that cannot be read."""
        decision = decide(actor, Action.POLICY_CHANGE, Resource("house"))
        checked = await self.check(actor, text, file, anew=former is None)
        now = in_force().policy
        apply = now.approval < 2
        number = await asyncio.to_thread(self._versions.next_number)
        told = {"reason": reason[:REASON], "former": former, "diff": list(checked.diff)[:400]}

        def work() -> None:
            if checked.failures:
                raise PolicyCasesFail(**told_failures(checked.failures))
            if checked.policy.digest == now.digest:
                raise PolicySame()
            if self._versions.current().digest != now.digest:
                raise PolicyMoved()  # another holds since we looked whether one person is enough
            kept: dict[str, Any] = {"after": after, "reason": reason[:REASON], "former": former, "apply": apply}
            self._versions.add(number, checked.policy, actor.id, **kept)

        name = APPLIED if apply else PROPOSED
        await self._act(actor, decision, name, number, checked.policy.digest, work, told)
        return await asyncio.to_thread(self._versions.version, number)

    async def approve(self, actor: Actor, number: int) -> PolicyVersion:
        """The second person's word: the proposal holds. Raises Denied, PolicyOwnWord, PolicyMoved, PolicyUnknown,
        PolicyCasesFail."""
        decision = decide(actor, Action.POLICY_CHANGE, Resource("house"))
        proposed = await asyncio.to_thread(self._versions.version, number)

        def work() -> None:
            if same_hand(proposed.by, actor.id):
                raise PolicyOwnWord()
            checked = self._check(proposed.text, anew=False)
            if checked.failures:
                raise PolicyCasesFail(**told_failures(checked.failures))
            self._versions.approve(number, actor.id)

        await self._act(actor, decision, APPROVED, number, proposed.digest, work, {"by": proposed.by})
        return await asyncio.to_thread(self._versions.version, number)

    async def drop(self, actor: Actor, number: int) -> None:
        """A proposal is taken back, or refused. Raises Denied, PolicyMoved, PolicyUnknown."""
        decision = decide(actor, Action.POLICY_CHANGE, Resource("house"))
        proposed = await asyncio.to_thread(self._versions.version, number)
        await self._act(actor, decision, DROPPED, number, proposed.digest, lambda: self._versions.drop(number), {})

    async def rollback(self, actor: Actor, number: int, *, after: int, reason: str = "") -> PolicyVersion:
        """An older version becomes a new one, as any change does."""
        old = await asyncio.to_thread(self._versions.version, number)
        return await self.change(actor, old.text, after=after, reason=reason, former=number)

    async def _act(
        self,
        actor: Actor,
        decision: Decision,
        name: str,
        number: int,
        digest: str,
        work: Callable[[], None],
        told: Mapping[str, Any],
    ) -> None:
        about = f"version={number} sha256={digest}"
        draft = _draft("administration", name, actor, decision, about, told)
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(work)
            await asyncio.to_thread(self._versions.load)

    # -- after a crash --------------------------------------------------------------------------------------------

    async def recover(self) -> int:
        """Close what a crash left open, as the database says it ended; the number of closings."""
        closed = 0
        for intention in await self._journal.open_intentions():
            if intention.entry.name in ACTS:
                done = await asyncio.to_thread(self._happened, intention)
                await self._journal.close(intention, "done" if done else "interrupted")
                closed += 1
        return closed

    def _happened(self, intention: OpenIntention) -> bool:
        number = intention.entry.object.removeprefix("version=").split(" ")[0]
        try:
            found = self._versions.version(int(number))
        except (ValueError, PolicyUnknown):
            return False
        happened = {
            APPLIED: bool(found.applied_at),
            APPROVED: bool(found.applied_at),
            PROPOSED: True,
            DROPPED: bool(found.dropped_at),
        }
        return happened[intention.entry.name] and found.digest in intention.entry.object


def same_hand(one: str, other: str) -> bool:
    """Are these two actors one for the approval of a change? The accounts of the machine that may change it, the
    house's own and root, are: whoever has the one takes the other."""
    return one == other or all(who.startswith(MACHINE) for who in (one, other))


def _draft(
    kind: str,
    name: str,
    actor: Actor,
    decision: Decision,
    about: str,
    told: Mapping[str, Any] | None = None,
    *,
    phase: str = "intention",
) -> Draft:
    payload = json.dumps(told, ensure_ascii=False).encode() if told else b""
    return Draft(
        kind=kind,
        name=name,
        phase=phase,
        chain=uuid4().hex,
        actor=actor.id,
        object=about,
        decision=decision.rule,
        payload=payload,
    )
