"""Asking the workshop for a letter as a file to send."""

from dataclasses import asdict
from typing import Any, Protocol

from demeure.errors import InputError
from demeure.workshop.client import Connect, made_of, whole
from demeure.workshop.errors import DocumentUnreadable, JobFailed, JobLied, LetterNotWritten, WorkshopBusy
from demeure.workshop.letter import Letter
from demeure.workshop.parts import ReadLimits

FILE_BYTES = 48 << 20
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
    "eml": "message/rfc822",
}
_BEGIN = {
    **dict.fromkeys(("docx", "odt", "ods"), b"PK\x03\x04"),
    "pdf": b"%PDF-1.",
    "md": b"---\n",
    "csv": b"\xef\xbb\xbf",
    "eml": b"X-Unsent: 1\r\n",
}
_USUAL = ReadLimits(seconds=90.0)


class Exporter(Protocol):
    """Writes letters as files. One call is one job in its own process; calls may be concurrent."""

    async def export(self, letter: Letter, kind: str) -> bytes:
        """The file, of a ``kind`` among FORMATS, or among SHEET_FORMATS when its text holds a table; the same
        letter gives the same bytes. Raises InputError, LetterNotWritten, WorkshopBusy."""
        ...


class HandedExporter:
    """``Exporter`` over the workshop. ``connect`` gives a fresh connected stream socket (one job each)."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def export(self, letter: Letter, kind: str) -> bytes:
        if kind not in TYPES:
            raise InputError(detail="format")
        try:
            args: dict[str, Any] = {"format": kind, "name": "", "limits": asdict(_USUAL)}
            sock, data = await self._connect(), whole(letter.data())
            made, end = await made_of(sock, "export", args, data, seconds=_USUAL.seconds, most=FILE_BYTES)
            return checked_file(made, end, kind)
        except (LetterNotWritten, WorkshopBusy):
            raise
        except (JobFailed, DocumentUnreadable) as problem:  # their sentences speak of a document that was read
            raise LetterNotWritten(detail=problem.code()) from problem


def checked_file(made: bytes, end: Any, kind: str) -> bytes:
    """What was received, when it looks like a whole file of ``kind``. Raises JobLied."""
    if not isinstance(end, dict) or end != {"bytes": len(made)}:
        raise JobLied(detail="bytes")
    if not made.startswith(_BEGIN[kind]):
        raise JobLied(detail=kind)
    return made
