"""Two words and more that make a name by what they are: lists first, then their shape."""

from demeure.personal.announced import STREETS
from demeure.personal.capitals import Token


def run(group: list[Token], at: int) -> int:
    """Where the words after a title stop being a name."""
    end = at
    while end < len(group) and end - at < 6 and (group[end].nameable or (end == at and group[end].with_article)):
        if group[end].particle:
            end += 1
            continue
        if (
            end > at
            and not group[end - 1].particle
            and group[end].plain
            and not (group[end].last or group[end].first or group[end].capitals)
        ):
            break
        end += 1
    while end > at and group[end - 1].particle:
        end -= 1
    return end


Pair = tuple[int, int, str, float]
"""First word, the one after the last, rule, confidence."""


def paired(group: list[Token], at: int) -> Pair | None:
    """A first name and a surname, in either order; a capital and a full stop; two words that nothing knows."""
    token, end = group[at], _firsts(group, at)
    beyond = end
    while beyond < len(group) and group[beyond].particle and beyond - end < 3:
        beyond += 1
    several = end - at >= 2
    if beyond == len(group):  # « Claire Martin », where both are first names
        ends = several and (not group[end - 1].plain or group[end - 1].last)
        return (at, end, "name-first-last", 0.85) if ends else None
    after = group[beyond]
    if not after.nameable:
        return (at, end, "name-first-last", 0.8) if several and not token.plain else None
    named = not token.plain or (token.last and token.folded not in STREETS)
    if token.capitals and named and not token.sigle and after.first and not after.capitals:
        return (at, beyond + 1, "name-last-first", 0.85)
    if token.initial:
        return (at, _more(group, beyond), "name-initial", 0.75) if beyond > end or _surname_like(after) else None
    if token.first:
        return _first_last(group, at, beyond)
    whole = at == 0 and len(group) == beyond + 1 == 2  # these two words alone
    if after.first and (whole or not after.plain) and token.last and (token.frequent or not token.plain):
        return (at, end + 1, "name-last-first", 0.85)
    return _by_shape(group, at, beyond)


def _firsts(group: list[Token], at: int) -> int:
    """Where the first names and initials that begin at ``at`` end; after one word when it is neither."""
    end = at + 1
    if not group[at].initial and (not group[at].first or (group[at].plain and group[at].place)):
        return end
    while (
        end < len(group) and end - at < 4 and (group[end].initial or (group[end].first and not group[end].capitals))
    ):
        end += 1
    return end


def _first_last(group: list[Token], at: int, beyond: int) -> Pair | None:
    """A first name that is also a plain word (« Rose », « Pierre ») needs more beside it."""
    token, after = group[at], group[beyond]
    if token.plain and not (after.capitals or after.last):
        return None
    led = group[beyond - 1].particle and after.capitals and not after.plain  # « Pierre LE GOFF »
    if not led and not _surname_like(after, known_first=not token.plain):
        return None
    return (at, _more(group, beyond), "name-first-last", 0.7 if token.plain else 0.9)


def _by_shape(group: list[Token], at: int, beyond: int) -> Pair | None:
    """Two words that no list of plain words or places knows, a particle maybe between."""
    token, after = group[at], group[beyond]
    if not token.unknown or not after.unknown:
        return None
    if token.capitals != after.capitals:
        return (at, _more(group, beyond), "name-capitals", 0.75)
    sure = 0.7 if after.last or token.last else 0.55
    return (at, _more(group, beyond), "name-shape", sure)


def _surname_like(token: Token, *, known_first: bool = False) -> bool:
    if token.sigle or token.title or not token.nameable:
        return False
    if token.last or token.unknown or token.start != token.word_start:
        return True
    return known_first and not token.place and (token.capitals or not token.plain)


def _more(group: list[Token], at: int) -> int:
    """A second surname after the one at ``at``."""
    end = at + 1
    while end + 1 < len(group) and group[end].particle and group[end + 1].unknown:
        end += 2
    if end == len(group) or group[end].capitals != group[at].capitals:
        return end
    more = group[end]
    return end + (more.nameable and (more.last or more.unknown) and not more.plain)
