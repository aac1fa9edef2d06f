"""The queue of the engine's places: whose turn it is, among people and among kinds of work (first part pure).

llama-server serves whoever came first, so one person's twenty questions would go before anybody's one. Here who has
the least running goes first, then who was served longest ago; kinds of work share by weights, so that none starves.
"""

import asyncio
import contextlib
import copy
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
QUESTION, TASK, PROGRAM, PART = "question", "task", "program", "part"
"""Somebody waits for an answer; for a draft; a program asks; a part of a long work is due."""
WEIGHTS = {QUESTION: 3, TASK: 2, PROGRAM: 2, PART: 1}
"""Of eight places given while all three wait, how many go to each."""
REMEMBERED = 1000
"""People whose last turn is remembered; beyond, who was served longest ago is taken for new."""


@dataclass(frozen=True)
class Waiting:
    """``number``: in the order of arrival."""

    number: int
    person: str
    kind: str


class Rank:
    """Where one who waits stands, for whoever tells them. A queue keeps it; one waiter at a time."""

    def __init__(self) -> None:
        self._look: Callable[[], int | None] = lambda: None

    @property
    def ahead(self) -> int | None:
        """How many go first, as far as can be foreseen (``Order.foreseen``); None: not waiting."""
        return self._look()

    def follow(self, look: Callable[[], int | None] | None) -> None:
        """``look`` tells from now on; None: the wait is over."""
        self._look = look or (lambda: None)


class Order:
    """Whose turn is next. Pure: the same arrivals, grants and ends give the same order."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self._begun: list[str] = []
        self._served: OrderedDict[str, int] = OrderedDict()
        self._given = 0
        self._credit = dict.fromkeys(WEIGHTS, 0)

    def next(self, waiting: list[Waiting]) -> Waiting:
        """One of ``waiting``, which is not empty; from now on it runs."""
        kind = self._kind({one.kind for one in waiting})
        chosen = min((one for one in waiting if one.kind == kind), key=self._rank)
        self._given += 1
        self.running[chosen.person] += 1
        self._begun.append(chosen.person)
        self._served[chosen.person] = self._given
        self._served.move_to_end(chosen.person)
        if len(self._served) > REMEMBERED:
            self._served.popitem(last=False)
        return chosen

    def foreseen(self, waiting: list[Waiting]) -> list[Waiting]:
        """All of ``waiting`` in the order in which their turns come if nobody else comes and what runs ends in the
        order in which it began. An answer that ends before an older one changes who has the least running: a turn
        may then come later than was foreseen. This order is left as it is."""
        order, rows, found = copy.deepcopy(self), list(waiting), []
        while rows:
            if order._begun:
                order.over(order._begun[0])
            found.append(order.next(rows))
            rows.remove(found[-1])
        return found

    def over(self, person: str) -> None:
        """One of what ran for this person has ended."""
        self.running[person] -= 1
        with contextlib.suppress(ValueError):
            self._begun.remove(person)
        if self.running[person] <= 0:
            del self.running[person]

    def _rank(self, one: Waiting) -> tuple[int, int, int]:
        return self.running[one.person], self._served.get(one.person, 0), one.number

    def _kind(self, waiting: set[str]) -> str:
        """By weights, spread evenly; a kind that nobody waits for keeps no credit for later."""
        for kind, weight in WEIGHTS.items():
            self._credit[kind] = self._credit[kind] + weight if kind in waiting else 0
        chosen = max(waiting, key=lambda kind: (self._credit[kind], WEIGHTS[kind]))
        self._credit[chosen] -= sum(WEIGHTS[kind] for kind in waiting)
        return chosen


class FairQueue:
    """``places``: what the engine does at once. One event loop; a waiter who is cancelled leaves its place."""

    def __init__(self, places: int) -> None:
        self._free, self._order, self._number = places, Order(), 0
        self._places = places
        self._waiting: dict[Waiting, asyncio.Future[None]] = {}
        self._running: Counter[str] = Counter()
        self._ahead: dict[Waiting, int] | None = None

    @asynccontextmanager
    async def place(self, person: str, kind: str, rank: Rank | None = None) -> AsyncIterator[None]:
        """A place for the time of this block, when it is this person's turn. ``rank``: tells where it stands until
        then."""
        one = await self._turn(person, kind, rank or Rank())
        try:
            yield
        finally:
            self._left(one)

    async def stream(
        self, person: str, kind: str, begin: Callable[[], AsyncGenerator[T, Any]], rank: Rank | None = None
    ) -> AsyncGenerator[T]:
        """What ``begin()`` gives, begun once a place is there."""
        async with self.place(person, kind, rank), aclosing(begin()) as items:
            async for item in items:
                yield item

    def waits(self, person: str | None = None) -> int:
        """How many wait; of ``person`` alone when one is named."""
        return len(self._waiting) if person is None else sum(one.person == person for one in self._waiting)

    def standing(self, person: str) -> list[dict[str, Any]]:
        """What this person waits for: kind, and how many go first; the nearest first."""
        mine = [one for one in self._waiting if one.person == person]
        told = [{"kind": one.kind, "ahead": self._before(one)} for one in mine]
        return sorted(told, key=lambda row: int(row["ahead"] or 0))

    def state(self) -> dict[str, Any]:
        """For people: places, what runs and waits by kind, and how many wait."""
        waits = Counter(one.kind for one in self._waiting)
        people = len({one.person for one in self._waiting})
        return {"places": self._places, "running": dict(self._running), "waiting": dict(waits), "people": people}

    def _before(self, one: Waiting) -> int | None:
        """Foreseen once for all who wait, each time the queue has changed and somebody looks."""
        if self._ahead is None:
            self._ahead = {one: at for at, one in enumerate(self._order.foreseen(list(self._waiting)))}
        return self._ahead.get(one)

    async def _turn(self, person: str, kind: str, rank: Rank) -> Waiting:
        self._number += 1
        one = Waiting(self._number, person, kind)
        turn = self._waiting[one] = asyncio.get_running_loop().create_future()
        self._give()
        rank.follow(lambda: self._before(one))
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(one, None) is None:  # it was given at the same moment
                self._left(one)
            self._ahead = None
            raise
        finally:
            rank.follow(None)
        return one

    def _give(self) -> None:
        self._ahead = None
        while self._free and self._waiting:
            one = self._order.next(list(self._waiting))
            self._free -= 1
            self._running[one.kind] += 1
            self._waiting.pop(one).set_result(None)

    def _left(self, one: Waiting) -> None:
        self._order.over(one.person)
        self._free += 1
        self._running[one.kind] -= 1
        if not self._running[one.kind]:
            del self._running[one.kind]
        self._give()
