"""Which model one space's vectors come from; another model's are given up in short transactions, never mixed.

Blocking. Killed anywhere, run it again: a space without a known model gives no vectors to anyone.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from demeure.store import Database, bump_generation
from demeure.store.space_tables import vector_source, vectors

_TOGETHER = 500  # vectors of one transaction: about 10 ms


@dataclass(frozen=True)
class EmbeddingModel:
    """``id``: its name in the house; ``sha256``: of its file. Both empty: none was chosen."""

    id: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Source:
    """``model``: SHA-256 of the model that made the vectors (empty: there are none, or they are being given up).
    ``whole``: no document still waits for the vectors that it had before a change of model."""

    model: str
    whole: bool


def source_in(db: sa.Connection) -> Source:
    """What the space says of its vectors, inside a transaction."""
    row = db.execute(sa.select(vector_source.c.model, vector_source.c.whole)).one()
    return Source(row.model, bool(row.whole))


def source(database: Database) -> Source:
    """What the space says of its vectors."""
    with database.read() as db:
        return source_in(db)


def adopt(database: Database, model: EmbeddingModel) -> None:
    """From now on the vectors are those of ``model``; there must be none of another. Durable on return."""
    with database.write() as db:
        db.execute(vector_source.update().values(model=model.sha256, name=model.id))
        bump_generation(db)


def made_whole(database: Database) -> None:
    """Every document has its vectors again. Durable on return."""
    with database.write() as db:
        db.execute(vector_source.update().values(whole=True))
        bump_generation(db)


def give_up(database: Database) -> None:
    """Remove all vectors; those cached under a text's digest and a model stay. Durable on return."""
    with database.write() as db:
        db.execute(vector_source.update().values(model="", name="", whole=False))
        bump_generation(db)
    some = sa.select(vectors.c.passage).limit(_TOGETHER).scalar_subquery()
    gone = _TOGETHER
    while gone:
        with database.write() as db:
            gone = db.execute(vectors.delete().where(vectors.c.passage.in_(some))).rowcount
