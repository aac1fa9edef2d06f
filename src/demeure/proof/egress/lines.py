"""One line of strace read into a call (pure): who, which call, its arguments as text, what came back.

``strace -f -o`` puts a number first. A call interrupted by another one's line comes in two halves, joined here.
"""

import ast
import re
from dataclasses import dataclass

_LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (.*)", re.DOTALL)
_RESULT = re.compile(r"(-?\d+|0x[0-9a-f]+|\?)(?:<[^>]*(?:->[^>]*)?>)?(?: (E[A-Z0-9]+))?")
_EXIT = re.compile(r"\+\+\+ (?:exited with (\d+)|killed by (SIG\w+).*) \+\+\+")
_STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = re.compile(_STRING, re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class Call:
    """``thread``: the number strace gives. ``value``: what was returned (None: unknown). ``error``: its errno's
    name, or the empty string."""

    thread: int
    name: str
    arguments: list[str]
    value: int | None
    error: str = ""


@dataclass(frozen=True)
class Ended:
    """``thread`` is over; ``signal``: by which signal, or the empty string."""

    thread: int
    code: int
    signal: str = ""


class Lines:
    """Feed every line in order; halves are kept until the other comes."""

    def __init__(self) -> None:
        self._halves: dict[int, str] = {}

    def read(self, line: str) -> Call | Ended | None:
        """What the line tells; None: nothing of ours, or a first half."""
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        thread, text = int(found[1]), found[2]
        ended = _EXIT.fullmatch(text)
        if ended:
            self._halves.pop(thread, None)
            return Ended(thread, int(ended[1] or 0), ended[2] or "")
        if text.endswith(_UNFINISHED):
            self._halves[thread] = text.removesuffix(_UNFINISHED)
            return None
        resumed = _RESUMED.fullmatch(text)
        if resumed:
            text = self._halves.pop(thread, f"{resumed[1]}(") + resumed[2]
        call = _CALL.fullmatch(text)
        return None if call is None else _call(thread, call[1], call[2], call[3])


def _call(thread: int, name: str, arguments: str, told: str) -> Call:
    result = _RESULT.match(told)
    value = int(result[1], 0) if result and result[1] != "?" else None
    return Call(thread, name, split(arguments), value, (result[2] or "") if result else "")


def split(text: str) -> list[str]:
    """The arguments, cut at the commas that stand in no string and no bracket."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(text):
        letter = text[at]
        if letter == '"':
            string = STRINGS.match(text, at)
            at = string.end() if string else len(text)
            continue
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*parts, text[start:].strip()]


def clear(quoted: str) -> bytes:
    """The bytes of a string as strace writes it (``"a\\0\\33"…``); empty when it is none."""
    string = STRINGS.match(quoted)
    if string is None:
        return b""
    try:
        return bytes(ast.literal_eval("b" + string[0]))
    except (ValueError, SyntaxError):
        return b""


def buffers(message: str) -> list[bytes]:
    """The bytes of every ``iov_base`` of a struct msghdr, or of several."""
    return [clear(piece) for piece in re.findall(rf"iov_base=({_STRING})", message, re.DOTALL)]
