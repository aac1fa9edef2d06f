"""Every hostile file that is made here: those of each format, tricks that span formats, and good files spoilt at
random, always the same for one seed."""

import base64
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial

import format_files as formats
import picture_files as pictures
import workshop_files as files
from workshop_files import Made, docx, paragraph, pdf, relation, stream, zipped

Case = tuple[str, Callable[[], Made]]
"""File name, maker."""
SPOILT = 8
"""Spoilt copies of each good file."""


def everything(seed: int = 1, spoilt: int = SPOILT) -> dict[str, Case]:
    """Case → file name and maker."""
    known = {case: (name, make) for case, (name, make, _) in (files.HOSTILE | formats.HOSTILE).items()}
    return {**known, **TRICKS, **dict(_spoilt(seed, spoilt))}


# --- good files, and how they are spoilt


def good() -> dict[str, Made]:
    """A small sound file of each format that is read."""
    page = pictures.page()
    return {
        "a.txt": "Le conseil se réunit le 9 juin.\n".encode() * 20,
        "a.md": "# Séance\n\nLe conseil se réunit le 9 juin.\n".encode() * 9,
        "a.html": "<!doctype html><html><body><h1>Séance</h1><p>Le 9 juin.</p><table><tr><td>a</table>".encode(),
        "a.csv": "Agent;Bureau\nNoémie;4\nPaul;7\n".encode() * 9,
        "a.pdf": files.pdf_pages([files.text_at(72, 700, f"Page {n}, le 9 juin.") for n in range(5)]),
        "a.docx": docx("".join(paragraph(f"Alinéa {n}") for n in range(20))),
        "a.odt": files.odt("<text:p>Le 9 juin.</text:p>" * 20),
        "a.xlsx": formats.good_xlsx(),
        "a.ods": formats.ods(
            f'<table:table table:name="A">{formats.ods_rows(("a", "b"), ("1", "2"))}</table:table>'
        ),
        "a.pptx": formats.pptx([formats.shape("Titre", role="title") + formats.shape("Le 9 juin")] * 4),
        "a.eml": formats.with_file(formats.letter(), "agents.xlsx", formats.good_xlsx()).as_bytes(),
        "a.mbox": b"From a@b Thu Jan  1 00:00:00 2026\n" + formats.letter().as_bytes(),
        "a.msg": formats.ole(formats.msg(attachments={"a.txt": b"x" * 900})),
        "a.epub": formats.epub({"1.xhtml": formats.chapter("Un", "Le 9 juin.")}),
        "a.rtf": b"{\\rtf1\\ansi {\\b Le 9 juin.}\\par " * 9 + b"}",
        "a.zip": formats.archived({"a.txt": b"Le 9 juin.", "b.csv": b"a;b\n1;2\n"}),
        "a.png": pictures.file(page.resize((200, 280))),
        "a.jpg": pictures.file(page.resize((200, 280)), "JPEG"),
        "a.tif": pictures.tiff([page.resize((200, 280))] * 2),
    }


def _spoilt(seed: int, copies: int) -> Iterator[tuple[str, Case]]:
    for name, made in good().items():
        for copy in range(copies):
            yield f"{name} spoilt {copy}", (name, partial(spoil, made, f"{seed}/{name}/{copy}"))


def spoil(made: Made, seed: str) -> Made:
    """A few bytes turned over, a piece cut out, said twice, moved, or replaced by noise; numbers made huge."""
    chance, data = random.Random(seed), bytearray(made)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        size = min(chance.choice((1, 2, 4, 16, 200)), len(data) - at)
        match chance.randrange(6):
            case 0:
                for place in range(at, at + size):
                    data[place] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = data[at : at + size] * chance.choice((1, 3, 50))
            case 3:
                data[at : at + size] = chance.randbytes(size)
            case 4:
                data[at : at + size] = b"\xff" * size
            case _:
                digits = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
                if digits:
                    place = chance.choice(digits)
                    data[place : place + 1] = b"4294967295"
        if not data:
            return b"\0"
    return bytes(data)


# --- tricks


def polyglot() -> Made:
    """A PDF for whoever looks at its beginning, an archive for whoever looks at its end."""
    return files.good_pdf() + formats.archived({"programme.exe": b"MZ" + bytes(900)})


def huge_size() -> Made:
    made = files.good_pdf()
    return made.replace(b"/Size 6", b"/Size 2147483647")


def many_fonts(count: int = 200_000) -> Made:
    """A page whose resources name hundreds of thousands of fonts."""
    fonts = b"".join(b"/F%d 5 0 R" % n for n in range(count))
    return files.pdf_page(files.text_at(72, 700, "Bonjour"), resources=b"/Font<<%s>>" % fonts)


