"""Documents of a higher class than their space, which the policy refuses to some of those who read the space."""

from collections import Counter
from collections.abc import Iterator, Mapping

from demeure.library.listing import Cards
from demeure.policy import Action, Actor, Resource, Right, decide, in_force


def hidden(cards: Cards, actor: Actor, rights: Mapping[str, Right]) -> tuple[str, ...]:
    """Ids of the documents that ``actor`` may not see in the spaces of ``rights`` (space → theirs there): for them
    they do not exist. Blocks."""
    return tuple(one for one, _ in _refused(cards, actor, rights))


def hidden_counts(cards: Cards, actor: Actor, rights: Mapping[str, Right]) -> Counter[str]:
    """How many of them in each space. Blocks."""
    return Counter(space for _, space in _refused(cards, actor, rights))


def _refused(cards: Cards, actor: Actor, rights: Mapping[str, Right]) -> Iterator[tuple[str, str]]:
    if actor.most is None and not any(Action.DOCUMENT_READ in one.actions for one in in_force().policy.denials):
        return  # the usual case: no rule of the organisation speaks of reading, and no key is held under a class
    for one, space, own in cards.classed(list(rights)):
        about = Resource("document", one, space=space, right=rights[space], sensitivity=own)
        if not decide(actor, Action.DOCUMENT_READ, about).allowed:
            yield one, space
