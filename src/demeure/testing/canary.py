"""Looking for a word in everything an instance holds, with every key in hand: decrypted pages (free ones and those
of the write-ahead logs included), the words of the lexical indexes, packed lists, originals, and any other file.

A search proves nothing unless it finds the word while it is there: ask ``seen`` before, then after.
"""

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from demeure.store import Database, Keys, open_blobs, people_folder
from demeure.testing.journal import MemoryJournal

PAGE, RESERVED, IV, MAC = 16384, 80, 16, 64
_LOG_HEAD, _FRAME_HEAD = 32, 24


def clear_pages(path: Path, key: bytes) -> bytes:
    """All pages of an SQLCipher file in clear, one after the other, without SQLCipher; each page's authentication
    is checked on the way."""
    data = path.read_bytes()
    pages = ((n + 1, data[n * PAGE : (n + 1) * PAGE]) for n in range(len(data) // PAGE))
    return b"".join(_clear(pages, key, data[:16]))


def clear_log(path: Path, key: bytes) -> bytes:
    """All pages of its write-ahead log, old ones too; empty without one."""
    log = path.with_name(f"{path.name}-wal")
    data = log.read_bytes() if log.exists() else b""
    frames = range(_LOG_HEAD, len(data) - PAGE, _FRAME_HEAD + PAGE)
    pages = ((struct.unpack(">I", data[at : at + 4])[0], data[at + _FRAME_HEAD :][:PAGE]) for at in frames)
    return b"".join(_clear((one for one in pages if one[0]), key, path.read_bytes()[:16]))


def _clear(pages: Iterator[tuple[int, bytes]], key: bytes, salt: bytes) -> Iterator[bytes]:
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(b ^ 0x3A for b in salt), 2, 32)
    for number, page in pages:
        body = page[16 if number == 1 else 0 : PAGE - RESERVED]
        iv, mac = page[PAGE - RESERVED :][:IV], page[PAGE - RESERVED + IV :][:MAC]
        made = hmac.new(mac_key, body + iv + struct.pack("<I", number), hashlib.sha512).digest()
        assert hmac.compare_digest(made, mac), f"page {number}"
        yield Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(body)


class Canary:
    """``word``: looked for without case, whole or cut as an index cuts it. ``also``: bytes looked for as they are
    (a vector), the word whole only then."""

    def __init__(self, instance: Path, keys: Keys, word: str, also: Sequence[bytes] = ()) -> None:
        self._instance, self._keys, self._also = instance, keys, tuple(also)
        self._word = word.casefold().encode()
        self._pieces = (self._word,) if also else (self._word, self._word[:8], self._word[-8:])

    def seen(self, journal: MemoryJournal | None = None) -> dict[str, int]:
        """Where → how many times; empty: nowhere. ``journal``: the payloads of one in memory too, in clear."""
        found = dict(self._databases())
        for space in self._keys.spaces():
            blobs = open_blobs(self._instance, self._keys, space)
            found[f"blobs/{space}"] = sum(
                self._count(b"".join(blobs.open(one.sha256))) for one in blobs.list(skip_damaged=True)
            )
        found["files"] = sum(self._count(path.read_bytes()) for path in self._plain_files())
        if journal is not None:
            found["journal"] = sum(self._count(payload) for payload in journal.payloads)
        return {where: count for where, count in found.items() if count}

    def _count(self, data: bytes) -> int:
        small = data.lower()
        return max(small.count(piece) for piece in self._pieces) + sum(data.count(one) for one in self._also)

    def _databases(self) -> Iterator[tuple[str, int]]:
        vaults = {"house.db": (self._instance / "house" / "house.db", self._keys.house)}
        for space in self._keys.spaces():
            vaults[f"spaces/{space}"] = (self._instance / "spaces" / space / "space.db", self._keys.space(space))
        for name, (path, vault) in vaults.items():
            if not path.exists():
                continue
            key = vault.database_key()
            yield name, self._count(clear_pages(path, key))
            yield f"{name}-wal", self._count(clear_log(path, key))
            yield from self._indexed(name, path, key)

    def _indexed(self, name: str, path: Path, key: bytes) -> Iterator[tuple[str, int]]:
        """The terms of every lexical index, and lists that are packed."""
        database = Database(path, key)
        try:
            with database.write() as db:
                made = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
                for table in list(db.exec_driver_sql(made).scalars()):
                    db.exec_driver_sql(f"CREATE VIRTUAL TABLE temp.v USING fts5vocab('main', '{table}', 'row')")
                    terms = "\n".join(map(str, db.exec_driver_sql("SELECT term FROM temp.v").scalars()))
                    db.exec_driver_sql("DROP TABLE temp.v")
                    yield f"{table}/{name.rpartition('/')[2]}", self._count(terms.encode())
                if db.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'document_words'").first():
                    packed = db.exec_driver_sql("SELECT words FROM document_words").scalars()
                    yield f"words/{name.rpartition('/')[2]}", sum(self._count(zlib.decompress(p)) for p in packed)
        finally:
            database.close()

    def _plain_files(self) -> Iterator[Path]:
        """Everything as it lies, keys apart."""
        away = people_folder(self._instance).parent
        for path in self._instance.rglob("*"):
            if path.is_file() and away not in path.parents:
                yield path
