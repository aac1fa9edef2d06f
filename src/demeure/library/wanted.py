"""What is wanted of a list of documents, as values and as conditions on their rows (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa

from demeure.library.search.query import fold
from demeure.library.standing import EXPIRED, REVIEW, SUPERSEDED
from demeure.library.superseding import superseded
from demeure.personal import KINDS, SENSITIVE
from demeure.store.tables import documents, tags

SORTS = ("added", "name", "state", "pages", "size", "written")
STATES = {"busy": ("received", "reading", "searchable"), "ready": ("ready",), "failed": ("failed",)}
STANDINGS = (SUPERSEDED, EXPIRED, REVIEW)
EXAMINED = ("found", "none", "unexamined")
"""Personal data were found, none was, or nothing can be said."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Wanted:
    """Empty: whatever. ``state``: busy, ready, failed, or one of STANDINGS on the day ``today``. ``former``: also
    what a newer version has taken the place of. ``person``: id of who added it; ``author``: part of the name the
    file gives, else of who added it. ``since``, ``until``: days, both included; ``dated``: of the document when it
    tells one, instead of its arrival. ``sort``: one of SORTS; ``down``: greatest first.
    ``personal``: a kind of personal data, or one of EXAMINED. ``hidden``: ids of what is not to be seen."""

    state: str = ""
    format: str = ""
    person: str = ""
    author: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    dated: bool = False
    document: str = ""
    former: bool = False
    today: str = ""
    personal: str = ""
    hidden: tuple[str, ...] = ()
    sort: str = "added"
    down: bool = True

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        kept = replace(Wanted(), dated=self.dated, former=self.former, today=self.today)
        return self == replace(kept, sort=self.sort, down=self.down)

    def checked(self) -> "Wanted":
        """The same, without what cannot be: an unknown state or sort, a day that is none."""
        return replace(
            self,
            state=self.state if self.state in (*STATES, *STANDINGS) else "",
            sort=self.sort if self.sort in SORTS else "added",
            personal=self.personal if self.personal in (*EXAMINED, *KINDS) else "",
            since=_day(self.since),
            until=_day(self.until),
        )


def conditions(wanted: Wanted, spaces: Sequence[str], people: dict[str, str]) -> list[sa.ColumnElement[bool]]:
    """On ``documents`` of these ``spaces``. ``people``: id → name of those who may have added a document."""
    c = documents.c
    found: list[sa.ColumnElement[bool]] = []
    if wanted.state in STATES:
        found.append(c.state.in_(STATES[wanted.state]))
    elif wanted.state:
        found.append(stands(wanted.state, wanted.today))
    for column, value in ((c.format, wanted.format), (c.added_by, wanted.person), (c.id, wanted.document)):
        if value:
            found.append(column == value)
    if wanted.tag:
        tagged = sa.select(tags.c.document).where(tags.c.space.in_(spaces), tags.c.folded == tag_form(wanted.tag))
        found.append(c.id.in_(tagged))
    if wanted.author:
        part = tag_form(wanted.author)
        named = [one for one, name in people.items() if part in tag_form(name)]
        typed = wanted.author  # SQLite lowers ASCII only: « élodie » is looked for as « Élodie » and « ÉLODIE » too
        forms = {typed, typed.lower(), typed.title(), typed.upper()}
        by_file = sa.func.lower(c.author).contains(typed.lower(), autoescape=True)
        by_file |= sa.or_(*(c.author.contains(form, autoescape=True) for form in sorted(forms)))
        found.append(by_file | (c.author.is_(None) & c.added_by.in_(named)))
    if wanted.personal:
        found.append(_marked(wanted.personal))
    day = sa.func.coalesce(c.written_on, sa.func.substr(c.added_at, 1, 10)) if wanted.dated else c.added_at
    if wanted.since:
        found.append(day >= wanted.since)
    if wanted.until:
        found.append(day < (date.fromisoformat(wanted.until) + timedelta(days=1)).isoformat())
    return found


def _marked(personal: str) -> sa.ColumnElement[bool]:
    """On a row of ``documents``: what its examination for personal data gave. Words of health and unions alone
    name nobody."""
    c = documents.c
    examined = sa.func.coalesce(sa.func.json_extract(c.personal, "$.left"), 1) == 0
    if personal == "unexamined":
        return ~examined
    if personal in KINDS:
        return examined & (sa.func.json_extract(c.personal, f"$.kinds.{personal}") > 0)
    kinds = sa.func.json_each(c.personal, "$.kinds").table_valued("key")
    named = sa.exists(sa.select(1).select_from(kinds).where(kinds.c.key.not_in(SENSITIVE)).correlate(documents))
    return examined & (named if personal == "found" else ~named)


def stands(kind: str, today: str) -> sa.ColumnElement[bool]:
    """On a row of ``documents``: it is superseded, past the end of its keeping, or to be read again."""
    c = documents.c
    if kind == SUPERSEDED:
        return superseded()
    return c.keep_until < today if kind == EXPIRED else c.review_on <= today


def tag_form(word: str) -> str:
    """Two tags of the same form are the same tag: neither case nor accents count."""
    return fold(word.casefold())


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        return ""
    try:
        told = date.fromisoformat(text)
    except ValueError:
        return ""
    return text if date(1900, 1, 1) <= told < date(9000, 1, 1) else ""
