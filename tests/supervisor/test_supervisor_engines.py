"""Engines: what models/active.json says is what runs; their sockets are handed; a foreign engine is boxed too."""

import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from demeure.confinement import PROFILES
from demeure.confinement.paths import elf_interpreter
from demeure.confinement.refused import Board
from demeure.supervisor import read_status
from demeure.supervisor.handover import hand_over
from demeure.supervisor.roles import DOWN, LATER, WAITING, Role
from houses import house, prepare, until

ROLES = ["front", "echo", "engine-chat"]
FOREIGN = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/syscall.h>
static int refused(long result) { return result < 0 ? errno : 0; }
int main(int argc, char **argv) {
  const char *path = 0;
  for (int i = 1; i + 1 < argc; i++) if (!strcmp(argv[i], "--host")) path = argv[i + 1];
  struct sockaddr_un a = {AF_UNIX}; strncpy(a.sun_path, path, sizeof a.sun_path - 1); unlink(path);
  int l = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(l, (void *)&a, sizeof a) || listen(l, 8)) return 1;
  char *none[] = {0}; char out[400];
  int self = open("/proc/self/exe", O_RDONLY), shell = open("/bin/sh", O_RDONLY);
  snprintf(out, sizeof out, "inet=%d connect=%d execve=%d other=%d fork=%d passwd=%d",
    refused(socket(AF_INET, SOCK_STREAM, 0)), refused(connect(l, (void *)&a, sizeof a)),
    refused(syscall(SYS_execve, "/bin/sh", none, none)),
    refused(syscall(SYS_execveat, shell, "", none, none, 0x1000)),
    refused(syscall(SYS_fork)), refused(open("/etc/passwd", O_RDONLY)));
  (void)self;
  for (;;) { int c = accept(l, 0, 0); char b[100]; if (c < 0) return 2; if (read(c, b, sizeof b) < 0) return 3;
    if (write(c, out, strlen(out)) < 0) errno = 0; close(c); }
}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return prepare(tmp_path / "instance")


def choose(instance: Path, name: str | None, **more: Any) -> None:
    models = instance / "models"
    models.mkdir(exist_ok=True)
    if name is None:
        (models / "active.json").write_text("{}")
        return
    (models / f"{name}.gguf").write_text(f"weights-of-{name}")
    entry = {
        "id": name,
        "file": f"{name}.gguf",
        "sha256": "0" * 64,
        "kind": "chat",
        "context": 512,
        "slots": 1,
        **more,
    }
    (models / "active.json").write_text(json.dumps({"chat": entry}))


def test_a_connected_socket_is_handed_and_a_new_model_is_taken(instance: Path) -> None:
    with house(instance, roles=ROLES) as running:
        running.line()
        assert "engine-chat" not in [p["role"] for p in running.status()["processes"]]
        assert running.ask("peer engine-chat") == {"error": "RoleFailed"}, "no model is chosen: that is said"
        choose(instance, "small")
        running.ask("engines")
        until(lambda: running.process_of("engine-chat")["state"] == "running")
        first = running.pid("engine-chat")
        assert running.ask("peer engine-chat bonjour") == f"{first} weights-of-small small bonjour"
        row = running.process_of("engine-chat")
        assert row["differences"] == [] and row["facts"]["seccomp_filters"] == 2
        running.ask("engines")
        assert running.pid("engine-chat") == first  # nothing changed: nothing is restarted
        choose(instance, "large")
        running.ask("engines")
        until(
            lambda: running.process_of("engine-chat")["state"] == "running" and running.pid("engine-chat") != first
        )
        assert "weights-of-large large" in running.ask("peer engine-chat bonjour")
        choose(instance, None)
        running.ask("engines")
        assert "engine-chat" not in [p["role"] for p in running.status()["processes"]]


def test_a_killed_engine_listens_again_on_its_old_socket(instance: Path) -> None:
    choose(instance, "small")
    with house(instance, roles=ROLES) as running:
        running.line()
        until(lambda: running.process_of("engine-chat")["state"] == "running")
        first = running.pid("engine-chat")
        os.kill(first, signal.SIGKILL)
        until(
            lambda: running.process_of("engine-chat")["state"] == "running" and running.pid("engine-chat") != first
        )
        assert "weights-of-small" in running.ask("peer engine-chat bonjour")


