"""Files for the tests of the workshop, honest and hostile, all made here: nothing is downloaded."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

Made = bytes
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF_NS = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"),
    )
)


def docx(body: str, *, parts: dict[str, str] | None = None, relations: str = "") -> Made:
    """A DOCX around the XML of its body."""
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    entries = {
        "[Content_Types].xml": CONTENT_TYPES,
        "word/document.xml": document,
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELS}">{relations}</Relationships>',
        **(parts or {}),
    }
    return zipped({name: text.encode() for name, text in entries.items()})


def relation(kind: str, target: str, mode: str = "") -> str:
    mode = f' TargetMode="{mode}"' if mode else ""
    return f'<Relationship Id="r{kind}{len(target)}" Type="{RELS}/{kind}" Target="{target}"{mode}/>'


def paragraph(text: str, style: str = "", extra: str = "") -> str:
    mark = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{mark}{extra}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def odt(body: str, *, styles: str = "", automatic: str = "", more: dict[str, str] | None = None) -> Made:
    """An ODT around the XML of its text."""
    content = (
        f"<office:document-content {ODF_NS}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    entries = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, **(more or {})}
    if styles:
        entries["styles.xml"] = f"<office:document-styles {ODF_NS}>{styles}</office:document-styles>"
    return zipped({name: text.encode() for name, text in entries.items()}, stored=("mimetype",))


def zipped(entries: dict[str, bytes], stored: tuple[str, ...] = ()) -> Made:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return buffer.getvalue()


def pdf(objects: list[bytes], *, root: int = 1, trailer: bytes = b"") -> Made:
    """A PDF around numbered objects (the first is 1), with a true cross-reference table."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        root,
        trailer,
        table,
    )
    return bytes(out)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), extra, content)


def pdf_page(operators: bytes, *, resources: bytes = b"", before: bytes = b"", page: bytes = b"") -> Made:
    """One page of Helvetica; ``before``: operators drawn first."""
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R>>%s>>%s>>" % (resources, page),
            stream(before + operators),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        ]
    )


def text_at(x: float, y: float, text: str, size: float = 12, colour: str = "0 g") -> bytes:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT {colour} /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET\n".encode("cp1252")


def pdf_pages(pages: list[bytes]) -> Made:
    """Several pages of operators."""
    count = len(pages)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>>>" % (kids, count),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for at, operators in enumerate(pages):
        objects += [b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (5 + 2 * at), stream(operators)]
    return pdf(objects)


def declared_pages(count: int) -> Made:
    """One page, and a tree that says it holds ``count``."""
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        ]
    )


def recursive_tree() -> Made:
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 4>>"])


def circular_form() -> Made:
    """A page that draws a form that draws itself."""
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
            stream(b"/X Do"),
            stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"),
        ]
    )


def flate_bomb(megabytes: int = 900) -> Made:
    """A page whose compressed contents unfold to ``megabytes``."""
    packer = zlib.compressobj(9)
    line = b"0 0 m 1 1 l S\n" * 4096
    packed = b"".join(packer.compress(line) for _ in range((megabytes << 20) // len(line))) + packer.flush()
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
            stream(packed, b"/Filter/FlateDecode"),
        ]
    )


def locked_pdf() -> Made:
    """A PDF that asks for a password (made with reportlab, 128-bit)."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption("secret", ownerPassword="autre"))
    canvas.drawString(72, 700, "Confidentiel")
    canvas.save()
    return buffer.getvalue()


def locked_office() -> Made:
    """What Office writes around a document with a password: an OLE file with a stream named EncryptedPackage."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return header + "EncryptedPackage".encode("utf-16-le") + bytes(3000)


def old_word() -> Made:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(3000)


def image_only_pdf() -> Made:
    pixels = stream(
        b"\xff\x00" * 8, b"/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceGray/BitsPerComponent 8"
    )
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
            stream(b"595 0 0 842 0 0 cm /I Do"),
            pixels,
        ]
    )


def flat_bomb(megabytes: int = 200) -> Made:
    """A DOCX whose document unfolds a thousand times."""
    return zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b" " * (megabytes << 20)})


def overlapping_bomb(copies: int = 200) -> Made:
    """Every entry of the table of contents points at the same compressed bytes."""
    body = zlib.compress(b"0" * 900_000)[2:-4]
    name = b"word/document.xml"
    crc = zlib.crc32(b"0" * 900_000)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(body), 900_000, len(name), 0) + name + body
    directory = b""
    for at in range(copies):
        entry = name if at == 0 else b"word/copy%d.xml" % at
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(body), 900_000, len(entry), 0, 0, 0, 0, 0, 0
        )
        directory += entry
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, copies, copies, len(directory), len(local), 0)
    return local + directory + end


