"""The keeper of logs: what it keeps, what it tells, how it turns over; killed, behind, without a disk; one id."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from demeure import logs
from demeure.cli.errors import MomentInvalid
from demeure.cli.logs_cmd import holds, line, read, utc
from demeure.cli.main import main
from demeure.supervisor.log_keeper import FILES, FOLDER, NAME, Turned, keep, kept, read_line
from demeure.wire import Channel, Reply, Request

CANARY = "canari-Durand-4821"


@pytest.fixture
def structured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_structured", True)


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(one) for one in capsys.readouterr().err.splitlines()]


def test_a_terminal_reads_a_sentence_and_a_keeper_an_object(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.note("gateway", "hello")
    logs.event("gateway", "request", status=200)
    assert capsys.readouterr().err == "[gateway] hello\n"
    monkeypatch.setattr(logs, "_structured", True)
    with logs.tracing() as id_:
        logs.note("gateway", "hello")
        logs.event("gateway", "request", status=200, way="GET /documents/{document}")
    first, second = said(capsys)
    assert (first["said"], first["level"], first["role"], first["id"]) == ("hello", "warning", "gateway", id_)
    assert (second["event"], second["status"], second["id"]) == ("request", 200, id_)


def test_facts_are_words_of_the_program_and_lines_are_short(
    structured: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.event("gateway", "request", way="Qui est M. Durand ? « oui »", note="x" * 500, status=1)
    logs.note("gateway", "é" * 50_000)
    logs.surprise("gateway", ValueError(CANARY))
    out = capsys.readouterr().err
    assert all(len(one) <= logs.LINE for one in out.splitlines()) and CANARY not in out
    first = json.loads(out.splitlines()[0])
    assert "way" not in first and "note" not in first and first["status"] == 1


def test_one_id_from_the_asker_to_the_other_end_of_the_wire() -> None:
    async def go() -> tuple[str, str]:
        ours, theirs = socket.socketpair()
        seen: list[str] = []

        async def handler(_request: Request) -> Reply:
            seen.append(logs.trace())
            return Reply()

        server, client = await Channel(theirs, {"op": handler}).start(), await Channel(ours).start()
        with logs.tracing() as id_:
            await client.call("op")
        await client.call("op")
        await client.close()
        await server.close()
        assert seen[1] == "", "nothing is being traced any more"
        return id_, seen[0]

    asked, heard = asyncio.run(go())
    assert asked == heard and len(asked) == 16


def good(number: int, level: str = "info") -> bytes:
    told = {"at": "2026-11-24T09:30:00.000000Z", "pid": 7, "role": "gateway", "level": level, "said": f"n{number}"}
    return json.dumps(told, separators=(",", ":")).encode()


def test_lines_of_ours_are_kept_and_everything_else_is_told(tmp_path: Path) -> None:
    ends, theirs = os.pipe()
    kept_lines: list[bytes] = []
    told: list[bytes] = []
    stranger = b"Traceback of a program: " + CANARY.encode()
    os.write(theirs, good(1) + b"\n" + stranger + b"\n" + good(2, "error") + b"\n" + b'{"at":"x"}\n' + good(3))
    os.close(theirs)
    keep(ends, kept_lines.append, told.append)
    os.close(ends)
    assert [json.loads(one)["said"] for one in kept_lines] == ["n1", "n2", "n3"]
    assert told == [stranger + b"\n", b"[gateway] n2\n", b'{"at":"x"}\n']
    assert not any(CANARY.encode() in one for one in kept_lines)


def test_files_turn_over_and_stay_under_the_setting(tmp_path: Path) -> None:
    file = Turned(tmp_path, 1 << 16)
    for number in range(12_000):
        file.add(good(number) + b"\n")
    (tmp_path / FOLDER).mkdir()
    paths = sorted(tmp_path.glob(f"{NAME}*"))
    assert len(paths) == FILES and all(path.stat().st_size <= 1 << 16 for path in paths)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths)
    last = (tmp_path / NAME).read_bytes().splitlines()[-1]
    assert json.loads(last)["said"] == "n11999"


def test_a_full_disk_loses_lines_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to("/dev/full")
    Turned(tmp_path, 1 << 16).add(good(1) + b"\n")


PROGRAM = """
import os, sys, time
from pathlib import Path
from demeure import logs
from demeure.supervisor.log_keeper import listen
listen(Path(sys.argv[1]), 1)
print("keeper", flush=True)
logs.note("gateway", "one")
os.write(2, b"a stranger\\n")
if sys.argv[2] == "flood":
    began = time.monotonic()
    for number in range(20000):
        logs.event("gateway", "flood", number=number)
    print(f"{time.monotonic() - began:.1f}", flush=True)
