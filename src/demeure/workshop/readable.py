"""Does a text look like one that people wrote, or like what a bad recognition left of it? Pure."""

import re

_TOKEN = re.compile(r"\S+")
_EDGES = "«»“”\"'’‘()[]{}.,;:!?…-–—*•/%€°"
_WORD = re.compile(r"[^\W\d_]+(?:['’.·/-][^\W\d_]+)*['’.]?", re.UNICODE)
_FIGURE = re.compile(r"[-+±n°N]*\d[\d.,/:hH°\u00a0\u202f-]*(?:[^\W\d_]{1,4})?")
_VOWEL = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]", re.IGNORECASE)
_MIXED = re.compile(r"[a-zà-ÿ][A-ZÀ-Þ]")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.IGNORECASE)
_ALONE = frozenset("aàâyôldnsmtcjh")
_ENOUGH = 20
_ODD = 0.35


def readable(text: str) -> bool:
    """At most a third of its words are impossible; a text of under 20 words is given the benefit of the doubt."""
    tokens = _TOKEN.findall(text)
    if len(tokens) < _ENOUGH:
        return True
    return sum(map(_odd, tokens)) <= _ODD * len(tokens)


def _odd(token: str) -> bool:
    word = token.strip(_EDGES)
    if not word or _FIGURE.fullmatch(word):
        return len(token) > 3 and not word and len(set(token)) > 1  # a row of the same sign is a rule or leader
    if not _WORD.fullmatch(word):
        return True
    if len(word) == 1:
        return word.lower() not in _ALONE and not word.isupper()
    if _CONSONANTS.search(word) or _MIXED.search(word):
        return True
    return len(word) >= 4 and not word.isupper() and not _VOWEL.search(word)
