"""The airlock process: it answers the gateway, which may ask for a route by its name and nothing else: neither
addresses, nor headers, nor credentials are its to give. It ends with the gateway's connection.
"""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from typing import Any

from demeure.airlock import mail, passing, sftp
from demeure.airlock.carrying import Carrying
from demeure.airlock.chat import WORDS, Engines, beside_of, body_of, checked, examples_of, texts_of, too_long
from demeure.airlock.connecting import Dialler
from demeure.airlock.declared import PLACE as ROUTES
from demeure.airlock.declared import credential, load, there
from demeure.airlock.errors import RouteClosed, RouteFailed, RouteInvalid, RouteRefused
from demeure.airlock.leaving import Asker, Departure, Leaving
from demeure.airlock.ledger import PLACE, Ledger
from demeure.airlock.masking import Restoring
from demeure.airlock.opening import expired, reached
from demeure.airlock.route import ENGINE, NTP, RELAY, SFTP, Route
from demeure.airlock.timing import Clocks, query
from demeure.clock import SystemClock
from demeure.errors import DemeureError, InputError
from demeure.journal import JournalUnavailable, ScribeJournal
from demeure.logs import note
from demeure.personal import prepare
from demeure.policy import read_policy
from demeure.supervisor.birth import Birth
from demeure.wire import Channel, Handler, Reply, Request

BREATH = 0.5
"""Seconds: what was asked is answered before an airlock that nobody occupies ends."""
LAST_WORDS = 3.0
"""Seconds for closings to be written once the gateway has left."""
_ASKED_LIMIT = 16 << 20


def main(birth: Birth) -> None:
    """Until the gateway leaves, or the house stops."""
    asyncio.run(_run(birth))


async def _run(birth: Birth) -> None:
    await asyncio.to_thread(prepare)
    airlock = Airlock(birth)
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    await airlock.serve(ending)


