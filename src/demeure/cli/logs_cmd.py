"""``demeure logs``: the technical lines that the house keeps, filtered; works with the house open or closed."""

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from demeure.cli.errors import MomentInvalid
from demeure.cli.instance import own, readable
from demeure.cli.terminal import JSON, said
from demeure.clock import SystemClock, iso

LEVELS = ("info", "warning", "error")
_POLL = 0.5
_HOUR = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_SHOWN = ("at", "pid", "role", "level", "said", "event", "id")


@click.command("logs")
@click.option("--lines", type=click.IntRange(1, 100_000), default=100, help="Combien de lignes, les dernières.")
@click.option("--role", default="", help="Seulement ce processus (gateway, worker, scribe…).")
@click.option(
    *("--level",),
    type=click.Choice(LEVELS),
    default="info",
    help="Seulement ce niveau, ou pire : info, warning, error.",
)
@click.option("--id", "trace", default="", help="Seulement ce qui porte cet identifiant, de la page au moteur.")
@click.option(
    *("--since",),
    default="",
    help="Seulement depuis ce moment, à l’heure d’ici (09:30 : aujourd’hui ; 2026-11-24 ; 2026-11-24T09:30).",
)
@click.option("--follow", is_flag=True, help="Suivre, jusqu’à Ctrl-C.")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], /, lines: int, follow: bool, as_json: bool, **wanted: str) -> None:
    """Montre les journaux techniques : nombres, codes et états, sans contenu ni nom."""
    from demeure.supervisor.log_keeper import FOLDER, NAME, kept

    wanted["since"] = utc(wanted["since"], SystemClock().now().astimezone().date())
    instance: Path = obj["instance"]
    readable(instance)
    own(instance)
    last: deque[dict[str, Any]] = deque(maxlen=lines)
    found = kept(instance)
    for path in found:
        with path.open("rb") as file:
            last.extend(row for row in read(file) if holds(row, **wanted))
    if not found and not follow:
        fr, en = "Aucun journal technique n’est gardé ici.", "No technical log is kept here."
        click.echo(said(obj["language"], fr, en), err=True)
    elif not last and not follow:
        fr, en = "Aucune ligne ne correspond à ce qui est demandé.", "No line is what was asked for."
        click.echo(said(obj["language"], fr, en), err=True)
    for row in last:
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else line(row))
    if follow:
        for row in followed(instance / FOLDER / NAME):
            if holds(row, **wanted):
                click.echo(json.dumps(row, ensure_ascii=False) if as_json else line(row))


def read(lines: Any) -> Iterator[dict[str, Any]]:
    """Whole lines of ours; a line that a full disk cut is passed over."""
    from demeure.supervisor.log_keeper import read_line

    for one in lines:
        if (told := read_line(one)) is not None:
            yield told


def holds(row: dict[str, Any], role: str, level: str, trace: str, since: str) -> bool:
    """Is this line asked for?"""
    return (
        (not role or row["role"] == role)
        and LEVELS.index(row["level"]) >= LEVELS.index(level)
        and (not trace or row.get("id") == trace)
        and (not since or str(row.get("at", "")) >= since)
    )


def utc(since: str, today: date) -> str:
    """What a person types, local time where no offset is said, as the lines have it; an hour alone is of ``today``.
    Raises MomentInvalid."""
    if not since:
        return ""
    if _HOUR.fullmatch(since):
        since = f"{today.isoformat()}T{'0' if since[1] == ':' else ''}{since}"
    try:
        return iso(datetime.fromisoformat(since).astimezone())
    except (ValueError, OverflowError) as problem:
        raise MomentInvalid(found=since[:40]) from problem


def line(row: dict[str, Any]) -> str:
    """For a person: when (local time), who, what, its numbers."""
    facts = " ".join(f"{key}={value}" for key, value in row.items() if key not in _SHOWN)
    what = " ".join(str(row[key]) for key in ("event", "said") if row.get(key))
    id_ = f" [{row['id']}]" if row.get("id") else ""
    return f"{_local(str(row.get('at')))} {row['level']:<7} {row['role']}{id_} {what} {facts}".rstrip()


def _local(at: str) -> str:
    """``2026-11-24T10:30:00.000+01:00``; as it is written where it is no moment."""
    try:
        return datetime.fromisoformat(at).astimezone().isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return at[:23]


def followed(path: Path) -> Iterator[dict[str, Any]]:
    """What is added from now on, over the turning of files; ends with Ctrl-C."""
    file, rest = None, b""
    try:
        while True:
            if file is None and path.exists():
                file = path.open("rb")
                file.seek(0, 2)
            piece = file.read(1 << 16) if file else b""
            if piece:
                *whole, rest = (rest + piece).split(b"\n")
                yield from read(whole)
                continue
            if file is not None and path.exists() and path.stat().st_ino != _inode(file):
                file.close()
                file, rest = path.open("rb"), b""
                continue
            time.sleep(_POLL)
    except KeyboardInterrupt:
        return
    finally:
        if file is not None:
            file.close()


def _inode(file: Any) -> int:
    import os

    return os.fstat(file.fileno()).st_ino
