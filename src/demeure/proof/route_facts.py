"""What can be read of the routes: those that are declared and open, what went through, and whether the airlock runs
for them and for nothing else.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demeure.confinement import AIRLOCK, AIRLOCK_DOOR
from demeure.gateway.flows import peer_of, places_of
from demeure.gateway.ways_out import listed
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, OPEN

ROLES = (AIRLOCK.role, AIRLOCK_DOOR.role)
Told = tuple[str, str, str]
"""(state, French, English)."""


def of_routes(instance: Path, status: Mapping[str, Any]) -> Told:
    """No route open: blocked. Open ones are told one by one, and leave the question open of what becomes of what
    left; an airlock that runs for none, or a route that cannot be read, is red."""
    runs = [str(p["role"]) for p in status["processes"] if p["role"] in ROLES and p["facts"]]
    every = listed(instance) if instance.is_dir() else []
    if unread := next((row["wrong"] for row in every if not row["read"]), None):
        return OPEN, unread["fr"], unread["en"]
    routes = [route for route in every if route["open"]]
    if routes:
        fr, en = (" ; ".join(_said(route, language) for route in routes) for language in ("fr", "en"))
        many = len(routes)
        french = (
            f"OUVERTE par l’organisation, {many} route(s)\u00a0: {fr}. Ce que devient ce qui est sorti, "
            "cette commande "
        )
        english = f"OPEN by the organisation, {many} route(s): {en}. What becomes of what left, this command "
        return INCONCLUSIVE, f"{french}ne le dit pas.", f"{english}does not say."
    if runs:
        told = ", ".join(runs)
        return (
            OPEN,
            f"Un sas tourne sans route ouverte\u00a0: {told}.",
            f"An airlock runs without an open route: {told}.",
        )
    return (
        BLOCKED,
        "Aucune route vers l’extérieur n’est ouverte\u00a0: le sas, seul à pouvoir sortir, ne tourne pas.",
        "No route to the outside is open: the airlock, the only one that could leave, is not running.",
    )


def declared_peers(instance: Path) -> set[str]:
    """Where open routes lead, as the kernel tells it. None when they cannot be read."""
    try:
        return {place for route in listed(instance) if route["open"] for place in places_of(route)}
    except OSError:
        return set()


def as_declared(role: str, row: Mapping[str, Any], peers: set[str]) -> bool:
    """Is this socket of the network a connection of the airlock to a declared place?"""
    return role in ROLES and row["kind"] == "tcp" and peer_of(row) in peers


def _said(route: Mapping[str, Any], language: str) -> str:
    where = f"{route['id']} → {route['host']}:{route['port']} ({', '.join(route['addresses'])}; {route['country']})"
    went = route["ever"]
    if language == "fr":
        last = f", la dernière {went['last']}" if went["last"] else ""
        told = (
            f"classes {', '.join(route['classes'])}\u202f; {went['requests']} demandes, {went['out']} octets sortis"
        )
        return f"{where}, {told}, {went['refused']} refusées{last}"
    last = f", the last {went['last']}" if went["last"] else ""
    told = f"classes {', '.join(route['classes'])}; {went['requests']} requests, {went['out']} bytes out"
    return f"{where}, {told}, {went['refused']} refused{last}"
