"""Sheets of paper of the house, as PDF: the page of a proof, a receipt, a checkpoint. The workshop sets them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demeure.gateway.papers.checkpoint import checkpoint_sheet
from demeure.gateway.papers.proof import proof_sheet
from demeure.gateway.papers.receipt import receipt_sheet
from demeure.gateway.papers.spoken import Spoken
from demeure.gateway.rendering import Rendering
from demeure.workshop import Sheet, Typesetter

__all__ = ["Papers"]
_KEPT = 8
"""Sheets kept in memory: a page of proof is asked for again more often than it changes."""


class Papers:
    """The same words and facts make the same bytes. Raises SheetNotSet, WorkshopBusy."""

    def __init__(self, typesetter: Typesetter, rendering: Rendering) -> None:
        self._typesetter, self._rendering = typesetter, rendering
        self._kept: dict[Sheet, bytes] = {}

    async def proof(self, language: str, statement: bytes, index: int) -> bytes:
        """The page of a proof, from its ``statement``, sealed with entry ``index``."""
        told = json.loads(statement)["predicate"]["demeure"]
        return await self._set(proof_sheet(self._spoken(language), told, statement, index))

    async def receipt(self, language: str, organisation: str, made: Mapping[str, Any], code: str) -> bytes:
        """A receipt (``journal.receipt``) and its code."""
        return await self._set(receipt_sheet(self._spoken(language), organisation, made, code))

    async def checkpoint(self, language: str, organisation: str, note: str, vkey: str, now: datetime) -> bytes:
        """A checkpoint, for whoever will hold it outside."""
        return await self._set(checkpoint_sheet(self._spoken(language), organisation, note, vkey, now))

    def _spoken(self, language: str) -> Spoken:
        return Spoken(self._rendering, language)

    async def _set(self, sheet: Sheet) -> bytes:
        made = self._kept.get(sheet)
        if made is None:
            made = self._kept[sheet] = await self._typesetter.typeset(sheet)
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return made
