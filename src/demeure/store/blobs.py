"""Stored originals: content-addressed, encrypted in authenticated 1 MiB chunks, whole or absent.

File: magic, version, algorithm, 16-byte salt | sealed head (SHA-256 and size of the clear bytes) | chunks.
Each file has its own key (HKDF of the salt); a chunk's nonce and associated data hold its position and whether it
is the last: a cut, reordered or swapped file is refused. Names are keyed hashes: they say nothing of the content.
"""

import hashlib
import hmac
import os
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demeure.clock import Clock, SystemClock
from demeure.store.durable import full_disk_named, make_folder, shared_with, sync_folder, write_all
from demeure.store.errors import BlobCorrupt, BlobMissing, SealUnknown
from demeure.store.keys import Vault, derive

CHUNK = 1 << 20
_TAG = 16
_MAGIC = b"dmb"
_FORMAT = _MAGIC + bytes([1, 1])  # version 1, AES-256-GCM
_SALT = 16
_PREFIX = len(_FORMAT) + _SALT
_HEAD = struct.Struct(">32sQ")
_START = _PREFIX + _HEAD.size + _TAG
_HEAD_NONCE = b"\xff" * 12  # no chunk can have this position
_ASIDE = ".incoming-"


@dataclass(frozen=True)
class Stored:
    """``sha256``: hexadecimal, of the clear bytes; ``size``: clear bytes; ``new``: False when already there."""

    sha256: str
    size: int
    new: bool


class Blobs:
    """One space's originals. Any thread, several processes; memory stays bounded by two chunks."""

    def __init__(
        self,
        folder: Path | Callable[[int], Path],
        vault: Vault,
        clock: Clock | None = None,
        gate: Path | None = None,
    ) -> None:
        """``folder``: where they lie, or where those of one generation of the key do; ``gate``: the folder that a
        rotation holds alone while it changes the key."""
        self._where = folder
        self._vault = vault
        self._clock = clock or SystemClock()
        self._gate = gate

    def _now(self) -> tuple[Path, bytes]:
        """Folder and key of this moment, one of the other."""
        opened = self._vault.now()
        where = self._where
        return (where if isinstance(where, Path) else where(opened.generation)), opened.blobs

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Store a stream; durable on return, absent if anything fails. Raises DiskFull, KeyDestroyed."""
        with shared_with(self._gate):  # a rotation waits: what is stored here is stored before it, or after
            folder, key = self._now()
            make_folder(folder)
            aside = folder / f"{_ASIDE}{secrets.token_hex(8)}"
            try:
                with full_disk_named("document"):
                    sha256, size = _write(aside, key, chunks)
                    return self._publish(aside, key, sha256, size)
            finally:
                with suppress(FileNotFoundError):
                    aside.unlink()

    def _publish(self, aside: Path, key: bytes, sha256: str, size: int) -> Stored:
        path = aside.parent / _name(key, sha256)
        new = not _looks_whole(path, key, sha256, size)  # a damaged copy is healed by adding the document again
        if new:
            aside.rename(path)
        sync_folder(path.parent)  # also when already there: the one who wrote it may have been killed before this
        return Stored(sha256, size, new)

    def open(self, sha256: str) -> Iterator[bytes]:
        """The clear bytes, chunk by chunk, each authenticated before it is yielded.

        Raises BlobMissing, BlobCorrupt, SealUnknown, KeyDestroyed: at the call for what the head shows, later for a
        damaged chunk (what was yielded before it is good).
        """
        with shared_with(self._gate):
            return self.open_within(sha256)

    def open_within(self, sha256: str) -> Iterator[bytes]:
        """``open``, for whoever holds the gate."""
        folder, key = self._now()
        try:
            file = (folder / _name(key, sha256)).open("rb")
        except FileNotFoundError as problem:
            raise BlobMissing(sha256=sha256) from problem
        try:
            cipher, found, size = _read_head(file, key, sha256)
            if found != sha256:
                raise BlobCorrupt(sha256=sha256)
        except BaseException:
            file.close()
            raise
        chunks = _read_chunks(file, cipher, sha256, size)
        next(chunks)  # begun: let go of unread, it closes the file
        return chunks

    def file_name(self, sha256: str) -> str:
        """The keyed name under which a file of these bytes lies in the folder, there or not."""
        return _name(self._now()[1], sha256)

    def exists(self, sha256: str) -> bool:
        """Whether a file of this name is there (``open`` tells whether it is good)."""
        while True:  # without the gate: it is asked while the house's database is held
            now = folder, key = self._now()
            if (folder / _name(key, sha256)).exists():
                return True
            if self._now() == now:
                return False

    def delete(self, sha256: str) -> bool:
        """Remove it, durably; False when it was not there."""
        with shared_with(self._gate):
            folder, key = self._now()
            try:
                (folder / _name(key, sha256)).unlink()
            except FileNotFoundError:
                return False
            sync_folder(folder)
            return True

    def list(self, *, skip_damaged: bool = False) -> Iterator[Stored]:
        """Every stored file, from the sealed heads. Raises BlobCorrupt at a damaged one, or passes over it."""
        folder, key = self._now()
        for path in sorted(folder.glob("[!.]*")):
            with suppress(FileNotFoundError), path.open("rb") as file:  # deleted meanwhile: not there
                try:
                    _cipher, sha256, size = _read_head(file, key, path.name)
                except BlobCorrupt:
                    if skip_damaged:
                        continue
                    raise
                yield Stored(sha256, size, new=False)

    def sweep(self, older_than: float = 3600.0) -> int:
        """Remove what killed writers left, untouched for ``older_than`` seconds; how many."""
        removed = 0
        limit = self._clock.now().timestamp() - older_than
        for path in self._now()[0].glob(f"{_ASIDE}*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime <= limit:
                    path.unlink()
                    removed += 1
        return removed


def _name(key: bytes, sha256: str) -> str:
    return hmac.new(derive(key, "blob names"), bytes.fromhex(sha256), hashlib.sha256).hexdigest()


def _whole_chunks(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut a stream of any sizes into (CHUNK bytes, is the last); at least one, the last may be empty."""
    waiting = bytearray()
    for data in chunks:
        view = memoryview(data)
        while len(waiting) + len(view) > CHUNK:  # strictly more: a full chunk may be the last one
            room = CHUNK - len(waiting)
            waiting += view[:room]
            view = view[room:]
            yield bytes(waiting), False
            waiting.clear()
        waiting += view
    yield bytes(waiting), True


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _bound(index: int, last: bool) -> bytes:
    return _FORMAT + index.to_bytes(8, "big") + bytes([last])


