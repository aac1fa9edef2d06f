"""The engine role: one model, one llama.cpp server on a Unix socket of a folder only the supervisor enters.

The file's SHA-256 is computed at each load; a file that is not the one installed is never given to llama.cpp.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Any

from demeure.engine.errors import EngineLoadFailed
from demeure.engine.spec import ATTENTION, CHAT_CACHE_MIB, EngineSpec, argv, describe
from demeure.logs import note
from demeure.supervisor.birth import Birth

NATIVE = Path("engine") / "native"  # in the instance: the engine built for this processor
MARGIN = 2 << 30
"""Bytes beyond what a model is sized for: threads, requests being read, grammars."""
WARM = "Bonjour. " * 40
WAITS = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "400"}
"""How a thread waits for the others at each step of a token: it looks 400 times (some microseconds), then sleeps.
Sleeping at once costs a third of the pace; looking on divides by ten that of two engines on the same cores
(docs/adr/2026-11-27-engine-waits.md)."""


def main(birth: Birth) -> int:
    """Load, serve until the supervisor leaves. Raises a named failure: the supervisor shows it."""
    os.environ |= WAITS  # libgomp reads this when it is loaded, which is later
    spec = EngineSpec.read(birth.spec)
    needed = check(spec)
    threads = birth.settings.engine_threads or _cores()
    Path(spec.socket).unlink(missing_ok=True)  # a killed engine leaves its socket behind
    if spec.command:
        _become(spec, threads, (birth.channel, *birth.trays.values()))
    _bound(needed + (CHAT_CACHE_MIB << 20) + MARGIN)
    return _serve(birth, spec, threads)


def check(spec: EngineSpec) -> int:
    """Before llama.cpp has a byte: bytes of memory that the model needs. Raises ModelFileMissing,
    ModelFileUnreadable, ModelHashWrong, ModelTooLarge."""
    from demeure.engine.models.errors import (
        ModelFileMissing,
        ModelFileUnreadable,
        ModelHashWrong,
        ModelTooLarge,
    )
    from demeure.engine.models.gguf_header import read_facts
    from demeure.engine.models.intake import in_words, sha256_of
    from demeure.engine.models.sizing import need, this_machine
    from demeure.errors import system_words

    try:
        found = sha256_of(spec.path)
    except FileNotFoundError as problem:
        raise ModelFileMissing(id=spec.id, file=spec.path.name) from problem
    except OSError as problem:
        fr, en = system_words(problem)
        raise ModelFileUnreadable(file=spec.path.name, detail=fr, detail_en=en) from problem
    if found != spec.sha256:
        raise ModelHashWrong(file=spec.path.name, found=found, expected=spec.sha256)
    needed = need(read_facts(spec.path), spec.path.stat().st_size, spec.tokens).total
    memory = this_machine().memory
    if needed > memory:  # loading would end in the kernel killing something else
        raise ModelTooLarge(id=spec.id, **in_words(needed=needed, available=memory))
    return needed


def _bound(memory: int) -> None:
    """A request that would grow without end ends this engine, which is started again, and not the machine."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _hush() -> None:
    """What llama.cpp prints while it serves may quote a request whole (a grammar that it cannot read): it goes
    nowhere, and what this process would say after it is ready neither. Standard input is /dev/null, open both
    ways."""
    sys.stderr.flush()
    for number in (1, 2):
        os.dup2(0, number)


def native_build(instance: Path, installed: str) -> Path | None:
    """Folder of the engine built here, when it is of the installed version and for this processor."""
    from demeure.engine.native import read_mark

    mark = read_mark(instance / NATIVE)
    return instance / NATIVE if mark and mark.usable(installed) else None


def _serve(birth: Birth, spec: EngineSpec, threads: int) -> int:
    from demeure.supervisor.doors import BlockingDoors

    library = _library(birth)
    params = library.CommonParams()
    describe(params, library, spec, threads, _build(library))
    try:
        server = library.Server(params)
    except (RuntimeError, ValueError, OSError) as problem:
        raise EngineLoadFailed(id=spec.id, detail=str(problem)[:300]) from problem
    _warm(server, spec)
    _hush()
    doors = BlockingDoors(birth)
    doors.ready()
    while doors.receive() is not None:
        pass  # nobody connects to an engine but the supervisor, through the socket
    sys.stderr.flush()
    os._exit(0)  # llama.cpp's threads are not ours to join; there is nothing to save


def _library(birth: Birth) -> Any:
    """xllamacpp: the build of this instance when it may be used, else the wheel's, said aloud."""
    from importlib.metadata import version

    if (birth.instance / NATIVE).exists():
        native = native_build(birth.instance, version("xllamacpp"))
        if native:
            sys.path.insert(0, str(native))
        else:
            fr = "le moteur construit ici n’est plus utilisable, celui du paquet sert : « demeure engine build »"
            en = "the engine built here can no longer be used, the wheel’s serves: “demeure engine build”"
            note(birth.role, fr if birth.settings.language == "fr" else en)
    import xllamacpp

    return xllamacpp


def _build(library: Any) -> str:
    """Version, origin, processor, attention: a state of one build is not for another."""
    from importlib.metadata import version

    from demeure.engine.native import processor

    origin = "native" if NATIVE.parts[-1] in Path(library.__file__).parts else "wheel"
    return f"xllamacpp-{version('xllamacpp')}-{origin}-{processor()}-{ATTENTION}"


def _warm(server: Any, spec: EngineSpec) -> None:
    """The first request of each shape is slower (embeddings: 1565 against 2500 tokens/s): it is ours."""
    if spec.kind == "embed":
        server.handle_embeddings({"input": [f"passage: {WARM}", "query: bonjour"]})
        return
    body = {"messages": [{"role": "user", "content": "Bonjour"}], "max_tokens": 1, "cache_prompt": False}
    server.handle_chat_completions(body)


def _become(spec: EngineSpec, threads: int, kept: tuple[int, ...]) -> None:
    """The administrator's llama-server, in this very process. The channel stays open: it tells that we live; and so
    do the trays."""
    from demeure.confinement import exec_only

    for descriptor in kept:
        os.set_inheritable(descriptor, True)
    environment = {**WAITS, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    for number in (1, 2):
        os.dup2(0, number)  # what it prints may quote a request: see _hush
    try:
        exec_only(spec.command_fd, argv(spec, threads), environment)
    except OSError as problem:
        detail = f"{spec.command}: {problem.strerror}"
        raise EngineLoadFailed(id=spec.id, detail=detail) from problem


def _cores() -> int:
    from demeure.engine.models.sizing import this_machine

    return this_machine().cores
