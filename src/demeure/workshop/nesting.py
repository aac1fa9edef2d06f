"""Documents inside documents: attachments and members of archives, read by the same readers in the same job.

Everything found inside counts together: how deep, how many, how many bytes. A member that cannot be read takes
nothing from the others: it is counted under a name that says why.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from demeure.errors import DemeureError
from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import (
    DocumentBomb,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentHasNoText,
    DocumentTooLarge,
    DocumentUnsupported,
)
from demeure.workshop.parts import Facts, Part, ReadLimits

DEPTH = 3
"""An archive in a message in an archive may hold documents; what they hold in turn is not opened."""

COUNT, BYTES = 5_000, 1 << 30
_NAME = 200

Reader = Callable[[bytearray, str, ReadLimits, Facts], Iterator[Part]]
Choose = Callable[[bytearray, str], str]
Told = Callable[[Facts], Iterator[Part]]


class Nest:
    """The way down into one file. ``choose``: the format of bytes under a name, or the error that says why not."""

    def __init__(self, readers: Mapping[str, Reader], choose: Choose) -> None:
        self._readers, self._choose = readers, choose
        self._depth = self._count = self._bytes = 0
        self._open: list[tuple[str, bytearray]] = []

    @property
    def innermost(self) -> tuple[str, bytearray]:
        """Format and bytes of the document whose parts are being told."""
        return self._open[-1]

    def read(self, data: bytes, name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
        """The parts of a document found inside another, their place saying so. Raises what its reader raises, and
        DocumentBomb when there is too much inside."""
        held = bytearray(data)
        form = self._choose(held, name)
        reader = self._readers[form]
        self._open.append((form, held))
        try:
            yield from self.within(name, len(held), facts, lambda inner: reader(held, name, limits, inner))
        finally:
            self._open.pop()

    def within(self, name: str, size: int, facts: Facts, told: Told) -> Iterator[Part]:
        """What ``told`` reads, one level down."""
        self._count += 1
        self._bytes += size
        if self._depth >= DEPTH:
            raise DocumentBomb(detail="nested-depth")
        if self._count > COUNT:
            raise DocumentBomb(detail="nested-count")
        if self._bytes > BYTES:
            raise DocumentBomb(detail="nested-size")
        inner = Facts(nest=self)
        label = harmless_name(name)
        self._depth += 1
        try:
            for part in told(inner):
                yield inside(part, label)
        finally:
            self._depth -= 1
            facts.flags.update(inner.flags)


def inside(part: Part, label: str) -> Part:
    """The same part, seen from the file that holds it."""
    return replace(part, place={**part.place, "inside": [label, *part.place.get("inside", ())]})


def harmless_name(name: str) -> str:
    """A name to show, never to open: no way up, no drive, no invisible character."""
    steps = name.replace("\\", "/").split("/")
    kept = "/".join(step for step in steps if step not in ("", ".", "..") and not step.endswith(":"))
    return one_line(clean(kept, lambda *_: None))[:_NAME].strip() or "?"


def attached(data: bytes, name: str, limits: ReadLimits, facts: Facts, *, whole: bool = False) -> Iterator[Part]:
    """``Nest.read`` for an attachment: what cannot be read is flagged, and the rest goes on. ``whole``: a bomb is
    the whole file's fault and is passed on."""
    nest = facts.nest
    if nest is None:
        return
    yield from forgiving(nest.read(data, name, limits, facts), facts, whole=whole)


def forgiving(parts: Iterator[Part], facts: Facts, *, whole: bool = False) -> Iterator[Part]:
    """``parts`` until they fail; then the flag that names the failure."""
    try:
        yield from parts
    except (DocumentTooLarge, MemoryError):
        raise  # the limits are shared: what is beyond them is beyond them for all
    except DocumentBomb:
        if whole:
            raise
        facts.flag("attachments-refused")
    except DocumentEncrypted:
        facts.flag("attachments-encrypted")
    except (DocumentUnsupported, DocumentHasNoText):
        facts.flag("attachments-unsupported")
    except DocumentEmpty:
        pass
    except (DemeureError, Exception):  # noqa: BLE001 - a reader's surprise on one attachment is that attachment's
        facts.flag("attachments-damaged")
