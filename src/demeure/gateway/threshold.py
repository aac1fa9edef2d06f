"""The TLS threshold of the house: the certificate that is presented, replaced without closing a connection.

Keys come as bytes, by descriptor or from a sealed file. OpenSSL's binding reads files only, and the box has none to
write and no memfd_create: two pipes that already hold everything stand for them (PEM is read once, in order).
"""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.tls import AuthorityMissing, CertificateUnusable, Material

if TYPE_CHECKING:
    from demeure.tls import Facts

Certificate = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""(``begin`` or ``renew``, arguments) → what the house's new certificate says. Journalled by whom signs."""

LOOK_SECONDS = 10.0
SOON = 30
"""Days: a certificate of the house is renewed 60 days before its end, so fewer mean that it was not."""
_DAY = 86400
_EARLY = (
    "Le certificat des pages ne vaut qu’à partir du {begins}\u00a0: les navigateurs le refusent.",
    "The certificate of the pages only holds from {begins} on: browsers refuse it.",
)
_NEAR = ("Le certificat des pages finit le {ends}.", "The certificate of the pages ends on {ends}.")
_OVER = (
    "Le certificat des pages est terminé depuis le {ends}\u00a0: les navigateurs le refusent.",
    "The certificate of the pages ended on {ends}: browsers refuse it.",
)
_CLOCK = ("Vérifiez la date de cette machine.", "Check the date of this machine.")
_RENEW = ("Renouvelez-le\u00a0: demeure tls renew.", "Renew it: demeure tls renew.")
_REPLACE = (
    "Remplacez les fichiers de tls_certificate et tls_key\u00a0: ils sont relus d’eux-mêmes.",
    "Replace the files of tls_certificate and tls_key: they are read again by themselves.",
)
LONGEST = 1 << 16
"""Bytes that a pipe takes without a reader."""


class Threshold:
    """One context for the life of the process. ``root``: PEM of the house's own authority, empty when the
    certificate was given."""

    def __init__(self, chain: bytes, key: bytes, root: bytes = b"") -> None:
        """Raises CertificateUnusable, KeyElsewhere."""
        self.context = fresh_context()
        self.facts, self.root = _presented(self.context, chain, key), root

    def present(self, chain: bytes, key: bytes, root: bytes = b"") -> None:
        """From the next handshake on; open connections keep theirs. Raises as the constructor, and then nothing has
        changed."""
        _presented(fresh_context(), chain, key)
        self.facts, self.root = _presented(self.context, chain, key), root

    def knows(self, host: str) -> bool:
        """May a page be asked for under this name?"""
        return self.facts.covers(host)

    @property
    def address(self) -> str:
        """The first name of the certificate, as an address is written."""
        name = next((n for n in self.facts.names if not n.startswith("*.")), "localhost")
        return f"[{name}]" if ":" in name else name


def fresh_context() -> ssl.SSLContext:
    """TLS 1.2 at least, the ciphers that OpenSSL 3 holds for good, HTTP/1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def _presented(context: ssl.SSLContext, chain: bytes, key: bytes) -> "Facts":
    from demeure.tls import check_pair  # X.509 is imported by who has a certificate

    facts = check_pair(chain, key)
    with _readable(chain) as chain_path, _readable(key) as key_path:
        try:
            context.load_cert_chain(chain_path, key_path)
        except ssl.SSLError as problem:
            detail = problem.reason or "OpenSSL"
            raise CertificateUnusable(detail=detail, detail_en=detail) from problem
    return facts


@contextlib.contextmanager
def _readable(content: bytes) -> Iterator[str]:
    """A path from which ``content`` can be read once."""
    if len(content) > LONGEST:
        raise CertificateUnusable(detail="trop long", detail_en="too long")
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        os.write(writer, content)
    finally:
        os.close(writer)
    try:
        yield f"/proc/self/fd/{reader}"
    finally:
        os.close(reader)


def given(descriptor: int) -> Threshold:
    """From what the launcher read. Raises as Threshold."""
    from demeure.tls import parts

    try:
        content = os.pread(descriptor, 4 * LONGEST, 0)
    finally:
        os.close(descriptor)
    return Threshold(*parts(content))


def own(material: Material) -> Threshold:
    """From the house's own certificate. Raises CertificateUnusable, SealBroken, SealUnknown."""
    served = material.served()
    if served is None:
        raise CertificateUnusable(detail="keys/tls/served a disparu", detail_en="keys/tls/served is gone")
    return Threshold(served.chain, served.key, served.root)


