"""The keys: one house key wraps one key per space; a Vault derives from each what seals, databases and blobs need.

AES-256-GCM with a random 96-bit nonce (at most 2^32 seals per key: decades of journal), HKDF-SHA256 per purpose,
and a header that names the version and the algorithm, authenticated with the use the item was sealed for.
"""

import hmac
import json
import os
import re
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demeure.clock import iso
from demeure.store import keyfiles
from demeure.store.durable import (
    FULL_DISK,
    folder_lock,
    make_folder,
    overwrite_and_remove,
    sync_folder,
    write_all,
    write_new,
)
from demeure.store.errors import (
    KeyCorrupt,
    KeyDestroyed,
    KeyMalformed,
    KeyMissing,
    KeyWrong,
    SealBroken,
    SealUnknown,
    SpaceIdInvalid,
    SpaceKeyExists,
)

_MAGIC = b"dms"
_VERSION = 1
_AES_256_GCM = 1
_HEADER = _MAGIC + bytes([_VERSION, _AES_256_GCM])
_NONCE = 12
_TAG = 16
SEAL_OVERHEAD = len(_HEADER) + _NONCE + _TAG
_SPACE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
COMING = ".next"
"""The key that a rotation prepared, beside the one in use."""
_ABSENT = (0, 0)


def derive(key: bytes, purpose: str, salt: bytes | None = None) -> bytes:
    """32 bytes for one ``purpose`` (HKDF-SHA256); two purposes never share a key."""
    return HKDF(SHA256(), 32, salt, f"demeure {purpose} 1".encode()).derive(key)


def seal(cipher: AESGCM, data: bytes, context: str) -> bytes:
    """header(5) nonce(12) ciphertext tag(16); ``context`` is authenticated, not stored."""
    nonce = secrets.token_bytes(_NONCE)
    return _HEADER + nonce + cipher.encrypt(nonce, data, _HEADER + context.encode())


def unseal(cipher: AESGCM, sealed: bytes, context: str) -> bytes:
    """The clear bytes. Raises SealUnknown (a later format), SealBroken (altered, other key, other use)."""
    header = bytes(sealed[: len(_HEADER)])
    if len(sealed) < SEAL_OVERHEAD or header[: len(_MAGIC)] != _MAGIC:
        raise SealBroken(context=context)
    if header != _HEADER:
        raise SealUnknown(context=context, found=f"{header[3]}.{header[4]}")
    nonce, body = bytes(sealed[5 : 5 + _NONCE]), bytes(sealed[5 + _NONCE :])
    try:
        return cipher.decrypt(nonce, body, header + context.encode())
    except InvalidTag as problem:
        raise SealBroken(context=context) from problem


@dataclass(frozen=True)
class SpaceKey:
    """What one wrapped key file holds. ``key``: 32 bytes; ``generation``: 1 for the first, one more after each
    rotation; ``made``: when it was made, ``born``: when the first one was, ISO UTC, empty when only its file can
    tell. ``seals``: what former keys sealed small things with (32 bytes each, derived: they open no database and no
    original)."""

    key: bytes
    generation: int = 1
    made: str = ""
    born: str = ""
    seals: tuple[bytes, ...] = ()

    def packed(self) -> bytes:
        """The bytes that are wrapped: those of the first generation are the key alone."""
        if self.generation == 1:
            return self.key
        told = {"generation": self.generation, "made": self.made, "born": self.born}
        return self.key + json.dumps(told | {"seals": [one.hex() for one in self.seals]}).encode()

    @classmethod
    def unpacked(cls, clear: bytes) -> "SpaceKey":
        """Raises ValueError, KeyError."""
        key, rest = clear[: keyfiles.KEY_BYTES], clear[keyfiles.KEY_BYTES :]
        if not rest:
            return cls(key)
        told = json.loads(rest)
        seals = tuple(bytes.fromhex(one) for one in told["seals"])
        return cls(key, int(told["generation"]), str(told["made"]), str(told["born"]), seals)

    def next(self, now: str, born: str) -> "SpaceKey":
        """A new random key after this one, made at ``now``."""
        seals = (*self.seals, derive(self.key, "seal"))
        return SpaceKey(secrets.token_bytes(keyfiles.KEY_BYTES), self.generation + 1, now, self.born or born, seals)


class Opened(NamedTuple):
    """What a vault uses, taken together at one moment: a rotation changes all of it at once."""

    generation: int
    database: bytes
    blobs: bytes
    ciphers: tuple[AESGCM, ...]


def _opened(key: SpaceKey) -> Opened:
    ciphers = tuple(AESGCM(one) for one in (derive(key.key, "seal"), *reversed(key.seals)))
    return Opened(key.generation, derive(key.key, "database"), derive(key.key, "blobs"), ciphers)


