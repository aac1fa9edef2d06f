"""Who asks: a person with a session, the machine's administrator at the control door, or a visitor."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal


class Role(StrEnum):
    """What a person or a system does in the house. What each may do: ``matrix.MATRIX``."""

    ADMINISTRATOR = "administrator"
    REFERENT = "referent"
    DPO = "dpo"
    AUDITOR = "auditor"
    CONTRACTOR = "contractor"
    ELECTED = "elected"
    AGENT = "agent"


SECOND_FACTOR, CHARTER, WINDOW = "second-factor", "charter", "window"
"""Of ``Actor.owes``: a second proof to set up, since their role asks for one; the charter of use to accept; of a
contractor, that nobody opened a window for them, or that this session began without a second proof."""


class Right(IntEnum):
    """What an actor may do in one space; each level holds the ones below. Stored by its lower-case name."""

    NONE = 0
    READ = 1
    CONTRIBUTE = 2
    MANAGE = 3

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, label: str) -> "Right":
        """The right stored as ``label``. Raises KeyError."""
        return cls[label.upper()]


@dataclass(frozen=True)
class Actor:
    """``kind``: ``person`` (a session), ``system`` (a user of the machine, told by the kernel), ``folder`` (a
    watched folder, which feeds one space), ``application`` (a program with a key that somebody owns), ``house``
    (what it does unasked), ``visitor``.

    ``id`` goes to the journal; ``name`` is for people. Of an application: ``behalf``, id of the person whose rights
    it has at most (``roles`` are theirs, now); ``scopes``, what its key was given for; ``spaces``, where. Of a
    person who speaks through a program of theirs: ``key``, the name of its key, and ``scopes``, and ``spaces`` when
    it names some. Of both: ``most``, the rank of the highest class that the key reaches (None: its owner's).
    """

    kind: Literal["person", "system", "folder", "application", "house", "visitor"]
    id: str
    name: str
    roles: frozenset[str] = frozenset()
    behalf: str = ""
    scopes: frozenset[str] = frozenset()
    spaces: frozenset[str] = frozenset()
    key: str = ""
    owes: frozenset[str] = frozenset()
    """What a person must do before anything else: SECOND_FACTOR, CHARTER, WINDOW."""
    most: int | None = None

    @property
    def keyed(self) -> bool:
        """Did they come with a key? Then its scopes are all that they may do."""
        return self.kind == "application" or bool(self.key)

    @property
    def administers(self) -> bool:
        return Role.ADMINISTRATOR in self.roles


MACHINE = "uid:"
"""How the id of an account of the machine begins."""
THE_HOUSE = Actor("house", "house", "la maison")
VISITOR = Actor("visitor", "visitor", "visiteur")


def machine_actor(uid: int, house_uid: int, name: str) -> Actor:
    """The actor at the control door, from the kernel's word (SO_PEERCRED), never from what the peer says.

    The house's own user administers: it can read the house key on disk, so refusing it would protect nothing;
    what it does is written in the journal like the rest. Root is the same by nature. Another user has no role.
    """
    administers = uid in (0, house_uid)
    return Actor("system", f"{MACHINE}{uid}", name, frozenset({Role.ADMINISTRATOR}) if administers else frozenset())


def of_machine(actor: str) -> bool:
    """Is this the id of an account of the machine? Whoever has a shell there may have one of the house too."""
    return actor.startswith(MACHINE)
