"""``demeure export everything``: the whole house in open formats, for an organisation that leaves."""

from pathlib import Path
from typing import Any

import click

from demeure.cli.backup_work import Work, run
from demeure.cli.terminal import print_json, said, weight


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
    left = run(obj, "everything", lambda work: _exported(work, folder), str(folder)[:400])
    if as_json:
        print_json({**vars(left), "folder": str(folder)})
        return
    language, size = obj["language"], weight(left.weight, obj["language"])
    fr = f"Toute la maison est dans {folder}\u00a0: {left.documents} documents, {left.entries} entrées de journal, "
    fr += f"{left.files} fichiers, {size}, en clair. Liste signée\u00a0: SHA256SUMS. Lisez README.txt."
    en = f"Everything is in {folder}: {left.documents} documents, {left.entries} journal entries, "
    en += f"{left.files} files, {size}, in clear. Signed list: SHA256SUMS. Read README.txt."
    click.echo(said(language, fr, en))
    if left.missing:
        fr = f"{left.missing} documents n’ont plus d’original lisible\u00a0: documents/documents.json les nomme."
        en = f"{left.missing} documents have no original that can be read: documents/documents.json names them."
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
