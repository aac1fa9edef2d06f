"""What a wheel says of itself (pure but for reading it): name, version, licence, what it needs, licence texts."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

_TEXTS = re.compile(r"(licen[sc]e|copying|notice|authors|copyright)", re.IGNORECASE)
_NEEDS = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")
_CLASSIFIER = "License :: "
_SHORT = 120


@dataclass(frozen=True)
class Wheel:
    """``licence``: what its metadata say, and ``expression``: is it an SPDX expression? ``needs``: names, extras
    left out. ``sha256``: of the file."""

    path: Path
    name: str
    version: str
    licence: str
    expression: bool
    summary: str
    needs: tuple[str, ...]
    sha256: str

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """(short name, bytes) of each licence text that it carries."""
        with zipfile.ZipFile(self.path) as packed:
            for name in packed.namelist():
                folder, _, last = name.partition(".dist-info/")
                if last and "/" not in folder and not name.endswith("/"):
                    inside = last.removeprefix("licenses/")
                    if last.startswith("licenses/") or ("/" not in inside and _TEXTS.match(inside)):
                        yield inside.replace("/", "_"), packed.read(name)


def normal(name: str) -> str:
    """As indexes compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_wheel(path: Path) -> Wheel:
    """Raises zipfile.BadZipFile, KeyError (no metadata)."""
    with zipfile.ZipFile(path) as packed:
        found = [name for name in packed.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        told = HeaderParser().parsestr(packed.read(found[0]).decode("utf-8", "replace"))
    licence, expression = _licence(told.get_all("Classifier") or [], told)
    needs = sorted(
        {
            normal(match[1])
            for line in told.get_all("Requires-Dist") or []
            if "extra ==" not in line and (match := _NEEDS.match(line))
        }
    )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = normal(str(told["Name"]))
    return Wheel(
        path, name, str(told["Version"]), licence, expression, str(told["Summary"] or ""), tuple(needs), digest
    )


def _licence(classifiers: list[str], told: object) -> tuple[str, bool]:
    get = told.get  # type: ignore[attr-defined] # a message
    if get("License-Expression"):
        return str(get("License-Expression")).strip(), True
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith(_CLASSIFIER)]
    if named:
        return " ; ".join(named), False
    first = str(get("License") or "").strip().splitlines()[:1]
    return (first[0][:_SHORT] if first else ""), False
