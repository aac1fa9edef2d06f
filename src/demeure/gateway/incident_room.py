"""Incidents: opened with their clock, their scope read from the journal, their form filled, told, closed. Each step
is written before it is made. An exercise goes the same way, and counts nowhere."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from demeure.accountability import Incident, Incidents, english, law
from demeure.accountability.errors import (
    DelayUnexplained,
    FormFieldUnknown,
    FormIncomplete,
    IncidentMoved,
    IncidentOver,
    IncidentTold,
    MomentNotPast,
    ScopeReversed,
)
from demeure.accountability.incidents import NOTIFY, FormField, Scope, form, is_late, missing, prefilled
from demeure.clock import iso
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import Action, Actor, Resource, decide

OPENED, FILLED, TOLD, CLOSED = "incident-begun", "incident-filled", "incident-told", "incident-over"
INCIDENT_ACTS = (OPENED, FILLED, TOLD, CLOSED)
_PAGE, _MOST_PAGES = 1000, 400
_LONGEST = 8_000
_BEFORE = timedelta(hours=24)
"""What is looked at before the moment when it was known, when nobody says since when."""
_AHEAD = timedelta(minutes=5)
"""By how much the clock of whoever writes may be ahead of the house's."""
_TWICE = timedelta(seconds=30)
"""The same form, sent again within that time, is one incident: a button pressed twice."""


@dataclass(frozen=True)
class Asked:
    """What an incident is opened with: moments as people write them; empty: now, and the day before."""

    title: str
    known: str = ""
    since: str = ""
    until: str = ""
    practice: bool = False


