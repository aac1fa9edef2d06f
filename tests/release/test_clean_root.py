"""A bundle of the whole product, installed on a clean root of Debian, in an empty network namespace, as root."""

import json
import os
import shutil
import subprocess
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


@pytest.mark.timeout(900)  # it copies, installs and opens for real, beside whatever else runs
@pytest.mark.thorough
def test_a_whole_bundle_on_a_clean_root_without_a_network(tmp_path: Path) -> None:
    python = needed()
    make_key(tmp_path / "key")
    root = tmp_path / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", str(CLEAN), str(root)], check=True)
    given = os.environ.get("DEMEURE_TEST_MODELS")
    models = Path(given) if given and (Path(given) / "embeddings.gguf").exists() else None
    asked = Making(
        source=ROOT,
        target=root / "bundle",
        key=signer(tmp_path / "key"),
        clock=SystemClock(),
        python=str(python),
        models_of=models,
        chosen_models=("embeddings",) if models else (),
        offline=WHEELS,
    )
    manifest = create(asked)
    try:
        assert "Inter" not in inside(root, "cat", "/proc/net/route").splitlines()[1:]
        refused = inside(root, "python3", "-I", "/bundle/install.py", "--vkey", "x", code=2)
        assert "vkey" in refused.lower() or "clé" in refused
        told = inside(root, "python3", "-I", "/bundle/install.py", "--vkey", asked.key.vkey)
        assert f"Version {manifest['version']} installée" in told
        assert "demeure" in (root / "etc" / "passwd").read_text()
        inside(root, "demeure", "spaces", "create", "Mairie")
        assert "Mairie" in inside(root, "demeure", "spaces", "list")
        checks = json.loads(inside(root, "sh", "-c", "demeure doctor --json || true"))["checks"]
        found = {check["name"]: check["ok"] for check in checks}
        assert found["product"] and found["keys"] and found["journal"] and found["version"] and found["kernel"]
        data = root / "var/lib/demeure/data/1"
        assert data.stat().st_uid != 0 and (data / "house" / "house.db").stat().st_uid == data.stat().st_uid
        assert found["engine-library"] is False, "a bare Debian lacks libgomp1, and the doctor says so"
        again = inside(root, "python3", "-I", "/bundle/install.py", code=2)
        assert "demeure update" in again
        updated(root, later(root, manifest, asked))
    finally:
        shutil.rmtree(root, ignore_errors=True)
