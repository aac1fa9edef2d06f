"""Calls counted by process and destination, and the verdict that follows (pure)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from demeure.proof.egress import names
from demeure.proof.egress.lines import Call, Ended, buffers, clear
from demeure.proof.egress.places import (
    LOOPBACK,
    OTHER,
    OUTSIDE,
    UNIX,
    UNREADABLE,
    Place,
    bound,
    connected,
    named,
    transport,
)

NOTHING, ATTEMPTS, UNCLEAR = "nothing", "attempts", "unclear"
EXIT = {NOTHING: 0, ATTEMPTS: 1, UNCLEAR: 3}
_BORN = ("clone", "clone3", "fork", "vfork")
_SPEAKS = {"sendto": 4, "sendmsg": 1, "sendmmsg": 1, "write": 1, "writev": 1}
"""Call → where its address, or its messages, stand."""
_HEARS = ("recvfrom", "recvmsg", "recvmmsg", "read")
_PLAIN_FAMILIES = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_ALG", "AF_UNSPEC")
_MOST = 10_000
"""Pairs of process and destination that are kept; what is beyond is counted."""


@dataclass
class Tried:
    """What one process tried towards one place. ``attempts``: connections, and datagrams sent; ``prepared``: a
    datagram socket was pointed there, which sends nothing. ``answers``: the kernel's word → how often."""

    attempts: int = 0
    prepared: int = 0
    answers: Counter[str] = field(default_factory=Counter)


@dataclass
class Process:
    """``parent``: number of the thread that made it, 0 for the command."""

    number: int
    program: str = "?"
    parent: int = 0
    tried: dict[Place, Tried] = field(default_factory=dict)
    asked: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    """(name, server) → kind of record → how often."""
    listens: set[Place] = field(default_factory=set)


