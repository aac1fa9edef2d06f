"""One job: one call on one socket, in a forked child of the zygote. Bytes in; what was made, or a reason, out."""

import os
import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from demeure.errors import DemeureError, InputError
from demeure.logs import surprise
from demeure.wire import OperationUnknown
from demeure.wire import blocking as wire
from demeure.wire.frame import BODY_LIMIT, Frame
from demeure.workshop import (
    company,
    export,
    hearing,
    ocr,
    read_csv,
    read_docx,
    read_epub,
    read_html,
    read_image,
    read_mail,
    read_markdown,
    read_msg,
    read_odp,
    read_ods,
    read_odt,
    read_pdf,
    read_pptx,
    read_rtf,
    read_text,
    read_xlsx,
    read_zip,
    render,
    sound,
    typeset,
)
from demeure.workshop.addressing import count_for_machines
from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import (
    DocumentCorrupt,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentTooLarge,
    DocumentUnsupported,
    DocumentWrongFormat,
    JobTooBig,
)
from demeure.workshop.language import language
from demeure.workshop.marking import Marks
from demeure.workshop.nesting import Nest, Reader
from demeure.workshop.parts import TITLE_CHARACTERS, Facts, Part, ReadLimits
from demeure.workshop.properties import author, day
from demeure.workshop.sniff import sniff

BODY_BYTES = 400 << 20
"""Largest file a job holds; the gateway's own limit (settings: upload_megabytes) is lower."""

CEILING = ReadLimits(seconds=600.0, memory_mb=4096, characters=50_000_000, pages=20_000)
"""What an asker may ask for at most."""

OPERATIONS = ("read", "company", "render", "ocr", "typeset", "export", "sound", "hear")
"""Kinds of jobs, all in the same box."""

READERS: Mapping[str, Reader] = {
    "pdf": read_pdf.read,
    "docx": read_docx.read,
    "odt": read_odt.read,
    "html": read_html.read,
    "md": read_markdown.read,
    "txt": read_text.read,
    "xlsx": read_xlsx.read,
    "ods": read_ods.read,
    "csv": read_csv.read,
    "pptx": read_pptx.read,
    "odp": read_odp.read,
    "eml": read_mail.read,
    "msg": read_msg.read,
    "mbox": read_mail.read_mbox,
    "epub": read_epub.read,
    "rtf": read_rtf.read,
    "zip": read_zip.read,
    "png": read_image.read,
    "jpeg": read_image.read,
    "tiff": read_image.read,
}
HOLDERS = frozenset(("eml", "msg", "mbox", "zip"))
"""Formats that hold other documents."""

_PATIENT = 10
_LANGUAGE_SAMPLE = 20_000
_TOGETHER = 32_768
"""Characters of parts in which orders to an assistant are looked for at once."""


class Board(Protocol):
    """What the job tells the zygote, in memory they share: enough to end the exchange properly if the job dies."""

    def announce(self, call: int, seconds: float, memory_mb: int) -> None:
        """The call is known, and so are its limits."""
        ...

    def begin(self, deadline: float) -> None:
        """The file is here; ``deadline``: monotonic time after which the job is to be killed."""
        ...

    def writing(self, now: bool) -> None:
        """Between True and False a frame may be half sent: nothing may be added after it."""
        ...


def serve(
    sock: socket.socket,
    board: Board,
    held: int,
    data: Path | None = None,
    *,
    speech: Path | None = None,
    seal: Callable[[], None] = lambda: None,
) -> None:
    """Answers one call. ``held``: bytes of address space the zygote holds, which the job's own limit comes on
    top of. ``data``, ``speech``: folders of the language data and of the recognition models. ``seal``: takes
    threads away, before the file is looked at. A peer that leaves or speaks garbage ends the job in silence."""
    call = wire.receive(sock)
    if call is None or call.kind != "call":
        return

    def send(kind: str, data: dict[str, Any], body: bytes = b"") -> None:
        board.writing(True)
        wire.send(sock, Frame(call.id, kind, data, body))
        board.writing(False)

    def refuse(problem: DemeureError) -> None:
        send("error", {"code": problem.code(), "params": problem.params})

    try:
        for kind, answer, piece in _answer(sock, call, board, held, (data, speech, seal)):
            send(kind, {"data": answer}, piece)
    except DemeureError as problem:
        refuse(problem)
    except OSError:
        raise
    except Exception as problem:  # noqa: BLE001 - a reader's surprise on a hostile file is a fact about the file
        with suppress(OSError):  # the cage may not write files, and the log may be one
            surprise("workshop job", problem)
        refuse(DocumentCorrupt(detail=type(problem).__name__))


Place = tuple[Path | None, Path | None, Callable[[], None]]


