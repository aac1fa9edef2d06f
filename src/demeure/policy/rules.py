"""The rules of the house, read from top to bottom: the first that applies decides; nothing applies: refused.

Pure. Each rule is: its name, the actions it is about, when it applies, the answer, and the reason people are given.
"""

from collections.abc import Callable, Mapping

from demeure.policy.application import APPLICATION_RULES, APPLICATIONS_ONLY
from demeure.policy.decision import (
    LOWERS,
    Action,
    Decision,
    Reason,
    Resource,
)
from demeure.policy.force import in_force
from demeure.policy.limits import refused
from demeure.policy.matrix import NEEDED, OWN_NEEDED, Cell, cells
from demeure.policy.own_accord import OWN_ACCORD
from demeure.policy.role_rules import ROLE_RULES
from demeure.policy.rule import EVERY, Rule
from demeure.policy.safeguards import FIRST_RULES, LEGAL_RULES
from demeure.policy.subject import Actor, Right
from demeure.policy.terms import NO_TERMS

PUBLIC_PAGE = "public page"

_EVERY = EVERY
_CONVERSATIONS = frozenset({Action.CONVERSATION_READ, Action.CONVERSATION_WRITE, Action.CONVERSATION_EXPORT})
_WORKS = frozenset({Action.WORK_READ, Action.WORK_WRITE})
_IN_A_SPACE = frozenset(NEEDED)
_READING = frozenset(action for action, right in NEEDED.items() if right is Right.READ)
_ADDING = frozenset(action for action, right in NEEDED.items() if right is Right.CONTRIBUTE)
_MANAGING = frozenset(action for action, right in NEEDED.items() if right is Right.MANAGE)
_OWN_IN_A_SPACE = frozenset(OWN_NEEDED)


def _always(_actor: Actor, _action: Action, _resource: Resource) -> bool:
    return True


def _kind(kind: str) -> Callable[[Actor, Action, Resource], bool]:
    return lambda actor, _action, _resource: actor.kind == kind


def _owner(actor: Actor, _action: Action, resource: Resource) -> bool:
    return bool(resource.owner) and resource.owner == actor.id


def _role_forbids(actor: Actor, action: Action, _resource: Resource) -> bool:
    """The matrix does not let any space decide for this role."""
    return Cell.SPACE not in cells(action, actor.roles)


def _enough(actor: Actor, action: Action, resource: Resource) -> bool:
    """The matrix lets the space decide, and the right there is enough."""
    return Cell.SPACE in cells(action, actor.roles) and resource.right >= NEEDED[action]


def _enough_for_own(actor: Actor, action: Action, resource: Resource) -> bool:
    mine = _owner(actor, action, resource) and resource.right >= OWN_NEEDED[action]
    return mine and Cell.SPACE in cells(action, actor.roles)


def _approves(actor: Actor, _action: Action, resource: Resource) -> bool:
    """A thing leaves a class that names one of the actor's roles for it, and the actor reads it."""
    kept = resource.terms.sensitivity if resource.terms and LOWERS in resource.marks else None
    return kept is not None and resource.right >= Right.READ and bool(actor.roles & kept.approves)


