"""Pictures of text, read in real boxed jobs: what is recognised, where, in which position; hostile ones are named.

What needs language data is skipped, aloud, without it (`make test-models` fetches it).
"""

import asyncio
import io
import itertools
import os
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import picture_files as pictures
import pytest
from PIL import Image, ImageDraw, ImageFilter

from demeure.engine.models import LanguageData
from demeure.errors import DemeureError
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import Language, LanguageDataAltered, Part, ReadLimits, ReadSummary

HERE = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("DEMEURE_TEST_MODELS") or HERE / "cache" / "test" / "models")
LANGUAGES = LanguageData(MODELS)()
SAMPLE = HERE / "sample" / "documents" / "mairie" / "arrete-stationnement-scan.pdf"
with_data = pytest.mark.skipif(not LANGUAGES, reason="no language data: make test-models")
LIMITS = ReadLimits(seconds=200)


@pytest.fixture(scope="module")
def shop() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True, data=MODELS) as workshop:
        yield workshop


async def stream(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 20):
        yield data[start : start + (1 << 20)]


def read(shop: LoneWorkshop, data: bytes, name: str) -> tuple[list[Part], ReadSummary]:
    async def go() -> list[Any]:
        return [answer async for answer in shop.asker().read(stream(data), name=name, limits=LIMITS)]

    *parts, summary = asyncio.run(go())
    return parts, summary


def recognise(
    shop: LoneWorkshop, data: bytes, name: str, *pages: int, languages: tuple[Language, ...] = LANGUAGES
) -> list[Part]:
    async def go() -> list[Any]:
        answers = shop.asker().recognise(
            stream(data), name=name, pages=pages or (1,), languages=languages, limits=LIMITS
        )
        return [answer async for answer in answers]

    *parts, summary = asyncio.run(go())
    assert isinstance(summary, ReadSummary) and summary.pages == len(parts) >= 1
    return parts


def code(shop: LoneWorkshop, data: bytes, name: str, *pages: int) -> str:
    try:
        recognise(shop, data, name, *pages) if pages else read(shop, data, name)
    except DemeureError as problem:
        return problem.code()
    return "read"


def holds(part: Part, *, of: int = 5) -> int:
    """How many of the written lines are there, word for word."""
    said = " ".join(part.text.split())
    return sum(line in said for line in pictures.LINES[:of])


@with_data
def test_the_scan_of_the_sample_base_is_read_with_its_lines_in_their_place(shop: LoneWorkshop) -> None:
    data = SAMPLE.read_bytes()
    (kept,), summary = read(shop, data, SAMPLE.name)
    assert (kept.kind, kept.text, summary.pages) == ("image", "", 1)
    (part,) = recognise(shop, data, SAMPLE.name)
    assert "le dimanche 14 juin 2026, de 5 h à 20 h" in " ".join(part.text.split())
    assert part.place["confidence"] > 85 and "turn" not in part.place and part.size == kept.size
    assert all(b.start < b.end <= len(part.text) for b in part.boxes) and len(part.boxes) > 15
    ys = [b.y0 for b in part.boxes]
    assert ys == sorted(ys) and all(0 < b.x0 < b.x1 < 596 and 0 < b.y0 < b.y1 < 842 for b in part.boxes)
    told = next(b for b in part.boxes if "14 juin" in part.text[b.start : b.end])
    assert 0.3 < told.y0 / 842 < 0.7, "the article stands in the middle of the page"


@with_data
def test_pictures_inside_a_message_and_its_archive_are_read(shop: LoneWorkshop) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("note.txt", "Une note.")
        archive.writestr("scan.pdf", pictures.scanned_pdf([pictures.page(["Page première"]), pictures.page()]))
    letter = EmailMessage()
    letter["Subject"] = "Devis"
    letter.set_content("Bonjour.")
    photo = pictures.file(pictures.page(["Devis de la menuiserie", "Total : 1 250 euros"]))
    letter.add_attachment(photo, maintype="image", subtype="png", filename="devis.png")
    letter.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="pieces.zip")
    data = letter.as_bytes()
    kept = [part for part in read(shop, data, "devis.eml")[0] if part.kind == "image"]
    assert [part.place["inside"] for part in kept] == [["devis.png"], *[["pieces.zip", "scan.pdf"]] * 2]
    first, last = recognise(shop, data, "devis.eml", 1, 3)
    assert "1 250 euros" in first.text and first.place["page"] == 1
    assert holds(last) >= 4 and last.place["page"] == 3


