"""Data at rest: keys, encrypted databases, encrypted originals. Names load on first use: importing is cheap."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from demeure.store.errors import (
    BlobCorrupt,
    BlobMissing,
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseCut,
    DatabaseKeyWrong,
    DatabaseMissing,
    DatabaseNewer,
    DatabaseUnreachable,
    DiskFull,
    KeyCorrupt,
    KeyDestroyed,
    KeyExposed,
    KeyMalformed,
    KeyMissing,
    KeyUnreadable,
    KeyWrong,
    NoRoomToOpen,
    SealBroken,
    SealUnknown,
    SnapshotRefused,
    SpaceIdInvalid,
    SpaceInUse,
    SpaceKeyExists,
)

if TYPE_CHECKING:
    from demeure.store.blobs import Blobs, Stored
    from demeure.store.database import Database
    from demeure.store.group import GroupWriter
    from demeure.store.instance import (
        erase_space,
        keys_folder,
        open_blobs,
        open_house,
        open_snapshots,
        open_space,
        payloads_folder,
        people_folder,
        room_left,
        space_folder,
        sweep_payloads,
    )
    from demeure.store.key_lines import KeyLine, keyring
    from demeure.store.keyfiles import check_keys, create_instance, read_house_key, read_journal_key
    from demeure.store.keys import SEAL_OVERHEAD, Keys, Vault
    from demeure.store.rekeying import Rekeyed, rekey, settle
    from demeure.store.snapshots import SealedSnapshots
    from demeure.store.space_tables import bump_generation, merge_stems, purge_vector_cache
    from demeure.store.stillness import Still, stopped

_ROOMS = {
    "blobs": ("Blobs", "Stored"),
    "database": ("Database",),
    "group": ("GroupWriter",),
    "instance": (
        "erase_space",
        "keys_folder",
        "open_blobs",
        "open_house",
        "open_snapshots",
        "open_space",
        "payloads_folder",
        "people_folder",
        "room_left",
        "space_folder",
        "sweep_payloads",
    ),
    "keyfiles": ("check_keys", "create_instance", "read_house_key", "read_journal_key"),
    "key_lines": ("KeyLine", "keyring"),
    "keys": ("SEAL_OVERHEAD", "Keys", "Vault"),
    "rekeying": ("Rekeyed", "rekey", "settle"),
    "snapshots": ("SealedSnapshots",),
    "stillness": ("Still", "stopped"),
    "space_tables": ("bump_generation", "merge_stems", "purge_vector_cache"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "SEAL_OVERHEAD",
    "BlobCorrupt",
    "BlobMissing",
    "Blobs",
    "Database",
    "DatabaseBusy",
    "DatabaseCorrupt",
    "DatabaseCut",
    "DatabaseKeyWrong",
    "DatabaseMissing",
    "DatabaseNewer",
    "DatabaseUnreachable",
    "DiskFull",
    "GroupWriter",
    "KeyCorrupt",
    "KeyDestroyed",
    "KeyExposed",
    "KeyLine",
    "KeyMalformed",
    "KeyMissing",
    "KeyUnreadable",
    "KeyWrong",
    "Keys",
    "NoRoomToOpen",
    "Rekeyed",
    "SealBroken",
    "SealUnknown",
    "SealedSnapshots",
    "SnapshotRefused",
    "SpaceIdInvalid",
    "SpaceInUse",
    "SpaceKeyExists",
    "Still",
    "Stored",
    "Vault",
    "bump_generation",
    "check_keys",
    "create_instance",
    "erase_space",
    "keyring",
    "keys_folder",
    "merge_stems",
    "open_blobs",
    "open_house",
    "open_snapshots",
    "open_space",
    "payloads_folder",
    "people_folder",
    "purge_vector_cache",
    "read_house_key",
    "read_journal_key",
    "rekey",
    "room_left",
    "settle",
    "space_folder",
    "stopped",
    "sweep_payloads",
]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{room}"), name)
