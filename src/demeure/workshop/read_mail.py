"""E-mail by the standard parser: who, to whom, when and what about; then the text; then each attachment by the
reader of its own kind. A mailbox (mbox) is its messages one after the other.

The text of a message is preferred to its HTML; quoted replies are kept; pictures shown inside the text are not
attachments.
"""

import datetime as dt
import email
import email.errors
import email.utils
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from email.header import decode_header
from email.message import Message
from typing import NamedTuple

from demeure.workshop.cleaning import clean, one_line, tidy
from demeure.workshop.errors import DocumentBomb, DocumentCorrupt
from demeure.workshop.nesting import attached, inside
from demeure.workshop.outline import Outline, batches
from demeure.workshop.parts import TITLE_CHARACTERS, Facts, Part, ReadLimits
from demeure.workshop.read_html import read_into
from demeure.workshop.replying import Answering, addresses, names
from demeure.workshop.sniff import decode_text, known_charset

_FIELD, _LISTED = 2_000, 50
_MESSAGES, _PARTS = 20_000, 2_000
_PIECE = 8_000
_FROM = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)
_EMPTY_QUOTE = re.compile(r"^[>|]+[ \t]*$", re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]*")


Rich = Callable[[Outline], Iterator[None]]
"""Says a body into an outline, a step at a time."""


class Letter(NamedTuple):
    """What stands above the text of a message, as it is shown."""

    subject: str
    sender: str
    to: str
    copies: str
    date: str
    attachments: tuple[str, ...] = ()

    def lines(self) -> str:
        """« De : … », one a line."""
        listed = ", ".join(self.attachments[:_LISTED])
        said = (
            ("De", self.sender), ("À", self.to), ("Copie", self.copies), ("Date", self.date),
            ("Objet", self.subject), ("Pièces jointes", listed),
        )  # fmt: skip
        return "\n".join(f"{name} : {text}" for name, text in said if text)

    def above(self) -> list[str]:
        """What a passage of the message should be read under."""
        return [text for text in (self.subject, ", ".join(filter(None, (self.who(), self.date)))) if text]

    def who(self) -> str:
        """The name of whoever wrote, or their address."""
        return one_line(self.sender.split("<")[0].strip(' "')) or self.sender


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields the message, then its attachments."""
    message = _parsed(bytes(data))
    facts.answering = facts.answering or _answering(message, facts)  # of the outermost one
    yield from _message(message, 1, limits, facts)


def _answering(message: "Message[str, str]", facts: Facts) -> Answering:
    """Reply-To when it says somebody, else From; what is no address or no name of a message is left out."""
    told = (_shown(field(message, name), facts) for name in ("reply-to", "from"))
    people = next((found for found in (addresses([one]) for one in told) if found), ())
    own = names(_shown(field(message, "message-id"), facts))
    before = names(_shown(field(message, "references"), facts)) or names(
        _shown(field(message, "in-reply-to"), facts)
    )
    subject = _shown(field(message, "subject"), facts)[:TITLE_CHARACTERS]
    return Answering(people, subject, own[0] if own else "", before)


def read_mbox(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields each message, numbered; an attachment's place names its message."""
    opened = [found.span() for found in _FROM.finditer(data) if _opens(data, found.start())]
    if not opened:
        raise DocumentCorrupt(detail="mail-damaged")
    if len(opened) > _MESSAGES:
        raise DocumentBomb(detail="mail-messages")
    ends = [start for start, _ in opened[1:]] + [len(data)]
    for number, ((_, start), end) in enumerate(zip(opened, ends, strict=True), 1):
        message = _parsed(_STUFFED.sub(rb"\1", bytes(data[start:end])))
        label = _shown(f"{number}. {field(message, 'subject')}", facts)[:TITLE_CHARACTERS]
        told = _told(message, facts)
        for part in _message(message, number, limits, facts):
            if "inside" in part.place:
                yield inside(part, label)
            else:
                yield replace(part, place={**part.place, **told})
    facts.title = facts.author = facts.written_on = ""


