"""What an engine process is told to load, and how that is said to llama.cpp: in process or as an argument list.

One place for the settings, so that the built-in engine and the ``llama-server`` of ``engine_command`` behave alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from demeure.engine.errors import EngineSpecInvalid

EMBED_TOKENS = 512
# Prefill runs whole batches: a reader who leaves, or a neighbour who writes, waits for the end of one. 128 tokens
# are 0.7-1.4 s of a 1.5B model on two cores, against 10-20 s for llama.cpp's default of 2048; prefill costs the
# same (0.5B, tokens per processor second: 72.7 by 128, 73.4 by 256, 73.6 by 512).
CHAT_BATCH = 128
# Memory for the states of conversations that lost their slot. llama.cpp's default is 8 GiB.
CHAT_CACHE_MIB = 256
ATTENTION = "plain"
"""llama.cpp's fused attention reads a few tokens after a long text one by one on a processor: of the starter model,
two cores, 21 tokens after 6,912 take 1.85 processor seconds with it and 1.15 without, a token of the answer 0.16
and 0.12. States of the one cannot be restored into the other: it is part of what a build is called."""
TRAYS = "/proc/self/fd/"
"""Where llama.cpp saves and restores the state of a slot. The name it is given is the number of a descriptor it was
born with: a memory file (engine/tray.py)."""


@dataclass(frozen=True)
class EngineSpec:
    """One engine. ``context`` tokens are shared by ``slots``; ``command_fd``: the open binary, if any."""

    id: str
    path: Path
    sha256: str
    kind: Literal["chat", "embed"]
    context: int
    slots: int
    socket: str
    command: str = ""
    command_fd: int = -1

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> "EngineSpec":
        """From ``Birth.spec``; raises EngineSpecInvalid naming the field."""
        path, kind = facts.get("path") or facts.get("model"), facts.get("kind")
        if kind not in ("chat", "embed"):
            raise EngineSpecInvalid(field="kind")
        return cls(
            id=_text(facts, "id"),
            path=Path(str(path)) if path else _missing("path"),
            sha256=_text(facts, "sha256"),
            kind=cast("Literal['chat', 'embed']", kind),
            context=_count(facts, "context", 16384),
            slots=_count(facts, "slots", 1),
            socket=_text(facts, "socket"),
            command=str(facts.get("command") or ""),
            command_fd=int(facts.get("command_fd", -1)),
        )

    @property
    def batch(self) -> int:
        """Tokens of one computation; an embedding batch holds at least one whole passage."""
        return CHAT_BATCH if self.kind == "chat" else EMBED_TOKENS

    @property
    def tokens(self) -> int:
        """Context given to llama.cpp: shared by all chat slots; 512 for each embedding slot."""
        return self.context if self.kind == "chat" else EMBED_TOKENS * self.slots


def describe(params: Any, library: Any, spec: EngineSpec, threads: int, build: str = "") -> None:
    """Fill xllamacpp's ``CommonParams``. ``build``: which engine this is, told to whoever keeps states of it."""
    params.model.path = str(spec.path)
    params.model_alias = {spec.sha256}  # told with every answer: whoever keeps vectors knows where they come from
    params.hostnames = [spec.socket]
    params.n_ctx, params.n_parallel = spec.tokens, spec.slots
    params.n_batch, params.n_ubatch = spec.batch, spec.batch
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.fit_params = False  # shrinks the context to what it believes is free; ours was sized before
    params.ui = params.endpoint_props = False
    params.offline = True
    params.verbosity = 1  # errors only: higher levels quote prompts
    params.model_tags = {build} if build else set()
    if spec.kind == "chat":
        params.flash_attn_type = library.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED  # see ATTENTION
        params.slot_save_path = TRAYS  # a state is written to a tray or nowhere: no folder of a disk is writable
        params.kv_unified = True
        params.cache_ram_mib = CHAT_CACHE_MIB
        return
    params.embedding = True
    params.pooling_type = library.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.cache_ram_mib = 0  # with the default cache it grew to 4.4 GB over 8 million tokens
    params.cache_prompt = False


def argv(spec: EngineSpec, threads: int) -> list[str]:
    """The same, for a ``llama-server`` of the administrator's; batches stay its own for chat: it may have a GPU."""
    words = [spec.command or "llama-server", "--model", str(spec.path), "--host", spec.socket]
    words += ["--alias", spec.sha256]
    words += ["--ctx-size", str(spec.tokens), "--parallel", str(spec.slots)]
    words += ["--threads", str(threads), "--threads-batch", str(threads)]
    words += ["--offline", "--no-webui", "--log-verbosity", "1"]
    if spec.kind == "chat":
        words += ["--slot-save-path", TRAYS]
        return [*words, "--kv-unified", "--cache-ram", str(CHAT_CACHE_MIB), "--jinja"]
    words += ["--batch-size", str(spec.batch), "--ubatch-size", str(spec.batch)]
    return [*words, "--embedding", "--pooling", "mean", "--cache-ram", "0"]


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or not value:
        _missing(name)
    return str(value)


def _count(facts: Mapping[str, Any], name: str, default: int) -> int:
    value = facts.get(name, default)
    if type(value) is not int or value < 1:
        _missing(name)
    return int(str(value))


def _missing(name: str) -> Any:
    raise EngineSpecInvalid(field=name)
