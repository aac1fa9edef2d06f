"""Pictures of text for the tests: drawn, turned, spoilt, and files built to harm."""

import io
import struct
import zlib
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
LINES = [
    "Le conseil municipal se réunit le mardi 9 juin 2026",
    "à dix-huit heures trente dans la salle des fêtes.",
    "La séance est publique et ouverte à tous les habitants.",
    "Le tarif de la cantine est fixé à 3,20 euros le repas.",
    "Les inscriptions sont reçues à la mairie tous les matins.",
]


def page(lines: list[str] | None = None, dpi: int = 200) -> Image.Image:
    """An A5 sheet, black on white."""
    image = Image.new("L", (round(5.83 * dpi), round(8.27 * dpi)), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, size=round(dpi * 0.145))
    for at, line in enumerate(lines or LINES):
        draw.text((0.5 * dpi, (0.8 + 0.3 * at) * dpi), line, fill=0, font=font)
    return image


def file(image: Image.Image, kind: str = "PNG", dpi: int = 200, **more: object) -> bytes:
    """The image as a file of that kind."""
    made = io.BytesIO()
    image.save(made, kind, dpi=(dpi, dpi), **more)
    return made.getvalue()


def tiff(images: list[Image.Image], dpi: int = 200) -> bytes:
    """One image a page."""
    made = io.BytesIO()
    images[0].save(made, "TIFF", save_all=True, append_images=images[1:], compression="tiff_lzw", dpi=(dpi, dpi))
    return made.getvalue()


def scanned_pdf(images: list[Image.Image], dpi: int = 200) -> bytes:
    """A PDF that is nothing but pictures."""
    made = io.BytesIO()
    images[0].save(made, "PDF", save_all=True, append_images=images[1:], resolution=dpi)
    return made.getvalue()


def layered_pdf(image: Image.Image, text: str, *, invisible: bool) -> bytes:
    """A scan with a text over it: a former recognition (invisible), or a stamp."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(420, 595))
    canvas.drawImage(ImageReader(image.convert("RGB")), 0, 0, 420, 595)
    writer = canvas.beginText(40, 560)
    writer.setTextRenderMode(3 if invisible else 0)
    for at in range(0, len(text), 60):
        writer.textLine(text[at : at + 60])
    canvas.drawText(writer)
    canvas.save()
    return made.getvalue()


def huge_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """3.6 thousand million pixels in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def many_pages_tiff(pages: int = 10_000) -> bytes:
    """That many images of one pixel, all the same byte."""
    made = bytearray(b"II*\0" + struct.pack("<I", 8))
    for number in range(pages):
        tags = [
            (256, 3, 1, 1),
            (257, 3, 1, 1),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, 0),
            (279, 4, 1, 1),
        ]
        following = len(made) + 2 + 12 * len(tags) + 4 if number + 1 < pages else 0
        made += struct.pack("<H", len(tags))
        for tag, kind, count, value in tags:
            made += struct.pack("<HHII", tag, kind, count, value)
        made += struct.pack("<I", following)
    return bytes(made)


def looped_tiff() -> bytes:
    """An image whose following image is itself."""
    made = many_pages_tiff(1)
    return made[:-4] + struct.pack("<I", 8)
