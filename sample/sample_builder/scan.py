"""Scan output: a page drawn as a picture, tilted and dirtied, with no text layer."""

from __future__ import annotations

import os
import textwrap
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from .markup import Block, parse
from .pdf_styles import FONT_FOLDER
from .source import Source

_SIZE = (1240, 1754)  # A4 at 150 dots per inch
_LEFT, _COLUMNS = 150, 74


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_FOLDER / f"{name}.ttf"), size)


def _draw_block(draw: ImageDraw.ImageDraw, block: Block, top: int) -> int:
    """Draw one block below ``top``; return where the next one starts."""
    heading = block.kind == "heading"
    font = _font("VeraBd" if heading else "Vera", 27 if heading else 23)
    left = 700 if block.kind == "right" else _LEFT
    if block.lines:
        lines = block.lines
    else:
        mark = f"{block.label} " if block.label else ""
        lines = textwrap.wrap(mark + block.text, 52 if heading else _COLUMNS)
    for line in lines:
        draw.text((left, top), line, font=font, fill=35)
        top += 42 if heading else 37
    return top + 24


def _draw_stamp(image: Image.Image, words: str, top: int) -> None:
    """A round rubber stamp beside the signature, as on any paper that a town hall keeps."""
    stamp = Image.new("L", (230, 230), 255)
    draw = ImageDraw.Draw(stamp)
    draw.ellipse((6, 6, 224, 224), outline=90, width=5)
    draw.ellipse((38, 38, 192, 192), outline=110, width=2)
    draw.multiline_text((115, 115), words, font=_font("VeraBd", 17), fill=90, anchor="mm", align="center")
    turned = stamp.rotate(14, fillcolor=255, resample=Image.Resampling.BICUBIC)
    place = (380, top)
    area = image.crop((*place, place[0] + 230, place[1] + 230))
    image.paste(Image.fromarray(np.minimum(np.asarray(area), np.asarray(turned))), place)


def _age(image: Image.Image) -> Image.Image:
    """Tilt, blur, shade and sprinkle the page; the noise has a fixed seed."""
    page = image.rotate(0.8, fillcolor=240, resample=Image.Resampling.BICUBIC)
    page = page.filter(ImageFilter.GaussianBlur(0.7))
    noise = np.random.default_rng(2026)
    values = np.asarray(page, dtype=np.float32) * 0.95
    values += np.linspace(8, -10, _SIZE[0])[None, :]
    values += noise.normal(0, 4, values.shape)
    specks = noise.random(values.shape) < 0.0002
    values[specks] = 90
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def build_scan(source: Source) -> bytes:
    """Build a one-page PDF that holds nothing but a greyscale JPEG picture."""
    image = Image.new("L", _SIZE, 250)
    draw = ImageDraw.Draw(image)
    top = 130
    for block in parse(source.body):
        top = _draw_block(draw, block, top)
    _draw_stamp(image, source.extra["stamp"], top - 150)
    picture = BytesIO()
    _age(image).save(picture, "JPEG", quality=45)
    picture.seek(0)
    os.environ["SOURCE_DATE_EPOCH"] = str(int(source.moment.timestamp()))
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle(source.title)
    canvas.setAuthor(source.author)
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return target.getvalue()
