"""The birth of the airlock, beside the supervisor, whose walls it cannot share: two processes, three while a clock
is declared, none while no route is open.

The *door* alone may open connections, to the ports (Landlock) and addresses (its list) that routes declare; it
reads nothing of what passes. The *clock* holds a socket connected to each declared clock (NTP), and may only read
and write it. The *airlock* decides, reads, encrypts and sends on the connections that the door hands it, behind a
box as tight as any role's. All are forked by the launcher, which parses nothing, at the gateway's asking
(``airlock``, with the gateway's end and the scribe's); all end with that connection."""

import contextlib
import importlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import demeure.confinement
from demeure.confinement import Enforced, Profile, box, kernel, landlock
from demeure.confinement import facts as kernel_facts
from demeure.confinement.landlock import PORTS
from demeure.confinement.paths import role_lists
from demeure.errors import DemeureError
from demeure.logs import note, surprise
from demeure.supervisor.errors import AirlockUnheld
from demeure.supervisor.nursery import check, flush, settle
from demeure.supervisor.plan import Plan
from demeure.wire.blocking import receive, send
from demeure.wire.frame import Frame

WORD = b"airlock"
_OPENING, _CLOCK = "demeure.airlock.opening", "demeure.airlock.clock"
_PATIENCE = 5.0
_TURNS, _TURN = 50, 0.02
_KEY = 32


@dataclass(frozen=True)
class _Asked:
    """One birth. ``caller``, ``scribe``: descriptors. ``report``: the launcher's end of the supervisor's
    channel."""

    plan: Plan
    report: socket.socket
    caller: int
    scribe: int


def born(plan: Plan, report: socket.socket, handed: Sequence[int]) -> int:
    """Fork an airlock; its pid. ``handed``: the gateway's connection, then the scribe's."""
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        asked = _Asked(plan, report, *handed)
        _life(demeure.confinement.AIRLOCK, parent, lambda: _airlock(asked), lambda problem: _tell(asked, problem))
    return pid


def _life(
    profile: Profile, parent: int, live: Callable[[], int | None], told: Callable[[DemeureError], None]
) -> NoReturn:
    code = 70
    try:
        settle(profile, parent)
        code = int(live() or 0)
    except DemeureError as problem:
        note(profile.role, f"{problem.code()}: {problem.sentence('en')}")
        told(problem)
        code = problem.exit_code
    except BaseException as problem:  # noqa: BLE001 - the last frame of a process
        surprise(profile.role, problem)
    finally:
        flush()
        os._exit(code)


def _airlock(asked: _Asked) -> int | None:
    """Read what is declared, give birth to the door, close the box, serve. Raises what keeps it from being born."""
    parent, plan, profile = os.getppid(), asked.plan, demeure.confinement.AIRLOCK
    if (found := landlock.abi()) < PORTS:  # a list of ports would be a promise without a wall
        raise AirlockUnheld(found=found)
    os.setsid()
    os.umask(0o077)
    os.dup2(os.open("/dev/null", os.O_RDWR), 0)
    declared = importlib.import_module(_OPENING).prepare(plan.instance, _house_key(plan))
    door, to_door = _beside(asked, demeure.confinement.AIRLOCK_DOOR, declared.places)
    clock, to_clock = 0, -1
    if declared.clocks:
        clock, to_clock = _beside(asked, demeure.confinement.AIRLOCK_CLOCK, declared.clocks)
    started = kernel_facts.start_time(os.getpid())
    keep = {asked.caller, asked.scribe, to_door, asked.report.fileno(), *([to_clock] if clock else [])}
    enforced = box(profile, role_lists(profile, plan.instance, {}), keep)
    check(plan, profile, enforced)
    _present(asked.report, profile, enforced, started)
    kernel.die_with_parent(parent)
    spec = {"scribe": asked.scribe, "door": to_door, "key": declared.key, "routes": declared.routes}
    try:
        return _main(profile, plan, asked.caller, {**spec, "clock": to_clock})
    finally:
        for child in (door, *([clock] if clock else [])):
            _buried(child)


