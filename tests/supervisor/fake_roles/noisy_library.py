"""A library that phones home whenever it is used, as some do: connections, names, datagrams, programs."""

import contextlib
import socket
import subprocess


def phone_home(times: int) -> list[str]:
    """What each way answered, the last time."""
    answers = dict.fromkeys(("connect", "name", "send", "program"), "")
    for _ in range(times):
        for way in (_connect, _name, _send, _program):
            try:
                way()
                answers[way.__name__[1:]] = "done"
            except (OSError, UnicodeError) as problem:
                answers[way.__name__[1:]] = type(problem).__name__
    return [f"{way}:{answer}" for way, answer in answers.items()]


def _connect() -> None:
    with contextlib.closing(socket.socketpair()[0]) as way:  # a box makes no other socket
        way.connect("telemetry.sock")


def _name() -> None:
    socket.getaddrinfo("telemetry.example.invalid", 443)


def _send() -> None:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as way:
        way.sendto(b"hello", ("127.0.0.1", 9))


def _program() -> None:
    subprocess.run(["/usr/bin/true"], check=True)
