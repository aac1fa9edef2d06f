"""The built-in course, that everybody follows for themselves; who followed it, for those who answer for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from demeure.accountability import Course, CourseRecords, Followed, Marked, courses, marked
from demeure.accountability.errors import CourseNotPassed, CourseUnknown
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import Action, Actor, Resource, decide

FOLLOWED = "course-followed"


@dataclass
class CourseRoom:
    """Any task."""

    kept: CourseRecords
    journal: Journal

    async def mine(self, actor: Actor) -> tuple[list[Course], list[Followed]]:
        """The courses of one's roles, and the times one answered."""
        decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id)).require()
        return _courses(actor), await asyncio.to_thread(self.kept.of, actor.id)

    async def answer(self, actor: Actor, course: str, answers: Sequence[int | None]) -> Marked:
        """Kept with its date, passed or not. Raises CourseUnknown."""
        known = _courses(actor)
        one = next((found for found in known if found.id == course), None)
        if one is None:
            raise CourseUnknown(course=course[:40], known=", ".join(found.id for found in known))
        found, chain = marked(one, answers), uuid4().hex
        decision = decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id))
        draft = Draft(
            kind="administration",
            name=FOLLOWED,
            chain=chain,
            actor=actor.id,
            object=f"{one.id} right={found.right} asked={found.asked} passed={'yes' if found.passed else 'no'}",
            decision=decision.rule,
        )
        async with written(self.journal, draft, decision):
            await asyncio.to_thread(self.kept.keep, actor.id, one, found, chain)
        return found

    async def passed(self, actor: Actor, course: str) -> tuple[Course, Followed]:
        """The last time one passed it, as it is taught now. Raises CourseUnknown, CourseNotPassed."""
        known, followed = await self.mine(actor)
        one = next((found for found in known if found.id == course), None)
        if one is None:
            raise CourseUnknown(course=course[:40], known=", ".join(found.id for found in known))
        for row in followed:
            if row.passed and row.course == one.id and row.digest == one.digest:
                return one, row
        raise CourseNotPassed()

    async def everybody(self, actor: Actor) -> list[Followed]:
        """Newest first. Raises Denied."""
        decide(actor, Action.REGISTER_READ, Resource("register")).require()
        return await asyncio.to_thread(self.kept.of)


def _courses(actor: Actor) -> list[Course]:
    """Those of any of the actor's roles."""
    return [one for one in courses() if one.roles & {str(role) for role in actor.roles}]
