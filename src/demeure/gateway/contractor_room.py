"""Contractors: the register and the windows, decided, written, done, in that order. What closes a window does not
need whoever opened it: the house looks every second, and at its start."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from demeure.clock import Clock
from demeure.contractors import (
    MARK,
    Company,
    Frame,
    Recording,
    RecordingBroken,
    RecordingNotReported,
    Register,
    Requested,
    Told,
    Window,
    WindowClosed,
    WindowMoved,
    Windows,
    as_reported,
    cast,
    matches,
    report,
)
from demeure.errors import DemeureError
from demeure.journal import By, Draft, Journal
from demeure.library import written
from demeure.logs import note
from demeure.policy import THE_HOUSE, Action, Actor, Decision, Resource, decide

T = TypeVar("T")
CONTRACTOR_ACTS = (
    *(
        "contractor-registered",
        "contractor-person",
        "contractor-asked",
        "contractor-approved",
        "contractor-dropped",
    ),
    *("contractor-extended", "contractor-closed", "contractor-read", "contractor-command", "recording-read"),
)
"""Intentions of these files: what a crash leaves open is closed as interrupted."""
REQUESTED = "contractor-requested"
LOOK_SECONDS = 1.0
ASKED_DAYS, ERRAND_SECONDS = 7, 1800.0
"""Days for which a request is shown once its window closed; seconds between two verifications, or two rehearsals,
that consoles ask for: each reads, or restores, everything."""
_SEEN_SECONDS = 10.0
_MOST_REPORTS = 10_000


class ContractorRoom:
    """What pages, commands and the console call; any task. ``present``: the windows open now, for every page."""

    def __init__(
        self,
        register: Register,
        windows: Windows,
        recording: Recording,
        journal: Journal,
        clock: Clock,
        organisation: str,
    ) -> None:
        self._register, self._windows, self._recording = register, windows, recording
        self._journal, self._clock, self._organisation = journal, clock, organisation
        self.present: tuple[Window, ...] = ()
        self._running: dict[int, set[asyncio.Task[None]]] = {}
        self._ending = asyncio.Lock()
        self._errands: dict[str, float] = {}
        self._told = 0.0

    # -- what is shown --------------------------------------------------------------------------------------------

    async def companies(self, actor: Actor) -> list[Company]:
        """The register, by name."""
        _may(actor, Action.CONTRACTOR_SEE).require()
        return await asyncio.to_thread(self._register.all)

    async def windows(self, actor: Actor) -> list[Window]:
        """Who came in, newest first."""
        _may(actor, Action.CONTRACTOR_SEE).require()
        return await asyncio.to_thread(self._windows.all)

    async def replay(self, actor: Actor, number: int) -> tuple[Window, list[Frame]]:
        """What was typed and shown, once this look is written. Raises WindowUnknown, RecordingBroken,
        RecordingNotReported: frames that follow one another, and are not those that the signed report tells."""

        def work() -> tuple[Window, list[Frame]]:
            window, frames = as_reported(self._windows.one(number)), self._recording.frames(number)
            if not matches(window, frames):
                raise RecordingNotReported(number=number)
            return window, frames

        return await self._act(actor, "recording-read", _may(actor, Action.CONTRACTOR_SEE), str(number), work)

    async def reported(self, actor: Actor, number: int) -> Window:
        """The window with its report, whatever became of its frames, once this look is written. Raises
        WindowUnknown."""
        may = _may(actor, Action.CONTRACTOR_SEE)
        return await self._act(actor, "recording-read", may, str(number), lambda: self._windows.one(number))

    async def reports(self, actor: Actor, since: str) -> list[Window]:
        """The windows asked for from that day on (ISO 8601; empty: all), the oldest first, with their reports, once
        this look is written."""
        may, told = _may(actor, Action.CONTRACTOR_SEE), f"since {since or 'ever'}"
        return await self._act(
            actor, "recording-read", may, told, lambda: self._windows.since(since, _MOST_REPORTS)[::-1]
        )

    async def unread(self, actor: Actor) -> int:
        """Reports that wait for somebody to take them; 0 for who may not."""
        return await asyncio.to_thread(self._windows.unread) if _may(actor, Action.CONTRACTOR_SEE).allowed else 0

    def waiting(self) -> int:
        """Reports that nobody took for the organisation yet. Blocks."""
        return self._windows.unread()

    async def last(self) -> Window | None:
        """The last window that was opened; for every page that says who came in."""
        found = await asyncio.to_thread(self._windows.all, 20)
        return next((one for one in found if one.opened_at is not None), None)

    # -- the register ---------------------------------------------------------------------------------------------

    async def register(self, actor: Actor, told: Told, company: str = "") -> str:
        """Its id. Raises CompanyInvalid, CompanyTaken, CompanyUnknown, Denied."""
        may, about = _may(actor, Action.CONTRACTOR_KEEP), company or "new"
        return await self._act(
            actor, "contractor-registered", may, about, lambda: self._register.put(told, actor.id, company)
        )

    async def take_in(self, actor: Actor, company: str, login: str) -> str:
        """The account is of this company. Raises CompanyUnknown, NotAContractor, Denied."""
        may = _may(actor, Action.CONTRACTOR_KEEP)
        return await self._act(
            actor, "contractor-person", may, company[:64], lambda: self._register.take_in(company, login)
        )

    async def company(self, wanted: str) -> Company:
        """By id or by name. Raises CompanyUnknown."""
        return await asyncio.to_thread(self._register.one, wanted)

    # -- windows --------------------------------------------------------------------------------------------------

    async def ask(self, actor: Actor, person: str, scope: str, motive: str, minutes: int) -> Window:
        """Open already where one person is enough. Raises as ``Windows.ask``, Denied."""
        chain = uuid4().hex

        def work() -> Window:
            return self._windows.ask(person, scope, motive, minutes, actor.id, chain)

        may, told = _may(actor, Action.CONTRACTOR_OPEN), f"{person[:64]} {scope[:64]} {minutes} min"
        secret = motive.encode("utf-8", "replace")[:1000]
        made = await self._act(actor, "contractor-asked", may, told, work, chain=chain, payload=secret)
        await self.refresh()
        return made

    async def approve(self, actor: Actor, number: int) -> None:
        """Raises as ``Windows.approve``, Denied."""
        may = _may(actor, Action.CONTRACTOR_APPROVE)
        await self._act(
            actor, "contractor-approved", may, str(number), lambda: self._windows.approve(number, actor.id)
        )
        await self.refresh()

    async def drop(self, actor: Actor, number: int) -> None:
        """Raises WindowMoved, Denied."""
        may = _may(actor, Action.CONTRACTOR_CLOSE)
        await self._act(actor, "contractor-dropped", may, str(number), lambda: self._windows.drop(number, actor.id))

    async def extend(self, actor: Actor, number: int, minutes: int) -> Window:
        """Raises as ``Windows.extend``, Denied."""

        def work() -> Window:
            window = self._windows.extend(number, minutes, actor.id)
            with suppress(WindowClosed):  # it ended since: the report is made, the journal tells the rest
                self._recording.add(window, MARK, f"+ {minutes} min ({actor.name})")
            return window

        may, told = _may(actor, Action.CONTRACTOR_OPEN), f"{number} {minutes} min"
        window = await self._act(actor, "contractor-extended", may, told, work)
        await self.refresh()
        return window

    async def close(self, actor: Actor, number: int) -> None:
        """Before its time: what runs is cut, sessions end, the report is signed. Raises WindowMoved, Denied."""
        await self._end(number, "person", actor, _may(actor, Action.CONTRACTOR_CLOSE))

    async def read(self, actor: Actor, number: int) -> None:
        """The report was taken for the organisation. Raises WindowMoved, Denied."""
        may = _may(actor, Action.CONTRACTOR_SEE)
        await self._act(actor, "contractor-read", may, str(number), lambda: self._windows.read(number, actor.id))

    # -- the console's side ---------------------------------------------------------------------------------------

    async def window(self, actor: Actor, number: int = 0) -> Window:
        """Open for that contractor now; ``number``: and it is this one. Raises WindowClosed."""
        found = await asyncio.to_thread(self._windows.for_person, actor.id) if actor.kind == "person" else None
        if found is None or number not in (0, found.number):
            raise WindowClosed()
        return found

    async def wrote(self, window: Window, kind: str, text: str) -> Frame:
        """One more frame, on the disk before it is shown. Raises WindowClosed, CommandsTooMany."""
        return await asyncio.to_thread(self._recording.add, window, kind, text)

    async def refused(self, draft: Draft, problem: DemeureError) -> None:
        """A command that was not run: told with its reason."""
        await self._journal.close(await self._journal.intention(draft), "refused", decision=problem.code())

    async def request(self, actor: Actor, window: Window, what: str) -> None:
        """Leave a request for whoever runs the machine: in the journal, the recording and the report. Raises
        WindowClosed."""
        told = f"{window.number} {what}"
        draft = Draft("administration", REQUESTED, chain=window.chain, actor=actor.id, object=told)
        await self._journal.record(draft)
        await asyncio.to_thread(self._recording.ask, window, what)

    async def requests(self, actor: Actor) -> list[tuple[Window, Requested]]:
        """What contractors asked of whoever runs the machine: in open windows, and in those of the last week."""
        oldest = self._clock.now() - timedelta(days=ASKED_DAYS)
        known = {one.number: one for one in await self.windows(actor)}
        lately = [one.number for one in known.values() if (one.closed_at or self._clock.now()) > oldest]
        found = await asyncio.to_thread(self._recording.requested, lately)
        return [(known[one.window], one) for one in found]

    async def requests_of(self, window: Window) -> list[Requested]:
        """Those of that window, in order."""
        return await asyncio.to_thread(self._recording.requested, [window.number])

    def waits(self, errand: str) -> int:
        """Minutes before that work of the machine may be asked for again from a console; 0: now, and it counts."""
        now, last = self._clock.monotonic(), self._errands.get(errand)
        if last is not None and 0 <= now - last < ERRAND_SECONDS:
            return int((ERRAND_SECONDS - (now - last)) // 60) + 1
        self._errands[errand] = now
        return 0

    def not_begun(self, errand: str) -> None:
        """That work was refused: it may be asked for again at once."""
        self._errands.pop(errand, None)

    async def counts(self) -> dict[str, Any]:
        """How many rows of each kind, for the support bundle."""
        return await asyncio.to_thread(self._register.counts)

    async def frames(self, window: Window) -> list[Frame]:
        """What the window's own holder typed and saw."""
        return await asyncio.to_thread(self._recording.frames, window.number)

    def follow(self, number: int, task: asyncio.Task[None]) -> None:
        """``task`` runs for this window: it is cut when the window closes."""
        tasks = self._running.setdefault(number, set())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    # -- the house's own ------------------------------------------------------------------------------------------

    async def keep(self) -> None:
        """Until cancelled: close what is over, sign what was not."""
        while True:
            try:
                await self.look()
            except DemeureError as problem:  # the disk, the database or the journal: it tries again
                note("gateway", f"windows wait: {problem.code()}")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """One look: whatever is over closes now, whoever died meanwhile; what closed without a report gets it."""
        found = await asyncio.to_thread(self._windows.open_ones)
        shut = await asyncio.to_thread(self._windows.accounts_closed) if found else set()
        for window in found:
            why = "account" if window.number in shut else window.over(self._clock)
            if why:
                try:
                    await self._end(window.number, why, THE_HOUSE, None)
                except WindowMoved:
                    continue
        await self.finish()
        await self.refresh()
        if self.present and abs(self._clock.monotonic() - self._told) >= _SEEN_SECONDS:
            self._told = self._clock.monotonic()
            for window in self.present:
                await asyncio.to_thread(self._windows.seen, window.number)

    async def refresh(self) -> None:
        """What every page tells."""
        found = await asyncio.to_thread(self._windows.open_ones)
        self.present = tuple(one for one in found if not one.over(self._clock))

    async def finish(self) -> None:
        """Reports of windows that closed and could not be signed: a crash, a restore, a silent journal."""
        for window in await asyncio.to_thread(self._windows.without_report):
            if not self._ending.locked():
                async with self._ending:
                    await self._signed(window.number, window.closed_by or THE_HOUSE.id)

    async def _end(self, number: int, why: str, actor: Actor, decision: Decision | None) -> None:
        """Closed first, for everyone; then what runs is cut, then told."""
        async with self._ending:
            window = await asyncio.to_thread(self._windows.one, number)
            rule = decision.rule if decision else f"window-{why}"
            draft = Draft(
                "administration",
                "contractor-closed",
                chain=window.chain,
                actor=actor.id,
                object=f"{number} {why}",
                decision=rule,
            )
            async with written(self._journal, draft, decision or _own_accord(rule)) as work:
                by = actor.id if actor.kind in ("person", "system") else ""
                await asyncio.to_thread(self._windows.close, number, by, why)
                await self._cut(number)
                window = await asyncio.to_thread(self._windows.one, number)
                said = f"{why}: {window.closer or actor.id}"
                await asyncio.to_thread(lambda: self._recording.add(window, MARK, said, last=True))
                work.object = f"{number} {why}"
        try:
            await self._signed(number, actor.id)
        except DemeureError as problem:  # it is closed; ``finish`` tries again
            note("gateway", f"report of window {number} waits: {problem.code()}")
        await self.refresh()

    async def _cut(self, number: int) -> None:
        running = list(self._running.pop(number, ()))
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _signed(self, number: int, by: str) -> None:
        """The report, signed and kept; the journal holds the digest of the recording and of the report."""
        window = await asyncio.to_thread(self._windows.one, number)
        company = await asyncio.to_thread(self._register.one, window.company)
        broken = ""
        try:
            frames = await asyncio.to_thread(self._recording.frames, number)
        except RecordingBroken as problem:  # told, not hidden
            frames, broken = [], problem.sentence("en")
        text = report(window, company, frames, self._organisation, broken)
        digest = hashlib.sha512(text.encode()).hexdigest()
        about = f"contractor window {number}"
        signature = await self._journal.attest(digest, about, By(by, window.chain))
        told = f"{number} sha256:{hashlib.sha256(cast(window, frames)).hexdigest()} report:{digest[:32]}"
        await self._journal.record(
            Draft("administration", "contractor-reported", chain=window.chain, actor=by, object=told)
        )
        await asyncio.to_thread(self._windows.reported, number, text, signature)

    async def _act(
        self,
        actor: Actor,
        name: str,
        decision: Decision,
        told: str,
        work: Callable[[], T],
        *,
        chain: str = "",
        payload: bytes = b"",
    ) -> T:
        kind = "retrieval" if name == "recording-read" else "administration"
        draft = Draft(
            kind=kind,
            name=name,
            chain=chain or uuid4().hex,
            actor=actor.id,
            object=told,
            decision=decision.rule,
            payload=payload,
        )
        async with written(self._journal, draft, decision):
            return await asyncio.to_thread(work)


def _may(actor: Actor, action: Action) -> Decision:
    return decide(actor, action, Resource("house"))


def _own_accord(rule: str) -> Decision:
    """What ends by itself asks nobody."""
    return Decision(True, (), rule)
