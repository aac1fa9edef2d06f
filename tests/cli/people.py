"""Whoever runs ``demeure`` on a test machine: an ordinary user, root, or someone a system gives fewer walls."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import demeure
from demeure.engine.models import ModelStore
from demeure.journal import verify
from demeure.store import create_instance

SECONDS = 90.0
ALICE, BOB = 61234, 61235
"""Numbers that no account of the machine has: a user is a number to the kernel."""

_FILTER = """
import errno
from demeure.confinement import kernel, seccomp
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install(seccomp.Policy(default=None, deny={refused}))
"""
NO_NAMESPACES = _FILTER.format(refused='{"unshare": errno.EPERM}')
NO_LANDLOCK = _FILTER.format(refused='{"landlock_create_ruleset": errno.ENOSYS}')
NO_WALLS = _FILTER.format(
    refused='{"landlock_create_ruleset": errno.ENOSYS, "unshare": errno.EPERM, "seccomp": errno.EINVAL}'
)


@dataclass(frozen=True)
class Person:
    """A user of this machine. ``ground``: Python run before the command, to take walls away as a system would;
    ``through``: words put before it."""

    uid: int
    ground: str = ""
    through: tuple[str, ...] = ()

    def command(self, instance: Path, words: tuple[str, ...]) -> dict[str, Any]:
        """Arguments of subprocess for ``demeure WORDS`` on ``instance`` by this person."""
        target = [sys.executable if self.uid == os.geteuid() else str(common_python())]
        source = f"{self.ground}\nfrom demeure.cli.main import main\nimport sys\nmain(sys.argv[1:])"
        arguments = [*self.through, *target, "-c", source, "--instance", str(instance), *words]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
        command = {"args": arguments, "env": {**kept, "PYTHONPATH": _packages()}, "stdin": subprocess.DEVNULL}
        if self.uid != os.geteuid():
            command |= {"user": self.uid, "group": self.uid, "extra_groups": []}
        return command

    def tell(self, instance: Path, *words: str, code: int = 0) -> str:
        """All that the command printed. Fails on another exit code."""
        done = self._run(instance, words, code)
        return done.stdout + done.stderr

    def output(self, instance: Path, *words: str, code: int = 0) -> str:
        """Its standard output alone."""
        return self._run(instance, words, code).stdout

    def _run(self, instance: Path, words: tuple[str, ...], code: int) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            **self.command(instance, words), capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def status(self, instance: Path, code: int = 0) -> dict[str, Any]:
        """The JSON of ``demeure status``."""
        found: dict[str, Any] = json.loads(self.output(instance, "status", "--json", code=code))
        return found

    @contextlib.contextmanager
    def house(self, instance: Path, *options: str) -> Iterator[str]:
        """``demeure up`` on a free port: the address of its pages, once it says that it is open."""
        log = instance.parent / "house.log"
        with log.open("ab") as sink:
            command = self.command(instance, ("up", "--port", "0", *options))
            process = subprocess.Popen(**command, stdout=subprocess.PIPE, stderr=sink, text=True)
        with process:
            assert process.stdout is not None
            try:
                line = process.stdout.readline()
                assert "http://" in line, log.read_text()
                yield "http://" + line.split("http://")[1].strip()
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()


def root() -> Person:
    """Root, or a skip."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    return Person(0)


def common_python() -> Path:
    """An interpreter like this one that every user may run, or a skip."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (Path(sys.executable), Path(f"/usr/bin/{name}"), Path(f"/usr/local/bin/{name}")):
        with contextlib.suppress(OSError):
            tried = subprocess.run(
                [found, "-c", "import demeure.cli.main, demeure.store"],
                user=ALICE,
                group=ALICE,
                extra_groups=[],
                env={"PYTHONPATH": _packages()},
                cwd="/",
                capture_output=True,
                check=False,
            )
            if tried.returncode == 0:
                return found
    pytest.skip(f"no {name} here that an ordinary user may run")


def _packages() -> str:
    """This package and those it needs, for an interpreter that is not this environment's."""
    ours = str(Path(demeure.__file__).parents[1])
    return os.pathsep.join([ours, *(entry for entry in sys.path if entry.endswith("-packages"))])


@contextlib.contextmanager
def place(owner: int) -> Iterator[Path]:
    """A folder of ``owner``'s that other users may reach (pytest's own are root's alone)."""
    with tempfile.TemporaryDirectory(prefix="demeure-walls-") as folder:
        Path(folder).chmod(0o755)
        os.chown(folder, owner, owner)
        yield Path(folder)


def furnish(instance: Path, owner: int) -> None:
    """An instance that uses both small models, never started yet, wholly ``owner``'s."""
    folder = Path(os.environ.get("DEMEURE_TEST_MODELS") or Path(__file__).parents[2] / "cache" / "test" / "models")
    if not all((folder / f"{name}.gguf").exists() for name in ("test-chat", "embeddings")):
        pytest.skip(f"no test models in {folder}: make test fetches them, or set DEMEURE_TEST_MODELS")
    create_instance(instance)
    (instance / "demeure.toml").write_text(
        "answer_tokens = 16\nprompt_tokens = 200\nengine_context = 1024\n", encoding="utf-8"
    )
    (instance / "models").mkdir(mode=0o700)
    for name in ("manifest.json", "test-chat.gguf", "embeddings.gguf"):
        shutil.copy(folder / name, instance / "models")
    store = ModelStore(instance / "models")
    store.use("chat", "test-chat", context=1024)
    store.use("embed", "embeddings")
    for path in (instance, *instance.rglob("*")):
        os.chown(path, owner, owner)


def entries(instance: Path) -> list[dict[str, Any]]:
    """The journal of a closed house."""
    folder = instance / "journal"
    size = int((folder / "checkpoint").read_text(encoding="utf-8").splitlines()[1])
    return [json.loads(leaf) for leaf in verify.entries(folder, size)]
