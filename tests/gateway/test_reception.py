"""Both doors over the real identity: what is written, what an attack costs, what a wrong password tells."""

import asyncio
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.errors import DemeureError
from demeure.gateway.entrance import Entrance
from demeure.gateway.refusals import Refusals
from demeure.identity import (
    Argon2,
    LinkUsed,
    LoginTaken,
    Parameters,
    PasswordWrong,
    Person,
    SignInLocked,
    SignInRefused,
)
from demeure.identity.errors import PasswordShort
from demeure.journal import JournalUnavailable
from demeure.policy import Denied, Right, Role, machine_actor
from demeure.settings import Settings
from demeure.store.tables import people as people_table
from demeure.testing.clock import StillClock
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import PASSWORD
from demeure.testing.store import Instance, make_instance

ROOT = machine_actor(0, 0, "root")
HERE, FAR = "127.0.0.1", "192.0.2.7"
OTHER = "sept autres mots sans rapport"


class Hall:
    """An entrance over a true store; a journal in memory; a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.instance: Instance = make_instance(folder)
        self.clock, self.journal = StillClock(), MemoryJournal()
        self.entrance = self.opened(CHEAP)
        self.reception, self.account = self.entrance.reception, self.entrance.account
        self.directory, self.people = self.entrance.directory, self.entrance.people

    def opened(self, parameters: Parameters) -> Entrance:
        settings = Settings(organisation="Mairie de Montfaucel")
        return Entrance(self.instance.house, self.clock, settings, self.journal, parameters=parameters)

    async def anne(self, role: Role = Role.AGENT) -> Person:
        """Anne, with her password."""
        person = self.people.add("Anne", "anne", role)
        self.people.keep_password(person.id, Argon2(CHEAP).hash(PASSWORD))
        return person

    async def refused(self, login: str = "anne", password: str = "faux", address: str = HERE) -> DemeureError:
        with pytest.raises((SignInRefused, SignInLocked)) as problem:
            await self.reception.sign_in(login, password, address)
        return problem.value

    def names(self) -> list[str]:
        return [entry.name for entry in self.journal.entries]

    def kept(self, person: str) -> str:
        with self.instance.house.read() as connection:
            query = people_table.select().where(people_table.c.id == person)
            return str(connection.execute(query).one().password)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    made.entrance.passwords.close()
    made.instance.close()


def test_the_right_password_opens_a_session_written_before_it_exists(hall: Hall) -> None:
    async def go() -> None:
        anne = await hall.anne()
        session = await hall.reception.sign_in(" ANNE ", PASSWORD, FAR, "Firefox, Linux")
        assert await hall.reception.guest(session) == anne.actor
        assert [(e.name, e.phase, e.actor, e.outcome) for e in hall.journal.entries] == [
            ("signed-in", "intention", anne.id, None),
            ("signed-in-closed", "closing", anne.id, "done"),
        ]
        hall.journal.failure = JournalUnavailable()
        with pytest.raises(JournalUnavailable):
            await hall.reception.sign_in("anne", PASSWORD, FAR)
        with pytest.raises(JournalUnavailable):
            await hall.reception.sign_in("anne", "faux", FAR)
        assert len(hall.people.sessions.open_ones(anne.id, session)) == 1, "no journal, no session"

    asyncio.run(go())


def test_unknown_closed_passwordless_and_wrong_are_one_answer(hall: Hall) -> None:
    async def go() -> None:
        anne = await hall.anne()
        hall.people.add("Sans", "sans")
        zoe = hall.people.add("Zoé", "zoe")
        hall.people.keep_password(zoe.id, Argon2(CHEAP).hash(PASSWORD))
        hall.people.close_account(zoe.id)
        tried = [
            ("anne", "faux"),
            ("personne", PASSWORD),
            ("sans", PASSWORD),
            ("zoe", PASSWORD),
            ("\ud800", "\ud800"),
        ]
        told = {str((await hall.refused(login, word)).sentence("fr")) for login, word in tried}
        assert len(told) == 1
        written = [(e.name, e.phase, e.object) for e in hall.journal.entries]
        assert written == [
            ("password-refused", "fact", anne.id),
            ("password-refused", "fact", "unknown"),
            ("password-refused", "fact", hall.people.find("sans").id),  # type: ignore[union-attr]
            *[("password-refused", "fact", "unknown")] * 2,
        ]

    asyncio.run(go())


def test_an_unknown_login_costs_the_same_work(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str | None] = []
    entrance = hall.opened(CHEAP)
    verify = Argon2.verify

    def counted(self: Argon2, kept: str | None, password: str) -> bool:
        verified.append(kept)
        return verify(self, kept, password)

    monkeypatch.setattr(Argon2, "verify", counted)

    async def go() -> None:
        await hall.anne()
        for login in ("anne", "personne"):
            with pytest.raises(SignInRefused):
                await entrance.reception.sign_in(login, "faux", HERE)

    asyncio.run(go())
    entrance.passwords.close()
    assert len(verified) == 2 and verified[0] is not None and verified[1] is None
    costs = []
    slow = Argon2(Parameters(memory_kib=8192, passes=3, lanes=1))
    kept = slow.hash("x")
    for what in (kept, None):
        began = time.thread_time()
        for _ in range(8):
            slow.verify(what, "y")
        costs.append(time.thread_time() - began)
    assert 0.5 < costs[0] / costs[1] < 2, "the same hash is computed for nobody"


def test_ten_thousand_wrong_passwords(hall: Hall) -> None:
    """Locked, journalled without a flood, and everybody else comes in meanwhile."""

    async def go() -> None:
        anne = await hall.anne()
        bruno = hall.people.add("Bruno", "bruno")
        hall.people.keep_password(bruno.id, Argon2(CHEAP).hash(OTHER))
        open_before = await hall.reception.sign_in("anne", PASSWORD, FAR)
        hall.journal.entries.clear()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        locked = 0
        for start in range(0, 10_000, 50):
            answers = await asyncio.gather(
                *(hall.reception.sign_in("anne", f"essai {start + n}", FAR) for n in range(50)),
                return_exceptions=True,
            )
            assert all(isinstance(a, DemeureError) and a.http_status in (403, 429) for a in answers)
            locked += sum(isinstance(a, SignInLocked) for a in answers)
            if start % 2000 == 0:
                assert await hall.reception.guest(await hall.reception.sign_in("bruno", OTHER, "192.0.2.8"))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert locked >= 9_900
        assert isinstance(await hall.refused(password=PASSWORD), SignInLocked), "even the right one waits"
        assert await hall.reception.guest(open_before) == anne.actor, "who is in stays in"
        assert after - before < 64 << 10, "kilobytes"
        await hall.entrance.refusals.tell()
        written = [e for e in hall.journal.entries if e.name in ("password-refused", "account-waits")]
        assert [(e.name, e.object, e.decision) for e in written] == [
            *[("password-refused", anne.id, "")] * 4,
            ("account-waits", anne.id, "60 s"),
        ]
        (summed,) = hall.journal.named("sign-ins-refused")
        assert summed.object == f"too-early={locked + 1} wrong=0 unknown-logins=0"
        assert len(hall.journal.entries) < 40
        link = await hall.reception.invite(ROOT, "anne")
        session = await hall.reception.enter(link, OTHER, OTHER, name="", login="")
        assert await hall.reception.guest(session) == anne.actor, "a link opens at once"
        assert await hall.reception.sign_in("anne", OTHER, HERE)

    asyncio.run(go())


def test_invented_logins_are_summed_beyond_the_first_of_each_minute() -> None:
    async def go() -> None:
        clock, journal = StillClock(), MemoryJournal()
        refusals = Refusals(journal, clock, each_minute=3, seconds=0.05)
        for _ in range(10):
            await refusals.refused("unknown", 0)
        await refusals.refused("p1", 0)
        await refusals.refused("p1", 60)
        assert [e.name for e in journal.entries] == [*["password-refused"] * 3, "account-waits"]
        for _ in range(100):
            if journal.named("sign-ins-refused"):
                break
            await asyncio.sleep(0.02)
        (summed,) = journal.named("sign-ins-refused")
        assert summed.object == "too-early=0 wrong=8 unknown-logins=7"
        assert journal.payloads[summed.index] == b'{"p1": 1}'
        journal.failure = JournalUnavailable()
        refusals.waited()
        await refusals.tell()
        journal.failure = None
        await refusals.aclose()
        assert journal.named("sign-ins-refused")[-1].object == "too-early=1 wrong=0 unknown-logins=0"

    asyncio.run(go())


def test_stronger_parameters_are_taken_at_the_next_sign_in(hall: Hall) -> None:
    async def go() -> None:
        anne = await hall.anne()
        stronger = hall.opened(Parameters(memory_kib=64, passes=2, lanes=1))
        assert "m=8,t=1" in hall.kept(anne.id)
        await stronger.reception.sign_in("anne", PASSWORD, HERE)
        assert "m=64,t=2" in hall.kept(anne.id)
        assert await hall.reception.sign_in("anne", PASSWORD, HERE), "and is still the same password"
        stronger.passwords.close()

    asyncio.run(go())


def test_a_wrong_choice_does_not_use_a_link_up_and_a_right_one_ends_what_was_open(hall: Hall) -> None:
    async def go() -> None:
        administrator = hall.people.ensure_administrator()
        first, second = [await hall.reception.invite(ROOT, None) for _ in range(2)]
        assert (await hall.reception.look(first)).first
        with pytest.raises(PasswordShort):
            await hall.reception.enter(first, "court", "court", name="Claire", login="claire")
        session = await hall.reception.enter(first, PASSWORD, PASSWORD, name="Claire", login="Claire")
        assert (await hall.reception.guest(session)).name == "Claire"  # type: ignore[union-attr]
        with pytest.raises(DemeureError):
            await hall.reception.look(second)
        assert hall.people.person(administrator.id).login == "claire"
        again = await hall.reception.invite(ROOT, "claire")
        assert not (await hall.reception.look(again)).first
        new = await hall.reception.enter(again, OTHER, OTHER, name="X", login="x")
        assert await hall.reception.guest(session) is None, "a reset ends what was open"
        assert (await hall.reception.guest(new)).name == "Claire"  # type: ignore[union-attr]
        await hall.refused("claire", PASSWORD)

    asyncio.run(go())


def test_a_set_up_with_a_login_that_is_taken_changes_nothing(hall: Hall) -> None:
    async def go() -> None:
        hall.people.add("Anne", "anne")
        link = await hall.reception.invite(ROOT, None)
        with pytest.raises(LoginTaken):
            await hall.reception.enter(link, PASSWORD, PASSWORD, name="Claire", login="anne")
        assert (await hall.reception.look(link)).first
        assert hall.journal.entries[-1].outcome == "refused"

    asyncio.run(go())


def test_one_changes_one_s_own_password_with_the_old_one(hall: Hall) -> None:
    async def go() -> None:
        anne = await hall.anne()
        here, elsewhere = [await hall.reception.sign_in("anne", PASSWORD, HERE) for _ in range(2)]
        actor = anne.actor
        for _ in range(4):
            with pytest.raises(PasswordWrong):
                await hall.account.change_password(actor, here, "faux", OTHER, OTHER, HERE)
        waiting = hall.people.create_link(anne.id)
        assert await hall.account.change_password(actor, here, PASSWORD, OTHER, OTHER, HERE) == 1
        with pytest.raises(LinkUsed):
            await hall.reception.look(waiting)
        assert await hall.reception.guest(here) == actor
        assert await hall.reception.guest(elsewhere) is None
        await hall.refused("anne", PASSWORD)
        (line,) = await hall.account.sessions(actor, here)
        assert line.here
        third = await hall.reception.sign_in("anne", OTHER, HERE, "Safari, iPhone")
        lines = await hall.account.sessions(actor, here)
        assert {(entry.device, entry.here) for entry in lines} == {("", True), ("Safari, iPhone", False)}
        other = next(entry.id for entry in lines if not entry.here)
        bruno = hall.people.add("Bruno", "bruno")
        assert not await hall.account.close_session(bruno.actor, other), "not one's own: it does not exist"
        assert await hall.account.close_session(actor, other)
        assert await hall.reception.guest(third) is None
        while not isinstance(problem := await _wrong(hall, actor, here), SignInLocked):
            assert isinstance(problem, PasswordWrong)

    asyncio.run(go())


def test_strangers_who_know_a_login_do_not_harm_who_is_in_or_holds_a_link(hall: Hall) -> None:
    async def go() -> None:
        anne = await hall.anne()
        here = await hall.reception.sign_in("anne", PASSWORD, HERE)
        while not isinstance(await hall.refused(address=HERE), SignInLocked):
            pass
        assert await hall.reception.guest(here) == anne.actor, "the session goes on"
        third = "neuf fenêtres ouvertes sur cour"
        assert await hall.account.change_password(anne.actor, here, PASSWORD, third, third, HERE) == 0
        assert isinstance(await hall.refused(password=third), SignInLocked), "the door still waits"
        link = hall.people.create_link(anne.id)
        assert await hall.reception.enter(link, OTHER, OTHER, name="", login="")
        assert await hall.reception.sign_in("anne", OTHER, "192.0.2.77"), "and the link ended the wait"

    asyncio.run(go())


async def _wrong(hall: Hall, actor: object, session: str) -> DemeureError:
    with pytest.raises(DemeureError) as problem:
        await hall.account.change_password(actor, session, "faux", OTHER, OTHER, HERE)  # type: ignore[arg-type]
    return problem.value


def test_the_directory_asks_policy_and_writes_everything(hall: Hall) -> None:
    async def go() -> None:
        agent, boss = (await hall.anne()).actor, hall.people.ensure_administrator().actor
        group = (await hall.directory.add_group(boss, "Urbanisme")).id
        person, token = await hall.directory.add_person(boss, "Bruno Petit", "Bruno", "referent")
        assert (person.login, person.role) == ("bruno", Role.REFERENT)
        assert (await hall.reception.look(token)).person == person
        await hall.directory.put_in_group(boss, group, person.id)
        assert [g.people for g in await hall.directory.groups(boss)] == [1]
        done = len(hall.journal.entries)
        for refused in (
            hall.directory.add_person(agent, "X", "x2", "administrator"),
            hall.directory.change_role(agent, agent.id, "administrator"),
            hall.directory.close_person(agent, boss.id),
            hall.directory.put_in_group(agent, group, agent.id),
            hall.directory.remove_group(agent, group),
            hall.directory.link_for(agent, boss.id),
        ):
            with pytest.raises(Denied):
                await refused
        for unseen in (
            hall.directory.people(agent),
            hall.directory.groups(agent),
            hall.directory.group(agent, group),
        ):
            with pytest.raises(Denied):
                await unseen
        outcomes = [e.outcome for e in hall.journal.entries[done:] if e.phase == "closing"]
        assert outcomes == ["refused"] * 6
        assert await hall.journal.open_intentions() == []
        for entry in hall.journal.entries:
            assert "Bruno" not in entry.object and "bruno" not in entry.object

    asyncio.run(go())


def test_an_administrator_opens_no_space_to_themselves(hall: Hall) -> None:
    async def go() -> None:
        boss = hall.people.ensure_administrator().actor
        paul, _ = await hall.directory.add_person(boss, "Paul", "paul", "referent")
        hall.entrance.membership.grant("mairie", paul.id, Right.MANAGE)
        hall.entrance.membership.grant("mairie", boss.id, Right.NONE)
        (line,) = await hall.directory.spaces(boss)
        assert (line.name, line.managers, line.mine) == ("Mairie", ["Paul"], False)
        for refused in (
            hall.directory.space(boss, "mairie"),
            hall.directory.give(boss, "mairie", "person", boss.id, "read"),
            hall.directory.rename_space(boss, "mairie", "À moi"),
        ):
            with pytest.raises(DemeureError) as problem:
                await refused
            assert problem.value.http_status in (403, 404)
        sheet = await hall.directory.space(paul.actor, "mairie")
        assert [(m.name, m.right) for m in sheet.members] == [("Paul", Right.MANAGE)]
        assert {p.id for p in sheet.people} == {boss.id}
        await hall.directory.give(paul.actor, "mairie", "person", boss.id, "read")
        await hall.directory.rename_space(paul.actor, "mairie", "La mairie")
        assert [(p.name, p.right) for p in hall.entrance.membership.spaces(boss)] == [("La mairie", Right.READ)]

    asyncio.run(go())
