"""The instance folder as commands see it: made on first use, its settings read."""

import os
import pwd
from pathlib import Path

import click

from demeure.cli.errors import InstanceOfAnother
from demeure.cli.terminal import said
from demeure.settings import Settings, load

STARTING_SETTINGS = """\
# Réglages de Demeure. La liste complète : docs/settings.md
# Settings of Demeure. The whole list: docs/settings.md
organisation = "{organisation}"
"""


def prepare(instance: Path, language: str, organisation: str = "Ma mairie") -> Settings:
    """Make the folder, its keys and its settings file when they are absent; return the settings.

    Existing keys are never touched. Raises the store's key errors, the settings' errors, InstanceOfAnother,
    JournalGone, JournalShort, BeingErased.
    """
    from demeure.journal.begun import still_there
    from demeure.store import check_keys, create_instance
    from demeure.supervisor.belongings import not_erasing

    own(instance)
    not_erasing(instance)
    if not any((instance / "keys" / name).exists() for name in ("house.key", "house.check")):
        create_instance(instance)
        settings = instance / "demeure.toml"
        if not settings.exists():  # written before the first start, it is the administrator's
            settings.write_text(STARTING_SETTINGS.format(organisation=organisation), encoding="utf-8")
        click.echo(
            said(
                language,
                f"Instance créée : {instance} — gardez une copie de keys/house.key en lieu sûr.",
                f"Instance created: {instance} — keep a copy of keys/house.key in a safe place.",
            ),
            err=True,
        )
    else:
        still_there(instance)
        check_keys(instance)  # here, where it can be said in words: nothing is started on another house's key
    return load(instance / "demeure.toml")


def own(instance: Path) -> None:
    """Raises InstanceOfAnother unless this user owns the instance: what a command writes there must be its owner's,
    also when the command is root's. An absent instance is nobody's."""
    owner = _owner(instance)
    if owner not in (None, os.geteuid()):
        raise of_another(instance)


def readable(instance: Path) -> None:
    """Raises InstanceOfAnother when this user may not look inside; root may."""
    if os.geteuid() != 0:
        own(instance)


def of_another(instance: Path) -> InstanceOfAnother:
    """The error, with the owner's name when this machine knows one."""
    owner = _owner(instance)
    try:
        return InstanceOfAnother(owner=pwd.getpwuid(-1 if owner is None else owner).pw_name)
    except (KeyError, OverflowError):
        return InstanceOfAnother(owner=f"#{owner}")  # sudo takes a number so


def _owner(instance: Path) -> int | None:
    for place in (instance / "keys", instance, *instance.absolute().parents):
        try:
            return place.stat().st_uid
        except PermissionError:
            continue  # the folder is closed to us: its own owner tells
        except OSError:
            return None
    return -1
