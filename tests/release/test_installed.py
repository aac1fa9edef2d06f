"""What is installed beside what the release lists, as the gateway sees it: from inside its own lists of paths."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import demeure
from demeure.confinement import landlock, paths
from demeure.release import carried
from demeure.release.installed import differences

INSIDE = """
import json, sys
from pathlib import Path
from demeure.confinement import PROFILES, kernel, landlock
from demeure.confinement.paths import role_lists
from demeure.release.installed import differences

lists = role_lists(PROFILES["gateway"], Path(sys.argv[1]), {})
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
assert landlock.restrict(lists)
try:
    outside = (Path(sys.prefix) / "pyvenv.cfg").read_text()
except PermissionError:
    outside = ""
print(json.dumps([bool(outside), differences(sys.prefix)]))
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """An environment of its own, as a bundle makes one, with two libraries and the bill of both."""
    target = tmp_path / "version"
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", str(target)], check=True)
    parts = {"demeure": "0.9", "tiny": "1.0"}
    for name, version in parts.items():
        library(target, name, version)
    rows = [
        {"name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"} for name, version in parts.items()
    ]
    bill = {"components": rows[1:], "metadata": {"component": rows[0]}}
    (target / carried.BILL).write_text(json.dumps(bill))
    (tmp_path / "instance").mkdir()
    return target


def library(target: Path, name: str, version: str) -> None:
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(target), "platbase": str(target)}))
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def boxed(target: Path) -> list[object]:
    """(could it read what no list names?, the differences), by that environment behind the gateway's lists."""
    places = [str(Path(demeure.__file__).parents[1]), *(one for one in sys.path if one.endswith("-packages"))]
    done = subprocess.run(
        [target / "bin" / "python", "-c", INSIDE, str(target.parent / "instance")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_the_gateway_counts_the_differences_from_inside_its_box(installed: Path) -> None:
    if not landlock.abi():
        pytest.skip("no Landlock on this kernel: there is no list to look through")
    assert boxed(installed) == [False, 0]
    library(installed, "stranger", "2.0")
    assert boxed(installed) == [False, 1] and differences(str(installed)) == 1


def test_a_bill_that_the_box_refuses_is_unknown(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path, **_more: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    assert differences(str(installed)) is None


def test_the_box_and_the_bundle_name_the_bill_alike() -> None:
    assert paths.BILL == carried.BILL
