"""What is told without the model, word for word, of what was found: a small one would make up the rest."""

from collections.abc import Sequence

from demeure.assistant import every_price, headed, opening, partwise, phones, unsaid, where
from demeure.assistant.units import Stems
from demeure.assistant.work import Work
from demeure.library import Hit


def told(work: Work, hits: Sequence[Hit], stems: Stems) -> str:
    """The answer, with its source; empty when the model is to be asked. Another engine (through.py) always is."""
    if work.through is not None:
        return ""
    if not work.searched and (said := partwise.told(work.question, work.absent, hits, stems, work.spoken)):
        return said
    if not work.searched and (said := unsaid.quoted(work.looked_for, work.read, hits, stems, work.spoken)):
        return said
    asked = (work.looked_for, hits, stems, work.spoken)
    return (
        opening.told(*asked)
        or phones.told(*asked)
        or every_price.told(*asked)
        or headed.told(*asked)
        or where.told(*asked)
    )
