"""An account that a directory keeps has no password of its own here."""

from sqlalchemy import Connection, select

from demeure.identity.account_errors import DirectoryAccount
from demeure.identity.person import DIRECTORY_PASSWORD
from demeure.store.tables import people


def own_password(connection: Connection, person: str) -> None:
    """Raises DirectoryAccount when a directory keeps theirs."""
    kept = connection.execute(select(people.c.password).where(people.c.id == person)).scalar()
    if kept is not None and kept.startswith(DIRECTORY_PASSWORD):
        raise DirectoryAccount()
