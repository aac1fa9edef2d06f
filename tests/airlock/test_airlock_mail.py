"""An SMTP relay at the end of a route."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from airlock_ends import Authority, relay
from airlock_house import ME, House, house, policy, route

from demeure.airlock import Asker, MailRefused, RouteFailed, RouteNotItself, RouteRefused
from demeure.airlock.line import asked
from demeure.gateway.ways_out import WaysOut
from demeure.testing.journal import MemoryJournal

LETTER = {"to": ["maire@exemple.fr"], "subject": "Séance du 3", "text": "Bonjour,\n.\nÀ lundi.\n"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def of_relay(port: int, authority: str, **more: Any) -> Any:
    told = {
        "kind": "relay",
        "host": "relay.test",
        "sender": "accueil@exemple.fr",
        "id": "mail",
        "account": "accueil",
    }
    return route(port, authority, **{**told, **more})


async def send(home: House, letter: Any = LETTER, asker: Asker = ME, name: str = "mail") -> Any:
    return (await home.line.call("mail", asked(asker, name), json.dumps(letter).encode())).data


def test_a_message_leaves_under_tls_as_it_was_written(authority: Authority, tmp_path: Path) -> None:
    async def go(port: int) -> None:
        async with house(tmp_path) as home:
            home.declare(of_relay(port, authority.pem), secret="pass")
            assert (await send(home))["said"] == "taken"
            assert home.scribe.names() == ["route-request", "route-request-closed:done"]
            for bad in (
                {**LETTER, "to": ["maire@exemple.fr>\r\nRCPT TO:<x@evil.test"]},
                {**LETTER, "to": []},
                {**LETTER, "to": ["a@b.fr"] * 51},
                {**LETTER, "subject": "Bonjour\r\nBcc: x@evil.test"},
                {**LETTER, "text": " "},
                ["not", "a", "letter"],
            ):
                with pytest.raises(RouteRefused, match="malformed"):
                    await send(home, bad)
            with pytest.raises(RouteRefused, match="mail-in-clear"):
                await send(home, asker=Asker(ME.person, (), "confidentiel"))
            with pytest.raises(RouteRefused, match="kind"):
                await home.line.call("chat", asked(ME, "mail"), b"{}")

    with relay(authority.context("relay.test")) as server:
        asyncio.run(go(server.port))
        assert server.seen == 1
        verbs = [row.split()[0] for row in server.heard]
        assert verbs[:3] == [b"EHLO", b"STARTTLS", b"EHLO"]
        assert b"AUTH PLAIN " + base64.b64encode(b"\0accueil\0pass") + b"\r\n" in server.heard
        message = next(row for row in server.heard if b"Subject" in row)
        assert b"From: accueil@exemple.fr\r\nTo: maire@exemple.fr\r\n" in message
        assert b"evil" not in b"".join(server.heard)


def test_an_alert_of_the_house_leaves_by_the_declared_relay_and_in_the_journal(
    authority: Authority, tmp_path: Path
) -> None:
    """The house's own words about itself, of the lowest class or of that which the settings say; refused where the
    policy does not let it out."""
    lowest = policy(public=("yes", ["mail"]), interne=("never", []), confidentiel=("never", []))
    shut = policy(public=("never", []), interne=("never", []), confidentiel=("never", []))

    async def go(port: int) -> None:
        for name, text in (("open", lowest), ("shut", shut)):
            async with house(tmp_path / name, text) as home:
                home.declare(of_relay(port, authority.pem, classes=["public"]), secret="pass")
                ways = WaysOut(home.instance, home.line, MemoryJournal(), lambda _actor: [])
                mailed = ways.alert("mail", ["dsi@exemple.fr"], "Demeure : 1 alerte(s)", "Le disque se remplit.")
                if name == "open":
                    await mailed
                    assert home.scribe.names() == ["route-request", "route-request-closed:done"]
                    for other in ("interne", "inconnue"):
                        with pytest.raises(RouteRefused):
                            await ways.alert("mail", ["dsi@exemple.fr"], "Demeure", "Un rapport attend.", other)
                else:
                    with pytest.raises(RouteRefused):
                        await mailed

    with relay(authority.context("relay.test")) as server:
        asyncio.run(go(server.port))
        assert server.seen == 1
        assert any(b"To: dsi@exemple.fr" in row for row in server.heard)


def test_a_relay_that_refuses_or_is_not_the_one(authority: Authority, tmp_path: Path) -> None:
    async def go(ports: dict[str, int]) -> None:
        async with house(tmp_path) as home:
            for name, expected, match in (
                ("refuses", MailRefused, "554 no"),
                ("clear", RouteFailed, "STARTTLS"),
                ("stranger", RouteNotItself, "authority that the route does not know"),
            ):
                home.declare(of_relay(ports[name], authority.pem))
                with pytest.raises(expected, match=match) as told:
                    await send(home)
                assert "local" not in told.value.sentence("fr") + told.value.sentence("en"), (
                    "no model sends a message"
                )
            assert home.scribe.names() == ["route-request", "route-request-closed:failed"] * 3

    good = authority.context("relay.test")
    with (
        relay(good, refuses="RCPT") as refuses,
        relay(None) as clear,
        relay(Authority().context("relay.test")) as stranger,
    ):
        ends = {"refuses": refuses, "clear": clear, "stranger": stranger}
        asyncio.run(go({name: end.port for name, end in ends.items()}))
        assert not any(b"Subject" in row for end in ends.values() for row in end.heard)


def test_a_failure_says_whether_the_message_may_have_left(authority: Authority, tmp_path: Path) -> None:
    two = {**LETTER, "to": ["maire@exemple.fr", "non@exemple.fr"]}

    async def go(ports: dict[str, int]) -> None:
        async with house(tmp_path) as home:
            for name, expected, said in (
                ("cut early", RouteFailed, "et rien n’est sorti"),
                ("cut before", RouteFailed, "et le message n’est pas parti"),
                ("cut after", RouteFailed, "il tenait le message : il a pu partir"),
                ("clear", RouteFailed, "STARTTLS), et rien n’est sorti"),
                ("one of two", MailRefused, "554 no (non@exemple.fr). Il n’est parti à personne."),
            ):
                home.declare(of_relay(ports[name], authority.pem))
                with pytest.raises(expected) as told:
                    await send(home, two)
                assert said in told.value.sentence("fr").replace("\u00a0", " "), name

    good = authority.context("relay.test")
    with (
        relay(good, cuts="EHLO") as early,
        relay(good, cuts="RCPT") as before,
        relay(good, cuts=".") as after,
        relay(None) as clear,
        relay(good, refuses="RCPT TO:<NON") as one,
    ):
        ends = {"cut early": early, "cut before": before, "cut after": after, "clear": clear, "one of two": one}
        asyncio.run(go({name: end.port for name, end in ends.items()}))
        held = [name for name, end in ends.items() if any(b"Subject" in row for row in end.heard)]
        assert held == ["cut after"]
