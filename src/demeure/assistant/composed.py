"""The prompt made of the extracts chosen for a question, and what its answer is later compared with."""

from collections.abc import Sequence

from demeure.assistant import prompt
from demeure.assistant.prompt import Extract
from demeure.assistant.wording import words_for
from demeure.assistant.work import Work
from demeure.settings import Settings

TITLE_TOKENS = 40  # at most, beside the lines read of a passage: its document, headings and page


def composed(
    work: Work,
    extracts: Sequence[Extract],
    settings: Settings,
    passages: int,
    before: Sequence[tuple[str, str]] = (),
) -> prompt.Prompt:
    """``passages``: how many the extracts come from; ``before``: see ``prompt.build``. ``work`` learns the words of
    the organisation that are told, the lines that are read, and those that only head a table."""
    work.words = words_for(work.glossary, work.meant, extracts, work.spoken)
    built = prompt.build(
        work.meant,
        extracts,
        words=work.words,
        organisation=settings.organisation,
        language=work.spoken,
        budget=settings.prompt_tokens + TITLE_TOKENS * passages,
        count=prompt.tokens_about,
        before=before,
    )
    read = extracts[: built.extracts]
    work.read = {extract.number: extract.text for extract in read}
    work.heads = tuple(head for extract in read for head in extract.heads)
    return built
