"""The house as a service while a version is changed: stopped, held still, started again, asked if it answers."""

import asyncio
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from demeure.confinement import kernel
from demeure.install.layout import DATA, Layout
from demeure.release.errors import CloseFirst, HouseOpen
from demeure.release.owner import Failed, Owner, as_owner

UNITS = ("demeure.socket", "demeure.service")
ANSWER_SECONDS, ASK_SECONDS, STAYS_SECONDS, CLOSING_SECONDS = 90.0, 10.0, 8.0, 30.0
"""For a new house to answer; for one answer; for it to stay up after it (a unit that dies is started again 5 s
later); for a house that was told to stop to let go of its folder."""
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class ProgramFailed(Exception):
    """A command of an installed program ended badly: its last words."""


@dataclass(frozen=True)
class Service:
    """Of one machine. Without systemd nothing is stopped or started: the house must be closed, and stays so."""

    layout: Layout

    @property
    def managed(self) -> bool:
        """Does systemd run the house?"""
        there = self.layout.whole and Path("/run/systemd/system").is_dir()
        return there and Path("/etc/systemd/system/demeure.service").exists()

    def stop(self) -> None:
        """Raises ProgramFailed."""
        if self.managed:
            _systemctl("stop", *UNITS)

    def start(self) -> None:
        """Raises ProgramFailed."""
        if self.managed:
            _systemctl("start", *UNITS)

    def watch(self, *, on: bool) -> None:
        """The timer that settles what is cut runs only while a version is being changed: systemd writes a line each
        time that it looks in vain. Where it cannot, the next start of the machine settles it all the same."""
        if self.managed:
            with suppress(ProgramFailed):
                _systemctl("start" if on else "stop", "demeure-resume.timer")

    def answers(self, data: Path) -> bool:
        """Does the house that was just started do what it is asked at its control door, and still a while later?
        True where nothing was started."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.managed:
            if served(data):
                time.sleep(STAYS_SECONDS)
                if self.active() and served(data):
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.3)
        return True

    def silent(self, data: Path) -> Failed:
        """What ends a change of version when ``answers`` said no: what the house said of itself, else the last
        words of its unit in the log, else the name of its unit."""
        fr, en = _silence(data) or [UNITS[1]] * 2
        if fr == UNITS[1] and self.managed and not self.active():
            fr = en = _last_words() or fr
        return Failed(fr, en)

    def active(self) -> bool:
        """Does systemd say that it runs, rather than that it waits to start it again?"""
        try:
            _systemctl("is-active", "--quiet", "demeure.service")
        except ProgramFailed:
            return False
        return True

    def closed(self, data: Path) -> None:
        """Stopped, and nobody holds ``data`` any more. Raises ProgramFailed, HouseOpen."""
        self.stop()
        deadline = time.monotonic() + (CLOSING_SECONDS if self.managed else 0.0)
        while True:
            try:
                with self.held(data):
                    return
            except HouseOpen:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def closable(self, data: Path) -> None:
        """Before anything is made: will ``stop`` close the house on ``data``, if it is open? Raises CloseFirst."""
        if self.managed and self.active():
            return
        try:
            with self.held(data):
                return
        except HouseOpen as problem:
            raise CloseFirst(pid=problem.params["pid"]) from problem

    def apart(self, going: Path, data: Path) -> None:
        """Before the unit opens ``data``: no house is left on ``going``, that may be removed, and none that was
        opened by hand on ``data``. A unit that is up on ``data`` is left alone, however slow to answer. Raises
        ProgramFailed, HouseOpen."""
        if not self.managed:
            return
        if going != data and not self._free(going):
            self.closed(going)
        if not self.active():
            self.closed(data)

    def _free(self, data: Path) -> bool:
        try:
            with self.held(data):
                return True
        except HouseOpen:
            return False

    @contextmanager
    def held(self, data: Path) -> Iterator[None]:
        """Nobody opens the house on ``data`` meanwhile. Raises HouseOpen."""
        path = data / "run" / "lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:  # never opened yet
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as problem:
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "?"
            raise HouseOpen(pid=pid) from problem
        finally:
            os.close(descriptor)


def served(data: Path) -> bool:
    """Does the house on ``data`` answer a real operation? A connection proves nothing: the launcher listens before
    any role lives."""
    return not _silence(data)


def _silence(data: Path) -> list[str]:
    """Why it does not answer, in French and in English; empty: it does. Asked as the owner of ``data``."""
    try:
        return [str(words) for words in as_owner(Owner.of(data), lambda: asyncio.run(_status(data)))]
    except Failed as problem:
        return [problem.fr, problem.en]
    except OSError as problem:
        return [str(problem)] * 2


async def _status(data: Path) -> list[str]:
    from demeure.errors import DemeureError, RemoteError
    from demeure.supervisor.belongings import connect_control
    from demeure.supervisor.errors import HouseDown
    from demeure.wire import Channel

    try:
        async with asyncio.timeout(ASK_SECONDS):
            door = connect_control(data)
            door.setblocking(False)
            channel = await Channel(door, peer="house").start()
            try:
                told = await channel.call("status")
            finally:
                await channel.close()
    except (HouseDown, OSError):  # nobody is there, or TimeoutError: nobody answers
        return [UNITS[1]] * 2
    except RemoteError as problem:  # of a room that this program has not loaded: its fields say more than its name
        given = {name: str(value) for name, value in problem.params.items() if name != "remote_code"}
        fr = [words for name, words in given.items() if not name.endswith("_en")]
        en = [given.get(f"{name}_en", words) for name, words in given.items() if not name.endswith("_en")]
        return [" ".join([problem.sentence("fr"), *fr]), " ".join([problem.sentence("en"), *en])]
    except DemeureError as problem:
        return [problem.sentence("fr"), problem.sentence("en")]
    return [] if told.data["processes"] else [UNITS[1]] * 2


def run_program(program: Path, data: Path, *words: str) -> str:
    """``demeure WORDS`` of an installed program on ``data``, as the owner of ``data``; it does not outlive us.
    → its output. Raises ProgramFailed."""
    owner = Owner.of(data)
    environment = {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": DATA, "DEMEURE_INSTANCE": str(data)}
    if "CREDENTIALS_DIRECTORY" in os.environ:
        environment["CREDENTIALS_DIRECTORY"] = os.environ["CREDENTIALS_DIRECTORY"]
    asker = os.getpid()
    as_user = {} if owner.ourselves else {"user": owner.uid, "group": owner.gid, "extra_groups": []}
    try:
        done = subprocess.run(  # type: ignore[call-overload] # noqa: S603 - the installed program
            [str(program / "bin" / "demeure"), *words],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: kernel.die_with_parent(asker),  # after the identity was changed
            **as_user,
        )
    except OSError as problem:
        raise ProgramFailed(f"{problem.filename} : {problem.strerror}") from problem
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"{done.returncode}"]
        raise ProgramFailed(last[0].removeprefix("demeure : ").removeprefix("demeure: ").removesuffix("."))
    return str(done.stdout)


def _last_words() -> str:
    """The last line that the house's unit wrote in its log, in the language of that log; empty: none is read."""
    asked = ["journalctl", "--namespace=demeure", f"--unit={UNITS[1]}", "--lines=1", "--output=cat", "--quiet"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=ASK_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    line = done.stdout.strip().rpartition("\n")[2]
    return line.removeprefix("demeure : ").removeprefix("demeure: ")


def _systemctl(*words: str) -> None:
    found = shutil.which("systemctl", path=_PATH) or "systemctl"
    done = subprocess.run([found, *words], capture_output=True, text=True, check=False)  # noqa: S603 - our own units
    if done.returncode:
        raise ProgramFailed(done.stderr.strip() or str(done.returncode))
