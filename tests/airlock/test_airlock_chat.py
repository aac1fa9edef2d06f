"""A TLS engine at the end of a route, asked through the airlock in its box: honest, then not."""

import asyncio
import contextlib
import json
import os
import re
import signal
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from airlock_ends import Answer, Authority, Server, engine, event, raw, words
from airlock_house import ME, House, house, policy, route

from demeure.airlock import (
    Asker,
    NoRouteOpen,
    Route,
    RouteClosed,
    RouteEngine,
    RouteExpired,
    RouteFailed,
    RouteNotItself,
    RouteRefused,
    RouteUnknown,
    RouteUnreachable,
    remove,
    tallies,
)
from demeure.journal import JournalUnavailable

QUESTION = [{"role": "user", "content": "Bonjour"}]
PERSONAL = "Écrire à Mme Claire Durand, 06 12 34 56 78, claire.durand@exemple.fr, avant lundi."


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def far(authority: Authority) -> Iterator[Server]:
    with engine(authority.context(), words("Vu : ", "{prompt}")) as server:
        yield server


async def said(home: House, name: str = "far", asker: Asker = ME, text: str = "Bonjour") -> str:
    asked = RouteEngine(home.line, name, asker).chat([{"role": "user", "content": text}], max_tokens=50)
    return "".join([delta.text async for delta in asked])


def of_class(name: str) -> Asker:
    return Asker(ME.person, ME.groups, name, None, ME.chain)


def test_what_leaves_is_written_first_and_masked_when_it_must(
    authority: Authority, far: Server, tmp_path: Path
) -> None:
    async def go() -> None:
        before = len(far.heard), far.seen
        async with house(tmp_path) as home:
            assert not home.alive()
            home.declare(route(far.port, authority.pem, contents=True), secret="s3cret")
            home.scribe.pause = 0.2
            assert await said(home, text=PERSONAL) == f"Vu : {PERSONAL}"
            assert far.times[before[1]] >= home.scribe.written[0]
            home.scribe.pause = 0
            assert await said(home, asker=of_class("confidentiel"), text=PERSONAL) == f"Vu : {PERSONAL}"
            clear, masked = far.heard[before[0] :]
            assert b"authorization: bearer s3cret" in clear.lower()
            told = json.loads(clear.split(b"\r\n")[-1])
            assert (told["model"], told["messages"][0]["content"]) == ("big", PERSONAL)
            left = json.loads(masked.split(b"\r\n")[-1])["messages"][0]["content"]
            assert not any(word in left for word in ("Durand", "Claire", "06 12", "exemple.fr"))
            assert "[PERSONNE_1]" in left
            assert home.scribe.names() == ["route-request", "route-request-closed:done"] * 2
            kept = [json.loads(payload) for payload in home.scribe.payloads]
            assert json.loads(kept[1]["content"])["messages"][0]["content"] == left
            assert kept[0]["found"] == {"email": 1, "name": 1, "phone": 1}
            assert not any("Durand" in json.dumps(entry) for entry in home.scribe.entries)
            through = tallies(home.instance / "airlock")["far"]
            assert (through.requests, through.refused) == (2, 0)
            assert through.out == sum(len(one[one.index(b"{") :]) for one in (clear, masked))
            assert through.back > 0
            assert {row["role"] for row in home.processes()} == {"airlock", "airlock-door"}

    asyncio.run(go())


