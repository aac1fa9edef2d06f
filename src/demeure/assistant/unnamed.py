"""Names that nothing read holds: of a question (« préparé par Mme Roc »), said beside the answer; of a sentence of
it, which then bears no number of a source. In French: English writes many words with a capital. Pure."""

from collections.abc import Callable, Iterable, Sequence

from demeure.assistant import grounding, prompt
from demeure.assistant.grounding.claims import Sheet
from demeure.assistant.grounding.held import held_by
from demeure.assistant.grounding.names import name_words, names

_MOST = 2
Words = Callable[[], frozenset[str]]
"""Gives the words of all that was read, as names are compared: few sentences bear a name, and need them."""


def known(texts: Iterable[str], passages: Iterable[str] = ()) -> frozenset[str]:
    """The words of ``texts``, as names are compared, and those of ``passages``, read once for many answers."""
    told = (held_by(text).sequence if "_" not in text else name_words(text.replace("_", " ")) for text in passages)
    return frozenset(word for text in texts for word in name_words(text)).union(*told)


def absent(said: str, held: Words) -> list[str]:
    """The names of people and places in ``said`` of which ``held`` has no word; an acronym is none."""
    plain = grounding.source_text(said)
    if not any(one.kind == "name" for one in names(Sheet(plain))):
        return []  # what figures and dates take of a text adds no name to it
    found = [one for one in grounding.claims_of(plain, named=True) if one.kind == "name"]
    there = held() if found else frozenset[str]()
    return list(dict.fromkeys(one.said for one in found if there.isdisjoint(str(one.value).split())))


def without(text: str, held: Words) -> str:
    """``text`` less its lines that bear such a name."""
    return "\n".join(line for line in text.split("\n") if not absent(line, held))


def told(question: str, held: Words) -> str:
    """What is added to an answer to ``question``; empty when all its names are there."""
    missing: Sequence[str] = absent(question, held)[:_MOST]
    return "\n\n" + prompt.UNNAMED.format(names=", ".join(f"« {name} »" for name in missing)) if missing else ""
