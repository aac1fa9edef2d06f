"""A received e-mail: who wrote it, what it says itself, what it asks. Pure.

What is found is a reading aid: a request that no question mark nor usual turn announces is not seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from demeure.assistant.grounding import figures

MOST_POINTS = 12

_HEADER = re.compile(
    r"^\**(?:de|from|à|pour|to|cc|cci|bcc|copie|objet|sujet|subject|date|envoyé|sent|reply-to|répondre à)"
    r"\s*:\**\s*(.*)$",
    re.IGNORECASE,
)
_SENDER = re.compile(r"^\**(?:de|from|expéditeur)\s*:\**[ \t]*(?P<who>[^\n]+)", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(r"^\**(?:objet|sujet|subject)\s*:\**[ \t]*(?P<what>.+)$", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(r"^\**(?:de|from)\s*:", re.IGNORECASE)
_WRITER = re.compile(r"^[^<>\n:@]{2,60}<[^<>\s@]+@[^<>\s@]+>$")
_TOLD = re.compile(r"^(?:à|to) [^.?!]{1,40}$|\d{1,2}[:h]\d{2}", re.IGNORECASE)
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>|\[mailto:([^\s\]]+)\]")
_FORWARDED = re.compile(
    r"^\s*-{2,}\s*(?:forwarded message|message transféré|message transmis)\b[\s-]*$", re.IGNORECASE
)
_DEVICE = re.compile(r"^(?:envoyé (?:de|depuis) mon|envoyé à partir d|sent from my) ?.{2,40}$", re.IGNORECASE)
_QUOTED = re.compile(
    r"^\s*>|^\s*-{2,}\s*(?:message d.origine|original message)|^le .{4,80} a écrit\s*:|^on .{4,80} wrote:",
    re.IGNORECASE,
)
_BEGUN = re.compile(r"^(?:le|on) .{4,100}\d.{0,80}$", re.IGNORECASE)
_WROTE = re.compile(r"(?:a écrit\s*|wrote):\s*$", re.IGNORECASE)
_SIGNED = re.compile(
    r"^(?:--|(?:bien )?cordialement|(?:avec )?(?:mes|nos) (?:remerciements|salutations)|sincèrement|"
    r"respectueusement|bonne (?:journée|réception)|merci d.avance|best regards|kind regards|regards|sincerely)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:bonjour|bonsoir|madame|monsieur|chers?|chères?|mesdames|messieurs|hello|hi|dear)\b[^.?!]{0,60}$",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[«A-ZÀ-Þ0-9])|\n+|(?<=;)\s+|^\s*[-–•]\s*", re.MULTILINE)
ASKS = re.compile(
    r"""\b(?: pou(?:rriez|vez)[- ]vous | auriez[- ]vous | avez[- ]vous | est[- ]ce\ que | merci\ de\b(?!\ v[o])
    | je\ (?:souhaite|souhaiterais|voudrais|désire|demande|sollicite|me\ permets\ de\ vous\ demander)
    | j['’]aimerais | nous\ (?:souhaitons|souhaiterions|voudrions|aimerions|demandons)
    | veuillez | faites[- ](?:moi|nous) | dites[- ](?:moi|nous) | indiquez | précisez | envoyez | transmettez
    | (?:could|can|would)\ you | please | i\ would\ like | we\ would\ like | let\ me\ know )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CIVIL = re.compile(
    r"\b(Madame|Mme|Mlle|Monsieur|M\.|Mr|Mrs|Ms|Maître|Me|Docteur|Dr)\s+((?:[A-ZÀ-Þ][\w’'-]+ ?){1,3})"
)
_PARTICLES = frozenset(("Le", "La", "De", "Du", "Des", "Van", "Von", "Ben", "El", "Da", "Di", "Saint"))
_LONG = {"Mme": "Madame", "Mlle": "Madame", "M.": "Monsieur", "Mr": "Monsieur", "Me": "Maître", "Dr": "Docteur"}


@dataclass(frozen=True)
class Received:
    """``sender``: as the message says, empty when it does not, ``address``: theirs; ``subject``; ``body``: its own
    words, without what it quotes; ``points``: what it asks, in order."""

    sender: str
    subject: str
    body: str
    points: tuple[str, ...]
    address: str = ""


def understood(text: str) -> Received:
    """The parts of a pasted (or read) e-mail, as Thunderbird, Outlook, Gmail and Apple Mail let one copy it."""
    every = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    head = _copied(every)
    lines: list[str] = []
    for at, line in enumerate(every[head:], head):
        if _ends(every, at, begun=any(lines)):
            break
        head_of_it = not any(lines) and (_HEADER.match(line.strip()) or _FORWARDED.match(line))
        if not head_of_it and not _DEVICE.match(line.strip()):
            lines.append(line)
    body = "\n".join(lines).strip()
    subject = _SUBJECT.search(text)
    found = _SENDER.search(text)
    said = found["who"] if found else every[0] if head else ""
    address = _ADDRESS.search(said)
    return Received(
        re.split(r"[<\[]", said)[0].strip(' "\t*'),
        subject["what"].strip(" \t*") if subject else "",
        body,
        points(body),
        (address[1] or address[2]) if address else "",
    )


def _copied(lines: Sequence[str]) -> int:
    """How many lines of « Name <address>, day, to whom » stand above a message copied from a web page."""
    if not lines or not _WRITER.match(lines[0].strip()):
        return 0
    told = 1
    while told < min(4, len(lines)) and _TOLD.search(lines[told].strip()):
        told += 1
    return told


def _ends(lines: Sequence[str], at: int, *, begun: bool) -> bool:
    """Does what is quoted begin at this line: a mark, « Le … a écrit : » on one or two lines, another head?"""
    line, after = lines[at], lines[at + 1 : at + 5]
    if _QUOTED.search(line) or (after and _BEGUN.match(line) and _WROTE.search(after[0])):
        return True
    return begun and bool(_BLOCK.match(line.strip())) and sum(bool(_HEADER.match(o.strip())) for o in after) > 1


def points(body: str) -> tuple[str, ...]:
    """The questions and requests of ``body``, each as it is written."""
    found: list[str] = []
    for sentence in SENTENCE.split(_before_signature(body)):
        said = " ".join(sentence.split()).strip("-–• ")
        asks = said.endswith("?") or ASKS.search(said)
        if asks and len(said) >= 12 and said not in found and not _GREETING.match(said):
            found.append(said)
    return tuple(found[:MOST_POINTS])


def _before_signature(body: str) -> str:
    lines = body.split("\n")
    for at, line in enumerate(lines):
        if at and _SIGNED.match(line.strip()) and not line.strip().endswith("?"):
            return "\n".join(lines[:at])
    return body


def greeted(texts: Sequence[str]) -> str:
    """« Madame Ferrand » when one of ``texts`` (a signature, notes) says the civility of whom one writes to."""
    for text in texts:
        if found := _CIVIL.search(text):
            *before, last = found[2].split()
            name = f"{before[-1]} {last}" if before and before[-1] in _PARTICLES else last
            return f"{_LONG.get(found[1], found[1])} {name}"
    return ""


def same_figures(one: str, other: str) -> bool:
    """Whether both texts hold the same figures."""
    return sorted(set(figures(one))) == sorted(set(figures(other)))
