"""The contractors' console. A line is understood, decided, written, run here, and written again before it is shown.

The terminal at the other end decides nothing and runs nothing: killing it, stopping it or feeding it changes
neither the window nor the recording. What runs is cut when the window closes, whoever is listening.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from demeure.contractors import (
    MARK,
    SHOWN,
    TYPED,
    CommandLasts,
    CommandOutOfScope,
    CommandsTooMany,
    CommandUnknown,
    Typed,
    Window,
    WindowClosed,
    clean,
    understood,
)
from demeure.errors import DemeureError
from demeure.gateway.console_commands import told
from demeure.gateway.contractor_room import ContractorRoom
from demeure.journal import Draft
from demeure.library import written
from demeure.policy import Action, Actor, Decision, Reason, Resource, decide

if TYPE_CHECKING:
    from demeure.gateway.house import House

MOST_A_MINUTE, MOST_KEPT = 40, 400
_BLANKS = re.compile(r"\s{4,}")
TURN_SECONDS = 5.0
"""How long a command waits for the one before it."""
MOST_SHOWN = 64 << 10
_MINUTE, _LOOK = 60.0, 1.0


class Console:
    """One for the house. Commands of one window run one after the other."""

    def __init__(self, room: ContractorRoom) -> None:
        self.room = room
        self._busy: dict[int, asyncio.Lock] = {}
        self._pace: dict[int, list[float]] = {}

    async def run(
        self, house: "House", actor: Actor, line: str, language: str, *, lasting: bool = True
    ) -> AsyncGenerator[str]:
        """What the command shows, piece by piece, each on the disk before it is given. ``lasting``: commands that
        go on until they are stopped may.

        Raises Denied, WindowClosed, CommandUnknown, CommandOutOfScope, CommandsTooMany; WindowClosed too when the
        window closes meanwhile: what runs is cut there."""
        decide(actor, Action.CONSOLE_USE, Resource("house")).require()
        window = await self.room.window(actor)
        self._paced(window, house.clock.monotonic())
        async with self._turn(actor, window, line, language):
            window = await self.room.window(actor)  # it may have closed while one waited
            await self.room.wrote(window, TYPED, _as_typed(line))
            pieces: asyncio.Queue[str | None] = asyncio.Queue()
            work = asyncio.create_task(self._work(house, actor, window, line, language, pieces, lasting))
            self.room.follow(window.number, work)
            work.add_done_callback(lambda _: pieces.put_nowait(None))
            try:
                async for piece in self._given(actor, window, work, pieces):
                    yield piece
            finally:
                if not work.done():
                    work.cancel()
                with suppress(asyncio.CancelledError, DemeureError):
                    await work

    @asynccontextmanager
    async def _turn(self, actor: Actor, window: Window, line: str, language: str) -> AsyncIterator[None]:
        """Commands of a window run one after the other; what one of them keeps waiting is recorded, and refused.
        Raises CommandsTooMany."""
        busy = self._busy.setdefault(window.number, asyncio.Lock())
        try:
            await asyncio.wait_for(busy.acquire(), TURN_SECONDS)
        except TimeoutError as problem:
            refusal = CommandsTooMany(
                detail="une autre tourne encore dans cette fenêtre (« watch » ?) : arrêtez-la d’abord.",
                detail_en="another is still running in this window (“watch”?): stop it first.",
            )
            await self.room.wrote(window, TYPED, _as_typed(line))
            typed, _ = _typed(line, window, lasting=True)
            draft = _draft(actor, window, line, typed, "console-turn")
            raise await self._refused(draft, window, refusal, language) from problem
        try:
            yield
        finally:
            busy.release()

    async def _given(
        self, actor: Actor, window: Window, work: asyncio.Task[None], pieces: asyncio.Queue[str | None]
    ) -> AsyncGenerator[str]:
        """Pieces until the work is over; the window is looked at each second, whatever else looks at it."""
        while True:
            try:
                piece = await asyncio.wait_for(pieces.get(), _LOOK)
            except TimeoutError:
                piece = ""
            if piece is None:
                break
            await self.room.window(actor, window.number)
            if piece:
                yield piece
        if work.cancelled():
            raise WindowClosed()
        work.result()

    async def _work(
        self,
        house: "House",
        actor: Actor,
        window: Window,
        line: str,
        language: str,
        pieces: asyncio.Queue[str | None],
        lasting: bool,
    ) -> None:
        """Intention, pieces, closing: the journal holds what was asked and the digest of all that was shown.

        This task is followed when it begins: a window that closed before is seen here, one that closes now cuts
        it."""
        await self.room.window(actor, window.number)
        typed, refusal = _typed(line, window, lasting)
        name = typed.command.name if typed else "?"
        decision = Decision(typed is not None, _reasons(refusal), "console-scope")
        draft = _draft(actor, window, line, typed, decision.rule)
        if typed is None:
            raise await self._refused(draft, window, refusal or CommandUnknown(), language)
        async with written(house.journal, draft, decision) as work:
            shown = 0
            async for text in told(house, self.room, actor, window, typed, language):
                for piece in _pieces(text):
                    shown += len(piece)
                    if shown > MOST_SHOWN and not typed.command.lasts:
                        raise CommandsTooMany(
                            detail="cette commande en montre trop.", detail_en="this command shows too much."
                        )
                    frame = await self.room.wrote(window, SHOWN, piece)
                    work.object = f"{window.number} {name} {frame.number}:{frame.digest.hex()[:32]}"
                    pieces.put_nowait(piece)

    async def _refused(self, draft: Draft, window: Window, refusal: DemeureError, language: str) -> DemeureError:
        """Written in the journal and in the recording, to be raised."""
        await self.room.refused(draft, refusal)
        await self.room.wrote(window, SHOWN, refusal.sentence(language) + "\n")
        return refusal

    def _paced(self, window: Window, now: float) -> None:
        """Raises CommandsTooMany."""
        recent = [at for at in self._pace.get(window.number, []) if now - at < _MINUTE]
        if len(recent) >= MOST_A_MINUTE:
            raise CommandsTooMany(detail="attendez une minute.", detail_en="wait a minute.")
        self._pace[window.number] = [*recent, now]


def _typed(line: str, window: Window, lasting: bool) -> tuple[Typed | None, DemeureError | None]:
    try:
        typed = understood(line, window.scopes)
    except (CommandUnknown, CommandOutOfScope) as problem:
        return None, problem
    if typed.command.lasts and not lasting:
        return None, CommandLasts(name=typed.command.name)
    return typed, None


def _draft(actor: Actor, window: Window, line: str, typed: Typed | None, rule: str) -> Draft:
    return Draft(
        kind="administration",
        name="contractor-command",
        chain=uuid4().hex,
        actor=actor.id,
        object=f"{window.number} {typed.command.name if typed else '?'}",
        decision=rule,
        payload=_as_typed(line).encode(),
    )


def _as_typed(line: str) -> str:
    """One line of the recording, whatever was sent: its ends are shown, what is too long is cut, and blanks that
    would push words to the next row of a narrow screen are counted."""
    cut = "…" if len(line) > MOST_KEPT else ""
    told = clean(line[:MOST_KEPT]).replace("\n", "⏎").replace("\r", "⏎") + cut
    return _BLANKS.sub(lambda found: f"␣({len(found[0])})", told)


def _reasons(refusal: DemeureError | None) -> tuple[Reason, ...]:
    return (Reason("console-scope", refusal.sentence("fr"), refusal.sentence("en")),) if refusal else ()


def _pieces(text: str) -> list[str]:
    """At most 4,096 characters each, without anything that commands a terminal."""
    safe = clean(text)
    return [safe[at : at + 4096] for at in range(0, len(safe), 4096)]


async def entered(room: ContractorRoom, actor: Actor, how: str) -> Window:
    """A contractor sits down (``how``: page, shell): told in the recording. Raises WindowClosed, Denied."""
    decide(actor, Action.CONSOLE_USE, Resource("house")).require()
    window = await room.window(actor)
    await room.wrote(window, MARK, how)
    return window
