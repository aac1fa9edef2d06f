"""Answers on their way, each in a task of the house: it goes on whoever watches, leaves or comes back.

Promise: only who asked stops or follows it; what nobody watches is bounded; once over, nothing of it is held.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

from demeure.assistant.events import BeingRead, Closed, Event, Loading, Queued, Started, Text
from demeure.errors import DemeureError
from demeure.logs import surprise

PER_PERSON, IN_ALL = 2, 32
"""Answers that nobody watches, at most: of one person, of all. One too many is stopped, as it was left."""
GRACE = 10.0
"""Seconds: a page that is loaded again, or a network that comes back, has not left."""


@dataclass(eq=False)
class Underway:
    """One answer. ``names``: its conversation, and the ticket of the page that asked. ``left``: monotonic seconds,
    since when nobody watches; None: somebody does, or nobody has yet."""

    owner: str
    names: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    readers: int = 0
    left: float | None = None
    over: bool = False
    stopping: bool = False
    problem: Exception | None = None
    task: "asyncio.Task[None] | None" = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def started(self) -> bool:
        return bool(self.events)

    def tell(self, *events: Event) -> None:
        """More of it; its readers wake up."""
        self.events += events
        self.changed.set()
        self.changed = asyncio.Event()

    def stop(self) -> None:
        """Once: a second time would cut its closing."""
        if self.task is not None and not self.stopping:
            self.stopping = True
            self.task.cancel()


class Going:
    """Of all people. ``person``, ``everybody``: see PER_PERSON; ``grace``: see GRACE."""

    def __init__(self, person: int = PER_PERSON, everybody: int = IN_ALL, grace: float = GRACE) -> None:
        self._person, self._everybody, self._grace = person, everybody, grace
        self._all: set[Underway] = set()
        self._named: dict[tuple[str, str], Underway] = {}

    def begin(self, owner: str, events: AsyncGenerator[Event], *names: str) -> AsyncGenerator[Event]:
        """Have ``events`` written to their end; gives them as they come, and raises what they raise. Closing what
        is given back only leaves them. ``names``: by which it may be stopped, beside its conversation."""
        one = Underway(owner)
        for name in filter(None, names):
            self._name(one, name, first=False)
        self._all.add(one)
        one.task = asyncio.create_task(self._write(one, events))
        one.task.add_done_callback(lambda _: self._over(one))
        return self._followed(one)

    def follow(self, owner: str, conversation: str) -> AsyncGenerator[Event] | None:
        """What was told of the answer being written there, its words in one piece, then what comes. None: no answer
        of ``owner`` is."""
        one = self._named.get((owner, conversation))
        return self._followed(one, again=True) if one is not None and one.started else None

    def of(self, owner: str) -> frozenset[str]:
        """The conversations (and tickets) of ``owner`` where an answer is being written."""
        return frozenset(name for one in self._all if one.owner == owner for name in one.names)

    async def stop(self, owner: str, name: str) -> bool:
        """Stop it and wait until it is closed as interrupted. False: ``owner`` has none of that name."""
        one = self._named.get((owner, name))
        if one is None or one.task is None:
            return False
        one.stop()
        await asyncio.wait({one.task})
        return True

    async def drain(self) -> None:
        """At shutdown: what is being written is closed as interrupted."""
        left = [one for one in self._all if one.task is not None]
        for one in left:
            one.stop()
        await asyncio.gather(*(one.task for one in left if one.task is not None), return_exceptions=True)

    # -- one answer ------------------------------------------------------------------------------------------------

    async def _write(self, one: Underway, events: AsyncGenerator[Event]) -> None:
        try:
            async with contextlib.aclosing(events) as told:
                async for event in told:
                    if isinstance(event, Started):
                        self._name(one, event.conversation, first=True)
                    one.tell(event)
        except asyncio.CancelledError:
            if one.started and not isinstance(one.events[-1], Closed):
                said = "".join(event.delta for event in one.events if isinstance(event, Text))
                one.tell(Closed("interrupted", said))
        except DemeureError as problem:
            one.problem = problem
        except Exception as problem:  # noqa: BLE001 - told by who watches; else it would be told nowhere
            one.problem = problem
            if not one.readers:
                surprise("gateway", problem)

    def _name(self, one: Underway, name: str, *, first: bool) -> None:
        """A question that its conversation may still refuse (busy) does not take the place of the one written."""
        known = self._named.get((one.owner, name))
        if first or known is None:
            if known is not None:
                known.names.discard(name)
            self._named[one.owner, name] = one
            one.names.add(name)

    def _over(self, one: Underway) -> None:
        self._all.discard(one)
        for name in one.names:
            del self._named[one.owner, name]
        one.names.clear()
        one.over = True
        one.tell()

    async def _followed(self, one: Underway, *, again: bool = False) -> AsyncGenerator[Event]:
        one.readers, one.left = one.readers + 1, None
        try:
            at = 0
            if again:
                at = len(one.events)
                for event in folded(one.events[:at]):
                    yield event
            while True:
                changed = one.changed
                while at < len(one.events):
                    yield one.events[at]
                    at += 1
                if one.over:
                    break
                await changed.wait()
            if one.problem is not None:
                raise one.problem
        finally:
            one.readers -= 1
            if not one.readers and not one.over:
                self._leave(one)

    def _leave(self, one: Underway) -> None:
        loop = asyncio.get_running_loop()
        one.left = loop.time()
        loop.call_later(self._grace, self._bound, one, one.left)

    def _bound(self, one: Underway, left: float) -> None:
        """The first ones left go on; one too many is stopped."""
        if one.over or one.left != left:
            return
        alone = sorted((o for o in self._all if o.left is not None), key=lambda o: o.left or 0.0)
        mine = [o for o in alone if o.owner == one.owner]
        if one in mine[self._person :] or one in alone[self._everybody :]:
            one.stop()


def folded(events: Iterable[Event]) -> list[Event]:
    """The same for whoever comes late: words in one piece, of the waits only the last when nothing came after."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if isinstance(last, Queued | Loading) or (isinstance(last, BeingRead) and last.share < 100):
            found.pop()
            last = found[-1] if found else None
        if isinstance(event, Text) and isinstance(last, Text):
            found[-1] = Text(last.delta + event.delta)
        else:
            found.append(event)
    return found
