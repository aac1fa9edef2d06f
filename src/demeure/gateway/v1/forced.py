"""A function that must be called (``tool_choice`` required, or one named): the engine's grammar holds any model to
it, also one whose template knows no tools (pure but for the stream it follows).
"""

import contextlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any
from uuid import uuid4

Chunk = Mapping[str, Any]
_ORDER = 'Call one of these functions. Answer with JSON alone: {"name": …, "arguments": {…}}.\n'


def forced(request: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """``request`` as one whose answer can be nothing but a call of one of the functions ``names``."""
    tools = [one["function"] for one in request["tools"] if one["function"]["name"] in names]
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": one["name"]},
                "arguments": _moved(
                    one["parameters"], f"{f'/anyOf/{at}' if len(tools) > 1 else ''}/properties/arguments"
                ),
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for at, one in enumerate(tools)
    ]
    schema = calls[0] if len(calls) == 1 else {"anyOf": calls}
    told = {"role": "system", "content": _ORDER + json.dumps(tools, ensure_ascii=False)}
    left = {name: value for name, value in request.items() if name not in ("tools", "tool_choice")}
    left.pop("parallel_tool_calls", None)
    messages = [*request["messages"]]
    at = 1 if messages[0]["role"] == "system" else 0
    if at:
        told["content"] = f"{messages[0]['content']}\n\n{told['content']}"
    format_ = {"type": "json_schema", "json_schema": {"schema": schema}}
    return {**left, "messages": [told, *messages[at:]], "response_format": format_}


def _moved(schema: Any, place: str) -> Any:
    """``schema`` with its references to itself, once it is found at ``place``."""
    if isinstance(schema, list):
        return [_moved(one, place) for one in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {name: one if name in ("const", "enum") else _moved(one, place) for name, one in schema.items()}
    if isinstance(reference := schema.get("$ref"), str):
        moved["$ref"] = f"#{place}{reference.removeprefix('#')}"
    return moved


async def as_calls(chunks: AsyncGenerator[Chunk]) -> AsyncGenerator[Chunk]:
    """The same answers, each told as a call once it is whole; one that was cut stays the text it is."""
    said: dict[int, str] = {}
    async with contextlib.aclosing(chunks) as events:
        async for event in events:
            if not event["choices"]:
                yield event
            for choice in event["choices"]:
                at, delta = choice["index"], choice.get("delta") or {}
                said[at] = said.get(at, "") + (delta.get("content") or "")
                if choice.get("finish_reason"):
                    for told in _told(at, said[at], choice["finish_reason"]):
                        yield {"choices": [told]}


def _told(at: int, text: str, finish: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
        name, arguments = str(found["name"]), json.dumps(found["arguments"], ensure_ascii=False)
    except (ValueError, LookupError, TypeError):
        delta: dict[str, Any] = {"role": "assistant", "content": text}
    else:
        function = {"name": name, "arguments": arguments}
        call = {"index": 0, "id": f"call_{uuid4().hex[:24]}", "type": "function", "function": function}
        delta, finish = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    return [
        {"index": at, "delta": delta, "finish_reason": None},
        {"index": at, "delta": {}, "finish_reason": finish},
    ]