def test_why_an_engine_cannot_run_is_told_to_whoever_looks_or_asks(instance: Path) -> None:
    """The true engine, and a file that is not the one installed."""
    choose(instance, "small")
    with house(instance, roles=["front"], real_engines=True) as running:
        running.line()

        def row() -> dict[str, Any]:
            return next(p for p in read_status(instance)["processes"] if p["role"] == "engine-chat")

        failure = until(lambda: row()["failure"])
        assert failure["code"] == "ModelHashWrong" and row()["model"] == "small"
        assert "small.gguf est refusé" in failure["fr"] and "small.gguf is refused" in failure["en"]
        asked = running.ask("reason engine-chat")
        assert asked["code"] == "RoleFailed" and failure["fr"] in asked["fr"] and failure["en"] in asked["en"]
        choose(instance, None)
        running.ask("engines")
        assert "engine-chat" not in [p["role"] for p in read_status(instance)["processes"]]


def test_an_engine_that_gave_up_for_want_of_its_file_runs_once_it_is_there(instance: Path) -> None:
    choose(instance, "small")
    weights = instance / "models" / "small.gguf"
    weights.rename(weights.with_suffix(".away"))
    with house(instance, roles=ROLES) as running:
        running.line()
        until(lambda: running.process_of("engine-chat")["state"] == "down")
        weights.with_suffix(".away").rename(weights)
        running.ask("engines")  # the choice is the same; what was missing came
        until(lambda: running.process_of("engine-chat")["state"] == "running")
        assert "weights-of-small" in running.ask("peer engine-chat bonjour")


def test_an_engine_that_dies_without_a_word_is_said_so_until_it_runs_again(instance: Path) -> None:
    choose(instance, "small")
    with house(instance, roles=ROLES) as running:
        running.line()
        until(lambda: running.process_of("engine-chat")["state"] == "running")
        (instance / "models" / "small.gguf").unlink()  # it cannot live again at once: there is time to look
        os.kill(running.pid("engine-chat"), signal.SIGKILL)
        failure = until(lambda: running.process_of("engine-chat")["failure"])
        assert failure["code"] == "RoleEnded"
        choose(instance, "small", slots=2)
        running.ask("engines")
        until(lambda: running.process_of("engine-chat")["state"] == "running")
        assert running.process_of("engine-chat")["failure"] is None


@pytest.mark.parametrize(
    "told",
    [
        None, [], {"code": "X"}, {"code": "X", "fr": 1, "en": ""},
        {"code": "a b", "fr": "", "en": ""}, {"code": "X" * 601, "fr": "", "en": ""},
    ],
)  # fmt: skip
def test_a_reason_that_is_none_is_not_kept(told: Any) -> None:
    role = Role(PROFILES["engine-chat"], {})
    role.fails(told)
    assert role.last_words is None


def test_a_death_without_a_word_is_a_restart_until_it_is_the_last() -> None:
    role = Role(PROFILES["engine-chat"], {})
    role.died(0.0, "signal 9")
    assert role.reason is None and role.failure is not None
    role.fails({"code": "ModelHashWrong", "fr": "m.gguf est refusé.", "en": "m.gguf is refused."})
    role.died(1.0, "code 1")
    assert role.reason is not None and role.reason["fr"] == "m.gguf est refusé."
    for second in (2.0, 3.0, 4.0):  # the words of a former life are not those of this one
        assert role.state != DOWN
        role.died(second, "signal 9")
    assert role.state == DOWN
    assert role.reason is not None and role.reason["code"] == "RoleEnded"
    role.renew({}, 5.0)
    assert role.reason is None


def test_a_model_that_somebody_chose_is_no_restart() -> None:
    """The alert « a process fell and was started again » counts restarts."""
    role = Role(PROFILES["engine-chat"], {})
    channels = []

    def born() -> int:
        ours, theirs = socket.socketpair()
        channels.extend((ours, theirs))
        role.born(7, 1, ours, Board())
        return role.restarts

    assert born() == 0
    for _ in range(4):
        role.died(1.0)
        role.renew({"id": "other"}, 1.0)
        assert born() == 0, "it was asked for"
    role.died(2.0, "signal 9")
    assert born() == 1, "it fell"
    for one in channels:
        one.close()


