"""Are the files of the product those that were installed? Compared with the list that the installation left.

A wheel leaves RECORD. `make install` leaves FILES.sha256 beside it, as `sha256sum -c` reads it from the folder of
the sources (requirements/listing.py). A file that differs, that nobody listed or that is gone is told by its name.

Compiled files (`.pyc`) are what Python runs, and say themselves which source they are of: a false one passes every
look at the sources. The list of `make install` holds the digests of those that were the code of their source then;
one that is not listed (a wheel lists none) or no longer the same (Python makes it again when a date changes) is
judged by compiling its source again: the two must be the same code. Their bytes are no measure: the order of a set
in them is left to chance.
"""

import base64
import csv
import hashlib
import importlib.util
import marshal
import py_compile
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

LIST, RECORD = "FILES.sha256", "RECORD"
BUILT = "complete.json"
"""What a bundle leaves in the environment that it made (release.carried)."""
_NAME = "demeure"
_COMPILED = "__pycache__"
_HEADER, _32 = 16, 0xFFFFFFFF
_BY_DATE, _BY_HASH = 0b00, 0b11
"""Flags of PEP 552 under which Python looks whether the source has changed: by its date and size, by its hash."""


@dataclass(frozen=True)
class Delivery:
    """``source``: LIST or RECORD. ``count``: files compared. The other three: paths inside the package; a compiled
    file that is not of its source is a changed one."""

    source: str
    count: int
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Nothing differs."""
        return not (self.changed or self.added or self.removed)

    def told(self, language: str, most: int = 8) -> str:
        """« changé : settings.py ; ajouté : x.so », the first names of each."""
        words = {
            "fr": ("changé\u00a0: ", "ajouté\u00a0: ", "supprimé\u00a0: "),
            "en": ("changed: ", "added: ", "removed: "),
        }
        parts = []
        for word, names in zip(words[language], (self.changed, self.added, self.removed), strict=True):
            if names:
                shown = ", ".join(names[:most]) + ("…" if len(names) > most else "")
                parts.append(word + shown)
        return ("\u202f; " if language == "fr" else "; ").join(parts)


def delivered(*, compiled: bool = True) -> Delivery | None:
    """This product compared with what was installed. None: no list speaks of these files. ``compiled``: also judge
    by compiling again what no list holds (seconds for a wheel)."""
    found = _listed(_here())
    return None if found is None else compare(_here(), *found, compiled=compiled)


def compare(here: Path, source: str, listed: Mapping[str, str], *, compiled: bool = True) -> Delivery:
    """The package in the folder ``here`` and ``listed`` (path inside it → SHA-256, hexadecimal)."""
    present = digests(here)
    ours = {name for name in listed if not _is_compiled(name)}
    changed = {name for name in ours & present.keys() if present[name] != listed[name]}
    for one in _compiled(here):
        known = one.name in listed and _digest(one.path) == listed[one.name]
        if not known and (compiled or one.name in listed) and faithful(one) is False:
            changed.add(one.name)
    added, removed = present.keys() - ours, ours - present.keys()
    return Delivery(source, len(ours), *(tuple(sorted(names)) for names in (changed, added, removed)))


def digests(here: Path | None = None) -> dict[str, str]:
    """Each file of the package, compiled ones left out → its SHA-256, in order."""
    here = here or _here()
    found = sorted(path for path in here.rglob("*") if path.is_file() or path.is_symlink())
    names = {path.relative_to(here).as_posix(): path for path in found}
    return {name: _digest(path) for name, path in names.items() if not _is_compiled(name)}


def listing(here: Path | None = None) -> str:
    """What `make install` writes: every file and every compiled one of this interpreter that is the code of its
    source, as ``sha256sum`` does."""
    here = here or _here()
    rows = digests(here) | {one.name: _digest(one.path) for one in _compiled(here) if faithful(one)}
    return "".join(f"{told}  {here.name}/{name}\n" for name, told in rows.items())


def compile_again(here: Path | None = None) -> list[str]:
    """Make anew what is not the code of its source; the names. `make install` does, before it lists."""
    made = [one for one in _compiled(here or _here()) if faithful(one) is False]
    for one in made:
        py_compile.compile(str(one.source), cfile=str(one.path), optimize=one.level, doraise=True)
    return [one.name for one in made]


@dataclass(frozen=True)
class Compiled:
    """``path``: what Python reads instead of ``source``; ``name``: inside the package; ``level``: of
    optimisation."""

    name: str
    path: Path
    source: Path
    level: int


def faithful(one: Compiled) -> bool | None:
    """Is it the code of its source? None where Python would not read it: it is of another version, or says itself
    that its source has changed since."""
    data, text, facts = one.path.read_bytes(), one.source.read_bytes(), one.source.stat()
    flags, told = int.from_bytes(data[4:8], "little"), data[8:_HEADER]
    dated = struct.pack("<II", int(facts.st_mtime) & _32, facts.st_size & _32)
    if data[:4] != importlib.util.MAGIC_NUMBER or (flags == _BY_DATE and told != dated):
        return None
    if flags == _BY_HASH and told != importlib.util.source_hash(text):
        return None
    try:
        made = compile(text, str(one.source), "exec", dont_inherit=True, optimize=one.level)
        return bool(marshal.loads(data[_HEADER:]) == made)  # noqa: S302 - Python itself would read it so
    except (ValueError, TypeError, EOFError, SyntaxError):
        return False


def _compiled(here: Path) -> Iterator[Compiled]:
    """What this interpreter may read instead of a source, wherever it keeps it: another one reads its own."""
    for source in sorted(here.rglob("*.py")):
        for level in (0, 1, 2):
            path = Path(importlib.util.cache_from_source(str(source), optimization=level or ""))
            if path.exists():
                kept = path if path.is_relative_to(here) else source
                yield Compiled(kept.relative_to(here).as_posix(), path, source, level)


def _here() -> Path:
    return Path(__file__).resolve().parent


def _listed(here: Path) -> tuple[str, dict[str, str]] | None:
    """The list that speaks of the package in ``here``."""
    for distribution in metadata.distributions(name=_NAME):
        packages = Path(str(distribution.locate_file(""))).resolve()
        hashes = _recorded(distribution.read_text(RECORD) or "")
        if hashes and packages == here.parent:
            return RECORD, hashes
        text = distribution.read_text(LIST)
        if text and here.parent in set(_linked(packages)):
            rows = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
            return LIST, {name.removeprefix(f"{here.name}/"): told for told, name in rows}
    return None


def _linked(packages: Path) -> Iterator[Path]:
    """The folders of sources that an installation in place reads."""
    for link in packages.glob(f"__editable__.{_NAME}-*.pth"):
        for line in link.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            yield (packages / line).resolve()


def _recorded(text: str) -> dict[str, str]:
    """Of the lines of RECORD: those of the package that have a digest."""
    rows = [row for row in csv.reader(text.splitlines()) if len(row) > 1 and row[0].startswith(f"{_NAME}/")]
    return {
        row[0].removeprefix(f"{_NAME}/"): base64.urlsafe_b64decode(row[1].removeprefix("sha256=") + "==").hex()
        for row in rows
        if row[1].startswith("sha256=")
    }


def _is_compiled(name: str) -> bool:
    """Only what Python takes for compiled: elsewhere a ``.pyc`` is a module of its own, and a file too many."""
    folder, _, last = name.rpartition("/")
    return folder.rpartition("/")[2] == _COMPILED and last.endswith(".pyc")


def _digest(path: Path) -> str:
    """Empty when it cannot be read: that is not what was delivered either."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def renewed(found: Delivery, language: str) -> str:
    """What to type when whoever reads changed them. Where the product was installed from a bundle there are no
    sources to install again, and ``demeure update`` takes no bundle that is already in force."""
    if found.source == LIST:
        return "If that was you: make install." if language == "en" else "Si c’est vous\u00a0: make install."
    if Path(sys.prefix, BUILT).is_file():
        if language == "en":
            return "As root: demeure uninstall (the data stay), then python3 -I install.py of the same bundle."
        return "En root\u00a0: demeure uninstall (les données restent), puis python3 -I install.py du même lot."
    if language == "en":
        return "Install the version of your bundle again (docs/install.md)."
    return "Réinstallez la version de votre livraison (docs/install-fr.md)."
