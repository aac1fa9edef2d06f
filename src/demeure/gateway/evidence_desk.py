"""The control door's words about the pack of evidence: what only the house can say of it. The command gathers the
rest from operations that exist."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from demeure.accountability import Registers, digest, run, titles
from demeure.accountability.summary import TITLE, Piece, summary
from demeure.clock import iso
from demeure.errors import InputError
from demeure.gateway.contractor_desk import contractors, window_data
from demeure.gateway.house import House
from demeure.gateway.proofs import CLOSED
from demeure.gateway.register_facts import gather
from demeure.gateway.register_files import registers_of
from demeure.gateway.register_room import version_data
from demeure.gateway.registers_desk import result_data
from demeure.gateway.sending import ToSend
from demeure.gateway.visit import text_field
from demeure.policy import Action, Actor, Resource
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
_MOST = 30
_DAY = re.compile(r"(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?)?")


class EvidenceDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in EVIDENCE_OPERATIONS.items()}

    async def parts(self, _request: Request) -> Reply:
        """What goes into the pack as plain data: checks, models, documents as they stand, versions as they were
        signed, people who are contractors, the last proof's entry."""
        house, actor = await self._house()
        room, facts = registers_of(house), await gather(house)
        results = await room.checks(actor, facts)
        sheets = [await room.sheet(actor, name, facts) for name in titles()]
        last = house.proofs.last or await house.proofs.refresh()
        documents = {
            one.document.id: {"title": one.document.title, "text": f"# {one.document.title}\n\n{one.text}"}
            for one in sheets
        }
        signed = await asyncio.to_thread(lambda: {name: _signed(room.kept, name) for name in titles()})
        return Reply(
            {
                "checks": [result_data(one) for one in results.values()],
                "documents": documents,
                "signed": {name: told for name, told in signed.items() if told},
                "models": [
                    vars(one) | {"looked_at": iso(one.looked_at) if one.looked_at else None}
                    for one in facts.models or ()
                ],
                "companies": [vars(one) for one in facts.companies or ()],
                "contractors": [one.name for one in facts.people or () if one.role == "contractor"],
                "proof": last.index if last else None,
                "proof_entry": CLOSED,
            }
        )

    async def windows(self, request: Request) -> AsyncIterator[Reply]:
        """``since``: a day, or nothing → one item for each window of a contractor, the oldest first: {window,
        report, signature}; the last two are empty while it is not over."""
        house, actor = await self._house()
        since = text_field(request.args, "since", 20)
        if not _DAY.fullmatch(since):
            raise InputError(detail="since")
        for one in await contractors(house).reports(actor, since):
            yield Reply({"window": window_data(one), "report": one.report, "signature": one.signature})

    async def summary(self, request: Request) -> Reply:
        """``pieces``: [[name, told, how, absent]], ``pack``: its id → {text}; body: the same as PDF/A."""
        house, actor = await self._house()
        given = request.args.get("pieces")
        if not isinstance(given, list) or len(given) > _MOST:
            raise InputError(detail="pieces")
        pieces, pack = [_piece(one) for one in given], text_field(request.args, "pack", 80)
        facts = await gather(house)
        text = summary(facts, run(facts), pieces, pack)
        asked = (Action.REGISTER_READ, Resource("register"))
        sent = await house.sending.file(actor, "fr", ToSend(TITLE, text, asked=asked, spoken="fr"), "pdf")
        return Reply({"text": f"# {TITLE}\n\n{text}"}, sent.data)


def _signed(kept: Registers, name: str) -> dict[str, Any] | None:
    """The last signed version. ``altered``: its text is no longer the one that was signed."""
    last = max(kept.versions(name), key=lambda one: one.number, default=None)
    if last is None:
        return None
    return version_data(last) | {"text": last.body, "altered": digest(last.body) != last.digest}


def _piece(given: Any) -> Piece:
    if not isinstance(given, list) or len(given) != 4:
        raise InputError(detail="pieces")
    named = dict(zip(("name", "told", "how", "absent"), given, strict=True))
    return Piece(**{name: text_field(named, name, 600) for name in named})


EVIDENCE_OPERATIONS = {
    "evidence.parts": "parts",
    "evidence.summary": "summary",
    "evidence.windows": "windows",
}
"""Operation on the wire → method of EvidenceDesk."""
