"""What can be read of the routes: those that are declared and open, what went through, and whether the airlock runs
for them and for nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from demeure.airlock import NTP, Route
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, AIRLOCK_DOOR
from demeure.errors import counted, counted_en
from demeure.gateway.flows import BY_ROUTES, peer_of, places_of
from demeure.gateway.ways_out import listed
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, OPEN, Result
from demeure.proof.ways import name_of

ROLES = (AIRLOCK.role, AIRLOCK_DOOR.role, AIRLOCK_CLOCK.role)
Told = tuple[str, str, str]
"""(state, French, English)."""


@dataclass(frozen=True)
class Went:
    """What the airlock's twins saw. ``through``: route → the receiver at its declared place heard it. ``tried``,
    ``blocked``: pairs (probe, twin) of all else."""

    through: Mapping[str, bool]
    tried: int
    blocked: int


def went(routes: Iterable[Route], heard: Iterable[tuple[str, str]], results: Iterable[Result]) -> Went | None:
    """None when no route is open. ``heard``: (role, canary); ``results``: of every run."""
    declared, ears = list(routes), set(heard)
    mine = [result for result in results if result.role in ROLES]
    through = {route.id: (AIRLOCK.role, name_of(at)) in ears for at, route in enumerate(declared)}
    blocked = sum(result.verdict == BLOCKED for result in mine)
    return Went(through, len(mine), blocked) if declared else None


def of_routes(instance: Path, status: Mapping[str, Any], seen: Went | None = None) -> Told:
    """No route open: blocked. Open ones are told one by one, with what their twin saw (``seen``), and leave the
    question open of what becomes of what left; an airlock that runs for none, or a route that cannot be read, is
    red."""
    runs = [str(p["role"]) for p in status["processes"] if p["role"] in ROLES and p["facts"]]
    every = listed(instance) if instance.is_dir() else []
    if unread := next((row["wrong"] for row in every if not row["read"]), None):
        return OPEN, unread["fr"], unread["en"]
    routes = [route for route in every if route["open"]]
    over = _over(every)
    if routes:
        fr, en = (" ; ".join(_said(route, language) for route in routes) for language in ("fr", "en"))
        many = counted(len(routes), "route", "routes")
        twins = _twins(seen, any(route["kind"] != NTP for route in routes))
        french = (
            f"OUVERTE par l’organisation, {many}\u00a0: {fr}. {twins[0]}Ce que devient ce qui est sorti, "
            "cette commande "
        )
        english = f"OPEN by the organisation, {many}: {en}. {twins[1]}What becomes of what left, this command "
        return INCONCLUSIVE, f"{french}ne le dit pas.{over[0]}", f"{english}does not say.{over[1]}"
    if runs:
        told = ", ".join(runs)
        return (
            OPEN,
            f"Un sas tourne sans route ouverte\u00a0: {told}.",
            f"An airlock runs without an open route: {told}.",
        )
    fr = "Aucune route vers l’extérieur n’est ouverte\u00a0: le sas, seul à pouvoir sortir, ne tourne pas."
    en = "No route to the outside is open: the airlock, the only one that could leave, is not running."
    return BLOCKED, fr + over[0], en + over[1]


def _over(every: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Routes past their last day, French and English."""
    past = {row["id"]: date.fromisoformat(row["expiry"]) for row in every if not (row["open"] or row["closed"])}
    if not past:
        return "", ""
    french = ", ".join(f"{name} ({last:%d/%m/%Y})" for name, last in past.items())
    return f" Expirée\u00a0: {french}.", f" Expired: {', '.join(f'{name} ({past[name]})' for name in past)}."


def _twins(seen: Went | None, door: bool) -> tuple[str, str]:
    """What was tried from inside the airlock's boxes, French and English. ``door``: a route is open through it, and
    what no probe of ours tries of it is told."""
    if seen is None:
        return (
            "Le sas n’a pas été essayé ici\u00a0: ce noyau ne connaît pas de liste de ports. ",
            "The airlock was not tried here: this kernel knows no list of ports. ",
        )
    through = ", ".join(route for route, heard in seen.through.items() if heard) or "–"
    silent = ", ".join(route for route, heard in seen.through.items() if not heard)
    told = f"{seen.blocked}/{seen.tried}"
    but = (f", sauf {silent}", f", except {silent}") if silent else ("", "")
    french = "Essayé depuis le sas et sa porte, par des doubles dont les routes mènent à un récepteur d’ici\u00a0: "
    english = "Tried from the airlock and its door, by twins whose routes lead to a receiver here: "
    left = ("", "")
    if door:
        left = (
            "Pas essayée\u00a0: une autre adresse au même port, que seule la liste de la porte refuse. ",
            "Not tried: another address at the same port, which the door’s own list alone refuses. ",
        )
    return (
        f"{french}ce qui est déclaré passe ({through}{but[0]})\u202f; du reste, {told} essais bloqués. {left[0]}",
        f"{english}what is declared passes ({through}{but[1]}); of the rest, {told} attempts blocked. {left[1]}",
    )


def declared_peers(instance: Path) -> set[str]:
    """Where open routes lead, as the kernel tells it. None when they cannot be read."""
    try:
        return {place for route in listed(instance) if route["open"] for place in places_of(route)}
    except OSError:
        return set()


def as_declared(role: str, row: Mapping[str, Any], peers: set[str]) -> bool:
    """Is this socket of the network a connection of the airlock to a declared place?"""
    return role in ROLES and row["kind"] in BY_ROUTES and peer_of(row) in peers


def _said(route: Mapping[str, Any], language: str) -> str:
    where = f"{route['id']} → {route['host']}:{route['port']} ({', '.join(route['addresses'])}; {route['country']})"
    went = route["ever"]
    sent = int(went["requests"])
    many = counted(sent, "demande", "demandes"), counted_en(sent, "request", "requests")
    if language == "fr":
        last = f", la dernière {went['last']}" if went["last"] else ""
        told = f"classes {', '.join(route['classes'])}\u202f; {many[0]}, {went['out']} octets sortis"
        return f"{where}, {told}, {went['refused']} refusées{last}"
    last = f", the last {went['last']}" if went["last"] else ""
    told = f"classes {', '.join(route['classes'])}; {many[1]}, {went['out']} bytes out"
    return f"{where}, {told}, {went['refused']} refused{last}"
