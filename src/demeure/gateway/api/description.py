"""GET /openapi.json (and /api/openapi.json): the API described from the table of ways, so that it cannot drift."""

import re
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from demeure.gateway.v1 import schemas
from demeure.gateway.visit import Visit
from demeure.gateway.way import UPLOAD, Handler, Way

PREFIXES = ("/api/", "/v1/", "/mcp")
"""Of the paths of programs."""


def _error(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": "What happened, in a sentence", "content": {"application/json": {"schema": schema}}}


_TITLE = "Sign in on the pages (a cookie), or show a key: Authorization: Bearer demeure-…"
_SCHEMAS = {
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "sentence", "status"],
                "properties": {
                    "code": {"type": "string"},
                    "sentence": {"type": "string"},
                    "status": {"type": "integer"},
                },
            }
        },
    },
    "ProgramError": schemas.ERROR,
    "MessageError": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object"}}},
}


def description(ways: Sequence[Way]) -> dict[str, Any]:
    """An OpenAPI 3.1 document of the ways for programs."""
    paths: dict[str, dict[str, Any]] = {}
    for way in ways:
        if way.path.startswith(PREFIXES):
            paths.setdefault(way.path, {})[way.method.lower()] = _operation(way)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Demeure", "version": "1", "description": _TITLE},
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "demeure-session-PORT"},
                "key": {"type": "http", "scheme": "bearer", "description": "An application key: demeure keys add"},
            },
        },
        "security": [{"session": []}],
    }


def _operation(way: Way) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": way.summary,
        "operationId": f"{way.method.lower()}{re.sub(r'[^a-z]+', '-', way.path)}".rstrip("-"),
        "parameters": _parameters(way),
        "responses": {**_successes(way), "4XX": _error(_shape(way)), "5XX": _error(_shape(way))},
        "x-policy-action": str(way.action),
        "x-journal-event": way.event,
    }
    if way.scope:
        operation |= {"security": [{"session": []}, {"key": []}], "x-key-scope": way.scope}
    if way.body == UPLOAD:
        content: dict[str, Any] = {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"format": "binary"}}}},
        }
        operation["requestBody"] = {"required": True, "content": content}
    elif way.form_schema:
        content = {"multipart/form-data": {"schema": dict(way.form_schema)}}
        operation["requestBody"] = {"required": True, "content": content}
    elif way.body_schema:
        content = {"application/json": {"schema": dict(way.body_schema)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(way: Way) -> list[dict[str, Any]]:
    inside = re.findall(r"{(\w+)}", way.path)
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in inside]
    found += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in way.parameters]
    if way.changes:
        needed = not way.scope  # a key needs none
        found.append({"name": "X-Demeure-Token", "in": "header", "required": needed, "schema": {"type": "string"}})
    return found


def _shape(way: Way) -> str:
    if way.path == "/mcp":
        return "MessageError"
    return "ProgramError" if way.path.startswith("/v1/") else "Error"


def _successes(way: Way) -> dict[str, Any]:
    if way.answers == "events":
        return {"200": {"description": "Events", "content": {"text/event-stream": {}}}}
    if way.answers == "nothing":
        return {"204": {"description": "Done"}}
    if way.answers == "file":
        content: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}  # of its own type
        return {"200": {"description": way.summary, "content": content}}
    schema = dict(way.gives) or {"type": "object"}
    content = {"application/json": {"schema": schema}}
    if way.answers == "object or events":
        content["text/event-stream"] = {}
    if way.answers == "object or text":
        content["text/plain"] = {"schema": {"type": "string"}}
    success = {"description": way.summary, "content": content}
    if way.answers == "object or accepted":
        return {"200": success, "202": {"description": "Taken"}}
    if way.answers == "made":
        return {"201": success}
    return {"200": success, "201": success} if way.answers == "added" else {"200": success}


def served(ways: Sequence[Way]) -> Handler:
    """The handler that serves the description of ``ways``."""
    document = description(ways)

    async def openapi(came: Visit) -> Response:
        return came.json(document)

    return openapi