@with_data
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_set_upright_and_says_how_it_lay(shop: LoneWorkshop, turn: int) -> None:
    upright = pictures.page()
    lying = upright.rotate(turn, expand=True)  # anticlockwise: ``turn`` clockwise sets it upright again
    (part,) = recognise(shop, pictures.file(lying, "JPEG", quality=85), "page.jpg")
    assert holds(part) >= 4 and part.place.get("turn", 0) == turn
    assert part.size == pytest.approx((419.8, 595.4), abs=1)
    first = part.boxes[0]
    assert first.x0 == pytest.approx(36, abs=4) and 55 < first.y0 < 75, "boxes are those of the upright page"


@with_data
@pytest.mark.parametrize("angle", [-5.0, -2.0, 3.0, 6.0])
def test_a_tilted_page_is_read_and_its_boxes_fall_on_the_tilted_lines(shop: LoneWorkshop, angle: float) -> None:
    tilted = pictures.page().rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    (part,) = recognise(shop, pictures.file(tilted), "page.png")
    assert holds(part) >= 4
    ink = tilted.resize((420, 595)).point(lambda v: 255 if v < 160 else 0).getbbox()
    assert ink is not None
    around = (
        min(b.x0 for b in part.boxes),
        min(b.y0 for b in part.boxes),
        max(b.x1 for b in part.boxes),
        max(b.y1 for b in part.boxes),
    )
    assert around == pytest.approx(ink, abs=14)


