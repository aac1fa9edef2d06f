"""Houses to measure: an instance with fetched models and a filled space, opened by ``demeure up`` or with one thing
changed. Run as a program, it is the launcher of a house without walls (see ``opened``)."""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import httpcore
import numpy as np
from numpy.typing import NDArray

from demeure.errors import DemeureError
from measure import engines_ready, fetched, field, models, models_folder, read_cases

WORDS = 130  # of a synthetic passage: about 900 characters
SPACE = "bench"
Vector = Callable[[str], "NDArray[np.float32] | None"]


class Filled(NamedTuple):
    """Passages written, and how many have the vector of a model."""

    passages: int
    real_vectors: int


# -- an instance ---------------------------------------------------------------------------------------------------


def furnish(instance: Path, chat: str) -> None:
    """Make the instance; its models are hard links to the fetched ones, ``chat`` and the embeddings are in use."""
    from demeure.cli.instance import prepare
    from demeure.engine.models import ModelStore

    prepare(instance, "fr")
    target = instance / "models"
    target.mkdir(exist_ok=True)
    with models_folder() as folder:
        for file in (*models("chat").values(), *models("embed").values()):
            if not (target / file.name).exists():
                (target / file.name).symlink_to(file.resolve())
        # copied: the boxes of the worker and of the workshop let them read this folder, not what it points to
        shutil.copy(folder / "manifest.json", target)
        if (folder / "ocr").is_dir():
            shutil.copytree(folder / "ocr", target / "ocr", dirs_exist_ok=True)
    store = ModelStore(target)
    store.use("chat", chat)
    store.use("embed", fetched("embed", None)[0])


