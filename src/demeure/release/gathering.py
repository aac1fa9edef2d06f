"""What a bundle needs from outside, on the connected machine: locked libraries, the product's own wheel, packages
of Debian. Only what is named; every library is held to its hash by the lock file."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from demeure.release.errors import GatheringFailed, SourcesMissing
from demeure.release.sbom import DebianPart

LOCK = "requirements/runtime.lock"
_SOURCE = ("pyproject.toml", "README.md", "LICENSE", "src", LOCK)
_LEFT_OUT = ("setuptools",)
"""Only builds the product's wheel; an installed house has no use for it."""


def sources() -> Path:
    """The folder of the product's sources, when it runs from them. Raises SourcesMissing."""
    return checked(Path(__file__).resolve().parents[3])


def checked(folder: Path) -> Path:
    """Raises SourcesMissing unless the sources are in ``folder``."""
    if not all((folder / name).exists() for name in _SOURCE):
        raise SourcesMissing(path=str(folder))
    return folder


def libraries(source: Path, python: str, wheels: Path, offline: Path | None) -> None:
    """Every locked library for ``python``, as wheels, into ``wheels``; ``offline``: a folder of wheels to take them
    from instead of the index. Raises GatheringFailed."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "download",
        "--quiet",
        "--disable-pip-version-check",
    ]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", str(source / LOCK), "-d", str(wheels)]
    if offline is not None:
        command += ["--no-index", "--find-links", str(offline)]
    _ran(command, "libraries")
    for name in _LEFT_OUT:
        for path in wheels.glob(f"{name}-*.whl"):
            path.unlink()


def product(source: Path, wheels: Path) -> None:
    """The product's own wheel, built in a copy of its sources, without a network. Raises GatheringFailed."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "source"
        copy.mkdir()
        for part in _SOURCE[:3]:
            shutil.copy2(source / part, copy / part)
        shutil.copytree(
            source / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "*.pyc")
        )
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-build-isolation", "--no-index", "-w", str(wheels), str(copy)]
        _ran(command, "demeure", {"SOURCE_DATE_EPOCH": "1704067200"})


def packages(names: Sequence[str], folder: Path) -> list[DebianPart]:
    """These packages of Debian and all they need, as if nothing was installed, into ``folder``. Raises
    GatheringFailed."""
    if not names:
        return []
    with tempfile.TemporaryDirectory() as work:
        empty, archives = Path(work) / "status", Path(work) / "archives"
        empty.touch()
        (archives / "partial").mkdir(parents=True)
        options = [f"Dir::State::Status={empty}", f"Dir::Cache::Archives={archives}/", "Debug::NoLocking=1"]
        options += ["APT::Sandbox::User=", "APT::Install-Recommends=0"]
        command = ["apt-get", "--quiet", "--yes", "--download-only"]
        for option in options:
            command += ["-o", option]
        _ran([*command, "install", *names], "Debian")
        folder.mkdir()
        for path in sorted(archives.glob("*.deb")):
            shutil.move(path, folder / path.name.replace("%3a", "_"))
    return [_package(path) for path in sorted(folder.glob("*.deb"))]


def _package(path: Path) -> DebianPart:
    told = subprocess.run(  # noqa: S603 - Debian's own tool
        ["dpkg-deb", "-f", str(path), "Package", "Version", "Architecture"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = dict(line.split(": ", 1) for line in told.splitlines())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return DebianPart(rows["Package"], rows["Version"], rows["Architecture"], path.name, digest)


def _ran(command: list[str], what: str, more: dict[str, str] | None = None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | (more or {})
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as problem:
        raise GatheringFailed(what=what, detail=problem.strerror) from problem
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [str(done.returncode)]
        raise GatheringFailed(what=what, detail=last[0])
