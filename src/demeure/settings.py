"""One table of settings: name, type, default, one line of help. Read once from ``demeure.toml``, then frozen.

No setting holds a secret. ``docs/settings.md`` is generated from this table.
"""

import ipaddress
import re
import tomllib
from dataclasses import Field, dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Any

from demeure import toml
from demeure.errors import DemeureError


class SettingUnknown(DemeureError):
    """{file}: the setting “{name}” does not exist. Known settings: see docs/settings.md."""

    fr = "{file} : le réglage « {name} » n’existe pas. Réglages connus : voir docs/settings.md."
    exit_code = 2


class SettingInvalid(DemeureError):
    """{file}: “{name}” must be {expected}."""

    fr = "{file} : « {name} » doit être {expected}."
    exit_code = 2


class SettingsUnreadable(DemeureError):
    """{file} cannot be read as TOML: {detail}."""

    fr = "{file} ne se lit pas comme un fichier TOML : {detail}."
    exit_code = 2


class SettingTooSmall(DemeureError):
    """{file}: “{name}” must be {least} or more, found {found}."""

    fr = "{file} : « {name} » doit valoir {least} ou plus, trouvé {found}."
    exit_code = 2


class SettingNotTime(DemeureError):
    """{file}: “{name}” must be a time of the day, as 02:15; found “{found}”."""

    fr = "{file} : « {name} » doit être une heure du jour, comme 02:15 ; trouvé « {found} »."
    exit_code = 2


class SettingNotAmong(DemeureError):
    """{file}: “{name}” must be one of: {among}; found “{found}”."""

    fr = "{file} : « {name} » doit valoir, au choix : {among} ; trouvé « {found} »."
    exit_code = 2


class SettingNotAddress(DemeureError):
    """{file}: “{name}” must be an IP address or localhost; found “{found}”."""

    fr = "{file} : « {name} » doit être une adresse IP ou localhost ; trouvé « {found} »."
    exit_code = 2


def is_address(host: str) -> bool:
    """An IP address without a zone, or localhost: what pages may be served on, and a unit may be written from."""
    try:
        return host == "localhost" or ("%" not in host and bool(ipaddress.ip_address(host).version))
    except ValueError:
        return False


def setting(
    default: Any,
    en: str,
    fr: str,
    *,
    least: int | None = None,
    among: tuple[str, ...] = (),
    each: tuple[str, ...] = (),
    of_day: bool = False,
) -> Any:
    """A field of the table, with its line of help in both languages; ``least``: the smallest valid number;
    ``among``: the only valid words, when not empty; ``each``: what each word of a list may be (spaces between);
    ``of_day``: a time of the day, or empty."""
    held = {"least": least, "among": among, "each": each, "of_day": of_day}
    return field(default=default, metadata={"en": en, "fr": fr, **held})


OWN_ROOM = "own"
"""``hosted_by`` of a machine that stands in one’s own room."""
ROLES = ("administrator", "referent", "dpo", "auditor", "contractor", "elected", "agent")
"""Names of roles, as settings write them."""


