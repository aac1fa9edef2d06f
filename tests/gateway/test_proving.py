"""Having a proof made: by those who may, by the house when the last is too old, one at a time, always written."""

import asyncio
from collections.abc import Callable

import pytest

from demeure.gateway.proofs import LastProof, Proofs
from demeure.gateway.proving import Proving
from demeure.journal import Draft, JournalUnavailable
from demeure.supervisor import RoleDown
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms

from .conftest import TOKEN, Live
from .test_sovereignty import clock, live, proved, rooms

__all__ = ["clock", "live", "rooms"]


def asked(rooms: FakeRooms) -> list[tuple[str, str | None]]:
    return [(e.actor, e.outcome) for e in rooms.journal.entries if e.name == "proof-asked-closed"]


def test_an_administrator_has_a_proof_made_and_the_page_says_so(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    with live.client() as claire:
        assert "Faire la preuve</button>" in claire.get("/souverainete").text
        answer = claire.post("/souverainete/preuve", data={"token": TOKEN})
        there = answer.headers["location"]
        assert (answer.status_code, there) == (303, f"/souverainete?preuve={int(clock.now().timestamp())}")
        awaiting = claire.get(there).text
        assert "Une preuve est demandée" in awaiting
        assert "Faire la preuve</button>" not in awaiting, "nobody asks twice for the one that comes"
        assert "Une preuve est demandée" not in claire.get("/souverainete").text
        clock.forward(hours=1)
        assert "Une preuve est demandée" not in claire.get(there).text, "nobody waits for ever"
        for other in ("", "x", "-1", "9" * 30):
            assert "Une preuve est demandée" not in claire.get(f"/souverainete?preuve={other}").text
    assert rooms.porter.proofs == 1
    assert asked(rooms) == [("p1", "done")]


def test_an_agent_has_no_button_and_no_proof(live: Live, rooms: FakeRooms) -> None:
    from demeure.gateway.visit import form_token

    with live.client("paul") as paul:
        assert "Faire la preuve</button>" not in paul.get("/souverainete").text
        assert paul.post("/souverainete/preuve", data={"token": form_token("paul")}).status_code == 403
    assert rooms.porter.proofs == 0
    assert rooms.journal.named("way-refused")


def test_one_proof_at_a_time(live: Live, rooms: FakeRooms) -> None:
    asyncio.run(rooms.journal.intention(Draft("administration", "walls-proved", chain="c")))
    with live.client() as claire:
        assert "Faire la preuve</button>" not in claire.get("/souverainete").text
        claire.post("/souverainete/preuve", data={"token": TOKEN})
    assert rooms.porter.proofs == 0 and asked(rooms) == [("p1", "done")]


def test_a_supervisor_that_does_not_answer_is_a_failure_and_written(live: Live, rooms: FakeRooms) -> None:
    with live.client() as claire:
        rooms.porter.failure = RoleDown(role="supervisor")
        assert claire.post("/souverainete/preuve", data={"token": TOKEN}).status_code == 503
    assert asked(rooms) == [("p1", "failed")]


def turns(rooms: FakeRooms, clock: StillClock, hours: int, moves: list[Callable[[], None]]) -> None:
    """The house looks once after each of ``moves``."""
    left = iter(moves)

    async def pause(_seconds: float) -> None:
        move = next(left, None)
        if move is None:
            raise asyncio.CancelledError
        move()

    proving = Proving(rooms.journal, clock, Proofs(rooms.journal), rooms.porter.prove, hours)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(proving.keep(pause))


def test_a_house_makes_its_proof_again_when_the_last_is_too_old(rooms: FakeRooms, clock: StillClock) -> None:
    seen: list[int] = []

    def after(**duration: float) -> Callable[[], None]:
        def move() -> None:
            seen.append(rooms.porter.proofs)
            clock.forward(**duration)

        return move

    proved(rooms, clock)
    turns(rooms, clock, 23, [after(hours=1), after(hours=21), after(hours=1), after(seconds=1)])
    assert seen == [0, 0, 0, 1] and rooms.porter.proofs == 2, "at 23 hours, and again as long as none was made"
    proved(rooms, clock)
    turns(rooms, clock, 23, [after(hours=1)])
    assert rooms.porter.proofs == 2
    assert asked(rooms) == [("house", "done")] * 2


@pytest.mark.parametrize(
    ("verdict", "core", "why", "hours", "more"),
    [
        ("inconclusive", True, "silent", 1, {"late": True, "problem": ""}),
        ("inconclusive", True, "control", 23, {"late": True}),
        ("inconclusive", False, "silent", 23, {"late": True}),
        ("open", True, "silent", 23, {"late": True}),
        ("inconclusive", True, "silent", 23, {"late": False}),
        ("inconclusive", True, "silent", 23, {}),
        ("inconclusive", True, "silent", 23, {"late": True, "problem": "La maison ne s’est pas ouverte."}),
    ],
)
def test_a_proof_that_a_busy_machine_did_not_let_conclude_is_made_again_after_an_hour(
    rooms: FakeRooms, clock: StillClock, verdict: str, core: bool, why: str, hours: int, more: dict[str, object]
) -> None:
    last = LastProof(1, clock.now(), verdict, "A", {}, told={"probes": [{"core": core, "why": why}], **more})

    class Kept(Proofs):
        async def refresh(self) -> LastProof:
            self.tried = last
            return last

    proving = Proving(rooms.journal, clock, Kept(rooms.journal), rooms.porter.prove, 23)
    clock.forward(minutes=hours * 60 - 1)
    assert not asyncio.run(proving.due())
    clock.forward(minutes=1)
    assert asyncio.run(proving.due())


def test_a_house_never_proved_begins_and_one_told_not_to_does_not(rooms: FakeRooms, clock: StillClock) -> None:
    turns(rooms, clock, 23, [lambda: None])
    assert rooms.porter.proofs == 1
    turns(rooms, clock, 0, [lambda: None])
    assert rooms.porter.proofs == 1


def test_a_clock_set_back_neither_keeps_a_proof_green_nor_stops_the_next(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    clock.forward(days=900)
    proved(rooms, clock)
    with live.client() as claire:
        assert "Rien ne sort de la maison" in claire.get("/souverainete").text
        clock.forward(days=-900)
        page = claire.get("/souverainete").text
        assert "À revérifier" in page and "Rien ne sort" not in page
        assert "À revérifier" in claire.get("/souverainete/preuve").text
    turns(rooms, clock, 23, [lambda: None])
    assert rooms.porter.proofs == 1


def test_a_journal_that_is_silent_for_a_while_does_not_end_the_schedule(
    rooms: FakeRooms, clock: StillClock
) -> None:
    def fails() -> None:
        rooms.journal.failure = JournalUnavailable()

    def answers() -> None:
        rooms.journal.failure = None

    turns(rooms, clock, 23, [fails, answers])
    assert rooms.porter.proofs == 1
