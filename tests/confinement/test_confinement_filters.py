"""Each filter's decisions, on both architectures, by running its instructions in a small BPF machine."""

import errno
import struct

import pytest

from demeure.confinement import policies, seccomp, syscalls
from demeure.confinement.seccomp import ALLOW, ERRNO, KILL_PROCESS, Policy, program

ARCHITECTURES = ["x86_64", "aarch64"]
ME = 4242
POLICIES = {
    "supervisor": policies.supervisor(executes=False),
    "role": policies.role(),
    "engine": policies.engine(ME),
    "engine that executes": policies.engine(ME, executes=7),
    "job": policies.job(ME),
}


def decide(policy: Policy, arch: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the kernel would do: runs the assembled bytes, not the Python objects."""
    data = struct.pack("=iIQ6Q", number, audit or syscalls.AUDIT_ARCH[arch], 0, *(arguments + (0,) * 6)[:6])
    code = list(struct.iter_unpack("HBBI", seccomp.assembled(program(policy, arch))))
    accumulator, at = 0, 0
    while True:
        op, true, false, k = code[at]
        at += 1
        if op == 0x06:
            return int(k)
        if op == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, k)
        elif op == 0x05:
            at += k
        else:
            holds = {
                0x15: accumulator == k,
                0x25: accumulator > k,
                0x35: accumulator >= k,
                0x45: bool(accumulator & k),
            }
            at += true if holds[op] else false


def call(policy: Policy, arch: str, name: str, *arguments: int) -> str:
    number = syscalls.numbers(arch).get(name)
    if number is None:
        return "absent"
    answer = decide(policy, arch, number, *arguments)
    return "allowed" if answer == ALLOW else errno.errorcode[answer & 0xFFFF]


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("name", POLICIES)
class TestEveryPolicy:
    def test_other_entries_kill(self, name: str, arch: str) -> None:
        i386 = 0x40000003
        assert decide(POLICIES[name], arch, 1, audit=i386) == KILL_PROCESS
        if arch == "x86_64":
            assert decide(POLICIES[name], arch, 0x40000000 | 41) == KILL_PROCESS

    def test_unknown_calls_answer_as_an_older_kernel(self, name: str, arch: str) -> None:
        assert decide(POLICIES[name], arch, syscalls.LAST_REVIEWED + 1) == ERRNO | errno.ENOSYS
        assert call(POLICIES[name], arch, "clone3") == "ENOSYS"

    def test_the_surface_is_refused(self, name: str, arch: str) -> None:
        answers = {forbidden: call(POLICIES[name], arch, forbidden) for forbidden in policies.SURFACE.split()}
        assert {f: a for f, a in answers.items() if a not in ("EPERM", "absent")} == {}

    def test_no_way_to_a_network(self, name: str, arch: str) -> None:
        policy = POLICIES[name]
        for family in [*range(2, 47)]:
            for kind in (1, 2, 3, 5, 1 | 0o2000000):
                assert call(policy, arch, "socket", family, kind) in ("EAFNOSUPPORT", "EPERM")
                assert call(policy, arch, "socketpair", family, kind) == "EPERM"
        assert call(policy, arch, "socket", 1, 2) != "allowed"
        assert call(policy, arch, "connect", 3, 0, 16) in ("EACCES", "EPERM")
        for sending, at in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
            arguments = [0] * 6
            arguments[at] = 0x20000000 | 0x4000
            assert call(policy, arch, sending, *arguments) == "EPERM"

    def test_no_namespace_and_no_injection(self, name: str, arch: str) -> None:
        policy = POLICIES[name]
        for flag in (0x10000000, 0x40000000, 0x20000, 0x20000000, 0x08000000, 0x04000000, 0x02000000, 0x80):
            assert call(policy, arch, "clone", flag | 17) == ("ENOSYS" if name == "job" else "EPERM")
        assert call(policy, arch, "ioctl", 0, 0x5412) == "EPERM"
        assert call(policy, arch, "ioctl", 0, 0x541C) == "EPERM"

    def test_it_can_live(self, name: str, arch: str) -> None:
        for needed in ("read", "write", "mmap", "futex", "exit_group", "rt_sigreturn", "clock_gettime", "rseq"):
            assert call(POLICIES[name], arch, needed) == "allowed"


@pytest.mark.parametrize("arch", ARCHITECTURES)
class TestWhatSetsThemApart:
    def test_the_supervisor_boxes_children_and_reaches_short_unix_names_only(self, arch: str) -> None:
        policy = POLICIES["supervisor"]
        assert call(policy, arch, "unshare", 0x10000000 | 0x40000000 | 0x08000000) == "allowed"
        assert call(policy, arch, "unshare", 0x10000000 | 0x20000) == "EPERM"
        assert call(policy, arch, "socket", 1, 1 | 0o2000000) == "allowed"
        assert call(policy, arch, "connect", 3, 0, 15) == "allowed"
        assert call(policy, arch, "connect", 3, 0, 16) == "EACCES"
        assert call(policy, arch, "execve") == call(policy, arch, "execveat") == "EPERM"
        assert call(policies.supervisor(executes=True), arch, "execve") == "EPERM"
        assert call(policies.supervisor(executes=True), arch, "execveat") == "allowed"

    def test_roles_have_no_socket_of_their_own(self, arch: str) -> None:
        policy = POLICIES["role"]
        assert call(policy, arch, "socket", 1, 1) == "EAFNOSUPPORT"
        assert call(policy, arch, "connect", 3, 0, 8) == "EACCES"
        for refused in ("bind", "unshare", "execve", "execveat", "pidfd_open"):
            assert call(policy, arch, refused) == "EPERM"
        for needed in ("accept4", "listen", "sendmsg", "recvmsg", "seccomp", "fsync", "rename", "renameat"):
            assert call(policy, arch, needed) in ("allowed", "absent")

    def test_the_engine_makes_threads_and_a_unix_listener(self, arch: str) -> None:
        policy = POLICIES["engine"]
        assert call(policy, arch, "clone", 0x3D0F00) == "allowed"
        assert call(policy, arch, "clone", 17) == "EPERM"
        assert call(policy, arch, "socket", 1, 1) == "allowed"
        assert call(policy, arch, "bind") == call(policy, arch, "accept4") == "allowed"
        assert call(policy, arch, "tgkill", ME) == "allowed"
        assert call(policy, arch, "tgkill", ME + 1) == "EPERM"
        for refused in (
            "kill",
            "rename",
            "renameat2",
            "mkdirat",
            "fork",
            "execve",
            "execveat",
            "prctl",
            "fchmodat",
        ):
            assert call(policy, arch, refused, 22) in ("EPERM", "absent")

    def test_one_descriptor_may_be_executed_in_one_way(self, arch: str) -> None:
        policy = POLICIES["engine that executes"]
        assert call(policy, arch, "execveat", 7, 0, 0, 0, 0x1000) == "allowed"
        assert call(policy, arch, "execveat", 8, 0, 0, 0, 0x1000) == "EPERM"
        assert call(policy, arch, "execveat", 7, 0, 0, 0, 0) == "EPERM"
        assert call(policy, arch, "execve") == "EPERM"

    def test_a_job_reads_what_it_holds(self, arch: str) -> None:
        policy = POLICIES["job"]
        assert call(policy, arch, "clone", 0x3D0F00) == "ENOSYS", "no thread, as where there are none"
        for refused in (
            "fork",
            "vfork",
            "socket",
            "bind",
            "listen",
            "accept4",
            "epoll_create1",
            "unlinkat",
            "kill",
        ):
            assert call(policy, arch, refused, 0x3D0F00) in ("EPERM", "absent")
        assert call(policy, arch, "openat", 0, 0, 0o2000000) == "allowed"
        for writing in (0o1, 0o2, 0o100, 0o1000, 0o20000000 | 0o200000):
            assert call(policy, arch, "openat", 0, 0, writing) == "EACCES"


def test_allow_lists_name_calls_that_exist() -> None:
    known = syscalls.numbers("x86_64")
    for policy in POLICIES.values():
        named = {*policy.allow, *policy.deny, *(rule.name for rule in policy.rules)}
        assert named - set(known) == set()


def test_numbers_of_the_running_kernel_are_the_kernels_own() -> None:
    """A handful, through the C library, on the machine that runs the tests."""
    import os

    from demeure.confinement import kernel

    numbers = syscalls.numbers(syscalls.machine())
    assert kernel.call(numbers["getpid"]) == os.getpid()
    assert kernel.call(numbers["getppid"]) == os.getppid()
    assert kernel.call(numbers["getuid"]) == os.getuid()
