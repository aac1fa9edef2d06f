"""A hub of files on loopback that can be told to misbehave."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hub(ThreadingHTTPServer):
    """``content`` under every path. ``tricks``: what to do wrong, consumed one per request, then all is well."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.tricks: list[str] = []
        self.always = ""
        self.ranges: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/m.gguf"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is part of the game."""


class _Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.server
        asked = self.headers.get("Range", "")
        hub.ranges.append(asked)
        trick = hub.tricks.pop(0) if hub.tricks else hub.always
        getattr(self, "trick_" + trick.replace("-", "_"), self.serve)()

    def serve(self, content: bytes | None = None, *, stop_at: int | None = None, pause: float = 0.0) -> None:
        whole = self.server.content if content is None else content
        asked = self.headers.get("Range", "")
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if begin >= len(whole) and asked:
            self.send_error(416)
            return
        body = whole[begin:]
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {begin}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        body = body if stop_at is None else body[:stop_at]
        if pause:
            for start in range(0, len(body), 10):
                self.wfile.write(body[start : start + 10])
                time.sleep(pause)
        else:
            self.wfile.write(body)
        if stop_at is not None:
            self.wfile.flush()
            self.close_connection = True

    def trick_cut(self) -> None:
        self.serve(stop_at=len(self.server.content) // 3)

    def trick_slow(self) -> None:
        self.serve(pause=0.05)

    def trick_hang(self) -> None:
        time.sleep(3)
        self.close_connection = True

    def trick_hang_midway(self) -> None:
        self.serve(stop_at=100)
        time.sleep(3)

    def trick_no_range(self) -> None:
        self.headers.replace_header("Range", "") if "Range" in self.headers else None
        self.serve()

    def trick_wrong_range(self) -> None:
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 5-9/{len(self.server.content)}")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"xxxxx")

    def trick_longer(self) -> None:
        self.serve(self.server.content + b"more")

    def trick_endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(self.server.content + b"x" * 5000)
        self.close_connection = True

    def trick_page(self) -> None:
        page = b"<!DOCTYPE html><html>Sign in</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def trick_pickle(self) -> None:
        self.serve(b"\x80\x04" + self.server.content[2:])

    def trick_altered(self) -> None:
        self.serve(self.server.content[:-1] + b"?")

    def trick_absent(self) -> None:
        self.send_error(404)

    def trick_broken(self) -> None:
        self.send_error(503)

    def trick_loop(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def trick_far(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.path}x")
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextlib.contextmanager
def hub(content: bytes) -> Iterator[Hub]:
    server = Hub(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
