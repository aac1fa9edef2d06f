"""``demeure doctor``: what is wrong here, and what to do. Works with the house open, closed or broken."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import readable
from demeure.cli.models_told import UNCHOSEN, put_back
from demeure.cli.terminal import JSON, STATES, print_json, said
from demeure.errors import DemeureError, counted

if TYPE_CHECKING:
    from demeure.engine.models import ModelStore

FREE_MEGABYTES = 500


@dataclass(frozen=True)
class Check:
    """One question asked of the installation. ``ok`` None: could not be asked here, or only told."""

    name: str
    ok: bool | None
    fr: str
    en: str


@click.command("doctor")
@JSON
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier .zip à écrire pour qui dépanne : nombres, états, versions, codes ; aucun contenu.",
)
@click.option("--whole", is_flag=True, help="Vérifier chaque page de chaque base, quelle que soit la durée.")
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool, bundle: Path | None, whole: bool) -> None:
    """Vérifie l’installation et dit quoi faire. Code 1 si quelque chose ne va pas."""
    readable(obj["instance"])
    checks = examine(obj["instance"], whole=whole)
    if bundle is not None:
        from demeure.cli.support_bundle import written

        written(bundle, obj["instance"], checks)
        fr, en = f"Dossier d’assistance : {bundle} — relisez-le.", f"Support bundle: {bundle}. Read it first."
        click.echo(said(obj["language"], fr, en), err=True)
    if as_json:
        print_json({"checks": [vars(c) for c in checks]})
    else:
        for check in checks:
            mark = {True: "ok", False: said(obj["language"], "NON", "NO"), None: "?"}[check.ok]
            click.echo(f"{mark:>4}  {said(obj['language'], check.fr, check.en)}")
    sys.exit(1 if any(c.ok is False for c in checks) else 0)


def examine(instance: Path, *, whole: bool = False) -> list[Check]:
    """Every check, in the order a technician would make them; a check that fails in an unforeseen way says so.
    ``whole``: databases are read to their end, however long."""

    def _databases(instance: Path) -> list[Check]:
        from demeure.cli.doctor_bases import examine_bases

        return [Check(*row) for row in examine_bases(instance, whole=whole)]

    checks: list[Check] = []
    for ask in (
        _kernel,
        _machine,
        _product,
        _folder,
        _settings,
        _keys,
        _databases,
        _tls,
        _disk,
        _models,
        _backups,
        _house,
        _inside,
        _journal,
    ):
        try:
            checks += ask(instance)
        except DemeureError as problem:
            checks.append(Check(ask.__name__.strip("_"), False, problem.sentence("fr"), problem.sentence("en")))
        except Exception as problem:  # noqa: BLE001 - the doctor must speak whatever is broken
            name = ask.__name__.strip("_")
            checks.append(Check(name, False, f"{name} : {problem}", f"{name}: {problem}"))
    return checks


def _kernel(_instance: Path) -> list[Check]:
    from demeure.confinement import expected_ladder

    level = expected_ladder()
    fr = {
        "A": "Le noyau offre tout le confinement (niveau A).",
        "B": "Espaces de noms refusés ici (niveau B) : filtre d’appels et Landlock coupent quand même le réseau.",
        "C": "Landlock manque (niveau C) : les fichiers ne sont pas cloisonnés. Mettez le noyau à jour.",
        "D": "Le noyau ne peut rien confiner (niveau D) : la maison refusera d’ouvrir.",
    }
    en = {
        "A": "The kernel offers the whole confinement (level A).",
        "B": "User namespaces are refused here (level B): the call filter and Landlock still cut the network.",
        "C": "Landlock is missing (level C): files are not partitioned. Update the kernel.",
        "D": "The kernel can confine nothing (level D): the house will refuse to open.",
    }
    return [Check("kernel", level in "AB", fr[level], en[level])]


def _machine(instance: Path) -> list[Check]:
    from demeure.cli.doctor_machine import examine_machine

    return [Check(*row) for row in examine_machine(instance)]


def _product(_instance: Path) -> list[Check]:
    from demeure.delivery import delivered, renewed

    found = delivered()
    if found is None:
        fr = "Fichiers du produit\u00a0: pas de liste à laquelle les comparer (make install en fait une)."
        return [Check("product", None, fr, "Product files: no list to compare them with (make install makes one).")]
    if found.same:
        fr = f"Les {found.count} fichiers du produit sont ceux de l’installation."
        return [Check("product", True, fr, f"The {found.count} product files are those of the installation.")]
    fr = f"Fichiers du produit modifiés depuis l’installation\u00a0: {found.told('fr')}."
    en = f"Product files modified since the installation: {found.told('en')}."
    return [Check("product", False, f"{fr} {renewed(found, 'fr')}", f"{en} {renewed(found, 'en')}")]


def _folder(instance: Path) -> list[Check]:
    if not any((instance / "keys" / name).exists() for name in ("house.key", "house.check")):
        return [
            Check(
                "instance",
                False,
                f"Pas d’instance dans {instance} : demeure up la crée.",
                f"No instance in {instance}: demeure up makes it.",
            )
        ]
    private = not (instance.stat().st_mode & 0o077)
    fr = f"Dossier de l’instance : {instance}" + ("" if private else " — lisible par d’autres : chmod 700")
    en = f"Instance folder: {instance}" + ("" if private else " — others may read it: chmod 700")
    return [Check("instance", private, fr, en)]


def _settings(instance: Path) -> list[Check]:
    from demeure.settings import load

    if not (instance / "demeure.toml").exists():
        return []
    load(instance / "demeure.toml")
    return [
        Check("settings", True, "Les réglages (demeure.toml) se lisent.", "Settings (demeure.toml) can be read.")
    ]


def _keys(instance: Path) -> list[Check]:
    from demeure.store import check_keys

    if not (instance / "keys").exists():
        return []
    check_keys(instance)
    if not _signs(instance):
        fr = "keys/journal.key n’est pas la clé de ce journal : remettez celle de cette instance (sauvegarde)."
        en = "keys/journal.key is not the key of this journal: put back that of this instance (backup)."
        return [Check("keys", False, fr, en)]
    return [
        Check(
            "keys",
            True,
            "Les clés sont là, celles de cette instance, lisibles par leur seul propriétaire.",
            "Keys are there, this instance’s, readable by their owner only.",
        )
    ]


def _signs(instance: Path) -> bool:
    """Is the journal's key the one that signed it?"""
    from demeure.journal.checkpoint import Signer
    from demeure.journal.log import signs
    from demeure.store import read_journal_key

    return signs(instance / "journal", Signer(read_journal_key(instance)))


