"""The engine role: what it refuses to load, how it is told to llama.cpp, and that it never outlives the house."""

import asyncio
import contextlib
import itertools
import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from engine_models import model_file, spec_of

from demeure.engine import ChatClient, EngineLoadFailed, EngineSpecInvalid
from demeure.engine.models.errors import ModelFileMissing, ModelHashWrong, ModelTooLarge
from demeure.engine.native import Mark, processor, python, read_mark, write_mark
from demeure.engine.service import check, native_build
from demeure.engine.spec import EngineSpec, argv, describe
from demeure.engine.trial import Trial, trial
from demeure.errors import DemeureError

GIVEN: dict[str, Any] = {
    "id": "petit",
    "model": "m.gguf",
    "sha256": "0" * 64,
    "kind": "chat",
    "context": 8192,
    "slots": 2,
    "socket": "chat/s.sock",
}


class Params:
    """A CommonParams that keeps what it is told."""

    def __init__(self) -> None:
        self.model, self.cpuparams, self.cpuparams_batch = Params.Part(), Params.Part(), Params.Part()

    class Part:
        path = ""
        n_threads = 0


class Library:
    class llama_pooling_type:  # noqa: N801 - the library's own name
        LLAMA_POOLING_TYPE_MEAN = 1

    class llama_flash_attn_type:  # noqa: N801 - the library's own name
        LLAMA_FLASH_ATTN_TYPE_DISABLED = 0


def told(**changes: Any) -> Any:
    params = Params()
    describe(params, Library, EngineSpec.read({**GIVEN, **changes}), 3)
    return params


def test_a_chat_engine_shares_its_context_and_bounds_its_cache() -> None:
    params = told()
    assert (params.n_ctx, params.n_parallel, params.kv_unified) == (8192, 2, True)
    assert params.hostnames == ["chat/s.sock"] and params.model.path == "m.gguf"
    assert params.cpuparams.n_threads == params.cpuparams_batch.n_threads == 3
    assert 0 < params.cache_ram_mib < 1024 and params.fit_params is False and params.verbosity == 1
    assert params.flash_attn_type == 0, "a question after a long document is read together, not token by token"


def test_an_embedding_engine_reads_whole_passages_and_keeps_nothing() -> None:
    params = told(kind="embed", context=512, slots=3)
    assert (params.n_ctx, params.n_batch, params.n_ubatch) == (1536, 512, 512)
    assert params.model_alias == {GIVEN["sha256"]}, "whoever keeps vectors is told which model made them"
    assert params.embedding and params.pooling_type == 1 and params.cache_ram_mib == 0


def test_a_foreign_server_is_told_the_same() -> None:
    words = argv(EngineSpec.read({**GIVEN, "command": "/opt/llama-server"}), 3)
    pairs = dict(itertools.pairwise(words))
    assert words[0] == "/opt/llama-server"
    assert pairs["--host"] == "chat/s.sock" and pairs["--ctx-size"] == "8192" and pairs["--parallel"] == "2"
    assert pairs["--threads"] == "3" and "--batch-size" not in words
    assert "--kv-unified" in words and "--embedding" not in words
    words = argv(EngineSpec.read({**GIVEN, "kind": "embed"}), 3)
    pairs = dict(itertools.pairwise(words))
    assert pairs["--alias"] == GIVEN["sha256"]
    assert "--embedding" in words and pairs["--pooling"] == "mean" and pairs["--cache-ram"] == "0"
    assert pairs["--batch-size"] == pairs["--ubatch-size"] == "512"


@pytest.mark.parametrize("field", ["id", "kind", "sha256", "socket", "path", "context", "slots"])
def test_a_spec_without_a_field_names_it(field: str) -> None:
    wrong = {**GIVEN, field: None}
    wrong.pop("model") if field == "path" else None
    with pytest.raises(EngineSpecInvalid, match=field):
        EngineSpec.read(wrong)


# --- what is refused before llama.cpp


@pytest.mark.model
def test_a_file_that_changed_is_not_loaded(tmp_path: Path) -> None:
    data = bytearray(model_file("chat").read_bytes())
    data[-1] ^= 1
    (tmp_path / "m.gguf").write_bytes(data)
    spec = spec_of("chat", path=str(tmp_path / "m.gguf"))
    with pytest.raises(ModelHashWrong):
        check(EngineSpec.read({**spec, "socket": "s"}))
    with pytest.raises(EngineLoadFailed, match="ModelHashWrong"), trial(spec):
        pass


@pytest.mark.model
def test_a_model_larger_than_the_memory_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from demeure.engine.models import sizing

    monkeypatch.setattr(sizing, "this_machine", lambda: sizing.Machine(100 << 20, 2))
    with pytest.raises(ModelTooLarge, match="MB"):
        check(EngineSpec.read({**spec_of("chat"), "socket": "s"}))