class Report:
    """``first``: called with the process and the place, the first time that one reaches for the other."""

    def __init__(self, first: Callable[[Process, Place], None] = lambda _who, _where: None) -> None:
        self._first = first
        self._threads: dict[int, int] = {}
        self._known: dict[int, Process] = {}
        self._names: dict[str, dict[str, None]] = {}
        self.command: int | None = None
        """Number of the command's own process, once it started."""
        self.ended: Ended | None = None
        """How the command ended."""
        self.unreadable = self.rings = self.dropped = 0
        self._pairs = 0

    # --- what is seen

    def see(self, seen: Call | Ended) -> None:
        """One line of strace."""
        if isinstance(seen, Ended):
            if seen.thread == self.command:
                self.ended = seen
            return
        if seen.name in ("execve", "execveat"):
            self._became(seen)
        elif seen.name in _BORN:
            self._bore(seen)
        elif seen.name == "connect" and len(seen.arguments) > 1:
            self._connects(seen)
        elif seen.name in _SPEAKS:
            self._speaks(seen)
        elif seen.name in _HEARS:
            self._hears(seen)
        else:
            self._prepares(seen)

    def _became(self, call: Call) -> None:
        if call.value != 0:
            return
        who = self._process(call.thread)
        path = call.arguments[0] if call.name == "execve" else call.arguments[1]
        who.program = clear(path).decode(errors="replace").rpartition("/")[2] or who.program
        if self.command is None:
            self.command = who.number

    def _bore(self, call: Call) -> None:
        if not call.value or call.value < 0:
            return
        flags = " ".join(call.arguments)
        parent = self._threads.get(call.thread, call.thread)
        if "CLONE_THREAD" in flags:
            self._threads[call.value] = parent
            self._merge(call.value, parent)
            return
        child = self._process(call.value)
        child.parent = parent
        if child.program == "?":
            child.program = self._process(parent).program

    def _merge(self, thread: int, process: int) -> None:
        """Lines of a thread came before the one that says whose thread it is."""
        early = self._known.pop(thread, None)
        if early is None:
            return
        whole = self._process(process)
        for place, tried in early.tried.items():
            kept = whole.tried.setdefault(place, Tried())
            kept.attempts += tried.attempts
            kept.prepared += tried.prepared
            kept.answers += tried.answers
        for asked, kinds in early.asked.items():
            whole.asked.setdefault(asked, Counter()).update(kinds)
        whole.listens |= early.listens

    def _connects(self, call: Call) -> None:
        place = named(call.arguments[0], call.arguments[1])
        if place is None:
            return
        sends = place.transport not in ("UDP", "UDPLITE", "RAW", "PING", "ICMP") or place.reach == UNIX
        self._tried(call, place, attempts=int(sends), prepared=int(not sends))

    def _speaks(self, call: Call) -> None:
        descriptor, kind = call.arguments[0], transport(call.arguments[0])
        if not kind or (call.name.startswith("write") and not kind.startswith("UDP")):
            return
        place = _spoken_to(call)
        said = _said(call)
        if place is not None and place.reach in (OUTSIDE, LOOPBACK, OTHER, UNREADABLE) and kind != "TCP":
            self._tried(call, place, attempts=max(1, len(said) if call.name == "sendmmsg" else 1))
        elif place is not None and (place.reach == UNIX or "MSG_FASTOPEN" in " ".join(call.arguments)):
            self._tried(call, place, attempts=1)
        self._asks(call, place or connected(descriptor), said)

    def _asks(self, call: Call, place: Place | None, said: list[bytes]) -> None:
        for data in said:
            if place is not None and place.port in names.PORTS:
                message = names.read(data, stream=place.transport == "TCP")
                if message is not None and not message.answer:
                    self._asked(call.thread, message.name, message.kind, place.told)
            elif (place is None or place.reach == UNIX) and (name := names.to_resolved(data)):
                self._asked(call.thread, name, "varlink", "systemd-resolved")

    def _asked(self, thread: int, name: str, kind: str, server: str) -> None:
        who = self._process(thread)
        if (name, server) in who.asked or len(who.asked) < _MOST:
            who.asked.setdefault((name, server), Counter())[kind] += 1

    def _hears(self, call: Call) -> None:
        if not call.value or call.value < 0:
            return
        place = connected(call.arguments[0])
        if place is None and call.name == "recvfrom" and len(call.arguments) > 4:
            place = named(call.arguments[0], call.arguments[4])
        if place is None and call.name != "recvfrom":
            place = named(call.arguments[0], " ".join(call.arguments[1:])) if "sin" in call.arguments[1] else None
        if place is None or place.port not in names.PORTS:
            return
        for data in _said(call):
            message = names.read(data, stream=place.transport == "TCP")
            if message is not None and message.answer:
                for address in message.addresses:
                    if len(self._names) < _MOST or address in self._names:
                        self._names.setdefault(address, {})[message.name] = None

    def _prepares(self, call: Call) -> None:
        if call.name == "io_uring_setup":
            self.rings += call.value is not None and call.value >= 0
        elif call.name == "socket" and call.value is not None and call.value >= 0:
            family = call.arguments[0]
            raw = "SOCK_RAW" in call.arguments[1] and family in ("AF_INET", "AF_INET6")
            if raw or family not in _PLAIN_FAMILIES:
                self._tried(call, Place(OTHER, "RAW" if raw else "", family), attempts=1)
        elif call.name == "listen" and call.value == 0:
            place = bound(call.arguments[0])
            if place is not None:
                self._process(call.thread).listens.add(place)
        elif call.name == "bind" and call.value == 0 and len(call.arguments) > 1:
            place = named(call.arguments[0], call.arguments[1])
            if place is not None and place.port and place.transport.startswith("UDP"):
                self._process(call.thread).listens.add(place)

    def _tried(self, call: Call, place: Place, *, attempts: int = 0, prepared: int = 0) -> None:
        if place.reach == UNREADABLE:
            self.unreadable += attempts + prepared
            return
        who = self._process(call.thread)
        if place not in who.tried:
            if self._pairs >= _MOST:
                self.dropped += attempts + prepared
                return
            self._pairs += 1
            who.tried[place] = Tried()
            self._first(who, place)
        tried = who.tried[place]
        tried.attempts += attempts
        tried.prepared += prepared
        tried.answers[call.error or ("ok" if call.value is not None else "?")] += 1

    def _process(self, thread: int) -> Process:
        number = self._threads.get(thread, thread)
        return self._known.setdefault(number, Process(number))

    # --- what is told

    def names_of(self, place: Place) -> list[str]:
        """The names whose answers, as they were seen, gave that address."""
        return list(self._names.get(place.address, ()))

    @property
    def processes(self) -> list[Process]:
        """In the order they were met."""
        return list(self._known.values())

    def rows(self, *reaches: str) -> list[tuple[Process, Place, Tried]]:
        """What was tried towards places of ``reaches``."""
        return [
            (who, place, tried)
            for who in self.processes
            for place, tried in who.tried.items()
            if place.reach in reaches
        ]

    @property
    def verdict(self) -> str:
        """ATTEMPTS: an address outside, another family, or a name asked (a resolver of this machine passes it on).
        UNCLEAR: none was seen, but something could not be read. NOTHING: none."""
        if self.dropped or self.rows(OUTSIDE, OTHER) or any(who.asked for who in self.processes):
            return ATTEMPTS
        if any(place.port in names.PORTS for _, place, _ in self.rows(LOOPBACK)):
            return ATTEMPTS  # a question whose name was not seen is a question
        return UNCLEAR if self.unreadable or self.rings or self.command is None else NOTHING

    def as_json(self) -> dict[str, Any]:
        """Plain data; docs/egress.md describes it."""
        ended = self.ended
        return {
            "verdict": self.verdict,
            "ended": None if ended is None else {"code": ended.code, "signal": ended.signal},
            "processes": [self._told(who) for who in self.processes if who.tried or who.asked or who.listens],
            "watched": len(self._known),
            "unreadable": self.unreadable,
            "io_uring": self.rings,
            "dropped": self.dropped,
        }

    def _told(self, who: Process) -> dict[str, Any]:
        return {
            "pid": who.number,
            "program": who.program,
            "parent": who.parent,
            "destinations": [
                {
                    "reach": place.reach,
                    "transport": place.transport,
                    "address": place.address,
                    "port": place.port,
                    "names": self.names_of(place),
                    "attempts": tried.attempts,
                    "prepared": tried.prepared,
                    "answers": dict(tried.answers),
                }
                for place, tried in who.tried.items()
            ],
            "names": [
                {"name": name, "server": server, "kinds": dict(kinds)}
                for (name, server), kinds in who.asked.items()
            ],
            "listens": sorted(place.told for place in who.listens),
        }


def _spoken_to(call: Call) -> Place | None:
    """The place named by the call itself, else the one that the socket is connected to."""
    at = _SPEAKS[call.name]
    if call.name == "sendto" and len(call.arguments) > at:
        place = named(call.arguments[0], call.arguments[at])
    elif call.name in ("sendmsg", "sendmmsg") and len(call.arguments) > at:
        message = call.arguments[at]
        absent = "msg_name=NULL" in message or "msg_name=" not in message
        place = None if absent and message[:1] in "{[" else named(call.arguments[0], message)
    else:
        place = None
    return place or connected(call.arguments[0])


def _said(call: Call) -> list[bytes]:
    if len(call.arguments) < 2:
        return []
    if call.name in ("sendto", "recvfrom", "write", "read"):
        return [clear(call.arguments[1])]
    return buffers(call.arguments[1])
