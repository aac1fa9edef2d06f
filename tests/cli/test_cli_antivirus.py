"""The antivirus that settings name: shown every document before the reading, through the walls, and told."""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import Person

from demeure.confinement import PROFILES
from demeure.confinement.profiles import ANTIVIRUS
from demeure.settings import Settings
from demeure.supervisor.outside import LINK, point, told
from demeure.testing.antivirus import EICAR, NAME, FakeClamd

ME = Person(os.geteuid())


@contextlib.contextmanager
def clamd(path: Path) -> Iterator[FakeClamd]:
    """A server that speaks clamd's protocol, in a thread."""
    fake, ready, over = FakeClamd(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with fake.listening(path):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield fake
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    ME.tell(folder, "spaces", "create", "Mairie")
    (folder / "demeure.toml").write_text(f'antivirus_socket = "{tmp_path / "clamd.ctl"}"\n')
    return folder


def added(instance: Path, name: str, content: bytes, code: int = 0) -> dict[str, Any]:
    path = instance.parent / name
    path.write_bytes(content)
    rows = json.loads(ME.output(instance, "documents", "add", "--space", "Mairie", "--json", str(path), code=code))
    return dict(rows[0])


def blobs(instance: Path) -> int:
    return sum(1 for path in (instance / "spaces").rglob("blobs/*") if path.is_file())


@pytest.mark.thorough
def test_documents_are_shown_to_it_and_what_it_recognises_is_not_kept(instance: Path) -> None:
    with clamd(instance.parent / "clamd.ctl") as fake:
        good = added(instance, "note.txt", "La cantine ferme à 14 heures.".encode())
        assert good["state"] == "searchable" and good["antivirus"]["verdict"] == "clean"
        assert good["antivirus"]["by"].startswith("ClamAV 1.4.3/27800")
        assert fake.asked.count(b"zINSTREAM") == 1
        bad = added(instance, "facture.txt", b"Facture\n" + EICAR, code=1)
        assert bad["state"] == "failed" and bad["reason"] == "DocumentInfected"
        assert NAME in bad["reason_fr"] and NAME in bad["reason_en"]
        assert blobs(instance) == 1
        assert "document-screened" in ME.output(instance, "journal", "show", "--json")
    ME.tell(instance, "journal", "verify")


@pytest.mark.thorough
def test_away_nothing_is_read_unless_the_settings_say_so(instance: Path) -> None:
    refused = added(instance, "note.txt", b"La cantine ferme.", code=1)
    assert refused["state"] == "failed" and refused["reason"] == "AntivirusAbsent"
    with (instance / "demeure.toml").open("a") as settings:
        settings.write('antivirus_away = "accept"\n')
    read = added(instance, "autre.txt", b"La piscine ouvre.")
    assert read["state"] == "searchable" and read["antivirus"]["verdict"] == "unseen"
    assert "antivirus" in ME.output(instance, "documents", "list")


def test_only_the_worker_may_ask_for_it() -> None:
    assert [role for role, profile in PROFILES.items() if ANTIVIRUS in profile.peers] == ["worker"]


def test_the_short_name_follows_the_settings(tmp_path: Path) -> None:
    place = tmp_path / "run" / "engine"
    place.mkdir(parents=True)
    point(tmp_path, Settings(antivirus_socket="/run/clamav/clamd.ctl"))
    assert (place / LINK).readlink() == Path("/run/clamav/clamd.ctl")
    point(tmp_path, Settings())
    assert not (place / LINK).is_symlink()
    assert len(LINK) + 3 <= 15, "the supervisor's filter lets no longer address through"
    assert told(tmp_path, "") is None
    assert told(tmp_path, "nowhere.ctl") == {"socket": "nowhere.ctl", "answers": False}
