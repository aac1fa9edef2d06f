"""The routes as the gateway sees them: what is declared and open, what went through, a question sent by one. The
airlock decides again for itself; nothing here can make it send what it would not.
"""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.airlock import (
    ENGINE,
    AirlockLine,
    Asker,
    Route,
    RouteEngine,
    RouteInvalid,
    RouteTarget,
    Tally,
    all_routes,
    expired,
    find,
    hours_told,
    looked_at,
    serving,
    tallies,
    today,
    unsafe,
)
from demeure.airlock.line import asked
from demeure.assistant import Through
from demeure.clock import SystemClock
from demeure.errors import DemeureError, bound
from demeure.gateway.exits import OpenRoute
from demeure.journal import Draft, Journal
from demeure.policy import Action, Actor, Resource, RouteTerms, decide, in_force, leaving

ACTS = {"added": "route-added", "opened": "route-opened", "closed": "route-closed", "removed": "route-removed"}
"""What a command of the house's owner did to a route's file → its entry."""


@dataclass(frozen=True)
class Offered:
    """A route to an engine. ``classes``: names of those that may take it, by language; ``masked``: of them, those
    whose names and numbers are replaced."""

    id: str
    host: str
    country: str
    model: str
    classes: Mapping[str, list[str]]
    masked: Mapping[str, list[str]]


