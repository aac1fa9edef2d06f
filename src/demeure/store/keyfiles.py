"""The two key files of an instance: made once, never overwritten, read only when nobody else can read them.

Standard library only: the launcher reads keys here before anything heavy is imported.
"""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from demeure.store.durable import folder_lock, make_folder, write_new
from demeure.store.errors import KeyExposed, KeyMalformed, KeyMissing, KeyUnreadable, KeyWrong

KEY_BYTES = 32
_CHECK_LABEL = b"demeure house key check 1"


def house_check(house_key: bytes) -> bytes:
    """16 bytes that recognise a house key and say nothing about it (truncated HMAC of a fixed label)."""
    return hmac.new(house_key, _CHECK_LABEL, hashlib.sha256).digest()[:16]


def create_instance(instance: Path) -> None:
    """Make ``keys/house.key``, ``keys/journal.key`` (0400, 32 random bytes) and ``keys/spaces``; durable on return.

    Whole or completed by the next call; an existing key is never overwritten. Raises KeyMissing rather than
    replace a lost key (the instance already holds what it protects), KeyWrong, DiskFull.
    """
    keys = instance / "keys"
    make_folder(keys / "spaces")
    with folder_lock(keys):
        _ensure_key(keys / "journal.key", used=_has_entries(instance / "journal"))
        check = keys / "house.check"
        _ensure_key(keys / "house.key", used=check.exists() or _has_entries(keys / "spaces", instance / "house"))
        value = house_check(read_house_key(instance))
        if not check.exists():
            write_new(check, value, 0o400)
        elif not hmac.compare_digest(check.read_bytes(), value):
            raise KeyWrong


def _has_entries(*folders: Path) -> bool:
    return any(folder.is_dir() and any(folder.iterdir()) for folder in folders)


def _ensure_key(path: Path, *, used: bool) -> None:
    if path.exists():
        return
    if used:
        raise KeyMissing(file=path.name)
    write_new(path, secrets.token_bytes(KEY_BYTES), 0o400)


def read_house_key(instance: Path) -> bytes:
    """The 32 bytes of ``keys/house.key``, or of the credential of that name. Raises KeyMissing, KeyExposed,
    KeyUnreadable, KeyMalformed."""
    return _read(_place(instance, "house.key"))


def read_journal_key(instance: Path) -> bytes:
    """The 32 bytes of ``keys/journal.key``. Raises as ``read_house_key``."""
    return _read(_place(instance, "journal.key"))


def _place(instance: Path, name: str) -> Path:
    """A key file of the instance, or what systemd hands in its stead when it is not there
    (LoadCredentialEncrypted)."""
    path, folder = instance / "keys" / name, os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder, name) if folder and not path.exists() and Path(folder, name).is_file() else path


def check_keys(instance: Path) -> None:
    """Both keys are there, whole and private, and the house key is this instance's. Raises as ``read_house_key``,
    and KeyWrong."""
    read_journal_key(instance)
    value, check = house_check(read_house_key(instance)), instance / "keys" / "house.check"
    if check.exists() and not hmac.compare_digest(check.read_bytes(), value):
        raise KeyWrong


def _handed(path: Path) -> bool:
    return str(path.parent) == os.environ.get("CREDENTIALS_DIRECTORY")


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO must not block the start
    except FileNotFoundError as problem:
        raise KeyMissing(file=path.name) from problem
    except OSError as problem:
        raise KeyUnreadable(file=path.name, detail=problem.strerror) from problem
    try:
        facts = os.fstat(descriptor)  # of what was opened, not of a name that may change
        if not stat.S_ISREG(facts.st_mode):
            raise KeyMalformed(file=path.name, expected=KEY_BYTES, found=0)
        if facts.st_mode & 0o077 and not _handed(path):  # a credential's mode tells of its access list
            raise KeyExposed(file=path.name, mode=f"{stat.S_IMODE(facts.st_mode):04o}")
        if facts.st_size != KEY_BYTES:
            raise KeyMalformed(file=path.name, expected=KEY_BYTES, found=facts.st_size)
        return os.read(descriptor, KEY_BYTES)
    finally:
        os.close(descriptor)
