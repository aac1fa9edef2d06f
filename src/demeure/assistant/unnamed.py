"""Names that nothing read holds: of a question (« préparé par Mme Roc »), said beside the answer; of a sentence of
it, which then bears no number of a source. In French: English writes many words with a capital. Pure."""

from collections.abc import Iterable, Sequence

from demeure.assistant import grounding, prompt
from demeure.assistant.grounding.names import name_words

_MOST = 2


def known(texts: Iterable[str]) -> frozenset[str]:
    """The words of ``texts``, as names are compared."""
    return frozenset(word for text in texts for word in name_words(text))


def absent(said: str, held: frozenset[str]) -> list[str]:
    """The names of people and places in ``said`` of which ``held`` has no word; an acronym is none."""
    claims = grounding.claims_of(grounding.source_text(said), named=True)
    names = [one for one in claims if one.kind == "name" and held.isdisjoint(str(one.value).split())]
    return list(dict.fromkeys(one.said for one in names))


def without(text: str, held: frozenset[str]) -> str:
    """``text`` less its lines that bear such a name."""
    return "\n".join(line for line in text.split("\n") if not absent(line, held))


def told(question: str, held: frozenset[str]) -> str:
    """What is added to an answer to ``question``; empty when all its names are there."""
    names: Sequence[str] = absent(question, held)[:_MOST]
    return "\n\n" + prompt.UNNAMED.format(names=", ".join(f"« {name} »" for name in names)) if names else ""
