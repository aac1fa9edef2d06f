"""``demeure uninstall``: takes the program off the machine; the data stay, and it says where."""

from pathlib import Path
from typing import Any

import click

from demeure.cli.install_cmd import ROOT
from demeure.cli.terminal import JSON, agreed, print_json, said


@click.command("uninstall")
@ROOT
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], root: Path, yes: bool, as_json: bool) -> None:
    """Retire le programme et ses unités de cette machine. Les données restent, et il dit où."""
    from demeure.install import Layout, removable, remove
    from demeure.install.locking import only_one

    language, layout = obj["language"], Layout(root.absolute())
    removable(layout)  # before anything is asked
    question = (
        "Retirer Demeure de cette machine ? Les données restent (pour les détruire : demeure erase, d’abord).",
        "Remove Demeure? The data stay (to destroy them: demeure erase, first).",
    )
    if not yes and not agreed(language, *question):
        raise click.exceptions.Exit(1)
    with only_one(layout):
        found = remove(layout)
    if as_json:
        print_json(found)
        return
    for path in found["removed"]:
        click.echo(said(language, f"retiré  {path}", f"removed {path}"))
    for path in found["kept"]:
        fr, en = _LEFT if Path(path).name.startswith(".") else ("", "")
        click.echo(said(language, f"gardé   {path}{fr}", f"kept    {path}{en}"))
    fr = "Pour tout effacer, une fois les sauvegardes faites : supprimez vous-même ces dossiers, et l’utilisateur."
    click.echo(said(language, fr, "To erase all, once backed up: delete these folders and the user yourself."))


_LEFT = (
    "  (reste d’un exercice, d’une restauration ou d’une mise à jour arrêtés, clés comprises\u00a0: rm -r)",
    "  (left by a drill, a restore or an update that was stopped, keys included: rm -r)",
)
