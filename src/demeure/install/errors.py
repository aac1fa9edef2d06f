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
    """Nothing was installed here by demeure install ({path} is absent)."""

    fr = "Rien n’a été installé ici par demeure install ({path} est absent)."
    exit_code = 2


class ToolRefused(DemeureError):
    """The command « {command} » failed: {detail}. What was written before it stays; run demeure install again."""

    fr = "La commande « {command} » a échoué : {detail}. Ce qui était écrit reste ; relancez demeure install."
    exit_code = 4


class KeyToSealMissing(DemeureError):
    """There is no {path} yet: open the house once (demeure up), then run demeure install --seal-keys again."""

    fr = (
        "Il n’y a pas encore de {path} : ouvrez la maison une fois (demeure up), puis relancez demeure install "
        "--seal-keys."
    )
    exit_code = 2
