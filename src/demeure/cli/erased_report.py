"""The signed report that ``demeure erase`` leaves, verified wherever it is brought: its house is no more."""

import hashlib
import json
from pathlib import Path
from typing import Any

from demeure.cli.terminal import said
from demeure.errors import counted

REPORT = "effacement.json"
_MOST = 4 << 20  # bytes; a report is a few thousand
_MARK = b'"demeure-erased"'
_WHY = {
    "missing": ("absent ou illisible", "missing or unreadable"),
    "shape": ("mal formé", "malformed"),
    "key": (
        "n’est pas de la clé attendue\u00a0: le rapport vient d’une autre maison, ou a été changé",
        "is not of the key expected: the report comes from another house, or was changed",
    ),
    "signature": (
        "la signature ne tient pas\u00a0: le rapport a été changé",
        "the signature does not hold: the report was changed",
    ),
}


class Unsound(Exception):
    """The first thing that does not hold. ``why``: a key of _WHY."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(place)
        self.place, self.why = place, why


def is_report(target: Path) -> bool:
    """Is this file, or what this folder holds, a report of erasure? Reads little, raises nothing."""
    report = _file(target)
    try:
        if not report.is_file():  # a pipe has no end
            return False
        with report.open("rb") as file:
            return _MARK in file.read(200)
    except OSError:
        return False


def check(target: Path, vkey: str | None, language: str) -> int:
    """Exit code; says what the report tells, or the first thing that does not hold. ``vkey``: the key expected."""
    from demeure.journal.verify_statement import SAY, write

    try:
        told = read(_file(target), vkey)
        lines = _told(told, language)
    except Unsound as problem:
        write(SAY[language]["bad"].format(place=problem.place, why=said(language, *_WHY[problem.why])))
        return 1
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):  # signed, but told as no house tells
        write(SAY[language]["bad"].format(place=REPORT, why=said(language, *_WHY["shape"])))
        return 1
    own = [] if vkey else [SAY[language]["own"], told["house"]]
    write(*own, *lines)
    return 0


def read(report: Path, vkey: str | None) -> dict[str, Any]:
    """What it says, once its signature holds and its list of signers names that key alone. Raises Unsound."""
    from demeure.journal import attestation
    from demeure.journal.errors import NoteInvalid

    sealed, signers = report.with_name(f"{report.name}.sig"), report.with_name("allowed_signers")
    content, signature = _bytes(report), _bytes(sealed)
    try:
        told = json.loads(content)
        house = str(told["house"])
        line = attestation.allowed_signers(house).encode()
    except (ValueError, KeyError, TypeError, RecursionError, NoteInvalid) as problem:
        raise Unsound(report.name, "shape") from problem
    if vkey is not None and house != vkey.strip():
        raise Unsound(report.name, "key")
    digest = hashlib.sha512(content).digest()
    if not attestation.holds(signature.decode(errors="replace"), digest, house):
        raise Unsound(sealed.name, "signature")
    if signers.exists() and _bytes(signers) != line:
        raise Unsound(signers.name, "key")
    return dict(told)


def _file(target: Path) -> Path:
    return target / REPORT if target.is_dir() else target


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file() or path.stat().st_size > _MOST:  # a pipe or a device has no end
            raise Unsound(path.name, "missing")
        return path.read_bytes()
    except OSError as problem:
        raise Unsound(path.name, "missing") from problem


def _told(told: dict[str, Any], language: str) -> list[str]:
    """Who, when; what was destroyed, and what the report says that it could not reach."""
    from demeure.journal.checkpoint import parse_vkey

    origin, when = parse_vkey(told["house"])[0], f"{told['at'][:19].replace('T', ' ')} UTC"
    folders = [told["destroyed"], *(one["folders"] for one in told.get("copies_destroyed", ()))]
    files = sum(row["files"] for held in folders for row in held.values())
    keys, size = len(told["key_files_destroyed"]), told["journal"].get("size")
    fr = (
        f"Le rapport tient\u00a0: effacement de «\u00a0{told['organisation']}\u00a0», signé par {origin} le {when}."
    )
    en = f"The report holds: erasure of “{told['organisation']}”, signed by {origin} on {when}."
    lines = [said(language, fr, en)]
    fr = f"Détruit\u00a0: {counted(files, 'fichier', 'fichiers')}\u202f; fichiers de clés, d’abord\u00a0: {keys}."
    en = f"Destroyed: {counted(files, 'file', 'files')}; key files, first: {keys}."
    lines.append(said(language, fr, en))
    if size:
        fr = f"Le journal comptait alors {size} entrées, racine {told['journal']['root']}."
        lines.append(said(language, fr, f"The journal then had {size} entries, root {told['journal']['root']}."))
    lines.append(said(language, "Ce que l’effacement n’atteint pas\u00a0:", "What the erasure does not reach:"))
    return lines + [f"- {one[language]}" for one in told["not_done"]]
