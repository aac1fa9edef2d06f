"""What ``demeure routes`` says of a route, from its row."""

from typing import Any

import click

from demeure.cli.terminal import said

_STATES = {
    "open": ("ouverte", "open"),
    "closed": ("fermée", "closed"),
    "over": ("terminée", "over"),
    "unread": ("illisible", "unreadable"),
}


def state(row: dict[str, Any], language: str) -> str:
    state = "open" if row["open"] else "closed" if row["closed"] else "over"
    return _STATES[state if row["read"] else "unread"][language == "en"]


def warned(row: dict[str, Any], language: str) -> None:
    """Why it may not be open, and what can be done, when it may not."""
    if row["wrong"]:
        what = said(language, "Pour l’oublier : demeure routes remove", "To forget it: demeure routes remove")
        click.echo(f"! {row['wrong'][language]} {what} {row['id']}")


def leads_to(row: dict[str, Any], language: str) -> str:
    if not row["read"]:
        return "–"
    return f"{row['host']}:{row['port']}" + ("" if row["tls"] else said(language, " (sans TLS)", " (without TLS)"))


def counted(told: dict[str, Any], language: str) -> str:
    return f"{told['requests']} → {told['out']} {said(language, 'o', 'B')}"
