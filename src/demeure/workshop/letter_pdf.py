"""A letter as a PDF for the archives (PDF/A-2a, tagged, PDF/UA-1), by typst: the text is data, never its program.

The fonts are those that typst carries: they draw Latin, Greek, Cyrillic, Hebrew and Arabic letters. A sign that
none of them draws (emoji, Chinese) becomes □; the file says which, and that other formats keep them.
"""

import io
import json
import re
from typing import Any

from demeure.workshop.blocks import Block, blocks, sheets
from demeure.workshop.letter import Letter
from demeure.workshop.notes import Notes, numbered
from demeure.workshop.typeset import Undrawn, boxed, compiled, drawn

_LONG = re.compile(r"[^\s\u200b-]{48}(?=[^\s\u200b-])")
_WORD = re.compile(r"[^\s\u200b-]{49,}")
_DIGEST = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_ROOM = 76
"""Signs of a word around a SHA-256 that a line of text holds: it is to be copied whole, without a place to cut."""
_NARROW = ("table", "heading")
"""Blocks whose line may not hold one."""
_WORDS = {
    "fr": "La police de ce fichier ne dessine pas {signs} : remplacés par □ ; les formats ODT, DOCX et Markdown "
    "les gardent.",
    "en": "The font of this file does not draw {signs}: replaced by □; ODT, DOCX and Markdown keep them.",
}


def write_pdf(letter: Letter) -> bytes:
    """The file. Raises SheetNotSet."""
    notes = Notes(letter)
    body = blocks(letter.text, notes.known)
    numbered(body, notes)
    told = _told(letter, body)

    def made(missing: Undrawn) -> bytes:
        said = _drawn(told | {"missing": _notice(letter, missing)}, missing)
        return compiled("letter.typ", {"letter": json.dumps(said, ensure_ascii=False)}, letter.issued)

    return drawn(made)


def _told(letter: Letter, body: list[Block]) -> dict[str, Any]:
    code = ""
    if letter.code:
        import segno

        target = io.BytesIO()
        made = segno.make(letter.code, error="L", micro=False, encoding="utf-8")
        made.save(target, kind="svg", xmldecl=False, scale=1, border=4, omitsize=True)
        code = target.getvalue().decode()
    return {
        "language": letter.language,
        "title": letter.title,
        "headed": letter.headed,
        "organisation": letter.organisation,
        "letterhead": letter.letterhead,
        "sheets": [{"side": side, "blocks": found} for side, found in sheets(body)],
        "closing": letter.closing,
        "signature": letter.signature,
        "mention": letter.mention,
        "review": letter.review,
        "keywords": [f"{name}={value}" for name, value in letter.facts],
        "code": code,
        "caption": letter.caption,
    }


def _notice(letter: Letter, missing: Undrawn) -> str:
    signs = [" ".join(f"U+{ord(c):04X}" for c in one) for one in list(missing)[:12]]
    more = " …" if len(missing) > 12 else ""
    return _WORDS[letter.language].format(signs=", ".join(signs) + more) if signs else ""


def _drawn(value: Any, missing: Undrawn, wide: bool = False) -> Any:
    """The same data, without what cannot be drawn, long words given places to cut at; ``wide``: but a SHA-256."""
    if isinstance(value, str):
        value = boxed(value, missing)
        return _cut(value, wide) if not value.startswith("<svg") else value
    if isinstance(value, dict):
        # keywords are for machines: nothing of them is drawn, and a place to cut at would be part of an address
        wide = (wide or "blocks" in value) and value.get("kind") not in _NARROW
        return {name: one if name == "keywords" else _drawn(one, missing, wide) for name, one in value.items()}
    return [_drawn(one, missing, wide) for one in value] if isinstance(value, list | tuple) else value


def _cut(text: str, wide: bool) -> str:
    def cut(word: re.Match[str]) -> str:
        if wide and len(word[0]) <= _ROOM and _DIGEST.search(word[0]):
            return word[0]
        return _LONG.sub(lambda found: found[0] + "\u200b", word[0])

    return _WORD.sub(cut, text)
