"""The ports by which pages and commands tend a space and keep documents ready, and what they tell as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from demeure.assistant.dossier import Ready
from demeure.assistant.sources import place_label
from demeure.library import Compared, Document, NearlySame, Report, Shown, Versions
from demeure.policy import Actor

WHY = ("number", "change", "period", "stage", "text", "unmarked", "person")
"""What may tell that a document is a version of another."""


class Tends(Protocol):
    """Versions, and who looks after documents. Rights are checked inside; what is not visible does not exist."""

    async def versions(self, actor: Actor, document: str) -> Versions: ...

    async def near(self, actor: Actor, document: str) -> list[NearlySame]:
        """Documents of the same space that say nearly the same, nearest first."""
        ...

    async def candidates(self, actor: Actor, document: str, text: str = "") -> list[Shown]:
        """Documents of the same space that might be another version, likeliest first."""
        ...

    async def care(self, actor: Actor, documents: Sequence[str], values: Mapping[str, str]) -> int:
        """``owner``, ``review_on``, ``keep_until`` of documents of one space: all of them or none; how many."""
        ...

    async def replaces(self, actor: Actor, document: str, former: str) -> None:
        """``document`` takes the place of ``former``."""
        ...

    async def apart(self, actor: Actor, document: str, former: str) -> None:
        """``document`` is not a version of ``former``, and nobody is asked again."""
        ...


class Compares(Protocol):
    """Two documents one may read, compared."""

    async def compare(self, actor: Actor, former: str, newer: str) -> Compared: ...


class Examines(Protocol):
    """The health of a space."""

    async def report(self, actor: Actor, space: str, limit: int = 50) -> Report:
        """With names for who manages the space; numbers alone for who administers the house."""
        ...

    async def gather(self, actor: Actor, space: str, wanted: bool) -> None:
        """Gather questions without an answer from now on, or no more."""
        ...


class Keeping(Protocol):
    """Documents kept ready for questions. Rights are asked inside."""

    async def ready(self, actor: Actor, document: str) -> Ready:
        """How ready a document is. Raises DocumentUnknown."""
        ...

    async def pin(self, actor: Actor, document: str, *, keep: bool) -> Ready:
        """Keep it ready from now on, or no longer. Raises DocumentUnknown, Denied."""
        ...

    async def bring(self, actor: Actor, documents: Sequence[str]) -> bool:
        """What is kept ready of them waits for the question being written; does anything? Raises DocumentUnknown,
        Denied, EngineDown, EngineRefused."""
        ...

    async def room(self) -> tuple[int, int]:
        """How many documents are kept ready, and their bytes on the disk."""
        ...


def brief(one: Shown | Document) -> dict[str, Any]:
    """A document in a few words, JSON-able."""
    row = one.document if isinstance(one, Shown) else one
    return {"id": row.id, "name": row.name, "added_at": row.added_at, "period": [row.begins, row.ends]}


def versions_data(found: Versions, near: Sequence[NearlySame]) -> dict[str, Any]:
    """JSON-able. ``versions``: newest first."""
    return {
        "versions": [brief(one) | _linked(found, one) for one in found.line],
        "proposed": [_pair(link, other) for link, other in found.asked],
        "refused": [_pair(link, other) for link, other in found.apart],
        "near": [brief(one.shown) | {"share": one.share} for one in near],
    }


def _linked(found: Versions, one: Shown) -> dict[str, Any]:
    link = found.links.get(one.document.id)
    return {"replaces": link.former if link else None, "why": link.why if link else None}


def _pair(link: Any, other: Shown) -> dict[str, Any]:
    return {"document": link.document, "former": link.former, "why": link.why, "other": brief(other)}


def comparison_data(compared: Compared, language: str) -> dict[str, Any]:
    """JSON-able."""
    found = compared.found

    def place(of: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return None if of is None else {"place": dict(of), "label": place_label(of, language)}

    return {
        "former": brief(compared.former),
        "newer": brief(compared.newer),
        "added": found.added,
        "removed": found.removed,
        "same": round(found.share, 3),
        "cut": found.cut,
        "changes": [
            {
                "former": place(change.former),
                "newer": place(change.newer),
                "before": change.before,
                "runs": [{"kind": run.kind, "text": run.text.strip()} for run in change.runs],
                "after": change.after,
            }
            for change in found.changes
        ],
    }


def report_data(report: Report) -> dict[str, Any]:
    """JSON-able. ``rows``: the first of each kind; none for who may not see names."""
    rows: dict[str, list[dict[str, Any]]] = {
        kind: [brief(one.document) | _row_data(one) for one in found] for kind, found in report.rows.items()
    }
    return {
        "space": report.space,
        "name": report.name,
        "documents": report.documents,
        "counts": dict(report.counts),
        "rows": rows,
        "proposed": [
            {"document": brief(one.document), "former": brief(one.former), "why": one.link.why}
            for one in report.proposed
        ],
        "near": [{"share": one.share, "documents": [brief(row) for row in one.documents]} for one in report.twins],
        "questions": [vars(gap) for gap in report.gaps],
        "gathers_since": report.gathers or None,
        "names": report.whole,
    }


def _row_data(one: Any) -> dict[str, Any]:
    row = one.document
    return {
        "reason": row.reason[0] if row.reason else None,
        "owner": row.owner or None,
        "review_on": row.review_on or None,
        "keep_until": row.keep_until or None,
        "cited_on": row.cited_on or None,
        "newer": one.newer or None,
    }
