"""Lines of strace as strace 6.13 writes them, read into calls, places, names and a verdict."""

import struct

import pytest

from demeure.proof.egress import ATTEMPTS, NOTHING, UNCLEAR, Report, names
from demeure.proof.egress.lines import Call, Ended, Lines, clear, split
from demeure.proof.egress.places import LOOPBACK, OUTSIDE, UNIX, UNREADABLE, named

EXEC = '7 execve("/usr/bin/assistant", ["assistant"], 0x7ffd /* 9 vars */) = 0'
V4 = '{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.7")}'
V6 = (
    "{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
    'inet_pton(AF_INET6, "2001:db8::7", &sin6_addr), sin6_scope_id=0}'
)


def question(name: str, answers: bytes = b"", count: int = 0) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    flags = 0x8180 if count else 0x100
    return struct.pack("!HHHHHH", 7, flags, 1, count, 0, 0) + labels + struct.pack("!HH", 1, 1) + answers


def written(data: bytes) -> str:
    """As strace would."""
    return '"' + "".join(f"\\{byte:o}" if not 48 <= byte < 58 else f"\\{byte:03o}" for byte in data) + '"'


def report(*lines: str) -> Report:
    found, reader = Report(), Lines()
    for line in lines:
        seen = reader.read(line)
        if seen is not None:
            found.see(seen)
    return found


def test_a_call_in_two_halves_is_one_call() -> None:
    reader = Lines()
    assert reader.read(f"7 connect(3<TCP:[5]>, {V4}, 16 <unfinished ...>") is None
    assert reader.read("8 +++ exited with 3 +++") == Ended(8, 3)
    call = reader.read("7 <... connect resumed>) = -1 ENETUNREACH (Network is unreachable)")
    assert isinstance(call, Call) and (call.thread, call.name, call.value, call.error) == (
        7,
        "connect",
        -1,
        "ENETUNREACH",
    )
    assert named(call.arguments[0], call.arguments[1]) == named("3<TCP:[5]>", V4)
    assert reader.read("9 +++ killed by SIGTERM +++") == Ended(9, 0, "SIGTERM")


def test_arguments_are_cut_outside_strings_and_brackets() -> None:
    assert split(r'3<UNIX-STREAM:[1->2, "/a, b"]>, "a\", b", [{x=1, y=2}], NULL') == [
        '3<UNIX-STREAM:[1->2, "/a, b"]>', r'"a\", b"', "[{x=1, y=2}]", "NULL",
    ]  # fmt: skip
    assert clear(r'"\0\33a\x41\"\n"...') == b'\x00\x1baA"\n'


@pytest.mark.parametrize(
    ("address", "reach", "told"),
    [
        (V4, OUTSIDE, "TCP 192.0.2.7:443"),
        (V6, OUTSIDE, "TCP [2001:db8::7]:443"),
        (V4.replace("192.0.2.7", "127.9.0.1"), LOOPBACK, "TCP 127.9.0.1:443"),
        (V6.replace("2001:db8::7", "::1"), LOOPBACK, "TCP [::1]:443"),
        (V6.replace("2001:db8::7", "::ffff:127.0.0.1"), LOOPBACK, "TCP 127.0.0.1:443"),
        (V6.replace("2001:db8::7", "::ffff:192.0.2.7"), OUTSIDE, "TCP 192.0.2.7:443"),
        (V4.replace("192.0.2.7", "0.0.0.0"), LOOPBACK, "TCP 0.0.0.0:443"),
        ('{sa_family=AF_UNIX, sun_path="/run/x y"}', UNIX, "TCP /run/x y"),
        ('{sa_family=AF_UNIX, sun_path=@"bus"}', UNIX, "TCP @bus"),
        ("0x7ffdcafe", UNREADABLE, "TCP ?"),
    ],
)
def test_places_inside_and_outside_are_told_apart(address: str, reach: str, told: str) -> None:
    place = named("3<TCP:[5]>", address)
    assert place is not None and (place.reach, place.told) == (reach, told)


def test_nothing_tried_is_nothing() -> None:
    assert report(EXEC, "7 +++ exited with 0 +++").verdict == NOTHING
    assert report().verdict == UNCLEAR, "a command that never started proves nothing"


def test_a_thread_counts_for_its_process_even_before_its_birth_is_told() -> None:
    connect = f"9 connect(3<TCP:[5]>, {V4}, 16) = 0"
    found = report(EXEC, connect, "7 clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_FS, stack=0x7}, 88) = 9", connect)
    ((who, place, tried),) = found.rows(OUTSIDE)
    assert (who.number, who.program, tried.attempts, found.verdict) == (7, "assistant", 2, ATTEMPTS)
    assert place.told == "TCP 192.0.2.7:443" and tried.answers == {"ok": 2}


