"""Tasks: forms that make drafts, live, durable, one's own until one shares them."""

from demeure.assistant.tasks.checking import findings_of
from demeure.assistant.tasks.chosen import TEXTS, Chosen
from demeure.assistant.tasks.cupboard import Broken, Cupboard, checked, delivered, from_file
from demeure.assistant.tasks.definition import FILE_BYTES, Case, Choice, Field, Task, judged
from demeure.assistant.tasks.expiring import Expiring
from demeure.assistant.tasks.hub import Hub
from demeure.assistant.tasks.listing import Listing, sequence
from demeure.assistant.tasks.playback import Playback
from demeure.assistant.tasks.reading import FILE, READS, WORK, Desk
from demeure.assistant.tasks.recipes.refine import WISHES
from demeure.assistant.tasks.room import TaskRoom, compose
from demeure.assistant.tasks.rows import DraftRow, FileRow, Listed, PartRow, WorkRow
from demeure.assistant.tasks.runner import Runner
from demeure.assistant.tasks.tasks import Tasks
from demeure.assistant.tasks.touching import DOCUMENT
from demeure.assistant.tasks.turns import Turns
from demeure.assistant.tasks.worddiff import Piece, compared
from demeure.assistant.tasks.works import TITLE_LENGTH, Works

__all__ = [
    "DOCUMENT",
    "FILE",
    "FILE_BYTES",
    "READS",
    "TEXTS",
    "TITLE_LENGTH",
    "WISHES",
    "WORK",
    "Broken",
    "Case",
    "Choice",
    "Chosen",
    "Cupboard",
    "Desk",
    "DraftRow",
    "Expiring",
    "Field",
    "FileRow",
    "Hub",
    "Listed",
    "Listing",
    "PartRow",
    "Piece",
    "Playback",
    "Runner",
    "Task",
    "TaskRoom",
    "Tasks",
    "Turns",
    "WorkRow",
    "Works",
    "checked",
    "compared",
    "compose",
    "delivered",
    "findings_of",
    "from_file",
    "judged",
    "sequence",
]
