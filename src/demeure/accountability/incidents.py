"""An incident: its clock, its form, and what the journal says of the time concerned. Pure."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from demeure.accountability.law import law
from demeure.accountability.live import COLON
from demeure.errors import counted

NOTIFY, TELL = "gdpr-33", "gdpr-34"
MOST_NAMES = 12
WHY, WHY_CLOSED = "Pourquoi l’autorité n’est pas prévenue", "Note de clôture"
"""What the last words of an incident are: closed without, or after the authority was told."""
_OPENED = ("document-open", "document-read", "document-viewed", "document-compared")
_LEFT = ("file-exported", "person-exported", "journal-exported", "everything-exported", "route-request")
_TRIED = (
    "password-refused",
    "account-waits",
    "sign-ins-refused",
    "link-refused",
    "key-refused",
    "provider-refused",
)
"""Names of entries: a document was looked at, something left as a file or by a route, somebody was turned away at
the door."""
_BY_LINK = "link-presented-closed"
"""The closing of a link that opened: its object is the account."""
_CHOSEN = ("legal-refused", "version-refused", "snapshot-refused")
"""Named like refusals of policy, and none: somebody's answer to a request, a state that was set aside."""
_SUMMED = re.compile(r"(?<!\S)(?:too-early|wrong|count)=(\d+)")
_OWN = frozenset(("house", "gateway", "worker"))
"""Actors that are the house itself: indexing reads each document, nobody opened it."""


@dataclass(frozen=True)
class FormField:
    """``scope``: which sentence of the scope it begins with; ``needed``: the form is not whole without it;
    ``late``: nor without this one once the hours are over (GDPR 33(1))."""

    id: str
    fr: str
    hint: str = ""
    scope: str = ""
    needed: bool = False
    late: bool = False


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


def is_late(known: datetime, told: datetime) -> bool:
    """Is, or was, the authority told after the hours? ``told``: when it is."""
    return told > due(known)


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
    """Counted over entries, the house's own work left out (but what its boxes refused). ``spaces``: ids;
    ``opened``: documents looked at; ``exports``: files that left; ``refused``: refusals of policy and of boxes."""

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
                if one.name == _BY_LINK and one.object:
                    self.actors.add(one.object)  # whoever presents a link is known once it has opened
                continue
            tried = one.name in _TRIED
            if tried:
                self.failed_sign_ins += times(one)
            elif one.name.endswith("-refused") and one.name not in _CHOSEN:
                self.refused += times(one)
            if one.actor in _OWN:
                continue
            self.entries += 1
            self.actors.add(one.actor)
            if one.space:
                self.spaces.add(one.space)
            self.exports += one.name in _LEFT
            self.questions += one.name == "question-asked"
            if one.name in _OPENED and one.object:
                self.opened.add(one.object.split()[0])

    def as_json(self, since: datetime, until: datetime, people: Collection[str]) -> dict[str, Any]:
        """For the database and the pages: sets become sorted lists, moments are in UTC. ``people``: ids of every
        account, closed ones too: visitors, applications and machines are no account of a person."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        return {
            "since": since.isoformat(),
            "until": until.isoformat(),
            "entries": self.entries,
            "actors": sorted(self.actors & set(people)),
            "spaces": sorted(self.spaces),
            "opened": len(self.opened),
            "exports": self.exports,
            "refused": self.refused,
            "failed_sign_ins": self.failed_sign_ins,
            "questions": self.questions,
            "cut": self.cut,
        }


def times(one: Said) -> int:
    """How many refusals an entry tells: some sum a minute (gateway/refusals.py, box_refusals.py)."""
    if one.name not in ("sign-ins-refused", "attempt-refused"):
        return 1
    return sum(map(int, _SUMMED.findall(one.object))) or 1


def sentences(scope: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """What each field of the form begins with. ``names``: space → its name, as it is now."""
    since, until = (datetime.fromisoformat(scope[one]) for one in ("since", "until"))
    days = f"du {_utc(since)} au {_utc(until)} (UTC)"
    spaces = spaces_named(scope, names)
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


def spaces_named(scope: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Those of a scope, as they were called when it was read (``scope["names"]``): one that was deleted or renamed
    since keeps the name that the form began with."""
    known = {**names, **scope.get("names", {})}
    return [known.get(one, one) for one in scope.get("spaces", ())]


def prefilled(scope: Mapping[str, Any], names: Mapping[str, str], title: str) -> dict[str, str]:
    """Field → the text it begins with."""
    said = sentences(scope, names)
    return {one.id: said.get(one.scope, "") for one in form()} | {"title": title}


def missing(
    fields: Mapping[str, str], scope: Mapping[str, Any], names: Mapping[str, str], *, late: bool
) -> list[FormField]:
    """Those that are needed and that nobody completed: empty, or as they began. ``late``: ``is_late``."""
    began = prefilled(scope, names, "")
    return [
        one
        for one in form()
        if (one.needed or (one.late and late))
        and fields.get(one.id, "").strip() in ("", began.get(one.id, "").strip())
    ]


class Told(Protocol):
    """An incident, as far as its form reads it."""

    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def known_at(self) -> datetime: ...
    @property
    def notified_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def practice(self) -> bool: ...


_MARK = re.compile(
    r"^([ \t]*(?:(?:[-*+>]|\d{1,9}[.)])[ \t]*){0,24})(#{1,6}(?=\s|$)|`{3,}|~{3,}|=+(?=\s*$)|-+(?=\s*$))",
    re.MULTILINE,
)
"""What would begin a heading of Markdown, or code up to the end, in what people wrote."""


def _plain(text: str) -> str:
    return _MARK.sub(lambda found: f"{found[1]}\\{found[2]}", text.strip())


def told(one: Told, organisation: str, *, late: bool = False) -> str:
    """The form as Markdown, to be copied where the authority asks for it, or sent. ``late``: ``is_late``."""
    head, fields = "EXERCICE, à ne pas envoyer. " if one.practice else "", one.fields
    clock = f"Connu le {_utc(one.known_at)}, notification due le {_utc(due(one.known_at))}"
    if one.notified_at is not None:
        clock = f"{clock}, notifié le {_utc(one.notified_at)}"
    if one.closed_at is not None:
        clock = f"{clock}, clos le {_utc(one.closed_at)}"
        clock = clock if one.notified_at is not None else f"{clock} sans que l’autorité soit prévenue"
    clock = f"{clock} (UTC)"
    lines = [
        f"{head}{_plain(organisation)}. {clock}.",
        "",
        f"- {law(NOTIFY).told}",
        f"- {law('gdpr-33-3').told}",
        f"- {law(TELL).told}",
        "",
    ]
    for each in form():
        empty = "sans objet" if each.late and not late else "à compléter"
        lines += [f"## {each.fr}", "", _plain(fields.get(each.id, "")) or empty, ""]
    if why := fields.get("why", ""):
        lines += [f"## {WHY if one.notified_at is None else WHY_CLOSED}", "", _plain(why), ""]
    return "\n".join(lines).strip() + "\n"


def _utc(moment: datetime) -> str:
    """« 27/11/2026 à 14:30 », in UTC whatever zone it was written in."""
    return f"{moment.astimezone(UTC):%d/%m/%Y à %H:%M}"
