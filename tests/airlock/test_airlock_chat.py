"""A TLS engine at the end of a route, asked through the airlock in its box."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from demeure.airlock import RouteEngine
from airlock_house import ME, house, route
from airlock_ends import Authority, engine, words

QUESTION = [{"role": "user", "content": "Bonjour"}]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def said(asked: RouteEngine, messages=QUESTION) -> str:  # type: ignore[no-untyped-def]
    return "".join([delta.text async for delta in asked.chat(messages, max_tokens=50)])


def test_it_answers(authority: Authority, tmp_path: Path) -> None:
    async def go() -> None:
        with engine(authority.context(), words("Bon", "jour !")) as far:
            async with house(tmp_path) as home:
                assert not home.alive()
                home.declare(route(far.port, authority.pem), secret="s3cret")
                assert await said(RouteEngine(home.line, "far", ME)) == "Bonjour !"
                assert b"authorization: bearer s3cret" in far.heard[0].lower()
                assert json.loads(far.heard[0].split(b"\r\n")[-1])["model"] == "big"
                assert home.scribe.names() == ["route-request", "route-request-closed:done"]
                print(home.processes(), os.getpid())

    asyncio.run(go())
