"""What a text says just before or after a word that makes it a name, or the name of a street (pure, bounded)."""

import re

from demeure.personal.capitals import WORDS, Token, full
from demeure.personal.labels import ROLES, THINGS
from demeure.personal.words import fold

STREETS = frozenset(WORDS["streets"])
CLOSE = frozenset(WORDS["close_roles"])
_CLOSINGS = tuple(WORDS["closings"])

_BEFORE, _OPENING = 48, 40
_AFTER_NAME = re.compile(
    r"[ \u00a0]?:[ \u00a0][a-zà-ÿ]|[ ](?:a|est|était|et sa|et son|et ses|qui|dit|va|peut|doit|me|te"
    r"|nous|vous|m['’]a|l['’]a|n['’]a|n['’]est)[ ]"
)


def salutes(text: str, token: Token) -> bool:
    """A word alone on the first line with a comma, or alone on the last: whom a message is for, who signed it."""
    before, after = text[max(0, token.start - 3) : token.start], text[token.end : token.end + 3]
    opens = (token.start < _OPENING and (not before.strip() or before.endswith("\n"))) and after.startswith(
        (",\n", ", \n")
    )
    closes = (
        before.endswith("\n") and not text[token.end : token.end + _OPENING].split("\n--", maxsplit=1)[0].strip()
    )
    return opens or closes


_GREETED = re.compile(r"(?<!\w)(?:bonjour|bonsoir|ch[eè]re?|salut|coucou)[ \u00a0]$", re.IGNORECASE)


def greeted(text: str, token: Token, said: str) -> bool:
    """« Bonjour Noël, », « Cordialement,⏎Paris »: nothing but a surname stands there, one of the most frequent."""
    if not token.frequent or text[token.end : token.end + 1] not in (",", "\n", ""):
        return False
    return said == "name-signed" or _GREETED.search(text, max(0, token.start - 12), token.start) is not None


_ARTICLE = re.compile(
    r"(?:['’]|(?<!\w)(?:le|la|les|un|une|des|du|au|aux|ce|cet|cette|ces|de|en|son|sa|notre|votre"
    r"|convention|carte|vignette|inscription|sur)[ \u00a0\n])$",
    re.IGNORECASE,
)


_BY_NAME = re.compile(
    r"(?<!\w)(?:nom|n[ée](?:e|\(e\)|[.·-]e)?|ép\.|épouse|époux|veuve|veuf|divorcée?|famille)"
    r"(?:[ \u00a0][^\n:;,]{0,14})?[ \u00a0]?[:*]{0,3}[ \u00a0]$",
    re.IGNORECASE,
)


_FIRST_NAME = re.compile(r"(?<!\w)pr[ée]noms?(?:[ \u00a0][^\n:;]{1,20})?[ \u00a0]?:[ \u00a0*]{1,3}$", re.IGNORECASE)
_NAME_OF = re.compile(
    r"(?<!\w)(?:pr[ée])?noms?[ \u00a0](?:d['’]|de[ \u00a0](?:la[ \u00a0]|l['’])?|du[ \u00a0]|des[ \u00a0])?"
    r"(?P<of>[^\W\d_]+)[^\n:]{0,20}:[ \u00a0*]{0,3}$",
    re.IGNORECASE,
)


def by_name(text: str, token: Token) -> bool:
    """What stands before announces a name, not only a person: « Nom : Paris », and not « Contact : Paris »."""
    start = max(0, token.start - _BEFORE)
    return _BY_NAME.search(text, start, token.start) is not None


def by_first_name(text: str, token: Token) -> bool:
    """« Prénom : Olive »: a first name may be any word."""
    return _FIRST_NAME.search(text, max(0, token.start - _BEFORE), token.start) is not None


def of_a_thing(text: str, token: Token) -> bool:
    """« Nom du produit : Blanc », « Nom de la rue : Moreau »."""
    found = _NAME_OF.search(text, max(0, token.start - _BEFORE), token.start)
    return found is not None and fold(found["of"]) in THINGS


def acts(text: str, token: Token) -> bool:
    """What follows is said of somebody: « Robert a payé », « Robert : les clés »."""
    return _AFTER_NAME.match(text, token.end) is not None


