"""The rules about what a role gives in the house, as the matrix says it, and what is told to the others (pure)."""

from collections.abc import Callable

from demeure.policy.decision import Action, Resource
from demeure.policy.matrix import Cell, cells, those_with
from demeure.policy.rule import Rule
from demeure.policy.subject import Actor, Role

_EVERYONE = frozenset(action for action in Action if Role.AGENT in those_with(action, Cell.HOUSE))
_RESERVED = frozenset(action for action in Action if those_with(action, Cell.HOUSE)) - _EVERYONE
_WATCHED_OVER = frozenset(a for a in _RESERVED if {*those_with(a, Cell.HOUSE)} == {Role.ADMINISTRATOR, Role.DPO})
_WATCHING = frozenset(a for a in _RESERVED if Role.AUDITOR in those_with(a, Cell.HOUSE))
_OPENING = frozenset(a for a in _RESERVED if {*those_with(a, Cell.HOUSE)} == {Role.ADMINISTRATOR, Role.REFERENT})
_CONSOLE = frozenset({Action.CONSOLE_USE})
_GRANTING = frozenset(a for a in _RESERVED if Role.ADMINISTRATOR not in those_with(a, Cell.HOUSE)) - _CONSOLE
_VOUCHING = frozenset({Action.CONTRACTOR_SEE, Action.CONTRACTOR_APPROVE, Action.CONTRACTOR_CLOSE})


def _by_role(role: Role) -> Callable[[Actor, Action, Resource], bool]:
    """The matrix gives this action to ``role``, and the actor has it."""
    return lambda actor, action, _resource: role in actor.roles and Cell.HOUSE in cells(action, (role,))


def _by_any_role(actor: Actor, action: Action, _resource: Resource) -> bool:
    return Cell.HOUSE in cells(action, actor.roles)


ROLE_RULES: tuple[Rule, ...] = (
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
        "contractor",
        _CONSOLE,
        _by_role(Role.CONTRACTOR),
        True,
        "Vous êtes prestataire, et une fenêtre est ouverte pour vous.",
        "You are a contractor, and a window is open for you.",
    ),
    Rule(
        "contractors-only",
        _CONSOLE,
        lambda _actor, _action, _resource: True,
        False,
        "La console est celle des prestataires, pendant la fenêtre qui leur est ouverte.",
        "The console is for contractors, during the window that is open for them.",
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
        lambda _actor, _action, _resource: True,
        False,
        "Votre rôle ne donne accès à aucun contenu.",
        "Your role gives access to no contents.",
    ),
    Rule(
        "referents-only",
        _OPENING,
        lambda _actor, _action, _resource: True,
        False,
        "Seuls un référent ou un administrateur de la maison peuvent le faire.",
        "Only a space referent or an administrator of the house may do this.",
    ),
    Rule(
        "administrators-and-dpo-only",
        _WATCHED_OVER,
        lambda _actor, _action, _resource: True,
        False,
        "Seuls un administrateur de la maison ou le délégué à la protection des données peuvent le faire.",
        "Only an administrator of the house or the data protection officer may do this.",
    ),
    Rule(
        "vouchers-only",
        _VOUCHING,
        lambda _actor, _action, _resource: True,
        False,
        "Seules les personnes qui administrent, contrôlent ou répondent de la maison peuvent le faire.",
        "Only those who administer, control or answer for the house may do this.",
    ),
    Rule(
        "watchers-only",
        _WATCHING,
        lambda _actor, _action, _resource: True,
        False,
        "Seules les personnes qui administrent ou contrôlent la maison peuvent le faire : voyez votre "
        "administrateur.",
        "Only those who administer or control the house may do this: see your administrator.",
    ),
    Rule(
        "granters-only",
        _GRANTING,
        lambda _actor, _action, _resource: True,
        False,
        "Seul le délégué à la protection des données, ou un élu quand il s’agit d’accorder, peut le faire.",
        "Only the data protection officer, or an elected member when it comes to granting, may do this.",
    ),
    Rule(
        "administrators-only",
        _RESERVED,
        lambda _actor, _action, _resource: True,
        False,
        "Seul un administrateur de la maison peut le faire.",
        "Only an administrator of the house may do this.",
    ),
)
"""What roles give, then why the others are refused."""
