"""``demeure engine``: which engine serves, and building one for this processor."""

from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import own, readable
from demeure.cli.terminal import JSON, print_json, said, table, weight

if TYPE_CHECKING:
    from demeure.engine.build import Gain

STEPS = {
    "build": ("Construction pour ce processeur : quelques minutes…", "Building for this processor: some minutes…"),
    "measure": ("Mesure des deux moteurs, à tour de rôle…", "Measuring the two engines, by turns…"),
}


@click.group("engine")
def command() -> None:
    """Le moteur : état, construction pour ce processeur."""


@command.command("status")
@JSON
@click.pass_obj
def status(obj: dict[str, Any], as_json: bool) -> None:
    """Dit quel moteur sert, avec quels modèles, et si la machine leur suffit."""
    from demeure.engine.build import state
    from demeure.engine.models import ModelStore
    from demeure.settings import load

    readable(obj["instance"])
    native, store = state(obj["instance"]), ModelStore(obj["instance"] / "models")
    foreign = load(obj["instance"] / "demeure.toml").engine_command
    active, machine = store.active(), store.machine
    if as_json:
        print_json(
            {
                "engine": "command" if foreign else "native" if native.usable else "wheel",
                "command": foreign,
                **native.__dict__,
                "models": active,
                "machine": machine.__dict__,
            }
        )
        return
    language = obj["language"]
    serves = said(language, f"paquet {native.installed}", f"wheel {native.installed}")
    if native.usable:
        serves = said(language, f"construit ici {native.built}", f"built here {native.built}")
    elif native.built:
        serves += said(
            language,
            f" (le moteur construit ici, {native.built}, n’est plus utilisable : demeure engine build)",
            f" (the engine built here, {native.built}, can no longer be used: demeure engine build)",
        )
    click.echo(said(language, f"Moteur : {foreign or serves}", f"Engine: {foreign or serves}"))
    memory = weight(machine.memory, language)
    click.echo(
        said(
            language,
            f"Machine : {machine.cores} cœurs, {memory}",
            f"Machine: {machine.cores} cores, {memory}",
        )
    )
    for slot, model in active.items():
        click.echo(
            said(
                language,
                f"{slot} : {model['id']} (contexte de {model['context']} jetons, {model['slots']} à la fois)",
                f"{slot}: {model['id']} (context of {model['context']} tokens, {model['slots']} at a time)",
            )
        )


@command.command("build")
@JSON
@click.pass_obj
def build(obj: dict[str, Any], as_json: bool) -> None:
    """Construit le moteur pour ce processeur, et dit ce qu’il y gagne."""
    from demeure.engine.build import build as compile_engine

    own(obj["instance"])
    language = obj["language"]
    gain = compile_engine(obj["instance"], lambda step: click.echo(STEPS[step][language == "en"], err=True))
    if as_json:
        print_json(gain.as_json())
        return
    _show(gain, language)


def _show(gain: "Gain", language: str) -> None:
    ratios = gain.ratios()
    if not ratios:
        click.echo(
            said(
                language,
                "Construit. Aucun modèle n’est utilisé ici : rien à mesurer.",
                "Built. No model is in use here: nothing to measure.",
            )
        )
        return
    words = {
        "chat.prefill": said(language, "lecture de la question", "reading the prompt"),
        "chat.decode": said(language, "écriture de la réponse", "writing the answer"),
        "embed.throughput": said(language, "recherche par le sens", "embedding passages"),
    }
    rows = []
    for name, ratio in ratios.items():
        slot, field = name.split(".")
        before, after = gain.before[slot][field], gain.after[slot][field]
        rows.append((words[name], f"{before:.0f}", f"{after:.0f}", f"× {ratio:.2f}"))
    heads = said(
        language, "jetons par seconde,paquet,construit ici,gain", "tokens per second,wheel,built here,gain"
    )
    table(heads.split(","), rows)
    effect = said(
        language,
        "Il servira au prochain démarrage de la maison.",
        "It will serve when the house starts next.",
    )
    click.echo(effect)
