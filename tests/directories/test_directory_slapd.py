"""Debian's slapd at the end of a route, through the airlock: people, groups, passwords, what breaks."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from airlock_ends import Authority
from airlock_house import policy
from directory_town import Town, town
from ldap_ends import BASE, READER, READER_PASSWORD, SLAPD, Slapd, certificate, group, person, slapd

from demeure.airlock import RouteFailed, RouteNotItself, RouteRefused
from demeure.directories import DirectoryAnswer, DirectoryDoubtful, DirectoryPartial
from demeure.identity import DirectoryAway, Half, PasswordWrong, SignInLocked, SignInRefused
from demeure.policy import THE_HOUSE
from demeure.testing.people import PASSWORD

pytestmark = pytest.mark.skipif(SLAPD is None, reason="slapd is not installed (Debian: slapd, ldap-utils)")
SECRET = "Trois-petits-chats-7"
URBA = f"cn=urba,ou=groupes,{BASE}"
MORE = f'[[groups]]\ndn = "{URBA}"\nname = "Urbanisme"\n'
FEW = (
    person("anne", "Anne Petit", SECRET)
    + person("bo", "Bo Éclair", "Autre-mot-de-passe-9")
    + person("chloe", "Chloé Dufour")
)
GROUPS = group("urba", "anne", "bo")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> Iterator[Slapd]:
    with slapd(tmp_path / "slapd", certificate(authority), FEW, GROUPS) as made:
        yield made


def led(there: Town, server: Slapd, authority: Authority, more: str = MORE, **route: object) -> None:
    there.lead(server.port, authority.pem, account=READER, secret=READER_PASSWORD, **route)
    there.declare(BASE, more)


def test_people_come_with_their_groups_and_sign_in_by_their_own_password(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority)
            seen = await there.room.check(there.me, "mairie")
            assert seen["counts"]["added"] == 3 and len(there.entrance.people.everyone()) == 1, (
                "a look changes nobody"
            )
            assert await there.counts() == {"added": 3, "joined": 2}
            assert there.named("bo").name == "Bo Éclair"
            assert await there.counts() == {}, "nothing more to do"
            session = await there.enters("anne", SECRET)
            assert there.entrance.people.session(session) is not None
            for login, wrong in (
                ("anne", "Trois-petits-chats-8"),
                ("anne", ""),
                ("chloe", SECRET),
                ("rien", SECRET),
            ):
                with pytest.raises(SignInRefused):
                    await there.enters(login, wrong)
            assert await there.enters("jean", PASSWORD), "the house's own still come in"
            written = there.everything_written()
            assert SECRET not in written and READER_PASSWORD not in written and '"bind": true' in written
            asked = [e["object"] for e in there.home.scribe.entries if "; 1024 bytes" in e["object"]]
            assert len(asked) == 10 and not any("sha256" in one for one in asked), (
                "nor a digest, nor a length of it"
            )

    asyncio.run(law())


def test_the_disabled_are_closed_at_the_next_check_and_their_sessions_cut(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority, 'disabled = "(employeeType=parti)"\n' + MORE)
            await there.counts()
            session = await there.enters("anne", SECRET)
            server.modify(
                f"dn: uid=anne,ou=agents,{BASE}\nchangetype: modify\nadd: employeeType\nemployeeType: parti\n\n"
                f"dn: uid=bo,ou=agents,{BASE}\nchangetype: delete\n\n"
            )
            there.clock.forward(seconds=3601)
            await there.room.due()
            assert there.entrance.people.session(session) is None
            assert [there.named(login).open for login in ("anne", "bo", "chloe")] == [False, False, True]
            with pytest.raises(SignInRefused):
                await there.enters("anne", SECRET)
            entries = [e for e in there.journal.entries if e.name == "person-closed"]
            assert len(entries) == 2 and {e.actor for e in entries} == {THE_HOUSE.id}
            assert {e.decision for e in entries} == {"declared-directory"}
            server.modify(f"dn: uid=anne,ou=agents,{BASE}\nchangetype: modify\ndelete: employeeType\n\n")
            assert (await there.counts())["reopened"] == 1 and await there.enters("anne", SECRET)

    asyncio.run(law())


def test_an_empty_or_half_answer_closes_nobody(authority: Authority, tmp_path: Path) -> None:
    many = "".join(person(f"agent{n}", f"Agent {n}") for n in range(60))

    async def law(server: Slapd) -> None:
        async with town(tmp_path) as there:
            led(there, server, authority, "")
            assert await there.counts() == {"added": 60}
            gone = "".join(f"dn: uid=agent{n},ou=agents,{BASE}\nchangetype: delete\n\n" for n in range(30))
            server.modify(gone)
            with pytest.raises(DirectoryDoubtful) as problem:
                await there.counts()
            assert "30 accounts of 60" in problem.value.sentence("en")
            assert there.following.numbers("mairie") == (60, 60)
            assert (await there.room.listed(there.me))[0]["runs"][0]["outcome"] == "doubtful"
            with pytest.raises(DirectoryDoubtful):
                await there.counts(closing=29)
            assert await there.counts(closing=30) == {"closed": 30}
            there.declare(f"ou=groupes,{BASE}")
            with pytest.raises(DirectoryDoubtful):
                await there.counts(closing=0)

    with slapd(tmp_path / "slapd", certificate(authority), many) as server:
        asyncio.run(law(server))


def test_a_server_that_gives_at_most_so_many_is_not_followed(authority: Authority, tmp_path: Path) -> None:
    many = "".join(person(f"agent{n}", f"Agent {n}") for n in range(60))

    async def law(server: Slapd) -> None:
        async with town(tmp_path) as there:
            led(there, server, authority, "")
            with pytest.raises(DirectoryPartial, match="size limit"):
                await there.counts()
            assert there.following.numbers("mairie") == (0, 0)

    with slapd(tmp_path / "slapd", certificate(authority), many, size="size.prtotal=40 size.hard=40") as server:
        asyncio.run(law(server))


def test_groups_may_be_read_from_their_own_entry(server: Slapd, authority: Authority, tmp_path: Path) -> None:
    async def law() -> None:
        async with town(tmp_path) as there:
            lost = f'[[groups]]\ndn = "cn=nulle-part,{BASE}"\nname = "Fantôme"\n'
            led(there, server, authority, 'members = "group"\n' + MORE + lost)
            seen = await there.room.check(there.me, "mairie")
            assert seen["groups_unread"] == [f"cn=nulle-part,{BASE}"]
            assert await there.counts() == {"added": 3, "joined": 2}
            server.modify(f"dn: {URBA}\nchangetype: modify\ndelete: member\nmember: uid=bo,ou=agents,{BASE}\n\n")
            assert await there.counts() == {"left": 1}

    asyncio.run(law())


def test_the_second_proof_and_the_lock_out_still_stand(server: Slapd, authority: Authority, tmp_path: Path) -> None:
    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority)
            await there.counts()
            anne = there.named("anne")
            from demeure.identity import figures
            from demeure.identity.one_time import STEP

            secret = there.entrance.people.factors.begin_totp(anne.id)
            code = figures(secret, int(there.clock.now().timestamp() // STEP))
            there.entrance.people.factors.confirm_totp(anne.id, "T", code, b"")
            assert isinstance(await there.enters("anne", SECRET), Half)
            for _ in range(5):
                with pytest.raises(SignInRefused):
                    await there.enters("bo", "faux")
            with pytest.raises(SignInLocked):
                await there.enters("bo", "Autre-mot-de-passe-9")
            actor = there.named("chloe").actor
            with pytest.raises(PasswordWrong):
                await there.entrance.reception.confirm(actor, "x", "faux", "203.0.113.7")

    asyncio.run(law())


def test_a_directory_that_does_not_answer_counts_no_try(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority)
            await there.counts()
            server.process.terminate()
            server.process.wait(10)
            for login in ("anne", "personne"):
                for _ in range(7):
                    with pytest.raises(DirectoryAway):
                        await there.enters(login, SECRET)
            assert await there.enters("jean", PASSWORD), "who has a password of the house comes in"
            with pytest.raises(RouteFailed):
                await there.counts()
            assert (await there.room.listed(there.me))[0]["runs"][0]["outcome"] == "failed"
            assert there.following.numbers("mairie") == (3, 3)

    asyncio.run(law())


def test_a_reading_account_that_is_refused_tells_no_password(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    """Its password expired: a right one, a wrong one and nobody's are answered alike, and the page says why."""

    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority)
            await there.counts()
            assert await there.enters("anne", SECRET)
            there.lead(server.port, authority.pem, account=READER, secret="perime")
            for login, password in (("anne", SECRET), ("anne", "faux"), ("personne", "faux")) * 2:
                with pytest.raises(DirectoryAway):
                    await there.enters(login, password)
            runs = (await there.room.listed(there.me))[0]["runs"]
            assert [one["outcome"] for one in runs] == ["failed", "done"], "once"
            assert "refus" in runs[0]["fr"] and "refused" in runs[0]["en"]
            led(there, server, authority)
            with pytest.raises(SignInRefused):
                await there.enters("anne", "faux")
            assert await there.enters("anne", SECRET)

    asyncio.run(law())


