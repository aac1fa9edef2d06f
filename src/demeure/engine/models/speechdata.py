"""A recognition model as one file: a plain archive of the three files that CTranslate2 reads, and a bounded
look at it.

The same three files make the same bytes, so that the whole has one SHA-256. Nothing is unpacked onto the disk.
"""

import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from demeure.engine.models.errors import ModelFileUnreadable, SpeechModelInvalid
from demeure.engine.models.gguf_header import HeaderFacts

WEIGHTS, CONFIG, VOCABULARY = "model.bin", "config.json", "vocabulary.txt"
BESIDE = (CONFIG, VOCABULARY)
SMALL = 4 << 20
"""Largest file beside the weights."""
_SPEC = b"WhisperSpec\0"
_TOKENS = 51_800  # of the multilingual models; those of English alone have 51,864 and other special tokens
_FRENCH = "<|fr|>"


def looks_like(start: bytes) -> bool:
    """By the first 512 bytes."""
    return len(start) >= 512 and start[257:262] == b"ustar" and start.startswith(CONFIG.encode() + b"\0")


def pack(weights: Path, beside: Mapping[str, Path], target: Path) -> None:
    """Write ``target`` whole, its dates and owners left out."""
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in (*((name, beside[name]) for name in BESIDE), (WEIGHTS, weights)):
            told = tarfile.TarInfo(name)
            told.size, told.mode = path.stat().st_size, 0o444
            with path.open("rb") as file:
                archive.addfile(told, file)


def read_facts(path: Path) -> HeaderFacts:
    """Facts of a whole file, in the terms of the manifest. Raises SpeechModelInvalid, ModelFileUnreadable."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _facts(file, size, path.name)
    except OSError as problem:
        detail = problem.strerror or str(problem)
        raise ModelFileUnreadable(file=path.name, detail=detail, detail_en=detail) from problem


def _facts(file: BinaryIO, size: int, name: str) -> HeaderFacts:
    if not looks_like(file.read(512)):
        raise SpeechModelInvalid(file=name)
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            found = {}
            for told in archive:
                if not told.isreg() or told.name in found or told.name not in (*BESIDE, WEIGHTS):
                    raise SpeechModelInvalid(file=name)
                if told.name in BESIDE and told.size > SMALL:
                    raise SpeechModelInvalid(file=name)
                found[told.name] = told
            if len(found) != 3:
                raise SpeechModelInvalid(file=name)
            small = {one: _read(archive, found[one]) for one in BESIDE}
            start = archive.extractfile(found[WEIGHTS])
            spec = start.read(64) if start else b""
    except (tarfile.TarError, EOFError) as problem:
        raise SpeechModelInvalid(file=name) from problem
    tokens = small[VOCABULARY].decode("utf-8", "replace").split("\n")
    if spec[6:18] != _SPEC or len(tokens) < _TOKENS or _FRENCH not in tokens or not _is_object(small[CONFIG]):
        raise SpeechModelInvalid(file=name)
    return HeaderFacts(
        architecture="whisper",
        version=int.from_bytes(spec[:4], "little"),
        vocabulary=len(tokens),
        parameters=size,
    )


def _read(archive: tarfile.TarFile, told: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(told)
    return file.read() if file else b""


def _is_object(data: bytes) -> bool:
    try:
        return isinstance(json.load(io.BytesIO(data)), dict)
    except (ValueError, RecursionError):
        return False