def _tls(instance: Path) -> list[Check]:
    from demeure.cli.doctor_tls import examine_tls

    return [Check(*row) for row in examine_tls(instance)]


def _disk(instance: Path) -> list[Check]:
    place = instance if instance.exists() else instance.parent
    rooms = [place, *(inside for inside in place.iterdir() if inside.is_dir())]  # each may be a disk of its own
    free = min(shutil.disk_usage(room).free for room in rooms) >> 20
    ok = free >= FREE_MEGABYTES
    fr = f"Place libre : {free} Mo" + ("" if ok else f" — il en faut au moins {FREE_MEGABYTES}")
    en = f"Free space: {free} MB" + ("" if ok else f" — at least {FREE_MEGABYTES} are needed")
    return [Check("disk", ok, fr, en)]


def _models(instance: Path) -> list[Check]:
    from demeure.engine.models import ModelStore

    store = ModelStore(instance / "models")
    active = store.active()
    if not active:
        return [
            Check(
                "models",
                False,
                "Aucun modèle choisi : demeure models pull starter-chat embeddings, ou demeure models import "
                "FICHIER, puis demeure models use.",
                "No model chosen: demeure models pull starter-chat embeddings, or demeure models import FILE, then "
                "demeure models use.",
            )
        ]
    rows = [Check(f"model-{slot}", False, fr, en) for slot, (fr, en) in UNCHOSEN.items() if slot not in active]
    for slot, model in sorted(active.items()):
        rows.append(_model(store, slot, model["id"]))
    kinds = {row.kind for row in store.list() if row.present}
    return rows + [Check(f"model-{kind}", None, fr, en) for kind, (fr, en) in _WITHOUT.items() if kind not in kinds]


def _model(store: "ModelStore", slot: str, model: str) -> Check:
    """Every byte of it is read again: a model that was altered answers something else."""
    from demeure.engine.models.errors import ModelFileMissing, ModelFileUnreadable

    found = next(iter(store.verify(model)))
    fr, en = f"Modèle {slot} : {model}", f"Model {slot}: {model}"
    if found.ok:
        return Check(f"model-{slot}", True, f"{fr}, intact.", f"{en}, intact.")
    if not found.found:
        problem: DemeureError = ModelFileMissing(id=model, file=found.file)
        if found.unreadable:
            problem = ModelFileUnreadable(file=found.file, detail=found.unreadable, detail_en=found.unreadable_en)
        return Check(f"model-{slot}", False, problem.sentence("fr"), problem.sentence("en"))
    row = next((one.installed for one in store.list() if one.id == model), None)
    how, how_en = put_back(row, known=store.catalogue.find(model) is not None)
    fr, en = f"{fr} — son fichier a changé\u00a0: {how}.", f"{en} — its file was altered: {how_en}."
    return Check(f"model-{slot}", False, fr, en)