class Airlock:
    """``birth.spec``: see ``supervisor/airlocks.py``."""

    def __init__(self, birth: Birth) -> None:
        spec = birth.spec
        self._instance, self._key = birth.instance, bytes(spec["key"])
        self._routes: Mapping[str, Route] = {route.id: route for route in spec["routes"]}
        places, clocks = reached(spec["routes"])
        self._dialler = Dialler(socket.socket(fileno=spec["door"]), places, self._end)
        held = spec.get("clock", -1)
        self._clocks = Clocks(None if held < 0 else socket.socket(fileno=held), clocks, self._end_when_idle)
        self._engines = Engines(self._dialler)
        self._scribe: socket.socket | None = socket.socket(fileno=spec["scribe"])
        self._journal = ScribeJournal(self._to_scribe, _no_key, _no_key)
        self._clock = SystemClock()
        ledger = Ledger(birth.instance / PLACE)
        self._leaving = Leaving(ledger, self._journal, self._sealed, self._clock)
        self._channel = Channel(socket.socket(fileno=birth.channel), self._handlers(), peer="gateway")
        self._ending = asyncio.Event()
        self._working, self._idle = 0, asyncio.Event()
        self._idle.set()

    async def serve(self, ending: asyncio.Event) -> None:
        """Until the connection is over, or ``ending``; closings are then given a moment."""
        self._ending = ending
        await self._channel.start()
        over = [asyncio.ensure_future(one.wait()) for one in (self._channel.closed, ending)]
        await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        await self._channel.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._idle.wait()
        await self._engines.aclose()
        await self._journal.aclose()

    def _end(self) -> None:
        """The door is gone: another airlock will have another."""
        self._ending.set()

    def _end_when_idle(self) -> None:
        """A clock's sockets serve no more: another airlock will connect others, once what goes on here is over."""
        asyncio.get_running_loop().call_later(BREATH, self._idle_or_later)

    def _idle_or_later(self) -> None:
        if self._working:
            self._end_when_idle()
        else:
            self._ending.set()

    def _handlers(self) -> dict[str, Handler]:
        return {
            "chat": self._chat,
            "mail": self._mail,
            "test": self._test,
            "recover": self._recover,
            "policy": self._policy,
            **Carrying(self, self._dialler, self._clocks, self._leaving, self._clock).handlers(),
        }

    async def _chat(self, request: Request) -> AsyncIterator[Reply]:
        """Items: {"rule", "found", "replaced"} once it is let out, then {"text", "finish"}."""
        with self.at_work():
            route, asker, told = await self.asked(request, ENGINE)
            checked(route, told)
            decision = await self._leaving.decide(route, asker)
            texts, examples, beside = texts_of(told), examples_of(told), beside_of(told)
            looked = await self._leaving.look(route, asker, decision, texts, examples, beside)
            body = body_of(route, told, looked.texts)
            out = await self._leaving.let_out(route, asker, decision, looked, body)
            async with aclosing(self._told(out, body)) as words:
                async for reply in words:
                    yield reply

    async def _told(self, out: Departure, body: bytes) -> AsyncGenerator[Reply]:
        """What was let out, then the words of the answer, names restored; its closing whatever happens."""
        outcome, restoring, pieces, size = "interrupted", Restoring(out.looked.table), list[int](), 0
        try:
            found, replaced = out.looked.asked
            yield Reply({"rule": out.decision.rule, "found": found, "replaced": replaced})
            deadline = asyncio.get_running_loop().time() + out.route.limits.seconds
            async with aclosing(self._engines.chat(out.route, self.secret(out.route), body, pieces)) as words:
                while True:
                    async with asyncio.timeout_at(deadline):
                        delta = await anext(words, None)
                    if delta is None:
                        break
                    text = restoring.feed(delta.text)
                    text += restoring.finish() if delta.finish else ""
                    size += len(text.encode())
                    if size > WORDS:
                        raise too_long(out.route, WORDS)
                    if text or delta.finish:
                        yield Reply({"text": text, "finish": delta.finish})
            outcome = "done"
        except TimeoutError as problem:
            outcome = "failed"
            limit = out.route.limits.seconds
            detail, english = f"réponse de plus de {limit} s", f"an answer of more than {limit} s"
            raise RouteFailed(route=out.route.id, detail=detail, detail_en=english) from problem
        except DemeureError as problem:
            outcome = "failed"
            out.failed(problem)
            raise
        finally:
            out.back = sum(pieces)
            await self.close(out, outcome)

    async def _mail(self, request: Request) -> Reply:
        """Body: {"to", "subject", "text"}. Answer: {"said"}, the relay's word."""
        with self.at_work():
            route, asker, told = await self.asked(request, RELAY)
            to, subject, text = mail.letter_of(route, told)
            decision = await self._leaving.decide(route, asker)
            if decision.pseudonymise:
                fr = "Un message dont les noms sont remplacés ne se lit pas chez qui le reçoit."
                en = "A message whose names are replaced cannot be read by who receives it."
                await self._leaving.refuse(route, asker, "mail-in-clear", fr, en)
            looked = await self._leaving.look(route, asker, decision, [subject, text])
            message = mail.bytes_of(route, to, subject, text, self._clock)
            out = await self._leaving.let_out(route, asker, decision, looked, message)
            outcome, given = "interrupted", mail.Given()
            try:
                async with asyncio.timeout(route.limits.seconds):
                    said = await mail.send(self._dialler, route, self.secret(route), to, message, given)
                outcome, out.back = "done", len(said)
            except TimeoutError as problem:
                outcome = "failed"
                raise _late(route, given) from problem
            except DemeureError:
                outcome = "failed"
                raise
            finally:
                out.stayed = not given.told
                await self.close(out, outcome)
            return Reply({"said": said, "found": dict(looked.found)})

    async def _test(self, request: Request) -> Reply:
        """Connect, agree on TLS, leave: what was agreed upon. Nothing of the house is sent."""
        with self.at_work():
            route, asker = self._route(request), _asker(request.args)
            intention, outcome = await self._leaving.test(route, asker), "failed"
            try:
                told = await self._agreed(route)
                outcome = "done"
            finally:
                await self._leaving.tested(intention, outcome)
            return Reply(told)

    async def _agreed(self, route: Route) -> dict[str, Any]:
        if route.kind == RELAY:
            try:
                async with asyncio.timeout(route.limits.seconds):
                    return await mail.agreed(self._dialler, route)
            except TimeoutError as problem:
                raise _late(route, mail.Given()) from problem
        if route.kind == NTP:
            return {"tls": "", **(await self._clocks.ask(route, query(), [])).as_json()}
        if route.kind == SFTP:
            return await sftp.agreed(self._dialler, route, self.secret(route))
        line = await passing.opened(self._dialler, route)
        try:
            return line.told()
        finally:
            line.close()

    async def _policy(self, request: Request) -> Reply:
        """Body: the text in force. Its version is in every entry: one that the house never applied shows. Raises
        what ``read_policy`` does."""
        self._leaving.policy = read_policy((await request.whole_body()).decode("utf-8", "replace"), anew=False)
        return Reply()

    async def _recover(self, _request: Request) -> Reply:
        return Reply({"closed": await self._leaving.recover()})

    async def close(self, out: Departure, outcome: str) -> None:
        """What came of it, in the journal."""
        try:
            await self._leaving.close(out, outcome)
        except JournalUnavailable as problem:  # another life will close it: nothing leaves without a journal
            note("airlock", problem.sentence("en"))
            self._ending.set()

    def called(self, request: Request, *kinds: str) -> tuple[Route, Asker]:
        """Raises RouteUnknown, RouteClosed, RouteRefused (it is of another kind), InputError."""
        route, asker = self._route(request), _asker(request.args)
        if route.kind not in kinds:
            fr, en = f"La route est de genre « {route.kind} ».", f"The route is of the kind “{route.kind}”."
            raise RouteRefused(route=route.id, rule="kind", detail=fr, detail_en=en)
        return route, asker

    async def asked(self, request: Request, *kinds: str) -> tuple[Route, Asker, Any]:
        """And its body, of JSON. Raises as ``called``."""
        route, asker = self.called(request, *kinds)
        body = bytearray()
        async for part in request.body():
            body += part
            if len(body) > _ASKED_LIMIT:
                await self._leaving.too_large(route, asker, len(body))
        try:
            return route, asker, json.loads(bytes(body))
        except (ValueError, RecursionError) as problem:
            raise InputError(detail="JSON") from problem

    def _route(self, request: Request) -> Route:
        """As its file says now, within what this process was born for: a route closed meanwhile is closed at
        once. Raises RouteUnknown, RouteClosed."""
        name = str(request.args.get("route", ""))
        if name not in self._routes:
            there(self._instance, name)
            raise expired(self._instance, name) or RouteClosed(route=name)
        try:
            route = load(self._instance / ROUTES / f"{name}.toml")
        except RouteInvalid as problem:
            raise RouteClosed(route=name) from problem
        if route != self._routes[name]:
            raise RouteClosed(route=name)
        return route

    def secret(self, route: Route) -> str:
        """The credential; empty without."""
        return credential(self._instance, route.id, self._key)

    async def _sealed(self, space: str | None, actor: str, clear: bytes) -> bytes:
        """By the gateway, which holds the keys of spaces: the commitment is ours, so a changed payload shows."""
        return (await self._channel.call("seal", {"space": space, "actor": actor}, clear)).body

    async def _to_scribe(self) -> socket.socket:
        """The one connection of this life."""
        if self._scribe is None:
            self._ending.set()
            raise JournalUnavailable
        given, self._scribe = self._scribe, None
        return given

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """The process does not end meanwhile, if it can help it."""
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()


def _late(route: Route, given: mail.Given) -> RouteFailed:
    """A relay that takes longer than the route gives it, once it was ``given`` that."""
    seconds, (more, more_en) = route.limits.seconds, given.left()
    fr = f"le relais n’a pas fini en {seconds} s, {more}"
    return RouteFailed(route=route.id, detail=fr, detail_en=f"the relay did not end within {seconds} s, {more_en}")


def _asker(args: Mapping[str, Any]) -> Asker:
    """Raises InputError."""
    groups = args.get("groups") or []
    texts = {name: args.get(name) or "" for name in ("person", "class", "chain", "space")}
    if not all(isinstance(value, str) and len(value) <= 128 for value in texts.values()) or not texts["person"]:
        raise InputError(detail="person, class, chain, space")
    if not isinstance(groups, list) or not all(isinstance(one, str) and len(one) <= 200 for one in groups):
        raise InputError(detail="groups")
    return Asker(texts["person"], tuple(groups), texts["class"], texts["space"] or None, texts["chain"])


def _no_key(space: str | None, actor: str, clear: bytes) -> bytes:
    del space, actor, clear
    raise JournalUnavailable
