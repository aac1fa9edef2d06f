"""The recognition model that is installed: what the workshop is asked to listen with."""

from pathlib import Path

from demeure.engine.models.errors import StoreUnreadable
from demeure.engine.models.manifest import Records
from demeure.logs import note
from demeure.workshop import SpeechModel


class SpeechData:
    """Called from threads. The job that loads the file hashes it; here only its size is looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._records = folder, Records(folder)

    def __call__(self) -> SpeechModel | None:
        """The one chosen (``demeure models use speech``), else the latest brought; None when none is here."""
        try:
            chosen = self._records.active().get("speech")
            wanted = chosen["id"] if chosen else ""
            rows = sorted(
                (row for row in self._records.installed().values() if row.kind == "speech"),
                key=lambda row: (row.id == wanted, row.date),
                reverse=True,
            )
        except StoreUnreadable as problem:
            note("speech", f"models: {problem.code()}")
            return None
        for row in rows:
            try:
                here = (self._folder / row.file).stat().st_size == row.bytes
            except OSError:
                here = False
            if here:
                return SpeechModel(row.id, Path(row.file).name, row.sha256)
        return None
