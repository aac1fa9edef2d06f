"""What is told without a model: to what is said to the assistant itself, and when the base has no answer."""

from collections.abc import AsyncGenerator

from demeure.assistant import asides, numbered, prompt
from demeure.assistant.tongue import asked_in
from demeure.assistant.work import Work
from demeure.engine import Delta


async def declined(work: Work, organisation: str) -> AsyncGenerator[Delta]:
    """The answer to what is said to the assistant itself, or when the base has none: no model invents one."""
    told = work.aside and asides.reply(work.aside, organisation, work.model)
    quotes = [source.quote for source in work.sources]
    found_in = asked_in(" ".join(quotes[:3]), work.spoken)
    otherwise = numbered.absent(work.looked_for, quotes)
    yield Delta(told or prompt.not_found(work.spoken, found_in, otherwise.listed if otherwise else ()), "stop")
