"""States of the engine kept on disk: sealed with a space's key and bound to what they are the state of.

File: magic, version, algorithm, 16-byte salt, SHA-256 of the binding | sealed head (size, tokens) | 1 MiB chunks.
Every piece is authenticated with the binding, its position and whether it is the last: a cut, altered or foreign
file is refused before the engine sees any of it. Whole or absent: written aside, fsynced, renamed.
"""

import hashlib
import hmac
import json
import os
import secrets
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demeure.store.durable import full_disk_named, make_folder, sync_folder, write_all
from demeure.store.errors import SnapshotRefused
from demeure.store.keys import Vault, derive

CHUNK = 1 << 20
HANDS = 2  # threads that open one state: the small machines that wait for it have two cores
_TAG = 16
_FORMAT = b"dmp" + bytes([1, 1])  # version 1, AES-256-GCM
_SALT, _DIGEST = 16, 32
_PREFIX = len(_FORMAT) + _SALT + _DIGEST
_HEAD = struct.Struct(">QI")
_START = _PREFIX + _HEAD.size + _TAG
_HEAD_NONCE = b"\xff" * 12  # no chunk can have this position
_ASIDE = ".incoming-"


@dataclass(frozen=True)
class Kept:
    """``file``: its name, a keyed hash of the binding; ``size``: bytes on disk."""

    file: str
    size: int


class SealedSnapshots:
    """Those of one space. Blocking; any thread, several processes."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def name(self, binding: Mapping[str, Any]) -> str:
        """Under which the state bound to ``binding`` is kept."""
        return hmac.new(derive(self._vault.blob_key(), "snapshot names"), _digest(binding), "sha256").hexdigest()

    def free(self) -> int | None:
        """Bytes free on the disk where they lie, which may be one of their own; None: none was kept yet."""
        with suppress(OSError):
            told = os.statvfs(self._folder)
            return told.f_bavail * told.f_frsize
        return None

    def keep(self, binding: Mapping[str, Any], tokens: int, content: mmap) -> Kept:
        """Durable on return, absent if anything fails. Raises DiskFull, KeyDestroyed."""
        name = self.name(binding)
        make_folder(self._folder)
        aside = self._folder / f"{_ASIDE}{secrets.token_hex(8)}"
        try:
            with full_disk_named("snapshot"):
                self._write(aside, _digest(binding), tokens, content)
                size = aside.stat().st_size
                aside.rename(self._folder / name)
                sync_folder(self._folder)
        finally:
            aside.unlink(missing_ok=True)
        return Kept(name, size)

    def bring(
        self, file: str, binding: Mapping[str, Any], room: Callable[[int], Callable[[int, memoryview], None]]
    ) -> int:
        """Its clear bytes, each authenticated, to what ``room(size)`` gives, piece by piece with the place of each,
        in no order and from several threads; the tokens it holds. Raises SnapshotRefused (whatever was put is then
        worth nothing), KeyDestroyed."""
        key, digest = self._vault.blob_key(), _digest(binding)
        try:
            opened = (self._folder / file).open("rb", buffering=0)
        except FileNotFoundError as problem:
            raise SnapshotRefused(why="absent") from problem
        with opened as sealed:
            cipher, size, tokens = _head(sealed, key, digest)
            if os.fstat(sealed.fileno()).st_size != _START + size + _chunks(size) * _TAG:
                raise SnapshotRefused(why="cut")
            _open(sealed, cipher, digest, size, room(size))
        return tokens

    def delete(self, file: str) -> None:
        """Durably; nothing when it is not there."""
        with suppress(FileNotFoundError):
            (self._folder / file).unlink()
            sync_folder(self._folder)

    def sweep(self, known: set[str], older_than: float = 3600.0, now: float = 0.0) -> int:
        """Remove what nobody knows and, older than that many seconds, what killed writers left; how many."""
        removed = 0
        for path in self._folder.glob("*"):
            with suppress(FileNotFoundError):
                if path.name not in known and path.stat().st_mtime <= now - older_than:
                    path.unlink()
                    removed += 1
        return removed

    def _write(self, path: Path, digest: bytes, tokens: int, content: mmap) -> None:
        salt, size = secrets.token_bytes(_SALT), len(content)
        cipher = AESGCM(derive(self._vault.blob_key(), "snapshot", salt))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            head = cipher.encrypt(_HEAD_NONCE, _HEAD.pack(size, tokens), _FORMAT + digest)
            write_all(descriptor, _FORMAT + salt + digest + head)
            sealed = bytearray(CHUNK + _TAG)
            with memoryview(content) as clear, memoryview(sealed) as piece:
                for index in range(_chunks(size)):
                    last = index == _chunks(size) - 1
                    with clear[index * CHUNK : (index + 1) * CHUNK] as data, piece[: len(data) + _TAG] as out:
                        cipher.encrypt_into(_nonce(index, last), data, _bound(digest, index, last), out)
                        write_all(descriptor, out)  # type: ignore[arg-type] # any buffer
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _head(sealed: BinaryIO, key: bytes, digest: bytes) -> tuple[AESGCM, int, int]:
    start = sealed.read(_START) or b""
    if len(start) < _START:
        raise SnapshotRefused(why="cut")
    salt, bound = start[len(_FORMAT) :][:_SALT], start[len(_FORMAT) + _SALT : _PREFIX]
    if start[: len(_FORMAT)] != _FORMAT or not hmac.compare_digest(bound, digest):
        raise SnapshotRefused(why="foreign")
    cipher = AESGCM(derive(key, "snapshot", salt))
    try:
        size, tokens = _HEAD.unpack(cipher.decrypt(_HEAD_NONCE, start[_PREFIX:], _FORMAT + digest))
    except InvalidTag as problem:
        raise SnapshotRefused(why="altered") from problem
    return cipher, size, tokens


def _open(
    sealed: BinaryIO, cipher: AESGCM, digest: bytes, size: int, put: Callable[[int, memoryview], None]
) -> None:
    """Every ``HANDS``-th piece by one thread: the engine waits for the last of them."""
    count, file = _chunks(size), sealed.fileno()

    def some(first: int) -> None:
        with memoryview(bytearray(CHUNK + _TAG)) as piece, memoryview(bytearray(CHUNK)) as room:
            for index in range(first, count, HANDS):
                last = index == count - 1
                length = min(CHUNK, size - index * CHUNK)
                with room[:length] as clear, piece[: length + _TAG] as read:
                    if os.preadv(file, [read], _START + index * (CHUNK + _TAG)) != len(read):
                        raise SnapshotRefused(why="cut")
                    try:
                        cipher.decrypt_into(_nonce(index, last), read, _bound(digest, index, last), clear)
                    except InvalidTag as problem:
                        raise SnapshotRefused(why="altered") from problem
                    put(index * CHUNK, clear)

    with ThreadPoolExecutor(HANDS) as hands:
        for done in [hands.submit(some, first) for first in range(min(HANDS, count))]:
            done.result()


def _digest(binding: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(binding, sort_keys=True, ensure_ascii=False).encode()).digest()


def _chunks(size: int) -> int:
    return max(1, -(-size // CHUNK))


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _bound(digest: bytes, index: int, last: bool) -> bytes:
    return _FORMAT + digest + index.to_bytes(8, "big") + bytes([last])