def _answer(
    sock: socket.socket, call: Frame, board: Board, held: int, place: Place
) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    op = call.fields.get("op")
    wanted: ocr.Asked | None = None
    limits: ReadLimits | None = None
    problem: DemeureError | None = None
    page: render.Wanted | None = None
    files: list[company.Announced] | None = None
    ears: tuple[hearing.Listener, hearing.Asked] | None = None
    folder, speech, seal = place
    try:
        if op not in OPERATIONS:
            raise OperationUnknown(op=op)
        name, declared, limits = _arguments(call.fields.get("args"))
        args = call.fields["args"]
        page = render.wanted(args) if op == "render" else None
        files = company.announced(args) if op == "company" else None
        wanted = ocr.asked(args) if op == "ocr" else None
        board.announce(call.id, limits.seconds, limits.memory_mb)
        _narrow(limits, held)
        ears = _prepared(speech, args, limits) if op == "hear" else None
    except DemeureError as found:
        problem = found
    seal()
    body = _body(sock, call)  # read to its end even when refused: the asker is still writing
    if problem is not None or body is None or limits is None:
        raise problem or DocumentTooLarge(found=BODY_BYTES >> 20, limit=BODY_BYTES >> 20, unit="megabytes")
    board.begin(time.monotonic() + limits.seconds)
    try:
        if op in _PLAIN:
            yield from _PLAIN[op](body, name, declared)
        elif ears is not None:
            yield from _bare(hearing.heard(ears[0], body, ears[1]))
        elif page is not None:
            yield from _picture(render.render(body, name, declared, page))
        elif files is not None:
            usual, marked = partial(read, limits=limits), call.fields["args"].get("marked") is not False
            told = company.told(body, files, _format, lambda *one: usual(*one, facts=Facts(marked=marked)))
            yield from _bare(told)
        elif wanted is not None:
            facts = Facts()
            parts = _recognised(body, _format(body, name, declared), (name, limits, wanted, folder, facts))
            yield from _bare(_frames(parts, limits, facts, name))
        else:
            yield from _bare(read(body, name, declared, limits, Facts()))
    except MemoryError:
        del body
        raise JobTooBig(memory_mb=limits.memory_mb) from None


def _prepared(
    folder: Path | None, args: dict[str, Any], limits: ReadLimits
) -> tuple[hearing.Listener, hearing.Asked]:
    """A model that is loaded, its threads begun. Nobody waits behind it: the job gives way to every other
    process."""
    asked = hearing.asked(args)
    with suppress(OSError):
        os.nice(_PATIENT)
    try:
        return hearing.Listener(folder, asked), asked
    except MemoryError:
        raise JobTooBig(memory_mb=limits.memory_mb) from None


def _sounds(made: Iterator[tuple[dict[str, Any], bytes]]) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """Windows, then the end, which has no sound."""
    return (("item" if piece else "end", data, piece) for data, piece in made)


