"""What a person can meet when keys, databases or blobs refuse: each says what happened and what to do."""

from demeure.errors import DemeureError


class KeyMissing(DemeureError):
    """The key file {file} is missing. Put back the copy you kept: without it, what it protects cannot be read."""

    fr = (
        "Le fichier de clé {file} est absent. Remettez en place la copie que vous avez gardée : "
        "sans elle, ce qu’il protège est illisible."
    )
    exit_code = 4


class KeyExposed(DemeureError):
    """The key file {file} can be read by other users of this machine (mode {mode}). Run: chmod 0400 {file}."""

    fr = (
        "Le fichier de clé {file} est lisible par d’autres utilisateurs de cette machine (mode {mode}). "
        "Exécutez : chmod 0400 {file}."
    )
    exit_code = 4


class KeyUnreadable(DemeureError):
    """The key file {file} cannot be read by this user: {detail}."""

    fr = "Le fichier de clé {file} ne peut pas être lu par cet utilisateur : {detail}."
    exit_code = 4


class KeyMalformed(DemeureError):
    """The key {file} is damaged: {expected} bytes expected, {found} found."""

    fr = "La clé {file} est abîmée : {expected} octets attendus, {found} trouvés."
    exit_code = 4


class SpaceInUse(DemeureError):
    """Documents are still being received in this space: its key was not changed. Nothing is lost, run it again."""

    fr = (
        "Des documents sont en cours d’arrivée dans cet espace : sa clé n’a pas été changée. Rien n’est perdu, "
        "relancez."
    )
    exit_code = 6
    http_status = 503


class KeyWrong(DemeureError):
    """This house key is not the key of this instance: nothing was opened, nothing was changed."""

    fr = "Cette clé de maison n’est pas celle de cette instance : rien n’a été ouvert, rien n’a été modifié."
    exit_code = 4


class KeyCorrupt(DemeureError):
    """The key of the space “{space}” is damaged, or belongs to another space. Put back its copy."""

    fr = "La clé de l’espace « {space} » est abîmée, ou appartient à un autre espace. Remettez en place sa copie."
    exit_code = 4


class KeyDestroyed(DemeureError):
    """The key of the space “{space}” was destroyed: what this space held can no longer be read, by anyone."""

    fr = (
        "La clé de l’espace « {space} » a été détruite : ce que cet espace contenait n’est plus lisible, "
        "par personne."
    )
    exit_code = 4
    http_status = 410


class SpaceKeyExists(DemeureError):
    """The space “{space}” already has a key; it was left as it is."""

    fr = "L’espace « {space} » a déjà une clé ; elle n’a pas été touchée."
    exit_code = 2
    http_status = 409


class SpaceIdInvalid(DemeureError):
    """“{space}” cannot identify a space: 1 to 64 lower-case letters, digits, “-” or “_”."""

    fr = "« {space} » ne peut pas désigner un espace : de 1 à 64 lettres minuscules, chiffres, « - » ou « _ »."
    exit_code = 2
    http_status = 400


class SealBroken(DemeureError):
    """An encrypted item ({context}) was altered, or was sealed with another key or for another use."""

    fr = "Un élément chiffré ({context}) a été altéré, ou scellé avec une autre clé ou pour un autre usage."
    exit_code = 4


class SealUnknown(DemeureError):
    """An encrypted item ({context}) uses a format this version does not know ({found}). Update Demeure."""

    fr = (
        "Un élément chiffré ({context}) utilise un format que cette version ne connaît pas ({found}). "
        "Mettez Demeure à jour."
    )
    exit_code = 4


class DatabaseMissing(DemeureError):
    """The database {file} is missing although this instance already holds data. Restore it from a backup."""

    fr = (
        "La base {file} est absente alors que cette instance contient déjà des données. "
        "Restaurez-la depuis une sauvegarde."
    )
    exit_code = 4


class DatabaseKeyWrong(DemeureError):
    """The database {file} does not open with this key: it belongs to another instance or another space."""

    fr = "La base {file} ne s’ouvre pas avec cette clé : elle vient d’une autre instance ou d’un autre espace."
    exit_code = 4


class DatabaseCorrupt(DemeureError):
    """The database {file} is damaged. Nothing was changed; restore it from a backup."""

    fr = "La base {file} est abîmée. Rien n’a été modifié ; restaurez-la depuis une sauvegarde."
    exit_code = 4


class DatabaseCut(DatabaseCorrupt):
    """The database {file} was cut short ({size} bytes left). Nothing was changed; restore it from a backup."""

    fr = (
        "La base {file} a été tronquée (il en reste {size} octets). Rien n’a été modifié ; "
        "restaurez-la depuis une sauvegarde."
    )


class DatabaseNewer(DemeureError):
    """The database {file} was written by a newer Demeure (schema {found}, known up to {known}). Update Demeure."""

    fr = (
        "La base {file} a été écrite par une version plus récente de Demeure "
        "(schéma {found}, connu jusqu’à {known}). Mettez Demeure à jour."
    )
    exit_code = 4


class DatabaseBusy(DemeureError):
    """The database {file} is busy: another operation kept it for more than {seconds} seconds. Try again."""

    fr = "La base {file} est occupée : une autre opération la retient depuis plus de {seconds} secondes. Réessayez."
    http_status = 503


class DatabaseUnreachable(DemeureError):
    """The database {file} cannot be opened or written: {detail}."""

    fr = "La base {file} ne peut pas être ouverte ou écrite : {detail}."
    exit_code = 4


class DiskFull(DemeureError):
    """The disk is full: nothing was written ({what}), what was there is intact. Free some space and try again."""

    fr = (
        "Le disque est plein : rien n’a été écrit ({what}), ce qui existait avant est intact. "
        "Libérez de la place puis réessayez."
    )
    exit_code = 5
    http_status = 507


class NoRoomToOpen(DiskFull):
    """The disk is full: {what} cannot be opened, which takes some 100 kB. Nothing is lost; free some space."""

    fr = (
        "Le disque est plein : {what} ne peut pas être ouvert, il y faut une centaine de ko. Rien n’est perdu ; "
        "libérez de la place."
    )


class BlobMissing(DemeureError):
    """The stored file {sha256} does not exist."""

    fr = "Le fichier conservé {sha256} n’existe pas."
    http_status = 404


class BlobCorrupt(DemeureError):
    """The stored file {sha256} was altered. Restore it from a backup, or add the document again."""

    fr = (
        "Le fichier conservé {sha256} a été altéré. Restaurez-le depuis une sauvegarde, "
        "ou ajoutez de nouveau le document."
    )


class SnapshotRefused(DemeureError):
    """What was kept ready of this document cannot be used ({why}): it is prepared again."""

    fr = "Ce qui était gardé prêt de ce document ne peut pas servir ({why}) : il est préparé de nouveau."
