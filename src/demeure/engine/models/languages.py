"""The language data of recognition that is installed and is still what was installed."""

from pathlib import Path

from demeure.engine.models.errors import StoreUnreadable
from demeure.engine.models.intake import sha256_of
from demeure.engine.models.manifest import Installed, Records
from demeure.logs import note
from demeure.workshop import Language

_FIRST = ("ocr-fra", "ocr-eng")
_MOST = 4  # each language more slows every page


class LanguageData:
    """Called from threads, often: the files are hashed again when their size, date or inode changes, and when the
    manifest does."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._records = folder, Records(folder)
        self._seen: object = None
        self._known: tuple[Language, ...] = ()

    def __call__(self) -> tuple[Language, ...]:
        try:
            rows = sorted((r for r in self._records.installed().values() if r.kind == "ocr"), key=_order)
        except StoreUnreadable as problem:
            note("worker", f"language data: {problem.code()}")
            return ()
        seen = [(row.file, row.sha256, self._mark(row)) for row in rows]
        if seen != self._seen:
            self._known = tuple(Language(Path(r.file).stem, r.sha256) for r in rows if self._sound(r))[:_MOST]
            self._seen = seen
        return self._known

    def _mark(self, row: Installed) -> tuple[int, int, int] | None:
        try:
            facts = (self._folder / row.file).stat()
        except OSError:
            return None
        return facts.st_size, facts.st_mtime_ns, facts.st_ino

    def _sound(self, row: Installed) -> bool:
        try:
            sound = sha256_of(self._folder / row.file) == row.sha256
        except OSError:
            sound = False
        if not sound:
            note("worker", f"language data: {row.id} is missing or altered")
        return sound


def _order(row: Installed) -> tuple[int, str]:
    return (_FIRST.index(row.id) if row.id in _FIRST else len(_FIRST), row.id)