async def follow(threshold: Threshold, material: Material, journal: Journal) -> None:
    """Until cancelled: present what the worker (or a command) has renewed, within LOOK_SECONDS."""
    seen = material.version()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if (version := material.version()) == seen or version is None:
            continue
        try:
            served = await asyncio.to_thread(material.served)
            if served is not None:
                await change(threshold, journal, served.chain, served.key, served.root)
            seen = version
        except DemeureError as problem:
            note("gateway", f"{problem.code()}: {problem.sentence('en')}")


async def remind(threshold: Threshold, now: Callable[[], datetime], language: str) -> None:
    """Until cancelled: tell the technician, now and each day, of a certificate that no browser trusts any more or
    soon will not."""
    while True:
        if said := worry(threshold.facts, now(), own=bool(threshold.root), language=language):
            note("gateway", said)
        await asyncio.sleep(_DAY)


def worry(facts: "Facts", now: datetime, *, own: bool, language: str) -> str:
    """What is wrong with the days of a certificate, and what to do; empty while nothing is."""
    if now < facts.begins:
        wrong, do = _EARLY, _CLOCK
    elif now >= facts.ends:
        wrong, do = _OVER, _RENEW if own else _REPLACE
    elif facts.days_left(now) < SOON:
        wrong, do = _NEAR, _RENEW if own else _REPLACE
    else:
        return ""
    at = 0 if language == "fr" else 1
    day = "%d/%m/%Y" if language == "fr" else "%Y-%m-%d"
    return f"{wrong[at]} {do[at]}".format(begins=f"{facts.begins:{day}}", ends=f"{facts.ends:{day}}")


async def receive(
    threshold: Threshold, journal: Journal, connection: socket.socket, kept: Callable[[], None]
) -> None:
    """A given certificate that changed on disk, as the launcher read it. An unusable one changes nothing: both
    files are seldom replaced at once, and the next look brings them together. ``kept``: called once it serves."""
    from demeure.tls import parts

    connection.setblocking(False)
    loop, content = asyncio.get_running_loop(), b""
    with connection:
        while len(content) < 4 * LONGEST and (piece := await loop.sock_recv(connection, LONGEST)):
            content += piece
    try:
        await change(threshold, journal, *parts(content))
        kept()
    except DemeureError as problem:
        note("gateway", f"{problem.code()}: {problem.sentence('en')}")


async def change(threshold: Threshold, journal: Journal, chain: bytes, key: bytes, root: bytes = b"") -> None:
    """Written, then done. Raises CertificateUnusable, KeyElsewhere, the journal's errors."""
    from demeure.tls import check_pair

    draft = Draft(kind="administration", name="tls-certificate-presented", chain=uuid4().hex, actor="house")
    written = await journal.intention(draft)
    try:
        facts = check_pair(chain, key)
        threshold.present(chain, key, root)
    except DemeureError as problem:
        await journal.close(written, "failed", decision=problem.code())
        raise
    await journal.close(written, "done", object=f"{facts.fingerprint} {facts.ends:%Y-%m-%d}")


async def no_authority(what: str, args: dict[str, Any]) -> dict[str, Any]:
    """Of a house that has none. Raises AuthorityMissing."""
    del what, args
    raise AuthorityMissing()
