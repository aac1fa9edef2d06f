"""« Où se garer ? »: a question of one verb, answered by the lines that hold it, word for word, of each document. A
small model takes the first name of a street for the answer, be it where one may not. Pure."""

import re
from collections.abc import Iterator, Sequence

from demeure.assistant import asking, prompt, subjects
from demeure.assistant.families import kin
from demeure.assistant.sources import FAR
from demeure.assistant.units import Stems, sentences
from demeure.library import Hit

_ASKS = re.compile(
    r"^\W*où (?:est-ce qu[e’'] ?(?:je |on |nous )?)?"
    r"(?:(?:puis-je|peut-on|pouvons-nous|dois-je|doit-on|faut-il|peux|peut|dois|doit)\s)?"
    r"(?:[mst]e |nous |[ms]['’])?[^\W\d_]+(?:er|ir|re)\b"
    r"|^\W*where (?:can|may|should|do|to)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?…][»”\"’')\]\s]*$")
_LINES, _OF_ONE, _WIDE = 5, 2, 300
"""Lines told at most, of one document, characters of one."""


def _sentences(text: str) -> Iterator[str]:
    """With the rest of those that the line of a page cuts."""
    pieces = sentences(text)
    for line, then in zip(pieces, [*pieces[1:], ""], strict=True):
        yield line if _ENDED.search(line) else f"{line} {then}"


def told(question: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The sentences, with their sources; empty when ``question`` is another, or when none holds its word."""
    words = subjects.words(question, stems) if _ASKS.match(question) and len(asking.parts(question)) == 1 else []
    if len(words) != 1:
        return ""
    lines: list[tuple[str, str, int]] = []
    top = max((hit.score for hit in hits), default=0.0)
    for number, hit in enumerate(hits, 1):
        for line in _sentences(hit.text) if hit.score > top - FAR else ():
            held = frozenset(stems(line)) if len(line) <= _WIDE and _ENDED.search(line) else frozenset[str]()
            of_it = sum(document == hit.document_id for document, _, _ in lines)
            if (words[0] in held or kin(words[0], held)) and of_it < _OF_ONE:
                lines.append((hit.document_id, line, number))
    quote = {"fr": "\n- « {} » [{}]", "en": "\n- “{}” [{}]"}[spoken]
    told_of = "".join(quote.format(line, number) for _, line, number in lines[:_LINES])
    return f"{prompt.WHERE[spoken]}{told_of}" if told_of else ""
