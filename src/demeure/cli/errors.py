"""What the command line itself may have to say."""

from demeure.errors import DemeureError


class HouseNeverStarted(DemeureError):
    """The house did not open within {seconds} seconds. Its log: {log}. Try: demeure doctor."""

    fr = "La maison ne s’est pas ouverte en {seconds} secondes. Son compte rendu : {log}. Essayez : demeure doctor."


class FrontDown(DemeureError):
    """The house is open, but the part that answers commands and pages stopped too often; it is started again within
    a minute. If that lasts, see why: demeure status. Then close the house and open it again."""

    fr = (
        "La maison est ouverte, mais la partie qui répond aux commandes et aux pages s’est arrêtée trop souvent ; "
        "elle est relancée dans la minute. Si cela dure, voir pourquoi : demeure status. Puis fermez la maison et "
        "rouvrez-la."
    )
    exit_code = 4
    http_status = 503


class InstanceMissing(DemeureError):
    """There is no instance at {instance}. Make it with: demeure up, or choose another with --instance."""

    fr = (
        "Il n’y a pas d’instance à l’emplacement {instance}. Créez-la avec : demeure up, ou nommez-en une autre "
        "avec --instance."
    )
    exit_code = 4


class InstanceOfAnother(DemeureError):
    """This instance belongs to {owner}: run the command as that user (sudo -u {owner} demeure …)."""

    fr = "Cette instance appartient à {owner} : exécutez la commande sous ce nom (sudo -u {owner} demeure …)."
    exit_code = 4
    http_status = 403


class FileMissing(DemeureError):
    """There is no readable file at {path}."""

    fr = "Il n’y a pas de fichier lisible à l’emplacement {path}."
    exit_code = 2


class EditorFailed(DemeureError):
    """The editor “{editor}” could not be opened, or failed: nothing is changed. Another one: EDITOR=nano; or give
    the text in a file (--from)."""

    fr = (
        "L’éditeur «\u00a0{editor}\u00a0» n’a pas pu s’ouvrir, ou a échoué\u00a0: rien n’est changé. "
        "Un autre\u00a0: EDITOR=nano\u00a0; ou donnez le texte dans un fichier (--from)."
    )
    exit_code = 2


class FolderUnusable(DemeureError):
    """The folder {path} does not exist, is full, or may not be written: make it first. No file was written."""

    fr = (
        "Le dossier {path} n’existe pas, est plein ou ne se laisse pas écrire : créez-le d’abord. Aucun fichier "
        "n’a été écrit."
    )
    exit_code = 2


class SystemRefused(DemeureError):
    """The system refused: {detail}."""

    fr = "Le système a refusé : {detail}."
    exit_code = 2


class FileOfAHouse(DemeureError):
    """{path} belongs to a house of Demeure (keys, databases, journal): nothing was added. Name another folder."""

    fr = (
        "{path} appartient à une maison de Demeure (clés, bases, journal) : rien n’a été ajouté. Nommez un autre "
        "dossier."
    )
    exit_code = 2


class SpaceUnknownHere(DemeureError):
    """No space is called “{name}”. Existing spaces: {known}."""

    fr = "Aucun espace ne s’appelle « {name} ». Espaces existants : {known}."
    exit_code = 2


class NothingToAsk(DemeureError):
    """There is no document to ask{where} yet. Bring some: demeure documents add PATHS --space SPACE.{model}"""

    fr = (
        "Il n’y a encore aucun document à interroger{where}. Apportez-en : demeure documents add FICHIERS --space "
        "ESPACE.{model}"
    )
    exit_code = 2


class NoCases(DemeureError):
    """There is no case to measure. Bring the organisation's own: demeure eval add FILE, or name some: --cases."""

    fr = (
        "Il n’y a aucun cas à mesurer. Apportez ceux de l’organisation : demeure eval add FICHIER, ou nommez-en : "
        "--cases."
    )
    exit_code = 2


class NoModelHere(DemeureError):
    """No model answers in this instance yet. Fetch one and use it: demeure models pull starter-chat, then demeure
    models use chat starter-chat."""

    fr = (
        "Aucun modèle ne répond encore dans cette instance. Allez en chercher un : demeure models pull "
        "starter-chat, puis demeure models use chat starter-chat."
    )
    exit_code = 4


class SampleMissing(DemeureError):
    """The sample base is not beside the program ({path}); run it from the project's folder."""

    fr = "La base d’exemple n’est pas à côté du programme ({path}) ; lancez-la depuis le dossier du projet."
    exit_code = 2


class FileExists(DemeureError):
    """There is already something at {path}: nothing was written over it."""

    fr = "Il y a déjà quelque chose à l’emplacement {path} : rien n’a été écrit par-dessus."
    exit_code = 2


class ToolMissing(DemeureError):
    """The program {name} is not installed on this machine."""

    fr = "Le programme {name} n’est pas installé sur cette machine."
    exit_code = 4


class TimestampRefused(DemeureError):
    """This timestamp is not accepted: {detail}."""

    fr = "Cet horodatage n’est pas accepté : {detail}."
    exit_code = 1


class EvidenceUnknown(DemeureError):
    """{path} is no evidence that Demeure knows: a statement, a receipt, a proof, an export, a checkpoint, a
    journal, a report of erasure."""

    fr = (
        "{path} n’est pas une pièce que Demeure connaît : déclaration, reçu, preuve, export, point de contrôle, "
        "journal, rapport d’effacement."
    )
    exit_code = 2


class MomentInvalid(DemeureError):
    """“{found}” is not a moment: write 09:30 (today), 2026-11-24, or 2026-11-24T09:30."""

    fr = "« {found} » n’est pas un moment : écrire 09:30 (aujourd’hui), 2026-11-24 ou 2026-11-24T09:30."
    exit_code = 2


class OpenElsewhere(DemeureError):
    """This house is open already in {other} (process {pid}), and {instance} is a copy of it: two of them would
    write two journals under one key. Close that one first."""

    fr = (
        "Cette maison est déjà ouverte dans {other} (processus {pid}), et {instance} en est une copie : à deux, "
        "elles écriraient deux journaux sous une même clé. Fermez celle-là d’abord."
    )
    exit_code = 4
