"""The section that alone names what is asked about in its heading: « Allergies et régimes », of the rules of a
canteen whose other sections speak of children and meals too. They are not read; and where the question is what to
do, the section itself answers, word for word: a small model takes one of its sentences, and not the rule. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import asking, durations, prices, prompt, subjects
from demeure.assistant.families import kin
from demeure.assistant.units import Stems, Told, sentences
from demeure.library import Hit

_WHAT_TO_DO = re.compile(
    r"\b(?:que|quoi) (?:faut-il |dois-je |doit-on |devons-nous |peut-on |puis-je )?faire\b"
    r"|\bcomment (?:faire|(?:ça|cela) se passe|procéder|s['’]y prendre|dois-je faire|faut-il faire)\b"
    r"|\bqu['’]est-il prévu\b|\bque (?:prévoit|prévoient|se passe-t-il|dit|disent|dois-je|doit-on)\b"
    r"|\bqu['’]est-ce qui est prévu\b|\bwhat (?:should|must|do|can) (?:i|we) do\b|\bwhat happens\b",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\b(?:et|ou|and|or) (?:qui|quand|où|combien|comment|quel|who|when|where|how|which|what)", re.IGNORECASE
)
_ENDED = re.compile(r"[.!?…:;][»”\"’')\]\s]*$")
_NUMBER = re.compile(
    r"^(?:article|art|chapitre|section|titre|annexe)?\W*[\dIVXivx]+(?:\.\d+)*[.)]?\s*$", re.IGNORECASE
)
_LEADING = re.compile(
    r"^(?:(?:article|chapitre|section|titre|annexe)\s+)?\d+(?:\.\d+)*(?:er)?[.)]?\s", re.IGNORECASE
)
_FIGURE = re.compile(r"\d|\|")
_WIDE = 100
_MOST = 600  # characters of a section that is told whole


def apart(question: str, passages: Sequence[Told], stems: Stems) -> set[int]:
    """Sections to leave aside: of the document of the one that alone names what is asked about, those that hold
    only a part of what it holds of the question."""
    at = _alone(question, passages, stems)
    if at is None:
        return set()
    words = subjects.words(question, stems)
    best, path = _held(words, _all(passages[at], stems)), _path(passages[at])
    return {
        n
        for n, told in enumerate(passages)
        if told.document == passages[at].document and _path(told) != path and _held(words, _all(told, stems)) < best
    }


def told(question: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """That section, with its source, when ``question`` asks what to do; empty otherwise, or when it is long."""
    if not _WHAT_TO_DO.search(question) or len(asking.parts(question)) > 1 or _AND.search(question):
        return ""
    at = _alone(question, [Told(hit.document_id, hit.context, hit.text) for hit in hits], stems)
    if at is None or any(hit.place == hits[at].place and hit is not hits[at] for hit in hits):
        return ""
    heading = _words(_path(Told("", hits[at].context, hits[at].text)))
    lines = [
        line
        for line in sentences(hits[at].text)
        if not _NUMBER.match(line) and not (set(_words(line)) <= set(heading))
    ]
    text = "\n".join(lines)
    if not lines or len(text) > _MOST or not all(map(_ENDED.search, lines)):
        return ""
    return prompt.LINE[spoken].format(line=" ".join(lines), number=at + 1)


def _alone(question: str, passages: Sequence[Told], stems: Stems) -> int | None:
    """The best passage whose own heading has a word of ``question`` that no passage under another heading holds."""
    if prices.asked_for(question) or durations.asked_for(question):
        return None
    words = subjects.words(question, stems)
    paths = [_path(told) for told in passages]
    own = {path: _held(words, frozenset(stems(path))) for path in dict.fromkeys(paths)}
    for n, path in enumerate(paths):
        left = own[path]
        for other, told in zip(paths, passages, strict=True):
            left = left - _held(list(left), _all(told, stems)) if left and other != path else left
        if left:
            return n
    return None


def _held(words: Sequence[str], held: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word in held or kin(word, held))


def _all(told: Told, stems: Stems) -> frozenset[str]:
    return frozenset(stems(f"{told.context}\n{told.text}"))


def _path(told: Told) -> str:
    """Its own heading, which opens its text or ends its context; empty of a document without any."""
    first = told.text.partition("\n")[0].strip()
    if len(first) <= _WIDE and not _ENDED.search(first) and not _FIGURE.search(_LEADING.sub("", first)):
        return first
    return told.context.rpartition("›")[2].strip() if "›" in told.context else ""


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