def settle(instance: Path, **settings: int | str) -> None:
    """Write the settings of the next life of the house."""
    lines = ['organisation = "Ma mairie"', *(f"{name} = {json.dumps(value)}" for name, value in settings.items())]
    (instance / "demeure.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def synthetic(seed: int) -> Iterator[str]:
    """Passages without end, drawn from the words of the sample base."""
    draw = random.Random(seed)
    sources = sorted((Path(__file__).parents[1] / "sample" / "sources").rglob("*.md"))
    words = [w for path in sources for w in path.read_text(encoding="utf-8").split() if w.isalpha()]
    while True:
        yield " ".join(draw.choices(words, k=WORDS)) + "."


def crowd(docs: Path | None, seed: int = 7) -> Iterator[list[Any]]:
    """Documents without end, as parts: the bodies of ``docs`` ({"body"} a line), then synthetic ones."""
    from demeure.workshop import Part

    for case in read_cases(docs) if docs else ():
        body = field(docs or Path(), case, "body")
        yield [Part({"kind": "lines", "from": 1, "to": body.count("\n") + 1}, body)]
    texts = synthetic(seed)
    while True:
        yield [Part({"kind": "lines", "from": n, "to": n}, text) for n, text in enumerate(islice(texts, 40), 1)]


def fill(instance: Path, documents: Iterator[list[Any]], count: int, known: Vector = lambda _: None) -> Filled:
    """A space of ``count`` passages or a little more, with their stems and vectors; the house is closed. ``known``:
    the vector of a text. The others get random unit vectors: as quick to search, near no question."""
    from demeure.clock import SystemClock
    from demeure.identity import People
    from demeure.library import Document, Rooms, Shelf, indexing
    from demeure.library.search.query import French
    from demeure.library.vector_source import adopt
    from demeure.store import Keys, keys_folder, open_house, read_house_key
    from demeure.worker.role import embedding_model

    keys = Keys(read_house_key(instance), keys_folder(instance))
    house, rooms = open_house(instance, keys), Rooms(instance, keys)
    shelf, french = Shelf(house, SystemClock()), French()
    People(house, SystemClock()).ensure_administrator()
    keys.create_space(SPACE)
    shelf.add_space(SPACE, SPACE, None)
    model = embedding_model(instance)  # the house that opens it would make vectors of another one again
    adopt(rooms.database(SPACE), model)
    database, made, real, draw = rooms.database(SPACE), 0, 0, np.random.default_rng(7)
    while made < count:
        name = f"{made:06}"
        row = Document(name, SPACE, f"{name}.txt", "txt", 1, name, "ready", name, "bench", shelf.now())
        shelf.add(row, lambda: True)
        total = indexing.index(database, french, name, name, iter(next(documents)))
        rows = indexing.unembedded(database, name, model.sha256, 0, total)
        vectors = draw.standard_normal((len(rows), 384)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        for at, one in enumerate(rows):
            if (vector := known(one.text)) is not None:
                vectors[at], real = vector, real + 1
        indexing.store_vectors(database, model.sha256, rows, vectors)
        shelf.update(name, state="ready", passages=total, embedded=total)
        made += total
    rooms.close()
    house.close()
    return Filled(made, real)


# -- a house -------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def opened(instance: Path, *, walls: bool = True, preload: Path | None = None) -> AsyncGenerator["Open"]:
    """A house on ``instance``, on a free port, its engines ready. ``walls`` False: no namespace, no Landlock, no
    filter, no lost capability anywhere, by a table of profiles changed in the launcher's process only.
    ``preload``: a library put before the C library in every process."""
    from demeure.cli.house import stop, wait_open

    program = [str(Path(__file__))] if not walls else ["-m", "demeure.cli.main", "--instance"]
    words = [sys.executable, *program, str(instance), *(["up", "--port", "0"] if walls else [])]
    environment = {**os.environ, **({"LD_PRELOAD": str(preload)} if preload else {})}
    log = instance / "run" / "house.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with log.open("ab") as sink:
        house = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
            words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment
        )
    try:
        door = await wait_open(instance, house)
        try:
            await engines_ready(door)
            async with relayed(instance) as relay:
                yield Open(instance, door, relay)
        finally:
            await door.close()
    finally:
        await asyncio.to_thread(stop, house)


@dataclasses.dataclass(frozen=True)
class Answered:
    """One answer. ``begun``: the moment of the question; ``shown``, ``first``, ``last``: seconds from it to the
    sources, the first word and the last. ``pieces``: that the engine made it of, about one a token; 0: it was not
    asked."""

    question: str
    first: float
    last: float
    pieces: int
    begun: float = 0.0
    shown: float = 0.0
    engine: "Seen | None" = None

    @property
    def speed(self) -> float:
        """Pieces a second between the first word and the last."""
        return (self.pieces - 1) / max(self.last - self.first, 1e-3)


@dataclasses.dataclass(frozen=True)
class Open:
    """A running house: its control door, and its engine beside the house."""

    instance: Path
    door: Any
    relay: "Relay"

    async def ask(self, question: str) -> Answered:
        """Through the house: what the reader of a terminal sees, and what its engine was asked and did."""
        self.relay.seen = Seen()
        begin = time.perf_counter()
        first = last = shown = 0.0
        text = ""
        async for item in self.door.stream("ask", {"question": question, "spaces": [SPACE], "language": "fr"}):
            now = time.perf_counter() - begin
            match item.data["event"]:
                case "sources":
                    shown = now
                case "text":
                    text += item.data["delta"]
                    first, last = first or (now if text else 0.0), now
                case "problem":
                    raise SystemExit(f"the house could not answer: {item.data['sentence']}")
        seen = self.relay.seen
        return Answered(question, first, last, seen.pieces, begin, shown, seen)

    async def bring(self, files: Sequence[Path]) -> dict[str, int]:
        """The documents through the control door, until each is ready; how many came to which state. Raises
        SystemExit when none did."""
        rows = []
        for path in files:
            args = {"space": SPACE, "name": path.name}
            with contextlib.suppress(DemeureError):  # a format that the house does not read is refused at the door
                rows.append((await self.door.call("documents.add", args, path.read_bytes())).data["document"]["id"])
        states: dict[str, str] = {}
        async for item in self.door.stream("documents.wait", {"documents": rows}):
            states[item.data["document"]["id"]] = item.data["document"]["state"]
        ready = sum(state == "ready" for state in states.values())
        if not ready:
            raise SystemExit("none of the documents could be read: the questions would have no answer")
        return {"ready": ready, "not_read": len(files) - ready}

    async def straight(self, body: Mapping[str, Any]) -> Answered:
        """The chat engine alone, on its own socket: what answering costs without the house."""
        begin, first, last, pieces = time.perf_counter(), 0.0, 0.0, 0
        async for line in self._post("/v1/chat/completions", body):
            if _WORD.search(line):
                last, pieces = time.perf_counter() - begin, pieces + 1
                first = first or last
        return Answered(body["messages"][-1]["content"], first, last, pieces)

    async def _post(self, target: str, body: Mapping[str, Any]) -> AsyncGenerator[bytes]:
        headers = [("Content-Type", "application/json"), ("Host", "engine")]
        async with httpcore.AsyncConnectionPool(uds=str(self.relay.engine)) as pool:
            content = json.dumps(body).encode()
            async with pool.stream("POST", f"http://engine{target}", headers=headers, content=content) as answer:
                waiting = b""
                async for chunk in answer.aiter_stream():
                    *lines, waiting = (waiting + chunk).split(b"\n")
                    for line in lines:
                        yield line
                yield waiting

    async def processes(self) -> dict[str, dict[str, Any]]:
        """Role → its row of ``demeure status``."""
        return {p["role"]: p for p in (await self.door.call("status")).data["processes"]}


@dataclasses.dataclass
class Seen:
    """One answer of the chat engine, seen at its door. ``body``: what the house asked; the moments when it had
    asked all, of the first and of the last piece; how many pieces (about one a token)."""

    body: dict[str, Any] = dataclasses.field(default_factory=dict)
    asked: float = 0.0
    first: float = 0.0
    last: float = 0.0
    pieces: int = 0


class Relay:
    """Stands in the folder of the chat engine's socket, under its name: the supervisor hands us to the gateway, and
    every byte goes on to the engine. The engine's own time is thus known for the very answer that the house gave:
    of two answers one after the other on a noisy machine, the difference says nothing."""

    def __init__(self, engine: Path) -> None:
        self.engine, self.seen = engine, Seen()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side leaves."""
        theirs, ours = await asyncio.open_unix_connection(self.engine)
        ways = [
            asyncio.create_task(self._pump(reader, ours, self._asked)),
            asyncio.create_task(self._pump(theirs, writer, self._answered)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (ours, writer):
                end.transport.abort()

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, look: Callable[[bytearray], None]
    ) -> None:
        waiting = bytearray()
        while piece := await source.read(1 << 16):
            sink.write(piece)
            waiting += piece
            look(waiting)

    def _asked(self, waiting: bytearray) -> None:
        head, end, body = waiting.partition(b"\r\n\r\n")
        length = int((_LENGTH.findall(head) or [b"0"])[0])
        if end and len(body) >= length:
            if b"/chat/completions" in head:
                self.seen.body, self.seen.asked = json.loads(body[:length]), time.perf_counter()
            waiting.clear()

    def _answered(self, waiting: bytearray) -> None:
        whole = waiting.rfind(b"\n") + 1
        if words := len(_WORD.findall(waiting[:whole])):
            self.seen.last = time.perf_counter()
            self.seen.first = self.seen.first or self.seen.last
            self.seen.pieces += words
        del waiting[:whole]


_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_WORD = re.compile(rb'"content":"[^"]')


@contextlib.asynccontextmanager
async def relayed(instance: Path) -> AsyncGenerator[Relay]:
    """A relay before the chat engine for as long as the house is open."""
    place = instance / "run" / "engine" / "chat" / "s.sock"
    relay = Relay(place.rename(place.with_name("engine.sock")))
    server = await asyncio.start_unix_server(relay.serve, place)
    try:
        yield relay
    finally:
        server.close()


def launch_without_walls(instance: Path) -> int:
    """``demeure up`` with a table of profiles that asks for no layer. The workshop's jobs keep theirs."""
    from demeure.confinement import PROFILES, SUPERVISOR
    from demeure.settings import load
    from demeure.supervisor import health, launcher, supervisor

    bare: Any = {"layers": frozenset()}
    for module in (supervisor, health):
        vars(module)["SUPERVISOR"] = dataclasses.replace(SUPERVISOR, **bare)  # of this process only
    table = {name: dataclasses.replace(row, **bare) for name, row in PROFILES.items()}
    settings = dataclasses.replace(load(instance / "demeure.toml"), port=0)
    return launcher.start(instance, settings, public=True, accept_unconfined=False, profiles=table)


if __name__ == "__main__":
    given = argparse.ArgumentParser(description="The launcher of a house without walls, for benchmarks only.")
    given.add_argument("instance", type=Path)
    sys.exit(launch_without_walls(given.parse_args().instance.absolute()))
