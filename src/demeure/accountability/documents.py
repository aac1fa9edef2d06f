"""Documents as data: what they are made of is in documents.toml, what they say is read from facts. Every line says
where it comes from: a check, a law, a place of the house, or a question left to the organisation. Pure."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from demeure.accountability import live
from demeure.accountability.checking import Result
from demeure.accountability.checks import names
from demeure.accountability.errors import LawUnreadable, RegisterUnknown
from demeure.accountability.facts import Facts
from demeure.accountability.law import law
from demeure.accountability.measures import STATES, measures, named, told

ASK, LAW, LIVE, OURS, MEASURE = "ask", "law", "live", "ours", "measure"
"""Kinds of statements. OURS: fixed words of the product."""
TO_FILL = "à compléter"
PA102 = "pa102.toml"


@dataclass(frozen=True)
class Statement:
    """``trace``: where it comes from: check ids for MEASURE, a law's id, the place that was read."""

    kind: str
    text: str
    trace: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """``key``: the same at every generation. ``proposal``: what people may change. ``measures``: ids, told beside
    with their checks, which nobody can change by hand."""

    key: str
    title: str
    proposal: tuple[Statement, ...]
    measures: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The proposal as Markdown, one line each."""
        return "\n".join(f"- {one.text}" for one in self.proposal)


@dataclass(frozen=True)
class Document:
    """``of``: the document that this one is a view of; empty: it stands by itself."""

    id: str
    title: str
    sections: tuple[Section, ...]
    of: str = ""


@cache
def _raw(name: str = "documents.toml") -> dict[str, Any]:
    return tomllib.loads((files("demeure.accountability") / name).read_text(encoding="utf-8"))


def titles() -> dict[str, str]:
    """Document → its title, in the order of the file."""
    return {one["id"]: one["title"] for one in _raw()["document"]}


def document(name: str, facts: Facts) -> Document:
    """Generated from ``facts``. Raises RegisterUnknown, LawUnreadable."""
    found = next((one for one in _raw()["document"] if one["id"] == name), None)
    if found is None:
        raise RegisterUnknown(document=name, known=", ".join(titles()))
    sections = tuple(section for raw in found["section"] for section in _sections(raw, facts))
    return Document(name, found["title"], sections, found.get("of", ""))


def _sections(raw: Mapping[str, Any], facts: Facts) -> Iterator[Section]:
    each = raw.get("each", "")
    if not each:
        yield _section(raw, raw["key"], raw["title"], facts, None)
    elif each == "r":
        yield from _recommendations(raw)
    else:
        items: Mapping[str, Sequence[Any] | None] = {
            "space": facts.spaces,
            "route": facts.routes,
            "model": facts.models,
            "company": facts.companies,
        }
        for item in items[each] or ():
            title = raw["title"].format(name=item.name if each != "route" else item.id)
            yield _section(raw, f"{raw['key']}-{item.id}", title, facts, item)


def _section(raw: Mapping[str, Any], key: str, title: str, facts: Facts, item: Any) -> Section:
    said = [Statement(LAW, law(name).told.removesuffix("."), (name,)) for name in raw.get("law", ())]
    for name in raw.get("live", ()):
        said += [Statement(LIVE, text, (place,)) for text, place in live.read(name, facts, item)]
    said += [_ours(text) for text in raw.get("text", ())]
    said += [Statement(ASK, f"{text}{live.COLON}{TO_FILL}", ("organisation",)) for text in raw.get("ask", ())]
    return Section(key, title, tuple(said), _known(raw.get("measures", ())))


def _ours(raw: Any) -> Statement:
    """Fixed words; those about a measure come with the checks that prove them, and name them."""
    if isinstance(raw, str):
        return Statement(OURS, raw, ("produit",))
    checks = tuple(raw["checks"])
    if not checks or not set(checks) <= names():
        raise LawUnreadable(detail=f"documents.toml: {raw['said']}")
    return Statement(OURS, f"{raw['said']} (contrôle{live.COLON}{', '.join(map(named, checks))})", checks)


def _recommendations(raw: Mapping[str, Any]) -> Iterator[Section]:
    """One section a recommendation. What is left to the organisation is a question; with neither, it is one too."""
    for one in _raw(PA102)["r"]:
        title = raw["title"].format(number=one["number"], name=one["fr"])
        yours = one["yours"]
        said = [Statement(ASK, f"À l’organisation{live.COLON}{yours}", ("organisation",))] if yours else []
        said.append(Statement(ASK, f"Risque qui reste{live.COLON}{TO_FILL}", ("organisation",)))
        yield Section(f"{raw['key']}{one['number']}", title, tuple(said), _known(one["measures"]))


def _known(wanted: Sequence[str]) -> tuple[str, ...]:
    unknown = [one for one in wanted if one not in measures()]
    if unknown:
        raise LawUnreadable(detail=f"documents.toml: {', '.join(unknown)}")
    return tuple(wanted)


def measure_lines(wanted: Sequence[str], results: Mapping[str, Result], facts: Facts) -> list[Statement]:
    """A sentence for each measure, with its state, its checks and their ages."""
    lines = []
    for name in wanted:
        one = measures()[name]
        said = "\u00a0; ".join(told(results, check, facts.now) for check in one.checks)
        state = STATES[one.state(results)]
        text = (
            f"{one.fr}{live.COLON}mesure {state}. Contrôle{'s' if len(one.checks) > 1 else ''}{live.COLON}{said}."
        )
        lines.append(Statement(MEASURE, text, one.checks))
    return lines


def standing(wanted: Document, results: Mapping[str, Result]) -> dict[str, int]:
    """State of measures → how many of the document's are so."""
    named = {name for section in wanted.sections for name in section.measures}
    counts = dict.fromkeys(STATES, 0)
    for name in named:
        counts[measures()[name].state(results)] += 1
    return counts


def to_fill(text: str) -> int:
    """How many questions are left in a text."""
    return sum(line.rstrip(" .").endswith(TO_FILL) for line in text.splitlines())
