"""What a person can meet when a backup is made, checked or restored: each says what happened and what to do."""

from demeure.errors import DemeureError


class NoRecipient(DemeureError):
    """No recovery key is declared: nobody could read a backup. Run: demeure backup key create HOLDER --sheet
    FILE."""

    fr = (
        "Aucune clé de secours n’est déclarée : personne ne pourrait relire une sauvegarde. "
        "Exécutez : demeure backup key create PERSONNE --sheet FICHIER."
    )
    exit_code = 2


class RecoveryKeyInvalid(DemeureError):
    """This is not a recovery key: {detail}."""

    fr = "Ce n’est pas une clé de secours : {detail}."
    exit_code = 2


class RecoveryWordsWrong(DemeureError):
    """A recovery key is twenty words, on four rows of five: {count} were given. Copy all of them from the sheet."""

    fr = (
        "Une clé de secours, c’est vingt mots, sur quatre lignes de cinq : {count} lus. Recopiez-les tous de la "
        "feuille."
    )
    exit_code = 2


class RecoveryRowWrong(DemeureError):
    """Row {row} of the recovery key was mistyped: its last word does not fit the four others."""

    fr = "La ligne {row} de la clé de secours est mal recopiée : son dernier mot ne va pas avec les quatre autres."
    exit_code = 2


class RecoveryKeyWrong(DemeureError):
    """This recovery key does not open this backup: it was made for {holders}. Nothing was written."""

    fr = "Cette clé de secours n’ouvre pas cette sauvegarde : elle a été faite pour {holders}. Rien n’a été écrit."
    exit_code = 4


class RecoveryKeyLater(DemeureError):
    """This is the key of {holder}, but a part of this backup was written before that key was declared. Use the key
    of {others}, or a later backup. Nothing was written."""

    fr = (
        "C’est la clé de {holder}, mais une partie de cette sauvegarde a été écrite avant que cette clé soit "
        "déclarée. Prenez la clé de {others}, ou une sauvegarde plus récente. Rien n’a été écrit."
    )
    exit_code = 4


class HolderTaken(DemeureError):
    """“{holder}” already holds a recovery key. Withdraw it first, or give another name."""

    fr = "« {holder} » tient déjà une clé de secours. Retirez-la d’abord, ou donnez un autre nom."
    exit_code = 2


class HolderUnknown(DemeureError):
    """Nobody called “{holder}” holds a recovery key."""

    fr = "Personne du nom de « {holder} » ne tient de clé de secours."
    exit_code = 2


class SheetInside(DemeureError):
    """The sheet must not be written on this house’s own disk ({place}): print it, or use a removable disk."""

    fr = (
        "La feuille ne doit pas être écrite dans le dossier de la maison ({place}) : imprimez-la, "
        "ou prenez un disque amovible."
    )
    exit_code = 2


class TargetNameInvalid(DemeureError):
    """“{name}” cannot name a place for backups: 1 to 32 lower-case letters, digits or “-”."""

    fr = "« {name} » ne peut pas nommer un lieu de sauvegarde : de 1 à 32 lettres minuscules, chiffres ou « - »."
    exit_code = 2


class TargetTaken(DemeureError):
    """There is already a place for backups called “{name}”."""

    fr = "Il y a déjà un lieu de sauvegarde appelé « {name} »."
    exit_code = 2


class TargetTwice(DemeureError):
    """“{name}” already keeps backups in that folder ({place}): two names would be one copy."""

    fr = "« {name} » garde déjà des sauvegardes dans ce dossier ({place}) : deux noms ne feraient qu’une copie."
    exit_code = 2


class PlanDamaged(DemeureError):
    """What says where backups go cannot be read ({path}): put it back from the last backup (demeure backup restore
    FOLDER --from PLACE), or remove it and declare places and keys again."""

    fr = (
        "Ce qui dit où vont les sauvegardes ne se lit pas ({path}) : remettez-le depuis la dernière sauvegarde "
        "(demeure backup restore DOSSIER --from LIEU), ou retirez-le et déclarez de nouveau lieux et clés."
    )
    exit_code = 5


class TargetUnknown(DemeureError):
    """No place for backups is called “{name}”. Known: {known}."""

    fr = "Aucun lieu de sauvegarde ne s’appelle « {name} ». Connus : {known}."
    exit_code = 2


class NoTarget(DemeureError):
    """No place for backups is declared yet. Run: demeure backup place add NAME FOLDER."""

    fr = "Aucun lieu de sauvegarde n’est encore déclaré : exécutez demeure backup place add NOM DOSSIER."
    exit_code = 2


