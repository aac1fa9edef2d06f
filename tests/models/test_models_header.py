"""GGUF headers: facts of honest files; everything impossible is refused by name, whatever the bytes."""

import random
import struct
from pathlib import Path

import pytest
from gguf_maker import CHAT, EMBED, gguf, text

from demeure.engine.models.errors import ModelFileUnreadable, ModelFormatRefused, ModelHeaderInvalid
from demeure.engine.models.gguf_header import BLOCKS, read_facts


def write(folder: Path, data: bytes) -> Path:
    path = folder / "m.gguf"
    path.write_bytes(data)
    return path


def test_facts_of_a_chat_model(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path, gguf()))
    assert (facts.architecture, facts.name, facts.context, facts.layers) == ("llama", "Tout petit", 2048, 2)
    assert (facts.heads, facts.kv_heads, facts.vocabulary, facts.template) == (4, 2, 3, True)
    assert facts.kv_elements == 2 * 2 * (16 + 16)
    assert facts.parameters == 64 * 3 + 64 * 32


def test_facts_of_an_embedding_model_and_of_layers_that_differ(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path, gguf(EMBED)))
    assert (facts.causal, facts.pooling, facts.embedding) == (False, 1, 384)
    hybrid = {**CHAT, "llama.attention.head_count_kv": [0, 2], "llama.feed_forward_length": [64, 128]}
    facts = read_facts(write(tmp_path, gguf(hybrid)))
    assert (facts.kv_elements, facts.kv_heads, facts.feed_forward) == (2 * 32, 2, 128)


LOOKS = {
    "pickle": (b"\x80\x04\x95" + bytes(20), "pickle"),
    "torch": (b"PK\x03\x04" + bytes(20), "zip"),
    "numpy": (b"\x93NUMPY\x01\x00" + bytes(20), "NumPy"),
    "safetensors": (struct.pack("<Q", 300) + b'{"a":1}' + bytes(20), "safetensors"),
    "page": (b"<!DOCTYPE html><html>", "web"),
    "ggml": (b"lmgg" + bytes(20), "GGML"),
    "empty": (b"", "vide"),
    "noise": (b"\x00\xff" * 20, "inconnu"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_what_is_not_gguf_is_refused_and_named(tmp_path: Path, name: str) -> None:
    data, word = LOOKS[name]
    with pytest.raises(ModelFormatRefused) as refusal:
        read_facts(write(tmp_path, data))
    assert word in refusal.value.sentence("fr")
    assert "{" not in refusal.value.sentence("en")


def without(key: str) -> dict[str, object]:
    return {k: v for k, v in CHAT.items() if k != key}


IMPOSSIBLE = {
    "version 1": gguf(version=1),
    "big endian": gguf(version=3 << 24),
    "keys by the billion": gguf(keys=1 << 40),
    "tensors by the billion": gguf(count=1 << 40),
    "one key too many": gguf(keys=len(CHAT) + 1),
    "one key too few": gguf(keys=len(CHAT) - 1),
    "one tensor too many": gguf(count=3),
    "key longer than the file": gguf(raw_values=struct.pack("<Q", 1 << 50), keys=len(CHAT) + 1),
    "text longer than the file": gguf(raw_values=text("k") + struct.pack("<IQ", 8, 1 << 22), keys=len(CHAT) + 1),
    "unknown type": gguf(raw_values=text("k") + struct.pack("<I", 77), keys=len(CHAT) + 1),
    "huge array": gguf(raw_values=text("k") + struct.pack("<IIQ", 9, 4, 1 << 60), keys=len(CHAT) + 1),
    "array of arrays": gguf(
        raw_values=text("k") + struct.pack("<IIQ", 9, 9, 1) + struct.pack("<IQ", 4, 0), keys=len(CHAT) + 1
    ),
    "repeated key": gguf(raw_values=text("general.name") + struct.pack("<II", 4, 1), keys=len(CHAT) + 1),
    "no architecture": gguf(without("general.architecture")),
    "no context": gguf(without("llama.context_length")),
    "no layers": gguf({**CHAT, "llama.block_count": 0}),
    "no heads": gguf({**CHAT, "llama.attention.head_count": 0}),
    "heads of another count": gguf({**CHAT, "llama.attention.head_count_kv": [1, 2, 3]}),
    "no tensor": gguf(tensors=()),
    "tensor without dimension": gguf(tensors=(("a", (), 0),)),
    "tensor of five dimensions": gguf(tensors=(("a", (1, 1, 1, 1, 1), 0),)),
    "tensor of zero": gguf(tensors=(("a", (0, 4), 0),)),
    "tensor that overflows": gguf()[: len(gguf()) - 0].replace(
        struct.pack("<2Q", 64, 32), struct.pack("<2Q", 1 << 62, 1 << 62)
    ),
    "weights of an unknown type": gguf().replace(struct.pack("<IQ", 2, 768), struct.pack("<IQ", 200, 768)),
    "offset elsewhere": gguf().replace(struct.pack("<IQ", 2, 768), struct.pack("<IQ", 2, 1 << 40)),
    "overlapping": gguf().replace(struct.pack("<IQ", 2, 768), struct.pack("<IQ", 2, 0)),
    "same name twice": gguf(tensors=(("a", (64, 3), 0), ("a", (64, 32), 2))),
    "alignment of 3": gguf({**CHAT, "general.alignment": 3}),
    "alignment of 0": gguf({**CHAT, "general.alignment": 0}),
    "split": gguf({**CHAT, "split.count": 4}),
    **{
        f"{key} is {what!r}": gguf({**CHAT, key: what})
        for key in ("split.count", "llama.attention.key_length", "llama.feed_forward_length", "llama.pooling_type")
        for what in ("many", float("nan"))
    },
    "vocabulary of one word": gguf({**CHAT, "tokenizer.ggml.tokens": "a"}),
    "context below nothing": gguf(
        without("llama.context_length") | {"llama.x": 1},
        raw_values=text("llama.context_length") + struct.pack("<Ii", 5, -1),
        keys=len(CHAT) + 1,
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_header_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelHeaderInvalid) as refusal:
        read_facts(write(tmp_path, IMPOSSIBLE[name]))
    assert refusal.value.params["detail"] and refusal.value.params["detail_en"]


def test_a_truncated_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = gguf()
    for length in [*range(16, 400, 7), len(whole) - 33]:
        with pytest.raises(ModelHeaderInvalid):
            read_facts(write(tmp_path, whole[:length]))


def test_altered_bytes_never_surprise(tmp_path: Path) -> None:
    """Any header, however damaged, is read or refused: no other exception, no endless reading."""
    chance = random.Random(7)
    whole = gguf()
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(4, 500)] = chance.randrange(256)
        try:
            read_facts(write(tmp_path, bytes(data)))
        except ModelHeaderInvalid:
            continue


def test_an_absent_file_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileUnreadable):
        read_facts(tmp_path / "absent.gguf")


def test_block_sizes_are_those_of_the_gguf_package() -> None:
    from gguf.constants import GGML_QUANT_SIZES

    assert {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()} == BLOCKS
