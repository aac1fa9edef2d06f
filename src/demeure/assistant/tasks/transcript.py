"""A transcript as text: paragraphs that begin with their time, a speaker when one was named by hand, figures to
check. Pure.

    [12:31] **Claire Morvan** : Le devis est de 4 200 euros [à vérifier].
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from demeure.assistant import grounding
from demeure.assistant.tasks.checking import TO_CHECK
from demeure.workshop import Said

_KINDS = frozenset({"amount", "quantity", "percent", "date", "year", "weekday", "hour", "time"})
"""What a recognition model gets wrong without a sign of it."""

_JOINED = frozenset({"number", "duration"})
"""Marked with what they touch only (« 15 euros 50 »)."""

_PAUSE, _LONGEST = 2_000, 700
"""Milliseconds of silence, or characters, after which a paragraph ends with its sentence."""

_PARAGRAPH = re.compile(
    r"\[(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\][ \u00a0]?(?:\*\*([^*\n]{1,80})\*\*[ \u00a0]?:[ \u00a0]?)?"
)
_ENDS = (".", "?", "!", "…", "»")
SPEAKER = 80


@dataclass(frozen=True)
class Paragraph:
    """``at``: milliseconds, None for a paragraph without a time (written by hand)."""

    at: int | None
    text: str
    speaker: str = ""

    def written(self) -> str:
        """As it stands in the text."""
        if self.at is None:
            return self.text
        named = f"**{self.speaker}** : " if self.speaker else ""
        return f"[{clock(self.at)}] {named}{self.text}"

    def plain(self) -> str:
        """As another task reads it: who speaks, without the signs of emphasis nor the time."""
        return f"{self.speaker} : {self.text}" if self.speaker else self.text


def clock(milliseconds: int) -> str:
    """« 12:31 », « 1:02:31 »."""
    seconds = milliseconds // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def kept(said: Sequence[Said]) -> str:
    """The words of a window, as a part of a draft keeps them."""
    return json.dumps([[one.start, one.end, one.text] for one in said], ensure_ascii=False)


def brought(text: str) -> list[Said]:
    """The same, read back."""
    return [Said(*one) for one in json.loads(text)] if text else []


def paragraphs(
    windows: Sequence[tuple[int, Sequence[Said]]], language: str, known: dict[str, str] | None = None
) -> list[Paragraph]:
    """(beginning in milliseconds, words) of each window, as paragraphs with their figures marked. ``known``:
    what was marked already, by whom asks again and again."""
    found: list[Paragraph] = []
    ended = 0
    for at, said in windows:
        for one in said:
            start = at + one.start
            last = found[-1] if found else None
            whole = last is not None and last.text.endswith(_ENDS)
            if last is None or (whole and (start - ended > _PAUSE or len(last.text) > _LONGEST)):
                found.append(Paragraph(start, one.text))
            else:
                found[-1] = replace(last, text=f"{last.text} {one.text}")
            ended = at + one.end
    known = {} if known is None else known
    for told in found:
        if told.text not in known:
            known[told.text] = marked(told.text, language)
    return [replace(one, text=known[one.text]) for one in found]


def marked(text: str, language: str) -> str:
    """``text`` with a mark after each amount, quantity, percentage, date and time of day."""
    small = text.lower() if len(text.lower()) == len(text) else text  # « Deux mille euros » opens its sentence
    found = sorted((one.start, one.end, one.kind) for one in grounding.check(small, [], "", []))
    ends: list[int] = []
    for start, end, kind in found:
        touches = bool(ends) and start - ends[-1] <= 2 and not text[ends[-1] : start].strip()
        if touches and kind in _KINDS | _JOINED:
            ends[-1] = end
        elif kind in _KINDS:
            ends.append(end)
    for end in reversed(ends):
        text = f"{text[:end]} [{TO_CHECK[language]}]{text[end:]}"
    return text


def written(told: Sequence[Paragraph]) -> str:
    """The whole text."""
    return "\n\n".join(one.written() for one in told)


def read(text: str) -> list[Paragraph]:
    """The paragraphs of a text that people may have changed."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        head = _PARAGRAPH.match(block)
        if head is None:
            found.append(Paragraph(None, block.strip()))
            continue
        hours, minutes, seconds = (int(one or 0) for one in head.group(1, 2, 3))
        at = ((hours * 60 + minutes) * 60 + seconds) * 1000
        found.append(Paragraph(at, block[head.end() :].strip(), (head[4] or "").strip()))
    return [one for one in found if one.text or one.speaker]


def speakers(told: Sequence[Paragraph]) -> list[str]:
    """Those that are named, in the order they first speak."""
    return list(dict.fromkeys(one.speaker for one in told if one.speaker))


def named(told: Sequence[Paragraph], given: Mapping[int, str], everywhere: Mapping[str, str]) -> list[Paragraph]:
    """Speakers by hand: ``given`` by paragraph, then ``everywhere`` one name for another."""
    found = []
    for at, one in enumerate(told):
        speaker = _name(given.get(at, one.speaker))
        found.append(replace(one, speaker=_name(everywhere.get(speaker, speaker)) if one.at is not None else ""))
    return found


def _name(given: str) -> str:
    """One line, without the signs that set a name apart."""
    return " ".join("".join(c for c in given if c.isprintable() and c not in "*[]_`<>").split())[:SPEAKER]
