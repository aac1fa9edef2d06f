"""One request out, from the decision to its last byte. In this order: decided, looked at, masked, measured,
counted, written in the journal; only then is a connection asked of the door.
"""

import asyncio
import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from demeure.airlock.errors import RouteClosed, RouteNotItself, RouteRefused, RouteUnreachable
from demeure.airlock.ledger import Ledger, Over
from demeure.airlock.masking import Looked, Told, look
from demeure.airlock.route import Route
from demeure.clock import Clock
from demeure.journal import Draft, OpenIntention, ScribeJournal
from demeure.journal.entry import SALT, commit, envelope
from demeure.policy import Leave, Policy, default_policy, leaving

Seal = Callable[[str | None, str, bytes], Awaitable[bytes]]
"""(space, or None for the house; actor; bytes) → sealed by who holds that key: the airlock holds none."""

ASKED, REFUSED, TESTED = "route-request", "route-refused", "route-tested"
CONTENTS_LIMIT = 1 << 20
CHAINS = 128
"""Works of which what they told is remembered, in memory alone: the last ones that asked."""


@dataclass(frozen=True)
class Asker:
    """Who asks, and about what. ``person``: the actor's id; ``sensitivity``: the class of what is sent; ``space``:
    whose key seals what the journal keeps of it."""

    person: str
    groups: Sequence[str] = ()
    sensitivity: str = ""
    space: str | None = None
    chain: str = ""


@dataclass
class Departure:
    """A request that was let out. ``back``: bytes of the answer so far. ``digest``: SHA-256 of what passed, of a
    stream, which nobody knew before. ``stayed``: none of ``size`` left after all. ``booked``: it is in quotas."""

    route: Route
    asker: Asker
    decision: Leave
    looked: Looked
    size: int
    intention: OpenIntention
    back: int = 0
    digest: str = ""
    stayed: bool = False
    booked: bool = True

    def failed(self, problem: BaseException) -> None:
        """What went wrong: who was declared was not there, or did not show who it is, so that nothing left."""
        self.stayed = self.stayed or isinstance(problem, RouteUnreachable | RouteNotItself)


