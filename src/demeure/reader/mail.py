"""Mail folders (Maildir) by their names alone (pure): nothing of a message is looked at here.

A folder that holds ``cur`` and ``new`` is one. A message is a file there; its name is its own for ever, up to the
marks that follow « :2, » (read, answered…), which change, as does the folder it stands in. What mail programs call
a message begins with a second and a number; whatever carries such marks is one too.
"""

import re

BOXES = ("cur", "new")
_OWN_NAME = re.compile(r"\d{9,}\.[^./]+\.[^/]+")
_MARKS = re.compile(r"[:;!]2,[^/]*$")
"""Where a colon cannot be in a name, mail programs write another sign."""


def message_key(path: str) -> tuple[str, str] | None:
    """(the mail folder, the message's own name) of a message, whatever its marks and its box; None for another
    file."""
    *folders, name = path.split("/")
    own = _MARKS.sub("", name)
    if not folders or folders[-1] not in BOXES or not own or not (own != name or _OWN_NAME.fullmatch(name)):
        return None
    return "/".join(folders[:-1]), own


def subfolder(steps: list[str], at: int) -> bool:
    """Is this step of a path a folder inside a mail folder (« .Sent »), which no rule of hidden names is about?"""
    return steps[at].startswith(".") and at + 1 < len(steps) and steps[at + 1] in BOXES