def test_what_the_policy_or_the_route_forbids_is_not_asked(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    async def law(text: str, error: type[Exception], folder: str) -> None:
        (tmp_path / folder).mkdir()
        async with town(tmp_path / folder, text) as there:
            led(there, server, authority)
            with pytest.raises(error):
                await there.counts()
            assert there.following.numbers("mairie") == (0, 0)

    asyncio.run(law(policy(interne=("never", [])), RouteRefused, "a"))
    asyncio.run(law(policy(interne=("pseudonymised", ["far"])), RouteRefused, "b"))


def test_another_server_another_account_another_base_are_told(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    async def law() -> None:
        for at, (more, error, word) in enumerate(
            (
                ({"secret": "faux", "account": READER}, RouteFailed, "refused"),
                ({"secret": "", "account": ""}, DirectoryAnswer, "reading account|annuaire|directory"),
                (
                    {"secret": READER_PASSWORD, "account": READER, "host": "autre.test"},
                    RouteNotItself,
                    "another name",
                ),
            )
        ):
            folder = tmp_path / str(at)
            folder.mkdir()
            async with town(folder) as there:
                there.lead(server.port, authority.pem, **more)
                there.declare(BASE)
                with pytest.raises(error, match=word):
                    await there.counts()
        async with town(tmp_path) as there:
            led(there, server, authority, "")
            there.declare("ou=nulle-part,dc=mairie,dc=test")
            with pytest.raises(DirectoryAnswer, match="nulle-part"):
                await there.counts()

    asyncio.run(law())


def test_what_was_done_is_written_with_who_did_it(server: Slapd, authority: Authority, tmp_path: Path) -> None:
    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority)
            await there.counts()
            followed = [e for e in there.journal.entries if e.name.startswith("directory-followed")]
            assert [e.outcome for e in followed][-1] == "done" and "added=3" in followed[-1].object
            assert followed[0].actor == there.me.id
            told = json.loads(there.home.scribe.payloads[0])
            assert told["stream"] == "directory" and told["to"].startswith("annuaire.test:")

    asyncio.run(law())


def test_a_name_given_again_or_disabled_there_opens_nothing_before_the_next_reading(
    server: Slapd, authority: Authority, tmp_path: Path
) -> None:
    """A newcomer who got the name of somebody who left has the right password of that name, not their account."""

    async def law() -> None:
        async with town(tmp_path) as there:
            led(there, server, authority, 'disabled = "(employeeType=parti)"\n' + MORE, quotas={"route": 2})
            await there.counts()
            assert await there.enters("anne", SECRET)
            assert await there.enters("bo", "Autre-mot-de-passe-9")
            assert await there.enters("bo", "Autre-mot-de-passe-9"), "sign-ins are in no quota"
            server.modify(
                f"dn: uid=bo,ou=agents,{BASE}\nchangetype: modify\nadd: employeeType\nemployeeType: parti\n\n"
                f"dn: uid=anne,ou=agents,{BASE}\nchangetype: delete\n"
            )
            server.modify(person("anne", "Anne Autre", "Un-autre-secret-8"))
            for login, password in (("anne", "Un-autre-secret-8"), ("bo", "Autre-mot-de-passe-9")):
                with pytest.raises(SignInRefused):
                    await there.enters(login, password)

    asyncio.run(law())
