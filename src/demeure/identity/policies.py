"""The organisation's policy, version by version, and which class each space has. Rows and nothing else: who may
change what is decided, and journalled, by whoever calls.
"""

import threading
from dataclasses import dataclass

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.identity.errors import PolicyMoved, PolicyUnknown
from demeure.policy import (
    Force,
    Policy,
    PolicyWaits,
    amend,
    closed_policy,
    default_policy,
    default_policy_text,
    in_force,
    read_policy,
    takes_default,
)
from demeure.store import Database
from demeure.store.policy_tables import policies
from demeure.store.tables import documents, spaces


@dataclass(frozen=True)
class PolicyVersion:
    """``number``: 0 for the one of a new house. ``former``: the version it brings back. ``approved_by``: the second
    person. ``applied_at``, ``dropped_at``: empty until then."""

    number: int
    digest: str
    text: str
    reason: str = ""
    former: int | None = None
    by: str = ""
    at: str = ""
    approved_by: str = ""
    applied_at: str = ""
    dropped_at: str = ""

    @property
    def waits(self) -> bool:
        """For somebody's word?"""
        return bool(self.number) and not self.applied_at and not self.dropped_at


class Policies:
    """Any thread, several processes; every method blocks. ``in_clear``: the disk is not shown encrypted."""

    def __init__(self, database: Database, clock: Clock, *, in_clear: bool = False) -> None:
        self._database, self._clock, self._in_clear = database, clock, in_clear
        self._loading = threading.Lock()

    # -- in force -------------------------------------------------------------------------------------------------

    def load(self) -> Force:
        """Put in force, in this process, what the database says. A text that cannot be read, of another version of
        the product, closes the house but for those who mend it."""
        with self._loading:  # what one thread read a moment ago must not take the place of what another read since
            current, now = self.current(), in_force().policy
            policy = now if now.digest == current.digest else self._read(current.text)
            classed, held, visas = self._spaces()
            return amend(policy=policy, spaces=classed, in_clear=self._in_clear, held=held, visas=visas)

    @staticmethod
    def _read(text: str) -> Policy:
        try:
            return read_policy(text, anew=False)
        except DemeureError as problem:
            return closed_policy(text, problem)

    def _spaces(self) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
        """Space → its class, of those that have one; those that are held; those with a visa."""
        query = sa.select(spaces.c.id, spaces.c.sensitivity, spaces.c.held, spaces.c.visa)
        with self._database.read() as db:
            rows = db.execute(query).all()
        return (
            {row.id: row.sensitivity for row in rows if row.sensitivity},
            frozenset(row.id for row in rows if row.held),
            frozenset(row.id for row in rows if row.visa),
        )

    def current(self) -> PolicyVersion:
        """The last one applied; before any, the one of a new house."""
        query = sa.select(policies).where(policies.c.applied_at.is_not(None))
        with self._database.read() as db:
            row = db.execute(query.order_by(policies.c.number.desc()).limit(1)).first()
        return _version(row) if row else _first()

    # -- versions -------------------------------------------------------------------------------------------------

    def history(self) -> list[PolicyVersion]:
        """Newest first, what waits and what was dropped included; last, the one of a new house."""
        with self._database.read() as db:
            rows = db.execute(sa.select(policies).order_by(policies.c.number.desc())).all()
        return [*map(_version, rows), _first()]

    def version(self, number: int) -> PolicyVersion:
        """Raises PolicyUnknown."""
        found = next((one for one in self.history() if one.number == number), None)
        if found is None:
            raise PolicyUnknown(number=number)
        return found

    def waiting(self) -> PolicyVersion | None:
        """The proposal that waits for a second person."""
        return next((one for one in self.history() if one.waits), None)

    def next_number(self) -> int:
        """What the next version will be called."""
        with self._database.read() as db:
            return int(db.execute(sa.select(sa.func.coalesce(sa.func.max(policies.c.number), 0))).scalar_one()) + 1

    def add(
        self,
        number: int,
        policy: Policy,
        by: str,
        *,
        after: int,
        reason: str = "",
        former: int | None = None,
        apply: bool,
    ) -> None:
        """A further version, applied or proposed. ``after``: the version that its author knew to be in force.
        Raises PolicyMoved, also when ``number`` was taken meanwhile, and PolicyWaits: a proposal goes by somebody's
        word, never by another proposal."""
        now = iso(self._clock.now())
        row = {"number": number, "digest": policy.digest, "text": policy.text, "reason": reason, "former": former}
        row |= {"by": by, "at": now, "applied_at": now if apply else None}
        with self._database.write() as db:
            self._still(db, after)
            if db.execute(sa.select(policies.c.number).where(policies.c.number >= number)).first() is not None:
                raise PolicyMoved()
            self._none_waits(db)
            if apply:
                self._keep_classes(db, policy)
            db.execute(policies.insert().values(row))

    def approve(self, number: int, by: str) -> None:
        """The proposal ``number`` is applied. Raises PolicyMoved: it waits no more."""
        values = {"approved_by": by, "applied_at": iso(self._clock.now())}
        self._settle(number, values, self._read(self.version(number).text))

    def drop(self, number: int) -> None:
        """The proposal ``number`` is taken back, or refused. Raises PolicyMoved."""
        self._settle(number, {"dropped_at": iso(self._clock.now())})

    def _settle(self, number: int, values: dict[str, str], applied: Policy | None = None) -> None:
        c = policies.c
        waits = sa.update(policies).where(c.number == number, c.applied_at.is_(None), c.dropped_at.is_(None))
        with self._database.write() as db:
            if not db.execute(waits.values(values)).rowcount:
                raise PolicyMoved()
            if applied is not None:
                self._keep_classes(db, applied)

    @staticmethod
    def _keep_classes(db: sa.Connection, coming: Policy) -> None:
        """Another class for new spaces is not another class for those that are there: what had none of its own
        keeps the one it had, which counts as the highest when it is gone (policy.takes_default)."""
        now = in_force().policy
        if not takes_default(now, coming):
            db.execute(sa.update(spaces).where(spaces.c.sensitivity.is_(None)).values(sensitivity=now.default))

    @staticmethod
    def _still(db: sa.Connection, after: int) -> None:
        applied = sa.select(sa.func.coalesce(sa.func.max(policies.c.number), 0))
        if db.execute(applied.where(policies.c.applied_at.is_not(None))).scalar_one() != after:
            raise PolicyMoved()

    @staticmethod
    def _none_waits(db: sa.Connection) -> None:
        c = policies.c
        waiting = sa.select(c.number).where(c.applied_at.is_(None), c.dropped_at.is_(None))
        if (number := db.execute(waiting).scalar()) is not None:
            raise PolicyWaits(number=number)

    # -- classes --------------------------------------------------------------------------------------------------

    def class_space(self, space: str, sensitivity: str) -> None:
        """Its class from now on."""
        with self._database.write() as db:
            db.execute(sa.update(spaces).where(spaces.c.id == space).values(sensitivity=sensitivity))

    def class_document(self, document: str, sensitivity: str) -> None:
        """Its own class from now on; empty: that of its space."""
        with self._database.write() as db:
            row = sa.update(documents).where(documents.c.id == document)
            db.execute(row.values(sensitivity=sensitivity or None))

    def classed_documents(self) -> dict[str, str]:
        """Document → its own class, of those that have one."""
        c = documents.c
        query = sa.select(c.id, c.sensitivity).where(c.sensitivity.is_not(None))
        with self._database.read() as db:
            return {row.id: row.sensitivity for row in db.execute(query)}

    def unclassed_spaces(self) -> int:
        """How many spaces have no class of their own."""
        query = sa.select(sa.func.count()).select_from(spaces).where(spaces.c.sensitivity.is_(None))
        with self._database.read() as db:
            return int(db.execute(query).scalar_one())

    def held(self, space: str) -> str:
        """Why nothing of ``space`` may be destroyed now; empty when nothing holds it."""
        with self._database.read() as db:
            return str(db.execute(sa.select(spaces.c.held).where(spaces.c.id == space)).scalar() or "")

    def hold_space(self, space: str, why: str) -> None:
        """Nothing of it is destroyed from now on, or (empty) no longer held."""
        with self._database.write() as db:
            db.execute(sa.update(spaces).where(spaces.c.id == space).values(held=why or None))

    def hold_document(self, document: str, why: str) -> None:
        """The same for one document."""
        with self._database.write() as db:
            db.execute(sa.update(documents).where(documents.c.id == document).values(held=why or None))

    def visa(self, space: str, document: str, number: str) -> None:
        """The archives' visa for a space, or for one document; empty: taken back."""
        table, which = (documents, document) if document else (spaces, space)
        with self._database.write() as db:
            db.execute(sa.update(table).where(table.c.id == which).values(visa=number or None))


def _first() -> PolicyVersion:
    return PolicyVersion(0, default_policy().digest, default_policy_text())


def _version(row: sa.Row[tuple[object, ...]]) -> PolicyVersion:
    told = row._mapping
    return PolicyVersion(
        number=told["number"],
        digest=told["digest"],
        text=told["text"],
        reason=told["reason"],
        former=told["former"],
        by=told["by"],
        at=told["at"],
        approved_by=told["approved_by"] or "",
        applied_at=told["applied_at"] or "",
        dropped_at=told["dropped_at"] or "",
    )
