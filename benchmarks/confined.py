"""What the walls cost: the same house with and without them, by turns. Confined ÷ unconfined.

    python benchmarks/confined.py [--cases FILE] [--paths FILE] [--pairs N] [--model ID] [--json]

Two houses live at the same time, one as ``demeure up`` opens it, one from a table of profiles without any layer
(changed in that launcher's process only: the product has no such switch). Each pair is measured in the order ABBA.
``engine``: the chat engine on its own socket, tokens a second and first token of a prompt never seen. ``house``:
the same of a question through the control door. ``gateway``: pages and API, requests a second, eight connections.
``--cases``: prompts or questions (texts, or objects with ``question`` or ``q``); ``--paths``: addresses to get.
"""

import argparse
import asyncio
import re
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from demeure.testing.people import CHOICE
from houses import Open, crowd, fill, furnish, opened, settle
from measure import fetched, finish, parser, percentile, read_cases, say, texts

PATHS = ["/", "/documents", "/maison", "/api/session", "/api/spaces", "/static/demeure.css"]
CONNECTIONS = 8
LONGEST = 60.0  # seconds that answers may take beyond those of the measure
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
TOKENS = 64
TEXT = "Le conseil municipal a délibéré sur le budget de la cantine, la voirie communale et les horaires. " * 12
Numbers = dict[str, float]


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions.jsonl"))
    options.add_argument("--documents", type=Path, default=Path("sample/documents"))
    options.add_argument("--paths", type=Path, help=f"JSON list of addresses (default: {', '.join(PATHS)})")
    options.add_argument("--pairs", type=int, default=8)
    options.add_argument("--seconds", type=float, default=1.5, help="of one run of requests to one address")
    options.add_argument("--model", help="chat model (default: starter-chat)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-confined-") as scratch:
        finish("confined", asyncio.run(run(chosen, Path(scratch))))