class Leaving:
    """``policy``: in force; until it is told, that of the product, which lets nothing leave. What it and the
    route's file do not both allow does not leave."""

    def __init__(self, ledger: Ledger, journal: ScribeJournal, seal: Seal, clock: Clock) -> None:
        self.policy: Policy = default_policy()
        self._ledger, self._journal, self._seal, self._clock = ledger, journal, seal, clock
        self._known: OrderedDict[str, Told] = OrderedDict()
        """What the requests of one chain told so far: a summary sends in its second request what its first one
        found, without what said there that it is a name, or an account."""

    async def decide(self, route: Route, asker: Asker) -> Leave:
        """Raises RouteClosed, RouteRefused: both are in the journal."""
        now = self._clock.now().astimezone()
        if (over := route.expired(now.date())) is not None:
            await self._refuse(route, asker, "route-expired")
            raise over
        if not route.open:
            await self._refuse(route, asker, "route-closed")
            raise RouteClosed(route=route.id)
        named = [asker.sensitivity] if asker.sensitivity else []
        decision = leaving(self.policy.terms(*named), route.terms, now)
        if not decision.allowed:
            await self._refuse(route, asker, decision.rule)
            fr, en = decision.sentence("fr"), decision.sentence("en")
            raise RouteRefused(route=route.id, rule=decision.rule, detail=fr, detail_en=en)
        return decision

    async def look(
        self,
        route: Route,
        asker: Asker,
        decision: Leave,
        texts: Sequence[str],
        examples: Collection[int] = (),
        beside: Sequence[str] = (),
    ) -> Looked:
        """Personal data of ``texts`` found, and replaced where the policy wants it; ``examples``, ``beside``: see
        ``masking.look``. Raises RouteRefused when they could not be examined: what was not looked at does not
        leave."""
        if sum(map(len, texts)) > route.limits.request:
            await self.too_large(route, asker, sum(map(len, texts)))
        try:
            asked = partial(look, texts, replace=decision.pseudonymise, examples=examples, beside=beside)
            told = self._told(asker.chain)
            known = told.copy()  # another request of the chain may be looked at meanwhile
            looked = await asyncio.to_thread(asked, known=known)
        except Exception as problem:
            await self._refuse(route, asker, "not-examined")
            fr = "Le texte n’a pas pu être examiné."
            refused = {"rule": "not-examined", "detail": fr, "detail_en": "The text could not be examined."}
            raise RouteRefused(route=route.id, **refused) from problem
        told.update(known)
        return looked

    def _told(self, chain: str) -> Told:
        if not chain:
            return Told()
        known = self._known.setdefault(chain, Told())
        self._known.move_to_end(chain)
        while len(self._known) > CHAINS:
            self._known.popitem(last=False)
        return known

    async def let_out(self, route: Route, asker: Asker, decision: Leave, looked: Looked, body: bytes) -> Departure:
        """``body``: the very bytes. Returns once they are counted and written: not one has left. Raises
        RouteRefused, and the journal's errors."""
        if len(body) > route.limits.request:
            await self.too_large(route, asker, len(body))
        told: dict[str, Any] = {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
        words = self.policy.highest(asker.sensitivity).journal == "contents"  # of some classes, who did what alone
        if route.contents and words and len(body) <= CONTENTS_LIMIT:
            told["content"] = body.decode("utf-8", "replace")
        return await self.depart(route, asker, decision, looked, len(body), told)

    async def depart(
        self, route: Route, asker: Asker, decision: Leave, looked: Looked, size: int, told: Mapping[str, Any]
    ) -> Departure:
        """As ``let_out``, of ``size`` bytes that ``told`` (sealed) says the digest of. Of a stream, of which nobody
        knows them yet, 0: ``passed`` counts them. A bind is in no quota: lock-outs bound them."""
        now = self._clock.now().astimezone()
        if "bind" in told:  # strangers try passwords: they do not spend what those of the house have
            self._ledger.tried(route, size, now)
        elif (over := self._ledger.book(route, asker.person, asker.groups, size, now)) is not None:
            await self._refuse(route, asker, over.rule, counted=True)
            raise _over(route, over)
        said = f"route {route.id}; {size} bytes; class {asker.sensitivity or '-'}; found {looked.told()}"
        said += f"; policy {self.policy.version}"
        more = {"found": looked.found, "replaced": looked.replaced}
        more |= {"to": f"{route.host}:{route.port}", "model": route.model}
        told = {**told, **more}
        draft = self._draft(ASKED, asker, decision.rule, said)
        salt, payload = os.urandom(SALT), json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        sealed = await self._seal(asker.space, asker.person, envelope(salt, payload))
        opened = await self._journal.intention_sealed(draft, commit(salt, payload), sealed)
        return Departure(route, asker, decision, looked, size, opened, booked="bind" not in told)

    async def passed(self, route: Route, asker: Asker, size: int) -> None:
        """These bytes of a stream are about to leave. Raises RouteRefused: a quota of the day is reached."""
        over = self._ledger.passed(route, asker.person, asker.groups, size, self._clock.now().astimezone())
        if over is not None:
            await self._refuse(route, asker, over.rule, counted=True)
            raise _over(route, over)

    async def close(self, departure: Departure, outcome: str) -> None:
        """What came of it, written even when whoever asked has left. ``outcome``: done, failed, interrupted."""
        now, asker = self._clock.now().astimezone(), departure.asker
        if departure.stayed:
            person = asker.person if departure.booked else ""
            self._ledger.stayed(departure.route.id, person, asker.groups, departure.size, now)
        self._ledger.answered(departure.route.id, departure.back, now)
        said = departure.intention.entry.object
        said += "; out 0 bytes" if departure.stayed else ""
        said += f"; out {departure.size} bytes sha256 {departure.digest}" if departure.digest else ""
        said += f"; back {departure.back} bytes"
        await asyncio.shield(self._journal.close(departure.intention, outcome, object=said))

    async def test(self, route: Route, asker: Asker) -> OpenIntention:
        """A connection is about to be tried: written first."""
        return await self._journal.intention(self._draft(TESTED, asker, "", f"route {route.id}"))

    async def tested(self, intention: OpenIntention, outcome: str) -> None:
        await asyncio.shield(self._journal.close(intention, outcome))

    async def recover(self) -> int:
        """Close what a former life left open. Only when no other airlock lives."""
        left = await self._journal.open_intentions()
        for intention in left:
            await self._journal.close(intention, "interrupted")
        return len(left)

    async def too_large(self, route: Route, asker: Asker, size: int) -> None:
        """Raises RouteRefused."""
        await self._refuse(route, asker, "too-large")
        limit = route.limits.request
        fr = f"La demande est trop grande : {size} octets, {limit} au plus."
        en = f"The request is too large: {size} bytes, {limit} at most."
        raise RouteRefused(route=route.id, rule="too-large", detail=fr, detail_en=en)

    async def refuse(self, route: Route, asker: Asker, rule: str, fr: str, en: str) -> None:
        """Written, then raised: RouteRefused."""
        await self._refuse(route, asker, rule)
        raise RouteRefused(route=route.id, rule=rule, detail=fr, detail_en=en)

    async def _refuse(self, route: Route, asker: Asker, rule: str, *, counted: bool = False) -> None:
        if not counted:
            self._ledger.refused(route.id, rule, self._clock.now().astimezone())
        said = f"route {route.id}; class {asker.sensitivity or '-'}"
        await self._journal.record(self._draft(REFUSED, asker, rule, said))

    @staticmethod
    def _draft(name: str, asker: Asker, rule: str, said: str) -> Draft:
        return Draft(
            kind="extension",
            name=name,
            phase="fact" if name == REFUSED else "intention",
            chain=asker.chain,
            actor=asker.person,
            space=asker.space,
            object=said,
            decision=rule,
        )


def _over(route: Route, over: Over) -> RouteRefused:
    fr = f"Le quota est atteint : {over.fr}, {over.limit} au plus."
    en = f"The quota is reached: {over.en}, {over.limit} at most."
    return RouteRefused(route=route.id, rule=over.rule, detail=fr, detail_en=en)


def day_of(clock: Clock) -> date:
    """Today, in the house's own time zone."""
    return clock.now().astimezone().date()
