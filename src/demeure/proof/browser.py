"""A hostile answer in a real browser, in front of a canary server that must hear nothing, beside two controls: the
same answer as raw HTML without the house's headers (it must be heard), and with them alone (told, not judged).

Chromium resolves no name and reaches this machine's loopback only.
"""

import contextlib
import os
import selectors
import shutil
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from demeure.errors import counted
from demeure.gateway.guard import HEADERS
from demeure.gateway.markdown import Marks, render
from demeure.proof.ground import lent_folder
from demeure.proof.house_facts import Fact
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, OPEN

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 20.0
_MARKDOWN = """\
# Réponse
![image]({canary}/md-image) ![par référence][r] [lien]({canary}/md-link) <{canary}/md-autolink> {canary}/md-bare
[r]: {canary}/md-reference "t"
[a](javascript:fetch('{canary}/md-javascript')) [b](data:text/html,<script>fetch('{canary}/md-data')</script>)
[c](mailto:a@b.invalid) [hôte](http://ex\u0430mple.invalid/md-homograph)

| a | b |
|---|---|
| ![cellule]({canary}/md-cell) | `{canary}/md-code` |

"""
_HTML = """\
<img src="{canary}/img" srcset="{canary}/srcset 2x" onerror="fetch('{canary}/onerror')">
<link rel="stylesheet" href="{canary}/css"><link rel="prefetch" href="{canary}/prefetch">
<link rel="preload" as="image" href="{canary}/preload"><link rel="icon" href="{canary}/icon">
<link rel="preconnect" href="{canary}/"><link rel="dns-prefetch" href="{canary}/">
<style>@import url("{canary}/import"); body {{ background: url("{canary}/background") }}</style>
<p style="background-image: url({canary}/inline-style)">x</p>
<iframe src="{canary}/iframe"></iframe><object data="{canary}/object"></object><embed src="{canary}/embed">
<video src="{canary}/video" poster="{canary}/poster" autoplay></video><audio src="{canary}/audio" autoplay></audio>
<svg><image href="{canary}/svg" /><use href="{canary}/use#x" /></svg>
<script>fetch("{canary}/script"); new Image().src = "{canary}/script-image"; navigator.sendBeacon("{canary}/beacon")
</script><script src="{canary}/script-file"></script>
<form id="f" action="{canary}/form"><input name="a"></form><script>document.getElementById("f").submit()</script>
<base href="{canary}/base/"><img src="relative">
<meta http-equiv="refresh" content="0; url={canary}/refresh">
"""


def hostile_page() -> list[Fact]:
    """One fact: zero request from the answer as the pages show it. Aloud without a browser."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        return [
            Fact(
                "browser",
                INCONCLUSIVE,
                "Pas de Chromium ici\u00a0: la page hostile n’a pas été ouverte dans un navigateur.",
                "No Chromium here: the hostile page was not opened in a browser.",
            )
        ]
    canary = _Canary()
    try:
        hostile = (_MARKDOWN + _HTML).format(canary=canary.address)
        boxed = os.geteuid() != 0
        bare = _heard(program, canary, _page(hostile), {}, boxed=boxed)
        if boxed and not bare:  # where user namespaces are forbidden Chromium cannot make its own box
            boxed, bare = False, _heard(program, canary, _page(hostile), {}, boxed=False)
        shielded = _heard(program, canary, _page(_HTML.format(canary=canary.address)), HEADERS, boxed=boxed)
        shown = _heard(program, canary, _page(str(render(hostile, Marks({}, "x")))), HEADERS, boxed=boxed)
    finally:
        canary.close()
    return [_judged(bare, shielded, shown)]


def _judged(bare: int, shielded: int, shown: int) -> Fact:
    """``shielded`` is told and not judged: headers stop what a page loads, not a page that leaves (meta refresh)
    nor a connection opened ahead; the text's filter is what stops those."""
    if shown:
        return Fact(
            "browser",
            OPEN,
            f"Réponse hostile dans Chromium\u00a0: {counted(shown, 'visite', 'visites')} du serveur témoin.",
            f"Hostile answer in Chromium: {counted(shown, 'visit', 'visits')} to the canary server.",
        )
    if not bare:
        return Fact(
            "browser",
            INCONCLUSIVE,
            "Réponse hostile dans Chromium\u00a0: la page témoin, sans protection, n’a rien envoyé non plus.",
            "Hostile answer in Chromium: the control page, without protection, sent nothing either.",
        )
    return Fact(
        "browser",
        BLOCKED,
        f"Réponse hostile dans Chromium\u00a0: aucune requête (sans aucune protection\u00a0: {bare}\u202f; "
        f"sans notre filtre du texte\u00a0: {shielded}).",
        f"Hostile answer in Chromium: no request (without any protection: {bare}; without our filter of the text: "
        f"{shielded}).",
    )


def _page(body: str) -> bytes:
    return f'<!doctype html><html lang="fr"><head><meta charset="utf-8"></head><body>{body}</body></html>'.encode()


class _Canary:
    """A listener that counts who comes, and hangs up."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.selector = selectors.DefaultSelector()
        self.selector.register(self._listener, selectors.EVENT_READ)

    def turn(self, seconds: float) -> int:
        """How many came within ``seconds``."""
        came = 0
        for _ in self.selector.select(seconds):
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                came += 1
        return came

    def close(self) -> None:
        self.selector.close()
        self._listener.close()


def _heard(program: str, canary: _Canary, page: bytes, headers: dict[str, str], *, boxed: bool) -> int:
    """Open ``page`` with ``headers`` and count the canary's visitors until the browser has ended. ``boxed``: behind
    the browser's own walls; the page is ours, and reaches this machine's loopback only."""
    with _served(page, headers) as address, lent_folder() as folder:
        options = ["--headless", "--no-first-run", "--disable-gpu", "--disable-background-networking"]
        options += ["--disable-component-update", "--disable-sync", "--no-proxy-server", "--incognito"]
        options += [f"--user-data-dir={folder}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        options += [] if boxed else ["--no-sandbox"]
        options += ["--virtual-time-budget=3000", "--dump-dom", address]
        environment = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder)}
        browser = subprocess.Popen(  # noqa: S603 - the machine's own browser
            [program, *options],
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return _counted(browser, canary)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()


def _counted(browser: "subprocess.Popen[bytes]", canary: _Canary) -> int:
    came, deadline = 0, time.monotonic() + SECONDS
    while browser.poll() is None and time.monotonic() < deadline:
        came += canary.turn(0.05)
    return came + canary.turn(0.05)


@contextlib.contextmanager
def _served(page: bytes, headers: dict[str, str]):  # type: ignore[no-untyped-def]
    """The page on this machine's loopback: its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in {"content-type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
