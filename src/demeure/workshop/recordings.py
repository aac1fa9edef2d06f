"""Which files are recordings, by their name and by their bytes; the sound that comes out of them. Pure.

Sound is 16,000 samples a second, one voice, 16 bits little-endian: what recognition takes, and nothing that
could be read in another way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

RATE, WIDTH = 16_000, 2
WINDOW_SECONDS = 30
"""What recognition hears at once."""

WINDOW_BYTES = WINDOW_SECONDS * RATE * WIDTH
MOST_SECONDS = 4 * 3600
"""Longest recording: what goes on longer is refused whole, however small its file."""

KINDS = ("wav", "mp3", "m4a", "ogg")
"""Kinds that are heard."""

_NAMED: Mapping[str, str] = {
    "wav": "wav", "wave": "wav", "mp3": "mp3", "m4a": "m4a", "m4b": "m4a", "aac": "aac", "ogg": "ogg", "oga": "ogg",
    "opus": "ogg", "flac": "flac", "wma": "wma", "amr": "amr", "aiff": "aiff", "aif": "aiff", "mp4": "video",
    "m4v": "video", "mov": "video", "webm": "video", "mkv": "video", "avi": "video", "wmv": "video", "3gp": "video",
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """A stretch of sound in which something is heard: ``at`` milliseconds after the beginning, WINDOW_SECONDS at
    most."""

    at: int
    sound: bytes

    @property
    def milliseconds(self) -> int:
        return len(self.sound) * 1000 // (RATE * WIDTH)


@dataclass(frozen=True)
class SoundSummary:
    """The end of a recording: how long it is, silence included; ``damaged``: pieces that could not be read."""

    milliseconds: int
    damaged: int = 0


@dataclass(frozen=True)
class Said:
    """Words, from and to milliseconds after the beginning of their window."""

    start: int
    end: int
    text: str


def announced(name: str) -> str:
    """The kind of recording that a file name announces; empty when it announces none."""
    _, dot, extension = name.rpartition(".")
    return _NAMED.get(extension.lower().strip(), "") if dot else ""


def found(head: bytes) -> str:
    """The kind of recording that the first bytes begin; empty when they begin none."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "video"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] == b"fLaC":
        return "flac"
    if head[4:8] == b"ftyp":  # an audio file of the same family says so itself: « M4A  », or a stream tells later
        return "m4a"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video"
    if head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)):
        return "mp3"
    return ""
