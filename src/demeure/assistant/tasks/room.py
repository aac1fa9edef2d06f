"""The room of the tasks, put together by hand."""

from dataclasses import dataclass
from pathlib import Path

from demeure.assistant.tasks.cupboard import FOLDER, Cupboard
from demeure.assistant.tasks.listing import Listing
from demeure.assistant.tasks.making import Finisher, Stems
from demeure.assistant.tasks.reading import Desk, Library
from demeure.assistant.tasks.runner import Runner
from demeure.assistant.tasks.tasks import Tasks
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.works import Works
from demeure.assistant.withdrawn import Spaces
from demeure.clock import Clock
from demeure.engine import Engine
from demeure.journal import Journal
from demeure.settings import Settings
from demeure.store import Database
from demeure.workshop import Workshop


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
) -> TaskRoom:
    """``finish``: what every text passes through before it is kept (typography)."""
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
        finish=finish,
    )
    tasks = Tasks(works=works, desk=desk, cupboard=cupboard, runner=runner, journal=journal, rights=rights)
    return TaskRoom(tasks, Listing(house, rights), runner)