if sys.argv[2] == "child":
    if os.fork() == 0:
        with logs.tracing():
            logs.event("worker", "child")
        os._exit(0)
    os.wait()
if sys.argv[2] == "orphan":
    keepers = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    os.kill(int(keepers[0]), 9)
    os.waitpid(int(keepers[0]), 0)
    for number in range(100):
        logs.note("gateway", "to nobody")
    print("alive", flush=True)
"""


def run(folder: Path, what: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), what], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout, done.stderr


def rows(folder: Path) -> list[dict[str, object]]:
    return [one for path in kept(folder) for one in read(path.read_bytes().splitlines())]


def test_a_boxed_keeper_writes_what_processes_say(tmp_path: Path) -> None:
    _, err = run(tmp_path, "child")
    assert err.splitlines() == ["[gateway] one", "a stranger"]
    assert [(one["role"], one.get("event") or one.get("said")) for one in rows(tmp_path)] == [
        ("gateway", "one"),
        ("worker", "child"),
    ]


def test_a_flood_holds_nobody_back(tmp_path: Path) -> None:
    out, _ = run(tmp_path, "flood")
    assert float(out.splitlines()[1]) < 30 and 0 < len(rows(tmp_path)) <= 20_001


def test_without_its_keeper_a_house_goes_on(tmp_path: Path) -> None:
    out, _ = run(tmp_path, "orphan")
    assert out.splitlines()[-1] == "alive"


TODAY = date(2026, 11, 28)


def test_a_moment_is_local_where_no_offset_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        assert utc("", TODAY) == "" and utc("2026-11-24", TODAY) == "2026-11-23T23:00:00.000000Z"
        assert utc("2026-07-14T09:30", TODAY) == "2026-07-14T07:30:00.000000Z"
        assert utc("2026-11-24T09:30Z", TODAY) == "2026-11-24T09:30:00.000000Z"
        told = read_line(good(4))
        assert told is not None and line(told).startswith("2026-11-24T10:30:00.000+01:00 ")
        assert utc("01:32", TODAY) == "2026-11-28T00:32:00.000000Z", "an hour alone is of today"
        assert utc("9:05", TODAY) == "2026-11-28T08:05:00.000000Z"
        assert utc("09:05:30", TODAY) == "2026-11-28T08:05:30.000000Z"
        for wrong in ("hier", "25:00", "12:75", ":30"):
            with pytest.raises(MomentInvalid):
                utc(wrong, TODAY)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_command_filters_and_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FOLDER).mkdir()
    lines = [good(number, "error" if number % 3 == 0 else "info") for number in range(9)]
    (tmp_path / FOLDER / NAME).write_bytes(b"\n".join([*lines, b"half a li"]) + b"\n")

    def demeure(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--instance", str(tmp_path), "logs", *words])
        return int(ended.value.code or 0), capsys.readouterr().out

    code, out = demeure("--level", "error", "--json")
    assert code == 0 and [json.loads(one)["said"] for one in out.splitlines()] == ["n0", "n3", "n6"]
    assert len(demeure("--lines", "2")[1].splitlines()) == 2
    assert demeure("--role", "scribe")[1] == "" and demeure("--since", "2027-01-01")[1] == ""
    with pytest.raises(SystemExit):
        main(["--instance", str(tmp_path), "--language", "en", "logs", "--role", "scribe"])
    assert "No line is what was asked for" in capsys.readouterr().err, "nothing found is not silence"
    told = read_line(good(4))
    assert told is not None and "n4" in line(told)
    assert not holds(told, role="", level="info", trace="0" * 16, since="")
    follower = subprocess.Popen(
        [sys.executable, "-m", "demeure.cli.main", "--instance", str(tmp_path), "logs", "--follow", "--lines", "1"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )
    assert follower.stdout is not None and "n8" in follower.stdout.readline()
    time.sleep(1.0)
    with (tmp_path / FOLDER / NAME).open("ab") as file:
        file.write(good(99) + b"\n")
    assert "n99" in follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    follower.wait(10)
    follower.stdout.close()
