"""Spreadsheets, slides, letters, books and archives for the tests of the workshop, honest and hostile."""

import dataclasses
import datetime as dt
import io
import itertools
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage

import workshop_files as files
from workshop_files import Made, zipped

S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = f'xmlns:r="{files.RELS}"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
FIRST_OLE = 512


def xlsx(
    sheets: Mapping[str, str] | Sequence[str],
    *,
    parts: Mapping[str, str] | None = None,
    states: Mapping[str, str] = {},
) -> Made:
    """A workbook around the XML of its sheets (everything inside ``worksheet``), by name."""
    named = sheets if isinstance(sheets, Mapping) else {f"Feuille{n}": body for n, body in enumerate(sheets, 1)}
    tabs, links, entries = "", "", {}
    for at, (name, body) in enumerate(named.items(), 1):
        state = f' state="{states[name]}"' if name in states else ""
        tabs += f'<sheet name="{name}" sheetId="{at}"{state} r:id="s{at}"/>'
        links += f'<Relationship Id="s{at}" Type="{files.RELS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        entries[f"xl/worksheets/sheet{at}.xml"] = f"<worksheet {S}>{body}</worksheet>"
    for kind, name in (("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")):
        links += f'<Relationship Id="{kind}" Type="{files.RELS}/{kind}" Target="{name}"/>'
    entries |= {
        "[Content_Types].xml": files.CONTENT_TYPES,
        "xl/workbook.xml": f"<workbook {S} {R}><sheets>{tabs}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{files.RELS}">{links}</Relationships>',
        **(parts or {}),
    }
    return zipped({name: text.encode() for name, text in entries.items()})


def rows(*lines: Sequence[object]) -> str:
    """``sheetData`` of plain cells; None leaves a cell out."""
    said = ""
    for number, line in enumerate(lines, 1):
        cells = ""
        for column, value in enumerate(line):
            if value is None:
                continue
            ref = f"{chr(65 + column)}{number}"
            cells += (
                f'<c r="{ref}" t="inlineStr"><is><t>{value}</t></is></c>'
                if isinstance(value, str)
                else f'<c r="{ref}"><v>{value}</v></c>'
            )
        said += f'<row r="{number}">{cells}</row>'
    return f"<sheetData>{said}</sheetData>"


def good_xlsx() -> Made:
    return xlsx({"Tarifs": rows(("Prestation", "Enfant", "Adulte"), ("Repas", 3.2, 5.4), ("Goûter", 1.1, 2))})


def ods(tables: str, *, automatic: str = "") -> Made:
    content = (
        f'<office:document-content {files.ODF_NS} xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    entries = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}
    return zipped({name: text.encode() for name, text in entries.items()}, stored=("mimetype",))


def ods_rows(*lines: Sequence[str]) -> str:
    return "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" if text else
                  "<table:table-cell/>" for text in line)
        + "</table:table-row>"
        for line in lines
    )  # fmt: skip


def odp(pages: str) -> Made:
    presentation = 'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'
    content = (
        f"<office:document-content {files.ODF_NS} {presentation}><office:body><office:presentation>{pages}"
        "</office:presentation></office:body></office:document-content>"
    )
    entries = {"mimetype": "application/vnd.oasis.opendocument.presentation", "content.xml": content}
    return zipped({name: text.encode() for name, text in entries.items()}, stored=("mimetype",))


def pptx(
    slides: Sequence[str], *, shown: Sequence[int] | None = None, parts: Mapping[str, str] | None = None
) -> Made:
    """Slides around the XML of their shape trees; ``shown``: their order, by number from 1."""
    order = shown if shown is not None else range(1, len(slides) + 1)
    ids = "".join(f'<p:sldId id="{256 + at}" r:id="s{number}"/>' for at, number in enumerate(order))
    links = "".join(
        f'<Relationship Id="s{n}" Type="{files.RELS}/slide" Target="slides/slide{n}.xml"/>'
        for n in range(1, len(slides) + 1)
    )
    entries = {
        "[Content_Types].xml": files.CONTENT_TYPES,
        "ppt/presentation.xml": f"<p:presentation {P} {R}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{files.RELS}">{links}</Relationships>',
        **{
            f"ppt/slides/slide{n}.xml": f"<p:sld {P} {A}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
            for n, tree in enumerate(slides, 1)
        },
        **(parts or {}),
    }
    return zipped({name: text.encode() for name, text in entries.items()})


