"""A received e-mail: who wrote it, what it says itself, what it asks; and which of these a draft left unanswered.
Pure.

What is found is a reading aid: a request that no question mark nor usual turn announces is not seen.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demeure.assistant.grounding import figures

Stems = Callable[[str], list[str]]
MOST_POINTS = 12
BARE = 2
"""Words of a question that says nothing but what it asks for: « Quand viendrez-vous ? »."""
ANSWERED = 0.4
"""Share of the words of a request that one sentence of the draft, with its neighbour, must take up."""

_HEADER = re.compile(
    r"^(?:de|from|à|to|cc|cci|bcc|objet|subject|date|envoyé|sent|reply-to|répondre à)\s*:\s*(.*)$", re.IGNORECASE
)
_SENDER = re.compile(r"^(?:de|from|expéditeur)\s*:\s*(?P<who>[^<\n]+)", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(r"^(?:objet|subject)\s*:\s*(?P<what>.+)$", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(
    r"^\s*>|^\s*-{2,}\s*(?:message d.origine|original message)|^le .{4,60} a écrit\s*:|^on .{4,80} wrote:",
    re.IGNORECASE,
)
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
    r"\b(?:quand|quel jour|quelle heure|quelle date|combien de temps|when|how long)\b", re.IGNORECASE
)
_MUCH = re.compile(r"\b(?:combien|quelle quantité|quel prix|quel tarif|how much|how many)\b", re.IGNORECASE)
_DATED = re.compile(
    r"\b\d{1,2}(?:er)?\s+(?:janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc|jan|feb|mar|apr|may|jun|jul|aug|sep|dec)"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|mois|jours?|demain|heures?)\b|\b\d{1,2}\s?h\b",
    re.IGNORECASE,
)
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
    """``sender``: as the message says, empty when it does not; ``subject``; ``body``: its own words, without what
    it
    quotes; ``points``: what it asks, in order."""

    sender: str
    subject: str
    body: str
    points: tuple[str, ...]


def understood(text: str) -> Received:
    """The parts of a pasted (or read) e-mail."""
    sender, subject = _SENDER.search(text), _SUBJECT.search(text)
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTED.search(line):
            break
        if not _HEADER.match(line.strip()):
            lines.append(line.rstrip())
    body = "\n".join(lines).strip()
    return Received(
        sender["who"].strip(' "\t') if sender else "",
        subject["what"].strip() if subject else "",
        body,
        points(body),
    )


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
    """Those of ``asked`` whose words no sentence of ``draft`` takes up: what a person has to look at again."""
    sentences = [" ".join(one.split()) for one in _SENTENCE.split(draft) if one.strip()]
    held = [set(stems(one)) for one in sentences]
    told = [one | after for one, after in zip(held, [*held[1:], set()], strict=False)]
    left = []
    for point in asked:
        wanted = {stem for stem in stems(_SAYING.sub(" ", _ASKS.sub(" ", point))) if not stem.isdigit()}
        shares = [len(wanted & one) / len(wanted) for one in told] if wanted else []
        if (not shares or max(shares) < ANSWERED) and not (len(wanted) <= BARE and _told(point, draft)):
            left.append(point)
    return left


def _told(point: str, draft: str) -> bool:
    """A bare « when? » or « how much? » finds a date, or a figure, in the draft."""
    if _WHEN.search(point):
        return bool(_DATED.search(draft))
    return bool(_MUCH.search(point) and figures(draft))


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
