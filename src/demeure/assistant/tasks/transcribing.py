"""Drafts that are heard instead of written: a window of sound after another, behind everybody who waits for an
answer.

Promise: a window that was heard is kept at once and never heard again; the sound goes when the text is whole,
unless its author asked to keep it.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from demeure.assistant.tasks import checking, transcript
from demeure.assistant.tasks.definition import RECORDING
from demeure.assistant.tasks.errors import RecordingGone
from demeure.assistant.tasks.recordings import Recording, Recordings
from demeure.assistant.tasks.rows import DraftRow
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.works import Works
from demeure.journal import Journal
from demeure.workshop import (
    TOGETHER,
    Ears,
    JobFailed,
    Said,
    SpeechModel,
    SpeechModelAltered,
    SpeechModelMissing,
    WorkshopBusy,
)

if TYPE_CHECKING:
    from demeure.assistant.tasks.runner import Run

TRANSCRIBE, TRANSCRIPTION = "transcribe", "transcription"
"""The recipe, and the task that comes with the house."""

LANGUAGE, KEEP = "langue", "garder"
"""Fields of the task, beside its recording."""

ERASED = "recording-erased"
ATTEMPTS, PAUSE = 3, 2.0
"""How often a window that a job did not survive is heard again, and seconds before that."""


class Transcriber:
    """Composed with the room. ``model``: what is installed now, called in a thread."""

    def __init__(
        self,
        *,
        works: Works,
        recordings: Recordings,
        ears: Ears,
        model: Callable[[], SpeechModel | None],
        journal: Journal,
        turns: Turns,
        threads: int,
    ) -> None:
        self._works, self._recordings, self._ears, self._model = works, recordings, ears, model
        self._journal, self._turns, self._threads = journal, turns, threads
        self._one = asyncio.Lock()

    async def write(self, run: "Run", opened: str) -> dict[str, Any]:
        """The values of the finished draft; ``opened``: name of the entry before the first word. Raises
        FileUnknown, RecordingGone, SpeechModelMissing, a JobFailed."""
        file = run.work.fields.get(RECORDING, "").removeprefix("file:").strip()
        recording = await self._recordings.of(run.work.person, file)
        language = "en" if run.work.fields.get(LANGUAGE) == "en" else "fr"
        said = await self._planned(run, recording, language)
        run.live.tell(state="drafting")
        await self._works.set_state(run.draft.id, "drafting")
        run.opened = await self._journal.intention(run.draft_of("answer", opened))
        left = len(recording.windows) - len(said)
        unheard: list[int] = []
        if left:
            if not all(one.here for one in recording.windows[len(said) :]):
                raise RecordingGone()
            async with self._one:
                unheard = await self._heard(run, recording, said, language)
        run.text = self._told(run, recording, said, language)
        if run.work.fields.get(KEEP) != "oui" and any(one.here for one in recording.windows):
            await self._recordings.forget(file)
            await self._journal.record(run.draft_of("administration", ERASED, object=file))
        return {"sources": [], "report": [_report(recording, run.text, unheard)], "details": {"findings": []}}

    async def _planned(self, run: "Run", recording: Recording, language: str) -> list[list[Said]]:
        """What was heard already."""
        plan = _plan(recording, language)
        draft: DraftRow = run.draft
        said: list[list[Said]] = []
        parts = [(f"{transcript.clock(one.at + one.milliseconds)}", "") for one in recording.windows]
        if plan == draft.plan and len(draft.parts) == len(parts):
            for part in draft.parts:
                if part.text is None:
                    break
                said.append(transcript.brought(part.text))
        else:
            await self._works.planned(draft.id, plan, parts, "asked")
        states = ["ok" if at < len(said) else "wait" for at in range(len(parts))]
        run.live.tell(parts=[[title, place, states[at]] for at, (title, place) in enumerate(parts)])
        run.text = self._told(run, recording, said, language)
        return said

    async def _heard(self, run: "Run", recording: Recording, said: list[list[Said]], language: str) -> list[int]:
        """Adds to ``said`` until it is whole; the windows that no job survived are given back."""
        model = await asyncio.to_thread(self._model)
        if model is None:
            raise SpeechModelMissing()
        facts = {"model": model.id, "language": language, "seconds": recording.milliseconds // 1000}
        called = f"{model.id} sha256={model.sha256}"
        await self._journal.record(run.draft_of("extension", "model-called", facts, object=called))
        run.heard_with = model.id
        unheard: list[int] = []
        failures = 0
        while len(said) < len(recording.windows):
            before = len(said)
            size = 1 if failures else TOGETHER
            wanted = range(before, min(before + size, len(recording.windows)))
            run.live.parts[before][2] = "busy"
            run.live.tell()
            try:
                async with self._turns.part():
                    await self._some(run, recording, said, (wanted, model, language))
            except SpeechModelAltered:
                raise
            except WorkshopBusy:
                await asyncio.sleep(PAUSE)
            except JobFailed:
                if len(said) == before:
                    failures += 1
                    if failures > ATTEMPTS:
                        unheard.append(before)
                        await self._done(run, recording, said, [], language)
                        failures = 0
                    else:
                        await asyncio.sleep(PAUSE)
            else:
                failures = 0
        return unheard

    async def _some(
        self,
        run: "Run",
        recording: Recording,
        said: list[list[Said]],
        asked: tuple[Sequence[int], SpeechModel, str],
    ) -> None:
        wanted, model, language = asked
        sounds = await self._recordings.sounds(recording.file, wanted)
        answers = self._ears.hear(sounds, model=model, language=language, threads=self._threads)
        async with contextlib.aclosing(answers) as heard:  # type: ignore[type-var] # the port says less than it gives
            async for words in heard:
                await self._done(run, recording, said, words, language)
                if self._turns.asked:  # the rest after them; the model is loaded again, which takes a second
                    return

    async def _done(
        self, run: "Run", recording: Recording, said: list[list[Said]], words: Sequence[Said], language: str
    ) -> None:
        at = len(said)
        said.append(list(words))
        run.text = self._told(run, recording, said, language)
        await self._works.part_done(run.draft.id, at, transcript.kept(words), run.text)
        run.live.parts[at][2] = "ok"
        run.live.tell(text=run.text)

    @staticmethod
    def _told(run: "Run", recording: Recording, said: Sequence[Sequence[Said]], language: str) -> str:
        timed = [(one.at, words) for one, words in zip(recording.windows, said, strict=False)]
        return transcript.written(transcript.paragraphs(timed, language, run.marked))


def _plan(recording: Recording, language: str) -> str:
    told = [recording.file, language, [[one.at, one.milliseconds] for one in recording.windows]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _report(recording: Recording, text: str, unheard: Sequence[int]) -> dict[str, Any]:
    """What is told under a transcript: its length, how much is to be checked, what could not be heard."""
    return {
        "kind": "transcript",
        "length": transcript.clock(recording.milliseconds),
        "checks": checking.marks(text),
        "unheard": [transcript.clock(recording.windows[at].at) for at in unheard],
        "damaged": recording.damaged,
    }
