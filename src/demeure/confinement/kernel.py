"""The few system calls that Python's standard library lacks, by ctypes. Every failure is an OSError with its
errno."""

import contextlib
import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000

_CAPABILITY_VERSION_3 = 0x20080522
_M_ARENA_MAX = -8


def call(number: int, *args: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """``syscall(number, *args)``; integers are passed as longs, bytes and buffers by address."""
    result = _libc.syscall(ctypes.c_long(number), *[_argument(a) for a in args])
    if result < 0:
        _fail()
    return int(result)


def _argument(value: object) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else value


def _fail() -> None:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))


def prctl(*args: int) -> int:
    """``prctl`` with its arguments padded to five."""
    result = _libc.prctl(*[ctypes.c_ulong(a) for a in (*args, *(0,) * (5 - len(args)))])
    if result < 0:
        _fail()
    return int(result)


def unshare(flags: int) -> None:
    """Leave namespaces; the calling process must have one thread only."""
    if _libc.unshare(ctypes.c_int(flags)) < 0:
        _fail()


def drop_capabilities() -> None:
    """Empty the bounding, ambient, inheritable, permitted and effective sets."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # EINVAL past the last one; EPERM without CAP_SETPCAP, then the sets below are empty already
    with contextlib.suppress(OSError):  # kernels before 4.3 have no ambient set
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    if _libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())) < 0:
        _fail()


def capabilities() -> int:
    """Bits of the effective and permitted sets together; 0: none left."""
    header, data = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if _libc.capget(ctypes.byref(header), ctypes.byref(data)) < 0:
        _fail()
    return data[0] | data[1] | (data[3] | data[4]) << 32


def share_heaps(most: int) -> None:
    """At most so many heaps for all threads of this process, where the C library is glibc; call it before there are
    threads. By default eight a core: each grows to the most that its threads ever held, and is not given back."""
    with contextlib.suppress(AttributeError):
        _libc.mallopt(ctypes.c_int(_M_ARENA_MAX), ctypes.c_int(most))


def die_with_parent(parent: int) -> None:
    """SIGKILL when the parent thread dies; exits at once when ``parent`` is gone already."""
    prctl(PR_SET_PDEATHSIG, 9)
    if os.getppid() != parent:
        os._exit(0)


def forget_environment() -> None:
    """Wipe the block of variables that our program was started with: a fork keeps it, and /proc/self/environ shows
    it, however empty the environment is since. To be called once no variable is left."""
    with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 - bytes: a codec may be out of reach in a box
        numbers = file.read().rpartition(b")")[2].split()
    start, end = int(numbers[47]), int(numbers[48])
    if 0 < start < end:  # zeros where the kernel does not let us know
        ctypes.memset(start, 0, end - start)


def close_others(keep: frozenset[int] | set[int]) -> int:
    """Close every descriptor not in ``keep``; returns how many were open. A forgotten UDP socket passes every other
    layer of the box, so this comes first."""
    closed = 0
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208 - a list, read before closing
        if number not in keep:
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.close(number)
                closed += 1
    return closed


def execveat(descriptor: int, argv: list[str], environment: dict[str, str]) -> None:
    """Become the program open as ``descriptor``; comes back only with an OSError."""
    from demeure.confinement import syscalls

    number = syscalls.numbers(syscalls.machine())["execveat"]
    words = (ctypes.c_char_p * (len(argv) + 1))(*[os.fsencode(a) for a in argv], None)
    settings = [os.fsencode(f"{name}={value}") for name, value in environment.items()]
    block = (ctypes.c_char_p * (len(settings) + 1))(*settings, None)
    _libc.syscall(ctypes.c_long(number), ctypes.c_long(descriptor), b"", words, block, ctypes.c_long(0x1000))
    _fail()
