"""The control door: the commands of the house's owner, over a Unix socket of mode 0600.

Who asks is what the kernel says (SO_PEERCRED), never what the peer says; the first command that touches anything is
written in the journal with that identity.
"""

import asyncio
import contextlib
import os
import pwd
import socket
import stat
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.errors import DemeureError, InputError
from demeure.gateway.api.search import finding_data
from demeure.gateway.asking import Reading
from demeure.gateway.errors import PeerRefused
from demeure.gateway.figures import VERIFIED
from demeure.gateway.folder_desk import FOLDER_OPERATIONS, FolderDesk
from demeure.gateway.house import House
from demeure.gateway.journal_desk import JOURNAL_OPERATIONS, JournalDesk
from demeure.gateway.pages.documents import MOST_ROWS, document_data
from demeure.gateway.people_desk import PEOPLE_OPERATIONS, PeopleDesk
from demeure.gateway.proof_desk import PROOF_OPERATIONS, ProofDesk
from demeure.gateway.ready_desk import READY_OPERATIONS, ReadyDesk, kept_ready, named_documents
from demeure.gateway.task_desk import TASK_OPERATIONS, TaskDesk
from demeure.gateway.tending_desk import TENDING_OPERATIONS, TendingDesk
from demeure.gateway.visit import text_field
from demeure.gateway.words_desk import WORD_OPERATIONS, WordsDesk
from demeure.journal import Draft
from demeure.library import Wanted
from demeure.logs import surprise
from demeure.policy import Action, Actor, Resource, decide, machine_actor
from demeure.wire import Channel, Handler, Reply, Request

_CREDENTIALS = struct.Struct("iII")  # struct ucred: pid, uid, gid
_SETTLED = {"ready": ("ready", "failed"), "searchable": ("searchable", "ready", "failed")}
_OVERFLOW_UID = 65534  # how a user who does not exist in our user namespace is shown (kernel's default)
_LOOK_SECONDS = 0.2


class ControlDoor:
    """Accepts and serves connections until cancelled.

    ``path``: the socket's file. ``owner``: uid of the house's user, as the machine knows it. In a user namespace
    the kernel shows everybody else as one unknown user, let in only because this file is private to its owner: root
    alone passes over that. In a namespace without a map the owner is shown so too."""

    def __init__(self, house: House, path: Path, *, owner: int) -> None:
        self._house, self._path, self._owner = house, path, owner
        self._channels: set[Channel] = set()

    async def serve(self, listener: socket.socket) -> None:
        """Until cancelled; then every connection is closed, and what it ran is cancelled."""
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            while True:
                connection, _ = await loop.sock_accept(listener)
                await self._welcome(connection)
        finally:
            for channel in list(self._channels):
                await channel.close()

    async def _welcome(self, connection: socket.socket) -> None:
        try:
            uid, who = self._peer(connection)
            channel = Channel(connection, Desk(self._house, uid, who).handlers(), peer=who)
        except PeerRefused as problem:
            refusal = _refusing(problem)
            channel = Channel(connection, dict.fromkeys(OPERATIONS, refusal), peer="refused")
        except OSError as problem:
            surprise("control", problem)
            connection.close()
            return
        self._channels.add(await channel.start())
        watch = asyncio.create_task(channel.closed.wait())
        watch.add_done_callback(lambda _: self._channels.discard(channel))

    def _peer(self, connection: socket.socket) -> tuple[int, str]:
        """The peer's uid, when it is the owner's or root's, and the words for the journal. Raises PeerRefused."""
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        uid = int(_CREDENTIALS.unpack(raw)[1])
        if uid == _OVERFLOW_UID:
            if not self._private():
                raise PeerRefused(uid=uid)
            if os.geteuid() == _OVERFLOW_UID:  # no map, or a house of « nobody »: the owner looks like root
                return self._owner, f"{_told(self._owner)}, or root: not told apart here"
            uid = 0
        if uid not in (0, self._owner):
            raise PeerRefused(uid=uid)
        return uid, _told(uid)

    def _private(self) -> bool:
        found = self._path.stat()
        return stat.S_ISSOCK(found.st_mode) and not found.st_mode & 0o077


