"""What the library may have to say to a person."""

from demeure.errors import DemeureError


class DocumentUnknown(DemeureError):
    """This document does not exist, or you may not see it."""

    fr = "Ce document n’existe pas, ou vous ne pouvez pas le voir."
    exit_code = 2
    http_status = 404


class SpaceShut(DemeureError):
    """The space “{space}” cannot be opened. {detail} The other spaces answer without it; demeure keys list and
    demeure doctor say what is damaged."""

    fr = (
        "L’espace « {space} » ne s’ouvre pas. {detail} Les autres espaces répondent sans lui ; demeure keys list "
        "et demeure doctor disent ce qui est abîmé."
    )
    exit_code = 4


class PassageUnknown(DemeureError):
    """This passage no longer exists: the document has been read again since. Open the document to find it."""

    fr = "Ce passage n’existe plus : le document a été relu depuis. Ouvrez le document pour le retrouver."
    exit_code = 2
    http_status = 404


class SpaceNameInvalid(DemeureError):
    """A space needs a name of 1 to 80 characters. Nothing was created."""

    fr = "Un espace demande un nom de 1 à 80 caractères. Rien n’a été créé."
    exit_code = 2
    http_status = 400


class SpaceNameTaken(DemeureError):
    """A space is already called “{name}”. Nothing was created."""

    fr = "Un espace s’appelle déjà « {name} ». Rien n’a été créé."
    exit_code = 2
    http_status = 409


class DocumentNameInvalid(DemeureError):
    """A document needs a file name of 1 to 200 visible characters. Nothing was kept."""

    fr = "Un document demande un nom de fichier de 1 à 200 caractères visibles. Rien n’a été gardé."
    exit_code = 2
    http_status = 400


class UploadTooLarge(DemeureError):
    """The document is larger than the limit of {limit} MB. Nothing was kept."""

    fr = "Le document dépasse la limite de {limit} Mo. Rien n’a été gardé."
    exit_code = 2
    http_status = 413


class DocumentLeaving(DemeureError):
    """This document is being deleted; add it again in a moment."""

    fr = "Ce document est en cours de suppression ; ajoutez-le de nouveau dans un instant."
    http_status = 409


class DocumentNotTaken(DemeureError):
    """This file is not taken into this space. Nothing was added; ask whoever looks after the space."""

    fr = (
        "Ce fichier n’est pas pris dans cet espace. Rien n’a été ajouté\u202f; voyez avec la personne qui "
        "s’occupe de l’espace."
    )
    exit_code = 2
    http_status = 409


class DocumentUnseen(DemeureError):
    """The antivirus has not seen this document yet. Open it again in a moment."""

    fr = "L’antivirus n’a pas encore vu ce document. Ouvrez-le de nouveau dans un instant."
    http_status = 409


class TagInvalid(DemeureError):
    """A tag has 1 to {most} characters, a letter or digit at least, no comma; 20 at once. Nothing was changed."""

    fr = (
        "Une étiquette a de 1 à {most} caractères, au moins une lettre ou un chiffre, pas de virgule, et l’on en "
        "met 20 à la fois au plus. Rien n’a été changé."
    )
    exit_code = 2
    http_status = 400


class TooManyAtOnce(DemeureError):
    """At most {most} documents at once. Nothing was changed; choose fewer of them."""

    fr = "Au plus {most} documents à la fois. Rien n’a été changé\N{NARROW NO-BREAK SPACE}; choisissez-en moins."
    exit_code = 2
    http_status = 400


class MeaningRefused(DemeureError):
    """The model that compares meanings does not take its text ({detail}). It is found by its words; the house
    tries again on its own, less and less often.
    """

    fr = (
        "Le modèle qui compare les sens ne prend pas son texte ({detail}). Il est trouvé par ses mots"
        "\N{NARROW NO-BREAK SPACE}; un nouvel essai a lieu de lui-même, de plus en plus espacé."
    )


class WorkInterrupted(DemeureError):
    """Reading this document stopped the worker {times} times; it is set aside. Check the file and add it again."""

    fr = "La lecture de ce document a arrêté le travail {times} fois ; il est mis de côté. Vérifiez le fichier."


class CareInvalid(DemeureError):
    """Days are written YYYY-MM-DD, and whoever looks after a document fits in {most} characters. Nothing was
    changed."""

    fr = (
        "Les dates s’écrivent AAAA-MM-JJ, et le nom du responsable tient en {most} caractères. Rien n’a été changé."
    )
    exit_code = 2
    http_status = 400


class VersionImpossible(DemeureError):
    """A document cannot take its own place, nor that of a newer version of itself. Nothing was changed."""

    fr = (
        "Un document ne peut prendre ni sa propre place, ni celle d’une version plus récente de lui-même. "
        "Rien n’a été changé."
    )
    exit_code = 2
    http_status = 409


class NotReadYet(DemeureError):
    """The text of “{name}” cannot be compared: it was not read, or not yet."""

    fr = (
        "Le texte de «\N{NO-BREAK SPACE}{name}\N{NO-BREAK SPACE}» ne peut pas être comparé : il n’est pas lu, ou "
        "pas encore."
    )
    http_status = 409
