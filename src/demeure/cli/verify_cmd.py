"""``demeure verify``: any piece of evidence of any house, verified without that house.

One line of EVIDENCE for each kind; the first that recognises a file verifies it.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from demeure.cli.errors import EvidenceUnknown, FileMissing
from demeure.cli.terminal import said

Check = Callable[[Path, str | None, str], int]
"""(file or folder, verifier key expected, language) → exit code; prints what it found."""


@dataclass(frozen=True)
class Evidence:
    """A kind of evidence. ``recognises``: is this file or folder one? Reads little, raises nothing."""

    name: str
    recognises: Callable[[Path], bool]
    check: Check


@click.command("verify")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--vkey", default=None, help="Clé publique attendue (défaut : celle que porte la pièce).")
@click.pass_obj
def command(obj: dict[str, Any], target: Path, vkey: str | None) -> None:
    """Vérifie une pièce : reçu, preuve, export, point de contrôle, journal copié. Code 1 si elle ne tient pas."""
    if not target.exists():
        raise FileMissing(path=str(target))
    kind = next((one for one in EVIDENCE if one.recognises(target)), None)
    if kind is None:
        raise EvidenceUnknown(path=str(target))
    sys.exit(kind.check(target, vkey, obj["language"]))


def _is_journal(target: Path) -> bool:
    return (target / "tile").is_dir() and (target / "checkpoint").is_file()


def _journal(target: Path, vkey: str | None, language: str) -> int:
    check = [sys.executable, "-m", "demeure.journal.verify", str(target), "--language", language]
    return subprocess.run([*check, *(["--vkey", vkey] if vkey else [])], check=False).returncode  # noqa: S603 - our own module


def _is_piece(target: Path) -> bool:
    if target.is_dir():
        return (target / "SHA256SUMS").is_file() and (target / "entries.jsonl").is_file()
    start = _start(target)
    return start[:4] == b"PK\x03\x04" or start.startswith(b"c2sp.org/tlog-proof@") or b'"demeure.' in start


def _piece(target: Path, vkey: str | None, language: str) -> int:
    from demeure.journal import stranger

    return stranger.main([str(target), "--language", language, *(["--vkey", vkey] if vkey else [])])


def _is_checkpoint(target: Path) -> bool:
    lines = _start(target).split(b"\n")
    return len(lines) > 4 and lines[1].isdigit() and lines[3] == b""


def _checkpoint(target: Path, vkey: str | None, language: str) -> int:
    from demeure.journal.checkpoint import verify

    if vkey is None:
        words = ("Donnez la clé attendue : --vkey.", "Give the key expected: --vkey.")
        click.echo(said(language, *words), err=True)
        return 2
    found = verify(target.read_text(encoding="utf-8", errors="replace"), vkey)
    words = (
        f"Point de contrôle de {found.size} entrées, signé par {found.origin}.",
        f"Checkpoint of {found.size} entries, signed by {found.origin}.",
    )
    click.echo(said(language, *words))
    return 0


def _start(target: Path) -> bytes:
    try:
        with target.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""


EVIDENCE = (
    Evidence("journal", _is_journal, _journal),
    Evidence("piece", _is_piece, _piece),
    Evidence("checkpoint", _is_checkpoint, _checkpoint),
)