_WITHOUT = {
    "ocr": (
        (
            "Les pages numérisées ne sont pas lues : demeure models pull ocr-fra ocr-eng, "
            "ou import d’un fichier, sans réseau."
        ),
        "Scanned pages are not read: demeure models pull ocr-fra ocr-eng, or import a file, without a network.",
    ),
    "speech": (
        (
            "Les enregistrements ne sont pas transcrits : demeure models pull whisper-base, "
            "ou import d’un fichier, sans réseau."
        ),
        "Recordings are not transcribed: demeure models pull whisper-base, or import a file, without a network.",
    ),
}
"""What a house may do without, and what to type to have it."""


def _backups(instance: Path) -> list[Check]:
    from demeure.cli.doctor_backup import examine_backups

    return [Check(*row) for row in examine_backups(instance)]


def _house(instance: Path) -> list[Check]:
    from demeure.supervisor.health import read_status

    status = read_status(instance)
    if not status["processes"]:
        return [Check("house", None, "La maison est fermée.", "The house is closed.")]
    return [_walls(status), *_antivirus(status), *(_process(process) for process in status["processes"])]


def _walls(status: Mapping[str, Any]) -> Check:
    """The level of the house that is open: what holds now, not what the kernel could do."""
    level, accepted = status["ladder"], status["accepted_unconfined"]
    fr, en = f"Maison ouverte, confinement de niveau {level}", f"The house is open, confinement of level {level}"
    if level == "D" and accepted:
        fr, en = f"{fr} : RIEN n’est confiné, accepté au démarrage", f"{en}: NOTHING is confined, accepted at start"
    return Check("walls", level in "AB", f"{fr}.", f"{en}.")


def _antivirus(status: Mapping[str, Any]) -> list[Check]:
    told = status.get("antivirus")
    if not told:
        return []
    where, answers = told["socket"], bool(told["answers"])
    fr = f"Antivirus : {where}" + ("" if answers else " ne répond pas — systemctl status clamav-daemon")
    en = f"Antivirus: {where}" + ("" if answers else " does not answer — systemctl status clamav-daemon")
    return [Check("antivirus", answers, fr, en)]


def _process(process: Mapping[str, Any]) -> Check:
    """Its state, then why it does not run, or how many gaps with its profile."""
    role, state, failure = process["role"], process["state"], process["failure"]
    gaps = sum(d["code"] != "absent" for d in process["differences"])
    fr, en = STATES.get(state, (state, state))
    if failure:
        fr, en = f"{fr}. {failure['fr']}", f"{en}. {failure['en']}"
    if gaps:
        fr = f"{fr}, {counted(gaps, 'écart', 'écarts')} au profil (demeure status)"
        en = f"{en}, {counted(gaps, 'gap', 'gaps')} with its profile (demeure status)"
    good = not process["differences"] and not failure and state in ("running", "starting")
    return Check(role, good, f"{role} : {fr}", f"{role}: {en}")


def _journal(instance: Path) -> list[Check]:
    from demeure.journal.begun import still_there

    folder = instance / "journal"
    still_there(instance)
    if not (folder / "checkpoint").exists():
        return [Check("journal", None, "Le journal n’a pas encore d’entrée.", "The journal has no entry yet.")]
    from demeure.journal import verify

    try:
        found = verify.verify_live(folder, verify.own_key(folder), None)
    except verify.Fault as fault:
        facts = {"index": fault.index, "place": fault.place}
        fr, en = (verify.SAY[lang]["bad"].format(why=fault.why(lang), **facts) for lang in ("fr", "en"))
        return [Check("journal", False, fr, en)]
    fr, en = (verify.SAY[language]["ok"].format(**found) for language in ("fr", "en"))
    return [Check("journal", True, fr, en)]


def _inside(instance: Path) -> list[Check]:
    """What the open house says of itself; nothing when none answers (``_house`` says so)."""
    import asyncio

    from demeure.cli.door import Door, HouseDown

    async def ask() -> list[dict[str, Any]]:
        async with asyncio.timeout(10), Door(instance) as door:
            return list((await door.call("doctor")).data["checks"])

    try:
        return [Check(**check) for check in asyncio.run(ask())]
    except HouseDown:
        return []
    except TimeoutError:
        fr = "Ce que la maison dit d’elle-même n’est pas vérifié\u00a0: elle n’a pas répondu en 10 secondes."
        en = "What the house says of itself is not checked: it did not answer within 10 seconds."
        return [Check("inside", None, f"{fr} Voyez demeure status.", f"{en} See demeure status.")]
