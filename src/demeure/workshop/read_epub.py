"""EPUB: the chapters of the spine in order, each by the HTML reader, from a checked archive. Left out: pictures,
scripts, the table of contents (its words are the headings')."""

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from demeure.workshop.docx_styles import local
from demeure.workshop.errors import DocumentCorrupt, DocumentEncrypted
from demeure.workshop.guard import Archive, parse
from demeure.workshop.outline import Outline
from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.read_html import read_into

_SMALL_PART = 32 << 20
_PAGES = ("application/xhtml+xml", "text/html", "application/xml")
_CONTAINER = "META-INF/container.xml"


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with heading places, chapter by chapter."""
    archive = Archive(data)
    package = _package(archive)
    root = parse(archive.read(package, _SMALL_PART), package)
    title = next((" ".join("".join(e.itertext()).split()) for e in root.iter() if local(e) == "title"), "")
    chapters = _spine(root, package, archive)
    _refuse_locked(archive, chapters)
    for chapter in chapters:
        inner = Facts()
        outline = Outline(inner, limits)
        for _ in read_into(bytearray(archive.read(chapter)), "chapitre.html", limits, inner, outline):
            yield from outline.drain()
        yield from outline.finish()
        facts.flags.update(inner.flags)
        facts.title = facts.title or outline.first_heading
    facts.title = title or facts.title


def _package(archive: Archive) -> str:
    if _CONTAINER not in archive.names:
        raise DocumentCorrupt(detail="part-missing", part=_CONTAINER)
    root = parse(archive.read(_CONTAINER, _SMALL_PART), _CONTAINER)
    path = next((e.get("full-path") or "" for e in root.iter() if local(e) == "rootfile"), "")
    if path not in archive.names:
        raise DocumentCorrupt(detail="part-missing", part="package")
    return path


def _spine(root: Any, package: str, archive: Archive) -> list[str]:
    """Entries of the chapters, in reading order, each once."""
    folder = posixpath.dirname(package)
    items = {e.get("id"): e for e in root.iter() if local(e) == "item"}
    chapters: list[str] = []
    for reference in (e for e in root.iter() if local(e) == "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        path = posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
        if path in archive.names and path not in chapters:
            chapters.append(path)
    if not chapters:
        raise DocumentCorrupt(detail="part-missing", part="spine")
    return chapters


def _refuse_locked(archive: Archive, chapters: list[str]) -> None:
    """Raises DocumentEncrypted when a chapter is locked; locked fonts are nobody's loss."""
    entry = "META-INF/encryption.xml"
    if entry not in archive.names:
        return
    root = parse(archive.read(entry, _SMALL_PART), entry)
    locked = {unquote(e.get("URI") or "") for e in root.iter() if local(e) == "CipherReference"}
    if locked.intersection(chapters):
        raise DocumentEncrypted
