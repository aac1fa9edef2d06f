"""Archives and XML opened only once they are known to be harmless: nothing is unpacked before every check has
passed.

Checks of an archive: entries, sizes, ratio, overlap, duplicates, encryption, paths, archives inside. XML: no
entity, no DTD, no network, libxml2's own limits on depth and size kept on.
"""

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from demeure.workshop.errors import DocumentBomb, DocumentCorrupt, DocumentEncrypted

ENTRIES = 5_000
ENTRY_BYTES = 256 << 20
TOTAL_BYTES = 768 << 20
RATIO = 100
RATIO_FREE = 1 << 20
"""Entries under 1 MiB may be compressed as much as they like (runs of spaces, empty templates)."""

_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_ARCHIVES = (".zip", ".docx", ".odt", ".7z", ".rar", ".gz", ".tgz", ".xz", ".bz2", ".jar")
_NEST_FREE = ("word/embeddings/", "xl/embeddings/", "ppt/embeddings/", "Object ", "ObjectReplacements/")
"""Office files may carry other Office files as attached objects; they are never opened."""


class MemoryFile(io.RawIOBase):
    """A seekable file over bytes already in memory, without copying them."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._view, self._at = memoryview(data), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, len(self._view))[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "before the start")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._view[self._at : self._at + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class Archive:
    """A checked zip. Raises DocumentCorrupt, DocumentEncrypted or DocumentBomb at construction.

    ``holds_documents``: somebody's archive and not the package of one document; its names are never paths, and it
    may hold archives and locked members, which its reader judges one by one."""

    def __init__(self, data: bytes | bytearray, *, holds_documents: bool = False) -> None:
        directory = _directory_size(data)
        if directory > ENTRIES * 512:
            raise DocumentBomb(detail="zip-directory")
        try:
            self._zip = zipfile.ZipFile(io.BufferedReader(MemoryFile(data)))
        except (zipfile.BadZipFile, ValueError, struct.error, OSError, NotImplementedError) as problem:
            raise DocumentCorrupt(detail="zip-damaged") from problem
        self.entries = self._zip.infolist()
        _check(self.entries, data, self._zip.start_dir, package=not holds_documents)
        self.names = frozenset(self._zip.namelist())

    def read(self, name: str, limit: int = ENTRY_BYTES) -> bytes:
        """One entry, at most ``limit`` bytes. Raises DocumentCorrupt when it is absent or damaged."""
        with self.open(name) as stream:
            try:
                content: bytes = stream.read(limit + 1)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as problem:
                raise DocumentCorrupt(detail="part-damaged", part=name) from problem
        if len(content) > limit:
            raise DocumentBomb(detail="zip-size")
        return content

    def pieces(self, name: str, size: int = 1 << 20) -> Iterator[bytes]:
        """One entry, ``size`` bytes at a time. Raises DocumentCorrupt when it is absent or damaged."""
        with self.open(name) as stream:
            try:
                while piece := stream.read(size):
                    yield piece
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as problem:
                raise DocumentCorrupt(detail="part-damaged", part=name) from problem

    def open(self, name: str) -> Any:
        """A stream over one entry; it never gives more than the checked size."""
        try:
            return self._zip.open(name)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as problem:
            raise DocumentCorrupt(detail="part-damaged", part=name) from problem


def parse(content: bytes, what: str) -> Any:
    """The root of a small XML entry. Raises DocumentBomb on a DTD, DocumentCorrupt on anything not well formed."""
    refuse_dtd(content)
    try:
        return etree.fromstring(content, parser())
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise DocumentCorrupt(detail="xml-damaged", part=what) from problem


def parser() -> Any:
    """No entity, no DTD, no network, no way round libxml2's limits."""
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )


def walk(stream: Any, what: str, ends_of: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """(event, element) of a large entry, ``start`` and ``end``; the caller clears what it has read. ``ends_of``:
    only the ends of these elements (« {*}row »), which is several times faster."""
    try:
        refuse_dtd(stream.peek(4096)[:4096])
        events = etree.iterparse(
            stream, events=("end",) if ends_of else ("start", "end"), tag=ends_of or None, resolve_entities=False,
            load_dtd=False, no_network=True, huge_tree=False, remove_pis=True, remove_comments=True,
        )  # fmt: skip
        first = True
        for event, element in events:
            if first and element.getroottree().docinfo.doctype:
                raise DocumentBomb(detail="xml-declarations")
            first = False
            yield event, element
    except (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error, EOFError, ValueError) as problem:
        raise DocumentCorrupt(detail="xml-damaged", part=what) from problem


def refuse_dtd(content: bytes) -> None:
    """Office files never declare a document type: one that does wants entities."""
    head = content[:65536]
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or "<!DOCTYPE".encode("utf-16-le") in head:
        raise DocumentBomb(detail="xml-declarations")


def _directory_size(data: bytes | bytearray) -> int:
    at = data.rfind(_END_SIGNATURE, max(0, len(data) - 65_557))
    if at < 0 or at + _END.size > len(data):
        raise DocumentCorrupt(detail="zip-damaged")
    size = _END.unpack_from(data, at)[5]
    return 0 if size == 0xFFFFFFFF else int(size)  # zip64: the entries are counted once read, the file bounds them


def _check(entries: list[zipfile.ZipInfo], data: bytes | bytearray, directory: int, *, package: bool) -> None:
    if len(entries) > ENTRIES:
        raise DocumentBomb(detail="zip-entries")
    if len({entry.filename for entry in entries}) != len(entries):
        raise DocumentBomb(detail="zip-duplicates")
    for entry in entries:
        _check_size(entry)
        if package:
            _check_entry(entry)
    if sum(entry.file_size for entry in entries) > TOTAL_BYTES:
        raise DocumentBomb(detail="zip-size")
    _check_overlap(entries, data, directory)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if entry.flag_bits & 0x1:
        raise DocumentEncrypted
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:2]:
        raise DocumentBomb(detail="zip-path")
    if name.lower().endswith(_ARCHIVES) and not name.startswith(_NEST_FREE):
        raise DocumentBomb(detail="zip-nested")


def _check_size(entry: zipfile.ZipInfo) -> None:
    if entry.file_size > ENTRY_BYTES:
        raise DocumentBomb(detail="zip-size")
    if entry.file_size > RATIO_FREE and entry.file_size > RATIO * max(entry.compress_size, 1):
        raise DocumentBomb(detail="zip-ratio")


def _check_overlap(entries: list[zipfile.ZipInfo], data: bytes | bytearray, directory: int) -> None:
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        start = entry.header_offset
        if start < end:
            raise DocumentBomb(detail="zip-overlap")
        if start + _LOCAL.size > directory or data[start : start + 4] != b"PK\x03\x04":
            raise DocumentCorrupt(detail="zip-damaged")
        fields = _LOCAL.unpack_from(data, start)
        end = start + _LOCAL.size + fields[9] + fields[10] + entry.compress_size
        if end > directory:
            raise DocumentBomb(detail="zip-overlap")
