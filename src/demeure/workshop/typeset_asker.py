"""Asking the workshop for a sheet as a PDF."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Protocol

from demeure.wire.frame import BODY_LIMIT
from demeure.workshop.client import Connect, next_frame, problem_of, send_call
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
        sock = await self._connect()
        with sock:
            sock.setblocking(False)
            args: dict[str, Any] = {"format": "", "name": "", "limits": asdict(_USUAL)}
            sender = asyncio.create_task(send_call(sock, "typeset", args, _once(sheet.data())))
            try:
                made = bytearray()
                while True:
                    frame = await next_frame(sock, sender, _USUAL.seconds, body=BODY_LIMIT)
                    if frame.kind == "error":
                        raise problem_of(frame)
                    made += frame.body
                    if frame.kind not in ("item", "end") or len(made) > PDF_BYTES:
                        raise JobLied(detail=frame.kind)
                    if frame.kind == "end":
                        return checked_pdf(bytes(made), frame.fields.get("data"))
                    if not frame.body:
                        raise JobLied(detail="body")
            finally:
                sender.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await sender


def checked_pdf(made: bytes, end: Any) -> bytes:
    """What was received, when it is a whole PDF. Raises JobLied."""
    if not isinstance(end, dict) or end != {"bytes": len(made)}:
        raise JobLied(detail="bytes")
    if not made.startswith(b"%PDF-1.") or not made.rstrip().endswith(b"%%EOF"):
        raise JobLied(detail="pdf")
    return made


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