@with_data
def test_photographs_noise_and_poor_resolution(shop: LoneWorkshop) -> None:
    dark = Image.linear_gradient("L").rotate(90).resize(pictures.page().size)
    shadow = Image.composite(
        pictures.page(), Image.new("L", dark.size, 0), dark.point(lambda v: 90 + v * 165 // 255)
    )
    noise = Image.effect_noise(dark.size, 60)
    speckled = Image.blend(pictures.page(), noise, 0.4)
    for name, image in (("shadow", shadow), ("noise", speckled)):
        started = time.monotonic()
        (part,) = recognise(shop, pictures.file(image, "JPEG", quality=80), "photo.jpg")
        assert holds(part) >= 4, name
        assert time.monotonic() - started < 60
    (part,) = recognise(shop, pictures.file(pictures.page(dpi=110), dpi=110), "petit.png")
    assert holds(part) >= 3


@with_data
def test_what_cannot_be_read_is_unsure_or_empty_never_sure(shop: LoneWorkshop) -> None:
    blurred = pictures.page().filter(ImageFilter.GaussianBlur(6))
    (part,) = recognise(shop, pictures.file(blurred), "flou.png")
    assert part.place["confidence"] < 75
    for image in (Image.new("L", (900, 1200), 255), Image.effect_noise((900, 1200), 120), Image.new("L", (1, 1))):
        (part,) = recognise(shop, pictures.file(image), "rien.png")
        assert (part.kind, part.text, part.place["confidence"]) == ("image", "", 0)


@with_data
@pytest.mark.parametrize("mode", ["CMYK", "RGB", "RGBA", "P", "1", "LA", "I;16"])
def test_every_kind_of_pixel(shop: LoneWorkshop, mode: str) -> None:
    grey = pictures.page()
    if mode == "RGBA":
        image = Image.new("RGBA", grey.size, (0, 0, 0, 0))
        image.paste((0, 0, 0, 255), mask=grey.point(lambda v: 255 - v))
    elif mode == "I;16":
        image = grey.convert("I").point(lambda v: v * 257).convert("I;16")
    else:
        image = grey.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "TIFF" if mode == "I;16" else "PNG"
    (part,) = recognise(shop, pictures.file(image, kind), f"page.{kind.lower()}")
    assert holds(part) >= 4


@with_data
def test_a_photograph_is_upright_as_its_exif_says(shop: LoneWorkshop) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    data = pictures.file(pictures.page().rotate(90, expand=True), "JPEG", exif=exif)
    (kept,), _ = read(shop, data, "photo.jpg")
    (part,) = recognise(shop, data, "photo.jpg")
    assert holds(part) >= 4 and "turn" not in part.place
    assert kept.size == part.size == pytest.approx((419.8, 595.4), abs=1)


@with_data
def test_pages_of_a_tiff_come_in_the_order_asked(shop: LoneWorkshop) -> None:
    texts = [[f"Page numéro {n} du registre municipal."] for n in ("un", "deux", "trois")]
    data = pictures.tiff([pictures.page(text) for text in texts])
    parts, summary = read(shop, data, "registre.tif")
    assert [part.place["page"] for part in parts] == [1, 2, 3] and summary.pages == 3
    found = recognise(shop, data, "registre.tif", 3, 1)
    assert [(part.place["page"], part.text) for part in found][: len(found)] == [
        (3, texts[2][0]), (1, texts[0][0]),
    ][: len(found)]  # fmt: skip


@with_data
def test_a_job_stops_after_a_few_seconds_and_the_rest_is_left(shop: LoneWorkshop) -> None:
    data = pictures.scanned_pdf([pictures.page([f"Page {n} du registre municipal."]) for n in range(40)])
    started = time.monotonic()
    parts = recognise(shop, data, "registre.pdf", *range(1, 41))
    assert [part.place["page"] for part in parts] == list(range(1, len(parts) + 1))
    assert 1 <= len(parts) < 40 or time.monotonic() - started < 8


def test_a_stamp_over_a_scan_is_not_its_text(shop: LoneWorkshop) -> None:
    data = pictures.layered_pdf(pictures.page(), "Reçu en préfecture le 12/05/2026", invisible=False)
    (part,), _ = read(shop, data, "delib.pdf")
    assert part.kind == "image" and "préfecture" in part.text


def test_a_former_recognition_is_kept_when_it_is_good_and_done_again_when_it_is_not(shop: LoneWorkshop) -> None:
    good = " ".join(pictures.LINES)
    (part,), summary = read(shop, pictures.layered_pdf(pictures.page(), good, invisible=True), "bon.pdf")
    assert part.kind == "text" and summary.flags == {"scan-text-layer": 1}
    bad = "Lc c0ns3il rnun1c!pal sc r~un!t lc rn@rdi 9 ju1n 2O26 a d!x-hu1t h3ur3s tr3nt3 d@ns l@ s@ll3 d3s f3t3s"
    bad += " xqzt wrtp"
    (part,), summary = read(shop, pictures.layered_pdf(pictures.page(), bad, invisible=True), "mauvais.pdf")
    assert part.kind == "image" and summary.flags["scan-text-layer-poor"] == 1


def test_hostile_pictures_end_in_their_named_state(shop: LoneWorkshop) -> None:
    good = pictures.tiff([pictures.page()] * 3)
    cases = {
        "huge": (pictures.huge_png(), "a.png", "DocumentBomb"),
        "10,000 pages": (pictures.many_pages_tiff(), "a.tif", "DocumentTooManyPages"),
        "looped": (pictures.looped_tiff(), "a.tif", "read"),
        "cut": (good[: len(good) // 2], "a.tif", "DocumentCorrupt"),
        "empty": (b"II*\0", "a.tif", "DocumentCorrupt"),
        "a page that claims to be a picture": (b"<html><body>x</body></html>", "a.jpg", "DocumentWrongFormat"),
        "one picture under the name of another": (pictures.file(pictures.page()), "a.jpg", "read"),
    }
    for name, (data, called, state) in cases.items():
        started = time.monotonic()
        assert code(shop, data, called) == state, name
        assert time.monotonic() - started < 30, name
    one = pictures.file(Image.new("L", (1, 1)))
    assert code(shop, one, "a.png") == "read"


@with_data
def test_hostile_pictures_do_not_harm_the_recognition(shop: LoneWorkshop) -> None:
    cut = pictures.file(pictures.page())[:-4000]
    (part,) = recognise(shop, cut, "coupe.png")
    assert (part.kind, part.place["confidence"]) == ("image", 0)
    assert code(shop, pictures.huge_png(), "a.png", 1) == "DocumentBomb"
    (part,) = recognise(shop, pictures.file(pictures.page()), "a.png", 7)
    assert part.kind == "image", "a page that is not there holds nothing"
    draw = pictures.page()
    for at in range(0, draw.width, 3):
        ImageDraw.Draw(draw).line((at, 0, at, draw.height), fill=0)
    started = time.monotonic()
    recognise(shop, pictures.file(draw), "hachures.png")
    assert time.monotonic() - started < 100
    (part,) = recognise(shop, pictures.file(pictures.page()), "a.png")
    assert holds(part) >= 4, "and the next job is served"


@with_data
def test_data_that_is_not_what_was_installed_is_not_used(shop: LoneWorkshop) -> None:
    made = pictures.file(pictures.page())
    for languages in ((Language("fra", "0" * 64),), (Language("deu", "0" * 64),)):
        with pytest.raises(LanguageDataAltered):
            recognise(shop, made, "a.png", languages=languages)


def test_a_call_that_makes_no_sense_is_refused(shop: LoneWorkshop) -> None:
    french = Language("fra", "0" * 64)
    made = pictures.file(pictures.page())
    for pages, languages in itertools.chain(
        ((pages, (french,)) for pages in ((0,), (-1,), tuple(range(1, 600)))),
        (((1,), wrong) for wrong in ((), (Language("../x", "0" * 64),), (Language("fra", "0"),))),
    ):
        with pytest.raises(DemeureError) as refusal:
            recognise(shop, made, "a.png", *pages, languages=languages)
        assert refusal.value.code() == "InputError"
