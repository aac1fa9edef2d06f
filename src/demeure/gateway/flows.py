"""The flow matrix: every socket that exists or may exist, from what is declared and from what the kernel shows.
What is live and not declared is an alarm.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demeure.airlock import NTP
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, AIRLOCK_DOOR, ANTIVIRUS, LAUNCHER, PROFILES, SUPERVISOR
from demeure.confinement.facts import DESCRIPTORS
from demeure.confinement.sockets import TO
from demeure.gateway.exits import Socket
from demeure.gateway.house import House

PEOPLE, OWNER, ROUTES = "people", "owner", (AIRLOCK.role, AIRLOCK_DOOR.role, AIRLOCK_CLOCK.role)
BY_ROUTES = ("tcp", "udp", "udp6")
"""Kinds of descriptors by which a route may leave; UDP to a clock."""
NETWORK = frozenset(
    {"listener", "accepted", "tcp", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6", "packet"}
)
"""Kinds of descriptors (facts.py) that touch a network."""
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not listened on
HOW = {
    "listener": ("écoute TCP", "TCP listener"),
    "control": ("prise Unix 0600", "Unix socket, 0600"),
    "handed": ("paire remise par le superviseur", "pair handed by the supervisor"),
    "engine": ("prise Unix du moteur, remise", "the engine’s Unix socket, handed"),
    "channel": ("canal du superviseur", "the supervisor’s channel"),
    "program": ("prise Unix d’un programme de la machine", "Unix socket of a program of the machine"),
    "door": ("connexion ouverte par la porte du sas, remise", "connection opened by the airlock’s door, handed"),
    "route": ("connexion TCP vers une route déclarée", "TCP connection to a declared route"),
    "clock": ("datagrammes vers une horloge déclarée", "datagrams to a declared clock"),
    "unforeseen": ("NON DÉCLARÉ", "NOT DECLARED"),
}
"""Kind of a flow → its words, French and English."""


@dataclass(frozen=True)
class Flow:
    """``source`` asks, ``target`` answers: roles, « people », « owner », programs, or places of a network. ``how``:
    of HOW. ``detail``: an address, a path, a route. ``live``: how many the kernel shows now; None: it does not tell
    them apart. ``alarm``: nobody declared it."""

    source: str
    target: str
    how: str
    detail: str = ""
    live: int | None = None
    alarm: bool = False

    def words(self, language: str) -> str:
        return HOW[self.how][language == "en"]

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


async def open_routes(house: House) -> list[dict[str, Any]]:
    """Every declared route, as ``ways_out.told``."""
    return await house.ways_out.listed() if house.ways_out is not None else []


async def flows_of(house: House, status: Mapping[str, Any] | None) -> list[Flow]:
    """Those of this house, as the supervisor's ``status`` and its open routes tell them. Every page tells the
    undeclared ones as the last call saw them."""
    routes = [route for route in await open_routes(house) if route["open"]]
    declared = (house.settings.host, house.port)
    flows = read_flows(house.settings.antivirus_socket, house.address, routes, status, declared)
    if status is not None:
        house.exits.seen(Socket(flow.source, flow.detail or flow.target) for flow in flows if flow.alarm)
    return flows


async def undeclared(house: House) -> list[Flow] | None:
    """Those that nobody declared; None when the supervisor does not answer."""
    status = await house.pulse.status()
    return None if status is None else [flow for flow in await flows_of(house, status) if flow.alarm]


def unread(status: Mapping[str, Any] | None) -> list[str]:
    """Processes whose sockets this reader may not see: nothing is said of them, neither good nor bad."""
    processes = (status or {}).get("processes") or []
    return [str(p["role"]) for p in processes if DESCRIPTORS in ((p.get("facts") or {}).get("unreadable") or ())]


def read_flows(
    antivirus: str,
    address: str,
    routes: Sequence[Mapping[str, Any]],
    status: Mapping[str, Any] | None,
    listening: tuple[str, int] | None = None,
) -> list[Flow]:
    """``antivirus``: its socket, from settings; ``address``: of the pages; ``routes``: those that are open;
    ``status``: the JSON of ``demeure status``, None when it is not known; ``listening``: address and port of the
    one declared listener, None when that is not known."""
    processes = list((status or {}).get("processes") or [])
    held = [(str(p.get("role")), row) for p in processes for row in _descriptors(p)]
    declared = [
        *_entrances(address, held),
        *_inside(processes),
        *_outside(antivirus, status),
        *_routes(routes, held, hidden=bool({*unread(status)} & {*ROUTES})),
    ]
    return [*declared, *_unforeseen(processes, held, routes, listening)]


def _descriptors(process: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = (process.get("facts") or {}).get("descriptors")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _entrances(address: str, held: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterable[Flow]:
    accepted = sum(1 for _, row in held if row.get("kind") == "accepted")
    yield Flow(PEOPLE, "gateway", "listener", address, accepted)
    yield Flow(OWNER, "gateway", "control", "run/control.sock")


def _inside(processes: Sequence[Mapping[str, Any]]) -> Iterable[Flow]:
    alive = {str(process.get("role")) for process in processes if process.get("facts")}
    for role, profile in PROFILES.items():
        yield Flow(role, SUPERVISOR.role, "channel", "", int(role in alive) if alive else None)
        for peer in profile.peers:
            if peer == ANTIVIRUS or (peer == AIRLOCK.role):
                continue
            yield Flow(role, peer, "engine" if peer in PROFILES and PROFILES[peer].engine else "handed")


def _outside(antivirus: str, status: Mapping[str, Any] | None) -> Iterable[Flow]:
    if antivirus:
        told = (status or {}).get("antivirus") or {}
        answers = int(bool(told.get("answers"))) if told else None
        yield Flow("worker", ANTIVIRUS, "program", antivirus, answers)


def _routes(
    routes: Sequence[Mapping[str, Any]], held: Sequence[tuple[str, Mapping[str, Any]]], *, hidden: bool
) -> Iterable[Flow]:
    """None of these may exist while no route is open. ``hidden``: what the airlock holds may not be read, nor
    counted."""
    if not routes:
        return
    yield Flow("gateway", AIRLOCK.role, "handed")
    yield Flow(AIRLOCK.role, "scribe", "handed")
    yield Flow(AIRLOCK.role, AIRLOCK_DOOR.role, "door")
    if any(route.get("kind") == NTP for route in routes):
        yield Flow(AIRLOCK.role, AIRLOCK_CLOCK.role, "handed")
    for route in routes:
        places = set(places_of(route))
        live = sum(
            1 for role, row in held if role in ROUTES and row.get("kind") in BY_ROUTES and peer_of(row) in places
        )
        where = f"{route['id']} → {route['host']}:{route['port']} ({', '.join(route['addresses'])})"
        clock = route.get("kind") == NTP
        source, how = (AIRLOCK_CLOCK.role, "clock") if clock else (AIRLOCK.role, "route")
        yield Flow(source, str(route["host"]), how, where, None if hidden else live)


def places_of(route: Mapping[str, Any]) -> list[str]:
    """As the kernel tells them: « 192.0.2.7 port 443 »."""
    return [f"{address} port {route['port']}" for address in route["addresses"]]


def peer_of(row: Mapping[str, Any]) -> str:
    """Who is at the other end of a connection."""
    return str(row.get("target", "")).rpartition(TO)[2]


def _as_declared(target: str, listening: tuple[str, int] | None) -> bool:
    """A listener of the declared address and port."""
    if listening is None:
        return True
    address, _, port = target.partition(" ")[2].partition(" port ")
    return port == str(listening[1]) and _address(address) == _address(listening[0])


def _address(told: str) -> str:
    """One spelling of an address; of those that mean every one of a family or of both, too."""
    if told in EVERYWHERE:
        return ""
    try:
        return str(ipaddress.ip_address({"localhost": "127.0.0.1"}.get(told, told)))
    except ValueError:
        return told


def _unforeseen(
    processes: Sequence[Mapping[str, Any]],
    held: Sequence[tuple[str, Mapping[str, Any]]],
    routes: Sequence[Mapping[str, Any]],
    listening: tuple[str, int] | None,
) -> Iterable[Flow]:
    """What is live and was not declared: another listener, a socket of a network in a process that has none, a
    connection of the airlock to another place, an airlock while no route is open, a descriptor that its profile
    does not name."""
    places = {place for route in routes for place in places_of(route)}
    for role, row in held:
        kind, target = str(row.get("kind")), str(row.get("target", ""))
        if role in ROUTES and kind in BY_ROUTES and peer_of(row) in places:
            continue
        holds = role in ("gateway", SUPERVISOR.role, LAUNCHER.role)
        declared = holds and (kind == "accepted" or (kind == "listener" and _as_declared(target, listening)))
        if kind in NETWORK and not declared:
            yield Flow(
                role, peer_of(row) or target or kind, "unforeseen", f"{kind} {target}".strip(), 1, alarm=True
            )
    for process in processes:
        role = str(process.get("role"))
        if role in ROUTES and process.get("facts") and not routes:
            yield Flow(role, "?", "unforeseen", f"pid {process.get('pid')}", 1, alarm=True)
        for found in process.get("differences") or ():
            if found.get("code") == "descriptor" and str(found.get("kind")) not in NETWORK:
                detail = f"{found.get('kind')} {found.get('target')}".strip()
                yield Flow(role, str(found.get("target", "?")), "unforeseen", detail, 1, alarm=True)
