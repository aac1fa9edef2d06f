"""Proper names: people, firms, places, acronyms; capitals that merely open a sentence are none. Pure."""

import re
from collections.abc import Iterator

from demeure.assistant.grounding.claims import Claim, Sheet
from demeure.assistant.grounding.lexicon import words
from demeure.assistant.grounding.plain import folded

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\d{0,3}(?!\w)")
_OPENS = re.compile(r"(?:^|[\n|:«“\"(•–—!?…\x00]|\.(?=\s)|\.$)[\s\"«“'(*]*$")
_SHORTENED = re.compile(
    r"(?:\b(?:M|MM|Mme|Mmes|Mlle|Dr|Me|Pr|Mr|Mrs|Ms|St|Ste|art|n|p|tél|av|bd|pl|cf|[A-Z])\.)\s*$"
)
_PARTICLE = (
    r"(?:de|du|des|d'|de la|de l'|la|le|les|l'|of the|of|the|von|van|van der|den|del|della|di|da|sur|sous|lès|en"
    r"|aux|et de|et du|et des)"
)
_BETWEEN = re.compile(rf"(?:[ \n]|-| ?& ?|[ \n]{_PARTICLE}(?:[ \n]|(?<=')))")
_CIVIL, _GENERIC, _FUNCTION = words("civil"), words("generic"), words("function")
_UNSAID = _CIVIL | _GENERIC | _FUNCTION
_VERB_AFTER = re.compile(r"\s+(?:est|était|avait|doit|peut|sera|aura|va|signe|précise|indique|propose|a \w+é)\b")
_NAMED = re.compile(r"[^\W\d_]{3,}\s?:\s+$")
_LAST = re.compile(r"\s*(?:[.,;\n(]|$)")
_VERB = re.compile(r"(?:ez|er|ir|ant|ons)$")
_ACRONYM = re.compile(r"[A-ZÉ][A-ZÉ\d]{1,}s?")


def names(sheet: Sheet) -> Iterator[Claim]:
    """Capitalised sequences with their particles; the value holds the words to look for, folded."""
    run: list[re.Match[str]] = []
    opens = False
    for word in _WORD.finditer(sheet.text):
        if not _capital(word[0]) or not sheet.free(word.start(), word.end()):
            continue
        if run and _BETWEEN.fullmatch(sheet.text, run[-1].end(), word.start()):
            run.append(word)
            continue
        yield from _claim(sheet, run, opens)
        run, opens = [word], _opens(sheet.text, word.start())
    yield from _claim(sheet, run, opens)


def name_words(text: str) -> list[str]:
    """Folded words of a name or of a text, « Saint » and « St » alike, hyphens kept."""
    return [_saint(w) for w in _WORD.findall(folded(text))]


def _capital(word: str) -> bool:
    return word[0].isupper() and (len(word) > 1)


def _opens(text: str, at: int) -> bool:
    before = text[max(0, at - 40) : at]
    return (at <= len(before) and not before.strip()) or bool(
        _OPENS.search(before) and not _SHORTENED.search(before)
    )


def _claim(sheet: Sheet, run: list[re.Match[str]], opens: bool) -> Iterator[Claim]:
    run = _trimmed(sheet.text, run, opens)
    required = [w for word in run if (w := folded(word[0])) not in _UNSAID]
    if not run or not required:
        return
    kind = "acronym" if len(run) == 1 and _ACRONYM.fullmatch(run[0][0]) else "name"
    start, end = run[0].start(), run[-1].end()
    yield Claim(kind, start, end, " ".join(_saint(w) for w in required), sheet.text[start:end].replace("\n", " "))


def _trimmed(text: str, run: list[re.Match[str]], opens: bool) -> list[re.Match[str]]:
    """Without what only opens the sentence: « Contactez Marie Durand » → Marie Durand; « La Poste » → Poste."""
    while run and folded(run[0][0]) in _FUNCTION:
        run, opens = run[1:], opens and len(run) == 1
    if len(run) == 1 and opens and _acts(text, run[0]):
        return run
    if run and opens and not _ACRONYM.fullmatch(run[0][0]):
        first, rest = folded(run[0][0]), run[1:]
        joined = rest and rest[0].start() - run[0].end() == 1
        if not (first in _CIVIL or (joined and not _VERB.search(first) and first not in _GENERIC)):
            return rest
    return run


def _acts(text: str, word: re.Match[str]) -> bool:
    """« Dupont est absent », « Responsable : Dupont. »: alone and first, but a name all the same."""
    if _VERB_AFTER.match(text, word.end()):
        return True
    return bool(_NAMED.search(text, max(0, word.start() - 24), word.start()) and _LAST.match(text, word.end()))


def _saint(word: str) -> str:
    if word in ("st", "ste") or word.startswith(("st-", "ste-")):
        return f"saint{word[2:]}"
    return word
