"""What the doctor asks of the certificate: how long, for which names, who may read the key."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from demeure.errors import counted

if TYPE_CHECKING:
    from demeure.tls import Facts, Served

SOON, ROOT_SOON = 30, 365
"""Days: a certificate of the house is renewed 60 days before its end, so fewer than 30 means that it was not."""
Row = tuple[str, bool | None, str, str]


def examine_tls(instance: Path) -> list[Row]:
    """(name, ok, French, English) of each check. Raises the errors of ``tls_cmd.presented`` and PlainRefused."""
    from demeure.cli.tls_cmd import presented
    from demeure.settings import load
    from demeure.supervisor.given import PLAIN, way_in

    if not (instance / "keys").exists():
        return []
    settings = load(instance / "demeure.toml")
    if way_in(instance, settings) == PLAIN:
        fr, en = "Pages en clair, pour cette machine seule.", "Pages in clear, for this machine alone."
        return [("tls", True, fr, en)]
    facts, served = presented(instance)
    return [*_dates(facts, served), _names(facts, settings.host), *_rights(instance)]


def _dates(facts: "Facts", served: "Served | None") -> Iterator[Row]:
    from demeure.clock import SystemClock
    from demeure.tls import facts_of

    days = facts.days_left(SystemClock().now())
    french, english = counted(abs(days), "jour", "jours"), counted(abs(days), "day", "days")
    fr, en = f"Certificat des pages : encore {french}", f"Certificate of the pages: {english} left"
    if days < 0:
        fr, en = f"Certificat des pages : terminé depuis {french}", f"The certificate ended {english} ago"
    if days < SOON and served is not None:
        fr, en = f"{fr} ; demeure tls renew.", f"{en}; demeure tls renew."
    elif days < SOON:
        fr, en = f"{fr} ; remplacez les fichiers donnés.", f"{en}; replace the given files."
    else:
        fr, en = f"{fr}.", f"{en}."
    yield ("tls-days", days >= SOON, fr, en)
    if served is not None:
        days = facts_of(served.root).days_left(SystemClock().now())
        ok = days >= ROOT_SOON
        french, english = counted(days, "jour", "jours"), counted(days, "day", "days")
        fr, en = f"Racine de la maison : encore {french}", f"Root of the house: {english} left"
        more = (
            ("", "") if ok else (" ; préparez demeure tls init --replace", "; prepare demeure tls init --replace")
        )
        yield ("tls-root", ok, f"{fr}{more[0]}.", f"{en}{more[1]}.")


def _names(facts: "Facts", host: str) -> Row:
    """An address that stands for all of them says nothing of what people type. On one that this machine alone
    reaches, no name leads anybody else to the pages."""
    from demeure.cli.tls_cmd import host_line
    from demeure.supervisor.given import loopback

    names = ", ".join(facts.names) or "–"
    if host in ("0.0.0.0", "::") or facts.covers(host):  # noqa: S104 - compared, not bound
        return ("tls-names", True, f"Noms du certificat : {names}.", f"Names of the certificate: {names}.")
    if loopback(host):
        line = host_line(facts.names)
        fr = f"Les pages sont servies sur {host}, que cette machine seule atteint, et le certificat est pour "
        fr += f"{names}\u00a0: écrivez {line} dans demeure.toml, puis relancez la maison."
        en = f"Pages are served on {host}, which this machine alone reaches, and the certificate is for {names}: "
        en += f"write {line} in demeure.toml, then restart the house."
        return ("tls-names", None, fr, en)
    fr = f"Les pages sont servies sur {host}, que le certificat ne nomme pas ({names}) : tapez un de ses noms."
    en = f"Pages are served on {host}, which the certificate does not name ({names}): type one of its names."
    return ("tls-names", None, fr, en)


def _rights(instance: Path) -> Iterator[Row]:
    """A given key's rights were looked at when it was read; the house's own files are sealed, and still private."""
    files = [path for path in (instance / "keys" / "tls").rglob("*") if path.is_file()]
    open_ones = [path for path in files if path.stat().st_mode & 0o077]
    if open_ones:
        path = open_ones[0]
        mode = f"{stat.S_IMODE(path.stat().st_mode):04o}"
        fr, en = f"{path} a les droits {mode} : chmod 600.", f"{path} has rights {mode}: chmod 600."
        yield ("tls-key", False, fr, en)
        return
    fr, en = "La clé TLS n’est lisible que de la maison.", "Only the house can read the TLS key."
    yield ("tls-key", True, fr, en)