@dataclass(frozen=True)
class Settings:
    """Field name ``a_b`` is written ``a_b = value`` at the top level of demeure.toml."""

    host: str = setting(
        "127.0.0.1",
        "Address the pages are served on; one that others can reach needs TLS (demeure tls init, or "
        "tls_certificate).",
        "Adresse où les pages sont servies ; si d’autres l’atteignent, il faut TLS (demeure tls init, ou "
        "tls_certificate).",
    )
    port: int = setting(
        8420,
        "Port the pages are served on; 0 lets the system choose one.",
        "Port où les pages sont servies ; 0 laisse le système choisir.",
    )
    tls_certificate: str = setting(
        "",
        "Path of the certificate given for these pages, its chain after it (PEM); empty: the house’s own, if any.",
        "Chemin du certificat donné pour ces pages, suivi de sa chaîne (PEM) ; vide : celui de la maison, s’il y "
        "en a un.",
    )
    tls_key: str = setting(
        "",
        "Path of the private key of tls_certificate (PEM, without a passphrase).",
        "Chemin de la clé privée de tls_certificate (PEM, sans phrase de passe).",
    )
    language: str = setting(
        "fr",
        "Language of pages, where a browser asks for none, and of the house's own messages: fr or en. Commands "
        "speak French, or what --language (DEMEURE_LANGUAGE) says.",
        "Langue des pages, quand le navigateur n’en demande pas, et des messages de la maison : fr ou en. Les "
        "commandes parlent français, ou ce que dit --language (DEMEURE_LANGUAGE).",
        among=("fr", "en"),
    )
    organisation: str = setting(
        "Ma mairie", "Name shown at the top of the pages.", "Nom affiché en haut des pages."
    )
    hosted_by: str = setting(
        "",
        "Name of the provider that holds the machine; own: it stands in one’s own room; empty: not declared. Told "
        "by every proof.",
        "Nom de l’hébergeur qui tient la machine ; own : elle est chez soi ; vide : non déclaré. "
        "Chaque preuve le dit.",
    )
    prove_hours: int = setting(
        23,
        "Hours after which an open house makes its proof again (demeure prove); 0: never by itself.",
        "Heures au bout desquelles une maison ouverte refait sa preuve (demeure prove) ; 0 : jamais d’elle-même.",
        least=0,
    )
    backup_late_days: int = setting(
        2,
        "Days without a backup after which the pages and the doctor say that it is late.",
        "Jours sans sauvegarde au bout desquels les pages et le docteur disent qu’elle est en retard.",
        least=1,
    )
    drill_late_days: int = setting(
        35,
        "Days without a restore drill after which the pages and the doctor say that it is late.",
        "Jours sans exercice de restauration au bout desquels les pages et le docteur le disent en retard.",
        least=1,
    )
    backup_at: str = setting(
        "02:15",
        "Time of the day at which an open house backs up by itself to its places; empty: never.",
        "Heure à laquelle une maison ouverte se sauvegarde d’elle-même vers ses lieux ; vide : jamais.",
        of_day=True,
    )
    rehearse_days: int = setting(
        28,
        "Days after which an open house rehearses by itself: it restores what it has just backed up, without a "
        "network, and compares; 0: never by itself.",
        "Jours au bout desquels une maison ouverte s’exerce d’elle-même : elle restaure, sans réseau, ce qu’elle "
        "vient de sauvegarder, et compare ; 0 : jamais d’elle-même.",
        least=0,
    )
    alert_route: str = setting(
        "",
        "Route (a relay) by which alerts are mailed; empty: none leaves.",
        "Route (un relais) par laquelle les alertes partent en courriel ; vide : aucune ne part.",
    )
    alert_to: str = setting(
        "",
        "Mailboxes that get the alerts, spaces between.",
        "Boîtes qui reçoivent les alertes, séparées par des espaces.",
    )
    alert_class: str = setting(
        "",
        "Class of the policy as which alerts leave; empty: the lowest, since they hold numbers and states alone.",
        "Classe de la politique sous laquelle les alertes sortent ; vide : la plus basse, puisqu’elles ne "
        "contiennent que des nombres et des états.",
    )
    log_megabytes: int = setting(
        50,
        "Room on the disk for the technical logs, in MB; the oldest lines go first.",
        "Place sur le disque pour les journaux techniques, en Mo ; les plus anciennes lignes partent d’abord.",
        least=1,
    )
    session_idle_hours: int = setting(
        12,
        "Hours without use after which a session ends.",
        "Heures sans usage au bout desquelles une session se ferme.",
        least=1,
    )
    session_hours: int = setting(
        168,
        "Hours after which a session ends however much it is used; one then signs in again.",
        "Heures au bout desquelles une session se ferme même si elle sert ; il faut alors entrer de nouveau.",
        least=1,
    )
    second_factor: str = setting(
        "",
        "Roles that must have a second proof of identity, spaces between (administrator dpo); empty: none must.",
        "Rôles qui doivent avoir une deuxième preuve d’identité, séparés par des espaces (administrator dpo) ; "
        "vide : aucun.",
        each=ROLES,
    )
    review_days: int = setting(
        31,
        "Days after which the rights of everybody are to be reviewed and signed again; 0: no reminder.",
        "Jours au bout desquels les droits de tous sont à relire et à signer de nouveau ; 0 : pas de rappel.",
        least=0,
    )
    confirm_minutes: int = setting(
        15,
        "Minutes during which a sensitive act does not ask again for the password or the code.",
        "Minutes pendant lesquelles un acte sensible ne redemande ni mot de passe ni code.",
        least=1,
    )
    contractor_approvals: int = setting(
        1,
        "Persons that a contractor’s window needs, whoever opens it included: 1 or 2. Update and restore need 2.",
        "Personnes que demande la fenêtre d’un prestataire, dont celle qui l’ouvre : 1 ou 2. Mise à jour et "
        "restauration en demandent 2.",
        least=1,
    )
    engine_command: str = setting(
        "",
        "Path of a llama-server to run instead of the built-in engine; empty: built-in.",
        "Chemin d’un llama-server à la place du moteur intégré ; vide : le moteur intégré.",
    )
    engine_threads: int = setting(
        0,
        "Processor threads of the engine; 0: all physical cores seen.",
        "Fils d’exécution du moteur ; 0 : tous les cœurs physiques vus.",
        least=0,
    )
    engine_context: int = setting(
        16384,
        "Tokens of context shared by the slots of the chat model.",
        "Jetons de contexte que se partagent les places du modèle de réponse.",
        least=256,
    )
    engine_slots: int = setting(
        2,
        "Conversations the chat model may answer at the same time.",
        "Conversations auxquelles le modèle peut répondre en même temps.",
        least=1,
    )
    answer_tokens: int = setting(
        512, "Longest answer, in tokens.", "Longueur de la plus longue réponse, en jetons.", least=1
    )
    passages: int = setting(
        5,
        "Passages found for one question, shown as its sources.",
        "Passages trouvés pour une question, montrés comme ses sources.",
        least=1,
    )
    prompt_tokens: int = setting(
        250,
        "About how many tokens the model reads of them: the lines that matter. More suits a larger model.",
        "Jetons que le modèle en lit, environ : les lignes qui comptent. Un plus gros modèle en lit davantage.",
        least=1,
    )
    snapshots: str = setting(
        "sealed",
        "Documents kept ready for questions: sealed (encrypted with their space’s key, on any disk), "
        "encrypted-disk (so, and only where the disk is encrypted too), never.",
        "Documents gardés prêts pour les questions : sealed (chiffrés par la clé de leur espace, sur tout "
        "disque), encrypted-disk (de même, et seulement si le disque est lui aussi chiffré), never (jamais).",
        among=("sealed", "encrypted-disk", "never"),
    )
    snapshot_megabytes: int = setting(
        2048,
        "Room on the disk for documents kept ready, in MB; the least recently used goes first.",
        "Place sur le disque pour les documents gardés prêts, en Mo ; le moins récemment utilisé part d’abord.",
        least=0,
    )
    antivirus_socket: str = setting(
        "",
        "Path of the socket of an antivirus, clamd’s (/run/clamav/clamd.ctl): each document is shown to it before "
        "it is read; empty: none.",
        "Chemin de la prise d’un antivirus, celle de clamd (/run/clamav/clamd.ctl) : chaque document lui est "
        "montré avant d’être lu ; vide : aucun.",
    )
    antivirus_away: str = setting(
        "refuse",
        "When the antivirus does not answer: refuse (nothing is read until it does) or accept (read, and say so).",
        "Quand l’antivirus ne répond pas : refuse (rien n’est lu avant) ou accept (on lit, et on le dit).",
        among=("refuse", "accept"),
    )
    upload_megabytes: int = setting(
        320, "Largest document accepted, in MB.", "Plus gros document accepté, en Mo.", least=1
    )
    journal_reserve_megabytes: int = setting(
        64,
        "Space kept for the journal when the disk is full, in MB.",
        "Place gardée pour le journal quand le disque est plein, en Mo.",
        least=1,
    )
    journal_months: int = setting(
        12,
        "Months that journal entries are kept before demeure journal prune may erase them.",
        "Mois pendant lesquels les entrées du journal sont gardées avant que demeure journal prune les efface.",
        least=6,
    )
    journal_held: str = setting(
        "",
        "Path of a checkpoint of the journal kept outside this disk (demeure journal checkpoint --to): the house "
        "does not start on an older or another journal.",
        "Chemin d’un point de contrôle du journal conservé hors de ce disque (demeure journal checkpoint --to) : "
        "la maison ne démarre pas sur un journal plus ancien, ni sur un autre.",
    )


