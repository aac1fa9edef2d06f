"""Timestamps (RFC 3161) by exchange of files: asked for, verified by ``openssl ts``, kept with their checkpoint."""

import asyncio
import base64
import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from demeure.cli.errors import FileMissing, TimestampRefused, ToolMissing
from demeure.cli.terminal import said
from demeure.cli.writing import place_for, write_all
from demeure.clock import SystemClock

Call = Callable[[dict[str, Any], str, dict[str, Any]], dict[str, Any]]
Write = Callable[[Path, bytes], None]
_GIVEN = click.Path(path_type=Path, dir_okay=False)
QUERY, REPLY = ".tsq", ".tsr"
"""Endings of a request and of its reply, beside the checkpoint."""
APART = timedelta(minutes=5)
"""How far an authority and this machine may be from each other: beyond, one of the two clocks is wrong."""
_REASONS = (
    # what openssl says → French, English
    (
        "self-signed certificate",
        "le certificat de l’autorité n’est pas celui de --ca",
        "another certificate than --ca",
    ),
    (
        "self signed certificate",
        "le certificat de l’autorité n’est pas celui de --ca",
        "another certificate than --ca",
    ),
    (
        "unable to get local issuer",
        "l’autorité n’est pas de celles de --ca",
        "the authority is none of those of --ca",
    ),
    (
        "certificate has expired",
        "le certificat de l’autorité est périmé",
        "the authority’s certificate has expired",
    ),
    ("message imprint mismatch", "il horodate d’autres octets", "it stamps other bytes"),
    (
        "nonce mismatch",
        "le nombre aléatoire n’est pas celui de la demande",
        "another random number than the request’s",
    ),
    ("signature failure", "la signature ne tient pas", "the signature does not hold"),
    ("digest failure", "la signature ne tient pas", "the signature does not hold"),
    ("certificate verify error", "le certificat de l’autorité n’est pas reconnu", "the certificate is not trusted"),
)


def add_to(group: click.Group, call: Call) -> None:
    """``demeure journal timestamp``."""

    @group.group("timestamp")
    def timestamp() -> None:
        """Horodatage RFC 3161 par échange de fichiers, auprès d’une autorité de votre choix."""

    @timestamp.command("request")
    @click.argument("target", type=click.Path(path_type=Path))
    @click.pass_obj
    def request(obj: dict[str, Any], target: Path) -> None:
        """Écrit le point de contrôle, et à côté (.tsq) la demande à porter à l’autorité."""
        from demeure.journal.timestamp import query

        place_for(target, _beside(target, QUERY))
        note = call(obj, "journal.checkpoint", {})["checkpoint"].encode()
        write_all((target, note), (_beside(target, QUERY), query(note)))

    _add_route(timestamp, call)
    _add_answers(timestamp, call)


def _add_route(timestamp: click.Group, call: Call) -> None:
    @timestamp.command("ask")
    @click.option("--route", required=True, help="Route de genre timestamp.")
    @click.option("--ca", required=True, type=_GIVEN, help="Certificat de l’autorité, ou de qui l’a émis (PEM).")
    @click.pass_obj
    def ask(obj: dict[str, Any], route: str, ca: Path) -> None:
        """Fait horodater le journal par une route du sas, vérifie la réponse (openssl) et la garde."""
        from demeure.journal.timestamp import query

        if not ca.is_file():
            raise FileMissing(path=str(ca))
        note = call(obj, "journal.checkpoint", {})["checkpoint"]
        asked, began = query(note.encode()), SystemClock().now()
        reply = _by_route(obj, route, asked)
        stamp = in_time(checked(note.encode(), reply, ca, asked), began, SystemClock().now())
        words = told(obj["language"], stamp)
        call(obj, "journal.timestamp-keep", {"note": note, "reply": base64.b64encode(reply).decode()})
        click.echo(words)


def _by_route(obj: dict[str, Any], route: str, asked: bytes) -> bytes:
    """The authority's reply; only a digest and a random number leave."""

    async def go() -> bytes:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"]) as door:
            return bytes((await door.call("routes.stamp", {"route": route}, asked)).body)

    return asyncio.run(go())


def _add_answers(timestamp: click.Group, call: Call) -> None:
    trusted = click.option(
        "--ca", required=True, type=_GIVEN, help="Certificat de l’autorité d’horodatage, ou de qui l’a émis (PEM)."
    )

    @timestamp.command("verify")
    @click.argument("note", type=_GIVEN)
    @click.argument("reply", type=_GIVEN)
    @trusted
    @click.pass_obj
    def verify(obj: dict[str, Any], note: Path, reply: Path, ca: Path) -> None:
        """Vérifie la réponse de l’autorité (openssl) pour ce point de contrôle. Code 1 quand elle ne tient pas."""
        click.echo(told(obj["language"], check_files(note, reply, ca)))

    @timestamp.command("keep")
    @click.argument("note", type=_GIVEN)
    @click.argument("reply", type=_GIVEN)
    @trusted
    @click.pass_obj
    def keep(obj: dict[str, Any], note: Path, reply: Path, ca: Path) -> None:
        """Vérifie la réponse, puis la garde au journal avec son point de contrôle ; la page Souveraineté la dit."""
        language = obj["language"]
        words = told(language, in_time(check_files(note, reply, ca), None, SystemClock().now()))
        fields = {"note": note.read_text(encoding="utf-8"), "reply": base64.b64encode(reply.read_bytes()).decode()}
        call(obj, "journal.timestamp-keep", fields)
        click.echo(words)


