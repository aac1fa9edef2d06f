"""A document and a space as values: what every room of the library speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from demeure.policy import HELD, PAST_KEEPING, VISA, Resource, Right


@dataclass(frozen=True)
class Origin:
    """Where a document came from. ``door``: page, api, command, system, folder (a watched one), or unknown;
    ``path``: where the file stood in the folder that was brought or is watched, its own name included (empty: it
    came alone)."""

    door: str = "unknown"
    path: str = ""


UNKNOWN = Origin()


@dataclass(frozen=True)
class Document:
    """One row. ``state``: received, reading, searchable, ready, failed. ``reason``: (code, params) of a failure.
    ``embedded`` of ``passages`` have their vector. ``size``: bytes. ``chain``: its journal chain. ``author``,
    ``written_on`` (YYYY-MM-DD): as the file says, empty when it does not. ``supersedes``: the document whose place
    it takes (superseding.py). ``owner``: who looks after it, in words; ``review_on``, ``keep_until``, ``cited_on``:
    days, empty without. ``begins``, ``ends``: the period that its title tells. ``outlined``: how far its outline
    is. ``antivirus``: what it said, {verdict: clean, infected or unseen; name, by, at}. ``personal``: what its
    reading found, {edition, kinds: {kind: how many}}; None when it was not examined. ``sensitivity``: its own
    class, empty for its space's; ``held``: why it may not be destroyed now; ``visa``: number of the archives' visa
    to destroy it."""

    id: str
    space: str
    name: str
    format: str
    size: int
    sha256: str
    state: str
    chain: str
    added_by: str
    added_at: str
    reason: tuple[str, dict[str, Any]] | None = None
    pages: int | None = None
    characters: int | None = None
    passages: int = 0
    embedded: int = 0
    attempts: int = 0
    flags: Mapping[str, int] | None = None
    leaving: bool = False
    author: str = ""
    written_on: str = ""
    origin: Origin = UNKNOWN
    index_version: int = 0
    supersedes: str = ""
    owner: str = ""
    review_on: str = ""
    keep_until: str = ""
    cited_on: str = ""
    begins: str = ""
    ends: str = ""
    outlined: int = 0
    antivirus: Mapping[str, str] | None = None
    personal: Mapping[str, Any] | None = None
    sensitivity: str = ""
    held: str = ""
    visa: str = ""

    @property
    def infected(self) -> str:
        """What the antivirus recognised in it; empty when nothing was, or when none looked."""
        seen = self.antivirus or {}
        return seen.get("name", "") if seen.get("verdict") == "infected" else ""


@dataclass(frozen=True)
class Space:
    """One space and how many documents it holds. ``gathers``: questions without an answer are gathered there."""

    id: str
    name: str
    documents: int = 0
    gathers: bool = False


def document_of(row: sa.Row[Any]) -> Document:
    """A row of ``documents`` as the other rooms know it."""
    reason = row.reason
    return Document(
        id=row.id,
        space=row.space,
        name=row.name,
        format=row.format,
        size=row.size,
        sha256=row.sha256,
        state=row.state,
        chain=row.chain,
        added_by=row.added_by,
        added_at=row.added_at,
        reason=(str(reason["code"]), dict(reason["params"])) if reason else None,
        pages=row.pages,
        characters=row.characters,
        passages=row.passages,
        embedded=row.embedded,
        attempts=row.attempts,
        flags=row.flags,
        leaving=bool(row.deleting),
        author=row.author or "",
        written_on=row.written_on or "",
        origin=Origin(row.came_from, row.path or ""),
        index_version=row.index_version,
        supersedes=row.supersedes or "",
        owner=row.owner or "",
        review_on=row.review_on or "",
        keep_until=row.keep_until or "",
        cited_on=row.cited_on or "",
        begins=row.begins or "",
        ends=row.ends or "",
        outlined=row.outlined,
        antivirus=row.antivirus,
        personal=row.personal,
        sensitivity=row.sensitivity or "",
        held=row.held or "",
        visa=row.visa or "",
    )


def about(row: Document, right: Right, name: str = "", owner: str = "") -> Resource:
    """What policy is asked about a document. ``right``: the actor's, on its space; ``name``: for people; ``owner``:
    where who brought it counts."""
    marks = frozenset(mark for mark, said in ((HELD, row.held), (VISA, row.visa)) if said)
    named = (name or row.name, row.space, owner, right)
    return Resource("document", row.id, *named, marks, sensitivity=row.sensitivity)


def past_keeping(row: Document) -> Resource:
    """What policy is asked before the house itself erases a document that its class keeps no longer."""
    resource = about(row, Right.NONE)
    return replace(resource, marks=resource.marks | {PAST_KEEPING})
