"""The job ``hear``: words out of windows of sound, by a Whisper model run in this very process.

The model's file is the house's own, hashed before it is opened; its threads begin while the job is being prepared,
before the first sample arrives. One window is heard without the words of the one before it: a mistake is not
carried on, and any window may be the first of a job.
"""

import hashlib
import io
import os
import re
import tarfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.errors import InputError
from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import SpeechModelAltered
from demeure.workshop.loops import unlooped
from demeure.workshop.mel import log_mel
from demeure.workshop.recordings import RATE, WIDTH, WINDOW_BYTES, Said

ENOUGH = 20.0
"""Seconds after which a job begins no other window: loading the model costs one, and its place is not kept for
long."""

WINDOWS, THREADS = 12, 16
_FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\.tar")
_LANGUAGES = ("fr", "en")
_BEAMS, _LONGEST = 3, 224
_REPEATED, _UNSURE, _NOTHING = 2.4, -1.0, 0.6
"""Above that ratio of compression a text says the same again and again; below that mean log-probability it is a
guess; above that probability nothing was said."""

_TICKS = 50  # timestamps a second


@dataclass(frozen=True)
class Asked:
    """``threads``: THREADS at most, whatever the machine has. ``lengths``: bytes of each window, in order."""

    file: str
    sha256: str
    language: str
    threads: int
    lengths: tuple[int, ...]


def asked(args: dict[str, Any]) -> Asked:
    """Raises InputError."""
    file, sha256, language = args.get("model"), args.get("sha256"), args.get("language")
    threads, lengths = args.get("threads"), args.get("windows")
    if not isinstance(file, str) or not _FILE.fullmatch(file) or not isinstance(sha256, str) or len(sha256) != 64:
        raise InputError(detail="model")
    if language not in _LANGUAGES or type(threads) is not int or threads < 1:
        raise InputError(detail="language")
    if not isinstance(lengths, list) or not 0 < len(lengths) <= WINDOWS:
        raise InputError(detail="windows")
    if not all(type(one) is int and 0 < one <= WINDOW_BYTES and one % WIDTH == 0 for one in lengths):
        raise InputError(detail="windows")
    return Asked(file, sha256, str(language), min(threads, THREADS), tuple(lengths))


class Listener:
    """A model that is loaded and has run once: no thread begins after that."""

    def __init__(self, folder: Path | None, wanted: Asked) -> None:
        """Raises SpeechModelAltered: the file is not there, or not the one that was installed."""
        if folder is None:
            raise InputError(detail="model")
        files = _files(folder / wanted.file, wanted.sha256)
        os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
        os.environ["OMP_NUM_THREADS"] = str(wanted.threads)
        os.environ.pop("OMP_THREAD_LIMIT", None)  # recognition.py's: with fewer threads, half is not summed
        import ctranslate2
        import numpy as np

        self._view, self._wanted = ctranslate2.StorageView, wanted
        self._tokens = files["vocabulary.txt"].decode("utf-8", "replace").split("\n")
        try:
            self._model = ctranslate2.models.Whisper(
                "whisper", device="cpu", compute_type="int8", intra_threads=wanted.threads, inter_threads=1,
                files=files,
            )  # fmt: skip
        except (RuntimeError, ValueError) as problem:
            raise SpeechModelAltered(model=wanted.file) from problem
        self._id = {token: number for number, token in enumerate(self._tokens) if token.startswith("<|")}
        self._first = self._id["<|0.00|>"]
        self._bands = int(self._model.n_mels)
        self._model.encode(self._view.from_array(np.zeros((1, self._bands, 100), np.float32)))

    def hear(self, sound: bytes) -> list[Said]:
        """The words of one window, with their times."""
        heard = self._view.from_array(log_mel(sound, self._bands)[None])
        best = self._said(heard, {})
        if best.loops or best.sure < _UNSURE:
            other = self._said(heard, {"repetition_penalty": 1.15, "no_repeat_ngram_size": 4})
            if best.loops or other.sure > best.sure:
                best = other
        if best.nothing > _NOTHING and best.sure < _UNSURE:
            return []
        length = len(sound) * 1000 // (RATE * WIDTH)
        return unlooped(self._segments(best.tokens, length))

    def _said(self, heard: Any, more: dict[str, Any]) -> "_Heard":
        prompt = [self._id[f"<|{word}|>"] for word in ("startoftranscript", self._wanted.language, "transcribe")]
        (found,) = self._model.generate(
            heard, [prompt], beam_size=_BEAMS, max_length=_LONGEST * 2, return_scores=True,
            return_no_speech_prob=True, max_initial_timestamp_index=_TICKS, **more,
        )  # fmt: skip
        tokens = list(found.sequences_ids[0])
        sure = found.scores[0] * len(tokens) / (len(tokens) + 1)
        text = self._text(tokens).encode()
        loops = len(text) / max(len(zlib.compress(text)), 1) > _REPEATED
        return _Heard(tokens, sure, found.no_speech_prob, loops)

    def _segments(self, tokens: list[int], length: int) -> list[Said]:
        """Text between two times; the last may lack its end."""
        found: list[Said] = []
        start, words = 0, []
        for token in [*tokens, self._first + length * _TICKS // 1000]:
            if token < self._first:
                words.append(token)
                continue
            at = min((token - self._first) * 1000 // _TICKS, length)
            if words:
                text = one_line(clean(self._text(words), lambda *_: None)).strip()
                if text:
                    found.append(Said(min(start, at), at, text))
                words = []
            start = at
        return found

    def _text(self, tokens: list[int]) -> str:
        """Tokens are bytes written as printable signs; special ones say nothing."""
        end = self._id["<|endoftext|>"]
        signs = "".join(self._tokens[token] for token in tokens if token < end)
        return bytes(_BYTES.get(sign, 0x20) for sign in signs).decode("utf-8", "replace")


@dataclass(frozen=True)
class _Heard:
    tokens: list[int]
    sure: float
    nothing: float
    loops: bool


def heard(listener: Listener, sound: bytearray, wanted: Asked) -> Iterator[tuple[str, dict[str, Any]]]:
    """An item a window, in order, for about ENOUGH seconds; then the end. Raises InputError."""
    if len(sound) != sum(wanted.lengths):
        raise InputError(detail="windows")
    until, start = time.monotonic() + ENOUGH, 0
    done = 0
    for length in wanted.lengths:
        said = listener.hear(bytes(sound[start : start + length]))
        yield "item", {"said": [[one.start, one.end, one.text] for one in said]}
        start += length
        done += 1
        if time.monotonic() > until:
            break
    yield "end", {"windows": done}


def _files(path: Path, sha256: str) -> dict[str, bytes]:
    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise SpeechModelAltered(model=path.name)
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            found = {}
            for told in archive:
                found[told.name] = data[told.offset_data : told.offset_data + told.size]
            return found
    except (OSError, tarfile.TarError) as problem:
        raise SpeechModelAltered(model=path.name) from problem


def _signs() -> dict[str, int]:
    """The byte that each printable sign stands for: itself where it prints, else one of those from U+0100 on, in
    order."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(0x100 + at): byte for at, byte in enumerate(others)}


_BYTES = _signs()
