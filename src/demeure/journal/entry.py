"""What one journal entry is (pure): the draft a room writes, the canonical leaf that is hashed, the sealed payload.

The leaf never holds content, only a salted commitment to it: destroying the payload's key erases it for good while
the leaf stays valid.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field, fields
from typing import Any

from demeure.journal.errors import EntryInvalid, EntryTooLarge

VERSION = 1
KINDS = ("request", "input", "extension", "retrieval", "filter", "answer", "administration", "sign-in")
"""The six of ANSSI PA-102 R29 (user requests, input processing, extension calls, calls to additional data, output
filters, answers), administration and sign-in."""
PHASES = ("intention", "closing", "fact")
OUTCOMES = ("done", "refused", "failed", "interrupted")
LEAF_LIMIT = 65_535  # C2SP tlog-tiles: an entry's length is a uint16
PAYLOAD_LIMIT = 4 << 20  # sealed bytes; larger content is given by its digest
SALT = 32
_LARGEST = (1 << 53) - 1  # of RFC 8785's integers
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
"""RFC 8785 where keys are ASCII and values are strings, null and integers up to _LARGEST: our leaves, and nothing
else. The library of that name takes six times as long; tests compare."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COMMITMENT = re.compile(r"[0-9a-f]{64}")
_TEXT_LIMITS = {"name": 64, "chain": 128, "actor": 128, "space": 128, "object": 4096, "decision": 4096}


@dataclass(frozen=True)
class Draft:
    """What a room wants written. Raises EntryInvalid when it breaks the rules below.

    ``kind``, ``phase``: see KINDS, PHASES. ``name``: lower-case words with hyphens, e.g. ``answer-opened``.
    ``chain``: one id for all entries of one piece of work. ``actor``: a pseudonym, never a person's name.
    ``space``: the space whose key seals the payload (None: the house key). ``object``: what was touched (ids, never
    content). ``decision``: what policy.decide() answered, in one line. ``outcome`` (see OUTCOMES) and ``of`` (index
    of the intention) belong to closings only. ``payload``: content in clear; the client seals it before it travels.
    """

    kind: str
    name: str
    phase: str = "fact"
    chain: str = ""
    actor: str = ""
    space: str | None = None
    object: str = ""
    decision: str = ""
    outcome: str | None = None
    of: int | None = None
    payload: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        for name, limit in _TEXT_LIMITS.items():
            _check_text(name, getattr(self, name), limit, optional=name == "space")
        _check_choice("kind", self.kind, KINDS)
        _check_choice("phase", self.phase, PHASES)
        if not _NAME.fullmatch(self.name):
            raise EntryInvalid(detail="name")
        if self.phase == "closing":
            _check_choice("outcome", self.outcome, OUTCOMES)
            if type(self.of) is not int or not 0 <= self.of <= _LARGEST:
                raise EntryInvalid(detail="of")
        elif self.outcome is not None or self.of is not None:
            raise EntryInvalid(detail="outcome and of belong to closings")

    def fields(self) -> dict[str, Any]:
        """The draft without its payload, JSON-able; ``draft_from(fields)`` is its inverse."""
        return {name: getattr(self, name) for name in DRAFT_FIELDS}


DRAFT_FIELDS = tuple(f.name for f in fields(Draft) if f.name != "payload")


def draft_from(received: dict[str, Any]) -> Draft:
    """A draft from untrusted fields. Raises EntryInvalid (unknown or missing field, wrong type or value)."""
    if not set(received) <= set(DRAFT_FIELDS):
        raise EntryInvalid(detail="unknown field")
    try:
        return Draft(**received)
    except TypeError as problem:
        raise EntryInvalid(detail="missing field") from problem


@dataclass(frozen=True)
class Stamp:
    """What only the scribe knows. ``time``: ISO UTC, microseconds. ``boot``: the kernel's boot id. ``mono``:
    microseconds of the monotonic clock (an integer: nanoseconds would leave JSON's 2^53 after 104 days).
    ``role``: the process that asked."""

    time: str
    boot: str
    mono: int
    role: str


def leaf(draft: Draft, stamp: Stamp, commitment: str | None) -> bytes:
    """Canonical JSON (RFC 8785) of the entry. Raises EntryInvalid (commitment), EntryTooLarge."""
    if commitment is not None and not (type(commitment) is str and _COMMITMENT.fullmatch(commitment)):
        raise EntryInvalid(detail="commitment")
    body = draft.fields() | {"v": VERSION, "commitment": commitment} | vars(stamp)
    data = _CANONICAL.encode(body).encode()
    if len(data) > LEAF_LIMIT:
        raise EntryTooLarge(size=len(data), limit=LEAF_LIMIT)
    return data


@dataclass(frozen=True)
class Entry:
    """A leaf read back. ``index`` is its place in the tree; the other fields are those of Draft and Stamp."""

    index: int
    kind: str
    name: str
    phase: str
    chain: str
    actor: str
    space: str | None
    object: str
    decision: str
    outcome: str | None
    of: int | None
    time: str
    boot: str
    mono: int
    role: str
    commitment: str | None


_ENTRY_FIELDS = {f.name for f in fields(Entry)} - {"index"}


def entry_from(index: int, data: bytes | dict[str, Any]) -> Entry:
    """Read a leaf (bytes, or the JSON object already parsed). Raises EntryInvalid when it is not one of ours."""
    try:
        body = dict(data) if isinstance(data, dict) else json.loads(data)
        version = body.pop("v")
        if version != VERSION or set(body) != _ENTRY_FIELDS:
            raise EntryInvalid(detail=f"leaf {index}")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as problem:
        raise EntryInvalid(detail=f"leaf {index}") from problem
    return Entry(index=index, **body)


def commit(salt: bytes, payload: bytes) -> str:
    """HMAC-SHA256(salt, payload), hexadecimal. ``salt``: 32 random bytes, kept beside the payload, both sealed."""
    if len(salt) != SALT:
        raise EntryInvalid(detail="salt")
    return hmac.new(salt, payload, hashlib.sha256).hexdigest()


def envelope(salt: bytes, payload: bytes) -> bytes:
    """What gets sealed: the salt, then the payload."""
    return salt + payload


def open_envelope(clear: bytes, commitment: str | None) -> bytes | None:
    """The payload, or None when it is not the one the leaf committed to."""
    salt, payload = clear[:SALT], clear[SALT:]
    if len(salt) != SALT or commitment is None or not hmac.compare_digest(commit(salt, payload), commitment):
        return None
    return payload


def _check_text(name: str, value: object, limit: int, *, optional: bool) -> None:
    if value is None and optional:
        return
    if type(value) is not str or len(value) > limit:
        raise EntryInvalid(detail=name)
    try:
        value.encode()
    except UnicodeEncodeError as problem:  # a lone surrogate has no UTF-8, so no canonical form
        raise EntryInvalid(detail=name) from problem


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise EntryInvalid(detail=f"{name} must be one of {', '.join(choices)}")
