"""Models: what is known, what is here, what is used. Nothing enters without its hash and an honest header."""

from demeure.engine.models.catalogue import Catalogue, Kind, ModelEntry, parse, shipped
from demeure.engine.models.errors import StoreUnreadable
from demeure.engine.models.intake import in_words, sha256_of
from demeure.engine.models.languages import LanguageData
from demeure.engine.models.manifest import Active, Installed
from demeure.engine.models.sizing import this_machine
from demeure.engine.models.sources import Phases, silent
from demeure.engine.models.speech import SpeechData
from demeure.engine.models.store import (
    SLOTS,
    AlreadyInstalled,
    ModelRow,
    ModelStore,
    Slot,
    Verification,
)

__all__ = [
    "SLOTS",
    "Active",
    "AlreadyInstalled",
    "Catalogue",
    "Installed",
    "Kind",
    "LanguageData",
    "ModelEntry",
    "ModelRow",
    "ModelStore",
    "Phases",
    "Slot",
    "SpeechData",
    "StoreUnreadable",
    "Verification",
    "in_words",
    "parse",
    "sha256_of",
    "shipped",
    "silent",
    "this_machine",
]
