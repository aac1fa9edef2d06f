"""``demeure install``: once, as root: user, folders, units, suggestions. ``--dry-run`` prints all of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import JSON, print_json, said
from demeure.errors import InputError

if TYPE_CHECKING:
    from demeure.install import Layout, Plan, Wanted
    from demeure.install.planning import Step

ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/"),
    help="Écrire sous ce dossier, image d’une machine (défaut : cette machine).",
)


@click.command("install")
@click.option("--dry-run", is_flag=True, help="Montrer tout ce qui serait écrit, sans rien écrire.")
@ROOT
@click.option("--user", default="demeure", help="Utilisateur du système qui tient la maison (défaut : demeure).")
@click.option("--data", default="", help="Dossier de l’instance (défaut : /var/lib/demeure/data/1).")
@click.option("--without-systemd", is_flag=True, help="Faire comme si systemd n’était pas là.")
@click.option("--no-start", is_flag=True, help="Ne pas ouvrir la maison maintenant.")
@click.option(
    "--seal-keys",
    is_flag=True,
    help="Donner les clés par systemd, scellées par le TPM s’il y en a un, sinon par la clé de la machine.",
)
@JSON
@click.pass_obj
def command(obj: dict[str, Any], /, dry_run: bool, root: Path, as_json: bool, **more: Any) -> None:
    """Installe Demeure sur cette machine, en root : utilisateur, dossiers, unités, pare-feu proposé."""
    from demeure.install import Layout, apply, plan
    from demeure.install.locking import only_one

    layout = Layout(root.absolute(), more["user"])
    planned = plan(wanted(layout, more))
    if dry_run:
        _printed(planned, obj["language"], as_json)
        return
    became: list[dict[str, str]] = []

    def tell(step: "Step", what: str) -> None:
        became.append({"kind": step.kind, "path": step.path, "became": what})
        if not as_json:
            click.echo(f"{_BECAME[what][obj['language'] == 'en']:>9}  {_line(step, obj['language'])}")

    with only_one(layout):
        planned = plan(wanted(layout, more))  # again: somebody else may have installed since
        apply(planned, layout, tell)
    if as_json:
        print_json({"steps": became})
        return
    what_next(planned, layout, obj["language"])


_BECAME = {"done": ("fait", "done"), "same": ("déjà là", "there"), "elsewhere": ("pas ici", "not here")}


def wanted(layout: "Layout", more: dict[str, Any]) -> "Wanted":
    """What is asked of this machine, from the options and from what stands there."""
    from demeure.install import Wanted
    from demeure.install.layout import CREDENTIALS, DATA, KEYS, PROGRAM

    standing = _standing_data(layout)
    data = more["data"] or (standing or f"{DATA}/data/1")
    if more["data"] and standing and more["data"] != standing:
        fr = f"les données de cette machine sont dans {standing}, et une installation ne les déplace pas"
        en = f"the data of this machine are in {standing}: an installation does not move them"
        raise InputError(detail=fr, detail_en=en)
    host, port, ways = _settings(layout, data)
    program = str(Path(sys.prefix))
    if layout.at(f"{PROGRAM}/current/program").exists():
        program = f"{PROGRAM}/current/program"
    systemd = not more["without_systemd"] and _has_systemd(layout)
    return Wanted(
        program=program,
        user=more["user"],
        data=data,
        host=host,
        port=port,
        systemd=systemd,
        sealed=systemd and (more["seal_keys"] or layout.at(f"{CREDENTIALS}/demeure.{KEYS[0]}").exists()),
        starts=not more["no_start"],
        ways=ways,
    )


def _standing_data(layout: "Layout") -> str:
    """The instance that is in force, or was before the program was taken off; empty before the first time."""
    from demeure.install.layout import LAST
    from demeure.install.points import Points

    point = Points(layout).current()
    if point is not None:
        return layout.said(point.data)
    last = layout.at(LAST)
    return last.read_text(encoding="utf-8").strip() if last.is_file() else ""


def _has_systemd(layout: "Layout") -> bool:
    return layout.at("/run/systemd/system").is_dir() or (
        not layout.whole
        and any(layout.at(path).exists() for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd"))
    )


def _settings(layout: "Layout", data: str) -> tuple[str, int, list[Any]]:
    """(address, port, declared ways out) of the instance; the defaults before it exists."""

    from demeure.airlock.declared import looked_at
    from demeure.install.firewall import Way
    from demeure.settings import load

    instance = layout.at(data)
    settings = load(instance / "demeure.toml")
    ways = [Way(one.id, one.addresses, one.port) for one in looked_at(instance)[0] if one.open]
    return settings.host, settings.port, ways


def _line(step: "Step", language: str) -> str:
    why = step.why[language == "en"]
    if step.kind == "run":
        return f"{step.text} ({why})"
    facts = f"{step.mode:04o} {step.owner}" if step.kind in ("folder", "file", "seal") else step.text
    return f"{step.path} ({why} ; {facts})" if language == "fr" else f"{step.path} ({why}; {facts})"


def _printed(planned: "Plan", language: str, as_json: bool) -> None:
    """All of it: each step, then the text of each file."""
    if as_json:
        print_json({"steps": [vars(step) for step in planned.steps]})
        return
    words = {
        "user": ("utilisateur", "user"),
        "folder": ("dossier", "folder"),
        "file": ("fichier", "file"),
        "point": ("point", "point"),
        "seal": ("clé scellée", "sealed key"),
        "run": ("commande", "command"),
    }
    for step in planned.steps:
        click.echo(f"{words[step.kind][language == 'en']:>11}  {_line(step, language)}")
    for path, text in planned.files().items():
        click.echo(f"\n=== {path}\n{text}", nl=False)
    click.echo(said(language, "\nRien n’a été écrit.", "\nNothing was written."))


def what_next(planned: "Plan", layout: "Layout", language: str) -> None:
    """What a person does now."""
    from demeure.install.layout import CONFIG, KEYS
    from demeure.install.machine import clock_check

    data = planned.wanted.data
    if layout.whole and planned.wanted.systemd and planned.wanted.starts:
        fr = "La maison est ouverte : « demeure link » donne l’adresse des pages et un lien pour y entrer."
        click.echo(said(language, fr, "The house is open: “demeure link” gives the address and a link to enter."))
    click.echo(said(language, f"Données : {data}", f"Data: {data}"))
    suggested = f"{CONFIG}/nftables.suggested.nft"
    fr = f"Pare-feu proposé, à relire : {suggested} (rien n’a été chargé)."
    click.echo(said(language, fr, f"Suggested firewall, to be read: {suggested} (nothing was loaded)."))
    if not planned.wanted.systemd:
        fr = "Sans systemd, ouvrez la maison ainsi : demeure up >> /var/log/demeure/house.log 2>&1"
        click.echo(said(language, fr, "Without systemd: demeure up >> /var/log/demeure/house.log 2>&1"))
    clear = any((layout.at(data) / "keys" / name).exists() for name in KEYS)
    if planned.wanted.sealed and clear:
        fr = f"Les clés sont scellées, mais restent aussi dans {data}/keys : docs/install.md dit quand et comment "
        fr += "les en retirer."
        en = f"Keys are sealed, and still in {data}/keys too: docs/install.md says when and how to take them away."
        click.echo(said(language, fr, en))
    if planned.wanted.sealed:
        _sealed_by(layout, language)
    if layout.whole:
        ok, fr, en = clock_check()
        if not ok:
            click.echo(said(language, fr, en), err=True)


def _sealed_by(layout: "Layout", language: str) -> None:
    """What a thief of the disk alone could do with it."""
    from demeure.install.applying import MACHINE, TPM, sealed_by
    from demeure.install.layout import CREDENTIALS, KEYS

    found = {sealed_by(layout.at(f"{CREDENTIALS}/demeure.{name}")) for name in KEYS}
    if found == {TPM}:
        fr = "Scellées par le TPM : le disque seul ne les ouvre pas."
        click.echo(said(language, fr, "Sealed by the TPM: the disk alone does not open them."))
    elif MACHINE in found:
        fr = "Scellées par la clé de la machine seule (pas de TPM, ou un systemd qui ne s’en sert pas) : elle est "
        fr += "sur ce disque, qui volé entier les ouvre. Chiffrez le disque (LUKS)."
        en = "Sealed by the machine’s key alone (no TPM, or a systemd that uses none): it is on this disk, which "
        en += "opens them if it is stolen whole. Encrypt the disk (LUKS)."
        click.echo(said(language, fr, en))
