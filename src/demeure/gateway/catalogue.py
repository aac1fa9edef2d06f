"""Rows of a space's list, and the ports by which pages look through documents and find words in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from demeure.library import Facets, Finding, Standing, Wanted
from demeure.policy import Actor


@dataclass(frozen=True)
class DocumentRow:
    """One document of a list. ``state``: received, reading, searchable, ready or failed; ``reason``: (code,
    params) of a failure, or of what keeps it from being found by meaning. ``embedded`` of ``passages`` are found
    by meaning. ``size``: bytes. ``added_by``: a name, or the id of a system. ``door``: page, api, command, system,
    unknown; ``path``: in the folder that was brought. ``author``, ``written_on`` (YYYY-MM-DD): as the file says.
    ``flags``: what its reading noticed (workshop.FLAGS) → how many times. ``newer``: id of the document that has
    taken its place, ``newer_name`` its name; ``former``: of the one whose file it was before it changed;
    ``versions``:
    how many former versions it has. ``owner``: who looks after it; ``review_on``, ``keep_until``, ``cited_on``:
    days,
    empty without. ``standing``: what whoever relies on it must know today. ``antivirus``: what it said, {verdict:
    clean,
    infected or unseen; name, by, at}; None: none looked. ``personal``: kind of personal data → how many different
    ones its reading found; None: not examined."""

    id: str
    space: str
    name: str
    state: str
    size: int
    added_at: datetime
    pages: int | None = None
    passages: int = 0
    embedded: int = 0
    reason: tuple[str, dict[str, Any]] | None = None
    format: str = ""
    sha256: str = ""
    added_by: str = ""
    door: str = "unknown"
    path: str = ""
    author: str = ""
    written_on: str = ""
    tags: tuple[str, ...] = ()
    flags: Mapping[str, int] = field(default_factory=dict)
    newer: str = ""
    former: str = ""
    antivirus: Mapping[str, str] | None = None
    personal: Mapping[str, int] | None = None
    newer_name: str = ""
    versions: int = 0
    owner: str = ""
    review_on: str = ""
    keep_until: str = ""
    cited_on: str = ""
    standing: tuple[Standing, ...] = ()


@dataclass(frozen=True)
class ShelfPage:
    """Page ``number`` of ``pages`` of a space's list: ``rows``, out of ``total`` that match. ``facets``: what the
    whole space holds."""

    rows: tuple[DocumentRow, ...]
    total: int
    number: int
    pages: int
    facets: Facets


class Cataloguing(Protocol):
    """Documents looked through and handled many at a time. Rights are checked inside."""

    async def page(self, actor: Actor, space: str, wanted: Wanted, number: int = 1, size: int = 50) -> ShelfPage:
        """A page beyond the last is the last."""
        ...

    async def shown(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        """Those the actor may see, in that order."""
        ...

    async def matching(self, actor: Actor, space: str, wanted: Wanted) -> list[str]:
        """Ids of all documents of a list."""
        ...

    async def erasable(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        """Those the actor may delete."""
        ...

    async def tag(
        self, actor: Actor, documents: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> int:
        """All of it or nothing; how many documents."""
        ...

    async def delete(self, actor: Actor, documents: Sequence[str]) -> int:
        """All of them or none; how many."""
        ...


class Finds(Protocol):
    """Looking for words in the documents one may read."""

    async def find(
        self,
        actor: Actor,
        text: str,
        spaces: Sequence[str] = (),
        wanted: Wanted = ...,
        page: int = 1,
        size: int = 20,
    ) -> Finding: ...

    async def choices(self, actor: Actor) -> tuple[list[str], list[str]]:
        """(formats, tags) to filter by."""
        ...
