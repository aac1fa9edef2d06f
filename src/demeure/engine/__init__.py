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
from demeure.engine.port import DIMENSIONS, Delta, Embedded, Embedder, Engine, Finish, TextKind

__all__ = [
    "DIMENSIONS",
    "BuildFailed",
    "ChatClient",
    "CompilerMissing",
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
    "EngineFailed",
    "EngineLoadFailed",
    "EngineLoading",
    "EngineRefused",
    "EngineSpecInvalid",
    "Finish",
    "LeaseGate",
    "LeaseHolder",
    "TextKind",
    "YieldingEmbedder",
]
