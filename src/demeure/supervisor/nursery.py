"""The birth of a role: fork, give it what its profile says, close the box, try the walls, and only then import
it."""

import contextlib
import importlib
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from demeure.confinement import (
    Board,
    BoxIncomplete,
    BoxLeaks,
    Enforced,
    Profile,
    box,
    expected_layers,
    hook,
    kernel,
    selftest,
)
from demeure.confinement.paths import role_lists
from demeure.errors import DemeureError
from demeure.logs import note, surprise
from demeure.supervisor.birth import Birth
from demeure.supervisor.plan import Plan
from demeure.supervisor.roles import told

_KEPT_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "LC_TIME", "TZ")
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
"""One BLAS thread a process: each thread costs memory, and searching does not use BLAS. Waiting threads sleep."""

HEAPS = 2


@dataclass(frozen=True)
class Cradle:
    """What the supervisor gives one child. ``outer``: its own box, around the child's."""

    plan: Plan
    profile: Profile
    spec: Mapping[str, Any]
    channel: socket.socket
    outer: Enforced


def deliver(cradle: Cradle) -> tuple[int, Board]:
    """Fork one role; returns its pid, and where it counts what its box refuses."""
    parent, board = os.getpid(), Board()
    pid = os.fork()
    if pid == 0:
        _live(cradle, parent, board)
    board.keep_from_children()  # the next roles
    return pid, board


def _live(cradle: Cradle, parent: int, board: Board) -> NoReturn:
    role, code = cradle.profile.role, 70
    try:
        settle(cradle.profile, parent)
        birth = _boxed(cradle)
        profile = cradle.profile
        hook.install(board, listens=profile.filter == "engine", module=profile.module)
        kernel.die_with_parent(parent)  # again: changing credentials may clear it
        main = importlib.import_module(cradle.profile.module).main
        code = int(main(birth) or 0)
    except DemeureError as problem:
        note(role, f"{problem.code()}: {problem.sentence(cradle.plan.settings.language)}")
        _tell(cradle.channel, problem)
        code = problem.exit_code
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    except BaseException as problem:  # noqa: BLE001 - the last frame of a process: said, then the exit code tells
        surprise(role, problem)
    finally:
        flush()
        os._exit(code)


def _tell(channel: socket.socket, problem: DemeureError) -> None:
    """A failure that has a name goes to the supervisor: status and whoever asks for this role will show it."""
    with contextlib.suppress(OSError):
        channel.send(json.dumps({"failed": told(problem), "final": problem.final}).encode())


def flush() -> None:
    """What was printed leaves."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # whoever read our log is gone


def settle(profile: Profile, parent: int) -> None:
    """An ordinary process again: default signals, own priority, nothing of the caller's environment."""
    kernel.die_with_parent(parent)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the launcher's to hear
    kernel.share_heaps(HEAPS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(profile.nice)
    if profile.sacrifice:
        _sacrifice(profile.sacrifice)
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    os.environ.clear()
    kernel.forget_environment()
    os.environ.update(kept | _ENVIRONMENT)
    sys.dont_write_bytecode = True


def _sacrifice(score: int) -> None:
    """Opened without O_TRUNC: around us the supervisor's Landlock lets files of /proc be written, not cut."""
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return  # a hint only, and some containers hide it
    os.write(descriptor, str(score).encode())
    os.close(descriptor)


def _boxed(cradle: Cradle) -> Birth:
    """Close the box and check it. Raises BoxIncomplete, BoxLeaks."""
    plan, profile, spec = cradle.plan, cradle.profile, dict(cradle.spec)
    listeners = {name: plan.listeners[name].fileno() for name in profile.listeners if name in plan.listeners}
    secrets = {name: _own_copy(plan.secrets[name]) for name in profile.secrets if name in plan.secrets}
    trays = {name: plan.trays[name] for name in profile.trays if name in plan.trays}
    if "command" in spec:
        spec["command_fd"] = os.open(spec["command"], os.O_RDONLY | os.O_CLOEXEC)
    keep = {cradle.channel.fileno(), *listeners.values(), *secrets.values(), *trays.values()}
    executes = spec.get("command_fd")
    enforced = box(
        profile,
        role_lists(profile, plan.instance, spec),
        keep if executes is None else {*keep, executes},
        outer=cradle.outer,
        executes=executes,
    )
    check(plan, profile, enforced)
    cradle.channel.send(json.dumps({"boxed": enforced.as_json()}).encode())
    return Birth(
        role=profile.role,
        instance=plan.instance,
        settings=plan.settings,
        channel=cradle.channel.fileno(),
        ladder=plan.ground.level,
        accepted_unconfined=plan.accepted_unconfined,
        owner=plan.owner,
        way=plan.way,
        listeners=listeners,
        secrets=secrets,
        trays=trays,
        disk=plan.disk,
        spec=spec,
    )


def _own_copy(descriptor: int) -> int:
    """The same memory file opened anew: a shared one would share its position, and the second reader find
    nothing."""
    return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)


def check(plan: Plan, profile: Profile, enforced: Enforced) -> None:
    """No role serves behind fewer walls than the house announced. Raises BoxIncomplete, BoxLeaks."""
    missing = expected_layers(profile, plan.ground.level).intersection(enforced.missing())
    if missing:
        raise BoxIncomplete(
            role=profile.role, missing=", ".join(sorted(missing)) + f" ({', '.join(enforced.problems)})"
        )
    leaks = selftest.run(profile, enforced)
    if leaks:
        raise BoxLeaks(role=profile.role, attempts=", ".join(leaks))
