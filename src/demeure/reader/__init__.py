"""The job that reads a watched folder: one boxed process for one folder, which can read it and nothing else. Names
load on first use: the job itself needs few of them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demeure.reader.client import REASONS, Connect, Entry, HandedFolder, Listed, OpenFolder, Stated, unreachable
    from demeure.reader.errors import FileMoving, FileRefused, FolderUnreachable, PatternInvalid, ReaderLied
    from demeure.reader.ignoring import DEFAULTS, Ignoring, checked
    from demeure.reader.mail import message_key

_ROOMS = {
    "client": ("REASONS", "Connect", "Entry", "HandedFolder", "Listed", "OpenFolder", "Stated", "unreachable"),
    "errors": ("FileMoving", "FileRefused", "FolderUnreachable", "PatternInvalid", "ReaderLied"),
    "ignoring": ("DEFAULTS", "Ignoring", "checked"),
    "mail": ("message_key",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "DEFAULTS",
    "REASONS",
    "Connect",
    "Entry",
    "FileMoving",
    "FileRefused",
    "FolderUnreachable",
    "HandedFolder",
    "Ignoring",
    "Listed",
    "OpenFolder",
    "PatternInvalid",
    "ReaderLied",
    "Stated",
    "checked",
    "message_key",
    "unreachable",
]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(name)
    return getattr(import_module(f"demeure.reader.{room}"), name)