class WaysOut:
    """``groups``: names of the groups of an actor (blocks); ``cuts``: see ``Through``."""

    def __init__(
        self,
        instance: Path,
        line: AirlockLine,
        journal: Journal,
        groups: Callable[[Actor], list[str]],
        cuts: Callable[[Mapping[str, Sequence[int]]], Sequence[str]] = lambda _: (),
    ) -> None:
        self._instance, self._journal, self._groups = instance, journal, groups
        self.line, self._cuts = line, cuts

    async def listed(self) -> list[dict[str, Any]]:
        """Every route, with what went through today and since counts are kept; as ``listed``."""
        return await asyncio.to_thread(listed, self._instance)

    def opened(self) -> list[OpenRoute]:
        """Those that serve today, for whoever tells what leaves. Files are read again only when they changed."""
        routes = serving(self._instance, today())
        return [OpenRoute(one.id, one.host, one.port, one.terms.country) for one in routes]

    async def changed(self, actor: Actor, act: str, route: str) -> bool:
        """Its file was changed by the owner's command: written, and obeyed. True: the airlock runs. Raises
        RouteInvalid: one that was added names a class that the policy does not have."""
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        if act == "added" and decision.allowed:
            await asyncio.to_thread(self._named, route)
        written = Draft(
            kind="administration",
            name=ACTS[act],
            chain=uuid4().hex,
            actor=actor.id,
            object=await asyncio.to_thread(self._named_with_day, act, route),
            decision=decision.rule,
        )
        await self._journal.record(written)
        decision.require()
        return await self.line.refresh()

    def _named_with_day(self, act: str, route: str) -> str:
        """The route, and the last day that whoever declares or opens it gave it."""
        if act not in ("added", "opened"):
            return route
        last = find(self._instance, route).terms.expiry
        return f"{route} last-day={last}" if last else route

    def _named(self, route: str) -> None:
        known = [one.id for one in in_force().policy.classes]
        for name in sorted(find(self._instance, route).terms.classes - {*known}):
            fr = f"la politique n’a pas de classe « {name} ». Ses classes : {', '.join(known)}."
            en = f"the policy has no class “{name}”. Its classes: {', '.join(known)}."
            raise RouteInvalid(route=route, detail=bound(fr), detail_en=en)

    async def test(self, actor: Actor, route: str) -> dict[str, Any]:
        """Connect, agree on TLS, leave. Raises the airlock's errors."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        return (await self.line.call("test", asked(Asker(actor.id, chain=uuid4().hex), route))).data

    async def mail(self, actor: Actor, route: str, sensitivity: str, letter: bytes) -> dict[str, Any]:
        """A message by a relay. Raises the airlock's errors."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        groups = await asyncio.to_thread(self._groups, actor)
        asker = Asker(actor.id, tuple(groups), sensitivity, chain=uuid4().hex)
        return (await self.line.call("mail", asked(asker, route), letter)).data

    async def alert(self, route: str, to: list[str], subject: str, text: str, sensitivity: str = "") -> None:
        """A message of the house about itself: rules and numbers. ``sensitivity``: its class, empty for the lowest.
        Raises the airlock's errors: the policy in force and the route decide, as for anything that leaves."""
        asker = Asker("house", (), sensitivity or in_force().policy.classes[0].id, chain=uuid4().hex)
        letter = json.dumps({"to": to, "subject": subject, "text": text}, ensure_ascii=False).encode()
        await self.line.call("mail", asked(asker, route), letter)

    async def target(self, actor: Actor, route: str) -> RouteTarget:
        """A place for backups. They hold everything, so what leaves is of the highest class: the policy lets it
        take that route, or nothing is kept there."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        highest = max(in_force().policy.classes, key=lambda one: one.rank).id
        groups = await asyncio.to_thread(self._groups, actor)
        return RouteTarget(self.line, route, Asker(actor.id, tuple(groups), highest, chain=uuid4().hex))

    async def stamp(self, actor: Actor, route: str, query: bytes) -> bytes:
        """A timestamp authority's reply to ``query`` (RFC 3161, DER): of the lowest class, a digest tells nothing.
        Raises the airlock's errors."""
        decide(actor, Action.JOURNAL_KEEP, Resource("journal")).require()
        lowest = in_force().policy.classes[0].id
        groups = await asyncio.to_thread(self._groups, actor)
        asker = Asker(actor.id, tuple(groups), lowest, chain=uuid4().hex)
        body = json.dumps({"query": base64.b64encode(query).decode()}).encode()
        return (await self.line.call("stamp", asked(asker, route), body)).body

    async def clock(self, actor: Actor, route: str) -> dict[str, Any]:
        """How far the clock of this route is from ours (airlock.timing.Moment): of the lowest class, a random
        number tells nothing. Raises the airlock's errors."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        lowest = in_force().policy.classes[0].id
        groups = await asyncio.to_thread(self._groups, actor)
        asker = Asker(actor.id, tuple(groups), lowest, chain=uuid4().hex)
        return (await self.line.call("clock", asked(asker, route))).data

    async def offered(self) -> list[Offered]:
        """Engines at the end of routes that are open now and that the policy lets some class take, with what of it:
        what a page may offer. What the question then touches decides again."""
        return await asyncio.to_thread(self._offered)

    def _offered(self) -> list[Offered]:
        policy, now, found = in_force().policy, SystemClock().now().astimezone(), []
        for route in serving(self._instance, now.date()):
            if route.kind != ENGINE:
                continue
            said = [(one, leaving(policy.terms(one.id), route.terms, now)) for one in policy.classes]
            taken = [(one, leave) for one, leave in said if leave.allowed]
            if taken:
                names = {lang: [one.name(lang) for one, _ in taken] for lang in ("fr", "en")}
                masked = {
                    lang: [one.name(lang) for one, leave in taken if leave.pseudonymise] for lang in ("fr", "en")
                }
                found.append(Offered(route.id, route.host, route.terms.country, route.model, names, masked))
        return found

    async def through(self, actor: Actor, name: str) -> Through:
        """An engine at the end of the route, for one question of this person. Raises RouteUnknown, RouteInvalid."""
        route = await asyncio.to_thread(find, self._instance, name)
        groups = tuple(await asyncio.to_thread(self._groups, actor))
        made: list[RouteEngine] = []

        def engine(sensitivity: str, space: str | None, chain: str, beside: Sequence[str]) -> RouteEngine:
            asker = Asker(actor.id, groups, sensitivity, space, chain)
            made.append(RouteEngine(self.line, route.id, asker, beside))
            return made[-1]

        def told() -> Mapping[str, Any]:
            return together(one.let_out for one in made)

        return Through(route.model, route.id, engine, told, self._cuts)


def together(said: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What left in several requests, each as ``RouteEngine.let_out``: what was found and replaced is summed; one
    whose names were not replaced gives the rule. Empty when nothing left."""
    left = [one for one in said if one]
    if not left:
        return {}
    found: Counter[str] = Counter()
    for one in left:
        found.update(one["found"])
    rules = [str(one["rule"]) for one in left]
    rule = next((one for one in rules if one != "leaves-pseudonymised"), rules[0])
    return {"rule": rule, "found": dict(found), "replaced": sum(int(one["replaced"]) for one in left)}


