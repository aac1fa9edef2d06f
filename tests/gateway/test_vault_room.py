"""The keys of the house told and replaced, and what the journal keeps of contents withdrawn at its term."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demeure.airlock import keep, made
from demeure.gateway.journal_room import JournalRoom
from demeure.gateway.vault_room import REKEYED, VaultRoom
from demeure.gateway.ways_out import WaysOut
from demeure.gateway.withdrawing import WITHDRAWN, PastContents, Withdrawing
from demeure.identity import SpaceUnknown
from demeure.journal import Draft
from demeure.journal.evidence import Opening
from demeure.journal.sealing import PAYLOAD_KEY, PERSON_KEY, PayloadWithdrawn, Sealing
from demeure.library import Rooms
from demeure.persons.pseudonymising import use
from demeure.policy import Actor, Denied, Force, Role, default_policy, in_force, put_in_force, read_policy
from demeure.store import KeyDestroyed, Keys, erase_space, payloads_folder, people_folder, read_house_key
from demeure.store.space_tables import pseudonyms
from demeure.testing.clock import StillClock
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import Instance, make_instance

pytestmark = pytest.mark.anyio
ADMIN = Actor("person", "a" * 16, "Anne", frozenset({Role.ADMINISTRATOR}))
DPO = Actor("person", "d" * 16, "Dora", frozenset({Role.DPO}))
AGENT = Actor("person", "b" * 16, "Basile", frozenset({Role.AGENT}))
ALPHA = "0123456789abcdef"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made, before = make_instance(tmp_path, clock=StillClock()), in_force()
    yield made
    put_in_force(before)
    made.close()


def ruled(space_class: str = "interne", **lines: str) -> None:
    """Put in force the policy of a new house, with these lines in the class « interne »."""
    text = default_policy().text
    head, _, tail = text.partition('id = "interne"')
    keep = lines.get("keep", 'conversations = "unlimited", documents = "unlimited"')
    mine, _, rest = tail.partition("\n[[class]]")
    mine = (
        "\n".join(f"keep = {{ {keep} }}" if line.startswith("keep") else line for line in mine.splitlines())
        + f"\n{lines.get('more', '')}\n"
    )
    policy = read_policy(f'{head}id = "interne"{mine}\n[[class]]{rest}')
    put_in_force(Force(policy, {"mairie": space_class}))


def room(instance: Instance, clock: StillClock) -> tuple[VaultRoom, MemoryJournal]:
    journal = MemoryJournal(clock=clock)
    rooms = Rooms(instance.folder, instance.keys)
    return VaultRoom(instance.folder, rooms, instance.house, journal, clock), journal


def sealing(instance: Instance, clock: StillClock) -> Sealing:
    key = read_house_key(instance.folder)
    people = Keys(key, people_folder(instance.folder), PERSON_KEY)
    return Sealing(instance.keys, people, Keys(key, payloads_folder(instance.folder), PAYLOAD_KEY), clock)


async def test_a_key_is_replaced_when_asked_and_what_is_sealed_inside_follows(
    instance: Instance,
) -> None:
    clock = StillClock()
    vaults, journal = room(instance, clock)
    sealed = instance.keys.space("mairie").seal(b"{}", use("x"))
    with instance.space.write() as db:
        db.execute(pseudonyms.insert().values(dossier="x", version=1, sealed=sealed, changed_at="2026-11-26"))
    for other in (AGENT, DPO):
        with pytest.raises(Denied):
            await vaults.rekey(other, "mairie")
    with pytest.raises(SpaceUnknown):
        await vaults.rekey(ADMIN, "ecole")
    assert (await vaults.rekey(ADMIN, "mairie")).generation == 2
    assert [(e.phase, e.outcome) for e in journal.named(f"{REKEYED}-closed")][-1] == ("closing", "done")
    assert journal.named(REKEYED)[-1].object == "mairie"
    with instance.space.read() as db:
        found = db.execute(pseudonyms.select()).one()
    assert found.sealed != sealed and instance.keys.space("mairie").open(found.sealed, use("x")) == b"{}"


async def test_the_term_of_the_class_replaces_it_and_what_a_kill_left_is_finished(instance: Instance) -> None:
    clock = StillClock()
    vaults, journal = room(instance, clock)
    key = instance.folder / "keys" / "spaces" / "mairie.key"
    os.utime(key, (clock.now().timestamp(),) * 2)
    ruled()
    clock.forward(days=4000)
    assert await vaults.once() == 0, "no class has a term"
    ruled(more="rekey = 365")
    assert await vaults.once() == 1 and await vaults.once() == 0
    assert journal.named(REKEYED)[0].decision == "key-term" and journal.named(REKEYED)[0].actor == "house"
    clock.forward(days=364)
    assert await vaults.once() == 0
    clock.forward(days=1)
    assert await vaults.once() == 1
    ruled()
    instance.keys.prepare("mairie", "2026-11-26T12:00:00.000000Z")  # killed after its first step
    assert await vaults.once() == 1 and instance.keys.held("mairie").generation == 4


async def test_every_key_is_told_and_an_unknown_algorithm_is_named(instance: Instance) -> None:
    clock = StillClock()
    sealing(instance, clock).seal("mairie", ALPHA, b"said")
    (instance.folder / "keys" / "routes").mkdir()
    credential = instance.folder / "keys" / "routes" / "prefecture.sealed"
    credential.write_bytes(b"dms\x01\x01" + bytes(60))
    vaults, _ = room(instance, clock)
    with pytest.raises(Denied):
        await vaults.keyring(AGENT)
    lines = {line.kind: line for line in await vaults.keyring(DPO)}
    assert {*lines} == {"house", "journal", "space", "person", "week", "route"}
    assert all(line.known and line.bits == 256 for line in lines.values())
    assert (lines["space"].name, lines["journal"].algorithm, lines["space"].rotated) == ("Mairie", "Ed25519", "")
    await vaults.rekey(ADMIN, "mairie")
    (turned,) = [line for line in await vaults.keyring(DPO) if line.kind == "space"]
    assert turned.generation == 2 and turned.made and turned.rotated.startswith("2026-11-24")
    for at, told in ((b"dms\x01\x07", "1.7"), (b"age-e", b"age-e".hex()), (b"", "")):
        credential.write_bytes(at + bytes(20) if at else b"")
        (bad,) = [line for line in await vaults.keyring(DPO) if not line.known]
        assert (bad.kind, bad.name, bad.algorithm) == ("route", "prefecture", f"? ({told})")
    credential.unlink()
    week = next((instance.folder / "keys" / "payloads").glob("*.key"))
    week.write_bytes(b"dms\x02\x01" + week.read_bytes()[5:])
    assert [line.algorithm for line in await vaults.keyring(DPO) if not line.known] == ["? (2.1)"]


async def test_a_space_whose_key_is_of_another_algorithm_hides_no_other_key(instance: Instance) -> None:
    space = next((instance.folder / "keys" / "spaces").glob("*.key"))
    space.write_bytes(b"dms\x01\x07" + space.read_bytes()[5:])
    vaults, _ = room(instance, StillClock())  # as after a restart: nothing of the space is open
    lines = await vaults.keyring(DPO)
    doubtful = {(line.kind, line.algorithm) for line in lines if not line.known}
    assert doubtful == {("space", "? (1.7)")}
    assert {"house", "journal"} <= {line.kind for line in lines if line.known}


async def test_contents_are_withdrawn_at_the_term_of_their_class_and_say_by_which_rule(instance: Instance) -> None:
    clock = StillClock()
    sealer, journal = sealing(instance, clock), MemoryJournal(clock=clock)
    withdrawing = Withdrawing(instance.house, sealer, journal, clock)
    old = sealer.seal("mairie", ALPHA, b"said long ago")
    of_the_house = sealer.seal(None, ALPHA, b"said of no space")
    ruled()
    clock.forward(days=100)
    young = sealer.seal("mairie", ALPHA, b"said now")
    assert await withdrawing.once() == 0
    coming, past = in_force(), PastContents(instance.house, sealer, clock)
    ruled(keep='conversations = "unlimited", documents = "unlimited", journal = 90')
    told, held = Force(in_force().policy, {"mairie": "interne"}), frozenset({"mairie"})
    put_in_force(coming)
    assert not past.weeks(coming) and not past.weeks(replace(told, held=held))
    assert [space for space, _ in past.weeks(told)] == ["mairie"], "told before it holds; nothing is withdrawn"
    assert sealer.unseal("mairie", ALPHA, old) == b"said long ago"
    put_in_force(told)
    put_in_force(Force(in_force().policy, {"mairie": "interne"}, held=frozenset({"mairie"})))
    assert await withdrawing.once() == 0, "a legal hold keeps it"
    put_in_force(Force(in_force().policy, {"mairie": "interne"}))
    assert await withdrawing.once() == 1
    with pytest.raises(PayloadWithdrawn) as refused:
        sealing(instance, clock).unseal("mairie", ALPHA, old)
    assert isinstance(refused.value, KeyDestroyed)
    assert "interne" in refused.value.sentence("fr") and "90 jours" in refused.value.sentence("fr")
    assert "90 days" in refused.value.sentence("en")
    assert sealer.unseal("mairie", ALPHA, young) == b"said now"
    assert sealer.unseal(None, ALPHA, of_the_house) == b"said of no space", "the class that keeps longest: no limit"
    (entry,) = journal.named(WITHDRAWN)
    assert "of=mairie" in entry.object and "class=interne days=90" in entry.object and entry.decision == "retention"
    assert await withdrawing.once() == 0


async def test_what_was_written_is_withdrawn_after_a_kill_and_an_erased_space_takes_all(
    instance: Instance,
) -> None:
    clock = StillClock()
    sealer, journal = sealing(instance, clock), MemoryJournal(clock=clock)
    old = sealer.seal("mairie", "uid:0", b"said long ago")
    ruled(keep='conversations = "unlimited", documents = "unlimited", journal = 1')
    clock.forward(days=30)
    doomed = Withdrawing(instance.house, sealer, journal, clock)

    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    doomed._sealing = type("Dead", (), {"weeks": sealer.weeks, "withdraw": dies})()  # type: ignore[assignment]
    with pytest.raises(Killed):
        await doomed.once()
    journal.entries = [entry for entry in journal.entries if entry.phase != "closing"]  # it was not written either
    journal._opened = {entry.index: entry for entry in journal.entries}
    assert sealer.unseal("mairie", "uid:0", old) == b"said long ago"
    ruled()  # whatever the policy has become: it was written
    assert await Withdrawing(instance.house, sealer, journal, clock).recover() == 1
    with pytest.raises(PayloadWithdrawn):
        sealer.unseal("mairie", "uid:0", old)
    kept = sealer.seal("mairie", "uid:0", b"later")
    erase_space(instance.folder, instance.keys, "mairie")
    assert not list(payloads_folder(instance.folder).glob("mairie-*.key"))
    with pytest.raises(KeyDestroyed):
        sealer.unseal("mairie", "uid:0", kept)


async def test_whoever_looks_at_what_was_withdrawn_reads_by_which_rule() -> None:
    journal = MemoryJournal()
    await journal.record(Draft("request", "question-asked", chain="c1", actor=ADMIN.id, payload=b"{}"))

    async def opening(index: int) -> Opening:
        raise PayloadWithdrawn(rule="classe « interne », 90 jours", rule_en="class “interne”, 90 days")

    journal.opening = opening  # type: ignore[method-assign]
    found = await JournalRoom(journal, lambda _: None).chain(ADMIN, "0")
    assert found.contents == {0: None}
    assert "classe « interne », 90 jours" in found.withdrawn[0].sentence("fr")
    assert "class “interne”, 90 days" in found.withdrawn[0].sentence("en")


def test_a_route_is_offered_only_where_the_policy_lets_a_class_take_it(tmp_path: Path) -> None:
    before = in_force()
    (tmp_path / "routes").mkdir()
    told: dict[str, Any] = {"id": "far", "kind": "engine", "purpose": "essai", "owner": "DSI", "contract": "n° 12"}
    told |= {
        "country": "France",
        "law": "RGPD",
        "classes": ["public", "interne"],
        "host": "engine.test",
        "port": 443,
    }
    told |= {"addresses": ["127.0.0.1"], "networks": ["127.0.0.1/32"], "model": "grand"}
    route = made(told)
    ways = WaysOut(tmp_path, None, MemoryJournal(), lambda _: [])  # type: ignore[arg-type] # nothing is asked of it
    keep(tmp_path, route)
    keep(tmp_path, replace(route, terms=replace(route.terms, id="shut"), open=False))
    try:
        put_in_force(Force(default_policy()))
        assert ways._offered() == [], "at installation nothing leaves"
        text = default_policy().text.replace('leaves = "never"\nroutes = []', 'leaves = "yes"\nroutes = ["far"]', 1)
        put_in_force(Force(read_policy(text)))
        (one,) = ways._offered()
        assert (one.id, one.country, one.model) == ("far", "France", "grand")
        assert one.classes == {"fr": ["Public"], "en": ["Public"]} and one.masked == {"fr": [], "en": []}
    finally:
        put_in_force(before)
