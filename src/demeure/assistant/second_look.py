"""Documents read whole, of which the model says that it found nothing: it is asked once more, of the lines that
speak of the question. A small model overlooks one line among six thousand tokens, and nobody checks a « non ».

Its first answer is held back only as long as it may be that sentence, and where another look may find: any other
streams at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from demeure.assistant import prices, prompt, subjects
from demeure.assistant.composed import composed
from demeure.assistant.families import kin
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Stems
from demeure.assistant.work import Work
from demeure.engine import Delta, Engine
from demeure.journal import Journal
from demeure.settings import Settings

HELD = 0.3
"""Share of the words of the question that one passage must hold: with fewer, « pas trouvé » is most often true."""
ANYBODY = (
    "habitants familles usagers personnes gens administrés citoyens particuliers clients parents people users "
    "commune mairie ville entreprise town company"
)
"""Whoever it is for, and the house itself: documents that say « vous », « nous » or nothing hold the answer all the
same."""


@dataclass(frozen=True)
class Looking:
    """What it takes."""

    engine: Engine
    journal: Journal
    settings: Settings
    stems: Stems

    async def over(
        self, work: Work, first: Callable[[], AsyncGenerator[Delta]], how: Mapping[str, Any]
    ) -> AsyncGenerator[Delta]:
        """What ``first()`` gives; when all that it says is that it found nothing, the answer to the same question,
        of the lines of ``work.whole`` that speak of it, if some do. Raises as the engine's ``chat``, and the
        journal's errors."""
        held: list[Delta] = []
        said, found, worth, built = "", False, None, None
        async with aclosing(first()) as answer:
            async for delta in answer:
                said += delta.text
                held.append(delta)
                found = found or not prompt.may_say_not_found(said)
                if not found and worth is None and prompt.says_something(said):
                    worth = self._useful(work)
                    found = not worth
                if not found and (prompt.opens_not_found(said) or delta.finish):
                    built = self._built(work)
                    if built is not None:
                        break  # the end of that sentence is not waited for
                    found = True
                if found:
                    for one in held:
                        yield one
                    held.clear()
        if built is None:
            return
        async with aclosing(self._again(work, built, how)) as answer:
            async for delta in answer:
                yield delta

    async def _again(self, work: Work, built: prompt.Prompt, how: Mapping[str, Any]) -> AsyncGenerator[Delta]:
        """The journal has the prompt and the call before the model."""
        messages = [dict(message) for message in built.messages]
        await asyncio.gather(
            self.journal.record(work.draft("input", "prompt-built", {"messages": messages})),
            self.journal.record(work.call()),
        )
        async with aclosing(self.engine.chat(built.messages, **how)) as answer:
            async for delta in answer:
                yield delta

    def _useful(self, work: Work) -> bool:
        """Do the documents name all the things of the question, and does one passage hold enough of what it is
        about? « La piscine ouvre le mercredi ? »: without a pool, what opens on Wednesdays would be told."""
        words, anybody = subjects.words(work.looked_for, self.stems), set(self.stems(ANYBODY))
        asked = set(words) - anybody or set(words)
        things = set(subjects.nouns(work.looked_for, self.stems)) - anybody or asked
        hits = work.whole.hits if work.whole is not None else ()
        told = (f"{hit.document}\n{hit.context}\n{hit.text}".replace("-", " ") for hit in hits)
        held = [frozenset(self.stems(one)) for one in told]
        among = [frozenset(one for one in asked | things if one in some or kin(one, some)) for some in held]
        most = max((len(asked & some) for some in among), default=0)
        return bool(asked) and things <= frozenset[str]().union(*among) and most >= HELD * len(asked)

    def _built(self, work: Work) -> prompt.Prompt | None:
        """As of a search: the numbers are those of the whole, whose sources are shown."""
        hits = work.whole.hits if work.whole is not None else ()
        order = sorted(range(len(hits)), key=lambda at: -hits[at].score)[: self.settings.passages]
        best, limit = [hits[at] for at in order], prompt.characters_about(self.settings.prompt_tokens)
        read = extracts_of(work.looked_for, best, work.spoken, self.stems, limit)
        extracts = [replace(one, number=order[one.number - 1] + 1) for one in read]
        priced = not prices.asked_for(work.looked_for) or any(prices.answers(one.text) for one in extracts)
        if not extracts or not priced:
            return None
        return composed(work, extracts, self.settings, len(best))
