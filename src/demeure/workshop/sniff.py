"""What a file really is, from its bytes and its name, and how its characters are encoded. Pure.

The name is a claim, the bytes decide: a claim that the bytes contradict is told, never followed.
"""

import re
from dataclasses import dataclass

READ = (
    "pdf", "docx", "odt", "html", "md", "txt", "xlsx", "ods", "csv", "pptx", "odp", "eml", "msg", "mbox", "epub",
    "rtf", "zip", "png", "jpeg", "tiff",
)  # fmt: skip
"""Formats this version reads."""

_EXTENSIONS = {
    "pdf": "pdf", "docx": "docx", "docm": "docx", "dotx": "docx", "odt": "odt", "ott": "odt", "html": "html",
    "htm": "html", "xhtml": "html", "md": "md", "markdown": "md", "txt": "txt", "text": "txt", "log": "txt",
    "pptx": "pptx", "ppsx": "pptx", "xlsx": "xlsx", "xlsm": "xlsx", "ods": "ods", "odp": "odp", "eml": "eml",
    "msg": "msg", "mbox": "mbox", "ots": "ods", "otp": "odp", "potx": "pptx", "pptm": "pptx", "xltx": "xlsx",
    "tsv": "csv",
    "doc": "doc", "xls": "xls", "ppt": "ppt", "rtf": "rtf", "zip": "zip", "epub": "epub", "csv": "csv",
    "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "tif": "tiff", "tiff": "tiff", "gif": "gif", "webp": "webp",
    "gz": "gzip", "7z": "7z", "xml": "xml", "json": "json",
}  # fmt: skip

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"),
    (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"{\\rtf", "rtf"), (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"Rar!\x1a\x07", "rar"), (b"\x7fELF", "elf"), (b"MZ", "exe"),
    (b"SQLite format 3\0", "sqlite"), (b"GGUF", "gguf"),
)  # fmt: skip

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODF = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}
_ZIP_MEMBERS = ((b"word/document", "docx"), (b"xl/workbook", "xlsx"), (b"ppt/presentation", "pptx"))
_OLE_STREAMS = (
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__substg1.0", "msg"),
)
_ZIPPED = ("docx", "odt", "xlsx", "pptx", "ods", "odp", "epub")
_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_EML = re.compile(rb"^(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}", re.MULTILINE)
_EML_FIELDS = re.compile(
    rb"^(?:From|Received|Return-Path|Message-ID|MIME-Version|Subject|Date|To):", re.IGNORECASE | re.MULTILINE
)
_MBOX = re.compile(rb"From [^\n]{1,200}(?:19|20)\d\d[^\n]{0,20}\n[A-Za-z][A-Za-z0-9-]*:")
ENCODINGS = frozenset(
    """utf-8 utf-7 utf-16 utf-16-le utf-16-be cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14
    iso8859-15 iso8859-16 koi8-r koi8-u mac-roman cp437 cp850 cp852 gb18030 gbk big5 euc-jp iso2022-jp cp932 cp949
    euc-kr""".split()  # noqa: SIM905 - a list of words is read more easily so
)
"""Those that letters and word processors use; their tables are loaded once, in the zygote."""

_ALIASES = {
    "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "utf8": "utf-8", "gb2312": "gb18030", "shift-jis": "cp932", "sjis": "cp932", "ks-c-5601-1987": "cp949",
    "iso-2022-jp": "iso2022-jp", "macintosh": "mac-roman", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in range(2, 17)},
}  # fmt: skip
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_HEAD, _TAIL, _NAMES = 4096, 1 << 20, 10_000

Bytes = bytes | bytearray


@dataclass(frozen=True)
class Guess:
    """``found``: what the bytes are; ``announced``: what the name says (empty: nothing); ``encrypted``: a locked
    Office file."""

    found: str
    announced: str
    encrypted: bool = False

    @property
    def lies(self) -> bool:
        """The name announces one thing and the bytes are another. Text formats cannot contradict one another, and
        nothing hides in a picture that is called by another picture's name."""
        texts = ("txt", "md", "html", "csv", "xml", "json", "eml", "mbox")
        pictures = ("png", "jpeg", "tiff", "gif", "webp")
        if not self.announced or self.announced == self.found:
            return False
        return not any(self.announced in alike and self.found in alike for alike in (texts, pictures))

    @property
    def format(self) -> str:
        """How to read it: a text named .md, .html or .txt is read as its name says."""
        texts = ("txt", "html", "eml", "mbox")
        return self.announced if self.announced and self.found in texts and not self.lies else self.found


@dataclass(frozen=True)
class Decoded:
    """``text`` is None when the bytes are not text; ``bad``: bytes replaced by U+FFFD; ``guessed``: no
    certainty."""

    text: str | None
    bad: int = 0
    guessed: bool = False


def announced_format(name: str) -> str:
    """Format announced by a file name, empty when its extension is unknown or absent."""
    _, dot, extension = name.rpartition(".")
    return _EXTENSIONS.get(extension.lower().strip(), "") if dot else ""


def sniff(data: Bytes, name: str, format: str = "") -> Guess:  # noqa: A002 - the word of the contract
    """``format``: what the asker declares; it counts as a name."""
    announced = format if format in _EXTENSIONS.values() else announced_format(name)
    head = bytes(data[:_HEAD])
    if head.startswith(_OLE):
        return _ole(data, announced)
    found = _binary(data, head)
    if found == "zip" and announced in _ZIPPED and data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557)) < 0:
        found = announced  # cut short: its own reader will say that it is damaged
    return Guess(found or _textual(data, head), announced)


