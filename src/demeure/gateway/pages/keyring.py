"""Clés: every key of the house, for its administrator and its data protection officer. None is shown."""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from demeure.gateway.keyring_words import key_said
from demeure.gateway.pages.administration import tabs
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action
from demeure.store import KeyLine
from demeure.store.key_lines import UNREAD

HERE = "/administration/politique/cles"


async def keyring(came: Visit) -> Response:
    """GET /administration/politique/cles."""
    vaults = came.house.vaults
    lines = await vaults.keyring(came.actor) if vaults is not None else []
    return came.page("keyring.html", tabs=tabs(came), rows=[_row(came, line) for line in lines])


def _row(came: Visit, line: KeyLine) -> dict[str, Any]:
    name, opens = key_said(line.kind, came.language)
    return {
        "name": name[:1].upper() + name[1:],
        "of": line.name,
        "count": line.count,
        "algorithm": "" if line.algorithm == UNREAD else line.algorithm,
        "bits": line.bits,
        "known": line.known,
        "made": _moment(line.made),
        "rotated": _moment(line.rotated),
        "generation": line.generation,
        "opens": opens,
    }


def _moment(told: str) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


WAYS = (Way("GET", HERE, keyring, Action.HOUSE_PROVE, "refusal"),)
