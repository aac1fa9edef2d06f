"""Personal data in a text: what is there, where, and why it is said so. Pure: no store, no wire, no model.

``examine(text)`` gives detections. See docs/personal-data.md for what each kind is and how well it is found. Rules
and lists are loaded at the first examination: most processes only name kinds.
"""

from collections.abc import Sequence

from demeure.personal.detection import CHECKED, EDITION, KINDS, SENSITIVE, SURE, Detection, Kind
from demeure.personal.explaining import explained, kind_name, reasons

__all__ = ["CHECKED", "EDITION", "KINDS", "SENSITIVE", "SURE", "Detection", "Kind"]
__all__ += ["counts", "examine", "examine_together", "explained", "kind_name", "prepare", "reasons"]


def examine(text: str, *, with_names: bool = True, sure: float = SURE) -> list[Detection]:
    """What ``text`` holds, in its order, none touching another; words of health and unions may lie anywhere.
    ``sure``: the least confidence."""
    from demeure.personal import examining

    return examining.examine(text, with_names=with_names, sure=sure)


def examine_together(texts: Sequence[str], known: dict[str, str] | None = None) -> list[list[Detection]]:
    """As ``examine``, of several texts that are read together: a name that one of them tells is known in all.
    ``known``: words of names told before, to which theirs are added."""
    from demeure.personal import examining

    return examining.examine_together(texts, known)


def counts(found: Sequence[Detection]) -> dict[Kind, int]:
    """How many different values of each kind: the same telephone written twice is one."""
    from demeure.personal import examining

    return examining.counts(found)


def prepare() -> None:
    """Loads rules and lists now (10 MB): forks then share them."""
    from demeure.personal import examining, words

    words.prepare()
    examining.examine("Mme Claire Durand, 12 rue des Lilas, 29200 Brest")
