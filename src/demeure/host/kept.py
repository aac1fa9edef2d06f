"""The last audit of this machine, kept in the instance for the page Souveraineté."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from demeure.host.finding import ALARM, WARN, Finding
from demeure.store.durable import make_folder, write_new

FOLDER, FILE = "host", "audit.json"


@dataclass(frozen=True)
class Audit:
    """``root``: whether it was made by root, who alone reads everything."""

    at: datetime
    root: bool
    findings: tuple[Finding, ...]

    def count(self, tone: str) -> int:
        """How many of that tone."""
        return sum(one.tone == tone for one in self.findings)

    @property
    def tone(self) -> str:
        """The worst."""
        return next((tone for tone in (ALARM, WARN) if self.count(tone)), "good")


def keep(instance: Path, at: datetime, findings: Sequence[Finding], *, root: bool) -> None:
    """Durable on return."""
    make_folder(instance / FOLDER)
    told: dict[str, Any] = {"at": at.isoformat(), "root": root, "findings": [one.as_json() for one in findings]}
    write_new(instance / FOLDER / FILE, json.dumps(told, ensure_ascii=False, indent=1).encode(), 0o600)


def read_audit(instance: Path) -> Audit | None:
    """The last one; None when none was made, or it cannot be read."""
    names = {one.name for one in fields(Finding)}
    try:
        told = json.loads((instance / FOLDER / FILE).read_bytes())
        rows: list[dict[str, Any]] = [
            {name: tuple(one) if isinstance(one, list) else one for name, one in row.items() if name in names}
            for row in told["findings"]
        ]
        return Audit(datetime.fromisoformat(told["at"]), bool(told["root"]), tuple(Finding(**row) for row in rows))
    except (OSError, ValueError, KeyError, TypeError):
        return None
