"""A whole house over the real library, identity and classes, furnished after a plan of people, groups and spaces:
only the models are fakes."""

import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import httpx

from demeure.clock import SystemClock
from demeure.gateway.app import make_app
from demeure.gateway.classing import Classing, Things
from demeure.gateway.entrance import Entrance
from demeure.gateway.locale import Sentences
from demeure.gateway.policy_room import PolicyRoom
from demeure.gateway.rendering import Rendering
from demeure.gateway.rooms import ConversationMemory, LibraryCatalogue, LibraryShelves
from demeure.gateway.visit import form_token
from demeure.identity import Person, Policies, grant_in
from demeure.identity.membership import grant_group_in
from demeure.library import Viewing
from demeure.policy import Right, Role
from demeure.settings import Settings
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.house import ADMINISTRATOR, SmallHouse, pieces, small_house
from demeure.testing.identity import CHEAP
from demeure.workshop import PageAbsent, PageImage

RENDERING = Rendering(Sentences.load())
PORT = 8420
SPACES, PEOPLE, GROUPS = 3, 3, 2
HOLDERS = [f"p{n}" for n in range(PEOPLE)] + [f"g{n}" for n in range(GROUPS)]


@dataclass
class Plan:
    """``given[space][holder]``: a right; holders are ``p0`` … and ``g0`` …; ``inside``: people of each group."""

    roles: Sequence[Role]
    documents: Sequence[int]
    inside: list[frozenset[int]]
    given: Sequence[Mapping[str, Right]]

    def right(self, space: int, person: int) -> Right:
        """Computed apart from the house: the highest of one's own and one's groups', as far as one's role goes."""
        theirs = [self.given[space][f"p{person}"]]
        theirs += [self.given[space][f"g{g}"] for g in range(GROUPS) if person in self.inside[g]]
        role = self.roles[person]  # some manage no space
        highest = Right.CONTRIBUTE if role in (Role.DPO, Role.ELECTED) else Right.MANAGE
        return min(max(theirs), highest)


@dataclass
class Town:
    """A whole house with its plan applied. ``secrets[space]``: what nobody else may see; ``opened``: the space
    databases opened since it was last emptied."""

    small: SmallHouse
    entrance: Entrance
    client: httpx.AsyncClient
    spaces: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    documents: list[list[str]] = field(default_factory=list)
    secrets: list[list[str]] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)

    def token(self, person: int) -> str:
        return form_token(self.sessions[person])

    async def send(self, person: int, method: str, path: str, **request: Any) -> httpx.Response:
        session = self.sessions[person]
        headers = {"Cookie": f"demeure-session-{PORT}={session}", "X-Demeure-Token": form_token(session)}
        return await self.client.request(method, path, headers=headers, **request)


class NoPicture:
    """A text has no page to draw."""

    async def render(self, *_: object, **__: object) -> PageImage:
        raise PageAbsent(page=1, pages=0)


def echo(messages: Sequence[Mapping[str, str]]) -> str:
    """Whatever reached the model reaches the reader."""
    return " ".join(message["content"] for message in messages)


@contextlib.asynccontextmanager
async def built(plan: Plan, folder: Path) -> AsyncGenerator[Town]:
    async with small_house(folder) as small:
        small.engine.script = echo
        clock, shelf = SystemClock(), small.shelf
        entrance = Entrance(small.instance.house, clock, Settings(), small.journal, parameters=CHEAP)
        kept, rights = Policies(small.instance.house, clock), entrance.membership
        things = Things(rights, shelf).called
        house = replace(
            make_house(FakeRooms(), rendering=RENDERING, port=PORT),
            **entrance.ports(),
            shelves=LibraryShelves(small.library),
            catalogue=LibraryCatalogue(small.catalogue),
            tending=small.tending,
            comparing=small.comparing,
            health=small.health,
            viewer=Viewing(
                library=small.library,
                rooms=small.rooms,
                shelf=small.shelf,
                membership=entrance.membership,
                journal=small.journal,
                renderer=NoPicture(),
                clock=clock,
            ),
            assistant=small.assistant,
            memory=ConversationMemory(small.conversations, small.history, entrance.membership),
            tasks=small.tasks.tasks,
            works=small.tasks.listing,
            playback=small.tasks.playback,
            journal=small.journal,
            classing=Classing(kept, rights, shelf, small.journal),
            policy=PolicyRoom(kept, small.journal, clock, who=entrance.actor, things=things),
            words=small.words,
            dossiers=small.ready.dossiers,
        )
        transport = httpx.ASGITransport(make_app(house))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{PORT}") as client:
            town = Town(small, entrance, client)
            await furnish(town, plan)
            yield town
        await entrance.aclose()


async def furnish(town: Town, plan: Plan) -> None:
    for number, role in enumerate(plan.roles):
        person = town.entrance.people.add(f"Personne {number}", f"personne{number}", role)
        town.people.append(person)
        town.sessions.append(town.entrance.people.redeem(town.entrance.people.create_link(person.id)).token)
    for number, inside in enumerate(plan.inside):
        group = town.entrance.groups.add(f"Groupe {number}")
        town.groups.append(group.id)
        for person_number in inside:
            town.entrance.groups.put(group.id, town.people[person_number].id)
    for number, count in enumerate(plan.documents):
        title = f"Espace TITRE{number}CANARI"
        space = await town.small.library.create_space(ADMINISTRATOR, title)
        town.spaces.append(space.id)
        town.titles.append(title.split()[1])
        names = [f"NOM{number}{n}CANARI" for n in range(count)]
        codes = [f"CODE{number}{n}CANARI" for n in range(count)]
        town.secrets.append([*names, *codes])
        rows = []
        for name, code in zip(names, codes, strict=True):
            text = f"Le code de la porte du service est {code}. Réunion le mardi."
            added = await town.small.library.add(ADMINISTRATOR, space.id, f"{name}.txt", pieces(text.encode()))
            rows.append((await town.small.outlined(added.id)).id)  # type: ignore[union-attr]
        town.documents.append(rows)
    apply(town, plan)


def apply(town: Town, plan: Plan) -> None:
    for space, holder in product(range(SPACES), HOLDERS):
        right, place = plan.given[space][holder], int(holder[1:])
        with town.small.instance.house.write() as connection:
            if holder[0] == "p":
                grant_in(connection, town.spaces[space], town.people[place].id, right)
            else:
                grant_group_in(connection, town.spaces[space], town.groups[place], right)
