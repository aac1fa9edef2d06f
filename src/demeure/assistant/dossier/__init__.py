"""Questions on whole documents, and the states of the engine that are kept ready for them."""

from demeure.assistant.dossier.advance import Advance
from demeure.assistant.dossier.idle import Belongings, Preparing
from demeure.assistant.dossier.reading import Dossiers, Ready
from demeure.assistant.dossier.snapshots import Asker, Snapshots, Unready, close_own, engine_of
from demeure.assistant.dossier.whole import Whole, whole_of

__all__ = [
    "Advance",
    "Asker",
    "Belongings",
    "Dossiers",
    "Preparing",
    "Ready",
    "Snapshots",
    "Unready",
    "Whole",
    "close_own",
    "engine_of",
    "whole_of",
]
