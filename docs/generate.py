"""Write settings.md, errors.md and rights.md from the code; ``--check`` only says whether they are up to date."""

import importlib
import pkgutil
import re
import sys
from dataclasses import fields
from pathlib import Path

from commands import asked

import demeure
from demeure.errors import known_errors
from demeure.gateway.app import ways
from demeure.gateway.command_actions import COMMAND_ACTIONS
from demeure.policy import MATRIX, NEEDED, OWN_NEEDED, PUBLIC_PAGE, ROLES, Cell, Right
from demeure.settings import Settings

DOCS = Path(__file__).resolve().parent


def settings_page() -> str:
    """One row per setting."""
    lines = [
        "# Settings",
        "",
        "`demeure.toml` in the instance folder, one `name = value` per line. Generated from the code.",
        "",
    ]
    lines += ["| name | type | default | French | English |", "|---|---|---|---|---|"]
    for f in fields(Settings):
        told = f"{f.metadata['fr']} | {f.metadata['en']}"
        lines.append(f"| `{f.name}` | {type(f.default).__name__} | `{f.default!r}` | {told} |")
    return "\n".join(lines) + "\n"


_MANY = re.compile(r"\{(\w+):[^|}]*\|([^}]*)\}")
"""A number with its noun, one or several: shown as several."""


def errors_page() -> str:
    """One row per error, by code."""
    for module in pkgutil.walk_packages(demeure.__path__, "demeure."):
        if module.name.endswith(("errors", "demeure.settings", "wire.channel")):
            importlib.import_module(module.name)
    lines = ["# Errors", "", "Every error a person can meet. Generated from the code.", ""]
    lines += ["| code | French | English | exit | HTTP |", "|---|---|---|---|---|"]
    for code, cls in sorted(known_errors().items()):
        french, english = (_MANY.sub(r"{\1} \2", said) for said in (cls.fr, " ".join((cls.__doc__ or "").split())))
        lines.append(f"| `{code}` | {french} | {english} | {cls.exit_code} | {cls.http_status} |")
    return "\n".join(lines) + "\n"


def rights_page() -> str:
    """The roles of the house, then the rights in a space."""
    said = {Cell.NEVER: "–", Cell.HOUSE: "yes", Cell.OWN: "their own", Cell.SPACE: "by the space"}
    lines = [
        "# Rights",
        "",
        "Who may do what. Generated from `policy/matrix.py`, which is what `policy.decide` applies.",
        "",
        "## By role, in the house",
        "",
        "« by the space »: the role gives nothing by itself, the right in that space decides (second table):",
        "an administrator reads no space they are no member of. A visitor may only sign in. The user of the",
        "machine that runs the house (control door) administers everything but the conversations of others, and",
        "readings on a legal ground (`legal.read`): no role gives these, a second person's grant does, for a time.",
        "",
        "| action | " + " | ".join(role.value for role in ROLES) + " |",
        "|---|" + "---|" * len(ROLES),
    ]
    for action, row in MATRIX.items():
        lines.append(f"| `{action.value}` | " + " | ".join(said[row[role]] for role in ROLES) + " |")
    rights = [right for right in Right if right is not Right.NONE]
    lines += [
        "",
        "## By right, in a space",
        "",
        "Given to people or to groups; the highest counts. « their own »: what they added themselves.",
        "",
        "| action | " + " | ".join(right.label for right in rights) + " |",
        "|---|" + "---|" * len(rights),
    ]
    for action, needed in NEEDED.items():
        own = OWN_NEEDED.get(action, needed)
        cells = ["yes" if r >= needed else said[Cell.OWN] if r >= own else "–" for r in rights]
        lines.append(f"| `{action.value}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, *_every_way(said), *_every_command(said), *_every_line(said)]) + "\n"


def _table(title: str, columns: tuple[str, str], *text: str) -> list[str]:
    """The head of a part: its title, its text, two columns and one for each role."""
    names = (*columns, *(role.value for role in ROLES))
    return ["", f"## {title}", "", *text, "", f"| {' | '.join(names)} |", "|" + "---|" * len(names)]


def _every_way(said: dict[Cell, str]) -> list[str]:
    """Each page and each address of the API × each role."""
    lines = _table(
        "Every way",
        ("way", "action"),
        "Each page and each address of the API, with the action that it asks of policy. The gate decides before",
        "anything runs; « by the space » is decided again on the very thing, by the room that holds it. What is",
        "open to everybody without signing in says « public ». A page or a list that such a room fills (`GET`)",
        "opens to whoever sees pages, and holds nothing where this table says « – » (an auditor's « Documents »).",
    )
    for way in sorted(ways(), key=lambda way: (way.path, way.method)):
        public = way.resource == PUBLIC_PAGE
        cells = ["public" if public else said[MATRIX[way.action][role]] for role in ROLES]
        lines.append(f"| `{way.method} {way.path}` | `{way.action.value}` | " + " | ".join(cells) + " |")
    return lines


def _every_command(said: dict[Cell, str]) -> list[str]:
    """Each operation of the control door × each role."""
    lines = _table(
        "Every command",
        ("operation", "action"),
        "Commands speak to the house through its control door, which opens to the user who runs the house and to",
        "root only: they administer the machine. Each operation asks policy for one action; the columns say which",
        "persons have it on the pages. A reading on a legal ground is asked for and granted by two persons with an",
        "account: no command does.",
    )
    for operation, action in sorted(COMMAND_ACTIONS.items()):
        cells = [said[MATRIX[action][role]] for role in ROLES]
        lines.append(f"| `{operation}` | `{action.value}` | " + " | ".join(cells) + " |")
    return lines


def _every_line(said: dict[Cell, str]) -> list[str]:
    """Each command as it is typed × each role: the least that its operations give."""
    lines = _table(
        "Every command line",
        ("command", "operations"),
        "What each command may ask of the control door, read from its source; the columns say which persons may",
        "do all of that on the pages. What asks nothing works on files alone, with the rights of whoever types it:",
        "those of the house open to the user who runs it and to root, and no role of a person gives it.",
    )
    strictest = (Cell.NEVER, Cell.SPACE, Cell.OWN, Cell.HOUSE)
    for words, operations in sorted(asked().items()):
        rows = [MATRIX[COMMAND_ACTIONS[one]] for one in operations]
        cells = [said[min((row[role] for row in rows), key=strictest.index, default=Cell.NEVER)] for role in ROLES]
        told = ", ".join(f"`{one}`" for one in operations) or "none: files"
        lines.append(f"| `demeure {words}` | {told} | " + " | ".join(cells) + " |")
    return lines


def main() -> int:
    """Write the pages; with --check, 1 when one differs."""
    stale = []
    for name, text in (
        ("settings.md", settings_page()),
        ("errors.md", errors_page()),
        ("rights.md", rights_page()),
    ):
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        print("make docs: not up to date:", ", ".join(stale))  # noqa: T201 - this is a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
