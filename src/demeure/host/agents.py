"""Agents of remote control and of monitoring, VPN, log forwarding: what is installed or runs, and where it
sends."""

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.host.finding import ALARM, GOOD, INFO, WARN, Finding, Tree, places
from demeure.host.processes import names

SENDS = {
    "screen": ("l’écran, le clavier, des fichiers, tout ce que voit ce compte", "screen, keys, files"),
    "shell": ("des commandes, donc tout ce que la machine peut lire", "commands: all that the machine can read"),
    "logs": ("les journaux et les mesures de tous les programmes", "logs and measures of all programs"),
    "metrics": ("les mesures de la machine, et ce que ses modules lisent", "measures, and what its modules read"),
    "files": ("des fichiers jugés suspects, des noms, des commandes", "files held suspect, names, commands"),
    "inventory": ("la liste des programmes, du matériel, des comptes", "the list of programs, hardware, accounts"),
    "network": ("tout le réseau de la machine, dans les deux sens", "all the network of the machine, both ways"),
}
_TONES = {"screen": ALARM, "shell": ALARM, "network": ALARM, "logs": ALARM, "files": ALARM}


@dataclass(frozen=True)
class Agent:
    """See agents.toml."""

    name: str
    sends: str
    processes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    config: str = ""
    where: str = ""
    home: str = ""
    only_files: bool = False


@functools.cache
def known() -> tuple[Agent, ...]:
    """The table, read once."""
    rows = tomllib.loads((Path(__file__).parent / "agents.toml").read_text(encoding="utf-8"))["agent"]
    told: list[dict[str, Any]] = [
        {name: tuple(one) if isinstance(one, list) else one for name, one in row.items()} for row in rows
    ]
    return tuple(Agent(**row) for row in told)


def agents(tree: Tree) -> Iterator[Finding]:
    """Those of the table that are there; one line that says so when none is."""
    running = names(tree)
    none = True
    for agent in known():
        files = [path for pattern in agent.files for path in tree.glob(pattern)]
        alive = (
            sorted({name for name in agent.processes if name in running}) if not agent.only_files or files else []
        )
        if not files and not alive:
            continue
        none = False
        fr, en = SENDS[agent.sends]
        state = ("tourne", "runs") if alive else ("est installé", "is installed")
        yield Finding(
            id=f"agent-{re.sub('[^a-z0-9]+', '-', agent.name.lower()).strip('-')}",
            about="agents",
            tone=_TONES.get(agent.sends, WARN) if alive else WARN,
            fr=f"{agent.name} {state[0]} sur cette machine.",
            en=f"{agent.name} {state[1]} on this machine.",
            sends_fr=fr,
            sends_en=en,
            where=places([*_destinations(tree, agent), *([agent.home] if agent.home else [])]),
            do_fr="Retirez-le, ou dites dans votre registre qui le tient et ce qu’il peut lire.",
            do_en="Remove it, or write in your register who runs it and what it may read.",
            seen=(*files[:4], *alive),
        )
    if none:
        yield Finding(
            *("agents-none", "agents", GOOD),
            f"Aucun des {len(known())} agents connus n’est installé ni ne tourne.",
            f"None of the {len(known())} known agents is installed or runs.",
        )


def _destinations(tree: Tree, agent: Agent) -> list[str]:
    if not agent.config:
        return []
    pattern = re.compile(agent.where, re.MULTILINE | re.IGNORECASE)
    found = [hit for path in tree.glob(agent.config) for hit in pattern.findall(tree.text(path) or "")]
    return [one for hit in found for one in hit.split(",")]


VPNS = (
    ("WireGuard", "/etc/wireguard/*.conf", r"^\s*Endpoint\s*=\s*(\S+)"),
    ("OpenVPN", "/etc/openvpn/**/*.conf", r"^\s*remote\s+(\S+)"),
    ("strongSwan", "/etc/ipsec.conf", r"^\s*right\s*=\s*(\S+)"),
    ("strongSwan", "/etc/swanctl/conf.d/*.conf", r"^\s*remote_addrs\s*=\s*(\S+)"),
)


