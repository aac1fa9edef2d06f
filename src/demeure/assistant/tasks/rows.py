"""What a work and its drafts are, as kept and as shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demeure.workshop import Answering

OPEN = ("asked", "drafting")
"""States of a draft that is not over."""


@dataclass(frozen=True)
class PartRow:
    """One part of a draft. ``text``: None until it is finished. ``place``: « p. 3 à 7 »."""

    ordinal: int
    title: str
    place: str
    text: str | None


@dataclass(frozen=True)
class DraftRow:
    """``number`` in its work; ``of``: the one it refines (0: none), ``wish``: how. ``sources``: the passages that
    its ``[n]`` lead to. ``section``: of the task, the only one written anew (0: all); ``given``: fields that were
    changed since the form. ``report``: blocks told under it. ``details``: model, seconds, findings."""

    id: int
    work: str
    number: int
    chain: str
    journal: int | None
    of: int
    wish: str
    state: str
    text: str
    by_hand: bool
    reason: Mapping[str, str]
    plan: str
    sources: Sequence[Mapping[str, Any]]
    report: Sequence[Mapping[str, Any]]
    details: Mapping[str, Any]
    created_at: str
    updated_at: str
    parts: tuple[PartRow, ...] = ()
    section: int = 0
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def done_parts(self) -> int:
        return sum(part.text is not None for part in self.parts)


@dataclass(frozen=True)
class Again:
    """How one more draft is made: of which one, by which wish, or with which section and fields anew."""

    of: int = 0
    wish: str = ""
    section: int = 0
    given: Mapping[str, str] | None = None


@dataclass(frozen=True)
class WorkRow:
    """``spaces``: where its documents come from. ``shared``: the space where it may be read; ``mine``: the reader
    is its author; ``withdrawn``: the reader may no longer read its spaces, and is shown nothing of it.
    ``sensitivity``: the highest class of the documents read for it, empty when none has its own. ``route``: whose
    engine writes it; empty: the house's own model. ``author``: their name."""

    id: str
    person: str
    task: str
    task_version: int
    language: str
    title: str
    fields: Mapping[str, str]
    spaces: Sequence[str]
    shared: str | None
    created_at: str
    updated_at: str
    drafts: tuple[DraftRow, ...] = ()
    mine: bool = True
    withdrawn: bool = False
    sensitivity: str = ""
    route: str = ""
    author: str = ""

    def draft(self, number: int = 0) -> DraftRow | None:
        """That one; the last when none is named."""
        if not number:
            return self.drafts[-1] if self.drafts else None
        return next((one for one in self.drafts if one.number == number), None)


@dataclass(frozen=True)
class Listed:
    """A work of a list: its last draft's state, how far it is; ``excerpt``: where words were looked for;
    ``author``: whose it is, when it is another's."""

    id: str
    task: str
    title: str
    state: str
    done: int
    parts: int
    updated_at: str
    shared: str | None = None
    mine: bool = True
    withdrawn: bool = False
    drafts: int = 1
    excerpt: tuple[str, str, str] | None = None
    author: str = ""


@dataclass(frozen=True)
class FileRow:
    """A file dropped on a form, as the workshop read it. ``answering``: of a message, what an answer needs."""

    id: str
    name: str
    format: str
    pages: int
    parts: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    answering: Answering | None = None

    @property
    def characters(self) -> int:
        return sum(len(part["text"]) for part in self.parts)
