"""``demeure hooks``: webhooks, which leave by the airlock only. Declaring one writes its file here, by the owner's
hand; the house is then told, which writes it in the journal.
"""

from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.routes_words import shut
from demeure.cli.terminal import JSON, confirmed, listed, moment_told, print_json, said, shown


@click.group("hooks")
def command() -> None:
    """Raconte dehors des entrées du journal, par une route du sas."""


@command.command("declare")
@click.argument("hook")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@JSON
@click.pass_obj
def declare(obj: dict[str, Any], hook: str, file: Path, as_json: bool) -> None:
    """Déclare un webhook, ou le déclare à nouveau : un fichier TOML (docs/airlock.md)."""
    from demeure.airlock import find as find_route
    from demeure.hooks import HookInvalid, keep, put_back, read, text_of

    instance, text = obj["instance"], file.read_text(encoding="utf-8", errors="replace")
    made = read(hook, text)
    if find_route(instance, made.route).kind != "webhook":
        fr, en = (
            f"la route « {made.route} » n’est pas de genre webhook.",
            f"the route “{made.route}” is of another kind.",
        )
        raise HookInvalid(hook=hook, detail=fr, detail_en=en)
    _own(obj)
    before = text_of(instance, hook)
    keep(instance, hook, text)
    try:
        call(obj, "hooks.changed", {"hook": hook, "act": "declared", "new": before is None})
    except BaseException:  # what the journal does not say is not declared
        put_back(instance, hook, before)
        raise
    fr, en = f"Webhook déclaré : {hook}.", f"Webhook declared: {hook}."
    shown(obj, {"hook": hook, "route": made.route}, as_json, fr, en)


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les webhooks, ce qui a été reçu, ce qui attend ou fut abandonné."""
    answer = call(obj, "hooks.list", {})
    rows = answer["hooks"]
    for wrong in answer["unusable"]:
        click.echo(wrong[obj["language"]], err=True)
    if as_json:
        print_json(rows)
        return
    columns = said(
        obj["language"],
        "webhook,route,reçus,dernier,abandonnés,essais,erreur",
        "webhook,route,received,last,given up,tries,error",
    )
    table = [
        (
            r["id"],
            r["route"] + shut(r, obj["language"]),
            str(r["sent"]),
            moment_told(r["used"], obj["language"]),
            str(r["lost"]),
            str(r["tries"]),
            r["why"][obj["language"]] or "-",
        )
        for r in rows
    ]
    listed(obj["language"], columns, table, "Aucun webhook n’est déclaré.", "No webhook is declared.")


@command.command("test")
@click.argument("hook")
@JSON
@click.pass_obj
def test(obj: dict[str, Any], hook: str, as_json: bool) -> None:
    """Envoie un événement qui ne dit rien."""
    answer = call(obj, "hooks.test", {"hook": hook})
    shown(obj, answer, as_json, f"Reçu : HTTP {answer['status']}", f"Received: HTTP {answer['status']}")


@command.command("remove")
@click.argument("hook")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], hook: str, yes: bool, as_json: bool) -> None:
    """Retire un webhook : plus rien n’est raconté."""
    from demeure.hooks import known
    from demeure.hooks import remove as forget

    _own(obj)
    known(obj["instance"], hook)
    confirmed(obj["language"], yes, f"Retirer le webhook « {hook} » ?", f"Remove the webhook “{hook}”?")
    answer = call(obj, "hooks.changed", {"hook": hook, "act": "removed"})
    forget(obj["instance"], hook)
    shown(obj, answer, as_json, f"Webhook retiré : {hook}", f"Webhook removed: {hook}")


def _own(obj: dict[str, Any]) -> None:
    from demeure.cli.errors import InstanceMissing
    from demeure.cli.instance import own

    own(obj["instance"])
    if not (obj["instance"] / "keys").is_dir():
        raise InstanceMissing(instance=str(obj["instance"]))
