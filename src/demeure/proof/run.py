"""One run: lay the ground, try everything without walls, start the launcher on twins, hear, judge.

The process that runs this has one thread, as the launcher's must: everything is forked from it.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import demeure.confinement
from demeure.airlock import Route
from demeure.confinement import PROFILES, expected_layers, kernel
from demeure.errors import DemeureError
from demeure.proof import airlock_twins, inside, twin_facts, ways
from demeure.proof.catalogue import PROBES, TOGETHER
from demeure.proof.errors import NoGround
from demeure.proof.ground import FORGOTTEN, SHARE, Ground, document, lay, shared_page
from demeure.proof.mutations import Mutation, Noticed
from demeure.proof.roles import APART, profile_of, roles_of
from demeure.proof.scene import (
    AFTER,
    BIRTH,
    CONTROL,
    FOUND,
    HEARD,
    HELD,
    LEARNED,
    SIGNALLED,
    Probe,
    Scene,
    Trace,
    World,
)
from demeure.proof.verdict import INCONCLUSIVE, OPEN, Result, judged
from demeure.settings import Settings
from demeure.supervisor.health import read_status
from demeure.supervisor.launcher import start
from demeure.workshop.jobs import OPERATIONS

SILENCE, LONGEST = 45.0, 240.0
"""Seconds without any new answer, and in all, that probes are waited for: a busy machine answers slowly."""
_LINGER = 0.15
_LINES = 6
_TWIN = "demeure.proof.inside"

Progress = Callable[[int, int], None]
"""(done, whole) tries."""

Change = Callable[[], None]
"""What a mutation does to the product in the memory of the process that becomes the launcher."""


@dataclass
class Findings:
    """What a run saw. ``ladder``, ``twins``: of the twins' house, as `demeure status` shows it; ``heard``: (role,
    canary) of what got out, declared or not; ``problem``: why that house did not open."""

    results: list[Result] = field(default_factory=list)
    ladder: str = ""
    twins: dict[str, Any] = field(default_factory=dict)
    heard: frozenset[tuple[str, str]] = frozenset()
    problem: str = ""


def run(
    settings: Settings,
    *,
    names: Iterable[str] = TOGETHER,
    change: Change | None = None,
    control: Mapping[str, bool] | None = None,
    routes: Sequence[Route] = (),
    progress: Progress = lambda _done, _whole: None,
) -> tuple[Findings, dict[str, bool]]:
    """Every probe of ``names`` in every role, and in a process without walls (unless ``control`` says already what
    got out there). ``routes``: those that are open, for whose airlock there are twins too. Returns the findings and
    the controls. Raises NoGround."""
    try:
        ground = lay()
        ways.declare(ground.world.instance, routes, ground.receivers)
    except OSError as problem:
        raise NoGround(folder=tempfile.gettempdir(), detail=problem.strerror or str(problem)) from problem
    try:
        probes = tuple(PROBES[name] for name in names)
        return _Run(ground, settings, probes, change, progress, [route.kind for route in routes]).whole(control)
    finally:
        ground.close()


def mutate(mutation: Mutation, settings: Settings, control: Mapping[str, bool], level: str) -> Noticed:
    """Take one wall away from a house of twins, and see which of its probes turn red. ``level``: of the house with
    all its walls: what it never had cannot be missed. Raises as ``run``."""
    names = [name for name in mutation.red if name in PROBES]
    routes = ways.made_up() if mutation.airlock else ()
    found, _ = run(settings, names=names, change=mutation.change, control=control, routes=routes)
    walls = expected_layers(PROFILES["gateway"], level)
    present = (mutation.layer == BIRTH or mutation.layer in walls) and bool(routes) >= mutation.airlock
    opened = {result.name for result in found.results if result.verdict == OPEN}
    able = {result.name for result in found.results if result.control} if present else set()
    red = tuple(name for name in mutation.red if name in opened)
    missed = tuple(name for name in mutation.red if name in able - opened)
    unable = tuple(name for name in mutation.red if name not in able | opened)
    return Noticed(mutation, red, missed, unable, found.problem)


class _Run:
    def __init__(
        self,
        ground: Ground,
        settings: Settings,
        probes: tuple[Probe, ...],
        change: Change | None,
        progress: Progress,
        kinds: Sequence[str],
    ) -> None:
        self._ground, self._probes, self._change, self._progress = ground, probes, change, progress
        self._settings = replace(settings, host="127.0.0.1", port=0, tls_certificate="", tls_key="")
        self._roles = roles_of(kinds=kinds)
        every = (CONTROL, AFTER, *self._roles)
        page = shared_page(len(every) * len(probes))
        table = {**PROFILES, **APART}
        paper, airlocks = document(), airlock_twins if kinds else None
        self._stage = inside.Stage(
            ground.world, probes, every, tuple(OPERATIONS), table, page, SHARE, paper, airlocks, ways.aimless(kinds)
        )
        self._how: dict[tuple[str, str], str] = {}
        self._traces: dict[tuple[str, str], Trace] = {}
        self._held: set[tuple[str, str]] = set()
        self._signalled: set[int] = set()
        self._finished: set[str] = set()
        self._told, self._problem = False, ""
        self._deaf: frozenset[str] = frozenset()
        self._bare: set[str] = set()
        self._lines: dict[int, bytes] = {}
        for role in every:
            for probe in probes:
                label = Scene(ground.world, role, None, probe.name).label().lower()
                ground.receivers.labels[label] = (role, probe.name)
        self._listen(ground.voice)

    def whole(self, control: Mapping[str, bool] | None) -> tuple[Findings, dict[str, bool]]:
        """Controls first, then the twins, then the controls again: a receiver that went deaf meanwhile would take
        for blocked what it no longer hears."""
        given, whole = control, len(self._due())
        if given is None:
            whole += len(self._probes) + sum(probe.evidence == HEARD for probe in self._probes)
        self._progress(0, whole)
        if control is None:
            self._go(self._without_walls, {CONTROL}, whole)
            control = {probe.name: self._got_out(CONTROL, probe) for probe in self._probes}
        found = Findings()
        self._go(self._launcher, set(self._roles), whole, found)
        if given is None:
            self._go(lambda: inside.unconfined(self._stage, AFTER), {AFTER}, whole)
            heard = [p for p in self._probes if p.evidence == HEARD and control[p.name]]
            deaf = [p.name for p in heard if not self._got_out(AFTER, p)]
            self._deaf, control = frozenset(deaf), {**control, **dict.fromkeys(deaf, False)}
        found.results = [self._result(role, probe, control, found.ladder) for role, probe in self._due()]
        found.heard = frozenset(self._ground.receivers.heard)
        found.results += twin_facts.results(found.twins, found.ladder, self._bare)
        found.problem = self._problem and "\n".join([*self._lines_above(), self._problem])
        return found, dict(control)

    def _lines_above(self) -> list[str]:
        """What the twins' house said before it gave up; its log goes with the ground."""
        with contextlib.suppress(OSError):
            told = (self._ground.world.instance / "run" / "prove.log").read_text(errors="replace").splitlines()
            return [line for line in dict.fromkeys(told) if line.strip()][-_LINES:]
        return []

    # --- processes

    def _go(self, child: Callable[[], None], roles: set[str], whole: int, found: Findings | None = None) -> None:
        """Fork ``child``, hear until ``roles`` have finished or it is over, then end it."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become(child, writing)
        os.close(writing)
        os.set_blocking(reading, False)
        self._listen(reading)
        over = False
        try:
            over = self._heard_out(pid, roles, whole)
            if found is not None and not over:
                self._look_at_twins(found)
            self._linger()
        finally:
            if not over:
                os.kill(pid, signal.SIGTERM)
                self._wait(pid)
        self._linger()

    @staticmethod
    def _ended(pid: int) -> bool:
        """Whether it has; what it left of its group (a probe being tried) is ended, its number being held."""
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return True

    def _heard_out(self, pid: int, roles: set[str], whole: int) -> bool:
        """Hear until ``roles`` have finished, or it takes too long. True: ``pid`` ended by itself."""
        longest = (heard := time.monotonic()) + LONGEST
        while not roles <= self._finished and time.monotonic() < min(heard + SILENCE, longest):
            before = len(self._how)
            self._ground.receivers.turn(0.1)
            if self._ended(pid):
                return True
            if len(self._how) != before:
                heard = time.monotonic()
                self._progress(min(len(self._how), whole), whole)
        return False

    def _wait(self, pid: int) -> None:
        deadline = time.monotonic() + 10
        while not self._ended(pid):
            self._ground.receivers.turn(0.02)
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)

    def _linger(self) -> None:
        """What is on its way arrives; the neighbour says what was written in its memory."""
        self._told = False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._ground.neighbour, signal.SIGUSR2)
        due = time.monotonic() + _LINGER
        while time.monotonic() < due or (not self._told and time.monotonic() < due + 2):
            self._ground.receivers.turn(0.02)

    def _become(self, child: Callable[[], None], output: int) -> NoReturn:
        code = 1
        try:
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
            os.dup2(output, 1)
            log = self._ground.world.instance / "run" / "prove.log"
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
            self._forget(output)
            inside.prepare(self._stage)
            child()
            code = 0
        except DemeureError as problem:
            inside.say(problem=problem.code(), fr=problem.sentence("fr"), en=problem.sentence("en"))
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _forget(self, output: int) -> None:
        """Close what is the run's own; leave open, at known numbers, what a careless parent would."""
        world = self._ground.world
        free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tied = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tied.connect(("127.0.0.1", world.numbers["udp"]))
        folder = os.open(world.places["kept"], os.O_RDONLY | os.O_DIRECTORY)
        for name, descriptor in (
            ("udp", tied.detach()),
            ("udp-free", free.detach()),
            ("pipe", output),
            ("folder", folder),
        ):
            os.dup2(descriptor, FORGOTTEN[name], inheritable=False)
        kernel.close_others({0, 1, 2, *FORGOTTEN.values()})

    def _without_walls(self) -> None:
        inside.unconfined(self._stage)

    def _launcher(self) -> None:
        """The product's own, on the instance of the run, with twins in the place of roles."""
        if self._change is not None:
            self._change()
        table = demeure.confinement.PROFILES  # as the mutation left it
        twins = {name: replace(profile, module=_TWIN) for name, profile in table.items()}
        product: Any = demeure.confinement
        for name in ("READER", "AIRLOCK", "AIRLOCK_DOOR", "AIRLOCK_CLOCK"):
            setattr(product, name, replace(getattr(product, name), module=_TWIN))
        start(
            self._ground.world.instance,
            self._settings,
            public=True,
            accept_unconfined=True,
            on_ready=_visit,
            profiles=twins,
        )

    # --- lines

    def _listen(self, descriptor: int) -> None:
        self._lines[descriptor] = b""

        def read() -> None:
            try:
                data = os.read(descriptor, 1 << 16)
            except BlockingIOError:
                return
            if not data:
                self._ground.receivers.selector.unregister(descriptor)
                return
            *lines, self._lines[descriptor] = (self._lines[descriptor] + data).split(b"\n")
            for line in lines:
                self._take(line)

        self._ground.receivers.selector.register(descriptor, 1, read)

    def _take(self, line: bytes) -> None:
        """JSON from twins and the neighbour; « ran … » from a program that should not have run."""
        if not line.startswith(b"{"):
            self._ground.receivers.note(line)
            return
        try:
            said = json.loads(line)
        except ValueError:
            return
        if "probe" in said:
            self._tried(said)
        elif said.get("done"):
            self._finished.add(said["role"])
        elif "signalled" in said:
            self._signalled.add(int(said["signalled"]))
        elif "board_says" in said:
            self._ground.receivers.note(said["board_says"].encode())
        elif "told" in said:
            self._told = True
        elif "problem" in said:
            self._problem = said["fr"] if self._settings.language == "fr" else said["en"]

    def _tried(self, said: dict[str, Any]) -> None:
        key = (said["role"], said["probe"])
        probe = PROBES[said["probe"]]
        self._how[key] = said["how"]
        self._traces[key] = trace = Trace(*key, pid=said["pid"], answer=said.get("answer"))
        if said["how"] == "worked" and probe.evidence == HELD and probe.look is not None:
            with contextlib.suppress(OSError):
                if probe.look(self._ground.world, trace):
                    self._held.add(key)
            self._stage.seen[self._stage.index(*key)] = 1

    # --- judgement

    def _got_out(self, role: str, probe: Probe) -> bool:
        key, world = (role, probe.name), self._ground.world
        trace = self._traces.get(key, Trace(*key))
        worked = self._how.get(key) == "worked"
        if probe.evidence == HELD:
            return key in self._held
        if probe.evidence == LEARNED:
            secret = self._ground.secrets.get(probe.learns, "")
            return worked and bool(secret) and trace.answer == secret
        if probe.evidence == SIGNALLED:
            return worked and trace.pid in self._signalled
        if probe.evidence == FOUND and probe.look is not None:
            return key in self._traces and self._found(world, probe, trace)
        return key in self._ground.receivers.heard

    def _found(self, world: World, probe: Probe, trace: Trace) -> bool:
        try:
            return bool(probe.look and probe.look(world, trace))
        except (OSError, KeyError):
            return False

    def _due(self) -> list[tuple[str, Probe]]:
        """Every probe of every role that must stop it."""
        return [(role, probe) for role in self._roles for probe in self._stage.due(profile_of(role))]

    def _result(self, role: str, probe: Probe, control: Mapping[str, bool], ladder: str) -> Result:
        profile = profile_of(role)
        how = self._how.get((role, probe.name), "")
        how = "killed" if how == "trying" else how
        out = self._got_out(role, probe)
        verdict, why = judged(out, control[probe.name], how)
        why = "deaf" if why == "control" and probe.name in self._deaf else why
        present = expected_layers(profile, ladder)
        if out and probe.evidence == LEARNED and probe.layers == ("namespaces",) and "namespaces" not in present:
            verdict, why = INCONCLUSIVE, f"level {ladder}"  # a sight, not a way out, of a wall said to be absent
        return Result(probe.name, role, probe.family, verdict, control[probe.name], probe.layers, how, why)

    def _look_at_twins(self, found: Findings) -> None:
        """Their facts, by the same eyes as the live house's."""
        found.twins = read_status(self._ground.world.instance, PROFILES)
        found.ladder = str(found.twins.get("ladder") or "")
        self._bare = twin_facts.control(self._ground.world.instance, found.ladder)


def _visit(address: tuple[str, int] | None) -> None:
    """Two connections wait in the listener's queue: « accepted » ones for the probes that need one."""
    if address is not None:
        for _ in range(2):
            socket.create_connection(address, 1).detach()
