"""The keys: one house key wraps one key per space; a Vault derives from each what seals, databases and blobs need.

AES-256-GCM with a random 96-bit nonce (at most 2^32 seals per key: decades of journal), HKDF-SHA256 per purpose,
and a header that names the version and the algorithm, authenticated with the use the item was sealed for.
"""

import hmac
import os
import re
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demeure.store import keyfiles
from demeure.store.durable import FULL_DISK, folder_lock, make_folder, overwrite_and_remove, sync_folder, write_new
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


class Vault:
    """What one key opens. Any thread may use it. Once its space is destroyed, every method raises KeyDestroyed."""

    def __init__(self, key: bytes, check: Callable[[], None] = lambda: None) -> None:
        """``key``: 32 bytes. ``check`` runs before each use and raises when the key may no longer be used."""
        self._key = key
        self._check = check
        self._cipher = AESGCM(derive(key, "seal"))

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt ``data`` for the use ``context`` names (opening asks for the same); SEAL_OVERHEAD bytes more."""
        self._check()
        return seal(self._cipher, data, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """The clear bytes, or SealBroken, SealUnknown, KeyDestroyed."""
        self._check()
        return unseal(self._cipher, sealed, context)

    def database_key(self) -> bytes:
        """Raw 32-byte key of the database (SQLCipher)."""
        self._check()
        return derive(self._key, "database")

    def blob_key(self) -> bytes:
        """32 bytes from which each stored file's key and name are derived."""
        self._check()
        return derive(self._key, "blobs")


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
        self._lock = threading.Lock()

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
                vault = Vault(self._unwrap(path, space_id), lambda: self._alive(space_id, mark))
                self._vaults[space_id] = vault
        return vault

    def _alive(self, space_id: str, mark: Path) -> None:
        # One stat (about 2 µs) makes a destruction decided in another process hold in this one at once.
        if os.path.lexists(mark):
            with self._lock:
                self._vaults.pop(space_id, None)
            raise KeyDestroyed(space=space_id)

    def _unwrap(self, path: Path, space_id: str) -> bytes:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError as problem:
            raise KeyMissing(file=path.name) from problem
        try:
            return unseal(self._wrap, sealed, f"{self._use} {space_id}")
        except SealBroken as problem:
            raise KeyCorrupt(space=space_id) from problem

    def spaces(self) -> list[str]:
        """Identifiers of the spaces that have a key, sorted; destroyed ones are not listed."""
        marked = {path.stem for path in self._folder.glob("*.destroyed")}
        return sorted({path.stem for path in self._folder.glob("*.key")} - marked)

    def destroy_space(self, space_id: str) -> None:
        """Destroy the key: from the mark on, in every process, this space is unreadable. Idempotent.

        The mark comes first, so that a kill at any instant leaves the destruction decided; ``sweep`` finishes it.
        Raises KeyMissing (there never was such a key), SpaceIdInvalid.
        """
        path, mark = self._paths(space_id)
        with folder_lock(self._folder):
            if not mark.exists():
                if not path.exists():
                    raise KeyMissing(file=path.name)
                self._mark(mark)
            self._finish_destruction(path)
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
            for aside in self._folder.glob(".*.new"):
                overwrite_and_remove(aside)
        return finished

    def _mark(self, mark: Path) -> None:
        try:
            os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
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
