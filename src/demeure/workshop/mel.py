"""What a recognition model hears: the log-mel spectrum of 30 seconds of sound. Pure numbers.

Definition: short-time Fourier transform (Hann, 25 ms every 10 ms, reflected at the ends), power, 80 triangles
equally spaced on the mel scale of Slaney (linear under 1,000 Hz, logarithmic above) and of equal area,
logarithm kept within 8 decades of the loudest.
"""

from functools import cache
from typing import Any

from demeure.workshop.recordings import RATE, WINDOW_SECONDS

SIZE, STEP = 400, 160
BANDS = 80
FRAMES = WINDOW_SECONDS * RATE // STEP
_LINEAR_HERTZ, _LINEAR_MELS = 1000.0, 15.0
_RATIO = 6.4  # between 1,000 Hz and the frequency 27 mels above


def log_mel(sound: bytes, bands: int = BANDS) -> Any:
    """float32 (bands, FRAMES) of 16-bit sound, silence after its end."""
    import numpy as np

    samples = np.zeros(WINDOW_SECONDS * RATE, np.float32)
    given = np.frombuffer(sound, np.int16)[: len(samples)]
    samples[: len(given)] = given / np.float32(32768)
    padded = np.pad(samples, SIZE // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::STEP][:FRAMES]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)).astype(np.float32) ** 2
    logs = np.log10(np.maximum(power @ triangles(bands).T, 1e-10))
    logs = np.maximum(logs, logs.max() - 8)
    return np.ascontiguousarray(((logs + 4) / 4).T.astype(np.float32))


@cache
def triangles(bands: int) -> Any:
    """float32 (bands, SIZE / 2 + 1): how much of each frequency each band hears."""
    import numpy as np

    centres = _hertz(np.linspace(0, _mels(RATE / 2), bands + 2))
    frequencies = np.fft.rfftfreq(SIZE, 1 / RATE)
    widths = np.diff(centres)
    slopes = centres[:, None] - frequencies[None, :]
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    area = 2.0 / (centres[2:] - centres[:-2])
    return (np.maximum(0, np.minimum(rising, falling)) * area[:, None]).astype(np.float32)


def _mels(hertz: float) -> float:
    import math

    if hertz < _LINEAR_HERTZ:
        return hertz * _LINEAR_MELS / _LINEAR_HERTZ
    return _LINEAR_MELS + 27 * math.log(hertz / _LINEAR_HERTZ) / math.log(_RATIO)


def _hertz(mels: Any) -> Any:
    import numpy as np

    low = mels * _LINEAR_HERTZ / _LINEAR_MELS
    return np.where(mels < _LINEAR_MELS, low, _LINEAR_HERTZ * _RATIO ** ((mels - _LINEAR_MELS) / 27))
