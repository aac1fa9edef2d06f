"""The policy in force in this process: one reference, changed whole, that every decision of the process obeys.

A decision that had to be handed the policy at each of its hundred places would one day be made without it
(docs/adr, policy). Whoever composes a role puts it in force; before that, the policy of a new house holds.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from demeure.policy import text
from demeure.policy.decision import HELD, VISA, Action, Resource
from demeure.policy.terms import Policy, Terms


@dataclass(frozen=True)
class Force:
    """``spaces``: space → its class, where it has its own; ``unclassed``: that of the others, empty: the policy's
    default; ``in_clear``: the disk is not shown encrypted;
    ``writer``: the model that answers questions now, empty when it is not known; ``held``: spaces of which nothing
    may be destroyed; ``visas``: those that the archives gave a visa for."""

    policy: Policy
    spaces: Mapping[str, str] = field(default_factory=dict)
    in_clear: bool = False
    writer: str = ""
    held: frozenset[str] = frozenset()
    visas: frozenset[str] = frozenset()
    unclassed: str = ""
    by_class: Mapping[str, Terms] = field(init=False)

    def __post_init__(self) -> None:
        given = self.policy.by_class
        bound = {name: replace(one, in_clear=True) for name, one in given.items()} if self.in_clear else given
        object.__setattr__(self, "by_class", bound)

    def class_of(self, space: str, own: str = "") -> str:
        """The class of a thing of this space: that of the space, or its own when that is higher."""
        return self.policy.highest(self._named(space), own).id

    def _named(self, space: str) -> str:
        return self.spaces.get(space) or self.unclassed or self.policy.default

    def under(self, coming: Policy) -> "Force":
        """The same under another policy: the spaces without a class of their own keep the one that they have."""
        kept = self.unclassed or self.policy.default
        return replace(self, policy=coming, unclassed="" if takes_default(self.policy, coming) else kept)

    def bound(self, action: str, resource: Resource) -> Resource:
        """``resource`` with what binds it; a question names the model that would read it."""
        if resource.terms is not None:
            return resource
        model = self.writer if action == Action.ASK and not resource.model else resource.model
        marks = resource.marks
        if resource.space in self.held or resource.space in self.visas:
            marks |= {HELD} if resource.space in self.held else set()
            marks |= {VISA} if resource.space in self.visas else set()
        return replace(resource, terms=self.terms(resource), model=model, marks=marks)

    def terms(self, resource: Resource) -> Terms:
        """What binds it. Of several spaces: the highest of their classes, and the others beside it: a rule about a
        lower one is not passed by asking a higher one too."""
        spaces = resource.id.split(",") if resource.kind == "spaces" else (resource.space,)
        of_spaces = [self._named(space) for space in spaces if space]
        names = [*of_spaces, resource.sensitivity] if resource.sensitivity else of_spaces
        found = self.by_class[self.policy.highest(*names).id if names else ""]
        if len(of_spaces) < 2:
            return found
        others = [one for name in dict.fromkeys(of_spaces) if (one := self.by_class.get(name)) not in (None, found)]
        return replace(found, beside=tuple(filter(None, others))) if others else found


def takes_default(now: Policy, coming: Policy) -> bool:
    """Do the spaces that have no class of their own take that of ``coming``'s new spaces? When it is the one they
    have; or when theirs is gone, as a class that has only another name, unless the new one allows more."""
    if now.default == coming.default:
        return True
    return now.default not in coming.by_class and not text.wider(coming.sensitivity(""), now.sensitivity(""))


class _Standing:
    now: Force | None = None
    changing = threading.Lock()


def in_force() -> Force:
    """What holds now."""
    if _Standing.now is None:
        _Standing.now = Force(text.default())
    return _Standing.now


def put_in_force(force: Force) -> None:
    """From the next decision on."""
    _Standing.now = force


def amend(**changes: Any) -> Force:
    """Put in force what holds now but for ``changes`` (fields of Force); others that are changed at the same time,
    by another thread, are kept."""
    with _Standing.changing:
        _Standing.now = replace(in_force(), **changes)
        return _Standing.now
