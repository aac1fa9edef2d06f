"""What an installation writes, as data (pure): ``demeure install --dry-run`` prints it, ``applying`` does it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from demeure.install import units
from demeure.install.errors import DataUnusable, HostUnusable, UserUnusable
from demeure.install.firewall import Way, suggestion
from demeure.install.layout import COMMAND, CONFIG, CREDENTIALS, DATA, KEYS, PROGRAM, UNITS
from demeure.settings import is_address

ROOT = "root"
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_SYSTEM = frozenset(("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "run", "sbin", "sys", "usr"))
"""Folders of the root where nobody keeps data."""


@dataclass(frozen=True)
class Wanted:
    """What is asked. ``program``: the environment that runs (its ``bin/demeure``); ``data``: the instance;
    ``systemd``: has this machine systemd? ``host``, ``port``: where the pages are."""

    program: str
    user: str = "demeure"
    data: str = f"{DATA}/data/1"
    host: str = "127.0.0.1"
    port: int = 8420
    systemd: bool = True
    sealed: bool = False
    starts: bool = True
    ways: Sequence[Way] = ()


@dataclass(frozen=True)
class Step:
    """``kind``: user, folder, file, point, seal, run (``text``: a command). ``why``: French, English. ``data``: the
    instance, for a point."""

    kind: str
    path: str
    why: tuple[str, str]
    text: str = ""
    mode: int = 0o644
    owner: str = ROOT
    data: str = ""


@dataclass(frozen=True)
class Plan:
    """In the order they are done."""

    wanted: Wanted
    steps: list[Step] = field(default_factory=list)

    def files(self) -> dict[str, str]:
        """Path → text of each file that is written."""
        return {step.path: step.text for step in self.steps if step.kind == "file"}


def plan(wanted: Wanted) -> Plan:
    """Everything, in order; the same for the same ``wanted``. Raises HostUnusable, UserUnusable, DataUnusable."""
    usable(wanted.host)
    _nameable(wanted)
    steps = [*_folders(wanted), *_point(wanted), *_sealing(wanted), *_command(wanted)]
    steps += _systemd(wanted) if wanted.systemd else _without()
    steps.append(_firewall(wanted))
    steps += _starting(wanted) if wanted.systemd else []
    return Plan(wanted, steps)


def _nameable(wanted: Wanted) -> None:
    """Both are written in units of root's. Raises UserUnusable, DataUnusable."""
    if wanted.user == ROOT or not _USER.fullmatch(wanted.user):
        raise UserUnusable(user=ascii(wanted.user[:40])[1:-1])
    parts = PurePosixPath(wanted.data).parts
    whole = wanted.data.startswith("/") and wanted.data.isprintable() and ".." not in parts and len(parts) > 2
    if not whole or parts[1] in _SYSTEM or " " in wanted.data:
        raise DataUnusable(path=ascii(wanted.data[:200])[1:-1])


def usable(host: str) -> None:
    """The house's user writes it in demeure.toml, root writes it in a unit: an address, or nothing. Raises
    HostUnusable."""
    if not is_address(host):
        raise HostUnusable(host=ascii(host)[1:-1])


def _folders(wanted: Wanted) -> list[Step]:
    user = wanted.user
    made = [
        Step(
            "user", user, ("utilisateur du système, sans mot de passe ni terminal", "system user, no login"), DATA
        ),
        Step("folder", PROGRAM, ("programmes et points de retour", "programs and points of return"), mode=0o755),
        Step("folder", f"{PROGRAM}/versions", ("un programme par version", "one program a version"), mode=0o755),
        Step("folder", f"{PROGRAM}/points", ("points de retour", "points of return"), mode=0o755),
        Step("folder", CONFIG, ("configuration", "configuration"), mode=0o755),
        Step(
            "folder",
            f"{CONFIG}/trusted",
            ("clés publiques des lots acceptés", "keys of accepted bundles"),
            mode=0o755,
        ),
        Step(
            "folder", DATA, ("données, à cet utilisateur seul", "data, this user’s alone"), mode=0o700, owner=user
        ),
    ]
    if wanted.data.startswith(f"{DATA}/"):
        made.append(Step("folder", f"{DATA}/data", ("données", "data"), mode=0o700, owner=user))
    why = ("l’instance : clés, bases, journal, modèles", "the instance: keys, databases, journal, models")
    return [*made, Step("folder", wanted.data, why, mode=0o700, owner=user)]


