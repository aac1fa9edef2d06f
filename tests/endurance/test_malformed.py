"""Broken and hostile files through the API of a real house: each ends in a named state, nobody else notices."""

import contextlib
import hashlib
import http.client
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import format_files as formats
import httpx
import pytest
import workshop_files as files
from real_house import ROLES, RealHouse, prepared, until
from storm import Told, listen

from demeure.workshop import ReadLimits

MEGABYTE = 1 << 20
PICTURES = {"image only"}
"""Read where there is language data; this house has none, and says so."""

LONGEST = 3 * (ReadLimits().seconds + 15)
"""Seconds until the worst file has its state: a job that ends by its time limit is tried three times."""
ANSWER_SECONDS = 30.0
READ = ("searchable", "ready")
RESIDENT = 400 << 20
"""No process that carries a file of 300 MB may ever have held that much."""


def large(piece: bytes, megabytes: int, begins: bytes = b"") -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([begins], itertools.repeat(piece * (MEGABYTE // len(piece)), megabytes))


LARGE = {
    # case: (file name, stream, what must come of it)
    "300 MB of zeros": ("zero.txt", large(b"\0" * 64, 300), {"DocumentWrongFormat"}),
    "300 MB of words": ("mots.txt", large(b"mot ", 300), {"DocumentTooLarge"}),
    "300 MB that begin as a pdf": ("gros.pdf", large(b"\0" * 64, 300, b"%PDF-1.7\n"), {"DocumentCorrupt"}),
}
BY_THE_LIMIT = frozenset() if os.environ.get("DEMEURE_ENDURANCE") else {"circular form", "shared text flood"}
"""Stopped by the limit of their job, three times: a minute (make endurance; the workshop's tests have them)."""
MANY_PAGES = {"10^5 true pages": ("pages.pdf", lambda: _many_pages(100_000), {"DocumentTooManyPages"})}


def _many_pages(count: int) -> bytes:
    kids = b"3 0 R " * count
    return files.pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        ]
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHouse]:
    opened = RealHouse(prepared(tmp_path_factory.mktemp("malformed") / "instance"))
    opened.start()
    opened.sign_in()
    yield opened
    opened.close()


class Reader:
    """Somebody who asks one question after the other, whatever is being read."""

    def __init__(self, house: RealHouse, space: str) -> None:
        self._house, self._space = house, space
        self.answers: list[tuple[Told, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        with self._house.client() as client:
            while not self._over.is_set():
                told, begin = Told("Quand le conseil municipal se réunit-il ?", frozenset()), time.monotonic()
                listen(client, told, [self._space])
                self.answers.append((told, time.monotonic() - begin))
                time.sleep(0.2)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


class Shelves:
    """Spaces, as many as it takes for the same bytes to be sent under several names."""

    def __init__(self, house: RealHouse) -> None:
        self._house = house
        self._spaces: list[tuple[str, set[str]]] = []

    def place(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        for space, held in self._spaces:
            if digest not in held:
                held.add(digest)
                return space
        self._spaces.append((self._house.space(f"Reçus {len(self._spaces)}"), {digest}))
        return self._spaces[-1][0]


def send(client: httpx.Client, space: str, name: str, content: Any) -> str:
    answer = client.post("/api/documents", params={"space": space, "name": name}, content=content, timeout=120)
    assert answer.status_code == 201, (name, answer.text)
    return str(answer.json()["documents"][0]["id"])


def settled(client: httpx.Client, document: str, seconds: float) -> dict[str, Any]:
    """Its row once it is known whether it can be read (vectors wait while somebody asks)."""

    def row() -> Any:
        found = client.get(f"/api/documents/{document}").json()
        return found if found["state"] in READ or found["state"] == "failed" else None

    found: dict[str, Any] = until(row, f"the state of {document}", seconds)
    return found


def peak(pid: int | None) -> int:
    """Most bytes the process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


@pytest.mark.model
@pytest.mark.timeout(900)
@pytest.mark.endurance
def test_each_ends_in_its_named_state_and_nobody_else_notices(house: RealHouse) -> None:
    shelves = Shelves(house)
    town = house.space("Mairie")
    before = {role: house.pid(role) for role in ROLES}
    with house.client() as client:
        good = send(client, town, "conseil.docx", files.good_docx())
        until(lambda: client.get(f"/api/documents/{good}").json()["state"] == "ready", "its vectors")
        reader = Reader(house, town)
        begin, sent = time.monotonic(), {}
        try:
            for case, (name, make, allowed) in (files.HOSTILE | formats.HOSTILE | MANY_PAGES).items():
                if case in BY_THE_LIMIT:
                    continue
                made = make()
                states = {"LanguageDataMissing"} if case in PICTURES else allowed
                sent[case] = (send(client, shelves.place(made), name, made), states)
            for case, (name, stream, allowed) in LARGE.items():
                sent[case] = (send(client, shelves.place(name.encode()), name, stream()), allowed)
            rows = {}
            for case, (document, _) in sent.items():
                rows[case] = settled(client, document, LONGEST)
                print(f"{time.monotonic() - begin:5.0f} s  {case}: {rows[case]['reason'] or 'read'}")
        finally:
            reader.stop()
        last = send(client, town, "dernier.odt", files.good_odt())
        assert settled(client, last, 60)["state"] in READ
    assert len(rows) >= 25
    wrong = {case: row["reason"] for case, row in rows.items() if (row["reason"] or "read") not in sent[case][1]}
    assert wrong == {}
    for row in rows.values():
        told = row["reason_fr"], row["reason_en"]
        assert row["state"] in READ or (all(told) and told[0] != told[1] and row["passages"] == 0), row
    _nobody_noticed(house, before, reader, good)


def _nobody_noticed(house: RealHouse, before: dict[str, int | None], reader: Reader, good: str) -> None:
    assert len(reader.answers) > 10
    for told, seconds in reader.answers:
        assert told.outcome == "done" and told.shown and good in told.sources, told
        assert seconds < ANSWER_SECONDS
    longest = max(seconds for _, seconds in reader.answers)
    print(f"{len(reader.answers)} questions answered, the longest in {longest:.1f} s")
    assert {role: house.pid(role) for role in ROLES} == before
    for role in ("gateway", "worker", "workshop", "scribe"):
        assert peak(house.pid(role)) < RESIDENT, (role, peak(house.pid(role)))
    house.tell("status")
    assert house.jobs() == []


def _announced(client: httpx.Client, space: str, size: int) -> int:
    """The answer to a file that is only announced: not one byte of it is sent."""
    request = client.build_request("POST", "/api/documents", params={"space": space, "name": "a.txt"})
    connection = http.client.HTTPConnection(request.url.host, request.url.port or 80, timeout=60)
    with contextlib.closing(connection):
        connection.putrequest("POST", request.url.raw_path.decode(), skip_host=True)
        for name, value in {**request.headers, "content-length": str(size)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


@pytest.mark.model
def test_what_is_too_large_or_has_no_name_is_refused_at_the_door(house: RealHouse) -> None:
    space = house.space("Refusés")
    with house.client() as client:
        for name, content, status, codes in (
            ("trop.txt", large(b"mot ", 330)(), 413, {"UploadTooLarge", "BodyTooLarge"}),  # who sees it first
            ("", b"x", 400, {"InputError"}),
            ("..", b"x", 400, {"DocumentNameInvalid"}),
            ("a" * 300, b"x", 400, {"DocumentNameInvalid"}),
            ("\u202e\u200b", b"x", 400, {"DocumentNameInvalid"}),
        ):
            where = {"space": space, "name": name}
            answer = client.post("/api/documents", params=where, content=content, timeout=120)
            assert answer.status_code == status
            assert answer.json()["error"]["code"] in codes
            assert answer.json()["error"]["sentence"]
        assert _announced(client, space, 400 * MEGABYTE) == 413
        assert client.get("/api/documents", params={"space": space}).json() == {"documents": []}
    folder = house.instance / "spaces" / space / "blobs"
    assert not folder.exists() or list(folder.iterdir()) == []
