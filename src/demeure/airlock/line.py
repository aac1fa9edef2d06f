"""The gateway's side: one connection to the airlock while a route is open, none otherwise. Opening it is what
brings the airlock into being, closing it is what ends it.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from demeure.airlock.declared import find, there
from demeure.airlock.errors import (
    NoRouteOpen,
    RouteClosed,
    RouteFailed,
    RouteNotItself,
    RouteRefused,
    RouteUnknown,
    RouteUnreachable,
)
from demeure.airlock.leaving import Asker
from demeure.airlock.opening import expired, today, until_tomorrow, version_of
from demeure.engine import ANY_SLOT, Delta, Progress
from demeure.errors import DemeureError
from demeure.logs import note
from demeure.policy import Policy
from demeure.wire import Body, Channel, ChannelClosed, Handler, Reply, Request

Connect = Callable[[], Awaitable[socket.socket]]
Seal = Callable[[str | None, str, bytes], bytes]
ANSWERS = "chat"
"""The one operation that brings an answer to a question."""
LOOK = 20.0
"""Seconds between two looks at what is declared: a route past its last day ends the airlock without a command."""


INTO = 0.1
"""Seconds into a day at which its routes are looked at: an airlock that outlives its last one is an alarm."""


class AirlockLine:
    """``connect``: brings a new airlock into being, and gives the connection to it. ``seal``: the house's own,
    asked by the airlock for what the journal keeps of what leaves. ``policy``: the one in force."""

    def __init__(self, instance: Path, connect: Connect, seal: Seal, policy: Callable[[], Policy]) -> None:
        self._instance, self._connect, self._seal, self._policy = instance, connect, seal, policy
        self._obeyed = ""
        self._channel: Channel | None = None
        self._version: tuple[object, ...] = ()
        self._former: list[Channel] = []
        self._busy: dict[Channel, int] = {}
        self._opening = asyncio.Lock()

    async def refresh(self) -> bool:
        """Make what runs what is declared: no airlock without an open route, and one born for those that are. True:
        it runs. A route that was closed is cut at once; others finish what they are at."""
        async with self._opening:
            version = await asyncio.to_thread(version_of, self._instance)
            living = self._channel is not None and not self._channel.closed.is_set()
            if version == self._version and living == bool(version):
                if self._channel is not None and living:
                    await self._tell(self._channel)
                return living
            fewer = any(one not in version for one in self._version)
            await self._leave(cut=fewer)
            self._version = version
            if version:
                self._channel = await self._new()
            return bool(version)

    async def keep(self) -> None:
        """Look now and then, and as each day begins, until cancelled."""
        while True:
            try:
                await self.refresh()
            except (DemeureError, OSError) as problem:
                note("gateway", f"airlock: {problem}")
            await asyncio.sleep(min(LOOK, until_tomorrow() + INTO))

    async def channel(self) -> Channel:
        """To the airlock that runs. Raises NoRouteOpen, and as ``connect``."""
        if not await self.refresh() or self._channel is None:
            raise NoRouteOpen()
        return self._channel

    async def call(self, op: str, args: Mapping[str, Any], body: bytes = b"") -> Reply:
        """Raises NoRouteOpen and the airlock's own errors."""
        with _no_answer(op, str(args.get("route", ""))):
            channel = await self._to(args)
            with self._using(channel):
                return await channel.call(op, dict(args), body)

    async def stream(self, op: str, args: Mapping[str, Any], body: Body = b"") -> AsyncGenerator[Reply]:
        """As ``call``."""
        with _no_answer(op, str(args.get("route", ""))):
            channel = await self._to(args)
            with self._using(channel):
                async with aclosing(channel.stream(op, dict(args), body)) as items:
                    async for item in items:
                        yield item

    async def _to(self, args: Mapping[str, Any]) -> Channel:
        """As ``channel``; what was asked of a route that is closed, or past its last day, is told so: a question
        is then offered the local model."""
        try:
            return await self.channel()
        except NoRouteOpen as problem:
            shut = await asyncio.to_thread(self._shut, str(args.get("route", "")))
            if shut is None:
                raise
            raise shut from problem

    def _shut(self, route: str) -> RouteClosed | None:
        try:
            there(self._instance, route)
        except RouteUnknown:
            return None
        return expired(self._instance, route) or RouteClosed(route=route)

    def serves(self, route: str) -> bool:
        """Is it declared, and open today? Blocks."""
        try:
            return find(self._instance, route).serves(today())
        except DemeureError:
            return False

    async def aclose(self) -> None:
        """The airlock ends, and with it whatever it was at."""
        await self._leave(cut=True)

    async def _new(self) -> Channel:
        handlers: dict[str, Handler] = {"seal": self._sealed}
        channel = await Channel(await self._connect(), handlers, peer="airlock").start()
        self._obeyed = ""
        try:
            await self._tell(channel)
            if not self._former:  # a living one still has its own to close
                await channel.call("recover")
        except BaseException:  # one that was not told everything serves nobody, and ends
            await channel.close()
            raise
        return channel

    async def _tell(self, channel: Channel) -> None:
        """The policy in force, when it is another than the one told last."""
        policy = self._policy()
        if policy.digest != self._obeyed:
            await channel.call("policy", {}, policy.text.encode())
            self._obeyed = policy.digest

    async def _sealed(self, request: Request) -> Reply:
        space, actor = request.args.get("space"), str(request.args.get("actor"))
        clear = await request.whole_body()
        return Reply(body=await asyncio.to_thread(self._seal, None if space is None else str(space), actor, clear))

    async def _leave(self, *, cut: bool) -> None:
        self._former = [channel for channel in self._former if not channel.closed.is_set()]
        leaving, self._channel = self._channel, None
        if leaving is not None and not leaving.closed.is_set():
            self._former.append(leaving)
        for channel in list(self._former):
            if cut or not self._busy.get(channel):
                self._former.remove(channel)
                await channel.close()

    @contextlib.contextmanager
    def _using(self, channel: Channel) -> Any:
        self._busy[channel] = self._busy.get(channel, 0) + 1
        try:
            yield
        finally:
            self._busy[channel] -= 1
            if not self._busy[channel]:
                del self._busy[channel]
                if channel in self._former:
                    self._former.remove(channel)
                    asyncio.get_running_loop().create_task(channel.close())


