"""Which sentences beside the one that gives a price have something to say of it. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import prices
from demeure.assistant.units import Unit

LEANS = re.compile(r"(?:ils?|elles?|celle|celui|ceux|celles|ce(?:tte)? d(?:élai|urée)|it|they)\b", re.IGNORECASE)
"""« Il est valable soixante jours » is about the sentence before."""


def to_the_point(units: Sequence[Unit], chosen: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """``chosen`` without what stands beside a sentence that gives the price and speaks of something else: a small
    model reads « … coûte 12 euros par jour. Le casque est fourni. » and answers with the helmet. What that sentence
    leans on stays (« Elle coûte… »)."""
    giving = {
        (u.passage, u.at): u
        for u in units
        if (u.passage, u.at) in chosen and not u.table and u.own > 0 and prices.priced(u.text)
    }
    told = {passage for passage, _ in giving}
    leant = {(passage, at - 1) for (passage, at), u in giving.items() if LEANS.match(u.text)}

    def elsewhere(u: Unit) -> bool:
        return u.passage in told and not (u.table or u.own > 0 or prices.answers(u.text))

    return {
        (u.passage, u.at)
        for u in units
        if (u.passage, u.at) in chosen and ((u.passage, u.at) in leant or not elsewhere(u))
    }
