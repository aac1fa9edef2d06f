"""Starts, boxes, connects and restarts the roles. Itself boxed: no network, no file but those its children may
open.

One thread, one loop: signals, channels, births. It never waits for a role.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from demeure.confinement import (
    READER,
    SUPERVISOR,
    BoxIncomplete,
    BoxLeaks,
    Gone,
    box,
    expected_layers,
    kernel,
    selftest,
)
from demeure.confinement import facts as kernel_facts
from demeure.confinement.paths import supervisor_lists
from demeure.logs import note, surprise
from demeure.supervisor import engines, health
from demeure.supervisor.handover import connect_engine, hand_bytes, hand_peer
from demeure.supervisor.nursery import Cradle, deliver
from demeure.supervisor.plan import ERRANDS, Plan
from demeure.supervisor.roles import DOWN, LATER, RUNNING, STARTING, Role

MESSAGE = 1 << 16
_KNOCK, _AGAIN = 0.2, 1.0
ENGINES_LATER = 2.0
"""Engines hash and load gigabytes: they begin when the front answers, or after 2 s, so that the page comes
first."""


def serve(plan: Plan, report: socket.socket, parent: int) -> NoReturn:
    """The whole life of the supervisor process; ``report`` tells the launcher "ready" or "failed"."""
    code = 70
    try:
        kernel.die_with_parent(parent)
        os.setsid()  # Ctrl-C reaches the launcher alone
        os.umask(0o077)
        Supervisor(plan, report, parent).run()
        code = 0
    except (BoxIncomplete, BoxLeaks) as problem:
        note("supervisor", problem.sentence(plan.settings.language))
        report.send(b"failed")
    except BaseException as problem:  # noqa: BLE001 - the last frame of a process
        surprise("supervisor", problem)
    finally:
        os._exit(code)


class Supervisor:
    """Built in the forked process, before its box."""

    def __init__(self, plan: Plan, report: socket.socket, launcher: int) -> None:
        self._plan, self._report, self._launcher = plan, report, launcher
        self._selector = selectors.EpollSelector()
        self._waking, self._wake = socket.socketpair()
        self._roles: dict[str, Role] = {}
        self._told = False
        self._stopping = False
        self._knocking = 0.0
        self._unwritten = 0.0
        self._readers: list[dict[str, Any]] = []
        self._base_filters = kernel_facts.filters_of("self")
        self._boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        self._launcher_spaces = kernel_facts.spaces_of("self")
        self._started = kernel_facts.start_time(os.getpid())
        self._launcher_started = kernel_facts.start_time(launcher)

    def run(self) -> None:
        """Box, give birth, serve until SIGTERM, stop in order."""
        self._listen()
        self._box()
        kernel.die_with_parent(self._launcher)
        gc.freeze()  # children share these pages for good
        while not self._stopping:
            self._turn()
        self._stop()

    # --- birth and box

    def _box(self) -> None:
        plan = self._plan
        os.chdir(
            plan.instance / "run" / "engine"
        )  # engines' sockets have short names from here; the filter forbids moving
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.close(null)
        specs = engines.read_specs(plan.instance, plan.settings, plan.profiles)
        for profile in plan.profiles.values():
            if not profile.engine or profile.role in specs:
                due = time.monotonic() + (ENGINES_LATER if profile.engine else 0.0)
                self._roles[profile.role] = Role(profile, specs.get(profile.role, {}), due=due)
        children = [(profile, specs.get(profile.role, {})) for profile in plan.profiles.values()]
        keep = {s.fileno() for s in (*plan.listeners.values(), self._report, self._waking, self._wake)}
        keep |= {*plan.secrets.values(), *plan.trays.values(), self._selector.fileno(), plan.lock}
        commands = bool(plan.settings.engine_command)
        lists = supervisor_lists(SUPERVISOR, children, plan.instance)
        self._enforced = box(SUPERVISOR, lists, keep, children_execute=commands)
        missing = expected_layers(SUPERVISOR, plan.ground.level).intersection(self._enforced.missing())
        if missing:
            raise BoxIncomplete(role="supervisor", missing=", ".join(sorted(missing)))
        leaks = selftest.run(SUPERVISOR, self._enforced)
        if leaks:
            raise BoxLeaks(role="supervisor", attempts=", ".join(leaks))

    def _listen(self) -> None:
        for end in (self._waking, self._wake):
            end.setblocking(False)
        self._selector.register(self._waking, selectors.EVENT_READ, self._signals)
        self._selector.register(self._report, selectors.EVENT_READ, self._renewed)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_stopping", True))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _give_birth(self, role: Role) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        spec = {**role.spec, "restarts": role.restarts + 1, "boot": self._boot}
        pid, board = deliver(Cradle(self._plan, role.profile, spec, theirs, self._enforced))
        theirs.close()
        try:
            started = kernel_facts.start_time(pid)
        except Gone:
            started = 0
        role.born(pid, started, ours, board)
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._hear(role))
        self._publish()

    # --- the loop

    def _turn(self) -> None:
        now = time.monotonic()
        for role in self._roles.values():
            if role.due is not None and role.due <= now and not role.alive:
                self._give_birth(role)
        self._knock(now)
        if 0.0 < self._unwritten <= now:
            self._publish()
        for key, _ in self._selector.select(self._patience(now)):
            listener: Callable[[], None] = key.data
            listener()
        for role in self._roles.values():
            if role.outbox and not role.flush():
                self._hang_up(role)

    def _patience(self, now: float) -> float | None:
        """Seconds until something is due; None: until something happens."""
        moments = [role.due for role in self._roles.values() if role.due is not None and not role.alive]
        moments += [moment for moment in (self._knocking, self._unwritten) if moment]
        if any(role.outbox for role in self._roles.values()):
            moments.append(
                now + 0.01
            )  # a role that does not read its channel; rare, so asked again rather than watched
        return max(0.0, min(moments) - now) if moments else None

    def _signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._waking.recv(256)
        self._bury()

    def _bury(self) -> None:
        """Notice every death; the dead are born again when their time comes."""
        changed = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            role = next((r for r in self._roles.values() if r.pid == pid), None)
            if role is not None:
                self._mourn(role, status)
                changed = True
        if changed:
            self._publish()

    def _mourn(self, role: Role, status: int) -> None:
        self._hear(role)  # its last words may still be in the channel
        self._hang_up(role)
        code = os.waitstatus_to_exitcode(status)
        how = f"signal {-code}" if code < 0 else f"code {code}"
        role.died(time.monotonic(), how)
        if self._stopping:
            return
        again = f", again in {LATER:.0f} s" if role.state == DOWN and role.due is not None else ""
        note("supervisor", f"{role.profile.role} ended, {how}; {role.state}{again}")
        if role.final or (role.profile.front and not self._told and (role.state == DOWN or role.reason)):
            self._tell(b"failed")
            self._stopping = True

    def _hang_up(self, role: Role) -> None:
        if role.channel is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(role.channel)
            role.drop_channel()

    # --- what roles say

    def _hear(self, role: Role) -> None:
        """Everything that waits on one channel. Descriptors sent our way are refused: nobody has any to give us."""
        while role.channel is not None:
            try:
                data = role.channel.recv(MESSAGE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._hang_up(role)
                return
            try:
                message = json.loads(data)
            except (ValueError, RecursionError):
                continue
            if isinstance(message, dict):
                self._answer(role, message)

    def _answer(self, role: Role, message: dict[str, Any]) -> None:
        if "boxed" in message:
            role.landlock = int(message["boxed"]["landlock"])
            self._publish()
        elif message.get("ready") is True:
            self._is_ready(role)
        elif "failed" in message:
            role.fails(message["failed"], final=message.get("final") is True)
        elif message.get("kept") == "tls" and "tls" in role.profile.secrets and "offered" in self._plan.secrets:
            self._keep(self._plan.secrets.pop("offered"), "tls")  # for those still to be born
        elif isinstance(message.get("id"), int):
            self._asked(role, message["id"], message)

    def _asked(self, role: Role, number: int, message: dict[str, Any]) -> None:
        ask = message.get("ask")
        if ask == "peer":
            hand_peer(role, number, message, self._roles, self._report)
        elif ask in ("status", "engines", *ERRANDS) and not role.profile.administers:
            role.send({"id": number, "error": "forbidden"})
        elif ask == "status":
            role.send({"id": number, "ok": True, "status": self.status()})
        elif ask in ("engines", *ERRANDS):
            self._reload_engines() if ask == "engines" else self._report.send(str(ask).encode())
            role.send({"id": number, "ok": True})
        else:
            role.send({"id": number, "error": "unknown"})

    def _is_ready(self, role: Role) -> None:
        if role.state == STARTING:
            role.serves()
            self._publish()
        if role.profile.front and not self._told:
            self._tell(b"ready")
            for engine in self._roles.values():
                if engine.profile.engine and engine.due is not None and engine.restarts < 0:
                    engine.due = 0.0

    def _tell(self, word: bytes) -> None:
        self._told = True
        with contextlib.suppress(OSError):
            self._report.send(word)

    def _renewed(self) -> None:
        """The launcher read a given certificate again: told to the front, kept once it could be used. Or a reader
        that it gave birth to says who it is."""
        word, descriptors, _, _ = socket.recv_fds(self._report, 256, 1, socket.MSG_CMSG_CLOEXEC)
        if not word:
            self._selector.unregister(self._report)
            return
        if not descriptors:
            self._readers.append(health.row(**{"role": READER.role, "state": RUNNING, **json.loads(word)}))
            self._publish()
            return
        self._keep(descriptors[0], "offered")
        for role in self._roles.values():
            if "tls" in role.profile.secrets:
                hand_bytes(role, "launcher", os.pread(descriptors[0], 1 << 20, 0))

    def _keep(self, descriptor: int, name: str) -> None:
        """Under ``name``, instead of the one before."""
        if name in self._plan.secrets:
            os.close(self._plan.secrets[name])
        self._plan.secrets[name] = descriptor

    # --- engines

    def _knock(self, now: float) -> None:
        """A foreign engine says nothing: it is ready when its socket answers."""
        waiting = [r for r in self._roles.values() if r.state == STARTING and "command" in r.spec]
        if not waiting:
            self._knocking = 0.0
            return
        if now < self._knocking:
            return
        self._knocking = now + _KNOCK
        for role in waiting:
            connection = connect_engine(role.spec)
            if connection is not None:
                connection.close()
                self._is_ready(role)

    def _reload_engines(self) -> None:
        """Start, restart or end the engines whose spec changed; one that had given up tries again."""
        plan, now = self._plan, time.monotonic()
        specs = engines.read_specs(plan.instance, plan.settings, plan.profiles)
        for profile in plan.profiles.values():
            if not profile.engine:
                continue
            role, spec = self._roles.get(profile.role), specs.get(profile.role)
            if role is None and spec is not None:
                self._roles[profile.role] = Role(profile, spec, due=now)
            elif role is not None and (spec != role.spec or role.state == DOWN):
                self._change_engine(role, spec, now)
        self._publish()

    def _change_engine(self, role: Role, spec: dict[str, Any] | None, now: float) -> None:
        pid = role.pid
        if pid:
            os.kill(pid, signal.SIGKILL)  # an engine holds nothing that must be saved
            os.waitpid(pid, 0)
            self._hang_up(role)
            role.died(now)
        if spec is None:
            del self._roles[role.profile.role]
        else:
            role.renew(spec, now)

    # --- what is shown

    def state(self) -> dict[str, Any]:
        """The content of run/house.json."""
        ours = [
            health.row("launcher", self._launcher, self._launcher_started, RUNNING),
            health.row("supervisor", os.getpid(), self._started, RUNNING, landlock=self._enforced.landlock),
        ]
        self._readers = [reader for reader in self._readers if health.lives(reader)]
        address = self._plan.address()
        return {
            "roles": [*ours, *(role.row() for role in self._roles.values()), *self._readers],
            "ladder": self._plan.ground.level,
            "accepted_unconfined": self._plan.accepted_unconfined,
            "nested": self._plan.ground.nested,
            "base_filters": self._base_filters,
            "launcher_spaces": self._launcher_spaces,
            "listening": [] if address is None else [f"{address[1]:04X}"],
            "address": address,
            "antivirus": self._plan.settings.antivirus_socket,
        }

    def status(self) -> dict[str, Any]:
        """What ``demeure status`` shows, facts read now."""
        pids: list[int | str] = [self._launcher, "self", *(r.pid for r in self._roles.values() if r.pid)]
        return health.from_inside(self.state, self._plan.instance, pids, self._plan.profiles)

    def _publish(self) -> None:
        written = health.write_state(self._plan.instance, self.state())
        self._unwritten = 0.0 if written else time.monotonic() + _AGAIN

    # --- the end

    def _stop(self) -> None:
        """Front roles first, the scribe last, so that what they end with is still written."""
        last = {name for names in _ORDER for name in names}
        for names, seconds in ((_ORDER[0], 4.0), (_ORDER[1], 1.5), (self._roles.keys() - last, 1.5)):
            self._end([role for name, role in self._roles.items() if name in names], seconds)

    def _end(self, roles: list[Role], seconds: float) -> None:
        for role in roles:
            if role.alive:
                os.kill(role.pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while any(role.alive for role in roles) and time.monotonic() < deadline:
            for key, _ in self._selector.select(max(0.0, deadline - time.monotonic())):
                listener: Callable[[], None] = key.data
                listener()
        for role in roles:
            if role.alive:
                os.kill(role.pid, signal.SIGKILL)


_ORDER: tuple[tuple[str, ...], ...] = (("gateway", "worker"), ("workshop", "engine-chat", "engine-embed"))
