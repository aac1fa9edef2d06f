"""Recordings made here: sound as numbers, as WAV, or encoded by the library that decodes them; hostile ones by
name."""

import io
import struct
import wave
from typing import Any

import av
import numpy as np


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3, rate: int = 16_000) -> Any:
    """int16 samples."""
    at = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hertz * at) * level * 32767).astype(np.int16)


def silence(seconds: float, rate: int = 16_000) -> Any:
    return np.zeros(int(seconds * rate), np.int16)


def wav(samples: Any, rate: int = 16_000, channels: int = 1) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return made.getvalue()


def encoded(samples: Any, form: str, codec: str, rate: int = 48_000, *, picture: str = "") -> bytes:
    """``samples`` at 16 kHz in a container; ``picture``: codec of a video stream beside it."""
    made = io.BytesIO()
    with av.open(made, "w", format=form) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        video: Any = out.add_stream(picture, rate=1) if picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
            for packet in video.encode(av.VideoFrame(64, 64, "yuv420p")):
                out.mux(packet)
        resampler = av.AudioResampler(
            stream.codec_context.format.name, "mono", rate, stream.codec_context.frame_size
        )
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.sample_rate = 16_000
        for given in (frame, None):
            for ready in resampler.resample(given):
                for packet in stream.encode(ready):
                    out.mux(packet)
        for each in (stream, video):
            for packet in each.encode(None) if each is not None else ():
                out.mux(packet)
    return made.getvalue()


def with_cover(mp3: bytes, picture: bytes) -> bytes:
    """An MP3 with an ID3 tag whose cover is ``picture``."""
    body = b"\0image/png\0\3\0" + picture
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = len(frame)
    head = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + head + frame + mp3


def bomb_picture() -> bytes:
    """A PNG that announces 60,000 × 60,000 pixels."""
    ihdr = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + ihdr + b"\0\0\0\0"


def declared(seconds: int) -> bytes:
    """A WAV that announces so long a sound and holds two seconds of it."""
    made = bytearray(wav(tone(2)))
    made[40:44] = struct.pack("<I", min(seconds * 32_000, 0xFFFFFFF0))
    made[4:8] = struct.pack("<I", min(seconds * 32_000 + 36, 0xFFFFFFFF))
    return bytes(made)
