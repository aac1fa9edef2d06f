"""From what was heard to what is said. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from demeure.proof.catalogue import CORE

BLOCKED, OPEN, INCONCLUSIVE = "blocked", "open", "inconclusive"
WORDS = {
    BLOCKED: ("bloqué", "blocked"),
    OPEN: ("ouvert", "open"),
    INCONCLUSIVE: ("non concluant ici", "inconclusive here"),
}
"""Verdict → its words, French and English."""

CLOSED_CODE, OPEN_CODE, INCONCLUSIVE_CODE = 0, 1, 3


@dataclass(frozen=True)
class Result:
    """One probe in one role. ``control``: it got out without walls. ``how``: what the attempt itself saw (an errno,
    a signal), an explanation and never the judge. ``why``: for an inconclusive one."""

    name: str
    role: str
    family: str
    verdict: str
    control: bool
    layer: tuple[str, ...]
    how: str
    why: str = ""

    def as_json(self) -> dict[str, object]:
        """Plain data: ``verdict`` in French as the product says it, ``code`` for programs."""
        return {
            "name": self.name,
            "role": self.role,
            "family": self.family,
            "verdict": WORDS[self.verdict][0],
            "code": self.verdict,
            "control": "ouvert" if self.control else "non concluant ici",
            "layer": "+".join(self.layer),
            "core": self.name in CORE,
            "how": self.how,
            "why": self.why,
        }


def judged(got_out: bool, control: bool, how: str) -> tuple[str, str]:
    """(verdict, why). What got out is open whatever the control says; what the control could not do proves
    nothing; a probe that never answered proves nothing either."""
    if got_out:
        return OPEN, ""
    if not control:
        return INCONCLUSIVE, "control"
    if not how:
        return INCONCLUSIVE, "silent"
    return BLOCKED, ""


def exit_code(results: Iterable[Result], open_facts: bool) -> int:
    """1: something is open. 3: a core probe proved nothing in some role, or was not tried. 0: neither."""
    told = list(results)
    if open_facts or any(result.verdict == OPEN for result in told):
        return OPEN_CODE
    core = {result.name for result in told if result.name in CORE}
    if core < {*CORE} or any(result.name in core and result.verdict == INCONCLUSIVE for result in told):
        return INCONCLUSIVE_CODE
    return CLOSED_CODE
