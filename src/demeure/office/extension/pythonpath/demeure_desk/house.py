"""Speaking to the house: to the declared address alone, its certificate verified, no redirection, no proxy."""

import http.client
import json
import socket
import ssl
import time
from urllib.parse import quote

CONNECT, QUIET = 10, 180
"""Seconds to reach the house; seconds of silence while it answers."""
MOST_BYTES = 16 << 20
PACE = 0.5
LOST = 60
"""Seconds during which a house that does not answer is asked again about a draft that it is writing."""
OPEN = ("asked", "drafting")


class HouseProblem(Exception):
    """``said``: the house's own sentence, or ``key`` in words.py with ``told``."""

    def __init__(self, key, said="", **told):
        super().__init__(said or key)
        self.key, self.said, self.told = key, said, told


class Stopped(Exception):
    """The person asked for it."""


class House:
    """The house of one connection, as one person's program. A call blocks; ``stop`` comes from another thread."""

    def __init__(self, connection, language):
        self._connection, self._language = connection, language
        self._stopped, self._open = False, None

    # -- the wire --------------------

    def _request(self, method, path, body, kind):
        where = self._connection
        if self._stopped:
            raise Stopped()
        made = http.client.HTTPConnection(where.host, where.port, timeout=CONNECT)
        if where.secure:
            made = http.client.HTTPSConnection(where.host, where.port, timeout=CONNECT, context=context(where.root))
        headers = {"Authorization": "Bearer " + where.key, "Accept-Language": self._language}
        headers["Connection"] = "close"
        if kind:
            headers["Content-Type"] = kind
        try:
            made.connect()
            made.sock.settimeout(QUIET)
            self._open = made
            made.request(method, path, body, headers)
            answer = made.getresponse()
        except ssl.SSLCertVerificationError as problem:
            made.close()
            raise HouseProblem("not_the_house", address=where.address) from problem
        except (OSError, http.client.HTTPException) as problem:
            made.close()
            raise self._lost(problem) from problem
        if 300 <= answer.status < 400:
            made.close()
            raise HouseProblem("elsewhere", address=where.address)
        if answer.status >= 400:
            raise self._refused(answer)
        return made, answer

    def _lost(self, _problem):
        return Stopped() if self._stopped else HouseProblem("away", address=self._connection.address)

    def _refused(self, answer):
        try:
            sentence = json.loads(answer.read(1 << 16).decode())["error"]["sentence"]
        except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
            return HouseProblem("refused", status=answer.status)
        return HouseProblem("refused", said=str(sentence)[:2000])

    def call(self, method, path, told=None, body=None):
        """The JSON object that it answers. ``told``: sent as JSON; ``body``: bytes sent as they are."""
        kind = "application/json" if told is not None else "application/octet-stream" if body is not None else ""
        data = json.dumps(told).encode() if told is not None else body
        made, answer = self._request(method, path, data, kind)
        try:
            text = answer.read(MOST_BYTES + 1)
            found = json.loads(text.decode()) if len(text) <= MOST_BYTES else None
        except ValueError:
            found = None
        except (OSError, http.client.HTTPException) as problem:
            raise self._lost(problem) from problem
        finally:
            made.close()
        if not isinstance(found, dict):
            raise HouseProblem("not_understood", address=self._connection.address)
        return found

    def events(self, path, told):
        """(name, data) of each event, until the last."""
        made, answer = self._request("POST", path, json.dumps(told).encode(), "application/json")
        name, taken = "", 0
        try:
            while True:
                line = answer.readline(MOST_BYTES)
                taken += len(line)
                if not line:
                    return
                if taken > MOST_BYTES:
                    raise HouseProblem("not_understood", address=self._connection.address)
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("data: "):
                    yield name, json.loads(text[6:])
        except ValueError as problem:
            raise HouseProblem("not_understood", address=self._connection.address) from problem
        except (OSError, http.client.HTTPException) as problem:
            raise self._lost(problem) from problem
        finally:
            made.close()

    def stop(self):
        """What is being waited for ends at once, with Stopped."""
        self._stopped = True
        held = self._open
        if held is not None and held.sock is not None:
            try:
                held.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # -- what it does --------------------

    def greet(self):
        """Raises HouseProblem unless the house answers and the key opens."""
        self.call("GET", "/api/tasks")

    def file(self, name, data):
        """Value of a field: a file that the house has read."""
        return "file:" + str(self.call("POST", "/api/tasks/files?name=" + quote(name), body=data)["file"])

    def drafted(self, task, fields, language, told):
        """The work, once its draft is over. ``told(done, parts, work)`` at each step. Stopping stops the house too;
        what it wrote stays there. Raises HouseProblem, Stopped."""
        work = self.call("POST", "/api/tasks/" + quote(task), {"fields": fields, "language": language})
        name, last = str(work["work"]), time.monotonic()
        while work["drafts"][-1]["state"] in OPEN:
            parts = work["drafts"][-1]["parts"]
            told(sum(bool(part["done"]) for part in parts), len(parts), name)
            time.sleep(PACE)
            try:
                work = self.call("GET", "/api/works/" + quote(name))
                last = time.monotonic()
            except Stopped:
                self._stop_there(name)
                raise
            except HouseProblem as problem:  # a house that restarts goes on with its drafts
                if problem.key != "away" or time.monotonic() - last > LOST:
                    raise
        return work

    def _stop_there(self, work):
        self._stopped = False
        try:
            self.call("POST", "/api/works/" + quote(work) + "/stop", {})
        except (HouseProblem, Stopped):
            pass
        self._stopped = True

    def asked(self, question, told):
        """The ``closed`` event of an answer, its sources under ``sources``. Raises HouseProblem, Stopped."""
        sources, closed = [], None
        for name, data in self.events("/api/ask", {"question": question}):
            if name == "sources":
                sources = data["items"]
            elif name == "loading":
                told(0, 0, "")
            elif name == "problem":
                raise HouseProblem(
                    "refused", said=str(data.get("sentence") or data.get("error", {}).get("sentence", ""))
                )
            elif name == "closed":
                closed = data
        if self._stopped:
            raise Stopped()
        if closed is None:
            raise HouseProblem("away", address=self._connection.address)
        return dict(closed, sources=sources)


def context(root):
    """What verifies the house's certificate: its own authority and no other; the system's when it has none."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if root:
        made.load_verify_locations(cadata=root)
    else:
        made.load_default_certs()
    return made