async def run(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    asked, paths = texts(options.cases), addresses(options.paths)
    model = fetched("chat", options.model, "starter-chat", "small-chat")[0]
    async with AsyncExitStack() as both:
        boxed, bare = [
            await both.enter_async_context(opened(prepared(scratch / name, model), walls=name == "boxed"))
            for name in ("boxed", "bare")
        ]
        for house in (boxed, bare):
            await house.bring(sorted(p for p in options.documents.rglob("*") if p.is_file()))
        walls = {
            "confined": seen(await boxed.processes(), held=True),
            "unconfined": seen(await bare.processes(), held=False),
        }
        say(options, f"two houses are open, {model}")
        pairs = Pairs(boxed, bare, options)
        engine = await pairs.measured("engine", lambda house, turn: engine_round(house, asked, turn))
        through = await pairs.measured("house", lambda house, turn: house_round(house, asked, turn))
        doors = {house.instance: await sign_in(house) for house in (boxed, bare)}
        pages = {}
        for path in paths:
            rates = await pairs.measured(path, partial(load, doors, path, options.seconds))
            pages[path] = rates["requests_per_second"]
    return {
        "chat_model": model,
        "walls": walls,
        "engine": engine,
        "house": through,
        "gateway": {
            "ratio": round(statistics.geometric_mean(row["ratio"] for row in pages.values()), 3),
            "requests_per_second": pages,
        },
    }


def addresses(path: Path | None) -> list[str]:
    """Raises SystemExit when one is not an address of the house."""
    found = read_cases(path) if path else PATHS
    for one in found:
        if not (isinstance(one, str) and re.fullmatch(r"/[!-~]*", one)):
            raise SystemExit(f"{path}: {one!r} is not an address such as /connexion")
    return found


def prepared(instance: Path, model: str) -> Path:
    """A small base: what is compared is the same on both sides."""
    furnish(instance, model)
    settle(instance, prompt_tokens=300, answer_tokens=TOKENS)
    fill(instance, crowd(None), 400)
    return instance


def seen(processes: Mapping[str, Mapping[str, Any]], *, held: bool) -> dict[str, Any]:
    """Filters and network namespace of each role, read from /proc. Raises SystemExit when the house is not what it
    should be: a comparison of two confined houses would say nothing."""
    found = {}
    own = Path("/proc/self/ns/net").readlink()
    for role, row in processes.items():
        status = Path(f"/proc/{row['pid']}/status").read_text()
        found[role] = {
            "seccomp": int(re.findall(r"^Seccomp:\s+(\d)", status, re.MULTILINE)[0]),
            "own_network": Path(f"/proc/{row['pid']}/ns/net").readlink() != own,
        }
    for role in found.keys() - {"launcher"}:
        if (found[role]["seccomp"] == 2) != held:
            raise SystemExit(f"{role} is {'not ' if held else ''}behind a filter: nothing is compared")
    return {role: list(facts.values()) for role, facts in sorted(found.items())}


class Pairs:
    """Runs the same thing in both houses, in the order ABBA, and compares pair by pair."""

    def __init__(self, boxed: Open, bare: Open, options: argparse.Namespace) -> None:
        self._boxed, self._bare, self._options = boxed, bare, options

    async def measured(self, name: str, once: Callable[[Open, int], Awaitable[Numbers | None]]) -> dict[str, Any]:
        """Each number that ``once`` gives: median ratio confined ÷ unconfined, its spread, both medians. ``once``
        may give None: that turn is not counted, and another is made."""
        kept: list[tuple[Numbers, Numbers]] = []
        for turn in range(1 + 5 * self._options.pairs):
            boxed_first = turn % 2 == 0
            first = await once(self._boxed if boxed_first else self._bare, turn)
            second = await once(self._bare if boxed_first else self._boxed, turn)
            if turn and first and second:  # the first turn warms
                kept.append((first, second) if boxed_first else (second, first))
            if len(kept) == self._options.pairs:
                break
        if not kept:
            raise SystemExit(f"{name}: nothing to compare; are the cases about the documents?")
        told = {key: compared([a[key] for a, _ in kept], [b[key] for _, b in kept]) for key in kept[0][0]}
        say(self._options, f"{name}: {told}")
        return told


def compared(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Of pairs of values."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "quarter": round(percentile(ratios, 0.25), 3),
        "three_quarters": round(percentile(ratios, 0.75), 3),
        "min": round(min(ratios), 3),
        "max": round(max(ratios), 3),
        "pairs": len(ratios),
        "confined": round(statistics.median(ours), 2),
        "unconfined": round(statistics.median(theirs), 2),
    }


async def engine_round(house: Open, asked: Sequence[str], turn: int) -> Numbers:
    """A prompt of about 400 tokens that starts differently each time: nothing of it is in the engine's cache."""
    content = f"Dossier {turn}. {TEXT} {asked[turn % len(asked)]} Explique longuement."
    body = {
        "messages": [{"role": "user", "content": content}],
        "max_tokens": TOKENS,
        "temperature": 0,
        "stream": True,
    }
    answer = await house.straight(body)
    if answer.pieces < 8:
        raise SystemExit("the model's answer is too short to measure")
    return {"tokens_per_second": answer.speed, "first_token_s": answer.first}


async def house_round(house: Open, asked: Sequence[str], turn: int) -> Numbers | None:
    """A question through the control door; None when the base has no answer to it."""
    answer = await house.ask(asked[turn % len(asked)])
    if answer.pieces < 8:
        return None
    return {"tokens_per_second": answer.speed, "first_token_s": answer.first}


async def sign_in(house: Open) -> "Door":
    """The administrator's session, by a one-time link."""
    url = (await house.door.call("link.create", {})).data["url"]
    host, path = re.fullmatch(r"http://([^/]+)(/.+)", url).groups()  # type: ignore[union-attr]
    address = (host.rsplit(":", 1)[0], int(host.rsplit(":", 1)[1]))
    head = await asyncio.to_thread(first_answer, address, chosen(host, path))
    cookies: list[bytes] = re.findall(rb"(?im)^set-cookie: ([^;]+)", head)
    return Door(address, host, cookies[0].decode())


@dataclass(frozen=True)
class Door:
    """Where the pages of a house are, and the cookie that opens them."""

    address: tuple[str, int]
    host: str
    cookie: str


def request(host: str, path: str, cookie: str = "") -> bytes:
    """A GET on a connection that stays open."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *([f"Cookie: {cookie}"] if cookie else [])]
    return "\r\n".join([*lines, "", ""]).encode()


def chosen(host: str, path: str) -> bytes:
    """The form behind a one-time link, filled in."""
    body = urlencode(CHOICE).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/x-www-form-urlencoded", "", ""]
    return "\r\n".join(lines).encode() + body


def first_answer(address: tuple[str, int], asked: bytes) -> bytes:
    """The head of one answer."""
    with socket.create_connection(address) as one, one.makefile("rb") as file:
        one.sendall(asked)
        return b"".join(iter(file.readline, b"\r\n"))


async def load(doors: Mapping[Path, Door], path: str, seconds: float, house: Open, _turn: int) -> Numbers:
    """Requests a second to one address over eight connections, each asking again when it has its answer."""
    return {"requests_per_second": await asyncio.to_thread(rate, doors[house.instance], path, seconds)}


def rate(door: Door, path: str, seconds: float) -> float:
    """At least one answer a connection, however slow. Raises SystemExit on an answer that is not 200, or none."""
    asked = request(door.host, path, door.cookie)
    chooser = selectors.DefaultSelector()
    with ExitStack() as open_ones:
        for _ in range(CONNECTIONS):
            one = open_ones.enter_context(socket.create_connection(door.address))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            chooser.register(one, selectors.EVENT_READ, bytearray())
            one.sendall(asked)
        begin, done = time.perf_counter(), 0
        while (spent := time.perf_counter() - begin) < seconds or done < CONNECTIONS:
            if spent > seconds + LONGEST:
                raise SystemExit(f"{path}: no answer")
            for key, _ in chooser.select(seconds):
                if whole(key, path):
                    done += 1
                    key.fileobj.sendall(asked)  # type: ignore[union-attr]
    return done / spent


def whole(key: selectors.SelectorKey, path: str) -> bool:
    """Take what came on one connection; True when that ends an answer."""
    waiting: bytearray = key.data
    piece = key.fileobj.recv(1 << 17)  # type: ignore[union-attr]
    waiting += piece
    head, end, body = waiting.partition(b"\r\n\r\n")
    if not piece or (end and b" 200 " not in head[:16]):
        raise SystemExit(f"{path}: {bytes(waiting[:60])!r} instead of an answer 200")
    if not end or len(body) < int(LENGTH.findall(head)[0]):
        return False
    waiting.clear()
    return True


if __name__ == "__main__":
    main()
