"""The control door's words about incidents: opened, filled, told, closed, made into a file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from demeure.accountability import Incident
from demeure.accountability.incidents import due, form, hours_left, is_late, told
from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.incident_room import Asked, IncidentRoom
from demeure.gateway.register_files import FORMATS, registers_of
from demeure.gateway.sending import Sent, ToSend
from demeure.gateway.visit import text_field
from demeure.policy import Action, Actor, Resource
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""


class IncidentsDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in INCIDENT_OPERATIONS.items()}

    async def _room(self) -> tuple[House, Actor, IncidentRoom]:
        house, actor = await self._house()
        return house, actor, registers_of(house).incidents

    async def list_(self, _request: Request) -> Reply:
        house, actor, room = await self._room()
        return Reply({"incidents": [incident_data(house, one) for one in await room.all(actor)]})

    async def open(self, request: Request) -> Reply:
        """``title``, ``known``, ``since``, ``until`` (moments; empty: now, the day before), ``practice``."""
        house, actor, room = await self._room()
        words = {name: text_field(request.args, name, 300) for name in ("title", "known", "since", "until")}
        made = await room.open(actor, Asked(**words, practice=request.args.get("practice") is True))
        return Reply(incident_data(house, made))

    async def show(self, request: Request) -> Reply:
        house, actor, room = await self._room()
        return Reply(incident_data(house, await room.one(actor, _number(request))))

    async def fill(self, request: Request) -> Reply:
        """``fields``: {id: text}; ``seen`` (of ``show``): when they are the whole form; absent: these change."""
        house, actor, room = await self._room()
        given = request.args.get("fields")
        if not isinstance(given, dict) or len(given) > len(form()):
            raise InputError(detail="fields")
        fields = {str(name): text_field(given, name, 8_000) for name in given}
        shown = text_field(request.args, "seen", 64) if "seen" in request.args else None
        return Reply(incident_data(house, await room.fill(actor, _number(request), fields, shown)))

    async def tell(self, request: Request) -> Reply:
        house, actor, room = await self._room()
        return Reply(incident_data(house, await room.tell(actor, _number(request))))

    async def close(self, request: Request) -> Reply:
        """``why``: when the authority is not told."""
        house, actor, room = await self._room()
        why = text_field(request.args, "why")
        return Reply(incident_data(house, await room.close(actor, _number(request), why)))

    async def file(self, request: Request) -> AsyncIterator[Reply]:
        """``format`` → item {name, type, bytes}, then the form as a file."""
        house, actor, _ = await self._room()
        kind = text_field(request.args, "format", 8)
        if kind not in FORMATS:
            raise InputError(detail=f"format: {', '.join(FORMATS)}")
        sent = await incident_file(house, actor, _number(request), kind)
        yield Reply({"name": sent.name, "type": sent.type, "bytes": len(sent.data)}, sent.data)


async def incident_file(house: House, actor: Actor, number: int, kind: str) -> Sent:
    """The form, to be copied where the authority asks for it. Raises the room's errors and the exporter's."""
    one = await registers_of(house).incidents.one(actor, number)
    text = told(one, house.settings.organisation, late=late_of(house, one))
    title = f"{'Exercice' if one.practice else 'Incident'} n°\u00a0{number}"
    asked = (Action.INCIDENT_KEEP, Resource("incident"))
    return await house.sending.file(actor, "fr", ToSend(title, text, asked=asked, spoken="fr"), kind)


def late_of(house: House, one: Incident) -> bool:
    """Was the authority told after the hours; of an incident that it was not told: would it be, now?"""
    return is_late(one.known_at, one.notified_at or one.closed_at or house.clock.now())


def incident_data(house: House, one: Incident) -> dict[str, Any]:
    """An incident as JSON. ``left``: whole hours before the authority is told; None once it is, or over."""
    waits = one.state == "open"
    return {
        "number": one.number,
        "practice": one.practice,
        "state": one.state,
        "known_at": one.known_at.isoformat(),
        "due_at": due(one.known_at).isoformat(),
        "left": hours_left(one.known_at, house.clock.now()) if waits else None,
        "title": one.fields.get("title", ""),
        "fields": dict(one.fields),
        "seen": one.seen,
        "scope": dict(one.scope),
        "notified_at": one.notified_at.isoformat() if one.notified_at else None,
        "told_late": one.notified_at is not None and is_late(one.known_at, one.notified_at),
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
        "chain": one.chain,
    }


def _number(request: Request) -> int:
    number = request.args.get("number")
    if type(number) is not int or number < 1:
        raise InputError(detail="number")
    return number


INCIDENT_OPERATIONS = {
    "incidents.list": "list_",
    "incidents.open": "open",
    "incidents.show": "show",
    "incidents.fill": "fill",
    "incidents.tell": "tell",
    "incidents.close": "close",
    "incidents.file": "file",
}
"""Operation on the wire → method of IncidentsDesk."""
