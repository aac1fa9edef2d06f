"""Versions of the policy in the house's database, whole or not at all; classes, holds; what is past its keeping."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.assistant import Conversations, Opening
from demeure.clock import SystemClock, iso
from demeure.gateway import retention as passes
from demeure.gateway.retention import Retention
from demeure.identity import Policies, PolicyMoved, PolicyUnknown
from demeure.library import Document, DocumentUnknown
from demeure.policy import (
    Action,
    Denied,
    Force,
    Policy,
    PolicyWaits,
    Resource,
    Right,
    amend,
    decide,
    default_policy,
    default_policy_text,
    in_force,
    put_in_force,
    read_policy,
)
from demeure.store import DatabaseCorrupt
from demeure.store.policy_tables import policies as policy_rows
from demeure.store.tables import conversations, documents, spaces
from demeure.store.work_tables import drafts, works
from demeure.testing.clock import StillClock
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.testing.store import Instance, make_instance, reopen_instance

TEXT = default_policy_text()
STRICT = read_policy(TEXT.replace('exports = "any"', 'exports = ["pdf"]'))
SHORT = TEXT.replace('conversations = "unlimited", documents = "unlimited"', "conversations = 30, documents = 60")
LATER = timedelta(days=61)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    put_in_force(Force(default_policy()))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return make_instance(tmp_path_factory.mktemp("policies"))


def add(policies: Policies, policy: Policy, *, after: int, apply: bool = True) -> int:
    number = policies.next_number()
    policies.add(number, policy, "p1", after=after, apply=apply)
    return number


def test_the_versions_are_there_for_another_process_and_one_holds(instance: Instance) -> None:
    policies = Policies(instance.house, StillClock())
    assert policies.current().number == 0 and policies.load().policy.digest == default_policy().digest
    assert add(policies, STRICT, after=0) == 1
    with pytest.raises(PolicyMoved):
        add(policies, default_policy(), after=0)
    with pytest.raises(PolicyMoved):
        policies.add(1, default_policy(), "p1", after=1, apply=True)
    other = Policies(reopen_instance(instance.folder).house, StillClock())
    assert other.current().digest == STRICT.digest and other.load().policy.digest == STRICT.digest
    assert [one.number for one in other.history()] == [1, 0]
    first, second = add(policies, default_policy(), after=1, apply=False), 3
    assert policies.waiting().number == first == 2  # type: ignore[union-attr] # there is one
    for at_once in (False, True):
        with pytest.raises(PolicyWaits):
            add(policies, default_policy(), after=1, apply=at_once)
    assert policies.waiting().number == first  # type: ignore[union-attr] # it waits still
    policies.drop(first)
    assert add(policies, default_policy(), after=1, apply=False) == second
    with pytest.raises(PolicyMoved):
        policies.approve(first, "p4")
    policies.approve(second, "p4")
    assert other.current().approved_by == "p4" and other.load().policy.digest == default_policy().digest
    with pytest.raises(PolicyUnknown):
        policies.version(9)


def test_a_text_that_cannot_be_read_closes_the_house_until_it_is_mended(instance: Instance) -> None:
    policies = Policies(instance.house, StillClock())
    with instance.house.write() as db:
        row = {"number": 8, "digest": "0" * 64, "text": "version = 9", "by": "p1", "at": "x", "applied_at": "x"}
        db.execute(policy_rows.insert().values(row))
    policies.load()
    reading = Resource("document", space="mairie", right=Right.MANAGE)
    refusal = decide(AGENT, Action.DOCUMENT_OPEN, reading)
    assert refusal.rule == "policy:unreadable" and "ligne 1" in refusal.sentence("fr")
    assert not decide(ADMINISTRATOR, Action.DOCUMENT_OPEN, reading).allowed
    assert decide(ADMINISTRATOR, Action.POLICY_CHANGE, Resource("house")).allowed
    assert decide(AGENT, Action.ACCOUNT_CHANGE, Resource("account", owner=AGENT.id)).allowed
    add(policies, default_policy(), after=8)
    policies.load()
    assert decide(AGENT, Action.DOCUMENT_OPEN, reading).allowed


def test_a_class_a_hold_and_a_visa_hold_in_every_decision(instance: Instance) -> None:
    policies = Policies(instance.house, StillClock(), in_clear=True)
    adding = Resource("document", space="mairie", right=Right.MANAGE)
    assert policies.load().class_of("mairie") == "interne" and decide(AGENT, Action.DOCUMENT_ADD, adding).allowed
    policies.class_space("mairie", "tres-sensible")
    policies.hold_space("mairie", "procédure")
    policies.load()
    assert decide(AGENT, Action.DOCUMENT_ADD, adding).rule == "class-disk"
    assert decide(AGENT, Action.DOCUMENT_DELETE, adding).rule == "legal-hold"
    policies.hold_space("mairie", "")
    put_in_force(Force(read_policy(TEXT.replace("archives = false", "archives = true"))))
    assert decide(AGENT, Action.DOCUMENT_DELETE, adding).rule == "archives-visa"
    policies.visa("mairie", "", "AD-2026-118")
    visas = policies._spaces()[2]
    put_in_force(Force(in_force().policy, visas=visas))
    assert decide(AGENT, Action.DOCUMENT_DELETE, adding).allowed
    policies.class_space("mairie", "interne")


def test_another_class_for_new_spaces_changes_none_that_is_there(instance: Instance) -> None:
    policies = Policies(instance.house, StillClock())
    with instance.house.write() as db:
        db.execute(spaces.update().values(sensitivity=None))
        every = db.execute(sa.select(sa.func.count()).select_from(spaces)).scalar_one()
    assert policies.unclassed_spaces() == every > 0
    policies.load()
    after = policies.current().number
    public = read_policy(TEXT.replace('default = "interne"', 'default = "public"'))
    number = add(policies, public, after=after, apply=False)
    assert not policies._spaces()[0], "it waits"
    policies.approve(number, "p2")
    assert policies.load().class_of("mairie") == "interne" and in_force().class_of("new") == "public"
    assert policies.unclassed_spaces() == 0


@pytest.mark.parametrize(
    ("new", "leaves", "counts"), [("courant", "never", "courant"), ("courant", "yes", "tres-sensible")]
)
def test_a_default_class_that_is_gone_opens_nothing(instance: Instance, new: str, leaves: str, counts: str) -> None:
    """Another name is taken; another class that lets more out is not."""
    policies = Policies(instance.house, StillClock())
    add(policies, read_policy(TEXT), after=policies.current().number)
    with instance.house.write() as db:
        db.execute(spaces.update().values(sensitivity=None))
    policies.load()
    text = TEXT.replace('"interne"', f'"{new}"')
    if leaves == "yes":
        way = 'leaves = "yes"\nroutes = ["api"]'
        text = text.replace('leaves = "never"\nroutes = []', way, 2)  # public, and what takes the place of interne
    add(policies, read_policy(text), after=policies.current().number, apply=True)
    assert policies.load().class_of("mairie") == counts


def test_what_was_read_before_does_not_take_the_place_of_what_was_read_since(instance: Instance) -> None:
    policies, reading, go = Policies(instance.house, StillClock()), threading.Event(), threading.Event()
    read = policies._spaces

    def slowly() -> Any:
        found = read()
        reading.set()
        assert go.wait(5)
        return found

    policies._spaces = slowly  # type: ignore[method-assign]
    late = threading.Thread(target=policies.load)
    late.start()
    assert reading.wait(5)
    policies._spaces = read  # type: ignore[method-assign]
    policies.hold_space("mairie", "procédure")
    amend(writer="another")
    now = threading.Thread(target=policies.load)
    now.start()
    go.set()
    late.join(5)
    now.join(5)
    assert "mairie" in in_force().held and in_force().writer == "another"
    policies.hold_space("mairie", "")


@dataclass
class Aged:
    """A small house, its jobs late by ``LATER``."""

    house: SmallHouse
    retention: Retention

    async def brought(self, name: str, space: str = "mairie") -> str:
        added = await self.house.library.add(ADMINISTRATOR, space, name, pieces(name.encode()))
        assert isinstance(added, Document)
        return added.id

    async def there(self, document: str) -> bool:
        try:
            return bool(await self.house.library.document(ADMINISTRATOR, document))
        except DocumentUnknown:
            return False


def test_what_its_class_keeps_no_longer_is_erased_and_what_is_held_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "AT_ONCE", 1)  # what is held and first keeps nothing else waiting
    asyncio.run(_erased(tmp_path))


async def _erased(folder: Path) -> None:
    async with small_house(folder, work=False) as house:
        policies = Policies(house.instance.house, SystemClock())
        late = StillClock()
        late.moment = SystemClock().now() + LATER
        retention = Retention(house.instance.house, house.library, house.history, house.tasks.expiring, late)
        aged = Aged(house, retention)
        held, old, until = [await aged.brought(name) for name in ("garde.txt", "ancien.txt", "jusque.txt")]
        with house.instance.house.write() as db:
            db.execute(documents.update().where(documents.c.id == until).values(keep_until="9999-01-01"))
        kept = Conversations(house.instance.house, SystemClock())
        added = iso(SystemClock().now())
        opening = Opening("c1", "Combien ?", ("mairie",), classes=("interne",))
        conversation, message = await kept.begin(AGENT.id, None, opening)
        assert (await kept.about(AGENT.id, conversation))["sensitivity"] == "interne"
        await kept.end(message, "Trois euros.", "done", None, {"spaces": ["mairie"]})
        with house.instance.house.write() as db:  # it has chosen another space since
            db.execute(conversations.update().values(spaces=["secret"]))
        with house.instance.house.write() as db:
            for work, state, spaces in (("old", "done", ["mairie"]), ("busy", "drafting", ["mairie"])):
                row = {"id": work, "person": AGENT.id, "task": "courriel", "task_version": 1, "language": "fr"}
                row |= {"title": "Un courriel", "fields": {}, "spaces": spaces}
                day = {"created_at": added, "updated_at": added}
                db.execute(works.insert().values(**row, **day))
                draft = {"work": work, "number": 1, "chain": work, "state": state, "text": "Bonjour."}
                db.execute(drafts.insert().values(**draft, **day))
        policies.load()
        assert await retention.once() == 0, "the policy of a new house keeps everything"
        kept_past, short = passes.PastKeeping(house.instance.house, late), read_policy(SHORT)
        in_archives = read_policy(SHORT.replace("archives = false", "archives = true"))
        assert kept_past.counts(in_force()) == (0, 0, 0)
        assert kept_past.counts(Force(short)) == (2, 1, 1) and kept_past.counts(Force(in_archives)) == (0, 1, 1)
        put_in_force(Force(short, held=frozenset({"mairie"})))
        assert kept_past.counts(in_force()) == (0, 0, 0)
        assert await retention.once() == 0 and await aged.there(old), "the space is held"
        policies.hold_document(held, "procédure")
        put_in_force(Force(read_policy(SHORT)))
        assert await retention.once() == 3
        assert not await aged.there(old) and await aged.there(held)
        with house.instance.house.read() as db:
            assert db.execute(sa.select(sa.func.count()).select_from(conversations)).scalar() == 0
            assert db.execute(sa.select(works.c.id)).scalars().all() == ["busy"], "what is being written stays"
            assert db.execute(sa.select(drafts.c.work)).scalars().all() == ["busy"]
            assert db.execute(sa.select(documents.c.id).order_by(documents.c.id)).scalars().all() == sorted(
                [held, until]
            )
        with pytest.raises(Denied):
            await house.library.delete_space(ADMINISTRATOR, "mairie")
        assert await aged.there(held), "its own hold keeps its space"
        last = [(one.name, one.actor, one.decision) for one in house.journal.entries if one.actor == "house"]
        assert ("document-delete", "house", "retention") in last
        assert ("conversation-deleted", "house", "retention") in last
        assert ("work-deleted", "house", "retention") in last


def test_a_space_that_is_damaged_keeps_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            late = StillClock()
            late.moment = SystemClock().now() + LATER
            retention = Retention(house.instance.house, house.library, house.history, house.tasks.expiring, late)
            aged = Aged(house, retention)
            torn, old = await aged.brought("abime.txt"), await aged.brought("ancien.txt", "secret")
            put_in_force(Force(read_policy(SHORT)))
            expire = house.library.expire

            async def damaged(row: Document) -> None:
                if row.id == torn:
                    raise DatabaseCorrupt(file="space.db")
                await expire(row)

            monkeypatch.setattr(house.library, "expire", damaged)
            assert await retention.once() == 1
            assert await aged.there(torn) and not await aged.there(old)

    asyncio.run(go())


def test_a_conversation_keeps_the_highest_class_that_it_touched(tmp_path: Path) -> None:
    asyncio.run(_highest(tmp_path))


async def _highest(folder: Path) -> None:
    async with small_house(folder, work=False) as house:
        policies, aged = Policies(house.instance.house, SystemClock()), Aged(house, None)  # type: ignore[arg-type]
        document = await aged.brought("social.txt")
        policies.class_document(document, "tres-sensible")
        kept = Conversations(house.instance.house, SystemClock())
        first = Opening("c1", "Un", ("mairie",), classes=("confidentiel",))
        conversation, message = await kept.begin(AGENT.id, None, first)
        await kept.keep(message, "…", [{"document_id": document, "space": "mairie"}])
        assert (await kept.about(AGENT.id, conversation))["sensitivity"] == "tres-sensible"
        await kept.end(message, "Fin.", "done", None)
        again = Opening("c2", "Deux", ("mairie",), classes=("public",))
        await kept.begin(AGENT.id, conversation, again)
        assert (await kept.about(AGENT.id, conversation))["sensitivity"] == "tres-sensible"
