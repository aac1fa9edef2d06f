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
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.errors import DemeureError, InputError
from demeure.gateway.asking import Reading
from demeure.gateway.backup_desk import BACKUP_OPERATIONS, BackupDesk
from demeure.gateway.command_actions import guarded
from demeure.gateway.contractor_desk import CONTRACTOR_OPERATIONS, ContractorDesk
from demeure.gateway.directory_desk import DIRECTORY_OPERATIONS, DirectoryDesk
from demeure.gateway.doctor_lines import doctor_line, outside_lines
from demeure.gateway.document_desk import DOCUMENT_OPERATIONS, DocumentDesk, named_spaces, texts
from demeure.gateway.errors import JournalSilent, PeerRefused
from demeure.gateway.evidence_desk import EVIDENCE_OPERATIONS, EvidenceDesk
from demeure.gateway.figures import VERIFIED
from demeure.gateway.folder_desk import FOLDER_OPERATIONS, FolderDesk
from demeure.gateway.house import House
from demeure.gateway.incidents_desk import INCIDENT_OPERATIONS, IncidentsDesk
from demeure.gateway.journal_desk import JOURNAL_OPERATIONS, JournalDesk
from demeure.gateway.mcp.serving import MCP_OPERATIONS, McpDesk
from demeure.gateway.models_room import decided_anyway
from demeure.gateway.people_desk import PEOPLE_OPERATIONS, PeopleDesk
from demeure.gateway.policy_desk import POLICY_OPERATIONS, PolicyDesk
from demeure.gateway.proof_desk import PROOF_OPERATIONS, ProofDesk
from demeure.gateway.ready_desk import READY_OPERATIONS, ReadyDesk, kept_ready, named_documents
from demeure.gateway.registers_desk import REGISTER_OPERATIONS, RegistersDesk
from demeure.gateway.release_desk import RELEASE_OPERATIONS, ReleaseDesk
from demeure.gateway.route_desk import ROUTE_OPERATIONS, RouteDesk, ways_out
from demeure.gateway.task_desk import TASK_OPERATIONS, TaskDesk
from demeure.gateway.tending_desk import TENDING_OPERATIONS, TendingDesk
from demeure.gateway.visit import text_field
from demeure.gateway.words_desk import WORD_OPERATIONS, WordsDesk
from demeure.journal import Draft
from demeure.logs import note, surprise
from demeure.policy import Action, Actor, Resource, decide, machine_actor
from demeure.wire import Channel, Handler, Reply, Request

_CREDENTIALS = struct.Struct("iII")  # struct ucred: pid, uid, gid
_OVERFLOW_UID = 65534  # how a user who does not exist in our user namespace is shown (kernel's default)


class ControlDoor:
    """Accepts and serves connections until cancelled.

    ``path``: the socket's file. ``owner``: uid of the house's user, as the machine knows it. In a user namespace
    the kernel shows everybody else as one unknown user, let in only because this file is private to its owner: root
    alone passes over that. In a namespace without a map the owner is shown so too."""

    def __init__(self, house: House, path: Path, *, owner: int) -> None:
        self._house, self._path, self._owner = house, path, owner
        self._channels: dict[Channel, asyncio.Task[None]] = {}

    async def serve(self, listener: socket.socket) -> None:
        """Until cancelled; then every connection is closed, and what it ran is cancelled."""
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            while True:
                connection, _ = await loop.sock_accept(listener)
                await self._welcome(connection)
        finally:
            followed = list(self._channels.items())
            for channel, _ in followed:
                await channel.close()
            await asyncio.gather(*[task for _, task in followed], return_exceptions=True)

    async def _welcome(self, connection: socket.socket) -> None:
        try:
            uid, who = self._peer(connection)
            desk = Desk(self._house, uid, who)
            channel, left = Channel(connection, desk.handlers(), peer=who), desk.proof.left
        except PeerRefused as problem:
            refusal = _refusing(problem)
            channel, left = Channel(connection, dict.fromkeys(OPERATIONS, refusal), peer="refused"), _nothing
        except OSError as problem:
            surprise("control", problem)
            connection.close()
            return
        await channel.start()
        self._channels[channel] = asyncio.create_task(self._followed(channel, left))

    async def _followed(self, channel: Channel, left: Callable[[], Awaitable[None]]) -> None:
        await channel.closed.wait()
        try:
            await left()
        except DemeureError as problem:  # the journal is silent: recovery closes it
            note("control", f"{problem.code()}: {problem.sentence('en')}")
        finally:
            self._channels.pop(channel, None)

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


