"""What /v1 adds to the bare engine, fairness between applications, and what looking at a key or a session costs.

    DEMEURE_CLIENTS=cache/clients python benchmarks/api.py [--rounds 20] [--words 60] [--json]

``stream``: the official OpenAI client (make clients) reads the same answers from a scripted engine (a word every
``--gap`` ms, over HTTP) and through the gateway, turn about: ms added before the first word, decoding through ÷
bare. The gateway, its checks, keys in an encrypted database, turns and HTTP to the engine are the product's; the
journal is in memory (benchmarks/journal.py measures the real one). ``fair``: 50 applications × 20 requests at once,
each over 8 connections, with a quota of 15 a minute: answers by status, and the spread of the applications' mean
time to an answer.
``check``: ms of ``ApplicationKeys.held`` and of a session, among 200 of each in an encrypted database.
"""

import asyncio
import json
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from demeure.clock import SystemClock
from demeure.engine import ChatClient
from demeure.gateway.app import make_app
from demeure.gateway.applications import KeyRoom
from demeure.gateway.metering import Meter
from demeure.gateway.serving import make_server
from demeure.identity import ApplicationKeys, KeyLimits, KeyUses, People, Quotas
from demeure.identity.sessions import Sessions
from demeure.policy.scopes import MODELS
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.store import Instance, make_instance
from measure import absent, finish, parser, percentile, say, spread

HERE = Path(__file__).resolve().parent
APPLICATIONS, EACH, QUOTA = 50, 20, 15
CONNECTIONS = 8
"""Of each application: the house takes 512 in all."""
SECRET = "aucun"


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--words", type=int, default=60)
    options.add_argument("--gap", type=float, default=20.0, help="ms between two words of the scripted engine")
    chosen = options.parse_args()
    python = Path(os.environ.get("DEMEURE_CLIENTS", "cache/clients")).resolve() / "bin" / "python"
    if not python.exists():
        absent("benchmarks/api.py: the official client is not there: make clients")
    with tempfile.TemporaryDirectory() as folder:
        instance = make_instance(Path(folder))
        try:
            check = checked(instance)
            say(chosen, f"a key {check['key_ms']}, a session {check['session_ms']}")
            stream = asyncio.run(streamed(instance, python, chosen.rounds, chosen.words, chosen.gap))
            say(chosen, f"first word {stream['added_ms']}, decoding {stream['decoding']}")
            fair = asyncio.run(shared(instance))
            say(chosen, f"{fair}")
        finally:
            instance.close()
    finish("api", {"check": check, "stream": stream, "fair": fair})


def checked(instance: Instance) -> dict[str, Any]:
    """ms of looking at one key and at one session, 2,000 times each."""
    clock = SystemClock()
    owner = People(instance.house, clock).add("Anne", "anne")
    keys, sessions = (
        ApplicationKeys(instance.house, clock),
        Sessions(instance.house, clock, timedelta(hours=12), timedelta(days=7)),
    )
    secrets = [keys.add(f"cle-{at}", owner.id, [MODELS], [], 30, "uid:0")[1] for at in range(200)]
    with instance.house.write() as db:
        tokens = [sessions.begin(db, owner, "").token for _ in range(200)]
    found: dict[str, list[float]] = {"key_ms": [], "session_ms": []}
    for at in range(2_200):
        for name, look, shown in (("key_ms", keys.held, secrets), ("session_ms", sessions.actor, tokens)):
            began = time.perf_counter()
            assert look(shown[at % 200]) is not None
            found[name].append((time.perf_counter() - began) * 1000)
    return {name: spread(values[200:], 3) for name, values in found.items()}


