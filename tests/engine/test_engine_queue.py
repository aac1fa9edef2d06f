"""The engine's places are shared fairly among people and kinds of work; nobody waits for ever, no place is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.engine.queue import PART, PROGRAM, QUESTION, TASK, WEIGHTS, FairQueue, Order, Rank, Waiting

pytestmark = pytest.mark.anyio


def drained(order: Order, waiting: list[Waiting]) -> list[Waiting]:
    """One place: each ends before the next."""
    rows, given_ = list(waiting), []
    while rows:
        one = order.next(rows)
        rows.remove(one)
        given_.append(one)
        order.over(one.person)
    return given_


def test_twenty_questions_of_one_do_not_go_before_the_one_of_another() -> None:
    rows = [Waiting(n, "greedy", QUESTION) for n in range(20)] + [Waiting(20, "patient", QUESTION)]
    people = [one.person for one in drained(Order(), rows)]
    assert people.index("patient") == 1 and people.count("greedy") == 20


def test_people_take_turns_each_in_their_own_order() -> None:
    rows = [Waiting(n * 3 + at, person, QUESTION) for at, person in enumerate("abc") for n in range(4)]
    given_ = drained(Order(), sorted(rows, key=lambda one: one.number))
    assert [one.person for one in given_] == list("abc") * 4
    for person in "abc":
        mine = [one.number for one in given_ if one.person == person]
        assert mine == sorted(mine)


def test_who_has_something_running_lets_others_go_first() -> None:
    order = Order()
    first = [Waiting(0, "a", QUESTION), Waiting(1, "a", QUESTION), Waiting(2, "b", QUESTION)]
    assert order.next(first).person == "a"
    assert order.next(first[1:]).person == "b", "two places: the second is another person's"


def test_kinds_share_by_their_weights_and_none_starves() -> None:
    rows = [Waiting(n, f"p{n % 7}", kind) for n, kind in enumerate([*WEIGHTS] * 20)]
    kinds = [one.kind for one in drained(Order(), rows)]
    for at in range(0, 40, 8):
        assert Counter(kinds[at : at + 8]) == WEIGHTS
    late = [Waiting(n, "a", PART) for n in range(30)]
    order = Order()
    for one in late[:10]:
        order.next([one])
        order.over("a")
    assert order.next([late[10], Waiting(99, "b", QUESTION)]).kind == QUESTION, "no credit was saved up"


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(list(WEIGHTS))), min_size=1, max_size=40))
def test_everybody_is_served_and_no_kind_waits_longer_than_a_round(arrivals: list[tuple[str, str]]) -> None:
    rows = [Waiting(n, person, kind) for n, (person, kind) in enumerate(arrivals)]
    given_ = drained(Order(), rows)
    assert sorted(one.number for one in given_) == list(range(len(rows)))
    for kind in {what for _, what in arrivals}:
        assert [one.kind for one in given_].index(kind) < sum(WEIGHTS.values())
    assert given_ == drained(Order(), rows), "the same arrivals, the same order"


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=40))
def test_nobody_is_served_twice_more_than_another_who_waits(arrivals: list[str]) -> None:
    left, had = Counter(arrivals), Counter[str]()
    for one in drained(Order(), [Waiting(n, person, QUESTION) for n, person in enumerate(arrivals)]):
        assert had[one.person] == min(had[person] for person in left), "whoever waits has had as many"
        had[one.person] += 1
        left[one.person] -= 1
        left = +left


async def test_places_are_given_back_whatever_becomes_of_who_waited() -> None:
    queue, begun = FairQueue(1), list[str]()

    async def work(person: str, end: asyncio.Event) -> None:
        async with queue.place(person, QUESTION):
            begun.append(person)
            await end.wait()

    rest = asyncio.Event()
    rest.set()
    held = queue.place("a", QUESTION)
    await held.__aenter__()
    waiting = [asyncio.create_task(work(person, rest)) for person in ("b", "c", "d")]
    await asyncio.sleep(0)
    assert queue.state() == {"places": 1, "running": {QUESTION: 1}, "waiting": {QUESTION: 3}, "people": 3}
    waiting[0].cancel()
    await asyncio.sleep(0)
    await held.__aexit__(None, None, None)
    waiting[1].cancel()  # its place was given at this very moment
    await asyncio.gather(*waiting, return_exceptions=True)
    assert begun == ["d"]
    assert queue.state() == {"places": 1, "running": {}, "waiting": {}, "people": 0}


async def test_an_answer_that_is_left_or_fails_gives_its_place_back() -> None:
    queue = FairQueue(1)

    async def words() -> AsyncGenerator[str]:
        yield "un"
        raise ValueError("deux")

    left = queue.stream("a", QUESTION, words)
    assert await anext(left) == "un"
    await left.aclose()
    with pytest.raises(ValueError, match="deux"):
        [one async for one in queue.stream("b", TASK, words)]
    assert queue.state()["running"] == {}


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(list(WEIGHTS))), max_size=12),
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(list(WEIGHTS))), min_size=1, max_size=20),
)
def test_what_is_foreseen_is_what_comes_and_changes_nothing(
    before: list[tuple[str, str]], arrivals: list[tuple[str, str]]
) -> None:
    order = Order()
    for number, (person, kind) in enumerate(before):
        order.next([Waiting(-1 - number, person, kind)])
    rows = [Waiting(n, person, kind) for n, (person, kind) in enumerate(arrivals)]
    told = order.foreseen(rows)
    assert told == order.foreseen(rows), "to look is not to move"
    came, run = [], [person for person, _ in before]
    while rows:
        if run:
            order.over(run.pop(0))  # what began first ends first
        run.append((found := order.next(rows)).person)
        came.append(found)
        rows.remove(found)
    assert came == told


async def test_who_is_told_to_be_next_is_next_when_what_began_first_ends_first() -> None:
    """a has two answers under way, b one, begun after; both ask again."""
    queue, ranks = FairQueue(3), {"a": Rank(), "b": Rank()}
    held = [queue.place(person, QUESTION) for person in ("a", "a", "b")]
    for one in held:
        await one.__aenter__()

    async def work(person: str) -> None:
        async with queue.place(person, QUESTION, ranks[person]):
            await asyncio.Event().wait()

    waiting = [asyncio.create_task(work(person)) for person in ("b", "a")]
    await asyncio.sleep(0)
    assert (ranks["a"].ahead, ranks["b"].ahead) == (0, 1)
    await held[0].__aexit__(None, None, None)
    await asyncio.sleep(0)
    assert (ranks["a"].ahead, ranks["b"].ahead) == (None, 0), "nobody came: nobody is put back"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_each_who_waits_sees_their_place_until_their_turn_comes() -> None:
    queue, ranks = FairQueue(1), {person: Rank() for person in ("greedy", "more", "patient")}
    free = asyncio.Event()

    async def work(person: str, name: str, kind: str) -> None:
        async with queue.place(person, kind, ranks[name]):
            await free.wait()

    held = queue.place("greedy", QUESTION)
    await held.__aenter__()
    waiting = [
        asyncio.create_task(work(person, name, kind))
        for person, name, kind in (
            ("greedy", "greedy", QUESTION),
            ("greedy", "more", PROGRAM),
            ("patient", "patient", QUESTION),
        )
    ]
    await asyncio.sleep(0)
    assert {name: rank.ahead for name, rank in ranks.items()} == {"patient": 0, "more": 1, "greedy": 2}
    assert queue.standing("greedy") == [{"kind": PROGRAM, "ahead": 1}, {"kind": QUESTION, "ahead": 2}]
    assert queue.standing("patient") == [{"kind": QUESTION, "ahead": 0}] and queue.standing("nobody") == []
    waiting[1].cancel()
    await asyncio.gather(waiting[1], return_exceptions=True)
    assert (ranks["more"].ahead, ranks["greedy"].ahead) == (None, 1), "who leaves lets the others come nearer"
    await held.__aexit__(None, None, None)
    await asyncio.sleep(0)
    assert (ranks["patient"].ahead, ranks["greedy"].ahead) == (None, 0)
    free.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert ranks["greedy"].ahead is None and queue.standing("greedy") == []
