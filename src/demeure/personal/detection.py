"""What a detector found: where, what, and why it says so."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "nir", "siren", "siret", "iban", "vat", "spi", "card", "phone", "email", "plate", "passport", "identity",
    "birth", "address", "name", "health", "union",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

EDITION = 5
"""Of the detectors: what an older edition examined may be examined again."""

SURE = 0.5
"""Confidence from which a detection counts."""

CHECKED: tuple[Kind, ...] = ("nir", "siren", "siret", "iban", "vat", "spi", "card")
"""Kinds whose last digits prove that nothing was mistyped."""

SENSITIVE: tuple[Kind, ...] = ("health", "union")
"""Words that tell something the law protects more; they name nobody."""


@dataclass(frozen=True)
class Detection:
    """``text[start:end]`` (characters) is ``kind``. ``value``: the same written one way (digits without spaces, an
    address on one line), by which two writings are known for one. ``rule``: which rule speaks, a key of
    explaining.py. ``valid``: its check digits are right; None when it has none. ``confidence``: 0 to 1."""

    kind: Kind
    start: int
    end: int
    value: str
    rule: str
    valid: bool | None = None
    confidence: float = 0.9
