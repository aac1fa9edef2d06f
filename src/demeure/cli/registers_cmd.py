"""``demeure registers``: the files that the law asks for, completed, signed, exported; checks that prove them."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.export_cmd import absent
from demeure.cli.terminal import (
    JSON,
    agreed,
    listed,
    moment_told,
    print_json,
    printable,
    printable_lines,
    said,
    shown,
)
from demeure.cli.writing import edited

_FILE = click.Path(path_type=Path, dir_okay=False)
_FORMATS = ("pdf", "odt", "docx", "md")
_DOCUMENT = click.argument("document", metavar="DOCUMENT")


@click.group("registers")
def command() -> None:
    """Tient les registres : traitements, sous-traitants, mesures, IA, risques, archives…"""


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les documents : mesures, réponses qui manquent, dernière version."""
    known = call(obj, "registers.list", {})["documents"]
    if as_json:
        print_json(known)
        return
    rows = [
        (
            *(one["document"], one[said(obj["language"], "title", "title_en")]),
            *(one["measures"]["failed"], one["measures"]["unknown"]),
            *(one["questions"], one["conflicts"], one["version"]["number"] if one["version"] else "-"),
        )
        for one in known
    ]
    columns = said(
        obj["language"],
        "document,titre,non effectives,non vérifiées,à compléter,à choisir,version",
        "document,title,not effective,not verified,to complete,to choose,version",
    )
    listed(obj["language"], columns, rows, "Aucun document.", "No document.")


@command.command("checks")
@JSON
@click.pass_obj
def checks(obj: dict[str, Any], as_json: bool) -> None:
    """Chaque mesure, et les contrôles qui la prouvent. Code 1 quand une mesure n’est pas effective."""
    told = call(obj, "registers.checks", {})
    failed = any(one["state"] == "failed" for one in told["measures"])
    if as_json:
        print_json(told)
    else:
        told_in, said_in, checks_in = (
            ("told_en", "said_en", "checks_en") if obj["language"] == "en" else ("told", "said", "checks")
        )
        apart = said(obj["language"], " ; ", "; ")
        rows = [(one[told_in], one[said_in], apart.join(one[checks_in])) for one in told["measures"]]
        columns = said(obj["language"], "mesure,état,contrôles", "measure,state,checks")
        listed(obj["language"], columns, rows, "Aucune mesure.", "No measure.")
    sys.exit(1 if failed else 0)


@command.command("show")
@_DOCUMENT
@JSON
@click.pass_obj
def show(obj: dict[str, Any], document: str, as_json: bool) -> None:
    """Montre un document tel qu’il est, et les parties à choisir."""
    told = call(obj, "registers.show", {"document": document})
    if as_json:
        print_json(told)
        return
    language = obj["language"]
    if language == "en":  # the text that is signed and exported stays in French
        parts = "\n".join(f"  {one['section']}: {one['title_en']}" for one in told["parts"])
        click.echo(
            printable_lines(f"{told['title_en']}. {told['lead_en']}\nIts text is in French. Parts:\n{parts}"),
            err=True,
        )
    click.echo(printable_lines(f"# {told['title']}\n\n{told['text']}"), nl=False)
    for part in told["parts"]:
        for one in part["conflicts"]:
            head = (f"À choisir ({part['section']}) :", f"To choose ({part['section']}):")
            click.echo(printable(said(language, *head)), err=True)
            mine, new = said(language, "votre texte,le nouveau", "your text,the new one").split(",")
            click.echo(printable_lines(f"  {mine}\n{one['mine']}\n  {new}\n{one['new']}"), err=True)
    how = f"demeure registers sign {document} --seen {told['seen']}"
    click.echo(printable(said(language, f"Pour signer ce texte : {how}", f"To sign this text: {how}")), err=True)


