"""One wall less at a time: what is taken away, and the probes that must then turn red.

A mutation edits the product in the memory of one process, forked to become a launcher of twins; neither the files
nor the running house are touched. The selftest of the boxes, which would refuse such a house, goes with it.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import demeure.confinement
from demeure.confinement import (
    AIRLOCK_DOOR,
    LAYERS,
    SUPERVISOR,
    Lists,
    Profile,
    box,
    kernel,
    policies,
    probe,
    seccomp,
    selftest,
)
from demeure.confinement.profiles import CAPABILITIES, LANDLOCK, NAMESPACES, SECCOMP
from demeure.confinement.seccomp import Policy
from demeure.proof.ground import FORGOTTEN
from demeure.supervisor import airlocks, belongings, supervisor


@dataclass(frozen=True)
class Mutation:
    """``layer``: the wall it belongs to (a house that lacks it cannot lose it). ``red``: probes that must open.
    ``airlock``: it is a wall of the airlock, which lives in that house for a route that is made up."""

    name: str
    layer: str
    fr: str
    en: str
    change: Callable[[], None]
    red: tuple[str, ...]
    airlock: bool = False


def _product() -> Any:
    """The modules as objects whose names may be given another value."""
    return demeure.confinement


def _no_selftest() -> None:
    patched: Any = selftest
    patched.run = lambda *_: []


def _without(layer: str) -> Callable[[], None]:
    def change() -> None:
        _no_selftest()
        kept = LAYERS - {layer}
        table = demeure.confinement.PROFILES
        _product().PROFILES = {name: replace(profile, layers=kept) for name, profile in table.items()}
        _product().READER = replace(demeure.confinement.READER, layers=kept)
        patched: Any = supervisor
        patched.SUPERVISOR = replace(SUPERVISOR, layers=kept)
        if layer == SECCOMP:  # the jobs of the workshop put their own filter on
            filters: Any = seccomp
            filters.install = lambda _policy: 0
        if layer == CAPABILITIES:
            _keep_capabilities()

    return change


def _keep_capabilities() -> None:
    """The launcher goes on announcing the level of the whole walls: it is asked before."""
    ground, announced, boxes = probe(), cast("Any", belongings), cast("Any", sys.modules[box.__module__])
    announced.probe = lambda: ground
    boxes._give_up = _promise_only


def _promise_only(_profile: Profile, _problems: list[str]) -> tuple[bool, bool]:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    return False, True


def _letting(*names: str) -> Callable[[], None]:
    """Every filter lets these calls through, whatever their arguments."""

    def change() -> None:
        _no_selftest()
        patched: Any = policies
        for name in ("supervisor", "role", "engine", "job", "preparing"):
            setattr(patched, name, _wider(getattr(policies, name), names))

    return change


def _wider(former: Callable[..., Policy], names: Iterable[str]) -> Callable[..., Policy]:
    def policy(*arguments: Any) -> Policy:
        strict, let = former(*arguments), set(names)
        return replace(
            strict,
            allow=strict.allow | let,
            deny={name: answer for name, answer in strict.deny.items() if name not in let},
            rules=tuple(rule for rule in strict.rules if rule.name not in let),
        )

    return policy


def _forgetful() -> None:
    """Descriptors that a careless parent opened stay open."""
    _no_selftest()
    former, patched = kernel.close_others, kernel
    target: Any = patched
    target.close_others = lambda keep: former({*keep, *FORGOTTEN.values()})


def _talkative() -> None:
    """The environment of whoever starts the house stays where /proc shows it."""
    target: Any = kernel
    target.forget_environment = lambda: None


def _wide_list() -> None:
    """One folder too many in a list of files."""
    _no_selftest()
    table = demeure.confinement.PROFILES
    _product().PROFILES = {name: replace(profile, read=(*profile.read, "keys")) for name, profile in table.items()}


def _every_port() -> None:
    """The door of the airlock may connect to any port, as if Landlock had been given no list."""
    _no_selftest()
    births: Any = airlocks
    former = births.role_lists

    def lists(profile: Profile, instance: Path, spec: Mapping[str, Any]) -> Lists:
        made: Lists = former(profile, instance, spec)
        return replace(made, ports=tuple(range(1, 1 << 16))) if profile.role == AIRLOCK_DOOR.role else made

    births.role_lists = lists


def _sending_clock() -> None:
    """The clock of the airlock has the calls of a job that may connect too."""
    _no_selftest()
    patched: Any = policies
    patched.clock = _wider(policies.job, ("sendto", "sendmsg", "sendmmsg", "connect"))


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "no-filter",
        SECCOMP,
        "sans filtre d’appels système",
        "without a system call filter",
        _without(SECCOMP),
        ("path-stream", "path-datagram-by-pair", "any-family", "memory-file", "program-in-memory", "any-pair"),
    ),
    Mutation(
        "no-namespace",
        NAMESPACES,
        "sans espaces de noms",
        "without namespaces",
        _without(NAMESPACES),
        ("host-socket-table", "host-interfaces", "fact-namespaces"),
    ),
    Mutation(
        "no-file-list",
        LANDLOCK,
        "sans liste de fichiers (Landlock)",
        "without a list of files (Landlock)",
        _without(LANDLOCK),
        (
            *("read-secret", "read-house-key", "write-outside", "write-temporary", "signal", "fact-file-list"),
            *("read-share", "write-share"),
        ),
    ),
    Mutation(
        "capabilities-kept",
        CAPABILITIES,
        "capacités gardées",
        "capabilities kept",
        _without(CAPABILITIES),
        ("fact-capabilities",),
    ),
    Mutation(
        "descriptor-forgotten",
        "birth",
        "un descripteur non déclaré",
        "an undeclared descriptor",
        _forgetful,
        ("forgotten-socket", "forgotten-socket-free", "forgotten-pipe", "fact-descriptors"),
    ),
    Mutation(
        "connect-allowed",
        SECCOMP,
        "connect permis",
        "connect allowed",
        _letting("connect", "socket"),
        ("path-stream", "path-stream-shared-memory", "descriptor-of-a-deputy"),
    ),
    Mutation(
        "pairs-allowed",
        SECCOMP,
        "paires de datagrammes permises",
        "datagram pairs allowed",
        _letting("socketpair"),
        ("path-datagram-by-pair", "any-pair"),
    ),
    Mutation(
        "programs-allowed",
        SECCOMP,
        "programmes permis",
        "programs allowed",
        _letting("execve", "execveat", "memfd_create"),
        ("memory-file", "program-in-memory"),
    ),
    Mutation(
        "marks-allowed",
        SECCOMP,
        "marques sur les fichiers permises",
        "marks on files allowed",
        _letting("setxattr", "chmod", "fchmodat", "chown", "utimensat"),
        ("attribute", "date", "rights", "owner"),
    ),
    Mutation(
        "limits-allowed",
        SECCOMP,
        "limites d’un voisin permises",
        "limits of a neighbour allowed",
        _letting("prlimit64"),
        ("limits-of-another",),
    ),
    Mutation(
        "list-too-wide",
        LANDLOCK,
        "une liste de fichiers trop large",
        "a list of files too wide",
        _wide_list,
        ("read-keys", "read-house-key"),
    ),
    Mutation(
        "environment-kept",
        "birth",
        "environnement gardé",
        "environment kept",
        _talkative,
        ("environment",),
    ),
    Mutation(
        "any-port",
        LANDLOCK,
        "une porte du sas vers tous les ports",
        "an airlock’s door to every port",
        _every_port,
        ("tcp4-named",),
        airlock=True,
    ),
    Mutation(
        "clock-that-sends",
        SECCOMP,
        "une horloge du sas qui nomme où elle envoie",
        "an airlock’s clock that names where it sends",
        _sending_clock,
        ("clock-sends-elsewhere", "clock-sends-many", "clock-turned"),
        airlock=True,
    ),
)


@dataclass(frozen=True)
class Noticed:
    """What a mutation did. ``red``: probes that opened, as they must; ``missed``: those that did not; ``unable``:
    those whose control proves nothing here. ``problem``: why the mutated house did not open."""

    mutation: Mutation
    red: tuple[str, ...]
    missed: tuple[str, ...]
    unable: tuple[str, ...]
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Nothing that could turn red stayed green."""
        return not self.missed and not self.problem

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        told = {"name": self.mutation.name, "layer": self.mutation.layer, "noticed": self.ok and bool(self.red)}
        more = {"red": self.red, "missed": self.missed, "unable": self.unable, "problem": self.problem}
        return {**told, "fr": self.mutation.fr, "en": self.mutation.en, **more}
