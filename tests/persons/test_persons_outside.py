"""The answer to who asks for their data says what the house keeps of who they are elsewhere."""

import asyncio
import io
import json
import zipfile
from pathlib import Path

from demeure.policy import Actor, Role
from demeure.store.account_tables import outside_people, provider_people
from demeure.store.tables import people
from demeure.testing.house import SmallHouse, small_house
from demeure.testing.persons import NoPayloads, person_room

DPO = Actor("person", "dpo0", "Anne Petit", frozenset({Role.DPO}))
WHO, OTHER = "Maëlys Quervalouette", "Gwendal Tanguy"
DN = "CN=Maëlys Quervalouette,OU=agents,DC=mairie,DC=lan"


def known_elsewhere(house: SmallHouse, person: str, name: str, dn: str, subject: str) -> None:
    with house.instance.house.write() as db:
        row = {"id": person, "name": name, "login": person, "created_at": "2026-01-02T00:00:00", "role": "agent"}
        db.execute(people.insert().values(**row))
        entry = {"source": "mairie", "key": f"k-{person}", "person": person, "dn": dn}
        db.execute(outside_people.insert().values(**entry))
        linked = {"provider": "proconnect", "subject": subject, "person": person, "at": "2026-02-03T00:00:00"}
        db.execute(provider_people.insert().values(**linked))


async def answered(house: SmallHouse, kind: str) -> dict[str, str]:
    """Name → text of each file of the zip."""
    room = person_room(house, house.journal, NoPayloads())
    one = await room.requests.open(DPO, kind, [WHO], "courrier du 2")
    await room.requests.search(DPO, one.number)
    made = await room.exporting.export(DPO, one.number, "fr", lambda key, **_: key)
    with zipfile.ZipFile(io.BytesIO(made.data)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def test_the_directory_and_the_provider_are_in_the_answer(tmp_path: Path) -> None:
    async def law() -> None:
        async with small_house(tmp_path, work=False) as house:
            known_elsewhere(house, "maelys", WHO, DN, "sub-1789")
            known_elsewhere(house, "gwendal", OTHER, "CN=Gwendal Tanguy,DC=lan", "sub-other")
            for kind in ("access", "portability"):
                files = await answered(house, kind)
                (account,) = (text for name, text in files.items() if name.startswith("account/"))
                told = json.loads(account.partition("\n\n")[2])
                assert told["directories"] == [{"directory": "mairie", "dn": DN, "key": "k-maelys"}]
                since = "2026-02-03T00:00:00"
                assert told["providers"] == [{"provider": "proconnect", "subject": "sub-1789", "since": since}]
                whole = "".join(files.values())
                assert ("persons.readme_portability" in whole) is (kind == "portability")
                assert "Gwendal" not in whole and "sub-other" not in whole and "k-gwendal" not in whole

    asyncio.run(law())
