"""Identity providers as they are declared, listed and taken away: by the owner's commands, which write their files,
and on the page, where an administrator declares one on a route that is there already.

What opens an account by itself, gives a role, or counts for a second proof is declared by a command only: a page
would let an administrator come in as anybody.
"""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

from demeure.airlock import AirlockLine, looked_at
from demeure.airlock import find as find_route
from demeure.errors import DemeureError
from demeure.gateway.ways_out import expired_said
from demeure.journal import Draft, Journal
from demeure.library.written import written
from demeure.policy import Action, Actor, Decision, Resource, decide
from demeure.providers import (
    Linking,
    Provider,
    ProviderInvalid,
    ProviderTaken,
    all_providers,
    keep,
    known,
    leads,
    led,
    read,
    remove,
    text_of,
    unusable,
)

ACTS = {"declared": "provider-declared", "removed": "provider-removed"}


class ProviderKeeping:
    """What the page and the commands call."""

    def __init__(self, instance: Path, linking: Linking, line: AirlockLine, journal: Journal) -> None:
        self._instance, self._linking, self._line, self._journal = instance, linking, line, journal

    def forget_known(self) -> None:
        """What was declared changed."""

    def leads(self, one: Provider) -> bool:
        """Does its route lead to its issuer, as it is now? Blocks."""
        try:
            return leads(one, find_route(self._instance, one.route))
        except DemeureError:
            return False

    def moved(self) -> list[str]:
        """Those whose declaration serves, and whose route was changed since. Blocks."""
        return [one.id for one in all_providers(self._instance) if not self.leads(one)]

    def broken(self) -> list[ProviderInvalid]:
        """What is wrong with the files that do not serve: nobody comes in by those providers. Blocks."""
        return unusable(self._instance)

    async def unusable(self, actor: Actor) -> list[dict[str, Any]]:
        """Of each of ``broken``: its id, what is wrong by language (fr, en), how many accounts came in by it.
        Raises Denied."""
        decide(actor, Action.PEOPLE_ADMINISTER, Resource("house")).require()

        def told() -> list[dict[str, Any]]:
            rows = [(str(one.params["provider"]), one) for one in self.broken()]
            return [
                {"id": name, "fr": one.sentence("fr"), "en": one.sentence("en")}
                | {"accounts": self._linking.numbers(name)}
                for name, one in rows
            ]

        return await asyncio.to_thread(told)

    async def changed(self, actor: Actor, act: str, name: str) -> int:
        """Its file was written, or taken away, by a command: how many accounts came in by it."""
        decision = _decided(actor)
        gone = 0
        async with written(self._journal, _draft(actor, decision, act, name), decision):
            if act == "removed":
                gone = await asyncio.to_thread(self._linking.forget, name)
            self.forget_known()
        return gone

    async def declare(self, actor: Actor, name: str, text: str) -> Provider:
        """A new one, on a route that leads to its issuer. Raises Denied, ProviderInvalid, ProviderTaken and what
        ``airlock.find`` raises."""
        decision = _decided(actor)
        decision.require()

        def looked() -> None:
            made = read(name, text)
            led(made, find_route(self._instance, made.route))
            if made.email or made.roles or made.second or made.role not in ("agent", "elected"):
                fr = "ce qui donne un compte, un rôle ou une deuxième preuve se déclare par la commande"
                en = "what gives an account, a role or a second proof is declared by the command"
                raise ProviderInvalid(provider=name, detail=f"{fr}.", detail_en=f"{en}.")
            if text_of(self._instance, name) is not None:  # whether it serves or not, it is the owner's
                raise ProviderTaken(provider=name)

        await asyncio.to_thread(looked)
        async with written(self._journal, _draft(actor, decision, "declared", name), decision):
            made = await asyncio.to_thread(keep, self._instance, name, text)
            self.forget_known()
        return made

    async def take_away(self, actor: Actor, name: str) -> int:
        """As ``demeure provider remove``, whether its file serves or not: how many accounts came in by it. Raises
        Denied, ProviderUnknown."""
        decision = _decided(actor)
        decision.require()
        await asyncio.to_thread(known, self._instance, name)
        async with written(self._journal, _draft(actor, decision, "removed", name), decision):
            gone = await asyncio.to_thread(self._linking.forget, name)
            await asyncio.to_thread(remove, self._instance, name)
            self.forget_known()
        return gone

    async def listed(self, actor: Actor) -> list[dict[str, Any]]:
        """Each provider whose declaration serves, with how many accounts come in by it and when the last one did.
        Raises Denied."""
        decide(actor, Action.PEOPLE_ADMINISTER, Resource("house")).require()

        def listed() -> list[dict[str, Any]]:
            return [
                {"id": one.id, "label": one.label, "issuer": one.issuer, "route": one.route}
                | {"route_open": self._line.serves(one.route), "route_why": expired_said(self._instance, one.route)}
                | {"leads": self.leads(one), "create": one.create}
                | {"accounts": self._linking.numbers(one.id), "used": self._linking.used(one.id)}
                for one in all_providers(self._instance)
            ]

        return await asyncio.to_thread(listed)

    async def routes(self, actor: Actor) -> list[dict[str, str]]:
        """Routes of this kind whose file can be read: their id and the issuer that they may lead to, without its
        path."""
        _decided(actor).require()

        def listed() -> list[dict[str, str]]:
            found = [one for one in looked_at(self._instance)[0] if one.kind == "openid"]
            return [{"id": one.id, "issuer": _issuer(one)} for one in found]

        return await asyncio.to_thread(listed)


def _issuer(route: Any) -> str:
    scheme, usual = ("https", 443) if route.tls else ("http", 80)
    return f"{scheme}://{route.host}" + ("" if route.port == usual else f":{route.port}")


def _decided(actor: Actor) -> Decision:
    return decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))


def _draft(actor: Actor, decision: Decision, act: str, name: str) -> Draft:
    chain = uuid4().hex
    return Draft("administration", ACTS[act], chain=chain, actor=actor.id, object=name, decision=decision.rule)
