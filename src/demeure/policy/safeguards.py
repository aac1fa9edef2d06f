"""The rules about readings on a legal ground, and about what a person has to do before anything else (pure)."""

from demeure.policy.decision import READING_OPEN, Action
from demeure.policy.matrix import Cell, cells
from demeure.policy.rule import EVERY, Rule
from demeure.policy.subject import WINDOW, Role

_LEGAL = frozenset({Action.LEGAL_ASK, Action.LEGAL_GRANT, Action.LEGAL_READ})

FIRST_RULES: tuple[Rule, ...] = (
    Rule(
        "window-closed",
        EVERY - {Action.SIGN_IN, Action.ACCOUNT_CHANGE},
        lambda actor, _action, _resource: WINDOW in actor.owes,
        False,
        "Aucune fenêtre d’intervention n’est ouverte pour vous : l’organisation en ouvre une quand elle vous "
        "attend, et vous entrez alors avec vos deux preuves d’identité.",
        "No window is open for you: the organisation opens one when it expects you, and you then come in with both "
        "your proofs of identity.",
    ),
    Rule(
        "contractor-console",  # before what is one's own: nothing here is
        EVERY
        - {Action.SIGN_IN, Action.ACCOUNT_CHANGE, Action.CONSOLE_USE, Action.SPACE_CLASS, Action.DOCUMENT_CLASS},
        lambda actor, action, _resource: (
            Role.CONTRACTOR in actor.roles and cells(action, actor.roles) == frozenset({Cell.NEVER})
        ),
        False,
        "Un prestataire n’agit que dans sa console, pendant la fenêtre qui lui est ouverte.",
        "A contractor acts in their console only, during the window that is open for them.",
    ),
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
        "window-approved-by-people",  # before the machine's administrator: a second person with a name
        frozenset({Action.CONTRACTOR_APPROVE}),
        lambda actor, _action, _resource: actor.kind == "system",
        False,
        "La fenêtre d’un prestataire s’approuve par une personne qui a un compte, jamais par la machine.",
        "The window of a contractor is approved by a person with an account, never by the machine.",
    ),
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
