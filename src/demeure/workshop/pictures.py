"""Pages as grey pictures to be recognised: a page of a PDF drawn by PDFium, an image of a file opened by Pillow.

Dimensions are judged before a pixel is decoded. Pillow opens PNG, JPEG and TIFF and nothing else.
"""

import ctypes
import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageOps

from demeure.workshop.errors import DocumentBomb, DocumentCorrupt, DocumentEncrypted, DocumentTooManyPages
from demeure.workshop.guard import MemoryFile

DPI = 300
"""Resolution at which Tesseract reads best; scans are drawn at it, small pictures enlarged towards it."""

PIXELS = 150_000_000
"""Largest picture that is decoded: A4 at 1200 points an inch, A0 at 300."""

DRAWN = 40_000_000
"""Largest picture given to the recognition: A3 at 500 points an inch. Larger pages are drawn coarser."""

_FORMATS = ("PNG", "JPEG", "TIFF")
_SANE = (50.0, 2400.0)
_CAMERA = 72.0
_A4_INCHES = 11.69
_LARGEST_ZOOM = 4.0
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, struct.error, LookupError, TypeError, OverflowError)
"""What Pillow raises on damaged files."""

Image.MAX_IMAGE_PIXELS = PIXELS
warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the dimensions are judged here, and named


@dataclass(frozen=True)
class Picture:
    """``image``: mode L, ``zoom`` pixels a point; ``width`` and ``height`` of the page in points."""

    image: Image.Image
    zoom: float
    width: float
    height: float


@dataclass(frozen=True)
class Frame:
    """One image of a file as it is to be looked at (EXIF orientation applied), not decoded. Sizes in points."""

    number: int
    width: float
    height: float


def frames(data: bytes | bytearray, limit: int) -> Iterator[Frame]:
    """The images of a file. Raises DocumentCorrupt, DocumentBomb, DocumentTooManyPages."""
    image = _opened(data)
    number = 0
    while _seek(image, number):
        number += 1
        if number > limit:
            raise DocumentTooManyPages(found=f"{limit} +", limit=limit)
        dpi = _dpi(image)
        width, height = (side * 72 / dpi for side in _upright_size(image))
        yield Frame(number, round(width, 1), round(height, 1))


def frame_picture(data: bytes | bytearray, number: int) -> Picture:
    """Image ``number`` (from 1) of a file, decoded. Raises DocumentCorrupt, DocumentBomb."""
    image = _opened(data)
    if not _seek(image, number - 1):
        raise DocumentCorrupt(detail="image-damaged")
    dpi = _dpi(image)
    try:
        grey = ImageOps.exif_transpose(_grey(image))
    except _DAMAGED as problem:
        raise DocumentCorrupt(detail="image-damaged") from problem
    width, height = (side * 72 / dpi for side in grey.size)
    return _scaled(grey, width, height)


def page_picture(document: Any, number: int) -> Picture | None:
    """Page ``number`` (from 1) of an open PDF, drawn; None when the page cannot be opened."""
    handle = raw.FPDF_LoadPage(document, number - 1)
    if not handle:
        return None
    try:
        width, height = float(raw.FPDF_GetPageWidthF(handle)), float(raw.FPDF_GetPageHeightF(handle))
        zoom = _zoom(max(width, 1.0), max(height, 1.0))
        wide, high = max(round(width * zoom), 1), max(round(height * zoom), 1)
        bitmap = pdfium.PdfBitmap.new_native(wide, high, raw.FPDFBitmap_Gray)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, wide, high)
        raw.FPDF_RenderPageBitmap(bitmap, handle, 0, 0, wide, high, 0, raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE)
        image = Image.frombytes("L", (wide, high), bytes(bitmap.buffer), "raw", "L", bitmap.stride)
        bitmap.close()
    finally:
        raw.FPDF_ClosePage(handle)
    return Picture(image, zoom, width, height)


def open_pdf(data: bytearray) -> Any:
    """PDFium reads in place: no second copy of the file. Raises DocumentEncrypted, DocumentCorrupt."""
    buffer = (ctypes.c_ubyte * len(data)).from_buffer(data)
    try:
        return pdfium.PdfDocument(buffer)
    except pdfium.PdfiumError as problem:
        if getattr(problem, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise DocumentEncrypted from problem
        raise DocumentCorrupt(detail="pdf-damaged") from problem


def turned(image: Image.Image, degrees: int) -> Image.Image:
    """Clockwise, by 0, 90, 180 or 270."""
    ways = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(ways[degrees]) if degrees in ways else image


def _opened(data: bytes | bytearray) -> Image.Image:
    try:
        return Image.open(io.BufferedReader(MemoryFile(data)), formats=_FORMATS)
    except Image.DecompressionBombError as problem:
        raise DocumentBomb(detail="image-size") from problem
    except _DAMAGED as problem:
        raise DocumentCorrupt(detail="image-damaged") from problem


def _seek(image: Image.Image, index: int) -> bool:
    """Go to an image of the file and judge its size; False when there is none."""
    try:
        image.seek(index)
    except EOFError:
        return False
    except Image.DecompressionBombError as problem:
        raise DocumentBomb(detail="image-size") from problem
    except _DAMAGED as problem:
        raise DocumentCorrupt(detail="image-damaged") from problem
    if image.format == "MPO" and index > 0:
        return False  # a camera's own previews of the same picture
    width, height = image.size
    if width < 1 or height < 1:
        raise DocumentCorrupt(detail="image-damaged")
    if width * height > PIXELS:
        raise DocumentBomb(detail="image-size")
    return True


def _upright_size(image: Image.Image) -> tuple[int, int]:
    try:
        lying = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except _DAMAGED:
        lying = False
    width, height = image.size
    return (height, width) if lying else (width, height)


def _dpi(image: Image.Image) -> float:
    """Points an inch, as the file says when that is credible; else as if the picture were an A4 sheet. 72 is what
    cameras write who know nothing."""
    try:
        dpi = float(max(image.info.get("dpi", (0, 0))))
    except _DAMAGED:
        dpi = 0.0
    if _SANE[0] <= dpi <= _SANE[1] and round(dpi) != _CAMERA:
        return dpi
    return max(max(image.size) / _A4_INCHES, 1.0)


def _grey(image: Image.Image) -> Image.Image:
    if image.format in ("JPEG", "MPO") and image.mode == "RGB":
        image.draft("L", image.size)  # the brightness alone is decoded
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        deep = image.convert("I") if image.mode != "F" else image
        return ImageOps.autocontrast(deep.point(lambda v: v * (1 / 256)).convert("L"))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("LA")
        white = Image.new("L", clear.size, 255)
        white.paste(clear.getchannel("L"), mask=clear.getchannel("A"))
        white.info, exif = {}, image.getexif()
        white.getexif().update(exif)
        return white
    return image.convert("L")


def _zoom(width: float, height: float) -> float:
    """Pixels a point at which a page of that size in points is looked at."""
    return float(min(DPI / 72, (DRAWN / (width * height)) ** 0.5))


def _scaled(image: Image.Image, width: float, height: float) -> Picture:
    zoom = image.width / width
    wanted = _zoom(width, height)
    if (zoom > wanted and image.width * image.height > DRAWN) or zoom < 0.75 * wanted:
        factor = min(wanted / zoom, _LARGEST_ZOOM)
        size = (max(round(image.width * factor), 1), max(round(image.height * factor), 1))
        image = image.resize(size, Image.Resampling.LANCZOS if factor > 1 else Image.Resampling.BOX)
        zoom = image.width / width
    return Picture(image, zoom, round(width, 1), round(height, 1))
