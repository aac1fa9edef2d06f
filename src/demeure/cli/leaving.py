"""``demeure export everything``: the whole house in open formats, for an organisation that leaves."""

from pathlib import Path
from typing import Any

import click

from demeure.cli.backup_back import not_in_place
from demeure.cli.backup_work import Work, run
from demeure.cli.terminal import print_json, said, weight
from demeure.errors import counted


def everything(obj: dict[str, Any], target: Path | None, as_json: bool) -> None:
    """Write it in ``target``, a new or empty folder. Raises as ``backup.everything.export``, InsideTheHouse,
    InputError."""
    from demeure.backup.fresh import outside
    from demeure.errors import InputError

    if target is None:
        fr, en = "il manque --to, le dossier neuf où tout écrire", "--to is missing, the new folder to write it in"
        raise InputError(detail=fr, detail_en=en)
    folder = target.absolute()
    outside(obj["instance"], folder)
    not_in_place(obj["instance"], folder)
    left = run(obj, "everything", lambda work: _exported(work, folder), str(folder)[:400])
    if as_json:
        print_json({**vars(left), "folder": str(folder)})
        return
    language, size = obj["language"], weight(left.weight, obj["language"])
    documents, entries = (
        counted(left.documents, "document", "documents"),
        counted(left.entries, "entrée", "entrées"),
    )
    fr = f"Toute la maison est dans {folder}\u00a0: {documents}, {entries} de journal, "
    fr += f"{counted(left.files, 'fichier', 'fichiers')}, {size}, en clair. "
    fr += "Liste signée\u00a0: SHA256SUMS. Lisez README.txt."
    en = f"Everything is in {folder}: {left.documents} documents, {left.entries} journal entries, "
    en += f"{left.files} files, {size}, in clear. Signed list: SHA256SUMS. Read README.txt."
    click.echo(said(language, fr, en))
    if left.missing:
        missing = counted(left.missing, "document", "documents")
        fr = f"Sans original lisible, {missing}\u00a0: voyez documents/documents.json."
        en = f"{missing} without an original that can be read: see documents/documents.json."
        click.echo(said(language, fr, en), err=True)


def _exported(work: Work, folder: Path) -> tuple[str, Any, bytes]:
    from demeure.backup.everything import export
    from demeure.clock import SystemClock
    from demeure.store import read_house_key

    left = export(
        work.instance,
        read_house_key(work.instance),
        work.vkey,
        lambda digest: work.attest(digest, "everything"),
        folder,
        f"{SystemClock().now():%Y-%m-%d}",
        step=work.step,
    )
    return f"documents={left.documents} entries={left.entries} sums={left.sums}", left, b""
