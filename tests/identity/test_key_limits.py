"""How far a key goes: scopes, spaces, class, quotas, the secret before the last; never beyond its owner."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from demeure.engine import FairQueue
from demeure.gateway.metering import Meter
from demeure.gateway.model_room import WAITING_EACH, turn
from demeure.identity import (
    ApplicationKeys,
    KeyClassUnknown,
    KeyInvalid,
    KeyLimits,
    KeyOver,
    KeyQuotaSpent,
    KeyReads,
    KeyTooFast,
    KeyUses,
    Membership,
    People,
    Person,
    Quotas,
)
from demeure.policy import Action, Actor, Resource, Right, Role, decide, in_force, put_in_force
from demeure.policy.scopes import ADD, ASKS, DRAFTS, MODELS
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, add_space, make_instance


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = make_instance(tmp_path_factory.mktemp("keys"))
    add_space(made.folder, made.keys, made.house, "ecole")
    yield made
    made.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def keys(instance: Instance, clock: StillClock) -> ApplicationKeys:
    return ApplicationKeys(instance.house, clock)


@pytest.fixture(scope="module")
def anne(instance: Instance) -> Person:
    made = People(instance.house, StillClock()).add("Anne", "anne")
    for space in ("mairie", "ecole"):
        Membership(instance.house).grant(space, made.id, Right.READ)
    return made


def test_a_key_loses_what_its_owner_loses(
    instance: Instance, keys: ApplicationKeys, anne: Person, clock: StillClock
) -> None:
    rights = Membership(instance.house)
    people = People(instance.house, clock)
    people.add("Boss", "boss", Role.ADMINISTRATOR)
    made, secret = keys.add_own(anne.id, "salon", 30, [ASKS, MODELS], ["mairie"])
    assert made.personal and made.scopes == (ASKS, MODELS)

    def readable() -> list[str]:
        held = keys.held(secret)
        assert held is not None and held.actor is not None
        return [place.id for place in rights.spaces(held.actor)]

    assert readable() == ["mairie"], "its own spaces only"
    held = keys.held(secret)
    assert held is not None and held.actor is not None
    assert decide(held.actor, Action.MODEL_USE, Resource("model")).allowed
    assert not decide(held.actor, Action.TASK_USE, Resource("house")).allowed, "not its scope"
    assert not decide(held.actor, Action.PEOPLE_ADMINISTER, Resource("house")).allowed
    rights.grant("mairie", anne.id, Right.NONE)
    assert readable() == [] and keys.named(made.name).shut == ("mairie",)
    rights.grant("mairie", anne.id, Right.READ)
    people.close_account(anne.id)
    gone = keys.held(secret)
    assert gone is not None and (gone.state, gone.actor) == ("closed", None)
    people.reopen_account(anne.id)
    assert readable() == ["mairie"]


def test_nobody_gives_another_a_key_that_reads(keys: ApplicationKeys, anne: Person) -> None:
    for scopes in ([ASKS], [DRAFTS], [ASKS, MODELS]):
        with pytest.raises(KeyReads):
            keys.add("espion", anne.id, scopes, [], 30, "uid:0")
    for scopes in ([ADD, ASKS], [ADD, DRAFTS]):
        with pytest.raises(KeyInvalid):
            keys.add("mele", anne.id, scopes, ["mairie"], 30, anne.id)
    made, secret = keys.add("calcul", anne.id, [MODELS], [], 30, "uid:0")
    held = keys.held(secret)
    assert held is not None and held.actor is not None and not made.personal
    assert (held.actor.kind, held.actor.id) == ("application", "application:calcul")
    assert not decide(held.actor, Action.ASK, Resource("space", space="mairie", right=Right.READ)).allowed


def test_a_class_above_its_own_does_not_exist_for_a_key(
    instance: Instance, keys: ApplicationKeys, anne: Person
) -> None:
    force, rights = in_force(), Membership(instance.house)
    low, high = force.policy.classes[0], force.policy.classes[-1]
    put_in_force(replace(force, spaces={"mairie": low.id, "ecole": high.id}))
    try:
        _, secret = keys.add_own(anne.id, "bas", 30, [ASKS], limits=KeyLimits(low.id))
        held = keys.held(secret)
        assert held is not None and held.actor is not None
        actor = held.actor
        assert [place.id for place in rights.spaces(actor)] == ["mairie"]
        inside = Resource("document", space="mairie", right=Right.READ, sensitivity=high.id)
        assert decide(actor, Action.DOCUMENT_READ, inside).rule == "key-class"
        assert decide(actor, Action.DOCUMENT_READ, replace(inside, sensitivity="")).allowed
        sent = Resource("model", sensitivity=high.id)
        assert not decide(replace(actor, scopes=frozenset({MODELS})), Action.MODEL_USE, sent).allowed
        with pytest.raises(KeyClassUnknown):
            keys.add_own(anne.id, "faux", 30, [ASKS], limits=KeyLimits("inconnue"))
    finally:
        put_in_force(force)


def test_the_former_secret_opens_for_a_while_after_a_rotation(
    keys: ApplicationKeys, anne: Person, clock: StillClock
) -> None:
    made, first = keys.add_own(anne.id, "tour", 30, [ASKS])

    def opens(secret: str) -> bool:
        held = keys.held(secret)
        return held is not None and held.actor is not None

    second = keys.rotate(made.name, 24)
    assert opens(first) and opens(second) and keys.named(made.name).former_until is not None
    clock.forward(hours=25)
    assert not opens(first) and opens(second)
    told = keys.held(first)
    assert told is not None and told.state == "replaced", "the key itself is in force"
    third = keys.rotate(made.name, 0)
    assert not opens(second) and opens(third) and keys.held(first) is None, "the one before is forgotten"
    for hours in (-1, 721):
        with pytest.raises(KeyInvalid):
            keys.rotate(made.name, hours)
    keys.revoke(made.name)
    with pytest.raises(KeyOver):  # and not a word about names and days
        keys.rotate(made.name, 24)


def test_limits_are_changed_and_read_at_the_next_request(keys: ApplicationKeys, anne: Person) -> None:
    made, secret = keys.add_own(anne.id, "borne", 30, [ASKS], limits=KeyLimits(quotas=Quotas(requests_day=3)))
    assert made.limits.quotas.told() == {"requests_day": 3}
    keys.limit(made.name, KeyLimits(quotas=Quotas(tokens_minute=9)))
    held = keys.held(secret)
    assert held is not None and held.quotas == Quotas(tokens_minute=9)
    with pytest.raises(KeyInvalid):
        keys.limit(made.name, KeyLimits(quotas=Quotas(requests_day=-1)))


def test_quotas_are_kept_by_the_minute_and_by_the_day(
    instance: Instance, keys: ApplicationKeys, anne: Person, clock: StillClock
) -> None:
    name = keys.add_own(anne.id, "compte", 30, [ASKS])[0].name

    async def go() -> None:
        meter = Meter(KeyUses(instance.house), clock)
        few = Quotas(requests_minute=2, requests_day=4, tokens_day=100)
        for _ in range(2):
            await meter.ask(name, few)
        with pytest.raises(KeyTooFast) as fast:
            await meter.ask(name, few)
        assert 1 <= fast.value.params["seconds"] <= 61
        clock.forward(seconds=61)
        await meter.ask(name, few)
        await meter.spent(name, 100)
        with pytest.raises(KeyQuotaSpent) as spent:
            await meter.ask(name, few)
        assert 3600 < spent.value.params["seconds"] <= 86_400
        assert re.search(r"Attendez \d+\u00a0h\u00a0[0-5]?\d\u00a0min", spent.value.sentence("fr")), (
            "no thousands of seconds"
        )
        with pytest.raises(KeyQuotaSpent):
            await meter.ask(name, Quotas(tokens_minute=50))
        await meter.aclose()
        again = Meter(KeyUses(instance.house), clock)
        with pytest.raises(KeyQuotaSpent):  # a restart forgets no quota of the day
            await again.ask(name, few)
        assert (await again.today())[name] == (3, 100)
        clock.forward(days=1)
        await again.ask(name, few)
        assert (await again.today())[name] == (1, 0)
        await again.aclose()

    asyncio.run(go())


def test_too_many_of_one_key_are_told_to_come_back_and_a_place_is_not_lost() -> None:
    async def go() -> None:
        queue, eager = FairQueue(1), Actor("application", "k1", "logiciel", key="tenace")

        async def hold() -> None:
            async with turn(queue, eager):
                await asyncio.Event().wait()

        held = [asyncio.create_task(hold()) for _ in range(WAITING_EACH + 1)]
        await asyncio.sleep(0.01)
        with pytest.raises(KeyTooFast):
            async with turn(queue, eager):
                pass
        assert queue.waits("tenace") == WAITING_EACH
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        async with turn(queue, eager):
            pass

    asyncio.run(go())
