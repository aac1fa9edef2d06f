"""What may be wrong with a watched folder or with one of its files."""

from demeure.errors import DemeureError


class FolderUnreachable(DemeureError):
    """The watched folder cannot be reached ({detail}). Nothing was removed; it is looked at again later."""

    fr = "Le dossier suivi est injoignable ({detail}). Rien n’a été retiré ; il sera regardé de nouveau plus tard."
    exit_code = 5
    http_status = 503


class FileRefused(DemeureError):
    """The file could not be read ({detail})."""

    fr = "Le fichier n’a pas pu être lu ({detail})."
    exit_code = 3
    http_status = 422


class FileMoving(DemeureError):
    """The file was changing while it was read; it waits for the next scan."""

    fr = "Le fichier changeait pendant sa lecture ; il attend le prochain passage."
    exit_code = 3
    http_status = 409


class ReaderLied(DemeureError):
    """The job that reads the folder gave an answer that cannot be ({detail})."""

    fr = "Le travail qui lit le dossier a donné une réponse impossible ({detail})."
    exit_code = 5
    http_status = 502


class PatternInvalid(DemeureError):
    """“{pattern}” is no pattern of names: 1 to 200 characters, no control character; 100 patterns at most."""

    fr = "« {pattern} » n’est pas un motif de noms : 1 à 200 caractères, sans caractère de commande ; 100 au plus."
    exit_code = 2
    http_status = 400