@contextmanager
def served(app: Callable[[int], Any]) -> Iterator[str]:
    """What ``app`` makes for a port, on loopback, in its own thread."""
    import socket

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    server = make_server(app(listener.getsockname()[1]), stop_seconds=1)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def engine(words: int, gap: float) -> Starlette:
    """llama-server's words for one chat: a chunk each ``gap`` ms, then the usage."""

    async def chat(request: Request) -> Response:
        await request.body()

        async def chunks():  # type: ignore[no-untyped-def] # bytes
            due = time.perf_counter()
            for at in range(words):
                due += gap / 1000
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                yield _data({"choices": [{"index": 0, "delta": {"content": f"mot{at} "}, "finish_reason": None}]})
            yield _data({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            yield _data({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": words}})
            yield b"data: [DONE]\n\n"

        return StreamingResponse(chunks(), media_type="text/event-stream")

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[Route("/v1/chat/completions", chat, methods=["POST"]), Route("/health", health)],
    )


def _data(told: dict[str, Any]) -> bytes:
    shell = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return b"data: " + json.dumps(shell | told).encode() + b"\n\n"


async def streamed(instance: Instance, python: Path, rounds: int, words: int, gap: float) -> dict[str, Any]:
    """The same client, turn about: the engine itself, the gateway before it."""
    secret = ApplicationKeys(instance.house, SystemClock()).all()[0].name
    secret = ApplicationKeys(instance.house, SystemClock()).rotate(secret, 0)
    with served(lambda _: engine(words, gap)) as bare:
        port = int(bare.rsplit(":", 1)[1])

        async def connect(_: str) -> Any:
            import socket

            sock = socket.create_connection(("127.0.0.1", port))
            sock.setblocking(False)
            return sock

        rooms = roomed(instance)
        rooms.completer = ChatClient(connect)  # type: ignore[assignment] # the product's
        with served(lambda port: make_app(house_of(rooms, port))) as through:
            found: dict[str, list[list[float]]] = {"bare": [], "through": []}
            few = max(2, rounds // 4)
            for _ in range(4):
                found["bare"] += await read(python, f"{bare}/v1", SECRET, few, words)
                found["through"] += await read(python, f"{through}/v1", secret, few, words)
    first = {name: [one[0] * 1000 for one in values] for name, values in found.items()}
    speed = {name: percentile([words / (one[1] - one[0]) for one in values], 0.5) for name, values in found.items()}
    return {
        "first_ms": {name: spread(values, 1) for name, values in first.items()},
        "added_ms": round(percentile(first["through"], 0.5) - percentile(first["bare"], 0.5), 1),
        "decoding": round(speed["through"] / speed["bare"], 4),
    }


async def read(python: Path, url: str, secret: str, rounds: int, words: int) -> list[list[float]]:
    """By the official client, in a process of its own."""
    script = HERE.parent / "tests" / "clients" / "openai_stream.py"
    command = [str(python), str(script), url, secret, "demeure-chat", str(rounds), str(words)]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=True, timeout=600, env=kept
    )
    return list(json.loads(done.stdout))


def roomed(instance: Instance) -> FakeRooms:
    """The fakes, but for the keys."""
    clock, rooms = SystemClock(), FakeRooms()
    for process in rooms.porter.state["processes"]:
        if process["role"] == "engine-chat":
            process["model"] = "script"
    meter = Meter(KeyUses(instance.house), clock)
    rooms.applications = KeyRoom(ApplicationKeys(instance.house, clock), rooms.journal, clock, meter)  # type: ignore[assignment] # the real room
    return rooms


def house_of(rooms: FakeRooms, port: int) -> Any:
    """A house served there."""
    return make_house(rooms, port=port, patience=120.0)


async def shared(instance: Instance) -> dict[str, Any]:
    """All the requests at once; what each application got, and when."""
    keys, clock = ApplicationKeys(instance.house, SystemClock()), SystemClock()
    owner = People(instance.house, clock).add("Luc", "luc")
    limits = KeyLimits(quotas=Quotas(requests_minute=QUOTA))
    secrets = [
        keys.add(f"application-{at}", owner.id, [MODELS], [], 30, "uid:0", limits)[1] for at in range(APPLICATIONS)
    ]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # both ends of the connections are ours
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rooms = roomed(instance)
    rooms.completer.words, rooms.completer.delay = ("mot ",) * 5, 0.002
    statuses: Counter[int] = Counter()
    times: dict[int, list[float]] = {at: [] for at in range(APPLICATIONS)}
    body = {"model": "demeure-chat", "messages": [{"role": "user", "content": "Bonjour"}]}
    with served(lambda port: make_app(house_of(rooms, port))) as url:
        limit = httpx.Limits(max_connections=CONNECTIONS)
        clients = [
            httpx.AsyncClient(
                base_url=url,
                timeout=300,
                limits=limit,
                trust_env=False,
                headers={"Authorization": f"Bearer {secret}"},
            )
            for secret in secrets
        ]

        async def one(at: int) -> None:
            answer = await clients[at].post("/v1/chat/completions", json=body)
            statuses[answer.status_code] += 1
            if answer.status_code == 200:
                times[at].append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*[one(at) for at in range(APPLICATIONS) for _ in range(EACH)])
        whole = time.perf_counter() - began
        for client in clients:
            await client.aclose()
    means = [sum(values) / len(values) for values in times.values()]
    middle = sum(means) / len(means)
    return {
        "statuses": {str(code): count for code, count in sorted(statuses.items())},
        "server_errors": sum(count for code, count in statuses.items() if code >= 500),
        "answered_each": {"min": min(map(len, times.values())), "max": max(map(len, times.values()))},
        "mean_s": {"min": round(min(means), 3), "max": round(max(means), 3)},
        "unfair": round(max(max(means) - middle, middle - min(means)) / middle, 3),
        "seconds": round(whole, 2),
    }


if __name__ == "__main__":
    main()
