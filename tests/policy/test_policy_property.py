"""Random policies and requests: ``decide`` answers what the reference interpreter does, for the same reason."""

import random

import pytest

from demeure.policy import Decision, judged
from demeure.policy.limits import LIMITS
from demeure.testing.rulings import policy_text, reference, requests, worlds

SEED = 20261126
_POLICY = {limit.name for limit in LIMITS}


def said(decision: Decision) -> str:
    if decision.allowed:
        return "allow"
    return decision.rule if decision.rule in _POLICY or decision.rule.startswith("policy:") else "house"


def compared(policies: int, each: int) -> set[str]:
    """Every answer that was given, once all were found the same."""
    dice, seen = random.Random(SEED), set()
    for _ in range(policies):
        text = policy_text(dice)
        data, world, force = worlds(dice, text)
        for actor, action, about in requests(dice, data, each):
            found = said(judged(actor, action, force.bound(action, about)))
            wanted = reference(data, world, actor, action, about)
            assert found == wanted, (text, world, actor, action, about)
            seen.add(found.split(":")[0])
    return seen


def test_decisions_are_those_of_the_reference() -> None:
    seen = compared(60, 250)
    assert seen == {"allow", "house", "policy", *_POLICY}, "each limit was met"


@pytest.mark.thorough
def test_decisions_are_those_of_the_reference_a_million_times() -> None:
    compared(1000, 1000)