def _told(message: "Message[str, str]", facts: Facts) -> dict[str, str]:
    """Of one message among many, what its reader names it by: who wrote it, and the day."""
    by, on = Letter("", _shown(field(message, "from"), facts), "", "", "").who(), _day(message)
    return {name: text for name, text in (("by", by[:TITLE_CHARACTERS]), ("on", on)) if text}


def letter_parts(
    letter: Letter, text: str, rich: Rich | None, number: int, limits: ReadLimits, facts: Facts
) -> Iterator[Part]:
    """The message itself: its header lines and its text, or ``rich`` when it has no text."""
    subject, sender, to, copies, date = (_shown(text, facts) for text in letter[:5])
    letter = Letter(subject, sender, to, copies, date, tuple(_shown(name, facts) for name in letter.attachments))
    place: dict[str, object] = {"kind": "message", "number": number}
    if letter.subject:
        place["of"] = letter.subject[:TITLE_CHARACTERS]
    header = clean(letter.lines(), facts.flag)
    above = letter.above()
    body = tidy(clean(text, facts.flag))
    body = _EMPTY_QUOTE.sub("", body)
    if body or rich is None:
        for piece in batches(f"{header}\n\n{body}".strip().split("\n"), _PIECE):
            if piece.strip():
                yield Part(place, piece.strip(), "lines", headings=tuple(above))
        return
    outline = Outline(facts, limits, place=place, above=above)
    outline.line(header)
    for _ in rich(outline):
        yield from outline.drain()
    yield from outline.finish()


def html_body(page: bytearray, limits: ReadLimits, facts: Facts) -> Rich:
    """The way to say a body in HTML. Its title is not the message's."""

    def say(outline: Outline) -> Iterator[None]:
        inner = Facts()
        yield from read_into(page, "corps.html", limits, inner, outline)
        facts.flags.update(inner.flags)

    return say


def shown_date(moment: dt.datetime | None) -> str:
    """« 25/06/2026 11:42 », on the clock of whoever wrote."""
    return moment.strftime("%d/%m/%Y %H:%M") if moment is not None else ""


