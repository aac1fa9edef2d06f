"""npm packages as containers of data; the system's own file; language data judged before it is installed."""

import gzip
import hashlib
import io
import struct
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from demeure.engine.models import AlreadyInstalled, LanguageData, ModelStore, parse, shipped
from demeure.engine.models.catalogue import NpmSource, Source, SystemSource
from demeure.engine.models.errors import (
    CatalogueInvalid,
    LanguageDataInvalid,
    ModelHashWrong,
    ModelSizeWrong,
    NoSourceWorked,
    SourceUnavailable,
)
from demeure.engine.models.intake import open_by_kind
from demeure.engine.models.npm import NpmPackage
from demeure.engine.models.sources import ModelSource, Payload, SystemFile

SLOTS = 23
HEAD = struct.pack("<i", SLOTS) + struct.pack(
    f"<{SLOTS}q", *(4 + 8 * SLOTS if slot == 17 else -1 for slot in range(SLOTS))
)
DATA = HEAD + bytes(range(256)) * 40
OTHER = HEAD + bytes(range(255, -1, -1)) * 40
SOURCE = NpmSource("@donnees/fra", "1.0.0", "package/best/fra.traineddata.gz")
NPM = """
import os, shutil, sys, time
shelf = os.environ["SHELF"]
print(" ".join(sys.argv[1:]), file=open(os.path.join(shelf, "asked"), "a"))
if os.path.exists(os.path.join(shelf, "hang")):
    time.sleep(30)
folder = sys.argv[sys.argv.index("--pack-destination") + 1]
if not os.path.exists(os.path.join(shelf, "fra.tgz")):
    print("npm notice something")
    sys.exit("npm ERR! code E404")
shutil.copy(os.path.join(shelf, "fra.tgz"), folder)
"""
CATALOGUE = f"""
[[models]]
id = "ocr-fra"
kind = "ocr"
role = "starter"
title_fr = "Français"
title_en = "French"
licence = "Apache-2.0"
bytes = {len(DATA)}
sha256 = "{hashlib.sha256(DATA).hexdigest()}"
memory = 1000
template_notes = "-"
[[models.sources]]
kind = "npm"
package = "@donnees/fra"
version = "1.0.0"
member = "package/best/fra.traineddata.gz"
[[models.sources]]
kind = "system"
path = "/usr/share/tesseract-ocr/5/tessdata/fra.traineddata"
package = "tesseract-ocr-fra"
payload_bytes = {len(OTHER)}
payload_sha256 = "{hashlib.sha256(OTHER).hexdigest()}"
"""


