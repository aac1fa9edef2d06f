"""Webhooks as the house tells them: entries of the journal, in order, one at a time, each by the airlock; a
receiver that fails is tried again a bounded number of times. At least once: a crash may tell one twice, its index
says so.
"""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.airlock import AirlockLine, Asker, RouteFailed, looked_at
from demeure.airlock import find as find_route
from demeure.airlock.line import asked
from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.gateway.telling import nameless
from demeure.gateway.ways_out import expired_said
from demeure.hooks import (
    Hook,
    HookInvalid,
    HookTaken,
    Places,
    all_hooks,
    find,
    keep,
    known,
    read,
    remove,
    text_of,
    unusable,
)
from demeure.journal import Draft, Entry, Journal
from demeure.library.written import written
from demeure.logs import note
from demeure.policy import THE_HOUSE, Action, Actor, Decision, Resource, decide

ACTS = {"declared": "hook-declared", "removed": "hook-removed"}
LOST = "hook-given-up"
LOOK, AT_ONCE, SECONDS = 5.0, 100, 30.0
"""Seconds between two looks; entries looked at together; seconds of one telling."""


class HookRoom:
    """What the page and the commands call, and what tells by itself."""

    def __init__(self, instance: Path, places: Places, line: AirlockLine, journal: Journal, clock: Clock) -> None:
        self._instance, self._places, self._line = instance, places, line
        self._journal, self._clock = journal, clock

    async def keep(self) -> None:
        """Tell what was written, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.tell()
            except Exception as problem:  # noqa: BLE001 - the next look tries again
                note("gateway", f"webhooks: {type(problem).__name__}")

    async def tell(self) -> None:
        """Each webhook whose declaration serves, as far as its receiver takes it: one that fails keeps no other
        from being told. Raises what the first that failed raised."""
        problems = list[Exception]()
        for hook in await asyncio.to_thread(all_hooks, self._instance):
            try:
                while await self._some(hook):
                    pass
            except Exception as problem:  # noqa: BLE001 - raised below
                problems.append(problem)
        if problems:
            raise problems[0]

    async def _some(self, hook: Hook) -> bool:
        """At most AT_ONCE entries; True: go on."""
        place = await asyncio.to_thread(self._places.of, hook.id)
        size = (await self._journal.head()).size
        if place is None:
            await asyncio.to_thread(self._places.begin, hook.id, size)
            return False
        waits = place.until is not None and place.until > self._clock.now()
        if waits or place.next >= size or not await asyncio.to_thread(self._line.serves, hook.route):
            return False
        top = min(place.next + AT_ONCE, size) - 1
        page = await self._journal.read(start=top, limit=AT_ONCE)
        for entry in sorted((one for one in page.entries if one.index >= place.next), key=lambda one: one.index):
            if hook.wants(entry.name) and not await self._one(hook, entry):
                return False
        await asyncio.to_thread(lambda: self._places.told(hook.id, top + 1, sent=False))
        return top + 1 < size

    async def _one(self, hook: Hook, entry: Entry) -> bool:
        """False: it was not received, and what follows waits."""
        try:
            asker = Asker(THE_HOUSE.id, (), hook.sensitivity, chain=uuid4().hex)
            body = json.dumps(event(hook, entry)).encode()
            async with asyncio.timeout(SECONDS):
                await self._line.call("hook", asked(asker, hook.route), body)
        except (DemeureError, TimeoutError, ConnectionError) as problem:
            told = problem if isinstance(problem, DemeureError) else _silent(hook)
            if await asyncio.to_thread(self._places.failed, hook.id, entry.index, _why(told)):
                draft = Draft("extension", LOST, chain=uuid4().hex, actor=THE_HOUSE.id, decision=told.code())
                await self._journal.record(_about(draft, f"{hook.id} {entry.index}"))
            return False
        await asyncio.to_thread(lambda: self._places.told(hook.id, entry.index + 1, sent=True))
        return True

    # -- the owner's command --------------------------------------------------------------------------------------

    async def changed(self, actor: Actor, act: str, name: str, *, new: bool = False) -> None:
        """Its file was written, or taken away; what is written from now on is told. ``new``: there was none of that
        name before; otherwise it goes on from where it is. Raises HookInvalid."""
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        if decision.allowed and act == "declared":
            _may_come(await asyncio.to_thread(find, self._instance, name))
        async with written(self._journal, _said(actor, act, name, decision), decision):
            if act == "removed":
                await asyncio.to_thread(self._places.forget, name)
            else:
                begin = self._places.begin_anew if new else self._places.begin
                await asyncio.to_thread(begin, name, (await self._journal.head()).size)

    async def declare(self, actor: Actor, name: str, text: str) -> Hook:
        """A new one, on a route of that kind that is there already; what is written from now on is told. Raises
        Denied, HookInvalid, HookTaken and what ``airlock.find`` raises."""
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        decision.require()

        def looked() -> None:
            made = read(name, text)
            if find_route(self._instance, made.route).kind != "webhook":
                fr, en = "sa route n’est pas de genre webhook", "its route is of another kind"
                raise HookInvalid(hook=name, detail=f"{fr}.", detail_en=f"{en}.")
            _may_come(made)
            if text_of(self._instance, name) is not None:  # whether it serves or not
                raise HookTaken(hook=name)

        await asyncio.to_thread(looked)
        async with written(self._journal, _said(actor, "declared", name, decision), decision):
            await asyncio.to_thread(self._places.begin_anew, name, (await self._journal.head()).size)
            return await asyncio.to_thread(keep, self._instance, name, text)

    async def take_away(self, actor: Actor, name: str) -> None:
        """As ``demeure hooks remove``, whether its file serves or not. Raises Denied, HookUnknown."""
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        decision.require()
        await asyncio.to_thread(known, self._instance, name)
        async with written(self._journal, _said(actor, "removed", name, decision), decision):
            await asyncio.to_thread(remove, self._instance, name)
            await asyncio.to_thread(self._places.forget, name)

    async def routes(self, actor: Actor) -> list[str]:
        """Ids of the routes of this kind whose file can be read. Raises Denied."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        found, _ = await asyncio.to_thread(looked_at, self._instance)
        return [one.id for one in found if one.kind == "webhook"]

    def broken(self) -> list[HookInvalid]:
        """What is wrong with the files that do not serve: nothing is told by those webhooks. Blocks."""
        return unusable(self._instance)

    async def unusable(self, actor: Actor) -> list[dict[str, str]]:
        """Of each of ``broken``: its id, what is wrong by language (fr, en). Raises Denied."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        found = await asyncio.to_thread(self.broken)
        return [
            {"id": str(one.params["hook"]), "fr": one.sentence("fr"), "en": one.sentence("en")} for one in found
        ]

    def shut(self) -> list[Hook]:
        """Those that tell nobody for now: their route is closed, or gone. Blocks."""
        return [hook for hook in all_hooks(self._instance) if not self._line.serves(hook.route)]

    async def listed(self, actor: Actor) -> list[dict[str, Any]]:
        """Each webhook whose declaration serves, and how far it is; ``error``: code of the last failure, ``why``:
        in words, by language (fr, en); both empty since one was received. Raises Denied."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        rows = []
        for hook in await asyncio.to_thread(all_hooks, self._instance):
            place = await asyncio.to_thread(self._places.of, hook.id)
            row: dict[str, Any] = {
                "id": hook.id,
                "route": hook.route,
                "class": hook.sensitivity,
                "events": list(hook.events),
            }
            row |= {"ids": hook.ids, "next": place.next if place else None, "sent": place.sent if place else 0}
            row |= {"lost": place.lost if place else 0, "tries": place.tries if place else 0}
            row |= _said_of(place.told if place else "") | {"used": place.used if place else ""}
            row |= {"route_open": await asyncio.to_thread(self._line.serves, hook.route)}
            rows.append(row | {"route_why": await asyncio.to_thread(expired_said, self._instance, hook.route)})
        return rows

    async def test(self, actor: Actor, name: str) -> dict[str, Any]:
        """Send an event that means nothing. Raises Denied, HookUnknown, the airlock's errors."""
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        hook = await asyncio.to_thread(find, self._instance, name)
        asker = Asker(actor.id, (), hook.sensitivity, chain=uuid4().hex)
        body = json.dumps({"hook": hook.id, "event": "hook-tested", "index": 0}).encode()
        return dict((await self._line.call("hook", asked(asker, hook.route), body)).data)


