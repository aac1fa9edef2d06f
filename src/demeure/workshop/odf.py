"""What OpenDocument packages share: names, encryption, title, macros."""

from demeure.errors import DemeureError
from demeure.workshop.docx_styles import local
from demeure.workshop.errors import DocumentEncrypted
from demeure.workshop.guard import Archive, parse
from demeure.workshop.parts import Facts

_NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TEXT, TABLE, OFFICE, STYLE, DRAW = (_NS % name for name in ("text", "table", "office", "style", "drawing"))
PRESENTATION, FO = _NS % "presentation", _NS % "xsl-fo-compatible"
SMALL_PART = 32 << 20


def refuse_encrypted(archive: Archive) -> None:
    """Raises DocumentEncrypted when the package says that its parts are locked."""
    if "META-INF/manifest.xml" in archive.names:
        manifest = archive.read("META-INF/manifest.xml", SMALL_PART)
        if b"encryption-data" in manifest:
            raise DocumentEncrypted


def title(archive: Archive, facts: Facts) -> str:
    """The title that the properties give, empty when they give none or are damaged; who wrote it and when they put
    it in ``facts``."""
    if "meta.xml" not in archive.names:
        return ""
    try:
        root = parse(archive.read("meta.xml", SMALL_PART), "meta.xml")
    except DemeureError:
        return ""
    told = {local(e): " ".join((e.text or "").split()) for e in root.iter() if isinstance(e.tag, str)}
    facts.author = told.get("initial-creator") or told.get("creator", "")
    facts.written_on = told.get("creation-date") or told.get("date", "")
    return told.get("title", "")


def has_macros(archive: Archive) -> bool:
    """The package carries programs; nothing here runs them."""
    return any(entry.startswith(("Basic/", "Scripts/")) for entry in archive.names)
