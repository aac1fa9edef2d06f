"""The worker: received documents become searchable, then found by meaning. Composed by hand, in one place.

It serves the gateway: ``nudge`` (there is something to do), ``lease`` (someone waits for an answer: hold back),
``tls.begin`` and ``tls.renew`` (notary.py). How far a document is, the database tells.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

from demeure.antivirus import Clamd
from demeure.assistant.dossier import Belongings, Preparing, Snapshots
from demeure.assistant.dossier.idle import ENTRY
from demeure.clock import SystemClock
from demeure.engine import ChatClient, EmbedClient, EngineSlots, LeaseGate, Tray, YieldingEmbedder
from demeure.engine.models import LanguageData
from demeure.errors import DemeureError
from demeure.folders import Register, Settling, Tools, Watch
from demeure.identity import Policies
from demeure.journal import ScribeJournal
from demeure.journal.sealing import PAYLOAD_KEY, PERSON_KEY, Sealing
from demeure.library import EmbeddingModel, Parts, Pipeline, Readiness, Rooms, Shelf
from demeure.logs import note
from demeure.reader import HandedFolder
from demeure.store import Database, Keys, keys_folder, open_house, payloads_folder, people_folder, room_left
from demeure.supervisor.birth import Birth
from demeure.supervisor.disk import ENCRYPTED
from demeure.supervisor.doors import Doors
from demeure.supervisor.engines import chosen
from demeure.tls import Material
from demeure.wire import Channel, Handler, Reply, Request
from demeure.worker.notary import Notary
from demeure.workshop import HandedWorkshop

RULED_SECONDS = 5.0
"""How old the worker's knowledge of the policy may be."""


def main(birth: Birth) -> None:
    """Run until the supervisor goes away."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(birth))


def _sealing(birth: Birth, key: bytes, keys: Keys) -> Sealing:
    people = Keys(key, people_folder(birth.instance), PERSON_KEY)
    return Sealing(keys, people, Keys(key, payloads_folder(birth.instance), PAYLOAD_KEY))


async def _run(birth: Birth) -> None:
    doors = await Doors(birth).start()
    key = os.pread(birth.secrets["house"], 32, 0)  # shared with those born after us: the offset must not move
    os.close(birth.secrets["house"])
    keys = Keys(key, keys_folder(birth.instance))
    sealing = _sealing(birth, key, keys)
    gate, clock = LeaseGate(), SystemClock()
    house = await asyncio.to_thread(open_house, birth.instance, keys)
    journal = ScribeJournal(lambda: doors.open("scribe"), sealing.seal, sealing.unseal)
    rooms, shelf = Rooms(birth.instance, keys), Shelf(house, clock)
    ruled = await _policies(birth, house)
    notary = Notary(Material(birth.instance, keys), journal, clock, birth.settings.organisation)
    pipeline = Pipeline(
        Parts(
            rooms=rooms,
            shelf=shelf,
            journal=journal,
            workshop=HandedWorkshop(lambda: doors.open("workshop")),
            embedder=YieldingEmbedder(EmbedClient(doors.open), gate),
            model=lambda: embedding_model(birth.instance),
            clock=clock,
            languages=LanguageData(birth.instance / "models"),
            turn=gate.turn,
            antivirus=Clamd(lambda: doors.open("antivirus")) if birth.settings.antivirus_socket else None,
            unseen_allowed=birth.settings.antivirus_away == "accept",
        )
    )

    async def read(folder: str) -> HandedFolder:
        return HandedFolder(await doors.open_folder(folder))

    folders = Watch(
        Tools(
            rooms=rooms,
            shelf=shelf,
            register=Register(house, clock),
            settling=Settling(house, clock),
            journal=journal,
            clock=clock,
            open=read,
            turn=gate.turn,
            limit=birth.settings.upload_megabytes << 20,
            nudge=pipeline.nudge,
        )
    )

    preparing = _preparing(birth, doors, shelf, rooms, journal, gate)

    async def nudge(_request: Request) -> Reply:
        pipeline.nudge()
        folders.wake.set()
        preparing.wake.set()
        return Reply()

    handlers: dict[str, Handler] = {"nudge": nudge, "lease": gate.handler, **notary.handlers()}
    works = (notary.watch(), folders.run(), preparing.run(), _ruled(ruled))
    watching = [asyncio.create_task(work) for work in works]
    await _serve(doors, handlers, pipeline)
    for task in watching:
        task.cancel()


async def _policies(birth: Birth, house: Database) -> Policies:
    """What the organisation decided, in force in this process from now on."""
    kept = Policies(house, SystemClock(), in_clear=birth.disk != ENCRYPTED)
    await asyncio.to_thread(kept.load)
    return kept


async def _ruled(policies: Policies) -> None:
    """The policy that the gateway changes holds here too."""
    while True:
        await asyncio.sleep(RULED_SECONDS)
        try:
            await asyncio.to_thread(policies.load)
        except DemeureError as problem:  # what held before still holds
            note("worker", f"policy: {problem.code()}")


def _preparing(
    birth: Birth, doors: Doors, shelf: Shelf, rooms: Rooms, journal: ScribeJournal, gate: LeaseGate
) -> Preparing:
    clock = SystemClock()
    readiness = Readiness(shelf.house, clock)
    snapshots = Snapshots(
        readiness=readiness,
        rooms=rooms,
        slots=EngineSlots(ChatClient(doors.open).http, Tray(birth.trays["worker"])),
        journal=journal,
        settings=birth.settings,
        room=lambda: room_left(birth.instance),
        disk=birth.disk,
        entry=ENTRY,
    )
    return Preparing(
        Belongings(
            shelf=shelf,
            rooms=rooms,
            readiness=readiness,
            snapshots=snapshots,
            journal=journal,
            gate=gate,
            settings=birth.settings,
            clock=clock,
        )
    )


async def _serve(doors: Doors, handlers: dict[str, Handler], pipeline: Pipeline) -> None:
    channels: set[Channel] = set()

    async def welcome(who: str, sock: Any) -> None:
        channel = await Channel(sock, handlers, peer=who).start()
        channels.add(channel)
        await channel.closed.wait()
        channels.discard(channel)

    doors.on_peer(welcome)
    doors.ready()
    work = asyncio.create_task(pipeline.run())
    gone = asyncio.create_task(doors.closed.wait())
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work  # its own surprise goes up: the supervisor restarts the role


def embedding_model(instance: Path) -> EmbeddingModel:
    """The embedding model chosen just now."""
    try:
        entry = chosen(instance)["embed"]
        return EmbeddingModel(str(entry["id"]), str(entry["sha256"]))
    except (KeyError, TypeError):
        return EmbeddingModel()
