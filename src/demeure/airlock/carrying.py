"""What the airlock carries besides questions and messages: a request for a timestamp, a backup, a stream to a
directory server or a PostgreSQL. Each is decided, counted and written before a byte of it leaves.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing
from typing import Any, Protocol

from demeure.airlock import binding, hooking, openid, passing, stamping, timing
from demeure.airlock.connecting import Dialler
from demeure.airlock.errors import RouteFailed, RouteRefused
from demeure.airlock.leaving import Asker, Departure, Leaving
from demeure.airlock.masking import nothing
from demeure.airlock.route import DIRECTORY, NTP, OPENID, SFTP, STORES, STREAMS, TIMESTAMP, WEBHOOK, Route
from demeure.airlock.sftp import SftpTarget
from demeure.airlock.target import PREFIX, SHA256, Target, named
from demeure.airlock.timing import Clocks
from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.policy import Leave
from demeure.wire import Handler, Reply, Request


class Airlocked(Protocol):
    """What the process lends."""

    async def asked(self, request: Request, *kinds: str) -> tuple[Route, Asker, Any]: ...

    def called(self, request: Request, *kinds: str) -> tuple[Route, Asker]: ...

    def secret(self, route: Route) -> str: ...

    async def close(self, out: Departure, outcome: str) -> None: ...

    def at_work(self) -> AbstractContextManager[None]: ...


class Carrying:
    """Operations of the gateway's channel."""

    def __init__(self, home: Airlocked, dialler: Dialler, clocks: Clocks, leaving: Leaving, clock: Clock) -> None:
        self._home, self._dialler, self._leaving, self._clock = home, dialler, leaving, clock
        self._clocks = clocks

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {
            "stamp": self._stamp,
            "clock": self._moment,
            "put": self._put,
            "get": self._get,
            "remove": self._remove,
            "names": self._names,
            "stream": self._stream,
            "bind": self._bind,
            "openid": self._openid,
            "hook": self._hook,
        }

    async def _stamp(self, request: Request) -> Reply:
        """Body: {"query": base64} → body: the authority's reply (DER)."""
        with self._home.at_work():
            route, asker, told = await self._home.asked(request, TIMESTAMP)
            query = stamping.query_of(route, told)
            decision = await self._leaving.decide(route, asker)  # a digest holds no name to replace
            out = await self._leaving.let_out(route, asker, decision, nothing(), query)
            counted: list[int] = []

            async def work() -> Reply:
                secret = self._home.secret(route)
                return Reply(body=await stamping.stamp(self._dialler, route, secret, query, counted))

            return await self._done(out, counted, work)

    async def _moment(self, request: Request) -> Reply:
        """→ a ``timing.Moment``. A random number leaves: it holds no name to replace."""
        with self._home.at_work():
            route, asker = self._home.called(request, NTP)
            decision, asking, counted = await self._leaving.decide(route, asker), timing.query(), list[int]()
            out = await self._leaving.let_out(route, asker, decision, nothing(), asking)

            async def work() -> Reply:
                return Reply((await self._clocks.ask(route, asking, counted)).as_json())

            return await self._done(out, counted, work)

    async def _put(self, request: Request) -> AsyncIterator[Reply]:
        """``name``, ``size``, ``sha256`` → an item once it may leave; only then the body: bytes that nobody takes
        yet would hold back the connection by which the gateway seals what the journal keeps of it."""
        with self._home.at_work():
            route, asker = self._home.called(request, *STORES)
            name, size, digest = (
                named(route, request.args.get("name")),
                request.args.get("size"),
                request.args.get("sha256"),
            )
            if type(size) is not int or size <= 0 or not isinstance(digest, str) or not SHA256.fullmatch(digest):
                fr, en = "Ni taille, ni empreinte.", "Neither a size nor a digest."
                raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
            decision = await self._in_clear(route, asker)
            if size > route.limits.request:
                await self._leaving.too_large(route, asker, size)
            told = {"sha256": digest, "bytes": size, "name": name}
            out, counted = await self._leaving.depart(route, asker, decision, nothing(), size, told), list[int]()

            async def work() -> Reply:
                await self._target(route, counted).put(name, size, digest, request.body())
                return Reply()

            yield Reply({"go": True})
            await self._done(out, counted, work)

    async def _get(self, request: Request) -> AsyncIterator[Reply]:
        """``name`` → items whose bodies are its bytes."""
        with self._home.at_work():
            route, asker = self._home.called(request, *STORES)
            name = named(route, request.args.get("name"))
            out, counted = await self._small(route, asker, f"get {name}"), list[int]()
            async with aclosing(self._told(out, counted, self._target(route, counted).get(name))) as items:
                async for item in items:
                    yield item

    async def _remove(self, request: Request) -> Reply:
        """``name``."""
        with self._home.at_work():
            route, asker = self._home.called(request, *STORES)
            name = named(route, request.args.get("name"))
            out, counted = await self._small(route, asker, f"remove {name}"), list[int]()

            async def work() -> Reply:
                await self._target(route, counted).remove(name)
                return Reply()

            return await self._done(out, counted, work)

    async def _names(self, request: Request) -> Reply:
        """``prefix`` → {"names": [[name, bytes]…]}."""
        with self._home.at_work():
            route, asker = self._home.called(request, *STORES)
            prefix = str(request.args.get("prefix", ""))
            if not PREFIX.fullmatch(prefix):
                named(route, prefix or None)
            out, counted = await self._small(route, asker, f"names {prefix}"), list[int]()

            async def work() -> Reply:
                return Reply({"names": await self._target(route, counted).names(prefix)})

            return await self._done(out, counted, work)

    async def _stream(self, request: Request) -> AsyncIterator[Reply]:
        """Body: what is said; items: {"agreed"} first, then what is answered, in bodies."""
        with self._home.at_work():
            route, asker = self._home.called(request, *STREAMS)
            decision = await self._in_clear(route, asker)
            told = {"sha256": "", "bytes": 0, "stream": route.kind}
            out = await self._leaving.depart(route, asker, decision, nothing(), 0, told)
            async with aclosing(self._passed(out, request)) as items:
                async for item in items:
                    yield item

    async def _passed(self, out: Departure, request: Request) -> AsyncGenerator[Reply]:
        route, outcome, line = out.route, "interrupted", None
        passes: passing.Passing | None = None

        async def counted(size: int) -> None:
            if out.size + size > route.limits.request:
                await self._leaving.too_large(route, out.asker, out.size + size)
            await self._leaving.passed(route, out.asker, size)
            out.size += size

        try:
            line = await passing.opened(self._dialler, route)
            if route.kind == DIRECTORY and (secret := self._home.secret(route)):
                await binding.service(line, route, secret)
            passes = passing.Passing(line, request.body(), counted)
            yield Reply({"agreed": line.told()})
            async with asyncio.timeout(route.limits.seconds), aclosing(passes.answers()) as pieces:
                async for piece in pieces:
                    if passes.back > route.limits.answer:
                        limit = route.limits.answer
                        raise _failed(route, f"plus de {limit} octets reçus", f"more than {limit} bytes received")
                    yield Reply(body=piece)
            outcome = "done"
        except (TimeoutError, OSError) as problem:
            outcome = "failed"
            late = isinstance(problem, TimeoutError)
            words = (
                ("trop longtemps ouverte", "open for too long")
                if late
                else ("connexion rompue", "broken connection")
            )
            raise _failed(route, *words) from problem
        except DemeureError as problem:
            outcome = "failed"
            out.failed(problem)
            raise
        finally:
            if line is not None:
                line.close()
            out.back, out.digest = (passes.back, passes.digest) if passes else (0, "")
            await self._home.close(out, outcome)

    async def _bind(self, request: Request) -> Reply:
        """Body: {"name", "password", "looks"} → {"right", "found"} (hexadecimal). Neither of the first two is
        written anywhere, nor a digest of them, nor their size: whoever reads the journal could try passwords."""
        with self._home.at_work():
            route, asker, told = await self._home.asked(request, DIRECTORY)
            name, password = (told.get(one) if isinstance(told, dict) else None for one in ("name", "password"))
            if not isinstance(name, str) or not isinstance(password, str):
                fr, en = "Ni nom, ni mot de passe.", "Neither a name nor a password."
                raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
            looks = _looks(route, told.get("looks", []))
            decision = await self._in_clear(route, asker)
            said = {"sha256": "", "bytes": binding.COUNTED, "bind": True}
            out = await self._leaving.depart(route, asker, decision, nothing(), binding.COUNTED, said)

            async def work() -> Reply:
                secret = self._home.secret(route)
                right, found = await binding.right(self._dialler, route, name, password, secret, looks)
                return Reply({"right": right, "found": [one.hex() for one in found]})

            return await self._done(out, list[int](), work)

    async def _openid(self, request: Request) -> Reply:
        """Body: as ``openid.asked`` → {"status", "type"}, body: the provider's. A code and what it is worth open
        nothing without the client's secret or the verifier, and are not written: only their size."""
        with self._home.at_work():
            route, asker, told = await self._home.asked(request, OPENID)
            wanted = openid.asked(route, told)
            decision = await self._in_clear(route, asker)
            size = len(openid.body_of(wanted[2])) + len(wanted[1]) + len(wanted[3])
            said = {"sha256": "", "bytes": size, "method": wanted[0], "path": wanted[1]}
            out, counted = await self._leaving.depart(route, asker, decision, nothing(), size, said), list[int]()

            async def work() -> Reply:
                secret = self._home.secret(route)
                status, kind, data = await openid.ask(self._dialler, route, secret, wanted, counted)
                return Reply({"status": status, "type": kind}, data)

            return await self._done(out, counted, work)

    async def _hook(self, request: Request) -> Reply:
        """Body: an event → {"status"}. Its digest and size are written, its bytes where the route says."""
        with self._home.at_work():
            route, asker, told = await self._home.asked(request, WEBHOOK)
            body = hooking.event_of(route, told)
            decision = await self._in_clear(route, asker)
            secret = self._home.secret(route)
            if not secret:
                fr, en = "Sans clé, un événement ne peut être signé.", "Without a key an event cannot be signed."
                await self._leaving.refuse(route, asker, "not-signed", fr, en)
            out, counted = await self._leaving.let_out(route, asker, decision, nothing(), body), list[int]()

            async def work() -> Reply:
                seconds = int(self._clock.now().timestamp())
                return Reply({"status": await hooking.send(self._dialler, route, secret, body, seconds, counted)})

            return await self._done(out, counted, work)

    async def _told(
        self, out: Departure, counted: list[int], pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[Reply]:
        outcome = "interrupted"
        try:
            async with asyncio.timeout(out.route.limits.seconds):
                async for piece in pieces:
                    yield Reply(body=piece)
            outcome = "done"
        except TimeoutError as problem:
            outcome = "failed"
            raise _failed(out.route, "trop longue", "too long") from problem
        except DemeureError as problem:
            outcome = "failed"
            out.failed(problem)
            raise
        finally:
            out.back = sum(counted)
            await self._home.close(out, outcome)

    async def _done(self, out: Departure, counted: list[int], work: Callable[[], Awaitable[Reply]]) -> Reply:
        """What ``work`` gives, within the route's time; its closing whatever happens."""
        outcome = "interrupted"
        try:
            async with asyncio.timeout(out.route.limits.seconds):
                reply = await work()
            outcome = "done"
            return reply
        except TimeoutError as problem:
            outcome = "failed"
            raise _failed(out.route, "trop longue", "too long") from problem
        except DemeureError as problem:
            outcome = "failed"
            out.failed(problem)
            raise
        finally:
            out.back = sum(counted)
            await self._home.close(out, outcome)

    async def _small(self, route: Route, asker: Asker, what: str) -> Departure:
        """A request of which only a name leaves."""
        decision = await self._in_clear(route, asker)
        return await self._leaving.let_out(route, asker, decision, nothing(), what.encode())

    async def _in_clear(self, route: Route, asker: Asker) -> Leave:
        """Decided; what would have to be pseudonymised cannot be, here. Raises RouteClosed, RouteRefused."""
        decision = await self._leaving.decide(route, asker)
        if decision.pseudonymise:
            fr = "Ce qui passe là ne peut pas être pseudonymisé."
            en = "What passes there cannot be pseudonymised."
            await self._leaving.refuse(route, asker, "cannot-mask", fr, en)
        return decision

    def _target(self, route: Route, counted: list[int]) -> Target | SftpTarget:
        if route.kind == SFTP:
            return SftpTarget(self._dialler, route, self._home.secret(route), counted)
        return Target(self._dialler, route, self._home.secret(route), self._clock.now(), counted)


def _failed(route: Route, fr: str, en: str) -> RouteFailed:
    return RouteFailed(route=route.id, detail=fr, detail_en=en)


def _looks(route: Route, told: object) -> list[bytes]:
    """Raises RouteRefused."""
    try:
        if not isinstance(told, list) or len(told) > 2:
            raise ValueError
        return [bytes.fromhex(one) for one in told]
    except (TypeError, ValueError) as problem:
        fr, en = "Ce n’est pas une recherche.", "This is no search."
        raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en) from problem
