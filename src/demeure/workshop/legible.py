"""A grey page made legible before it is recognised: even light, little noise, level lines. Pure.

Tesseract blackens what is darker than one threshold for the whole page: the dark side of a photograph would be lost
without a word about it, and every speck of noise be looked at as a letter (154 s a page against 4, measured).
"""

import math
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is loaded: a zygote has one thread

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.uint8]

_BLOCK = 16  # pixels: wider than a stroke, narrower than a shadow
_DARKEST = 32  # paper darker than that is no paper
_BLURS = (0.0, 1.0, 1.8, 3.0)
SPECKLED = 0.04
"""Share of neighbouring pixels that differ in black and white, above which a picture is noise: 0.01 to 0.02 on
texts, clean or photographed, 0.11 to 0.16 on those that take minutes (docs/measures.md)."""

_TILT_WIDTH, _STRIPS = 900, 48
_ANGLES = tuple(step / 4 for step in range(-28, 29))
_PLAINLY = 1.1
_MATTERS = 1.25  # degrees: less is read as it is, and turning blurs (« 5 h à 20 h » became « 5 ha 20 h » at 0.75)
_ENOUGH = 250_000  # pixels looked at to tell


def legible(image: Image.Image) -> tuple[Image.Image, bool]:
    """The page with white paper everywhere, blurred no more than its noise asks; False: noise is all there is (a
    photograph of something else than a text)."""
    even = _even(image)
    for blur in _BLURS:
        made = even.filter(ImageFilter.GaussianBlur(blur)) if blur else even
        if speckle(made) <= SPECKLED:
            return made, True
    return made, False


def speckle(image: Image.Image) -> float:
    """Share of horizontal neighbours that differ once the picture is black and white."""
    grey = np.asarray(image)
    step = max(1, grey.size // _ENOUGH)
    black = grey[::step] < _threshold(image)
    return float(np.mean(black[:, 1:] != black[:, :-1])) if black.shape[1] > 1 else 0.0


def tilt(image: Image.Image) -> float:
    """Degrees by which the lines of a text go down to the right; 0 when they are level, or when no angle is plainly
    better. From 2 to 3 degrees on Tesseract leaves lines out and says nothing of it."""
    factor = max(1, image.width // _TILT_WIDTH)
    small = image.reduce(factor)
    black = np.asarray(small) < _threshold(small)
    wide = black.shape[1] // _STRIPS
    if wide < 8 or black.shape[0] < 64:
        return 0.0
    rows = black[:, : wide * _STRIPS].reshape(black.shape[0], _STRIPS, wide).sum(axis=2).astype(np.float64)
    sharpness = [_sharpness(rows, math.tan(math.radians(angle)) * wide) for angle in _ANGLES]
    best = int(np.argmax(sharpness))
    level = sharpness[len(_ANGLES) // 2]
    plain = sharpness[best] > _PLAINLY * max(level, 1e-9) and abs(_ANGLES[best]) >= _MATTERS
    return _ANGLES[best] if plain else 0.0


def _sharpness(rows: NDArray[np.float64], step: float) -> float:
    """How much ink and white alternate from row to row when each strip is lifted ``step`` pixels more than the one
    on its left."""
    middle = _STRIPS / 2
    total = np.zeros(rows.shape[0])
    for at in range(_STRIPS):
        total += np.roll(rows[:, at], -round(step * (at - middle)))
    return float(np.sum(np.diff(total) ** 2))


def _even(image: Image.Image) -> Image.Image:
    """Divided by its own paper: the light of each place, seen without the ink."""
    if min(image.size) < 8 * _BLOCK:
        return image
    small = image.reduce(_BLOCK).filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(3))
    paper = np.maximum(np.asarray(small.resize(image.size, Image.Resampling.BILINEAR), np.uint16), _DARKEST)
    light = np.asarray(image, np.uint16) * np.uint16(250) // paper
    return Image.fromarray(np.minimum(light, 255).astype(np.uint8), "L")


def _threshold(image: Image.Image) -> int:
    """Otsu's: the level that parts the grey levels best into two."""
    counts = np.asarray(image.histogram()[:256], np.float64)
    weight = np.cumsum(counts)
    total = weight[-1]
    mean = np.cumsum(counts * np.arange(256))
    other = total - weight
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean[-1] * weight - mean * total) ** 2 / (weight * other)
    between[~np.isfinite(between)] = 0
    return int(np.argmax(between)) + 1
