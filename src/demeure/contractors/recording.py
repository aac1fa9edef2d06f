"""What a contractor typed and what was shown to them: written by the house, chained, told as asciicast v2.

Each frame carries the SHA-256 of the one before and of itself; the journal holds the last one at each command's
end, and the file's own at the end of the window. Nobody writes here but the house.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from demeure.clock import Clock
from demeure.contractors.errors import CommandsTooMany, RecordingBroken, WindowClosed
from demeure.contractors.windows import Window
from demeure.store import Database
from demeure.store.contractor_tables import contractor_frames, contractor_windows

TYPED, SHOWN, MARK = "i", "o", "m"
MOST_FRAMES, MOST_BYTES = 20_000, 16 << 20
WIDTH, HEIGHT = 100, 30
_TAKEN = "\n\u00a0\u202f"
"""Line ends, and the spaces of French signs: they move nothing else."""
_FIRST = hashlib.sha256(b"demeure contractor recording 1").digest()
_REQUEST = "request: "
_C = contractor_frames.c


@dataclass(frozen=True)
class Frame:
    """``at``: seconds since the window opened. ``kind``: i (typed), o (shown), m (a mark of the house)."""

    number: int
    at: float
    kind: str
    text: str
    digest: bytes


@dataclass(frozen=True)
class Requested:
    """What a contractor asked of whoever runs the machine (a word of ``scopes.REQUESTS``), and when (seconds since
    the window opened)."""

    window: int
    what: str
    at: float


class Recording:
    """Any thread; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(self, window: Window, kind: str, text: str, *, last: bool = False) -> Frame:
        """Written when this returns. ``last``: the mark of its end, the only one that a closed window takes.

        Raises WindowClosed: it is not open, whatever was seen before; CommandsTooMany when the recording is as long
        as one may be (marks are always taken)."""
        since = window.opened_at or window.asked_at
        at = round(max(0.0, (self._clock.now() - since).total_seconds()), 3)
        text = clean(text)
        with self._database.write() as db:
            if not last and not self._open(db, window.number):
                raise WindowClosed()
            former = db.execute(
                sa.select(_C.number, _C.digest).where(_C.visit == window.number).order_by(_C.number.desc()).limit(1)
            ).first()
            number = former.number + 1 if former else 1
            if kind != MARK and (number > MOST_FRAMES or self._bytes(db, window.number) > MOST_BYTES):
                raise CommandsTooMany(detail="l’enregistrement est plein.", detail_en="the recording is full.")
            digest = _digest(former.digest if former else _FIRST, number, at, kind, text)
            row = {"visit": window.number, "number": number, "at": at, "kind": kind, "text": text}
            db.execute(contractor_frames.insert().values(**row, digest=digest))
        return Frame(number, at, kind, text, digest)

    def ask(self, window: Window, what: str) -> Frame:
        """Leave a request: a mark, which the report tells too. Raises as ``add``."""
        return self.add(window, MARK, _REQUEST + what)

    def requested(self, windows: Iterable[int]) -> list[Requested]:
        """Of these windows, the newest window first."""
        mine = (_C.visit.in_(list(windows)), _C.kind == MARK, _C.text.startswith(_REQUEST, autoescape=True))
        query = sa.select(_C.visit, _C.text, _C.at).where(*mine).order_by(_C.visit.desc(), _C.number)
        with self._database.read() as db:
            return [Requested(row.visit, row.text.removeprefix(_REQUEST), row.at) for row in db.execute(query)]

    @staticmethod
    def _open(db: sa.Connection, window: int) -> bool:
        c = contractor_windows.c
        return db.execute(sa.select(c.number).where(c.number == window, c.state == "open")).first() is not None

    @staticmethod
    def _bytes(db: sa.Connection, window: int) -> int:
        total = sa.select(sa.func.sum(sa.func.length(_C.text))).where(_C.visit == window)
        return int(db.execute(total).scalar() or 0)

    def frames(self, window: int) -> list[Frame]:
        """In order. Raises RecordingBroken where one is missing, or is not what was written."""
        query = sa.select(contractor_frames).where(_C.visit == window).order_by(_C.number)
        with self._database.read() as db:
            rows = db.execute(query).all()
        before, found = _FIRST, []
        for number, row in enumerate(rows, 1):
            if row.number != number or row.digest != _digest(before, number, row.at, row.kind, row.text):
                raise RecordingBroken(number=window, line=number)
            before = row.digest
            found.append(Frame(row.number, row.at, row.kind, row.text, row.digest))
        return found


def head(frames: list[Frame]) -> str:
    """The last digest of the chain (hexadecimal), which answers for all."""
    return (frames[-1].digest if frames else _FIRST).hex()


def cast(window: Window, frames: list[Frame]) -> bytes:
    """The recording as an asciicast v2 file, the same bytes each time."""
    opened = int(window.opened_at.timestamp()) if window.opened_at else 0
    title = f"{window.firm}, {window.worker}, {window.number}"
    top = {"version": 2, "width": WIDTH, "height": HEIGHT, "timestamp": opened, "title": title}
    lines = [json.dumps(top, ensure_ascii=False)]
    for frame in frames:
        text = frame.text.replace("\n", "\r\n") if frame.kind == SHOWN else frame.text
        lines.append(json.dumps([frame.at, frame.kind, text], ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def clean(text: str) -> str:
    """Without anything that commands a terminal: control characters (line ends apart), marks of direction."""
    return "".join(c if c in _TAKEN or c.isprintable() else "\ufffd" for c in text)


def _digest(before: bytes, number: int, at: float, kind: str, text: str) -> bytes:
    told = json.dumps([number, at, kind, text], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + told.encode()).digest()
