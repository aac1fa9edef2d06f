"""System call filters: a small BPF assembler and the policies of the house.

Decisions rest on register values only (a pointed-to address can be changed after the check). Another architecture's
entry (i386, x32) kills the process; a call unknown to the table answers ENOSYS, as an older kernel would.
"""

import ctypes
import errno
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from demeure.confinement import kernel, syscalls

LOAD, EQUAL, GREATER, AT_LEAST, ANY_BIT, RETURN, JUMP = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06, 0x05
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_SET_MODE_FILTER, _TSYNC = 1, 1
_NUMBER, _ARCH = 0, 4

Instruction = tuple[int, int, int, int]
"""BPF: code, k, jump if true, jump if false."""


@dataclass(frozen=True)
class Check:
    """One question about argument ``index`` (low 32 bits): one of values, none of them, a bit…"""

    index: int
    question: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Rule:
    """For one call: the first check that does not hold answers ``otherwise`` (an errno); all hold: allowed."""

    name: str
    checks: tuple[Check, ...]
    otherwise: int = errno.EPERM


@dataclass(frozen=True)
class Policy:
    """``default``: None lets unlisted calls through (deny-list), an errno refuses them (allow-list)."""

    default: int | None
    allow: frozenset[str] = frozenset()
    deny: dict[str, int] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


def is_one_of(index: int, *values: int) -> Check:
    """The argument equals one of ``values``."""
    return Check(index, "is", values)


def is_none_of(index: int, *values: int) -> Check:
    """The argument equals none of ``values``."""
    return Check(index, "is not", values)


def lacks(index: int, bits: int) -> Check:
    """No bit of ``bits`` is set in the argument."""
    return Check(index, "lacks", (bits,))


def has(index: int, bits: int) -> Check:
    """At least one bit of ``bits`` is set in the argument."""
    return Check(index, "has", (bits,))


def at_most(index: int, limit: int) -> Check:
    """The argument (as an unsigned 32-bit number) is not above ``limit``."""
    return Check(index, "at most", (limit,))


def program(policy: Policy, arch: str) -> list[Instruction]:
    """The filter of ``policy`` for ``arch`` ("x86_64" or "aarch64"); KeyError for another."""
    numbers = syscalls.numbers(arch)
    code: list[Instruction] = [
        (LOAD, _ARCH, 0, 0),
        (EQUAL, syscalls.AUDIT_ARCH[arch], 1, 0),
        (RETURN, KILL_PROCESS, 0, 0),
        (LOAD, _NUMBER, 0, 0),
    ]
    if arch == "x86_64":
        code += [(AT_LEAST, syscalls.X32_BIT, 0, 1), (RETURN, KILL_PROCESS, 0, 0)]
    code += [(GREATER, syscalls.LAST_REVIEWED, 0, 1), (RETURN, ERRNO | errno.ENOSYS, 0, 0)]
    for name, number in policy.deny.items():
        code += _answer(numbers.get(name), ERRNO | number)
    for rule in policy.rules:
        code += _ruled(numbers.get(rule.name), rule)
    for name in sorted(policy.allow):
        code += _answer(numbers.get(name), ALLOW)
    return [*code, (RETURN, ALLOW if policy.default is None else ERRNO | policy.default, 0, 0)]


def _answer(number: int | None, action: int) -> list[Instruction]:
    return [] if number is None else [(EQUAL, number, 0, 1), (RETURN, action, 0, 0)]


def _ruled(number: int | None, rule: Rule) -> list[Instruction]:
    if number is None:
        return []
    body: list[Instruction] = []
    for check in rule.checks:
        body += _checked(check, ERRNO | rule.otherwise)
    body.append((RETURN, ALLOW, 0, 0))
    return [(EQUAL, number, 0, len(body)), *body]


def _checked(check: Check, refusal: int) -> list[Instruction]:
    """Load the argument; go on when the check holds, return ``refusal`` otherwise."""
    load: Instruction = (LOAD, 16 + 8 * check.index, 0, 0)
    refuse: Instruction = (RETURN, refusal, 0, 0)
    if check.question == "is":
        last = len(check.values) - 1
        return [load, *((EQUAL, v, last - i + 1, 0) for i, v in enumerate(check.values)), refuse]
    if check.question == "is not":
        last = len(check.values)
        return [load, *((EQUAL, v, last - i, 0) for i, v in enumerate(check.values)), (JUMP, 1, 0, 0), refuse]
    code, when_true, when_false = {
        "has": (ANY_BIT, 1, 0),
        "lacks": (ANY_BIT, 0, 1),
        "at most": (GREATER, 0, 1),
    }[check.question]
    return [load, (code, check.values[0], when_true, when_false), refuse]


def assembled(code: Iterable[Instruction]) -> bytes:
    """struct sock_filter[]."""
    return b"".join(struct.pack("HBBI", op, true, false, k) for op, k, true, false in code)


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install(policy: Policy) -> int:
    """Put the whole process behind ``policy`` for good; returns the number of instructions. OSError: refused by the
    kernel; KeyError: no table for this architecture. Needs no_new_privs."""
    arch = syscalls.machine()
    code = program(policy, arch)
    buffer = ctypes.create_string_buffer(assembled(code))
    wrapped = _Program(len(code), ctypes.cast(buffer, ctypes.c_void_p))
    raw = ctypes.create_string_buffer(bytes(wrapped), ctypes.sizeof(wrapped))
    kernel.call(syscalls.numbers(arch)["seccomp"], _SET_MODE_FILTER, _TSYNC, raw)
    return len(code)