def read(
    data: bytearray, name: str, declared: str, limits: ReadLimits, facts: Facts
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The frames of an answer: items then the end. Raises the errors of errors.py."""
    reader = READERS[_format(data, name, declared)]
    facts.nest = Nest(READERS, _format)
    yield from _frames(reader(data, name, limits, facts), limits, facts, name)


def _recognised(
    data: bytearray, kind: str, asked: tuple[str, ReadLimits, ocr.Asked, Path | None, Facts]
) -> Iterator[Part]:
    """Pages of the file itself, or of the pictures in what is attached to it or packed in it."""
    name, limits, wanted, folder, facts = asked
    if kind not in HOLDERS:
        return ocr.recognised(data, kind, wanted, folder, facts)
    nest = Nest(READERS, _format)
    return ocr.enclosed(READERS[kind](data, name, limits, Facts(nest=nest)), nest, wanted, folder, facts)


def _frames(
    parts: Iterator[Part], limits: ReadLimits, facts: Facts, name: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    characters = pictures = 0
    sample = ""
    marks = Marks(limits.seconds, wanted=facts.marked)
    facts.flag("instructions", count_for_machines([_spaced(name)]))
    for part in _weighed(parts, facts):
        characters += len(part.text)
        pictures += part.kind == "image"
        if characters > limits.characters + len(part.text):
            raise DocumentTooLarge(found=characters, limit=limits.characters, unit="characters")
        if len(sample) < _LANGUAGE_SAMPLE:
            sample += part.text[:_LANGUAGE_SAMPLE]
        marks.look(part.text)
        yield "item", item(part)
    if characters == 0 and not pictures:
        raise DocumentEmpty
    title = one_line(clean(facts.title, facts.flag))[:TITLE_CHARACTERS]
    flags = [{"name": flag, "count": count} for flag, count in sorted(facts.flags.items())]
    yield (
        "end",
        {
            "pages": facts.pages,
            "title": title,
            "language": language(sample),
            "flags": flags,
            "characters": characters,
            "author": author(one_line(clean(facts.author, lambda *_: None))),
            "written_on": day(facts.written_on),
            "answering": facts.answering.data() if facts.answering else None,
            "personal": marks.told(),
        },
    )


def _weighed(parts: Iterator[Part], facts: Facts) -> Iterator[Part]:
    """The same parts; orders to an assistant are counted, those of a heading once."""
    seen: set[str] = set()
    waiting: list[str] = []
    size = 0
    for part in parts:
        headings = [one for one in (*part.headings, *part.place.get("path", ())) if one not in seen]
        seen.update(headings)
        waiting += (part.text, *dict.fromkeys(headings))
        size += len(part.text)
        if size > _TOGETHER:
            facts.flag("instructions", count_for_machines(waiting))
            waiting, size = [], 0
        yield part
    facts.flag("instructions", count_for_machines(waiting))


def _spaced(name: str) -> str:
    """The words of a file name, as the model is told them."""
    return name.rpartition(".")[0].replace("-", " ").replace("_", " ")


def _bare(frames: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """Frames without a body."""
    return ((kind, data, b"") for kind, data in frames)


def _picture(made: render.Picture) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    facts = {"size": made.size, "pixels": made.pixels, "pages": made.pages, "words": made.words}
    return _whole(made.png, facts)


def _whole(made: bytes, facts: Mapping[str, Any] | None = None) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """A file, piece by piece, then its size and ``facts``."""
    for start in range(0, len(made), BODY_LIMIT):
        yield "item", {}, made[start : start + BODY_LIMIT]
    yield "end", {**(facts or {}), "bytes": len(made)}, b""


_PLAIN: Mapping[Any, Callable[[bytearray, str, str], Iterator[tuple[str, dict[str, Any], bytes]]]] = {
    "typeset": lambda body, _name, _form: _whole(typeset.typeset(body)),
    "export": lambda body, _name, form: _whole(export.export(body, form)),
    "sound": lambda body, name, _form: _sounds(sound.windows(body, name)),
}
"""Jobs that want nothing but the body, its name and a format."""


def item(part: Part) -> dict[str, Any]:
    """A part as it travels; what is empty stays at home."""
    data: dict[str, Any] = {"place": part.place, "text": part.text, "kind": part.kind}
    if part.header:
        data["header"] = part.header
    if part.headings:
        data["headings"] = part.headings
    if part.boxes:
        data["boxes"] = part.boxes
    if part.size:
        data["size"] = part.size
    if part.rows:
        data["rows"] = part.rows
    return data


def _format(data: bytearray, name: str, declared: str = "") -> str:
    if not data:
        raise DocumentEmpty
    guess = sniff(data, name, declared)
    if guess.encrypted:
        raise DocumentEncrypted
    if guess.lies:
        raise DocumentWrongFormat(announced=guess.announced, found=guess.found)
    if guess.format not in READERS:
        raise DocumentUnsupported(found=guess.format)
    return guess.format


def _arguments(args: Any) -> tuple[str, str, ReadLimits]:
    """(name, declared format, limits); a limit left out is the usual one, a limit above the ceiling is refused."""
    if not isinstance(args, dict):
        raise InputError(detail="args")
    name, declared, asked = args.get("name", ""), args.get("format", ""), args.get("limits", {})
    if not isinstance(name, str) or not isinstance(declared, str) or not isinstance(asked, dict):
        raise InputError(detail="args")
    known = {field.name for field in fields(ReadLimits)}
    for limit, value in asked.items():
        if limit not in known or isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(detail=f"limits.{limit}")
        if not 0 < value <= getattr(CEILING, limit):
            raise InputError(detail=f"limits.{limit}")
    whole = {limit: value if limit == "seconds" else int(value) for limit, value in asked.items()}
    return name[:1024], declared[:16], ReadLimits(**whole)


def _body(sock: socket.socket, call: Frame) -> bytearray | None:
    """The whole file, or None when it was above BODY_BYTES."""
    body, more, kept = bytearray(call.body), bool(call.fields.get("more")), True
    while more:
        part = wire.receive(sock)
        if part is None or part.kind != "part":
            raise ConnectionResetError
        more = bool(part.fields.get("more"))
        kept = kept and len(body) + len(part.body) <= BODY_BYTES
        if kept:
            body += part.body
        else:
            body.clear()
    return body if kept else None


def _narrow(limits: ReadLimits, held: int) -> None:
    """The job's own limits, inside those of its cage."""
    memory = held + (limits.memory_mb << 20)
    cpu = int(limits.seconds) + 2
    for what, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu)):
        _, ceiling = resource.getrlimit(what)
        resource.setrlimit(what, (value if ceiling == resource.RLIM_INFINITY else min(value, ceiling), ceiling))
