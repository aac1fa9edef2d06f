"""The rules about what the house does of its own accord, and about documents kept ready (pure)."""

from collections.abc import Callable

from demeure.policy.decision import (
    DECLARED_DIRECTORY,
    DISK_IN_CLEAR,
    NO_SNAPSHOTS,
    PAST_KEEPING,
    Action,
    Resource,
)
from demeure.policy.rule import EVERY, Rule
from demeure.policy.subject import Actor


def _marked(mark: str) -> Callable[[Actor, Action, Resource], bool]:
    return lambda _actor, _action, resource: mark in resource.marks


def _house(actor: Actor, _action: Action, _resource: Resource) -> bool:
    return actor.kind == "house"


OWN_ACCORD: tuple[Rule, ...] = (
    Rule(
        "snapshots-never",  # before the administrators' rules: a policy binds them too
        frozenset({Action.SNAPSHOT_KEEP}),
        _marked(NO_SNAPSHOTS),
        False,
        "La politique de la maison ne permet de garder aucun document prêt : il est lu à chaque question.",
        "The policy of the house lets no document be kept ready: it is read at each question.",
    ),
    Rule(
        "disk-in-clear",
        frozenset({Action.SNAPSHOT_KEEP}),
        _marked(DISK_IN_CLEAR),
        False,
        "La politique de la maison ne garde des documents prêts que sur un disque chiffré, et celui-ci ne l’est "
        "pas, ou ne le montre pas.",
        "The policy of the house keeps documents ready on an encrypted disk only, and this one is not, or does not "
        "show it.",
    ),
    Rule(
        "kept-ready",
        frozenset({Action.SNAPSHOT_KEEP}),
        _house,
        True,
        "On a demandé que ce document soit gardé prêt.",
        "This document was asked to be kept ready.",
    ),
    Rule(
        "retention",
        frozenset({Action.DOCUMENT_DELETE, Action.CONVERSATION_WRITE, Action.WORK_WRITE, Action.JOURNAL_KEEP}),
        lambda actor, _action, resource: actor.kind == "house" and PAST_KEEPING in resource.marks,
        True,
        "La politique ne le garde pas plus longtemps.",
        "The policy keeps it no longer.",
    ),
    Rule(
        "key-term",
        frozenset({Action.HOUSE_ADMINISTER}),
        lambda actor, _action, resource: actor.kind == "house" and PAST_KEEPING in resource.marks,
        True,
        "La politique veut une autre clé pour cet espace à présent.",
        "The policy wants another key for this space by now.",
    ),
    Rule(
        "declared-directory",
        frozenset({Action.PEOPLE_ADMINISTER}),
        lambda actor, _action, resource: actor.kind == "house" and DECLARED_DIRECTORY in resource.marks,
        True,
        "L’annuaire déclaré le dit.",
        "The declared directory says so.",
    ),
    Rule(
        "house-elsewhere",
        EVERY,
        _house,
        False,
        "De son propre chef, la maison garde des documents prêts, efface ce que la politique ne garde plus, change "
        "les clés à leur terme, suit l’annuaire déclaré, et rien d’autre.",
        "Of its own accord, the house keeps documents ready, erases what the policy keeps no longer, changes keys "
        "at their term, follows the declared directory, and nothing else.",
    ),
)
