"""A report summarised along its sections, against one single prompt: seconds to the first section, to the whole,
and how many of the figures it gives are in the report. JSON on the last line.

    python benchmarks/summary.py [--pages N] [--document FILE] [--model ID] [--level lignes|demi|pages] [--no-naive]

The chat model fetched by ``make demo``, unconfined, alone, nothing cached. Without ``--document`` (a text file), a
report of the sample base: activity report and minutes of the council, pages of 2,100 characters.
"""

import argparse
import asyncio
import contextlib
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from demeure.assistant.grounding import check, figures, unsupported
from demeure.assistant.tasks import FileRow, TaskRoom, Turns, Works, compose
from demeure.assistant.tasks.recipes.sourcing import pieces
from demeure.clock import SystemClock
from demeure.engine import ChatClient, ContextTooLong
from demeure.engine.models import sha256_of
from demeure.engine.trial import Trial, trial
from demeure.library import French
from demeure.policy import Actor, Role
from demeure.settings import Settings
from demeure.testing.gateway import FakeShelves
from demeure.testing.house import NoLease
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance
from demeure.testing.tasks import FakeRights, FakeWhole
from demeure.testing.workshop import FakeWorkshop
from measure import fetched, finish, parser

PAGE = 2100
WHO = Actor("person", "bench", "Mesure", frozenset({Role.AGENT}))
SOURCES = ("rapport-activite-2025.md", "pv-conseil-2026-04-23.md")
NAIVE = "Résume ce document en français en une demi-page, avec les chiffres importants :\n\n"


def report(document: Path | None, wanted: int) -> list[dict[str, Any]]:
    """Its parts, as the workshop would give them: pages, with the heading above each."""
    folder = Path(__file__).parents[1] / "sample" / "sources" / "mairie"
    texts = [document] if document else [folder / name for name in SOURCES]
    text = "\n\n".join(re.sub(r"(?s)\A---\n.*?\n---\n", "", path.read_text(encoding="utf-8")) for path in texts)
    text = re.sub(r"[ \t]+", " ", re.sub(r"\*\*|\|", "", text))
    while len(text) < wanted * PAGE:
        text += "\n\n" + text
    parts: list[dict[str, Any]] = []
    heading, at = "", 0
    for number in range(1, wanted + 1):
        end = text.rfind("\n", at, at + PAGE) if at + PAGE < len(text) else len(text)
        page = text[at : end if end > at else at + PAGE].strip()
        at = end if end > at else at + PAGE
        if found := re.findall(r"(?m)^#{1,2} (.+)$", page):
            heading = found[0]
        told = re.sub(r"(?m)^#+ ", "", page)
        place = {"kind": "page", "page": number}
        parts += [{"place": place, "text": piece, "headings": [heading]} for piece in pieces(told)]
    return parts


class Counted:
    """The chat client, and what was asked of it: calls, tokens of the prompts, those that no call before had read
    in the same place (the beginning that prompts share is kept by the engine), tokens written."""

    def __init__(self, chat: ChatClient) -> None:
        self._chat = chat
        self.asked: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    async def chat(self, messages: Any, **how: Any) -> AsyncIterator[Any]:
        """As the client's."""
        written = ""
        async with contextlib.aclosing(self._chat.chat(messages, **how)) as stream:
            async for delta in stream:
                written += delta.text
                yield delta
        self.asked.append(("\n".join(str(one["content"]) for one in messages), written))

    async def told(self) -> dict[str, int]:
        """Counted by the engine, once all is over: counting is not timed."""
        read = fresh = wrote = 0
        before = ""
        for prompt, written in self.asked:
            shared = next(
                (at for at, (one, other) in enumerate(zip(before, prompt, strict=False)) if one != other), 0
            )
            read += await self._chat.count(prompt)
            fresh += await self._chat.count(prompt[shared:])
            wrote += await self._chat.count(written)
            before = prompt
        return {"calls": len(self.asked), "tokens_asked": read, "tokens_read": fresh, "tokens_written": wrote}


