"""A list of people brought at once: looked at whole, then added whole, or not at all."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from demeure.gateway.directory import LINK_MINUTES
from demeure.identity import Groups, People, PeopleFile, PeopleFileWrong, Person, read_people
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import Action, Actor, Resource, decide

_SHOWN = 3


@dataclass(frozen=True)
class Brought:
    """``links``: the token of each one's invitation, in the order of ``people``."""

    people: list[Person]
    links: list[str]


class ImportRoom:
    """What the page and the command call; any task."""

    def __init__(self, people: People, groups: Groups, journal: Journal) -> None:
        self._people, self._groups, self._journal = people, groups, journal

    async def look(self, actor: Actor, data: bytes) -> PeopleFile:
        """What would be added, and the lines that cannot be. Adds nobody. Raises PeopleFileInvalid, Denied."""
        decide(actor, Action.PEOPLE_ADMINISTER, Resource("house")).require()
        return await asyncio.to_thread(self._look, data)

    def _look(self, data: bytes) -> PeopleFile:
        logins = [person.login for person in self._people.everyone()]
        return read_people(data, logins, {group.name: group.id for group in self._groups.all()})

    async def bring(self, actor: Actor, data: bytes) -> Brought:
        """Everybody of the file, each with their link, in one transaction. Raises PeopleFileInvalid,
        PeopleFileWrong (nobody is added when one line is wrong), LoginTaken, Denied."""
        decision = decide(actor, Action.PEOPLE_ADMINISTER, Resource("house"))
        draft = Draft(
            kind="administration",
            name="people-imported",
            chain=uuid4().hex,
            actor=actor.id,
            decision=decision.rule,
        )

        def work() -> list[tuple[Person, str]]:
            found = self._look(data)
            if found.mistakes:
                first = found.mistakes[:_SHOWN]
                raise PeopleFileWrong(
                    count=len(found.mistakes),
                    detail=" ".join(f"Ligne {one.line} : {one.fr}" for one in first),
                    detail_en=" ".join(f"Line {one.line}: {one.en}" for one in first),
                )
            return self._people.add_all(found.entries, actor.id, LINK_MINUTES)

        async with written(self._journal, draft, decision) as acting:
            made = await asyncio.to_thread(work)
            acting.object = f"{len(made)}: {' '.join(person.id for person, _ in made)}"[:400]
        return Brought([person for person, _ in made], [token for _, token in made])
