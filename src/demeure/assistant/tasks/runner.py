"""Drafts being written: each in its own task of the house, whoever watches, part after part.

Promise: nothing is asked of the model before it is in the journal; every word shown is already kept; a finished
part
is never asked again; what a crash cut goes on at the next start, where it was.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from demeure.assistant.headline import headline
from demeure.assistant.prompt import characters_about
from demeure.assistant.tasks import outside
from demeure.assistant.tasks.chosen import Chosen
from demeure.assistant.tasks.cupboard import Cupboard
from demeure.assistant.tasks.definition import RECORDING
from demeure.assistant.tasks.errors import DraftLost, TaskUnknown
from demeure.assistant.tasks.fitting import fitted, most_characters
from demeure.assistant.tasks.hub import Hub, Live
from demeure.assistant.tasks.making import Composed, Job, Messages, Recipe, Stems, Step, plan_of
from demeure.assistant.tasks.manner import ADDRESSED, against, mannered, tokens_told
from demeure.assistant.tasks.outside import Ways
from demeure.assistant.tasks.passages import Base
from demeure.assistant.tasks.reading import Desk
from demeure.assistant.tasks.recipes import RECIPES
from demeure.assistant.tasks.recipes.write import sought
from demeure.assistant.tasks.repairs import whole
from demeure.assistant.tasks.rows import DraftRow, WorkRow
from demeure.assistant.tasks.transcribing import TRANSCRIBE, Transcriber
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.works import Works
from demeure.assistant.through import Through
from demeure.assistant.tongue import asked_in
from demeure.assistant.wording import WordsInForce, in_force
from demeure.assistant.work import foremost, sealed
from demeure.engine import PART, TASK, Engine, EngineBusy, EngineDown, EngineFailed, FairQueue
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.policy import Actor
from demeure.settings import Settings

ASKED, OPENED, CLOSED, RESUMED = "task-asked", "draft-opened", "task-closed", "task-resumed"
FLUSH_SECONDS = 0.25
PATIENCE, RETRY = 180.0, 1.0
"""Seconds: how long a draft waits for a model that restarts, loads or is taken, and how often it asks again."""
SHORT = 1 / 18
"""Share of it for a short draft that its author has just asked for, and is looking at."""
T = TypeVar("T")


@dataclass
class Run:
    """One draft on its way. ``stopping``: its author stopped it; ``leaving``: the house closes; ``heard_with``: the
    recognition model; ``marked``: paragraphs whose figures were marked; ``through``: who writes in our place."""

    actor: Actor
    work: WorkRow
    draft: DraftRow
    request: OpenIntention
    live: Live
    opened: OpenIntention | None = None
    began: float = 0.0
    called: bool = False
    stopping: bool = False
    leaving: bool = False
    text: str = ""
    heard_with: str = ""
    marked: dict[str, str] = field(default_factory=dict)
    inner: "asyncio.Task[dict[str, Any]] | None" = None
    through: Through | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def draft_of(self, kind: str, name: str, payload: Mapping[str, Any] | None = None, **rest: Any) -> Draft:
        """An entry of its chain, sealed under the space's key when there is one space."""
        space = self.work.spaces[0] if len(self.work.spaces) == 1 else None
        body = b"" if payload is None else sealed(dict(payload))
        return Draft(kind, name, chain=self.draft.chain, actor=self.actor.id, space=space, payload=body, **rest)


