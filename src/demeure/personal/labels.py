"""Labels of forms and headings of columns: which of them announce a name, a role, a birth, a telephone (pure).

One list for whoever reads a form, a table, a row, or a line under its label.
"""

import re
from functools import lru_cache
from typing import Literal

from demeure.personal.capitals import WORDS
from demeure.personal.words import fold

Announced = Literal["name", "first", "both", "role", "vote", "birth", "phone", ""]
"""``name``: a surname or a whole name; ``first``: a first name; ``both``: a surname and a first name; ``role``:
what somebody is (« Salarié », « Maîtresse »); ``vote``: « Pour », « Contre », people where names follow."""

THINGS = frozenset(WORDS["things"])
"""« Nom du produit », « Nom latin »: the name of no person."""
_WORDLESS = frozenset(("de", "from", "a", "to", "cc", "cci"))
"""Roles that are labels only at the begin of a line: the headers of a message."""
ROLES = frozenset(WORDS["roles"]) | frozenset(WORDS["close_labels"])
_UNSURE = frozenset(WORDS["unsure_labels"])
"""Roles under which a column may hold anything: « Direction », « Livraison »."""
_VOTES = frozenset(("pour", "contre", "abstention", "abstentions"))
_LONGEST, _FEW = 48, 4
_COUNTED = frozenset(
    ("enfant", "eleve", "jeune", "parent", "adulte", "participant", "participante", "invite", "invitee")
)
_RANK = re.compile(r"(?<=[a-z]) ?n?°? ?[0-9]{1,2}$")
"""« Enfant 1 », « Participant n° 12 »: what stands there is somebody’s name, a first name alone too."""

_SIGNS = re.compile(r"\((?:e|s|es|e\)\(s|en [a-z ]{3,30}|majuscules?|capitales?|lettres [a-z ]{3,24}|\*|[0-9])\)")
_OF = (
    r"(?: (?:de (?:naissance|famille|jeune fille|bapteme)|d'(?:usage|epouse|epoux|etat civil)|usuels?|marital"
    r"|complets?|patronymiques?|legal|(?:du|de la|de l'|de l' |des|de|d') ?(?P<of>[a-z][a-z' \-]{1,30})))?"
)
_NAME = re.compile(
    r"(?:(?:n°|id) )?(?:(?P<pre>pre)?noms?(?:(?: (?:et|ou|&)| ?[,/\-+])? ?(?P<more>prenoms?|noms?))?"
    r"|identites?|patronymes?)"
    rf"{_OF}(?: (?:et|ou) (?:prenoms?|noms?))?(?: en (?:majuscules?|capitales?|lettres .{{3,20}}))?"
)
_BIRTH = re.compile(
    r"(?:dates? (?:de )?|d\. ?)?naiss(?:ances?|\.)?|nee?s?(?:\(e\))? ?le|ddn|nee?|dates? de naiss\.?|anniversaires?"
)
_PHONE = re.compile(r"(?:n° de |numero de )?(?:tel(?:ephone)?s?\.?|portables?|mobiles?|gsm)(?: .{0,20})?")


def kind(label: str) -> Announced:
    """What ``label`` announces, written as it stands in a text; ``""``: nothing of a person."""
    return _kind(label) if len(label) <= _LONGEST else ""


@lru_cache(maxsize=4096)
def _kind(label: str) -> Announced:
    whole = cleaned(label)
    said = _RANK.sub("", whole)
    words = said.replace("'", " ").split()
    if not words or not THINGS.isdisjoint(words):
        return ""
    if (named := _NAME.fullmatch(said)) is not None:
        if named["more"]:
            return "both"
        return "first" if named["pre"] else "both" if said.startswith("ident") else "name"
    if _BIRTH.fullmatch(said):
        return "birth"
    if _PHONE.fullmatch(said):
        return "phone"
    if words[-1] in _VOTES and len(words) <= _FEW:
        return "vote"
    if said != whole and words[0] in _COUNTED:
        return "both"
    return "role" if _role(said) else ""


def cleaned(label: str) -> str:
    """Folded, without its marks: « **Né(e) le** : » is « nee le »."""
    said = " ".join(fold(label).replace("\u00a0", " ").split()).strip(' *_"«»#>•-–:.…=|+')
    return " ".join(_SIGNS.sub(_bare, said).split())


def _bare(found: re.Match[str]) -> str:
    return "e" if found[0] in ("(e)", "(es)", "(e)(s)") else ""


def _role(said: str) -> bool:
    """« Salarié », « Élèves », « Responsable légal », « Secrétaire de séance »: a role, and no more than three
    words after it."""
    words = said.split()
    for count in range(min(4, len(words)), 0, -1):
        head = " ".join(words[:count])
        if any(one in ROLES and one not in _WORDLESS for one in (head, head.removesuffix("s"))):
            return len(words) - count <= 3
    return False


def surely(label: str) -> bool:
    """Whether a column so headed holds people and nothing else."""
    return cleaned(label) not in _UNSURE


def is_label(said: str) -> bool:
    """Whether ``said``, where a name is expected, is a label itself: « Nom | Prénom »."""
    return kind(said) not in ("", "vote")