def _point(wanted: Wanted) -> list[Step]:
    why = ("premier point de retour : ce programme, ces données", "first point of return: this program, these data")
    return [Step("point", f"{PROGRAM}/points/1", why, wanted.program, data=wanted.data)]


def _sealing(wanted: Wanted) -> list[Step]:
    """Before the command and the units that read sealed keys: when one cannot be sealed, these stay as they are."""
    if not (wanted.sealed and wanted.systemd):
        return []
    why = ("scellée par le TPM, sinon par la clé de la machine", "sealed by the TPM, else by the machine’s key")
    folder = Step("folder", CREDENTIALS, ("clés scellées", "sealed keys"), mode=0o700)
    return [folder] + [
        Step("seal", f"{CREDENTIALS}/demeure.{name}", why, f"{wanted.data}/keys/{name}", 0o600) for name in KEYS
    ]


def _command(wanted: Wanted) -> list[Step]:
    why = ("la commande, sous le nom de cet utilisateur", "the command, as that user")
    return [Step("file", COMMAND, why, units.command(wanted.user, sealed=wanted.sealed), 0o755)]


def _systemd(wanted: Wanted) -> list[Step]:
    user, data, sealed = wanted.user, wanted.data, wanted.sealed
    rows = (
        ("demeure.service", units.service(user, data, sealed=sealed), ("la maison", "the house")),
        (
            "demeure.socket",
            units.socket(wanted.host, wanted.port),
            ("l’écoute des pages", "the listener of the pages"),
        ),
        ("demeure-check.service", units.check_service(user, data, sealed=sealed), ("le docteur", "the doctor")),
        ("demeure-prove.service", units.prove_service(user, data, sealed=sealed), ("une preuve", "a proof")),
        ("demeure-check.timer", units.check_timer(), ("chaque jour", "every day")),
        (
            "demeure-resume.service",
            units.resume_service(data),
            ("règle une mise à jour interrompue", "settles an update that was cut"),
        ),
        (
            "demeure-resume.timer",
            units.resume_timer(),
            ("pendant une mise à jour", "during an update"),
        ),
    )
    steps = [Step("file", f"{UNITS}/{name}", why, text) for name, text, why in rows]
    why = ("journaux du système : 200 Mo, 12 mois", "system log: 200 MB, 12 months")
    steps.append(Step("file", "/etc/systemd/journald@demeure.conf", why, units.journald()))
    return steps


def _without() -> list[Step]:
    why = ("compte rendu de la maison", "log of the house")
    return [
        Step("folder", "/var/log/demeure", why, mode=0o750),
        Step(
            "file",
            "/etc/logrotate.d/demeure",
            ("rotation de ce compte rendu", "its rotation"),
            units.logrotate(),
        ),
    ]


def _firewall(wanted: Wanted) -> Step:
    why = ("proposition, jamais chargée : sortie fermée", "a suggestion, never loaded: the way out closed")
    text = suggestion(wanted.user, wanted.host, wanted.port, wanted.ways)
    return Step("file", f"{CONFIG}/nftables.suggested.nft", why, text)


def _starting(wanted: Wanted) -> list[Step]:
    why = ("systemd relit ses unités", "systemd reads its units again")
    steps = [Step("run", "systemctl", why, "systemctl daemon-reload")]
    if wanted.starts:
        why = ("la maison ouvre, maintenant et à chaque démarrage", "the house opens, now and at every start")
        names = "demeure.socket demeure.service demeure-check.timer"
        steps.append(Step("run", "systemctl", why, f"systemctl enable --now {names}"))
    why = ("à chaque démarrage, ce qui fut interrompu", "at every start, what was cut")
    steps.append(Step("run", "systemctl", why, "systemctl enable demeure-resume.service"))
    return steps
