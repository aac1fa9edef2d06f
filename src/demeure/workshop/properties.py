"""Who wrote a file and when, as its properties say: kept when that says something. Pure."""

import re
from datetime import date

AUTHOR_CHARACTERS = 120
_DAY = re.compile(r"(?:D:)?(\d{4})-?(\d{2})-?(\d{2})")
_NOBODY = frozenset(
    ("user", "utilisateur", "admin", "administrateur", "administrator", "author", "auteur", "unknown", "inconnu",
     "python-docx", "microsoft office user", "utilisateur microsoft office", "windows user", "utilisateur windows",
     "root", "owner", "default", "anonymous", "anonyme", "un-named")
)  # fmt: skip


def author(text: str) -> str:
    """A person's or a service's name; empty for what programs write when nobody said."""
    name = " ".join(text.split())[:AUTHOR_CHARACTERS]
    return "" if name.casefold() in _NOBODY or not any(c.isalpha() for c in name) else name


def day(text: str) -> str:
    """``YYYY-MM-DD`` out of « D:20260312101500 » or « 2026-03-12T10:15:00Z »; empty when it is no day between
    1970 and 2200."""
    found = _DAY.match(text.strip())
    if not found:
        return ""
    try:
        told = date(*map(int, found.groups()))
    except ValueError:
        return ""
    return told.isoformat() if 1970 <= told.year < 2200 else ""
