"""One letter as a file to send, in one of seven formats: two for its tables alone, one for a mail program.

The same letter makes the same bytes.
"""

from collections.abc import Callable, Mapping

from demeure.errors import InputError
from demeure.workshop.errors import LetterNotWritten, SheetNotSet
from demeure.workshop.letter import FORMATS, MAIL_FORMATS, SHEET_FORMATS, Letter, read_letter
from demeure.workshop.letter_docx import write_docx
from demeure.workshop.letter_eml import write_eml
from demeure.workshop.letter_md import write_md
from demeure.workshop.letter_odt import write_odt
from demeure.workshop.letter_pdf import write_pdf
from demeure.workshop.letter_sheet import write_csv, write_ods

WRITERS: Mapping[str, Callable[[Letter], bytes]] = {
    "docx": write_docx,
    "odt": write_odt,
    "pdf": write_pdf,
    "md": write_md,
    "ods": write_ods,
    "csv": write_csv,
    "eml": write_eml,
}
assert tuple(WRITERS) == (*FORMATS, *SHEET_FORMATS, *MAIL_FORMATS)


def export(data: bytes | bytearray, kind: str) -> bytes:
    """The file. Raises InputError for a letter that is not one or an unknown ``kind``, LetterNotWritten."""
    if kind not in WRITERS:
        raise InputError(detail="format")
    letter = read_letter(data)
    try:
        return WRITERS[kind](letter)
    except SheetNotSet as problem:
        raise LetterNotWritten(detail=str(problem.params.get("detail", ""))) from problem
    except (ValueError, KeyError, RecursionError) as problem:
        raise LetterNotWritten(detail=type(problem).__name__) from problem
