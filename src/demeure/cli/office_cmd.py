"""``demeure office``: the extension of LibreOffice, as a file to install on people's computers."""

from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import JSON, shown


@click.command("office")
@click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Fichier à écrire."
)
@JSON
@click.pass_obj
def command(obj: dict[str, Any], target: Path | None, as_json: bool) -> None:
    """Écrit l’extension de LibreOffice (.oxt) ; chacun la relie ensuite depuis « Votre compte »."""
    from demeure.cli.writing import write_new
    from demeure.office import FILE_NAME, bundle

    path, data = target or Path(FILE_NAME), bundle()
    write_new(path, data)
    fr = f"Écrit : {path}. À installer par « unopkg add {path.name} » ou d’un double-clic."
    en = f"Written: {path}. To be installed by “unopkg add {path.name}” or by a double click."
    shown(obj, {"file": str(path), "bytes": len(data)}, as_json, fr, en)
