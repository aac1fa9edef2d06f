"""The models of a bundle: looked at before the house is stopped, brought after it, and again by the same bundle."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from release_home import WORDS, Machine

from demeure.engine.models.gguf_header import HeaderFacts
from demeure.engine.models.manifest import Installed, Records
from demeure.release import models, updating
from demeure.release.errors import BundleOlder, BundleUnfit, ModelsLeft
from demeure.release.owner import Owner

NOBODY = 65534
MODEL = b"weights " * 1000


def carrying(folder: Path) -> Path:
    """A bundle's folder with one small model and its lists."""
    place = folder / "models"
    place.mkdir(parents=True)
    (place / "small.gguf").write_bytes(MODEL)
    facts = HeaderFacts("llama", 3)
    sha256 = hashlib.sha256(MODEL).hexdigest()
    row = Installed("small", "chat", "Small", "small.gguf", sha256, len(MODEL), "x", "2026-11-01T00:00:00Z", facts)
    Records(place).write_installed({"small": row})
    (place / "chosen.json").write_text("{}")
    return folder


def bundle(home: Machine, sequence: int) -> Path:
    carrying(home.layout.root / f"bundle-{sequence}")
    return home.bundle(sequence)


def there(home: Machine) -> list[str]:
    return sorted(path.name for path in (Path(home.now.data) / "models").glob("*.gguf"))


def test_models_that_do_not_fit_are_refused_before_anything_is_changed(
    home: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle(home, 10)
    now, steps = home.now, list[str]()
    usage = shutil.disk_usage(home.layout.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=len(MODEL) - 1))
    with pytest.raises(BundleUnfit, match="MB"):
        home.update(10, step=steps.append)
    assert steps == ["verified"] and home.now == now and home.ran == []
    with pytest.raises(BundleUnfit, match="MB"):
        updating.look(home.asked(home.layout.root / "bundle-10"))
    assert not (Path(now.data) / "release" / "ready.json").exists(), "announced, then refused"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where another user comes in."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_models_that_the_houses_user_cannot_read_are_refused(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried, data = carrying(open_folder / "bundle"), open_folder / "data"
    data.mkdir()
    for path in (carried, carried / "models", *(carried / "models").iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if os.geteuid() == 0:
        monkeypatch.setattr(Owner, "of", classmethod(lambda cls, _folder: cls(NOBODY, NOBODY)))
    assert models.fitting(carried, data, carried) == ["small"]
    (carried / "models" / "small.gguf").chmod(0o600 if os.geteuid() == 0 else 0)
    with pytest.raises(BundleUnfit, match=r"small\.gguf"):
        models.fitting(carried, data, carried)
    if os.geteuid() == 0:
        data.chmod(0o777)
    with pytest.raises(ModelsLeft, match=r"denied\): copy the bundle where it can\."):
        models.bring(carried, data, carried)


def test_models_that_could_not_be_brought_come_with_the_same_bundle_again(
    home: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.update(8)
    home.update(9)
    bundle(home, 10)
    whole = models._copied

    def full(_source: Path, _place: Path, _sha256: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models, "_copied", full)
    with pytest.raises(ModelsLeft, match="No space left"):
        home.update(10)
    made = home.now
    assert made.version == "0.10" and home.document() == WORDS and there(home) == []
    assert sorted(path.name for path in home.layout.versions.iterdir()) == ["0.10", "0.9"], "older ones went"
    monkeypatch.setattr(models, "_copied", whole)
    asked = len(home.ran)
    assert home.update(10) == made == home.now and there(home) == ["small.gguf"]
    assert len(home.ran) == asked, "no program was run: the house was left alone"
    with pytest.raises(BundleOlder):
        home.update(10)