@command.command("edit")
@_DOCUMENT
@click.argument("section", metavar="PARTIE")
@click.option(
    "--from", "source", type=_FILE, default=None, help="Fichier qui porte le texte (défaut : un éditeur)."
)
@JSON
@click.pass_obj
def edit(obj: dict[str, Any], document: str, section: str, source: Path | None, as_json: bool) -> None:
    """Complète une partie ; votre texte est gardé quand le document est refait."""
    from demeure.accountability.errors import PartUnknown
    from demeure.cli.errors import FileMissing

    told = call(obj, "registers.show", {"document": document})
    part = next((one for one in told["parts"] if one["section"] == section), None)
    if part is None:
        raise PartUnknown(section=section, known=", ".join(one["section"] for one in told["parts"]))
    if source is not None:
        try:
            text = source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise FileMissing(path=str(source)) from problem
    else:
        text = edited(part["text"] + "\n", ".md")
    if text.strip() == part["text"].strip():
        shown(obj, {"changed": False}, as_json, "Rien n’est changé.", "Nothing is changed.")
        return
    asked = {"document": document, "section": section, "text": text, "seen": part["seen"]}
    made = call(obj, "registers.write", asked)
    shown(obj, made, as_json, f"Enregistré : {document}, {section}", f"Saved: {document}, {section}")


@command.command("take")
@_DOCUMENT
@click.argument("section", metavar="PARTIE")
@click.option("--whole", is_flag=True, help="Reprendre toute la partie telle que la maison l’écrit.")
@click.option("--yes", is_flag=True, help="Remplacer sans demander.")
@JSON
@click.pass_obj
def take(obj: dict[str, Any], document: str, section: str, whole: bool, yes: bool, as_json: bool) -> None:
    """Prend le nouveau là où il diffère du vôtre, et là seulement ; dit d’abord ce qui sera remplacé."""
    from demeure.accountability.errors import PartUnknown

    told = call(obj, "registers.show", {"document": document})
    part = next((one for one in told["parts"] if one["section"] == section), None)
    if part is None:
        raise PartUnknown(section=section, known=", ".join(one["section"] for one in told["parts"]))
    language = obj["language"]
    if whole and part["house"] and part["house"] != part["text"]:
        part |= {"conflicts": [{"mine": part["text"], "new": part["house"]}], "taken": part["house"]}
    elif whole or not part["conflicts"]:
        fr, en = "Rien à choisir dans cette partie.", "Nothing to choose in this part."
        if part["house"] and part["house"] != part["text"]:
            fr += f" Tout le texte de la maison\u00a0: demeure registers take {document} {section} --whole"
            en += f" The whole text of the house: demeure registers take {document} {section} --whole"
        shown(obj, {"taken": 0}, as_json, fr, en)
        return
    going, coming = said(language, "remplacé,par", "replaced,by").split(",")
    for one in part["conflicts"]:
        click.echo(printable_lines(f"  {going}\n{one['mine']}\n  {coming}\n{one['new']}"), err=True)
    if not yes and not agreed(language, "Remplacer ces lignes ?", "Replace these lines?"):
        sys.exit(1)
    asked = {"document": document, "section": section, "text": part["taken"], "seen": part["seen"]}
    made = call(obj, "registers.write", asked) | {"taken": len(part["conflicts"])}
    again = f"demeure registers texts {document} {section}"
    fr = f"Remplacé. Votre texte d’avant : {again}"
    shown(obj, made, as_json, fr, f"Replaced. Your text of before: {again}")


@command.command("texts")
@_DOCUMENT
@click.argument("section", metavar="[PARTIE]", default="")
@click.option("--number", type=click.IntRange(1), default=None, help="Montre ce texte-là.")
@click.option("--compare", is_flag=True, help="Avec --number : ce que celui de maintenant dit autrement.")
@JSON
@click.pass_obj
def texts(
    obj: dict[str, Any], document: str, section: str, number: int | None, compare: bool, as_json: bool
) -> None:
    """Liste les textes précédents de chaque partie : quand, par qui ; en montre un, ou le compare."""
    from demeure.gateway.telling import who

    language = obj["language"]
    if number is None:
        known = call(obj, "registers.texts", {"document": document, "section": section})["texts"]
        if as_json:
            print_json(known)
            return
        rows = [
            (
                one["number"],
                moment_told(one["at"], language),
                who(language, one["by"]),
                one["section"],
                one[said(language, "title", "title_en")],
            )
            for one in known
        ]
        columns = said(language, "n°,quand,par,partie,titre", "no.,when,by,part,title")
        listed(language, columns, rows, "Aucun texte.", "No text.")
        return
    one = call(obj, "registers.text", {"document": document, "number": number})
    if section and section != one["section"]:
        from demeure.accountability.errors import TextElsewhere

        raise TextElsewhere(number=number, section=one["section"])
    if as_json:
        print_json(one)
    elif compare:
        same = said(language, "Celui de maintenant dit la même chose.\n", "The present one says the same.\n")
        click.echo(printable_lines(_compared(one, language) or same), nl=False)
    else:
        click.echo(printable_lines(one["text"] + "\n"), nl=False)


