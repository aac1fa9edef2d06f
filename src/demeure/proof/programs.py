"""Ways out by running another program, or the other instruction sets that a filter may not know."""

import ctypes
import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.confinement.profiles import LANDLOCK, SECCOMP
from demeure.proof.files import own_place, writes
from demeure.proof.scene import HEARD, Attempt, Probe, Scene

_ECHO = "/bin/echo"
_CODE = bytes.fromhex("488b7424 1031d280 3c160074 0548ffc2 ebf5b801 000000bf 01000000 0f05b83c 00000031 ff0f05")
"""For x86-64: write(1, argv[1], its length), then exit(0)."""
OUTPUT = 1
"""Where a program that runs is heard: the twins' own output, which the run reads."""


def said(scene: Scene) -> str:
    """The line that only a program which really ran prints."""
    return f"ran {scene.canary().decode()}"


def _running(execute: Callable[[Scene], Any]) -> Attempt:
    """In a child where one can be made: the program replaces whoever runs it."""

    def attempt(scene: Scene) -> None:
        try:
            child = os.fork()
        except OSError:
            execute(scene)  # whoever may make no child becomes the program itself
            return
        if child == 0:
            code = 255
            try:
                execute(scene)
            except OSError as refused:
                code = (refused.errno or 1) & 127
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            raise OSError(abs(code), os.strerror(abs(code)))

    return attempt


def program() -> bytes:
    """The smallest ELF file that says its argument: it asks for no loader and no library. OSError elsewhere than on
    x86-64."""
    if os.uname().machine != "x86_64":
        raise OSError(38, "no such program for this processor")
    start, header = 0x400000, 64 + 56
    size = header + len(_CODE)
    file = b"\x7fELF\2\1\1" + bytes(9)
    file += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, start + header, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return file + struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, size, size, 4096) + _CODE


def _echo(scene: Scene) -> None:
    os.execv(_ECHO, ["echo", said(scene)])


def _shell(scene: Scene) -> None:
    os.execv("/bin/sh", ["sh", "-c", f"echo '{said(scene)}'"])


def _by_descriptor(scene: Scene) -> None:
    os.execve(os.open(_ECHO, os.O_RDONLY), ["echo", said(scene)], {})


def _dropped(scene: Scene) -> None:
    path = own_place(scene) / f"{scene.label()}.bin"
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700)
    os.write(made, program())
    os.close(made)
    os.execv(path, ["program", f"{said(scene)}\n"])


def _in_memory(scene: Scene) -> None:
    memory = os.memfd_create("program")
    os.write(memory, program())
    os.execve(memory, ["program", f"{said(scene)}\n"], {})


def _loader(scene: Scene) -> None:
    """The dynamic loader as the program, which then loads another."""
    from demeure.confinement.paths import elf_interpreter

    loader = elf_interpreter(Path(_ECHO)) or ""
    os.execv(loader, [loader, _ECHO, said(scene)])


def _machine_code(code: bytes) -> None:
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    ctypes.CFUNCTYPE(ctypes.c_long)(address)()


def _i386(scene: Scene) -> None:
    """write(2) by the 32-bit entry (int 0x80): the buffer lies below 4 GiB."""
    if os.uname().machine != "x86_64":
        raise OSError(38, "no such entry on this processor")
    line = f"{said(scene)}\n".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    low = libc.mmap(None, 4096, 3, 0x62, -1, 0)  # MAP_PRIVATE, MAP_ANONYMOUS, MAP_32BIT
    ctypes.memmove(low, line, len(line))
    code = b"\x53\xb8\x04\0\0\0\xbb\x01\0\0\0\xb9" + low.to_bytes(4, "little")
    code += b"\xba" + len(line).to_bytes(4, "little") + b"\xcd\x80\x5b\xc3"
    _machine_code(code)


def _x32(scene: Scene) -> None:
    """write(2) under its x32 number."""
    line = f"{said(scene)}\n".encode()
    from demeure.confinement import kernel, syscalls

    kernel.call(syscalls.X32_BIT | syscalls.numbers("x86_64")["write"], OUTPUT, line, len(line))


def _p(name: str, layers: tuple[str, ...], attempt: Attempt, **more: Any) -> Probe:
    return Probe(name, "programs", layers, HEARD, attempt, **more)


PROBES: tuple[Probe, ...] = (
    _p("program", (SECCOMP, LANDLOCK), _running(_echo)),
    _p("shell", (SECCOMP, LANDLOCK), _running(_shell)),
    _p("program-by-descriptor", (SECCOMP, LANDLOCK), _running(_by_descriptor)),
    _p("program-dropped", (SECCOMP, LANDLOCK), _running(_dropped), applies=writes),
    _p("program-in-memory", (SECCOMP,), _running(_in_memory)),
    _p("program-by-loader", (SECCOMP, LANDLOCK), _running(_loader)),
    _p("calls-of-32-bits", (SECCOMP,), _i386, kills=True),
    _p("calls-of-x32", (SECCOMP,), _x32, kills=True),
)
