"""What a person can meet when Demeure is installed on a machine, or taken off it."""

from demeure.errors import DemeureError


class RootWanted(DemeureError):
    """This writes in the system’s folders: run it as root. Nothing was written. Without root: demeure up."""

    fr = (
        "Ceci écrit dans les dossiers du système : exécutez-le en root. Rien n’a été écrit. Sans root : demeure up."
    )
    exit_code = 2


class ProgramOutOfReach(DemeureError):
    """The user {user} could not run the program where it is ({path}): install it under /opt, then again. Nothing
    was written."""

    fr = (
        "L’utilisateur {user} ne pourrait pas exécuter le programme là où il est ({path}) : installez-le sous "
        "/opt, puis recommencez. Rien n’a été écrit."
    )
    exit_code = 2


class NothingInstalled(DemeureError):
    """Nothing was installed here by demeure install ({path} is absent). A trial (make demo, demeure up) is in its
    folder alone: demeure erase --report FOLDER destroys its data, then delete the folder."""

    fr = (
        "Rien n’a été installé ici par demeure install ({path} est absent). Un essai (make demo, demeure up) tient "
        "dans son seul dossier : demeure erase --report DOSSIER détruit ses données, puis supprimez le dossier."
    )
    exit_code = 2


class ToolRefused(DemeureError):
    """The command « {command} » failed: {detail}. What was written before it stays; run demeure install again."""

    fr = "La commande « {command} » a échoué : {detail}. Ce qui était écrit reste ; relancez demeure install."
    exit_code = 4


class AnotherAtWork(DemeureError):
    """Another command installs, updates or removes Demeure on this machine ({path} is held). Nothing was changed:
    wait for its end."""

    fr = (
        "Une autre commande installe, met à jour ou retire Demeure sur cette machine ({path} est tenu). Rien n’a "
        "été changé : attendez sa fin."
    )
    exit_code = 4


class HostUnusable(DemeureError):
    """The address « {host} » in demeure.toml is neither an IP address nor localhost: no unit is written from it.
    Nothing was written."""

    fr = (
        "L’adresse « {host} » de demeure.toml n’est ni une adresse IP ni localhost : aucune unité n’est écrite "
        "avec elle. Rien n’a été écrit."
    )
    exit_code = 2


class UserUnusable(DemeureError):
    """No account of this machine can be called “{user}” for the house: small letters, figures, “-” and “_”, a
    letter first, and never root."""

    fr = (
        "Aucun compte de cette machine ne peut s’appeler « {user} » pour la maison : minuscules, chiffres, « - » "
        "et « _ », une lettre d’abord, et jamais root."
    )
    exit_code = 2


class DataUnusable(DemeureError):
    """The data cannot be in {path}: a whole path of a folder of their own, outside those of the system."""

    fr = (
        "Les données ne peuvent pas être dans {path} : il faut le chemin entier d’un dossier à elles, hors du "
        "système."
    )
    exit_code = 2


class KeyToSealUnfit(DemeureError):
    """{path} is not a key of this house: {detail}. Nothing was sealed from it."""

    fr = "{path} n’est pas une clé de cette maison : {detail}. Rien n’a été scellé à partir de lui."
    exit_code = 2


class SealUseless(DemeureError):
    """What systemd made of {path} {detail}: nothing was sealed."""

    fr = "Ce que systemd a fait de {path} {detail} : rien n’a été scellé."
    exit_code = 4


class KeyToSealMissing(DemeureError):
    """There is no {path} yet: install without --seal-keys, open the house once, then run demeure install
    --seal-keys. Units and command stay as they were."""

    fr = (
        "Il n’y a pas encore de {path} : installez sans --seal-keys, ouvrez la maison une fois, puis lancez "
        "demeure install --seal-keys. Les unités et la commande restent comme elles étaient."
    )
    exit_code = 2
