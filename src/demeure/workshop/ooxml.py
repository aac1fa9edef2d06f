"""What Office Open XML packages share: their main part, the relations between parts, their title, their macros."""

import posixpath
from collections.abc import Mapping
from typing import Any, NamedTuple

from demeure.errors import DemeureError
from demeure.workshop.docx_styles import local
from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.guard import Archive, parse
from demeure.workshop.parts import Facts

SMALL_PART = 32 << 20


class Relation(NamedTuple):
    """``kind``: last word of its type; ``target``: entry of the archive."""

    kind: str
    target: str


def main_part(archive: Archive, usual: str) -> str:
    """The part that the package opens with; ``usual``: where it is when the package does not say. Raises
    DocumentCorrupt when there is none."""
    for relation in relations(archive, "", Facts()).values():
        if relation.kind == "officeDocument" and relation.target in archive.names:
            return relation.target
    if usual in archive.names:
        return usual
    raise DocumentCorrupt(detail="part-missing", part=usual)


def relations(archive: Archive, part: str, facts: Facts) -> Mapping[str, Relation]:
    """Relations of ``part`` by identifier, those inside the package; the others are counted, never followed."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, Relation] = {}
    if path not in archive.names:
        return found
    for relation in parse(archive.read(path, SMALL_PART), path):
        kind = (relation.get("Type") or "").rpartition("/")[2]
        if relation.get("TargetMode") == "External":
            facts.flag("external-links", int(kind != "hyperlink"))
            continue
        target = posixpath.normpath(posixpath.join("/" + folder, relation.get("Target") or ""))
        found[relation.get("Id") or ""] = Relation(kind, target.lstrip("/"))
    return found


def related(found: Mapping[str, Relation], kind: str, archive: Archive) -> list[str]:
    """Parts of one kind that are in the archive, in the order of the file."""
    return [r.target for r in found.values() if r.kind == kind and r.target in archive.names]


def attribute(element: Any, name: str) -> str:
    """An attribute by its local name, whatever its namespace (``r:id``); empty when absent."""
    plain = element.get(name)
    if plain is not None:
        return str(plain)
    return next((str(text) for key, text in element.attrib.items() if key.rpartition("}")[2] == name), "")


def related_id(element: Any) -> str:
    """The ``r:id`` of an element that may also have an ``id`` of its own."""
    return next((str(text) for key, text in element.attrib.items() if key.endswith("}id")), "")


def title(archive: Archive, facts: Facts) -> str:
    """The title that the properties give, empty when they give none or are damaged; who wrote it and when they put
    it in ``facts``."""
    if "docProps/core.xml" not in archive.names:
        return ""
    try:
        root = parse(archive.read("docProps/core.xml", SMALL_PART), "docProps/core.xml")
    except DemeureError:
        return ""
    told = {local(e): " ".join((e.text or "").split()) for e in root}
    facts.author, facts.written_on = told.get("creator", ""), told.get("created", "")
    return told.get("title", "")


def has_macros(archive: Archive) -> bool:
    """The package carries programs; nothing here runs them."""
    return any(entry.endswith("vbaProject.bin") for entry in archive.names)