def _one_page(operators: bytes, more: list[bytes], extra: bytes = b"") -> Made:
    resources = b"<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>"
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % extra,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources %s>>" % resources,
            operators,
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            *more,
        ]
    )


def chained_filters() -> Made:
    """Compressed forty times over."""
    content = b"BT /F1 12 Tf 72 700 Td (Bonjour) Tj ET\n" * 9
    for _ in range(40):
        content = zlib.compress(content)
    return _one_page(stream(content, b"/Filter[%s]" % (b"/FlateDecode" * 40)), [stream(b"")])


def lzw_bomb() -> Made:
    """Run-length data: two bytes become 128, two million times."""
    return _one_page(stream(b"\x81 " * 2_000_000 + b"\x80", b"/Filter/RunLengthDecode"), [stream(b"")])


def huge_picture() -> Made:
    """A PDF picture of 100,000 by 100,000 whose data are a few bytes."""
    picture = b"/Type/XObject/Subtype/Image/Width 100000/Height 100000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    return _one_page(stream(b"595 0 0 842 0 0 cm /X Do"), [stream(b"\0" * 99, picture)])


def pdf_actions() -> Made:
    """Scripts, programs to start, addresses to call: all of it declared, none of it followed."""
    return _one_page(
        stream(files.text_at(72, 700, "Bonjour")),
        [
            stream(b""),
            b"<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1/'\\))>>",
            b"<</S/Launch/F(/bin/sh)>>",
            b"<</S/URI/URI(http://127.0.0.1/)>>",
        ],
        b"/OpenAction 7 0 R/AA<</WC 8 0 R>>/Names<</JavaScript<</Names[(a)7 0 R]>>>>",
    )


