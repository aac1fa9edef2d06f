"""A bundle of the whole product, installed on a clean root of Debian, in an empty network namespace, as root. CI
installs and opens it; the update to another version, by the real programs, is for ``make endurance``."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demeure.clock import SystemClock
from demeure.release import carried
from demeure.release.creating import Making, create, list_and_sign
from demeure.release.signing import make_key, signer

ROOT = Path(__file__).resolve().parents[2]
CLEAN, WHEELS = ROOT / "cache" / "clean-root", ROOT / "cache" / "clean-wheels"
ENTER = """
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/tmp"
mount -t tmpfs tmpfs "$1/dev"
for name in null zero urandom random full; do touch "$1/dev/$name"; mount --bind "/dev/$name" "$1/dev/$name"; done
mkdir -p "$1/dev/shm" "$1/.former"
cd "$1"
pivot_root . .former
umount -l .former
shift
exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root "$@"
"""


def needed() -> Path:
    """The interpreter of the clean root, as it is here too. In CI, as root, its absence is a failure."""
    found = sorted(CLEAN.glob("usr/bin/python3.[0-9]*"))
    here = Path("/usr/bin") / found[0].name if found else Path("/absent")
    why = ""
    if os.geteuid() != 0:
        why = "no root here: no clean root was entered"
    elif not found or not here.exists() or not list(WHEELS.glob("*.whl")):
        why = "no clean root here: make clean-root, as root"
    if why and os.geteuid() == 0 and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    return here


def inside(root: Path, *words: str, code: int = 0) -> str:
    """A command in the clean root: its own mounts, processes, and a network of nothing."""
    command = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--net",
        "--ipc",
        "--uts",
        "sh",
        "-c",
        ENTER,
        "enter",
        str(root),
    ]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def later(root: Path, manifest: dict[str, Any], asked: Making) -> str:
    """The same version in a later bundle, signed by the same key. → its id."""
    folder = root / "later"
    subprocess.run(["cp", "-al", str(root / "bundle"), str(folder)], check=True)
    told = dict(manifest) | {"id": "later", "sequence": manifest["sequence"] + 1}
    for name in (carried.MANIFEST, carried.SUMS, carried.SIGNATURE):
        (folder / name).unlink()
    (folder / carried.MANIFEST).write_text(json.dumps(told))
    list_and_sign(folder, asked.key)
    return str(told["id"])


def updated(root: Path, name: str) -> None:
    """By the real programs: the one that was installed takes the other, which migrates and opens the copy."""
    assert "sauvegarde" in inside(root, "demeure", "update", "/later", code=4), (
        "none is planned: none could be made"
    )
    told = inside(root, "demeure", "update", "/later", "--without-backup")
    assert "Copie migrée et éprouvée" in told and "Basculé" in told
    link = root / "opt/demeure/current"
    assert link.readlink().name == "2"
    assert (link.parent / link.readlink() / "program").readlink().name == name
    assert "Mairie" in inside(root, "demeure", "spaces", "list")
    assert "Version mise à jour" in inside(root, "demeure", "journal", "show")
    inside(root, "demeure", "update", "--back")
    assert link.readlink().name == "3"
    assert "Retour à la version d’avant" in inside(root, "demeure", "journal", "show")
    assert "Mairie" in inside(root, "demeure", "spaces", "list")


@dataclass
class Bare:
    """A copy of the clean root, a bundle in it. ``manifest``: of the bundle."""

    root: Path
    asked: Making
    manifest: dict[str, Any]


@contextmanager
def bare(folder: Path, models: Path | None = None) -> Iterator[Bare]:
    """``models``: a folder whose embeddings the bundle carries."""
    python = needed()
    make_key(folder / "key")
    root = folder / "root"
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", str(CLEAN), str(root)], check=True)
        asked = Making(
            source=ROOT,
            target=root / "bundle",
            key=signer(folder / "key"),
            clock=SystemClock(),
            python=str(python),
            models_of=models,
            chosen_models=("embeddings",) if models else (),
            offline=WHEELS,
        )
        yield Bare(root, asked, create(asked))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def installed(home: Bare) -> None:
    """By the words of its README: the key is given, then everything is there, and opens."""
    root = home.root
    assert "Inter" not in inside(root, "cat", "/proc/net/route").splitlines()[1:]
    refused = inside(root, "python3", "-I", "/bundle/install.py", "--vkey", "x", code=2)
    assert "vkey" in refused.lower() or "clé" in refused
    told = inside(root, "python3", "-I", "/bundle/install.py", "--vkey", home.asked.key.vkey)
    assert f"Version {home.manifest['version']} installée" in told
    assert "demeure" in (root / "etc" / "passwd").read_text()
    inside(root, "demeure", "spaces", "create", "Mairie")
    checks = json.loads(inside(root, "sh", "-c", "demeure doctor --json || true"))["checks"]
    found = {check["name"]: check["ok"] for check in checks}
    for name in ("product", "keys", "databases", "journal", "version", "kernel"):
        assert found[name], checks
    data = root / "var/lib/demeure/data/1"
    assert data.stat().st_uid != 0 and (data / "house" / "house.db").stat().st_uid == data.stat().st_uid
    assert found["engine-library"] is False, "a bare Debian lacks libgomp1, and the doctor says so"
    again = inside(root, "python3", "-I", "/bundle/install.py", code=2)
    assert "demeure update" in again


def removed(root: Path) -> None:
    """By the program itself, which removes what it runs from: it still says where the data are."""
    told = inside(root, "demeure", "uninstall", "--yes")
    assert "gardé   /var/lib/demeure/data/1" in told and "Traceback" not in told
    assert not (root / "opt/demeure/current").exists() and (root / "var/lib/demeure/data/1/house/house.db").exists()


@pytest.mark.timeout(900)  # it copies, installs and opens for real, beside whatever else runs
def test_a_bundle_on_a_clean_root_without_a_network(tmp_path: Path) -> None:
    with bare(tmp_path) as home:
        installed(home)
        removed(home.root)


@pytest.mark.timeout(900)
@pytest.mark.thorough
def test_a_bundle_with_a_model_then_another_version_and_back(tmp_path: Path) -> None:
    given = os.environ.get("DEMEURE_TEST_MODELS")
    models = Path(given) if given and (Path(given) / "embeddings.gguf").exists() else None
    with bare(tmp_path, models) as home:
        installed(home)
        assert "Mairie" in inside(home.root, "demeure", "spaces", "list")
        updated(home.root, later(home.root, home.manifest, home.asked))


@pytest.mark.parametrize("ci", [True, False])
def test_what_ci_would_skip_as_root_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: bool) -> None:
    monkeypatch.setattr("test_clean_root.CLEAN", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("CI", raising=False)
    if ci:
        monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception if ci else pytest.skip.Exception, match="clean-root"):
        needed()
