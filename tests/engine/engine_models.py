"""Real models when they are on this machine (``DEMEURE_TEST_MODELS`` or cache/models), skipped aloud otherwise."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from demeure.engine.models import sha256_of

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"chat": ("test-chat.gguf", "test.gguf"), "embed": ("embeddings.gguf", "e5.gguf")}


def model_file(kind: str) -> Path:
    folder = Path(os.environ.get("DEMEURE_TEST_MODELS") or ROOT / "cache" / "models")
    for name in NAMES[kind]:
        if (folder / name).exists():
            return folder / name
    pytest.skip(f"no test model in {folder}: make test fetches it, or set DEMEURE_TEST_MODELS")


def spec_of(kind: str, **changes: Any) -> dict[str, Any]:
    path = model_file(kind)
    facts = {"id": path.stem, "path": str(path), "sha256": sha256_of(path), "kind": kind}
    return {**facts, "context": 2048 if kind == "chat" else 512, "slots": 2 if kind == "chat" else 1, **changes}


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A coroutine function, run to its end, at most a minute."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(bounded())
