"""Originals: any cut of the stream gives the same file; altered, cut, swapped, killed, full: named, never half."""

import errno
import hashlib
import itertools
import os
import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from death import every_point
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demeure.store import (
    BlobCorrupt,
    BlobMissing,
    Blobs,
    DiskFull,
    KeyDestroyed,
    SealUnknown,
    Vault,
)
from demeure.store.blobs import CHUNK, _name
from demeure.testing.store import Instance

VAULT = Vault(bytes(range(32)))
CANARY = b"canari-deliberation-1789"
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17]


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def read(blobs: Blobs, sha256: str) -> bytes:
    return b"".join(blobs.open(sha256))


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_comes_back(tmp_path: Path, size: int) -> None:
    blobs, data = Blobs(tmp_path, VAULT), content(size)
    stored = blobs.put(data[i : i + 70_000] for i in range(0, size, 70_000))
    assert (stored.sha256, stored.size, stored.new) == (hashlib.sha256(data).hexdigest(), size, True)
    assert read(blobs, stored.sha256) == data
    assert not blobs.put([data]).new
    assert [(s.sha256, s.size) for s in blobs.list()] == [(stored.sha256, size)]
    assert blobs.exists(stored.sha256)
    assert blobs.delete(stored.sha256) and not blobs.delete(stored.sha256)
    assert not blobs.exists(stored.sha256) and list(blobs.list()) == []
    with pytest.raises(BlobMissing):
        blobs.open(stored.sha256)


@given(st.lists(st.binary(max_size=300), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_how_the_stream_is_cut_does_not_matter(tmp_path_factory: Any, pieces: list[bytes]) -> None:
    blobs = Blobs(tmp_path_factory.mktemp("b"), VAULT)
    assert blobs.put(pieces).sha256 == blobs.put([b"".join(pieces)]).sha256
    assert len(list(blobs.list())) == 1


def test_neither_name_nor_content_can_be_read_without_the_key(tmp_path: Path) -> None:
    stored = Blobs(tmp_path, VAULT).put([CANARY * 1000])
    path = only_file(tmp_path)
    assert path.name != stored.sha256 and CANARY not in path.read_bytes()
    assert bytes.fromhex(stored.sha256) not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    other = Blobs(tmp_path, Vault(bytes(32)))
    assert not other.exists(stored.sha256), "another key gives another name"
    with pytest.raises(BlobCorrupt):
        list(other.list())


def test_every_altered_place_is_refused(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, VAULT)
    stored = blobs.put([content(2 * CHUNK + 5)])
    path = only_file(tmp_path)
    good = path.read_bytes()
    for place in (0, 3, 4, 6, 21, 30, 60, 77, 78, 5000, CHUNK + 100, len(good) - 1):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises((BlobCorrupt, SealUnknown)):
            read(blobs, stored.sha256)
    path.write_bytes(good)
    assert len(read(blobs, stored.sha256)) == 2 * CHUNK + 5


def test_cut_lengthened_reordered_and_swapped_files_are_refused(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, VAULT)
    first, second = blobs.put([content(3 * CHUNK)]), blobs.put([content(3 * CHUNK + 1)])
    paths = {s.sha256: tmp_path / _name(VAULT.blob_key(), s.sha256) for s in (first, second)}
    path = paths[first.sha256]
    good, start, step = path.read_bytes(), 77, CHUNK + 16
    chunks = [good[start + i * step : start + (i + 1) * step] for i in range(3)]
    for bad in (
        b"",
        good[:10],
        good[:start],
        good[: start + step],
        good[: start + 2 * step],
        good[:-1],
        good + b"\0",
        good + chunks[2],
        good[:start] + chunks[1] + chunks[0] + chunks[2],
        good[:start] + chunks[0] + chunks[0] + chunks[2],
        paths[second.sha256].read_bytes(),
    ):
        path.write_bytes(bad)
        with pytest.raises(BlobCorrupt):
            read(blobs, first.sha256)
    assert blobs.put([content(3 * CHUNK)]).sha256 == first.sha256
    assert read(blobs, first.sha256) == content(3 * CHUNK), "adding the document again heals it"


def test_what_is_given_before_a_damage_is_good(tmp_path: Path) -> None:
    blobs, data = Blobs(tmp_path, VAULT), content(3 * CHUNK)
    stored = blobs.put([data])
    path = only_file(tmp_path)
    with path.open("r+b") as file:
        at = file.seek(-10, os.SEEK_END)
        other = bytes([file.read(1)[0] ^ 1])  # a byte of a cipher may be anything already
        file.seek(at)
        file.write(other)
    given_chunks = []
    with pytest.raises(BlobCorrupt):
        given_chunks.extend(blobs.open(stored.sha256))
    assert b"".join(given_chunks) == b"" or data.startswith(b"".join(given_chunks))
    iterator = blobs.open(stored.sha256)
    assert next(iterator) == data[:CHUNK]
    iterator.close()


def test_a_stream_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield content(2 * CHUNK)
        raise ConnectionError

    blobs = Blobs(tmp_path, VAULT)
    with pytest.raises(ConnectionError):
        blobs.put(broken())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "pwrite", "open", "rename"])
