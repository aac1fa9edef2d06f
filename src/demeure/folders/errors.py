"""What may be wrong with what is asked of watched folders."""

from demeure.errors import DemeureError


class FolderUnknown(DemeureError):
    """No watched folder is called “{folder}”."""

    fr = "Aucun dossier suivi ne s’appelle « {folder} »."
    exit_code = 2
    http_status = 404


class FolderKnown(DemeureError):
    """This folder is already watched for this space ({folder}). Nothing was declared."""

    fr = "Ce dossier est déjà suivi pour cet espace ({folder}). Rien n’a été déclaré."
    exit_code = 2
    http_status = 409


class FolderPlaceInvalid(DemeureError):
    """A watched folder is an absolute path of this machine. Nothing was declared."""

    fr = "Un dossier suivi est un chemin absolu de cette machine. Rien n’a été déclaré."
    exit_code = 2
    http_status = 400


class NothingHeld(DemeureError):
    """No removal of this folder waits for a confirmation of that number ({held} do)."""

    fr = "Aucun retrait de ce dossier n’attend une confirmation de ce nombre ({held} attendent)."
    exit_code = 2
    http_status = 409


class FolderStopped(DemeureError):
    """The folder was paused or let go while it was read: what is done stays done."""

    fr = "Le dossier a été mis en pause ou retiré pendant sa lecture : ce qui est fait reste fait."
    exit_code = 1
    http_status = 409