def shape(*lines: str, role: str = "") -> str:
    mark = f'<p:nvPr><p:ph type="{role}"/></p:nvPr>' if role else "<p:nvPr/>"
    body = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return f"<p:sp><p:nvSpPr>{mark}</p:nvSpPr><p:txBody>{body}</p:txBody></p:sp>"


def epub(chapters: Mapping[str, str], *, package: str = "", more: Mapping[str, str] | None = None) -> Made:
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    opf = package or (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>Guide du bénévole</dc:title></metadata><manifest>{items}</manifest>"
        f"<spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/livre.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    entries = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
        "OPS/livre.opf": opf,
        **{f"OPS/{name}": text for name, text in chapters.items()},
        **(more or {}),
    }
    return zipped({name: text.encode() for name, text in entries.items()}, stored=("mimetype",))


def chapter(title: str, text: str) -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head>'
        f"<body><h1>{title}</h1><p>{text}</p></body></html>"
    )


def letter(subject: str = "Livraison", text: str = "Bonjour,\n\nLa livraison est le 9 juillet.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Noémie Valdrey <n.valdrey@couvertures.example>"
    message["To"] = "mairie@montfaucel.example"
    message["Date"] = "Wed, 24 Jun 2026 17:08:00 +0200"
    message["Subject"] = subject
    message.set_content(text)
    return message


def with_file(message: EmailMessage, name: str, content: bytes) -> EmailMessage:
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def archived(entries: Mapping[str, bytes], kind: int = zipfile.ZIP_STORED) -> Made:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def nested(levels: int, inner: bytes = b"Le fond du puits.\n", name: str = "fond.txt") -> Made:
    """An archive in an archive in an archive…"""
    made = archived({name: inner})
    for level in range(levels - 1):
        made = archived({f"niveau{level}.zip": made})
    return made


def locked_member(made: Made) -> Made:
    """The same archive, every member marked as encrypted."""
    data = bytearray(made)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


# -- OLE: a small file system, enough for an Outlook message -------------------------------------------------------

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SMALL = 4096
Tree = dict[str, "bytes | Tree"]


@dataclasses.dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    right: int = _FREE
    child: int = _FREE
    start: int = _END


def ole(tree: Tree) -> Made:
    """A compound file: 512-byte sectors, streams under 4096 bytes in 64-byte ones of the small stream."""
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _listed(tree, entries)
    sectors: list[bytes] = []
    chain: list[int] = []

    def put(content: bytes) -> int:
        first = len(sectors)
        for at in range(0, max(len(content), 1), 512):
            sectors.append(content[at : at + 512].ljust(512, b"\0"))
            chain.append(len(sectors))
        chain[-1] = _END
        return first

    small, small_chain = b"", []
    for entry in (e for e in entries if e.kind == 2):
        if len(entry.content) >= _SMALL:
            entry.start = put(entry.content)
            continue
        entry.start = len(small) // 64
        pieces = max(-(-len(entry.content) // 64), 1)
        small_chain += [*range(entry.start + 1, entry.start + pieces), _END]
        small += entry.content.ljust(64 * pieces, b"\0")
    entries[0].content, entries[0].start = small, put(small)
    table = put(struct.pack(f"<{len(small_chain)}I", *small_chain))
    directory = put(b"".join(map(_directory_entry, entries)))
    count = next(n for n in range(1, 109) if n * 128 >= len(sectors) + n)
    places = range(len(sectors), len(sectors) + count)
    chain += [_FAT] * count
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512 * count, b"\xff")
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory,
        0,        _SMALL, table, -(-len(small_chain) // 128), _END, 0, places[0],
    )  # fmt: skip
    return header + struct.pack(f"<{count - 1}I", *places[1:]).ljust(108 * 4, b"\xff") + b"".join(sectors) + fat


def _listed(folder: Tree, entries: list[_Entry]) -> int:
    """Adds what a folder holds; siblings hang one under the other, which every reader accepts."""
    numbers = []
    for name, content in folder.items():
        numbers.append(len(entries))
        entries.append(_Entry(name, 2, content) if isinstance(content, bytes) else _Entry(name, 1))
        if not isinstance(content, bytes):
            entries[numbers[-1]].child = _listed(content, entries)
    for number, following in itertools.pairwise(numbers):
        entries[number].right = following
    return numbers[0] if numbers else _FREE


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    start, size = (0, 0) if entry.kind == 1 else (entry.start, len(entry.content))
    return name.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xIQQIQ", len(name) + 2, entry.kind, 1, _FREE, entry.right, entry.child, 0, 0, 0, start, size
    )


def wide(number: int) -> str:
    return f"__substg1.0_{number:04X}001F"


def msg(
    *,
    attachments: Mapping[str, bytes] | None = None,
    embedded: Tree | None = None,
    body: str = "",
    top: bool = True,
) -> Tree:
    """The tree of an Outlook message sent on 24 June 2026 at 15:08 UTC; ``ole(msg(...))`` is the file."""
    sent, epoch = dt.datetime(2026, 6, 24, 15, 8, tzinfo=dt.UTC), dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
    ticks = int((sent - epoch).total_seconds()) * 10_000_000
    fixed = struct.pack("<HHIQ", 0x0040, 0x0039, 6, ticks)
    tree: Tree = {
        "__properties_version1.0": b"\0" * (32 if top else 24) + fixed,
        wide(0x0037): "Livraison des ardoises".encode("utf-16-le"),
        wide(0x0C1A): "Noémie Valdrey".encode("utf-16-le"),
        wide(0x5D01): "n.valdrey@couvertures.example".encode("utf-16-le"),
        wide(0x0E04): "Mairie de Montfaucel".encode("utf-16-le"),
        wide(0x1000): (body or "Bonjour,\r\n\r\nLa livraison est le 9 juillet.\r\n").encode("utf-16-le"),
    }
    for at, (name, content) in enumerate((attachments or {}).items()):
        tree[f"__attach_version1.0_#{at:08X}"] = {
            "__properties_version1.0": b"\0" * 8,
            wide(0x3707): name.encode("utf-16-le"),
            "__substg1.0_37010102": content,
        }
    if embedded is not None:
        tree["__attach_version1.0_#000000FF"] = {
            "__properties_version1.0": b"\0" * 8,
            wide(0x3001): "Message transmis".encode("utf-16-le"),
            "__substg1.0_3701000D": embedded,
        }
    return tree


# -- hostile ------------------------------------------------------------------------------------------------------


def million_empty_rows() -> Made:
    body = "".join(f'<row r="{n}"/>' for n in range(1, 1_000_001))
    last = '<row r="1000001"><c r="A1000001"><v>7</v></c></row>'
    return xlsx([f"<sheetData>{body}{last}</sheetData>"])


def endless_ods() -> Made:
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    return ods(f'<table:table table:name="A">{row * 50}</table:table>')


def all_columns() -> Made:
    cells = "".join(f"<c><v>{n}</v></c>" for n in range(20_000))
    return xlsx([f"<sheetData>{f'<row>{cells}</row>' * 5}</sheetData>"])


def shared_flood() -> Made:
    """One text of 32,000 characters said 100,000 times."""
    cells = "".join(f'<row><c t="s"><v>0</v></c><c><v>{n}</v></c></row>' for n in range(100_000))
    shared = f"<sst {S}><si><t>{'mot ' * 8000}</t></si></sst>"
    return xlsx([f"<sheetData>{cells}</sheetData>"], parts={"xl/sharedStrings.xml": shared})


def odd_cells() -> Made:
    said = "".join(
        f"<row{ref}>{cells}</row>"
        for ref, cells in (
            (
                ' r="1"',
                '<c r="A1"><v>1e999</v></c><c r="ZZZZZ9"><v>nan</v></c><c r="B1" s="999999"><v>-inf</v></c>',
            ),
            (' r="9"', '<c r="A9" t="s"><v>99999999</v></c><c t="d"><v>2026-99-99</v></c><c t="b"><v>1</v></c>'),
            (' r="3"', "<c><v>7</v></c>"),
            (' r="99999999999"', "<c><v>8</v></c>"),
        )
    )
    return xlsx([f"<sheetData>{said}</sheetData>"])


def merge_flood() -> Made:
    body = rows(("a", "b"), ("c", "d"))
    merges = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(1, 60_001))
    return xlsx([f"{body}<mergeCells>{merges}</mergeCells>"])