def nested_bomb(levels: int = 4) -> Made:
    content = zipped({"word/document.xml": b"0" * 1_000_000})
    for level in range(levels):
        content = zipped({f"word/{level}-{at}.zip": content for at in range(4)} | {"word/document.xml": b"<x/>"})
    return content


def many_entries(count: int = 20_000) -> Made:
    return zipped({"word/document.xml": b"<x/>"} | {f"word/media/{at}.bin": b"" for at in range(count)})


def twice_the_same() -> Made:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
        archive.writestr("word/Document.xml", "<x/>")
    return buffer.getvalue().replace(b"word/Document.xml", b"word/document.xml")


def escaping_path() -> Made:
    return zipped({"word/document.xml": b"<x/>", "../../etc/cron.d/demeure": b"* * * * * root true"})


def external_entity() -> Made:
    return docx("").replace(b"x", b"x") and zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES.encode(),
            "word/document.xml": (
                f'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document {W}><w:body>'
                "<w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
            ).encode(),
        }
    )


def billion_laughs() -> Made:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {new} "{10 * f"&{old};"}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    content = (
        f"<!DOCTYPE d [{entities}]><office:document-content {ODF_NS}><office:body><office:text>"
        "<text:p>&i;</text:p></office:text></office:body></office:document-content>"
    )
    entries = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode("utf-16")}
    return zipped(entries, stored=("mimetype",))


def huge_table(rows: int = 4_000) -> Made:
    cells = "".join(f"<w:tc><w:p><w:r><w:t>cellule {at}</w:t></w:r></w:p></w:tc>" for at in range(12))
    random.seed(7)
    body = "".join(f"<w:tr><w:tc>{paragraph(str(random.random()))}</w:tc>{cells}</w:tr>" for _ in range(rows))
    return docx(f"<w:tbl>{body}</w:tbl>")


def repeated_columns() -> Made:
    cell = '<table:table-cell table:number-columns-repeated="2000000000"><text:p>x</text:p></table:table-cell>'
    return odt(f"<table:table><table:table-row>{cell}</table:table-row></table:table>")


def deep_html(depth: int = 100_000) -> Made:
    return b"<html><body>" + b"<div>" * depth + b"fond" + b"</div>" * depth


def deep_docx(depth: int = 5_000) -> Made:
    return docx("<w:sdt><w:sdtContent>" * depth + paragraph("fond") + "</w:sdtContent></w:sdt>" * depth)


def self_inheriting_styles() -> Made:
    style = f'<w:styles {W}><w:style w:styleId="A"><w:basedOn w:val="A"/></w:style></w:styles>'
    return docx(
        paragraph("Bonjour", "A"), parts={"word/styles.xml": style}, relations=relation("styles", "styles.xml")
    )


def template_injection() -> Made:
    relations = relation("attachedTemplate", "http://exemple.invalid/modele.dotm", "External")
    return docx(paragraph("Bonjour"), relations=relations)


def good_pdf() -> Made:
    return pdf_page(text_at(72, 700, "Le conseil municipal se réunit le 9 juin à 18 h 30."))


def good_docx() -> Made:
    return docx(paragraph("Le conseil municipal se réunit le 9 juin."))


def good_odt() -> Made:
    return odt("<text:p>Le conseil municipal se réunit le 9 juin.</text:p>")


def noise(size: int = 5_000) -> Made:
    return random.Random(3).randbytes(size)


