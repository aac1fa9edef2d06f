"""A worker killed at any instant while it follows a folder, over and over, comes to the same end as an undisturbed
one: the same documents, the same files known, nothing twice, nothing lost."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.folders import Watch
from demeure.store.tables import document_places, documents, folder_files
from demeure.testing.folders import FOLDER, Watched
from demeure.testing.house import compose, small_house

KILLS = 12


def fill(place: Path, round_: int) -> None:
    """The folder as it is before scan ``round_``: at the second one files have moved, changed, gone, come, and
    taken each other's names."""
    place.mkdir(exist_ok=True)
    if round_ == 0:
        for n in range(40):
            (place / f"f{n}.txt").write_text(f"Le dossier {n} parle de l’affaire{n}.")
        return
    (place / "rangé").mkdir()
    for n in range(8):
        (place / f"f{n}.txt").rename(place / "rangé" / f"g{n}.txt")
    for n in range(8, 16):
        (place / f"f{n}.txt").write_text(f"Le dossier {n} parle à présent du sujet{n}.")
    for n in range(16, 22):
        (place / f"f{n}.txt").unlink()
    for n in range(30, 36, 2):  # two names change hands
        (place / f"f{n}.txt").rename(place / "entre")
        (place / f"f{n + 1}.txt").rename(place / f"f{n}.txt")
        (place / "entre").rename(place / f"f{n + 1}.txt")
    for n in range(40, 50):
        (place / f"f{n}.txt").write_text(f"Le dossier {n} parle de l’affaire{n}.")


def work(folder: Path) -> None:
    """Follow the folder and read its documents, until nothing is left to do."""

    async def go() -> None:
        house = compose(folder / "instance", fresh=False)
        it = Watched(house, folder / "share")
        pipeline = asyncio.create_task(house.pipeline.run())
        watch = Watch(it.tools, look_seconds=0.05)
        running = asyncio.create_task(watch.run())
        while it.folder.state != "ok" or it.folder.asked or _unsettled(it):
            assert not pipeline.done() and not running.done()
            await asyncio.sleep(0.02)
        for task in (running, pipeline):
            task.cancel()
        await asyncio.gather(running, pipeline, return_exceptions=True)

    asyncio.run(go())


def _unsettled(it: Watched) -> bool:
    rows = it.every()
    there = {row.id for row in rows}
    return any(row.leaving or row.state not in ("ready", "failed") or row.supersedes in there for row in rows)


def child(body: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            body()
            status = 0
        finally:
            os._exit(status)
    return pid


def ask(folder: Path) -> None:
    house = compose(folder / "instance", fresh=False)
    Watched(house, folder / "share").register.change(FOLDER, asked="scan")
    house.rooms.close()
    house.worker_rooms.close()
    house.instance.close()


def exported(folder: Path) -> dict[str, Any]:
    """Everything that is known, by path and name instead of ids that may differ."""
    house = compose(folder / "instance", fresh=False)
    with house.instance.house.read() as db:
        rows = {row.id: row for row in db.execute(sa.select(documents))}
        files = db.execute(sa.select(folder_files)).all()
        places = db.execute(sa.select(document_places)).all()
    found = {
        "documents": sorted(
            (r.name, r.path, r.sha256, r.state, r.passages, r.embedded, bool(r.deleting)) for r in rows.values()
        ),
        "files": sorted(
            (os.fsdecode(f.path), f.size, f.sha256, f.pending, rows[f.document].name, rows[f.document].sha256)
            for f in files
        ),
        "places": sorted({(rows[p.document].name, p.path) for p in places}),
    }
    house.rooms.close()
    house.worker_rooms.close()
    house.instance.close()
    return found


def begin(folder: Path) -> None:
    async def go() -> None:
        async with small_house(folder / "instance", work=False) as house:
            Watched(house, folder / "share")

    fill(folder / "share", 0)
    asyncio.run(go())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    begin(folder)
    work(folder)
    fill(folder / "share", 1)
    ask(folder)
    work(folder)
    found = exported(folder)
    assert len(found["documents"]) == 44 == len(found["files"])
    assert all(state == "ready" and not leaving for _, _, _, state, _, _, leaving in found["documents"])
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_instant_it_comes_to_the_same_end(
    tmp_path: Path, undisturbed: dict[str, Any], seed: int
) -> None:
    chance, kills = random.Random(seed), 0
    begin(tmp_path)
    for round_ in range(2):
        if round_:
            fill(tmp_path / "share", 1)
            ask(tmp_path)
        while True:
            pid = child(lambda: work(tmp_path))
            deadline = time.monotonic() + (chance.uniform(0.02, 0.3) if kills < KILLS * (round_ + 1) // 2 else 120)
            status = None
            while time.monotonic() < deadline and status is None:
                done, code = os.waitpid(pid, os.WNOHANG)
                status = code if done else None
                time.sleep(0.005)
            if status is not None:
                assert status == 0
                break
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills += 1
    assert kills >= 6
    assert exported(tmp_path) == undisturbed
