"""``demeure tls``: the certificate of the pages, and the small authority of the house when none was given."""

import asyncio
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import readable
from demeure.cli.terminal import JSON, date, print_json, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demeure.settings import Settings
    from demeure.tls import Facts, Served

_GROUPS = 4


@click.group("tls")
def command() -> None:
    """Le certificat des pages, et la petite autorité de la maison."""


@command.command("init")
@click.option("--name", "hosts", multiple=True, help="Nom que les postes taperont (répétable).")
@click.option("--address", "addresses", multiple=True, help="Adresse que les postes taperont (répétable).")
@click.option("--replace", is_flag=True, help="Remplacer l’autorité : chaque poste installera la nouvelle racine.")
@JSON
@click.pass_obj
def init(
    obj: dict[str, Any], hosts: tuple[str, ...], addresses: tuple[str, ...], replace: bool, as_json: bool
) -> None:
    """Crée l’autorité de la maison et le certificat des pages, pour ces noms et ces adresses."""
    asked = {"hosts": list(hosts), "addresses": list(addresses), "replace": replace}
    told = asyncio.run(_asked(obj, "tls.begin", asked, create=True))
    if as_json:
        print_json(told)
        return
    language = obj["language"]
    _say_made(told, language)
    if alone := here_alone(obj["instance"]):
        line = host_line(told["names"])
        fr = (
            f"Les pages ne sont servies que sur cette machine ({alone}). Pour que d’autres les atteignent, d’abord "
        )
        en = f"Pages are served on this machine only ({alone}). For others to reach them, first write in "
        fr, en = (
            f"{fr}cette ligne dans {obj['instance'] / 'demeure.toml'} :",
            f"{en}{obj['instance'] / 'demeure.toml'}:",
        )
        click.echo(f"{said(language, fr, en)}\n\n    {line}\n")
    click.echo(
        said(
            language,
            "Ensuite : relancez la maison (demeure up), puis faites installer la racine sur chaque poste ; la page "
            "/racine dit comment, et « demeure tls root --out racine.pem » l’écrit. "
            "L’empreinte à mettre sur papier est celle de la racine : demeure tls show.",
            "Next: restart the house (demeure up), then have the root installed on every computer; the page "
            "/racine says how, and “demeure tls root --out root.pem” writes it. "
            "The fingerprint to put on paper is the root’s: demeure tls show.",
        )
    )


def here_alone(instance: Path) -> str:
    """The address that pages are served on when this machine alone can reach it; empty otherwise."""
    from demeure.settings import load
    from demeure.supervisor.given import loopback

    host = load(instance / "demeure.toml").host
    return host if loopback(host) else ""


def host_line(names: "Sequence[str]") -> str:
    """The line of demeure.toml that serves the pages to other machines: on the one address that the certificate
    names, on all of this machine's otherwise."""
    from demeure.settings import is_address
    from demeure.supervisor.given import loopback

    others = [name for name in names if is_address(name) and not loopback(name)]
    return f'host = "{others[0] if len(others) == 1 else "0.0.0.0"}"'  # noqa: S104 - told, not bound


@command.command("renew")
@JSON
@click.pass_obj
def renew(obj: dict[str, Any], as_json: bool) -> None:
    """Renouvelle maintenant le certificat de la maison."""
    told = asyncio.run(_asked(obj, "tls.renew", {}))
    if as_json:
        print_json(told)
    else:
        _say_made(told, obj["language"])


@command.command("show")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], as_json: bool) -> None:
    """Montre le certificat des pages : noms, dates, empreintes."""
    readable(obj["instance"])
    facts, served = presented(obj["instance"])
    rows: list[tuple[str, str, str]] = [
        ("Servi par", "Served by", _origin(served, obj["language"])),
        ("Noms", "Names", ", ".join(facts.names)),
        ("Émetteur", "Issuer", facts.issuer),
        ("Du", "From", date(facts.begins, obj["language"])),
        ("Au", "To", f"{date(facts.ends, obj['language'])} ({_left(facts, obj['language'])})"),
        ("Empreinte SHA-256", "SHA-256 fingerprint", grouped(facts.fingerprint)),
    ]
    if served is not None:
        root = _facts(served.root)
        rows += [
            ("Racine, jusqu’au", "Root, until", date(root.ends, obj["language"])),
            ("Racine, empreinte SHA-256", "Root, SHA-256 fingerprint", grouped(root.fingerprint)),
        ]
    if as_json:
        print_json(_as_json(facts, served))
        return
    for french, english, value in rows:
        click.echo(said(obj["language"], f"{french} : {value}", f"{english}: {value}"))


