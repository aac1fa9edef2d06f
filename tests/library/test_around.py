"""What stands where passages were cut."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.library import cuts
from demeure.library.around import joined
from demeure.testing.house import small_house


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("à joindre au 06", "76 92\n87 25 le soir", "06 76 92\n87 25"),
        ("Le compte est FR76 3000", "est FR76 3000\n6000 0112", "FR76 3000 6000 0112"),
        ("Fin de la phrase.", "Début", "phrase. Début"),
    ],
)
def test_edges_meet_and_what_is_said_twice_is_said_once(before: str, after: str, whole: str) -> None:
    assert any(whole in one for one in joined(before, after))


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 40))
def test_edges_of_any_text(one: str, other: str, again: int) -> None:
    for told in joined(one, one[len(one) - again :] + other):
        assert told.startswith(one.rstrip()[-300:])
    assert joined("", other) == joined(one, " ") == []


def test_the_cuts_of_a_long_document_without_sentences(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            lines = [f"lot {n} à joindre au 06 76 92 {n:02d}\n87 25 pour la salle {n}" for n in range(60)]
            added = await house.add("lots.txt", "\n".join(lines))
            with house.rooms.database("mairie").read() as db:
                sql = "SELECT id, text FROM passages WHERE document = ? ORDER BY ordinal"
                rows = db.exec_driver_sql(sql, (added.id,)).all()
            assert len(rows) > 2
            found = cuts(house.rooms, {"mairie": [rows[1][0]]})
            assert len([one for one in found if "salle" in one]) >= 4
            before = rows[0][1].rstrip()[-60:]
            assert any(before in one for one in found)
            assert cuts(house.rooms, {"mairie": []}) == [] and cuts(house.rooms, {}) == []

    import asyncio

    asyncio.run(go())