class Vault:
    """What one key opens. Any thread may use it. Once its space is destroyed, every method raises KeyDestroyed;
    once its key was rotated, in this process or another, every method uses the new one."""

    def __init__(self, key: bytes | SpaceKey, check: Callable[[], None] = lambda: None) -> None:
        """``key``: 32 bytes, or what a key file holds. ``check`` runs before each use: it raises when the key may
        no longer be used, and gives another to ``become`` when it was rotated."""
        self._check = check
        self.become(key if isinstance(key, SpaceKey) else SpaceKey(key))

    def become(self, key: SpaceKey) -> None:
        """Use this key from now on; what former ones sealed still opens."""
        self._now = _opened(key)

    def now(self) -> Opened:
        """The keys of this moment."""
        self._check()
        return self._now

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt ``data`` for the use ``context`` names (opening asks for the same); SEAL_OVERHEAD bytes more."""
        return seal(self.now().ciphers[0], data, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """The clear bytes, or SealBroken, SealUnknown, KeyDestroyed."""
        *others, last = self.now().ciphers
        for cipher in others:
            with suppress(SealBroken):
                return unseal(cipher, sealed, context)
        return unseal(last, sealed, context)

    def database_key(self) -> bytes:
        """Raw 32-byte key of the database (SQLCipher)."""
        return self.now().database

    def blob_key(self) -> bytes:
        """32 bytes from which each stored file's key and name are derived."""
        return self.now().blobs


