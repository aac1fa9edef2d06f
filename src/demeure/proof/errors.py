"""What a person is told when a proof cannot be made."""

from demeure.errors import DemeureError


class NoGround(DemeureError):
    """The proof cannot prepare its ground in {folder} ({detail}). It needs a folder for temporary files with a few
    megabytes free: make room, or name another one (TMPDIR)."""

    fr = (
        "La preuve ne peut pas préparer son terrain dans {folder} ({detail}). Il lui faut un dossier de fichiers "
        "temporaires avec quelques mégaoctets libres\u00a0: faites de la place, ou nommez-en un autre (TMPDIR)."
    )
    exit_code = 5
