"""Pages drawn by a real job: the boxes of read_pdf fall on the ink, whatever the rotation and the crop box; what a
file cannot give has a name; what a job sends back is a plain PNG or nothing."""

import asyncio
import io
import socket
import struct
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen import canvas

from demeure.errors import DemeureError, InputError
from demeure.testing.workshop import LoneWorkshop
from demeure.wire import blocking as plain
from demeure.wire.frame import Frame, encode
from demeure.workshop import (
    DocumentCorrupt,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentUnsupported,
    HandedRenderer,
    JobDied,
    JobLied,
    PageAbsent,
    PageImage,
    Part,
    ReadLimits,
)
from demeure.workshop.answers import AnswerInvalid
from demeure.workshop.render_answer import check_png

LINES = ("Premier alinéa du règlement.", "Second alinéa, un peu plus long que le premier.", "Fin du texte.")


@pytest.fixture(scope="module")
def lone() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as workshop:
        yield workshop


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 16):
        yield data[start : start + (1 << 16)]


def draw(
    lone: LoneWorkshop, data: bytes, page: int = 1, width: int = 800, name: str = "a.pdf", turn: int = 0
) -> PageImage:
    return asyncio.run(lone.renderer().render(pieces(data), name=name, page=page, width=width, turn=turn))


def read(lone: LoneWorkshop, data: bytes) -> list[Part]:
    async def go() -> list[Part]:
        return [p async for p in lone.asker().read(pieces(data), name="a.pdf") if isinstance(p, Part)]

    return asyncio.run(go())


def pdf(rotation: int = 0, crop: tuple[float, float, float, float] | None = None, pages: int = 1) -> bytes:
    made = io.BytesIO()
    sheet = canvas.Canvas(made, pagesize=(595, 842))
    for _ in range(pages):
        for at, line in enumerate(LINES):
            sheet.setFont("Helvetica", 14)
            sheet.drawString(150 + 11 * at, 600 - 60 * at, line)
        sheet.showPage()
    sheet.save()
    document = pdfium.PdfDocument(made.getvalue())
    for page in document:
        page.set_rotation(rotation)
        if crop:
            page.set_cropbox(*crop)
    turned = io.BytesIO()
    document.save(turned)
    return turned.getvalue()


def ink(image: Image.Image, box: tuple[float, float, float, float]) -> int:
    """Dark pixels inside."""
    area = image.convert("L").crop(tuple(round(side) for side in box))  # type: ignore[arg-type]
    return sum(area.histogram()[:128])


CROPS = [None, (100, 300, 560, 700), (40.5, 110.25, 595, 800)]


@pytest.mark.parametrize("crop", CROPS)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_fall_on_the_ink(lone: LoneWorkshop, rotation: int, crop: Any) -> None:
    data = pdf(rotation, crop)
    made = draw(lone, data, width=900)
    image = Image.open(io.BytesIO(made.png))
    (part,) = read(lone, data)
    assert part.size is not None
    assert (made.width, made.height) == pytest.approx(part.size, abs=0.06)
    assert image.width == 900
    scale = image.width / made.width
    assert image.height == pytest.approx(made.height * scale, abs=1)
    assert [part.text[b.start : b.end] for b in part.boxes] == list(LINES)
    total = ink(image, (0, 0, image.width, image.height))
    held = 0
    for box in part.boxes:
        around = ((box.x0 - 2) * scale, (box.y0 - 2) * scale, (box.x1 + 2) * scale, (box.y1 + 2) * scale)
        inside = ink(image, around)
        assert inside > 200, "there are words under the box"
        across = box.x1 - box.x0 > box.y1 - box.y0
        middle = (box.x0 + box.x1) / 2 * scale if across else (box.y0 + box.y1) / 2 * scale
        halves = (
            [(around[0], around[1], middle, around[3]), (middle, around[1], around[2], around[3])]
            if across
            else [(around[0], around[1], around[2], middle), (around[0], middle, around[2], around[3])]
        )
        assert all(ink(image, half) > 0.25 * inside for half in halves), "over the whole length of the line"
        held += inside
    assert held > 0.995 * total, "and no ink of the page is outside of its boxes"
    assert len(made.words) == sum(len(line.split()) for line in LINES)
    for x0, y0, x1, y1 in made.words:
        assert ink(image, (x0 * scale - 1, y0 * scale - 1, x1 * scale + 1, y1 * scale + 1)) > 10


