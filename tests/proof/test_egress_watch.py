"""``demeure egress watch`` on programs of ours that reach for this machine only: what strace says of them."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from demeure.proof import egress

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
PYTHON = sys.executable


def demeure(*words: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    command = [PYTHON, "-m", "demeure.cli.main", "egress", "watch", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **more)


def watched(source: str, *options: str) -> tuple[int, dict[str, Any]]:
    """(exit code, statement) of a Python program."""
    run = demeure("--json", "--quiet", *options, "--", PYTHON, "-c", source)
    assert run.stderr == "", run.stderr
    return run.returncode, json.loads(run.stdout)


def destinations(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [place for process in told["processes"] for place in process["destinations"]]


@contextmanager
def listening(family: int, address: Any) -> Iterator[socket.socket]:
    with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.bind(address)
        listener.listen(8)
        yield listener


@needs_strace
def test_a_program_that_tries_nothing() -> None:
    code, told = watched("open('/dev/null').read()")
    assert (code, told["verdict"], destinations(told)) == (0, "nothing", [])
    assert told["ended"] == {"code": 0, "signal": ""} and told["code"] == 0


@needs_strace
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_this_machine_is_not_the_outside(family: int, host: str) -> None:
    with listening(family, (host, 0)) as listener:
        port = listener.getsockname()[1]
        code, told = watched(f"import socket; socket.create_connection(({host!r}, {port})).sendall(b'x')")
    (place,) = [found for found in destinations(told) if found["port"] == port]
    assert (code, place["reach"], place["address"], place["answers"]) == (0, "loopback", host, {"ok": 1})


@needs_strace
def test_an_address_outside_is_an_attempt_though_the_kernel_refuses_it() -> None:
    """In a namespace of its own, without route: nothing leaves this machine."""
    isolated = ["unshare", "--user", "--net", "--map-root-user"]
    if subprocess.run([*isolated, "true"], capture_output=True).returncode:
        pytest.skip("this system refuses user namespaces")
    source = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('192.0.2.7', 443))"
    run = demeure("--json", "--", *isolated, PYTHON, "-c", source)
    told = json.loads(run.stdout)
    (place,) = [found for found in destinations(told) if found["reach"] == "outside"]
    assert (run.returncode, told["verdict"], told["code"]) == (1, "attempts", 0)
    assert (place["transport"], place["address"], place["port"]) == ("TCP", "192.0.2.7", 443)
    assert place["answers"] == {"ENETUNREACH": 1}
    assert "→ TCP 192.0.2.7:443" in run.stderr


@needs_strace
def test_names_asked_from_a_resolver_are_read_with_what_it_answered() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind(("127.77.0.53", 53))
    except PermissionError:
        pytest.skip("an ordinary user may not hold port 53")

    def answer() -> None:
        asked, who = server.recvfrom(512)
        told = asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + asked[12:]
        server.sendto(told + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([127, 77, 0, 9]), who)

    serving = threading.Thread(target=answer)
    serving.start()
    source = r"""
import socket
asked = b"\1\2\1\0\0\1\0\0\0\0\0\0\x06update\x07example\x03org\0\0\1\0\1"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
    way.settimeout(5)
    way.sendto(asked, ("127.77.0.53", 53))
    way.recvfrom(512)
with socket.socket() as way:
    way.connect_ex(("127.77.0.9", 9))
