"""What the doctor asks of the backups: who could read them, how old they are, when they were last restored."""

from datetime import UTC
from pathlib import Path

from demeure.backup import GOOD, NEVER, UNDECLARED, PlaceStanding, Standing, stand
from demeure.backup.copies import left_behind
from demeure.backup.fresh import rehearsal_left
from demeure.cli.terminal import date, moment_told

Row = tuple[str, bool | None, str, str]


def examine_backups(instance: Path) -> list[Row]:
    """(name, ok, French, English) of each check; nothing where there is no instance. What was never planned is
    asked, not refused."""
    from demeure.clock import SystemClock
    from demeure.settings import load

    if not (instance / "keys").exists():
        return []
    settings = load(instance / "demeure.toml")
    killed = rehearsal_left(instance)
    left = [_left(one) for one in (*left_behind(instance), *([killed] if killed else []))]
    found = stand(instance, SystemClock().now(), settings.backup_late_days, settings.drill_late_days)
    if found.backup == UNDECLARED:
        how = "demeure backup key create, demeure backup place add, demeure backup create"
        return [
            *left,
            ("backup", None, f"Aucune sauvegarde n’est prévue\u00a0: {how}.", f"No backup is planned: {how}."),
        ]
    now = SystemClock().now()
    late = [_place(name) for name in found.late] if found.backup == GOOD else []
    late += [_disk(place) for place in found.places if place.name in found.late_disks]
    paper = [_paper()] if found.paper_late(now) else [_paper_never()] if found.paper_never(now) else []
    return [_holders(found), _age(found), *late, _drill(found), *paper, *left]


def _left(folder: Path) -> Row:
    """A house in clear beside the house: what a drill or a restore left when it was killed."""
    fr = f"Reste d’un exercice ou d’une restauration arrêtés, clés comprises\u00a0: {folder}. Un nouvel exercice, "
    fr += (
        "la même restauration ou rm -r le retirent, si rien n’est en cours. Ce qui fut effacé depuis y est encore."
    )
    en = f"Left by a drill or a restore that was stopped, keys included: {folder}. Another drill, the same "
    en += "restore or rm -r removes it, if none is running. What was erased since is still in it."
    return ("left", False, fr, en)


def _holders(found: Standing) -> Row:
    count = len(found.plan.holders)
    fr = "Deux personnes au moins peuvent rouvrir les sauvegardes."
    en = "Two people at least can open the backups again."
    if count < 2:
        fr_may, en_may = ("une seule le peut", "one alone can") if count else ("personne ne le peut", "nobody can")
        fr = f"Deux personnes doivent pouvoir rouvrir les sauvegardes\u202f; {fr_may}\u00a0: "
        fr += "demeure backup key create."
        en = f"Two people must be able to open the backups again; {en_may}: demeure backup key create."
    return ("backup-keys", count >= 2, fr, en)


def _age(found: Standing) -> Row:
    if found.last is None and found.made:
        day, day_en = date(found.made[0].at, "fr"), date(found.made[0].at, "en")
        fr = f"La dernière sauvegarde est du {day}, et il n’y a plus aucun lieu\u00a0: demeure backup place add."
        en = f"The last backup is of {day_en}, and no place is declared: demeure backup place add."
        return ("backup", False, fr, en)
    if found.backup == NEVER or found.last is None:
        fr, en = (
            "Aucune sauvegarde n’a été faite\u00a0: demeure backup create.",
            "No backup was made: demeure backup create.",
        )
        return ("backup", False, fr, en)
    at = found.last.at.astimezone(UTC).isoformat()
    fr = f"Dernière sauvegarde\u00a0: {moment_told(at, 'fr')}"
    en = f"Last backup: {moment_told(at, 'en')}"
    if found.backup != GOOD:
        fr, en = f"{fr}, en retard\u00a0: demeure backup create.", f"{en}, late: demeure backup create."
    return ("backup", found.backup == GOOD, fr, en)


def _place(name: str) -> Row:
    """One that has received nothing for long, while others have."""
    fr = f"Le lieu de sauvegarde «\u00a0{name}\u00a0» est en retard\u00a0: demeure backup create {name}."
    return ("backup-place", False, fr, f"The place for backups “{name}” is late: demeure backup create {name}.")


def _disk(place: PlaceStanding) -> Row:
    """One that is plugged in turn, and was not for longer than its days."""
    how = "demeure backup rotate"
    fr = f"dernière sauvegarde le {date(place.last.at, 'fr')}" if place.last else "aucune sauvegarde"
    en = f"last backup on {date(place.last.at, 'en')}" if place.last else "no backup"
    fr = (
        f"Le disque de sauvegarde «\u00a0{place.name}\u00a0» est en retard ({fr}\u00a0; {place.days} jours au plus)"
    )
    fr += f"\u00a0: branchez le disque, puis {how}."
    en = f"The disk for backups “{place.name}” is late ({en}; {place.days} days at most): plug it in, then {how}."
    return ("backup-disk", False, fr, en)


def _paper_never() -> Row:
    fr = "Aucune feuille de secours n’a encore ouvert une sauvegarde\u00a0: demeure backup drill."
    return ("drill-sheet", None, fr, "No recovery sheet has opened a backup yet: demeure backup drill.")


def _paper() -> Row:
    """The house rehearses with a key of its own: only a sheet says that sheets still open."""
    fr = "Depuis un an, aucune feuille de secours n’a ouvert une sauvegarde\u00a0: demeure backup drill."
    en = "For a year, no recovery sheet has opened a backup: demeure backup drill."
    return ("drill-sheet", None, fr, en)


def _drill(found: Standing) -> Row:
    if found.drill_early:
        fr = "Exercice de restauration pas encore fait\u00a0: demeure backup drill."
        return ("drill", None, fr, "No restore drill was made yet: demeure backup drill.")
    if not found.drills:
        fr = "Aucun exercice de restauration n’a été fait\u00a0: demeure backup drill."
        return ("drill", False, fr, "No restore drill was made: demeure backup drill.")
    last = found.drills[0]
    day, day_en = date(last.at, "fr"), date(last.at, "en")
    fr = f"Dernier exercice de restauration\u00a0: {day}, réussi"
    en = f"Last restore drill: {day_en}, it succeeded"
    if last.ok and not last.paper:
        fr = f"Dernière répétition de restauration, par la maison et sans feuille de secours\u00a0: {day}, réussie"
        en = f"Last restore rehearsal, by the house and without a recovery sheet: {day_en}, it succeeded"
    if not last.ok:
        what, what_en = ("exercice", "drill") if last.paper else ("répétition", "rehearsal")
        first, end = ("Dernier", "échoué") if last.paper else ("Dernière", "échouée")
        fr = f"{first} {what} de restauration\u00a0: {day}, {end} ({last.reasons('fr')})"
        en = f"Last restore {what_en}: {day_en}, it failed ({last.reasons('en')})"
    elif found.drill != GOOD:
        fr, en = f"{fr}, en retard\u00a0: demeure backup drill", f"{en}, late: demeure backup drill"
    return ("drill", found.drill == GOOD, f"{fr}.", f"{en}.")
