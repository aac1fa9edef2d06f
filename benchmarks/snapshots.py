"""Questions on one document kept ready: the first word, against the same document that is not, in the same run.

    python benchmarks/snapshots.py [--document FILE] [--cases FILE] [--tokens N] [--rounds N] [--model ID]
        [--native INSTANCE] [--json]

``house``: ``demeure up`` with its walls. The document (a text; else ``--tokens`` tokens of the sample base) is
brought, and asked questions, through the control door: ``unprepared``, with nothing kept of it; ``at_once``, kept
ready, by somebody who gave no sign of writing (a program); ``prepared``, kept ready, as the pages do: they tell the
house that a question is being written when its first letter is. Seconds from the question to the first word.
``steps``: the same work by hand on the engine alone: reading, saving to the tray, sealing to the disk, bringing
back and checking every byte, restoring, then the first word of the question (``asked``: its tokens, the template's
included). ``compressed``: what zlib would gain, and cost. ``--native``: an instance whose engine was built here
(``demeure engine build``).
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
import zlib
from collections.abc import Awaitable, Sequence
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

from demeure.engine import ChatClient, EngineSlots, Tray
from demeure.engine.models import sha256_of
from demeure.engine.service import NATIVE
from demeure.engine.trial import trial
from demeure.store import Keys, SealedSnapshots, keys_folder, read_house_key
from houses import SPACE, Open, crowd, fill, furnish, opened, settle
from measure import fetched, finish, parser, say, spread, texts

SOURCES = Path(__file__).parents[1] / "sample" / "sources"
HEAD = "Question :"  # what every question begins with, read with the document
TARGET = 0.6
TEMPLATE = 5  # tokens that end a question and open an answer, on the starter model
SAMPLE = 16 << 20  # bytes compressed


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--document", type=Path, help="a text to ask (default: pieces of the sample base)")
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions.jsonl"))
    options.add_argument("--tokens", type=int, default=6000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--cold", type=int, default=2, help="questions with nothing kept: each reads it all")
    options.add_argument("--model", help="chat model (default: starter-chat)")
    options.add_argument("--native", type=Path, help="instance whose engine serves")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-snapshots-") as scratch:
        finish("snapshots", asyncio.run(run(chosen, Path(scratch))))


async def run(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    model, path = fetched("chat", options.model, "starter-chat", "small-chat")
    asked = texts(options.cases)
    text, steps = await by_hand(model, path, asked, scratch, options)
    say(options, f"steps: {steps}")
    instance = scratch / "instance"
    furnish(instance, model)
    if options.native:
        (instance / NATIVE).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(options.native / NATIVE, instance / NATIVE)
    settle(instance)
    fill(instance, crowd(None), 40)
    async with opened(instance) as house:
        through = await in_the_house(house, text, asked, options)
    return {
        "chat_model": model,
        "characters": len(text),
        "tokens": steps["tokens"],
        "first_word_s": through,
        "ratio": round(through["unprepared"]["p50"] / through["prepared"]["p50"], 1),
        "reached": through["prepared"]["p50"] <= TARGET,
        "steps": steps,
    }


async def document(slots: EngineSlots, options: argparse.Namespace) -> str:
    """The text asked about: the one given, or so many tokens of the sample base, counted by the engine."""
    if options.document:
        return str(options.document.read_text(encoding="utf-8"))
    pieces = [path.read_text(encoding="utf-8") for path in sorted((SOURCES / "mairie").rglob("*.md"))]
    text = "\n\n".join(pieces)
    while (length := await slots.length(text)) > options.tokens:
        text = text[: min(len(text) - 1, len(text) * options.tokens // length)]
    return text


# -- in the house --------------------------------------------------------------------------------------------------


async def in_the_house(
    house: Open, text: str, asked: Sequence[str], options: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """First words, of the unprepared document, of the prepared one asked at once, and of the prepared one."""
    args = {"space": SPACE, "name": "dossier.txt"}
    row = (await house.door.call("documents.add", args, text.encode())).data["document"]["id"]
    async for _ in house.door.stream("documents.wait", {"documents": [row]}):
        pass
    numbers = count()
    unprepared, at_once, prepared = [], [], []
    for turn in range(options.cold):
        if turn:
            await kept(house, row)
            forget(house.instance)
        unprepared.append(await first_word(house, row, asked[next(numbers) % len(asked)]))
        say(options, f"unprepared: {unprepared[-1]:.2f} s")
    await kept(house, row)
    for _ in range(options.rounds):
        question = asked[next(numbers) % len(asked)]
        at_once.append(await first_word(house, row, question))
        if not (await house.door.call("documents.bring", {"documents": [row]})).data["brought"]:
            raise SystemExit("nothing waits for the question")
        prepared.append(await first_word(house, row, question))
        say(options, f"at once: {at_once[-1]:.3f} s, prepared: {prepared[-1]:.3f} s")
    waits = {"unprepared": unprepared, "at_once": at_once, "prepared": prepared}
    return {name: spread(seconds, 3) for name, seconds in waits.items()}


async def first_word(house: Open, document: str, question: str) -> float:
    """Seconds from the question to its first word. Raises SystemExit when there is none."""
    begin = time.perf_counter()
    wanted = {"question": question, "spaces": [SPACE], "documents": [document], "language": "fr"}
    first = 0.0
    async with aclosing(house.door.stream("ask", wanted)) as stream:
        async for item in stream:
            if item.data["event"] == "problem":
                raise SystemExit(f"the house could not answer: {item.data['sentence']}")
            if item.data["event"] == "text" and not first:
                first = time.perf_counter() - begin
    if not first:
        raise SystemExit("the answer has no word")
    return first


async def kept(house: Open, document: str) -> None:
    """Wait until it is kept ready."""
    for _ in range(600):
        if (await house.door.call("documents.ready", {"document": document})).data["state"] == "ready":
            return
        await asyncio.sleep(0.2)
    raise SystemExit("the document is never kept ready")


def forget(instance: Path) -> None:
    """The files only: the house notices, and says so in its journal."""
    for file in instance.glob("spaces/*/snapshots/*"):
        file.unlink()


# -- by hand -------------------------------------------------------------------------------------------------------


async def by_hand(
    model: str, path: Path, asked: Sequence[str], scratch: Path, options: argparse.Namespace
) -> tuple[str, dict[str, Any]]:
    """The document, and milliseconds of each step, medians; sizes in bytes."""
    from demeure.cli.instance import prepare

    prepare(scratch / "keys", "fr")
    keys = Keys(read_house_key(scratch / "keys"), keys_folder(scratch / "keys"))
    sealed = SealedSnapshots(scratch / "keys" / "spaces" / SPACE / "snapshots", keys.create_space(SPACE))
    spec = {"id": model, "path": str(path), "sha256": sha256_of(path), "kind": "chat", "context": 16384, "slots": 2}
    binding = {"document": "measured"}
    with trial(spec, settings={}, instance=options.native) as engine:
        chat = ChatClient(engine.connect)
        slots = EngineSlots(chat.http, Tray(engine.tray))
        text = await document(slots, options)
        messages = [{"role": "system", "content": f"Voici tout ce qu’il faut lire.\n\n{text}"}]
        beginning = await slots.beginning(messages, HEAD)
        spent: dict[str, list[float]] = {}

        async def timed(name: str, work: Awaitable[Any]) -> Any:
            begin = time.perf_counter()
            found = await work
            spent.setdefault(name, []).append(1000 * (time.perf_counter() - begin))
            return found

        async def word(number: int) -> None:
            question = {"role": "user", "content": f"{HEAD} {asked[number % len(asked)]}"}
            answer = chat.chat([*messages, question], max_tokens=8, temperature=0.0, slot=1)
            async with aclosing(answer) as stream:
                await anext(stream)

        await timed("read", whole(slots, beginning))
        for number in range(options.rounds):
            tokens = await timed("save", slots.save(1))
            size = slots.tray.size
            if not number:
                compressed = squeeze(slots.tray)
            with slots.tray.content() as content:
                held = await timed("seal", asyncio.to_thread(sealed.keep, binding, tokens, content))
            slots.tray.clear()
            await slots.erase(1)
            await timed("bring", asyncio.to_thread(sealed.bring, held.file, binding, slots.tray.room))
            await timed("restore", slots.restore(1))
            slots.tray.clear()
            await timed("first_word", word(number))
            await slots.erase(1)
            await timed("bring_again", asyncio.to_thread(sealed.bring, held.file, binding, slots.tray.room))
            await slots.restore(1)
            slots.tray.clear()
        words = [
            await slots.length(f" {asked[number % len(asked)]}") + TEMPLATE for number in range(options.rounds)
        ]
        await chat.aclose()
    return text, {
        "tokens": tokens,
        "asked": words,
        "state_bytes": size,
        "sealed_bytes": held.size,
        "bytes_per_token": round(size / tokens),
        "milliseconds": {name: round(statistics.median(values), 1) for name, values in spent.items()},
        "compressed": compressed,
    }


async def whole(slots: EngineSlots, beginning: str) -> None:
    """Read it all into place 1."""
    async with aclosing(slots.read(beginning, 1)) as reading:
        async for _ in reading:
            pass


def squeeze(tray: Tray) -> dict[str, float]:
    """What zlib at its quickest gains on the middle of the state, and its speed."""
    with tray.content() as content:
        half = len(content) // 2
        piece = content[half : half + SAMPLE]
    begin = time.perf_counter()
    small = len(zlib.compress(piece, 1))
    seconds = time.perf_counter() - begin
    return {
        "share_left": round(small / len(piece), 3),
        "megabytes_per_second": round(len(piece) / seconds / 1e6, 1),
    }


if __name__ == "__main__":
    main()
