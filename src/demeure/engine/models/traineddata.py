"""A bounded look at Tesseract's ``traineddata``: what comes from outside is judged before Tesseract ever opens it.

The file: a count of slots, the place of each (−1: empty), then the components one after another.
"""

import os
import struct
from pathlib import Path

from demeure.engine.models.errors import LanguageDataInvalid, ModelFileUnreadable
from demeure.engine.models.gguf_header import HeaderFacts

SLOTS = 64
LSTM = 17
"""The slot of the network that the house uses; data of the old engine alone has none."""


def looks_like(start: bytes) -> bool:
    """By the first bytes (12 are enough)."""
    if len(start) < 12:
        return False
    count, first = struct.unpack("<iq", start[:12])
    return bool(LSTM < count <= SLOTS and (first == -1 or first == 4 + 8 * count))


def read_facts(path: Path) -> HeaderFacts:
    """Facts of a whole file, in the terms of the manifest. Raises LanguageDataInvalid, ModelFileUnreadable."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(4 + 8 * SLOTS)
    except OSError as problem:
        detail = problem.strerror or str(problem)
        raise ModelFileUnreadable(file=path.name, detail=detail, detail_en=detail) from problem
    if not looks_like(head):
        raise LanguageDataInvalid(file=path.name)
    (count,) = struct.unpack_from("<i", head)
    if len(head) < 4 + 8 * count:
        raise LanguageDataInvalid(file=path.name)
    places = struct.unpack_from(f"<{count}q", head, 4)
    used = [place for place in places if place >= 0]
    if not used or used != sorted(used) or used[0] < 4 + 8 * count or used[-1] >= size or places[LSTM] < 0:
        raise LanguageDataInvalid(file=path.name)
    return HeaderFacts(
        architecture="tesseract",
        version=4,
        tensors=len(used),
        parameters=size,
    )
