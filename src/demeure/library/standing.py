"""How a document stands today: superseded, to be read again, past the end of its keeping; and when a question asks
for what was, rather than for what is.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from demeure.library.search.query import fold
from demeure.library.superseding import newer, searchable, superseded
from demeure.library.versions.kinship import SERIES, STANDING
from demeure.store.tables import documents, versions

SUPERSEDED, EXPIRED, REVIEW = "superseded", "expired", "review"

_YEAR = re.compile(r"(?<![\d/.,-])((?:19|20)\d\d)(?![\d/.,-]?\d)")
_SPAN = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-/]\s?((?:19|20)\d\d)(?!\d)")
_FORMER = re.compile(
    r"\b(?:ancienn?e?s? (?:version|regle|tarif|texte|document|horaire|redaction)|"
    r"(?:version|redaction|tarif|texte)s? (?:precedent|anterieur|remplace|perime)|"
    r"(?:former|previous|older|earlier|superseded) (?:version|rule|price|text|document|fee|hour))"
)


@dataclass(frozen=True)
class Standing:
    """``kind``: superseded, expired or review. ``since``: the day (YYYY-MM-DD), empty when superseded. ``newer``,
    ``name``: of the document that has taken its place."""

    kind: str
    since: str = ""
    newer: str = ""
    name: str = ""


@dataclass(frozen=True)
class Named:
    """A document that a search may show. ``sensitivity``: its own class; empty: its space's. ``newer``: the own
    class of the one that has taken its place."""

    name: str
    sha256: str
    standing: tuple[Standing, ...] = ()
    sensitivity: str = ""
    newer: str = ""


@dataclass(frozen=True)
class Older:
    """Which superseded documents a search may show. ``every``: all; ``years``: those whose period holds one of
    them."""

    every: bool = False
    years: frozenset[str] = frozenset()

    @property
    def asked(self) -> bool:
        return self.every or bool(self.years)


NOT_OLDER = Older()

_IDS = documents.c.id.in_(sa.bindparam("ids", expanding=True))
_NAMED = sa.select(documents.c.id, documents.c.name, documents.c.sensitivity).where(_IDS)
_FINDABLE = sa.select(
    *(documents.c.id, documents.c.name, documents.c.sha256, documents.c.review_on, documents.c.keep_until),
    *(documents.c.begins, documents.c.ends, documents.c.title_key, documents.c.sensitivity, newer().label("newer")),
).where(_IDS, searchable(), documents.c.deleting.is_(False))
"""Made once: every search asks."""


def older(text: str) -> Older:
    """What a question says of it: « en 2024 », « l’ancienne version »."""
    plain = fold(text.casefold())
    years = {found[1] for found in _YEAR.finditer(plain)} | {found[1] for found in _SPAN.finditer(plain)}
    return Older(bool(_FORMER.search(plain)), frozenset(years))


def standings(
    today: str, *, review_on: str | None, keep_until: str | None, newer: str | None = "", name: str | None = ""
) -> tuple[Standing, ...]:
    """On the day ``today``, the gravest first."""
    told = []
    if newer:
        told.append(Standing(SUPERSEDED, newer=newer, name=name or ""))
    if keep_until and keep_until < today:
        told.append(Standing(EXPIRED, keep_until))
    if review_on and review_on <= today:
        told.append(Standing(REVIEW, review_on))
    return tuple(told)


def out_of_search(asked: Older) -> sa.ColumnElement[bool]:
    """On a row of ``documents``: another has taken its place, and nobody asks for what it says."""
    if asked.every:
        return sa.false()
    c = documents.c
    if not asked.years:
        return superseded()
    held = [sa.and_(c.begins <= f"{year}-12-31", c.ends >= f"{year}-01-01") for year in sorted(asked.years)]
    return sa.and_(superseded(), ~sa.func.coalesce(sa.or_(*held), sa.false()))


def findable(db: sa.Connection, ids: Iterable[str], asked: Older, today: str) -> dict[str, Named]:
    """Those of ``ids`` that a search may show. Of a document of which one version is of the year asked for, the
    others are left out: its price of 2026 does not answer for 2024. So are price lists, rules… of the same title
    and of other years, though nobody has said that they are versions of it."""
    rows = {
        row.id: row
        for row in db.execute(_FINDABLE, {"ids": list(ids)})
        if not row.newer or asked.every or _holds((row.begins or "", row.ends or ""), asked.years)
    }
    later = {row.newer for row in rows.values() if row.newer}
    named = db.execute(_NAMED, {"ids": list(later)}).all() if later else []
    names, classes = {row.id: row.name for row in named}, {row.id: row.sensitivity or "" for row in named}
    away = _other_years(db, asked, {row.id: (row.begins or "", row.ends or "") for row in rows.values()})
    away |= _titles_of_other_years(asked, rows.values())
    return {
        row.id: Named(
            row.name,
            row.sha256,
            standings(
                today,
                review_on=row.review_on,
                keep_until=row.keep_until,
                newer=row.newer,
                name=names.get(row.newer),
            ),
            row.sensitivity or "",
            classes.get(row.newer, ""),
        )
        for row in rows.values()
        if row.id not in away
    }


def _other_years(db: sa.Connection, asked: Older, periods: Mapping[str, tuple[str, str]]) -> set[str]:
    """Those beside which a version of the year asked for was found too."""
    if not asked.years or not periods:
        return set()
    away: set[str] = set()
    for line in lines(db, periods):
        of_year = {one for one in line if one in periods and _holds(periods[one], asked.years)}
        away |= line - of_year if of_year else set()
    return away


def _titles_of_other_years(asked: Older, rows: Collection[Any]) -> set[str]:
    """Those beside which a document of the same title and of the year asked for was found: of what is in force
    until another takes its place, never of a series, whose next one says other things. One with a class of its own,
    which not everybody sees, makes nothing leave."""
    of_key: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for row in rows if asked.years else ():
        words = set((row.title_key or "").split())
        if words & STANDING and not words & SERIES and (row.begins or "") < (row.ends or ""):
            of_key[row.title_key][row.id] = (row.begins, row.ends)
    classed = {row.id for row in rows if row.sensitivity}
    away: set[str] = set()
    for periods in of_key.values():
        of_year = {one for one, period in periods.items() if _holds(period, asked.years)}
        away |= set(periods) - of_year if of_year - classed else set()
    return away


def _holds(period: tuple[str, str], years: Iterable[str]) -> bool:
    return bool(period[0]) and any(period[0] <= f"{y}-12-31" and period[1] >= f"{y}-01-01" for y in years)


def lines(db: sa.Connection, ids: Iterable[str]) -> list[set[str]]:
    """The lines of versions that some of these documents belong to, each as a set of ids."""
    v, line_of = versions.c, defaultdict[str, set[str]](set)
    asked, seen = set(ids), set[str]()
    while asked:
        query = sa.select(v.document, v.former).where(
            v.state == "linked", sa.or_(v.document.in_(asked), v.former.in_(asked))
        )
        seen |= asked
        found = {(str(document), str(former)) for document, former in db.execute(query)}
        for document, former in found:
            line = line_of[document] | line_of[former] | {document, former}
            for one in line:
                line_of[one] = line
        asked = {one for pair in found for one in pair} - seen
    return list({id(line): line for line in line_of.values() if line}.values())


def cite(db: sa.Connection, ids: Iterable[str], day: str) -> None:
    """An answer cited these documents on that day, inside a transaction."""
    c = documents.c
    fresh = sa.or_(c.cited_on.is_(None), c.cited_on < day)
    db.execute(documents.update().where(c.id.in_(ids), fresh).values(cited_on=day))
