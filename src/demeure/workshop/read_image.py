"""Images as documents (JPEG, PNG, TIFF of several pages): one part an image, its text to be recognised later."""

from collections.abc import Iterator

from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.pictures import frames


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts of kind ``image`` without text; places ``{"kind": "page", "page"}``, from 1. No pixel is
    decoded here."""
    for frame in frames(data, limits.pages):
        facts.pages = frame.number
        place = {"kind": "page", "page": frame.number}
        yield Part(place, "", "image", size=(frame.width, frame.height))
