"""A whole house as people start it: ``demeure up``, confined roles, both engines; killed and started at will."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from demeure.confinement import Gone
from demeure.confinement.facts import start_time
from demeure.engine.models import ModelStore
from demeure.journal import verify
from demeure.journal.entry import open_envelope
from demeure.journal.sealing import PAYLOAD_KEY, PERSON_KEY, Sealing
from demeure.store import Keys, create_instance, keys_folder, payloads_folder, people_folder, read_house_key
from demeure.testing.people import CHOICE

SECONDS = 30.0
PATIENCE = 60.0
ROLES = ("gateway", "worker", "workshop", "scribe", "engine-chat", "engine-embed")
SETTINGS = """\
organisation = "Mairie de Saint-Aubin"
answer_tokens = 64
prompt_tokens = 120
passages = 2
"""


def models() -> Path:
    """The folder of the two small models, or a skip."""
    folder = Path(os.environ.get("DEMEURE_TEST_MODELS") or Path(__file__).parents[2] / "cache" / "test" / "models")
    if not all((folder / f"{name}.gguf").exists() for name in ("test-chat", "embeddings")):
        pytest.skip(f"no test models in {folder}: make test fetches them, or set DEMEURE_TEST_MODELS")
    return folder


def prepared(instance: Path, settings: str = SETTINGS) -> Path:
    """An instance that uses both small models, never started yet."""
    folder = models()
    create_instance(instance)
    (instance / "demeure.toml").write_text(settings, encoding="utf-8")
    target = instance / "models"
    target.mkdir(mode=0o700)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["models"] = [row for row in manifest["models"] if row["id"] in ("test-chat", "embeddings")]
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for row in manifest["models"]:
        (target / row["file"]).symlink_to(folder / row["file"])
    store = ModelStore(target)
    store.use("chat", "test-chat")
    store.use("embed", "embeddings")
    return instance


def until(wanted: Callable[[], Any], what: str | Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first true value of ``wanted``, asked again and again. ``what``: told when it never comes."""
    deadline = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < deadline, f"never came: {what() if callable(what) else what}"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class RealHouse:
    """``launched_by``: words put before the command (a mount namespace, for instance). Always the same port, so
    that sessions stay good from one life to the next."""

    def __init__(self, instance: Path, launched_by: Sequence[str] = ()) -> None:
        self.instance, self._before = instance, list(launched_by)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = instance.parent / "house.log"
        self.seen: dict[int, int] = {}
        """Every process ever seen: pid → start time."""
        self.cookies = httpx.Cookies()
        self._launcher: subprocess.Popen[bytes] | None = None

    # -- life and death -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open, and wait until the page answers."""
        words = ["-m", "demeure.cli.main", "--instance", str(self.instance), "up", "--port", str(self.port)]
        with self.log.open("ab") as sink:
            self._launcher = subprocess.Popen(
                [*self._before, sys.executable, *words], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
            )
        until(self._answers, "the page")

    def _answers(self) -> bool:
        assert self._launcher is not None and self._launcher.poll() is None, self.said()[-3000:]
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/connexion", trust_env=False, timeout=5).status_code == 200
        return False

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self._launcher is not None
        self.look()
        self._launcher.send_signal(signal.SIGINT)
        code = self._launcher.wait(SECONDS)
        self._launcher = None
        return code

    def close(self) -> None:
        """Whatever state it is in: nothing of it lives afterwards."""
        if self._launcher is not None:
            self._launcher.kill()
            self._launcher.wait()
        for pid in self.living():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def fell(self) -> None:
        """Called once the launcher or the supervisor was killed: waits until everything is gone."""
        assert self._launcher is not None
        self._launcher.wait(SECONDS)
        self._launcher = None
        until(lambda: not self.living(), "the end of every process")

    # -- who lives ------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, dict[str, Any]]:
        """Role → its row of run/house.json; empty when there is none."""
        try:
            path = self.seen_by_house(self.instance / "run" / "house.json")
            rows = json.loads(path.read_text(encoding="utf-8"))["roles"]
        except (OSError, ValueError):
            return {}
        return {row["role"]: row for row in rows}

    def pid(self, role: str) -> int | None:
        """The living process of ``role``; ``job``: one of the workshop's, if it has any."""
        if role == "job":
            return next(iter(self.jobs()), None)
        row = self.state().get(role)
        if row is None or not row["pid"]:
            return None
        return int(row["pid"]) if self._note(row["pid"]) == row["started"] else None

    def jobs(self) -> list[int]:
        zygote = self.pid("workshop")
        if zygote is None:
            return []
        try:
            children = Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split()
        except OSError:
            return []
        return [pid for pid in map(int, children) if self._note(pid)]

    def _note(self, pid: int) -> int | None:
        try:
            started = start_time(pid)
        except Gone:
            return None
        self.seen[pid] = started
        return started

    def look(self) -> None:
        """Remember everybody who lives now."""
        for row in self.state().values():
            if row["pid"]:
                self._note(row["pid"])
        self.jobs()

    def living(self) -> list[int]:
        """Processes of this house, past lives included: those seen, and those that name its folder."""
        named = [pid for pid in all_pids() if str(self.instance).encode() in _command(pid)]
        ours = [pid for pid, started in self.seen.items() if _alive(pid, started)]
        return sorted({*ours, *(pid for pid in named if pid != os.getpid())})

    def kill(self, role: str, seconds: float = 10.0) -> bool:
        """SIGKILL the process of ``role`` as soon as it has one. False: none came within ``seconds``."""
        deadline = time.monotonic() + seconds
        while (pid := self.pid(role)) is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.001)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def engines_ready(self) -> bool:
        return all(self.state().get(role, {}).get("state") == "running" for role in ROLES)

    # -- what it is asked -----------------------------------------------------------------------------------------

    def tell(self, *words: str, code: int | None = 0) -> str:
        """A command of the house's owner; ``code`` None: any exit code."""
        base = [sys.executable, "-m", "demeure.cli.main", "--instance", str(self.instance)]
        done = subprocess.run([*self._inside(), *base, *words], capture_output=True, text=True, timeout=SECONDS)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _inside(self) -> list[str]:
        if not self._before or self._launcher is None:
            return []
        return ["nsenter", "-t", str(self._launcher.pid), "-m", "--"]

    def seen_by_house(self, path: Path) -> Path:
        """``path`` as the house's mount namespace shows it."""
        if not self._before or self._launcher is None:
            return path
        return Path(f"/proc/{self._launcher.pid}/root{path}")

    def sign_in(self) -> None:
        """Once; the session holds through every later life."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=SECONDS) as client:
            assert client.post(self.tell("link").split()[0], data=CHOICE).headers["location"] == "/"
            self.cookies = client.cookies
            self._token = str(client.get("/api/session").json()["token"])

    def space(self, name: str) -> str:
        """The id of a new space."""
        self.tell("spaces", "create", name)
        with self.client() as client:
            return next(str(s["id"]) for s in client.get("/api/spaces").json()["spaces"] if s["name"] == name)

    def client(self) -> httpx.Client:
        """Signed in, allowed to change things."""
        return httpx.Client(
            base_url=self.url,
            cookies=self.cookies,
            headers={"X-Demeure-Token": self._token},
            trust_env=False,
            timeout=SECONDS,
        )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def all_pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _command(pid: int) -> bytes:
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return b""
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _alive(pid: int, started: int) -> bool:
    try:
        return start_time(pid) == started and bool(_command(pid))
    except Gone:
        return False


# -- the journal, read from its folder ----------------------------------------------------------------------------


class WrittenJournal:
    """Every entry of a house that is closed, and what was sealed with it."""

    def __init__(self, instance: Path) -> None:
        folder = instance / "journal"
        keys = Keys(read_house_key(instance), keys_folder(instance))
        people = Keys(read_house_key(instance), people_folder(instance), PERSON_KEY)
        weeks = Keys(read_house_key(instance), payloads_folder(instance), PAYLOAD_KEY)
        self._sealing = Sealing(keys, people, weeks)
        size = int((folder / "checkpoint").read_text(encoding="utf-8").splitlines()[1])
        self.entries = [{"index": at, **json.loads(leaf)} for at, leaf in enumerate(verify.entries(folder, size))]
        self._sealed: dict[int, bytes] = {}
        names = sorted(p for p in (folder / "payloads").iterdir() if p.name.isdecimal())
        for path in [*names, folder / "staging"]:
            if path.exists():
                self._sealed |= {
                    at: sealed for at, leaf, sealed in verify.frames(path.read_bytes(), path.name) if leaf
                }

    def payload(self, entry: dict[str, Any]) -> Any:
        """The clear content of an entry."""
        clear = open_envelope(
            self._sealing.unseal(entry["space"], entry["actor"], self._sealed[entry["index"]]), entry["commitment"]
        )
        assert clear is not None
        return json.loads(clear)

    def open(self) -> list[dict[str, Any]]:
        """Intentions nobody closed."""
        closed = {e["of"] for e in self.entries if e["phase"] == "closing"}
        return [e for e in self.entries if e["phase"] == "intention" and e["index"] not in closed]

    def of(self, chain: str, name: str) -> list[dict[str, Any]]:
        return [e for e in self.entries if e["chain"] == chain and e["name"] == name]

    def outcomes(self, chain: str, name: str) -> list[str]:
        """Of the closings of that name."""
        return [e["outcome"] for e in self.of(chain, name)]