def test_what_the_policy_or_the_route_forbids_stays_inside(
    authority: Authority, far: Server, tmp_path: Path
) -> None:
    async def go() -> None:
        before = far.seen
        async with house(tmp_path) as home:
            when = {"hours": {"start": "0:00", "end": "0:01"}}
            never = date.today() - timedelta(days=1)  # noqa: DTZ011
            home.declare(route(far.port, authority.pem, id="far", expiry=never))
            for sensitivity in ("interne", "secret"):  # the policy is not even asked
                with pytest.raises(RouteExpired) as expired:
                    await said(home, asker=of_class(sensitivity))
                assert f"{never:%d/%m/%Y}" in expired.value.sentence("fr"), "when"
                assert str(never) in expired.value.sentence("en")
                assert "demeure routes open far --expires" in expired.value.sentence("fr"), "and what to do"
                assert expired.value.sentence("en").endswith("The local model can answer.")
            with pytest.raises(RouteExpired) as expired:
                await home.line.call("names", {"route": "far"})
            assert "local" not in expired.value.sentence("en"), "nobody asked a question"
            home.declare(route(far.port, authority.pem, open=False))
            with pytest.raises(RouteClosed) as closed:
                await said(home)
            assert closed.value.sentence("fr").endswith("Le modèle local peut répondre."), (
                "though it is the last one"
            )
            with pytest.raises(NoRouteOpen):
                await said(home, "none")
            assert not home.alive()
            hours = when if time.strftime("%H:%M") != "00:00" else {"hours": {"start": "23:00", "end": "23:01"}}
            home.declare(route(far.port, authority.pem, id="late", **hours), route(far.port, authority.pem))
            home.declare(route(far.port, authority.pem, id="public", classes=["public"]))
            home.declare(route(far.port, authority.pem, id="small", limits={"request": 50}))
            home.declare(route(far.port, authority.pem, id="once", quotas={"person": 1}, groups={"urbanisme": 9}))
            names = ["far", "late", "public", "small", "once"]
            rules = policy(interne=("yes", names), confidentiel=("pseudonymised", ["far"]), secret=("never", []))
            (home.instance / "policy.toml").write_text(rules)
            for name, asker, rule in (
                ("far", of_class("secret"), "leaves-never"),
                ("far", of_class(""), "leaves-unclassed"),
                ("far", of_class("no-such-class"), "leaves-never"),
                ("late", ME, "route-out-of-hours"),
                ("public", ME, "class-not-of-route"),
                ("once", of_class("confidentiel"), "route-not-of-class"),
                ("small", ME, "too-large"),
            ):
                with pytest.raises(RouteRefused) as refused:
                    await said(home, name, asker)
                assert refused.value.params["rule"] == rule
                assert "local" in refused.value.sentence("fr")
                assert home.scribe.names()[-1] == "route-refused"
            assert far.seen == before
            await said(home, "once")
            await home.line.aclose()  # the count outlives the process
            with pytest.raises(RouteRefused, match=r"a day and a person, 1 at most.*quota-person"):
                await said(home, "once")
            assert far.seen == before + 1
            remove(home.instance, "once")
            for gone in ("once", "never-was"):
                with pytest.raises(Exception, match=gone):
                    await said(home, gone)

    asyncio.run(go())


def flood(connection, body) -> None:  # type: ignore[no-untyped-def]
    """Words without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        event(connection, {"choices": [{"delta": {"content": "bla " * 4000}}]})


def drip(connection, body) -> None:  # type: ignore[no-untyped-def]
    """Comments without end, and never a word."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while True:
        connection.sendall(b": wait\n\n")
        time.sleep(0.05)


