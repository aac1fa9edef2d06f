"""What is at the other end of routes, on this machine's loopback: a TLS engine and an SMTP relay, honest or not,
each in threads of its own; and an authority made for the test.
"""

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = Callable[[ssl.SSLSocket, dict], None]


class Authority:
    """An authority, and certificates of it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.certificate = self._signed(self._name, self._key, authority=True)
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def context(self, host: str = "engine.test", *, days: int = 1) -> ssl.SSLContext:
        """Of a server for ``host``; ``days`` below zero: expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = self._signed(name, key, host=host, days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "server.pem")
            private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path.write_bytes(private + made.public_bytes(Encoding.PEM))
            context.load_cert_chain(path)
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        host: str = "",
        days: int = 1,
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=9))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host:
            names: list[x509.GeneralName] = [x509.DNSName(host)]
            with contextlib.suppress(ValueError):
                names = [x509.IPAddress(ipaddress.ip_address(host))]
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self._key, hashes.SHA256())


class Server:
    """One connection a thread. ``heard``: the bytes that came, decrypted, by connection; ``seen``: connections
    begun, TLS or not. ``times``: monotonic, when each began."""

    def __init__(self, serve: Callable[["Server", socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self.seen = 0
        self.times: list[float] = []
        self._serve = serve
        self.held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.seen += 1
            self.times.append(time.monotonic())
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        self.held.append(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, EOFError, ValueError):
            self._serve(self, connection)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self.held:
            with contextlib.suppress(OSError):
                one.close()


@contextlib.contextmanager
def engine(context: ssl.SSLContext | None, answer: Answer) -> Iterator[Server]:
    """An OpenAI-compatible engine: each request is read to its end, then ``answer(connection, body)``."""

    def serve(server: Server, connection: socket.socket) -> None:
        wrapped = context.wrap_socket(connection, server_side=True) if context else connection
        server.held.append(wrapped)
        reader = wrapped.makefile("rb")
        while head := _head(reader):
            lengths = [
                row.split(b":")[1] for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")
            ]
            if not lengths:
                return
            length = int(lengths[0])
            body = reader.read(length)
            server.heard.append(head + body)
            answer(wrapped, json.loads(body))

    server = Server(serve)
    try:
        yield server
    finally:
        server.close()


def _head(reader) -> bytes:  # type: ignore[no-untyped-def]
    rows = []
    while (row := reader.readline()) not in (b"", b"\r\n"):
        rows.append(row)
    return b"".join(rows)


def words(*pieces: str, pause: float = 0.0) -> Answer:
    """An honest stream; a piece may use {prompt}, the last message."""

    def answer(connection: ssl.SSLSocket, body: dict) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for piece in pieces:
            text = piece.replace("{prompt}", body["messages"][-1]["content"])
            event(connection, {"choices": [{"delta": {"content": text}, "finish_reason": None}]})
            time.sleep(pause)
        event(connection, {"choices": [{"delta": {}, "finish_reason": "stop"}]})
        chunk(connection, b"data: [DONE]\n\n")
        connection.sendall(b"0\r\n\r\n")

    return answer


def event(connection: ssl.SSLSocket, told: dict) -> None:
    chunk(connection, b"data: " + json.dumps(told).encode() + b"\n\n")


def chunk(connection: ssl.SSLSocket, data: bytes) -> None:
    connection.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def raw(data: bytes, *, then: str = "close") -> Answer:
    """These bytes, then: close, reset, or nothing more for a while (silence)."""

    def answer(connection: ssl.SSLSocket, body: dict) -> None:
        del body
        connection.sendall(data)
        if then == "silence":
            time.sleep(5)
        if then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if then != "silence":
            connection.close()
        raise EOFError

    return answer


def _message(reader: Any) -> bytes:
    rows = []
    while (line := reader.readline()) not in (b".\r\n", b""):
        rows.append(line)
    return b"".join(rows)


@contextlib.contextmanager
def relay(
    context: ssl.SSLContext | None, *, refuses: str = "", implicit: bool = False, cuts: str = ""
) -> Iterator[Server]:
    """An SMTP relay that keeps what it takes in ``heard``. ``refuses``: the verb that it says no to, or a line's
    beginning; ``cuts``: the verb after which it leaves, « . » once it has the message."""

    def serve(server: Server, connection: socket.socket) -> None:
        wrapped = context.wrap_socket(connection, server_side=True) if implicit and context else connection
        server.held.append(wrapped)
        reader = wrapped.makefile("rb")
        wrapped.sendall(b"220 relay.test ESMTP\r\n")
        while row := reader.readline():
            verb = row.split()[0].upper().decode()
            server.heard.append(row)
            if verb == cuts:
                break
            if refuses and row.upper().startswith(refuses.encode()):
                wrapped.sendall(b"554 no\r\n")
            elif verb == "EHLO":
                tls = b"250-STARTTLS\r\n" if context and not isinstance(wrapped, ssl.SSLSocket) else b""
                wrapped.sendall(b"250-relay.test\r\n" + tls + b"250-AUTH PLAIN\r\n250 OK\r\n")
            elif verb == "STARTTLS":
                wrapped.sendall(b"220 go\r\n")
                assert context is not None
                wrapped = context.wrap_socket(wrapped, server_side=True)
                server.held.append(wrapped)
                reader = wrapped.makefile("rb")
            elif verb == "DATA":
                wrapped.sendall(b"354 go\r\n")
                server.heard.append(_message(reader))
                if cuts == ".":
                    break
                wrapped.sendall(b"250 taken\r\n")
            elif verb == "QUIT":
                wrapped.sendall(b"221 bye\r\n")
                break
            else:
                wrapped.sendall(b"235 yes\r\n" if verb == "AUTH" else b"250 yes\r\n")
        with contextlib.suppress(OSError):
            wrapped.shutdown(socket.SHUT_RDWR)

    server = Server(serve)
    try:
        yield server
    finally:
        server.close()
