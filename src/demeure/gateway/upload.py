"""A file form read as it arrives: never a temporary file in clear on the disk, never the whole file in memory.

Fields come first, then the file; the consumer pulls, and that holds the sender back.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from demeure.errors import DemeureError, InputError

_FIELD_LIMIT = 4096
_FIELDS = 32


@dataclass
class _Part:
    done: bool = False


class FileForm:
    """``fields()`` reads up to the first file; then ``files()`` yields (name, stream) in turn, each stream
    to be consumed before the next. Raises InputError on anything that is not such a form."""

    def __init__(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:
            raise InputError(detail="multipart/form-data")
        self._chunks = chunks
        self._events: list[tuple[str, Any]] = []
        self._header = b""
        self._value = b""
        self._headers: dict[str, bytes] = {}
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as problem:
            raise InputError(detail="boundary") from problem

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": lambda: self._events.append(("end", None)),
            "on_end": lambda: self._events.append(("over", None)),
        }

    def _part_begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._value) > _FIELD_LIMIT:
            raise InputError(detail="part header")

    def _header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        self._events.append(("begin", (name, None if filename is None else filename.decode("utf-8", "replace"))))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(("data", bytes(data[start:end])))

    async def _next(self) -> tuple[str, Any]:
        """The next event of the form. Raises InputError when the body ends before the form does."""
        while not self._events:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                raise InputError(detail="unfinished form")
            try:
                self._parser.write(chunk)
            except FormParserError as problem:
                raise InputError(detail="multipart/form-data") from problem
        return self._events.pop(0)

    async def fields(self) -> dict[str, str]:
        """The text fields before the first file."""
        found: dict[str, str] = {}
        while True:
            event, value = await self._next()
            if event == "over":
                self._events.insert(0, (event, value))
                return found
            if event != "begin":
                continue
            name, filename = value
            if filename is not None or len(found) >= _FIELDS:
                self._events.insert(0, (event, value))
                return found
            found[name] = (await self._small()).decode("utf-8", "replace")

    async def everything(
        self, most: int, too_large: DemeureError
    ) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
        """(the fields, the files as field → (name, bytes)), in whatever order they come, in memory. Raises
        InputError, and ``too_large`` beyond ``most`` bytes of files."""
        fields: dict[str, str] = {}
        files: dict[str, tuple[str, bytes]] = {}
        left = most
        while True:
            event, value = await self._next()
            if event == "over":
                return fields, files
            if event != "begin":
                continue
            name, filename = value
            if filename is None:
                if len(fields) >= _FIELDS:
                    raise InputError(detail="fields")
                fields[name] = (await self._small()).decode("utf-8", "replace")
                continue
            body = bytearray()
            while (part := await self._next())[0] == "data":
                body += part[1]
                if len(body) > left:
                    raise too_large
            left -= len(body)
            files[name] = (filename, bytes(body))

    async def _small(self) -> bytes:
        body = bytearray()
        while (event := await self._next())[0] == "data":
            body += event[1]
            if len(body) > _FIELD_LIMIT:
                raise InputError(detail="field")
        return bytes(body)

    async def files(self) -> AsyncGenerator[tuple[str, AsyncIterator[bytes]]]:
        """Each file of the form. A field after the first file is skipped."""
        while True:
            event, value = await self._next()
            if event == "over":
                return
            if event == "begin" and value[1]:
                part = _Part()
                yield value[1], self._data(part)
                while not part.done:  # the consumer may stop early (already there): the next file still comes
                    part.done = (await self._next())[0] == "end"

    async def _data(self, part: _Part) -> AsyncGenerator[bytes]:
        while True:
            event, value = await self._next()
            if event == "end":
                part.done = True
                return
            yield value
