"""What can go wrong with the words of the organisation."""

from demeure.errors import DemeureError


class TermInvalid(DemeureError):
    """This entry cannot be kept: {field} is not right (“{found}”)."""

    fr = "Cette entrée ne peut pas être gardée : {field} ne va pas (« {found} »)."
    exit_code = 2
    http_status = 400


class TermKnown(DemeureError):
    """“{form}” is already in this glossary."""

    fr = "« {form} » est déjà dans ce glossaire."
    exit_code = 2
    http_status = 409


class TermUnknown(DemeureError):
    """This entry is no longer in the glossary."""

    fr = "Cette entrée n’est plus dans le glossaire."
    http_status = 404


class GlossaryFull(DemeureError):
    """A glossary holds at most {most} entries."""

    fr = "Un glossaire contient au plus {most} entrées."
    exit_code = 2
    http_status = 409


class CsvInvalid(DemeureError):
    """Line {line} of the file: {detail}. Nothing was imported."""

    fr = "Ligne {line} du fichier : {detail}. Rien n’a été importé."
    exit_code = 2
    http_status = 400


class TextInvalid(DemeureError):
    """This text cannot be kept: {detail}."""

    fr = "Ce texte ne peut pas être gardé : {detail}."
    exit_code = 2
    http_status = 400


class TextUnknown(DemeureError):
    """There is no such text here."""

    fr = "Ce texte n’existe pas ici."
    http_status = 404


class TextMoved(DemeureError):
    """Someone changed this text meanwhile: version {version}. Read it again before you change it."""

    fr = "Quelqu’un a changé ce texte entre-temps : version {version}. Relisez-le avant de le changer."
    http_status = 409
