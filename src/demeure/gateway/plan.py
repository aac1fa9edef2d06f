"""The plan of the house, drawn from the table that is enforced (pure): a gap is a socket that is really handed.

The front room runs along the left and the top, the room that asks most along the right, the others between them, so
that every pair of the table shares a wall. A pair that would not is told apart, never left out. A program that is
not of the house, when settings name one, has its door in the outer wall of the room that asks it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from demeure.confinement import Profile

LEFT, TOP, RIGHT, FOOT = 70, 24, 500, 340
_FRONT, _WORK, _CEILING = 196, 376, 84
_GAP = 26
_EXIT, _FRONT_EXIT = 262.0, 54.0


@dataclass(frozen=True)
class Room:
    """``x``, ``y``: where its name stands. ``lit``: it runs."""

    role: str
    x: float
    y: float
    lit: bool


@dataclass(frozen=True)
class Plan:
    """``outer``, ``inner``: SVG paths of walls. ``entries``: (kind, y) of the gaps of the outer wall on the left,
    ``exits``: (program, y) of those on the right. ``handed``: (role, role) of the inner gaps; ``apart``: pairs of
    the table that share no wall."""

    rooms: tuple[Room, ...]
    outer: str
    inner: str
    entries: tuple[tuple[str, float], ...]
    exits: tuple[tuple[str, float], ...]
    handed: tuple[tuple[str, str], ...]
    apart: tuple[tuple[str, str], ...]


def drawn(
    profiles: Mapping[str, Profile],
    running: Collection[str],
    listening: Collection[str],
    outside: Collection[str] = (),
) -> Plan:
    """``running``: roles that live. ``listening``: what the kernel says the front room listens to (``public``,
    ``control``), or what the table says when it is not known. ``outside``: programs of the machine that settings
    name."""
    front = next(role for role, profile in profiles.items() if profile.front)
    work = max((role for role in profiles if role != front), key=lambda role: len(profiles[role].peers))
    middle = [role for role in profiles if role not in (front, work)]
    known = {*profiles, *outside}
    height = (FOOT - _CEILING) / max(len(middle), 1)
    at = {role: _CEILING + height * (n + 0.5) for n, role in enumerate(middle)}
    pairs = [(role, peer) for role, profile in profiles.items() for peer in profile.peers if peer in known]
    left = [at[peer] for role, peer in pairs if role == front and peer in at]
    right = [at[peer] for role, peer in pairs if role == work and peer in at]
    above = [(_WORK + RIGHT) / 2] if {(front, work), (work, front)} & {*pairs} else []
    shared = {(front, peer) for peer in (*middle, work)} | {
        *((work, peer) for peer in (*middle, front, *outside)),
        *((front, peer) for peer in outside),
    }
    exits = [(peer, _EXIT) for role, peer in pairs if role == work and peer in outside]
    exits += [(peer, _FRONT_EXIT) for role, peer in pairs if role == front and peer in outside]
    lines = [
        *_upright(_FRONT, _CEILING, FOOT, left),
        *_upright(_WORK, _CEILING, FOOT, right),
        *_level(_CEILING, _FRONT, RIGHT, above),
        *(line for n in range(1, len(middle)) for line in _level(_CEILING + height * n, _FRONT, _WORK, [])),
    ]
    entries = [(kind, y) for kind, y in (("public", 150.0), ("control", 262.0)) if kind in listening]
    walls = [*_upright(LEFT, TOP - 3.5, FOOT + 3.5, [y for _, y in entries], 40)]
    walls += _upright(RIGHT, TOP, FOOT, [y for _, y in exits], 40)
    walls += [f"M{LEFT - 3.5} {TOP}H{RIGHT + 3.5}", f"M{LEFT - 3.5} {FOOT}H{RIGHT + 3.5}"]
    rooms = [Room(front, (LEFT + _FRONT) / 2, 56, front in running)]
    rooms += [Room(role, (_FRONT + _WORK) / 2, y, role in running) for role, y in at.items()]
    rooms += [Room(work, (_WORK + RIGHT) / 2, (_CEILING + FOOT) / 2, work in running)]
    handed = tuple(pair for pair in pairs if pair in shared)
    apart = tuple(pair for pair in pairs if pair not in shared)
    return Plan(tuple(rooms), "".join(walls), "".join(lines), tuple(entries), tuple(exits), handed, apart)


def _upright(x: float, start: float, end: float, gaps: list[float], width: float = _GAP) -> list[str]:
    return [f"M{x:g} {a:g}V{b:g}" for a, b in _parts(start, end, gaps, width)]


def _level(y: float, start: float, end: float, gaps: list[float]) -> list[str]:
    return [f"M{a:g} {y:g}H{b:g}" for a, b in _parts(start, end, gaps, _GAP)]


def _parts(start: float, end: float, gaps: list[float], width: float) -> list[tuple[float, float]]:
    edges = [start, *(edge for gap in sorted(gaps) for edge in (gap - width / 2, gap + width / 2)), end]
    return list(zip(edges[::2], edges[1::2], strict=True))