def _write(path: Path, key: bytes, chunks: Iterable[bytes]) -> tuple[str, int]:
    salt = secrets.token_bytes(_SALT)
    cipher = AESGCM(derive(key, "blob", salt))
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, _FORMAT + salt + bytes(_START - _PREFIX))
        for index, (data, last) in enumerate(_whole_chunks(chunks)):
            digest.update(data)
            size += len(data)
            write_all(descriptor, cipher.encrypt(_nonce(index, last), data, _bound(index, last)))
        head = cipher.encrypt(_HEAD_NONCE, _HEAD.pack(digest.digest(), size), _FORMAT)
        os.pwrite(descriptor, head, _PREFIX)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest.hexdigest(), size


def _read_head(file: BinaryIO, key: bytes, name: str) -> tuple[AESGCM, str, int]:
    prefix = file.read(_PREFIX)
    if len(prefix) < _PREFIX or prefix[: len(_MAGIC)] != _MAGIC:
        raise BlobCorrupt(sha256=name)
    if prefix[: len(_FORMAT)] != _FORMAT:
        raise SealUnknown(context=name, found=f"{prefix[3]}.{prefix[4]}")
    cipher = AESGCM(derive(key, "blob", prefix[len(_FORMAT) :]))
    try:
        digest, size = _HEAD.unpack(cipher.decrypt(_HEAD_NONCE, file.read(_HEAD.size + _TAG), _FORMAT))
    except (InvalidTag, ValueError) as problem:
        raise BlobCorrupt(sha256=name) from problem
    return cipher, digest.hex(), size


def _file_size(size: int) -> int:
    chunks = max(1, -(-size // CHUNK))
    return _START + size + chunks * _TAG


def _looks_whole(path: Path, key: bytes, sha256: str, size: int) -> bool:
    try:
        with path.open("rb") as file:
            _cipher, found, found_size = _read_head(file, key, sha256)
            return (found, found_size) == (sha256, size) and path.stat().st_size == _file_size(size)
    except (FileNotFoundError, BlobCorrupt, SealUnknown):
        return False


def _read_chunks(file: BinaryIO, cipher: AESGCM, sha256: str, size: int) -> Iterator[bytes]:
    with file:
        yield b""
        index, seen, last = 0, 0, False
        while not last:
            data = file.read(CHUNK + _TAG)
            last = seen + len(data) - _TAG >= size
            try:
                clear = cipher.decrypt(_nonce(index, last), data, _bound(index, last))
            except (InvalidTag, ValueError) as problem:
                raise BlobCorrupt(sha256=sha256) from problem
            seen += len(clear)
            index += 1
            if clear:
                yield clear
        if seen != size or file.read(1):
            raise BlobCorrupt(sha256=sha256)
