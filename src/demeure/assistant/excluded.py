"""What a document leaves out by name (« à l'exception des agents d'accueil ») when it is the very thing that a
question asks about, or that the answer names as if it were the rule: an answer that does not say so is followed by
that sentence, word for word. Pure.

A small model given « chaque agent peut télétravailler deux jours » and the sentence beside it tells of the rule
alone; of « tous les jours sauf le mardi, de 10 h à 19 h 30 » it may say « le mardi à 19 h 30 ».
"""

import re
from collections.abc import Sequence

from demeure.assistant import prompt, subjects
from demeure.assistant.events import Source
from demeure.assistant.families import kin
from demeure.assistant.units import Stems, sentences

_BUT = re.compile(
    r"(?:à l['’](?:exception|exclusion) d(?:es?|u)\b|à l['’](?:exception|exclusion) d['’]|\bsauf\b|\bhormis\b"
    r"|\bexcept(?:é\w*| for)?\b|\bexclu(?:t|ent)\b|\bexclud(?:es?|ing)\b"
    r"|\bne (?:concern|vis)e(?:nt)? pas\b|\bne s['’](?:applique|étend|adresse)(?:nt)? pas (?:aux?|à)\b"
    r"|\b(?:does|do) not (?:apply|extend) to\b)",
    re.IGNORECASE,
)
"""What is left out comes after."""
_ARE_OUT = re.compile(
    r"\b(?:est|sont|reste|restent|demeurent?)\s(?:(?!pas\b|plus\b)\w+\s)?exclue?s?\b"
    r"|\bn['’](?:y )?(?:a|ont) pas (?:le )?droit\b"
    r"|\bn(?:e |['’]y )(?:est|sont) pas (?:concerné|éligible|admis|autorisé)e?s?\b"
    r"|\b(?:is|are) (?:excluded|not (?:eligible|entitled|concerned|covered|allowed))\b",
    re.IGNORECASE,
)
"""What is left out comes before."""
_ENDS, _CLAUSE = re.compile(r"[.;:!?()\n]"), re.compile(r"[.;:!?()\n,]")
_OR = re.compile(r"\s+(?:et|ou|and|or)\s+", re.IGNORECASE)
_SAYS_NO = re.compile(
    r"\b(?:pas|non|sauf|hormis|aucune?|exclu\w*|except\w*|exclusion|not?|cannot|none|never|jamais)\b",
    re.IGNORECASE,
)
_SIGNS = ("xcep", "xclu", "sauf", "hormis", " pas ", " not ")
"""One of them is in whatever the expressions find: most sentences have none, and cost nothing."""
_WIDE = 400  # characters of a sentence


def told(
    question: str, shown: str, sources: Sequence[Source], cited: Sequence[int], stems: Stems, spoken: str
) -> str:
    """What is added to an answer (``shown``, which cites ``cited``); empty when what it rests on leaves nothing of
    ``question`` out, or when it says no to something itself."""
    if _SAYS_NO.search(shown) or _SAYS_NO.search(question) or prompt.says_not_found(shown):
        return ""
    asked, words = subjects.nouns(question, stems), subjects.words(question, stems)
    near = [one for one in _beside(sources, cited) if _may(one.quote)]
    for source in (one for one in near if one.number in cited):
        line = _said_of_it(source.quote, shown, stems)
        if line:
            return "\n\n" + prompt.EXCLUDED[spoken].format(line=line, number=source.number)
    for source in near if asked else []:
        above = frozenset(stems(f"{source.document} {source.place_label}".replace("-", " ").replace("_", " ")))
        for line in filter(_may, sentences(source.quote)):
            out = _left_out(line, [one for one in asked if one not in above], stems) if len(line) <= _WIDE else ""
            there = above.union(stems(line))
            if out and (words == [out] or any(one in there or kin(one, there) for one in words if one != out)):
                return "\n\n" + prompt.EXCLUDED[spoken].format(line=line, number=source.number)
    return ""


def _may(text: str) -> bool:
    low = text.lower()
    return any(sign in low for sign in _SIGNS)


def _beside(sources: Sequence[Source], cited: Sequence[int]) -> list[Source]:
    """The passages cited, and the others of their documents."""
    documents = {one.document_id for one in sources if one.number in cited}
    return [one for one in sources if one.document_id in documents]


def _said_of_it(quote: str, shown: str, stems: Stems) -> str:
    """The sentence of ``quote`` that leaves out, as one thing, what ``shown`` says; empty without."""
    said = frozenset(stems(shown))
    for line in (one for one in sentences(quote) if _may(one) and len(one) <= _WIDE):
        found = _BUT.search(line)
        if found is None:
            continue
        end = _CLAUSE.search(line, found.end())
        stop = end.start() if end else len(line)
        rest = frozenset(stems(f"{line[: found.start()]} {line[stop:]}"))
        for thing in _OR.split(line[found.end() : stop]):
            out = frozenset(stems(thing))
            if out and out <= said and not out & rest and all(one.isalpha() for one in out):
                return line
    return ""


def _left_out(line: str, asked: Sequence[str], stems: Stems) -> str:
    """The word of ``asked`` that is among what ``line`` leaves out, and not among the rest of it; empty without."""
    found = _BUT.search(line)
    if found:
        end = (_ENDS if line[: found.start()].strip() else _CLAUSE).search(line, found.end())
        start, stop = found.end(), end.start() if end else len(line)
    elif found := _ARE_OUT.search(line):
        start, stop = 0, found.start()
    else:
        return ""
    out, rest = frozenset(stems(line[start:stop])), frozenset(stems(f"{line[:start]} {line[stop:]}"))
    return next((one for one in asked if (one in out or kin(one, out)) and one not in rest), "")
