"""What systemd hands to the house: its listener, its keys. As sd_listen_fds and LoadCredential do it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demeure.settings import Settings
from demeure.store import check_keys, create_instance, read_house_key
from demeure.store.errors import KeyMissing
from demeure.supervisor.belongings import handed_listener, public_listener, read_keys
from demeure.supervisor.errors import AddressUnusable, ListenerElsewhere

CHILD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "pages"}
from demeure.settings import Settings
from demeure.supervisor.belongings import public_listener
from demeure.supervisor.errors import ListenerElsewhere
try:
    listener = public_listener(Settings(host=sys.argv[2], port=int(sys.argv[3])))
except ListenerElsewhere as problem:
    print("elsewhere", problem.sentence("en"))
else:
    came, _ = listener.accept()
    came.sendall(b"served")
    print(listener.fileno(), listener.proto, *(name for name in os.environ if name.startswith("LISTEN_")))
"""


def child(listener: socket.socket, host: str, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(listener.fileno()), host, str(port)],
        pass_fds=(listener.fileno(),),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_house_serves_on_the_listener_that_was_handed_to_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as waiting:  # before anybody is there to answer
            with child(listener, "localhost", port) as house:
                told = house.communicate(timeout=60)[0]
            assert waiting.recv(10) == b"served"
    assert told.split() == ["3", str(socket.IPPROTO_TCP)], (
        "it is TCP said aloud, and nobody else inherits the words"
    )


def test_a_listener_elsewhere_than_the_settings_say_is_refused() -> None:
    """Pages in clear are for loopback: what the settings say of it must be true of what is served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with child(listener, "127.0.0.2", port) as house:
            told = house.communicate(timeout=60)[0]
        assert told.startswith("elsewhere") and f"127.0.0.1:{port}" in told and "demeure install" in told


def test_words_for_another_process_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert handed_listener("127.0.0.1", 0) is None
    with public_listener(Settings(port=0)) as own:
        assert own.getsockname()[0] == "127.0.0.1"
    assert ListenerElsewhere(found="x", host="y", port=1).exit_code == 4


def test_keys_come_from_credentials_when_they_were_taken_off_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, handed = tmp_path / "instance", tmp_path / "credentials"
    create_instance(instance)
    key = read_house_key(instance)
    handed.mkdir()
    for name in ("house.key", "journal.key"):
        (instance / "keys" / name).rename(handed / name)
        (handed / name).chmod(0o440)  # as systemd shows an access list
    with pytest.raises(KeyMissing):
        check_keys(instance)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    check_keys(instance)
    assert read_house_key(instance) == key
    (descriptor,) = read_keys(instance, ["house"]).values()
    assert os.pread(descriptor, 64, 0) == key
    os.close(descriptor)


def test_an_instance_whose_keys_are_elsewhere_is_not_made_again(tmp_path: Path) -> None:
    from demeure.cli.instance import prepare

    instance = tmp_path / "instance"
    create_instance(instance)
    for name in ("house.key", "journal.key"):
        (instance / "keys" / name).unlink()
    with pytest.raises(KeyMissing):
        prepare(instance, "fr")
    assert not (instance / "keys" / "house.key").exists()


def test_what_the_system_refuses_of_an_address_is_told_in_each_tongue() -> None:
    with pytest.raises(AddressUnusable) as refused:
        public_listener(Settings(host="192.0.2.1", port=0))  # documentation's: nobody's
    assert "cette machine n’a pas cette adresse" in refused.value.sentence("fr")
    assert "Cannot assign requested address" in refused.value.sentence("en")
