"""The class of a space and of a document, and what a legal hold keeps: decided, journalled, then written.

A document is never of a lower class than its space; raising is for whoever manages the space, lowering for the
roles that the class itself names.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from demeure.errors import InputError
from demeure.identity import ClassUnknown, SpaceUnknown
from demeure.journal import Draft, Journal
from demeure.library import Document, DocumentUnknown, Space, about, written
from demeure.policy import (
    LOWERS,
    RAISES,
    Action,
    Actor,
    Decision,
    Force,
    Resource,
    Right,
    SensitivityClass,
    decide,
    in_force,
)

CLASSED = (
    "visa-registered",
    "space-class",
    "document-class",
    "space-hold",
    "document-hold",
    "space-release",
    "document-release",
)
"""Entries of these changes."""
WHY, VISA_NUMBER = 300, 60
"""Characters, at most."""


class Kept(Protocol):
    """What identity's Policies keeps of classes and holds. Everything blocks."""

    def load(self) -> Force: ...

    def class_space(self, space: str, sensitivity: str) -> None: ...

    def class_document(self, document: str, sensitivity: str) -> None: ...

    def held(self, space: str) -> str: ...

    def hold_space(self, space: str, why: str) -> None: ...

    def hold_document(self, document: str, why: str) -> None: ...

    def visa(self, space: str, document: str, number: str) -> None: ...


class Rights(Protocol):
    """What identity's Membership tells. Blocks."""

    def right(self, actor: Actor, space: str) -> Right: ...


class Rows(Protocol):
    """What the library's Shelf tells. Blocks."""

    def space(self, space: str) -> Space | None: ...

    def document(self, document: str) -> Document | None: ...


@dataclass(frozen=True)
class Classed:
    """``sensitivity``: in force for it; ``floor``: the lowest it may have (a document's space); ``choices``:
    classes that the actor may give it; ``held``: why it may not be destroyed; ``may_hold``: may they say so?"""

    sensitivity: SensitivityClass
    floor: SensitivityClass
    choices: tuple[SensitivityClass, ...]
    held: str
    may_hold: bool


