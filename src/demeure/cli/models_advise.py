"""``demeure models advise``: open models for this machine and what the organisation accepts, with reasons."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import JSON, print_json, said, table, weight

if TYPE_CHECKING:
    from demeure.sizing import Advice, Machine, Pace

_FACTS = {
    "publisher": ("éditeur", "publisher"),
    "country": ("pays", "country"),
    "licence": ("licence", "licence"),
    "free": ("licence libre", "free licence"),
    "parameters": ("paramètres", "parameters"),
    "active": ("paramètres actifs par jeton", "parameters active for a token"),
    "layers": ("couches", "layers"),
    "hidden": ("dimension interne", "hidden size"),
    "heads": ("têtes d’attention", "attention heads"),
    "kv_heads": ("têtes de clés et valeurs", "key-value heads"),
    "head_dim": ("dimension d’une tête", "size of a head"),
    "vocabulary": ("jetons du vocabulaire", "tokens of the vocabulary"),
    "context": ("contexte (jetons)", "context (tokens)"),
    "untied": ("plongements d’entrée et de sortie séparés", "input and output embeddings apart"),
    "kv_elements": ("clés et valeurs gardées par jeton", "keys and values kept for a token"),
    "kv_window": ("clés et valeurs d’une fenêtre", "keys and values of a window"),
    "state_bytes": ("état récurrent (octets)", "recurrent state (bytes)"),
    "q4_k_m": ("fichier Q4_K_M (octets)", "file, Q4_K_M (bytes)"),
    "q8_0": ("fichier Q8_0 (octets)", "file, Q8_0 (bytes)"),
    "repository": ("dépôt", "repository"),
    "gguf": ("dépôt des fichiers GGUF", "repository of GGUF files"),
    "engine": ("lu par llama.cpp", "read by llama.cpp"),
    "languages": ("langues", "languages"),
    "french": ("français annoncé", "French announced"),
    "euroeval_rank": ("rang EuroEval, français", "EuroEval rank, French"),
    "released": ("paru", "released"),
    "attention": ("attention", "attention"),
    "dimensions": ("dimensions d’un vecteur", "dimensions of a vector"),
}
"""Fact of the catalogue → its name, French and English."""

TASKS = ("chat", "embed", "rerank", "speech")


@click.command("advise")
@click.option(
    "--task", type=click.Choice(TASKS), default="chat", help="Pour répondre, chercher, reclasser ou transcrire."
)
@click.option(
    "--memory", type=click.IntRange(1, 4096), default=None, help="Go de mémoire, au lieu de ceux de cette machine."
)
@click.option("--europe", is_flag=True, help="Éditeur en Europe seulement.")
@click.option("--french", is_flag=True, help="Français annoncé par l’éditeur seulement.")
@click.option("--licence", "licences", multiple=True, help="Licence permise ; plusieurs fois.")
@click.option("--any-licence", is_flag=True, help="Licences à conditions comprises.")
@click.option("--all", "everything", is_flag=True, help="Aussi ceux qui ne conviennent pas, et pourquoi.")
@click.option("--facts", default=None, metavar="MODEL", help="Tout ce qui est su d’un modèle, et d’où.")
@JSON
@click.pass_obj
def advise(
    obj: dict[str, Any],
    task: str,
    memory: int | None,
    europe: bool,
    french: bool,
    licences: tuple[str, ...],
    any_licence: bool,
    everything: bool,
    facts: str | None,
    as_json: bool,
) -> None:
    """Conseille des modèles ouverts pour cette machine et vos conditions, avec les raisons. Ne va rien chercher."""
    from demeure.engine.models import this_machine
    from demeure.sizing import Wanted, advised

    if facts:
        _facts(facts, obj["language"], as_json)
        return
    available = memory * 10**9 if memory else this_machine().memory
    machine = _measured(obj["instance"]) if task == "chat" and not memory else None
    found = advised(available, Wanted(task, frozenset(licences), any_licence, europe, french), machine)
    if as_json:
        print_json({"memory": available, "models": [one.as_json() for one in found]})
        return
    language = obj["language"]
    shown = [one for one in found if one.kept or everything]
    if not shown:
        click.echo(
            said(language, "Aucun modèle ne convient : --all dit pourquoi.", "No model suits: --all says why.")
        )
        return
    rows = []
    for one in shown:
        need = "?" if one.needed is None else ("" if one.exact else "~") + weight(one.needed, language)
        reasons = said(language, "\u00a0; ", "; ").join(said(language, fr, en) for _, fr, en in one.reasons)
        cells = [one.model.id, _mark(one, language), need]
        cells += [_pace(one.pace, language)] if machine else []
        rows.append([*cells, one.model.get("licence") or "?", one.model.good(language), reasons])
    heads = said(
        language, "modèle|convient|mémoire|licence|bon pour|raisons", "model|suits|memory|licence|good for|reasons"
    ).split("|")
    heads[3:3] = [said(language, "premier mot, jetons/s", "first word, tokens/s")] if machine else []
    table(heads, rows)
    if machine and machine.outdated:
        fr = "Mesuré ici avec les formules d’avant : demeure bench machine, pour des vitesses justes."
        en = "Measured here with the formulas of before: demeure bench machine, for right speeds."
        click.echo(said(language, fr, en), err=True)
    if task == "chat" and not memory:
        click.echo(said(language, *((_PACED_FR, _PACED_EN) if machine else (_UNPACED_FR, _UNPACED_EN))), err=True)


_PACED_FR = (
    "Prévu pour une personne seule, une question de 1 500 jetons lus ; « lent » : plus d’une minute jusqu’au "
    "premier mot, ou moins de 4 jetons par seconde. À plusieurs : demeure size --people N."
)
_PACED_EN = (
    "Predicted for one person alone, a question of 1,500 tokens read; “slow”: over a minute to the first word, "
    "or fewer than 4 tokens a second. For several: demeure size --people N."
)
_UNPACED_FR = (
    "« oui » : la mémoire suffit. La vitesse ici n’est pas connue : demeure bench machine la mesure en trois "
    "minutes."
)
_UNPACED_EN = (
    "“yes”: there is memory enough. How fast it is here is not known: demeure bench machine measures it, in "
    "three minutes."
)


def _measured(instance: Path) -> "Machine | None":
    """This machine as it was measured; what cannot be read any more hides no advice."""
    from demeure.cli.size_cmd import measured_here
    from demeure.sizing.errors import BenchUnreadable

    with suppress(BenchUnreadable):
        return measured_here(instance)
    return None


def _mark(one: "Advice", language: str) -> str:
    if not one.kept:
        return said(language, "non", "no")
    return said(language, "lent", "slow") if one.pace and one.pace.slow else said(language, "oui", "yes")


def _pace(pace: "Pace | None", language: str) -> str:
    """« 3,2 s, 11 »."""
    if pace is None:
        return "?"
    first = f"{pace.first:.1f} s" if pace.first < 10 else f"{pace.first:.0f} s"
    return said(language, first.replace(".", ","), first) + f", {pace.speed:.0f}"


def _facts(name: str, language: str, as_json: bool) -> None:
    from demeure.sizing import open_model

    model = open_model(name)
    if as_json:
        print_json(model.as_json())
        return
    click.echo(f"{model.id} : {model.good(language)}")
    unread = said(language, "de mémoire, non relu", "from memory, not read again")
    rows = [
        (said(language, *_FACTS[key]), _value(fact.value, language), fact.source if fact.read_again else unread)
        for key, fact in model.facts.items()
    ]
    table(said(language, "fait,valeur,source", "fact,value,source").split(","), rows)


def _value(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return said(language, "oui", "yes") if value else said(language, "non", "no")
    return str(value)


def fetched_as(name: str) -> str:
    """What « models pull » fetches under a ``name`` that advice and sizing give: that of the model's file."""
    from demeure.sizing import open_models

    return next((one.file for one in open_models() if one.id == name and one.file), name)
