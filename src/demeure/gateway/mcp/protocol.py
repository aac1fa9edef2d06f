"""The Model Context Protocol as this house speaks it (pure): JSON-RPC messages, tools and nothing else, no session.

Written after the specification of 2025-06-18 (streamable HTTP: one POST, one JSON answer); a server may do without
sessions and without a stream of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demeure import __version__
from demeure.errors import DemeureError, InputError

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Of the protocol, the latest first."""
PARSE, INVALID, NO_METHOD, BAD_PARAMS, BROKEN = -32700, -32600, -32601, -32602, -32603
"""Codes of JSON-RPC."""
_ABOUT = (
    "The documents of an organisation, inside its own walls. search finds passages, read_passage shows one whole, "
    "ask answers from them with numbered sources, run_task drafts. What this key may not read does not exist."
)


@dataclass(frozen=True)
class Call:
    """A message that wants an answer (``id``), or none (None): a notification, an answer."""

    id: str | int | None
    method: str
    params: Mapping[str, Any]


class Wrong(Exception):
    """A message that is none; ``code`` of JSON-RPC."""

    def __init__(self, code: int, said: str, of: str | int | None = None) -> None:
        super().__init__(said)
        self.code, self.said, self.of = code, said, of


def call_of(message: Any) -> Call:
    """Raises Wrong."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise Wrong(INVALID, "a JSON-RPC 2.0 message, one at a time")
    given = message.get("id")
    if given is not None and (isinstance(given, bool) or not isinstance(given, str | int)):
        raise Wrong(INVALID, "id: a text or a whole number")
    if "method" not in message and ("result" in message or "error" in message):
        return Call(None, "", {})
    method, params = message.get("method"), message.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        raise Wrong(INVALID, "method: a text; params: an object", given)
    return Call(given, method, params)


def answered(call: Call, result: Mapping[str, Any]) -> dict[str, Any]:
    """An answer."""
    return {"jsonrpc": "2.0", "id": call.id, "result": dict(result)}


def failed(problem: Wrong) -> dict[str, Any]:
    """An error of the protocol."""
    return {"jsonrpc": "2.0", "id": problem.of, "error": {"code": problem.code, "message": problem.said}}


def welcome(params: Mapping[str, Any], organisation: str) -> dict[str, Any]:
    """The answer to ``initialize``: the version that the program asks for when the house speaks it."""
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "demeure", "title": f"Demeure, {organisation}", "version": __version__},
        "instructions": _ABOUT,
    }


def said(text: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The result of a tool: for a reader, and for a program."""
    told: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": False}
    return told | ({"structuredContent": dict(data)} if data is not None else {})


def refused(problem: DemeureError, language: str) -> dict[str, Any]:
    """A tool that could not: the model is told why, in words."""
    told = {"code": problem.code(), "sentence": problem.sentence(language)}
    return {"content": [{"type": "text", "text": told["sentence"]}], "structuredContent": told, "isError": True}


def text_of(arguments: Mapping[str, Any], name: str, limit: int, *, needed: bool = False) -> str:
    """A text among the arguments of a tool. Raises InputError."""
    value = arguments.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or len(value) > limit or (needed and not value.strip()):
        raise InputError(detail=name)
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise InputError(detail=name) from problem
    return value


def texts_of(arguments: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts among them. Raises InputError."""
    values = arguments.get(name) or []
    if not isinstance(values, list) or len(values) > 1000:
        raise InputError(detail=name)
    return [text_of({name: value}, name, 200, needed=True) for value in values]


def whole_of(arguments: Mapping[str, Any], name: str, usual: int, least: int, most: int) -> int:
    """A whole number among them. Raises InputError."""
    value = arguments.get(name, usual)
    if type(value) is not int or not least <= value <= most:
        raise InputError(detail=name)
    return value
