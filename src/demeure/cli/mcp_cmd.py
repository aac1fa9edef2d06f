"""``demeure mcp``: the house as an MCP server over standard input and output, for a program of this machine."""

import asyncio
import json
import os
import sys
from typing import Any

import click

KEY = "DEMEURE_KEY"
"""Variable that holds the secret of a key; without it, the house's owner speaks."""


@click.command("mcp")
@click.pass_obj
def command(obj: dict[str, Any]) -> None:
    """Serveur MCP sur l’entrée et la sortie standard ; DEMEURE_KEY : la clé au nom de qui il parle."""
    asyncio.run(_serve(obj))


async def _serve(obj: dict[str, Any]) -> None:
    from demeure.cli.house import reach

    loop = asyncio.get_running_loop()
    async with reach(obj["instance"], obj["language"], create=False) as door:
        while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
            if line.strip() and (told := await _answer(door, obj["language"], line)) is not None:
                sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
                sys.stdout.flush()


async def _answer(door: Any, language: str, line: bytes) -> dict[str, Any] | None:
    """Of one message; an error of the house is told as JSON-RPC tells one."""
    from demeure.errors import DemeureError

    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "not JSON"}}
    try:
        args = {"message": message, "key": os.environ.get(KEY, ""), "language": language}
        found: dict[str, Any] | None = (await door.call("mcp.message", args)).data["message"]
        return found
    except DemeureError as problem:
        of = message.get("id") if isinstance(message, dict) else None
        return {"jsonrpc": "2.0", "id": of, "error": {"code": -32603, "message": problem.sentence(language)}}
