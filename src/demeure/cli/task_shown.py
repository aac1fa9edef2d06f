"""A draft on the terminal: its words, the sources it cites, what is to be checked, what left for it."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from demeure.cli.ask_cmd import masked
from demeure.cli.terminal import print_json, printable, said, unsourced_line


def printable_text(text: str) -> str:
    """Lines that move neither the cursor nor the direction of the terminal."""
    return "\n".join(map(printable, text.split("\n")))


def left_by(language: str, route: Mapping[str, Any] | None) -> str:
    """What left for a draft, and how, a line; empty: nothing did."""
    if not route:
        return ""
    fr = f"Écrit par la route {route['route']} : ce qui a été lu pour ce brouillon est sorti de la maison"
    en = f"Written by the route {route['route']}: what was read for this draft left the house"
    return said(language, fr, en) + masked(language, route) + ".\n"


def _against(report: list[dict[str, Any]], language: str) -> list[str]:
    """How many figures are to be checked, and what the draft says otherwise than the organisation does."""
    told: list[str] = []
    for block in report:
        match block["kind"]:
            case "wordings":
                write = said(language, "écrire", "write")
                told += dict.fromkeys(f"{one['said']} : {write} « {one['prefer']} »" for one in block["found"])
            case "differs":
                source = said(language, "source", "source")
                told += [
                    f"{one['said']} ≠ « {one['nearest']} » ({source} {one['number']})" for one in block["found"]
                ]
            case "transcript" | "to_check":
                left = block["checks" if block["kind"] == "transcript" else "number"]
                told += [said(language, f"À vérifier : {left}", f"To be checked: {left}")] if left else []
            case "procedure":
                word = said(language, "Procédure", "Procedure")
                told += [f"{word} {block['name']} : {one}" for one in block["said"]]
            case "procedures_near":
                word = said(language, "Procédures qui en parlent", "Procedures that speak of it")
                told.append(f"{word} : {', '.join(block['names'])}")
            case "address" | "inclusive":
                word = said(language, "Guide de style", "Style guide")
                told += [f"{word} ({block['wanted']}) : {one}" for one in block["said"]]
    return told


def ended(closed: dict[str, Any], language: str, as_json: bool) -> int:
    draft = closed["drafts"][-1]
    done = draft["state"] == "done"
    if as_json:
        print_json(closed)
        return 0 if done else 1
    if sys.stdout.isatty():
        click.echo(err=True)
        click.echo("—" * 20, err=True)
    click.echo(printable_text(draft["text"]))
    click.echo(printable_text(left_by(language, draft["details"].get("route"))), nl=False, err=True)
    for source in draft["sources"]:
        where = ", ".join(filter(None, (source["document"], source["place_label"])))
        click.echo(printable(f"[{source['number']}] {where}"))
    for block in draft["report"]:
        for point in block.get("questions", ()):
            click.echo(printable(f"{said(language, 'À préciser', 'To be said')} : {point}"), err=True)
        for point in block.get("left", ()):
            click.echo(printable(f"{said(language, 'Sans réponse', 'Not answered')} : {point}"), err=True)
    for line in _against(draft["report"], language):
        click.echo(printable(line), err=True)
    for found in draft["details"].get("findings", ()):
        click.echo(printable(unsourced_line(language, found)), err=True)
    if not done and draft["reason"]:
        click.echo(printable(draft["reason"][language]), err=True)
    return 0 if done else 1
