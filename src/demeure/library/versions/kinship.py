"""Are two documents two versions of one? What may be linked by itself, what a person is asked, what is neither
(pure).

A recurrent document (minutes, an act, an invoice) is a series: the next one takes nobody's place. The rules and
what they measured: docs/adr, versions.
"""

import enum
import re
import zlib
from dataclasses import dataclass

from demeure.library.search.query import fold
from demeure.library.versions.marks import Marks

LIKE, HARDLY = 0.4, 0.15
"""Share of what two texts say, figures left aside, from which they may be one document; below the second they are
not."""

SERIES = frozenset(
    """acte agenda appel arrete attestation avenant avi bail bilan bon budget bulletin candidature certificat
    commande communique conge contrat convocation courriel courrier cv decision declaration deliberation devi
    discour
    dossier facture image invitation invoice journal letter lettre mail marche memo menu message minute newsletter
    paie permi photo plainte planning presentation procuration quittance rapport recu registre releve report
    reponse scan
    statement verbal compte cr pv""".split()  # noqa: SIM905
)
STANDING = frozenset(
    """annuaire bareme calendrier carte catalogue charte consigne directory fee formulaire grille guide handbook
    horaire
    hour liste livret manual manuel memento modele nomenclature notice organigramme plan plaquette policy politique
    price
    procedure protocole redevance reglement repertoire rule statut tarif tariff""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 3


class Verdict(enum.StrEnum):
    """``LINK``: by itself; ``PROPOSE``: a person is asked; ``NOTHING``: two documents."""

    LINK = "linked"
    PROPOSE = "proposed"
    NOTHING = ""


@dataclass(frozen=True)
class Told:
    """A document as the rules see it. ``day``: the one from which its text says that it holds."""

    marks: Marks
    day: str = ""


@dataclass(frozen=True)
class Kin:
    """``order``: 1 when the second of the two is newer, -1 when the first is, 0 when nothing tells. ``why``:
    number,
    change, period, stage, text or unmarked: what tells the order."""

    order: int = 0
    why: str = ""


def kin(one: Told, other: Told) -> Kin:
    """Which of two documents of the same title is the newer, and what says so."""
    a, b = one.marks, other.marks
    if not a.key or a.key != b.key:
        return Kin()
    same_period = (a.begins, a.ends) == (b.begins, b.ends)
    if a.number != b.number:
        order = _sign(a.number or (1,), b.number or (1,))
        agree = same_period or _later(a, b) == order or not (a.begins and b.begins)
        return Kin(order, "number") if order and agree else Kin()
    if not same_period:
        if a.begins and b.begins:
            order = _later(a, b)
            newer = b if order > 0 else a
            return Kin(order, "change" if newer.told else "period") if order else Kin()
        marked, order = (b, 1) if b.begins else (a, -1)
        return Kin(order, "change" if marked.told else "unmarked")
    if a.stage != b.stage:
        return Kin(_sign((a.stage,), (b.stage,)), "stage")
    if one.day != other.day:  # a text that tells no day comes before one that does
        return Kin(1 if other.day > one.day else -1, "text")
    return Kin()


def verdict(found: Kin, key: str, likeness: float) -> Verdict:
    """What becomes of two documents of one title. ``likeness``: see ``likeness``."""
    if not found.order or likeness < HARDLY:
        return Verdict.NOTHING
    words = set(key.split())
    series, standing = bool(words & SERIES), bool(words & STANDING)
    if series:
        return Verdict.LINK if found.why == "number" and likeness >= LIKE else Verdict.NOTHING
    certain = found.why in ("number", "change") or (found.why == "period" and standing)
    if certain:
        return Verdict.LINK if likeness >= LIKE else Verdict.PROPOSE
    return Verdict.PROPOSE if standing or likeness >= LIKE else Verdict.NOTHING


def likeness(one: str, other: str) -> float:
    """Share of the three-word sequences of two texts that both have, 0 to 1, every figure counting as the same
    one: the
    prices of a list change from year to year, its lines hardly."""
    first, second = _sequences(one), _sequences(other)
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def _sequences(text: str) -> set[int]:
    words = ["0" if word.isdigit() else word for word in _WORD.findall(fold(text.casefold()))]
    if 0 < len(words) < _SHINGLE:
        return {zlib.crc32(" ".join(words).encode())}
    joined = (" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))
    return {zlib.crc32(one.encode()) for one in joined}


def _later(a: Marks, b: Marks) -> int:
    """1 when the period of ``b`` begins and ends after that of ``a``; 0 when one holds the other."""
    if b.begins > a.begins and b.ends > a.ends:
        return 1
    return -1 if a.begins > b.begins and a.ends > b.ends else 0


def _sign(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    return (b > a) - (b < a)