class Classing:
    """Composed by the gateway; concurrent calls are welcome."""

    def __init__(self, kept: Kept, rights: Rights, rows: Rows, journal: Journal) -> None:
        self._kept, self._rights, self._rows, self._journal = kept, rights, rows, journal
        self._one = asyncio.Lock()  # what is raised is not raised from a class that another has changed meanwhile

    # -- spaces ---------------------------------------------------------------------------------------------------

    async def of_space(self, actor: Actor, space: str) -> Classed:
        """Raises SpaceUnknown, also for a space that the actor may not see."""
        return await asyncio.to_thread(self._of_space, actor, space)

    def _of_space(self, actor: Actor, space: str) -> Classed:
        base = self._space(actor, space)
        force = in_force()
        now = force.policy.sensitivity(force.class_of(space))
        return self._classed(actor, Action.SPACE_CLASS, base, now, force.policy.classes[0], self._kept.held(space))

    def _space(self, actor: Actor, space: str) -> Resource:
        row, right = self._rows.space(space), self._rights.right(actor, space)
        if row is None or right is Right.NONE:
            raise SpaceUnknown(space=space)
        return Resource("space", space, row.name, space, right=right)

    async def class_space(self, actor: Actor, space: str, sensitivity: str) -> bool:
        """Was it changed, or said again? True. Raises SpaceUnknown, Denied, ClassUnknown."""
        async with self._one:
            return await self._class_space(actor, space, sensitivity)

    async def _class_space(self, actor: Actor, space: str, sensitivity: str) -> bool:
        base, force = await asyncio.to_thread(self._space, actor, space), in_force()
        now = force.policy.sensitivity(force.class_of(space))
        wanted = await self._wanted(actor, Action.SPACE_CLASS, base, now, sensitivity)
        decision = decide(actor, Action.SPACE_CLASS, _change(base, now, wanted))
        told = {"from": now.id, "to": wanted.id}
        await self._act(
            *(actor, decision, "space-class", space, f"{space} {wanted.id}"),
            lambda: self._kept.class_space(space, wanted.id),
            told,
        )
        return True

    # -- documents ------------------------------------------------------------------------------------------------

    async def of_document(self, actor: Actor, document: str) -> Classed:
        """Raises DocumentUnknown, also for one that the actor may not see."""
        return await asyncio.to_thread(self._of_document, actor, document)

    def _of_document(self, actor: Actor, document: str) -> Classed:
        row, base = self._document(actor, document)
        force = in_force()
        now = force.policy.sensitivity(force.class_of(row.space, row.sensitivity))
        floor = force.policy.sensitivity(force.class_of(row.space))
        held = row.held or self._kept.held(row.space)
        return self._classed(actor, Action.DOCUMENT_CLASS, base, now, floor, held)

    def _document(self, actor: Actor, document: str) -> tuple[Document, Resource]:
        row = self._rows.document(document)
        if row is None or row.leaving:
            raise DocumentUnknown()
        base = about(row, self._rights.right(actor, row.space))
        if not decide(actor, Action.DOCUMENT_READ, base).allowed:
            raise DocumentUnknown()
        return row, base

    async def class_document(self, actor: Actor, document: str, sensitivity: str) -> bool:
        """Its own class; its space's, or a lower one, takes its own away. True, as ``class_space``. Raises
        DocumentUnknown, Denied, ClassUnknown."""
        async with self._one:
            return await self._class_document(actor, document, sensitivity)

    async def _class_document(self, actor: Actor, document: str, sensitivity: str) -> bool:
        row, base = await asyncio.to_thread(self._document, actor, document)
        force = in_force()
        floor = force.policy.sensitivity(force.class_of(row.space))
        now = force.policy.sensitivity(force.class_of(row.space, row.sensitivity))
        wanted = await self._wanted(actor, Action.DOCUMENT_CLASS, base, now, sensitivity)
        wanted = max(wanted, floor, key=lambda one: one.rank)
        decision = decide(actor, Action.DOCUMENT_CLASS, _change(base, now, wanted))
        own = wanted.id if wanted.rank > floor.rank else ""
        await self._act(
            *(actor, decision, "document-class", row.space, f"{document} {wanted.id}"),
            lambda: self._kept.class_document(document, own),
            {"from": now.id, "to": wanted.id},
        )
        return True

    async def _wanted(
        self, actor: Actor, action: Action, base: Resource, now: SensitivityClass, sensitivity: str
    ) -> SensitivityClass:
        """The class of that name. Raises ClassUnknown; Denied first, for whoever may give it none."""
        try:
            return _named(sensitivity)
        except ClassUnknown:
            others = [one for one in in_force().policy.classes if one.id != now.id]
            decisions = [decide(actor, action, _change(base, now, one)) for one in others]
            if decisions and not any(decision.allowed for decision in decisions):
                await self._act(
                    *(actor, decisions[-1], str(action).replace(".", "-"), base.space, base.id), lambda: None, {}
                )
            raise

    # -- legal hold -----------------------------------------------------------------------------------------------

    async def hold_space(self, actor: Actor, space: str, why: str) -> bool:
        """Nothing of it is destroyed from now on, for the reason ``why``; empty: no longer. False: nothing was
        held, nothing is changed. Raises SpaceUnknown, Denied."""
        why = why.strip()
        base, held = await asyncio.to_thread(lambda: (self._space(actor, space), self._kept.held(space)))
        decision = decide(actor, Action.SPACE_HOLD, base)
        if decision.allowed and not why and not held:
            return False
        name = "space-hold" if why else "space-release"
        await self._act(
            *(actor, decision, name, space, space), lambda: self._kept.hold_space(space, why[:WHY]), {"why": why}
        )
        return True

    async def hold_document(self, actor: Actor, document: str, why: str) -> bool:
        """The same for one document. Raises DocumentUnknown, Denied."""
        why = why.strip()
        row, base = await asyncio.to_thread(self._document, actor, document)
        decision = decide(actor, Action.SPACE_HOLD, base)
        if decision.allowed and not why and not row.held:
            return False
        name = "document-hold" if why else "document-release"
        await self._act(
            *(actor, decision, name, row.space, document),
            lambda: self._kept.hold_document(document, why[:WHY]),
            {"why": why},
        )
        return True

    async def visa(self, actor: Actor, space: str, document: str, number: str) -> None:
        """The number of the archives' visa to destroy ``document``, or all of ``space``; empty: taken back. Raises
        InputError (longer than VISA_NUMBER), SpaceUnknown, DocumentUnknown, Denied."""
        number = number.strip()
        if (size := len(number)) > VISA_NUMBER:  # cut short, it would be the number of another visa
            fr = f"un numéro de visa a {VISA_NUMBER}\u00a0caractères au plus, celui-ci en a {size}"
            en = f"a visa’s number has {VISA_NUMBER} characters at most, this one has {size}"
            raise InputError(detail=fr, detail_en=en)
        if document:
            row, base = await asyncio.to_thread(self._document, actor, document)
            space = row.space
        else:
            base = await asyncio.to_thread(self._space, actor, space)
        decision = decide(actor, Action.SPACE_HOLD, base)
        await self._act(
            *(actor, decision, "visa-registered", space, document or space),
            lambda: self._kept.visa(space, document, number),
            {"visa": number},
        )

    # -- shared ---------------------------------------------------------------------------------------------------

    def _classed(
        self,
        actor: Actor,
        action: Action,
        base: Resource,
        now: SensitivityClass,
        floor: SensitivityClass,
        held: str,
    ) -> Classed:
        classes = [one for one in in_force().policy.classes if one.rank >= floor.rank and one.id != now.id]
        may = [one for one in classes if decide(actor, action, _change(base, now, one)).allowed]
        holds = decide(actor, Action.SPACE_HOLD, base).allowed
        return Classed(now, floor, tuple(may), held, holds)

    async def _act(
        self,
        actor: Actor,
        decision: Decision,
        name: str,
        space: str,
        touched: str,
        work: Callable[[], None],
        told: dict[str, Any],
    ) -> None:
        draft = Draft(
            kind="administration",
            name=name,
            phase="intention",
            chain=uuid4().hex,
            actor=actor.id,
            space=space,
            object=touched,
            decision=decision.rule,
            payload=json.dumps(told, ensure_ascii=False).encode(),
        )
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(work)
            await asyncio.to_thread(self._kept.load)


