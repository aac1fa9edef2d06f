"""What a draft still has to be checked for: « à vérifier » behind a figure that was heard and not read, wherever a
text holds the words; what its grounding found. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.tasks.rows import DraftRow

TO_CHECK = {"fr": "à vérifier", "en": "to be checked"}
_MARK = re.compile(rf"[ \u00a0\u202f]?[\[(](?:{'|'.join(TO_CHECK.values())})[\])]")


def bare(text: str) -> str:
    """Without its marks: whoever reads it marks it again."""
    return _MARK.sub("", text)


def marks(text: str) -> int:
    """How many figures of ``text`` are still to be checked."""
    return len(_MARK.findall(text))


def counted(report: Sequence[Mapping[str, Any]], text: str) -> list[Mapping[str, Any]]:
    """``report`` once its author changed ``text``: a mark that they took away is told no more."""
    left, told = marks(text), list[Mapping[str, Any]]()
    for block in report:
        if block["kind"] == "transcript":
            told.append({**block, "checks": left})
        elif block["kind"] == "to_check":
            told += [{**block, "number": left}] if left else []
        else:
            told.append(block)
    return told


def findings_of(draft: DraftRow) -> tuple[grounding.Finding, ...]:
    """As kept with a draft; none once its author has changed its words."""
    if draft.by_hand:
        return ()
    return tuple(grounding.Finding(**told) for told in draft.details.get("findings", ()))
