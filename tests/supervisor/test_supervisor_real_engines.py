"""The engines of the house, in their real box: llama.cpp answers behind the allow-list."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from demeure.confinement import PROFILES
from demeure.supervisor import read_status
from houses import house, prepare, until

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"chat": ("test-chat.gguf", "test.gguf"), "embed": ("embeddings.gguf", "e5.gguf")}
FOLDER = Path(os.environ.get("DEMEURE_TEST_MODELS") or ROOT / "cache" / "models")


def install(instance: Path) -> None:
    """Both models, linked or copied, and the list that names them."""
    (instance / "models").mkdir()
    active = {}
    for kind, names in NAMES.items():
        source = next((FOLDER / name for name in names if (FOLDER / name).exists()), None)
        if source is None:
            pytest.skip(f"no test model in {FOLDER}: make test fetches it, or set DEMEURE_TEST_MODELS")
        shutil.copyfile(source, instance / "models" / f"{kind}.gguf")
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        entry = {"id": kind, "file": f"{kind}.gguf", "sha256": digest, "kind": kind, "context": 1024, "slots": 2}
        active[kind] = entry
    (instance / "models" / "active.json").write_text(json.dumps(active))


@pytest.mark.model
def test_both_engines_answer_in_their_box(tmp_path: Path) -> None:
    instance = prepare(tmp_path / "instance")
    install(instance)
    with house(instance, roles=["front"], real_engines=True) as running:
        running.line()

        def ready() -> bool:
            rows = [p for p in read_status(instance)["processes"] if p["role"] in PROFILES]
            assert all(p["restarts"] == 0 for p in rows)
            return len(rows) == 2 and all(p["state"] == "running" for p in rows)

        until(ready, 60)
        chat = {"messages": [{"role": "user", "content": "Bonjour"}], "max_tokens": 8, "temperature": 0}
        answer = running.ask("post engine-chat /v1/chat/completions " + json.dumps(chat))
        assert answer.startswith("HTTP/1.1 200") and '"completion_tokens":' in answer
        vectors = running.ask("post engine-embed /v1/embeddings " + json.dumps({"input": ["query: bonjour"]}))
        assert vectors.startswith("HTTP/1.1 200") and '"embedding":' in vectors
        for process in read_status(instance)["processes"]:
            if process["role"] in PROFILES:
                assert process["differences"] == []
                assert process["facts"]["threads"] > 1