class NothingDeclared(DemeureError):
    """Two things are missing before a backup: a place to keep it (demeure backup place add NAME FOLDER), and a
    recovery key, without which nobody could read it (demeure backup key create HOLDER --sheet FILE). Then: demeure
    backup create."""

    fr = (
        "Il manque deux choses avant une sauvegarde : un lieu où la garder (demeure backup place add NOM DOSSIER), "
        "et une clé de secours, sans laquelle personne ne pourrait la relire (demeure backup key create PERSONNE "
        "--sheet FICHIER). Puis : demeure backup create."
    )
    exit_code = 2


class TargetUnnamed(DemeureError):
    """Several places for backups are declared: name one. Known: {known}."""

    fr = "Plusieurs lieux de sauvegarde sont déclarés : nommez-en un. Connus : {known}."
    exit_code = 2


class TargetInside(DemeureError):
    """Backups cannot be kept inside the house they are backups of ({place})."""

    fr = "Les sauvegardes ne peuvent pas être gardées dans la maison qu’elles sauvegardent ({place})."
    exit_code = 2


class TargetAbsent(DemeureError):
    """The place for backups “{name}” is not there ({place}): is the disk plugged in, the share mounted?"""

    fr = "Le lieu de sauvegarde « {name} » n’est pas là ({place}) : le disque est-il branché, le partage monté ?"
    exit_code = 5


class PlaceMissing(TargetAbsent):
    """The folder {place} does not exist: create it first (mkdir), or plug the disk in, mount the share; then
    declare the place “{name}” again."""

    fr = (
        "Le dossier {place} n’existe pas : créez-le d’abord (mkdir), ou branchez le disque, montez le partage ; "
        "puis redéclarez le lieu « {name} »."
    )
    exit_code = 5


class PlaceUnreachable(TargetAbsent):
    """The place for backups “{name}” could not be reached. {detail} Earlier backups there are as they were. Try it
    with: demeure routes test {route}."""

    fr = (
        "Le lieu de sauvegarde « {name} » n’a pas pu être joint. {detail} Les sauvegardes qui s’y trouvaient sont "
        "intactes. Essayez-le par : demeure routes test {route}."
    )
    exit_code = 5


class PlaceEmpty(TargetAbsent):
    """At the end of the route “{route}”, the folder or bucket of the place for backups “{name}” does not exist:
    have it made there, or declare the route again with the right path (--path)."""

    fr = (
        "Au bout de la route « {route} », le dossier ou le compartiment du lieu de sauvegarde « {name} » n’existe "
        "pas : faites-le créer là-bas, ou redéclarez la route avec le bon chemin (--path)."
    )
    exit_code = 5


class TargetRefuses(DemeureError):
    """The place for backups “{name}” cannot be written or read: {detail}. Earlier backups there are as they
    were."""

    fr = (
        "Le lieu de sauvegarde « {name} » ne se laisse pas écrire ou lire : {detail}. "
        "Les sauvegardes qui s’y trouvaient sont intactes."
    )
    exit_code = 5


class TargetFull(DemeureError):
    """The place for backups “{name}” is full: this backup was not made, earlier ones there are as they were."""

    fr = (
        "Le lieu de sauvegarde « {name} » est plein : cette sauvegarde n’a pas été faite, les précédentes sont "
        "intactes."
    )
    exit_code = 5


class TargetOfAnother(DemeureError):
    """The place “{name}” holds the backups of another house ({house}): nothing was written."""

    fr = "Le lieu « {name} » contient les sauvegardes d’une autre maison ({house}) : rien n’a été écrit."
    exit_code = 2


class BackupRunning(DemeureError):
    """A backup is already being made from this house: wait for its end."""

    fr = "Une sauvegarde de cette maison est déjà en cours : attendez sa fin."
    exit_code = 5
    http_status = 409


class BackupAbsent(DemeureError):
    """There is no backup here ({place})."""

    fr = "Il n’y a aucune sauvegarde ici ({place})."
    exit_code = 4


class BackupUnknown(DemeureError):
    """There is no backup number {number} here. Present: {known}."""

    fr = "Il n’y a pas ici de sauvegarde numéro {number}. Présentes : {known}."
    exit_code = 2


class BackupForged(DemeureError):
    """Backup {number} is not signed by this house’s key: it was altered, or made by another. Nothing of it is
    used."""

    fr = (
        "La sauvegarde {number} n’est pas signée par la clé de cette maison : elle a été altérée, ou faite par une "
        "autre. Rien n’en est repris."
    )
    exit_code = 4


class BackupDamaged(DemeureError):
    """Backup {number} is damaged: {what}. It cannot be restored whole; an earlier one, or another place, may be."""

    fr = (
        "La sauvegarde {number} est abîmée : {what}. Elle ne peut pas être restaurée entière ; une plus ancienne, "
        "ou un autre lieu, peut l’être."
    )
    exit_code = 4


