"""What can go wrong between a task asked for and its draft."""

from demeure.errors import DemeureError


class TaskUnknown(DemeureError):
    """There is no task named “{task}”. demeure task list shows them."""

    fr = "Aucune tâche ne s’appelle « {task} ». demeure task list les montre."
    exit_code = 2
    http_status = 404


class TaskUnreadable(DemeureError):
    """{file}, line {line}: this is not TOML: {detail}."""

    fr = "{file}, ligne {line} : ce n’est pas du TOML : {detail}."
    exit_code = 2
    http_status = 400


class TaskEntryMissing(DemeureError):
    """{file}, line {line}: “{entry}” is missing."""

    fr = "{file}, ligne {line} : il manque « {entry} »."
    exit_code = 2
    http_status = 400


class TaskEntryWrong(DemeureError):
    """{file}, line {line}: “{entry}” must be {expected}."""

    fr = "{file}, ligne {line} : « {entry} » doit être {expected}."
    exit_code = 2
    http_status = 400


class TaskNameTaken(DemeureError):
    """“{task}” is a task that comes with Demeure: give yours another name."""

    fr = "« {task} » est une tâche livrée avec Demeure : donnez un autre nom à la vôtre."
    exit_code = 2
    http_status = 409


class TaskVersionOld(DemeureError):
    """“{task}” is already there in version {known}; a new one needs a higher number than {found}."""

    fr = "« {task} » est déjà là en version {known} ; la nouvelle demande un numéro plus haut que {found}."
    exit_code = 2
    http_status = 409


class TaskIsAQuestion(DemeureError):
    """“{task}” is a question to the documents: ask it with demeure ask, or on its page."""

    fr = "« {task} » est une question aux documents : posez-la avec demeure ask, ou sur sa page."
    exit_code = 2
    http_status = 409


class FieldMissing(DemeureError):
    """“{field}” is empty. Fill it in."""

    fr = "« {field} » est vide. Remplissez ce champ."
    exit_code = 2
    http_status = 400


class FieldTooLong(DemeureError):
    """“{field}” is {length} characters long; the limit is {limit}. Bring it as a file, or shorten it."""

    fr = "« {field} » compte {length} caractères ; la limite est {limit}. Déposez un fichier, ou raccourcissez."
    exit_code = 2
    http_status = 413


class FieldUnknown(DemeureError):
    """This task has no field “{field}”. Its fields: {names}."""

    fr = "Cette tâche n’a pas de champ « {field} ». Ses champs : {names}."
    exit_code = 2
    http_status = 400


class FieldWrong(DemeureError):
    """“{field}” does not accept “{value}”."""

    fr = "« {field} » n’accepte pas « {value} »."
    exit_code = 2
    http_status = 400


class NameOfAFile(DemeureError):
    """“{name}” is the name of a file, not a text. Bring the file, or choose the document (with demeure task:
    NAME=@{name}, or NAME=document:{name} for one of the base)."""

    fr = (
        "« {name} » est un nom de fichier, pas un texte. Déposez le fichier, ou choisissez le document (avec "
        "demeure task : CHAMP=@{name}, ou CHAMP=document:{name} pour un document de la base)."
    )
    exit_code = 2
    http_status = 400


class WorkUnknown(DemeureError):
    """This work does not exist, or is not yours."""

    fr = "Ce travail n’existe pas, ou n’est pas le vôtre."
    exit_code = 2
    http_status = 404


class WorkWithdrawn(DemeureError):
    """This work came from documents you may no longer read."""

    fr = "Ce travail vient de documents que vous ne pouvez plus lire."
    exit_code = 2
    http_status = 404


class WorkBusy(DemeureError):
    """A draft of this work is still being written. Stop it, or wait for it to end."""

    fr = "Un brouillon de ce travail est encore en cours d’écriture. Arrêtez-le, ou attendez sa fin."
    exit_code = 2
    http_status = 409


