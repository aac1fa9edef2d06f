"""Plain text: parts of a few dozen lines, each line of the file kept as a line so that places are exact."""

from collections.abc import Iterator

from demeure.workshop.cleaning import clean
from demeure.workshop.errors import DocumentTooLarge, DocumentWrongFormat
from demeure.workshop.parts import PART_CHARACTERS, TITLE_CHARACTERS, Facts, Part, ReadLimits
from demeure.workshop.sniff import announced_format, decode_text

PART_TARGET = 8_000
TITLE_LIKELY = 120


def read(data: bytearray, name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with places ``{"kind": "lines", "from", "to"}`` (1-based, both included)."""
    text = load(data, name, limits, facts)
    held: list[str] = []
    size, first = 0, 1
    for number, line in enumerate(text.split("\n"), start=1):
        for piece in _pieces(line.rstrip()):
            full = size + len(piece) > PART_CHARACTERS or (size >= PART_TARGET and not piece)
            if held and (full or size >= 2 * PART_TARGET):
                yield from _part(held, first, facts)
                held, size, first = [], 0, number
            held.append(piece)
            size += len(piece) + 1
    yield from _part(held, first, facts)


def load(data: bytearray, name: str, limits: ReadLimits, facts: Facts, declared: str = "") -> str:
    """Decoded and cleaned text. Raises DocumentTooLarge, or DocumentWrongFormat for bytes that are no text."""
    if len(data) > 4 * limits.characters:
        raise DocumentTooLarge(found=len(data) // 4, limit=limits.characters, unit="characters")
    decoded = decode_text(data, declared)
    if decoded.text is None:
        raise DocumentWrongFormat(announced=announced_format(name) or "txt", found="binary")
    facts.flag("undecodable-bytes", decoded.bad)
    facts.flag("guessed-encoding", int(decoded.guessed))
    if len(decoded.text) > limits.characters:
        raise DocumentTooLarge(found=len(decoded.text), limit=limits.characters, unit="characters")
    return clean(decoded.text, facts.flag)


def _pieces(line: str) -> Iterator[str]:
    yield from (line[at : at + PART_TARGET] for at in range(0, max(len(line), 1), PART_TARGET))


def _part(lines: list[str], first: int, facts: Facts) -> Iterator[Part]:
    start = next((at for at, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return
    while not lines[-1].strip():
        lines.pop()
    kept = lines[start:]
    title = kept[0].strip()
    if not facts.title and len(title) <= min(TITLE_LIKELY, TITLE_CHARACTERS):
        facts.title = title
    place = {"kind": "lines", "from": first + start, "to": first + start + len(kept) - 1}
    yield Part(place, "\n".join(kept), kind="lines")
