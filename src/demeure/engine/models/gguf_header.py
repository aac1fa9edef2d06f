"""A bounded reader of GGUF headers: what comes from outside is judged here before llama.cpp ever opens it.

Everything announced (counts, lengths, shapes, offsets) is checked against the file and against limits far above any
published model; whatever is impossible is refused with its reason. Layout: the GGUF specification, version 2 and 3.
"""

import os
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from demeure.engine.models.errors import ModelFileUnreadable, ModelFormatRefused, ModelHeaderInvalid

HEADER_LIMIT = 128 << 20  # the largest header met (262k tokens, 515k merges) is 12 MB
KEYS_LIMIT, KEY_LENGTH = 4096, 65535
TENSORS_LIMIT, NAME_LENGTH, DIMENSIONS = 65536, 63, 4  # llama.cpp refuses names of 64 bytes and 5 dimensions
STRING_LIMIT = 8 << 20
ARRAY_LIMIT = 8 << 20
KEPT_ARRAY = 1024  # arrays of numbers up to this length are kept (per-layer facts); longer ones are only walked

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# Tensor type: (weights per block, bytes per block). A test compares it with the gguf package.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
    13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 20: "IQ4_NL", 23: "IQ4_XS", 30: "BF16", 39: "MXFP4",
}  # fmt: skip
# First bytes, and what they look like in words shown to people.
_LOOKS = (
    (b"PK\x03\x04", "une archive zip (PyTorch ?)", "a zip archive (PyTorch?)"),
    (b"\x93NUMPY", "un tableau NumPy", "a NumPy array"),
    (b"\x89HDF", "un fichier HDF5", "an HDF5 file"),
    (b"\x1f\x8b", "une archive gzip", "a gzip archive"),
    (b"\x7fELF", "un programme", "a program"),
    (b"tjgg", "un ancien format GGML", "an old GGML format"),
    (b"lmgg", "un ancien format GGML", "an old GGML format"),
    (b"fmgg", "un ancien format GGML", "an old GGML format"),
    (b"<!", "une page web", "a web page"),
    (b"<h", "une page web", "a web page"),
)


@dataclass(frozen=True)
class HeaderFacts:
    """What a header says. ``kv_elements``: elements of K and V that one token of context adds, over all layers.

    ``feed_forward`` and ``vocabulary`` size the working buffers. Pooling 1 is mean pooling (llama.cpp's numbering).
    What a kind of file does not have stays at zero. ``untied``: the head is not the table of the input again.
    ``weights``: the type that most weights have (« Q4_K »).
    """

    architecture: str
    version: int
    name: str = ""
    context: int = 0
    layers: int = 0
    heads: int = 0
    kv_heads: int = 0
    embedding: int = 0
    feed_forward: int = 0
    vocabulary: int = 0
    kv_elements: int = 0
    tensors: int = 0
    parameters: int = 0
    template: bool = False
    causal: bool = False
    pooling: int = 0
    untied: bool = False
    weights: str = ""

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


def read_facts(path: Path) -> HeaderFacts:
    """Facts of a complete GGUF file. Raises ModelFormatRefused, ModelHeaderInvalid, ModelFileUnreadable."""
    try:
        with path.open("rb") as file:
            return _Header(file, path.name, os.fstat(file.fileno()).st_size).facts()
    except OSError as problem:
        detail = problem.strerror or str(problem)
        raise ModelFileUnreadable(file=path.name, detail=detail, detail_en=detail) from problem


def check_magic(start: bytes, file: str) -> None:
    """Refuse by the first bytes (16 are enough) what is not GGUF. Raises ModelFormatRefused."""
    if not start.startswith(b"GGUF"):
        fr, en = _looks_like(start)
        raise ModelFormatRefused(file=file, looks_like=fr, looks_like_en=en)


def _looks_like(start: bytes) -> tuple[str, str]:
    for magic, fr, en in _LOOKS:
        if start.lower().startswith(magic.lower()):
            return fr, en
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "un fichier pickle, qui pourrait exécuter du code", "a pickle file, which could run code"
    if len(start) >= 9 and start[8:9] == b"{" and struct.unpack("<Q", start[:8])[0] < HEADER_LIMIT:
        return "un fichier safetensors", "a safetensors file"
    return ("un format inconnu", "an unknown format") if start else ("un fichier vide", "an empty file")


