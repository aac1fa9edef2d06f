"""``demeure provider``: identity providers (OpenID Connect), asked through the airlock. Declaring one writes its
file here, by the owner's hand; the house is then told, which writes it in the journal.
"""

from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.routes_words import shut
from demeure.cli.terminal import JSON, confirmed, listed, moment_told, print_json, said, shown


@click.group("provider")
def command() -> None:
    """Entrer par un fournisseur d’identité (OpenID Connect)."""


@command.command("declare")
@click.argument("provider")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@JSON
@click.pass_obj
def declare(obj: dict[str, Any], provider: str, file: Path, as_json: bool) -> None:
    """Déclare un fournisseur, ou le déclare à nouveau : un fichier TOML (docs/directory.md)."""
    from demeure.airlock import find as find_route
    from demeure.providers import keep, led, put_back, read, text_of

    instance, text = obj["instance"], file.read_text(encoding="utf-8", errors="replace")
    made = read(provider, text)
    led(made, find_route(instance, made.route))
    _own(obj)
    before = text_of(instance, provider)
    keep(instance, provider, text)
    try:
        call(obj, "provider.changed", {"provider": provider, "act": "declared"})
    except BaseException:  # what the journal does not say is not declared
        put_back(instance, provider, before)
        raise
    fr = f"Fournisseur déclaré : {provider}. Vérifier : demeure provider check {provider}."
    en = f"Provider declared: {provider}. Check it: demeure provider check {provider}."
    shown(obj, {"provider": provider, "route": made.route}, as_json, fr, en)


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les fournisseurs et les comptes qui entrent par eux."""
    answer = call(obj, "provider.list", {})
    rows = answer["providers"]
    for wrong in answer["unusable"]:
        click.echo(wrong[obj["language"]], err=True)
    if as_json:
        print_json(rows)
        return
    language = obj["language"]
    columns = said(
        language, "fournisseur,nom,route,comptes,dernier emploi", "provider,name,route,accounts,last use"
    )
    table = [
        (r["id"], r["label"], _route(language, r), str(r["accounts"]), moment_told(r["used"], language))
        for r in rows
    ]
    listed(language, columns, table, "Aucun fournisseur n’est déclaré.", "No provider is declared.")


def _route(language: str, row: dict[str, Any]) -> str:
    """Its route, and what is wrong with it."""
    if not row["leads"]:
        wrong = said(language, " (ne mène plus à son issuer)", " (no longer leads to its issuer)")
    else:
        wrong = shut(row, language)
    return f"{row['route']}{wrong}"


@command.command("check")
@click.argument("provider")
@JSON
@click.pass_obj
def check(obj: dict[str, Any], provider: str, as_json: bool) -> None:
    """Lit ce que le fournisseur dit de lui-même et ses clés."""
    answer = call(obj, "provider.check", {"provider": provider})
    fr = f"{provider} : {answer['authorization']}, {answer['keys']} clés de signature."
    en = f"{provider}: {answer['authorization']}, {answer['keys']} signing keys."
    shown(obj, answer, as_json, fr, en)


@command.command("remove")
@click.argument("provider")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], provider: str, yes: bool, as_json: bool) -> None:
    """Retire un fournisseur : les comptes restent, un lien leur donnera un mot de passe."""
    from demeure.providers import known
    from demeure.providers import remove as forget

    _own(obj)
    known(obj["instance"], provider)
    fr = f"Retirer le fournisseur « {provider} » ? Plus personne n’entrera par lui."
    confirmed(obj["language"], yes, fr, f"Remove the provider “{provider}”? Nobody will come in by it.")
    answer = call(obj, "provider.changed", {"provider": provider, "act": "removed"})
    forget(obj["instance"], provider)
    shown(obj, answer, as_json, f"Fournisseur retiré : {provider}", f"Provider removed: {provider}")


def _own(obj: dict[str, Any]) -> None:
    from demeure.cli.errors import InstanceMissing
    from demeure.cli.instance import own

    own(obj["instance"])
    if not (obj["instance"] / "keys").is_dir():
        raise InstanceMissing(instance=str(obj["instance"]))