"""
    code, told = watched(source)
    serving.join()
    server.close()
    (process,) = told["processes"]
    assert process["names"] == [{"name": "update.example.org", "server": "UDP 127.77.0.53:53", "kinds": {"A": 1}}]
    assert [place["names"] for place in process["destinations"]] == [[], ["update.example.org"]]
    assert code == 1, "a resolver of this machine passes the question on"


@needs_strace
def test_unix_sockets_are_told_apart(tmp_path: Path) -> None:
    path = str(tmp_path / "bus")
    with listening(socket.AF_UNIX, path):
        code, told = watched(f"import socket; socket.socket(socket.AF_UNIX).connect({path!r})")
    (place,) = destinations(told)
    assert (code, place["reach"], place["address"]) == (0, "unix", path)


@needs_strace
def test_the_child_of_a_child_is_followed_and_named(tmp_path: Path) -> None:
    script = tmp_path / "grandchild.py"
    with listening(socket.AF_INET, ("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        script.write_text(f"import socket\nfor _ in range(3): socket.create_connection(('127.0.0.1', {port}))\n")
        shell = f"import subprocess; subprocess.run(['sh', '-c', '{PYTHON} {script}; true'])"
        code, told = watched(shell)
    (process,) = [found for found in told["processes"] if found["destinations"]]
    (place,) = process["destinations"]
    assert (code, place["attempts"]) == (0, 3)
    assert process["program"].startswith("python") and process["parent"] != 0 and told["watched"] >= 3


@needs_strace
@pytest.mark.skipif(shutil.which("gcc") is None, reason="no compiler")
def test_a_static_program_is_seen_like_another(tmp_path: Path) -> None:
    source = tmp_path / "reach.c"
    source.write_text(
        "#include <arpa/inet.h>\n#include <sys/socket.h>\n#include <stdlib.h>\n"
        "int main(int n, char **a) { struct sockaddr_in to = {AF_INET, htons(atoi(a[1]))};\n"
        'inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);\n'
        "return connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to) ? 7 : 0; }\n"
    )
    if subprocess.run(["gcc", "-static", "-o", tmp_path / "reach", source], capture_output=True).returncode:
        pytest.skip("no static C library")
    with listening(socket.AF_INET, ("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        run = demeure("--json", "--", str(tmp_path / "reach"), port)
    told = json.loads(run.stdout)
    assert (run.returncode, told["code"], destinations(told)[0]["port"]) == (0, 0, int(port))


@needs_strace
def test_the_command_keeps_its_output_and_its_code_when_asked(tmp_path: Path) -> None:
    source = "import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(9)"
    run = demeure(
        "--pass-code", "--quiet", "--to", str(tmp_path / "told.json"), "--json", "--", PYTHON, "-c", source
    )
    assert run.returncode == 9 and run.stderr == "err"
    assert run.stdout.startswith("out{") and json.loads(run.stdout.removeprefix("out"))["code"] == 9
    run = demeure("--to", str(tmp_path / "second.json"), "--", PYTHON, "-c", source)
    assert (run.returncode, run.stdout) == (0, "out") and run.stderr.startswith("err")
    assert json.loads((tmp_path / "second.json").read_text())["ended"] == {"code": 9, "signal": ""}
    assert demeure("--to", str(tmp_path / "second.json"), "--", "true").returncode == 2, "nothing is written over"


@needs_strace
def test_standard_input_reaches_the_command_and_a_broken_pipe_is_its_own() -> None:
    run = demeure("--quiet", "--", "cat", input="bonjour")
    assert run.stdout == "bonjour"
    run = demeure("--pass-code", "--quiet", "--", "sh", "-c", "yes | head -1; exit 0")
    assert (run.returncode, run.stdout) == (0, "y\n"), "SIGPIPE is not ignored in the command"


@needs_strace
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_are_passed_on(number: signal.Signals) -> None:
    source = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(5))\n"
        "print('ready', flush=True)\ntime.sleep(30)\n"
    )
    command = [PYTHON, "-m", "demeure.cli.main", "egress", "watch", "--pass-code", "--", PYTHON, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        run.send_signal(number)
        assert run.wait(20) == 5


@needs_strace
def test_a_command_that_dies_of_a_signal_says_so() -> None:
    run = demeure("--json", "--pass-code", "--", "sh", "-c", "kill -TERM $$")
    assert run.returncode == 128 + signal.SIGTERM
    assert json.loads(run.stdout)["ended"] == {"code": 0, "signal": "SIGTERM"}


@needs_strace
def test_what_the_command_left_behind_is_watched_until_told_to_stop() -> None:
    command = [
        PYTHON,
        "-m",
        "demeure.cli.main",
        "--language",
        "en",
        "egress",
        "watch",
        "--",
        "sh",
        "-c",
        "sleep 40 2>/dev/null & true",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None and "goes on" in run.stderr.readline()
        run.send_signal(signal.SIGTERM)
        told = run.stderr.read()
        assert run.wait(20) == 0 and "The command ended with code 0" in told
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes() == b"sleep\x0040\x00":
                os.kill(int(entry.parent.name), signal.SIGKILL)
        except OSError:
            continue


@pytest.mark.parametrize(("language", "words"), [("fr", "Il n’y a pas de commande"), ("en", "There is no command")])
def test_a_command_that_does_not_exist(language: str, words: str) -> None:
    run = demeure("--", "no-such-program", env={**os.environ, "DEMEURE_LANGUAGE": language})
    assert run.returncode == 127 and words in run.stderr


def test_a_command_that_cannot_be_executed_or_gains_privileges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    with pytest.raises(egress.CommandNotExecutable):
        egress.resolved(str(plain))
    with pytest.raises(egress.CommandNotExecutable):
        egress.resolved(str(tmp_path))
    plain.chmod(0o755 | stat.S_ISUID)
    monkeypatch.setattr(os, "geteuid", lambda: plain.stat().st_uid + 1)
    with pytest.raises(egress.CommandPrivileged):
        egress.resolved(str(plain))
    plain.chmod(0o755)
    assert egress.resolved(str(plain)) == str(plain)


def test_without_strace_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **more: None if name == "strace" else real(name, **more))
    with pytest.raises(egress.StraceMissing) as caught:
        egress.watch(["true"])
    assert "apt install strace" in caught.value.sentence("fr") and "dnf install strace" in caught.value.sentence(
        "en"
    )


@needs_strace
@pytest.mark.skipif(os.geteuid() != 0, reason="becomes an ordinary user")
def test_an_ordinary_user_may_watch_their_own_programs() -> None:
    source = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    run = demeure("--json", "--", "true") if os.geteuid() else None
    assert run is None
    words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", PYTHON, "-m", "demeure.cli.main"]
    readable = subprocess.run([*words, "--help"], capture_output=True, text=True)
    if readable.returncode:
        pytest.skip("this tree is not readable by an ordinary user")
    run = subprocess.run(
        [*words, "egress", "watch", "--json", "--", "/usr/bin/env", "python3", "-c", source],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0 and destinations(json.loads(run.stdout))[0]["answers"] == {"ECONNREFUSED": 1}


@needs_strace
def test_the_statement_is_told_in_words() -> None:
    started = time.monotonic()
    run = demeure("--", PYTHON, "-c", "import socket; socket.socket().connect_ex(('127.0.0.1', 9))")
    assert "Verdict : rien n’a été tenté vers l’extérieur." in run.stderr
    assert "TCP 127.0.0.1:9" in run.stderr and "ECONNREFUSED 1" in run.stderr and "code 0" in run.stderr
    assert time.monotonic() - started < 30
