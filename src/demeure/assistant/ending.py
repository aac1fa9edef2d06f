"""What is added to an answer once its words are told: what it leaves out, and what other documents say instead."""

from collections.abc import Sequence

from demeure.assistant import differing, excluded, listing, missing, prompt, unnamed
from demeure.assistant.citations import announced
from demeure.assistant.units import Stems
from demeure.assistant.work import Work


def of(work: Work, cited: Sequence[int], stems: Stems) -> str:
    """To show after the words of ``work``, which cite ``cited``; empty when there is nothing to add."""
    lines = announced(work.shown, work.read, cited) or (listing.others(work) if work.called else "")
    if work.called and not work.searched and not lines:
        lines += differing.told(work.looked_for, work.shown, work.sources, cited, stems, work.spoken)
    if work.called:
        lines += excluded.told(work.looked_for, work.shown, work.sources, cited, stems, work.spoken)
    if work.mailed:
        return lines  # an e-mail asks in its own way
    if work.called and work.spoken == "fr" and not prompt.says_not_found(work.shown):
        lines += unnamed.told(work.looked_for, work.words_read)
    return lines + missing.told(work.question, work.absent, work.shown, stems, work.spoken)