class BackupOlder(DemeureError):
    """The newest backup here is number {found}, but number {expected} was made: an older archive is served as the
    newest, or a disk was swapped. To take it knowingly: --number {found}."""

    fr = (
        "La plus récente sauvegarde présente ici est la numéro {found}, or la numéro {expected} a été faite : une "
        "archive plus ancienne est servie à sa place, ou un disque a été échangé. Pour la prendre en connaissance "
        "de cause : --number {found}."
    )
    exit_code = 4


class BackupNewer(DemeureError):
    """Backup {number} was made by a later version (format {found}). Update Demeure."""

    fr = "La sauvegarde {number} a été faite par une version plus récente (format {found}). Mettez Demeure à jour."
    exit_code = 4


class RestoreOver(DemeureError):
    """{place} is not empty: a new or empty folder is wanted, nothing is ever written over something else."""

    fr = "{place} n’est pas vide : il faut un dossier neuf ou vide, rien n’est jamais écrit par-dessus autre chose."
    exit_code = 2


class InsideTheHouse(DemeureError):
    """{place} is in the folder of the house itself: give a folder elsewhere. Nothing was written."""

    fr = "{place} est dans le dossier de la maison elle-même : donnez un dossier ailleurs. Rien n’a été écrit."
    exit_code = 2


class RestoreInPlace(DemeureError):
    """A house in clear cannot be restored where its backups are kept ({place}): choose a folder elsewhere."""

    fr = (
        "Une maison en clair ne se restaure pas là où ses sauvegardes sont gardées ({place}) : prenez un dossier "
        "ailleurs."
    )
    exit_code = 2


class RestoreOnMount(DemeureError):
    """{place} is the root of a disk or of a share: what is written gets its name at once, which only a folder
    inside can. Give {inside}."""

    fr = (
        "{place} est la racine d’un disque ou d’un partage : ce qui est écrit reçoit son nom d’un coup, ce que "
        "seul un dossier à l’intérieur permet. Donnez {inside}."
    )
    exit_code = 2


class RestoreRunning(DemeureError):
    """Another command is writing there already ({place}): wait for its end, or stop it."""

    fr = "Une autre commande y écrit déjà ({place}) : attendez sa fin, ou arrêtez-la."
    exit_code = 5
    http_status = 409


class DrillRunning(DemeureError):
    """Another drill is running: wait for its end."""

    fr = "Un autre exercice est en cours : attendez sa fin."
    exit_code = 5
    http_status = 409


class RehearsalRunning(DemeureError):
    """Another rehearsal is running: wait for its end, or read what it gave with: demeure status."""

    fr = "Une autre répétition est en cours : attendez sa fin, ou lisez ce qu’elle donne avec : demeure status."
    exit_code = 5
    http_status = 409


class RestoreNoRoom(DemeureError):
    """The disk has not the room for this restore: {needed} MB are needed, {free} MB are free. Nothing was
    written."""

    fr = (
        "Le disque n’a pas la place pour cette restauration : il faut {needed} Mo, il en reste {free}. "
        "Rien n’a été écrit."
    )
    exit_code = 5


class RestoreStopped(DemeureError):
    """This stopped before its end ({detail}): what was written was removed, the folder is as it was."""

    fr = "Arrêt avant la fin ({detail}) : ce qui était écrit a été retiré, le dossier est comme avant."
    exit_code = 5


class NotInBackup(DemeureError):
    """Backup {number} holds no document or space “{wanted}”."""

    fr = "La sauvegarde {number} ne contient ni document ni espace « {wanted} »."
    exit_code = 2


class DrillFailed(DemeureError):
    """The drill failed: {what}. The report says which checks; a backup that does not restore is no backup."""

    fr = (
        "L’exercice a échoué : {what}. Le rapport dit quelles vérifications ; une sauvegarde qui ne se restaure "
        "pas n’en est pas une."
    )
    exit_code = 4


class NothingToErase(DemeureError):
    """There is no house in {path}: neither its keys/house.check nor an erasure that was begun. Nothing was
    touched."""

    fr = (
        "Il n’y a pas de maison dans {path} : ni son keys/house.check, ni un effacement commencé. Rien n’a été "
        "touché."
    )
    exit_code = 2


class EraseIncomplete(DemeureError):
    """{count} files could not be removed, {example} among them: no report was signed. The house key is destroyed
    already; run the command again once they can be."""

    fr = (
        "{count} fichiers n’ont pas pu être retirés, dont {example} : aucun rapport n’est signé. La clé de la "
        "maison est "
        "déjà détruite ; relancez la commande quand ils pourront l’être."
    )
    exit_code = 5
