"""ZIP archives: the names of what they hold, then each member by the reader of its own kind.

Bounded before a byte is unpacked; a bomb inside refuses the whole archive. Names are shown and never used as paths.
"""

from collections.abc import Iterator
from zipfile import ZipInfo

from demeure.workshop.errors import DocumentEncrypted
from demeure.workshop.guard import Archive
from demeure.workshop.nesting import attached, forgiving, harmless_name
from demeure.workshop.outline import batches
from demeure.workshop.parts import Facts, Part, ReadLimits

_FURNITURE = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_PIECE = 8_000


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields the list of names, then the parts of each member, their place saying in which."""
    archive = Archive(data, holds_documents=True)
    members = [entry for entry in archive.entries if not entry.is_dir() and not _furniture(entry)]
    locked = [entry for entry in members if entry.flag_bits & 0x1]
    if members and len(locked) == len(members):
        raise DocumentEncrypted
    facts.flag("attachments-encrypted", len(locked))
    at = 1
    for listed in batches([harmless_name(_member(entry)) for entry in members], _PIECE):
        lines = listed.count("\n") + 1
        yield Part({"kind": "lines", "from": at, "to": at + lines - 1}, listed, "lines")
        at += lines
    for entry in members:
        if not entry.flag_bits & 0x1:
            yield from forgiving(_parts(archive, entry, limits, facts), facts, whole=True)


def _parts(archive: Archive, entry: ZipInfo, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """One member, unpacked only now: memory holds one at a time."""
    yield from attached(archive.read(entry.filename), _member(entry), limits, facts, whole=True)


def _furniture(entry: ZipInfo) -> bool:
    name = entry.filename.lower()
    return name.startswith(_FURNITURE[0]) or name.rpartition("/")[2] in _FURNITURE[1:]


def _member(entry: ZipInfo) -> str:
    """The name as its author saw it: archives made without the UTF-8 mark hold UTF-8 all the same, or the DOS
    characters of Western Europe."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp850")
