"""The control door's commands about the journal: shown, exported, proven, witnessed, pruned, erased."""

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict

from demeure.errors import InputError
from demeure.gateway import telling
from demeure.gateway.errors import FilterInvalid
from demeure.gateway.house import House
from demeure.gateway.locale import LANGUAGES
from demeure.gateway.visit import text_field
from demeure.identity import PersonUnknown, SpaceUnknown, plain_login
from demeure.journal import KINDS, Entry, Wanted
from demeure.journal import receipt as receipts
from demeure.journal.checkpoint import plain, verify
from demeure.journal.proof import witness_request
from demeure.journal.timestamp import Stamped
from demeure.policy import Action, Actor, Resource, decide
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
MOST = 500
_MOMENT = re.compile(
    r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T[012]\d(:[0-5]\d(:\d\d(\.\d{1,6})?)?)?Z?)?)?)?"
)
_IDENTIFIER = re.compile(r"[0-9a-f]{32}|[a-z-]+:[0-9a-z-]+|house|gateway|worker|visitor")
_LARGE = 1 << 20


class JournalDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in JOURNAL_OPERATIONS.items()}

    async def show(self, request: Request) -> Reply:
        """The fields of Wanted (``actor``: a login, or an actor of the journal; ``space``: a name or id),
        ``start``, ``limit``, ``language`` → {entries, next, names, told}; ``names``: of those who acted there;
        ``told``: the words of each entry."""
        house, actor = await self._house()
        wanted = await _wanted(house, actor, request)
        start, limit = _number(request, "start"), _number(request, "limit") or 50
        page = await house.records.look(actor, wanted, start, min(limit, MOST))
        names = await _names(house, actor)
        entries = [asdict(entry) for entry in page.entries]
        here = {one.actor: names[one.actor] for one in page.entries if one.actor in names}
        told = _told(request, page.entries, names)
        return Reply({"entries": entries, "next": page.next, "names": here, "told": told})

    async def chain(self, request: Request) -> Reply:
        """``id`` of a chain, or an index, ``language`` → {chain, entries, contents, told}: contents of the
        asker's own work only."""
        house, actor = await self._house()
        found = await house.records.chain(actor, _required(request, "id"))
        contents = {str(index): content for index, content in found.contents.items()}
        entries = [asdict(entry) for entry in found.entries]
        told = _told(request, found.entries, await _names(house, actor))
        gone = {
            str(index): {one: problem.sentence(one) for one in ("fr", "en")}
            for index, problem in found.withdrawn.items()
        }
        more = {"own": found.own, "contents": contents, "withdrawn": gone, "told": told}
        return Reply({"chain": found.chain, "entries": entries, **more})

    async def proof(self, request: Request) -> Reply:
        """``id``: an index → {index, leaf, proof, spicy, vkey}."""
        house, actor = await self._house()
        index = _required(request, "id")
        if not (index.isascii() and index.isdecimal() and len(index) < 16):
            raise InputError(detail="id")
        proof = await house.records.proof(actor, int(index))
        vkey = (await house.journal.head()).vkey
        told = {"index": proof.index, "leaf": proof.extra.decode(), "proof": proof.text(), "spicy": proof.spicy()}
        return Reply(told | {"vkey": vkey})

    async def receipt(self, request: Request) -> Reply:
        """``id`` of a chain, or the index of one of its entries → {receipt, code}; body: the sheet (PDF), where
        ``sheet`` says in which language."""
        house, actor = await self._house()
        made, code = await house.records.receipt(actor, _required(request, "id"))
        language = text_field(request.args, "sheet", 2)
        sheet = b""
        if language:
            organisation = house.settings.organisation
            sheet = await house.papers.receipt(_language(language), organisation, made, code)
        return Reply({"receipt": made, "code": code}, sheet)

    async def export(self, request: Request) -> AsyncIterator[Reply]:
        """As ``show``, and ``contents`` → items {note, vkey, cosigned}, then {lines, openings}."""
        house, actor = await self._house()
        wanted = await _wanted(house, actor, request)
        contents = request.args.get("contents") is True
        batches = house.records.export(actor, wanted, contents=contents)
        vkey, cosigned = (await house.journal.head()).vkey, await house.journal.cosigned()
        first = True
        async for batch in batches:
            head = {"note": batch.proven.note, "vkey": vkey, "cosigned": [cosigned.vkey, cosigned.note]}
            openings = {
                str(index): [one.salt.hex(), base64.b64encode(one.payload).decode()]
                for index, one in batch.openings.items()
            }
            lines = [receipts.line(proof) for proof in batch.proven.proofs]
            yield Reply((head if first else {}) | {"lines": lines, "openings": openings})
            first = False

    async def attest(self, request: Request) -> Reply:
        """``digest`` (SHA-512, hexadecimal) of a file, ``about`` → {signature}."""
        house, actor = await self._house()
        digest, about = _required(request, "digest"), _required(request, "about")[:400]
        by = await house.records.keep(actor, "attestation-asked", about)
        return Reply({"signature": await house.journal.attest(digest, about, by)})

    async def checkpoint(self, _request: Request) -> Reply:
        """The newest, and the last one that a neighbour cosigned. Leaves no entry but its connection's:
        looking must not move it."""
        house, _ = await self._house()
        head, cosigned = await house.journal.head(fresh=True), await house.journal.cosigned()
        return Reply(vars(head) | {"cosigned": vars(cosigned)})

    async def checkpoint_sheet(self, request: Request) -> Reply:
        """``note``: a checkpoint of this journal, ``language`` → body: the sheet (PDF)."""
        house, _ = await self._house()
        note, vkey = _required(request, "note", _LARGE), (await house.journal.head()).vkey
        verify(note, vkey)
        language = _language(_required(request, "language", 2))
        asked = language, house.settings.organisation, plain(note), vkey, house.clock.now()
        return Reply({}, await house.papers.checkpoint(*asked))

    async def timestamp_keep(self, request: Request) -> Reply:
        """``note``: our checkpoint, ``reply`` of an authority for it (base64), verified by who brings it →
        {size, time}."""
        house, actor = await self._house()
        note = _required(request, "note", _LARGE)
        try:
            answer = base64.b64decode(_required(request, "reply", _LARGE), validate=True)
        except ValueError as problem:
            raise InputError(detail="reply") from problem
        by = await house.records.keep(actor, "timestamp-brought")
        size, time = await house.journal.keep_stamped(Stamped(note, answer), by)
        return Reply({"size": size, "time": time})

    async def witness_request(self, request: Request) -> Reply:
        """``old``: size of the last checkpoint that the neighbour saw → {request, vkey}."""
        house, actor = await self._house()
        old = _number(request, "old") or 0
        await house.records.keep(actor, "witness-request-made", f"old={old}")
        grown = await house.journal.consistency(old)
        text = witness_request(old, grown.path, grown.note)
        return Reply({"request": text, "vkey": (await house.journal.head()).vkey})

    async def witness_sign(self, request: Request) -> Reply:
        """``request`` of a neighbour, its ``vkey`` → {note, vkey}: its checkpoint with our cosignature, our key."""
        house, actor = await self._house()
        asked, vkey = _required(request, "request", _LARGE), _required(request, "vkey")
        by = await house.records.keep(actor, "cosignature-asked")
        note = await house.journal.cosign(asked, vkey, by)
        return Reply({"note": note, "vkey": (await house.journal.cosigned()).own})

    async def witness_keep(self, request: Request) -> Reply:
        """``note``: our checkpoint cosigned by the witness ``vkey`` → {size, time}."""
        house, actor = await self._house()
        note, vkey = _required(request, "note", _LARGE), _required(request, "vkey")
        by = await house.records.keep(actor, "cosignature-brought")
        size, time = await house.journal.keep_cosigned(note, vkey, by)
        return Reply({"size": size, "time": time})

    async def prune(self, request: Request) -> Reply:
        """``before``: an ISO moment → {minimum}."""
        house, actor = await self._house()
        before = _required(request, "before")
        by = await house.records.keep(actor, "pruning-asked", f"before={before}")
        return Reply({"minimum": await house.journal.prune(before, by)})

    async def erase(self, request: Request) -> Reply:
        """``login`` of a person → the receipt of the erasure of what the journal keeps of their contents."""
        house, actor = await self._house()
        decide(actor, Action.PERSON_ERASE, Resource("person")).require()
        login = _required(request, "login")
        person = await _person(house, actor, login)
        if person is None:
            raise PersonUnknown(person=login)
        return Reply(await house.records.erase(actor, person))


