"""A suggestion for nftables (pure): written to be read, never loaded. The way out closed, the way in narrow."""

from collections.abc import Sequence
from dataclasses import dataclass

ANY = ("0.0.0.0", "::")  # noqa: S104 - compared and written, not bound


@dataclass(frozen=True)
class Way:
    """A declared way out: its name, and where it leads (numeric addresses, port)."""

    name: str
    addresses: tuple[str, ...]
    port: int


def suggestion(user: str, host: str, port: int, ways: Sequence[Way] = ()) -> str:
    """``nft -c -f`` accepts it. ``host``, ``port``: where the pages are; ``ways``: those that are declared."""
    lines = [
        "#!/usr/sbin/nft -f",
        "# Suggested by demeure install. Demeure does not need it: its own walls hold without. It is a second one,",
        "# kept by somebody else. Read it, adapt it, then: nft -c -f THIS_FILE && nft -f THIS_FILE",
        "# To keep it: include it in /etc/nftables.conf. To take it back: nft delete table inet demeure",
        "",
        "table inet demeure",
        "delete table inet demeure",
        "table inet demeure {",
        "    chain output {",
        "        type filter hook output priority filter; policy accept;",
        f'        meta skuid != "{user}" return',
        '        oifname "lo" accept',
        "        ct state established,related accept  # answers to those who asked for a page",
        *_declared(ways),
        '        counter log prefix "demeure-out " level notice reject with icmpx type admin-prohibited',
        "    }",
        *_incoming(host, port),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _declared(ways: Sequence[Way]) -> list[str]:
    lines = []
    for way in ways:
        for address in way.addresses:
            family = "ip6" if ":" in address else "ip"
            lines.append(f"        {family} daddr {address} tcp dport {way.port} accept  # route {way.name}")
    return lines or ["        # no route is declared: nothing of Demeure’s may leave"]


def _incoming(host: str, port: int) -> list[str]:
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return []
    local = "{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 127.0.0.0/8 }"
    return [
        "    chain input {",
        "        type filter hook input priority filter; policy accept;",
        f"        tcp dport {port} ip saddr != {local} counter drop  # narrow it to your own network",
        f"        tcp dport {port} ip6 saddr != {{ fc00::/7, fe80::/10, ::1 }} counter drop",
        "    }",
    ]