@pytest.mark.model
def test_an_engine_that_serves_prints_no_request_and_cannot_take_the_machine() -> None:
    canary = "madame Canarienne, 12 rue des Lilas"
    properties = {"a": {"enum": [canary]}, "b": {"type": "string", "pattern": "^é{2}$"}}
    wrong = {"type": "object", "properties": properties, "required": ["a", "b"]}
    request = {
        "messages": [{"role": "user", "content": "?"}],
        "max_tokens": 4,
        "response_format": {"type": "json_schema", "json_schema": {"schema": wrong}},
    }

    async def asked(running: Trial) -> None:
        client = ChatClient(running.connect)
        with contextlib.suppress(DemeureError):
            async for _ in client.complete(request):
                pass
        assert await client.ready()
        await client.aclose()

    with trial(spec_of("chat")) as running:
        needed = check(EngineSpec.read({**spec_of("chat"), "socket": "s"}))
        (limit,) = (
            int(line.split()[3])
            for line in Path(f"/proc/{running.pid}/limits").read_text(encoding="ascii").splitlines()
            if line.startswith("Max data size")
        )
        assert needed < limit <= needed + (4 << 30)
        asyncio.run(asked(running))
        said = (Path(running.path).parent / "log").read_text(encoding="utf-8", errors="replace")
    assert "Canarienne" not in said


def test_an_absent_file_has_its_name_and_the_command_that_puts_it_back() -> None:
    with pytest.raises(ModelFileMissing, match=r"m\.gguf") as absent:
        check(EngineSpec.read(GIVEN))
    for language in ("fr", "en"):
        assert f"demeure models pull {GIVEN['id']}" in absent.value.sentence(language)
    assert "No such file" not in absent.value.sentence("fr")
    with pytest.raises(EngineLoadFailed, match="EngineSpecInvalid"), trial({**GIVEN, "kind": "poem"}):
        pass


# --- life and death


@pytest.mark.model
def test_an_engine_leaves_with_the_supervisor(tmp_path: Path) -> None:
    with trial(spec_of("chat")) as running:
        pid, place = running.pid, running.path
        assert stat.S_ISSOCK(Path(place).stat().st_mode)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.model
def test_an_engine_leaves_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import json, sys, time\n"
        "from demeure.engine.trial import trial\n"
        "with trial(json.loads(sys.argv[1])) as running:\n"
        "    print(running.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(spec_of("chat"))], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout
        engine = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{engine}").exists() and time.monotonic() < deadline:
        if "State:\tZ" in Path(f"/proc/{engine}/status").read_text():
            return  # dead, and waiting for whoever adopted it
        time.sleep(0.02)
    assert not Path(f"/proc/{engine}").exists()


@pytest.mark.model
def test_a_socket_left_by_a_killed_engine_is_no_obstacle(tmp_path: Path) -> None:
    from demeure.engine import service
    from demeure.settings import Settings
    from demeure.supervisor import Birth

    place = tmp_path / "s.sock"
    spec = {**spec_of("chat"), "socket": str(place)}
    leftover = socket.socket(socket.AF_UNIX)
    leftover.bind(str(place))
    leftover.close()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    birth = Birth("engine-chat", tmp_path, Settings(), theirs.fileno(), spec=spec)
    pid = os.fork()
    if not pid:
        ours.close()
        os._exit(service.main(birth))
    theirs.close()
    ours.settimeout(60)
    assert ours.recv(100) == b'{"ready": true}'
    ours.close()
    assert os.waitpid(pid, 0)[1] == 0


# --- the engine built here


def test_a_build_is_used_only_where_it_was_made(tmp_path: Path) -> None:
    folder = tmp_path / "engine" / "native"
    assert native_build(tmp_path, "1.0") is None
    folder.mkdir(parents=True)
    assert native_build(tmp_path, "1.0") is None
    write_mark(folder, "1.0")
    assert native_build(tmp_path, "1.0") == folder
    assert native_build(tmp_path, "1.1") is None
    (folder / "build.json").write_text('{"version": "1.0", "processor": "another", "python": "cp311"}')
    assert native_build(tmp_path, "1.0") is None
    (folder / "build.json").write_text("{")
    assert read_mark(folder) is None


def test_processors_are_told_apart_by_what_they_can_do(tmp_path: Path) -> None:
    def of(text: str) -> str:
        (tmp_path / "cpuinfo").write_text(text)
        return processor(tmp_path / "cpuinfo")

    assert of("flags\t: avx2 fma\nx: 1\n") == of("flags\t: fma avx2\nx: 2\n") != of("flags\t: avx2 fma avx512f\n")
    assert of("Features\t: asimd\n") != of("")
    assert Mark("1", processor(), python()).usable("1")