@pytest.mark.parametrize(("role", "due"), [("scribe", 5.0 + LATER), ("engine-chat", None)])
def test_a_role_that_gave_up_is_tried_again_later_and_an_engine_is_not(role: str, due: float | None) -> None:
    one = Role(PROFILES[role], {})
    for second in range(1, 6):
        one.died(float(second), "signal 9")
    assert (one.state, one.due) == (DOWN, due)
    assert one.reason is not None, "meanwhile, whoever asks is told why"
    if due is not None:
        one.died(due + 0.1, "signal 9")
        assert one.state == WAITING, "its former deaths are a minute old"
        one.fails({"code": "X", "fr": "x", "en": "x"}, final=True)
        one.died(due + 0.2, "code 1")
        assert (one.state, one.due) == (DOWN, None), "nobody but people can mend that"


def test_an_engine_on_its_way_is_said_to_be_starting_and_a_broken_one_is_not() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        front = Role(PROFILES["gateway"], {}, pid=1, channel=theirs)
        engine = Role(PROFILES["engine-chat"], {"socket": "nowhere/s.sock"}, pid=1)

        def told() -> Any:
            hand_over(front, 7, "engine-chat", {"engine-chat": engine})
            return json.loads(ours.recv(4096))["error"]

        assert told() == "starting", "its model is being read: it does not listen yet"
        engine.died(0.0, "signal 9")
        assert told() == "starting", "it is born again"
        engine.fails({"code": "ModelHashWrong", "fr": "m.gguf est refusé.", "en": "m.gguf is refused."})
        engine.died(1.0, "code 1")
        assert told() == "down", "why is known"
        engine.serves()
        assert told() == "down", "it serves and does not answer"


def test_a_reason_is_one_bounded_line() -> None:
    role = Role(PROFILES["engine-chat"], {})
    role.fails({"code": "X", "fr": "a\n\x1b[31mb" + "c" * 9999, "en": "é", "more": "thrown away"})
    assert role.last_words is not None
    assert set(role.last_words) == {"code", "fr", "en"}
    assert role.last_words["fr"].startswith("a  [31mbc") and len(role.last_words["fr"]) == 600


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "null", "{", '{"chat": 3}', '{"chat": {"id": "x"}}',
        '{"chat": {"id": "x", "file": "../keys/house.key", "sha256": "", "kind": "chat"}}',
        '{"chat": {"id": "x", "file": "", "sha256": "", "kind": "chat"}}',
        '{"chat": {"id": "x", "file": "a", "sha256": "", "kind": "chat", "slots": "2"}}',
        "[" * 20000,
    ],
)  # fmt: skip
def test_a_bad_list_of_engines_is_noted_and_the_house_stands(instance: Path, content: str) -> None:
    (instance / "models").mkdir()
    (instance / "models" / "active.json").write_text(content)
    with house(instance, roles=ROLES) as running:
        running.line()
        running.ask("engines")
        assert "engine-chat" not in [p["role"] for p in running.status()["processes"]]


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here: a foreign engine cannot be made")
@pytest.mark.parametrize("link", ["-static", "-dynamic"])
def test_a_foreign_engine_runs_and_is_the_only_program_that_can(instance: Path, tmp_path: Path, link: str) -> None:
    binary, source = tmp_path / "bin" / "llama-server", tmp_path / "server.c"
    binary.parent.mkdir()
    source.write_text(FOREIGN)
    flags = ["-static"] if link == "-static" else []
    subprocess.run(["cc", "-O1", *flags, "-o", str(binary), str(source)], check=True)
    assert (elf_interpreter(binary) is None) == (link == "-static")
    become = """
import sys, types
module = types.ModuleType("demeure.engine.service")
def main(birth):
    from demeure.confinement import exec_only
    import os
    os.set_inheritable(birth.channel, True)
    exec_only(birth.spec["command_fd"], ["llama-server", "--host", birth.spec["socket"]], {"LANG": "C.UTF-8"})
module.main = main
sys.modules["fake_engine"] = module
"""
    choose(instance, "small")
    with house(instance, roles=ROLES, command=str(binary), before=become) as running:
        running.line()
        until(lambda: running.process_of("engine-chat")["state"] == "running")
        answer = dict(word.split("=") for word in running.ask("peer engine-chat bonjour").split())
        assert answer["inet"] == "97"  # EAFNOSUPPORT
        assert answer["connect"] == answer["execve"] == answer["other"] == answer["fork"] == "1"
        assert answer["passwd"] == "13"
        assert running.process_of("engine-chat")["differences"] == []
        assert str(Path(f"/proc/{running.pid('engine-chat')}/exe").readlink()) == str(binary)
