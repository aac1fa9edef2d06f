"""One message to an SMTP relay at the end of a route. The airlock writes its headers: whoever asks gives a subject,
a text and whom it is for, and cannot slip in anything else.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any

from demeure.airlock.connecting import Dialler, Line, heard
from demeure.airlock.errors import MailRefused, RouteFailed, RouteRefused
from demeure.airlock.route import MAILBOX, Route
from demeure.clock import Clock

MOST_RECIPIENTS = 50
_SUBJECT, _LINE, _LINES = 300, 2048, 200
IMPLICIT = 465
"""The port where TLS comes first; on the others STARTTLS must be offered, and is required."""


@dataclass
class Given:
    """What a relay was given: ``told`` whom a message is from; ``handed`` the message itself, or a part of it."""

    told: bool = False
    handed: bool = False

    def left(self) -> tuple[str, str]:
        """What a failure says of the message, in French and in English, after a comma."""
        if self.handed:
            return "et il tenait le message : il a pu partir", "and it had the message: it may have left"
        if self.told:
            return "et le message n’est pas parti", "and the message has not left"
        return "et rien n’est sorti", "and nothing left"


def letter_of(route: Route, told: Any) -> tuple[list[str], str, str]:
    """(recipients, subject, text). Raises RouteRefused."""
    given: dict[str, Any] = told if isinstance(told, dict) else {}
    to, subject, text = given.get("to"), given.get("subject"), given.get("text")
    if not isinstance(to, list) or not 0 < len(to) <= MOST_RECIPIENTS or not all(map(_mailbox, to)):
        raise _refused(route, "Les destinataires ne sont pas des adresses.", "The recipients are not addresses.")
    if not isinstance(subject, str) or not subject.isprintable() or not 0 < len(subject) <= _SUBJECT:
        raise _refused(route, "L’objet tient sur une ligne.", "The subject is one line.")
    if not isinstance(text, str) or not text.strip():
        raise _refused(route, "Le message est vide.", "The message is empty.")
    return to, subject, text


def bytes_of(route: Route, to: Sequence[str], subject: str, text: str, clock: Clock) -> bytes:
    """The very bytes that leave as the message."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = route.sender, ", ".join(to)
    message["Subject"], message["Date"] = subject, format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=route.sender.rpartition("@")[2])
    message.set_content(text)
    return message.as_bytes()


async def send(dialler: Dialler, route: Route, secret: str, to: Sequence[str], message: bytes, given: Given) -> str:
    """Give it to the relay; its last words. ``given`` says how far that went: nothing of it is told before TLS is
    agreed upon. Raises RouteUnreachable, RouteNotItself, RouteFailed, MailRefused."""
    async with _greeted(dialler, route, given) as relay:
        if route.account and secret:
            proof = base64.b64encode(f"\0{route.account}\0{secret}".encode()).decode()
            await relay.say(f"AUTH PLAIN {proof}", 235)
        given.told = True
        await relay.say(f"MAIL FROM:<{route.sender}>", 250)
        for one in to:
            await relay.say(f"RCPT TO:<{one}>", 250, 251, about=one)
        await relay.say("DATA", 354)
        told = await relay.give(message)
        with contextlib.suppress(RouteFailed, MailRefused):
            await relay.say("QUIT", 221)
        return told


async def agreed(dialler: Dialler, route: Route) -> dict[str, Any]:
    """What is agreed upon with the relay, which is given nothing. Raises as ``send``."""
    async with _greeted(dialler, route, Given()) as relay:
        return relay.line.told()


@contextlib.asynccontextmanager
async def _greeted(dialler: Dialler, route: Route, given: Given) -> AsyncIterator["_Relay"]:
    implicit = route.port == IMPLICIT
    line = await dialler.open(route, plain=not implicit)
    relay = _Relay(dialler, route, line, given)
    try:
        await relay.greet(encrypt=route.tls and not implicit)
        yield relay
    except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as problem:
        fr = "il se tait" if isinstance(problem, TimeoutError) else "connexion rompue"
        en = "it is silent" if isinstance(problem, TimeoutError) else "broken connection"
        raise relay.failed(fr, en) from problem
    finally:
        line.close()


class _Relay:
    def __init__(self, dialler: Dialler, route: Route, line: Line, given: Given) -> None:
        self._dialler, self._route, self.line, self._given = dialler, route, line, given

    def failed(self, fr: str, en: str) -> RouteFailed:
        more, more_en = self._given.left()
        return RouteFailed(route=self._route.id, detail=f"{fr}, {more}", detail_en=f"{en}, {more_en}")

    async def greet(self, *, encrypt: bool) -> None:
        await self._hear(220)
        offered = await self.say("EHLO localhost", 250)
        if encrypt:
            if "STARTTLS" not in offered.upper().split("\n"):
                raise self.failed("il n’offre pas TLS (STARTTLS)", "it does not offer TLS (STARTTLS)")
            await self.say("STARTTLS", 220)
            if await heard(self.line):
                raise EOFError
            await self._dialler.encrypt(self._route, self.line)
            await self.say("EHLO localhost", 250)

    async def say(self, command: str, *expected: int, about: str = "") -> str:
        self.line.writer.write(command.encode("ascii") + b"\r\n")
        await self.line.writer.drain()
        return await self._hear(*expected, about=about)

    async def give(self, message: bytes) -> str:
        """Its lines, a dot doubled where one begins a line, then the end."""
        stuffed = b"\r\n".join(b"." + row if row.startswith(b".") else row for row in message.split(b"\r\n"))
        self._given.handed = True
        self.line.writer.write(stuffed.removesuffix(b"\r\n") + b"\r\n.\r\n")
        async with asyncio.timeout(self._route.limits.silence):
            await self.line.writer.drain()
        return await self._hear(250)

    async def _hear(self, *expected: int, about: str = "") -> str:
        """Raises MailRefused for another code than the ``expected``; ``about``: whom the answer is about."""
        rows: list[str] = []
        async with asyncio.timeout(self._route.limits.silence):
            while True:
                row = await self.line.reader.readline()
                if not row.endswith(b"\n") or len(row) > _LINE or len(rows) >= _LINES:
                    raise EOFError
                text = row.decode("ascii", "replace").rstrip("\r\n")
                rows.append(text[4:])
                if text[3:4] != "-":
                    break
        if not text[:3].isdigit() or int(text[:3]) not in expected:
            shown = "".join(c if c.isprintable() else " " for c in text[:200])
            raise MailRefused(route=self._route.id, detail=f"{shown} ({about})" if about else shown)
        return "\n".join(rows)


def _mailbox(told: Any) -> bool:
    return isinstance(told, str) and MAILBOX.fullmatch(told) is not None


def _refused(route: Route, fr: str, en: str) -> RouteRefused:
    return RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
