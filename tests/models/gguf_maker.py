"""Tiny GGUF files, whole or broken on purpose, written by hand from the format's description."""

import struct
from collections.abc import Mapping
from typing import Any

CHAT: Mapping[str, Any] = {
    "general.architecture": "llama",
    "general.name": "Tout petit",
    "llama.context_length": 2048,
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.feed_forward_length": 128,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.chat_template": "{{ messages }}",
}
EMBED: Mapping[str, Any] = {
    "general.architecture": "bert",
    "bert.context_length": 512,
    "bert.block_count": 12,
    "bert.embedding_length": 384,
    "bert.attention.head_count": 12,
    "bert.attention.causal": False,
    "bert.pooling_type": 1,
}
TENSORS = (("token_embd.weight", (64, 3), 0), ("output.weight", (64, 32), 2))


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def value(item: Any) -> bytes:
    if isinstance(item, bool):
        return struct.pack("<I?", 7, item)
    if isinstance(item, int):
        return struct.pack("<II", 4, item)
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    if item and isinstance(item[0], str):
        return struct.pack("<IIQ", 9, 8, len(item)) + b"".join(text(word) for word in item)
    return struct.pack("<IIQ", 9, 4, len(item)) + b"".join(struct.pack("<I", number) for number in item)


def size(shape: tuple[int, ...], kind: int) -> int:
    count = 1
    for length in shape:
        count *= length
    return count * 4 if kind == 0 else count // 32 * 18


def gguf(
    facts: Mapping[str, Any] = CHAT,
    tensors: tuple[tuple[str, tuple[int, ...], int], ...] = TENSORS,
    *,
    version: int = 3,
    raw_values: bytes = b"",
    keys: int | None = None,
    count: int | None = None,
    filler: bytes = b"\x01",
) -> bytes:
    """A whole file. ``raw_values`` comes after the values; ``keys`` and ``count`` lie about how many there are."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors) if count is None else count,
                                 len(facts) if keys is None else keys)  # fmt: skip
    head += b"".join(text(key) + value(item) for key, item in facts.items()) + raw_values
    offset = 0
    for name, shape, kind in tensors:
        head += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", kind, offset)
        offset += -(-size(shape, kind) // 32) * 32
    return head + bytes(-len(head) % 32) + filler * offset
