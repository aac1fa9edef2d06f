"""One person as a value, and the rules of a name and of a login (pure)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from demeure.identity.errors import LoginInvalid, NameUnusable
from demeure.policy import Actor, Role

SEED = ("Administrateur", "administrateur")
"""Name and login of the account that the machine makes before anyone can sign in; its holder chooses others."""
DIRECTORY_PASSWORD = "directory:"  # noqa: S105 - it marks the absence of one
"""What is kept instead of a password, then the id of the declared directory that checks it."""
PROVIDER_PASSWORD = "provider:"  # noqa: S105 - as above
"""The same for who comes in by an identity provider: no password opens it, a link may give one."""
_LOGIN = re.compile(r"[^\W_][\w.@+-]{1,63}")


@dataclass(frozen=True)
class Person:
    """``has_password``: False until they chose one. ``open``: may they come in? ``elsewhere``: who says that it is
    them, ``directory`` or ``provider``; empty: a password of the house, or none yet."""

    id: str
    name: str
    login: str
    role: Role
    has_password: bool = False
    open: bool = True
    elsewhere: str = ""

    @property
    def actor(self) -> Actor:
        return Actor("person", self.id, self.name, frozenset({self.role}))


def person_of(row: Any) -> Person:
    """From a row of the table."""
    marks = {DIRECTORY_PASSWORD: "directory", PROVIDER_PASSWORD: "provider"}
    by = next((told for mark, told in marks.items() if (row.password or "").startswith(mark)), "")
    return Person(row.id, row.name, row.login, Role(row.role), row.password is not None, not row.disabled, by)


def clean_login(login: str) -> str:
    """One spelling: what is typed with a capital or a space around is the same. Raises LoginInvalid."""
    found = plain_login(login)
    if not _LOGIN.fullmatch(found):
        raise LoginInvalid()
    return found


def plain_login(login: str) -> str:
    """As ``clean_login``, for a try at the door: garbage is let through, it is nobody's."""
    writable = login.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", writable).strip().casefold()


def clean_name(name: str) -> str:
    """One line of visible signs, 1 to 80. Raises NameUnusable."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", name))
    found = " ".join(shown.split())
    if not 1 <= len(found) <= 80:
        raise NameUnusable()
    return found


def is_seed(person: Person) -> bool:
    """The account of a new house, that nobody has taken yet."""
    seed = (person.name, person.login) == SEED and person.role is Role.ADMINISTRATOR
    return seed and not person.has_password
