"""The house's authority at work. Its key is unsealed here and nowhere else: no listener, no page in this process.

Every certificate is written in the journal before it is made; one that nears its end is renewed unasked.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from demeure.clock import Clock
from demeure.errors import DemeureError, InputError
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.tls import Material, Served
from demeure.wire import Handler, Reply, Request

LOOK_SECONDS, RECOVERY_SECONDS = 3600.0, 0.5
MADE, RENEWED = "tls-authority-made", "tls-certificate-renewed"
OWN = (MADE, RENEWED)


class Notary:
    """Operations ``tls.begin`` and ``tls.renew`` of the worker, and the watch over the certificate's end."""

    def __init__(self, material: Material, journal: Journal, clock: Clock, organisation: str) -> None:
        self._material, self._journal, self._clock, self._organisation = material, journal, clock, organisation
        self._recovered = asyncio.Event()

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {"tls.begin": self.begin, "tls.renew": self.renew}

    async def begin(self, request: Request) -> Reply:
        """``hosts``, ``addresses``, ``replace``, ``actor``. Raises NameInvalid, AuthorityPresent."""
        from demeure.tls import names_of  # X.509 is imported when there is something to sign

        names = names_of(_texts(request.args, "hosts"), _texts(request.args, "addresses"))
        replace = request.args.get("replace") is True

        def make() -> Served:
            return self._material.begin(names, self._organisation, self._clock.now(), replace=replace)

        return _reply(await self._written(MADE, _actor(request), str(names), make))

    async def renew(self, request: Request) -> Reply:
        """``actor``. Raises AuthorityMissing."""
        return _reply(await self._written(RENEWED, _actor(request), "", self._renew))

    async def watch(self) -> None:
        """Until cancelled. A failure is written and tried again at the next look."""
        while True:
            try:
                await self.recover()
                await self.look()
            except DemeureError as problem:
                note("worker", f"{problem.code()}: {problem.sentence('en')}")
            except OSError as problem:
                note("worker", f"the certificate could not be looked at: {problem.strerror}")
            await asyncio.sleep(LOOK_SECONDS if self._recovered.is_set() else RECOVERY_SECONDS)

    async def look(self) -> bool:
        """Renew what is due; was it?"""
        served = await asyncio.to_thread(self._material.served)
        if served is None or not served.due(self._clock.now()):
            return False
        await self._written(RENEWED, "house", "", self._renew)
        return True

    async def recover(self) -> None:
        """Close what a crash left open: the certificate is there, or it is not. Nothing new is written before."""
        if self._recovered.is_set():
            return
        served = await asyncio.to_thread(self._material.served)
        for intention in await self._journal.open_intentions():
            if intention.entry.name in OWN:
                begun = datetime.fromisoformat(intention.entry.time)
                done = served is not None and served.made_since(begun)
                await self._journal.close(intention, "done" if done else "interrupted")
        self._recovered.set()

    def _renew(self) -> Served:
        return self._material.renew(self._clock.now())

    async def _written(self, name: str, actor: str, about: str, make: Callable[[], Served]) -> Served:
        await self._recovered.wait()
        draft = Draft(kind="administration", name=name, chain=uuid4().hex, actor=actor, object=about)
        written = await self._journal.intention(draft)
        try:
            served = await asyncio.to_thread(make)
        except DemeureError as problem:
            await self._journal.close(written, "failed", decision=problem.code())
            raise
        facts = served.facts
        await self._journal.close(written, "done", object=f"{facts.fingerprint} {facts.ends:%Y-%m-%d}")
        return served


def _reply(served: Served) -> Reply:
    facts = served.facts
    return Reply({"names": list(facts.names), "ends": facts.ends.isoformat(), "fingerprint": facts.fingerprint})


def _actor(request: Request) -> str:
    return str(request.args.get("actor") or "house")


def _texts(args: dict[str, Any], name: str) -> list[str]:
    values = args.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InputError(detail=name)
    return values
