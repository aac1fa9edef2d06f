"""Outlook messages (MSG): a small file system (OLE) of properties; who, to whom, when and what about, then the
text, then each attachment by the reader of its own kind. Embedded messages are read like the first."""

import datetime as dt
import email.utils
import io
import re
import struct
from collections.abc import Iterator
from contextlib import suppress

import olefile

from demeure.workshop import read_rtf
from demeure.workshop.cleaning import one_line
from demeure.workshop.compressed_rtf import unpacked
from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.guard import MemoryFile
from demeure.workshop.nesting import attached, forgiving
from demeure.workshop.parts import TITLE_CHARACTERS, Facts, Part, ReadLimits
from demeure.workshop.read_mail import Letter, Rich, html_body, letter_parts, shown_date
from demeure.workshop.sniff import decode_text

_SUBJECT, _TO, _COPIES, _SENDER, _ADDRESS, _SMTP = 0x0037, 0x0E04, 0x0E03, 0x0C1A, 0x0C1F, 0x5D01
_BODY, _RTF, _HTML, _SENT, _RECEIVED, _CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x0039, 0x0E06, 0x3FFD
_FILE, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _HIDDEN = 0x3701, 0x3707, 0x3704, 0x3001, 0x7FFE
_ATTACHMENT = "__attach_version1.0_#"
_EMBEDDED = "__substg1.0_3701000D"
_PROPERTIES = "__properties_version1.0"
_STREAM = 256 << 20
_ENTRIES = 20_000
_TRAVELLED, _FIELDS = 0x007D, 100_000
_DATE = re.compile(r"^Date:([^\r\n]{6,80})", re.IGNORECASE | re.MULTILINE)
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields the message, then its attachments."""
    try:
        ole = olefile.OleFileIO(io.BufferedReader(MemoryFile(data)))
        entries = ole.listdir(streams=True, storages=False)
    except (OSError, ValueError, IndexError, struct.error, RecursionError, TypeError, AttributeError) as problem:
        raise DocumentCorrupt(detail="mail-damaged") from problem
    if len(entries) > _ENTRIES:
        raise DocumentCorrupt(detail="mail-damaged")
    yield from _Item(ole, entries, ()).read(limits, facts)


class _Item:
    """One message: the storage at ``path``."""

    def __init__(self, ole: "olefile.OleFileIO", entries: list[list[str]], path: tuple[str, ...]) -> None:
        self._ole, self._entries, self._path = ole, entries, path
        depth = len(path)
        mine = [entry for entry in entries if tuple(entry[:depth]) == path]
        self._streams = {entry[-1] for entry in mine if len(entry) == depth + 1}
        self._attached = sorted(
            {entry[depth] for entry in mine if len(entry) > depth + 1 and entry[depth].startswith(_ATTACHMENT)}
        )
        self._inner = {
            folder: {
                entry[-1] for entry in mine if entry[depth : depth + 1] == [folder] and len(entry) == depth + 2
            }
            for folder in self._attached
        }
        self._fixed = self._properties()
        page = int.from_bytes(self._fixed.get(_CODE_PAGE, b"")[:4], "little")
        self._encoding = f"cp{page}" if 1250 <= page <= 1258 else "cp1252"

    def read(self, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
        if _PROPERTIES not in self._streams:
            raise DocumentCorrupt(detail="mail-damaged")
        letter = self._letter()
        facts.title = facts.title or one_line(letter.subject)[:TITLE_CHARACTERS]
        facts.author = facts.author or letter.who()
        facts.written_on = facts.written_on or "-".join(reversed(letter.date[:10].split("/")))
        rich = self._rich(limits, facts)
        yield from letter_parts(letter, self._text(_BODY), rich, 1, limits, facts)
        for at, folder in enumerate(self._attached, 1):
            name = self._name(folder, at)
            if self._holds_message(folder):
                yield from forgiving(self._embedded(folder, name, limits, facts), facts)
            elif f"__substg1.0_{_FILE:04X}0102" in self._inner[folder]:
                content = self._bytes(f"{folder}/__substg1.0_{_FILE:04X}0102")
                facts.flag("attachments-damaged", int(content is None))
                yield from attached(content or b"", name, limits, facts)
            else:
                facts.flag("attachments-unsupported")

    def _rich(self, limits: ReadLimits, facts: Facts) -> Rich | None:
        """The body in HTML, else in RTF, where Outlook keeps what it has no plain text for."""
        html = self._bytes(f"__substg1.0_{_HTML:04X}0102") or self._text(_HTML).encode()
        if html:
            return html_body(bytearray(html), limits, facts)
        packed = self._bytes(f"__substg1.0_{_RTF:04X}0102")
        if not packed:
            return None
        rtf = bytearray(unpacked(packed))
        return lambda outline: read_rtf.read_into(rtf, limits, facts, outline)

    def _embedded(self, folder: str, name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
        path = (*self._path, folder, _EMBEDDED)
        if facts.nest is not None:
            yield from facts.nest.within(
                f"{name}.msg", 0, facts, lambda inner: _Item(self._ole, self._entries, path).read(limits, inner)
            )

    def _letter(self) -> Letter:
        address = self._text(_SMTP) or self._text(_ADDRESS)
        name = self._text(_SENDER)
        sender = f"{name} <{address}>" if name and "@" in address and name != address else name or address
        date = self._stated_date() or self._moment(_SENT) or self._moment(_RECEIVED)
        names = tuple(self._name(folder, at) for at, folder in enumerate(self._attached, 1))
        return Letter(self._text(_SUBJECT), sender, self._text(_TO), self._text(_COPIES), date, names)

    def _name(self, folder: str, at: int) -> str:
        for number in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME):
            name = one_line(self._text(number, folder))
            if name:
                return name
        return f"{at}"

    def _holds_message(self, folder: str) -> bool:
        path = [*self._path, folder, _EMBEDDED]
        return any(entry[: len(path)] == path for entry in self._entries)

    def _text(self, number: int, folder: str = "") -> str:
        there = self._inner.get(folder, set()) if folder else self._streams
        prefix = f"{folder}/" if folder else ""
        if (wide := f"__substg1.0_{number:04X}001F") in there:
            return (self._bytes(prefix + wide) or b"").decode("utf-16-le", "replace").rstrip("\0")
        if (narrow := f"__substg1.0_{number:04X}001E") in there:
            content = self._bytes(prefix + narrow) or b""
            return (decode_text(content, self._encoding).text or "").rstrip("\0")
        return ""

    def _bytes(self, name: str) -> bytes | None:
        """A stream; None when it is absent or its chain of sectors is broken."""
        path = [*self._path, *name.split("/")]
        with suppress(OSError, ValueError, IndexError, struct.error), self._ole.openstream(path) as stream:
            content: bytes = stream.read(_STREAM)
            return content
        return None

    def _properties(self) -> dict[int, bytes]:
        """Number → the eight bytes of a property that fits in them."""
        content = self._bytes(_PROPERTIES) or b""
        found: dict[int, bytes] = {}
        for at in range(32 if not self._path else 24, len(content) - 15, 16):
            kind, number = struct.unpack_from("<HH", content, at)
            if kind in (0x0003, 0x0040):
                found[number] = content[at + 8 : at + 16]
        return found

    def _stated_date(self) -> str:
        """On the clock of whoever wrote, when the letter kept the fields it travelled with."""
        found = _DATE.search(self._text(_TRAVELLED)[:_FIELDS])
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            return shown_date(email.utils.parsedate_to_datetime(found[1].strip())) if found else ""
        return ""

    def _moment(self, number: int) -> str:
        ticks = int.from_bytes(self._fixed.get(number, b""), "little")
        with suppress(OverflowError, ValueError):
            return f"{shown_date(_EPOCH + dt.timedelta(microseconds=ticks // 10))} UTC" if ticks else ""
        return ""