def test_a_full_disk_at_any_call_leaves_nothing(tmp_path: Path, monkeypatch: Any, call: str, code: int) -> None:
    blobs = Blobs(tmp_path, VAULT)
    kept = blobs.put([b"before"])

    def full(*_args: Any, **_named: Any) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(DiskFull):
            blobs.put([content(CHUNK + 1)])
    assert len(list(tmp_path.iterdir())) == 1
    assert read(blobs, kept.sha256) == b"before"


def test_memory_stays_bounded(tmp_path: Path) -> None:
    blobs, piece = Blobs(tmp_path, VAULT), bytes(100_000)
    tracemalloc.start()
    try:
        stored = blobs.put(itertools.repeat(piece, 400))
        for _chunk in blobs.open(stored.sha256):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stored.size == 40_000_000
    assert peak < 8 * CHUNK


def test_one_huge_piece_is_cut(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, VAULT)
    stored = blobs.put([content(5 * CHUNK)])
    assert [len(chunk) for chunk in blobs.open(stored.sha256)] == [CHUNK] * 5


def test_killed_anywhere_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    folder, data = tmp_path / "deep" / "blobs", content(2 * CHUNK + 9)
    sha256 = hashlib.sha256(data).hexdigest()
    outcomes = set()

    def empty() -> None:
        for path in folder.glob("*"):
            path.unlink()

    for _point in every_point(lambda: Blobs(folder, VAULT).put([data]), empty):
        blobs = Blobs(folder, VAULT)
        there = blobs.exists(sha256)
        outcomes.add(there)
        if there:
            assert read(blobs, sha256) == data
        blobs.sweep(older_than=-1)
        assert len(list(folder.glob(".*"))) == 0
        assert blobs.put([data]).new is not there
        assert read(blobs, sha256) == data
    assert outcomes == {True, False}


def test_sweep_spares_a_writer_at_work(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, VAULT)

    def slow() -> Iterator[bytes]:
        yield b"a"
        assert blobs.sweep() == 0
        yield b"b"

    assert read(blobs, blobs.put(slow()).sha256) == b"ab"


def test_after_the_destruction_of_the_key_nothing_opens(instance: Instance) -> None:
    stored = instance.blobs.put([CANARY])
    instance.keys.destroy_space(instance.space_id)
    for attempt in (
        lambda: instance.blobs.open(stored.sha256),
        lambda: instance.blobs.put([b"x"]),
        lambda: list(instance.blobs.list()),
        lambda: instance.blobs.exists(stored.sha256),
    ):
        with pytest.raises(KeyDestroyed):
            attempt()
