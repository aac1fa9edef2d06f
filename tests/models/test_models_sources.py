"""Sources of models: cuts are continued, anything that is not the file is refused, nothing hangs."""

import os
import socket
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gguf_maker import gguf
from hub import Hub, hub

from demeure.engine.models.errors import (
    ModelFileUnreadable,
    ModelFormatRefused,
    ModelSizeWrong,
    SourceUnavailable,
)
from demeure.engine.models.sources import HubFile, LocalFile, Payload, discard

CONTENT = gguf(filler=bytes(range(256)) * 4)  # 1024 × 2048 bytes and more: several pieces


@pytest.fixture
def server() -> Iterator[Hub]:
    with hub(CONTENT) as running:
        yield running


def source(server: Hub, **settings: Any) -> HubFile:
    quick = {"proxies": {}, "timeout": 0.4, "patience": 0.3, "slowest": 2000, "pause": 0.0, **settings}
    return HubFile(server.url, **quick)


def fetch(server: Hub, target: Path, **settings: Any) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    payload = Payload("m.gguf", len(CONTENT))
    source(server, **settings).fetch(target, payload, lambda done, total: seen.append((done, total)))
    return seen


def test_a_file_arrives_whole_and_says_how_far_it_is(server: Hub, tmp_path: Path) -> None:
    seen = fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT)) and seen == sorted(seen)
    assert server.ranges == [""]


def test_cuts_are_continued_where_they_happened(server: Hub, tmp_path: Path) -> None:
    server.tricks = ["cut", "cut", "broken"]
    fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT
    third = len(CONTENT) // 3
    assert server.ranges == ["", f"bytes={third}-", f"bytes={2 * third}-", f"bytes={2 * third}-"]


def test_what_an_earlier_process_received_is_not_asked_again(server: Hub, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(CONTENT[:1000])
    fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_server_without_ranges_starts_again(server: Hub, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"GGUF" + b"?" * 900)
    server.tricks = ["no-range"]
    fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT


def test_a_beginning_longer_than_the_file_is_thrown_away(server: Hub, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(CONTENT + b"?")
    fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert server.ranges == [""]


@pytest.mark.parametrize("trick", ["absent", "broken", "loop", "far", "page", "hang"])
def test_a_server_that_gives_no_file_is_left_quickly(server: Hub, tmp_path: Path, trick: str) -> None:
    server.always = trick
    begin = time.monotonic()
    with pytest.raises(SourceUnavailable) as refusal:
        fetch(server, tmp_path / "t")
    assert time.monotonic() - begin < 2
    assert "127.0.0.1" in refusal.value.sentence("fr")
    assert not (tmp_path / "t").exists()
    assert len(server.ranges) <= 6


def test_nobody_there(tmp_path: Path) -> None:
    with hub(CONTENT) as gone:
        url = gone.url
    with pytest.raises(SourceUnavailable):
        HubFile(url, proxies={}, timeout=0.5).fetch(tmp_path / "t", Payload("m", 5), lambda *_: None)


def test_a_machine_without_internet_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    monkeypatch.setattr(HubFile, "_open", unknown)
    with pytest.raises(SourceUnavailable) as refusal:
        HubFile("https://hub.invalid/m", proxies={}).fetch(tmp_path / "t", Payload("m", 5), lambda *_: None)
    assert "pas reliée à internet" in refusal.value.sentence("fr")
    assert "may not be on the internet" in refusal.value.sentence("en")
    assert "Name or service" not in refusal.value.sentence("fr")


def test_a_range_that_was_not_asked_is_refused(server: Hub, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(CONTENT[:1000])
    server.tricks = ["wrong-range"]
    with pytest.raises(SourceUnavailable):
        fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("trick", ["longer", "endless"])
def test_another_length_is_refused(server: Hub, tmp_path: Path, trick: str) -> None:
    server.always = trick
    with pytest.raises(ModelSizeWrong):
        fetch(server, tmp_path / "t")


def test_a_pickle_is_refused_at_its_first_bytes(server: Hub, tmp_path: Path) -> None:
    server.always = "pickle"
    with pytest.raises(ModelFormatRefused) as refusal:
        fetch(server, tmp_path / "t")
    assert "pickle" in refusal.value.sentence("fr")


def test_a_trickle_is_given_up_and_what_came_is_kept(server: Hub, tmp_path: Path) -> None:
    server.always = "slow"
    begin = time.monotonic()
    with pytest.raises(SourceUnavailable):
        fetch(server, tmp_path / "t", attempts=1, patience=0.2, slowest=10_000_000)
    assert time.monotonic() - begin < 3
    server.always = ""
    fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT


def test_a_server_that_hangs_midway_is_continued_later(server: Hub, tmp_path: Path) -> None:
    server.tricks = ["hang-midway"]
    fetch(server, tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert server.ranges == ["", "bytes=100-"]


def test_encryption_is_not_given_up_on_the_way() -> None:
    from urllib.error import HTTPError
    from urllib.request import Request

    from demeure.engine.models.sources import _FewRedirects

    with pytest.raises(HTTPError) as refused:
        _FewRedirects().redirect_request(Request("https://hub/x"), None, 302, "", {}, "http://hub/x")
    refused.value.close()


def test_a_local_file_is_copied(tmp_path: Path) -> None:
    (tmp_path / "key.gguf").write_bytes(CONTENT)
    LocalFile(tmp_path / "key.gguf").fetch(tmp_path / "t", Payload("key.gguf", 0), lambda *_: None)
    assert (tmp_path / "t").read_bytes() == CONTENT
    assert (tmp_path / "key.gguf").exists()


def test_what_is_no_ordinary_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "absent"):
        with pytest.raises(ModelFileUnreadable):
            LocalFile(tmp_path / name).fetch(tmp_path / "t", Payload(name, 0), lambda *_: None)
    (tmp_path / "x.pt").write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelFormatRefused):
        LocalFile(tmp_path / "x.pt").fetch(tmp_path / "t", Payload("x.pt", 0), lambda *_: None)
    assert not (tmp_path / "t").exists()


def test_discard_leaves_nothing_of_a_target(tmp_path: Path) -> None:
    (tmp_path / ".m.incoming").write_bytes(b"x")
    (tmp_path / ".m.incoming.wheels").mkdir()
    (tmp_path / ".m.incoming.wheels" / "a").write_bytes(b"x")
    (tmp_path / "other").write_bytes(b"x")
    discard(tmp_path / ".m.incoming")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
