"""The room of the tasks, put together by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.assistant.tasks.chosen import Chosen
from demeure.assistant.tasks.cupboard import FOLDER, Cupboard
from demeure.assistant.tasks.expiring import Expiring
from demeure.assistant.tasks.listing import Listing
from demeure.assistant.tasks.making import Stems
from demeure.assistant.tasks.outside import Ways
from demeure.assistant.tasks.passages import Base, NoBase, Searcher
from demeure.assistant.tasks.playback import Playback
from demeure.assistant.tasks.reading import Desk, Dictation, Library
from demeure.assistant.tasks.recordings import Recordings
from demeure.assistant.tasks.runner import Runner
from demeure.assistant.tasks.tasks import Tasks
from demeure.assistant.tasks.transcribing import Transcriber
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.works import Works
from demeure.assistant.withdrawn import Spaces
from demeure.assistant.wording import NoWords, WordsInForce
from demeure.clock import Clock
from demeure.engine import Engine, FairQueue
from demeure.journal import Journal
from demeure.settings import Settings
from demeure.store import Database
from demeure.workshop import Ears, SpeechModel, Workshop


@dataclass(frozen=True)
class TaskRoom:
    """``tasks``: what people do; ``listing``: their works; ``playback``: recordings that were kept; ``runner``:
    told the model, drained at the end; ``expiring``: what the house erases of its own accord."""

    tasks: Tasks
    listing: Listing
    playback: Playback
    runner: Runner
    expiring: Expiring

    def ports(self) -> dict[str, Any]:
        """As the house names them."""
        return {"tasks": self.tasks, "works": self.listing, "playback": self.playback}


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
    words: WordsInForce | None = None,
    searcher: Searcher | None = None,
    ears: Ears | None = None,
    speech: Callable[[], SpeechModel | None] = lambda: None,
    threads: int = 1,
    queue: FairQueue | None = None,
    ways: Ways | None = None,
) -> TaskRoom:
    """``words``: the organisation's, in every draft; none: those of a house that has said nothing. ``searcher``: of
    its documents; none: nothing is found. ``ears``: what hears recordings, with the model that ``speech`` finds, on
    so many ``threads``; none: no recording is taken. ``queue``: of the engine's places, the assistant's too.
    ``ways``: to engines at the end of routes."""
    words = words or NoWords()
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
    chosen = Chosen(rights, words)
    desk = Desk(works, library, workshop, dictation)
    cupboard = Cupboard(house, instance / FOLDER, journal, clock)
    kept: dict[str, Any] = {"works": works, "desk": desk, "cupboard": cupboard, "journal": journal}
    runner = Runner(
        **kept,
        engine=engine,
        turns=turns,
        settings=settings,
        stems=stems,
        words=words,
        chosen=chosen,
        base=Base(searcher or NoBase(), journal),
        transcriber=transcriber,
        queue=queue,
        ways=ways,
    )
    told: dict[str, Any] = {"journal": journal, "rights": rights, "words": words, "clock": clock}
    tasks = Tasks(works, desk, cupboard, runner, **told, recordings=recordings, chosen=chosen)
    playback, expiring = Playback(tasks.work, recordings, journal), Expiring(works, runner, journal)
    return TaskRoom(tasks, Listing(house, rights), playback, runner, expiring)
