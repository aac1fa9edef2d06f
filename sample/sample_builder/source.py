"""A source file: a TOML head between two ``+++`` lines, then the text."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Source:
    """What one source file says: where the result goes, its metadata, its text."""

    output: str
    title: str
    author: str
    date: dt.date
    layout: str
    body: str
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def moment(self) -> dt.datetime:
        """The fixed time written in the metadata of the built file (noon, UTC)."""
        return dt.datetime.combine(self.date, dt.time(12, 0), tzinfo=dt.UTC)

    @property
    def suffix(self) -> str:
        """The kind of file to build, without the dot."""
        return self.output.rsplit(".", 1)[1]


def read_source(path: Path) -> Source:
    """Read one source file; a missing head or key is an error that names the file."""
    parts = path.read_text(encoding="utf-8").split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError(f"{path}: no +++ head at the top")
    head = tomllib.loads(parts[1])
    try:
        return Source(
            output=head.pop("output"),
            title=head.pop("title"),
            author=head.pop("author"),
            date=head.pop("date"),
            layout=head.pop("layout", "plain"),
            body=parts[2].strip("\n") + "\n",
            extra=head,
        )
    except KeyError as missing:
        raise ValueError(f"{path}: {missing} is missing from the head") from missing
