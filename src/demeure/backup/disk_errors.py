"""What a person can meet when the disk of the house, and not a place for backups, stops a backup."""

from demeure.errors import DemeureError


class HouseDiskFull(DemeureError):
    """The disk of the house itself is full ({what}): this backup was not made, and the place for backups has
    nothing to do with it. Make room on the disk of {place} (df -h {place}): first what is not of the house, then
    old documents; then run it again. Earlier backups are as they were."""

    fr = (
        "Le disque de la maison elle-même est plein ({what}) : cette sauvegarde n’a pas été faite, et le lieu de "
        "sauvegarde n’y est pour rien. Faites de la place sur le disque de {place} (df -h {place}) : d’abord ce "
        "qui n’est pas à la maison, puis de vieux documents ; et recommencez. Les précédentes sont intactes."
    )
    exit_code = 5
    http_status = 507
