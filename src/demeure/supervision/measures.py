"""What is measured, as data: one line for each measure. A later one is one more line, and a reading in the
gateway."""

from collections.abc import Mapping
from dataclasses import dataclass

COUNT, LEVEL = "count", "level"
"""What happened since the sample before; what is, at the moment of the sample."""


@dataclass(frozen=True)
class Measure:
    """``unit``: of the value, as Prometheus names it (seconds, bytes, celsius, ratio, tokens_per_second), empty
    for a number of things. ``fr``, ``en``: its title; ``help``: one English line for ``/metrics``. ``shown``:
    has a plot of its own."""

    name: str
    kind: str
    unit: str
    fr: str
    en: str
    help: str
    shown: bool = True


_TABLE = (
    Measure("requests", COUNT, "", "Demandes", "Requests", "Pages and calls served"),
    Measure("errors", COUNT, "", "Pannes", "Failures", "Pages and calls that ended in an error of the house (5xx)"),
    Measure("questions", COUNT, "", "Questions", "Questions", "Questions asked to the documents"),
    Measure(
        *("first_token", LEVEL, "seconds", "Premier mot", "First word"),
        "Seconds from a question to the first word of its answer",
    ),
    Measure(
        *("tokens_rate", LEVEL, "tokens_per_second", "Débit du moteur", "Speed of the engine"),
        "Pieces of answer a second, of one answer, as the engine gives them",
    ),
    Measure(
        *("states_lost", COUNT, "", "États perdus", "States lost"),
        "Questions that did not find in the engine the reading of a document that had been put there for them",
        shown=False,
    ),
    Measure("waiting", LEVEL, "", "File du moteur", "Queue of the engine", "Who waits for a place of the engine"),
    Measure("running", LEVEL, "", "Places prises", "Places taken", "Places of the engine in use", shown=False),
    Measure(
        "memory", LEVEL, "bytes", "Mémoire de la maison", "Memory of the house", "Resident memory, all processes"
    ),
    Measure(
        *("memory_left", LEVEL, "ratio", "Mémoire libre de la machine", "Free memory of the machine"),
        "Part of the machine’s memory that is available",
        shown=False,
    ),
    Measure("disk_used", LEVEL, "bytes", "Disque", "Disk", "Bytes used on the disk of the house"),
    Measure("disk_size", LEVEL, "bytes", "Taille du disque", "Size of the disk", "Bytes of that disk", shown=False),
    Measure(
        "disk_left", LEVEL, "ratio", "Disque libre", "Free disk", "Part of that disk that is free", shown=False
    ),
    Measure(
        *("disk_days", LEVEL, "days", "Jours avant un disque plein", "Days until the disk is full"),
        "Days until the disk is full, as it fills; 3650 at most, and when it does not",
        shown=False,
    ),
    Measure("temperature", LEVEL, "celsius", "Température", "Temperature", "Hottest sensor that can be read"),
    Measure("documents_read", COUNT, "", "Documents lus", "Documents read", "Documents made ready"),
    Measure(
        *("documents_waiting", LEVEL, "", "Documents en attente", "Documents waiting"),
        "Documents received that are not ready yet",
        shown=False,
    ),
    Measure(
        *("documents_failed", LEVEL, "", "Documents en échec", "Documents that failed"),
        "Documents that could not be read",
        shown=False,
    ),
    Measure("refused", COUNT, "", "Sorties refusées", "Attempts refused", "Attempts refused by the boxes"),
    Measure(
        *("roles_down", LEVEL, "", "Processus absents", "Processes missing"),
        "Processes that should run and do not",
        shown=False,
    ),
    Measure(
        *("undeclared", LEVEL, "", "Prises non déclarées", "Undeclared sockets"),
        "Sockets that live and that nobody declared",
        shown=False,
    ),
    Measure("restarts", COUNT, "", "Redémarrages", "Restarts", "Processes started again", shown=False),
    Measure(
        *("journal_silent", LEVEL, "", "Journal muet", "Journal silent"), "1 when it does not answer", shown=False
    ),
    Measure("proof_red", LEVEL, "", "Preuve rouge", "Red proof", "1 when the last proof is red", shown=False),
    Measure(
        "proof_age", LEVEL, "seconds", "Âge de la preuve", "Age of the proof", "Of the last proof", shown=False
    ),
    Measure("backup_age", LEVEL, "seconds", "Âge de la sauvegarde", "Age of the backup", "Of the last backup"),
    Measure(
        *("backup_late", LEVEL, "", "Sauvegarde en retard", "Backup late"),
        "1 when it is late, or was never made",
        shown=False,
    ),
    Measure(
        *("places_late", LEVEL, "", "Lieux de sauvegarde en retard", "Places for backups that are late"),
        "Places that stay plugged and have had no backup for too long",
        shown=False,
    ),
    Measure(
        *("disks_late", LEVEL, "", "Disques de sauvegarde en retard", "Disks for backups that are late"),
        "Disks that are plugged in turn and have had no backup for too long",
        shown=False,
    ),
    Measure(
        *("drill_late", LEVEL, "", "Exercice en retard", "Drill late"),
        "1 when it is late or failed",
        shown=False,
    ),
    Measure(
        *("directories_late", LEVEL, "", "Annuaires en retard", "Directories late"),
        "Directories that have not been read well for three of their turns",
        shown=False,
    ),
    Measure(
        *("reports_waiting", LEVEL, "", "Rapports d’intervention à prendre", "Contractors’ reports to be taken"),
        "Signed reports of contractors’ windows that nobody of the organisation took yet",
        shown=False,
    ),
    Measure(
        *("certificate_days", LEVEL, "days", "Certificat", "Certificate"),
        "Days until the certificate of the pages ends",
    ),
)

MEASURES: Mapping[str, Measure] = {one.name: one for one in _TABLE}
"""Name → measure, in the order in which they are shown."""