def many_parts() -> Made:
    part = "--b\nContent-Type: text/plain\n\nx\n"
    return (f"From: a@b.c\nTo: d@e.f\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            f"{part * 5000}--b--\n").encode()  # fmt: skip


def deep_multipart(levels: int) -> Made:
    head = "From: a@b.c\nTo: d@e.f\nSubject: s\nMIME-Version: 1.0\n"
    for level in range(levels):
        head += f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
    return (head + "Content-Type: text/plain\n\nfond\n").encode()


def letters_in_letters(levels: int) -> Made:
    message = letter("Au fond")
    for level in range(levels):
        outer = letter(f"Niveau {level}")
        outer.add_attachment(message)
        message = outer
    return message.as_bytes()


def letter_with_a_bomb() -> Made:
    return with_file(letter(), "bombe.zip", files.zipped({"zeros.txt": bytes(64 << 20)})).as_bytes()


def looped_ole() -> Made:
    """A compound file whose table of sectors goes round."""
    made = bytearray(ole(msg(attachments={"a.txt": b"x" * 9000})))
    for at in range(len(made) - 512, len(made) - 400, 4):
        made[at : at + 4] = struct.pack("<I", 1)
    return bytes(made)


def rtf_depths() -> Made:
    return b"{\\rtf1 " + b"{" * 50_000 + b"fond" + b"}" * 50_000 + b"}"


def named_zip(count: int) -> Made:
    return archived({f"{n}.txt": b"x" for n in range(count)})


def _xml_in(part: str, text: str, made: Made) -> Made:
    """The archive with one entry replaced."""
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**entries, part: text.encode()})


