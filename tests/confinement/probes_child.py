"""Run by test_confinement_box.py in a process of its own: leave things open, close the box, try to get out.

Arguments: one JSON object (see ``Setting``). Prints one JSON object: what was enforced, and for each probe "worked"
or the errno. Only the receivers held by the test decide what left.
"""

import ctypes
import errno
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from demeure.confinement import PROFILES, Lists, box, kernel, ladder, selftest, syscalls
from demeure.confinement.paths import python

FASTOPEN = 0x20000000


class Probes:
    """Every method is one attempt; it returns when the attempt worked and raises OSError when it was refused."""

    def __init__(self, setting: dict[str, Any]) -> None:
        self.s = setting
        self.port: int = setting["port"]
        self.token = setting["token"]
        self.listener, self.listener_fastopen = self._listener(), self._listener()
        self.program_bytes = Path("/bin/true").read_bytes()
        self.forgotten = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def _listener(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        return listener

    def kept(self) -> set[int]:
        """The listeners are what a gateway holds; the UDP socket is kept only when a forgetful box is asked for."""
        kept = {self.listener.fileno(), self.listener_fastopen.fileno()}
        return kept | {self.forgotten.fileno()} if self.s.get("forgetful") else kept

    def said(self, name: str) -> bytes:
        return f"{self.token}:{name}".encode()

    def _stream(self, family: int, address: Any, name: str) -> None:
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(2)
            s.connect(address)
            s.sendall(self.said(name))
            s.recv(4)

    # --- to the receivers outside

    def tcp(self) -> None:
        self._stream(socket.AF_INET, ("127.0.0.1", self.port), "tcp")

    def udp(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(self.said("udp"), ("127.0.0.1", self.s["udp_port"]))

    def tcp_fastopen(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.sendto(self.said("tcp_fastopen"), FASTOPEN, ("127.0.0.1", self.port))
            s.recv(4)

    def listener_turned_client(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.connect(self.listener.fileno(), bytes(16), 16) < 0:
            raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")
        self.listener.settimeout(2)
        self.listener.connect(("127.0.0.1", self.port))
        self.listener.sendall(self.said("listener_turned_client"))
        self.listener.recv(4)

    def listener_fast_opened(self) -> None:
        s = self.listener_fastopen
        s.shutdown(socket.SHUT_RDWR)
        s.sendto(self.said("listener_fast_opened"), FASTOPEN, ("127.0.0.1", self.port))
        s.recv(4)

    def abstract_unix(self) -> None:
        self._stream(socket.AF_UNIX, "\0" + self.s["abstract"], "abstract_unix")

    def pathname_unix(self) -> None:
        self._stream(socket.AF_UNIX, self.s["stream_path"], "pathname_unix")

    def datagram_to_pathname(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, theirs:
            ours.sendmsg([self.said("datagram_to_pathname")], [], 0, self.s["datagram_path"])

    def forgotten_descriptor(self) -> None:
        os.fstat(self.forgotten.fileno())
        self.forgotten.sendto(self.said("forgotten_descriptor"), ("127.0.0.1", self.s["udp_port"]))

    # --- files

    def read_outside(self) -> None:
        assert Path(self.s["secret"]).read_text() == self.token

    def write_outside(self) -> None:
        Path(self.s["outside"], "written").write_text(self.said("write_outside").decode())

    def rename_out(self) -> None:
        inside = Path(self.s["inside"], "moving")
        inside.write_text("x")
        inside.rename(Path(self.s["outside"], "moved"))

    def link_in(self) -> None:
        os.link(self.s["secret"], Path(self.s["inside"], "linked"))

    def list_home(self) -> None:
        list(Path("/").iterdir())

    # --- other processes

    def ptrace(self) -> None:
        self._call("ptrace", 0x4206, self.s["victim"], 0, 0)  # PTRACE_SEIZE, undone when this child ends

    def memory_of_another(self) -> None:
        with Path(f"/proc/{self.s['victim']}/mem").open("rb") as memory:
            memory.seek(self.s["victim_address"])
            assert memory.read(8) == b"treasure"

    def read_memory_of_another(self) -> None:
        buffer = ctypes.create_string_buffer(8)
        here = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(buffer), 8))
        there = ctypes.create_string_buffer(struct.pack("QQ", self.s["victim_address"], 8))
        self._call("process_vm_readv", self.s["victim"], here, 1, there, 1, 0)

    def environment_of_another(self) -> None:
        assert Path(f"/proc/{self.s['victim']}/environ").read_bytes()

    # --- kernel surface

    def io_uring(self) -> None:
        self._call("io_uring_setup", 4, ctypes.create_string_buffer(120))

    def new_namespace(self) -> None:
        self._call("unshare", 0x10000000)

    def program(self) -> None:
        self._runs(lambda: os.execv("/bin/true", ["true"]))

    def program_in_memory(self) -> None:
        memory = os.memfd_create("program")
        os.write(memory, self.program_bytes)
        self._runs(lambda: os.execve(memory, ["true"], {}))

    def netlink(self) -> None:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()

    def keyring(self) -> None:
        self._call("keyctl", 0, -3, 1)  # KEYCTL_GET_KEYRING_ID of the session, made when absent

    def _call(self, name: str, *arguments: Any) -> int:
        return kernel.call(syscalls.numbers(syscalls.machine())[name], *arguments)

    def _runs(self, execute: Callable[[], Any]) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                execute()
            except OSError as refused:
                os._exit(refused.errno or 1)
            finally:
                os._exit(99)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            raise OSError(code, os.strerror(code))


NAMES = [n for n, f in vars(Probes).items() if callable(f) and not n.startswith("_") and n not in ("kept", "said")]


def tried(probes: Probes, name: str) -> str:
    """ "worked", or why not."""
    try:
        getattr(probes, name)()
    except OSError as refused:
        return errno.errorcode.get(refused.errno or 0, "OSError")
    except BaseException as problem:  # noqa: BLE001 - told to the test
        return type(problem).__name__
    return "worked"


def attempt(probes: Probes, name: str) -> str:
    """One probe in a child of its own (a killed one counts as refused), or here where no child may be made."""
    if probes.s["profile"].startswith("engine"):
        return tried(probes, name)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(8)
        os.write(writing, tried(probes, name).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answers:  # noqa: PTH123 - a descriptor
        text = answers.read().decode()
    os.waitpid(pid, 0)
    return text or "killed"


def main() -> None:
    setting = json.loads(sys.argv[1])
    probes = Probes(setting)
    if setting["uid"] is not None:
        os.setgroups([])
        os.setresgid(setting["uid"], setting["uid"], setting["uid"])
        os.setresuid(setting["uid"], setting["uid"], setting["uid"])
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # as any process that was started by that user
    enforced, leaks = None, []
    if setting["layers"] is not None:
        profile = replace(PROFILES[setting["profile"]], layers=frozenset(setting["layers"]))
        lists = Lists(read=(*python(), "/proc/self", str(Path(__file__).parent)), write=(setting["inside"],))
        enforced = box(profile, lists, probes.kept())
        leaks = selftest.run(profile, enforced)
    results = {} if setting.get("only_box") else {name: attempt(probes, name) for name in NAMES}
    time.sleep(0.05)
    report = {
        "enforced": enforced.as_json() if enforced else None,
        "ladder": ladder(enforced) if enforced else None,
        "leaks": leaks,
        "results": results,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
