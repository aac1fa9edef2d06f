"""A received e-mail: who wrote it, what it says itself, what it asks; and which of these a draft left unanswered.
Pure.

What is found is a reading aid: a request that no question mark nor usual turn announces is not seen.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demeure.assistant import asking, prices
from demeure.assistant.families import kin
from demeure.assistant.grounding import figures

Stems = Callable[[str], list[str]]
MOST_POINTS = 12
BARE = 2
"""Words of a question that says nothing but what it asks for: « Quand viendrez-vous ? »."""
ANSWERED = 0.4
"""Share of the words of a request that one sentence of the draft, with its neighbour, must take up."""

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
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[«A-ZÀ-Þ0-9])|\n+|(?<=;)\s+|^\s*[-–•]\s*", re.MULTILINE)
_ASKS = re.compile(
    r"""\b(?: pou(?:rriez|vez)[- ]vous | auriez[- ]vous | avez[- ]vous | est[- ]ce\ que | merci\ de\b(?!\ v[o])
    | je\ (?:souhaite|souhaiterais|voudrais|désire|demande|sollicite|me\ permets\ de\ vous\ demander)
    | j['’]aimerais | nous\ (?:souhaitons|souhaiterions|voudrions|aimerions|demandons)
    | veuillez | faites[- ](?:moi|nous) | dites[- ](?:moi|nous) | indiquez | précisez | envoyez | transmettez
    | (?:could|can|would)\ you | please | i\ would\ like | we\ would\ like | let\ me\ know )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_WHEN = re.compile(
    r"\b(?:quand|quels? (?:(?:est|sont) (?:le |les |vos )?)?(?:jours?|horaires?)|quelles? heures?"
    r"|quelles? (?:(?:est|sont) (?:la |les |vos )?)?dates?|combien de temps|when|how long|what time)\b",
    re.IGNORECASE,
)
_MUCH = re.compile(r"\b(?:combien|quelle quantité|quel prix|quel tarif|how much|how many)\b", re.IGNORECASE)
_DATED = re.compile(
    r"\b\d{1,2}(?:er)?\s+(?:janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc|jan|feb|mar|apr|may|jun|jul|aug|sep|dec)"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|mois|jours?|demain|heures?)\b|\b\d{1,2}\s?h\b",
    re.IGNORECASE,
)
_HAILS = re.compile(r"^(?:bonjour|bonsoir|madame|monsieur|hello|hi|dear)\b[^,.?!]{0,40},\s*", re.IGNORECASE)
_SAYING = re.compile(
    r"\b(?:dire|savoir|indiquer|préciser|connaître|informer|confirmer|répondre|merci|tell|know|say|confirm)\b",
    re.IGNORECASE,
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
    for sentence in _SENTENCE.split(_before_signature(body)):
        said = " ".join(sentence.split()).strip("-–• ")
        asks = said.endswith("?") or _ASKS.search(said)
        if asks and len(said) >= 12 and said not in found and not _GREETING.match(said):
            found.append(said)
    return tuple(found[:MOST_POINTS])


def _before_signature(body: str) -> str:
    lines = body.split("\n")
    for at, line in enumerate(lines):
        if at and _SIGNED.match(line.strip()) and not line.strip().endswith("?"):
            return "\n".join(lines[:at])
    return body


def unanswered(asked: Sequence[str], draft: str, stems: Stems) -> list[str]:
    """Those of ``asked`` whose words no sentence of ``draft`` takes up: what a person has to look at again. Of a
    point that asks several things, those that are missing alone."""
    sentences = [" ".join(one.split()) for one in _SENTENCE.split(draft) if one.strip()]
    held = [set(stems(one)) for one in sentences]
    told = [one | after for one, after in zip(held, [*held[1:], set()], strict=False)]
    left = []
    for point in asked:
        pieces = asking.parts(_HAILS.sub("", point))
        missing = [piece for piece in pieces if not _taken_up(piece, told, draft, stems)]
        left += [point] if len(missing) == len(pieces) else [_alone(piece, point) for piece in missing]
    return left


def _taken_up(piece: str, told: Sequence[set[str]], draft: str, stems: Stems) -> bool:
    """Do the words of two sentences (``told``) hold enough of those of ``piece``, or of their families?"""
    wanted = {stem for stem in stems(_SAYING.sub(" ", _ASKS.sub(" ", piece))) if not stem.isdigit()}
    held = [sum(one in words or bool(kin(one, words)) for one in wanted) for words in told]
    enough = bool(wanted) and max(held, default=0) >= ANSWERED * len(wanted)
    return enough or (len(wanted) <= BARE and _told(piece, draft, stems))


def _told(point: str, draft: str, stems: Stems) -> bool:
    """A bare « when? », « how much? » or « at what price? » finds a date, a figure or an amount in the draft."""
    tells = asking.wanted(point, stems)
    if tells is not None and tells(draft):
        return True
    if _WHEN.search(point):
        return bool(_DATED.search(draft))
    if prices.asked_for(point) and prices.tells_if_paid(draft):
        return True
    return bool(_MUCH.search(point) and figures(draft))


def _alone(piece: str, point: str) -> str:
    """One of the questions of ``point``, as a sentence."""
    return piece[0].upper() + piece[1:] + ("\u202f?" if point.endswith("?") else "")


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
