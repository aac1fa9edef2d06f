"""Why a model was not fetched, installed or used: each refusal has its name and leaves nothing half-installed."""

from demeure.errors import DemeureError


class ModelRefused(DemeureError):
    """This model file is refused."""

    fr = "Ce fichier de modèle est refusé."
    exit_code = 2


class CatalogueInvalid(DemeureError):
    """The model catalogue is not valid ({place}): {detail}."""

    fr = "Le catalogue des modèles n’est pas valable ({place}) : {detail}."


class ModelUnknown(DemeureError):
    """No model is called “{id}”. “demeure models list” shows those that exist."""

    fr = "Aucun modèle ne s’appelle « {id} ». « demeure models list » montre ceux qui existent."
    exit_code = 2
    http_status = 404


class ModelAbsent(DemeureError):
    """The model “{id}” is not installed here. Fetch it with “demeure models pull {id}”."""

    fr = "Le modèle « {id} » n’est pas installé ici. Récupérez-le avec « demeure models pull {id} »."
    exit_code = 2
    http_status = 404


class ModelInUse(DemeureError):
    """The model “{id}” is in use ({slot}): choose another one first with “demeure models use”."""

    fr = "Le modèle « {id} » est utilisé ({slot}) : choisissez-en d’abord un autre avec « demeure models use »."
    exit_code = 2
    http_status = 409


class ModelUnsuitable(ModelRefused):
    """The model “{id}” cannot take the place “{slot}”: {detail}."""

    fr = "Le modèle « {id} » ne peut pas tenir la place « {slot} » : {detail}."
    exit_code = 2
    http_status = 409


class ModelTooLarge(DemeureError):
    """The model “{id}” needs {needed} of memory and this machine can give it {available}."""

    fr = "Le modèle « {id} » demande {needed} de mémoire et cette machine peut lui en donner {available}."
    exit_code = 2
    http_status = 409


class ModelFormatRefused(ModelRefused):
    """{file} is refused: it looks like {looks_like}, and only GGUF files are accepted."""

    fr = "{file} est refusé : cela ressemble à {looks_like}, et seuls les fichiers GGUF sont acceptés."
    exit_code = 2


class ModelHeaderInvalid(ModelRefused):
    """{file} is refused: its GGUF header is impossible ({detail})."""

    fr = "{file} est refusé : son en-tête GGUF est impossible ({detail})."
    exit_code = 2


class LanguageDataInvalid(ModelRefused):
    """{file} is refused: it is not language data of Tesseract (LSTM), or it is damaged."""

    fr = "{file} est refusé : ce ne sont pas des données de langue de Tesseract (LSTM), ou elles sont abîmées."
    exit_code = 2


class SpeechModelInvalid(ModelRefused):
    """{file} is refused: it is not an archive (TAR) of a multilingual Whisper model for CTranslate2, or it is
    damaged."""

    fr = (
        "{file} est refusé : ce n’est pas une archive (TAR) d’un modèle Whisper multilingue pour CTranslate2, "
        "ou elle est abîmée."
    )
    exit_code = 2


class ModelHashWrong(DemeureError):
    """{file} is refused: its SHA-256 is {found}, expected {expected}. It is not the published file."""

    fr = "{file} est refusé : son SHA-256 est {found}, attendu {expected}. Ce n’est pas le fichier publié."


class ModelSizeWrong(DemeureError):
    """{file} is refused: {found} bytes, expected {expected}."""

    fr = "{file} est refusé : {found} octets, attendu {expected}."


class ModelFileUnreadable(ModelRefused):
    """{file} cannot be read: {detail}."""

    fr = "{file} ne peut pas être lu : {detail}."
    exit_code = 2


class ModelFileMissing(ModelRefused):
    """The file of the model “{id}” is not in this house ({file}). Put it back with “demeure models pull {id}”, or
    with “demeure models import” if it was brought; the same file then serves by itself."""

    fr = (
        "Le fichier du modèle « {id} » n’est pas dans cette maison ({file}). Remettez-le avec « demeure models "
        "pull {id} », ou avec « demeure models import » s’il avait été apporté ; "
        "le même fichier sert ensuite de lui-même."
    )
    exit_code = 2


class ConversionRefused(DemeureError):
    """The embedding weights cannot be converted: {detail}."""

    fr = "Les poids du modèle de recherche ne peuvent pas être convertis : {detail}."


class SourceUnavailable(DemeureError):
    """The source “{source}” did not answer as expected: {detail}."""

    fr = "La source « {source} » n’a pas répondu comme prévu : {detail}."
    http_status = 502


class SourceAbsent(SourceUnavailable):
    """The source “{source}” is not on this machine ({detail})."""

    fr = "La source « {source} » n’est pas sur cette machine ({detail})."


class NoSourceWorked(DemeureError):
    """The model “{id}” could not be fetched: {detail}. You can also bring a file: “demeure models import FILE”."""

    fr = (
        "Le modèle « {id} » n’a pas pu être récupéré : {detail}. "
        "On peut aussi apporter un fichier avec « demeure models import FICHIER »."
    )
    http_status = 502


class StoreFull(DemeureError):
    """Not enough space for the model “{id}”: {needed} needed, {available} free. Nothing was installed."""

    fr = "Pas assez de place pour le modèle « {id} » : il faut {needed}, {available} libres. Rien n’a été installé."
    http_status = 507


class StoreBusy(DemeureError):
    """Another command is changing the models of this instance. Try again when it has finished."""

    fr = "Une autre commande modifie les modèles de cette instance. Réessayez quand elle aura fini."
    http_status = 409


class StoreUnreadable(DemeureError):
    """{file} in the models folder is damaged ({detail}). Move it away, then run “demeure models verify”."""

    fr = "{file}, dans le dossier des modèles, est abîmé ({detail}). Écartez-le, puis « demeure models verify »."


class StoreOutOfReach(StoreUnreadable):
    """The house may not read {file} in the models folder: it is another user’s, or a link to a place outside that
    folder, which no role follows. Put the file itself there."""

    fr = (
        "La maison ne peut pas lire {file}, dans le dossier des modèles : il appartient à un autre utilisateur, ou "
        "c’est un lien vers un endroit hors de ce dossier, qu’aucun rôle ne suit. Mettez-y le fichier lui-même."
    )


class NoFormerModel(DemeureError):
    """No former model is known for “{slot}”, or its file is no longer here."""

    fr = "Aucun modèle précédent n’est connu pour « {slot} », ou son fichier n’est plus là."
    exit_code = 2