def named_map() -> Made:
    """A font that names a file of the machine as its table of characters."""
    font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/..#2F..#2F..#2Ftmp#2Fevil/DescendantFonts[7 0 R]>>"
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(A)/Ordering(B)/Supplement 0>>>>"
    )
    made = _one_page(stream(files.text_at(72, 700, "Bonjour")), [stream(b""), descendant])
    return made.replace(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>", font)


def deep_arrays(depth: int = 60_000) -> Made:
    return _one_page(stream(b"[" * depth + b"]" * depth), [b"[" * depth + b"]" * depth])


def looped_bookmarks() -> Made:
    outline = b"<</Type/Outlines/First 8 0 R/Last 8 0 R/Count 1>>"
    mark = b"<</Title(a)/Parent 7 0 R/Next 8 0 R/First 8 0 R/Last 8 0 R/Dest[3 0 R/Fit]>>"
    text = stream(files.text_at(72, 700, "Bonjour"))
    return _one_page(text, [stream(b""), outline, mark], b"/Outlines 7 0 R")


def laughing_xmp() -> Made:
    xmp = b'<?xpacket begin=""?>' + formats.LAUGHS.encode() + b"<x>&b;</x>"
    text = stream(files.text_at(72, 700, "Bonjour"))
    return _one_page(text, [stream(b""), stream(xmp, b"/Type/Metadata/Subtype/XML")], b"/Metadata 7 0 R")


def looped_xref() -> Made:
    made = files.good_pdf()
    place = made.rindex(b"startxref") + 10
    table = int(made[place : made.index(b"\n", place)])
    return made.replace(b"trailer\n<<", b"trailer\n<</Prev %d" % table)


def symbolic_links() -> Made:
    """An archive whose members are links to files of the machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, target in (("mots.txt", "/etc/passwd"), ("clef.txt", "../../keys/house.key")):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, target)
    return buffer.getvalue()


def tar_of_links() -> Made:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        link = tarfile.TarInfo("/etc/cron.d/x")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return buffer.getvalue()


def false_sizes() -> Made:
    """Members announced smaller than they are."""
    made = bytearray(formats.archived({"a.txt": b"x" * 5_000_000}, zipfile.ZIP_DEFLATED))
    at = made.rindex(b"PK\1\2")
    made[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(made)


def zip64_lies() -> Made:
    made = bytearray(formats.archived({"a.txt": b"x"}))
    at = made.rindex(b"PK\5\6")
    made[at + 8 : at + 20] = b"\xff" * 12
    return bytes(made)


def with_relations(kind: str, target: str) -> Made:
    return docx(paragraph("Bonjour"), relations=relation(kind, target, "External"))


def dde_field() -> Made:
    field = (
        '<w:p><w:r><w:instrText> DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" </w:instrText></w:r></w:p>'
    )
    return docx(paragraph("Bonjour") + field)


def with_macros() -> Made:
    return docx(paragraph("Bonjour"), parts={"word/vbaProject.bin": "Attribut VB_Name"})


def xml_bomb(kind: str) -> Made:
    """Attributes, names and depths that a careless parser pays for."""
    if kind == "attributes":
        return docx("<w:p " + " ".join(f'a{n}="x"' for n in range(100_000)) + "/>" + paragraph("Bonjour"))
    if kind == "name":
        return docx(f"<{'w' * 5_000_000}/>" + paragraph("Bonjour"))
    if kind == "comment":
        return docx(f"<!--{'-x' * 3_000_000}-->" + paragraph("Bonjour"))
    return docx("<w:p>" * 3_000 + "</w:p>" * 3_000)


def quadratic() -> Made:
    return zipped(
        {"word/document.xml": f'<!DOCTYPE d [<!ENTITY a "{"x" * 90_000}">]><d>{"&a;" * 9_000}</d>'.encode()}
    )


def html(kind: str) -> Made:
    match kind:
        case "script":
            inside = "<script>while(true){}</script><img src=x onerror=alert(1)><iframe src='file:///etc/passwd'></iframe>"
        case "attributes":
            inside = "<p " + " ".join(f"data-{n}=x" for n in range(200_000)) + ">Bonjour</p>"
        case "tables":
            inside = "<table><tr><td>" * 3_000 + "fond"
        case "entities":
            inside = "&amp" * 500_000 + "&#x110000;&#xD800;&#0;"
        case "spans":
            inside = "<table><tr><td colspan=2147483647 rowspan=2147483647>x</td></tr></table>"
        case _:
            inside = "<b><i>" * 200_000
    return f"<html><body><p>Bonjour</p>{inside}</body></html>".encode()


def csv(kind: str) -> Made:
    if kind == "formula":
        return b"Nom;Total\n=cmd|'/c calc'!A0;+1+1\n@SUM(1);-2\n" * 9
    if kind == "wide":
        return b";".join(b"c%d" % n for n in range(300_000)) + b"\n" + b"1;" * 300_000
    return b'"' * 2_000_001


def mail(kind: str) -> Made:
    head = "From: a@b.c\nTo: d@e.f\nSubject: s\nMIME-Version: 1.0\n"
    match kind:
        case "headers":
            return (head + "".join(f"X-{n}: {'y' * 900}\n" for n in range(20_000)) + "\nBonjour\n").encode()
        case "boundary":
            return (head + f'Content-Type: multipart/mixed; boundary="{"b" * 100_000}"\n\nBonjour\n').encode()
        case "names":
            name = "../../../../etc/cron.d/x\r\n"
            part = f'--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="{name}"\n\nx\n'
            return (head + f"Content-Type: multipart/mixed; boundary=b\n\n{part * 20}--b--\n").encode()
        case "encoded word":
            return (head + "Subject: " + "=?utf-8?q?" + "=41" * 200_000 + "?=\n\nBonjour\n").encode()
        case "charset":
            body = base64.b64encode("Bonjour".encode("utf-16")).decode()
            return (
                head + f"Content-Type: text/plain; charset=x-inconnu\nContent-Transfer-Encoding: base64\n\n{body}\n"
            ).encode()
        case _:
            body = base64.b64encode(zlib.compress(bytes(1 << 20))).decode()
            return (
                head + f"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n{body}\n"
            ).encode()


def png(width: int, height: int, chunks: bytes = b"", bits: int = 8) -> Made:
    """A picture that announces a size, with hardly any data."""
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    data = _chunk(b"IHDR", header) + chunks + _chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + data + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text_chunk_bomb() -> Made:
    return png(40, 40, _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200 << 20), 9)))


def exif_bomb() -> Made:
    """An EXIF directory that points at itself and announces a billion values."""
    entries = b"".join(struct.pack("<HHII", 0x8769, 4, 1_000_000_000, 8) for _ in range(200))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 200) + entries + struct.pack("<I", 8)
    made = pictures.file(pictures.page().resize((200, 280)), "JPEG")
    return made[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + made[2:]


def tiff_loop() -> Made:
    """A directory whose next one is itself."""
    entries = [(256, 3, 1, 40), (257, 3, 1, 40), (259, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (279, 4, 1, 1600)]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + body + struct.pack("<I", 8) + bytes(1600)


def wide_tiff() -> Made:
    return tiff_loop().replace(struct.pack("<HHII", 256, 3, 1, 40), struct.pack("<HHII", 256, 4, 1, 1 << 30))


def rtf(kind: str) -> Made:
    if kind == "objects":
        return b"{\\rtf1 Bonjour {\\object\\objocx{\\*\\objdata " + b"d0cf11e0" * 50_000 + b"}}}"
    if kind == "unicode":
        return b"{\\rtf1 Bonjour \\uc99999 " + b"\\u-99999 ?" * 50_000 + b"}"
    return b"{\\rtf1 Bonjour " + b"\\bin99999999999999999999 x" * 9 + b"}"


TRICKS: dict[str, Case] = {
    "polyglot pdf and zip": ("a.pdf", polyglot),
    "polyglot named zip": ("a.zip", polyglot),
    "pdf of a huge /Size": ("a.pdf", huge_size),
    "pdf of 200,000 fonts": ("a.pdf", many_fonts),
    "pdf of forty filters": ("a.pdf", chained_filters),
    "pdf run-length bomb": ("a.pdf", lzw_bomb),
    "pdf picture of 10^10 pixels": ("a.pdf", huge_picture),
    "pdf with actions": ("a.pdf", pdf_actions),
    "pdf that names a table": ("a.pdf", named_map),
    "pdf of deep arrays": ("a.pdf", deep_arrays),
    "pdf of looped bookmarks": ("a.pdf", looped_bookmarks),
    "pdf of laughing metadata": ("a.pdf", laughing_xmp),
    "pdf of a looped table": ("a.pdf", looped_xref),
    "zip of links": ("a.zip", symbolic_links),
    "tar of links": ("a.tar.gz", tar_of_links),
    "zip of false sizes": ("a.zip", false_sizes),
    "zip64 that lies": ("a.zip", zip64_lies),
    "docx with an outside picture": ("a.docx", lambda: with_relations("image", "http://127.0.0.1/x.png")),
    "docx with an outside object": ("a.docx", lambda: with_relations("oleObject", "file:///etc/passwd")),
    "docx with an outside frame": ("a.docx", lambda: with_relations("frame", "\\\\127.0.0.1\\share\\x")),
    "docx with a dde field": ("a.docx", dde_field),
    "docx with macros": ("a.docm", with_macros),
    "docx of 10^5 attributes": ("a.docx", lambda: xml_bomb("attributes")),
    "docx of one long name": ("a.docx", lambda: xml_bomb("name")),
    "docx of one long comment": ("a.docx", lambda: xml_bomb("comment")),
    "docx of paragraphs in paragraphs": ("a.docx", lambda: xml_bomb("depth")),
    "docx of quadratic growth": ("a.docx", quadratic),
    "html with scripts": ("a.html", lambda: html("script")),
    "html of 200,000 attributes": ("a.html", lambda: html("attributes")),
    "html of tables in tables": ("a.html", lambda: html("tables")),
    "html of entities": ("a.html", lambda: html("entities")),
    "html of huge spans": ("a.html", lambda: html("spans")),
    "html never closed": ("a.html", lambda: html("open")),
    "csv with formulas": ("a.csv", lambda: csv("formula")),
    "csv of 300,000 columns": ("a.csv", lambda: csv("wide")),
    "csv of quotes": ("a.csv", lambda: csv("quotes")),
    "letter of 20,000 headers": ("a.eml", lambda: mail("headers")),
    "letter of a long boundary": ("a.eml", lambda: mail("boundary")),
    "letter of names that lead out": ("a.eml", lambda: mail("names")),
    "letter of one long word": ("a.eml", lambda: mail("encoded word")),
    "letter of an unknown charset": ("a.eml", lambda: mail("charset")),
    "letter of a false zip": ("a.eml", lambda: mail("zip")),
    "png of 10^10 pixels": ("a.png", lambda: png(100_000, 100_000)),
    "png of 2^31 columns": ("a.png", lambda: png(0x7FFFFFFF, 1)),
    "png of no pixel": ("a.png", lambda: png(0, 0)),
    "png of a text bomb": ("a.png", text_chunk_bomb),
    "jpeg of an exif bomb": ("a.jpg", exif_bomb),
    "tiff whose pages go round": ("a.tif", tiff_loop),
    "tiff of 2^30 columns": ("a.tif", wide_tiff),
    "rtf of objects": ("a.rtf", lambda: rtf("objects")),
    "rtf of huge numbers": ("a.rtf", lambda: rtf("unicode")),
    "rtf of endless data": ("a.rtf", lambda: rtf("binary")),
}  # fmt: skip
