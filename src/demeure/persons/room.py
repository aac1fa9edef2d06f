"""The room as pages and commands see it, put together by hand; and where a finding lies, told to who asks.

Names of spaces and of those who keep things are told to whoever may search; the name of a document only to whoever
may read it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demeure.assistant import History
from demeure.assistant.tasks import Works
from demeure.clock import Clock
from demeure.identity import Membership, People
from demeure.journal import Journal
from demeure.library import Library, Rooms, Shelf, about
from demeure.personal.clues import clues
from demeure.persons.erasing import Erasing, Payloads
from demeure.persons.exporting import Exporting
from demeure.persons.files import Files
from demeure.persons.finding import PersonFinder
from demeure.persons.places import Finding, Unsearched
from demeure.persons.pseudonymising import Pseudonymising
from demeure.persons.requests import Requests
from demeure.policy import Action, Actor, Resource, Right, decide
from demeure.workshop import Workshop


@dataclass(frozen=True)
class Where:
    """``name``: of a document that the asker may read (``opens``), or of a dossier of a space that they may read;
    else empty. ``space``: its name; ``holder``: name of whose it is, with the login where
    an account is to be told from another of that name; ``managers``: who manages the space;
    ``format``, ``added``: of a document, for whoever may not read its name; ``gone``: a document that was deleted
    since."""

    name: str = ""
    opens: bool = False
    space: str = ""
    holder: str = ""
    managers: tuple[str, ...] = ()
    format: str = ""
    added: str = ""
    gone: bool = False


@dataclass(frozen=True)
class ToLookAt:
    """A document that its space was told of, by which request; ``said``: by what the person is looked for."""

    request: int
    document: str
    name: str
    space: str
    said: tuple[str, ...]


class PersonRoom:
    """``finder``, ``requests``, ``exporting``, ``erasing``: what people do here."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        shelf: Shelf,
        membership: Membership,
        journal: Journal,
        clock: Clock,
        library: Library,
        history: History,
        people: People,
        payloads: Payloads,
        workshop: Workshop | None = None,
    ) -> None:
        """``workshop``: reads files to be made into pseudonyms."""
        self._shelf, self._membership, self._people = shelf, membership, people
        self.files = Files(shelf.house, clock)
        self.finder = PersonFinder(rooms=rooms, shelf=shelf, journal=journal, clock=clock)
        self.requests = Requests(self.files, self.finder, journal)
        self.exporting = Exporting(self.files, rooms, shelf, journal)
        self.pseudonyms = Pseudonymising(
            rooms=rooms, membership=membership, journal=journal, clock=clock, workshop=workshop
        )
        self.erasing = Erasing(
            names=self.pseudonyms,
            files=self.files,
            journal=journal,
            library=library,
            shelf=shelf,
            history=history,
            works=Works(shelf.house, clock),
            people=people,
            payloads=payloads,
        )

    async def where(self, actor: Actor, found: Sequence[Finding | Unsearched]) -> list[Where]:
        """Where each of them lies, in order. Raises Denied."""
        decide(actor, Action.PERSON_FIND, Resource("person")).require()
        return await asyncio.to_thread(self._where, actor, found)

    def _where(self, actor: Actor, found: Sequence[Finding | Unsearched]) -> list[Where]:
        everyone = self._people.everyone()
        names = {person.id: person.name for person in everyone}
        accounts = {person.id: f"{person.name} ({person.login})" for person in everyone}
        rights = {place.id: place.right for place in self._membership.spaces(actor)}
        spaces, managers = dict(self._membership.all_spaces()), self._membership.managers()
        told: list[Where] = []
        for one in found:
            right = rights.get(one.space, Right.NONE)
            known = self._shelf.document(one.object) if one.kind == "document" else None
            row = known if known and decide(actor, Action.DOCUMENT_READ, about(known, right)).allowed else None
            dossier = one.object if one.kind == "pseudonyms" and right >= Right.READ else ""
            holder = getattr(one, "holder", "")
            told.append(
                Where(
                    name=row.name if row else dossier,
                    opens=row is not None,
                    space=spaces.get(one.space, ""),
                    holder=(accounts if one.kind in ("account", "own") else names).get(holder, holder),
                    managers=tuple(managers.get(one.space, ())) if one.space else (),
                    format=known.format if known else "",
                    added=known.added_at if known else "",
                    gone=one.kind == "document" and known is None,
                )
            )
        return told

    async def to_look_at(self, actor: Actor) -> list[ToLookAt]:
        """Documents of spaces that the actor manages, in which somebody asked to be erased."""
        return await asyncio.to_thread(self._to_look_at, actor)

    def _to_look_at(self, actor: Actor) -> list[ToLookAt]:
        mine = {p.id: p.name for p in self._membership.spaces(actor) if p.right >= Right.MANAGE}
        listed: list[ToLookAt] = []
        for number, document, space, said in self.files.told_in(list(mine)) if mine else ():
            row = self._shelf.document(document)
            if row is not None and not row.leaving:
                listed.append(ToLookAt(number, document, row.name, mine[space], named(said)))
        return listed


def named(said: Sequence[str]) -> tuple[str, ...]:
    """By what the managers of a space are told of somebody: names; numbers and addresses only without any. What
    the request knows of them beside is not theirs to learn."""
    names = tuple(one.said for one in clues(said) if one.kind == "name")
    return names or tuple(said)


def plain(one: Any) -> dict[str, Any]:
    """A value of this room as JSON-able data."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(one).items()}
