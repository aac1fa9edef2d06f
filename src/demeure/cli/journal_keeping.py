"""``demeure journal``, what keeps it: checkpoints outside, witnesses, timestamps, pruning, erasure."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from demeure.cli import timestamps
from demeure.cli.errors import FileMissing
from demeure.cli.terminal import confirmed, day_told, print_json, said
from demeure.cli.writing import place_for, replace, write_all, write_new

Call = Callable[[dict[str, Any], str, dict[str, Any]], dict[str, Any]]
SheetOf = Callable[[dict[str, Any], str, dict[str, Any]], bytes]
"""As ``Call``; the body of the answer."""
_FILE = click.Path(path_type=Path)
_GIVEN = click.Path(path_type=Path, dir_okay=False)


def add_to(group: click.Group, call: Call, sheet_of: SheetOf) -> None:
    """Add the commands. ``call``: one answer of the house."""
    _add_checkpoint(group, call, sheet_of)
    _add_witness(group, call)
    timestamps.add_to(group, call)
    _add_end(group, call)


def _add_checkpoint(group: click.Group, call: Call, sheet_of: SheetOf) -> None:
    @group.command("checkpoint")
    @click.option("--to", "target", type=_FILE, default=None, help="Fichier à écrire ou remplacer, hors du disque.")
    @click.option("--print", "page", type=_FILE, default=None, help="Feuille à imprimer : fichier HTML à écrire.")
    @click.option("--qr", "code", type=_FILE, default=None, help="Code à imprimer : fichier SVG à écrire.")
    @click.option("--pdf", type=_FILE, default=None, help="La même feuille en PDF/A : fichier à écrire.")
    @click.option("--json", "as_json", is_flag=True, help="Sortie JSON.")
    @click.pass_obj
    def checkpoint(
        obj: dict[str, Any],
        target: Path | None,
        page: Path | None,
        code: Path | None,
        pdf: Path | None,
        as_json: bool,
    ) -> None:
        """Le point de contrôle d’à présent, pour qui le détiendra hors de la machine."""
        from demeure.clock import SystemClock
        from demeure.journal.checkpoint import plain
        from demeure.journal.paper import code_svg, sheet
        from demeure.settings import load

        place_for(code, page, pdf)
        found = call(obj, "journal.checkpoint", {})
        short = plain(found["checkpoint"])
        name = load(obj["instance"] / "demeure.toml").organisation
        moment = SystemClock().now().astimezone().strftime("%d/%m/%Y %H:%M")
        write_all(
            (code, code_svg(short).encode() if code else b""),
            (page, sheet(obj["language"], name, found["vkey"], short, moment).encode() if page else b""),
            (pdf, sheet_of(obj, "journal.checkpoint-sheet", {"note": short}) if pdf else b""),
        )
        if target is not None:
            replace(target, found["checkpoint"].encode())
        if as_json:
            print_json(found)
        elif target is None and code is None and page is None and pdf is None:
            click.echo(short, nl=False)
            click.echo(found["vkey"])


def _add_witness(group: click.Group, call: Call) -> None:
    @group.group("witness")
    def witness() -> None:
        """Témoins par échange de fichiers : une maison voisine cosigne notre point de contrôle, et nous le sien."""

    @witness.command("request")
    @click.argument("target", type=_FILE)
    @click.option("--old", type=click.IntRange(0), default=0, help="Taille du dernier point que ce témoin a vu.")
    @click.pass_obj
    def request(obj: dict[str, Any], target: Path, old: int) -> None:
        """Écrit la demande à porter au voisin ; affiche la clé de notre journal."""
        place_for(target)
        found = call(obj, "journal.witness-request", {"old": old})
        write_new(target, found["request"].encode())
        click.echo(found["vkey"])

    @witness.command("sign")
    @click.argument("asked", type=_GIVEN)
    @click.argument("target", type=_FILE)
    @click.option("--vkey", required=True, help="Clé du journal du voisin, reçue de lui.")
    @click.pass_obj
    def sign(obj: dict[str, Any], asked: Path, target: Path, vkey: str) -> None:
        """Cosigne la demande d’un voisin, si son journal n’a fait que grandir ; affiche notre clé de témoin."""
        place_for(target)
        found = call(obj, "journal.witness-sign", {"request": _text(asked), "vkey": vkey})
        write_new(target, found["note"].encode())
        click.echo(found["vkey"])

    @witness.command("keep")
    @click.argument("answer", type=_GIVEN)
    @click.option("--vkey", required=True, help="Clé de témoin du voisin, reçue de lui.")
    @click.pass_obj
    def keep(obj: dict[str, Any], answer: Path, vkey: str) -> None:
        """Garde la réponse du voisin : notre point de contrôle, cosigné ; les exports le portent."""
        size = call(obj, "journal.witness-keep", {"note": _text(answer), "vkey": vkey})["size"]
        words = (f"Point de contrôle de {size} entrées, cosigné.", f"Checkpoint of {size} entries, cosigned.")
        click.echo(said(obj["language"], *words))


def _add_end(group: click.Group, call: Call) -> None:
    @group.command("prune")
    @click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
    @click.pass_obj
    def prune(obj: dict[str, Any], yes: bool) -> None:
        """Efface ce qui a dépassé la durée de conservation (journal_months) ; le reste se prouve comme avant."""
        from demeure.clock import iso
        from demeure.settings import load

        months = load(obj["instance"] / "demeure.toml").journal_months
        before = iso(_months_ago(months))
        ask = (
            f"Effacer pour toujours ce qui date d’avant le {day_told(before, 'fr')} ({months} mois) ?",
            f"Erase for good what dates from before {before[:10]} ({months} months)?",
        )
        confirmed(obj["language"], yes, *ask)
        minimum = call(obj, "journal.prune", {"before": before})["minimum"]
        words = (f"La première entrée gardée est la {minimum}.", f"The first entry kept is {minimum}.")
        click.echo(said(obj["language"], *words))

    @group.command("erase")
    @click.argument("login")
    @click.option("--to", "target", type=_FILE, default=None, help="Fichier à écrire : le reçu de l’effacement.")
    @click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
    @click.pass_obj
    def erase(obj: dict[str, Any], login: str, target: Path | None, yes: bool) -> None:
        """Efface ce que le journal garde des contenus d’une personne (RGPD 17) : sa clé est détruite."""
        ask = (
            f"Détruire la clé de {login} ? Ses questions et réponses au journal deviennent illisibles.",
            f"Destroy the key of {login}? Their questions and answers in the journal become unreadable.",
        )
        place_for(target)
        confirmed(obj["language"], yes, *ask)
        made = call(obj, "journal.erase", {"login": login})
        text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
        if target is None:
            click.echo(text, nl=False)
        else:
            write_new(target, text.encode())


def _months_ago(months: int) -> Any:
    from demeure.clock import SystemClock

    now = SystemClock().now()
    count = now.year * 12 + now.month - 1 - months
    return now.replace(year=count // 12, month=count % 12 + 1, day=min(now.day, 28))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(1 << 20).decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise FileMissing(path=str(path)) from problem
