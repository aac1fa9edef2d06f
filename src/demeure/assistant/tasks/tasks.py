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

from demeure.assistant.tasks.cupboard import Cupboard
from demeure.assistant.tasks.definition import LANGUAGES, Task
from demeure.assistant.tasks.errors import (
    DraftEmpty,
    DraftLost,
    FieldMissing,
    FieldTooLong,
    FileUnknown,
    RecordingGone,
    TaskIsAQuestion,
    TranscriptNotRefined,
    WorkBusy,
    WorkNameEmpty,
    WorkUnknown,
    WorkWithdrawn,
)
from demeure.assistant.tasks.reading import FILE, Desk, files_of
from demeure.assistant.tasks.recipes import RECIPES
from demeure.assistant.tasks.recordings import Recording, Recordings
from demeure.assistant.tasks.rows import DraftRow, FileRow, WorkRow
from demeure.assistant.tasks.runner import ASKED, CLOSED, OPENED, RESUMED, Runner
from demeure.assistant.tasks.transcribing import FIELD, TRANSCRIBE, TRANSCRIPTION
from demeure.assistant.tasks.works import TITLE_LENGTH, Works, new_id
from demeure.assistant.withdrawn import Spaces, readable
from demeure.assistant.work import sealed
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.policy import Action, Actor, Decision, Resource, decide, edition

EDITED, RENAMED, DELETED, SHARED = "draft-edited", "work-renamed", "work-deleted", "work-shared"
HEARD = "recording-heard"
WISH_CHARACTERS, TEXT_CHARACTERS = 300, 400_000


class Tasks:
    """Composed by the gateway. Concurrent calls are welcome."""

    def __init__(
        self,
        *,
        works: Works,
        desk: Desk,
        cupboard: Cupboard,
        runner: Runner,
        journal: Journal,
        rights: Spaces,
        recordings: Recordings | None = None,
    ) -> None:
        self._works, self._desk, self.cupboard, self._runner = works, desk, cupboard, runner
        self._journal, self._rights, self._recordings = journal, rights, recordings

    # -- asking ----------------------------------------------------------------------------------------------------

    async def start(self, actor: Actor, name: str, given: Mapping[str, str], language: str) -> WorkRow:
        """Ask for a draft; it is written in the background. Raises TaskUnknown, FieldMissing, FieldTooLong,
        FieldWrong, FileUnknown, DocumentUnknown, Denied, the journal's errors."""
        task = await self.cupboard.task(name)
        if task.recipe not in (*RECIPES, TRANSCRIBE):
            raise TaskIsAQuestion(task=task.name)
        if recording := await self._desk.recording_in(actor, task, given):  # its words first, read and corrected
            return await self.start(actor, TRANSCRIPTION, {FIELD: recording}, language)
        language = language if language in (task.prompts or LANGUAGES) else "fr"
        decision = decide(actor, Action.TASK_USE, Resource("house", task.name))
        if not decision.allowed:
            await self._refused(actor, task, decision)
        fields, spaces, named = await self._desk.checked(actor, task, given)
        title = f"{task.title[language]} : {named}" if named else task.title[language]
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
        )
        request = await self._intention(actor, work, uuid4().hex, ASKED, {"fields": fields}, decision)
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
        if FIELD in row.fields and (await self.cupboard.task(row.task)).recipe == TRANSCRIBE:
            raise TranscriptNotRefined()
        of = row.draft(number)
        if of is None or not of.text.strip():
            raise DraftLost()
        return await self._another(actor, row, of.number, wish)

    async def again(self, actor: Actor, work: str) -> WorkRow:
        """Go on with a draft that stopped or failed, from its last finished part."""
        row = await self._mine(actor, work, Action.WORK_WRITE)
        draft = row.draft()
        if draft is None or draft.state not in ("stopped", "failed"):
            raise WorkBusy() if draft is not None and draft.open else DraftLost()
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

    async def _another(self, actor: Actor, row: WorkRow, of: int, wish: str) -> WorkRow:
        decision = decide(actor, Action.TASK_USE, Resource("house", row.task))
        decision.require()
        told = {"work": row.id, "of": of, "wish": wish}
        request = await self._intention(actor, row, uuid4().hex, ASKED, told, decision)
        try:
            draft = await self._works.another(row.id, request.entry.chain, request.index, of, wish)
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
            last = replace(row.drafts[-1], text=live.text or row.drafts[-1].text)
            row = replace(row, drafts=(*row.drafts[:-1], last))
        return replace(row, mine=mine)

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

    async def has_sound(self, actor: Actor, work: str) -> bool:
        """Whether the recording of one's own transcript was kept. Raises WorkUnknown."""
        try:
            recording = await self._recording(actor, work)
        except (FileUnknown, RecordingGone):
            return False
        return bool(recording.windows)

    async def sound(self, actor: Actor, work: str) -> tuple[int, AsyncIterator[bytes]]:
        """(bytes, the WAV file) of a recording that was kept. Raises WorkUnknown, FileUnknown, RecordingGone."""
        recording = await self._recording(actor, work)
        assert self._recordings is not None
        draft = Draft("retrieval", HEARD, chain=uuid4().hex, actor=actor.id, object=work)
        await self._journal.record(draft)
        return self._recordings.wav(recording)

    async def _recording(self, actor: Actor, work: str) -> Recording:
        row = await self._mine(actor, work, Action.WORK_READ)
        if self._recordings is None or not row.mine:
            raise FileUnknown()
        recording = await self._recordings.of(actor.id, row.fields.get(FIELD, "").removeprefix(FILE).strip())
        if not all(one.here for one in recording.windows):
            raise RecordingGone()
        return recording

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
        await self._written(actor, EDITED, row, lambda: self._works.edit(draft.id, text), {"text": text})

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
        """Whatever a crash left open in the journal gets its closing; a deletion is done to its end."""
        if self._recordings is not None:
            await self._recordings.sweep()
        closed = 0
        for intention in await self._journal.open_intentions():
            name = intention.entry.name
            if name == DELETED:
                with contextlib.suppress(WorkUnknown):
                    await asyncio.to_thread(self._works.erase, intention.entry.actor, intention.entry.object)
                await self._journal.close(intention, "done")
            elif name in (ASKED, RESUMED, OPENED):
                found = await self._works.of_chain(intention.entry.chain)
                outcome = "done" if found is not None and found[1].state == "done" else "interrupted"
                text = sealed({"text": found[1].text if found else ""})
                rest: dict[str, Any] = {"payload": text} if name == OPENED else {"name": CLOSED}
                await self._journal.close(intention, outcome, **rest)
            elif name in (EDITED, RENAMED, SHARED, "task-file", "task-added", "task-withdrawn"):
                await self._journal.close(intention, "interrupted")
            else:
                continue
            closed += 1
        return closed

    async def take_up(self, actor_of: Callable[[str], Actor | None]) -> int:
        """Go on with what a crash cut, as its author, with the rights they have now. Returns how many."""
        taken = 0
        for work, draft_id in await self._works.left_open():
            row = await self._works.work(work)
            draft = next((one for one in row.drafts if one.id == draft_id), None) if row else None
            if row is None or draft is None:
                continue
            actor = await asyncio.to_thread(actor_of, row.person)
            try:
                if actor is None:
                    raise WorkUnknown()
                await self.resume(actor, row, draft)
                taken += 1
            except DemeureError as problem:
                told = {"code": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
                await self._works.end(draft.id, {"state": "failed", "reason": told})
        return taken

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