def time_of_day(said: str) -> time | None:
    """« 02:15 », « 2:15 » or « 2h15 », local time; None: empty, or not a time of the day."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:h]([0-5][0-9])", said)
    return time(int(found[1]), int(found[2])) if found else None


def load(path: Path) -> Settings:
    """Read ``path`` (absent: defaults). Raises SettingsUnreadable, SettingUnknown, SettingInvalid,
    SettingTooSmall, SettingNotAmong, SettingNotTime, SettingNotAddress."""
    if not path.exists():
        return Settings()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingsUnreadable(file=path.name, detail=problem.strerror) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        detail, detail_en = toml.told(problem)
        raise SettingsUnreadable(file=path.name, detail=detail, detail_en=detail_en) from problem
    known = {f.name: f for f in fields(Settings)}
    for name, value in data.items():
        if name not in known:
            raise SettingUnknown(file=path.name, name=name)
        _valid(path.name, known[name], value)
    return Settings(**data)


_TYPES: dict[type, tuple[str, str]] = {
    int: ("un nombre entier, sans guillemets (par exemple 8420)", "a whole number, without quotes (8420, say)"),
    str: ("un texte, entre guillemets", "a text, between quotes"),
    bool: ("true ou false, sans guillemets", "true or false, without quotes"),
    float: ("un nombre, avec un point (par exemple 2.5)", "a number, with a point (2.5, say)"),
}


def _valid(file: str, known: Field[Any], value: Any) -> None:
    """Raises as ``load``."""
    name, expected = known.name, type(known.default)
    if type(value) is not expected:
        fr, en = _TYPES[expected]
        raise SettingInvalid(file=file, name=name, expected=fr, expected_en=en)
    if name == "host" and not is_address(str(value)):
        raise SettingNotAddress(file=file, name=name, found=ascii(value)[1:-1])
    if known.metadata["of_day"] and value and time_of_day(str(value)) is None:
        raise SettingNotTime(file=file, name=name, found=value)
    least = known.metadata["least"]
    if least is not None and value < least:
        raise SettingTooSmall(file=file, name=name, least=least, found=value)
    among = known.metadata["among"]
    each = known.metadata["each"]
    if each and (strange := next((word for word in str(value).split() if word not in each), None)) is not None:
        raise SettingNotAmong(file=file, name=name, among=", ".join(each), found=strange)
    if among and value not in among:
        raise SettingNotAmong(file=file, name=name, among=", ".join(among), found=value)
