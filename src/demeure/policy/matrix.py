"""Who may do what, as data: one table for the roles of the house, one for the rights in a space.

``rules`` reads both; ``docs/rights.md`` is generated from them. A later role is one more column, a later action one
more line.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from demeure.policy.decision import Action
from demeure.policy.subject import Right, Role


class Cell(StrEnum):
    """What a role gives for one action. ``SPACE``: nothing by itself, the right in the space decides."""

    NEVER = "-"
    HOUSE = "house"
    OWN = "own"
    SPACE = "space"


ROLES = (
    *(Role.ADMINISTRATOR, Role.REFERENT, Role.DPO, Role.AUDITOR),
    *(Role.CONTRACTOR, Role.ELECTED, Role.AGENT),
)
"""The columns of MATRIX, in order."""

_ROWS: tuple[tuple[Action, str], ...] = (
    # action                administrator référent dpo auditor contractor elected agent
    (Action.PAGE_VIEW, "house house house house - house house"),
    (Action.SIGN_IN, "house house house house house house house"),
    (Action.ACCOUNT_CHANGE, "own own own own own own own"),
    (Action.ASK, "space space space - - space space"),
    (Action.SPACE_READ, "space space space - - space space"),
    (Action.SPACE_LIST, "house - - - - - -"),
    (Action.SPACE_CREATE, "house house - - - - -"),
    (Action.SPACE_APPOINT, "house - - - - - -"),
    (Action.SPACE_RENAME, "space space - - - - space"),  # whoever watches over data decides on no use of it
    (Action.SPACE_SHARE, "space space - - - - space"),
    (Action.SPACE_DELETE, "space space - - - - space"),
    (Action.SPACE_WORDS, "space space - - - - space"),
    (Action.DOCUMENT_ADD, "space space space - - space space"),
    (Action.DOCUMENT_READ, "space space space - - space space"),
    (Action.DOCUMENT_OPEN, "space space space - - space space"),
    (Action.DOCUMENT_DELETE, "space space space - - space space"),
    (Action.DOCUMENT_TAG, "space space space - - space space"),
    (Action.DOCUMENT_PIN, "space space space - - space space"),
    (Action.SNAPSHOT_KEEP, "space space space - - space space"),
    (Action.DOCUMENT_TEND, "space space - - - - space"),
    (Action.SPACE_TEND, "space space - - - - space"),
    (Action.MODEL_USE, "house house house - - house house"),
    (Action.MODEL_CHANGE, "house - - - - - -"),
    (Action.HOUSE_STATUS, "house house house house - house house"),
    (Action.HOUSE_ADMINISTER, "house - - - - - -"),
    (Action.HOUSE_PROVE, "house - house house - - -"),
    (Action.HOUSE_WATCH, "house - - - - - -"),  # numbers of the whole house; never contents
    (Action.HOUSE_WORDS, "house house - - - - -"),
    (Action.POLICY_READ, "house house house house - house house"),
    (
        Action.POLICY_CHANGE,
        "house - house - - - -",
    ),  # who answers for the house, who watches its data
    (Action.SPACE_CLASS, "space space - - - - space"),
    (Action.DOCUMENT_CLASS, "space space - - - - space"),
    (Action.SPACE_HOLD, "space space - - - - space"),  # what it holds is kept, whatever its retention says
    (Action.PEOPLE_ADMINISTER, "house - - - - - -"),
    (Action.GROUP_ADMINISTER, "house - - - - - -"),
    (Action.LINK_CREATE, "house - - - - - -"),
    (Action.RIGHTS_READ, "house house house house - - -"),  # who may what, never what is said
    (Action.RIGHTS_REVIEW, "house house - - - - -"),
    (Action.CHARTER_CHANGE, "house - house - - - -"),
    (Action.LEGAL_SEE, "house - house house - house -"),
    (Action.LEGAL_ASK, "house - house - - - -"),
    (Action.LEGAL_GRANT, "- - house - - house -"),  # never whoever asked
    (Action.LEGAL_READ, "- - - - - - -"),  # no role gives it: a granted reading does, to whoever asked, for a time
    (Action.CONTRACTOR_SEE, "house house house house - house -"),
    (Action.CONTRACTOR_KEEP, "house - house - - - -"),
    (Action.CONTRACTOR_OPEN, "house - - - - - -"),
    (Action.CONTRACTOR_APPROVE, "house house house - - house -"),  # never whoever asked
    (Action.CONTRACTOR_CLOSE, "house house house - - house -"),  # closing is always safe
    (Action.CONSOLE_USE, "- - - - house - -"),  # while a window is open, and in its scope only
    (Action.CONVERSATION_READ, "own own own own - own own"),
    (Action.CONVERSATION_WRITE, "own own own own - own own"),
    (Action.CONVERSATION_EXPORT, "own own own own - own own"),
    (Action.JOURNAL_READ_OWN, "own own own own - own own"),
    (
        Action.JOURNAL_READ,
        "house - house house - - -",
    ),  # who did what with what, never what was said
    (Action.JOURNAL_KEEP, "house - house house - - -"),
    (Action.PERSON_ERASE, "house - house - - - -"),
    (
        Action.PERSON_FIND,
        "house - house - - - -",
    ),  # counts and places, not what is said there
    (Action.PERSON_ANSWER, "house - house - - - -"),
    (Action.PERSON_EXPORT, "- - house - - - -"),  # the words themselves, for the person they are about
    (Action.REGISTER_READ, "house - house house - - -"),
    (Action.REGISTER_CHANGE, "house - house - - - -"),  # who answers for the house, who watches its data
    (Action.INCIDENT_KEEP, "house - house - - - -"),
    (Action.FOLDER_ADMINISTER, "house - - - - - -"),  # a new one is declared on the machine only, never by a page
    (Action.KEY_ADMINISTER, "house - - - - - -"),
    (Action.KEY_USE, "- - - - - - -"),  # a way taken by an application with its key, never by a person
    (Action.TASK_USE, "house house house - - house house"),
    (Action.TASK_ADMINISTER, "house - - - - - -"),
    (Action.WORK_READ, "own own own own - own own"),
    (Action.WORK_WRITE, "own own own own - own own"),
    (Action.WORK_OPEN, "space space space - - space space"),  # what its author shared in a space
    (Action.WORK_SHARE, "space space space - - space space"),
)

MATRIX: Mapping[Action, Mapping[Role, Cell]] = {
    action: dict(zip(ROLES, map(Cell, cells.split()), strict=True)) for action, cells in _ROWS
}

NEEDED: Mapping[Action, Right] = {
    Action.ASK: Right.READ,
    Action.SPACE_READ: Right.READ,
    Action.DOCUMENT_READ: Right.READ,
    Action.DOCUMENT_OPEN: Right.READ,
    Action.SNAPSHOT_KEEP: Right.READ,
    Action.DOCUMENT_ADD: Right.CONTRIBUTE,
    Action.DOCUMENT_TAG: Right.CONTRIBUTE,
    Action.DOCUMENT_PIN: Right.CONTRIBUTE,
    Action.DOCUMENT_DELETE: Right.MANAGE,  # a document one added oneself: Right.CONTRIBUTE, see OWN_NEEDED
    Action.DOCUMENT_TEND: Right.MANAGE,
    Action.SPACE_TEND: Right.MANAGE,
    Action.SPACE_RENAME: Right.MANAGE,
    Action.SPACE_SHARE: Right.MANAGE,
    Action.SPACE_DELETE: Right.MANAGE,
    Action.SPACE_WORDS: Right.MANAGE,
    Action.SPACE_CLASS: Right.MANAGE,
    Action.DOCUMENT_CLASS: Right.MANAGE,
    Action.SPACE_HOLD: Right.MANAGE,
    Action.WORK_OPEN: Right.READ,
    Action.WORK_SHARE: Right.CONTRIBUTE,
}
"""The lowest right in a space for each action that a space decides."""

OWN_NEEDED: Mapping[Action, Right] = {Action.DOCUMENT_DELETE: Right.CONTRIBUTE}
"""Where one's own needs less."""


def cells(action: Action, roles: Iterable[str]) -> frozenset[Cell]:
    """What these roles give for ``action``; an unknown role gives nothing."""
    row = MATRIX[action]
    return frozenset(row[Role(role)] for role in roles if role in ROLES)


def those_with(action: Action, cell: Cell) -> tuple[Role, ...]:
    """The roles whose line for ``action`` says ``cell``."""
    return tuple(role for role in ROLES if MATRIX[action][role] is cell)
