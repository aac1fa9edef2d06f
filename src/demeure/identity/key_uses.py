"""What each key asked for, day after day: requests and tokens, kept so that a restart forgets no quota."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from demeure.store import Database
from demeure.store.tables import application_keys, key_uses

KEPT_DAYS = 31


class KeyUses:
    """Rows of ``house.db``; every method blocks. Days are UTC, YYYY-MM-DD."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, day: str) -> dict[str, tuple[int, int]]:
        """Key → (requests, tokens) of that day."""
        u = key_uses.c
        with self._database.read() as connection:
            rows = connection.execute(select(u.key, u.requests, u.tokens).where(u.day == day)).all()
        return {row.key: (row.requests, row.tokens) for row in rows}

    def keep(self, day: str, used: Mapping[str, tuple[int, int]], before: str = "") -> None:
        """In place of what that day had, durably; days before ``before`` go. Raises DiskFull, DatabaseBusy."""
        with self._database.write() as connection:
            known = set(connection.scalars(select(application_keys.c.name)))
            rows = [
                {"key": key, "day": day, "requests": asked, "tokens": tokens}
                for key, (asked, tokens) in used.items()
                if key in known
            ]
            if rows:
                put = insert(key_uses)
                now = {name: put.excluded[name] for name in ("requests", "tokens")}
                connection.execute(put.on_conflict_do_update(["key", "day"], set_=now), rows)
            if before:
                connection.execute(delete(key_uses).where(key_uses.c.day < before))