@contextlib.contextmanager
def _no_answer(op: str, route: str) -> Iterator[None]:
    """What refuses or fails says that the local model can answer: of questions only. An airlock that ends meanwhile
    is a failure of ``route``."""
    try:
        yield
    except ChannelClosed as problem:
        fr, en = "le sas s’est arrêté", "the airlock stopped"
        more = {} if op == ANSWERS else {"answers": False}
        raise RouteFailed(route=route, detail=fr, detail_en=en, **more) from problem
    except (RouteClosed, RouteRefused, RouteFailed) as problem:
        if op == ANSWERS:
            raise
        raise type(problem)(**{**problem.params, "answers": False}) from problem


def asked(asker: Asker, route: str) -> dict[str, Any]:
    """The arguments of a request."""
    told = {"person": asker.person, "groups": list(asker.groups), "class": asker.sensitivity}
    return {"route": route, **told, "space": asker.space, "chain": asker.chain}


class RouteEngine:
    """``Engine`` at the end of a route, for one person and one piece of work. ``beside``: whole texts of which the
    messages quote lines, for the airlock to look at; they do not leave. ``let_out``: what the airlock said
    when it let the request out ({"rule", "found", "replaced"}); empty when nothing left."""

    def __init__(self, line: AirlockLine, route: str, asker: Asker, beside: Sequence[str] = ()) -> None:
        self._line, self._route, self._asker, self._beside = line, route, asker, list(beside)
        self.let_out: Mapping[str, Any] = {}

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.2,
        seed: int | None = None,
        stop: Sequence[str] = (),
        slot: int = ANY_SLOT,
        progress: Callable[[Progress], None] | None = None,
    ) -> AsyncGenerator[Delta]:
        del slot, progress
        told: dict[str, Any] = {"messages": [dict(row) for row in messages], "max_tokens": max_tokens}
        told |= {"temperature": temperature} | ({} if seed is None else {"seed": seed})
        told |= {"stop": list(stop)} if stop else {}
        told |= {"beside": self._beside} if self._beside else {}
        body = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with aclosing(self._line.stream(ANSWERS, asked(self._asker, self._route), body)) as items:
                async for item in items:
                    if "rule" in item.data:
                        self.let_out = item.data
                    else:
                        yield Delta(str(item.data["text"]), item.data["finish"])
        except (RouteUnreachable, RouteNotItself):
            self.let_out = {}  # let out, and there was nobody to give it to: nothing left
            raise

    async def count(self, text: str) -> int:
        """About: nobody is asked."""
        return len(text) // 3 + 1

    async def ready(self) -> bool:
        return await asyncio.to_thread(self._line.serves, self._route)