@dataclass
class IncidentRoom:
    """Any task."""

    kept: Incidents
    journal: Journal
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _last: tuple[Asked, str, datetime, int] | None = field(default=None, init=False)

    async def all(self, actor: Actor) -> list[Incident]:
        """Raises Denied."""
        self._decided(actor).require()
        return await asyncio.to_thread(self.kept.all)

    async def one(self, actor: Actor, number: int) -> Incident:
        """Raises Denied, IncidentUnknown."""
        self._decided(actor).require()
        return await asyncio.to_thread(self.kept.one, number)

    async def open(self, actor: Actor, asked: Asked) -> Incident:
        """Raises Denied, MomentNotPast, ScopeReversed, FormIncomplete (no title)."""
        async with self._opening:
            now = self.kept.now()
            if self._last and self._last[:2] == (asked, actor.id) and now - self._last[2] < _TWICE:
                return await self.one(actor, self._last[3])
            made = await self._opened(actor, asked, now)
            self._last = (asked, actor.id, now, made.number)
            return made

    async def _opened(self, actor: Actor, asked: Asked, now: datetime) -> Incident:
        known = _past(asked.known, now, now)
        since, until = _past(asked.since, known - _BEFORE, now), _past(asked.until, now, now)
        if since >= until:
            raise ScopeReversed(since=_minute(since), until=_minute(until))
        if not asked.title.strip():
            raise _incomplete(form()[:1])
        decision, chain = self._decided(actor), uuid4().hex
        about = "practice" if asked.practice else "real"
        async with written(self.journal, _draft(actor, OPENED, chain, about, decision.rule), decision) as work:
            scope = await self._scope(since, until)
            names = await asyncio.to_thread(self.kept.space_names)
            scope["names"] = {one: names[one] for one in scope["spaces"] if one in names}
            fields = prefilled(scope, names, asked.title.strip()[:300])
            made = await asyncio.to_thread(
                lambda: self.kept.open(known, fields, scope, actor.id, chain, practice=asked.practice)
            )
            work.object = f"{about} incident={made.number}"
        return made

    async def fill(
        self, actor: Actor, number: int, fields: Mapping[str, str], shown: str | None = None
    ) -> Incident:
        """``fields``: id → text; those that are not named stay. ``shown``: the ``seen`` of the form that they come
        from; None: only what changes is named. Raises FormFieldUnknown, IncidentMoved, IncidentOver,
        IncidentUnknown, Denied."""
        one = await self._still(actor, number)
        known = [field.id for field in form()]
        given = {name: text[:_LONGEST] for name, text in fields.items()}
        for name in given.keys() - set(known):
            raise FormFieldUnknown(field=name[:40], known=", ".join(known))

        def filled(now: Incident) -> dict[str, Any]:
            if shown is not None and now.seen != shown:
                raise IncidentMoved(number=number)
            return {"fields": dict(_going(now).fields) | given}

        async with self._acting(actor, FILLED, one, given):
            return await asyncio.to_thread(self.kept.change, number, filled)

    async def tell(self, actor: Actor, number: int) -> Incident:
        """The authority was told: once, its moment stays. Raises IncidentTold, FormIncomplete,
        DelayUnexplained (GDPR 33(1)), and as ``fill``."""
        one = await self._still(actor, number)
        names = await asyncio.to_thread(self.kept.space_names)

        def told(now: Incident) -> dict[str, Any]:
            if _going(now).state != "open":
                raise IncidentTold(number=number)
            at = self.kept.now()
            left = missing(now.fields, now.scope, names, late=is_late(now.known_at, at))
            if left and all(field.late for field in left):
                raise DelayUnexplained(hours=law(NOTIFY).hours)
            if left:
                raise _incomplete(left)
            return {"state": "notified", "notified_at": iso(at)}

        told(one)
        async with self._acting(actor, TOLD, one, {}):
            return await asyncio.to_thread(self.kept.change, number, told)

    async def close(self, actor: Actor, number: int, why: str) -> Incident:
        """Over: told to the authority, or not to be told (``why``). Raises FormIncomplete, and as ``fill``."""
        one = await self._still(actor, number)
        if one.state != "notified" and not why.strip():
            why_not = {
                "fields": "pourquoi l’autorité n’est pas prévenue",
                "fields_en": "why the authority is not told",
            }
            raise FormIncomplete(**why_not)
        given = {"why": why.strip()[:_LONGEST]} if why.strip() else {}

        def closed(now: Incident) -> dict[str, Any]:
            fields = dict(_going(now).fields) | given
            return {"state": "closed", "closed_at": iso(self.kept.now()), "fields": fields}

        async with self._acting(actor, CLOSED, one, dict(one.fields) | given):
            return await asyncio.to_thread(self.kept.change, number, closed)

    async def _scope(self, since: datetime, until: datetime) -> dict[str, Any]:
        """What the journal says of that time."""
        found, start = Scope(), None
        for _ in range(_MOST_PAGES):
            page = await self.journal.read(start=start, limit=_PAGE, since=iso(since), until=iso(until))
            found.add(page.entries)
            start = page.next
            if start is None:
                break
        found.cut = start is not None
        return found.as_json(since, until, await asyncio.to_thread(self.kept.accounts))

    async def _still(self, actor: Actor, number: int) -> Incident:
        return _going(await self.one(actor, number))

    def _acting(self, actor: Actor, name: str, one: Incident, told: Mapping[str, str]) -> Any:
        decision = self._decided(actor)
        about = f"{'practice' if one.practice else 'real'} incident={one.number}"
        draft = _draft(actor, name, one.chain, about, decision.rule, told)
        return written(self.journal, draft, decision)

    @staticmethod
    def _decided(actor: Actor) -> Any:
        return decide(actor, Action.INCIDENT_KEEP, Resource("incident"))


def _incomplete(left: Sequence[FormField]) -> FormIncomplete:
    fr, en = " ; ".join(one.fr for one in left), "; ".join(english.field(one.id)[0] for one in left)
    return FormIncomplete(fields=fr[:600], fields_en=en[:600])


def _going(one: Incident) -> Incident:
    """Raises IncidentOver."""
    if one.over:
        raise IncidentOver(number=one.number)
    return one


def _draft(
    actor: Actor, name: str, chain: str, about: str, rule: str, told: Mapping[str, str] | None = None
) -> Draft:
    return Draft(
        kind="administration",
        name=name,
        chain=chain,
        actor=actor.id,
        object=about,
        decision=rule,
        payload=json.dumps(dict(told), ensure_ascii=False).encode() if told else b"",
    )


def _past(said: str, default: datetime, now: datetime) -> datetime:
    """In UTC; as people write it, in the time of this machine when they say no other. Raises MomentNotPast."""
    if not said.strip():
        return default.astimezone(UTC)
    try:
        moment = datetime.fromisoformat(said.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise MomentNotPast(moment=said[:40]) from problem
    if moment > now + _AHEAD:
        raise MomentNotPast(moment=said[:40])
    return moment


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%dT%H:%M}"
