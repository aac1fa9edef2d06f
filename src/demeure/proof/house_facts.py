"""What can be read of the house itself: live processes, the ground they stand on, listeners, routes, keys, hashes.

Each fact is {"name", "state", "fr", "en"}: ``state`` is one of the verdicts (blocked: as declared; open: it
differs; inconclusive: this machine, or a closed house, does not let us know).
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import demeure
from demeure.clock import SystemClock
from demeure.confinement import facts as kernel_facts
from demeure.delivery import Delivery, delivered
from demeure.engine.models import ModelStore
from demeure.errors import counted
from demeure.proof import route_facts
from demeure.proof.mending import MENDS
from demeure.proof.route_facts import Went
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, OPEN
from demeure.supervisor.health import read_status, running_state

_KEYS = ("keys/house.key", "keys/journal.key")
_NETWORK = frozenset({"tcp", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6", "packet"})
"""Kinds of sockets that reach a network and were not accepted at the declared door."""


@dataclass(frozen=True)
class Fact:
    """``state``: BLOCKED, OPEN or INCONCLUSIVE, as for probes."""

    name: str
    state: str
    fr: str
    en: str

    @property
    def mend(self) -> tuple[str, str] | None:
        """What to do about it, French and English; None unless it is red."""
        return MENDS.get(self.name) if self.state == OPEN else None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        told = {"name": self.name, "state": self.state, "fr": self.fr, "en": self.en}
        return told | {"mend": dict(zip(("fr", "en"), self.mend, strict=True))} if self.mend else dict(told)


def of_the_house(instance: Path, ladder: str, went: Went | None = None) -> list[Fact]:
    """Every fact. ``ladder``: level of the twins; ``went``: what those of the airlock saw. A house that
    does not run has no live facts, and it is said."""
    status = read_status(instance) if instance.is_dir() else {"processes": []}
    found = [_routes(instance, status, went), *_product(status)]
    if instance.is_dir():
        found += [_keys(instance), _models(instance)]
    if not status["processes"]:
        return [_closed(), *found]
    live = [_live(status), _ground(status, instance, ladder), _listeners(status, instance)]
    return [*live, *_antivirus(status), *found]


def _closed() -> Fact:
    return Fact(
        "live-processes",
        INCONCLUSIVE,
        "La maison est fermée\u00a0: aucun processus à regarder. Les sondes ont été faites par des "
        "doubles, lancés pour "
        "l’occasion par le même lanceur.",
        "The house is closed: there is no process to look at. The probes were made by twins, started for the "
        "occasion by the same launcher.",
    )


def _live(status: Mapping[str, Any]) -> Fact:
    """Every live process is what its profile says."""
    rows = [(process["role"], d) for process in status["processes"] for d in process["differences"]]
    if rows:
        told = {language: " ; ".join(f"{role} {d[language]}" for role, d in rows) for language in ("fr", "en")}
        return Fact("live-processes", OPEN, f"Écarts\u00a0: {told['fr']}.", f"Differences: {told['en']}.")
    alive = sum(1 for process in status["processes"] if process["facts"])
    return Fact(
        "live-processes",
        BLOCKED,
        f"Les {alive} processus qui tournent sont tels que leur profil (lu dans /proc).",
        f"The {alive} running processes are what their profiles say (read in /proc).",
    )


def _ground(status: Mapping[str, Any], instance: Path, ladder: str) -> Fact:
    """Twins prove something of the live house only when both stand on the same ground."""
    launcher = next(process for process in status["processes"] if process["role"] == "launcher")
    facts, apart = launcher["facts"], []
    if status["ladder"] != ladder:
        apart.append(f"{status['ladder']} ≠ {ladder}")
    if facts.get("uid") != os.getuid():
        apart.append(f"uid {facts.get('uid')} ≠ {os.getuid()}")
    before, now = (running_state(instance) or {}).get("base_filters"), kernel_facts.filters_of("self")
    if before is not None and before != now:
        apart.append(f"{before} ≠ {now} seccomp")
    ours = kernel_facts.spaces_of("self")
    theirs = {kind: space["id"] for kind, space in facts.get("spaces", {}).items()}
    apart += [f"{kind}: {theirs[kind]} ≠ {ours[kind]}" for kind in theirs if theirs[kind] != ours[kind]]
    if apart:
        told = ", ".join(apart)
        return Fact(
            "same-ground",
            INCONCLUSIVE,
            f"Les doubles n’ont pas été lancés dans les mêmes conditions que la maison ({told})\u00a0: lancez la "
            "commande là où la maison a été lancée, sous le même utilisateur.",
            f"The twins were not started in the same conditions as the house ({told}): run the command where the "
            "house was started, as the same user.",
        )
    return Fact(
        "same-ground",
        BLOCKED,
        f"Maison et doubles\u00a0: même niveau ({ladder}), même utilisateur, mêmes espaces de noms de départ.",
        f"House and twins: same level ({ladder}), same user, same namespaces to start from.",
    )


def _listeners(status: Mapping[str, Any], instance: Path) -> Fact:
    """Declared listeners are the real ones: no process of the house, the launcher included, listens elsewhere or
    holds another socket of the network."""
    state = running_state(instance) or {}
    address = state.get("address")
    declared = {f"{address[0]} port {address[1]}"} if address else set()
    real = {
        row["target"].partition(" ")[2]
        for process in status["processes"]
        for row in process["facts"].get("descriptors", [])
        if row["kind"] == "listener"
    }
    shown = ", ".join(declared) or "–"
    peers = route_facts.declared_peers(instance)
    others = {
        f"{process['role']} ({row['target'] or row['kind']})"
        for process in status["processes"]
        for row in process["facts"].get("descriptors", [])
        if row["kind"] in _NETWORK and not route_facts.as_declared(process["role"], row, peers)
    }
    if others:
        told = ", ".join(sorted(others))
        return Fact(
            "listeners",
            OPEN,
            f"Prises du réseau que personne n’a déclarées\u00a0: {told}.",
            f"Sockets of the network that nobody declared: {told}.",
        )
    if real != declared:
        return Fact(
            "listeners",
            OPEN,
            f"Écoute déclarée\u00a0: {shown}\u202f; écoutes réelles\u00a0: {', '.join(sorted(real)) or '–'}.",
            f"Declared listener: {shown}; real ones: {', '.join(sorted(real)) or '–'}.",
        )
    return Fact(
        "listeners",
        BLOCKED,
        f"Écoutes réelles de la maison\u00a0: celle qui est déclarée ({shown}), et aucune autre.",
        f"Real listeners of the house: the declared one ({shown}), and no other.",
    )


def _routes(instance: Path, status: Mapping[str, Any], went: Went | None) -> Fact:
    """Open routes are shown as open, with what went through."""
    state, french, english = route_facts.of_routes(instance, status, went)
    return Fact("routes", OPEN, french, english) if state == OPEN else Fact("routes", state, french, english)


def _antivirus(status: Mapping[str, Any]) -> list[Fact]:
    """A declared door to a program of the machine: what that one does is beyond this command."""
    declared = status.get("antivirus")
    if not declared:
        return []
    where = declared["socket"]
    return [
        Fact(
            "antivirus",
            INCONCLUSIVE,
            f"Une porte est déclarée vers un antivirus ({where})\u00a0: l’ouvrier lui montre chaque document avant "
            "qu’il soit lu. Ce que ce programme fait de ce qu’il voit, cette commande ne le dit pas.",
            f"A door to an antivirus is declared ({where}): the worker shows it each document before it is read. "
            "What that program does with what it sees, this command does not say.",
        )
    ]


def _keys(instance: Path) -> Fact:
    """Keys and their folders are their owner's alone."""
    keys = instance / "keys"
    wrong = []
    for path in (keys, *sorted(keys.rglob("*"))):
        try:
            facts = path.lstat()
        except FileNotFoundError:  # no key was ever made here, or one was destroyed meanwhile
            continue
        if facts.st_mode & 0o077 or facts.st_uid != instance.stat().st_uid:
            wrong.append(f"{path.relative_to(instance)} ({stat.S_IMODE(facts.st_mode):04o})")
    missing = [name for name in _KEYS if not (instance / name).exists()]
    if wrong:
        told = ", ".join(wrong[:8])
        return Fact(
            "keys", OPEN, f"Clés lisibles par d’autres\u00a0: {told}.", f"Keys that others may read: {told}."
        )
    if missing:
        told = ", ".join(missing)
        return Fact("keys", INCONCLUSIVE, f"Clés absentes\u00a0: {told}.", f"Missing keys: {told}.")
    return Fact(
        "keys",
        BLOCKED,
        "Les clés ne sont lisibles que par leur propriétaire.",
        "Keys are readable by their owner only.",
    )


