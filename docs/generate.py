"""Write docs/settings.md and docs/errors.md from the code; ``--check`` only says whether they are up to date."""

import importlib
import pkgutil
import sys
from dataclasses import fields
from pathlib import Path

import demeure
from demeure.errors import known_errors
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


def errors_page() -> str:
    """One row per error, by code."""
    for module in pkgutil.walk_packages(demeure.__path__, "demeure."):
        if module.name.endswith(("errors", "demeure.settings", "wire.channel")):
            importlib.import_module(module.name)
    lines = ["# Errors", "", "Every error a person can meet. Generated from the code.", ""]
    lines += ["| code | French | English | exit | HTTP |", "|---|---|---|---|---|"]
    for code, cls in sorted(known_errors().items()):
        english = " ".join((cls.__doc__ or "").split())
        lines.append(f"| `{code}` | {cls.fr} | {english} | {cls.exit_code} | {cls.http_status} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the pages; with --check, 1 when one differs."""
    stale = []
    for name, text in (("settings.md", settings_page()), ("errors.md", errors_page())):
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
