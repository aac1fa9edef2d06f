"""What is read of the disk and of what is kept, when an administrator opens the state page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Figures:
    """Bytes of the disk and of what is kept; ``entries`` None when the journal does not answer; ``verified``: when
    somebody last had the whole journal computed again. ``ready``: states kept of documents, and their bytes.
    ``unexamined``: documents that wait to be examined for personal data."""

    disk: int
    free: int
    databases: int
    originals: int
    entries: int | None
    root: str
    verified: datetime | None
    ready: int = 0
    ready_bytes: int = 0
    unexamined: int = 0


class Gauge(Protocol):
    """Read when an administrator opens the state page."""

    async def read(self) -> Figures: ...
