"""Looking for a person through everything the house keeps in clear for itself: documents, conversations, works,
glossaries, accounts. Blocking: callers use threads. Rows are read in small transactions: nothing is held up.

A name that begins on one page and ends on the next is not seen.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from demeure.errors import DemeureError
from demeure.library import TO_RECOGNISE, Document, Rooms, Shelf
from demeure.personal.seeking import WHOLE, Seeker, Sighting
from demeure.personal.words import fold
from demeure.persons.places import NAME, SENDER, Finding, Place, Report, Unsearched
from demeure.persons.pseudonymising import opened, use
from demeure.store import Database
from demeure.store.space_tables import parts, pseudonyms
from demeure.store.space_tables import terms as space_terms
from demeure.store.space_tables import texts as space_texts
from demeure.store.tables import conversations, document_places, messages, people, tags, terms, texts
from demeure.store.work_tables import draft_parts, drafts, work_files, works

_ROWS = 200
Texts = Iterator[tuple[str, Place]]


class Looking:
    """One search. ``stopped``: asked between two objects; True ends it."""

    def __init__(
        self, house: Database, rooms: Rooms, shelf: Shelf, seeker: Seeker, stopped: Callable[[], bool]
    ) -> None:
        self._house, self._rooms, self._shelf = house, rooms, shelf
        self._seeker, self._stopped = seeker, stopped
        self.report = Report()

    def everywhere(self) -> Report:
        """All but the journal."""
        for look in (self._accounts, self._conversations, self._works, self._files, self._house_words):
            look()
        for space in sorted(self._shelf.living_spaces()):
            self._space(space)
        return self.report

    # -- one text -------------------------------------------------------------------------------------------------

    def look(self, finding: Finding, pieces: Texts) -> Finding:
        """``finding`` with what these texts hold."""
        for text, place in pieces:
            if text and (seen := self._seeker.find(text)):
                finding = finding.with_(seen, place)
        return finding

    # -- documents ------------------------------------------------------------------------------------------------

    def _space(self, space: str) -> None:
        try:
            database = self._rooms.database(space)
            self._space_words(space, database)
        except DemeureError as problem:
            self.report.unsearched.append(Unsearched("space", space, space, problem.code()))
            return
        self._tables(space, database)
        for row in self._shelf.documents(space):
            if self._stopped():
                return
            self._document(row, database)

    def _tables(self, space: str, database: Database) -> None:
        """What the tokens of each dossier stand for."""
        with database.read() as db:
            rows = db.execute(sa.select(pseudonyms.c.dossier, pseudonyms.c.sealed)).all()
        vault = self._rooms.keys.space(space)
        for row in rows:
            forms = opened(vault.open(row.sealed, use(row.dossier))).forms()
            pieces = ((form, NAME) for form in (row.dossier, *forms))
            self.report.add(self.look(Finding("pseudonyms", row.dossier, space), pieces))

    def _document(self, row: Document, database: Database) -> None:
        finding = Finding("document", row.id, row.space, row.added_by)
        self.report.add(self.look(finding, self._texts_of(row, database)))
        why = _unread(row)
        if why:
            self.report.unsearched.append(Unsearched("document", row.id, row.space, why))

    def _texts_of(self, row: Document, database: Database) -> Texts:
        yield row.name.replace("_", " "), NAME
        yield row.origin.path.replace("/", " \n").replace("_", " "), NAME
        yield row.author, SENDER
        yield row.owner, {"kind": "owner"}
        with self._house.read() as db:
            words = " \n".join(db.execute(sa.select(tags.c.word).where(tags.c.document == row.id)).scalars())
            were = db.execute(
                sa.select(document_places.c.path).where(document_places.c.document == row.id)
            ).scalars()
            former = [path for path in were if path != row.origin.path]
        yield words, {"kind": "tags"}
        for path in former:  # where it lay in a watched folder before
            yield path.replace("/", " \n").replace("_", " "), NAME
        after = -1
        while True:
            p = parts.c
            query = sa.select(p.ordinal, p.place, p.text).where(p.document == row.id, p.ordinal > after)
            with database.read() as db:
                found = db.execute(query.order_by(p.ordinal).limit(_ROWS)).all()
            for one in found:
                yield one.text, one.place
                yield _flat(dict(one.place)), one.place  # who wrote a message, headings, names of what is attached
            if len(found) < _ROWS:
                return
            after = found[-1].ordinal

    # -- conversations and works ----------------------------------------------------------------------------------

    def _conversations(self) -> None:
        c, m = conversations.c, messages.c
        for row in self._paged(sa.select(c.id, c.person, c.title), c.id):
            query = sa.select(m.id, m.text, m.sources, m.role).where(m.conversation == row.id).order_by(m.id)
            with self._house.read() as db:
                said = db.execute(query).all()
            pieces: list[tuple[str, Place]] = [(row.title, NAME)]
            for number, one in enumerate(said, 1):
                place = {"kind": "turn", "number": (number + 1) // 2, "of": one.role}
                pieces += [(one.text, place), (_flat(one.sources), place)]
            self.report.add(self.look(Finding("conversation", row.id, holder=row.person), iter(pieces)))

    def _works(self) -> None:
        w, d, p = works.c, drafts.c, draft_parts.c
        for row in self._paged(sa.select(w.id, w.person, w.title, w.fields), w.id):
            query = sa.select(d.id, d.number, d.text, d.sources, d.report, d.given, d.wish).where(d.work == row.id)
            with self._house.read() as db:
                made = db.execute(query.order_by(d.number)).all()
                within = sa.select(p.title, p.text).where(p.draft.in_([one.id for one in made]))
                beside = [f"{one.title}\n{one.text or ''}" for one in db.execute(within)]
            pieces: list[tuple[str, Place]] = [(row.title, NAME), (_flat(row.fields), {"kind": "form"})]
            for one in made:
                place = {"kind": "draft", "number": one.number}
                pieces += [(text, place) for text in (one.text, one.wish, *map(_flat, one[3:6]))]
            pieces += [(text, {"kind": "draft", "number": 0}) for text in beside]
            self.report.add(self.look(Finding("work", row.id, holder=row.person), iter(pieces)))

    def _files(self) -> None:
        f = work_files.c
        query = sa.select(f.id, f.person, f.name, f.parts, f.answering)
        for row in self._paged(query, f.id):
            pieces: list[tuple[str, Place]] = [(row.name.replace("_", " "), NAME), (_flat(row.answering), SENDER)]
            pieces += [(str(part.get("text", "")), part.get("place") or NAME) for part in row.parts]
            self.report.add(self.look(Finding("file", row.id, holder=row.person), iter(pieces)))

    # -- words and accounts ---------------------------------------------------------------------------------------

    def _house_words(self) -> None:
        with self._house.read() as db:
            self._words("", db, terms, texts)

    def _space_words(self, space: str, database: Database) -> None:
        with database.read() as db:
            self._words(space, db, space_terms, space_texts)

    def _words(self, space: str, db: sa.Connection, entries: sa.Table, written: sa.Table) -> None:
        e, t = entries.c, written.c
        terms_ = db.execute(sa.select(e.form, e.meaning, e.note, e.also, e.avoid)).all()
        texts_ = db.execute(sa.select(t.kind, t.name, t.body).where(t.body.is_not(None))).all()
        pieces: list[tuple[str, Place]] = [
            *((_flat(list(row)), {"kind": "term"}) for row in terms_),
            *((f"{row.name}\n{row.body}", {"kind": "text", "of": row.kind}) for row in texts_),
        ]
        if pieces:
            self.report.add(self.look(Finding("glossary", space, space), iter(pieces)))

    def _accounts(self) -> None:
        with self._house.read() as db:
            rows = db.execute(sa.select(people.c.id, people.c.name, people.c.login)).all()
        for row in rows:
            pieces: list[tuple[str, Place]] = [(row.name, NAME), (row.login, {"kind": "login"})]
            found = self.look(Finding("account", row.id, holder=row.id), iter(pieces))
            for text, place in pieces:
                found = found.with_(self._called(text), place)
            self.report.add(found)
            if found.sure:
                self._own(row.id)

    def _called(self, text: str) -> list[Sighting]:
        """An account may be called by one word, without a capital: « rémi » is its whole name."""
        if any(one.sure == WHOLE for one in self._seeker.find(text)):
            return []
        every = enumerate(self._seeker.clues)
        return [Sighting(0, len(text), at, WHOLE) for at, clue in every if fold(clue.said.strip()) == fold(text)]

    def _own(self, person: str) -> None:
        """What that account wrote itself."""
        counts = (sa.select(sa.func.count()).select_from(table).where(table.c.person == person) for table in _OWN)
        with self._house.read() as db:
            mine = sum(int(db.execute(count).scalar_one()) for count in counts)
        if mine:
            self.report.findings.append(Finding("own", person, holder=person, whole=mine))

    def _paged(self, query: sa.Select[Any], key: sa.ColumnElement[str]) -> Iterator[sa.Row[Any]]:
        """Rows in the order of ``key``, a few at a time."""
        after = ""
        while not self._stopped():
            with self._house.read() as db:
                rows = db.execute(query.where(key > after).order_by(key).limit(_ROWS)).all()
            yield from rows
            if len(rows) < _ROWS:
                return
            after = rows[-1][0]


_OWN = (conversations, works, work_files)


def _flat(value: Any) -> str:
    """The texts of some JSON, one a line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(filter(None, map(_flat, value.values())))
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(_flat, value)))
    return ""


def flat(payload: bytes) -> str:
    """The texts of a payload of the journal: JSON, or bare words."""
    try:
        return _flat(json.loads(payload))
    except ValueError:
        return payload.decode("utf-8", "replace")


def _unread(row: Document) -> str:
    """Why a document was not looked into, or not to its end; empty when it was."""
    if row.state in ("received", "reading") and not (row.flags or {}).get(TO_RECOGNISE):
        return "waiting"
    if row.state == "failed":
        code = row.reason[0] if row.reason else ""
        return "encrypted" if code == "DocumentEncrypted" else "unreadable"
    return "pictures" if (row.flags or {}).get(TO_RECOGNISE) else ""
