"""What a rule of the house is (pure)."""

from collections.abc import Callable
from dataclasses import dataclass

from demeure.policy.decision import Action, Resource
from demeure.policy.subject import Actor

EVERY = frozenset(Action)


@dataclass(frozen=True)
class Rule:
    """``applies`` is asked for one of ``actions`` only."""

    name: str
    actions: frozenset[Action]
    applies: Callable[[Actor, Action, Resource], bool]
    allowed: bool
    fr: str
    en: str
