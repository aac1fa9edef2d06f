"""Run by a Python that has the official `mcp` package (2.x): over streamable HTTP, or ``demeure mcp``.

Arguments: ``http`` address secret, or ``stdio`` command… (environment: DEMEURE_KEY). Prints JSON.
"""

import asyncio
import json
import os
import sys
from importlib.metadata import version
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


async def call(session: ClientSession, name: str, **arguments: Any) -> dict[str, Any]:
    return (await session.call_tool(name, arguments)).model_dump(by_alias=True)


async def used(session: ClientSession) -> dict[str, Any]:
    hello = (await session.initialize()).model_dump(by_alias=True)
    assert hello["serverInfo"]["name"] == "demeure"
    names = [tool.name for tool in (await session.list_tools()).tools]
    assert {"search", "ask", "read_passage", "run_task"} <= set(names), names
    found = await call(session, "search", query="salle")
    assert not found["isError"] and found["structuredContent"]["documents"], found
    first = found["structuredContent"]["documents"][0]
    read = await call(session, "read_passage", document=first["id"])
    assert not read["isError"] and read["content"][0]["text"]
    answer = await call(session, "ask", question="Quel est le tarif de la salle des fêtes ?")
    assert not answer["isError"] and answer["structuredContent"]["sources"], answer
    draft = await call(session, "run_task", task="courriel", fields={"notes": "salle libre le 14 juin"}, wait=240)
    assert not draft["isError"] and draft["content"][0]["text"], draft
    assert (await call(session, "run_task", task="absente", fields={}))["isError"]
    told = {"mcp": version("mcp"), "protocol": hello["protocolVersion"]}
    return told | {"answer": answer["content"][0]["text"][:200], "draft": draft["content"][0]["text"][:200]}


async def main() -> None:
    if sys.argv[1] == "http":
        url, secret = sys.argv[2:4]
        client = create_mcp_http_client(headers={"Authorization": f"Bearer {secret}"})
        way = streamable_http_client(f"{url}/mcp", http_client=client)
    else:
        way = stdio_client(StdioServerParameters(command=sys.argv[2], args=sys.argv[3:], env=dict(os.environ)))
    async with way as streams, ClientSession(*streams[:2]) as session:
        print(json.dumps(await used(session), ensure_ascii=False))


asyncio.run(main())
