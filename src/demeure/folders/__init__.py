"""Watched folders: declared by the owner, read by a job of their own, followed file by file, never believed when
they say that everything is gone."""

from demeure.folders.errors import FolderKnown, FolderPlaceInvalid, FolderUnknown, NothingHeld
from demeure.folders.folders import ACTS, Folders, Watched
from demeure.folders.following import Tools
from demeure.folders.rows import Register
from demeure.folders.scan import Scan
from demeure.folders.settling import Settling
from demeure.folders.values import WHAT, Folder, ScanRow
from demeure.folders.watching import Watch

__all__ = [
    "ACTS",
    "WHAT",
    "Folder",
    "FolderKnown",
    "FolderPlaceInvalid",
    "FolderUnknown",
    "Folders",
    "NothingHeld",
    "Register",
    "Scan",
    "ScanRow",
    "Settling",
    "Tools",
    "Watch",
    "Watched",
]