JOURNAL_OPERATIONS = {
    "journal.show": "show",
    "journal.chain": "chain",
    "journal.proof": "proof",
    "journal.receipt": "receipt",
    "journal.export": "export",
    "journal.attest": "attest",
    "journal.checkpoint": "checkpoint",
    "journal.checkpoint-sheet": "checkpoint_sheet",
    "journal.timestamp-keep": "timestamp_keep",
    "journal.witness-request": "witness_request",
    "journal.witness-sign": "witness_sign",
    "journal.witness-keep": "witness_keep",
    "journal.prune": "prune",
    "journal.erase": "erase",
}
"""Operation on the wire → method of JournalDesk."""


def _told(request: Request, entries: Iterable[Entry], names: Mapping[str, str]) -> list[dict[str, str]]:
    language = _language(text_field(request.args, "language", 2) or "fr")
    return [telling.told(language, vars(entry), names) for entry in entries]


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise InputError(detail="language")
    return value


async def _names(house: House, actor: Actor) -> dict[str, str]:
    """Id → name: of people, spaces and watched folders that the actor may know."""
    people = await house.directory.people_named(actor)
    return people | {s.id: s.name for s in await house.shelves.spaces(actor)} | await house.folders.named(actor)


async def _wanted(house: House, actor: Actor, request: Request) -> Wanted:
    fields = {name: text_field(request.args, name, 400) or None for name in Wanted.FIELDS}
    _understood(fields)
    if who := fields["actor"]:
        fields["actor"] = await _person(house, actor, who) or _identifier(who)
        if fields["actor"] is None:
            raise PersonUnknown(person=who)
    if where := fields["space"]:
        known = await house.shelves.spaces(actor)
        found = next((s.id for s in known if where.casefold() == s.name.casefold()), None)
        fields["space"] = found or _identifier(where)
        if fields["space"] is None:
            raise SpaceUnknown(space=where)
    return Wanted(**fields)


