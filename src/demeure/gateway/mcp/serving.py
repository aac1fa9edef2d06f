"""One message of the protocol, answered: over ``POST /mcp``, or over the control door for ``demeure mcp``."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from demeure.errors import DemeureError, InputError
from demeure.gateway.house import House
from demeure.gateway.mcp.protocol import (
    BAD_PARAMS,
    NO_METHOD,
    PARSE,
    Call,
    Wrong,
    answered,
    call_of,
    failed,
    refused,
    welcome,
)
from demeure.gateway.mcp.shelf import BY_NAME, TOOLS, Caller, Tool
from demeure.gateway.streams import until_left
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.journal import Draft
from demeure.policy import Action, Actor, Denied, Resource
from demeure.policy.scopes import ASKS, DRAFTS
from demeure.wire import Handler, Reply, Request

_BODY = 1 << 20


async def message(caller: Caller, given: Any) -> dict[str, Any] | None:
    """The answer to one message; None to one that wants none."""
    try:
        call = call_of(given)
        if call.id is None:
            return None
        return answered(call, await _result(caller, call))
    except Wrong as problem:
        return failed(problem)


async def _result(caller: Caller, call: Call) -> dict[str, Any]:
    match call.method:
        case "initialize":
            return welcome(call.params, caller.house.settings.organisation)
        case "ping":
            return {}
        case "tools/list":
            return {"tools": [tool.told() for tool in TOOLS if _open(caller, tool)]}
        case "tools/call":
            return await _called(caller, call)
    raise Wrong(NO_METHOD, call.method[:80], call.id)


async def _called(caller: Caller, call: Call) -> dict[str, Any]:
    tool = BY_NAME.get(str(call.params.get("name")))
    given = call.params.get("arguments") or {}
    if tool is None or not isinstance(given, dict):
        raise Wrong(BAD_PARAMS, "no such tool, or arguments that are no object", call.id)
    try:
        await _allowed(caller, tool)
        tool.takes(given)
        return await tool.work(caller, given)
    except DemeureError as problem:
        return refused(problem, caller.language)


def _open(caller: Caller, tool: Tool) -> bool:
    """Was the key given for that? Whoever has no key is asked by the room itself."""
    if not caller.actor.keyed:
        return True
    about = Resource("way", name=tool.name, marks=frozenset({tool.scope}))
    return caller.house.decide(caller.actor, Action.KEY_USE, about).allowed


async def _allowed(caller: Caller, tool: Tool) -> None:
    """Raises Denied, once it is written."""
    if _open(caller, tool):
        return
    about = Resource("way", name=tool.name, marks=frozenset({tool.scope}))
    decision = caller.house.decide(caller.actor, Action.KEY_USE, about)
    draft = Draft(
        kind="filter",
        name="way-refused",
        chain=uuid4().hex,
        actor=caller.actor.id,
        object=f"MCP {tool.name}",
        decision=decision.rule,
    )
    await caller.house.journal.record(draft)
    raise Denied(rule=decision.rule, why_fr=decision.sentence("fr"), why_en=decision.sentence("en"))


async def over_http(came: Visit) -> Response:
    """POST /mcp: one message, one JSON answer; 202 for a message that wants none."""
    caller = Caller(came.house, came.actor, came.language)
    try:
        given = json.loads(await came.request.body())
    except (ValueError, RecursionError):
        return JSONResponse(failed(Wrong(PARSE, "not JSON")), 400)
    told: list[dict[str, Any] | None] = []

    async def work() -> None:
        told.append(await message(caller, given))

    if not await until_left(came.request.receive, work()):
        return Response(status_code=400)  # nobody is there to read it
    (found,) = told
    if found is None:
        return Response(status_code=202)
    return JSONResponse(found, 400 if "error" in found and found["id"] is None else 200)


class McpDesk:
    """The operation of the control door: the same messages, in the name of a key or of the house's owner."""

    def __init__(self, opened: Callable[[], Awaitable[tuple[House, Actor]]]) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {"mcp.message": self.mcp_message}

    async def mcp_message(self, request: Request) -> Reply:
        """``message``: JSON; ``key``: the secret of a key, empty for the house's owner; ``language``."""
        house, actor = await self._house()
        given = request.args.get("message")
        language = text_field(request.args, "language", 2) or house.settings.language
        if language not in ("fr", "en"):
            raise InputError(detail="language")
        if secret := text_field(request.args, "key", 200):
            actor = await house.applications.guest(secret)
            await house.applications.used(actor, "demeure mcp")
        return Reply({"message": await message(Caller(house, actor, language), given)})


MCP_OPERATIONS = {"mcp.message": "mcp_message"}
_MESSAGE = {
    "type": "object",
    "required": ["jsonrpc"],
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["string", "integer"]},
        "method": {"type": "string"},
        "params": {"type": "object"},
    },
}
WAYS = (
    Way(
        *("POST", "/mcp", over_http, Action.ASK, "request"),
        decided_by="assistant",
        scope=f"{ASKS} {DRAFTS}",
        body=_BODY,
        summary="MCP server (streamable HTTP): search, ask, read a passage, run a task",
        body_schema=_MESSAGE,
        answers="object or accepted",
    ),
)
