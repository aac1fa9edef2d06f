"""A directory followed: seconds to read it through the airlock, say what changes, and carry it out.

    python benchmarks/directory.py [--people 5000] [--groups 20] [--json]

The directory is Debian's slapd on loopback, with StartTLS; the airlock is in its two boxes; the house's database is
a real, encrypted one. Three readings: everybody is new; nothing changes; one person in twenty left, one in ten was
renamed. The journal of the gateway is in memory here: a reading writes one entry, and one for each account closed.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import absent, finish, parser, say

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "airlock"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "directories"))

from airlock_ends import Authority
from directory_town import Town, town
from ldap_ends import BASE, READER, READER_PASSWORD, SLAPD, Slapd, certificate, group, person, slapd


def ldif(people: int, groups: int) -> tuple[str, str]:
    """``people``, and groups that hold them, each in one."""
    entries = "".join(
        person(f"agent{n}", f"Agent Numéro {n}", more=f"mail: agent{n}@mairie.test\n") for n in range(people)
    )
    named = (group(f"g{g}", *(f"agent{n}" for n in range(g, people, groups))) for g in range(groups))
    return entries, "".join(named)


def changes(people: int) -> str:
    """One in twenty leaves, one in ten has another name."""
    gone = (f"dn: uid=agent{n},ou=agents,{BASE}\nchangetype: delete\n\n" for n in range(0, people, 20))
    renamed = (
        f"dn: uid=agent{n},ou=agents,{BASE}\nchangetype: modify\nreplace: displayName\ndisplayName: Bis {n}\n\n"
        for n in range(1, people, 10)
    )
    return "".join(gone) + "".join(renamed)


async def measured(folder: Path, server: Slapd, authority: Authority, people: int, groups: int) -> dict[str, Any]:
    rows = (f'[[groups]]\ndn = "cn=g{g},ou=groupes,{BASE}"\nname = "Service {g}"\n' for g in range(groups))
    found: dict[str, Any] = {}
    async with town(folder) as there:
        more = {"answer": 256 << 20}
        there.lead(server.port, authority.pem, account=READER, secret=READER_PASSWORD, limits=more)
        there.declare(BASE, "\n".join(rows))
        await there.room.check(there.me, "mairie")  # the airlock is born
        found["first"] = await _timed(there)
        found["nothing"] = await _timed(there)
        server.modify(changes(people))
        found["changed"] = await _timed(there)
    return found


async def _timed(there: Town) -> dict[str, Any]:
    began = time.perf_counter()
    counts = await there.counts()
    return {"seconds": round(time.perf_counter() - began, 2), **counts}


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--people", type=int, default=5000)
    options.add_argument("--groups", type=int, default=20)
    asked = options.parse_args()
    if SLAPD is None:
        absent("slapd is not installed (Debian: slapd, ldap-utils)")
    authority = Authority()
    with tempfile.TemporaryDirectory() as name:
        folder, (people, groups) = Path(name), ldif(asked.people, asked.groups)
        with slapd(folder / "slapd", certificate(authority), people, groups) as server:
            found = asyncio.run(measured(folder, server, authority, asked.people, asked.groups))
    say(asked, f"{asked.people} people: {found['first']['seconds']} s, again {found['nothing']['seconds']} s")
    finish("directory", {"people": asked.people, "groups": asked.groups, **found})


if __name__ == "__main__":
    main()
