"""Whatever is sent, the house answers something it meant to answer: never 500, never without its shield."""

import asyncio
import contextlib
import os
import string
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demeure.gateway.app import make_app, ways
from demeure.gateway.guard import HEADERS
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.testing.gateway import FakeRooms, make_house

from .conftest import TOKEN

RENDERING = Rendering(Sentences.load())
WAYS = ways()
PARTS = st.text(st.characters(codec="utf-8", exclude_characters="/"), max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            *("question", "space", "spaces", "conversation", "token", "name", "document", "retour", "espace"),
            *("login", "password", "again", "old", "role", "right", "who", "person", "fait"),
        ]
    ),
    ANYTHING,
    max_size=5,
)
HEADER = st.text(string.printable.translate({ord(c): None for c in "\r\n\x0b\x0c"}), max_size=60)


def send(request: dict[str, Any], **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        rooms = FakeRooms()
        rooms.shelves.put("a.pdf")
        transport = httpx.ASGITransport(make_app(make_house(rooms, rendering=RENDERING)))
        base = {"Host": "127.0.0.1:8420", "Cookie": "demeure-session-8420=claire", "X-Demeure-Token": TOKEN}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420") as client:
            return await client.request(**request, headers={**base, **headers})

    return asyncio.run(go())


def meant(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text[:300]
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value


pytestmark = pytest.mark.endurance

quick = settings(
    max_examples=400 if os.environ.get("DEMEURE_ENDURANCE") else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@quick
@given(st.sampled_from(WAYS), PARTS, st.dictionaries(PARTS, PARTS, max_size=3))
def test_any_address(way: Any, part: str, query: dict[str, str]) -> None:
    path = way.path
    for name in (
        *("message", "document", "token", "choice", "name", "conversation", "page", "passage"),
        *("person", "group", "space", "session", "task", "work", "number", "kind"),
    ):
        path = path.replace("{" + name + "}", part or "x")
    with contextlib.suppress(httpx.InvalidURL):
        meant(send({"method": way.method, "url": path, "params": query}))


@quick
@given(st.sampled_from([w for w in WAYS if w.changes]), FIELDS)
def test_any_json_body(way: Any, body: dict[str, Any]) -> None:
    import json

    content = json.dumps(body).encode()
    kind = "application/json"
    meant(send({"method": way.method, "url": way.path, "content": content}, **{"Content-Type": kind}))


@quick
@given(st.sampled_from([w for w in WAYS if w.changes]), st.binary(max_size=400), HEADER)
def test_any_bytes_under_any_type(way: Any, body: bytes, kind: str) -> None:
    meant(send({"method": way.method, "url": way.path, "content": body}, **{"Content-Type": kind}))
    form = "application/x-www-form-urlencoded"
    meant(send({"method": way.method, "url": way.path, "content": body}, **{"Content-Type": form}))


@quick
@given(st.sampled_from([w for w in WAYS if w.changes]), st.dictionaries(st.text(max_size=8), PARTS, max_size=3))
def test_any_form(way: Any, fields: dict[str, str]) -> None:
    """The fields the pages know, with anything in them."""
    known = dict.fromkeys(("name", "login", "password", "again", "old", "role", "right", "who", "person"), "")
    values = list(fields.values()) or ["x"]
    filled = {name: values[place % len(values)] for place, name in enumerate(known)}
    path = way.path
    for name, value in (("person", "p1"), ("group", "g1"), ("space", "mairie"), ("session", "a1")):
        path = path.replace("{" + name + "}", value)
    data = {key.encode("utf-8", "replace").decode(): value for key, value in (filled | fields).items()}
    meant(send({"method": way.method, "url": path, "data": data}))


@quick
@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_file_form(body: bytes, cut: int) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="space"\r\n\r\nmairie\r\n--b\r\n'
    head += b'Content-Disposition: form-data; name="file"; filename="' + body[:cut] + b'"\r\n\r\n'
    content = head + body + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    for piece in (content, content[:-cut], body):
        meant(send({"method": "POST", "url": "/api/documents", "content": piece}, **{"Content-Type": kind}))


@quick
@given(
    st.sampled_from(
        ["Cookie", "Accept-Language", "Origin", "Sec-Fetch-Site", "X-Demeure-Token", "Content-Length", "Accept"]
    ),
    HEADER,
)
def test_any_header(name: str, value: str) -> None:
    answer = send({"method": "POST", "url": "/demander", "content": b"question=x"}, **{name: value})
    meant(answer)
    meant(send({"method": "GET", "url": "/"}, **{name: value}))


PLACES = st.one_of(PARTS, st.integers().map(str), st.sampled_from(["1", "2", "12", "1.png", "0", "-1", "1e9", "٣"]))


@quick
@given(
    st.sampled_from(["page/{}", "page/{}.png", "passage/{}"]),
    PLACES,
    st.dictionaries(st.sampled_from(["passage", "source", "largeur", "taille"]), PLACES, max_size=4),
)
def test_any_place_of_a_document(path: str, place: str, query: dict[str, str]) -> None:
    with contextlib.suppress(httpx.InvalidURL):
        meant(send({"method": "GET", "url": f"/documents/d1/{path.format(place)}", "params": query}))
