"""Asking the workshop for a sheet as a PDF."""

from dataclasses import asdict
from typing import Any, Protocol

from demeure.workshop.client import Connect, made_of, whole
from demeure.workshop.errors import DocumentUnreadable, JobFailed, JobLied, SheetNotSet, WorkshopBusy
from demeure.workshop.parts import ReadLimits
from demeure.workshop.sheet import Sheet

PDF_BYTES = 8 << 20
_USUAL = ReadLimits(seconds=30.0)


class Typesetter(Protocol):
    """Sets sheets on paper. One call is one job in its own process; calls may be concurrent."""

    async def typeset(self, sheet: Sheet) -> bytes:
        """A PDF of one page or more; the same sheet gives the same bytes. Raises SheetNotSet, WorkshopBusy."""
        ...


class HandedTypesetter:
    """``Typesetter`` over the workshop. ``connect`` gives a fresh connected stream socket (one job each)."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def typeset(self, sheet: Sheet) -> bytes:
        try:
            return await self._typeset(sheet)
        except (SheetNotSet, WorkshopBusy):
            raise
        except (JobFailed, DocumentUnreadable) as problem:  # their sentences speak of a document that was read
            raise SheetNotSet(detail=problem.code()) from problem

    async def _typeset(self, sheet: Sheet) -> bytes:
        args: dict[str, Any] = {"format": "", "name": "", "limits": asdict(_USUAL)}
        sock, text = await self._connect(), whole(sheet.data())
        made, end = await made_of(sock, "typeset", args, text, seconds=_USUAL.seconds, most=PDF_BYTES)
        return checked_pdf(made, end)


def checked_pdf(made: bytes, end: Any) -> bytes:
    """What was received, when it is a whole PDF. Raises JobLied."""
    if not isinstance(end, dict) or end != {"bytes": len(made)}:
        raise JobLied(detail="bytes")
    if not made.startswith(b"%PDF-1.") or not made.rstrip().endswith(b"%%EOF"):
        raise JobLied(detail="pdf")
    return made
