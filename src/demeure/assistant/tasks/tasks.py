"""What a person does with tasks: ask for a draft, refine, stop, go on, change, name, share, delete.

Promise: policy decides each act and the journal holds it before it happens; another person's work does not exist,
nor
does what came from documents that one may no longer read.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from demeure.assistant.headline import headline
from demeure.assistant.tasks.checking import counted
from demeure.assistant.tasks.chosen import Chosen
from demeure.assistant.tasks.cupboard import Cupboard
from demeure.assistant.tasks.definition import LANGUAGES, RECORDING, Task
from demeure.assistant.tasks.errors import (
    DraftEmpty,
    DraftLost,
    FieldMissing,
    FieldTooLong,
    SectionUnknown,
    TaskIsAQuestion,
    TaskUnknown,
    TranscriptNotRefined,
    WorkBusy,
    WorkNameEmpty,
    WorkUnknown,
    WorkWithdrawn,
)
from demeure.assistant.tasks.interrupted import DELETED, EDITED, RENAMED, REVIEWED, SHARED, closed, taken_up
from demeure.assistant.tasks.manner import ADDRESSED, against, renewed
from demeure.assistant.tasks.reading import Desk, files_of
from demeure.assistant.tasks.recipes import RECIPES
from demeure.assistant.tasks.recordings import Recordings
from demeure.assistant.tasks.rows import Again, DraftRow, FileRow, WorkRow
from demeure.assistant.tasks.runner import ASKED, CLOSED, RESUMED, Runner
from demeure.assistant.tasks.transcribing import TRANSCRIBE, TRANSCRIPTION
from demeure.assistant.tasks.works import TITLE_LENGTH, Works, new_id
from demeure.assistant.withdrawn import Spaces, readable
from demeure.assistant.wording import WordsInForce, in_force
from demeure.assistant.work import sealed
from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.policy import Action, Actor, Decision, Resource, Right, decide, edition

WISH_CHARACTERS, TEXT_CHARACTERS = 300, 400_000


class Tasks:
    """Composed by the gateway. Concurrent calls are welcome. ``chosen``: what forms offer of the
    organisation's templates and procedures."""

    def __init__(
        self,
        works: Works,
        desk: Desk,
        cupboard: Cupboard,
        runner: Runner,
        *,
        journal: Journal,
        rights: Spaces,
        words: WordsInForce,
        clock: Clock,
        recordings: Recordings,
        chosen: Chosen,
    ) -> None:
        self._works, self._desk, self.cupboard, self._runner = works, desk, cupboard, runner
        self._journal, self._rights, self._words, self._clock = journal, rights, words, clock
        self._recordings, self.chosen = recordings, chosen

    # -- asking ----------------------------------------------------------------------------------------------------

    async def start(
        self, actor: Actor, name: str, given: Mapping[str, str], language: str, route: str = ""
    ) -> WorkRow:
        """Ask for a draft; it is written in the background, by the engine of ``route`` if any. Raises TaskUnknown,
        FieldMissing, FieldTooLong, FieldWrong, FileUnknown, DocumentUnknown, Denied, the journal's errors."""
        task = await self.cupboard.task(name)
        if task.recipe not in (*RECIPES, TRANSCRIBE):
            raise TaskIsAQuestion(task=task.name)
        if recording := await self._desk.recording_in(actor, task, given):  # its words first, read and corrected
            return await self.start(actor, TRANSCRIPTION, {RECORDING: recording}, language)  # heard here
        language = language if language in (task.prompts or LANGUAGES) else "fr"
        decision = decide(actor, Action.TASK_USE, Resource("house", task.name))
        if not decision.allowed:
            await self._refused(actor, task, decision)
        fields, spaces, named = await self._desk.checked(actor, task, given)
        chosen, theirs = await self.chosen.checked(actor, task, fields)
        fields, spaces = {**fields, **chosen}, spaces | theirs
        colon = "\u00a0: " if language == "fr" else ": "
        title = f"{task.title[language]}{colon}{headline(named)}" if named else task.title[language]
        work = WorkRow(
            id=new_id(),
            person=actor.id,
            task=task.name,
            task_version=task.version,
            language=language,
            title=_short(title),
            fields=fields,
            spaces=sorted(spaces),
            shared=None,
            created_at="",
            updated_at="",
            route=route,
        )
        request = await self._intention(
            actor, work, uuid4().hex, ASKED, {"fields": fields, **({"route": route} if route else {})}, decision
        )
        try:
            draft = await self._works.begin(work, request.entry.chain, request.index, files_of(fields))
        except DemeureError as problem:
            await self._journal.close(request, "refused" if problem.http_status == 404 else "failed", name=CLOSED)
            raise
        self._runner.begin(actor, replace(work, drafts=(draft,)), draft, request)
        return replace(work, drafts=(draft,))

    async def refine(self, actor: Actor, work: str, number: int, wish: str) -> WorkRow:
        """Another draft, that says that one again; ``wish``: shorter, warmer, formal, plainer, or a sentence."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        wish = " ".join(wish.split())
        if not wish:
            raise FieldMissing(field="Affiner", field_en="Refine")
        if len(wish) > WISH_CHARACTERS:
            names = {"field": "Affiner", "field_en": "Refine"}
            raise FieldTooLong(**names, length=len(wish), limit=WISH_CHARACTERS)
        if RECORDING in row.fields and (await self.cupboard.task(row.task)).recipe == TRANSCRIBE:
            raise TranscriptNotRefined()
        of = row.draft(number)
        if of is None or not of.text.strip():
            raise DraftLost()
        return await self._another(actor, row, Again(of.number, wish, given=of.given or None))

    async def section(self, actor: Actor, work: str, number: int, section: int, lines: str | None) -> WorkRow:
        """Another draft, in which that section alone (1, 2…) is written anew, from ``lines`` (None: those of
        before). Raises WorkUnknown, SectionUnknown, FieldTooLong, DraftLost, WorkBusy."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        of, task = row.draft(number), await self.cupboard.task(row.task)
        if of is None or not of.text.strip():
            raise DraftLost()
        if not 0 < section <= len(task.sections):
            raise SectionUnknown(section=section)
        given = dict(of.given)
        if lines is not None and (field := task.field(task.sections[section - 1].field)):
            if len(lines) > field.most:
                told = {"field": field.label["fr"], "field_en": field.label["en"]}
                raise FieldTooLong(**told, length=len(lines), limit=field.most)
            given[field.name] = lines.replace("\r\n", "\n").strip()
        return await self._another(actor, row, Again(of.number, "", section, given or None))

    async def again(self, actor: Actor, work: str, *, home: bool = False) -> WorkRow:
        """Go on with a draft that stopped or failed, from its last finished part; ``home``: with the house's own
        model from now on."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        draft = row.draft()
        if draft is None or draft.state not in ("stopped", "failed"):
            raise WorkBusy() if draft is not None and draft.open else DraftLost()
        if home and row.route:
            await self._works.take_home(row.id)
            row = replace(row, route="")
        await self.resume(actor, row, draft, ("stopped", "failed"))
        return row

    async def resume(
        self, actor: Actor, row: WorkRow, draft: DraftRow, states: Sequence[str] = ("asked", "drafting")
    ) -> None:
        """The same chain, another entry: its author’s wish, or a crash. Raises WorkBusy when the draft is
        in none of ``states`` any more."""
        decision = decide(actor, Action.TASK_USE, Resource("house", row.task))
        decision.require()
        request = await self._intention(actor, row, draft.chain, RESUMED, {"done": draft.done_parts}, decision)
        if not await self._works.reopen(draft.id, states):
            await self._journal.close(request, "refused", name=CLOSED)
            raise WorkBusy()
        self._runner.begin(actor, row, replace(draft, state="asked"), request)

    async def _another(self, actor: Actor, row: WorkRow, how: Again) -> WorkRow:
        decision = decide(actor, Action.TASK_USE, Resource("house", row.task))
        decision.require()
        request = await self._intention(actor, row, uuid4().hex, ASKED, vars(how), decision)
        try:
            draft = await self._works.another(row.id, request.entry.chain, request.index, how)
        except DemeureError as problem:
            await self._journal.close(request, "refused", name=CLOSED, decision=problem.code())
            raise
        row = replace(row, drafts=(*row.drafts, draft))
        self._runner.begin(actor, row, draft, request)
        return row

    async def stop(self, actor: Actor, work: str) -> None:
        """What is written so far is kept."""
        await self._mine(actor, work, Action.WORK_WRITE)
        await self._runner.stop(work)

    def ahead(self, work: str) -> int | None:
        return self._runner.hub.ahead(work)  # see hub.Hub

    async def follow(self, actor: Actor, work: str) -> AsyncGenerator[dict[str, Any]]:
        """See hub.Hub.follow. Raises WorkUnknown."""
        await self.work(actor, work)
        async with contextlib.aclosing(self._runner.hub.follow(work)) as told:
            async for event in told:
                yield event

    # -- reading ---------------------------------------------------------------------------------------------------

    async def work(self, actor: Actor, work: str) -> WorkRow:
        """One's own, or one that was shared where one may read. Raises WorkUnknown, WorkWithdrawn."""
        row = await self._works.work(work)
        if row is None:
            raise WorkUnknown()
        spaces = await asyncio.to_thread(readable, self._rights, actor)
        mine = decide(actor, Action.WORK_READ, Resource("work", work, owner=row.person)).allowed
        if not mine and row.shared not in spaces:
            raise WorkUnknown()
        if not set(row.spaces) <= spaces:
            raise WorkWithdrawn() if mine else WorkUnknown()
        live = self._runner.hub.live(work)
        if live is not None and row.drafts:
            last = replace(row.drafts[-1], text=live.shown or row.drafts[-1].text)
            row = replace(row, drafts=(*row.drafts[:-1], last))
        return replace(row, mine=mine)

    async def read_by(self, actor: Actor, row: WorkRow) -> tuple[Action, Resource]:
        """By which act ``actor`` reads that work, and of what: asked of the policy when a draft leaves."""
        if row.mine or row.shared is None:
            return Action.WORK_READ, Resource("work", row.id, owner=row.person)
        places = {place.id: place for place in await asyncio.to_thread(self._rights.spaces, actor)}
        place = places.get(row.shared)
        right, name = (place.right, place.name) if place else (Right.NONE, "")
        return Action.WORK_OPEN, Resource("work", row.id, name=name, space=row.shared, right=right)

    async def drop(self, actor: Actor, name: str, stream: AsyncIterator[bytes]) -> FileRow:
        """A file brought on a form. Raises Denied, NothingToRead, what reading a file can meet."""
        decision = decide(actor, Action.TASK_USE, Resource("house"))
        decision.require()
        draft = Draft("request", "task-file", chain=uuid4().hex, actor=actor.id, decision=decision.rule)
        written = await self._journal.intention(replace(draft, payload=name.encode("utf-8", "replace")))
        try:
            row = await self._desk.drop(actor, name, stream)
        except BaseException as problem:
            expected = isinstance(problem, DemeureError) and problem.http_status < 500
            await asyncio.shield(self._journal.close(written, "refused" if expected else "failed"))
            raise
        await self._journal.close(written, "done")
        return row

    async def file(self, actor: Actor, file: str) -> FileRow:
        """Raises FileUnknown."""
        return await self._works.file(actor.id, file)

    # -- its author's acts -----------------------------------------------------------------------------------------

    async def edit(self, actor: Actor, work: str, number: int, text: str) -> None:
        """Raises WorkUnknown, DraftEmpty, FieldTooLong, WorkBusy."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        draft, text = row.draft(number), text.replace("\r\n", "\n").strip()
        if draft is None:
            raise WorkUnknown()
        if draft.open:
            raise WorkBusy()
        if not text:
            raise DraftEmpty()
        if len(text) > TEXT_CHARACTERS:
            names = {"field": "Brouillon", "field_en": "Draft"}
            raise FieldTooLong(**names, length=len(text), limit=TEXT_CHARACTERS)
        report = await self._reported(row, draft, text)
        await self._written(actor, EDITED, row, lambda: self._works.edit(draft.id, text, report), {"text": text})

    async def _reported(self, row: WorkRow, draft: DraftRow, text: str) -> list[Mapping[str, Any]]:
        """What is told under a draft whose author changed its words."""
        told = counted(draft.report, text)
        glossary, voice = await asyncio.to_thread(in_force, self._words, row.spaces)
        with contextlib.suppress(TaskUnknown):
            addressed = bool(draft.wish) or (await self.cupboard.task(row.task)).recipe in ADDRESSED
            quotes = [str(one["quote"]) for one in draft.sources]
            blocks = against(text, glossary, voice, row.language, quotes, addressed=addressed)
            return renewed(told, blocks)
        return renewed(told, [])

    async def review(self, actor: Actor, work: str, number: int) -> None:
        """Its author has read this draft again, and says so in their name; other words would have to be read again.
        Raises WorkUnknown, WorkBusy."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        draft = row.draft(number)
        if draft is None or not draft.text.strip():
            raise WorkUnknown()
        if draft.open:
            raise WorkBusy()
        told = {"by": actor.name, "at": iso(self._clock.now())}
        await self._written(
            actor, REVIEWED, row, lambda: self._works.review(draft.id, told), {"number": draft.number, **told}
        )

    async def rename(self, actor: Actor, work: str, title: str) -> None:
        """Raises WorkUnknown, WorkNameEmpty."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        short = _short("".join(c if c.isprintable() else " " for c in title))
        if not short:
            raise WorkNameEmpty()
        await self._written(actor, RENAMED, row, lambda: self._works.rename(work, short), {"title": short})

    async def share(self, actor: Actor, work: str, space: str) -> None:
        """Let the readers of ``space`` read it; empty: nobody else any more. Raises WorkUnknown, Denied."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        decision: Decision | None = None
        if space:
            places = {place.id: place for place in await asyncio.to_thread(self._rights.spaces, actor)}
            if space not in places:
                raise WorkUnknown()
            place = places[space]
            resource = Resource("work", work, name=place.name, space=space, right=place.right)
            decision = decide(actor, Action.WORK_SHARE, resource)

        def act() -> Awaitable[object]:
            return self._works.share(work, space or None)

        await self._written(actor, SHARED, row, act, {"space": space}, decision)

    async def delete(self, actor: Actor, work: str) -> None:
        """Nothing of it is left in the house's database; what the journal sealed stays sealed."""
        row = await self._works.work(work)
        if row is None or not decide(actor, Action.WORK_WRITE, Resource("work", work, owner=row.person)).allowed:
            raise WorkUnknown()  # one's own may be deleted even when its documents may be read no more
        await self._runner.stop(work)
        await self._written(actor, DELETED, row, lambda: asyncio.to_thread(self._works.erase, actor.id, work))

    # -- after a crash ---------------------------------------------------------------------------------------------

    async def close_interrupted(self) -> int:
        """See interrupted.closed."""
        return await closed(self._works, self._recordings, self._journal)

    async def take_up(self, actor_of: Callable[[str], Actor | None]) -> int:
        """See interrupted.taken_up."""
        return await taken_up(self._works, actor_of, self.resume)

    # -- what is written -------------------------------------------------------------------------------------------

    async def _mine(self, actor: Actor, work: str, action: Action) -> WorkRow:
        row = await self.work(actor, work)
        if not decide(actor, action, Resource("work", work, owner=row.person)).allowed:
            raise WorkUnknown()
        return row

    async def _intention(
        self, actor: Actor, row: WorkRow, chain: str, name: str, told: Mapping[str, Any], decision: Decision
    ) -> OpenIntention:
        space = row.spaces[0] if len(row.spaces) == 1 else None
        about = f"task={row.task} version={row.task_version} policy={edition()}"
        draft = Draft(
            "request", name, chain=chain, actor=actor.id, space=space, object=about, decision=decision.rule
        )
        return await self._journal.intention(replace(draft, payload=sealed({"work": row.id, **told})))

    async def _refused(self, actor: Actor, task: Task, decision: Decision) -> None:
        draft = Draft("request", "task-refused", chain=uuid4().hex, actor=actor.id, object=f"task={task.name}")
        await self._journal.record(replace(draft, decision=decision.rule))
        decision.require()

    async def _written(
        self,
        actor: Actor,
        name: str,
        row: WorkRow,
        act: Callable[[], Awaitable[object]],
        told: Mapping[str, Any] | None = None,
        decision: Decision | None = None,
    ) -> None:
        """Decide, write the intention, act, close it."""
        decision = decision or decide(actor, Action.WORK_WRITE, Resource("work", row.id, owner=row.person))
        payload = json.dumps(told, ensure_ascii=False).encode() if told else b""
        draft = Draft(
            kind="administration",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=row.id,
            decision=decision.rule,
            payload=payload,
        )
        written = await self._journal.intention(draft)
        try:
            decision.require()
            await act()
        except DemeureError as problem:
            outcome = "refused" if problem.http_status in (403, 404) else "failed"
            await self._journal.close(written, outcome, decision=problem.code())
            raise
        await self._journal.close(written, "done")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1].rstrip()}…"
