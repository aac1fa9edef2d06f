"""The right comes before the form: whoever may not do a thing is told so, whatever their form says.

A way that a room decides is decided there, once what it is about is known and with all that the room knows. Before
the form is even read, two things can be known already: that no role of the person's ever does this, and that the
space or the document that the address names is one where they have not the right.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from demeure.errors import DemeureError
from demeure.gateway.house import House
from demeure.policy import Action, Actor, Decision, Resource, Right

_NAMED = (("space", Action.SPACE_READ), ("document", Action.DOCUMENT_READ))
"""Part of an address → what whoever sees that thing at all may do."""
_BY_WHAT_IS_WANTED = frozenset({Action.SPACE_CLASS, Action.DOCUMENT_CLASS})
"""Of these the right depends on the class that the form names: the room alone knows it."""


async def refusal(
    house: House, actor: Actor, action: Action, kind: str, address: Mapping[str, Any]
) -> Decision | None:
    """Why ``actor`` may not do ``action`` with what the parts of ``address`` name; None: the room decides. What
    they may not see is left to the room, for which it does not exist. ``kind``: of the way's resource."""
    for part, seeing in _NAMED:
        if part not in address or action in _BY_WHAT_IS_WANTED:
            continue
        with contextlib.suppress(DemeureError):  # nothing has that name: the room says so
            about = await asyncio.to_thread(house.policy.things, actor, action, f"{part}:{address[part]}")
            if house.decide(actor, seeing, about).allowed:
                return _refused(house.decide(actor, action, about))
    if actor.keyed:  # its scopes were asked, and it does what its owner may
        return None
    return _refused(house.decide(actor, action, Resource(kind, name="…", owner=actor.id, right=Right.MANAGE)))


def _refused(decision: Decision) -> Decision | None:
    return None if decision.allowed else decision
