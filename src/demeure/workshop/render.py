"""One page of a file as a PNG: PDF by PDFium, photographs and scans (JPEG, PNG, TIFF) by Pillow. Bytes in and out.

The picture shows the page as ``read_pdf`` measures it: rotation applied, crop box only, origin at the top left.
"""

import ctypes
import io
import math
import struct
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageChops, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from demeure.errors import InputError
from demeure.workshop.errors import (
    DocumentBomb,
    DocumentCorrupt,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentUnsupported,
    PageAbsent,
)
from demeure.workshop.guard import MemoryFile
from demeure.workshop.pdf_lines import word_boxes
from demeure.workshop.render_answer import HIGHEST, NARROWEST, PIXELS, PNG_BYTES, WIDEST, WORDS
from demeure.workshop.sniff import sniff

_PLUGINS = (JpegImagePlugin, PngImagePlugin, TiffImagePlugin)  # imported before the fork: Pillow loads them lazily
_COMPRESSION = 2  # a text page: 50 ms and 270 kB at 1200 pixels; level 6 takes half as long again for 5 % less
_SOURCE_PIXELS = 250_000_000
_COLOURS = 256
_DENSITIES, _CAMERA, _A4_INCHES = (50.0, 2400.0), 72, 11.69
_ORIENTATION, _LYING = 0x0112, (5, 6, 7, 8)  # EXIF: turned by a quarter


@dataclass(frozen=True)
class Wanted:
    """``page``: from 1. ``width``: pixels; a very long page comes narrower. ``turn``: degrees clockwise to set a
    scanned page upright."""

    page: int
    width: int
    turn: int = 0


@dataclass(frozen=True)
class Picture:
    """``size``: the page in points, as shown; ``pixels``: the picture; ``pages``: of the file; ``words``: where
    each word of a PDF stands (x0, y0, x1, y1), in points."""

    png: bytes
    size: tuple[float, float]
    pixels: tuple[int, int]
    pages: int
    words: tuple[tuple[float, ...], ...] = ()


def wanted(args: dict[str, Any]) -> Wanted:
    """What a call asks for. Raises InputError."""
    page, width = args.get("page"), args.get("width")
    if type(page) is not int or not 1 <= page <= 1_000_000:
        raise InputError(detail="page")
    if type(width) is not int or not NARROWEST <= width <= WIDEST:
        raise InputError(detail="width")
    if args.get("turn", 0) not in (0, 90, 180, 270):
        raise InputError(detail="turn")
    return Wanted(page, width, int(args.get("turn", 0)))


def render(data: bytearray, name: str, declared: str, ask: Wanted) -> Picture:
    """The page as a picture. Raises the errors of errors.py; the bytes decide what the file is, not its name."""
    if not data:
        raise DocumentEmpty
    guess = sniff(data, name, declared)
    if guess.encrypted:
        raise DocumentEncrypted
    if guess.found == "pdf":
        return _pdf(data, ask)
    if guess.found in ("png", "jpeg", "tiff"):
        return _image(data, ask)
    raise DocumentUnsupported(found=guess.found)


def fitted(width: float, height: float, asked: int) -> float:
    """Pixels a point (or a pixel of the file) so that the picture is ``asked`` wide, less when it would be huge."""
    edge = 0.01  # PDFium's sides are rounded up
    return min((asked - edge) / width, (HIGHEST - edge) / height, math.sqrt(PIXELS / (width * height)))


