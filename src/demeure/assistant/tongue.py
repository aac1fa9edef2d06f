"""Which of the two languages a question is asked in, by its small words. Pure."""

import re

_FRENCH = """le la les l un une des du de d et est sont ont au aux ce cette ces que quel quelle quels quelles qui
quoi quand comment combien pourquoi où dans sur pour par avec sans il elle nous vous je mon ma mes notre nos votre
vos son sa ses leur leurs faut doit peut"""
_ENGLISH = """the an is are was were do does did has have what which who whom when where why how much many of for
from in at with without this that these those we you i my our your his her their
must can should may to and it there"""
_SMALL = {"fr": frozenset(_FRENCH.split()), "en": frozenset(_ENGLISH.split())}
_WORD = re.compile(r"[^\W\d_]+")


def asked_in(question: str, otherwise: str) -> str:
    """``fr`` or ``en``: the one whose small words are more than twice as many; ``otherwise`` when neither is."""
    words = _WORD.findall(question.lower())
    fr, en = (sum(word in _SMALL[language] for word in words) for language in ("fr", "en"))
    if fr > 2 * en:
        return "fr"
    return "en" if en > 2 * fr else otherwise
