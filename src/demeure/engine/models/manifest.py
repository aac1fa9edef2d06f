"""The two small files of the models folder: what is installed (``manifest.json``), what is used (``active.json``).

Both are replaced whole (temporary, fsync, rename, fsync of the folder): a reader sees the old one or the new one.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

from demeure.engine.models.catalogue import Kind
from demeure.engine.models.errors import StoreOutOfReach, StoreUnreadable
from demeure.engine.models.gguf_header import HeaderFacts

FORMAT = 1


@dataclass(frozen=True)
class Installed:
    """One line of the manifest. ``date`` is UTC ISO 8601; ``facts`` come from the file's header."""

    id: str
    kind: Kind
    title: str
    file: str
    sha256: str
    bytes: int
    source: str
    date: str
    facts: HeaderFacts

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Active(TypedDict):
    """The model that holds a slot, as in ``active.json``. ``context`` tokens are shared by ``slots``."""

    id: str
    file: str
    sha256: str
    kind: Kind
    context: int
    slots: int


CHOICE = "chosen/active.json"
"""What each engine runs. In a folder of its own: the gateway may write there, and nowhere near the models.
Instances made before have it beside the models."""


FORMER = "chosen/former.json"
"""What each slot had before: the way back is one command."""


class Records:
    """Reads and replaces the two files. Absent files are empty ones; damaged ones raise StoreUnreadable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def installed(self) -> dict[str, Installed]:
        data = self._read("manifest.json")
        try:
            rows = [Installed(**{**row, "facts": HeaderFacts(**row["facts"])}) for row in data.get("models", [])]
        except (TypeError, KeyError) as problem:
            raise StoreUnreadable(file="manifest.json", detail=str(problem)) from problem
        return {row.id: row for row in rows}

    def active(self) -> dict[str, Active]:
        data = self._read(CHOICE) or self._read("active.json")
        for slot, row in data.items():
            if not isinstance(row, dict) or row.keys() != Active.__annotations__.keys():
                raise StoreUnreadable(file="active.json", detail=slot)
        return cast("dict[str, Active]", data)

    def former(self) -> dict[str, Active]:
        """By slot, as ``active``; what cannot be read is no way back."""
        found = {slot: row for slot, row in self._read(FORMER).items() if isinstance(row, dict)}
        return cast(
            "dict[str, Active]", {s: r for s, r in found.items() if r.keys() == Active.__annotations__.keys()}
        )

    def write_former(self, places: Mapping[str, Active]) -> None:
        (self._folder / FORMER).parent.mkdir(mode=0o700, exist_ok=True)
        self._write(FORMER, places)

    def write_installed(self, rows: Mapping[str, Installed]) -> None:
        self._write("manifest.json", {"format": FORMAT, "models": [row.as_json() for row in rows.values()]})

    def write_active(self, places: Mapping[str, Active]) -> None:
        (self._folder / CHOICE).parent.mkdir(mode=0o700, exist_ok=True)
        self._write(CHOICE, places)

    def sync(self) -> None:
        """Make a rename in the folder durable."""
        _sync(self._folder)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            data = json.loads((self._folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except PermissionError as problem:
            raise StoreOutOfReach(file=name) from problem
        except (OSError, ValueError, RecursionError) as problem:
            raise StoreUnreadable(file=name, detail=str(problem)) from problem
        if not isinstance(data, dict):
            raise StoreUnreadable(file=name, detail=type(data).__name__)
        return cast("dict[str, Any]", data)

    def _write(self, name: str, data: Mapping[str, Any]) -> None:
        place = self._folder / name
        fresh = place.with_name(f".{place.name}.new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(data, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(place)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        _sync(place.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
