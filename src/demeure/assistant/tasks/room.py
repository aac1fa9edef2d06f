"""The room of the tasks, put together by hand."""

from dataclasses import dataclass
from pathlib import Path

from demeure.assistant.tasks.cupboard import FOLDER, Cupboard
from demeure.assistant.tasks.listing import Listing
from demeure.assistant.tasks.making import Stems
from demeure.assistant.tasks.passages import Base, NoBase, Searcher
from demeure.assistant.tasks.reading import Desk, Library
from demeure.assistant.tasks.runner import Runner
from demeure.assistant.tasks.tasks import Tasks
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.works import Works
from demeure.assistant.withdrawn import Spaces
from demeure.assistant.wording import NoWords, WordsInForce
from demeure.clock import Clock
from demeure.engine import Engine
from demeure.journal import Journal
from demeure.settings import Settings
from demeure.store import Database
from demeure.workshop import Workshop


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
    words: WordsInForce | None = None,
    searcher: Searcher | None = None,
) -> TaskRoom:
    """``words``: the organisation's, in every draft; none: those of a house that has said nothing. ``searcher``: of
    its documents; none: nothing is found."""
    words = words or NoWords()
    works = Works(house, clock)
    desk = Desk(works, library, workshop)
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
        words=words,
        base=Base(searcher or NoBase(), journal),
    )
    tasks = Tasks(
        *(works, desk, cupboard, runner),
        journal=journal,
        rights=rights,
        words=words,
        clock=clock,
    )
    return TaskRoom(tasks, Listing(house, rights), runner)
