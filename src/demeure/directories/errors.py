"""Why a directory was not declared, not read, or not followed. None shows a password; nobody was closed for any."""

from demeure.errors import DemeureError


class DirectoryInvalid(DemeureError):
    """The directory “{directory}” cannot be declared: {detail}"""

    fr = "L’annuaire « {directory} » ne peut pas être déclaré : {detail}"
    exit_code = 2
    http_status = 400


class DirectoryUnknown(DemeureError):
    """There is no directory “{directory}”. See: demeure directory status."""

    fr = "Il n’y a pas d’annuaire « {directory} ». Voir : demeure directory status."
    exit_code = 2
    http_status = 404


class DirectoryAnswer(DemeureError):
    """The directory “{directory}” did not answer as it should: {detail}. Nobody’s account was changed."""

    fr = "L’annuaire « {directory} » n’a pas répondu comme il faut : {detail}. Aucun compte n’a été changé."
    exit_code = 5
    http_status = 502


class DirectoryNoEntry(DirectoryAnswer):
    """The directory “{directory}” shows nothing at “{detail}”. Nobody’s account was changed."""

    fr = "L’annuaire « {directory} » ne montre rien à « {detail} ». Aucun compte n’a été changé."


class DirectoryPartial(DirectoryAnswer):
    """The directory “{directory}” gave a part of its people only: {detail}. Nobody’s account was changed."""

    fr = (
        "L’annuaire « {directory} » n’a donné qu’une partie de ses personnes : {detail}. Aucun compte n’a "
        "été changé."
    )


class DirectoryDoubtful(DemeureError):
    """By the directory “{directory}”, {count} accounts of {known} would be closed, leave a group or lose their
    role: {why}. Nobody’s account was changed. If it is so, look at the list (demeure directory check)
    and say it: demeure directory sync {directory} --close {count}."""

    fr = (
        "D’après l’annuaire « {directory} », {count} comptes sur {known} seraient fermés, quitteraient un groupe "
        "ou perdraient leur rôle : {why}. Aucun compte n’a été changé. "
        "Si c’est bien le cas, regardez la liste (demeure directory check) puis dites-le : "
        "demeure directory sync {directory} --close {count}."
    )
    exit_code = 3
    http_status = 409


class DirectoryBusy(DemeureError):
    """The directory “{directory}” is being read already. Try again in a moment."""

    fr = "L’annuaire « {directory} » est déjà en cours de lecture. Réessayez dans un instant."
    exit_code = 3
    http_status = 409