def _quine() -> Made:
    """A well-known trick: an archive that holds itself; here by levels, each as heavy as the one around it."""
    return nested(12)


def locked_xlsx() -> Made:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(3000)


def unclosed_quote() -> Made:
    return b'a;b\n1;"' + b"x;y\n" * 600_000


_SHEET = "xl/worksheets/sheet1.xml"
HOSTILE: dict[str, tuple[str, Callable[[], Made], set[str]]] = {
    "truncated xlsx": ("a.xlsx", lambda: good_xlsx()[:-40], {"DocumentCorrupt"}),
    "truncated ods": ("a.ods", lambda: ods("")[:300], {"DocumentCorrupt"}),
    "truncated pptx": ("a.pptx", lambda: pptx([shape("x")])[:-60], {"DocumentCorrupt"}),
    "truncated epub": ("a.epub", lambda: epub({"a.xhtml": chapter("A", "b")})[:-50], {"DocumentCorrupt"}),
    "truncated zip": ("a.zip", lambda: named_zip(9)[:-30], {"DocumentCorrupt"}),
    "truncated msg": ("a.msg", lambda: ole(msg())[:3000], {"DocumentCorrupt", "DocumentWrongFormat"}),
    "truncated rtf": ("a.rtf", lambda: b"{\\rtf1 Bonjour {\\b tout le", {"read"}),
    "rtf that is none": ("a.rtf", lambda: b"{\\rtfm }", {"DocumentCorrupt"}),
    "xlsx named ods": ("a.ods", good_xlsx, {"DocumentWrongFormat"}),
    "zip named xlsx": ("a.xlsx", lambda: named_zip(3), {"DocumentWrongFormat"}),
    "csv named xlsx": ("a.xlsx", lambda: b"a;b\n1;2\n", {"DocumentWrongFormat"}),
    "xlsx without sheets": ("a.xlsx", lambda: xlsx([]), {"DocumentCorrupt"}),
    "xlsx without its sheet": ("a.xlsx", lambda: _xml_in(_SHEET, "<x/>", good_xlsx()), {"DocumentCorrupt"}),
    "a million empty rows": ("a.xlsx", million_empty_rows, {"read"}),
    "endless ods": ("a.ods", endless_ods, {"read"}),
    "20,000 columns": ("a.xlsx", all_columns, {"read"}),
    "shared text flood": ("a.xlsx", shared_flood, {"DocumentTooLarge", "JobTooLong"}),
    "odd cells": ("a.xlsx", odd_cells, {"read"}),
    "merge flood": ("a.xlsx", merge_flood, {"DocumentBomb"}),
    "laughs in a sheet": (
        "a.xlsx",
        lambda: _xml_in(_SHEET, LAUGHS + "<worksheet>&b;</worksheet>", good_xlsx()),
        {"DocumentBomb"},
    ),
    "outside entity in a workbook": (
        "a.xlsx",
        lambda: _xml_in("xl/workbook.xml", OUTSIDE + "<workbook>&secret;</workbook>", good_xlsx()),
        {"DocumentBomb"},
    ),
    "laughs in ods": (
        "a.ods",
        lambda: _xml_in("content.xml", LAUGHS + "<x>&b;</x>", ods("")),
        {"DocumentBomb", "DocumentWrongFormat"},
    ),
    "laughs in a slide": (
        "a.pptx",
        lambda: _xml_in("ppt/slides/slide1.xml", LAUGHS + "<x>&b;</x>", pptx([shape("x")])),
        {"DocumentBomb"},
    ),
    "flat bomb in a sheet": (
        "a.xlsx",
        lambda: xlsx([f"<sheetData><!--{' ' * (64 << 20)}--></sheetData>"]),
        {"DocumentBomb"},
    ),
    "locked xlsx": ("a.xlsx", locked_xlsx, {"DocumentEncrypted"}),
    "missing slide": ("a.pptx", lambda: pptx([shape("x")], shown=[1, 2]), {"DocumentCorrupt"}),
    "10^5 slides": ("a.pptx", lambda: pptx([shape("x")], shown=[1] * 100_000), {"DocumentTooManyPages"}),
    "csv with nuls": ("a.csv", lambda: b"a;b\n\0\0;\0\n" * 500, {"DocumentWrongFormat"}),
    "csv of one open quote": ("a.csv", unclosed_quote, {"DocumentCorrupt"}),
    "csv of a million lines": ("a.csv", lambda: b"\n" * 1_000_000 + b"a;b\n1;2\n", {"read"}),
    "zip in zip in zip in zip": ("a.zip", lambda: nested(5), {"DocumentBomb"}),
    "zip of itself": ("a.zip", _quine, {"DocumentBomb"}),
    "zip of a bomb": (
        "a.zip",
        lambda: archived({"b.zip": files.zipped({"zeros.txt": bytes(64 << 20)})}),
        {"DocumentBomb"},
    ),
    "zip of 6,000 files": ("a.zip", lambda: named_zip(6_000), {"DocumentBomb"}),
    "zip of locked files": ("a.zip", lambda: locked_member(named_zip(2)), {"DocumentEncrypted"}),
    "zip with ways out": (
        "a.zip",
        lambda: archived({"../../etc/passwd": b"x", "/abs.txt": b"y", "C:\\w.txt": b"z"}),
        {"read"},
    ),
    "empty zip": ("a.zip", lambda: archived({}), {"DocumentEmpty"}),
    "letter of 5,000 parts": ("a.eml", many_parts, {"DocumentBomb"}),
    "letter 3,000 deep": ("a.eml", lambda: deep_multipart(3_000), {"DocumentBomb", "DocumentCorrupt"}),
    "letters in letters": ("a.eml", lambda: letters_in_letters(12), {"read"}),
    "letter with a bomb": ("a.eml", letter_with_a_bomb, {"read"}),
    "looped msg": ("a.msg", looped_ole, {"DocumentCorrupt", "DocumentEmpty", "read"}),
    "mailbox of 30,000": (
        "a.mbox",
        lambda: b"From a@b Thu Jan  1 00:00:00 2026\nFrom: a@b\n\nx\n\n" * 30_000,
        {"DocumentBomb"},
    ),
    "epub without a spine": ("a.epub", lambda: epub({}), {"DocumentCorrupt"}),
    "epub with entities": ("a.epub", lambda: epub({}, package=LAUGHS + "<package>&b;</package>"), {"DocumentBomb"}),
    "rtf of 50,000 groups": ("a.rtf", rtf_depths, {"DocumentBomb"}),
    "rtf with a false length": ("a.rtf", lambda: b"{\\rtf1 avant \\bin999999999 " + bytes(99) + b"}", {"read"}),
}