def vpn(tree: Tree) -> Iterator[Finding]:
    """Tunnels that are declared, and interfaces that look like one."""
    none = True
    for name, pattern, where in VPNS:
        for path in tree.glob(pattern):
            none = False
            ends = places(re.findall(where, tree.text(path) or "", re.MULTILINE | re.IGNORECASE))
            yield _tunnel(f"vpn-{Path(path).stem}", f"{name}\u00a0: {path}", f"{name}: {path}", ends, (path,))
    cards = [
        line.partition(":")[0].strip() for line in (tree.text("/proc/net/dev") or "").splitlines() if ":" in line
    ]
    tunnels = [one for one in cards if one.startswith(("tun", "tap", "wg", "tailscale", "zt", "ppp"))]
    for one in tunnels:
        none = False
        yield _tunnel(
            f"vpn-{one}", f"L’interface {one} est un tunnel.", f"Interface {one} is a tunnel.", (), (one,)
        )
    if none:
        yield Finding("vpn-none", "vpn", GOOD, "Aucun VPN n’est déclaré ni monté.", "No VPN is declared or up.")


def _tunnel(id_: str, fr: str, en: str, where: tuple[str, ...], seen: tuple[str, ...]) -> Finding:
    told = SENDS["network"]
    do = ("Dites dans votre registre qui est au bout.", "Write in your register who is at the other end.")
    return Finding(id_, "vpn", WARN, fr, en, *told, where=where, do_fr=do[0], do_en=do[1], seen=seen)


FORWARDS = (
    ("rsyslog", "/etc/rsyslog.conf", r"^[^#\n]*\s@@?\(?[^)\s]*\)?\[?([A-Za-z0-9_.:-]+)\]?"),
    ("rsyslog", "/etc/rsyslog.d/*.conf", r"^[^#\n]*\s@@?([A-Za-z0-9_.:\[\]-]+)"),
    ("rsyslog", "/etc/rsyslog.d/*.conf", r'omfwd"[^)]*?target="([^"]+)"'),
    ("rsyslog", "/etc/rsyslog.conf", r'omfwd"[^)]*?target="([^"]+)"'),
    ("syslog-ng", "/etc/syslog-ng/**/*.conf", r'^[^#\n]*(?:tcp|udp|network|syslog)\(\s*"([^"]+)"'),
    ("journal-upload", "/etc/systemd/journal-upload.conf*", r"^\s*URL\s*=\s*(\S+)"),
)


def forwarding(tree: Tree) -> Iterator[Finding]:
    """Where the system's logs go."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name, pattern, where in FORWARDS:
        for path in tree.glob(pattern):
            ends = places(
                re.findall(
                    where, tree.text(path) or "", re.MULTILINE | re.DOTALL if "omfwd" in where else re.MULTILINE
                )
            )
            if ends:
                kept = found.setdefault(name, ([], []))
                kept[0].extend(ends)
                kept[1].append(path)
    for name, (hosts, files) in found.items():
        yield Finding(
            *(f"forward-{name}", "logs", ALARM),
            f"{name} envoie les journaux du système ailleurs.",
            f"{name} sends the system’s logs elsewhere.",
            "les lignes de tous les services, noms de connexion et adresses compris",
            "the lines of all services, names of accounts and addresses included",
            places(hosts),
            "Les journaux de Demeure n’y vont que si systemd les recueille ; vérifiez que la cible est chez vous.",
            "Demeure’s logs go there only when systemd gathers them; check that the target is yours.",
            tuple(dict.fromkeys(files)),
        )
    if not found:
        fr = "Aucun journal du système n’est envoyé ailleurs."
        yield Finding("forward-none", "logs", GOOD, fr, "No system log is sent elsewhere.")


def informed(about: str, id_: str, fr: str, en: str, where: tuple[str, ...] = ()) -> Finding:
    """Only told."""
    return Finding(id_, about, INFO, fr, en, where=where)
