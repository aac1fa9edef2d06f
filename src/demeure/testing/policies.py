"""The versions of a policy and the classes of spaces in memory, behind the gateway's port."""

from dataclasses import dataclass, field, replace
from typing import Any

from demeure.identity import PolicyMoved, PolicyUnknown, PolicyVersion
from demeure.library import Document, Space
from demeure.policy import (
    Actor,
    Force,
    Policy,
    PolicyWaits,
    Right,
    default_policy,
    in_force,
    put_in_force,
    read_policy,
)

AT = "2026-11-26T12:00:00.000000Z"


@dataclass
class MemoryPolicies:
    """``rows``: versions by number; ``spaces``, ``documents``: their classes; ``unclassed``: how many spaces have
    none; ``why``: what is held."""

    rows: dict[int, PolicyVersion] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    visas: dict[str, str] = field(default_factory=dict)
    unclassed: int = 0

    def load(self) -> Force:
        force = Force(read_policy(self.current().text, anew=False), dict(self.spaces), held=frozenset(self.why))
        put_in_force(replace(force, writer=in_force().writer))
        return in_force()

    def current(self) -> PolicyVersion:
        return next(one for one in self.history() if one.applied_at or not one.number)

    def history(self) -> list[PolicyVersion]:
        first = PolicyVersion(0, default_policy().digest, default_policy().text)
        return [*sorted(self.rows.values(), key=lambda one: -one.number), first]

    def version(self, number: int) -> PolicyVersion:
        found = next((one for one in self.history() if one.number == number), None)
        if found is None:
            raise PolicyUnknown(number=number)
        return found

    def waiting(self) -> PolicyVersion | None:
        return next((one for one in self.history() if one.waits and one.number), None)

    def next_number(self) -> int:
        return max(self.rows, default=0) + 1

    def add(
        self,
        number: int,
        policy: Policy,
        by: str,
        *,
        after: int,
        reason: str = "",
        former: int | None = None,
        apply: bool,
    ) -> None:
        if self.current().number != after or number in self.rows:
            raise PolicyMoved()
        if (waiting := self.waiting()) is not None:
            raise PolicyWaits(number=waiting.number)
        made = PolicyVersion(number, policy.digest, policy.text, reason, former, by, AT)
        self.rows[number] = replace(made, applied_at=AT if apply else "")

    def approve(self, number: int, by: str) -> None:
        self._settle(number, approved_by=by, applied_at=AT)

    def drop(self, number: int) -> None:
        self._settle(number, dropped_at=AT)

    def _settle(self, number: int, **values: str) -> None:
        if number not in self.rows or not self.rows[number].waits:
            raise PolicyMoved()
        self.rows[number] = replace(self.rows[number], **values)  # type: ignore[arg-type] # names of its fields

    def classed_documents(self) -> dict[str, str]:
        return {document: own for document, own in self.documents.items() if own}

    def unclassed_spaces(self) -> int:
        return self.unclassed

    def class_space(self, space: str, sensitivity: str) -> None:
        self.spaces[space] = sensitivity

    def class_document(self, document: str, sensitivity: str) -> None:
        self.documents[document] = sensitivity

    def held(self, space: str) -> str:
        return self.why.get(space, "")

    def hold_space(self, space: str, why: str) -> None:
        self.why.pop(space, None)
        self.why |= {space: why} if why else {}

    def visa(self, space: str, document: str, number: str) -> None:
        self.visas[document or space] = number

    def hold_document(self, document: str, why: str) -> None:
        self.hold_space(document, why)


class FakeRights:
    """Everybody manages every space that the fake shelves have."""

    def __init__(self, shelves: Any, kept: MemoryPolicies) -> None:
        self._shelves, self._kept = shelves, kept

    def right(self, actor: Actor, space: str) -> Right:
        del actor
        return Right.MANAGE if space in self._shelves.names else Right.NONE

    def space(self, space: str) -> Space | None:
        """As the library's Shelf."""
        return Space(space, self._shelves.names[space]) if space in self._shelves.names else None

    def document(self, document: str) -> Document | None:
        """As the library's Shelf."""
        row = self._shelves.rows.get(document)
        if row is None:
            return None
        own = self._kept.documents.get(document, "")
        told: dict[str, Any] = {"sensitivity": own, "held": self._kept.why.get(document, "")}
        return Document(
            row.id, row.space, row.name, row.format, 0, row.sha256, "ready", "c", row.added_by, AT, **told
        )
