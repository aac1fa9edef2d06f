"""How far in the journal each webhook was told, durable: a crash tells an event again rather than not at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.clock import Clock, iso
from demeure.store import Database
from demeure.store.account_tables import hook_places

WAITS = (10, 60, 300, 900, 3600, 3600, 3600, 3600)
"""Seconds before each further try of one event; past the last it is given up, and told so."""
_C = hook_places.c


@dataclass(frozen=True)
class Place:
    """``next``: the first entry not told; ``until``: not before; ``used``: when one was last received."""

    hook: str
    next: int
    tries: int = 0
    until: datetime | None = None
    sent: int = 0
    lost: int = 0
    told: str = ""
    used: str = ""


class Places:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def of(self, hook: str) -> Place | None:
        """None: it was never begun."""
        with self._database.read() as db:
            row = db.execute(sa.select(hook_places).where(_C.hook == hook)).first()
        if row is None:
            return None
        until = datetime.fromisoformat(row.until) if row.until else None
        return Place(row.hook, row.next, row.tries, until, row.sent, row.lost, row.told, row.used)

    def begin(self, hook: str, start: int) -> None:
        """Tell it what is written from now on; nothing when it was begun already."""
        with self._database.write() as db:
            db.execute(insert(hook_places).values(hook=hook, next=start).on_conflict_do_nothing())

    def begin_anew(self, hook: str, start: int) -> None:
        """As ``begin``, of one that did not live: what was left of another of that name counts no more."""
        with self._database.write() as db:
            db.execute(sa.delete(hook_places).where(_C.hook == hook))
            db.execute(insert(hook_places).values(hook=hook, next=start))

    def told(self, hook: str, after: int, *, sent: bool) -> None:
        """Entries before ``after`` are done with; ``sent``: the last of them was received."""
        values = {"next": after, "tries": 0, "until": None}
        more = {"sent": _C.sent + 1, "told": "", "used": iso(self._clock.now())} if sent else {}
        with self._database.write() as db:
            db.execute(sa.update(hook_places).where(_C.hook == hook).values(**values, **more))

    def failed(self, hook: str, index: int, error: str) -> bool:
        """The entry ``index`` was not received; ``error``: what is kept of why. True: it is given up."""
        with self._database.write() as db:
            tries = int(db.execute(sa.select(_C.tries).where(_C.hook == hook)).scalar_one())
            over, values = tries >= len(WAITS), dict[str, Any]()
            if over:
                values = {"next": index + 1, "tries": 0, "until": None, "lost": _C.lost + 1}
            else:
                until = iso(self._clock.now() + timedelta(seconds=WAITS[tries]))
                values = {"next": index, "tries": tries + 1, "until": until}
            db.execute(sa.update(hook_places).where(_C.hook == hook).values(**values, told=error))
        return over

    def forget(self, hook: str) -> None:
        with self._database.write() as db:
            db.execute(sa.delete(hook_places).where(_C.hook == hook))
