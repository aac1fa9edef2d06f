"""The house as an MCP server: the protocol, the tools, the rights of a key, the same over the control door."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from demeure.gateway.mcp.protocol import VERSIONS
from demeure.gateway.mcp.serving import McpDesk
from demeure.policy import machine_actor
from demeure.policy.scopes import ASKS, DRAFTS
from demeure.testing.gateway import FakeRooms
from demeure.wire import Request

from .conftest import Live
from .test_v1 import program, rooms_with_models

NOTES = {"notes": "salle libre le 14 juin"}


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    rooms = rooms_with_models()
    rooms.shelves.put("Tarifs.pdf")
    (document,) = rooms.shelves.rows
    rooms.finder.texts[document] = "La salle se loue 85 euros."
    return serve(rooms)


def call(client: httpx.Client, method: str, **params: Any) -> Any:
    answer = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def tool(client: httpx.Client, name: str, **arguments: Any) -> Any:
    return call(client, "tools/call", name=name, arguments=arguments)["result"]


def test_it_is_greeted_and_tells_the_tools_that_the_key_opens(live: Live) -> None:
    with program(live, ASKS) as client:
        for version in (*VERSIONS, "1999-01-01"):
            hello = call(client, "initialize", protocolVersion=version, capabilities={}, clientInfo={})
            assert hello["result"]["protocolVersion"] == (version if version in VERSIONS else VERSIONS[0])
        told = client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
        assert (told.status_code, told.content) == (202, b"")
        names = [one["name"] for one in call(client, "tools/list")["result"]["tools"]]
        assert names == ["search", "ask", "read_passage", "list_spaces"]
        refused = tool(client, "run_task", task="courriel", fields=NOTES)
        assert refused["isError"] and "clé" in refused["content"][0]["text"]
        assert [e.object for e in live.rooms.journal.named("way-refused")] == ["MCP run_task"]
    with program(live, DRAFTS) as client:
        names = [one["name"] for one in call(client, "tools/list")["result"]["tools"]]
        assert names == ["list_tasks", "run_task", "read_work"]


def test_search_ask_read_and_run(live: Live) -> None:
    with program(live, ASKS, DRAFTS) as client:
        found = tool(client, "search", query="salle", spaces=["Mairie"])
        assert "Tarifs.pdf" in found["content"][0]["text"] and found["structuredContent"]["total"] == 1
        answer = tool(client, "ask", question="Quel tarif ?")
        assert "[1]" in answer["content"][0]["text"] and answer["structuredContent"]["citations"] == [1, 2]
        passage = answer["structuredContent"]["sources"][0]
        read = tool(client, "read_passage", document="d1", passage=passage["passage"])
        assert passage["quote"] in read["content"][0]["text"]
        assert tool(client, "list_spaces")["structuredContent"]["spaces"]
        tasks = tool(client, "list_tasks")["structuredContent"]["tasks"]
        assert "courriel" in {one["task"] for one in tasks}
        draft = tool(client, "run_task", task="courriel", fields=NOTES)
        assert draft["structuredContent"]["draft"]["state"] == "done" and draft["content"][0]["text"]
        again = tool(client, "read_work", work=draft["structuredContent"]["work"])
        assert again["content"] == draft["content"]
        for name, arguments in (
            ("search", {}),
            ("search", {"query": "salle", "document": "d1"}),
            ("ask", {"question": "Quel tarif ?", "documents": "d1"}),
            ("ask", {"question": ""}),
            ("read_passage", {"document": "absent"}),
            ("run_task", {"task": "courriel", "fields": [1]}),
            ("read_work", {"work": "\ud800"}),
        ):
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
            body["params"] = {"name": name, "arguments": arguments}
            wrong = client.post("/mcp", content=json.dumps(body)).json()
            assert wrong["result"]["isError"], name


def test_what_is_no_message_is_told_so(live: Live) -> None:
    with program(live, ASKS) as client:
        for body, code in ((b"{", -32700), (b"[]", -32600), (b'{"jsonrpc": "2.0", "id": [1]}', -32600)):
            answer = client.post("/mcp", content=body)
            assert answer.status_code == 400 and answer.json()["error"]["code"] == code
        assert call(client, "resources/list")["error"]["code"] == -32601
        assert call(client, "tools/call", name="effacer")["error"]["code"] == -32602
        assert client.get("/mcp").status_code == 405
    with live.client(None) as nobody:
        assert nobody.post("/mcp", json={}).status_code == 401


def test_the_control_door_speaks_for_a_key_or_for_the_owner(live: Live) -> None:
    desk = McpDesk(lambda: _opened(live.rooms, live))
    listed = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    told = asyncio.run(desk.mcp_message(Request("mcp.message", {"message": listed}, "desk")))
    assert len(told.data["message"]["result"]["tools"]) == 7
    with program(live, DRAFTS) as client:
        secret = client.headers["authorization"].removeprefix("Bearer ")
        told = asyncio.run(desk.mcp_message(Request("mcp.message", {"message": listed, "key": secret}, "desk")))
    assert len(told.data["message"]["result"]["tools"]) == 3


async def _opened(rooms: FakeRooms, live: Live) -> Any:
    return live.house, machine_actor(0, 0, "root")
