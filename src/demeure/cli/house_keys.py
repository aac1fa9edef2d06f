"""Every key of the house, as the command tells it: what a role may not read is read here, by the folder's owner."""

from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import day_told, said, table
from demeure.gateway.keyring_words import key_said

UNREAD = "unread"


def whole(instance: Path, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``lines`` as the house told them, completed with what it may not read (credentials of routes, the TLS
    authority): from the heads of their files, nothing is opened."""
    from demeure.store import keyring

    own = {line.file: line for line in keyring(instance, {}) if line.file}
    told = []
    for line in lines:
        mine = own.pop(line["file"], None)
        unread = mine is not None and line["algorithm"] == UNREAD
        told.append({**line, "algorithm": mine.algorithm, "known": mine.known} if mine and unread else line)
    return told + [{**vars(line), "known": line.known} for line in own.values()]  # of folders that no role may list


def print_house(language: str, lines: list[dict[str, Any]]) -> None:
    """The table."""
    words = said(language, "clé,algorithme,bits,faite,remplacée,ouvre", "key,algorithm,bits,made,replaced,opens")
    rows = []
    for line in lines:
        name, opens = key_said(line["kind"], language)
        called = " ".join(
            one for one in (name, line["name"], f"({line['count']})" if line["count"] > 1 else "") if one
        )
        rows.append(
            (
                called,
                line["algorithm"],
                line["bits"],
                day_told(line["made"], language),
                day_told(line["rotated"], language),
                opens,
            )
        )
    table(words.split(","), rows)


def doubts(language: str, lines: list[dict[str, Any]]) -> list[str]:
    """A sentence for each key whose algorithm the house does not vouch for."""
    found = []
    for line in lines:
        if line["known"]:
            continue
        called = line["file"] or " ".join((key_said(line["kind"], language)[0], line["name"]))
        fr = f"Algorithme inconnu : {called} ({line['algorithm']})."
        found.append(said(language, fr, f"Unknown algorithm: {called} ({line['algorithm']})."))
    return found


def echo_doubts(language: str, lines: list[dict[str, Any]]) -> bool:
    """Print them on the error stream; were there any?"""
    found = doubts(language, lines)
    for line in found:
        click.echo(line, err=True)
    return bool(found)
