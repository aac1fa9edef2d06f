"""``demeure update``: another version from a bundle, or the one before; what runs, when nothing is asked."""

import asyncio
from pathlib import Path
from typing import Any

import click

from demeure.cli.bundle_cmd import VKEY
from demeure.cli.install_cmd import ROOT
from demeure.cli.terminal import JSON, day_told, moment_told, print_json, said


@click.command("update")
@click.argument("bundle", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--back", is_flag=True, help="Revenir à la version d’avant.")
@click.option(
    "--lose-since",
    is_flag=True,
    help="Avec --back : accepter que les données reviennent aussi, si leur schéma a changé.",
)
@click.option("--look", is_flag=True, help="Vérifier le lot et s’il conviendrait ici, sans rien changer.")
@click.option("--without-backup", is_flag=True, help="Sans faire de sauvegarde vérifiée d’abord.")
@click.option(
    "--resume",
    is_flag=True,
    help="Régler une mise à jour interrompue. systemd le demande à chaque démarrage.",
)
@VKEY
@ROOT
@click.option("--trial", hidden=True, default="", help="")
@click.option("--note", hidden=True, default="", help="")
@JSON
@click.pass_obj
def command(
    obj: dict[str, Any], /, bundle: Path | None, back: bool, root: Path, as_json: bool, **more: Any
) -> None:
    """Met à jour depuis un lot, sans réseau : essai sur une copie, bascule d’un coup, retour automatique si elle
    échoue. Sans rien : dit ce qui tourne."""
    from demeure.install import Layout
    from demeure.release import updating
    from demeure.release.service import Service

    if more["trial"] or more["note"]:
        _inside(obj, more["trial"], more["note"])
        return
    layout, language = Layout(root.absolute()), obj["language"]
    if more["resume"]:
        _resumed(layout, language, as_json)
        return
    if bundle is None and not back:
        _standing(layout, language, as_json)
        return
    asked = updating.Asked(
        layout,
        (bundle or Path()).absolute(),
        more["vkey"],
        backup=not more["without_backup"],
        step=(lambda _: None) if as_json else lambda name: click.echo(_STEPS[name][language == "en"], err=True),
    )
    if more["look"]:
        if bundle is None:
            raise click.UsageError("BUNDLE")
        _looked(updating.look(asked), language, as_json)
        return
    point = updating.back(asked, lose=more["lose_since"]) if back else updating.update(asked)
    if as_json:
        print_json(vars(point))
        return
    fr, en = f"Version {point.version} en service.", f"Version {point.version} is in force."
    click.echo(said(language, fr, en))
    _aside(layout, language)
    if not Service(layout).managed:
        click.echo(said(language, "Ouvrez la maison : demeure up.", "Open the house: demeure up."), err=True)


def _looked(manifest: dict[str, Any], language: str, as_json: bool) -> None:
    version, made = manifest["version"], manifest["created"]
    if as_json:
        print_json({"version": version, "created": made, "fits": True})
        return
    fr = f"La version {version} du {day_told(made, 'fr')} conviendrait ici. Rien n’a changé."
    click.echo(said(language, fr, f"Version {version} of {made[:10]} would do here. Nothing was changed."))


_STEPS = {
    "verified": ("Lot vérifié.", "Bundle verified."),
    "accepted": ("Plus récent, et fait pour cette machine.", "Newer, and made for this machine."),
    "backed up": ("Sauvegarde.", "Backup."),
    "built": ("Programme installé à côté.", "Program installed beside."),
    "stopped": ("Maison fermée.", "House closed."),
    "copied": ("Données copiées.", "Data copied."),
    "tried": ("Copie migrée et éprouvée.", "Copy migrated and tried."),
    "kept": ("Point de retour gardé.", "Point of return kept."),
    "switched": ("Basculé.", "Switched."),
    "answers": ("La maison répond.", "The house answers."),
    "noted": ("Écrit au journal.", "Written in the journal."),
    "swept": ("Anciennes versions retirées, sauf la précédente.", "Older versions removed, but the one before."),
}


def _resumed(layout: Any, language: str, as_json: bool) -> None:
    """What was cut is settled; nothing is said to be done where nothing was."""
    from demeure.install.points import Points
    from demeure.release import resuming
    from demeure.release.service import Service

    became = resuming.resume(layout)
    points = Points(layout)
    now = points.current()
    version = now.version if now else ""
    aside = [point.data for point in points.all().values() if point.kept][-1:] if became == resuming.ASIDE else []
    if as_json:
        print_json({"became": became, "version": version, "aside": "".join(aside)})
        return
    fr, en = _RESUMED[became]
    fields = {"version": version, "aside": "".join(aside)}
    click.echo(said(language, fr.format(**fields), en.format(**fields)))
    if became not in (resuming.NEITHER, resuming.AT_WORK) and not Service(layout).managed:
        click.echo(said(language, "Ouvrez la maison : demeure up.", "Open the house: demeure up."), err=True)


_RESUMED = {
    "former": (
        "Le changement de version avait été interrompu avant sa fin : version {version} en service.",
        "The change of version had been cut before its end: version {version} is in force.",
    ),
    "new": (
        "Interrompu après la bascule : version {version} en service. Si son lot porte des modèles, redonnez-le.",
        "Cut after the switch: version {version} is in force. If its bundle holds models, give it again.",
    ),
    "aside": (
        "L’autre version ne répondait pas : {version} est en service ; ce qui suit la bascule est dans {aside}.",
        "The other version did not answer: {version} is in force; what came since is in {aside}.",
    ),
    "none": ("Rien n’a été interrompu.", "Nothing had been cut."),
    "running": (
        "Une installation ou une mise à jour est en cours\u202f: rien n’est à régler tant qu’elle n’a pas fini.",
        "An installation or an update is running: nothing is to be settled until it has ended.",
    ),
}


def _standing(layout: Any, language: str, as_json: bool) -> None:
    """What runs, since when, and what there is to go back to."""
    from demeure.install.points import Points
    from demeure.release.errors import NotInstalledHere

    points = Points(layout)
    now = points.current()
    if now is None:
        raise NotInstalledHere(path=str(layout.current))
    before, aside = points.all().get(now.former), points.aside(now)
    _page_again(layout, Path(now.data), aside)
    if as_json:
        print_json({"now": vars(now), "former": vars(before) if before else None, "aside": aside})
        return
    same = before is not None and before.version == now.version  # told apart by the hours of their bundles
    told = moment_told if same else day_told
    made, installed = told(now.created, language), moment_told(now.made, language)
    fr = f"Version {now.version}, en service depuis le {installed} ; son lot est du {made}."
    click.echo(said(language, fr, f"Version {now.version}, in force since {installed}; its bundle is of {made}."))
    if before:
        of = f"{before.version}, {told(before.created, language)}" if same else before.version
        fr = f"Version d’avant, gardée : {of} (demeure update --back)."
        click.echo(said(language, fr, f"Version before, kept: {of} (demeure update --back)."))
    else:
        click.echo(said(language, "Aucune version d’avant n’est gardée.", "No version before is kept."))
    _aside(layout, language)


def _page_again(layout: Any, data: Path, aside: tuple[str, ...]) -> None:
    """Somebody removed what the page Version still tells. Only root writes it."""
    import os
    from contextlib import suppress

    from demeure.release import placing, standing
    from demeure.release.owner import Failed

    told = standing.read(data)
    if os.geteuid() == 0 and told is not None and told.aside != aside:
        with suppress(OSError, Failed):
            placing.standing(layout)


def _aside(layout: Any, language: str) -> None:
    """Data that were gone back from lie here, and nobody removes them."""
    from demeure.install.points import Points

    points = Points(layout)
    now = points.current()
    for path in points.aside(now) if now else ():
        fr = f"Données restées de côté, que la maison en service n’a pas\u00a0: {path}"
        click.echo(said(language, fr, f"Data left aside, that the house in force does not have: {path}"))


def _inside(obj: dict[str, Any], trial: str, note: str) -> None:
    """What an update asks of a program on its own data: to migrate and open them, and to write in their journal."""
    from demeure.cli.house import reach
    from demeure.release.trial import migrated

    found = migrated(obj["instance"]) if trial else {}

    async def go() -> None:
        async with reach(obj["instance"], obj["language"]) as door:
            if trial:
                (await door.call("doctor")).data["checks"]
            what = "updated" if trial else "returned"
            await door.call("release.changed", {"what": what, "about": trial or note})

    if trial and not found:  # a house that never opened holds nothing yet
        print_json({})
        return
    asyncio.run(go())
    print_json(found)