def _models(instance: Path) -> Fact:
    """Model files are those of the manifest, hash by hash."""
    rows = ModelStore(instance / "models").verify()
    unread = [row.id for row in rows if row.unreadable]
    altered = [row.id for row in rows if row.found and not row.ok]
    gone = [row.id for row in rows if not row.found and not row.unreadable]
    told = [
        ("Modèles changés", "Models altered", altered),
        ("Modèles absents", "Models missing", gone),
        ("Modèles illisibles", "Models that cannot be read", unread),
    ]
    if altered or gone or unread:
        fr, en = (
            " ".join(f"{one[at]}{sign} {', '.join(one[2])}." for one in told if one[2])
            for at, sign in ((0, "\u00a0:"), (1, ":"))
        )
        return Fact("models", OPEN, fr, en)
    if not rows:
        return Fact("models", INCONCLUSIVE, "Aucun modèle installé.", "No model installed.")
    return Fact(
        "models",
        BLOCKED,
        f"{counted(len(rows), 'modèle', 'modèles')}\u00a0: SHA-256 recalculé, égal à celui du manifeste.",
        f"{counted(len(rows), 'model', 'models')}: SHA-256 computed again, the one of the manifest.",
    )


def _product(status: Mapping[str, Any]) -> list[Fact]:
    """Files are those that were installed; the running house is not older than they are."""
    return [_record(delivered()), *_stale(status)]