class Runner:
    """Composed by the gateway, once. ``words``: of the organisation and of the spaces read; ``base``: their
    documents."""

    def __init__(
        self,
        *,
        works: Works,
        desk: Desk,
        cupboard: Cupboard,
        engine: Engine,
        journal: Journal,
        turns: Turns,
        settings: Settings,
        stems: Stems,
        words: WordsInForce,
        chosen: Chosen,
        base: Base,
        patience: float = PATIENCE,
        transcriber: Transcriber | None = None,
        queue: FairQueue | None = None,
        ways: Ways | None = None,
    ) -> None:
        self._works, self._desk, self._cupboard = works, desk, cupboard
        self._engine, self._journal, self._turns, self._settings = engine, journal, turns, settings
        self._stems, self._words, self._base, self._patience = stems, words, base, patience
        self._chosen = chosen
        self._model, self._weights, self._queue = "", "", queue or FairQueue(settings.engine_slots)
        self._transcriber, self._ways = transcriber, ways
        self.hub = Hub()
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, model: str, weights: str = "") -> None:
        """``model``: the name written from now on, ``weights`` the SHA-256 of its file."""
        self._model, self._weights = model, weights

    def begin(self, actor: Actor, work: WorkRow, draft: DraftRow, request: OpenIntention) -> None:
        """Write that draft in the background; ``request``: its open entry, closed when it is over."""
        parts = [[part.title, part.place, "ok" if part.text is not None else "wait"] for part in draft.parts]
        live = self.hub.open(work.id, Live(draft.id, draft.number, draft.state, draft.text, parts))
        run = self._runs[work.id] = Run(actor, work, draft, request, live, text=draft.text)
        task = asyncio.create_task(self._whole(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, work: str) -> bool:
        """Stop writing; what is there stays. False when nothing was being written."""
        run = self._runs.get(work)
        if run is None or run.inner is None:
            return False
        run.stopping = True
        run.inner.cancel()
        await run.over.wait()
        return True

    async def drain(self) -> None:
        """At shutdown: what is being written goes on at the next start."""
        for run in list(self._runs.values()):
            run.leaving = True
            if run.inner is not None:
                run.inner.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- one run ---------------------------------------------------------------------------------------------------

    async def _whole(self, run: Run) -> None:
        run.began = asyncio.get_running_loop().time()
        run.inner = asyncio.create_task(self._write(run))
        outcome, values = "done", {}
        try:
            values = await run.inner
        except asyncio.CancelledError:
            outcome = "stopped" if run.stopping else "interrupted"
        except DemeureError as problem:
            outcome = "refused" if problem.http_status in (403, 404) else "failed"
            values = {
                "reason": {"code": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
            }
        try:
            await self._close(run, outcome, values)
        finally:
            if self._runs.get(run.work.id) is run:
                del self._runs[run.work.id]
            self.hub.close(run.work.id, run.live)
            run.over.set()

    async def _write(self, run: Run) -> dict[str, Any]:
        if self._transcriber is not None and RECORDING in run.work.fields and await self._is_heard(run):
            return await self._transcriber.write(run, OPENED)
        if run.work.route:
            run.through = await outside.engine_of(self._ways, run.actor, run.work.route)
        job, recipe = await self._job(run)
        steps = await asyncio.to_thread(recipe.steps, job)
        said = await self._planned(run, job, steps)
        run.text = run.draft.text
        async with contextlib.AsyncExitStack() as held:
            if len(steps) > 1 and run.through is None:
                await held.enter_async_context(self._turns.long())
            run.live.tell(state="drafting")
            await self._works.set_state(run.draft.id, "drafting")
            run.opened = await self._journal.intention(run.draft_of("answer", OPENED))
            for at in range(len(said), len(steps)):
                run.live.parts[at][2] = "busy"
                run.live.tell()
                async with self._turn(run, steps):
                    said.append(await self._step(run, job, recipe, steps[at], said))
                run.text = await asyncio.to_thread(lambda: job.finish(recipe.so_far(job, said)))
                await self._works.part_done(run.draft.id, at, said[at], run.text)
                run.live.parts[at][2] = "ok"
                run.live.tell(text=run.text)
        composed = await asyncio.to_thread(recipe.composed, job, said)
        run.text = composed.text
        return self._values(job, composed)

    def _turn(self, run: Run, steps: Sequence[Step]) -> contextlib.AbstractAsyncContextManager[None]:
        """Of the house's own engine: another's is nobody's to wait for."""
        if run.through is not None:
            return contextlib.nullcontext()
        return self._turns.part() if len(steps) > 1 else self._turns.short()

    async def _is_heard(self, run: Run) -> bool:
        try:
            return (await self._cupboard.task(run.work.task)).recipe == TRANSCRIBE
        except TaskUnknown as problem:
            raise DraftLost() from problem

    async def _job(self, run: Run) -> tuple[Job, Recipe]:
        """All that it is made from, read again. Raises what reading can meet, DraftLost."""
        work, draft = run.work, run.draft
        try:
            task = await self._cupboard.task(work.task)
        except TaskUnknown as problem:
            raise DraftLost() from problem
        values = {**work.fields, **draft.given}
        readings = await self._desk.readings(run.actor, task, values, draft.chain)
        read = "\n".join(one.text for those in readings.values() for one in those)
        glossary, voice = await asyncio.to_thread(in_force, self._words, work.spaces)
        followed = await asyncio.to_thread(self._chosen.followed, task, values)
        told = (task, work.language, read or "\n".join(values.values()), self._settings.engine_context)
        beside = tokens_told(glossary, voice, work.language)
        share = 1.0 if len(read) > characters_about(task.input) else self._share(run)
        most = 0  # of another's model: as the task says
        if run.through is None:
            most = await self._patiently(partial(most_characters, self._engine, *told, beside), share)
        job = Job(
            task=task,
            language=work.language,
            values=values,
            readings=fitted(readings, most),
            organisation=self._settings.organisation,
            stems=self._stems,
            wish=draft.wish,
            section=draft.section,
            most=most,
            glossary=glossary,
            voice=voice,
            day=f"{datetime.fromisoformat(draft.created_at).astimezone():%Y-%m-%d}" if draft.created_at else "",
            procedure=followed.get("procedure"),
            template=followed.get("template"),
        )
        return await self._after(run, await self._based(run, job))

    async def _after(self, run: Run, job: Job) -> tuple[Job, Recipe]:
        """With the draft that it says again, if any."""
        draft = run.draft
        if not draft.of:
            return job, RECIPES[job.task.recipe]
        former = run.work.draft(draft.of)
        if former is None or draft.section > len(job.task.sections):
            raise DraftLost()
        job = replace(job, former=former.text, former_sources=tuple(former.sources))
        return job, RECIPES["section" if draft.section else "refine"]

    async def _based(self, run: Run, job: Job) -> Job:
        """With what the base says of each section."""
        if job.wish or not job.spaces or not (wanted := sought(job)):
            return job
        how = (run.actor, wanted, job.spaces, run.draft_of, run.through.model if run.through else "")
        return replace(job, found=await self._base.found(*how))

    async def _planned(self, run: Run, job: Job, steps: Sequence[Step]) -> list[str]:
        """What was already said for the very same plan; otherwise the parts are written anew."""
        plan = await asyncio.to_thread(plan_of, job, steps)
        said: list[str] = []
        if plan == run.draft.plan and len(run.draft.parts) == len(steps):
            for part in run.draft.parts:
                if part.text is None:
                    break
                said.append(part.text)
        else:
            await self._works.planned(run.draft.id, plan, [(one.title, one.place) for one in steps], "asked")
        places = [[one.title, one.place, "ok" if at < len(said) else "wait"] for at, one in enumerate(steps)]
        run.live.tell(parts=places)
        return said

    @staticmethod
    def _kind(run: Run) -> str:
        return PART if len(run.live.parts) > 1 else TASK

    @staticmethod
    def _share(run: Run) -> float:
        """Of the patience: the whole of it for several parts, or for what goes on after a restart."""
        return 1.0 if len(run.live.parts) > 1 or run.draft.plan else SHORT

    async def _patiently(self, asked: Callable[[], Awaitable[T]], share: float = 1.0) -> T:
        """What the engine is asked, again while it is on its way back or has no place. Raises what it still meets
        after that share of the runner's patience, and EngineFailed at once."""
        end = asyncio.get_running_loop().time() + self._patience * share
        while True:
            try:
                return await asked()
            except (EngineDown, EngineBusy) as problem:
                if isinstance(problem, EngineFailed) or asyncio.get_running_loop().time() + RETRY > end:
                    raise
            await asyncio.sleep(RETRY)

    async def _step(self, run: Run, job: Job, recipe: Recipe, step: Step, said: Sequence[str]) -> str:
        messages = step.ask(said)
        if messages is None:
            return ""
        if step.worded:
            messages = mannered(messages, job)
        before = await asyncio.to_thread(recipe.so_far, job, said) if said or run.draft.wish else ""
        before = f"{job.finish(before).rstrip()}\n\n" if before.strip() else ""
        text = await self._asked(run, job, step, messages, before)
        more = step.again(text) if step.again is not None else None
        if more is None:
            return text
        more = mannered(more, job) if step.worded else more
        both = replace(step, shown=lambda second: step.shown(step.merged(text, second)))
        return step.merged(text, await self._asked(run, job, both, more, before))

    async def _asked(self, run: Run, job: Job, step: Step, messages: Messages, before: str) -> str:
        """What the model answers; written before it is asked."""
        called = f"{self._model} sha256={self._weights}" if self._weights else self._model
        model, called = (run.through.model,) * 2 if run.through else (self._model, called)
        facts = {"model": model, "temperature": 0.0, "seed": 1}
        await asyncio.gather(
            self._journal.record(run.draft_of("input", "prompt-built", {"messages": messages})),
            self._journal.record(run.draft_of("extension", "model-called", facts, object=called)),
        )
        run.called = True
        if run.through is not None:  # what was refused, or left, is not sent again
            return await self._said(run, job, step, messages, before)
        return await self._patiently(lambda: self._said(run, job, step, messages, before), self._share(run))

    async def _said(self, run: Run, job: Job, step: Step, messages: Messages, before: str) -> str:
        text, due, clock = "", 0.0, asyncio.get_running_loop().time
        how: dict[str, Any] = {"max_tokens": step.output, "temperature": 0.0, "seed": 1}
        if run.through is not None:
            stream = outside.stream(run.through, self._works, (run.work, job, run.draft.chain), messages, how)
        else:
            asked = (run.actor.id, self._kind(run), lambda: self._engine.chat(messages, **how), run.live.rank)
            stream = self._queue.stream(*asked)
        finish = None
        async with contextlib.aclosing(stream) as answer:
            async for delta in answer:
                text += delta.text
                finish = delta.finish or finish
                if clock() >= due:
                    await self._show(run, before + job.finish(step.shown(text)))
                    due = clock() + FLUSH_SECONDS
        return whole(text, cut=finish == "length")

    async def _show(self, run: Run, text: str) -> None:
        run.text = text
        await self._works.keep(run.draft.id, text)
        run.live.tell(text=text)

    @staticmethod
    def _values(job: Job, composed: Composed) -> dict[str, Any]:
        quotes = [str(one["quote"]) for one in composed.sources]
        addressed = bool(job.wish) or job.task.recipe in ADDRESSED
        told = against(composed.text, job.glossary, job.voice, job.language, quotes, addressed=addressed)
        report = [*composed.report, *told]
        if "language" in job.task.checks and composed.text:
            spoken = asked_in(composed.text[:4000], job.language)
            if spoken != job.language:
                report.append({"kind": "language", "spoken": spoken})
        return {
            "sources": list(composed.sources),
            "report": report,
            "details": {"findings": [one.told() for one in composed.findings]},
            "title": composed.title,
        }

    # -- its end ---------------------------------------------------------------------------------------------------

    async def _close(self, run: Run, outcome: str, values: dict[str, Any]) -> None:
        """Journal first, then the row; a house that closes leaves the row to the next start."""
        seconds = round(asyncio.get_running_loop().time() - run.began, 1)
        wrote = run.through.model if run.through else self._model
        model = run.heard_with or (wrote if run.called else "")
        details = {**run.draft.details, **values.pop("details", {}), "model": model, "seconds": seconds}
        if run.through is not None and (left := run.through.told()):
            details["route"] = {**left, "route": run.through.shown}
        title = values.pop("title", "")
        told = "interrupted" if outcome == "stopped" else outcome
        writing: list[Any] = []
        if run.opened is not None:
            checked = foremost({"findings": details.get("findings", [])})
            writing.append(self._journal.record(run.draft_of("filter", "draft-checked", checked)))
            writing.append(self._journal.close(run.opened, told, payload=sealed({"text": run.text})))
        writing.append(self._journal.close(run.request, told, name=CLOSED))
        try:
            await asyncio.gather(*writing)
        finally:  # a closing that could not be written is owed to the journal; the row does not wait for it
            if not run.leaving:
                state = {"done": "done", "stopped": "stopped", "interrupted": "stopped"}.get(outcome, "failed")
                if title and run.draft.number == 1:  # before its end: whoever sees that sees the name
                    await self._works.named(run.work.id, headline(title), run.work.title)
                await self._works.end(
                    run.draft.id, {"state": state, "text": run.text, "details": details, **values}
                )
                run.live.tell(state=state, text=run.text)
