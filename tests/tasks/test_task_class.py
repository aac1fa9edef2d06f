"""A work takes the highest class of the documents that its form names and its drafts rest on, and keeps it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.assistant.tasks.rows import WorkRow
from demeure.assistant.tasks.works import Works
from demeure.clock import SystemClock
from demeure.store.tables import documents
from demeure.testing.store import Instance, make_instance

pytestmark = pytest.mark.anyio
SOURCE = {"number": 1, "passage": 1, "document": "Contentieux.pdf", "document_id": "d2", "quote": "…"}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


def put(instance: Instance, document: str, sensitivity: str | None) -> None:
    known: dict[str, Any] = {}
    for column in documents.columns:
        if not column.nullable and column.server_default is None:
            known[column.name] = 0 if isinstance(column.type, sa.Integer) else f"{document}"
    known |= {"id": document, "space": "mairie", "state": "ready", "sensitivity": sensitivity}
    with instance.house.write() as db:
        db.execute(documents.delete().where(documents.c.id == document))
        db.execute(documents.insert().values(**known))


def work(**fields: str) -> WorkRow:
    return WorkRow("w1", "p1", "resumer", 1, "fr", "Résumé", fields, ["mairie"], None, "", "")


async def test_what_its_form_names_and_its_drafts_rest_on_count_and_are_kept(instance: Instance) -> None:
    works = Works(instance.house, SystemClock())
    put(instance, "d1", "confidentiel")
    put(instance, "d2", "tres-sensible")
    draft = await works.begin(work(source="document:d1", wish="bref"), "c1", 1, [])

    async def now() -> str:
        found = await works.work("w1")
        assert found is not None
        return found.sensitivity

    assert await now() == "confidentiel"
    put(instance, "d1", None)
    assert await now() == "confidentiel", "what is lowered lowers no work that was made of it"
    await works.end(draft.id, {"state": "done", "text": "Résumé.", "sources": [SOURCE]})
    assert await now() == "tres-sensible"
    with instance.house.write() as db:
        db.execute(documents.delete())
    assert await now() == "tres-sensible", "nor does what goes"


async def test_what_rose_since_counts_and_a_work_of_nothing_classed_has_none(instance: Instance) -> None:
    works = Works(instance.house, SystemClock())
    put(instance, "d1", None)
    await works.begin(work(documents="document:d1\ndocument:d9"), "c1", 1, [])
    assert (await works.work("w1")).sensitivity == ""  # type: ignore[union-attr]
    put(instance, "d1", "tres-sensible")
    assert (await works.work("w1")).sensitivity == "tres-sensible"  # type: ignore[union-attr]