def _message(message: "Message[str, str]", number: int, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    texts: list[str] = []
    pages: list[bytes] = []
    files: list[Message[str, str]] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if _is_file(part):
            files.append(part)
        elif kind == "text/plain":
            texts.append(_text(part, facts))
        elif kind == "text/html":
            pages.append(_text(part, facts).encode())
        elif part.get_content_maintype() not in ("image", "multipart") and len(_payload(part)) > 0:
            files.append(part)
    names = [_name(part, at) for at, part in enumerate(files, 1)]
    letter = Letter(
        field(message, "subject"), field(message, "from"), field(message, "to"), field(message, "cc"),
        _date(message), tuple(names),
    )  # fmt: skip
    facts.title = facts.title or _shown(letter.subject, facts)[:TITLE_CHARACTERS]
    facts.author = facts.author or letter.who()
    facts.written_on = facts.written_on or _day(message)
    page = bytearray(b"\n".join(pages))
    rich = html_body(page, limits, facts) if page else None
    yield from letter_parts(letter, "\n\n".join(texts), rich, number, limits, facts)
    for part, name in zip(files, names, strict=True):
        yield from attached(_content(part), name, limits, facts)


def _parsed(data: bytes) -> "Message[str, str]":
    try:
        return email.message_from_bytes(data)
    except RecursionError as problem:
        raise DocumentBomb(detail="nested-depth") from problem
    except (ValueError, LookupError, AttributeError, TypeError) as problem:
        raise DocumentCorrupt(detail="mail-damaged") from problem


def _leaves(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """Parts that are no envelope; of alternatives, the text when it says something, else the richest."""
    stack = [message]
    count = 0
    while stack:
        part = stack.pop()
        count += 1
        if count > _PARTS:
            raise DocumentBomb(detail="nested-count")
        if part.get_content_type() == "message/rfc822" or not part.is_multipart():
            yield part
        elif part.get_content_subtype() == "alternative":
            stack.extend(_chosen(_inner(part)))
        else:
            stack.extend(reversed(_inner(part)))


def _chosen(parts: list["Message[str, str]"]) -> list["Message[str, str]"]:
    plain = [p for p in parts if p.get_content_type() == "text/plain" and _payload(p).strip()]
    rest = [p for p in parts if p.get_content_type() not in ("text/plain", "text/html", "multipart/related")]
    if plain:  # files attached beside the HTML of a message belong to it all the same
        beside = [p for p in parts if p.get_content_type() == "multipart/related"]
        return [*rest, *(leaf for part in beside for leaf in _files_of(part)), plain[0]]
    return [*rest, *parts[-1:]] if parts and parts[-1] not in rest else rest or parts[-1:]


def _files_of(related: "Message[str, str]") -> list["Message[str, str]"]:
    return [part for part in _inner(related) if _is_file(part)]


def _inner(part: "Message[str, str]") -> list["Message[str, str]"]:
    """What an envelope holds. A leaf is not asked: the standard parser would decode it by the name of any codec."""
    return [p for p in part.get_payload() if isinstance(p, Message)] if part.is_multipart() else []


def _is_file(part: "Message[str, str]") -> bool:
    if part.get_content_type() == "message/rfc822":
        return True
    shown_inside = part.get_content_maintype() == "image" and part.get("content-id") is not None
    if shown_inside and part.get_content_disposition() != "attachment":
        return False
    return part.get_content_disposition() == "attachment" or _file_name(part) != ""


def _file_name(part: "Message[str, str]") -> str:
    with suppress(ValueError, LookupError, TypeError):
        name = part.get_filename()
        return _decoded(str(name))[:_FIELD] if name else ""
    return ""


def _name(part: "Message[str, str]", at: int) -> str:
    name = one_line(_file_name(part))
    if name:
        return name
    if part.get_content_type() == "message/rfc822":
        return f"{_inner_subject(part) or f'message {at}'}.eml"
    return f"{at}.{part.get_content_subtype()}"


def _inner_subject(part: "Message[str, str]") -> str:
    return "".join(field(letter, "subject")[:100] for letter in _inner(part)[:1])


def _content(part: "Message[str, str]") -> bytes:
    """The bytes of an attachment; a message that is attached is written out again, to be read like any other."""
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return b"".join(letter.as_bytes() for letter in _inner(part)[:1])
        return b""
    return _payload(part)


def _payload(part: "Message[str, str]") -> bytes:
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        content = part.get_payload(decode=True)
        return content if isinstance(content, bytes) else b""
    return b""


def _text(part: "Message[str, str]", facts: Facts) -> str:
    content = _payload(part)
    decoded = decode_text(content, known_charset(str(part.get_param("charset") or "")))
    facts.flag("undecodable-bytes", decoded.bad)
    text = decoded.text if decoded.text is not None else content.decode("cp1252", errors="replace")
    if part.get_param("format") == "flowed":
        text = re.sub(r"(?m)(?<=[^ \n-]) \r?\n(?!>)", " ", text)
    return text


def field(message: "Message[str, str]", name: str) -> str:
    """One field, decoded, on one line; empty when the message has none."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name), "")
    text = str(raw)[:_FIELD]
    if any("\udc80" <= c <= "\udcff" for c in text):
        text = decode_text(text.encode("utf-8", "surrogateescape")).text or ""
    return one_line(_decoded(_FOLD.sub(" ", text)))


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    pieces: list[str] = []
    try:
        for content, charset in decode_header(text):
            if isinstance(content, str):
                pieces.append(content)
            else:
                encoding = known_charset(charset or "") or "utf-8"
                pieces.append(content.decode(encoding, errors="replace"))
    except (ValueError, LookupError, email.errors.MessageError):
        return text
    return "".join(pieces)


def _date(message: "Message[str, str]") -> str:
    raw = field(message, "date")
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return shown_date(email.utils.parsedate_to_datetime(raw))
    return raw[:60]


def _day(message: "Message[str, str]") -> str:
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return email.utils.parsedate_to_datetime(field(message, "date")).date().isoformat()
    return ""


def _shown(text: str, facts: Facts) -> str:
    return one_line(clean(text, facts.flag))[:_FIELD]


def _opens(data: bytearray, at: int) -> bool:
    """A « From » line opens a message at the start of the file or after an empty line."""
    return at == 0 or data[max(at - 2, 0) : at] == b"\n\n" or data[max(at - 3, 0) : at] == b"\n\r\n"
