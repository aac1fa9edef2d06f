"""What a référent does so that a space stays true: who looks after a document and until when, and what is a
version of what.

Rights first, the journal before the effect. Nothing here deletes anything.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from demeure.clock import Clock, iso
from demeure.identity import Membership
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library.catalogue import MOST_AT_ONCE
from demeure.library.document import Document, about
from demeure.library.errors import CareInvalid, DocumentUnknown, TooManyAtOnce, VersionImpossible
from demeure.library.hidden import hidden
from demeure.library.listing import Cards, Shown
from demeure.library.naming import visible
from demeure.library.rooms import Rooms
from demeure.library.versions.links import PROPOSED, REFUSED, Link, Links
from demeure.library.versions.marks import marks
from demeure.library.versions.outline import twins_of
from demeure.library.wanted import tag_form
from demeure.library.written import written
from demeure.policy import Action, Actor, Decision, Resource, Right, decide

OWNER_CHARACTERS = 80
_CANDIDATES = 12
FIELDS = ("owner", "review_on", "keep_until")
CARED, LINKED, UNLINKED = "documents-care", "version-linked", "version-refused"


@dataclass(frozen=True)
class Near:
    """A document that says nearly the same; ``share``: 0 to 1 of it."""

    shown: Shown
    share: float


@dataclass(frozen=True)
class Versions:
    """``line``: the versions of one document, newest first, itself included. ``asked``: (it, what it may be a
    version of) pairs that wait for a person's word, with the other document of each. ``apart``: pairs somebody
    refused."""

    line: tuple[Shown, ...]
    asked: tuple[tuple[Link, Shown], ...]
    apart: tuple[tuple[Link, Shown], ...]
    links: Mapping[str, Link]


class Tending:
    """Composed by the gateway, beside the catalogue. Concurrent calls are welcome."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        cards: Cards,
        links: Links,
        membership: Membership,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._rooms, self._cards, self._links, self._membership = rooms, cards, links, membership
        self._journal, self._clock = journal, clock

    # -- looking --------------------------------------------------------------------------------------------------

    async def versions(self, actor: Actor, document: str) -> Versions:
        """Raises DocumentUnknown."""
        await self._one(actor, document)
        line, about = await asyncio.to_thread(lambda: (self._links.line(document), self._links.about(document)))
        others = {one for link in about for one in (link.document, link.former)}
        known = {one.document.id: one for one in await self._shown(actor, [*line, *others])}

        def of(state: str) -> tuple[tuple[Link, Shown], ...]:
            pairs = [(link, link.former if link.document == document else link.document) for link in about]
            return tuple((link, known[other]) for link, other in pairs if link.state == state and other in known)

        links = {link.document: link for link in about if link.state == "linked"}
        return Versions(tuple(known[one] for one in line if one in known), of(PROPOSED), of(REFUSED), links)

    async def near(self, actor: Actor, document: str) -> list[Near]:
        """Documents of the same space that say nearly the same, nearest first, other versions of it left out.
        Raises DocumentUnknown."""
        row = await self._one(actor, document)
        database = await asyncio.to_thread(self._rooms.database, row.space)
        found = await asyncio.to_thread(twins_of, database, document)
        line = set(await asyncio.to_thread(self._links.line, document))
        order = sorted((one for one in found if one not in line), key=lambda one: (-found[one], one))
        return [Near(one, found[one.document.id]) for one in await self._shown(actor, order)]

    async def candidates(self, actor: Actor, document: str, text: str = "") -> list[Shown]:
        """Documents of the same space that might be another version: those whose name holds all the words of
        ``text``; without any, those whose title has most words of its own. Raises DocumentUnknown."""
        row = await self._one(actor, document)
        titles = await asyncio.to_thread(self._cards.titles, row.space)
        line = set(await asyncio.to_thread(self._links.line, document)) | {document}
        ranked = await asyncio.to_thread(_ranked, row.name, text, [one for one in titles if one[0] not in line])
        return await self._shown(actor, ranked[:_CANDIDATES])

    # -- care -----------------------------------------------------------------------------------------------------

    async def care(self, actor: Actor, documents: Sequence[str], values: Mapping[str, str]) -> int:
        """Who looks after documents of one space (``owner``), when they are to be read again (``review_on``), until
        when they are kept (``keep_until``): what ``values`` names, an empty text taking it away. All of them or
        none, durable on return; how many (0: nothing was named, nothing is changed). The right comes first: whoever
        has it not is refused, whatever ``values`` says. Raises CareInvalid, TooManyAtOnce, DocumentUnknown, Denied,
        AddingRefused."""
        rows = await self._chosen(actor, documents)
        if not rows:
            return 0
        decision = await self._decided(actor, rows[0])
        kept = care_values(values) if decision.allowed else {}
        if decision.allowed and not kept:
            return 0
        ids = [row.id for row in rows]
        told = json.dumps({"documents": ids, **kept}, ensure_ascii=False).encode()
        draft = _draft(CARED, actor, decision, rows[0].space, rows[0].space, told)
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(self._cards.care, rows[0].space, ids, kept, draft.chain)
        return len(ids)

    # -- versions -------------------------------------------------------------------------------------------------

    async def replaces(self, actor: Actor, document: str, former: str) -> None:
        """``document`` takes the place of ``former``. Raises DocumentUnknown, VersionImpossible, Denied."""
        await self._say(actor, document, former, LINKED)

    async def apart(self, actor: Actor, document: str, former: str) -> None:
        """``document`` is not a version of ``former``, and nobody is asked again. Raises as ``replaces``."""
        await self._say(actor, document, former, UNLINKED)

    async def _say(self, actor: Actor, document: str, former: str, name: str) -> None:
        rows = await self._chosen(actor, [document, former])
        if len(rows) != 2:
            raise VersionImpossible()
        decision = await self._decided(actor, rows[0])
        draft = _draft(name, actor, decision, rows[0].space, document, json.dumps({"former": former}).encode())
        async with written(self._journal, draft, decision):
            if name == UNLINKED:
                await asyncio.to_thread(self._links.refuse, document, former, actor.id, draft.chain)
            elif not await asyncio.to_thread(self._links.link, document, former, actor.id, draft.chain):
                raise VersionImpossible()

    # -- after a crash --------------------------------------------------------------------------------------------

    async def recover(self) -> int:
        """Close what this process left open when it died: done or not begun, the rows say."""
        closed = 0
        for intention in await self._journal.open_intentions():
            if (done := await self._took_place(intention)) is not None:
                await self._journal.close(intention, "done" if done else "interrupted")
                closed += 1
        return closed

    async def _took_place(self, intention: OpenIntention) -> bool | None:
        if intention.entry.name == CARED:
            return await asyncio.to_thread(self._cards.cared_by, intention.entry.chain)
        if intention.entry.name in (LINKED, UNLINKED):
            return await asyncio.to_thread(self._links.written, intention.entry.chain)
        return None

    # -- shared ---------------------------------------------------------------------------------------------------

    async def _one(self, actor: Actor, document: str) -> Document:
        found = await self._shown(actor, [document])
        if not found:
            raise DocumentUnknown()
        return found[0].document

    async def _chosen(self, actor: Actor, documents: Sequence[str]) -> list[Document]:
        """The rows in that order, all visible and all of one space."""
        wanted = list(dict.fromkeys(documents))
        if len(wanted) > MOST_AT_ONCE:
            raise TooManyAtOnce(most=MOST_AT_ONCE)
        rows = [one.document for one in await self._shown(actor, wanted)]
        if len(rows) != len(wanted) or len({row.space for row in rows}) > 1:
            raise DocumentUnknown()
        return rows

    async def _shown(self, actor: Actor, documents: Sequence[str]) -> list[Shown]:
        """Those the actor may see, in that order."""
        wanted = list(dict.fromkeys(documents))
        rights = {place.id: place.right for place in await asyncio.to_thread(self._membership.spaces, actor)}
        away = await asyncio.to_thread(hidden, self._cards, actor, rights)
        rows = await asyncio.to_thread(self._cards.named, wanted, without=away)
        found = {one.document.id: one for one in rows}
        return [
            found[one]
            for one in wanted
            if one in found and decide(actor, Action.DOCUMENT_READ, _resource(found[one].document, rights)).allowed
        ]

    async def _decided(self, actor: Actor, row: Document) -> Decision:
        places = await asyncio.to_thread(self._membership.spaces, actor)
        here = next((place for place in places if place.id == row.space), None)
        resource = _resource(row, {row.space: here.right if here else Right.NONE}, here.name if here else "")
        return decide(actor, Action.DOCUMENT_TEND, resource)

    def today(self) -> str:
        """YYYY-MM-DD."""
        return iso(self._clock.now())[:10]