def package(member: str = SOURCE.member, content: bytes = DATA) -> bytes:
    """What ``npm pack`` leaves. Running anything of it would leave a trace."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        script = b'{"scripts": {"install": "touch /tmp/executed"}}'
        for name, data in (("package/package.json", script), (member, gzip.compress(content))):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("SHELF", str(folder))
    (folder / "npm.py").write_text(NPM)
    (folder / "fra.tgz").write_bytes(package())
    return folder


def npm(shelf: Path) -> Sequence[str]:
    return (sys.executable, "-S", "-E", str(shelf / "npm.py"))


def store(tmp_path: Path, shelf: Path, system: bytes | None = None) -> ModelStore:
    def open_source(source: Source) -> ModelSource:
        if isinstance(source, NpmSource):
            return NpmPackage(source, npm(shelf), stalled=20)
        assert isinstance(source, SystemSource)
        place = tmp_path / "system.traineddata"
        if system is not None:
            place.write_bytes(system)
        return SystemFile(place, source.package)

    return ModelStore(tmp_path / "models", catalogue=parse(CATALOGUE), open_source=open_source)


def test_one_member_is_read_and_nothing_else_stays_or_runs(shelf: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    target = tmp_path / "t"
    NpmPackage(SOURCE, npm(shelf)).fetch(target, Payload("fra", len(DATA), gguf=False), lambda n, _: seen.append(n))
    assert target.read_bytes() == DATA and seen[-1] == len(DATA) and seen == sorted(seen)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["shelf", "t"]
    asked = (shelf / "asked").read_text()
    assert (
        asked.startswith("pack ") and "--ignore-scripts" in asked and asked.rstrip().endswith("@donnees/fra@1.0.0")
    )


def test_what_npm_cannot_give_is_named(shelf: Path, tmp_path: Path) -> None:
    payload, target = Payload("fra", len(DATA), gguf=False), tmp_path / "t"

    def refused(source: NpmPackage) -> str:
        with pytest.raises(SourceUnavailable) as refusal:
            source.fetch(target, payload, lambda *_: None)
        assert not list(tmp_path.glob("t.*"))
        return refusal.value.sentence("en")

    assert "not on this machine (apt install npm)" in refused(NpmPackage(SOURCE, (str(tmp_path / "absent"),)))
    assert "?" in refused(NpmPackage(NpmSource("a", "1.0.0", "package/other.gz"), npm(shelf)))
    (shelf / "fra.tgz").write_bytes(b"not an archive")
    assert "ReadError" in refused(NpmPackage(SOURCE, npm(shelf)))
    (shelf / "fra.tgz").unlink()
    assert "E404" in refused(NpmPackage(SOURCE, npm(shelf)))
    (shelf / "hang").touch()
    started = time.monotonic()
    assert "0 o" in refused(NpmPackage(SOURCE, npm(shelf), stalled=0.5))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("content", [DATA + b"x" * (8 << 20), DATA[:-1]], ids=["too long", "too short"])
def test_another_length_is_refused_before_it_fills_the_disk(shelf: Path, tmp_path: Path, content: bytes) -> None:
    (shelf / "fra.tgz").write_bytes(package(content=content))
    with pytest.raises(ModelSizeWrong):
        NpmPackage(SOURCE, npm(shelf)).fetch(tmp_path / "t", Payload("f", len(DATA), gguf=False), lambda *_: None)
    assert not (tmp_path / "t").exists() or (tmp_path / "t").stat().st_size <= len(DATA) + (1 << 20)


def test_language_data_is_installed_verified_listed_and_removed(shelf: Path, tmp_path: Path) -> None:
    models = store(tmp_path, shelf)
    languages = LanguageData(models.folder)
    assert languages() == ()
    installed = models.pull("ocr-fra")
    assert not isinstance(installed, AlreadyInstalled) and installed.file == "ocr/fra.traineddata"
    assert (models.folder / "ocr" / "fra.traineddata").read_bytes() == DATA
    assert isinstance(models.pull("ocr-fra"), AlreadyInstalled)
    (row,) = models.list()
    assert row.present and not row.active and row.fit.fits and row.kind == "ocr"
    assert [check.ok for check in models.verify()] == [True]
    assert [(known.code, known.sha256) for known in languages()] == [("fra", installed.sha256)]
    place = models.folder / "ocr" / "fra.traineddata"
    place.chmod(0o600)
    place.write_bytes(OTHER)
    assert [check.ok for check in models.verify()] == [False]
    assert languages() == (), "what was altered is not used"
    assert models.remove("ocr-fra") == len(DATA) and not place.exists() and languages() == ()


def test_without_npm_the_systems_own_file_serves_if_it_is_the_pinned_one(shelf: Path, tmp_path: Path) -> None:
    (shelf / "fra.tgz").unlink()
    with pytest.raises(NoSourceWorked):
        store(tmp_path, shelf).pull("ocr-fra")
    with pytest.raises(ModelHashWrong):
        store(tmp_path, shelf, OTHER[:-1] + b"x").pull("ocr-fra")
    assert not (tmp_path / "models" / "ocr").exists() or not list((tmp_path / "models" / "ocr").iterdir())
    installed = store(tmp_path, shelf, OTHER).pull("ocr-fra")
    assert not isinstance(installed, AlreadyInstalled)
    assert installed.sha256 == hashlib.sha256(OTHER).hexdigest()


def test_a_file_that_is_brought_takes_its_place(shelf: Path, tmp_path: Path) -> None:
    models = store(tmp_path, shelf)
    brought = tmp_path / "quelconque.traineddata"
    brought.write_bytes(OTHER)
    assert models.import_(brought).id == "ocr-fra", "the other edition is known by its hash"
    own = tmp_path / "deu.traineddata"
    own.write_bytes(HEAD + b"own" * 99)
    row = models.import_(own)
    assert (row.id, row.kind, row.file) == ("ocr-deu", "ocr", "ocr/deu.traineddata")
    assert [known.code for known in LanguageData(models.folder)()] == ["fra", "deu"]
    for name, data in (
        ("empty", b""),
        ("Français", HEAD + b"own" * 50),
        ("ita", b"GGUF" * 99),
        ("spa", HEAD),
        ("por", DATA[:90]),
    ):
        bad = tmp_path / f"{name}.traineddata"
        bad.write_bytes(data)
        with pytest.raises(LanguageDataInvalid):
            models.import_(bad)
    assert sorted(models._records.installed()) == ["ocr-deu", "ocr-fra"]


def test_a_machine_with_neither_is_told_the_two_packages_that_bring_it(tmp_path: Path) -> None:
    def open_source(source: Source) -> ModelSource:
        if isinstance(source, NpmSource):
            return NpmPackage(source, (str(tmp_path / "no-npm"),))
        assert isinstance(source, SystemSource)
        return SystemFile(tmp_path / "nothing.traineddata", source.package)

    models = ModelStore(tmp_path / "models", catalogue=parse(CATALOGUE), open_source=open_source)
    with pytest.raises(NoSourceWorked) as refusal:
        models.pull("ocr-fra")
    for language in ("fr", "en"):
        said = refusal.value.sentence(language)
        assert "apt install npm" in said and "apt install tesseract-ocr-fra" in said and "No such" not in said


def test_the_shipped_catalogue_pins_both_editions() -> None:
    for model_id in ("ocr-fra", "ocr-eng"):
        entry = shipped().get(model_id)
        assert [type(source) for source in entry.sources] == [NpmSource, SystemSource]
        assert len(set(entry.hashes)) == 2 and entry.context == 0
        assert isinstance(open_by_kind(entry.sources[0]), NpmPackage)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"ocr-fra"', '"francais"', "id"),
        ("@donnees/fra", "--registry", "package"),
        ('"1.0.0"', '"latest"', "version"),
        ("/usr/share/tesseract-ocr/5/tessdata/", "/etc/", "path"),
        ("payload_sha256", "payload_sha", "payload_sha"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    with pytest.raises(CatalogueInvalid) as refusal:
        parse(CATALOGUE.replace(old, new, 1))
    assert place in refusal.value.sentence("en")
