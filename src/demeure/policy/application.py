"""The rules about applications and their keys (pure): what a key was given for, then as for whoever owns it."""

from demeure.policy.decision import Action, Resource
from demeure.policy.rule import EVERY, Rule
from demeure.policy.scopes import SCOPES
from demeure.policy.subject import Actor


def _way_in_scope(actor: Actor, _action: Action, resource: Resource) -> bool:
    """The way asks for a scope that the key was given."""
    return actor.keyed and bool(resource.marks & actor.scopes)


def _out_of_scope(actor: Actor, action: Action, _resource: Resource) -> bool:
    covered = (SCOPES.get(scope, frozenset()) for scope in actor.scopes)
    return actor.keyed and not any(action in actions for actions in covered)


def _brought_by_others(actor: Actor, _action: Action, resource: Resource) -> bool:
    return actor.kind == "application" and resource.owner != actor.id


APPLICATION_RULES: tuple[Rule, ...] = (
    Rule(
        "application-way",
        frozenset({Action.KEY_USE}),
        _way_in_scope,
        True,
        "Cette clé d’application a été donnée pour cela.",
        "This application key was given for that.",
    ),
    Rule(
        "application-out-of-scope",
        EVERY,
        _out_of_scope,
        False,
        "Cette clé d’application n’a pas été donnée pour cela.",
        "This application key was not given for that.",
    ),
    Rule(
        "application-of-another",  # what is left is decided as for the owner of the key
        frozenset({Action.DOCUMENT_READ}),
        _brought_by_others,
        False,
        "Une clé d’application ne voit que les documents qu’elle a apportés.",
        "An application key sees only the documents that it brought.",
    ),
)
"""Before the rules about people: what none of these refuses is decided as for the owner of the key."""

APPLICATIONS_ONLY = Rule(
    "applications-only",
    frozenset({Action.KEY_USE}),
    lambda _actor, _action, _resource: True,
    False,
    "Seule une application le fait, avec sa clé.",
    "Only an application does this, with its key.",
)