LIMITS = {"limits": {"silence": 1, "seconds": 2, "answer": 100_000}}
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
ENDS: dict[str, tuple[Answer, str]] = {
    "redirects": (raw(b"HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\nContent-Length: 0\r\n\r\n"), "302"),
    "credential": (raw(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"), "credential"),
    "elsewhere": (raw(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), "no /v1/chat"),
    "hurried": (raw(b"HTTP/1.1 429 Wait\r\nContent-Length: 0\r\n\r\n"), "wait"),
    "page": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
        "not an engine",
    ),
    "list": (raw(OK + b"\r\ndata: [1, 2]\n\n"), "not an engine"),
    "deep": (raw(OK + b"\r\ndata: " + b"[" * 9999 + b"\n\n"), "not an engine"),
    "short": (raw(OK + b'\r\ndata: {"choices": [{"delta": {"content": "a"}}]}\n\n'), "short"),
    "liar": (raw(OK + b"Content-Length: 900\r\n\r\ndata: {}\n\n"), "broken|not an engine"),
    "noise": (raw(bytes(range(256)) * 9), "not HTTP"),
    "heads": (raw(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 300_000 + b"\r\n\r\n"), "not HTTP"),
    "resets": (raw(OK + b"\r\n", then="reset"), "broken"),
    "silent": (raw(b"", then="silence"), "silent"),
    "drips": (drip, "more than 2 s"),
    "floods": (flood, "more than 100000 bytes"),
}


def test_lying_slow_huge_and_resetting_ends_are_left_with_a_clear_word(
    authority: Authority, tmp_path: Path
) -> None:
    context = authority.context()

    async def go(ports: dict[str, int]) -> None:
        async with house(tmp_path, policy(interne=("yes", list(ENDS)))) as home:
            home.declare(*(route(port, authority.pem, id=name, **LIMITS) for name, port in ports.items()))
            began = time.monotonic()

            async def one(name: str) -> str:
                with pytest.raises(RouteFailed) as failed:
                    await said(home, name)
                french = failed.value.sentence("fr")
                assert not re.search(r"\b(the|server|connection|without|illegal|peer|line)\b", french), french
                return failed.value.sentence("en")

            told = dict(zip(ENDS, await asyncio.gather(*map(one, ENDS)), strict=True))
            for name, (_, expected) in ENDS.items():
                assert re.search(expected, told[name]), (name, told[name])
                assert "local model" in told[name]
            assert time.monotonic() - began < 5
            outcomes = [entry["outcome"] for entry in home.scribe.entries if entry["outcome"]]
            assert outcomes == ["failed"] * len(ENDS)
            assert len(home.alive()) == 1

    with contextlib.ExitStack() as ends:
        servers = {name: ends.enter_context(engine(context, answer)) for name, (answer, _) in ENDS.items()}
        asyncio.run(go({name: server.port for name, server in servers.items()}))


def test_more_words_than_the_journal_can_hold_are_left(authority: Authority, tmp_path: Path) -> None:
    async def go(port: int) -> None:
        async with house(tmp_path) as home:
            home.declare(route(port, authority.pem))
            asked, heard = RouteEngine(home.line, "far", ME), 0
            with pytest.raises(RouteFailed, match="answer of more than 524288 bytes"):
                async for delta in asked.chat(QUESTION, max_tokens=50):
                    heard += len(delta.text)
            assert 400_000 < heard <= 524_288 and asked.let_out

    with engine(authority.context(), words(*["mot " * 15_000] * 12)) as end:
        asyncio.run(go(end.port))


def test_signs_that_move_a_cursor_or_turn_a_line_do_not_come_in(authority: Authority, tmp_path: Path) -> None:
    async def go(port: int) -> None:
        async with house(tmp_path) as home:
            home.declare(route(port, authority.pem))
            asked = RouteEngine(home.line, "far", ME)
            heard = [delta.text async for delta in asked.chat(QUESTION, max_tokens=50)]
            assert "".join(heard) == "Le prix[2J est de 3 €."

    with engine(authority.context(), words("Le prix\x1b[2J", "\u202e est\x07 de 3 €.")) as end:
        asyncio.run(go(end.port))


def test_names_put_back_count_among_the_words_of_an_answer(authority: Authority, tmp_path: Path) -> None:
    asker = Asker("p1", sensitivity="confidentiel", chain="c1")
    address = "jean-baptiste.de-la-tour-du-pin@service-de-la-population.exemple.fr"

    async def go(port: int) -> None:
        async with house(tmp_path) as home:
            home.declare(route(port, authority.pem))
            with pytest.raises(RouteFailed, match="answer of more than 524288 bytes"):
                await said(home, asker=asker, text=address)

    with engine(authority.context(), words(*["{prompt} " * 1_500] * 10)) as end:
        asyncio.run(go(end.port))
        assert address not in end.heard[0].decode()


def test_what_a_broken_connection_took_is_not_told_to_have_stayed(authority: Authority, tmp_path: Path) -> None:
    """The request leaves on a kept connection, which breaks; another cannot be made."""

    async def go(end: Server) -> None:
        async with house(tmp_path) as home:
            home.declare(route(end.port, authority.pem))
            assert await said(home) == "one"
            asked = RouteEngine(home.line, "far", ME)
            with pytest.raises(RouteFailed) as failed:
                await anext(asked.chat(QUESTION, max_tokens=50))
            assert type(failed.value) is RouteFailed and "Rien n’est sorti" not in failed.value.sentence("fr")
            assert asked.let_out and len(end.heard) == 2

    def answer(connection: ssl.SSLSocket, body: dict) -> None:
        if len(end.heard) == 1:
            return words("one")(connection, body)
        end.close()
        raise EOFError

    with engine(authority.context(), answer) as end:
        asyncio.run(go(end))


def test_who_is_not_who_was_declared_is_told_nothing(authority: Authority, tmp_path: Path) -> None:
    contexts = {
        "expired": (authority.context(days=-1), "expired"),
        "wrong-host": (authority.context("other.test"), "for another name"),
        "stranger": (Authority().context(), "authority|signature"),
        "pinned": (authority.context(), "pin sha256/"),
        "in-clear": (None, "TLS"),  # a server that does not know of it
    }

    async def go(ports: dict[str, int]) -> None:
        async with house(tmp_path, policy(interne=("yes", [*contexts, "absent"]))) as home:
            more = {"pinned": {"pin": "sha256/" + "A" * 43 + "="}}
            home.declare(*(route(port, authority.pem, id=n, **more.get(n, {})) for n, port in ports.items()))
            home.declare(route(1 + max(ports.values()) % 60000, authority.pem, id="absent"))
            for name, (_, expected) in contexts.items():
                with pytest.raises(RouteNotItself, match=expected) as refused:
                    await said(home, name)
                assert "Rien n’est sorti. Le modèle local" in refused.value.sentence("fr")
            with pytest.raises(RouteUnreachable, match="ECONNREFUSED"):
                await said(home, "absent")
            for name in ("expired", "absent"):
                asked = RouteEngine(home.line, name, ME)
                with pytest.raises(RouteFailed):
                    await anext(asked.chat(QUESTION, max_tokens=50))
                assert not asked.let_out, "nobody is told that it left"
            through = tallies(home.instance / "airlock")
            assert {(one.requests, one.out) for one in through.values()} == {(1, 0), (2, 0)}, "nor is it counted"
            closed = [one["object"] for one in home.scribe.entries if one["name"] == "route-request-closed"]
            assert len(closed) == 8 and all("; out 0 bytes; back 0 bytes" in one for one in closed)

    with contextlib.ExitStack() as ends:
        servers = {n: ends.enter_context(engine(c, words("no"))) for n, (c, _) in contexts.items() if c}
        servers["in-clear"] = Server(lambda _, connection: connection.sendall(b"220 hello\r\n"))
        ends.callback(servers["in-clear"].close)
        asyncio.run(go({name: server.port for name, server in servers.items()}))
        assert not any(server.heard for server in servers.values())


def test_a_route_that_is_closed_is_told_closed_beside_an_open_one(authority: Authority, tmp_path: Path) -> None:
    async def go(far: Server) -> None:
        async with house(tmp_path, policy(interne=("yes", ["prefecture", "mail"]))) as home:
            home.declare(
                route(far.port, authority.pem),
                replace(route(far.port, authority.pem, id="mail"), open=False),
                route(far.port, authority.pem, id="over", expiry=date(2026, 1, 31)),
            )
            told = {"mail": RouteClosed, "over": RouteExpired, "../keys": RouteUnknown, "none": RouteUnknown}
            for name, one in told.items():
                with pytest.raises(one) as refused:
                    await said(home, name)
                assert type(refused.value) is one

    with engine(authority.context(), words("no")) as far:
        asyncio.run(go(far))
        assert not far.heard


def test_it_lives_while_a_route_is_open_and_what_it_was_at_is_closed(
    authority: Authority, far: Server, tmp_path: Path
) -> None:
    def far_route(**more: object) -> Route:
        return route(far.port, authority.pem, **more)

    async def ended(home: House) -> None:
        for _ in range(100):
            if not home.alive():
                return
            await asyncio.sleep(0.05)
        raise AssertionError

    async def go(slow: Server) -> None:
        async with house(tmp_path) as home:
            assert not await home.line.refresh()
            home.declare(far_route(), route(slow.port, authority.pem, id="mail"))
            assert await home.line.refresh()
            first = list(home.alive())
            assert len(first) == 1
            asked = RouteEngine(home.line, "mail", ME).chat(QUESTION, max_tokens=9)
            assert (await anext(asked)).text == "un "
            await asked.aclose()  # the reader leaves
            await home.scribe.told("route-request-closed:interrupted")
            asked = RouteEngine(home.line, "mail", ME).chat(QUESTION, max_tokens=9)
            await anext(asked)
            os.kill(first[0], signal.SIGKILL)  # it dies with a request on its way
            with pytest.raises(RouteFailed):
                await anext(asked)
            assert await said(home) == "Vu : Bonjour"
            interrupted = [e for e in home.scribe.entries if e["outcome"] == "interrupted"]
            assert len(interrupted) == 2
            doors = [row["pid"] for row in home.processes() if row["role"] == "airlock-door"]
            os.kill(doors[-1], signal.SIGKILL)
            with contextlib.suppress(RouteFailed):
                await said(home)  # the one that finds out
            assert await said(home) == "Vu : Bonjour"
            home.scribe.dead = True
            seen = far.seen
            with pytest.raises(JournalUnavailable):
                await said(home)
            assert far.seen == seen
            home.scribe.dead = False
            home.declare(far_route(open=False), route(slow.port, authority.pem, id="mail", open=False))
            with pytest.raises((NoRouteOpen, RouteClosed)):
                await said(home)
            await ended(home)

    with engine(authority.context(), words("un ", "deux ", "trois ", pause=0.3)) as slow:
        asyncio.run(go(slow))