RULES: tuple[Rule, ...] = (
    Rule(
        "public-page",
        frozenset({Action.PAGE_VIEW}),
        lambda _actor, _action, resource: resource.kind == PUBLIC_PAGE,
        True,
        "Cette page est ouverte à tous.",
        "This page is open to everyone.",
    ),
    Rule(
        "sign-in",
        frozenset({Action.SIGN_IN}),
        _always,
        True,
        "Chacun peut se présenter : identifiant et mot de passe, ou lien à usage unique.",
        "Anyone may present themselves: login and password, or one-time link.",
    ),
    Rule(
        "visitor",
        _EVERY,
        _kind("visitor"),
        False,
        "Identifiez-vous d’abord : demandez un lien de connexion à l’administrateur.",
        "Sign in first.",
    ),
    *FIRST_RULES,
    Rule(
        "watched-folder",
        frozenset({Action.DOCUMENT_ADD, Action.DOCUMENT_DELETE}),
        lambda actor, _action, resource: actor.kind == "folder" and resource.right >= Right.CONTRIBUTE,
        True,
        "Ce dossier suivi alimente l’espace « {name} ».",
        "This watched folder feeds the space “{name}”.",
    ),
    Rule(
        "watched-folder-elsewhere",
        _EVERY,
        _kind("folder"),
        False,
        "Un dossier suivi n’alimente que son espace, et ne peut rien d’autre.",
        "A watched folder feeds its own space, and may do nothing else.",
    ),
    *APPLICATION_RULES,
    *OWN_ACCORD,
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
        "own-work",
        _WORKS,
        _owner,
        True,
        "Ce travail est le vôtre.",
        "This work is yours.",
    ),
    Rule(
        "work-of-another",  # before the administrators' rules, as for conversations
        _WORKS,
        _always,
        False,
        "Ce travail appartient à quelqu’un d’autre : personne d’autre ne peut y toucher, pas même "
        "l’administrateur.",
        "This work belongs to someone else: nobody else may touch it, not even the administrator.",
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
    *LEGAL_RULES,
    Rule(
        "machine-administrator",
        _EVERY,
        lambda actor, _action, _resource: actor.kind == "system" and actor.administers,
        True,
        "Vous administrez la machine qui porte la maison ; ce que vous faites est écrit au journal.",
        "You administer the machine that carries the house; what you do is written in the journal.",
    ),
    Rule(
        "other-machine-user",
        _EVERY,
        _kind("system"),
        False,
        "Ce compte de la machine n’est pas celui qui fait tourner la maison.",
        "This account of the machine is not the one that runs the house.",
    ),
    Rule(
        "own-account",
        frozenset({Action.ACCOUNT_CHANGE}),
        _owner,
        True,
        "Ce compte est le vôtre.",
        "This account is yours.",
    ),
    Rule(
        "account-of-another",
        frozenset({Action.ACCOUNT_CHANGE}),
        _always,
        False,
        "Ce compte est celui de quelqu’un d’autre.",
        "This account is someone else’s.",
    ),
    *ROLE_RULES,
    APPLICATIONS_ONLY,
    Rule(
        "reader",
        _READING,
        _enough,
        True,
        "Vous êtes membre de l’espace « {name} ».",
        "You are a member of the space “{name}”.",
    ),
    Rule(
        "contributor",
        _ADDING,
        _enough,
        True,
        "Vous pouvez ajouter, étiqueter et garder prêts des documents dans l’espace « {name} ».",
        "You may add documents, tag them and keep them ready in the space “{name}”.",
    ),
    Rule(
        "own-document",
        _OWN_IN_A_SPACE,
        _enough_for_own,
        True,
        "Vous avez ajouté ce document dans l’espace « {name} ».",
        "You added this document to the space “{name}”.",
    ),
    Rule(
        "space-manager",
        _MANAGING,
        _enough,
        True,
        "Vous gérez l’espace « {name} ».",
        "You manage the space “{name}”.",
    ),
    Rule(
        "class-approver",
        frozenset({Action.SPACE_CLASS, Action.DOCUMENT_CLASS}),
        _approves,
        True,
        "La politique vous confie d’abaisser cette classe, et vous lisez l’espace « {name} ».",
        "The policy entrusts you with lowering this class, and you read the space “{name}”.",
    ),
    Rule(
        "role-manages-no-space",
        _MANAGING - _OWN_IN_A_SPACE,
        _role_forbids,
        False,
        "Votre rôle ne gère aucun espace : voyez la personne qui gère « {name} ».",
        "Your role manages no space: see the person who manages “{name}”.",
    ),
    Rule(
        "role-opens-no-space",
        _READING | _ADDING,
        _role_forbids,
        False,
        "Votre rôle ne lit aucun contenu : aucun espace ne peut vous être ouvert.",
        "Your role reads no contents: no space can be opened to you.",
    ),
    Rule(
        "no-space",
        _IN_A_SPACE,
        lambda _actor, _action, resource: resource.kind == "spaces" and not resource.id,
        False,
        "Aucun espace ne vous est ouvert : demandez-en un à la personne qui administre la maison.",
        "No space is open to you: ask the person who administers the house for one.",
    ),
    Rule(
        "not-in-these-spaces",
        _IN_A_SPACE,
        lambda _actor, _action, resource: resource.kind == "spaces" and resource.right == Right.NONE,
        False,
        "Un des espaces choisis n’existe pas, ou ne vous est pas ouvert\u00a0: choisissez-en d’autres, ou demandez "
        "l’accès à la personne qui le gère.",
        "One of the chosen spaces does not exist, or is not open to you: choose others, or ask the person who "
        "manages it.",
    ),
    Rule(
        "not-a-member",
        _IN_A_SPACE,
        lambda _actor, _action, resource: resource.right == Right.NONE,
        False,
        "Vous n’êtes pas membre de l’espace « {name} » : demandez l’accès à la personne qui le gère.",
        "You are not a member of the space “{name}”: ask the person who manages it.",
    ),
    Rule(
        "document-of-another",
        frozenset({Action.DOCUMENT_DELETE}),
        lambda _actor, _action, resource: resource.kind == "document",
        False,
        "Vous ne pouvez pas supprimer «\u00a0{name}\u00a0»\u00a0: on supprime ce qu’on a soi-même ajouté à un "
        "espace où l’on contribue\u00a0; le reste, voyez la personne qui gère l’espace.",
        "You cannot delete “{name}”: one deletes what one added to a space one contributes to; for the rest, see "
        "the person who manages the space.",
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
    """The only way to a document, a model, a route, under the policy in force. Never raises; an unknown action is
    refused like the rest."""
    return judged(actor, action, in_force().bound(action, resource))


def judged(actor: Actor, action: Action | str, resource: Resource) -> Decision:
    """What the house allows, and the terms of ``resource`` do not refuse. Pure."""
    rule = _DEFAULT
    if action in _EVERY:
        action = Action(action)
        rule = next((r for r in RULES_OF[action] if r.applies(actor, action, resource)), _DEFAULT)
        if rule.allowed and (refusal := refused(actor, action, resource, resource.terms or NO_TERMS)) is not None:
            return refusal
    names = {"name": resource.shown or "?"}
    reason = Reason(rule.name, rule.fr.format_map(names), rule.en.format_map(names))
    return Decision(rule.allowed, (reason,), rule.name)


ALLOWING = frozenset(rule.name for rule in RULES if rule.allowed)
"""Names of the rules that allow."""

RULES_OF: Mapping[Action, tuple[Rule, ...]] = {
    action: tuple(rule for rule in RULES if action in rule.actions) for action in Action
}
"""The rules that may decide an action, in their order."""
