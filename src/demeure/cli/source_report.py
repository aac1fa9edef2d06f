"""How a scan of a watched folder is told in a terminal."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from demeure.cli.terminal import said

STATES = {
    "new": ("en attente", "waiting"),
    "ok": ("à jour", "up to date"),
    "scanning": ("passage en cours", "being scanned"),
    "unreachable": ("injoignable", "unreachable"),
    "held": ("à confirmer", "to confirm"),
    "paused": ("en pause", "paused"),
}
"""State of a folder → its words, French and English."""

REPORTED = {
    "added": ("ajoutés", "added"),
    "changed": ("modifiés", "changed"),
    "moved": ("déplacés ou renommés", "moved or renamed"),
    "copied": ("déjà présents sous un autre nom", "already there under another name"),
    "deleted": ("retirés", "removed"),
    "left": ("partis du dossier, gardés ici", "gone from the folder, kept here"),
    "held": ("disparus, retrait à confirmer", "gone, removal to confirm"),
    "waiting": ("en cours d’écriture, au prochain passage", "being written, at the next scan"),
    "unreadable": ("illisibles", "unreadable"),
    "refused": ("non retenus", "not taken"),
    "ignored": ("laissés de côté", "passed over"),
    "unchanged": ("inchangés", "unchanged"),
}
"""What a scan counts → its words."""

OUTCOMES = {
    "running": ("en cours", "running"),
    "done": ("terminé", "done"),
    "held": ("des retraits attendent une confirmation", "removals wait for a confirmation"),
    "unreachable": ("injoignable, rien n’a été retiré", "unreachable, nothing was removed"),
    "interrupted": ("interrompu, reprendra", "interrupted, it will go on"),
    "refused": ("refusé : le disque est presque plein", "refused: the disk is almost full"),
}
WHY = {
    "hidden": ("nom caché", "hidden name"),
    "link": ("lien, jamais suivi", "link, never followed"),
    "special": ("ce n’est pas un fichier", "not a file"),
    "loop": ("boucle de dossiers", "loop of folders"),
    "mail-own": ("tenu par la messagerie pour elle-même", "the mail program’s own"),
    "too-deep": ("trop de dossiers emboîtés", "too many nested folders"),
    "path-too-long": ("chemin trop long", "path too long"),
    "FileMoving": ("en cours d’écriture", "being written"),
    "DocumentLeaving": ("en cours de suppression", "being deleted"),
    "DocumentEmpty": ("fichier vide", "empty file"),
    "UploadTooLarge": ("trop gros", "too large"),
    "EACCES": ("permission refusée", "permission denied"),
    "EPERM": ("permission refusée", "permission denied"),
    "EIO": ("erreur de lecture", "read error"),
    "ENOENT": ("disparu pendant le passage", "gone during the scan"),
}
_SHOWN = 20


def moment(scan: Mapping[str, Any] | None, language: str) -> str:
    """When it ended, or began; empty without one."""
    if scan is None:
        return ""
    told = datetime.fromisoformat(scan["ended_at"] or scan["started_at"]).astimezone()
    return f"{told:%d/%m/%Y %H:%M}" if language == "fr" else f"{told:%Y-%m-%d %H:%M}"


def outcome(scan: Mapping[str, Any], language: str) -> str:
    """« terminé en 3 s »."""
    words = OUTCOMES[scan["outcome"]][language == "en"]
    if not scan["ended_at"]:
        return words
    begun, ended = (datetime.fromisoformat(scan[name]) for name in ("started_at", "ended_at"))
    seconds = (ended - begun).total_seconds()
    told = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{words} ({told.replace('.', ',') if language == 'fr' else told})"


def period(minutes: int, language: str) -> str:
    """« toutes les 15 minutes »."""
    if not minutes:
        return said(language, "sur demande", "when asked")
    units = ((1440, "jour", "day"), (60, "heure", "hour"), (1, "minute", "minute"))
    length, fr, en = next(unit for unit in units if minutes % unit[0] == 0)
    every, number = "tous les" if length == 1440 else "toutes les", minutes // length
    if number == 1:
        return said(language, f"{every} {fr}s", f"every {en}")
    return said(language, f"{every} {number} {fr}s", f"every {number} {en}s")


def counted(scan: Mapping[str, Any], language: str) -> str:
    """« ajoutés 12, modifiés 3 »."""
    told = [(REPORTED[what][language == "en"], n) for what, n in scan["counts"].items() if n]
    return ", ".join(f"{word} {number}" for word, number in told)


def report_lines(scan: Mapping[str, Any], language: str) -> Iterator[str]:
    """The files themselves with their reasons, as far as they are named: the first of each kind."""
    for what in REPORTED:
        lines = scan["report"].get(what, [])
        for path, why in lines[:_SHOWN]:
            told = WHY.get(why, (why, why))[language == "en"]
            yield f"  {REPORTED[what][language == 'en']} : {path}" + (f" ({told})" if told else "")
        more = scan["counts"].get(what, 0) - len(lines[:_SHOWN])
        if lines and more > 0:
            many = "s" if more > 1 else ""
            yield said(language, f"  … et {more} autre{many}", f"  … and {more} more")