def _pdf(data: bytearray, ask: Wanted) -> Picture:
    buffer = (ctypes.c_ubyte * len(data)).from_buffer(data)
    try:
        document = pdfium.PdfDocument(buffer)
    except pdfium.PdfiumError as problem:
        if getattr(problem, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise DocumentEncrypted from problem
        raise DocumentCorrupt(detail="pdf-damaged") from problem
    pages = len(document)
    if ask.page > pages:
        raise PageAbsent(page=ask.page, pages=pages)
    try:
        document.init_forms()  # what people typed into a form's fields is drawn too
        page = document[ask.page - 1]
        width, height = _turned_size(page.get_size(), ask.turn)
        if not (1 <= width <= 100_000 and 1 <= height <= 100_000):
            raise DocumentCorrupt(detail="page-damaged")
        picture = page.render(scale=fitted(width, height, ask.width), rotation=ask.turn).to_pil()
    except pdfium.PdfiumError as problem:
        raise DocumentCorrupt(detail="page-damaged") from problem
    return Picture(_png(picture), (width, height), picture.size, pages, () if ask.turn else _words(page))


def _words(page: pdfium.PdfPage) -> tuple[tuple[float, ...], ...]:
    text_page = raw.FPDFText_LoadPage(page.raw)
    if not text_page:
        return ()
    try:
        boxes = word_boxes(page.raw, text_page, WORDS)
    finally:
        raw.FPDFText_ClosePage(text_page)
    return tuple(tuple(round(side, 1) for side in box) for box in boxes if all(map(math.isfinite, box)))


def _image(data: bytearray, ask: Wanted) -> Picture:
    Image.MAX_IMAGE_PIXELS = _SOURCE_PIXELS // 2  # Pillow refuses at twice this
    try:
        with Image.open(io.BufferedReader(MemoryFile(data)), formats=("PNG", "JPEG", "TIFF")) as image:
            pages = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))  # a camera's own previews
            if ask.page > pages:
                raise PageAbsent(page=ask.page, pages=pages)
            image.seek(ask.page - 1)
            point = _points(image)
            lying = image.getexif().get(_ORIENTATION, 1) in _LYING
            width, height = _turned_size(image.size, 90 * (lying + ask.turn // 90))
            if image.format in ("JPEG", "MPO"):
                image.draft("RGB", (ask.width, ask.width))  # decoded at an eighth, a quarter or a half: much faster
            shown = _turned(_plain(ImageOps.exif_transpose(image)), ask.turn)
    except Image.DecompressionBombError as problem:
        raise DocumentBomb(detail="image-size") from problem
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, struct.error) as problem:
        raise DocumentCorrupt(detail="image-damaged") from problem
    scale = min(fitted(width, height, ask.width), 1.0)  # a small picture is not blown up here
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    if target != shown.size:
        shown = shown.resize(target, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return Picture(_png(shown), (width * point, height * point), shown.size, pages)


def _points(image: Image.Image) -> float:
    """Points of one pixel, as the recognition of scans counts them: by what the file says of its density when that
    is credible, else as if the picture were an A4 sheet (72 is what cameras write who know nothing)."""
    try:
        density = float(max(image.info.get("dpi", (0, 0))))
    except (TypeError, ValueError, ArithmeticError):
        density = 0.0
    if not _DENSITIES[0] <= density <= _DENSITIES[1] or round(density) == _CAMERA:
        density = max(max(image.size) / _A4_INCHES, 1.0)
    return 72 / density


def _turned_size(size: tuple[float, float], turn: int) -> tuple[float, float]:
    return size if turn % 180 == 0 else (size[1], size[0])


def _turned(image: Image.Image, turn: int) -> Image.Image:
    ways = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(ways[turn]) if turn in ways else image


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits, black on white where it was transparent; nothing else of the file travels on."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # 16 bits a sample
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _grey(picture: Image.Image) -> Image.Image:
    """One channel instead of three where there is no colour, as on most scans: a third to send and to check."""
    if picture.mode != "RGB":
        return picture
    red, green, blue = picture.split()
    coloured = any(ImageChops.difference(red, other).getbbox() for other in (green, blue))
    return picture if coloured else red


def _png(picture: Image.Image) -> bytes:
    """The picture as PNG, with fewer colours when it would be too heavy. Raises DocumentBomb when it still is."""
    picture.info = {}
    picture = _grey(picture)
    for image in (picture, None):
        made = io.BytesIO()
        (image or picture.quantize(_COLOURS)).save(made, "PNG", compress_level=_COMPRESSION)
        if made.tell() <= PNG_BYTES:
            return made.getvalue()
    raise DocumentBomb(detail="image-size")