async def measured(engine: Trial, parts: list[dict[str, Any]], given: argparse.Namespace) -> dict[str, Any]:
    chat = ChatClient(engine.connect)
    counted = Counted(chat)
    with tempfile.TemporaryDirectory() as folder:
        instance = make_instance(Path(folder))
        clock, settings = SystemClock(), Settings(organisation="Saint-Aubin-des-Prés")
        shelves = FakeShelves()
        room = compose(
            house=instance.house,
            instance=Path(folder),
            journal=MemoryJournal(),
            clock=clock,
            engine=counted,  # type: ignore[arg-type] # all the rest is the client's
            turns=Turns(NoLease()),
            rights=FakeRights({}),
            library=FakeWhole(shelves),
            workshop=FakeWorkshop(),
            settings=settings,
            stems=French().stems,
        )
        works = Works(instance.house, clock)
        file = await works.put_file(WHO.id, FileRow("f" * 32, "rapport.pdf", "pdf", given.pages, tuple(parts)))
        try:
            mapped = await along(room, file.id, given.level)
            mapped |= await counted.told()
            whole = "\n".join(part["text"] for part in parts)
            naive = {} if given.no_naive else await single(chat, whole)
        finally:
            await chat.aclose()
            instance.close()
    return mapped | naive | compared(mapped, naive)


async def along(room: TaskRoom, file: str, level: str) -> dict[str, Any]:
    """The task itself."""
    begin, first, finished = time.perf_counter(), 0.0, 0
    work = await room.tasks.start(WHO, "resume", {"document": f"file:{file}", "niveau": level}, "fr")
    async for event in room.tasks.follow(WHO, work.id):
        if event["event"] == "state":
            finished = sum(state == "ok" for _, _, state in event["parts"])
            if finished and not first:
                first = time.perf_counter() - begin
    seconds = time.perf_counter() - begin
    draft = (await room.tasks.work(WHO, work.id)).drafts[-1]
    cited = [line for line in draft.text.split("\n") if re.search(r"\[\d+\]$", line)]
    dropped = sum(block["number"] for block in draft.report if block["kind"] == "dropped")
    return {
        "state": draft.state,
        "first_section_seconds": round(first, 1),
        "whole_seconds": round(seconds, 1),
        "sections": len(draft.parts) - 1,
        "words": len(draft.text.split()),
        "statements": len(cited),
        "left_out": dropped,
        "figures": len(figures(draft.text)),
        "unsupported": len(draft.details.get("findings", ())),
        "text": draft.text,
    }


async def single(chat: ChatClient, whole: str) -> dict[str, Any]:
    """The whole report in one prompt, as somebody would paste it into a bare chat."""
    begin, first, text = time.perf_counter(), 0.0, ""
    try:
        messages = [{"role": "user", "content": NAIVE + whole}]
        async for delta in chat.chat(messages, max_tokens=400, temperature=0.0, seed=1):
            first = first or time.perf_counter() - begin
            text += delta.text
    except ContextTooLong as problem:
        return {"naive": problem.sentence("en")}
    wrong = unsupported(check(text, [whole]))
    return {
        "naive_first_word_seconds": round(first, 1),
        "naive_whole_seconds": round(time.perf_counter() - begin, 1),
        "naive_figures": len(figures(text)),
        "naive_unsupported": len(wrong),
        "naive_pages_cited": 0,
        "naive_text": text,
    }


def compared(mapped: dict[str, Any], naive: dict[str, Any]) -> dict[str, Any]:
    if "naive_whole_seconds" not in naive:
        return {}
    return {
        "whole_to_naive": round(mapped["whole_seconds"] / naive["naive_whole_seconds"], 2),
        "first_to_naive": round(mapped["first_section_seconds"] / naive["naive_first_word_seconds"], 2),
    }


def measure(given: argparse.Namespace) -> dict[str, Any]:
    name, model = fetched("chat", given.model, "starter-chat", "small-chat")
    parts = report(given.document, given.pages)
    spec = {"id": name, "path": str(model.resolve()), "sha256": sha256_of(model), "kind": "chat"}
    with trial(spec | {"context": given.context, "slots": 1}, instance=given.instance) as engine:
        told = asyncio.run(measured(engine, parts, given))
    characters = sum(len(part["text"]) for part in parts)
    return {"model": name, "pages": given.pages, "characters": characters, "level": given.level, **told}


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("--document", type=Path)
    options.add_argument("--pages", type=int, default=20)
    options.add_argument("--level", choices=["lignes", "demi", "pages"], default="demi")
    options.add_argument("--model")
    options.add_argument("--instance", type=Path, help="use the engine built there")
    options.add_argument("--context", type=int, default=24_576)
    options.add_argument("--no-naive", action="store_true")
    finish("summary", measure(options.parse_args()))


if __name__ == "__main__":
    main()
