"""The rules of the house, read from top to bottom: the first that applies decides; nothing applies: refused.

Pure. Each rule is: its name, the actions it is about, when it applies, the answer, and the reason people are given.
"""

from collections.abc import Callable
from dataclasses import dataclass

from demeure.policy.decision import Action, Decision, Reason, Resource
from demeure.policy.subject import Actor, Right

PUBLIC_PAGE = "public page"

_EVERY = frozenset(Action)
_READING = frozenset({Action.ASK, Action.SPACE_READ, Action.DOCUMENT_READ, Action.DOCUMENT_OPEN})
_CONVERSATIONS = frozenset({Action.CONVERSATION_READ, Action.CONVERSATION_WRITE})
_SIGNED_IN = frozenset({Action.PAGE_VIEW, Action.SIGN_IN, Action.MODEL_USE, Action.HOUSE_STATUS})
_ADMINISTRATION = frozenset(
    {Action.SPACE_CREATE, Action.MODEL_CHANGE, Action.HOUSE_ADMINISTER, Action.LINK_CREATE, Action.HOUSE_STATUS}
)
_MANAGING = frozenset({Action.SPACE_SHARE, Action.SPACE_DELETE})
_IN_A_SPACE = _READING | _MANAGING | {Action.DOCUMENT_ADD, Action.DOCUMENT_DELETE, Action.DOCUMENT_TAG}


@dataclass(frozen=True)
class Rule:
    name: str
    actions: frozenset[Action]
    applies: Callable[[Actor, Resource], bool]
    allowed: bool
    fr: str
    en: str


def _always(_actor: Actor, _resource: Resource) -> bool:
    return True


def _owner(actor: Actor, resource: Resource) -> bool:
    return bool(resource.owner) and resource.owner == actor.id


def _at_least(right: Right) -> Callable[[Actor, Resource], bool]:
    return lambda _actor, resource: resource.right >= right


RULES: tuple[Rule, ...] = (
    Rule(
        "public-page",
        frozenset({Action.PAGE_VIEW}),
        lambda _actor, resource: resource.kind == PUBLIC_PAGE,
        True,
        "Cette page est ouverte à tous.",
        "This page is open to everyone.",
    ),
    Rule(
        "sign-in",
        frozenset({Action.SIGN_IN}),
        _always,
        True,
        "Chacun peut présenter son lien de connexion.",
        "Anyone may present their sign-in link.",
    ),
    Rule(
        "visitor",
        _EVERY,
        lambda actor, _resource: actor.kind == "visitor",
        False,
        "Identifiez-vous d’abord : demandez un lien de connexion à l’administrateur.",
        "Sign in first: ask the administrator for a sign-in link.",
    ),
    Rule(
        "own-conversation",
        _CONVERSATIONS,
        _owner,
        True,
        "Cette conversation est la vôtre.",
        "This conversation is yours.",
    ),
    Rule(
        "conversation-of-another",  # before the administrators' rules: nobody reads over another's shoulder
        _CONVERSATIONS,
        _always,
        False,
        "Cette conversation appartient à quelqu’un d’autre : personne d’autre ne peut la lire, pas même "
        "l’administrateur.",
        "This conversation belongs to someone else: nobody else may read it, not even the administrator.",
    ),
    Rule(
        "own-journal",
        frozenset({Action.JOURNAL_READ_OWN}),
        _owner,
        True,
        "Ces lignes du journal parlent de vous.",
        "These journal entries are about you.",
    ),
    Rule(
        "journal-of-another",
        frozenset({Action.JOURNAL_READ_OWN}),
        _always,
        False,
        "Ces lignes du journal parlent de quelqu’un d’autre.",
        "These journal entries are about someone else.",
    ),
    Rule(
        "machine-administrator",
        _EVERY,
        lambda actor, _resource: actor.kind == "system" and actor.administers,
        True,
        "Vous administrez la machine qui porte la maison ; ce que vous faites est écrit au journal.",
        "You administer the machine that carries the house; what you do is written in the journal.",
    ),
    Rule(
        "other-machine-user",
        _EVERY,
        lambda actor, _resource: actor.kind == "system",
        False,
        "Ce compte de la machine n’est pas celui qui fait tourner la maison.",
        "This account of the machine is not the one that runs the house.",
    ),
    Rule(
        "administrator",
        _ADMINISTRATION,
        lambda actor, _resource: actor.administers,
        True,
        "Vous administrez la maison.",
        "You administer the house.",
    ),
    Rule(
        "signed-in",
        _SIGNED_IN,
        _always,
        True,
        "Toute personne de la maison peut le faire.",
        "Everyone of the house may do this.",
    ),
    Rule(
        "administrators-only",
        _ADMINISTRATION,
        _always,
        False,
        "Seul un administrateur de la maison peut le faire.",
        "Only an administrator of the house may do this.",
    ),
    Rule(
        "reader",
        _READING,
        _at_least(Right.READ),
        True,
        "Vous êtes membre de l’espace « {name} ».",
        "You are a member of the space “{name}”.",
    ),
    Rule(
        "contributor",
        frozenset({Action.DOCUMENT_ADD, Action.DOCUMENT_TAG}),
        _at_least(Right.CONTRIBUTE),
        True,
        "Vous pouvez ajouter et étiqueter des documents dans l’espace « {name} ».",
        "You may add and tag documents in the space “{name}”.",
    ),
    Rule(
        "own-document",
        frozenset({Action.DOCUMENT_DELETE}),
        lambda actor, resource: _owner(actor, resource) and _at_least(Right.CONTRIBUTE)(actor, resource),
        True,
        "Vous avez ajouté ce document dans l’espace « {name} ».",
        "You added this document to the space “{name}”.",
    ),
    Rule(
        "space-manager",
        _MANAGING | {Action.DOCUMENT_DELETE},
        _at_least(Right.MANAGE),
        True,
        "Vous gérez l’espace « {name} ».",
        "You manage the space “{name}”.",
    ),
    Rule(
        "not-a-member",
        _IN_A_SPACE,
        lambda _actor, resource: resource.right == Right.NONE,
        False,
        "Vous n’êtes pas membre de l’espace « {name} » : demandez l’accès à la personne qui le gère.",
        "You are not a member of the space “{name}”: ask the person who manages it.",
    ),
    Rule(
        "right-too-low",
        _IN_A_SPACE,
        _always,
        False,
        "Vous pouvez lire l’espace « {name} », mais cette action demande un droit de plus : voyez la personne "
        "qui le gère.",
        "You may read the space “{name}”, but this needs a further right: see the person who manages it.",
    ),
)

_DEFAULT = Rule(
    "default",
    _EVERY,
    _always,
    False,
    "Aucune règle de la maison ne l’autorise.",
    "No rule of the house allows it.",
)


def decide(actor: Actor, action: Action | str, resource: Resource) -> Decision:
    """The only way to a document, a model, a route. Never raises; an unknown action is refused like the rest."""
    rule = _DEFAULT
    if action in _EVERY:
        rule = next((r for r in RULES if action in r.actions and r.applies(actor, resource)), _DEFAULT)
    names = {"name": resource.shown or "?"}
    reason = Reason(rule.name, rule.fr.format_map(names), rule.en.format_map(names))
    return Decision(rule.allowed, (reason,), rule.name)
