"""What is told without a model: to what is said to the assistant itself, the rows of a table asked for whole, what
is said of a thing whose delay is not, and when the base has no answer."""

from collections.abc import AsyncGenerator

from demeure.assistant import asides, listing, numbered, prompt
from demeure.assistant.tongue import asked_in
from demeure.assistant.work import Work
from demeure.engine import Delta


async def told(work: Work, organisation: str) -> AsyncGenerator[Delta]:
    """The answer to what is said to the assistant itself, a table's own rows, or that the base has none: no model
    invents one."""
    if work.found:
        yield Delta(listing.whole_table(work) or work.unsaid, "stop")
        return
    said = work.aside and asides.reply(work.aside, organisation, work.model)
    quotes = [source.quote for source in work.sources]
    found_in = asked_in(" ".join(quotes[:3]), work.spoken)
    otherwise = numbered.absent(work.looked_for, quotes)
    yield Delta(said or prompt.not_found(work.spoken, found_in, otherwise.listed if otherwise else ()), "stop")