def terms_of(instance: Path) -> Mapping[str, RouteTerms]:
    """Of every declared route, for the policy. Blocks. Raises RouteInvalid."""
    return {route.id: route.terms for route in all_routes(instance)}


def listed(instance: Path) -> list[dict[str, Any]]:
    """Every declared route, JSON-able, by name; a file that cannot be read is a row too, closed, which says why.
    Blocks."""
    every, of_today = tallies(instance / "airlock"), tallies(instance / "airlock", today())
    routes, wrong = looked_at(instance)
    rows = [told(route, of_today.get(route.id), every.get(route.id)) for route in routes]
    rows += [_unread(name, why, of_today.get(name), every.get(name)) for name, why in wrong.items()]
    return sorted(rows, key=lambda row: str(row["id"]))


def told(route: Route, of_today: Tally | None, ever: Tally | None) -> dict[str, Any]:
    """One route, JSON-able. ``open``: it serves today. ``read``: its file can be. ``wrong``: why it may not be
    open, by language, its last day included; None: it may."""
    terms = route.terms
    return {
        "id": route.id,
        "kind": route.kind,
        "open": route.serves(today()),
        "closed": not route.open,
        "host": route.host,
        "port": route.port,
        "addresses": list(route.addresses),
        "networks": list(route.networks),
        "tls": route.tls,
        "pin": route.pin,
        "model": route.model,
        "sender": route.sender,
        "region": route.region,
        "owner": terms.owner,
        "purpose": terms.purpose,
        "contract": terms.contract,
        "country": terms.country,
        "law": terms.law,
        "classes": sorted(terms.classes),
        "expiry": terms.expiry.isoformat() if terms.expiry else "",
        "hours": hours_told(terms.hours),
        "quotas": {key: value for key, value in _quotas(route).items() if value is not None},
        "groups": dict(route.groups),
        "limits": dict(vars(route.limits)),
        "contents": route.contents,
        "read": True,
        "wrong": _why(unsafe(route) or route.expired(today())),
        "today": (of_today or Tally()).as_json(),
        "ever": (ever or Tally()).as_json(),
    }


def _quotas(route: Route) -> dict[str, int | None]:
    return {**vars(route.terms.quotas), "person_bytes": route.person_bytes}


def _unread(name: str, problem: RouteInvalid, of_today: Tally | None, ever: Tally | None) -> dict[str, Any]:
    """As ``told``, of a file that says nothing that can be trusted."""
    empty = ("host", "pin", "model", "sender", "region", "owner", "purpose", "contract", "country", "law", "expiry")
    row: dict[str, Any] = {"id": name, "kind": "", "open": False, "closed": True, **dict.fromkeys(empty, "")}
    row |= {"port": 0, "addresses": [], "networks": [], "classes": [], "tls": True, "contents": False}
    row |= {"hours": {}, "quotas": {}, "groups": {}, "limits": {}}
    row |= {"read": False, "wrong": _why(problem)}
    return row | {"today": (of_today or Tally()).as_json(), "ever": (ever or Tally()).as_json()}


def expired_said(instance: Path, route: str) -> dict[str, str] | None:
    """As ``wrong`` of ``told``, of a route past its last day. Blocks."""
    return _why(expired(instance, route))


def _why(problem: DemeureError | None) -> dict[str, str] | None:
    if problem is None:
        return None
    told = type(problem)(**problem.params | {"answers": False})  # nobody asked a question
    return {"fr": told.sentence("fr"), "en": told.sentence("en")}
