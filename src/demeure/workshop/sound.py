"""The job ``sound``: a recording decoded once, cut at its pauses into windows, silence left out.

FFmpeg (by PyAV) meets the stranger's bytes in the tightest box: one container and one codec of a short list, no
thread, no picture decoded. What comes out is numbers.
"""

import io
import os
from collections.abc import Iterator
from typing import Any

from demeure.workshop.errors import (
    DocumentCorrupt,
    DocumentEmpty,
    DocumentTooLarge,
    DocumentWrongFormat,
    RecordingSilent,
    RecordingUnsupported,
)
from demeure.workshop.recordings import KINDS, MOST_SECONDS, RATE, WIDTH, WINDOW_SECONDS, announced, found
from demeure.workshop.sniff import sniff

_DEMUXERS = {"wav": "wav", "mp3": "mp3", "m4a": "mov", "ogg": "ogg"}
_CODECS = (
    "aac", "alac", "mp3float", "mp3", "opus", "libopus", "vorbis", "flac", "pcm_s16le", "pcm_s24le", "pcm_s32le",
    "pcm_u8", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw",
)  # fmt: skip
_DAMAGED = 200
"""Pieces that cannot be decoded, one after another, after which the rest is given up."""

_CHANNELS, _RATES = 32, (4_000, 384_000)
_FRAME = RATE * 30 // 1000
"""Samples of one look at the level: 30 ms."""

_EARLIEST = 20 * RATE
"""A full window is cut at the quietest moment after that."""

_GAP, _LONG_GAP, _ENOUGH = 66, 166, 12 * RATE
"""Looks of silence that end a window which holds _ENOUGH samples (2 s), or any window (5 s)."""

_AROUND = 7
"""Looks kept on each side of what is heard (0.2 s): the beginning of a word is soft."""

_QUIETEST, _LOUDEST, _UNDER = -60.0, -45.0, 35.0
"""Silence, in dB of full scale: that much under the loud moments, within these bounds."""