def test_every_page_is_drawn_and_no_other(lone: LoneWorkshop) -> None:
    data = pdf(pages=3)
    assert draw(lone, data, page=3).pages == 3
    with pytest.raises(PageAbsent) as absent:
        draw(lone, data, page=4)
    assert "vont de 1 à 3" in absent.value.sentence("fr")


@pytest.mark.parametrize("width", [64, 480, 1200, 2400])
def test_the_width_is_the_one_asked_for(lone: LoneWorkshop, width: int) -> None:
    assert Image.open(io.BytesIO(draw(lone, pdf(), width=width).png)).width == width


def test_a_page_out_of_proportion_comes_narrower(lone: LoneWorkshop) -> None:
    made = io.BytesIO()
    sheet = canvas.Canvas(made, pagesize=(100, 14_000))
    sheet.drawString(10, 13_900, "Haut de la bande")
    sheet.save()
    image = Image.open(io.BytesIO(draw(lone, made.getvalue(), width=2400).png))
    assert image.width < 100
    assert 7_000 < image.height <= 8_000


def photograph(form: str, size: tuple[int, int] = (1200, 800), mode: str = "RGB", **options: Any) -> bytes:
    """White, with a dark block in its upper left quarter."""
    image = Image.new(mode, size, {"RGB": "white", "L": 255, "1": 1, "CMYK": (0, 0, 0, 0), "I;16": 65_535}[mode])
    dark = {"RGB": "black", "L": 0, "1": 0, "CMYK": (0, 0, 0, 255), "I;16": 0}[mode]
    image.paste(dark, (0, 0, size[0] // 4, size[1] // 4))
    made = io.BytesIO()
    image.save(made, form, **options)
    return made.getvalue()


@pytest.mark.parametrize(
    ("form", "mode"),
    [*(("JPEG", m) for m in ("RGB", "L", "CMYK")), *(("PNG", m) for m in ("RGB", "L", "1", "I;16")), ("TIFF", "1")],
)
def test_photographs_and_scans_are_drawn(lone: LoneWorkshop, form: str, mode: str) -> None:
    made = draw(lone, photograph(form, mode=mode), width=600, name="photo")
    image = Image.open(io.BytesIO(made.png)).convert("L")
    assert (made.width, made.height) == pytest.approx((841.68, 561.12)), "as if it were an A4 sheet"
    assert made.pages == 1
    assert image.size == (600, 400)
    assert image.getpixel((20, 20)) < 40
    assert image.getpixel((500, 300)) > 215


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "top left"), (2, "top right"), (3, "bottom right"), (6, "top right"), (8, "bottom left")],
)
def test_a_photograph_stands_as_it_was_taken(lone: LoneWorkshop, orientation: int, corner: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = draw(lone, photograph("JPEG", exif=exif), width=400, name="photo.jpg")
    image = Image.open(io.BytesIO(made.png)).convert("L")
    lying = orientation >= 5
    assert (made.width < made.height) == lying
    assert (image.width < image.height) == lying
    x = 10 if "left" in corner else image.width - 10
    y = 10 if "top" in corner else image.height - 10
    assert image.getpixel((x, y)) < 40
    assert image.getpixel((image.width - x, image.height - y)) > 215


@pytest.mark.parametrize(("density", "width"), [(300, 288), (150, 576), (72, 841.68), (9_600, 841.68)])
def test_a_scan_has_the_size_of_its_sheet(lone: LoneWorkshop, density: int, width: float) -> None:
    made = draw(lone, photograph("TIFF", dpi=(density, density)), name="scan.tif")
    assert made.width == pytest.approx(width, abs=0.1)
    assert made.height == pytest.approx(width * 2 / 3, abs=0.1)


@pytest.mark.parametrize(("turn", "corner"), [(90, "right top"), (180, "right bottom"), (270, "left bottom")])
def test_a_page_that_was_lying_is_set_upright(lone: LoneWorkshop, turn: int, corner: str) -> None:
    paper = io.BytesIO()
    sheet = canvas.Canvas(paper, pagesize=(600, 400))
    sheet.rect(0, 300, 150, 100, fill=1)
    sheet.save()
    for data, name in ((photograph("PNG"), "a.png"), (paper.getvalue(), "a.pdf")):
        made = draw(lone, data, width=400, name=name, turn=turn)
        image = Image.open(io.BytesIO(made.png)).convert("L")
        assert image.width == 400
        assert (image.height > image.width) == (turn != 180) == (made.height > made.width)
        assert made.words == ()
        x = 10 if "left" in corner else image.width - 10
        y = 10 if "top" in corner else image.height - 10
        assert image.getpixel((x, y)) < 40
        assert image.getpixel((image.width - x, image.height - y)) > 215


def test_pages_of_a_tiff(lone: LoneWorkshop) -> None:
    made = io.BytesIO()
    leaves = [Image.new("L", (600, 800), shade) for shade in (250, 128, 5)]
    leaves[0].save(made, "TIFF", save_all=True, append_images=leaves[1:])
    drawn = draw(lone, made.getvalue(), page=3, name="a.tif")
    assert drawn.pages == 3
    assert Image.open(io.BytesIO(drawn.png)).getpixel((10, 10)) == 5
    with pytest.raises(PageAbsent):
        draw(lone, made.getvalue(), page=4, name="a.tif")


def test_a_transparent_picture_is_on_white(lone: LoneWorkshop) -> None:
    made = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(made, "PNG")
    drawn = Image.open(io.BytesIO(draw(lone, made.getvalue(), width=300).png))
    assert (drawn.mode, drawn.getpixel((5, 5))) == ("L", 255), "and no colour is sent where there is none"


def test_what_a_photograph_knows_of_its_place_does_not_travel(lone: LoneWorkshop) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Devant chez Mme Morvan"
    assert b"Morvan" not in draw(lone, photograph("JPEG", exif=exif), name="photo.jpg").png


def test_what_cannot_be_drawn_says_why(lone: LoneWorkshop) -> None:
    locked = io.BytesIO()
    from reportlab.lib.pdfencrypt import StandardEncryption

    sheet = canvas.Canvas(locked, encrypt=StandardEncryption("secret", strength=128))
    sheet.drawString(100, 700, "Secret")
    sheet.save()
    cases: list[tuple[bytes, type[DemeureError]]] = [
        (b"", DocumentEmpty),
        (locked.getvalue(), DocumentEncrypted),
        (pdf()[:300], DocumentCorrupt),
        (b"%PDF-1.7 et plus rien", DocumentCorrupt),
        (photograph("PNG")[:400], DocumentCorrupt),
        (photograph("JPEG")[:200], DocumentCorrupt),
        (b"II*\0" + b"\xff" * 200, DocumentCorrupt),
        (b"Un texte n'a pas d'image. " * 20, DocumentUnsupported),
        (b"GIF89a" + bytes(300), DocumentUnsupported),
    ]
    for data, error in cases:
        with pytest.raises(error):
            draw(lone, data)
    for arguments in ({"page": 0}, {"width": 9_999}, {"width": 1}, {"turn": 45}):
        with pytest.raises(InputError):
            draw(lone, pdf(), **arguments)


def test_an_image_declared_enormous_is_not_opened(lone: LoneWorkshop) -> None:
    head = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + zlib.crc32(chunk).to_bytes(4)
    bomb += b"\0\0\0\0IDAT" + zlib.crc32(b"IDAT").to_bytes(4)
    with pytest.raises(DemeureError) as refused:
        draw(lone, bomb, name="a.png")
    assert refused.value.code() in ("DocumentBomb", "DocumentCorrupt")


# --- an answer is hostile until checked


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + zlib.crc32(name + content).to_bytes(4)


def png(
    wide: int = 30, high: int = 40, *, head: bytes = b"", lines: bytes | None = None, more: bytes = b""
) -> bytes:
    head = head or struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    lines = bytes(high * (wide + 1)) if lines is None else lines
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + more
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


END = {"size": [300.0, 400.0], "pixels": [30, 40], "pages": 2, "bytes": len(png()), "words": [[1, 2, 3.5, 4]]}


def answered(*frames: Frame) -> PageImage:
    mine, theirs = socket.socketpair()

    def lie() -> None:
        with theirs:
            plain.receive_call(theirs, 1 << 20)
            theirs.sendall(b"".join(map(encode, frames)))

    async def connect() -> socket.socket:
        return mine

    async def go() -> PageImage:
        limits = ReadLimits(seconds=1)
        return await HandedRenderer(connect).render(pieces(b"%PDF"), name="a", page=1, width=64, limits=limits)

    liar = threading.Thread(target=lie)
    liar.start()
    try:
        return asyncio.run(go())
    finally:
        liar.join()


def item(body: bytes) -> Frame:
    return Frame(1, "item", {"data": {}}, body)


def end(**changes: Any) -> Frame:
    return Frame(1, "end", {"data": {**END, **changes}})


def test_an_honest_picture_passes() -> None:
    assert answered(item(png()[:20]), item(png()[20:]), end()) == PageImage(
        png(), 300.0, 400.0, 2, ((1.0, 2.0, 3.5, 4.0),)
    )


@pytest.mark.parametrize(
    "frames",
    [
        (item(png()), end(bytes=3)),
        (item(png()), end(pixels=[40, 30])),
        (item(png()), end(pixels=[30.0, 40.5])),
        (item(png()), end(size=[300.0, float(9_000)])),
        (item(png()), end(size=[300.0, 1e9])),
        (item(png()), end(size=["300", 400])),
        (item(png()), end(pages=0)),
        (item(png()), end(pages=True)),
        (item(png()), end(more=1)),
        (item(png()), end(words=[[1, 2, 3]])),
        (item(png()), end(words=[[1, 2, 3, float("nan")]])),
        (item(png()), end(words=[[1, 2, 3, True]])),
        (item(png()), end(words=[[1, 2, 3, 4]] * 8_001)),
        (item(png()), Frame(1, "end", {"data": None})),
        (item(png()), Frame(2, "end", {"data": END})),
        (item(b""), end()),
        (Frame(1, "cancel"), end()),
        (item(b"GIF89a" + png()[6:]), end()),
        (item(png(100, 40)), end(pixels=[100, 40], size=[1000.0, 400.0], bytes=len(png(100, 40)))),
        *((item(bytes(8 << 20)),) * 3,),
    ],
)
def test_a_lying_picture_is_thrown_away(frames: tuple[Frame, ...]) -> None:
    with pytest.raises(JobLied):
        answered(*frames)


def test_a_job_that_leaves_without_a_picture_is_dead() -> None:
    with pytest.raises(JobDied):
        answered(item(png()))


@pytest.mark.parametrize(
    "made",
    [
        png(head=struct.pack(">IIBBBBB", 30, 40, 16, 0, 0, 0, 0)),
        png(head=struct.pack(">IIBBBBB", 30, 40, 8, 0, 0, 0, 1)),
        png(head=struct.pack(">IIBBBBB", 30, 40, 8, 6, 0, 0, 0)),
        png(head=struct.pack(">IIBBBBB", 30, 40, 8, 3, 0, 0, 0)),
        png(head=b"short"),
        png(lines=bytes(40 * 31 - 1)),
        png(lines=bytes(40 * 31 + 1)),
        png(lines=bytes(50_000_000)),
        png(more=chunk(b"tEXt", b"Comment\0<script>")),
        png(more=chunk(b"IHDR", struct.pack(">IIBBBBB", 30, 40, 8, 0, 0, 0, 0))),
        png() + b"<html>",
        png()[:-4],
        png()[:40] + b"\0" + png()[41:],
        png().replace(b"IEND", b"IENF"),
    ],
)
def test_what_is_not_a_plain_png_of_that_size_is_refused(made: bytes) -> None:
    check_png(png(), (30, 40))
    with pytest.raises(AnswerInvalid):
        check_png(made, (30, 40))
