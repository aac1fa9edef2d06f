"""Directories outside (LDAP, Active Directory): what they say of people, and what the house does about it. Nothing
here opens a connection: a stream is given."""

from demeure.directories.declared import (
    PLACE,
    Directory,
    all_directories,
    declared_at,
    find,
    keep,
    known,
    put_back,
    read,
    remove,
    text_of,
    unusable,
)
from demeure.directories.errors import (
    DirectoryAnswer,
    DirectoryBusy,
    DirectoryDoubtful,
    DirectoryInvalid,
    DirectoryNoEntry,
    DirectoryPartial,
    DirectoryUnknown,
)
from demeure.directories.following import Following
from demeure.directories.ldap import Reader, Stream
from demeure.directories.planning import Change, Known, Plan, planned, tells_all, told
from demeure.directories.reading import Answer, Outside, looks, read_all, still

__all__ = [
    "PLACE",
    "Answer",
    "Change",
    "Directory",
    "DirectoryAnswer",
    "DirectoryBusy",
    "DirectoryDoubtful",
    "DirectoryInvalid",
    "DirectoryNoEntry",
    "DirectoryPartial",
    "DirectoryUnknown",
    "Following",
    "Known",
    "Outside",
    "Plan",
    "Reader",
    "Stream",
    "all_directories",
    "declared_at",
    "find",
    "keep",
    "known",
    "looks",
    "planned",
    "put_back",
    "read",
    "read_all",
    "remove",
    "still",
    "tells_all",
    "text_of",
    "told",
    "unusable",
]