async def _nothing() -> None:
    """Who was refused began nothing."""


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
        self.proof = ProofDesk(self._house)

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        mine = {name: getattr(self, method) for name, method in OPERATIONS.items() if hasattr(self, method)}
        desks = (
            DocumentDesk,
            PeopleDesk,
            JournalDesk,
            BackupDesk,
            ReleaseDesk,
            FolderDesk,
            ReadyDesk,
            TendingDesk,
            WordsDesk,
            TaskDesk,
            RouteDesk,
            DirectoryDesk,
            PolicyDesk,
            McpDesk,
            RegistersDesk,
            IncidentsDesk,
            EvidenceDesk,
            ContractorDesk,
        )
        for desk in desks:
            mine |= desk(self._house).handlers()
        mine |= self.proof.handlers()
        return {name: guarded(name, self._actor, handler) for name, handler in mine.items()}

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
        more = {
            "disk": house.pulse.disk(),
            "port": house.port,
            "address": house.address,
            "kept_ready": await kept_ready(house),
            "backups": (await asyncio.to_thread(house.backups)).as_json(),
            "queue": house.queue.state() if house.queue else None,
            "proof": _proof(house),
            "routes": await house.ways_out.listed() if house.ways_out else [],
        }
        return Reply({**await house.porter.status(), "journal": await _journal_state(house), **more})

    async def doctor(self, _request: Request) -> Reply:
        """What the running house sees of itself: [{name, ok, fr, en}]. Leaves no entry, as ``status``."""
        house = self._served
        asked = {
            "house-journal": house.pulse.journal,
            "house-supervisor": house.porter.status,
            "house-documents": lambda: house.shelves.spaces(self._actor),
        }
        checks = [await _check(name, look) for name, look in asked.items()]
        return Reply({"checks": [*checks, *(await asyncio.to_thread(outside_lines, house))]})

    async def ask(self, request: Request) -> AsyncIterator[Reply]:
        """Events, as items {event, …}."""
        house, actor = await self._house()
        question = text_field(request.args, "question", 60_000)
        spaces = await named_spaces(house, actor, texts(request.args, "spaces"))
        language, conversation = _language(request), text_field(request.args, "conversation") or None
        documents = await named_documents(house, actor, spaces, texts(request.args, "documents"))
        reading = Reading(question)
        route = text_field(request.args, "route", 64)
        through = await ways_out(house).through(actor, route) if route else None
        chosen = spaces if texts(request.args, "spaces") else ()
        events = house.assistant.ask(
            *(actor, question, spaces, conversation, language), chosen=chosen, documents=documents, through=through
        )
        async with contextlib.aclosing(events):
            async for event in events:
                reading.take(event)
                yield Reply({"event": type(event).__name__.lower(), **_plain(vars(event))})

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

    async def models_decided(self, request: Request) -> Reply:
        """A model was taken although the organisation's own cases speak against it: ``chosen``, ``against``."""
        house, actor = await self._house()
        decision = decide(actor, Action.MODEL_CHANGE, Resource("house"))
        decision.require()
        await decided_anyway(house.journal, actor, request.args, decision)
        return Reply()

    async def models_read(self, request: Request) -> Reply:
        """``demeure models verify`` read files to the end: ``found``, model → SHA-256, empty when unread."""
        house, actor = await self._house()
        found = request.args.get("found")
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise InputError(detail="found")
        await house.models.read_apart(actor, found)
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
    "engines.reload": "engines_reload",
    "models.decided": "models_decided",
    "models.read": "models_read",
    "journal.verified": "journal_verified",
    "tls.begin": "tls_begin",
    "tls.renew": "tls_renew",
    "journal.head": "journal_head",
    **DOCUMENT_OPERATIONS,
    **JOURNAL_OPERATIONS,
    **MCP_OPERATIONS,
    **PEOPLE_OPERATIONS,
    **(PROOF_OPERATIONS | BACKUP_OPERATIONS | EVIDENCE_OPERATIONS | RELEASE_OPERATIONS | CONTRACTOR_OPERATIONS),
    **FOLDER_OPERATIONS,
    **(READY_OPERATIONS | TENDING_OPERATIONS | REGISTER_OPERATIONS | INCIDENT_OPERATIONS),
    **(WORD_OPERATIONS | TASK_OPERATIONS | POLICY_OPERATIONS | ROUTE_OPERATIONS),
    **DIRECTORY_OPERATIONS,
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
_SILENT = (
    (
        "Le journal n’écrit plus\u00a0: aucune demande n’est acceptée, les documents sont intacts. Libérez de la "
        "place, sinon relancez la maison\u202f; demeure logs dit ce qui l’a arrêté."
    ),
    (
        "The journal can no longer be written: no request is accepted, documents are intact. Free some space, else "
        "start the house again; demeure logs says what stopped it."
    ),
)
"""In the doctor, to whom the sentence of JournalSilent sends."""
_RESERVE = (
    "Le disque est presque plein : le journal vit sur sa réserve",
    "The disk is almost full: the journal lives on its reserve",
)


async def _check(name: str, look: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    try:
        found = await look()
    except JournalSilent:
        return doctor_line(name, False, *_SILENT)
    except DemeureError as problem:
        return doctor_line(name, False, problem.sentence("fr"), problem.sentence("en"))
    fr, en = _RESERVE if found == "reserve" else _CHECKS[name]
    return doctor_line(name, found != "reserve", f"{fr}.", f"{en}.")


def _proof(house: House) -> dict[str, Any]:
    """The last proof, as the pages tell it: its standing, when, until when."""
    last = house.proofs.last
    times = {"at": last.time.isoformat(), "expires": last.expires.isoformat()} if last else {}
    return {"standing": house.proofs.standing(house.clock.now()), **times}


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
