"""Documents read whole, of which the model says that it found nothing: it is asked once more, of the lines that
speak of the question. A small model overlooks one line among six thousand tokens, and nobody checks a « non ».

Its first answer is held back only as long as it may be that sentence: any other streams at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from demeure.assistant import prices, prompt, subjects
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Stems
from demeure.assistant.wording import words_for
from demeure.assistant.work import Work
from demeure.engine import Delta, Engine
from demeure.journal import Journal
from demeure.settings import Settings


async def looked(
    first: Callable[[], AsyncGenerator[Delta]], again: Callable[[], AsyncGenerator[Delta]]
) -> AsyncGenerator[Delta]:
    """What ``first()`` gives; what ``again()`` does instead when all that it says is that it found nothing, unless
    that gives nothing."""
    held: list[Delta] = []
    said, found = "", False
    async with aclosing(first()) as answer:
        async for delta in answer:
            said += delta.text
            held.append(delta)
            found = found or not prompt.may_say_not_found(said)
            if found:
                for one in held:
                    yield one
                held.clear()
    if not held:
        return
    none = True
    async with aclosing(again()) as answer:
        async for delta in answer:
            none = False
            yield delta
    for one in held if none else ():
        yield one


async def again(
    work: Work, engine: Engine, journal: Journal, settings: Settings, stems: Stems, how: Mapping[str, Any]
) -> AsyncGenerator[Delta]:
    """The answer to the same question, of the lines of ``work.whole`` that speak of it; nothing when none does. The
    journal has the prompt and the call before the model. Raises as the engine's ``chat``, and the journal's errors.
    """
    built = _built(work, settings, stems)
    if built is None:
        return
    messages = [dict(message) for message in built.messages]
    await asyncio.gather(
        journal.record(work.draft("input", "prompt-built", {"messages": messages})),
        journal.record(work.call()),
    )
    async with aclosing(engine.chat(built.messages, **how)) as answer:
        async for delta in answer:
            yield delta


def _built(work: Work, settings: Settings, stems: Stems) -> prompt.Prompt | None:
    """As of a search: the numbers are those of the whole, whose sources are shown."""
    asked = set(subjects.words(work.looked_for, stems))
    hits = work.whole.hits if work.whole is not None else ()
    if not any(asked.intersection(stems(f"{hit.context}\n{hit.text}")) for hit in hits):
        return None
    order = sorted(range(len(hits)), key=lambda at: -hits[at].score)[: settings.passages]
    best, limit = [hits[at] for at in order], prompt.characters_about(settings.prompt_tokens)
    read = extracts_of(work.looked_for, best, work.spoken, stems, limit)
    extracts = [replace(one, number=order[one.number - 1] + 1) for one in read]
    if not extracts or (
        prices.asked_for(work.looked_for) and not any(prices.answers(one.text) for one in extracts)
    ):
        return None
    work.words = words_for(work.glossary, work.meant, extracts, work.spoken)
    built = prompt.build(
        work.meant,
        extracts,
        words=work.words,
        organisation=settings.organisation,
        language=work.spoken,
        budget=settings.prompt_tokens,
        count=prompt.tokens_about,
    )
    work.read = {one.number: one.text for one in extracts[: built.extracts]}
    work.heads = tuple(head for one in extracts[: built.extracts] for head in one.heads)
    return built