def called(text: str, group: list[Token], at: int) -> bool:
    """A word that nothing knows, alone, and what follows is said of somebody: « Maëlwenn : apporter les clés »."""
    token = group[at]
    return (
        len(group) == 1
        and token.unknown
        and not token.capitals
        and acts(text, token)
        and not _ARTICLE.search(text, max(0, token.start - 12), token.start)
    )


def told(text: str, group: list[Token], at: int, listed: bool) -> str:
    """The rule by which what stands before ``at`` makes it a name: a list, a label, « l’agent », « Bonjour »."""
    if listed:
        return "name-listed"
    while at > 0 and group[at - 1].particle:
        at -= 1
    if at == 0:
        return _said_before(text, group[0])
    before = group[at - 1].folded
    return "name-role" if before in CLOSE or before.rpartition("'")[2] in CLOSE else ""


def of_a_place(text: str, group: list[Token], at: int) -> bool:
    """« rue Jean Moulin », « École Jules Ferry »: a place or an institution bears that name."""
    if any(one.folded.rpartition("'")[2] in STREETS for one in group[max(0, at - 2) : at]):
        return True
    if at:
        return False
    words = [
        fold(word)
        for word in re.split(r"[ \u00a0’']+", text[max(0, group[0].start - 30) : group[0].start])[-4:]
        if word
    ]
    while words and words[-1] in ("de", "du", "d", "des", "la", "le", "l"):
        words.pop()
    return bool(words) and words[-1].strip('(«"\n') in STREETS


def _said_before(text: str, token: Token) -> str:
    """The rule by which what stands before makes this a name, or nothing."""
    before = text[max(0, token.start - _BEFORE) : token.start]
    line = before.rstrip(' \t\u00a0\u202f•-*_"«')
    if line.endswith((":", ";")) or (line.endswith("\n") and line.rstrip().endswith(":")):
        return "name-role" if _labelled(line.rstrip().rstrip(":;* ")) else ""
    blank = before[len(before.rstrip()) :]
    if ("\n" not in blank or (blank == "\n" and full(text, token.start - 1))) and _ends_with(
        fold(line.rstrip().rpartition("\n")[2].rstrip(",")), CLOSE
    ):
        return "name-role"
    if line.endswith("\n"):
        above = text[max(0, token.start - 120) : token.start].rstrip().rpartition("\n")[2].rstrip(" .,")
        if fold(above).endswith(tuple(_CLOSINGS)):
            return "name-signed"
    return ""


def _labelled(before: str) -> bool:
    """« Nom : », « Secrétaire de séance : »; « À : » only where it begins its line."""
    label = (
        re.split(r"[\n,;:()|]|[ ]{3}", before.rstrip())[-1]
        if not before.rstrip().endswith(")")
        else before.rstrip()[:-3]
    )
    said = fold(label).strip(" *_#>")
    if said in ("de", "a", "from", "to", "cc", "cci"):
        return before.rpartition("\n")[2].strip() == label.strip()
    parts = said.split()
    return _ends_with(said, ROLES) or (len(parts) <= _LABEL_WORDS and any(part in _LABELS for part in parts))


def _ends_with(said: str, words: frozenset[str]) -> bool:
    """The last one to four words of ``said``."""
    parts = re.split(r"[ \u00a0('\n]+", said.strip().replace("(e)", "e").replace(".e", "e").replace("·e", "e"))
    return any(" ".join(parts[-count:]) in words for count in range(1, min(4, len(parts)) + 1))


_LABEL_WORDS = 6
_LABELS = ROLES - {"de", "a", "to", "from"}
_LISTED = re.compile(r"[ \u00a0]?(?:,|;|et|ou|&|c/|contre|\()[ \u00a0]{0,2}\n?(?:[ \t]{0,4}[-•][ ])?")


def listed_until(text: str, end: int) -> int:
    """Where the next name of a list (« MM. Durand, Petit et Roux ») begins; -1 when the list is over."""
    more = _LISTED.match(text, end)
    return more.end() if more else -1
