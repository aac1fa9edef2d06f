"""Who was at a meeting, as its text says: lists after « Présents : », speakers before a colon. Pure.

What is found is written as in the text; a name that no list nor label holds is not guessed.
"""

import re
from dataclasses import dataclass

MOST = 120
_LABELS = {
    "present": r"(?:[ée]taient\s+)?pr[ée]sent(?:e|es|s|\(e\)s|·e·s)?|ont\s+assist[ée]|participants?|present",
    "absent": r"(?:[ée]taient\s+)?(?:absent|excus[ée])(?:e|es|s|\(e\)s|·e·s)?"
    r"(?:\s+(?:ou|et)\s+(?:absent|excus[ée])\w*)?"
    r"|apologies|absent",
    "secretary": r"secr[ée]taire(?:\s+de\s+s[ée]ance)?|secretary",
    "chair": r"pr[ée]sident(?:e)?(?:\s+de\s+s[ée]ance)?|pr[ée]sidence|chair",
}
_LISTS = {
    kind: re.compile(
        rf"(?im)(?:^|(?<=[.;!?] ))\W{{0,4}}(?:{label})\W{{0,3}}\s?:[ \t]*(?P<said>[^\n]*(?:\n[ \t]*[-–•*][^\n]*)*)"
    )
    for kind, label in _LABELS.items()
}
_TIME = r"\[?\(?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?\)?\]?"
_TIMED = re.compile(rf"(?m)^\s*{_TIME}")
_CIVIL = r"(?:M\.|Mme|Mlle|Mrs|Mr|Dr)?"
_SPEAKER = re.compile(
    rf"(?m)^\s*(?:{_TIME}\s*[-–]?\s*)?"
    rf"\*{{0,2}}(?P<who>{_CIVIL}\s?[A-ZÀ-Þ][\w’'-]*(?:\s[A-ZÀ-Þd][\w’'-]*){{0,3}})\*{{0,2}}\s?:\s+\S"
)
_NOT_A_SPEAKER = re.compile(
    r"^(?:ordre du jour|objet|date|lieu|d[ée]cisions?|votes?|actions?|points?|questions?|r[ée]ponses?|note|nb|"
    r"quorum|"
    r"pouvoirs?|procurations?|montant|budget|total|s[ée]ance|r[ée]union|conclusion|suite|horaires?|agenda|decisions?|"
    r"[ée]taient pr[ée]sents|pr[ée]sent\w*|absent\w*|excus\w*|secr[ée]taire\w*|pr[ée]siden\w*|participants?)$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*[,;\n]\s*(?:[-–•*]\s*)?|\s+(?:et|and)\s+(?=[A-ZÀ-Þ])")


@dataclass(frozen=True)
class Attendance:
    """Names as they are written. ``secretary``, ``chair``: empty when nobody is named so."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    secretary: str = ""
    chair: str = ""
    speakers: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that are named."""
        single = [one for one in (self.secretary, self.chair) if one]
        return (*self.present, *self.absent, *self.speakers, *single)


def read(text: str) -> Attendance:
    """As ``text`` says."""
    found = {kind: _listed(pattern, text) for kind, pattern in _LISTS.items()}
    spoke = (" ".join(one["who"].split()) for one in _SPEAKER.finditer(text))
    speakers = tuple(dict.fromkeys(who for who in spoke if not _NOT_A_SPEAKER.match(who)))[:MOST]
    return Attendance(
        found["present"],
        found["absent"],
        next(iter(found["secretary"]), ""),
        next(iter(found["chair"]), ""),
        speakers,
    )


def timed(text: str) -> bool:
    """Its lines begin with times, as a transcript's do."""
    return len(_TIMED.findall(text)) >= 3


def _listed(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    names: list[str] = []
    for found in pattern.finditer(text):
        names += [one.strip(" .-–•*\t") for one in _BETWEEN.split(found["said"])]
    return tuple(dict.fromkeys(one for one in names if 1 < len(one) <= 80))[:MOST]
