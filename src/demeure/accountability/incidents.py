"""An incident: its clock, its form, and what the journal says of the time concerned. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from demeure.accountability.law import law
from demeure.accountability.live import COLON, counted

NOTIFY, TELL = "gdpr-33", "gdpr-34"
MOST_NAMES = 12
_OPENED = ("document-open", "document-read", "document-viewed", "document-compared")
_LEFT = ("file-exported", "person-exported", "journal-exported", "everything-exported", "route-request")
_TRIED = ("password-refused", "sign-ins-refused", "link-refused", "key-refused")
"""Names of entries: a document was looked at, something left as a file or by a route, somebody was turned away."""


@dataclass(frozen=True)
class FormField:
    """``scope``: which sentence of the scope it begins with; ``needed``: the form is not whole without it."""

    id: str
    fr: str
    hint: str = ""
    scope: str = ""
    needed: bool = False


@cache
def form() -> tuple[FormField, ...]:
    """In order."""
    data = tomllib.loads((files("demeure.accountability") / "incidents.toml").read_text(encoding="utf-8"))
    return tuple(FormField(**one) for one in data["field"])


def due(known: datetime) -> datetime:
    """When the authority is told at the latest."""
    return known + timedelta(hours=law(NOTIFY).hours)


def hours_left(known: datetime, now: datetime) -> int:
    """Whole hours; negative once it is over."""
    return int((due(known) - now).total_seconds() // 3600)


class Said(Protocol):
    """An entry of the journal, as far as a scope reads it."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def phase(self) -> str: ...

    @property
    def actor(self) -> str: ...

    @property
    def space(self) -> str | None: ...

    @property
    def object(self) -> str: ...


@dataclass
class Scope:
    """Counted over entries. ``spaces``: ids; ``opened``: documents looked at; ``exports``: files that left."""

    entries: int = 0
    actors: set[str] = field(default_factory=set)
    spaces: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    exports: int = 0
    refused: int = 0
    failed_sign_ins: int = 0
    questions: int = 0
    cut: bool = False
    """More entries than were read."""

    def add(self, entries: Iterable[Said]) -> None:
        """Closings repeat what their opening says: they are not counted."""
        for one in entries:
            if one.phase == "closing":
                continue
            self.entries += 1
            self.actors.add(one.actor)
            if one.space:
                self.spaces.add(one.space)
            if one.kind == "filter":
                self.refused += 1
            self.exports += one.name in _LEFT
            self.questions += one.name == "question-asked"
            self.failed_sign_ins += one.name in _TRIED
            if one.name in _OPENED and one.object:
                self.opened.add(one.object.split()[0])

    def as_json(self, since: datetime, until: datetime) -> dict[str, Any]:
        """For the database and the pages: sets become sorted lists."""
        return {
            "since": since.isoformat(),
            "until": until.isoformat(),
            "entries": self.entries,
            "actors": sorted(self.actors),
            "spaces": sorted(self.spaces),
            "opened": len(self.opened),
            "exports": self.exports,
            "refused": self.refused,
            "failed_sign_ins": self.failed_sign_ins,
            "questions": self.questions,
            "cut": self.cut,
        }


def sentences(scope: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """What each field of the form begins with. ``names``: space → its name."""
    since, until = (datetime.fromisoformat(scope[one]) for one in ("since", "until"))
    days = f"du {since:%d/%m/%Y %H:%M} au {until:%d/%m/%Y %H:%M}"
    spaces = [names.get(one, one) for one in scope["spaces"]]
    shown = ", ".join(spaces[:MOST_NAMES]) + (
        f" et {len(spaces) - MOST_NAMES} autres" if len(spaces) > MOST_NAMES else ""
    )
    acts = counted(scope["entries"], "acte", "actes")
    questions = counted(scope["questions"], "question", "questions")
    return {
        "acts": f"D’après le journal, {days}{COLON}{acts}, dont {questions}.",
        "accounts": f"Comptes qui ont agi dans ce temps{COLON}{len(scope['actors'])}.",
        "documents": (
            f"Espaces touchés{COLON}{shown or 'aucun'}. Documents ouverts{COLON}{scope['opened']}. "
            f"Fichiers sortis{COLON}{scope['exports']}."
        ),
        "refusals": (
            f"Refus écrits dans ce temps{COLON}{scope['refused']}. "
            f"Connexions refusées{COLON}{scope['failed_sign_ins']}."
        ),
    }


def prefilled(scope: Mapping[str, Any], names: Mapping[str, str], title: str) -> dict[str, str]:
    """Field → the text it begins with."""
    said = sentences(scope, names)
    return {one.id: said.get(one.scope, "") for one in form()} | {"title": title}


def missing(fields: Mapping[str, str], scope: Mapping[str, Any], names: Mapping[str, str]) -> list[FormField]:
    """Those that are needed and that nobody completed: empty, or as they began."""
    began = prefilled(scope, names, "")
    return [
        one
        for one in form()
        if one.needed and fields.get(one.id, "").strip() in ("", began.get(one.id, "").strip())
    ]


def told(fields: Mapping[str, str], known: datetime, organisation: str, *, practice: bool) -> str:
    """The form as Markdown, to be copied where the authority asks for it, or sent."""
    head = "EXERCICE, à ne pas envoyer. " if practice else ""
    clock = f"Connu le {known:%d/%m/%Y à %H:%M}, notification due le {due(known):%d/%m/%Y à %H:%M} (UTC)"
    lines = [
        f"{head}{organisation}. {clock}.",
        "",
        f"- {law(NOTIFY).told}",
        f"- {law('gdpr-33-3').told}",
        f"- {law(TELL).told}",
        "",
    ]
    for one in form():
        lines += [f"## {one.fr}", "", fields.get(one.id, "").strip() or "à compléter", ""]
    return "\n".join(lines).strip() + "\n"
