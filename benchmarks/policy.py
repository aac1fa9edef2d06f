"""What a decision costs under a policy, beside the same decision without one; and random policies against the
reference interpreter.

    python benchmarks/policy.py [--policies 1000] [--requests 1000] [--json]

Each policy is written as text, read, and asked its
requests; every answer is compared with the reference's. ``decide_us``: percentiles over all of them, one by one;
``under_policy``: time of all the decisions ÷ that of the same without terms, in the same run, turn about.
"""

import random
import time
from dataclasses import replace
from typing import Any

from demeure.policy import NO_TERMS, Decision, decide, judged, put_in_force
from demeure.policy.limits import LIMITS
from demeure.testing.rulings import policy_text, reference, requests, worlds
from measure import finish, parser, percentile, say

SEED = 20261126
_POLICY = {limit.name for limit in LIMITS}


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--policies", type=int, default=1000)
    options.add_argument("--requests", type=int, default=1000)
    chosen = options.parse_args()
    found = measured(chosen.policies, chosen.requests)
    say(chosen, f"{found['compared']} decisions, {found['differences']} differences, {found['decide_us']} µs")
    finish("policy", found)


def measured(policies: int, each: int) -> dict[str, Any]:
    dice = random.Random(SEED)
    taken: list[float] = []
    under = alone = 0.0
    differences = 0
    for _ in range(policies):
        data, world, force = worlds(dice, policy_text(dice))
        put_in_force(force)
        for actor, action, about in requests(dice, data, each):
            began = time.perf_counter()
            found = decide(actor, action, about)
            middle = time.perf_counter()
            judged(actor, action, replace(about, terms=NO_TERMS))
            ended = time.perf_counter()
            taken.append(middle - began)
            under, alone = under + middle - began, alone + ended - middle
            differences += said(found) != reference(data, world, actor, action, about)
    told = {name: round(percentile(taken, share) * 1e6, 1) for name, share in (("p50", 0.50), ("p99", 0.99))}
    return {
        "compared": len(taken),
        "differences": differences,
        "decide_us": told,
        "under_policy": round(under / alone, 3),
    }


def said(decision: Decision) -> str:
    if decision.allowed:
        return "allow"
    return decision.rule if decision.rule in _POLICY or decision.rule.startswith("policy:") else "house"


if __name__ == "__main__":
    main()
