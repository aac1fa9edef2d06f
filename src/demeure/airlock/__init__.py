"""The airlock (le sas): the only way out of the house, absent while no route is open. Each request by it is
decided, looked at, masked where the policy wants it, measured and written in the journal before its first byte
leaves.

``service`` and ``door`` are its two processes; the other rooms use ``AirlockLine``, ``RouteEngine`` and the routes.
Names load on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demeure.airlock.carried import RouteStream, RouteTarget, password_right
    from demeure.airlock.declared import (
        all_routes,
        find,
        has_credential,
        keep,
        keep_credential,
        looked_at,
        remove,
        serving,
        there,
    )
    from demeure.airlock.errors import (
        MailRefused,
        NoRouteOpen,
        RouteClosed,
        RouteExpired,
        RouteFailed,
        RouteInvalid,
        RouteNotItself,
        RouteRefused,
        RouteUnknown,
        RouteUnreachable,
        TargetMissing,
    )
    from demeure.airlock.leaving import ASKED, REFUSED, TESTED, Asker
    from demeure.airlock.ledger import Tally, tallies
    from demeure.airlock.line import AirlockLine, RouteEngine
    from demeure.airlock.opening import expired, today
    from demeure.airlock.route import ENGINE, KINDS, NTP, RELAY, STORES, Route, hours_told, in_clear, made, unsafe

_ROOMS = {
    "carried": ("RouteStream", "RouteTarget", "password_right"),
    "declared": (
        *("all_routes", "find", "has_credential", "keep", "keep_credential", "looked_at", "remove", "serving"),
        "there",
    ),
    "errors": (
        *("MailRefused", "NoRouteOpen", "RouteClosed", "RouteExpired", "RouteFailed", "RouteInvalid"),
        *("RouteNotItself", "RouteRefused", "RouteUnknown", "RouteUnreachable", "TargetMissing"),
    ),
    "leaving": ("ASKED", "REFUSED", "TESTED", "Asker"),
    "ledger": ("Tally", "tallies"),
    "line": ("AirlockLine", "RouteEngine"),
    "opening": ("expired", "today"),
    "route": ("ENGINE", "KINDS", "NTP", "RELAY", "STORES", "Route", "hours_told", "in_clear", "made", "unsafe"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "ASKED",
    "ENGINE",
    "KINDS",
    "NTP",
    "REFUSED",
    "RELAY",
    "STORES",
    "TESTED",
    "AirlockLine",
    "Asker",
    "MailRefused",
    "NoRouteOpen",
    "Route",
    "RouteClosed",
    "RouteEngine",
    "RouteExpired",
    "RouteFailed",
    "RouteInvalid",
    "RouteNotItself",
    "RouteRefused",
    "RouteStream",
    "RouteTarget",
    "RouteUnknown",
    "RouteUnreachable",
    "Tally",
    "TargetMissing",
    "all_routes",
    "expired",
    "find",
    "has_credential",
    "hours_told",
    "in_clear",
    "keep",
    "keep_credential",
    "looked_at",
    "made",
    "password_right",
    "remove",
    "serving",
    "tallies",
    "there",
    "today",
    "unsafe",
]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(name)
    return getattr(import_module(f"demeure.airlock.{room}"), name)
