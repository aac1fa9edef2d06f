"""How far documents are read: shares, the seconds left, what was lost and read again."""

import asyncio

from demeure.assistant.dossier import Advance
from demeure.assistant.events import BeingRead, Loading, Queued, Sources, Text
from demeure.assistant.going import folded
from demeure.assistant.loading import waited
from demeure.engine import Progress, Rank


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_wait_is_foreseen_once_a_pace_is_measured() -> None:
    clock = Clock()
    one = Advance(clock)
    assert one.seen is None and one.told() == {}
    one.tell(Progress(3, 6000))
    assert one.seen == (0, None), "nothing was measured yet"
    clock.now = 1.5
    one.tell(Progress(131, 6000))
    assert one.seen == (2, None), "one batch says too little"
    clock.now = 10.0
    one.tell(Progress(1003, 6000))
    share, left = one.seen or (0, None)
    assert share == 16 and left is not None and abs(left - 4997 / 100) < 0.1, "100 tokens a second"
    clock.now = 60.0
    one.tell(Progress(6000, 6000))
    assert one.seen is not None and one.seen[0] == 99, "until the first word"
    one.tell(Progress(6000, 6020, 6000))
    assert one.seen[0] == 99 and one.told() == {"tokens": 6000, "spared": 0, "seconds": 60.0}


def test_what_was_kept_ready_leaves_nothing_to_wait_for() -> None:
    one = Advance(Clock())
    one.tell(Progress(6000, 6020, 6000))
    one.tell(Progress(6020, 6020, 6000))
    assert one.seen is None and one.told() == {"tokens": 6020, "spared": 6000, "seconds": 0.0}


def test_what_is_lost_is_read_from_the_beginning_and_said_so() -> None:
    clock = Clock()
    one = Advance(clock)
    one.tell(Progress(3, 6000))
    clock.now = 30.0
    one.tell(Progress(3003, 6000))
    one.tell(Progress(0, 6020, 0))
    assert one.seen == (0, None)
    clock.now = 40.0
    one.tell(Progress(602, 6020, 0))
    assert one.seen is not None and one.seen[0] == 10 and one.told()["seconds"] == 10.0


def test_it_is_told_while_the_first_word_is_waited_for_even_after_a_model_that_loaded() -> None:
    async def go() -> None:
        over, loading, one, told = asyncio.Event(), asyncio.Event(), Advance(), list[object]()
        first = asyncio.create_task(over.wait())

        async def tell() -> None:
            async for event in waited(first, loading, Rank(), one):
                told.append(event)
                if isinstance(event, Loading):
                    one.tell(Progress(3000, 6000))
                elif isinstance(event, BeingRead):
                    over.set()

        loading.set()
        async with asyncio.timeout(10):
            await tell()
        assert told == [Loading(), BeingRead(50)]

    asyncio.run(go())


def test_who_comes_late_is_told_where_it_stands() -> None:
    sources = Sources((), whole=True, reading=True)
    late = folded([sources, Queued(1), Queued(None), BeingRead(3), BeingRead(35, 40.0)])
    assert late == [sources, BeingRead(35, 40.0)]
    late = folded([sources, BeingRead(35), BeingRead(100), Text("Le "), Text("repas")])
    assert late == [sources, BeingRead(100), Text("Le repas")], "all was read, and is said to be"
