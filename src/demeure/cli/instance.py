"""The instance folder as commands see it: made on first use, its settings read."""

from pathlib import Path

import click

from demeure.cli.terminal import said
from demeure.settings import Settings, load

STARTING_SETTINGS = """\
# Réglages de Demeure. La liste complète : docs/settings.md
# Settings of Demeure. The whole list: docs/settings.md
organisation = "{organisation}"
"""


def prepare(instance: Path, language: str, organisation: str = "Ma mairie") -> Settings:
    """Make the folder, its keys and its settings file when they are absent; return the settings.

    Existing keys are never touched. Raises the store's key errors and the settings' errors.
    """
    from demeure.store import create_instance

    if not (instance / "keys" / "house.key").exists():
        create_instance(instance)
        (instance / "demeure.toml").write_text(
            STARTING_SETTINGS.format(organisation=organisation), encoding="utf-8"
        )
        click.echo(
            said(
                language,
                f"Instance créée : {instance} — gardez une copie de keys/house.key en lieu sûr.",
                f"Instance created: {instance} — keep a copy of keys/house.key in a safe place.",
            ),
            err=True,
        )
    return load(instance / "demeure.toml")