def _may_come(hook: Hook) -> None:
    """Raises HookInvalid: it would wait for an entry that never comes."""
    name, like = nameless(hook.events)
    if name:
        fr, en = (
            f"« {name} » n’est le nom d’aucune entrée du journal",
            f"“{name}” is the name of no entry of the journal",
        )
        more = (f" ; proches : {like}", f"; like it: {like}") if like else ("", "")
        raise HookInvalid(hook=hook.id, detail=f"{fr}{more[0]}.", detail_en=f"{en}{more[1]}.")


def _silent(hook: Hook) -> RouteFailed:
    fr, en = "aucune réponse à temps", "no answer in time"
    return RouteFailed(route=hook.route, detail=fr, detail_en=en, answers=False)


def _why(problem: DemeureError) -> str:
    """What is kept of a failure, as ``_said_of`` reads it."""
    said = {"error": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
    return json.dumps(said, ensure_ascii=False)


def _said_of(kept: str) -> dict[str, Any]:
    """{"error", "why": {"fr", "en"}}; a former version kept the code alone."""
    if not kept.startswith("{"):
        return {"error": kept, "why": {"fr": kept, "en": kept}}
    said = json.loads(kept)
    return {"error": said["error"], "why": {"fr": said["fr"], "en": said["en"]}}


def event(hook: Hook, entry: Entry) -> dict[str, str | int | None]:
    """What is told of an entry: never its payload. Pseudonyms and ids only where the file says so."""
    told: dict[str, str | int | None] = {"hook": hook.id, "event": entry.name, "index": entry.index}
    told |= {"time": entry.time, "kind": entry.kind, "phase": entry.phase, "outcome": entry.outcome}
    return told | ({"actor": entry.actor, "object": entry.object, "chain": entry.chain} if hook.ids else {})


def _said(actor: Actor, act: str, name: str, decision: Decision) -> Draft:
    """The entry of what was done with a declaration."""
    return Draft(
        "administration",
        ACTS[act],
        chain=uuid4().hex,
        actor=actor.id,
        object=name,
        decision=decision.rule,
    )


def _about(draft: Draft, object_: str) -> Draft:
    from dataclasses import replace

    return replace(draft, object=object_)
