"""Two people of one name are told apart, where one is chosen and where one is named."""

import asyncio
from pathlib import Path

from demeure.policy import Role
from demeure.settings import Settings

from .test_second_factor import Town, held


def test_two_of_one_name_have_their_login_beside_it(tmp_path: Path) -> None:
    town = Town(tmp_path, Settings())
    dpo = town.people.add("Dora Lemaire", "dora", Role.DPO)
    twin = town.people.add("Anne Petit", "anne.petit")

    async def law() -> None:
        named = await town.entrance.directory.people_named(dpo.actor)
        assert (named[town.anne.id], named[twin.id]) == ("Anne Petit (anne)", "Anne Petit (anne.petit)")
        assert named[town.jean.id] == "Jean Roux"
        town.people.keep_password(dpo.id, town.entrance.passwords._hasher.hash("x" * 20))
        session = held(await town.sign_in("dora", "x" * 20))
        page = (await town.get(session, "/droits/lectures")).text
        assert ">Anne Petit (anne)<" in page and ">Anne Petit (anne.petit)<" in page

    try:
        asyncio.run(law())
    finally:
        asyncio.run(town.entrance.aclose())
        town.instance.close()
