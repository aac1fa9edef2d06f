"""``demeure journal``: read, searched, exported, proven, and verified without trusting who wrote it."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli import journal_keeping
from demeure.cli.calling import tell_if_open
from demeure.cli.errors import FileMissing
from demeure.cli.instance import readable
from demeure.cli.journal_lines import print_entries
from demeure.cli.terminal import JSON, print_json, said
from demeure.cli.writing import place_for, write_all

if TYPE_CHECKING:
    from demeure.cli.door import Door
    from demeure.wire import Reply

_FILE = click.Path(path_type=Path)
_WHOLE = click.option("--whole", is_flag=True, help="Rien de coupé : chaînes entières, et tout ce qui est dit.")


def _filters(command: Any) -> Any:
    """The options that say which entries are wanted."""
    options = (
        click.option("--person", "actor", default=None, help="Identifiant d’une personne, ou acteur du journal."),
        click.option("--space", default=None, help="Espace (nom ou identifiant)."),
        click.option("--kind", default=None, help="Genre d’entrée : request, answer, administration…"),
        click.option("--since", default=None, help="Depuis ce jour ou cet instant UTC (AAAA-MM-JJ…)."),
        click.option("--until", default=None, help="Jusqu’à ce jour ou instant UTC compris (AAAA-MM-JJ…)."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group("journal")
def command() -> None:
    """Montre, cherche, exporte, prouve et vérifie le journal."""


@command.command("head")
@JSON
@click.pass_obj
def head(obj: dict[str, Any], as_json: bool) -> None:
    """Taille, racine, point de contrôle signé, clé publique."""
    answer = call(obj, "journal.head", {})
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["checkpoint"])
        click.echo(answer["vkey"])


@command.command("show")
@click.argument("which", required=False, metavar="[ID]")
@_filters
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="Entrées montrées (défaut : 50).")
@click.option("--start", type=click.IntRange(0), default=None, help="Depuis cette entrée, vers les plus anciennes.")
@_WHOLE
@JSON
@click.pass_obj
def show(obj: dict[str, Any], /, which: str | None, whole: bool, as_json: bool, **asked: Any) -> None:
    """Les dernières entrées ; avec un ID, toute la chaîne de cette entrée (demande, passages, réponse)."""
    if which is None:
        found = call(obj, "journal.show", asked | {"language": obj["language"]})
        _print_page(obj, found, as_json=as_json, whole=whole)
        return
    found = call(obj, "journal.chain", {"id": which, "language": obj["language"]})
    if as_json:
        print_json(found)
        return
    print_entries(obj["language"], found, whole=whole)
    for index, content in found["contents"].items():
        if content == {}:
            continue
        by_rule = found["withdrawn"].get(index, {}).get(obj["language"])
        shown = (
            by_rule or said(obj["language"], "(effacé)", "(erased)")
            if content is None
            else json.dumps(content, ensure_ascii=False)
        )
        click.echo(f"{index}\t{shown}")


@command.command("search")
@click.argument("words", nargs=-1)
@_filters
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="Entrées montrées (défaut : 50).")
@_WHOLE
@JSON
@click.pass_obj
def search(obj: dict[str, Any], /, words: tuple[str, ...], whole: bool, as_json: bool, **asked: Any) -> None:
    """Cherche des mots dans les noms, objets et décisions des entrées. Code 1 quand rien n’est trouvé."""
    found = call(obj, "journal.show", {**asked, "said": " ".join(words), "language": obj["language"]})
    _print_page(obj, found, as_json=as_json, whole=whole)
    sys.exit(0 if found["entries"] else 1)


@command.command("proof")
@click.argument("index", metavar="ID", type=click.IntRange(0))
@click.option("--to", "target", type=_FILE, default=None, help="Fichier à écrire.")
@click.pass_obj
def proof(obj: dict[str, Any], index: int, target: Path | None) -> None:
    """Preuve qu’une entrée est dans le journal (.tlog-proof). Avec --to : l’entrée, sa preuve, et .spicy."""
    beside = [target.with_name(target.name + end) for end in (".tlog-proof", ".spicy")] if target else []
    place_for(target, *beside)
    found = call(obj, "journal.proof", {"id": str(index)})
    if target is None:
        click.echo(found["proof"], nl=False)
        return
    texts = found["leaf"], found["proof"], found["spicy"]
    write_all(*zip((target, *beside), (text.encode() for text in texts), strict=True))
    click.echo(found["vkey"])


@command.command("receipt")
@click.argument("which", metavar="ID")
@click.option("--to", "target", type=_FILE, default=None, help="Fichier à écrire.")
@click.option("--qr", "code", type=_FILE, default=None, help="Code à imprimer : fichier SVG à écrire.")
@click.option(
    "--pdf", type=_FILE, default=None, help="Feuille à joindre à la réponse, avec le code : PDF/A à écrire."
)
@click.pass_obj
def receipt(obj: dict[str, Any], which: str, target: Path | None, code: Path | None, pdf: Path | None) -> None:
    """Reçu d’une réponse : modèle, règles, passages engagés, état de la boîte, preuves. ID : entrée ou chaîne."""
    from demeure.journal.paper import code_svg

    place_for(target, code, pdf)
    answer = reply(obj, "journal.receipt", {"id": which, "sheet": obj["language"] if pdf else ""})
    found = answer.data
    text = json.dumps(found["receipt"], ensure_ascii=False, indent=1) + "\n"
    drawn = code_svg(found["code"]).encode() if code is not None else b""
    write_all((code, drawn), (pdf, answer.body), (target, text.encode()))
    if target is None and pdf is None:
        click.echo(text, nl=False)


@command.command("export")
@click.argument("target", type=_FILE)
@_filters
@click.option("--contents", is_flag=True, help="Avec les contenus de ses propres entrées.")
@click.pass_obj
def export(obj: dict[str, Any], /, target: Path, **asked: Any) -> None:
    """Écrit un dossier (ou un fichier .zip) qui se vérifie sans Demeure : entrées, preuves, clés, vérificateur."""
    place_for(target)
    count = asyncio.run(_export(obj, target, asked))
    click.echo(said(obj["language"], f"{count} entrées dans {target}", f"{count} entries in {target}"))


async def _export(obj: dict[str, Any], target: Path, asked: dict[str, Any]) -> int:
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return await export_to(door, target, asked)


async def export_to(door: "Door", target: Path, asked: dict[str, Any]) -> int:
    """The export of what ``asked`` keeps, at ``target``: how many entries."""
    import base64
    import hashlib

    from demeure.journal.evidence import Opening
    from demeure.journal.export import Export
    from demeure.journal.proof import Proof

    async with contextlib.AsyncExitStack() as held:
        written: Export | None = None
        async for item in door.stream("journal.export", asked):
            data = item.data
            if written is None:
                cosigned = tuple(data["cosigned"])
                written = held.enter_context(Export(target, data["note"], data["vkey"], cosigned))
            proofs = [
                Proof(line["index"], tuple(map(base64.b64decode, line["path"])), "", line["leaf"].encode())
                for line in data["lines"]
            ]
            openings = {
                int(index): Opening(bytes.fromhex(salt), base64.b64decode(payload))
                for index, (salt, payload) in data["openings"].items()
            }
            written.add(proofs, openings)
        assert written is not None, "the first item always comes"
        digest = hashlib.sha512(written.sums()).hexdigest()
        answer = await door.call("journal.attest", {"digest": digest, "about": f"export entries={written.count}"})
        written.sign(str(answer.data["signature"]))
        return written.count


@command.command("verify")
@click.option("--vkey", default=None, help="Clé publique attendue (défaut : celle du journal).")
@click.option("--checkpoint", type=_FILE, default=None, help="Point de contrôle plus ancien, conservé ailleurs.")
@JSON
@click.pass_obj
def verify(obj: dict[str, Any], vkey: str | None, checkpoint: Path | None, as_json: bool) -> None:
    """Recalcule feuilles, arbre, racine et signature depuis les octets écrits. Code 1 à la première faute."""
    readable(obj["instance"])
    if checkpoint is not None and not checkpoint.is_file():
        raise FileMissing(path=str(checkpoint))
    check = [sys.executable, "-m", "demeure.journal.verify", str(obj["instance"] / "journal")]
    check += ["--language", obj["language"], *(["--vkey", vkey] if vkey else []), *(["--json"] if as_json else [])]
    check += ["--checkpoint", str(checkpoint)] if checkpoint else []
    run = subprocess.run(check, check=False)  # noqa: S603 - our own module
    if run.returncode == 0:
        tell_if_open(obj, "journal.verified", {})
    sys.exit(run.returncode)


def _print_page(obj: dict[str, Any], found: dict[str, Any], *, as_json: bool, whole: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_entries(obj["language"], found, whole=whole)
    if found["next"] is not None:
        start = found["next"]
        click.echo(said(obj["language"], f"La suite : --start {start}", f"More: --start {start}"), err=True)


def call(obj: dict[str, Any], op: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One answer of the house, running or opened for it."""
    return dict(reply(obj, op, asked).data)


def reply(obj: dict[str, Any], op: str, asked: dict[str, Any]) -> "Reply":
    """The same with its body."""
    return asyncio.run(_reply(obj, op, asked))


async def _reply(obj: dict[str, Any], op: str, asked: dict[str, Any]) -> "Reply":
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return await door.call(op, asked)


def sheet_of(obj: dict[str, Any], op: str, asked: dict[str, Any]) -> bytes:
    """A sheet of the house as PDF, in the language of the command."""
    return reply(obj, op, asked | {"language": obj["language"]}).body


journal_keeping.add_to(command, call, sheet_of)