def windows(data: bytearray, name: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """({"at": milliseconds}, sound) of each window, then ({"milliseconds", "damaged"}, nothing). Raises the
    errors of errors.py."""
    kind = _kind(data, name)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is first imported; a job has one thread
    cutter, heard, damaged = Cutter(), False, 0
    for piece, lost in _decoded(data, kind):
        damaged += lost
        for window in cutter.add(piece):
            heard = True
            yield window
    for window in cutter.end():
        heard = True
        yield window
    if not heard:
        raise RecordingSilent if cutter.samples else DocumentCorrupt(detail="sound-damaged")
    yield {"milliseconds": cutter.samples * 1000 // RATE, "damaged": damaged}, b""


def _kind(data: bytearray, name: str) -> str:
    if not data:
        raise DocumentEmpty
    kind = found(bytes(data[:64]))
    if not kind:
        guess = sniff(data, "")
        if guess.found not in ("binary", "txt"):
            raise DocumentWrongFormat(announced=announced(name) or "audio", found=guess.found)
        raise (
            RecordingUnsupported(found=announced(name) or guess.found)
            if announced(name) not in KINDS
            else (DocumentCorrupt(detail="sound-damaged"))
        )
    if kind not in KINDS:
        raise RecordingUnsupported(found=kind)
    return kind


def _decoded(data: bytearray, kind: str) -> Iterator[tuple[bytes, int]]:
    """(sound, pieces lost before it), as it comes."""
    import av
    import av.error

    options = {
        "codec_whitelist": ",".join(_CODECS),
        "format_whitelist": _DEMUXERS[kind],
        "protocol_whitelist": "none",
    }
    try:
        with av.open(
            _Bytes(data), format=_DEMUXERS[kind], container_options=options, metadata_errors="replace"
        ) as container:
            yield from _heard(container, av)
    except (av.error.FFmpegError, ValueError, OSError) as problem:
        raise DocumentCorrupt(detail="sound-damaged") from problem


def _heard(container: Any, av: Any) -> Iterator[tuple[bytes, int]]:
    stream = _audio(container)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    samples = lost = in_a_row = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            lost += 1
            in_a_row += 1
            if in_a_row > _DAMAGED:
                break
            continue
        for frame in frames:
            in_a_row = 0
            for made in resampler.resample(frame):
                samples += made.samples
                if samples > MOST_SECONDS * RATE:
                    hours = MOST_SECONDS // 3600
                    raise DocumentTooLarge(found=f"> {hours}", limit=hours, unit="hours")
                yield bytes(made.planes[0])[: made.samples * WIDTH], lost
                lost = 0
    for made in resampler.resample(None):
        yield bytes(made.planes[0])[: made.samples * WIDTH], lost


def _audio(container: Any) -> Any:
    """The first stream of sound; covers are never decoded. Raises RecordingUnsupported."""
    if any(one.type == "video" and not _cover(one) for one in container.streams):
        raise RecordingUnsupported(found="video")
    stream = next((one for one in container.streams if one.type == "audio"), None)
    if stream is None:
        raise DocumentCorrupt(detail="sound-damaged")
    context = stream.codec_context
    if context is None or context.codec.name not in _CODECS:
        raise RecordingUnsupported(found=context.codec.name if context else "?")
    if not 0 < context.channels <= _CHANNELS or not _RATES[0] <= context.sample_rate <= _RATES[1]:
        raise DocumentCorrupt(detail="sound-damaged")
    context.thread_count = 1
    return stream


def _cover(stream: Any) -> bool:
    return bool(int(stream.disposition) & 0x0400)  # AV_DISPOSITION_ATTACHED_PIC


class Cutter:
    """Sound in, windows out. ``samples``: how many came."""

    def __init__(self) -> None:
        self.samples = 0
        self._held = bytearray()
        self._start = 0

    def add(self, piece: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
        """The windows that are whole now."""
        self._held += piece
        self.samples += len(piece) // WIDTH
        while len(self._held) >= WINDOW_SECONDS * RATE * WIDTH:
            yield from self._cut(self._held[: WINDOW_SECONDS * RATE * WIDTH], last=False)

    def end(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """What is left."""
        while len(self._held) >= _FRAME * WIDTH:
            yield from self._cut(self._held, last=True)

    def _cut(self, held: bytearray, *, last: bool) -> Iterator[tuple[dict[str, Any], bytes]]:
        import numpy as np

        sound = np.frombuffer(bytes(held), np.int16)
        looks = len(sound) // _FRAME
        energy = np.square(sound[: looks * _FRAME].reshape(looks, _FRAME).astype(np.float32) / 32768).mean(axis=1)
        level = 10 * np.log10(energy + 1e-12)
        limit = min(max(float(np.percentile(level, 95)) - _UNDER, _QUIETEST), _LOUDEST)
        loud = np.flatnonzero(level > limit)
        if not len(loud):
            self._forget(len(sound) if last else looks * _FRAME)
            return
        begin = max(int(loud[0]) - _AROUND, 0)
        stop = self._pause(loud, begin, looks)
        end = stop if stop is not None else looks
        if stop is None and not last:
            early = _EARLIEST // _FRAME
            end = early + int(np.argmin(np.convolve(level[early:], np.ones(7) / 7, "same")))
        heard = loud[loud < end]
        until = min(int(heard[-1]) + _AROUND + 1, looks) if len(heard) else end
        if len(heard):
            at = (self._start + begin * _FRAME) * 1000 // RATE
            yield {"at": at}, sound[begin * _FRAME : until * _FRAME].tobytes()
        self._forget(len(sound) if last and end == looks else max(end, until) * _FRAME)

    @staticmethod
    def _pause(loud: Any, begin: int, looks: int) -> int | None:
        """The look at which a silence long enough begins; None when there is none."""
        before = int(loud[0])
        for at in (*map(int, loud[1:]), looks):
            gap = at - before
            if gap > _LONG_GAP or (gap > _GAP and (before - begin) * _FRAME >= _ENOUGH):
                return before + 1
            before = at
        return None

    def _forget(self, samples: int) -> None:
        del self._held[: samples * WIDTH]
        self._start += samples


class _Bytes(io.RawIOBase):
    """The file where it is: nothing is copied but what is asked."""

    def __init__(self, data: bytearray) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        piece = bytes(self._data[self._at : end])
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, len(self._data))[whence]
        self._at = min(max(base + offset, 0), len(self._data))
        return self._at

    def tell(self) -> int:
        return self._at