class Keys:
    """The house vault and one vault per space. Safe from any thread, and from several processes at once."""

    def __init__(self, house_key: bytes, folder: Path, use: str = "space key") -> None:
        """``house_key``: 32 bytes; ``folder``: ``instance/keys/spaces`` (or ``keys/people``, whose keys have
        another ``use``: one is never taken for the other). Raises KeyMalformed, KeyWrong."""
        if len(house_key) != keyfiles.KEY_BYTES:
            raise KeyMalformed(file="house.key", expected=keyfiles.KEY_BYTES, found=len(house_key))
        self._folder, self._use = folder, use
        self._wrap = AESGCM(derive(house_key, "wrap"))
        self._refuse_wrong_key(house_key)
        self.house = Vault(house_key)
        self._vaults: dict[str, Vault] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._lock = threading.RLock()

    @staticmethod
    def create_instance(instance: Path) -> None:
        """See ``keyfiles.create_instance``."""
        keyfiles.create_instance(instance)

    def _refuse_wrong_key(self, house_key: bytes) -> None:
        check = self._folder.parent / "house.check"
        if check.exists():
            if not hmac.compare_digest(check.read_bytes(), keyfiles.house_check(house_key)):
                raise KeyWrong
            return
        for path in self._folder.glob("*.key"):  # the check value was lost: any wrapped key can tell as well
            try:
                unseal(self._wrap, path.read_bytes(), f"{self._use} {path.stem}")
            except SealBroken as problem:
                raise KeyWrong from problem
            return

    def _paths(self, space_id: str) -> tuple[Path, Path]:
        if not _SPACE_ID.fullmatch(space_id):
            raise SpaceIdInvalid(space=space_id)
        return self._folder / f"{space_id}.key", self._folder / f"{space_id}.destroyed"

    def create_space(self, space_id: str) -> Vault:
        """A new random key, wrapped, durable on return: whole or absent.

        Raises SpaceKeyExists, KeyDestroyed (an identifier is never used twice), SpaceIdInvalid, DiskFull.
        """
        path, mark = self._paths(space_id)
        make_folder(self._folder)
        with folder_lock(self._folder):
            if mark.exists():
                raise KeyDestroyed(space=space_id)
            if path.exists():
                raise SpaceKeyExists(space=space_id)
            # 0600 and not 0400: destroying overwrites it in place, also for an ordinary user
            write_new(path, seal(self._wrap, secrets.token_bytes(32), f"{self._use} {space_id}"), 0o600)
        return self.space(space_id)

    def space(self, space_id: str) -> Vault:
        """The vault of a space. Raises KeyDestroyed, KeyMissing, KeyCorrupt, SealUnknown, SpaceIdInvalid."""
        path, mark = self._paths(space_id)
        self._alive(space_id, mark)
        with self._lock:
            vault = self._vaults.get(space_id)
            if vault is None:
                seen = _signature(path)
                vault = Vault(self._unwrap(path, space_id), lambda: self._follow(space_id, path, mark))
                self._vaults[space_id], self._seen[space_id] = vault, seen
        return vault

    def held(self, space_id: str, *, coming: bool = False) -> SpaceKey:
        """What the key file of a space holds, or the next one, prepared by a rotation. Raises as ``space``."""
        path, mark = self._paths(space_id)
        self._alive(space_id, mark)
        return self._unwrap(path.with_suffix(COMING) if coming else path, space_id)

    def _alive(self, space_id: str, mark: Path) -> None:
        # One stat (about 2 µs) makes a destruction decided in another process hold in this one at once.
        if os.path.lexists(mark):
            with self._lock:
                self._vaults.pop(space_id, None)
            raise KeyDestroyed(space=space_id)

    def _follow(self, space_id: str, path: Path, mark: Path) -> None:
        """Before each use: destroyed? And a second stat: rotated, by another process?"""
        self._alive(space_id, mark)
        seen = _signature(path)
        if seen in (self._seen.get(space_id), _ABSENT):
            return
        with self._lock:
            vault = self._vaults.get(space_id)
            if vault is None or seen == self._seen.get(space_id):
                return
            try:
                vault.become(self._unwrap(path, space_id))
            except KeyCorrupt:
                self._alive(space_id, mark)  # overwritten: it is being destroyed
                raise
            self._seen[space_id] = seen

    def _unwrap(self, path: Path, space_id: str) -> SpaceKey:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as problem:
            raise KeyMissing(file=path.name) from problem
        try:
            return SpaceKey.unpacked(unseal(self._wrap, sealed, f"{self._use} {space_id}"))
        except (SealBroken, ValueError, KeyError) as problem:
            raise KeyCorrupt(space=space_id) from problem

    # -- rotation (rekeying.py tells the whole of it) -------------------------------------------------------------

    def prepare(self, space_id: str, now: str) -> SpaceKey:
        """The key that comes after this space's, durable beside it; the one that an interrupted rotation prepared,
        when there is one. Nothing uses it before ``promote``. Raises as ``space``, DiskFull."""
        path, _mark = self._paths(space_id)
        coming = path.with_suffix(COMING)
        with folder_lock(self._folder):
            current = self.held(space_id)
            with suppress(KeyMissing, KeyCorrupt):
                found = self.held(space_id, coming=True)
                if found.generation == current.generation + 1:
                    return found
            born = iso(datetime.fromtimestamp(path.stat().st_mtime, UTC))
            made = current.next(now, born)
            write_new(coming, seal(self._wrap, made.packed(), f"{self._use} {space_id}"), 0o600)
        return made

    def promote(self, space_id: str) -> None:
        """The prepared key becomes this space's, in every process, by one rename; the former one is overwritten.
        Raises as ``space``."""
        path, mark = self._paths(space_id)
        with folder_lock(self._folder):
            self._alive(space_id, mark)
            with path.open("r+b", buffering=0) as former:
                path.with_suffix(COMING).rename(path)
                sync_folder(self._folder)
                former.write(bytes(os.fstat(former.fileno()).st_size))
                os.fsync(former.fileno())

    def spaces(self) -> list[str]:
        """Identifiers of the spaces that have a key, sorted; destroyed ones are not listed."""
        marked = {path.stem for path in self._folder.glob("*.destroyed")}
        return sorted({path.stem for path in self._folder.glob("*.key")} - marked)

    def why(self, space_id: str) -> str:
        """What was said when the key was destroyed; empty when it was not, or nothing was said."""
        with suppress(OSError):
            return self._paths(space_id)[1].read_text(encoding="utf-8")
        return ""

    def destroy_space(self, space_id: str, why: str = "") -> None:
        """Destroy the key: from the mark on, in every process, this space is unreadable. Idempotent. ``why`` is
        kept in the mark, when there is room.

        The mark comes first, so that a kill at any instant leaves the destruction decided; ``sweep`` finishes it.
        Raises KeyMissing (there never was such a key), SpaceIdInvalid.
        """
        path, mark = self._paths(space_id)
        with folder_lock(self._folder):
            if not mark.exists():
                if not path.exists():
                    raise KeyMissing(file=path.name)
                self._mark(mark, why)
            self._finish_destruction(path)
            self._finish_destruction(path.with_suffix(COMING))
            self._mark(mark)  # again: on a full disk there was no room for it before
        with self._lock:
            self._vaults.pop(space_id, None)

    def sweep(self) -> list[str]:
        """Finish what a crash interrupted: marked keys are destroyed, half-written ones removed. Returns the spaces
        whose destruction was finished."""
        if not self._folder.is_dir():
            return []
        with folder_lock(self._folder):
            marks = sorted(self._folder.glob("*.destroyed"))
            finished = [mark.stem for mark in marks if self._finish_destruction(mark.with_suffix(".key"))]
            for mark in marks:
                self._finish_destruction(mark.with_suffix(COMING))
            for aside in self._folder.glob(".*.new"):
                overwrite_and_remove(aside)
        return finished

    def _mark(self, mark: Path, why: str = "") -> None:
        try:
            descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                write_all(descriptor, why.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as problem:
            if problem.errno not in FULL_DISK:
                raise
        sync_folder(self._folder)

    @staticmethod
    def _finish_destruction(path: Path) -> bool:
        if not path.exists():
            return False
        overwrite_and_remove(path)
        return True


def _signature(path: Path) -> tuple[int, int]:
    """What tells one writing of a file from another; _ABSENT when there is none."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return _ABSENT
    return facts.st_ino, facts.st_mtime_ns
