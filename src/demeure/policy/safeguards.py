"""The rules about readings on a legal ground, and about what a person has to do before anything else (pure)."""

from demeure.policy.decision import READING_OPEN, Action
from demeure.policy.rule import EVERY, Rule

_LEGAL = frozenset({Action.LEGAL_ASK, Action.LEGAL_GRANT, Action.LEGAL_READ})

FIRST_RULES: tuple[Rule, ...] = (
    Rule(
        "owes-first",
        EVERY - {Action.SIGN_IN, Action.ACCOUNT_CHANGE},
        lambda actor, _action, _resource: bool(actor.owes),
        False,
        "Il vous reste une étape avant d’entrer : une deuxième preuve d’identité à installer, ou la charte "
        "d’usage à accepter.",
        "One step is left before you enter: a second proof of identity to set up, or the charter of use to accept.",
    ),
)
"""Before all but what is public: who owes a step does that one."""

LEGAL_RULES: tuple[Rule, ...] = (
    Rule(
        "legal-reading-by-people",  # before the machine's administrator: two persons with a name, or nobody
        _LEGAL,
        lambda actor, _action, _resource: actor.kind == "system",
        False,
        "Une lecture sur base légale se demande et s’accorde par deux personnes qui ont un compte, jamais par la "
        "machine.",
        "A reading on a legal ground is asked for and granted by two persons with an account, never by the "
        "machine.",
    ),
    Rule(
        "legal-reading",
        frozenset({Action.LEGAL_READ}),
        lambda actor, _action, resource: (
            bool(resource.owner) and resource.owner == actor.id and READING_OPEN in resource.marks
        ),
        True,
        "Cette lecture vous a été accordée par une autre personne, pour un temps ; la personne concernée la verra.",
        "This reading was granted to you by another person, for a time; the person concerned will see it.",
    ),
    Rule(
        "legal-reading-closed",
        frozenset({Action.LEGAL_READ}),
        lambda _actor, _action, _resource: True,
        False,
        "Cette lecture ne vous est pas accordée, ou son temps est passé.",
        "This reading is not granted to you, or its time is over.",
    ),
)
"""Before the machine's administrator: two persons with a name, or nobody."""
