"""Which source supports which sentence: shared words, and figures. Pure; no model."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from demeure.assistant.grounding.plain import parted

FIGURE = re.compile(r"\d{1,2}\s?[h:]\s?\d\d(?!\d)|\d+(?:[\s.,’']\d{3})*(?:[.,:h]\d+)?")
_AMOUNT = re.compile(r"\d[\d\s.,]*(?:€|euros?\b|£|\$)|[€£$]\s?\d[\d.,]*", re.IGNORECASE)
_MARKER = re.compile(r"\[\d{1,3}\]")
_WORD = re.compile(r"[^\W_]{4,}")
_SPELLED = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"[«“](.{8,}?)[»”]", re.DOTALL)
_ALONE = 3  # words of an answer that only names something
_NOTHING = 0.1  # share of its weight
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


def plain(text: str) -> str:
    """NFKC, case folded, every run of white space (no-break included) one space."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def figures(text: str) -> list[str]:
    """Numbers without thousands separators: « 12 480,50 » → ``12480.5``; « 9 h 45 » → ``9h45``, one figure. List
    numbering is not a figure."""
    body = re.sub(r"(?m)^\s*\d{1,2}[.)]\s", " ", parted(_MARKER.sub(" ", unicodedata.normalize("NFKC", text))))
    return [_canonical(found) for found in FIGURE.findall(body)]


def amounts(text: str) -> set[str]:
    """The prices of ``text``, in the form of ``figures``."""
    found = (figures(one[0]) for one in _AMOUNT.finditer(parted(unicodedata.normalize("NFKC", text))))
    return {each[-1] for each in found if each}


def _canonical(figure: str) -> str:
    if clock := re.fullmatch(r"(\d{1,2})\s?[h:]\s?(\d\d)", figure):
        return f"{int(clock[1])}h{clock[2]}"
    joined = re.sub(r"[\s’'](?=\d{3})|\.(?=\d{3}(?:\D|$))", "", figure).replace(",", ".")
    return joined.rstrip("0").rstrip(".") if "." in joined else joined


def supporting(answer: str, passages: Sequence[str], least: float = 0.3) -> tuple[int, ...]:
    """Numbers (from 1) of the passages that best cover the answer's sentences: shared words, figures count thrice.

    ``least``: share of a sentence's weight that its best passage must hold. Used when the model wrote no marker.
    """
    found: list[int] = []
    for sentence in _SENTENCE.split(_MARKER.sub(" ", answer)):
        shares = _shares(sentence, passages)
        best = max(range(len(shares)), key=shares.__getitem__, default=0)
        if shares and shares[best] >= least and best + 1 not in found:
            found.append(best + 1)
    return tuple(found)


def corrected(
    said: str,
    numbers: Sequence[int],
    passages: Sequence[str],
    asked: str = "",
    read: Mapping[int, str] | None = None,
    margin: float = 0.2,
) -> tuple[int, ...]:
    """``numbers`` (from 1) that a model put after ``said``; where another passage holds clearly more of it (by
    ``margin`` of its weight), that one instead. The quotation, when there is one, decides: passages that hold it
    word for word come before those that only hold its words. A name or a figure told alone is in several: of those
    whose lines were ``read`` (by number), the one that speaks most of what was ``asked``. None where no passage
    holds next to anything of a figure or a quotation: it is marked instead."""
    quoted = _QUOTED.findall(said)
    if quoted and (whole := _holding(quoted[-1], passages)):
        return tuple(n for n in dict.fromkeys(numbers) if n in whole) or (whole[0],)
    shares = _shares(quoted[-1] if quoted else said, passages)
    if not shares:
        return tuple(numbers)
    best = max(range(len(shares)), key=shares.__getitem__)
    if shares[best] < _NOTHING and (quoted or figures(said)):
        return ()
    holding = [n for n in read or () if n <= len(shares) and shares[n - 1] == shares[best]]
    if len(holding) > 1 and not quoted and len(_WORD.findall(said)) <= _ALONE:
        spoken = _shares(asked, [(read or {})[n] for n in holding])
        return (holding[max(range(len(spoken)), key=spoken.__getitem__)],) if spoken else tuple(numbers)
    kept = tuple(n for n in dict.fromkeys(numbers) if shares[n - 1] + margin >= shares[best])
    return kept or (best + 1,)


def _holding(quotation: str, passages: Sequence[str]) -> list[int]:
    """Numbers (from 1) of the passages that hold ``quotation`` word for word, signs and spaces apart."""
    wanted = _bare(quotation)
    return [n for n, passage in enumerate(passages, 1) if wanted and wanted in _bare(passage)]


def _bare(text: str) -> str:
    return " ".join(["", *_SPELLED.findall(plain(text)), ""])


def _shares(said: str, passages: Sequence[str]) -> list[float]:
    """For each passage, the share of the weight of ``said`` that it holds; empty when ``said`` weighs nothing."""
    wanted = _weights(said)
    total = sum(wanted.values())
    held = [_weights(p) for p in passages] if total else []
    return [sum(w for term, w in wanted.items() if term in h) / total for h in held]


def _weights(text: str) -> dict[str, float]:
    words = {w: 1.0 for w in _WORD.findall(plain(text)) if not w.isdigit()}
    return words | dict.fromkeys(figures(text), 3.0)