def _compared(one: dict[str, Any], language: str) -> str:
    """Line by line; empty when they say the same."""
    from difflib import unified_diff

    former, now = said(language, "n° {},maintenant", "no. {},now").format(one["number"]).split(",")
    lines = unified_diff(one["text"].splitlines(), one["now"].splitlines(), former, now, lineterm="", n=1)
    return "".join(f"{line}\n" for line in lines)


@command.command("put-back")
@_DOCUMENT
@click.argument("number", metavar="NUMÉRO", type=click.IntRange(1))
@JSON
@click.pass_obj
def put_back(obj: dict[str, Any], document: str, number: int, as_json: bool) -> None:
    """Remet un texte précédent (« texts ») ; celui de maintenant reste parmi eux."""
    one = call(obj, "registers.text", {"document": document, "number": number})
    made = call(obj, "registers.put-back", {"document": document, "number": number, "seen": one["seen"]})
    shown(obj, made, as_json, f"Remis : {document}, {made['section']}", f"Put back: {document}, {made['section']}")


@command.command("sign")
@_DOCUMENT
@click.option(
    "--seen", default="", metavar="EMPREINTE", help="Ce que « show » a montré (défaut : montrer et demander)."
)
@JSON
@click.pass_obj
def sign(obj: dict[str, Any], document: str, seen: str, as_json: bool) -> None:
    """Garde le document tel qu’il est comme une version, son empreinte au journal."""
    if not seen:
        told = call(obj, "registers.show", {"document": document})
        click.echo(printable_lines(f"# {told['title']}\n\n{told['text']}"), err=as_json)
        if not agreed(obj["language"], "Signer ce texte ?", "Sign this text?"):
            sys.exit(1)
        seen = told["seen"]
    made = call(obj, "registers.sign", {"document": document, "seen": seen})["version"]
    fr = f"Version {made['number']} signée, SHA-256 {made['sha256']}"
    shown(obj, made, as_json, fr, f"Version {made['number']} signed, SHA-256 {made['sha256']}")


@command.command("export")
@_DOCUMENT
@click.option("--format", "kind", type=click.Choice(_FORMATS), default=None, help="Format (défaut : celui du nom).")
@click.option("--to", "target", type=_FILE, required=True, help="Fichier à écrire.")
@click.option(
    "--version", "number", type=click.IntRange(1), default=None, help="Version signée (défaut : le projet)."
)
@JSON
@click.pass_obj
def export(
    obj: dict[str, Any], document: str, kind: str | None, target: Path, number: int | None, as_json: bool
) -> None:
    """Écrit un document en PDF/A, ODT, DOCX ou Markdown."""
    from demeure.cli.export_cmd import kind_of

    absent(target)
    asked = {"document": document, "format": kind_of(kind, target), "version": number}
    made = asyncio.run(_export(obj, asked, target))
    shown(obj, made, as_json, f"Écrit : {made['file']}", f"Written: {made['file']}")


async def _export(obj: dict[str, Any], asked: dict[str, Any], target: Path) -> dict[str, Any]:
    from demeure.cli.house import reach
    from demeure.cli.writing import write_new

    data = bytearray()
    async with reach(obj["instance"], obj["language"]) as door:
        async for item in door.stream("registers.file", {k: v for k, v in asked.items() if v is not None}):
            data += item.body
    write_new(target, bytes(data))
    return {"file": str(target), "bytes": len(data)}