def _buried(child: int) -> None:
    """It ends with the channel that we leave; who would be a ghost in the tables is buried. Behind our walls it can
    be sent no signal."""
    for _ in range(_TURNS):
        with contextlib.suppress(ChildProcessError):
            if not os.waitpid(child, os.WNOHANG)[0]:
                time.sleep(_TURN)
                continue
        return


def _house_key(plan: Plan) -> bytes:
    """To derive another from, before the box: the airlock is never given its descriptor."""
    held = plan.secrets.get("house")
    return b"" if held is None else os.pread(held, _KEY, 0)


def _beside(asked: _Asked, profile: Profile, places: Sequence[tuple[int, str, int]]) -> tuple[int, int]:
    """Fork the door, or the clock; its pid, and our end of the channel to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = os.getpid()
    module = importlib.import_module(profile.module)  # behind its box it opens no file at all
    pid = os.fork()
    if pid == 0:
        ours.close()
        serve = _ticks if profile.filter == "clock" else _opens
        _life(profile, parent, lambda: serve(asked, profile, places, theirs, parent, module), lambda _: None)
    theirs.close()
    return pid, ours.detach()


def _opens(
    asked: _Asked,
    profile: Profile,
    places: Sequence[tuple[int, str, int]],
    channel: socket.socket,
    parent: int,
    module: Any,
) -> int | None:
    """The door."""
    spec = {"ports": sorted({port for _, _, port in places}), "places": list(places)}
    return _serve(asked, profile, channel, parent, (module, spec, ()))


def _ticks(
    asked: _Asked,
    profile: Profile,
    places: Sequence[tuple[int, str, int]],
    channel: socket.socket,
    parent: int,
    module: Any,
) -> int | None:
    """The clock: its sockets are connected here, for behind its box no call could do it."""
    sockets = importlib.import_module(_CLOCK).opened(places)
    return _serve(asked, profile, channel, parent, (module, {"sockets": sockets}, [s for s in sockets if s >= 0]))


def _serve(
    asked: _Asked,
    profile: Profile,
    channel: socket.socket,
    parent: int,
    what: tuple[Any, dict[str, Any], Sequence[int]],
) -> int | None:
    """``what``: its module, its spec, the descriptors that it keeps."""
    plan, (module, spec, held) = asked.plan, what
    started = kernel_facts.start_time(os.getpid())  # behind the box nothing of /proc can be read
    kept = {channel.fileno(), asked.report.fileno(), *held}
    enforced = box(profile, role_lists(profile, plan.instance, spec), kept)
    if enforced.landlock < PORTS:
        raise AirlockUnheld(found=enforced.landlock)
    check(plan, profile, enforced)
    _present(asked.report, profile, enforced, started)
    kernel.die_with_parent(parent)
    return _main(profile, plan, channel.detach(), spec, module)


def _main(profile: Profile, plan: Plan, channel: int, spec: dict[str, Any], module: Any = None) -> int | None:
    made = module or importlib.import_module(profile.module)
    answer: int | None = made.main(plan.birth(profile.role, channel, spec))
    return answer


def _present(report: socket.socket, profile: Profile, enforced: Enforced, started: int) -> None:
    """Who was born, to the supervisor: status shows it (write(2): the clock may not send). Then our copy of the
    launcher's channel is closed."""
    told = {"role": profile.role, "pid": os.getpid(), "started": started}
    with contextlib.suppress(OSError):
        os.write(report.fileno(), json.dumps({**told, "landlock": enforced.landlock}).encode())
    os.close(report.detach())


def _tell(asked: _Asked, problem: DemeureError) -> None:
    """The gateway is told why, as the answer to its first call."""
    with contextlib.suppress(OSError, DemeureError), socket.socket(fileno=asked.caller) as sock:
        sock.settimeout(_PATIENCE)
        call = receive(sock)
        send(sock, Frame(call.id if call else 1, "error", {"code": problem.code(), "params": dict(problem.params)}))


def ended(pid: int) -> None:
    """Kill one that is still there, and bury it."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
