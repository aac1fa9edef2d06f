"""Of which spaces a question may be asked, each by its own class, and what is said of the one that refuses it."""

from typing import Protocol

from demeure.assistant.leaning import Searcher
from demeure.assistant.withdrawn import Spaces
from demeure.assistant.work import Work
from demeure.identity import Place
from demeure.library import Shut
from demeure.policy import Action, Actor, Decision, Reason, Right, decide


class Rights(Spaces, Protocol):
    """What identity's Membership tells. Blocks: called in a thread."""

    def lowest(self, actor: Actor, wanted: list[str] | tuple[str, ...]) -> Right: ...


class Base(Searcher, Protocol):
    """What is searched, and which of its spaces do not open."""

    def shut(self, actor: Actor, spaces: tuple[str, ...]) -> Shut: ...


def decided(rights: Rights, base: Base, actor: Actor, work: Work) -> Decision:
    """May this be asked? Where nobody chose spaces, those that the policy refuses to this actor are left out of
    ``work``; where somebody did, a refusal names those that it comes from. Those that are damaged are left out, and
    the others asked, either way. Raises SpaceShut when none is left. Blocking."""
    decision = _by_policy(rights, actor, work)
    if decision.allowed:
        work.shut = base.shut(actor, work.spaces)
        work.spaces = tuple(space for space in work.spaces if space not in work.shut)
    return decision


def _by_policy(rights: Rights, actor: Actor, work: Work) -> Decision:
    right = rights.lowest(actor, work.spaces)
    decision = decide(actor, Action.ASK, work.resource(right))
    if decision.allowed or len(work.spaces) < 2:
        return decision
    places = [place for place in rights.spaces(actor) if place.id in work.spaces]
    refused = [place for place in places if not _alone(actor, work, place).allowed]
    if not 0 < len(refused) < len(work.spaces) or len(places) < len(work.spaces):
        return decision
    if work.chosen:
        return Decision(False, (*decision.reasons, _named(refused)), decision.rule)
    work.left_out = tuple(place.id for place in refused)
    work.spaces = tuple(space for space in work.spaces if space not in work.left_out)
    return decide(actor, Action.ASK, work.resource(rights.lowest(actor, work.spaces)))


def _alone(actor: Actor, work: Work, place: Place) -> Decision:
    return decide(actor, Action.ASK, work.resource(place.right, place.id))


def _named(refused: list[Place]) -> Reason:
    names = ", ".join(f"«\u00a0{place.name}\u00a0»" for place in refused)
    called = ", ".join(f"“{place.name}”" for place in refused)
    many = len(refused) > 1
    fr = (
        f"Cela vient des espaces {names}\u00a0: sans eux, la question peut être posée."
        if many
        else f"Cela vient de l’espace {names}\u00a0: sans lui, la question peut être posée."
    )
    en = f"This comes from {called}: without {'them' if many else 'it'}, the question may be asked."
    return Reason("space-refuses", fr, en)