def check_files(note: Path, reply: Path, ca: Path) -> Any:
    """The stamp of the files, its request too where it lies beside (.tsq). Raises TimestampRefused, FileMissing."""
    for path in (note, reply, ca):
        if not path.is_file():
            raise FileMissing(path=str(path))
    asked = beside(note, QUERY)
    return checked(note.read_bytes(), reply.read_bytes(), ca, asked.read_bytes() if asked else None)


def checked(note: bytes, reply: bytes, ca: Path, asked: bytes | None = None) -> Any:
    """The stamp (``journal.timestamp.Stamp``), once ``openssl ts`` says that an authority of ``ca`` signed it for
    these bytes, and for the request ``asked``. Raises TimestampRefused, TimestampInvalid, ToolMissing."""
    from demeure.journal.timestamp import read_query, read_reply

    stamp, imprint = read_reply(reply), hashlib.sha256(note).digest()
    if stamp.imprint != imprint:
        raise _refused("message imprint mismatch")
    if asked is not None:
        query = read_query(asked)
        if query.imprint != imprint:
            raise TimestampRefused(
                detail="la demande (.tsq) porte sur d’autres octets",
                detail_en="the request (.tsq) is for other bytes",
            )
        if query.nonce != stamp.nonce:
            raise _refused("nonce mismatch")
    _openssl(note, reply, ca)
    return stamp


def in_time(stamp: Any, began: datetime | None, ended: datetime) -> Any:
    """``stamp``, which an authority made after ``began`` (None: nobody knows when it was asked) and before
    ``ended``, by this machine's clock. Raises TimestampRefused: the two clocks are too far apart."""
    if stamp.moment > ended + APART or (began is not None and stamp.moment < began - APART):
        there, here = (f"{one.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" for one in (stamp.moment, ended))
        raise TimestampRefused(
            detail=f"il dit {there}, cette machine {here}\u202f; l’une des deux horloges n’est pas à l’heure",
            detail_en=f"it says {there}, this machine {here}; one of the two clocks is wrong",
        )
    return stamp


def _openssl(note: bytes, reply: bytes, ca: Path) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "note").write_bytes(note)
        (folder / "reply").write_bytes(reply)
        command = ["openssl", "ts", "-verify", "-in", "reply", "-data", "note", "-CAfile", str(ca.resolve())]
        try:
            run = subprocess.run(  # noqa: S603 - the arguments are files
                command, cwd=folder, capture_output=True, text=True, check=False
            )
        except FileNotFoundError as problem:
            raise ToolMissing(name="openssl") from problem
    if run.returncode or "Verification: OK" not in run.stdout + run.stderr:
        raise _refused(run.stderr + run.stdout)


def _refused(words: str) -> TimestampRefused:
    for said_, fr, en in _REASONS:
        if said_ in words:
            return TimestampRefused(detail=fr, detail_en=en)
    last = words.strip().splitlines()[-1][:200] if words.strip() else "openssl"
    return TimestampRefused(detail=last, detail_en=last)


def told(language: str, stamp: Any) -> str:
    """« Horodaté le 2026-11-26 02:14:09 (UTC) par Autorité d’essai, numéro 2. »"""
    when = f"{stamp.moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    by = stamp.authority or said(language, "une autorité qui ne se nomme pas", "an authority that gives no name")
    return said(
        language,
        f"Horodaté le {when} (UTC) par {by}, numéro {stamp.serial}.",
        f"Stamped on {when} (UTC) by {by}, number {stamp.serial}.",
    )


def beside(note: Path, suffix: str) -> Path | None:
    """What lies beside a checkpoint (``REPLY``, ``QUERY``), if anything."""
    path = _beside(note, suffix)
    return path if path.is_file() else None


def of_journal(folder: Path, vkey: str | None) -> Any:
    """``journal.timestamp.Stamped`` of a copied journal; None when nothing was kept. Raises NoteInvalid."""
    from demeure.journal.timestamp import FILE, read_stamped

    path = folder / FILE
    if not path.is_file():
        return None
    own = (folder / "vkey").read_text(encoding="utf-8").strip()
    return read_stamped(path.read_text(encoding="utf-8"), vkey or own)


def unverified(language: str, moment: datetime) -> str:
    """Of a stamp that nobody gave a certificate for."""
    when = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return said(
        language,
        f"Un horodatage du {when} (UTC) y est gardé, non vérifié ici : donnez --ca, le certificat de son autorité.",
        f"A timestamp of {when} (UTC) is kept with it, not verified here: give --ca, its authority’s certificate.",
    )


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
