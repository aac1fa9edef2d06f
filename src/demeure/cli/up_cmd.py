"""``demeure up``: this process becomes the launcher."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import said

if TYPE_CHECKING:
    from demeure.settings import Settings


def pages_at(instance: Path, settings: "Settings", address: tuple[str, int]) -> str:
    """The pages' URL, for a terminal."""
    from demeure.supervisor.given import way_in

    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"http{'s' if way_in(instance, settings) else ''}://{host}:{address[1]}"


@click.command("up")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Port des pages, au lieu de celui des réglages."
)
@click.option(
    "--accept-unconfined", is_flag=True, help="Ouvrir même si le noyau ne peut rien confiner (journalisé)."
)
@click.option("--private", is_flag=True, hidden=True, help="Sans porte sur le réseau.")
@click.pass_obj
def command(obj: dict[str, Any], port: int | None, accept_unconfined: bool, private: bool) -> None:
    """Ouvre la maison et sert les pages jusqu’à Ctrl-C."""
    from demeure.backup.fresh import killed_swept
    from demeure.cli.beside import not_beside
    from demeure.cli.instance import prepare
    from demeure.cli.models_told import missing
    from demeure.cli.proving import Errands
    from demeure.journal.begun import mark
    from demeure.supervisor.launcher import start
    from demeure.supervisor.log_keeper import listen

    instance: Path = obj["instance"]
    language: str = obj["language"]
    settings = prepare(instance, language)
    if port is not None:
        settings = replace(settings, port=port)
    absent = missing(instance)

    def ready(address: tuple[str, int] | None) -> None:
        mark(instance)
        if address is not None:
            where = pages_at(instance, settings, address)
            click.echo(said(language, f"La maison est ouverte : {where}", f"The house is open: {where}"))
            click.echo(said(language, "Lien de connexion : demeure link", "Sign-in link: demeure link"))
            for words in absent:
                click.echo("! " + said(language, *words))

    if not private:
        not_beside(instance)
        listen(instance, settings.log_megabytes)
    killed_swept(instance)  # before anything is erased, also by a command on a closed house; and each turn
    errands = Errands(instance, language)
    try:
        code = start(
            instance,
            settings,
            public=not private,
            accept_unconfined=accept_unconfined,
            on_ready=ready,
            on_asked=errands.start,
            on_turn=lambda: killed_swept(instance),
        )
    finally:
        errands.stop()
    if code == 0 and not private:
        fr, en = "La maison est fermée\u00a0: tout est arrêté.", "The house is closed: everything is stopped."
        _last_line(said(language, fr, en))
    sys.exit(code)


def _last_line(words: str) -> None:
    """Where the terminal went away nobody reads it, and that is no failure."""
    try:
        click.echo(words)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
