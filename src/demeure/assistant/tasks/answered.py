"""Which points of a received message a draft left without an answer.

What is found is a reading aid: words of one family, a date, a figure or an amount that was asked for tell an
answer.
"""

import re
from collections.abc import Callable, Sequence

from demeure.assistant import asking, prices
from demeure.assistant.families import kin
from demeure.assistant.grounding import figures
from demeure.assistant.tasks.message import ASKS, SENTENCE

Stems = Callable[[str], list[str]]
BARE = 2
"""Words of a question that says nothing but what it asks for: « Quand viendrez-vous ? »."""
ANSWERED = 0.4
"""Share of the words of a request that one sentence of the draft, with its neighbour, must take up."""

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


def unanswered(asked: Sequence[str], draft: str, stems: Stems) -> list[str]:
    """Those of ``asked`` whose words no sentence of ``draft`` takes up: what a person has to look at again. Of a
    point that asks several things, those that are missing alone."""
    sentences = [" ".join(one.split()) for one in SENTENCE.split(draft) if one.strip()]
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
    wanted = {stem for stem in stems(_SAYING.sub(" ", ASKS.sub(" ", piece))) if not stem.isdigit()}
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
