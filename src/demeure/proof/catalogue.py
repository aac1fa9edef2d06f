"""Every probe, and the twenty without which nothing is said."""

from demeure.proof import files, neighbours, network, programs, surface, unix, ways
from demeure.proof.scene import Probe

PROBES: dict[str, Probe] = {
    probe.name: probe
    for family in (network, unix, neighbours, surface, files, programs, ways)
    for probe in family.PROBES
}

APART = tuple(name for name, probe in PROBES.items() if probe.apart)
"""Those that need another address than the loopback's."""
TOGETHER = tuple(name for name in PROBES if name not in APART)
"""All the others."""

CORE = (
    "tcp4",
    "tcp-fastopen-sendto",
    "udp4",
    "udp-sendmmsg",
    "dns-datagram",
    "dns-stream",
    "any-family",
    "abstract-stream",
    "path-stream",
    "path-datagram",
    "path-datagram-by-pair",
    "forgotten-socket",
    "descriptor-of-another",
    "memory-read",
    "signal",
    "memory-file",
    "read-house-key",
    "read-secret",
    "write-outside",
    "program",
)
"""Their controls succeed on any Linux where the house can live, for any user."""
