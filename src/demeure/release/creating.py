"""Making a bundle on a connected machine: gathered beside, listed, signed, then renamed: whole or absent."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demeure.clock import Clock, iso
from demeure.journal.attestation import NAMESPACE, allowed_signers
from demeure.journal.checkpoint import Signer
from demeure.release import carried, gathering, models, sbom
from demeure.release.errors import BundleThere, GatheringFailed
from demeure.release.signing import sign_list
from demeure.release.wheels import Wheel, read_wheel
from demeure.store.schema import HOUSE, SPACE

Step = Callable[[str], None]


@dataclass(frozen=True)
class Making:
    """``target``: the folder to make; ``python``: the interpreter that the libraries are for; ``models_of``: the
    models folder of an instance; ``chosen_models``: ids, none: those in use and those that read pages and sound;
    ``debian``: names of packages; ``offline``: a folder of wheels instead of the index."""

    source: Path
    target: Path
    key: Signer
    clock: Clock
    python: str
    models_of: Path | None = None
    chosen_models: Sequence[str] = ()
    debian: Sequence[str] = ()
    offline: Path | None = None
    step: Step = field(default=lambda _: None)


def create(asked: Making) -> dict[str, Any]:
    """→ the manifest. Raises BundleThere, SourcesMissing, GatheringFailed, the models' errors, OSError."""
    if asked.target.exists():
        raise BundleThere(path=str(asked.target))
    fresh = asked.target.with_name(f".{asked.target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "wheels").mkdir(parents=True)
    try:
        manifest = _filled(asked, fresh)
        list_and_sign(fresh, asked.key)
        os.sync()
        asked.step("signed")
        fresh.rename(asked.target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return manifest


def _filled(asked: Making, fresh: Path) -> dict[str, Any]:
    asked.step("libraries")
    gathering.libraries(asked.source, asked.python, fresh / "wheels", asked.offline)
    asked.step("product")
    gathering.product(asked.source, fresh / "wheels")
    wheels = [read_wheel(path) for path in sorted((fresh / "wheels").glob("*.whl"))]
    asked.step("models")
    parts = models.packed(asked.models_of, asked.chosen_models, fresh / "models") if asked.models_of else []
    asked.step("debian")
    packages = gathering.packages(asked.debian, fresh / "debian")
    now = asked.clock.now()
    manifest = _manifest(asked, wheels, parts, packages)
    _write(fresh / "requirements.txt", _requirements(wheels))
    _write(fresh / carried.BILL, _json(sbom.written(wheels, parts, packages, iso(now))))
    _licences(asked.source, fresh / "licences", wheels, parts)
    _write(fresh / "install.py", Path(carried.__file__).read_text(encoding="utf-8"))
    _write(fresh / "allowed_signers", allowed_signers(asked.key.vkey).replace(NAMESPACE, carried.NAMESPACE))
    _write(fresh / "LISEZMOI.txt", _HOW.format(id=manifest["id"], vkey=asked.key.vkey))
    _write(fresh / carried.MANIFEST, _json(manifest))
    return manifest


def _manifest(
    asked: Making, wheels: Sequence[Wheel], parts: Sequence[sbom.ModelPart], packages: Sequence[sbom.DebianPart]
) -> dict[str, Any]:
    now = asked.clock.now()
    (product,) = (wheel for wheel in wheels if wheel.name == sbom.PRODUCT)
    return {
        "format": carried.FORMAT,
        "id": f"{product.version}-{now:%Y%m%dT%H%M%SZ}",
        "version": product.version,
        "sequence": int(now.timestamp()),
        "created": iso(now),
        "python": _tag(asked.python),
        "glibc": platform.libc_ver()[1] if any("linux" in wheel.path.name for wheel in wheels) else "",
        "schemas": {"house": list(HOUSE.revisions), "space": list(SPACE.revisions)},
        "product": {"wheel": product.path.name, "sha256": product.sha256},
        "models": [vars(part) for part in parts],
        "debian": [vars(part) for part in packages],
    }


def _tag(python: str) -> dict[str, str]:
    code = f"import json, runpy; print(json.dumps(runpy.run_path({carried.__file__!r})['tag']()))"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as problem:
        raise GatheringFailed(what=python, detail=str(problem)) from problem
    return dict(json.loads(done.stdout))


def _requirements(wheels: Sequence[Wheel]) -> str:
    """Every library by its exact version and hash; pip itself only installs them."""
    rows = [f"{one.name}=={one.version} --hash=sha256:{one.sha256}" for one in wheels if one.name != "pip"]
    return "\n".join(sorted(rows)) + "\n"


def _licences(source: Path, folder: Path, wheels: Sequence[Wheel], parts: Sequence[sbom.ModelPart]) -> None:
    folder.mkdir()
    _write(folder / "LICENSE-demeure.txt", (source / "LICENSE").read_text(encoding="utf-8"))
    lines = []
    for one in wheels:
        if one.name == sbom.PRODUCT:
            continue
        texts = dict(one.texts())
        place = folder / f"{one.name}-{one.version}"
        for name, data in texts.items():
            place.mkdir(exist_ok=True)
            (place / name).write_bytes(data)
        lines.append(f"{one.name} {one.version}\t{one.licence or '?'}\t{', '.join(sorted(texts)) or '-'}")
    lines += [f"{part.id}\t{part.licence or '?'}\t-" for part in parts]
    _write(folder / "LICENCES.tsv", "\n".join(["what\tlicence\ttexts", *lines]) + "\n")


def list_and_sign(folder: Path, key: Signer) -> None:
    """SHA256SUMS of every file there is, and its signature. Raises OSError."""
    rows = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            rows.append(f"{digest}  {path.relative_to(folder).as_posix()}\n")
    sums = "".join(rows).encode()
    (folder / carried.SUMS).write_bytes(sums)
    (folder / carried.SIGNATURE).write_text(sign_list(key, sums), encoding="ascii")


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


_HOW = """\
Demeure {id}

Avant tout, comparez la clé publique à celle que vous tenez d’ailleurs (papier, courrier) :
First, compare the public key with the one you hold from elsewhere (paper, letter):
    {vkey}

Vérifier sans Demeure, depuis ce dossier. Verify without Demeure, from this folder:
    ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-bundle -s SHA256SUMS.sig < SHA256SUMS
    sha256sum --quiet -c SHA256SUMS

Installer, en root, sans réseau. Install, as root, without a network:
    python3 -I install.py --vkey '{vkey}'

Mettre à jour une maison installée. Update an installed house:
    demeure update CE_DOSSIER
"""
