"""The models' room: ports, HTTP clients over handed sockets, the lease, the engine process."""

from demeure.engine.client import ChatClient, EmbedClient
from demeure.engine.errors import (
    BuildFailed,
    CompilerMissing,
    ContextTooLong,
    EngineBusy,
    EngineChanged,
    EngineDown,
    EngineFailed,
    EngineLoadFailed,
    EngineLoading,
    EngineRefused,
    EngineSpecInvalid,
)
from demeure.engine.handed import Connect
from demeure.engine.lease import LeaseGate, LeaseHolder, YieldingEmbedder
from demeure.engine.port import (
    ANY_SLOT,
    DIMENSIONS,
    Completer,
    Delta,
    Embedded,
    Embedder,
    Engine,
    Finish,
    Progress,
    TextKind,
    legible,
)
from demeure.engine.queue import PART, PROGRAM, QUESTION, TASK, FairQueue, Rank
from demeure.engine.slots import EngineFacts, EngineSlots
from demeure.engine.tray import Tray

__all__ = [
    "ANY_SLOT",
    "DIMENSIONS",
    "PART",
    "PROGRAM",
    "QUESTION",
    "TASK",
    "BuildFailed",
    "ChatClient",
    "CompilerMissing",
    "Completer",
    "Connect",
    "ContextTooLong",
    "Delta",
    "EmbedClient",
    "Embedded",
    "Embedder",
    "Engine",
    "EngineBusy",
    "EngineChanged",
    "EngineDown",
    "EngineFacts",
    "EngineFailed",
    "EngineLoadFailed",
    "EngineLoading",
    "EngineRefused",
    "EngineSlots",
    "EngineSpecInvalid",
    "FairQueue",
    "Finish",
    "LeaseGate",
    "LeaseHolder",
    "Progress",
    "Rank",
    "TextKind",
    "Tray",
    "YieldingEmbedder",
    "legible",
]
