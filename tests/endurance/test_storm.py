"""Kill -9 at seeded random instants over every process of a real house, while people bring, remove and ask.

``DEMEURE_STORM_SEEDS``, ``DEMEURE_STORM_KILLS`` and ``DEMEURE_STORM_PAPERS`` enlarge it (make endurance).
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_house import RealHouse, prepared
from reckoning import Reckoning, summary
from storm import Storm, settle

SEEDS = [int(seed) for seed in os.environ.get("DEMEURE_STORM_SEEDS", "1").split(",")]
KILLS = int(os.environ.get("DEMEURE_STORM_KILLS", "12"))
PAPERS = int(os.environ.get("DEMEURE_STORM_PAPERS", "24"))

SURPRISES = re.compile(
    r"^\[.*\] \w+ at \w+:\d+.*$|^Traceback.*$|^\[supervisor\] .* ended, (?!signal 9).*$", re.MULTILINE
)
"""Lines of a log that no kill explains: an exception nobody foresaw, a process that ended by itself."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[RealHouse]:
    opened = RealHouse(prepared(tmp_path / "instance"))
    opened.start()
    yield opened
    opened.close()


@pytest.mark.endurance
@pytest.mark.model
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_is_done_twice_whoever_is_killed(house: RealHouse, seed: int) -> None:
    house.sign_in()
    storm = Storm(house, house.space("Mairie"), seed=seed, kills=KILLS, papers=PAPERS)
    begin = time.monotonic()
    storm.run()
    raged = time.monotonic() - begin
    settle(storm, 240)
    settled = time.monotonic() - begin - raged
    print(f"\nseed {seed}: {summary(storm)}, {raged:.0f} s, settled after {settled:.0f} s more")
    assert storm.wrong == []
    assert storm.dealt == KILLS
    house.tell("status")
    assert house.stop() == 0
    assert house.living() == []
    house.tell("journal", "verify")
    found = [*Reckoning(storm).everything(), *SURPRISES.findall(house.said())]
    assert not found, "\n".join(found)