def _record(found: Delivery | None) -> Fact:
    if found is None:
        return Fact(
            "product",
            INCONCLUSIVE,
            "Ces fichiers du produit n’ont pas de liste à laquelle les comparer\u00a0: make install en fait "
            "une, une roue (wheel) apporte la sienne.",
            "These product files have no list to compare them with: make install makes one, a wheel brings its "
            "own.",
        )
    if not found.same:
        return Fact(
            "product",
            OPEN,
            f"Fichiers du produit modifiés depuis l’installation\u00a0: {found.told('fr')} "
            f"(liste\u00a0: {found.source}).",
            f"Product files modified since the installation: {found.told('en')} (list: {found.source}).",
        )
    return Fact(
        "product",
        BLOCKED,
        f"{found.count} fichiers du produit\u00a0: SHA-256 égal à celui de l’installation ({found.source})\u202f; "
        "ce que Python en a compilé est bien leur code.",
        f"{found.count} product files: the SHA-256 of the installation ({found.source}); what Python compiled of "
        "them is their code.",
    )


def _stale(status: Mapping[str, Any]) -> list[Fact]:
    launcher = next((p for p in status["processes"] if p["role"] == "launcher"), None)
    if launcher is None or launcher.get("uptime_s") is None:
        return []
    newest = max(path.stat().st_mtime for path in Path(demeure.__file__).parent.rglob("*.py"))
    if SystemClock().now().timestamp() - launcher["uptime_s"] < newest:
        return [
            Fact(
                "running-files",
                INCONCLUSIVE,
                "Des fichiers du produit ont changé depuis le démarrage de la maison\u00a0: "
                "relancez-la, puis refaites "
                "la preuve.",
                "Product files have changed since the house was started: restart it, then the proof.",
            )
        ]
    return [
        Fact(
            "running-files",
            BLOCKED,
            "La maison a été démarrée après la dernière modification des fichiers du produit.",
            "The house was started after the last change of the product's files.",
        )
    ]