class _Header:
    """One pass over the header; ``self._at`` is the place reached, ``self._data`` what was read so far."""

    def __init__(self, file: BinaryIO, name: str, size: int) -> None:
        self._file, self._name, self._size = file, name, size
        self._data, self._at, self._untied = bytearray(), 0, False
        self._kinds: Counter[int] = Counter()

    def facts(self) -> HeaderFacts:
        check_magic(self._file.read(16), self._name)
        self._file.seek(0)
        self._skip(4)
        version = self._number("I")
        if version not in (2, 3):
            hint = " (gros-boutiste)" if version in (2 << 24, 3 << 24) else ""
            raise self._impossible(f"version {version}{hint}", f"version {version}")
        tensors, keys = self._number("Q"), self._number("Q")
        if tensors > TENSORS_LIMIT or keys > KEYS_LIMIT:
            raise self._impossible(
                f"{tensors} tenseurs et {keys} clés annoncés", f"{tensors} tensors and {keys} keys"
            )
        values = self._values(keys)
        parameters = self._tensors(tensors, values)
        facts = _facts(values, version, tensors, parameters, self._impossible)
        kind = self._kinds.most_common(1)[0][0]
        return replace(facts, untied=self._untied, weights=_TYPES.get(kind, f"type {kind}"))

    def _impossible(self, fr: str, en: str) -> ModelHeaderInvalid:
        return ModelHeaderInvalid(file=self._name, detail=fr, detail_en=en)

    def _skip(self, count: int) -> int:
        """Move ``count`` bytes on, reading what is missing; returns where they begin."""
        begin, end = self._at, self._at + count
        if end > self._size:
            raise self._impossible(
                f"il s’arrête à l’octet {self._size}, au milieu d’une valeur",
                f"it stops at byte {self._size}, inside a value",
            )
        if end > HEADER_LIMIT:
            raise self._impossible("plus long que toute limite raisonnable", "longer than any sensible limit")
        while len(self._data) < end:
            piece = self._file.read(max(end - len(self._data), 4 << 20))
            if not piece:
                raise self._impossible(
                    "le fichier raccourcit pendant sa lecture", "the file shrinks while being read"
                )
            self._data += piece
        self._at = end
        return begin

    def _number(self, code: str) -> Any:
        begin = self._skip(struct.calcsize("<" + code))
        return struct.unpack_from("<" + code, self._data, begin)[0]

    def _string(self, limit: int) -> bytes:
        length = self._number("Q")
        if length > limit:
            raise self._impossible(f"un texte de {length} octets", f"a text of {length} bytes")
        begin = self._skip(length)
        return bytes(self._data[begin : begin + length])

    def _values(self, keys: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for _ in range(keys):
            key = self._string(KEY_LENGTH).decode("utf-8", "replace")
            if not key or key in values:
                raise self._impossible(f"clé vide ou répétée « {key[:60]} »", f"empty or repeated key “{key[:60]}”")
            values[key] = self._value(self._number("I"), key)
        return values

    def _value(self, kind: int, key: str) -> Any:
        if kind in _SCALARS:
            return self._number(_SCALARS[kind])
        if kind == _STRING:
            return self._string(STRING_LIMIT).decode("utf-8", "replace")
        if kind == _ARRAY:
            return self._array(key)
        raise self._impossible(f"type {kind} inconnu pour « {key[:60]} »", f"unknown type {kind} of “{key[:60]}”")

    def _array(self, key: str) -> Any:
        """Numbers of a short array, or the length of a long one or of one of texts."""
        kind, count = self._number("I"), self._number("Q")
        if count > ARRAY_LIMIT:
            raise self._impossible(
                f"une liste de {count} éléments (« {key[:60]} »)", f"a list of {count} (“{key[:60]}”)"
            )
        if kind in _SCALARS:
            code = f"{count}{_SCALARS[kind]}"
            begin = self._skip(struct.calcsize("<" + code))
            return struct.unpack_from("<" + code, self._data, begin) if count <= KEPT_ARRAY else count
        if kind == _ARRAY:
            raise self._impossible(f"des listes dans une liste (« {key[:60]} »)", f"lists in a list (“{key[:60]}”)")
        if kind != _STRING:
            raise self._impossible(
                f"type {kind} inconnu dans « {key[:60]} »", f"unknown type {kind} in “{key[:60]}”"
            )
        for _ in range(count):
            length = self._number("Q")
            if length > STRING_LIMIT:
                raise self._impossible(f"un texte de {length} octets", f"a text of {length} bytes")
            self._skip(length)
        return count

    def _tensors(self, count: int, values: Mapping[str, Any]) -> int:
        """Number of weights. Offsets must follow one another, as llama.cpp wants, and end inside the file."""
        alignment = values.get("general.alignment", 32)
        if type(alignment) is not int or not 8 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise self._impossible(f"alignement {alignment}", f"alignment {alignment}")
        names: set[bytes] = set()
        expected = weights = 0
        for _ in range(count):
            name = self._string(NAME_LENGTH)
            if not name or name in names:
                raise self._impossible(
                    f"tenseur sans nom ou répété {name!r}", f"tensor unnamed or repeated {name!r}"
                )
            names.add(name)
            self._untied |= name == b"output.weight"
            elements, size = self._shape(name.decode("utf-8", "replace"))
            offset = self._number("Q")
            if offset != expected:
                raise self._impossible(
                    f"tenseur à {offset}, attendu à {expected}", f"tensor at {offset}, not {expected}"
                )
            weights += elements
            expected += -(-size // alignment) * alignment
        begin = -(-self._at // alignment) * alignment
        if count and begin + expected > self._size + alignment - 1:
            raise self._impossible(
                f"il annonce {begin + expected} octets, le fichier en a {self._size}",
                f"it announces {begin + expected} bytes, the file has {self._size}",
            )
        return weights

    def _shape(self, name: str) -> tuple[int, int]:
        """(weights, bytes) of one tensor."""
        dimensions = self._number("I")
        if not 1 <= dimensions <= DIMENSIONS:
            raise self._impossible(
                f"{dimensions} dimensions pour « {name} »", f"{dimensions} dimensions of “{name}”"
            )
        shape = [self._number("Q") for _ in range(dimensions)]
        elements = 1
        for length in shape:
            elements *= length
        kind = self._number("I")
        if kind not in BLOCKS:
            raise self._impossible(
                f"poids de type {kind} inconnu (« {name} »)", f"unknown weight type {kind} (“{name}”)"
            )
        per_block, bytes_per_block = BLOCKS[kind]
        if not 0 < elements < 1 << 60 or shape[0] % per_block:
            raise self._impossible(f"forme {shape} pour « {name} »", f"shape {shape} of “{name}”")
        size = elements // per_block * bytes_per_block
        if size > self._size:
            raise self._impossible(f"« {name} » est plus grand que le fichier", f"“{name}” is larger than the file")
        self._kinds[kind] += elements
        return elements, size


def _facts(values: Mapping[str, Any], version: int, tensors: int, parameters: int, impossible: Any) -> HeaderFacts:
    architecture = values.get("general.architecture")
    if not isinstance(architecture, str) or not architecture or not tensors:
        raise impossible("sans architecture ou sans tenseur", "no architecture or no tensor")
    if _number_of(values, "split.count", impossible, 0) > 1:
        raise impossible(
            "découpé en plusieurs fichiers, à réunir d’abord", "split into several files, join them first"
        )
    numbers = {
        name: _number_of(values, f"{architecture}.{name}", impossible)
        for name in ("context_length", "block_count", "embedding_length", "attention.head_count")
    }
    heads, layers = numbers["attention.head_count"], numbers["block_count"]
    if not 1 <= layers <= 4096 or not 1 <= numbers["embedding_length"] <= 1 << 20 or heads < 1:
        raise impossible(f"{layers} couches, {heads} têtes", f"{layers} layers, {heads} heads")
    per_layer = _kv_heads(values.get(f"{architecture}.attention.head_count_kv", heads), layers, impossible)
    width = numbers["embedding_length"] // heads
    key = _number_of(values, f"{architecture}.attention.key_length", impossible, width)
    value = _number_of(values, f"{architecture}.attention.value_length", impossible, width)
    vocabulary = values.get("tokenizer.ggml.tokens", 0)
    if type(vocabulary) not in (int, tuple):
        raise impossible("vocabulaire", "vocabulary")
    return HeaderFacts(
        architecture=architecture,
        name=str(values.get("general.name", ""))[:200],
        version=version,
        context=numbers["context_length"],
        layers=layers,
        heads=heads,
        kv_heads=max(per_layer),
        embedding=numbers["embedding_length"],
        feed_forward=_number_of(values, f"{architecture}.feed_forward_length", impossible, 0),
        vocabulary=len(vocabulary) if isinstance(vocabulary, tuple) else vocabulary,
        kv_elements=sum(per_layer) * (key + value),
        tensors=tensors,
        parameters=parameters,
        template=bool(values.get("tokenizer.chat_template")),
        causal=bool(values.get(f"{architecture}.attention.causal", True)),
        pooling=_number_of(values, f"{architecture}.pooling_type", impossible, 0),
    )


def _number_of(values: Mapping[str, Any], key: str, impossible: Any, absent: int | None = None) -> int:
    """A count, the largest of those given layer by layer; ``absent``: what its absence means, None: refused."""
    value = values.get(key, absent)
    if isinstance(value, tuple):
        value = max(value, default=0)
    if value is None:
        raise impossible(f"« {key} » manque", f"“{key}” is missing")
    if type(value) is not int or value < 0:
        told = str(value)[:60]
        raise impossible(f"« {key} » vaut {told}", f"“{key}” is {told}")
    return value


def _kv_heads(value: Any, layers: int, impossible: Any) -> list[int]:
    """Heads of K and V, layer by layer (some models have none on some layers)."""
    heads = list(value) if isinstance(value, tuple) else [value] * layers
    if len(heads) != layers or any(type(n) is not int or not 0 <= n <= 65536 for n in heads):
        raise impossible("têtes d’attention", "attention heads")
    return heads