def test_a_child_has_lines_of_its_own_and_its_own_program() -> None:
    found = report(
        EXEC,
        "7 vfork( <unfinished ...>",
        '8 execve("/usr/bin/curl", ["curl"], 0x7 /* 9 vars */) = 0',
        "7 <... vfork resumed>) = 8",
        f"8 connect(3<TCPv6:[5]>, {V6}, 28) = -1 EINPROGRESS (Operation now in progress)",
    )
    ((who, place, tried),) = found.rows(OUTSIDE)
    assert (who.program, who.parent, place.transport, tried.answers) == ("curl", 7, "TCP", {"EINPROGRESS": 1})


def test_names_asked_and_answered_are_read_and_a_datagram_socket_pointed_somewhere_is_told_apart() -> None:
    address = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 7])
    asked, answered = question("telemetry.example.org"), question("telemetry.example.org", address, 1)
    server = "3<UDP:[127.0.0.1:40000->127.0.0.53:53]>"
    found = report(
        EXEC,
        '7 connect(3<UDP:[5]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0',
        f"7 sendto({server}, {written(asked)}, 39, MSG_NOSIGNAL, NULL, 0) = 39",
        f"7 recvfrom({server}, {written(answered)}, 2048, 0, NULL, NULL) = 55",
        f"7 connect(4<UDP:[6]>, {V4}, 16) = 0",
    )
    (process,) = found.as_json()["processes"]
    assert process["names"] == [{"name": "telemetry.example.org", "server": "UDP 127.0.0.53:53", "kinds": {"A": 1}}]
    here, there = process["destinations"]
    assert (here["reach"], here["attempts"], here["prepared"]) == ("loopback", 1, 1)
    assert (there["attempts"], there["prepared"], there["names"]) == (0, 1, ["telemetry.example.org"])
    assert found.verdict == ATTEMPTS


def test_a_question_to_a_resolver_of_this_machine_is_a_way_out() -> None:
    asked = written(question("huggingface.co"))
    message = (
        f"{{msg_hdr={{msg_name=NULL, msg_namelen=0, msg_iov=[{{iov_base={asked}, iov_len=32}}], msg_iovlen=1}}}}"
    )
    lines = f"7 sendmmsg(3<UDP:[127.0.0.1:4->127.0.0.1:53]>, [{message}, {message}], 2, MSG_NOSIGNAL) = 2"
    found = report(EXEC, lines)
    assert found.verdict == ATTEMPTS and found.rows(OUTSIDE) == []
    ((_, _, tried),) = found.rows(LOOPBACK)
    assert tried.attempts == 2
    varlink = r'"{\"method\":\"io.systemd.Resolve.ResolveHostname\",\"parameters\":{\"name\":\"example.org\"}}\0"'
    found = report(EXEC, f"7 sendto(5<UNIX-STREAM:[12->13]>, {varlink}, 77, MSG_NOSIGNAL, NULL, 0) = 77")
    assert found.verdict == ATTEMPTS and ("example.org", "systemd-resolved") in found.processes[0].asked


def test_what_could_not_be_read_is_never_nothing() -> None:
    assert report(EXEC, "7 connect(3<TCP:[5]>, 0x7ffd, 16) = -1 EFAULT (Bad address)").verdict == UNCLEAR
    assert report(EXEC, "7 io_uring_setup(8, {flags=0}) = 4<anon_inode:[io_uring]>").verdict == UNCLEAR
    assert report(EXEC, "7 io_uring_setup(8, {flags=0}) = -1 EPERM (Operation not permitted)").verdict == NOTHING


def test_other_families_raw_sockets_and_doors() -> None:
    found = report(
        EXEC,
        "7 socket(AF_PACKET, SOCK_RAW, htons(0x3 /* ETH_P_ALL */)) = 3<PACKET:[5]>",
        "7 socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) = -1 EPERM (Operation not permitted)",
        "7 socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3<NETLINK:[5]>",
        "7 listen(4<TCP:[0.0.0.0:8080]>, 128) = 0",
    )
    assert [place.told for _, place, _ in found.rows("other")] == ["AF_PACKET"]
    assert found.as_json()["processes"][0]["listens"] == ["TCP 0.0.0.0:8080"]


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 11, b"\xff" * 40, question("a.b")[:14], b"\0\0\1\0\0\1\0\0\0\0\0\0" + b"\xc0\x0c" * 9]
)
def test_garbage_on_port_53_is_no_name(data: bytes) -> None:
    assert names.read(data) is None
    assert names.read(data, stream=True) is None


def test_a_name_over_tcp_has_its_length_first() -> None:
    asked = question("example.org")
    found = names.read(struct.pack("!H", len(asked)) + asked, stream=True)
    assert found is not None and (found.name, found.kind, found.answer) == ("example.org", "A", False)
