"""``demeure search``: what the page Recherche finds, on the terminal."""

import asyncio
import sys
from typing import Any

import click

from demeure.cli.terminal import JSON, print_json, said, shut_line

_BOLD = ("\x1b[1m", "\x1b[22m")


@click.command("search")
@click.argument("sought", nargs=-1, required=True)
@click.option("--space", "spaces", multiple=True, help="Espace où chercher (répétable ; défaut : tous).")
@click.option("--limit", type=click.IntRange(1, 100), default=10, help="Documents montrés (défaut : 10).")
@click.option("--former", is_flag=True, help="Chercher aussi dans les versions remplacées.")
@JSON
@click.pass_obj
def command(
    obj: dict[str, Any], sought: tuple[str, ...], spaces: tuple[str, ...], limit: int, former: bool, as_json: bool
) -> None:
    """Cherche des mots, une phrase entre « », un article, un numéro. Code 1 quand rien ne contient tout."""
    asked = {"sought": " ".join(sought), "spaces": list(spaces), "limit": limit, "former": former}
    found = asyncio.run(_search(obj, asked))
    if as_json:
        print_json(found)
    else:
        _show(found, obj["language"], bold=sys.stdout.isatty())
    sys.exit(0 if found["whole"] else 1)


async def _search(obj: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    from demeure.cli.house import reach, require_spaces

    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, asked["spaces"])
        return dict((await door.call("search", asked)).data)


def _summary(found: dict[str, Any], language: str) -> str:
    """How many documents hold all of it, in the words of the page."""
    count, near, seconds = found["whole"], len(found["documents"]), f"{found['seconds']:.2f}\u00a0s"
    many = "s" if count > 1 else ""
    fr = f"{count} document{many} contien{'nent' if many else 't'} tout ce que vous cherchez"
    en = f"{count} document{many} contain{'' if many else 's'} everything you are looking for"
    if not count:
        fr = "Aucun document ne contient tout ce que vous cherchez"
        en = "No document contains everything you are looking for"
        if near:
            fr, en = f"{fr}\u202f; voici ce qui s’en approche", f"{en}; here is what comes closest"
    return said(language, f"{fr} ({seconds.replace('.', ',')}).", f"{en} ({seconds}).")


def _show(found: dict[str, Any], language: str, *, bold: bool) -> None:
    from demeure.assistant.sources import place_label

    click.echo(_summary(found, language))
    for name, why in found["shut"].items():
        click.echo(shut_line(language, name, why), err=True)
    on, off = _BOLD if bold else ("", "")
    for one in found["documents"]:
        old = said(language, " (remplacé)", " (superseded)") if one.get("newer") else ""
        near = "" if one["whole"] else said(language, " (s’en approche)", " (comes near)")
        click.echo(f"{on}{one['name']}{off}, {one['space_name']}{old}{near}")
        for passage in one["passages"]:
            text = "".join(f"{on}{p['text']}{off}" if p["marked"] else p["text"] for p in passage["pieces"])
            where = place_label(passage["place"], language)
            click.echo(f"  {where} : {' '.join(text.split())}" if where else f"  {' '.join(text.split())}")
    if found["meant"]:
        click.echo(said(language, f"Vouliez-vous dire : {found['meant']}", f"Did you mean: {found['meant']}"))
