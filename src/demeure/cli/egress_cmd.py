"""``demeure egress watch -- COMMAND``: what another program tries to reach, counted by process and destination."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.writing import place_for, write_new

if TYPE_CHECKING:
    from demeure.proof.egress import Watched

_PASSES = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.group("egress")
def command() -> None:
    """Observe ce qu’un autre programme essaie d’atteindre."""


@command.command("watch", context_settings=_PASSES)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND")
@click.option("--json", "json_", is_flag=True, help="Le relevé sur la sortie standard, une ligne JSON, en dernier.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier où écrire le relevé (JSON) : la sortie standard reste celle de la commande.",
)
@click.option("--pass-code", is_flag=True, help="Finir avec le code de la commande au lieu de celui du verdict.")
@click.option("--thorough", is_flag=True, help="Regarder aussi read et write : plus complet, bien plus lent.")
@click.option("--quiet", is_flag=True, help="Ne rien dire pendant ; seulement le relevé, à la fin.")
@click.pass_obj
def watch(
    obj: dict[str, Any],
    words: tuple[str, ...],
    json_: bool,
    target: Path | None,
    pass_code: bool,
    thorough: bool,
    quiet: bool,
) -> None:
    """Lance la commande et relève, avec strace, ce qu’elle et ses enfants essaient d’atteindre. Rien n’est bloqué.
    Code 0 si rien n’a été tenté vers l’extérieur, 1 si quelque chose l’a été, 3 si strace n’a pas tout pu lire."""
    from demeure.cli.egress_report import Live, show
    from demeure.proof import egress
    from demeure.proof.egress.report import EXIT

    place_for(target)
    live = Live(obj["language"], shown=not quiet)
    done = egress.watch(words, thorough=thorough, first=live.first, alone=live.alone)
    told = _told(words, done)
    if target is not None:
        write_new(target, f"{told}\n".encode())
    if json_:
        click.echo(told)
    else:
        show(done, obj["language"])
    sys.exit(done.code if pass_code else EXIT[done.report.verdict])


def _told(words: tuple[str, ...], done: "Watched") -> str:
    return json.dumps({"command": list(words), "code": done.code, **done.report.as_json()}, ensure_ascii=False)