def _refusing(problem: PeerRefused) -> Handler:
    async def refuse(request: Request) -> Reply:
        del request
        raise problem

    return refuse


class Desk:
    """The operations of one connection. ``who``: what the journal says of it."""

    def __init__(self, house: House, uid: int, who: str) -> None:
        self._served, self._who = house, who
        self._actor = machine_actor(uid, uid, user_name(uid))  # the door lets in the owner and root only
        self._written = asyncio.Lock()
        self._known = False

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        mine = {name: getattr(self, method) for name, method in OPERATIONS.items() if hasattr(self, method)}
        desks = (PeopleDesk, JournalDesk, ProofDesk, FolderDesk, ReadyDesk, TendingDesk, WordsDesk, TaskDesk)
        return mine | {name: handler for desk in desks for name, handler in desk(self._house).handlers().items()}

    async def _house(self) -> tuple[House, Actor]:
        """The house, once this connection is in the journal."""
        house = self._served
        await house.pulse.journal()
        async with self._written:
            if not self._known:
                actor = self._actor.id
                opened = Draft("sign-in", "control-opened", chain=uuid4().hex, actor=actor, object=self._who)
                await house.journal.record(opened)
                self._known = True
        return house, self._actor

    async def status(self, _request: Request) -> Reply:
        """The supervisor's status and the journal's state. Leaves no entry: it must answer without a journal."""
        house = self._served
        more = {"disk": house.pulse.disk(), "port": house.port, "kept_ready": await kept_ready(house)}
        return Reply({**await house.porter.status(), "journal": await _journal_state(house), **more})

    async def doctor(self, _request: Request) -> Reply:
        """What the running house sees of itself: [{name, ok, fr, en}]. Leaves no entry, as ``status``."""
        house = self._served
        asked = {
            "house-journal": house.pulse.journal,
            "house-supervisor": house.porter.status,
            "house-documents": lambda: house.shelves.spaces(self._actor),
        }
        return Reply({"checks": [await _check(name, look) for name, look in asked.items()]})

    async def ask(self, request: Request) -> AsyncIterator[Reply]:
        """Events, as items {event, …}."""
        house, actor = await self._house()
        question = text_field(request.args, "question", 20_000)
        spaces = await _named_spaces(house, actor, _texts(request.args, "spaces"))
        language, conversation = _language(request), text_field(request.args, "conversation") or None
        documents = await named_documents(house, actor, spaces, _texts(request.args, "documents"))
        reading = Reading(question)
        events = house.assistant.ask(actor, question, spaces, conversation, language, documents=documents)
        async with contextlib.aclosing(events):
            async for event in events:
                reading.take(event)
                yield Reply({"event": type(event).__name__.lower(), **_plain(vars(event))})

    async def spaces_list(self, _request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"spaces": [vars(space) for space in await house.shelves.spaces(actor)]})

    async def spaces_create(self, request: Request) -> Reply:
        house, actor = await self._house()
        return Reply(vars(await house.shelves.create_space(actor, _required(request, "name"))))

    async def spaces_delete(self, request: Request) -> Reply:
        house, actor = await self._house()
        (space,) = await _named_spaces(house, actor, [_required(request, "space")])
        await house.shelves.delete_space(actor, space)
        return Reply({"space": space})

    async def documents_list(self, request: Request) -> Reply:
        house, actor = await self._house()
        one = text_field(request.args, "space")
        spaces = await _named_spaces(house, actor, [one] if one else [])
        wanted = Wanted(tag=text_field(request.args, "tag"))
        pages = [await house.catalogue.page(actor, space, wanted, 1, MOST_ROWS) for space in spaces]
        return Reply({"documents": [document_data(row) for page in pages for row in page.rows]})

    async def documents_add(self, request: Request) -> Reply:
        """Body: the file. The answer comes once it is durable; reading it is the worker's."""
        house, actor = await self._house()
        (space,) = await _named_spaces(house, actor, [_required(request, "space")])
        name, path = _required(request, "name"), text_field(request.args, "path")
        added = await house.shelves.add(actor, space, name, request.body(), door="command", path=path)
        return Reply({"document": document_data(added.document), "new": added.new})

    async def documents_show(self, request: Request) -> Reply:
        house, actor = await self._house()
        row = await house.shelves.document(actor, _required(request, "document"))
        (shown,) = await house.catalogue.shown(actor, [row.id]) or [row]
        return Reply({"document": document_data(shown)})

    async def documents_tag(self, request: Request) -> Reply:
        """``add`` and ``remove`` on ``documents`` of one space: all of it or nothing."""
        house, actor = await self._house()
        ids, put, off = (_texts(request.args, name) for name in ("documents", "add", "remove"))
        return Reply({"documents": await house.catalogue.tag(actor, ids, put, off)})

    async def search(self, request: Request) -> Reply:
        """``sought`` in ``spaces`` (empty: all), as the page Recherche."""
        house, actor = await self._house()
        text, number = _required(request, "sought"), request.args.get("limit")
        spaces = await _named_spaces(house, actor, _texts(request.args, "spaces"))
        limit = number if type(number) is int and 1 <= number <= 100 else 10
        wanted = Wanted(former=request.args.get("former") is True)
        return Reply(finding_data(await house.finder.find(actor, text, spaces, wanted, 1, limit)))

    async def documents_delete(self, request: Request) -> Reply:
        (house, actor), document = await self._house(), _required(request, "document")
        await house.shelves.delete(actor, document)
        return Reply({"document": document})

    async def documents_wait(self, request: Request) -> AsyncIterator[Reply]:
        """Each named document whenever its state changes, until all are settled (``until``: ready, searchable)."""
        house, actor = await self._house()
        settled = _SETTLED.get(text_field(request.args, "until") or "ready")
        if settled is None:
            raise InputError(detail="until")
        waited = _texts(request.args, "documents")
        told: dict[str, tuple[str, int]] = {}
        while waited:
            for document in list(waited):
                row = await house.shelves.document(actor, document)
                facts = (row.state, row.embedded)
                if told.get(document) != facts:
                    told[document] = facts
                    yield Reply({"document": document_data(row)})
                if row.state in settled:
                    waited.remove(document)
            if waited:
                await asyncio.sleep(_LOOK_SECONDS)

    async def engines_reload(self, _request: Request) -> Reply:
        house, actor = await self._house()
        decision = decide(actor, Action.MODEL_CHANGE, Resource("house"))
        draft = Draft(
            kind="administration",
            name="engines-reloaded",
            chain=uuid4().hex,
            actor=actor.id,
            decision=decision.rule,
        )
        written = await house.journal.intention(draft)
        try:
            decision.require()
            await house.porter.reload_engines()
        except DemeureError:
            await house.journal.close(written, "failed")
            raise
        await house.journal.close(written, "done")
        return Reply()

    async def tls_begin(self, request: Request) -> Reply:
        """Make the house's authority: the worker does, which alone holds its key."""
        return Reply(await self._tls("begin", request.args))

    async def tls_renew(self, request: Request) -> Reply:
        """Another certificate from the house's authority."""
        return Reply(await self._tls("renew", request.args))

    async def _tls(self, what: str, args: dict[str, Any]) -> dict[str, Any]:
        house, actor = await self._house()
        decide(actor, Action.HOUSE_ADMINISTER, Resource("house")).require()
        told = await house.certificate(what, {**args, "actor": actor.id})
        return {**told, "address": house.address, "served": house.threshold is not None}

    async def journal_verified(self, _request: Request) -> Reply:
        """Somebody of this machine computed the whole journal again, and it held: the state page shows when."""
        house, actor = await self._house()
        head = await house.journal.head()
        verified = Draft("administration", VERIFIED, chain=uuid4().hex, actor=actor.id, object=str(head.size))
        await house.journal.record(verified)
        return Reply()

    async def journal_head(self, _request: Request) -> Reply:
        """Leaves no entry: looking at the head must not move it."""
        house = self._served
        return Reply(vars(await house.journal.head()))