@command.command("root")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Fichier à écrire.")
@click.pass_obj
def root(obj: dict[str, Any], out: Path | None) -> None:
    """Écrit la racine de la maison, à installer sur les postes (PEM)."""
    from demeure.tls import AuthorityMissing

    readable(obj["instance"])
    served = own_certificate(obj["instance"])
    if served is None:
        raise AuthorityMissing()
    if out is None:
        click.echo(served.root.decode(), nl=False)
        return
    out.write_bytes(served.root)
    print_ = grouped(_facts(served.root).fingerprint)
    click.echo(
        said(obj["language"], f"{out} : racine de la maison, {print_}", f"{out}: root of the house, {print_}")
    )


def presented(instance: Path) -> "tuple[Facts, Served | None]":
    """What the pages are served under: the given certificate, or the house's own. Raises AuthorityMissing,
    CertificateUnusable, KeyElsewhere, GivenUnreadable, GivenExposed, GivenHalf."""
    from demeure.settings import load
    from demeure.tls import AuthorityMissing, check_pair, parts

    settings = load(instance / "demeure.toml")
    if settings.tls_certificate or settings.tls_key:
        return check_pair(*parts(_given(instance, settings))), None
    served = own_certificate(instance)
    if served is None:
        raise AuthorityMissing()
    return check_pair(served.chain, served.key), served


def own_certificate(instance: Path) -> "Served | None":
    """The house's own certificate, unsealed; None when it has none."""
    from demeure.store import Keys, keys_folder, read_house_key
    from demeure.tls import Material

    if not (instance / "keys" / "tls").is_dir():
        return None
    return Material(instance, Keys(read_house_key(instance), keys_folder(instance))).served()


def _given(instance: Path, settings: "Settings") -> bytes:
    """The two files as the launcher reads them, with its refusals."""
    from demeure.supervisor.given import pem, way_in

    way_in(instance, settings)
    return pem(instance, settings)


async def _asked(obj: dict[str, Any], op: str, args: dict[str, Any], *, create: bool = False) -> dict[str, Any]:
    import demeure.tls  # noqa: F401 - its errors come back by their name
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"], create=create) as door:
        return dict((await door.call(op, args)).data)


def _say_made(told: dict[str, Any], language: str) -> None:
    names, end = ", ".join(told["names"]), date(datetime.date.fromisoformat(str(told["ends"])[:10]), language)
    print_ = grouped(told["fingerprint"])
    french = f"Certificat fait pour {names}, jusqu’au {end}. Empreinte du certificat : {print_}"
    english = f"Certificate made for {names}, until {end}. Fingerprint of the certificate: {print_}"
    click.echo(said(language, french, english))


def grouped(fingerprint: str) -> str:
    """``9F3A 00C2 …``: groups of four, to compare with a paper."""
    upper = fingerprint.upper()
    return " ".join(upper[at : at + _GROUPS] for at in range(0, len(upper), _GROUPS))


def _origin(served: "Served | None", language: str) -> str:
    if served is None:
        return said(language, "certificat donné (tls_certificate)", "given certificate (tls_certificate)")
    return said(language, "autorité de la maison", "authority of the house")


def _left(facts: "Facts", language: str) -> str:
    from demeure.clock import SystemClock

    days = facts.days_left(SystemClock().now())
    if days < 0:
        return said(language, "terminé", "over")
    return said(language, f"encore {days} jours", f"{days} days left")


def _facts(pem: bytes) -> "Facts":
    from demeure.tls import facts_of

    return facts_of(pem)


def _as_json(facts: "Facts", served: "Served | None") -> dict[str, Any]:
    root = _facts(served.root) if served else None
    return {
        "origin": "house" if served else "given",
        "names": list(facts.names),
        "issuer": facts.issuer,
        "begins": facts.begins.isoformat(),
        "ends": facts.ends.isoformat(),
        "fingerprint": facts.fingerprint,
        "root": {"fingerprint": root.fingerprint, "ends": root.ends.isoformat()} if root else None,
    }
