"""A question that finds nothing as it stands, in the words of French documents: its borrowed words (« phishing »)
as they say it; an English question whole, word for word, when all of its words are known (english.toml). A small
embedding model does not tell whether a French passage answers an English question (docs/measures.md), and half a
translation would not help: any other question stays as it is. Pure.
"""

import functools
import re
import tomllib
from importlib import resources

from demeure.assistant.tongue import asked_in
from demeure.assistant.work import Work
from demeure.library import Retrieval
from demeure.words import everyday

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_LONGEST = 6  # words of one line of the list
_READ = 3  # passages whose language is looked at, as where the refusal is told
_GLUE = re.compile(
    r"l[ea]|une?|de|du|en|à|pour|par|avec|avant|après|et|ou|si|est|était|faire|je|nous"
    r"|y a-t-il|peut-on|(?:que )?faut-il(?: faire)?|vous|ils|mon|[nv]otre|ce|qui|comment|pourquoi|quel(?: est)?"
)
"""What holds a question together: put word for word it makes no French to be read (« quel est le horaires… »)."""


def otherwise(work: Work, found: Retrieval) -> str:
    """What else to look for when ``found`` holds no answer and is in French; empty: nothing."""
    if found.found or work.lean is not None or work.mailed:
        return ""
    if asked_in(" ".join(hit.text for hit in found.hits[:_READ]), "") != "fr":
        return ""
    return in_french(work.question) if work.spoken == "en" else everyday.instead(work.question)


def told_by_lines_alone(work: Work) -> bool:
    """Is ``work`` an English question that was put into French? A small model that reads French lines for it makes
    prices up (“£12 a night”): only rules answer it, with the documents' own rows."""
    return work.reworded and work.spoken == "en"


def in_french(question: str) -> str:
    """What is looked for. Empty when a word is not known. Numbers, and names that do not open the question, are
    kept."""
    told = _told(question)
    return f"{' '.join(told)} ?".replace(" de le ", " du ") if told else ""


def key_words(question: str, searched: str) -> tuple[str, ...]:
    """The words that carry the question, in French, to be shown: « horaires d’ouverture », « mairie ». None when
    ``searched`` is not the ``question`` in French."""
    if not searched or searched != in_french(question):
        return ()
    kept = [one for one in _told(question) if not _GLUE.fullmatch(one)] or _told(question)
    return tuple(dict.fromkeys(one.replace("'", "’") for one in kept))


def _told(question: str) -> list[str]:
    """Word for word, in order; empty when one is not known."""
    words = [found[0] for found in _WORD.finditer(question.replace("’", "'"))]
    told: list[str] = []
    at = 0
    while at < len(words):
        known = next((n for n in range(_LONGEST, 0, -1) if " ".join(words[at : at + n]).lower() in _known()), 0)
        said = _one(words[at], opens=at == 0) if not known else _known()[" ".join(words[at : at + known]).lower()]
        if said is None:
            return []
        told += [said] if said else []
        at += max(known, 1)
    return told


def _one(word: str, *, opens: bool) -> str | None:
    """One word that is not in the list as it stands; None: not known."""
    low = word.lower()
    if low.endswith("s") and (single := _known().get(low.removesuffix("s"))):
        return single
    return word if word.isdigit() or (word[0].isupper() and not opens) else None


@functools.cache
def _known() -> dict[str, str]:
    """What is said in English, in lower case → in French."""
    text = resources.files("demeure.assistant").joinpath("english.toml").read_text(encoding="utf-8")
    return {one.strip(): french for french, said in tomllib.loads(text).items() for one in said.split(",")}
