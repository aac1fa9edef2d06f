"""The room of the tasks, put together by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demeure.assistant.tasks.cupboard import FOLDER, Cupboard
from demeure.assistant.tasks.listing import Listing
from demeure.assistant.tasks.making import Finisher, Stems
from demeure.assistant.tasks.reading import Desk, Dictation, Library
from demeure.assistant.tasks.recordings import Recordings
from demeure.assistant.tasks.runner import Runner
from demeure.assistant.tasks.tasks import Tasks
from demeure.assistant.tasks.transcribing import Transcriber
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.works import Works
from demeure.assistant.withdrawn import Spaces
from demeure.clock import Clock
from demeure.engine import Engine
from demeure.journal import Journal
from demeure.settings import Settings
from demeure.store import Database
from demeure.workshop import Ears, SpeechModel, Workshop


def _as_it_is(text: str, _language: str) -> str:
    return text


@dataclass(frozen=True)
class TaskRoom:
    """``tasks``: what people do; ``listing``: their works; ``runner``: told the model, drained at the end."""

    tasks: Tasks
    listing: Listing
    runner: Runner


def compose(
    *,
    house: Database,
    instance: Path,
    journal: Journal,
    clock: Clock,
    engine: Engine,
    turns: Turns,
    rights: Spaces,
    library: Library,
    workshop: Workshop,
    settings: Settings,
    stems: Stems,
    finish: Finisher = _as_it_is,
    ears: Ears | None = None,
    speech: Callable[[], SpeechModel | None] = lambda: None,
    threads: int = 1,
) -> TaskRoom:
    """``finish``: what every text passes through before it is kept (typography). ``ears``: what hears
    recordings, with the model that ``speech`` finds, on so many ``threads``."""
    works, recordings = Works(house, clock), Recordings(house, clock)
    dictation = transcriber = None
    if ears is not None:
        dictation = Dictation(recordings, ears, speech)
        transcriber = Transcriber(
            works=works,
            recordings=recordings,
            ears=ears,
            model=speech,
            journal=journal,
            turns=turns,
            threads=threads,
        )
    desk = Desk(works, library, workshop, dictation)
    cupboard = Cupboard(house, instance / FOLDER, journal, clock)
    runner = Runner(
        works=works,
        desk=desk,
        cupboard=cupboard,
        engine=engine,
        journal=journal,
        turns=turns,
        settings=settings,
        stems=stems,
        finish=finish,
        transcriber=transcriber,
    )
    tasks = Tasks(
        works=works,
        desk=desk,
        cupboard=cupboard,
        runner=runner,
        journal=journal,
        rights=rights,
        recordings=recordings,
    )
    return TaskRoom(tasks, Listing(house, rights), runner)
