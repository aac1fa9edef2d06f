"""Did a rewriting turn its text round? Signs that can be counted: before and after a date, yes and no, « only »,
words that came from the examples, too much left out. Pure; French and English.

None of this proves that the meaning is the same.
"""

import re
from collections.abc import Sequence

from demeure.assistant.tasks.making import Stems

HELD, FOREIGN = 0.5, 0.34
"""Share of the text's words that its rewriting holds at least; share of words of its own at most."""
_NUMBER = r"(?:\D{0,14}?)(\d{1,2}(?:er)?\s?(?:h\b\s?\d{0,2})?)"
_SIDES = {
    "before": rf"\b(?:avant|au plus tard|jusqu[’']à|jusqu[’']au|d[’']ici|préalablement à?u?|before|until|by)\b"
    rf"{_NUMBER}",
    "after": rf"\b(?:après|passé|postérieurement à?u?|after)\b{_NUMBER}",
    "from": rf"\b(?:à partir d[ue]|à compter d[ue]|dès|from)\b{_NUMBER}",
    "since": rf"\b(?:depuis|since)\b{_NUMBER}",
}
_SIDE = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _SIDES.items()}
_DENIED = re.compile(
    r"\b(?:pas|aucune?|sans|jamais|interdite?s?|impossible|nulle?|refusée?s?|annulée?s?|caduque|non|not|no|"
    r"without|never)\b",
    re.IGNORECASE,
)
_DEFAULT = re.compile(r"\bà défaut\b|\bfailing\b", re.IGNORECASE)
_ONLY = re.compile(
    r"\bseule?(?:ment|s)?\b|\buniquement\b|\bexclusivement\b|\bn[e’']\s?(?:\w+\s){1,4}que\b|\bonly\b"
    r"|\bqu[e’'] (?:du|à|le|la)\b",
    re.IGNORECASE,
)
_PAPER = re.compile(
    r"\b(?:pièces?|cartes?|justificatifs?|attestations?|certificats?|avis|livrets?|extraits?|relevés?|titres?|permis)"
    r" (?:de |d[’'])([a-zà-ÿ]{4,})",
    re.IGNORECASE,
)
_PAPERS = re.compile(
    r"\b(?:pièces?|cartes?|justificatifs?|attestations?|certificats?|avis|livrets?|extraits?|relevés?|titres?|permis"
    r"|papiers?|documents?|preuves?)\b",
    re.IGNORECASE,
)
_PROVES = re.compile(r"\bprouv\w*", re.IGNORECASE)
"""« pièce d’identité » names a paper that one has to bring; « un papier qui prouve votre adresse » is one too."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_LETTERS = re.compile(r"[^\W\d_]{4,}")


def turned(piece: str, said: str, stems: Stems, examples: Sequence[str] = ()) -> list[str]:
    """Why ``said`` cannot be taken for ``piece``: names of the signs, none when there is no sign."""
    found = []
    if not sides(said) <= sides(piece):
        found.append("sides")
    denied = bool(_DENIED.search(piece) or _DEFAULT.search(piece))
    if denied != bool(_DENIED.search(said)):
        found.append("denied")
    if _ONLY.search(said) and not _ONLY.search(piece):
        found.append("only")
    own, told = _content(piece, stems), _content(said, stems)
    leaked = (told - own) & (set().union(*(_content(one, stems) for one in examples)) - _common(stems))
    if leaked:
        found.append("leaked")
    if papers_lost(piece, said, stems):
        found.append("paper")
    if own and len(own & told) / len(own) < HELD:
        found.append("lost")
    if told and len(told - own - _common(stems)) / len(told) > FOREIGN:
        found.append("foreign")
    return found


def papers_lost(piece: str, said: str, stems: Stems) -> list[str]:
    """Papers that ``piece`` asks for by name and that no sentence of ``said`` names, nor says what they prove."""
    sentences = [(one, _content(one, stems)) for one in _SENTENCE.split(said) if _PAPERS.search(one)]
    return [
        found[0]
        for found in _PAPER.finditer(piece)
        if not any(_PROVES.search(one) or _content(found[1], stems) <= held for one, held in sentences)
    ]


def sides(text: str) -> set[tuple[str, str]]:
    """(before, after, from or since; the figure) of each bound in time."""
    return {
        (name, re.sub(r"\s|er$", "", found[1].casefold()))
        for name, pattern in _SIDE.items()
        for found in pattern.finditer(text)
    }


def _content(text: str, stems: Stems) -> set[str]:
    return set(stems(" ".join(_LETTERS.findall(text.replace("’", " ").replace("'", " ")))))


_COMMON = """vous nous votre vos notre avez avons devez devons doit doivent pouvez peut peuvent faut faire fait
être sera seront avoir envoyer envoyez envoie donner donnez apporter apportez recevoir reçu recevez
reçoit payer payez paie demander demandez demande document documents papier papiers dossier lieu
jour jours date temps avant après pour avec sans cette cela ceux chaque tout tous toute toutes aussi
déposer déposez venir venez appeler appelez savoir voulez vouloir must have will send give bring
receive paper papers document documents before after"""


def _common(stems: Stems) -> set[str]:
    """Everyday words that a plain text may bring."""
    return _content(_COMMON, stems)
