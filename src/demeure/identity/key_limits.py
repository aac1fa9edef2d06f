"""How far a key goes: the highest class that it reaches, how much it may ask for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

MOST = 1_000_000_000


@dataclass(frozen=True)
class Quotas:
    """Requests and tokens, a minute (any 60 seconds) and a day (UTC); 0: none."""

    requests_minute: int = 0
    requests_day: int = 0
    tokens_minute: int = 0
    tokens_day: int = 0

    @property
    def sound(self) -> bool:
        return all(type(value) is int and 0 <= value <= MOST for value in vars(self).values())

    def told(self) -> dict[str, int]:
        """Those that are set, JSON-able."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class KeyLimits:
    """``highest``: id of a class of the policy; empty: whatever its owner reaches."""

    highest: str = ""
    quotas: Quotas = Quotas()


NO_LIMITS = KeyLimits()
QUOTA_FIELDS = tuple(one.name for one in fields(Quotas))


def quotas_of(given: Mapping[str, Any]) -> Quotas:
    """From what ``Quotas.told`` made, or a form gave; unknown names are passed over."""
    return Quotas(**{name: given[name] for name in QUOTA_FIELDS if given.get(name)})
