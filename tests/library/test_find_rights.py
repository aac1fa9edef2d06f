"""Random people, spaces and canaries: nothing of a space one cannot read comes out of finding, lists, tags."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from demeure.errors import DemeureError
from demeure.identity import Membership
from demeure.library import Document, Wanted
from demeure.policy import Actor, Right, Role
from demeure.store.tables import people
from demeure.testing.house import ADMINISTRATOR, SmallHouse, pieces, small_house

SYLLABLES = ("bra", "cou", "zim", "lor", "pex", "tan", "gul", "vir", "dom", "fez", "nuk", "sal")
COMMON = "Le conseil municipal examine la convention, selon l’article {n}, dossier 2026/{n}."


def canary(chance: random.Random) -> str:
    return "".join(chance.sample(SYLLABLES, 4))


def misspelt(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


async def furnish(house: SmallHouse, chance: random.Random) -> tuple[dict[str, list[str]], list[Actor]]:
    """Four spaces with three documents each, a canary in each text, name, tag; six people with random rights."""
    canaries: dict[str, list[str]] = {}
    for number in range(4):
        space = await house.library.create_space(ADMINISTRATOR, f"Espace {canary(chance)}")
        canaries[space.id] = [space.name.split()[1]]
        for n in range(3):
            said, named, tagged, authored = (canary(chance) for _ in range(4))
            text = f"{COMMON.format(n=100 + number * 10 + n)} Le mot {said} est écrit ici. {said} encore."
            added = await house.library.add(ADMINISTRATOR, space.id, f"{named}.txt", pieces(text.encode()))
            assert isinstance(added, Document)
            await house.settled(added.id, ("searchable", "ready"))
            await house.catalogue.tag(ADMINISTRATOR, [added.id], add=[tagged])
            house.shelf.update(added.id, author=authored)
            canaries[space.id] += [said, named, tagged, authored, added.id]
    membership, actors = Membership(house.instance.house), []
    for number in range(6):
        actor = Actor("person", f"p{number}", f"Personne {number}", frozenset({Role.AGENT}))
        row = {"id": actor.id, "name": actor.name, "login": actor.id, "role": "agent", "created_at": "2026"}
        with house.instance.house.write() as db:
            db.execute(people.insert().values(row))
        for space in canaries:
            right = chance.choice(list(Right))
            if right is not Right.NONE:
                membership.grant(space, actor.id, right)
        actors.append(actor)
    return canaries, actors


async def everything(house: SmallHouse, actor: Actor, words: list[str], spaces: list[str], ids: list[str]) -> str:
    """All that this person can be shown, by every way in, as one text (without the words they typed)."""
    shown: list[Any] = []
    for word in words:
        for wanted in (
            Wanted(),
            Wanted(tag=word),
            Wanted(author=word),
            Wanted(format="txt"),
            Wanted(document=word),
        ):
            for among in ([], spaces):
                found = await house.finder.find(actor, word, among, wanted)
                shown += [found.documents, (found.meant or "").replace(word, "")]  # what one typed is one's own
                if not found.documents:
                    assert found.total == found.whole == 0
    shown.append(await house.finder.choices(actor))
    for space in spaces:
        for call in (
            house.catalogue.page(actor, space, Wanted()),
            house.catalogue.matching(actor, space, Wanted()),
        ):
            try:
                shown.append(await call)
            except DemeureError as problem:
                shown.append(problem.sentence("fr").replace(space, ""))
    shown += [await house.catalogue.shown(actor, ids), await house.catalogue.erasable(actor, ids)]
    shown.append([s.name for s, _ in await house.library.spaces(actor)])
    return repr(shown)


@pytest.mark.parametrize("seed", [3, pytest.param(14, marks=pytest.mark.thorough)])
def test_no_canary_of_another_space_comes_out_anywhere(tmp_path: Path, seed: int) -> None:
    async def go() -> None:
        chance = random.Random(seed)
        async with small_house(tmp_path) as house:
            house.embedder.up = seed % 2 == 0
            canaries, actors = await furnish(house, chance)
            membership = Membership(house.instance.house)
            every = [word for words in canaries.values() for word in words if len(word) == 12]
            ids = [word for words in canaries.values() for word in words if len(word) == 32]
            asked = ["conseil municipal", "« convention »", "article 100", "2026/111", *chance.sample(every, 6)]
            asked += [misspelt(word, chance) for word in chance.sample(every, 6)]
            for actor in actors:
                readable = {place.id for place in membership.spaces(actor)}
                text = await everything(house, actor, asked, list(canaries), ids)
                for space, words in canaries.items():
                    for word in words:
                        assert space in readable or word not in text, (actor.id, word)
                if readable:
                    mine = next(iter(readable))
                    assert canaries[mine][2] in text, "the control: what one may read does come out"
                with pytest.raises(DemeureError):
                    other = next(
                        (i for s, w in canaries.items() if s not in readable for i in w if len(i) == 32), "x"
                    )
                    await house.catalogue.tag(actor, [other], add=["x"])
            told = [
                json.loads(await house.journal.payload(e.index)) for e in house.journal.named("documents-sought")
            ]
            assert all(set(one["spaces"]) <= set(canaries) for one in told)
            for entry, one in zip(house.journal.named("documents-sought"), told, strict=True):
                actor = next(a for a in actors if a.id == entry.actor)
                assert set(one["spaces"]) <= {place.id for place in membership.spaces(actor)}

    asyncio.run(go())
