"""Verify a bundle and install its program: ``python3 -I install.py [--vkey KEY] [--root DIR] [--check]``.

Python's standard library only, nothing of Demeure, no network. A copy of this file travels in each bundle, as
install.py. A bundle is a folder: SHA256SUMS lists every file but itself and its signature, SHA256SUMS.sig (Ed25519,
SSHSIG). Exit 0: done. 1: the bundle does not hold. 2: wrong usage. 4: this machine cannot take it.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FORMAT = "demeure.bundle/1"
SUMS, SIGNATURE, MANIFEST = "SHA256SUMS", "SHA256SUMS.sig", "manifest.json"
NAMESPACE = "demeure-bundle"
MINE = ".bundle"
PROGRAM, TRUSTED, COMPLETE = "opt/demeure/versions", "etc/demeure/trusted", "complete.json"
LOCK, HIGHEST = "opt/demeure/.lock", "etc/demeure/highest.json"
BILL = "sbom.cdx.json"
LARGEST_TEXT = 16 << 20


class Fault(Exception):
    """What is wrong. ``code``: exit code; ``fr``, ``en``: a sentence each."""

    def __init__(self, fr: str, en: str, code: int = 1) -> None:
        super().__init__(en)
        self.fr, self.en, self.code = fr, en, code


# ---- Ed25519 (RFC 8032, 5.1.7), enough to verify


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Spot = tuple[int, int, int, int]


def _added(a: Spot, b: Spot) -> Spot:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    three, four = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, spot: Spot) -> Spot:
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _added(found, spot)
        spot, number = _added(spot, spot), number >> 1
    return found


def _spot(data: bytes) -> Spot | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


_G = _spot((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Is ``signature`` (64 bytes) of ``message``, by the key ``public`` (32 bytes)?"""
    key, half = _spot(public), _spot(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or key is None or half is None or _G is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, _G), _added(half, _times(h, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- the signature of the list


def public_of(vkey: str) -> bytes:
    """The 32 bytes of a verifier key (name+id+base64). Raises Fault."""
    try:
        name, number, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
    except ValueError as problem:
        raise _bad_key() from problem
    if (
        hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != number
        or key[:1] != b"\x01"
        or len(key) != 33
    ):
        raise _bad_key()
    return key[1:]


def _bad_key() -> Fault:
    return Fault("La clé publique donnée n’en est pas une.", "The public key given is not one.", 2)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def list_signed(sums: bytes, armoured: str, vkey: str) -> bool:
    """Is that list signed by that key? As ``ssh-keygen -Y verify -n demeure-bundle`` tells."""
    public, fields = public_of(vkey), (NAMESPACE.encode(), b"", b"sha512")
    try:
        raw = base64.b64decode("".join(armoured.split("\n")[1:-2]), validate=True)[-64:]
    except ValueError:
        return False
    whole = b"SSHSIG" + (1).to_bytes(4, "big") + _string(_string(b"ssh-ed25519") + _string(public))
    whole += b"".join(map(_string, fields)) + _string(_string(b"ssh-ed25519") + _string(raw))
    text = base64.b64encode(whole).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    if armoured != "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]):
        return False
    message = b"SSHSIG" + b"".join(map(_string, (*fields, hashlib.sha512(sums).digest())))
    return signed(public, raw, message)


# ---- the folder


def verify(folder: Path, vkeys: list[str], without: str = "") -> dict[str, Any]:
    """The manifest of a bundle whose every byte is what one of ``vkeys`` signed. ``without``: names that begin so
    may be absent; those that are there are verified. Raises Fault."""
    sums, armoured = _text(folder, SUMS), _text(folder, SIGNATURE).decode("ascii", "replace")
    signer = next((vkey for vkey in vkeys if list_signed(sums, armoured, vkey)), None)
    if signer is None:
        raise Fault(
            "Ce lot n’est pas signé par une clé que cette machine accepte.",
            "This bundle is not signed by a key that this machine takes.",
        )
    listed = _listed(sums)
    if without:
        listed = {
            name: sha for name, sha in listed.items() if not name.startswith(without) or (folder / name).exists()
        }
    _nothing_else(folder, set(listed) | {SUMS, SIGNATURE})
    for name, expected in listed.items():
        if _digest(folder / name) != expected:
            raise Fault(f"{name} n’est pas ce qui a été signé.", f"{name} is not what was signed.")
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["format"] != FORMAT:
            raise Fault(
                f"Ce lot est d’un format que cette version ne connaît pas : {manifest['format']}.",
                f"This bundle has a format that this version does not know: {manifest['format']}.",
                4,
            )
    except (ValueError, KeyError, TypeError, OSError) as problem:
        raise Fault(f"{MANIFEST} ne se lit pas.", f"{MANIFEST} cannot be read.") from problem
    return dict(manifest) | {"signer": signer}


def _text(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST_TEXT:
            raise OSError(0, "?")
        return path.read_bytes()
    except OSError as problem:
        raise Fault(f"{name} manque, ou ne se lit pas.", f"{name} is missing or cannot be read.") from problem


def _listed(sums: bytes) -> dict[str, str]:
    found = {}
    for line in sums.decode("utf-8", "strict").splitlines():
        digest, _, name = line.partition("  ")
        parts = name.split("/")
        if len(digest) != 64 or not name or name.startswith("/") or any(part in ("", ".", "..") for part in parts):
            raise Fault(f"{SUMS} : une ligne n’en est pas une.", f"{SUMS}: a line is not one.")
        found[name] = digest
    return found


def _nothing_else(folder: Path, known: set[str]) -> None:
    """Every file of the folder is in the list, every file of the list is there, and nothing is a link."""
    there = set()
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        name = path.relative_to(folder).as_posix()
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            raise Fault(f"{name} n’est pas un fichier.", f"{name} is not a file.")
        there.add(name)
    for name in sorted(there - known):
        raise Fault(f"{name} est en trop : rien ne le signe.", f"{name} is one too many: nothing signs it.")
    for name in sorted(known - there):
        raise Fault(f"{name} manque.", f"{name} is missing.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- this machine


def tag() -> dict[str, str]:
    """What the libraries of a bundle were taken for: interpreter, its version, processor."""
    return {
        "implementation": sys.implementation.name,
        "version": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "platform": sysconfig.get_platform(),
    }


def copied(folder: Path, mine: Path) -> None:
    """Every file of a bundle but the models (their lists go): what is built from must not change once verified.
    Links are not followed. Others may read it, whatever the mask: the house's user does."""
    shutil.rmtree(mine, ignore_errors=True)
    mine.mkdir(parents=True)
    mine.chmod(0o755)
    for where, names, files in os.walk(folder):
        inside = Path(where).relative_to(folder)
        among = inside.parts[:1] == ("models",)
        for name in () if among else names:
            (mine / inside / name).mkdir()
            (mine / inside / name).chmod(0o755)
        for name in files:
            place = mine / inside / name
            if not among or (len(inside.parts) == 1 and name.endswith(".json")):
                shutil.copyfile(Path(where, name), place, follow_symlinks=False)
                if not place.is_symlink():
                    place.chmod(0o644)


def fits(manifest: dict[str, Any], root: Path) -> None:
    """Raises Fault unless this interpreter is one that the bundle's libraries are for, and no newer bundle was
    installed in ``root`` before it was uninstalled: an older one could be one whose faults are known."""
    had = json.loads((root / HIGHEST).read_bytes()) if (root / HIGHEST).is_file() else {"sequence": 0}
    if manifest["sequence"] < had["sequence"]:
        fr, en = f"plus récent, a été installé ici. Pour le prendre : rm /{HIGHEST}", "newer, was installed here"
        raise Fault(f"{had['id']}, {fr}.", f"{had['id']}, {en}. To take it: rm /{HIGHEST}.", 4)
    wanted, here = manifest["python"], tag()
    if wanted != here:
        told = (f"{one['implementation']} {one['version']} {one['platform']}" for one in (wanted, here))
        wanted, here = told  # type: ignore[assignment]
        raise Fault(
            f"Ce lot est fait pour {wanted} ; ici : {here}.", f"This bundle is for {wanted}; here: {here}.", 4
        )
    glibc = manifest.get("glibc", "")
    found = platform.libc_ver()[1]
    if glibc and found and _numbers(found) < _numbers(glibc):
        raise Fault(
            f"Il faut la glibc {glibc} ou plus ; ici : {found}.", f"glibc {glibc} is needed; here: {found}.", 4
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


# ---- the program


def build(folder: Path, manifest: dict[str, Any], target: Path) -> Path:
    """The environment of this version in ``target`` (made, or completed by the next call), from the bundle's files
    alone: no index, every hash required. Returns it; what fails leaves nothing. Raises Fault."""
    if (target / COMPLETE).exists():
        return target
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    _ran([_interpreter(), "-I", "-m", "venv", "--without-pip", str(target)], None, target)
    python, wheels = target / "bin" / "python", folder / "wheels"
    (pip,) = sorted(wheels.glob("pip-*.whl"))
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(pip), "PIP_CONFIG_FILE": os.devnull}
    environment |= {"LANG": "C.UTF-8", "HOME": str(target)}
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    install += ["--no-index", "--no-deps", "--require-hashes", "--find-links", str(wheels)]
    _ran([*install, "-r", str(folder / "requirements.txt")], environment, target)
    if (folder / BILL).is_file():
        boxed = target.glob("lib/python3.*/site-packages/demeure-*.dist-info")  # what the house's boxes may open
        for place in (target, *boxed):
            shutil.copyfile(folder / BILL, place / BILL)
    told = {name: manifest[name] for name in ("id", "version", "sequence", "created")}
    fresh = target / ".complete.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    os.sync()
    fresh.rename(target / COMPLETE)
    return target


def _interpreter() -> str:
    """The interpreter below an environment: the new one must not hang on the former one."""
    below = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return str(below if below.exists() else Path(sys.executable))


def _ran(command: list[str], environment: dict[str, str] | None, made: Path) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        shutil.rmtree(made, ignore_errors=True)
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [str(done.returncode)]
        told = "disque plein (disk full)" if "[Errno 28]" in last[0] else last[0]  # pip says it in English
        raise Fault(f"Le programme ne s’installe pas : {told}", f"The program does not install: {told}", 4)


def main(words: list[str]) -> int:
    """See above."""
    root, vkey, check, rest = Path("/"), "", False, list(words)
    while rest:
        word = rest.pop(0)
        if word == "--check":
            check = True
        elif word in ("--vkey", "--root") and rest:
            value = rest.pop(0)
            vkey, root = (value, root) if word == "--vkey" else (vkey, Path(value))
        else:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    try:
        return _installed(Path(__file__).resolve().parent, root, vkey, check=check)
    except Fault as fault:
        sys.stderr.write(f"demeure : {fault.fr}\ndemeure: {fault.en}\n")
        return fault.code


def _installed(folder: Path, root: Path, vkey: str, *, check: bool) -> int:
    """Verify, build, then become the new program: it writes the rest."""
    trusted = [path.read_text().strip() for path in sorted((root / TRUSTED).glob("*.vkey"))]
    if not (vkey or trusted):
        raise Fault(
            "Donnez la clé publique de qui a fait ce lot, tenue d’ailleurs : --vkey CLÉ.",
            "Give the public key of whoever made this bundle, held from elsewhere: --vkey KEY.",
            2,
        )
    manifest = verify(folder, [vkey] if vkey else trusted)
    sys.stdout.write(f"ok   {manifest['id']}  {manifest['signer']}\n")
    if check:
        return 0
    fits(manifest, root)
    more = ["bundle", "install", str(folder), "--vkey", manifest["signer"], "--root", str(root)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        with alone(root) as mine:
            copied(folder, mine)
            manifest = verify(mine, [manifest["signer"]], without="models/")
            command = build(mine, manifest, root / PROGRAM / manifest["id"]) / "bin" / "demeure"
        sys.stdout.flush()
        return subprocess.run([str(command), *more], env=environment, check=False).returncode  # noqa: S603 - just built
    except OSError as problem:
        told = f"{problem.filename or root} : {problem.strerror}"
        raise Fault(
            f"Le programme ne s’installe pas : {told}", f"The program does not install: {told}", 4
        ) from problem


@contextmanager
def alone(root: Path) -> Iterator[Path]:
    """No other installation or update works on the programs of ``root`` meanwhile: the lock is theirs
    (install/locking.py). Yields where a bundle is copied, removed at the end. Raises Fault, OSError."""
    place, mine = root / LOCK, root / PROGRAM / MINE
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield mine
        finally:
            shutil.rmtree(mine, ignore_errors=True)
    except BlockingIOError as problem:
        fr, en = "Une autre installation ou mise à jour travaille ici", "Another installation or update is at work"
        raise Fault(f"{fr} : {place}.", f"{en}: {place}.", 4) from problem
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
