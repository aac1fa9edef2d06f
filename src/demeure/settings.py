"""One table of settings: name, type, default, one line of help. Read once from ``demeure.toml``, then frozen.

No setting holds a secret. ``docs/settings.md`` is generated from this table.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from demeure.errors import DemeureError


class SettingUnknown(DemeureError):
    """{file}: the setting “{name}” does not exist. Known settings: see docs/settings.md."""

    fr = "{file} : le réglage « {name} » n’existe pas. Réglages connus : voir docs/settings.md."
    exit_code = 2


class SettingInvalid(DemeureError):
    """{file}: “{name}” must be of type {expected}, found {found}."""

    fr = "{file} : « {name} » doit être de type {expected}, trouvé {found}."
    exit_code = 2


class SettingsUnreadable(DemeureError):
    """{file} is not valid TOML: {detail}."""

    fr = "{file} n’est pas un fichier TOML valable : {detail}."
    exit_code = 2


def setting(default: Any, doc: str) -> Any:
    """A field of the table; ``doc`` is the line of help."""
    return field(default=default, metadata={"help": doc})


@dataclass(frozen=True)
class Settings:
    """Field name ``a_b`` is written ``a_b = value`` at the top level of demeure.toml."""

    host: str = setting("127.0.0.1", "Address the pages are served on; loopback unless TLS is configured.")
    port: int = setting(8420, "Port the pages are served on; 0 lets the system choose one.")
    language: str = setting("fr", "Language of pages and messages: fr or en.")
    organisation: str = setting("Ma mairie", "Name shown at the top of the pages.")
    engine_command: str = setting(
        "", "Path of a llama-server to run instead of the built-in engine; empty: built-in."
    )
    engine_threads: int = setting(0, "Processor threads of the engine; 0: all physical cores seen.")
    engine_context: int = setting(16384, "Tokens of context shared by the slots of the chat model.")
    engine_slots: int = setting(2, "Conversations the chat model may answer at the same time.")
    answer_tokens: int = setting(512, "Longest answer, in tokens.")
    passages: int = setting(5, "Passages found for one question, shown as its sources.")
    prompt_tokens: int = setting(
        250, "About how many tokens the model reads of them: the lines that matter. More suits a larger model."
    )
    upload_megabytes: int = setting(320, "Largest document accepted, in MB.")
    journal_reserve_megabytes: int = setting(64, "Space kept for the journal when the disk is full, in MB.")


def load(path: Path) -> Settings:
    """Read ``path`` (absent: defaults). Raises SettingsUnreadable, SettingUnknown, SettingInvalid."""
    if not path.exists():
        return Settings()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsUnreadable(file=path.name, detail=str(problem)) from problem
    known = {f.name: f for f in fields(Settings)}
    for name, value in data.items():
        if name not in known:
            raise SettingUnknown(file=path.name, name=name)
        expected = type(known[name].default)
        if type(value) is not expected:
            raise SettingInvalid(file=path.name, name=name, expected=expected.__name__, found=type(value).__name__)
    return Settings(**data)
