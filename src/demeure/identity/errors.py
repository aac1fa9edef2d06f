"""Why a link does not open the door, why a person cannot be found or added."""

from demeure.errors import DemeureError


class LinkUnknown(DemeureError):
    """This sign-in link is not known here. Ask the administrator for a new one."""

    fr = "Ce lien de connexion n’est pas connu ici. Demandez-en un nouveau à l’administrateur."
    exit_code = 3
    http_status = 403


class LinkUsed(DemeureError):
    """This sign-in link has already been used: each serves once. Ask the administrator for a new one."""

    fr = (
        "Ce lien de connexion a déjà servi : chacun ne sert qu’une fois. Demandez-en un nouveau à l’administrateur."
    )
    exit_code = 3
    http_status = 403


class LinkExpired(DemeureError):
    """This sign-in link has expired. Ask the administrator for a new one."""

    fr = "Ce lien de connexion n’est plus valable. Demandez-en un nouveau à l’administrateur."
    exit_code = 3
    http_status = 403


class PersonUnknown(DemeureError):
    """Nobody here is called “{person}”, or their account is closed."""

    fr = "Personne ici ne s’appelle « {person} », ou son compte est fermé."
    exit_code = 2
    http_status = 404


class LoginTaken(DemeureError):
    """The login “{login}” already belongs to someone."""

    fr = "L’identifiant « {login} » appartient déjà à quelqu’un."
    exit_code = 2
    http_status = 409


class SpaceUnknown(DemeureError):
    """There is no space “{space}”."""

    fr = "Il n’y a pas d’espace « {space} »."
    exit_code = 2
    http_status = 404
