"""What answering a message needs of its head: whom to write to, about what, after which messages. Pure.

Everything comes from whoever wrote the message: what does not look like an address or a message's name is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

ADDRESSES, REFERENCES, SIGNS = 10, 20, 300
"""Most people to answer, most messages before, most signs of each."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_NAME = re.compile(r"<[!-;=?-~]{1,140}@[!-;=?-~]{1,140}>")
_ANSWER = re.compile(r"(?:re|rép|rep|aw|sv|ref)\s*(?:\[\d+\])?\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Answering:
    """``to``: (name, address) of those to answer; ``subject``: of the message; ``name``: its Message-ID, empty
    without; ``before``: those of the messages it follows, oldest first."""

    to: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    name: str = ""
    before: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """JSON-able, as it travels and as it is kept."""
        return {
            "to": [list(one) for one in self.to],
            "subject": self.subject,
            "name": self.name,
            "before": list(self.before),
        }

    @property
    def answer(self) -> str:
        """« Re: … », once."""
        return f"Re: {_ANSWER.sub('', self.subject, count=1).strip()}" if self.subject else ""

    @property
    def references(self) -> tuple[str, ...]:
        """Of the answer: the beginning of the thread, then its latest messages."""
        chain = (*self.before, self.name) if self.name else self.before
        return chain if len(chain) <= REFERENCES else (chain[0], *chain[1 - REFERENCES :])


def addresses(fields: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(name, address) of those that are addresses, each once."""
    found: dict[str, tuple[str, str]] = {}
    for name, address in getaddresses([one[: ADDRESSES * SIGNS] for one in fields]):
        if is_address(address):
            found.setdefault(address.lower(), (" ".join(name.split())[:100], address))
    return tuple(found.values())[:ADDRESSES]


def is_address(text: str) -> bool:
    """An address that a mail program takes, of plain signs."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """``<…@…>``, the name of a message."""
    return _NAME.fullmatch(text) is not None


def names(text: str) -> tuple[str, ...]:
    """The message names that a field holds, in order, the latest of them when there are many."""
    return tuple(_NAME.findall(text))[-REFERENCES:]
