"""``demeure contractor shell``: a terminal that decides nothing. Each line goes to the house, which decides, runs
it there, records it and sends the text back. There is no program to start from here, no file to name, no pager."""

import asyncio
import getpass
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import click

from demeure.cli.terminal import printable, said

PROMPT = "demeure> "
_MOST = 400


@click.command("shell")
@click.option("--login", prompt=False, default="", help="Identifiant du compte de prestataire.")
@click.pass_obj
def shell(obj: dict[str, Any], login: str) -> None:
    """La console du prestataire : tout y est enregistré, rien n’y mène aux contenus."""
    from demeure.cli.door import Door
    from demeure.errors import DemeureError

    language = obj["language"]
    for name in ("SIGTSTP", "SIGQUIT", "SIGTTIN", "SIGTTOU"):  # no way back to another shell
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    login = login or _asked(said(language, "Identifiant : ", "Login: "))
    password = _secret(said(language, "Mot de passe : ", "Password: "))
    code = _secret(said(language, "Code : ", "Code: "))

    shown = {"login": login, "password": password, "code": code}

    async def go() -> None:
        async with Door(obj["instance"]) as door:
            token = (await door.call("contractor.enter", shown)).data["token"]
            fr, en = "Tout ce qui suit est enregistré. « help » aide.", "What follows is recorded. “help” helps."
            click.echo(said(language, fr, en))
            while (line := await asyncio.to_thread(_asked, PROMPT)) and line != "exit":
                try:
                    asked = {"token": token, "line": line, "language": language}
                    async for item in door.stream("contractor.run", asked):
                        click.echo(_safe(str(item.data["text"])), nl=False)
                except DemeureError as problem:
                    if problem.code() in _LAST:
                        raise
                    click.echo(printable(problem.sentence(language)), err=True)

    asyncio.run(go())


_LAST = ("WindowClosed", "AccountDormant", "HouseDown", "Denied")
"""After these there is nothing to type any more."""


def fetched(obj: Mapping[str, Any], number: int) -> bytes:
    """The recording of a window, from the house."""

    async def go() -> bytes:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"]) as door:
            return b"".join([item.body async for item in door.stream("contractor.replay", {"number": number})])

    return asyncio.run(go())


def _asked(prompt: str) -> str:
    """One line of standard input; empty lines ask again, its end leaves. Nothing is kept of what was typed."""
    while True:
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.readline(_MOST)
        if not line:
            return ""
        if line.strip():
            return line.strip()


def _secret(prompt: str) -> str:
    return getpass.getpass(prompt) if os.isatty(0) else _asked("")


def _safe(text: str) -> str:
    return "\n".join(printable(part) for part in text.split("\n"))