def _ranked(name: str, text: str, titles: Sequence[tuple[str, str]]) -> list[str]:
    """Ids, the likeliest first."""
    if words := tag_form(text).split():
        return [one for one, other in titles if all(word in tag_form(other) for word in words)]
    mine = set(marks(name).key.split())
    shared: dict[str, float] = {}
    for one, other in titles:
        theirs = set(marks(other).key.split())
        if mine & theirs:
            shared[one] = len(mine & theirs) / len(mine | theirs)
    return sorted(shared, key=lambda one: (-shared[one], one))


def care_values(values: Mapping[str, str]) -> dict[str, str]:
    """Those of FIELDS, as they are kept. Raises CareInvalid."""
    return {name: _value(name, value) for name, value in values.items() if name in FIELDS}


def _value(name: str, value: str) -> str:
    clean = " ".join(visible(value).split())
    if name == "owner":
        if len(clean) > OWNER_CHARACTERS:
            raise CareInvalid(most=OWNER_CHARACTERS)
        return clean
    if not clean:
        return ""
    try:
        day = date.fromisoformat(clean)
    except ValueError:
        raise CareInvalid(most=OWNER_CHARACTERS) from None
    if not date(1990, 1, 1) <= day <= date(2200, 1, 1) or day.isoformat() != clean:
        raise CareInvalid(most=OWNER_CHARACTERS)
    return clean


def _resource(row: Document, rights: Mapping[str, Right], name: str = "") -> Resource:
    right = rights.get(row.space, Right.NONE)
    return about(row, right, name, row.added_by)


def _draft(name: str, actor: Actor, decision: Decision, space: str, touched: str, payload: Any) -> Draft:
    return Draft(
        kind="administration",
        name=name,
        phase="intention",
        chain=uuid4().hex,
        actor=actor.id,
        space=space,
        object=touched,
        decision=decision.rule,
        payload=payload,
    )