def decode_text(data: Bytes, declared: str = "") -> Decoded:
    """UTF-8, then UTF-16 with or without mark, then Windows-1252, then UTF-8 with a few bad bytes; None for binary.

    ``declared``: encoding named inside the file (HTML), tried first when Python knows it and it fits."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _lenient(data, encoding)
    try:
        text = data.decode("utf-8")
        return Decoded(text) if _sound(text) else _other_than_utf8(data)
    except UnicodeDecodeError:
        pass
    if declared:
        try:
            return Decoded(data.decode(declared))
        except (UnicodeDecodeError, LookupError, ValueError):
            pass
    return _other_than_utf8(data)


def declared_charset(data: Bytes) -> str:
    """Encoding named by an HTML page in its first 2048 bytes; single-byte Latin names mean Windows-1252."""
    found = _CHARSET.search(bytes(data[:2048]))
    name = found[1].decode("ascii").lower() if found else ""
    safe = ("utf-8", "windows-1252", "iso-8859-15", "windows-1250", "macintosh")
    return "windows-1252" if name in ("iso-8859-1", "latin1", "ascii", "us-ascii") else name if name in safe else ""


def known_charset(name: str) -> str:
    """The same encoding by the name Python has for it when it is one of ENCODINGS, else nothing: a stranger's file
    makes no other be looked for."""
    plain = name.strip().strip("\"'").lower().replace("_", "-")
    plain = _ALIASES.get(plain, plain)
    return plain if plain in ENCODINGS else ""


def _binary(data: Bytes, head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(data, head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    position = head.find(b"%PDF-", 0, 1024 + 5)  # readers accept a preamble of up to 1 KiB
    return "pdf" if position > 0 and not _HTML.match(head) else ""


def _zip(data: Bytes, head: bytes) -> str:
    if head[30:38] == b"mimetype":
        size = int.from_bytes(head[22:26], "little")
        start = 38 + int.from_bytes(head[28:30], "little")
        kind = head[start : start + size].strip()
        if kind in _ODF:
            return _ODF[kind]
    names = _zip_names(data)
    if names is None:  # cut short: what it began as
        tail = bytes(data[-_TAIL:])
        return next((name for member, name in _ZIP_MEMBERS if member in tail or member in head), "zip")
    for member, name in _ZIP_MEMBERS:
        if any(found.startswith(member) for found in names):
            return name
    return "odt" if {b"content.xml", b"META-INF/manifest.xml"} <= names else "zip"


def _zip_names(data: Bytes) -> set[bytes] | None:
    """Names of the table of contents, the first _NAMES of them; an archive may well hold documents whose own tables
    are in its bytes. None when it has no table."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        return None
    at = end - int.from_bytes(data[end + 12 : end + 16], "little")
    names: set[bytes] = set()
    while data[at : at + 4] == b"PK\x01\x02" and at >= 0 and len(names) < _NAMES:
        name, extra, comment = (int.from_bytes(data[at + k : at + k + 2], "little") for k in (28, 30, 32))
        names.add(bytes(data[at + 46 : at + 46 + name]))
        at += 46 + name + extra + comment
    return names or None


def _ole(data: Bytes, announced: str) -> Guess:
    def holds(stream: str) -> bool:
        return data.find(stream.encode("utf-16-le")) >= 0

    if holds("EncryptedPackage"):
        return Guess(announced if announced in ("docx", "xlsx", "pptx") else "docx", announced, encrypted=True)
    old = announced if announced in ("doc", "xls", "ppt") else "ole"  # the oldest ones name their streams otherwise
    return Guess(next((name for stream, name in _OLE_STREAMS if holds(stream)), old), announced)


def _textual(data: Bytes, head: bytes) -> str:
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "html"
    if _MBOX.match(head):
        return "mbox"
    if _EML.match(head) and len(_EML_FIELDS.findall(head[:2048])) >= 3:
        return "eml"
    sample = data[: 1 << 16]
    while sample and sample[-1] >= 0x80:  # a character cut by the sample's end proves nothing
        sample = sample[:-1]
    return "txt" if not data or decode_text(sample).text is not None else "binary"


def _lenient(data: Bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    bad = text.count("\ufffd")
    return Decoded(text, bad) if bad * 10 <= len(text) and _sound(text) else Decoded(None)


def _other_than_utf8(data: Bytes) -> Decoded:
    sample = data[:4096]
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    half = max(1, len(sample) // 2)
    if max(zeros) > 0.6 * half and min(zeros) < 0.1 * half:
        decoded = _lenient(data, "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be")
        return Decoded(decoded.text, decoded.bad, guessed=True)
    as_utf8 = data.decode("utf-8", errors="replace")
    bad = as_utf8.count("\ufffd")
    good = sum(map(as_utf8.count, "éèàçêù’œ"))
    if not _sound(as_utf8):
        return Decoded(None)
    if good > 10 * bad:  # UTF-8 with a few wounds: Windows-1252 would turn each é into Ã©
        return Decoded(as_utf8, bad)
    text = data.decode("cp1252", errors="replace")
    return Decoded(text, text.count("\ufffd"), guessed=True) if _sound(text) else Decoded(None)


def _sound(text: str) -> bool:
    """Few control characters: at most 1 in 1000, and NUL in at most 1 in 10,000."""
    sample = text[: 1 << 16] + text[-4096:]
    if "\0" in sample and sample.count("\0") * 10_000 > max(len(sample), 10_000):
        return False
    control = sum(sample.count(c) for c in _CONTROLS)
    return control * 1000 <= max(len(sample), 1000) * 2


_CONTROLS = [chr(c) for c in (*range(1, 9), *range(14, 27), *range(28, 32), 127)]