OPERATIONS = {
    "status": "status",
    "doctor": "doctor",
    "ask": "ask",
    "spaces.list": "spaces_list",
    "spaces.create": "spaces_create",
    "spaces.delete": "spaces_delete",
    "documents.list": "documents_list",
    "documents.add": "documents_add",
    "documents.show": "documents_show",
    "documents.delete": "documents_delete",
    "documents.tag": "documents_tag",
    "documents.wait": "documents_wait",
    "search": "search",
    "engines.reload": "engines_reload",
    "journal.verified": "journal_verified",
    "tls.begin": "tls_begin",
    "tls.renew": "tls_renew",
    "journal.head": "journal_head",
    **JOURNAL_OPERATIONS,
    **PEOPLE_OPERATIONS,
    **PROOF_OPERATIONS,
    **FOLDER_OPERATIONS,
    **(READY_OPERATIONS | TENDING_OPERATIONS),
    **(WORD_OPERATIONS | TASK_OPERATIONS),
}
"""Operation on the wire → method of Desk, or of the desk that has it."""


def user_name(uid: int) -> str:
    """The account's name; inside the box the accounts file may be out of reach."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OSError):
        return "root" if uid == 0 else f"uid {uid}"


def _told(uid: int) -> str:
    name = user_name(uid)
    return name if name == f"uid {uid}" else f"{name} uid {uid}"


async def _journal_state(house: House) -> str:
    try:
        return await house.pulse.journal()
    except DemeureError:
        return "silent"


_CHECKS = {
    "house-journal": ("La maison écrit son journal", "The house writes its journal"),
    "house-supervisor": ("Le superviseur répond", "The supervisor answers"),
    "house-documents": ("Les espaces de documents s’ouvrent", "The spaces of documents open"),
}
_RESERVE = (
    "Le disque est presque plein : le journal vit sur sa réserve",
    "The disk is almost full: the journal lives on its reserve",
)


async def _check(name: str, look: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    try:
        found = await look()
    except DemeureError as problem:
        return {"name": name, "ok": False, "fr": problem.sentence("fr"), "en": problem.sentence("en")}
    fr, en = _RESERVE if found == "reserve" else _CHECKS[name]
    return {"name": name, "ok": found != "reserve", "fr": f"{fr}.", "en": f"{en}."}


async def _named_spaces(house: House, actor: Actor, wanted: Sequence[str]) -> list[str]:
    """Ids of the spaces called by id or by name; all visible ones when none is named. An unknown one stays as
    given: the library says what it thinks of it."""
    known = await house.shelves.spaces(actor)
    by_word = {space.name.casefold(): space.id for space in known} | {space.id: space.id for space in known}
    return [by_word.get(word, by_word.get(word.casefold(), word)) for word in wanted] or [s.id for s in known]


def _required(request: Request, name: str) -> str:
    value = text_field(request.args, name)
    if not value:
        raise InputError(detail=name)
    return value


def _texts(args: dict[str, Any], name: str) -> list[str]:
    values = args.get(name) or []
    if not isinstance(values, list):
        raise InputError(detail=name)
    return [text_field({name: value}, name) for value in values]


def _language(request: Request) -> str:
    return "en" if request.args.get("language") == "en" else "fr"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON-able: sources become objects, tuples lists."""
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain_value(v) for v in value]
    if isinstance(value, dict) or hasattr(value, "__dict__"):
        return _plain(value if isinstance(value, dict) else vars(value))
    return value
