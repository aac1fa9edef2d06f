"""The rules of the house, read from top to bottom: the first that applies decides; nothing applies: refused.

Pure. Each rule is: its name, the actions it is about, when it applies, the answer, and the reason people are given.
"""

from collections.abc import Callable, Mapping

from demeure.policy.application import APPLICATION_RULES, APPLICATIONS_ONLY
from demeure.policy.decision import (
    LOWERS,
    READING_OPEN,
    Action,
    Decision,
    Reason,
    Resource,
)
from demeure.policy.force import in_force
from demeure.policy.limits import refused
from demeure.policy.matrix import NEEDED, OWN_NEEDED, Cell, cells, those_with
from demeure.policy.own_accord import OWN_ACCORD
from demeure.policy.rule import EVERY, Rule
from demeure.policy.subject import Actor, Right, Role
from demeure.policy.terms import NO_TERMS

PUBLIC_PAGE = "public page"

_EVERY = EVERY
_CONVERSATIONS = frozenset({Action.CONVERSATION_READ, Action.CONVERSATION_WRITE, Action.CONVERSATION_EXPORT})
_WORKS = frozenset({Action.WORK_READ, Action.WORK_WRITE})
_EVERYONE = frozenset(action for action in Action if Role.AGENT in those_with(action, Cell.HOUSE))
_RESERVED = frozenset(action for action in Action if those_with(action, Cell.HOUSE)) - _EVERYONE
_WATCHED_OVER = frozenset(a for a in _RESERVED if {*those_with(a, Cell.HOUSE)} == {Role.ADMINISTRATOR, Role.DPO})
_WATCHING = frozenset(a for a in _RESERVED if Role.AUDITOR in those_with(a, Cell.HOUSE))
_OPENING = frozenset(a for a in _RESERVED if {*those_with(a, Cell.HOUSE)} == {Role.ADMINISTRATOR, Role.REFERENT})
_GRANTING = frozenset(a for a in _RESERVED if Role.ADMINISTRATOR not in those_with(a, Cell.HOUSE))
_LEGAL = frozenset({Action.LEGAL_ASK, Action.LEGAL_GRANT, Action.LEGAL_READ})
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


def _by_role(role: Role) -> Callable[[Actor, Action, Resource], bool]:
    """The matrix gives this action to ``role``, and the actor has it."""
    return lambda actor, action, _resource: role in actor.roles and Cell.HOUSE in cells(action, (role,))


def _by_any_role(actor: Actor, action: Action, _resource: Resource) -> bool:
    return Cell.HOUSE in cells(action, actor.roles)


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
    Rule(
        "owes-first",
        _EVERY - {Action.SIGN_IN, Action.ACCOUNT_CHANGE},
        lambda actor, _action, _resource: bool(actor.owes),
        False,
        "Il vous reste une étape avant d’entrer : une deuxième preuve d’identité à installer, ou la charte "
        "d’usage à accepter.",
        "One step is left before you enter: a second proof of identity to set up, or the charter of use to accept.",
    ),
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
    Rule(
        "legal-reading-by-people",  # before the machine's administrator: two persons with a name, or nobody
        _LEGAL,
        _kind("system"),
        False,
        "Une lecture sur base légale se demande et s’accorde par deux personnes qui ont un compte, jamais par la "
        "machine.",
        "A reading on a legal ground is asked for and granted by two persons with an account, never by the "
        "machine.",
    ),
    Rule(
        "legal-reading",
        frozenset({Action.LEGAL_READ}),
        lambda actor, action, resource: _owner(actor, action, resource) and READING_OPEN in resource.marks,
        True,
        "Cette lecture vous a été accordée par une autre personne, pour un temps ; la personne concernée la verra.",
        "This reading was granted to you by another person, for a time; the person concerned will see it.",
    ),
    Rule(
        "legal-reading-closed",
        frozenset({Action.LEGAL_READ}),
        _always,
        False,
        "Cette lecture ne vous est pas accordée, ou son temps est passé.",
        "This reading is not granted to you, or its time is over.",
    ),
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
    Rule(
        "administrator",
        _RESERVED,
        _by_role(Role.ADMINISTRATOR),
        True,
        "Vous administrez la maison.",
        "You administer the house.",
    ),
    Rule(
        "referent",
        _RESERVED,
        _by_role(Role.REFERENT),
        True,
        "Vous êtes référent : vous pouvez ouvrir des espaces, tenir les mots de l’organisation et relire les "
        "droits.",
        "You are a space referent: you may open spaces, keep the organisation’s words and review rights.",
    ),
    Rule(
        "dpo",
        _RESERVED,
        _by_role(Role.DPO),
        True,
        "Vous êtes la personne déléguée à la protection des données.",
        "You are the data protection officer.",
    ),
    Rule(
        "auditor",
        _RESERVED,
        _by_role(Role.AUDITOR),
        True,
        "Vous êtes auditeur : vous voyez les traces et les preuves, aucun contenu.",
        "You are an auditor: you see traces and proofs, no contents.",
    ),
    Rule(
        "elected",
        _RESERVED,
        _by_role(Role.ELECTED),
        True,
        "Vous êtes élu : vous répondez de ce que la maison ouvre.",
        "You are an elected member: you answer for what the house opens.",
    ),
    Rule(
        "signed-in",
        _EVERYONE,
        _by_any_role,
        True,
        "Toute personne de la maison peut le faire.",
        "Everyone of the house may do this.",
    ),
    Rule(
        "role-reads-nothing",
        _EVERYONE,
        _always,
        False,
        "Votre rôle ne donne accès à aucun contenu.",
        "Your role gives access to no contents.",
    ),
    Rule(
        "referents-only",
        _OPENING,
        _always,
        False,
        "Seuls un référent ou un administrateur de la maison peuvent le faire.",
        "Only a space referent or an administrator of the house may do this.",
    ),
    Rule(
        "administrators-and-dpo-only",
        _WATCHED_OVER,
        _always,
        False,
        "Seuls un administrateur de la maison ou la déléguée à la protection des données peuvent le faire.",
        "Only an administrator of the house or the data protection officer may do this.",
    ),
    Rule(
        "watchers-only",
        _WATCHING,
        _always,
        False,
        "Seules les personnes qui administrent ou contrôlent la maison peuvent le faire : voyez votre "
        "administrateur.",
        "Only those who administer or control the house may do this: see your administrator.",
    ),
    Rule(
        "granters-only",
        _GRANTING,
        _always,
        False,
        "Seule la déléguée à la protection des données, ou un élu quand il s’agit d’accorder, peut le faire.",
        "Only the data protection officer, or an elected member when it comes to granting, may do this.",
    ),
    Rule(
        "administrators-only",
        _RESERVED,
        _always,
        False,
        "Seul un administrateur de la maison peut le faire.",
        "Only an administrator of the house may do this.",
    ),
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
