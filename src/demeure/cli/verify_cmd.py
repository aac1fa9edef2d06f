"""``demeure verify``: any piece of evidence of any house, verified without that house.

One line of EVIDENCE for each kind; the first that recognises a file verifies it.
"""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from demeure.cli import erased_report
from demeure.cli.errors import EvidenceUnknown, FileMissing
from demeure.cli.terminal import said


@dataclass(frozen=True)
class Asked:
    """``vkey``: the verifier key expected. ``more``: words for statements alone (their age). ``ca``: certificates
    of the authorities whose timestamps are trusted."""

    vkey: str | None
    language: str
    more: tuple[str, ...] = ()
    ca: Path | None = None

    def words(self, target: Path) -> list[str]:
        """Arguments of the programs that a stranger runs."""
        return [str(target), "--language", self.language, *(["--vkey", self.vkey] if self.vkey else [])]


_GIVEN = click.Path(path_type=Path, dir_okay=False)
Check = Callable[[Path, Asked], int]
"""(file or folder, what is asked) → exit code; prints what it found."""


@dataclass(frozen=True)
class Evidence:
    """A kind of evidence. ``recognises``: is this file or folder one? Reads little, raises nothing."""

    name: str
    recognises: Callable[[Path], bool]
    check: Check


@click.command("verify")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--vkey",
    default=None,
    help="Clé publique attendue (défaut : celle que porte la pièce ; un point de contrôle n’en porte pas).",
)
@click.option("--after", default=None, help="Déclaration ou point de contrôle déjà détenu : plus ancien, refusé.")
@click.option("--at", default=None, help="Juger comme à cet instant (UTC, 2026-11-25T06:02:00).")
@click.option(
    "--ca", type=_GIVEN, default=None, help="Autorité d’horodatage reconnue (PEM) : juge l’horodatage gardé."
)
@click.pass_obj
def command(
    obj: dict[str, Any], target: Path, vkey: str | None, after: str | None, at: str | None, ca: Path | None
) -> None:
    """Vérifie une pièce : déclaration, reçu, preuve, export, journal copié, rapport d’effacement.
    Code 1 si elle ne tient pas."""
    for given in filter(None, (target, Path(after) if after else None)):
        if not (given.is_file() or given.is_dir()):  # a device or a pipe has no end
            raise FileMissing(path=str(given))
    kind = next((one for one in EVIDENCE if one.recognises(target)), None)
    if kind is None:
        raise EvidenceUnknown(path=str(target))
    options = (("--after", after), ("--at", at))
    more = tuple(word for name, value in options if value for word in (name, value))
    if more and kind.name != STATEMENT:
        raise click.UsageError(f"{more[0]}: {STATEMENT}")
    if ca is not None and kind.name not in STAMPED:
        raise click.UsageError(f"--ca: {', '.join(STAMPED)}")
    sys.exit(kind.check(target, Asked(vkey, obj["language"], more, ca)))


def _is_statement(target: Path) -> bool:
    if target.is_dir():
        return (target / "statement.json").is_file()
    return "statement.json" in (_names(target) or ())


def _names(target: Path) -> list[str] | None:
    """What a zip says that it holds; None when it is none, or a damaged one."""
    try:
        with zipfile.ZipFile(target) as packed:
            return packed.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return None


def _statement(target: Path, asked: Asked) -> int:
    from demeure.journal import verify_statement

    return verify_statement.main([*asked.words(target), *asked.more])


def _is_journal(target: Path) -> bool:
    return (target / "tile").is_dir() and (target / "checkpoint").is_file()


def _journal(target: Path, asked: Asked) -> int:
    check = [sys.executable, "-m", "demeure.journal.verify", *asked.words(target)]
    code = subprocess.run(check, check=False).returncode  # noqa: S603 - our own module
    if code:
        return code
    from demeure.cli import timestamps

    kept = timestamps.of_journal(target, asked.vkey)
    return 0 if kept is None else _stamped(kept.note.encode(), kept.reply, asked)


def _stamped(note: bytes, reply: bytes, asked: Asked, request: bytes | None = None) -> int:
    """The timestamp of a checkpoint, judged when a certificate was given, told to be there otherwise."""
    from demeure.cli import timestamps
    from demeure.journal.timestamp import read_reply

    if asked.ca is None:
        click.echo(timestamps.unverified(asked.language, read_reply(reply).moment))
        return 0
    if not asked.ca.is_file():
        raise FileMissing(path=str(asked.ca))
    click.echo(timestamps.told(asked.language, timestamps.checked(note, reply, asked.ca, request)))
    return 0


def _is_piece(target: Path) -> bool:
    if target.is_dir():
        return (target / "SHA256SUMS").is_file() and (target / "entries.jsonl").is_file()
    start = _start(target)
    if start[:4] == b"PK\x03\x04":
        names = _names(target)
        return names is None or bool({"SHA256SUMS", "entries.jsonl", "vkey"} & {*names})
    return start.startswith(b"c2sp.org/tlog-proof@") or b'"demeure.' in start


def _piece(target: Path, asked: Asked) -> int:
    from demeure.journal import stranger

    return stranger.main(asked.words(target))


KEYLESS = (
    (
        "Un point de contrôle ne porte pas de clé\u00a0: donnez celle de la maison qui l’a signé.\n"
        "  demeure verify {target} --vkey 'CLÉ'\n"
        "Chez elle, demeure journal head l’affiche en dernière ligne, et le fichier journal/vkey de son instance "
        "la tient\u00a0; la feuille du point de contrôle la porte imprimée."
    ),
    (
        "A checkpoint carries no key: give that of the house that signed it.\n"
        "  demeure verify {target} --vkey 'KEY'\n"
        "There, demeure journal head shows it as its last line, and the file journal/vkey of its instance holds "
        "it; the sheet of the checkpoint has it in print."
    ),
)


def _is_checkpoint(target: Path) -> bool:
    lines = _start(target).split(b"\n")
    return len(lines) > 4 and lines[1].isdigit() and lines[3] == b""


def _checkpoint(target: Path, asked: Asked) -> int:
    from demeure.journal.checkpoint import verify

    if asked.vkey is None:
        click.echo(said(asked.language, *KEYLESS).format(target=target), err=True)
        return 2
    found = verify(target.read_text(encoding="utf-8", errors="replace"), asked.vkey)
    words = (
        f"Point de contrôle de {found.size} entrées, signé par {found.origin}.",
        f"Checkpoint of {found.size} entries, signed by {found.origin}.",
    )
    click.echo(said(asked.language, *words))
    from demeure.cli import timestamps

    reply, request = (timestamps.beside(target, suffix) for suffix in (timestamps.REPLY, timestamps.QUERY))
    if reply is None:
        return 0
    return _stamped(target.read_bytes(), reply.read_bytes(), asked, request.read_bytes() if request else None)


def _erasure(target: Path, asked: Asked) -> int:
    return erased_report.check(target, asked.vkey, asked.language)


def _start(target: Path) -> bytes:
    try:
        with target.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""


STATEMENT = "statement"
STAMPED = ("journal", "checkpoint")
EVIDENCE = (
    Evidence(STATEMENT, _is_statement, _statement),
    Evidence(STAMPED[0], _is_journal, _journal),
    Evidence("erasure", erased_report.is_report, _erasure),
    Evidence("piece", _is_piece, _piece),
    Evidence(STAMPED[1], _is_checkpoint, _checkpoint),
)
