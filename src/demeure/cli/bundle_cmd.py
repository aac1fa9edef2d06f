"""``demeure bundle``: versions as signed folders, made on a connected machine, installed without a network."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.install_cmd import ROOT
from demeure.cli.terminal import JSON, print_json, said

if TYPE_CHECKING:
    from demeure.install.planning import Step

FOLDER = click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
VKEY = click.option(
    "--vkey", default="", help="Clé publique de qui a fait le lot (défaut : celles déjà acceptées)."
)


@click.group("bundle")
def command() -> None:
    """Lots hors ligne : une version entière dans un dossier signé."""


@command.command("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@JSON
@click.pass_obj
def key(obj: dict[str, Any], file: Path, as_json: bool) -> None:
    """Fait la clé qui signera vos lots, dans un fichier à garder pour soi ; dit sa clé publique."""
    from demeure.release.signing import make_key

    vkey = make_key(file)
    if as_json:
        print_json({"file": str(file), "vkey": vkey})
        return
    click.echo(vkey)
    fr = f"Gardez {file} pour vous. Donnez la clé publique ci-dessus par un autre chemin que les lots."
    click.echo(said(obj["language"], fr, f"Keep {file} to yourself. Give the public key another way."), err=True)


@command.command("create")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Clé qui signe."
)
@click.option("--source", type=click.Path(path_type=Path, file_okay=False), help="Dossier des sources du produit.")
@click.option(
    "--python", default=sys.executable, help="Python pour lequel prendre les bibliothèques (défaut : celui-ci)."
)
@click.option("--without-models", is_flag=True, help="Sans les modèles de l’instance.")
@click.option("--model", "models", multiple=True, help="Seulement ce modèle de l’instance (répétable).")
@click.option("--debian", multiple=True, help="Paquet Debian à joindre, avec ce dont il dépend (répétable).")
@click.option(
    "--wheels",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Prendre les bibliothèques dans ce dossier, sans réseau.",
)
@JSON
@click.pass_obj
def create(obj: dict[str, Any], /, folder: Path, key_file: Path, as_json: bool, **more: Any) -> None:
    """Réunit une version entière dans un dossier neuf, et le signe. Demande le réseau, pour les bibliothèques."""
    from demeure.clock import SystemClock
    from demeure.release import creating, gathering, signing

    source = gathering.checked(more["source"].absolute()) if more["source"] else gathering.sources()
    models = obj["instance"] / "models"
    asked = creating.Making(
        source=source,
        target=folder.absolute(),
        key=signing.signer(key_file),
        clock=SystemClock(),
        python=shutil.which(more["python"]) or more["python"],
        models_of=None if more["without_models"] or not models.is_dir() else models,
        chosen_models=more["models"],
        debian=more["debian"],
        offline=more["wheels"],
        step=(lambda _: None)
        if as_json
        else (lambda name: click.echo(_STEPS[name][obj["language"] == "en"], err=True)),
    )
    manifest = creating.create(asked)
    if as_json:
        print_json(manifest)
        return
    fr = f"Lot {manifest['id']} : {folder}\nClé publique : {asked.key.vkey}"
    click.echo(said(obj["language"], fr, f"Bundle {manifest['id']}: {folder}\nPublic key: {asked.key.vkey}"))


_STEPS = {
    "libraries": ("Bibliothèques…", "Libraries…"),
    "product": ("Le produit…", "The product…"),
    "models": ("Modèles…", "Models…"),
    "debian": ("Paquets Debian…", "Debian packages…"),
    "signed": ("Signé.", "Signed."),
}


@command.command("verify")
@FOLDER
@VKEY
@ROOT
@JSON
@click.pass_obj
def verify(obj: dict[str, Any], bundle: Path, vkey: str, root: Path, as_json: bool) -> None:
    """Vérifie un lot : sa signature, chaque octet, rien en trop. N’écrit rien."""
    from demeure.install import Layout
    from demeure.release.placing import trusted, verified

    manifest = verified(bundle.absolute(), trusted(Layout(root.absolute()), vkey))
    if as_json:
        print_json(manifest)
        return
    language, python = obj["language"], manifest["python"]
    click.echo(said(language, f"ok   lot {manifest['id']}", f"ok   bundle {manifest['id']}"))
    click.echo(said(language, f"     signé par {manifest['signer']}", f"     signed by {manifest['signer']}"))
    models = ", ".join(part["id"] for part in manifest["models"]) or "–"
    click.echo(said(language, f"     modèles : {models}", f"     models: {models}"))
    made_for = f"{python['implementation']} {python['version']} {python['platform']}"
    click.echo(said(language, f"     pour {made_for}", f"     for {made_for}"))


@command.command("install")
@FOLDER
@VKEY
@ROOT
@click.option("--without-systemd", is_flag=True, help="Faire comme si systemd n’était pas là.")
@click.option("--no-start", is_flag=True, help="Ne pas ouvrir la maison maintenant.")
@click.pass_obj
def install(
    obj: dict[str, Any], bundle: Path, vkey: str, root: Path, without_systemd: bool, no_start: bool
) -> None:
    """Installe un lot sur cette machine, sans réseau, en root : programme, modèles, unités, première version."""
    from demeure.cli.install_cmd import wanted, what_next
    from demeure.install import Layout, apply, plan
    from demeure.install.locking import only_one
    from demeure.release.placing import ended, first

    layout, language = Layout(root.absolute()), obj["language"]

    def tell(step: "Step", what: str) -> None:
        if what == "done":
            click.echo(f"  {step.text if step.kind == 'run' else step.path}")

    asked = {"user": layout.user, "data": "", "without_systemd": without_systemd, "seal_keys": False}
    with only_one(layout):
        planned = wanted(layout, asked | {"no_start": no_start})
        point = first(bundle.absolute(), layout, vkey, planned, tell)
        apply(plan(planned), layout)  # starts it, once all is there
        ended(layout)
    fr, en = (
        f"Version {point.version} installée : {point.program}",
        f"Version {point.version} is installed: {point.program}",
    )
    click.echo(said(language, fr, en))
    what_next(plan(planned), layout, language)
