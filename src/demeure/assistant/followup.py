"""Does a question lean on the conversation, and what would it be on its own? Pure; no model; French, then English.

« Et pour une commune voisine ? » finds nothing alone: what the last question held, and this one lacks, is carried.
Words only raise a suspicion: the search decides (leaning.py), so that a new subject is not dragged back to the old.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Stems = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class Turn:
    """A question and its answer. ``tries``: complete answers given to this question so far. ``searched``: what was
    looked for, when it was not the question as typed."""

    message: str
    question: str
    answer: str
    tries: int = 0
    searched: str = ""


CARRIED = 240
"""Characters, at most, of what the conversation brings: beyond, an embedding no longer tells what is asked."""

_OPENS = re.compile(
    r"(?:et|ou|mais|sinon|alors|donc|pareil|idem|m[êe]me (?:chose|question)|and|or|but|(?:what|how) about|also)\b",
    re.IGNORECASE,
)
_ADDS = re.compile(r"(?:pour|avec|sans|dans|sur|en|au|aux|chez|depuis|avant|apr[èe]s|for|with|in)\b", re.IGNORECASE)
_ELLIPSIS = re.compile(
    r"(?:et|ou|mais|and|or|but)\s+(?:pour|avec|sans|chez|depuis|avant|apr[èe]s|for|with|without|since)\b",
    re.IGNORECASE,
)
"""No question of its own opens so, however long it goes on."""
_SUBJECT = re.compile(
    r"(?<![\w-])(?:(?P<verb>\w+)-(?:t-)?(?:ils?|elles?)|(?:qu['’])?(?:ils?|elles?)|it|they|he|she)(?![\w-])",
    re.IGNORECASE,
)
_IMPERSONAL = re.compile(
    r"\bfaut-il|\bil faut|\by a-t-il|\bil y a|\bs['’]agit-il|\best-il (?:possible|permis|interdit|obligatoire|"
    r"n[ée]cessaire|pr[ée]vu|vrai)|\bis it (?:possible|allowed|forbidden|true)",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"\b(?:qui|on|vous|je|nous|tu|ne|peut-on|doit-on|faut-il|comment|où|quand|pourquoi)\s+(?:l['’]|lui |en |y )\w"
    r"|\b(?:comment|où|faut-il|peut-on|doit-on)\s+(?:la|le|les)\s+(?:\w+(?:er|ir)|faire|mettre|prendre|rendre)\b"
    r"|\bl['’](?:a|ont|avait|est)\b|\ben \w+-(?:t-)?(?:on|il|elle|ils|elles)\b|\bm[êe]mes? (?:que|chose)\b",
    re.IGNORECASE,
)
_OWNED = re.compile(r"\b(?:son|sa|ses|leurs?|its|their|his|her)\b", re.IGNORECASE)
_SHOWN = re.compile(
    r"\b(?:celui|celle|ceux|celles|cela|ça|cet|cette|ces|ce dernier|this|these|those|the same)\b", re.IGNORECASE
)
_ASKED_NOUN = re.compile(r"\b(?:quel(?:le)?s?|combien d['’e]|how (?:many|much)|which|what)\s*\w+", re.IGNORECASE)
FRAME = (
    "heure jour date prix coût coûter montant tarif temps délai durée nombre adresse lieu année mois semaine payer "
    "dire savoir aller devoir pouvoir falloir trouver obtenir avoir être exister concerner"
)
"""What is asked about a subject, not the subject: « à quelle heure », « combien coûte »."""

_NUMBER = (
    r"(?:\d+|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante"
    r"|soixante|cent)"
)
_MONTH = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_ORDINAL = (
    r"(?:premi[eè]re?|deuxi[eè]me|seconde?|troisi[eè]me|quatri[eè]me|cinqui[eè]me|sixi[eè]me|derni[eè]re?"
    r"|\d{1,2}(?:er|re|e|ème))s?"
)
_SLOTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:en |pour |de |l['’]année )?(?:19|20)\d\d\b",
        r"\b(?:le |du )?(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?\b",
        rf"\b(?:en |au mois de |de |d['’])?(?:{_MONTH})\b",
        r"\b(?:en |l['’]|au |d['’])?(?:été|hiver|automne|printemps)\b",
        rf"\b(?:pour |pendant |de )?{_NUMBER} (?:ans?|mois|jours?|semaines?|heures?)\b",
        r"\b(?:le |du |au |l['’]|de l['’])?(?:matin|midi|après-midi|soir|soirée|nuit)s?\b",
        r"\b(?:le |du |au |un |en )?(?:week-?ends?|(?<=en )semaine)\b",
        rf"\b(?:le |la |du |au |à la |de la )?{_ORDINAL}\b",
        r"\b(?:tranche|article|lot|zone|catégorie|niveau) \w+\b",
    )
)

_QUANTITY = re.compile(
    r"(?:\b(?:de|à|pour|avec|of|for|at) |\bd['’])?(?<![\w.,/-])(?!(?:19|20)\d\d\b)"
    r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:,\d+)?(?![\w/-]|[.,]\d)(?:\s?(?P<unit>[^\W\d_]+[²³]?|[€%°]))?",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"\b(?:lots?|articles?|tranches?|zones?|catégories?|niveaux?|pages?|annexes?|numéros?|n°)\s*$", re.IGNORECASE
)
_NO_UNIT = frozenset(
    """à au aux avec ce chez dans de des du elle en est et il ils la le les ou où par pour qui que sans sur un une
    and at for in of on or the""".split()  # noqa: SIM905 - a list of words is read more easily so
)

ALONE = 3
"""Words that name its own subject: from there on, a question without any mark stands by itself."""
PROOF_UNMARKED, PROOF_MARKED, PROOF_MARKED_LONG = 1.0, 0.0, 0.8
"""By how much (deviations) the best passage must stand out better with the conversation than without it: when no
word points back, when one does, when one does although the question names a subject of its own."""


@dataclass(frozen=True)
class Lean:
    """``text``: the question made whole. ``proof``: what the search must show for it, see the constants above."""

    text: str
    proof: float


def lean(question: str, turns: Sequence[Turn], stems: Stems) -> Lean | None:
    """How ``question`` may lean on ``turns`` (oldest first); None when it stands alone."""
    if not turns:
        return None
    frame = set(stems(FRAME))
    own = len(set(stems(question)) - frame)
    marked = _marked(question.strip(), stems, frame)
    if not marked and own >= ALONE:
        return None
    whole = own >= ALONE and not _ELLIPSIS.match(question.strip())
    proof = (PROOF_MARKED_LONG if whole else PROOF_MARKED) if marked else PROOF_UNMARKED
    return Lean(completed(question, turns[-1]), proof)


def completed(question: str, before: Turn) -> str:
    """``question`` after what the conversation brings: the last question (whole as it was looked for), less the
    years, days, seasons, durations and quantities that ``question`` replaces."""
    carried = _without_quantities(before.searched or before.question, question)
    for slot in _SLOTS:
        if slot.search(question):
            carried = slot.sub(" ", carried)
    carried = " ".join(carried.split())
    if len(carried) > CARRIED:
        carried = carried[-CARRIED:].partition(" ")[2]
    return f"{carried} {question}"


def _without_quantities(carried: str, question: str) -> str:
    """« un quotient de 900 » makes room for « un quotient de 1 200 », and « 12 km » for « 35 km », not for
    « 2 m² »: those of the same unit; a bare number replaces the only quantity, whatever its unit."""
    fresh = {_unit(found) for found in _quantities(question)}
    there = _quantities(carried)
    for found in reversed(there):
        if _unit(found) in fresh or ("" in fresh and len(there) == 1):
            bare = found.start("unit") if _unit(found) == "" and found["unit"] else found.end()
            carried = f"{carried[: found.start()]} {carried[bare:]}"
    return carried


def _quantities(text: str) -> list[re.Match[str]]:
    """Those of ``text``; « le lot 2 » is a name."""
    return [found for found in _QUANTITY.finditer(text) if not _NAMES.search(text, 0, found.start())]


def _unit(found: re.Match[str]) -> str:
    unit = (found["unit"] or "").lower()
    return "" if unit in _NO_UNIT else unit.rstrip("s")


def _marked(text: str, stems: Stems, frame: set[str]) -> bool:
    """Does the language itself say that something came before?"""
    opens = _OPENS.match(text) or (_ADDS.match(text) and "-" not in text)
    return bool(opens or _OBJECT.search(text) or _SHOWN.search(text)) or _points_back(text, stems, frame)


def _points_back(text: str, stems: Stems, frame: set[str]) -> bool:
    """Is there a pronoun or a possessive with no noun before it in the same question?"""
    plain = _IMPERSONAL.sub(" ", text)
    for mark in (*_SUBJECT.finditer(plain), *_OWNED.finditer(plain)):
        before = _ASKED_NOUN.sub(" ", plain[: mark.start()])
        if not set(stems(before)) - frame:
            return True
    return False
