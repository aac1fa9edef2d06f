"""Letters to whoever asks about their data: each begins with what the house knows, people complete it (pure)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from demeure.accountability import law
from demeure.errors import counted
from demeure.persons.deadlines import ANSWER
from demeure.persons.errors import LetterNotOffered
from demeure.persons.files import Asked

REFUSAL, ACCESS, PORTABILITY = "gdpr-12-4", "gdpr-15", "gdpr-20"
TO_COMPLETE = "à compléter"
LETTERS = ("received", "extended", "answer", "refused")


@dataclass(frozen=True)
class Treatment:
    """A part of the register of processing: its title, and its lines in Markdown."""

    title: str
    lines: str


@dataclass(frozen=True)
class Known:
    """What a letter says beside its request, in French; empty: not known. ``day``: of the letter; ``contact``:
    where to write; ``found``: places whose data are handed over; ``elsewhere``: others; ``sure``: of one at least;
    ``looked``, ``unsearched``, ``totals``: in words; ``ground``: why it was refused."""

    organisation: str = ""
    day: str = ""
    contact: str = ""
    found: int = 0
    elsewhere: int = 0
    sure: bool = True
    looked: str = ""
    unsearched: str = ""
    totals: str = ""
    ground: str = ""
    treatments: Sequence[Treatment] = field(default_factory=tuple)


def offered(one: Asked) -> tuple[str, ...]:
    """Letters that this request calls for now, the one to send next last. None of an exercise."""
    if one.practice:
        return ()
    if one.state == "refused":
        return ("refused",)
    if one.state == "done":  # of the others, where they were found is forgotten
        return ("answer",) if one.kind == "erasure" else ()
    first = "extended" if one.extended else "received"  # which tells of an extension that may come
    return (first, "answer") if one.kind != "erasure" and one.searched_at else (first,)


def letter(name: str, one: Asked, known: Known) -> tuple[str, str]:
    """(title, Markdown) of that letter. Raises LetterNotOffered: the request does not call for it."""
    if name not in offered(one):
        raise LetterNotOffered(number=one.number, offered=", ".join(offered(one)) or "–")
    said = _file()["letter"][_answer(one, known) if name == "answer" else name]
    fields = _fields(one, known)
    text = said["text"].strip().format_map(fields)
    named = one.said[0] if one.said and any(sign.isalpha() for sign in one.said[0]) else TO_COMPLETE
    begun = ", le ".join(word for word in (known.organisation, known.day) if word)
    head = f"{begun}\n\nÀ : {named}\n\nObjet : votre demande {fields['subject']}\n\nMadame, Monsieur,"
    title = said["title"].format_map(fields)
    return title, "\n\n".join(part for part in f"{head}\n\n{text}".split("\n\n") if part.strip()) + "\n"


def _answer(one: Asked, known: Known) -> str:
    """Which one: whoever is nowhere is told of no processing, nor of a file."""
    return one.kind if known.found or one.kind == "erasure" else f"{one.kind}-nothing"


def _fields(one: Asked, known: Known) -> dict[str, str]:
    words = _file()["words"]
    ended, extended = one.ended or {}, one.extended or {}
    looked = words["looked"].format(looked=known.looked) if known.looked else ""
    surely = "" if known.sure else "probablement "

    def told(name: str, count: int) -> str:
        return str(words[name]).format(count=counted(count, "endroit", "endroits"), surely=surely)

    found = told("found", known.found) if known.found else words["nothing"]
    kept = [words["kept"]] if ended.get("counts", {}).get("kept") else []
    erased = words["erased"].format(totals=known.totals) if known.totals else words["erased_nothing"]
    return {
        "number": str(one.number),
        "subject": _file()["subject"][one.kind],
        "received": _day(one.received_on),
        "due": _day(one.due_on),
        "contact": known.contact or TO_COMPLETE,
        "extended_why": _inside(extended.get("why", "")) or TO_COMPLETE,
        "ground": known.ground or TO_COMPLETE,
        "why": _ended(ended.get("why", "")),
        "found": f"{found} {looked}".strip(),
        "elsewhere": told("elsewhere", known.elsewhere) if known.elsewhere else "",
        "unsearched": words["unsearched"].format(unsearched=known.unsearched) if known.unsearched else "",
        "treatments": "\n\n".join(f"### {part.title}\n\n{part.lines}" for part in known.treatments)
        or f"- Finalités, catégories de données, destinataires, durées : {TO_COMPLETE}",
        "erased": "\n\n".join([erased, *kept, *([words["backups"]] if known.totals else [])]),
        "recourse": words["recourse"].format(law_recourse=_cited(REFUSAL)),
        "law_answer": _cited(ANSWER),
        "law_access": _cited(ACCESS),
        "law_portability": _cited(PORTABILITY),
    }


def _cited(name: str) -> str:
    return law(name).source


def _day(iso: str) -> str:
    """« 28/11/2026 »."""
    day = datetime.fromisoformat(iso) if "T" in iso else date.fromisoformat(iso)
    return f"{day:%d/%m/%Y}"


def _inside(why: str) -> str:
    """Within a sentence: on one line, without its full stop."""
    return " ".join(why.split()).rstrip(".")


def _ended(why: str) -> str:
    """A sentence of its own."""
    inside = _inside(why)
    inside = inside[:1].upper() + inside[1:]
    return f"{inside}." if inside and inside[-1] not in "!?…" else inside


@cache
def _file() -> dict[str, Any]:
    data = tomllib.loads((files("demeure.persons") / "letters.toml").read_text(encoding="utf-8"))
    return {**data, "letter": {one["id"]: one for one in data["letter"]}}
