"""Asking the workshop for the picture of one page; the answer is hostile until every byte of it was checked."""

import asyncio
from dataclasses import asdict
from typing import Any, Protocol

from demeure.workshop.answers import AnswerInvalid, harmless
from demeure.workshop.client import Bytes, Connect, made_of
from demeure.workshop.errors import JobLied
from demeure.workshop.parts import ReadLimits
from demeure.workshop.render_answer import PNG_BYTES, PageImage, checked_image

_USUAL = ReadLimits(seconds=20.0)


class Renderer(Protocol):
    """Draws pages. One call is one job in its own process; calls are independent and may be concurrent."""

    async def render(
        self,
        stream: Bytes,
        *,
        name: str,
        page: int,
        width: int,
        turn: int = 0,
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = ...,
    ) -> PageImage:
        """Page ``page`` (from 1) of the file, ``width`` pixels wide or less, turned clockwise by ``turn`` degrees
        (0, 90, 180 or 270; a turned page places no word). Raises PageAbsent or another DocumentUnreadable (a fact
        about the file), or a JobFailed (this attempt only)."""
        ...


class HandedRenderer:
    """``Renderer`` over the workshop. ``connect`` gives a fresh connected stream socket (one job each)."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def render(
        self,
        stream: Bytes,
        *,
        name: str,
        page: int,
        width: int,
        turn: int = 0,
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = _USUAL,
    ) -> PageImage:
        args: dict[str, Any] = {"format": format, "name": harmless(name, 1024), "limits": asdict(limits)}
        args |= {"page": page, "width": width, "turn": turn}
        sock = await self._connect()
        png, end = await made_of(sock, "render", args, stream, seconds=limits.seconds, most=PNG_BYTES)
        return await asyncio.to_thread(_checked, png, end, page, width)


def _checked(png: bytes, end: Any, page: int, width: int) -> PageImage:
    try:
        return checked_image(png, end, page, width)
    except AnswerInvalid as problem:
        raise JobLied(detail=str(problem)) from problem