HOSTILE: dict[str, tuple[str, Callable[[], Made], set[str]]] = {
    # case: (file name, maker, names of the errors that say it right; "read": it may also be read)
    "empty": ("vide.txt", lambda: b"", {"DocumentEmpty"}),
    "spaces only": ("blanc.txt", lambda: b" \n\t\n" * 50, {"DocumentEmpty"}),
    "truncated pdf": ("a.pdf", lambda: good_pdf()[:120], {"DocumentCorrupt"}),
    "pdf header only": ("a.pdf", lambda: b"%PDF-1.7\n", {"DocumentCorrupt"}),
    "truncated docx": ("a.docx", lambda: good_docx()[:-60], {"DocumentCorrupt"}),
    "truncated odt": ("a.odt", lambda: good_odt()[: len(good_odt()) // 2], {"DocumentCorrupt"}),
    "damaged docx entry": ("a.docx", lambda: damaged(good_docx()), {"DocumentCorrupt"}),
    "docx without a document": ("a.docx", lambda: zipped({"word/document": b""}), {"DocumentCorrupt"}),
    "docx of garbage": ("a.docx", lambda: zipped({"word/document.xml": noise()}), {"DocumentCorrupt"}),
    "pdf named docx": ("contrat.docx", good_pdf, {"DocumentWrongFormat"}),
    "docx named pdf": ("contrat.pdf", good_docx, {"DocumentWrongFormat"}),
    "text named pdf": ("contrat.pdf", lambda: b"Bonjour tout le monde.\n" * 9, {"DocumentWrongFormat"}),
    "png named txt": ("image.txt", lambda: b"\x89PNG\r\n\x1a\n" + noise(), {"DocumentWrongFormat"}),
    "png": ("image.png", lambda: b"\x89PNG\r\n\x1a\n" + noise(), {"DocumentCorrupt"}),
    "noise": ("bruit", noise, {"DocumentUnsupported"}),
    "noise named txt": ("bruit.txt", noise, {"DocumentWrongFormat"}),
    "nul bytes": ("nul.txt", lambda: b"a\0b\0\0c" * 999, {"DocumentWrongFormat"}),
    "old word": ("lettre.doc", old_word, {"DocumentUnsupported"}),
    "locked pdf": ("secret.pdf", locked_pdf, {"DocumentEncrypted"}),
    "locked docx": ("secret.docx", locked_office, {"DocumentEncrypted"}),
    "locked odt": ("secret.odt", lambda: locked_odt(), {"DocumentEncrypted"}),
    "flat bomb": ("a.docx", flat_bomb, {"DocumentBomb"}),
    "overlapping bomb": ("a.docx", overlapping_bomb, {"DocumentBomb"}),
    "nested bomb": ("a.docx", nested_bomb, {"DocumentBomb"}),
    "many entries": ("a.docx", many_entries, {"DocumentBomb"}),
    "duplicate entries": ("a.docx", twice_the_same, {"DocumentBomb"}),
    "escaping path": ("a.docx", escaping_path, {"DocumentBomb"}),
    "external entity": ("a.docx", external_entity, {"DocumentBomb"}),
    "billion laughs": ("a.odt", billion_laughs, {"DocumentBomb"}),
    "100,000 declared pages": ("a.pdf", lambda: declared_pages(100_000), {"DocumentTooManyPages"}),
    "recursive page tree": ("a.pdf", recursive_tree, {"DocumentCorrupt", "DocumentHasNoText"}),
    "circular form": ("a.pdf", circular_form, {"JobTooBig", "JobTooLong", "DocumentHasNoText"}),
    "image only": ("scan.pdf", image_only_pdf, {"read"}),
    "flate bomb": ("a.pdf", flate_bomb, {"JobTooBig", "JobTooLong", "DocumentHasNoText"}),
    "deep html": ("a.html", deep_html, {"DocumentCorrupt", "DocumentEmpty", "read"}),
    "deep docx": ("a.docx", deep_docx, {"DocumentCorrupt"}),
    "self-inheriting styles": ("a.docx", self_inheriting_styles, {"read"}),
    "template injection": ("a.docx", template_injection, {"read"}),
    "huge table": ("a.docx", huge_table, {"read"}),
    "repeated columns": ("a.odt", repeated_columns, {"read"}),
    "invalid utf-8": ("a.txt", lambda: "déjà été là ".encode() * 99 + b"\xff\xfe\xe9" * 3, {"read"}),
    "lone surrogates": ("a.txt", lambda: b"\xff\xfe" + "Bonjour ".encode("utf-16-le") * 99 + b"\x00\xd8", {"read"}),
    "bidi and tags": ("a.txt", lambda: "Bon\u202ejour\U000e0041\u200b le monde".encode(), {"read"}),
}  # fmt: skip


def damaged(made: Made) -> Made:
    """One byte of the compressed document turned over."""
    at = made.index(b"word/document.xml") + 40
    return made[:at] + bytes([made[at] ^ 0xFF, made[at + 1] ^ 0x55]) + made[at + 2 :]


def locked_odt() -> Made:
    manifest = '<manifest:manifest xmlns:manifest="m"><manifest:encryption-data/></manifest:manifest>'
    return odt("<text:p>x</text:p>", more={"META-INF/manifest.xml": manifest})
