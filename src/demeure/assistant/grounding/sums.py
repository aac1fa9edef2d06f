"""How figures of the sources give one of an answer: an addition written out, or amounts that it names. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

from demeure.assistant.grounding.claims import Claim, Quantity

_SIGN = re.compile(r"\s*(?P<sign>[+−–-])\s*")
_GIVES, _OPENS = re.compile(r"\s*=\s*"), re.compile(r"\s*(?:=|\()\s*")
_OPERATOR = re.compile(r"[+−–×*/÷x-]\s*$")
_MONEY = ("€", "$", "£")
_TERMS = 12
Holds = Callable[[Claim], bool]
Adds = Callable[[Sequence[Claim]], bool]
"""May these be added?"""


def written_out(claim: Claim, claims: Sequence[Claim], text: str, holds: Holds, adds: Adds) -> str:
    """« 320 + 410 » of « 320 + 410 = 730 euros » or « 730 euros (320 + 410) », when it is right, ``holds`` tells
    each term, with the unit of ``claim``, from the sources, and those that are added may be; empty otherwise."""
    at = claims.index(claim)
    before = _chain(claims[max(0, at - _TERMS) : at][::-1], text, claim.start, _GIVES, backwards=True)[::-1]
    chain = before or _chain(claims[at + 1 : at + 1 + _TERMS], text, claim.end, _OPENS, backwards=False)
    if (
        len(chain) < 2
        or not isinstance(claim.value, Quantity)
        or _OPERATOR.search(text[max(0, chain[0].start - 4) : chain[0].start])
    ):
        return ""
    terms = [_with_unit(term, claim.value) for term in chain]
    if not all(term is not None and holds(term) for term in terms):
        return ""
    total, shown, added = _value(chain[0]), chain[0].said, [terms[0]]
    for left, right, term in zip(chain, chain[1:], terms[1:], strict=False):
        plus = "+" in text[left.end : right.start]
        added += [term] if plus else []
        total += _value(right) if plus else -_value(right)
        shown += f" {'+' if plus else '−'} {right.said}"
    right_sum = abs(total - _value(claim)) < 0.005 and adds([term for term in added if term is not None])
    return shown if right_sum else ""


def named_before(claim: Claim, supported: Sequence[Claim], adds: Adds) -> str:
    """« 85 € + 40 € » when two or three amounts that the answer takes from its sources, and that may be added, give
    this one."""
    wanted = claim.value
    assert isinstance(wanted, Quantity)
    terms = [
        c
        for c in supported[-8:]
        if isinstance(c.value, Quantity) and c.value.unit == wanted.unit and not c.value.ordinal
    ]
    if wanted.ordinal or wanted.unit not in _MONEY or len(terms) < 2:
        return ""
    target = wanted.values[0]
    for size in (2, 3):
        for chosen in combinations(terms, size):
            if abs(sum(map(_value, chosen)) - target) < 0.005 and adds(chosen):
                return " + ".join(c.said for c in chosen)
    for pair in combinations(terms, 2):
        most, least = sorted(pair, key=_value, reverse=True)
        if abs(_value(most) - _value(least) - target) < 0.005 and target > 0:
            return f"{most.said} − {least.said}"
    return ""


def _chain(
    claims: Sequence[Claim], text: str, edge: int, joint: re.Pattern[str], *, backwards: bool
) -> list[Claim]:
    """The terms that follow one another from ``edge`` on, ``joint`` first, then a sign between each two."""
    chain: list[Claim] = []
    for claim in claims:
        between = text[claim.end : edge] if backwards else text[edge : claim.start]
        if not isinstance(claim.value, Quantity) or not (_SIGN if chain else joint).fullmatch(between):
            break
        chain.append(claim)
        edge = claim.start if backwards else claim.end
    return chain


def _with_unit(term: Claim, whole: Quantity) -> Claim | None:
    """A bare term counts what the sum counts; None when it counts something else."""
    value = term.value
    assert isinstance(value, Quantity)
    if value.ordinal or (value.unit or whole.unit) != whole.unit:
        return None
    return replace(term, value=replace(value, unit=whole.unit, working=value.working or whole.working))


def _value(claim: Claim) -> float:
    assert isinstance(claim.value, Quantity)
    return claim.value.values[0]