def _named(sensitivity: str) -> SensitivityClass:
    classes = in_force().policy.classes
    found = next((one for one in classes if one.id == sensitivity), None)
    if found is None:
        raise ClassUnknown(name=sensitivity[:40], known=", ".join(one.id for one in classes))
    return found


def _change(base: Resource, now: SensitivityClass, wanted: SensitivityClass) -> Resource:
    """What policy is asked: out of the class that it leaves, into the one that it rises to."""
    if wanted.rank < now.rank:
        return replace(base, sensitivity=now.id, marks=frozenset({LOWERS}))
    return replace(base, sensitivity=wanted.id, marks=frozenset({RAISES}))


class Things:
    """What an object is called by people → what policy is asked about it: ``space:ID``, ``document:ID``,
    ``class:ID`` (a conversation of one's own of that class; ``.pdf`` after it: as such a file), or the house."""

    def __init__(self, rights: Rights, rows: Rows) -> None:
        self._rights, self._rows = rights, rows

    def called(self, actor: Actor, action: str, name: str) -> Resource:
        """Raises SpaceUnknown, DocumentUnknown, ClassUnknown, InputError. Blocks."""
        kind, _, which = name.partition(":")
        if kind == "class":
            sensitivity, _, form = which.partition(".")
            known = _named(sensitivity).id
            return Resource("conversation", which, owner=actor.id, sensitivity=known, format=form)
        if kind == "document":
            row = self._rows.document(which)
            if row is None:
                raise DocumentUnknown()
            space = self._rows.space(row.space)
            called = space.name if space is not None else row.space  # reasons speak of the space
            return about(row, self._rights.right(actor, row.space), name=called, owner=row.added_by)
        if kind == "space":
            row_of_space = self._rows.space(which)
            if row_of_space is None:
                raise SpaceUnknown(space=which)
            right = self._rights.right(actor, which)
            kind = "spaces" if action == Action.ASK else "space"
            return Resource(kind, which, row_of_space.name, which, right=right)
        if name not in ("", "house"):
            raise InputError(detail="space:ID, document:ID, class:ID, house")
        if action == Action.ASK or action.startswith("document."):
            raise InputError(
                detail="sur quoi ? space:NOM, document:ID", detail_en="on what? space:NAME, document:ID"
            )
        return Resource("house", owner=actor.id)
