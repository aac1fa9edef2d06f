"""What the airlock is born with, read before its box is closed: places to reach, the key of credentials, routes."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from demeure.airlock.declared import credential_file, credentials_key, find, serving
from demeure.airlock.errors import NoRouteOpen, RouteExpired
from demeure.airlock.route import NTP, Route
from demeure.clock import SystemClock
from demeure.errors import DemeureError

Place = tuple[int, str, int]
"""(family, address, port)."""


@dataclass(frozen=True)
class Opening:
    """``places``: what the door may reach, each once; their order is how the airlock names them. ``clocks``: the
    same of clocks, which another process holds. ``routes``: those that were open at birth; another needs another
    birth, whose walls are cut for it."""

    places: Sequence[Place]
    clocks: Sequence[Place]
    key: bytes
    routes: Sequence[Route]


def prepare(instance: Path, house_key: bytes) -> Opening:
    """Raises NoRouteOpen."""
    routes = serving(instance, today())
    if not routes:
        raise NoRouteOpen()
    key = credentials_key(house_key) if house_key else b""
    return Opening(*reached(routes), key, routes)


def reached(routes: Sequence[Route]) -> tuple[list[Place], list[Place]]:
    """What the door reaches, then the clocks, each once."""
    places = dict.fromkeys(place for route in routes for place in places_of(route))
    return list(places), list(dict.fromkeys(place for route in routes for place in clocks_of(route)))


def version_of(instance: Path) -> tuple[object, ...]:
    """Changes when what an airlock is born with does: its routes of today, their credentials. Empty: none is
    open."""
    return tuple((route, _stamp(credential_file(instance, route.id))) for route in serving(instance, today()))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_ino


def places_of(route: Route) -> list[Place]:
    """Where the route leads by TCP, its addresses checked once more against its networks."""
    return [] if route.kind == NTP else _places(route)


def clocks_of(route: Route) -> list[Place]:
    """The same, of a clock: by UDP."""
    return _places(route) if route.kind == NTP else []


def _places(route: Route) -> list[Place]:
    return [(_family(address), address, route.port) for address in route.addresses if route.within(address)]


def expired(instance: Path, name: str) -> RouteExpired | None:
    """Why the route ``name`` no longer serves, when that is its last day alone. Blocks."""
    try:
        return find(instance, name).expired(today())
    except DemeureError:
        return None


def today() -> date:
    """In the house's own time zone: days are told in it."""
    return SystemClock().now().astimezone().date()


def until_tomorrow() -> float:
    """Seconds until the next ``today``."""
    now = SystemClock().now().astimezone()
    morning = datetime.combine(now.date() + timedelta(days=1), time.min).astimezone()
    return max(0.0, morning.timestamp() - now.timestamp())


def _family(address: str) -> int:
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