class WorksTooMany(DemeureError):
    """{limit} of your drafts are being written. Wait for one to end, or stop one."""

    fr = "{limit} de vos travaux sont déjà en cours. Attendez la fin de l’un d’eux, ou arrêtez-en un."
    exit_code = 2
    http_status = 409


class WorkNameEmpty(DemeureError):
    """The name is empty. Write a few words; the earlier name is kept."""

    fr = "Le nom est vide. Écrivez quelques mots ; l’ancien nom est gardé."
    exit_code = 2
    http_status = 400


class SectionUnknown(DemeureError):
    """This work has no section {section}."""

    fr = "Ce travail n’a pas de section {section}."
    exit_code = 2
    http_status = 404


class DraftEmpty(DemeureError):
    """The text is empty. The earlier text is kept."""

    fr = "Le texte est vide. L’ancien texte est gardé."
    exit_code = 2
    http_status = 400


class DraftLost(DemeureError):
    """The task that this draft comes from is no longer there."""

    fr = "La tâche dont vient ce brouillon n’est plus là."
    exit_code = 2
    http_status = 409


class FileUnknown(DemeureError):
    """This file is no longer there: drop it again."""

    fr = "Ce fichier n’est plus là : déposez-le de nouveau."
    exit_code = 2
    http_status = 404


class NothingToRead(DemeureError):
    """No text was found in “{name}”: a scan has to be recognised first, in a space of documents."""

    fr = "Aucun texte dans « {name} » : un scan doit d’abord être reconnu, dans un espace de documents."
    exit_code = 2
    http_status = 422


class TooMuchToRead(DemeureError):
    """“{name}” holds {found} characters; this task reads {limit} at most."""

    fr = "« {name} » compte {found} caractères ; cette tâche en lit {limit} au plus."
    exit_code = 2
    http_status = 413


class CasesUnreadable(DemeureError):
    """{file}, line {line}: these are not cases. {detail}"""

    fr = "{file}, ligne {line} : ce ne sont pas des cas. {detail}"
    exit_code = 2
    http_status = 400


class CasesWrong(CasesUnreadable):
    """{file}: {detail}"""

    fr = "{file} : {detail}"


class ModelUnmeasured(DemeureError):
    """{model} was not measured on {cases} of your {of} cases. Run: demeure eval --model {model}."""

    fr = "{model} n’a pas été mesuré sur {cases} de vos {of} cas. Lancez : demeure eval --model {model}."
    exit_code = 5
    http_status = 409


class ModelFalls(DemeureError):
    """{model} does worse on your cases. Passed before, not now: {lost} ({cases}); facts present: {before}
    before, {after} after. The former model stays."""

    fr = (
        "{model} fait moins bien sur vos cas. Réussis avant, plus maintenant : {lost} ({cases}) ; faits présents : "
        "{before} avant, {after} après. L’ancien modèle reste."
    )
    exit_code = 5
    http_status = 409


class RecordingGone(DemeureError):
    """The recording is not here any more: its sound was erased. Bring it again."""

    fr = "L’enregistrement n’est plus ici : son contenu a été effacé. Apportez-le de nouveau."
    exit_code = 2
    http_status = 409


class RecordingExpected(DemeureError):
    """“{field}” takes a recording: WAV, MP3, M4A or OGG. “{name}” is another kind of file."""

    fr = "« {field} » attend un enregistrement : WAV, MP3, M4A ou OGG. « {name} » est un fichier d’un autre genre."
    exit_code = 2
    http_status = 400


class SpeakersOutOfDate(DemeureError):
    """The text has changed since this page was opened. Open it again: nothing was changed."""

    fr = "Le texte a changé depuis l’ouverture de cette page. Ouvrez-la de nouveau : rien n’a été modifié."
    exit_code = 2
    http_status = 409


class TranscriptNotRefined(DemeureError):
    """A transcript is not said in another way: correct it, or use it in another task."""

    fr = "Une transcription ne se redit pas autrement : corrigez-la, ou reprenez-la dans une autre tâche."
    exit_code = 2
    http_status = 409