def _understood(fields: Mapping[str, str | None]) -> None:
    """What no entry can answer is told, rather than answered by nothing. Raises FilterInvalid."""
    if (kind := fields["kind"]) and kind not in KINDS:
        every = ", ".join(KINDS)
        raise FilterInvalid(value=kind, detail=f"les genres sont {every}", detail_en=f"the kinds are {every}")
    for moment in (fields["since"], fields["until"]):
        if moment and not _MOMENT.fullmatch(moment):
            raise FilterInvalid(
                value=moment,
                detail="un jour s’écrit AAAA-MM-JJ, un instant AAAA-MM-JJTHH:MM",
                detail_en="a day is written YYYY-MM-DD, a moment YYYY-MM-DDTHH:MM",
            )


def _identifier(text: str) -> str | None:
    """Someone or something that may be gone, named as entries do: 32 hexadecimal digits, ``uid:0``, ``house``."""
    return text if _IDENTIFIER.fullmatch(text) else None


async def _person(house: House, actor: Actor, login: str) -> str | None:
    people = await house.directory.people(actor)
    return next((person.id for person in people if person.login in (login, plain_login(login))), None)


def _number(request: Request, name: str) -> int | None:
    value = request.args.get(name)
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise InputError(detail=name)
    return value


def _required(request: Request, name: str, limit: int = 4096) -> str:
    value = text_field(request.args, name, limit)
    if not value:
        raise InputError(detail=name)
    return value
