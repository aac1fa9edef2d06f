"""What may be told, at this moment, of what leaves the house. Every page, every command that tells it asks here, so
that none says « Rien ne sort » while another says that a route is open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from demeure.gateway.proofs import LOOSE, PROVEN, RED

UNDECLARED, ROUTED = "undeclared", "routed"
"""Beside the standings of a proof. UNDECLARED: a socket is live that nobody declared. ROUTED: proven, but for the
routes that the organisation opened."""
STOPPING = (UNDECLARED, RED, LOOSE)
"""What is told as an alarm."""


@dataclass(frozen=True)
class OpenRoute:
    """Its name, and where it leads."""

    id: str
    host: str
    port: int
    country: str = ""


@dataclass(frozen=True)
class Socket:
    """Which process holds it, and what it is."""

    role: str
    told: str


@dataclass(frozen=True)
class Told:
    """``standing``: one of proofs, UNDECLARED or ROUTED. ``routes``: those that are open, whatever the standing;
    ``undeclared``: the sockets of the alarm."""

    standing: str
    routes: Sequence[OpenRoute] = ()
    undeclared: Sequence[Socket] = ()

    @property
    def alarm(self) -> bool:
        return self.standing in STOPPING


@dataclass
class Exits:
    """``undeclared``: as the last look found them; the watch looks every ten seconds, and each page of sockets."""

    undeclared: tuple[Socket, ...] = field(default=())

    def seen(self, sockets: Iterable[Socket]) -> None:
        """One look that the supervisor answered."""
        self.undeclared = tuple(sockets)

    def told(self, proof: str, routes: Sequence[OpenRoute]) -> Told:
        """``proof``: its standing. The alarm is told first, then what the proof found; an open route takes the
        place of « nothing leaves » alone."""
        standing = UNDECLARED if self.undeclared else ROUTED if proof == PROVEN and routes else proof
        return Told(standing, tuple(routes), self.undeclared)
