"""At the other end of routes, on this machine's loopback: a timestamp authority, an S3-compatible store that
verifies signatures by itself, a PostgreSQL's and a directory server's first words.
"""

import contextlib
import hashlib
import hmac
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from airlock_ends import Server, _head

SECRET = "wJalrXUtnFEMI"


def _lengthed(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


def http(context: ssl.SSLContext, serve) -> contextlib.AbstractContextManager[Server]:  # type: ignore[no-untyped-def]
    """``serve(head, body)`` → the whole answer."""

    def one(server: Server, connection: socket.socket) -> None:
        wrapped = context.wrap_socket(connection, server_side=True)
        server.held.append(wrapped)
        reader = wrapped.makefile("rb")
        while head := _head(reader):
            body = reader.read(_lengthed(head))
            server.heard.append(head + body)
            wrapped.sendall(serve(head, body))

    return _held(one)


@contextlib.contextmanager
def _held(one) -> Iterator[Server]:  # type: ignore[no-untyped-def]
    server = Server(one)
    try:
        yield server
    finally:
        server.close()


def answer(status: str, body: bytes = b"", kind: str = "application/octet-stream") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Stamping:
    """A real authority: ``openssl ts -reply``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        run = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ]
        run += ["-keyout", "tsa.key", "-out", "tsa.pem", "-subj", "/CN=Autorite d essai"]
        run += ["-addext", "extendedKeyUsage=critical,timeStamping"]
        subprocess.run(run, cwd=folder, check=True, capture_output=True)
        (folder / "serial").write_text("01")
        (folder / "ts.cnf").write_text(
            "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\ncrypto_device = builtin\n"
        )
        self.ca = folder / "tsa.pem"

    def __call__(self, _head: bytes, body: bytes) -> bytes:
        (self._folder / "asked.tsq").write_bytes(body)
        run = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            "ts.cnf",
            "-section",
            "one",
            "-queryfile",
            "asked.tsq",
            "-out",
            "r.tsr",
        ]
        subprocess.run(run, cwd=self._folder, check=True, capture_output=True)
        return answer("200 OK", (self._folder / "r.tsr").read_bytes(), "application/timestamp-reply")


class Store:
    """Path-style, one bucket. Signatures are computed again from what came, after the published algorithm."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def __call__(self, head: bytes, body: bytes) -> bytes:
        rows = head.decode().split("\r\n")
        method, target, _ = rows[0].split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (row.partition(":") for row in rows[1:] if row)}
        if not self._honest(method, target, headers, body):
            return answer("403 Forbidden")
        path, _, query = target.partition("?")
        name = unquote(path)
        if "list-type" in query:
            return self._listed(dict(parse_qsl(query)))
        if method == "PUT":
            self.kept[name] = body
            return answer("200 OK")
        if method == "DELETE":
            self.kept.pop(name, None)
            return answer("204 No Content")
        return answer("200 OK", self.kept[name]) if name in self.kept else answer("404 Not Found")

    def _listed(self, asked: dict[str, str]) -> bytes:
        """Two a page."""
        names = sorted(n.removeprefix("/coffre/") for n in self.kept)
        names = [n for n in names if n.startswith(asked["prefix"]) and n > asked.get("continuation-token", "")]
        rows = "".join(
            f"<Contents><Key>{n}</Key><Size>{len(self.kept['/coffre/' + n])}</Size></Contents>" for n in names[:2]
        )
        more = f"<NextContinuationToken>{names[1]}</NextContinuationToken>" if len(names) > 2 else ""
        return answer("200 OK", f"<ListBucketResult>{rows}{more}</ListBucketResult>".encode(), "application/xml")

    def _honest(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bool:
        if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            return False
        told = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=AKIA/(\d{8})/fr-par/s3/aws4_request, "
            r"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=([0-9a-f]{64})",
            headers["authorization"],
        )
        if told is None:
            return False
        path, _, query = target.partition("?")
        pairs = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(parse_qsl(query)))
        lines = [f"{name}:{headers[name]}" for name in ("host", "x-amz-content-sha256", "x-amz-date")]
        digest, names = headers["x-amz-content-sha256"], "host;x-amz-content-sha256;x-amz-date"
        uri = quote(unquote(path), safe="/-_.~")
        request = "\n".join([method, uri, pairs, *lines, "", names, digest])
        scope = f"{told[1]}/fr-par/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = b"AWS4" + SECRET.encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == told[2]


def postgresql(context: ssl.SSLContext | None) -> contextlib.AbstractContextManager[Server]:
    """Agrees on TLS as PostgreSQL does (``context`` None: refuses), then says back what it hears, in capitals."""

    def one(server: Server, connection: socket.socket) -> None:
        assert connection.recv(8) == bytes.fromhex("0000000804d2162f")
        connection.sendall(b"S" if context else b"N")
        if context:
            _capitals(server, context.wrap_socket(connection, server_side=True))

    return _held(one)


def directory(context: ssl.SSLContext, result: int = 0) -> contextlib.AbstractContextManager[Server]:
    """StartTLS as a directory server answers it, then as ``postgresql``."""

    def one(server: Server, connection: socket.socket) -> None:
        asked = connection.recv(64)
        assert asked.startswith(b"\x30\x1d\x02\x01\x01\x77") and asked.endswith(b"1.3.6.1.4.1.1466.20037")
        connection.sendall(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01" + bytes([result]) + b"\x04\x00\x04\x00")
        if not result:
            _capitals(server, context.wrap_socket(connection, server_side=True))

    return _held(one)


def _capitals(server: Server, wrapped: ssl.SSLSocket) -> None:
    server.held.append(wrapped)
    while heard := wrapped.recv(65536):
        server.heard.append(heard)
        wrapped.sendall(heard.upper())
        if heard.endswith(b"adieu"):
            wrapped.close()
            return
