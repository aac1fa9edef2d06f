"""What can go wrong at the door: who is asking, from where, how much."""

from demeure.errors import DemeureError


class NotSignedIn(DemeureError):
    """You are not signed in, or no longer: sign in with your login and your password."""

    fr = "Vous n’êtes pas connecté, ou vous ne l’êtes plus : donnez votre identifiant et votre mot de passe."
    http_status = 401


class ConfirmFirst(DemeureError):
    """This act is sensitive: show again who you are, on its page, then do it. Nothing was changed."""

    fr = (
        "Cet acte est sensible : montrez de nouveau qui vous êtes, sur sa page, puis faites-le. "
        "Rien n’a été changé."
    )
    exit_code = 3
    http_status = 403


class ConfidedFirst(DemeureError):
    """Your question holds: {what}. It was not sent, and nothing of it is kept. {then} Take out what is not needed,
    or send it all the same.
    """

    fr = (
        "Votre question contient : {what}. Elle n’est pas partie, et rien n’en est gardé. {then} "
        "Ôtez ce qui n’y sert pas, ou envoyez-la quand même."
    )
    http_status = 428


class ForeignRequest(DemeureError):
    """This request does not come from a page of this house ({detail}). Nothing was done. Reload and try again."""

    fr = (
        "Cette demande ne vient pas d’une page de cette maison ({detail}). "
        "Rien n’a été fait. Rechargez la page et recommencez."
    )
    http_status = 403


class FilterInvalid(DemeureError):
    """“{value}” filters nothing: {detail}."""

    fr = "«\u00a0{value}\u00a0» ne filtre rien\u00a0: {detail}."
    exit_code = 2
    http_status = 400


class PeriodBackwards(DemeureError):
    """The period ends before it begins: from {since} to {until}."""

    fr = "La période finit avant de commencer\u00a0: du {since} au {until}."
    exit_code = 2
    http_status = 400


class HostUnknown(DemeureError):
    """This house does not answer under that name. Use the address printed by “demeure up”."""

    fr = "Cette maison ne répond pas sous ce nom. Utilisez l’adresse affichée par « demeure up »."
    http_status = 421


class BodyTooLarge(DemeureError):
    """What you sent exceeds the limit of {limit}. Nothing was kept."""

    fr = "Votre envoi dépasse la limite de {limit}. Rien n’a été gardé."
    http_status = 413


class BodyTooSlow(DemeureError):
    """Nothing more arrived for {seconds:second|seconds}. Nothing was kept; try again."""

    fr = "Plus rien n’est arrivé pendant {seconds:seconde|secondes}. Rien n’a été gardé ; recommencez."
    http_status = 408


class TooManyAttempts(DemeureError):
    """Too many links were tried. Wait {seconds:second|seconds}."""

    fr = "Trop de liens ont été essayés. Patientez {seconds:seconde|secondes}."
    http_status = 429


class PageUnknown(DemeureError):
    """This address may be mistyped, or what it showed was deleted."""

    fr = "L’adresse est peut-être mal recopiée, ou ce qu’elle montrait a été supprimé."
    http_status = 404


class MethodUnknown(DemeureError):
    """This address does not accept that kind of request."""

    fr = "Cette adresse n’accepte pas ce genre de demande."
    http_status = 405


class JournalSilent(DemeureError):
    """The journal can no longer be written: no request is accepted. Your documents are intact; try again soon. If
    it lasts, whoever keeps the machine reads why in demeure doctor: free some space, or start the house again."""

    fr = (
        "Le journal n’écrit plus\u00a0: aucune demande n’est acceptée. "
        "Vos documents sont intacts\u00a0; réessayez dans un instant. Si cela dure, qui tient la machine lit "
        "pourquoi dans demeure doctor\u00a0: libérer de la place, ou relancer la maison."
    )
    exit_code = 4
    http_status = 503


class PageFailed(DemeureError):
    """Something went wrong in the house, {time}. Nothing was lost. Try again; if it comes back, give this reference
    to whoever administers the house: {reference}."""

    fr = (
        "Une erreur est survenue dans la maison, le {time}. Rien n’a été perdu. Réessayez ; si cela revient, "
        "donnez cette référence à qui administre la maison : {reference}."
    )


class NothingChosen(DemeureError):
    """No document was chosen. Nothing was changed; select some first."""

    fr = "Aucun document n’a été choisi. Rien n’a été changé. Cochez-en d’abord."
    exit_code = 2
    http_status = 400


class PeerRefused(DemeureError):
    """The control door is open to the owner of the house only (you are user {uid})."""

    fr = "La porte de service n’est ouverte qu’au propriétaire de la maison (vous êtes l’utilisateur {uid})."
    exit_code = 3
    http_status = 403


class NothingProven(DemeureError):
    """No proof of the walls is kept yet. Make one: demeure prove."""

    fr = "Aucune preuve des murs n’est encore gardée. Faites-en une : demeure prove."
    http_status = 404


class ExportTooLarge(DemeureError):
    """More than {limit} entries match: the page does not export that many. Narrow the dates, or use: demeure
    journal export."""

    fr = (
        "Plus de {limit} entrées correspondent : la page n’en exporte pas autant. Resserrez les dates, ou "
        "utilisez : demeure journal export."
    )
    http_status = 413


class NothingToExport(DemeureError):
    """No entry matches: there is nothing to export."""

    fr = "Aucune entrée ne correspond : il n’y a rien à exporter."
    http_status = 404


class NoReceipt(DemeureError):
    """Request number {number} has no receipt of erasure: it erased nothing, or is not closed yet."""

    fr = "La demande numéro {number} n’a pas de reçu d’effacement : rien n’y a été effacé, ou elle n’est pas close."
    exit_code = 2
    http_status = 404


class NoSpaceForNames(DemeureError):
    """The table that gives the names back is kept by one space: this text comes from none, or from several. Mask it
    for good, or ask in one space.
    """

    fr = (
        "La table qui rend les noms est gardée par un espace : ce texte ne vient d’aucun, ou de plusieurs. "
        "Masquez-le pour de bon, ou posez la question dans un seul espace."
    )
    exit_code = 2
    http_status = 409


class ErasureUnconfirmed(DemeureError):
    """Nothing was erased: tick the box that says that you checked whom the request comes from."""

    fr = "Rien n’a été effacé : cochez la case qui dit que vous avez vérifié de qui vient la demande."
    exit_code = 2
    http_status = 400


class ContentsOfOthers(DemeureError):
    """The journal gives contents to their author only: ask for your own entries, or for no contents."""

    fr = (
        "Le journal ne donne les contenus qu’à leur auteur : demandez vos propres entrées, ou un export sans "
        "les contenus."
    )
    exit_code = 3
    http_status = 403


class RecordingTooLong(DemeureError):
    """A program has at most {minutes} minutes of sound heard at once. Longer recordings: the task Transcription."""

    fr = "Un logiciel fait entendre au plus {minutes} minutes à la fois. Au-delà : la tâche Transcription."
    exit_code = 2
    http_status = 413


class RequestInvalid(DemeureError):
    """The field “{param}” cannot be taken: {detail}."""

    fr = "Le champ « {param} » ne convient pas : {detail}."
    exit_code = 2
    http_status = 400


class ModelNotServed(DemeureError):
    """No model for this is called “{model}” here. Those there are: GET /v1/models."""

    fr = "Aucun modèle de ce genre ne s’appelle « {model} » ici. Ceux qu’il y a : GET /v1/models."
    exit_code = 2
    http_status = 404


class ModelsNotTold(DemeureError):
    """The house cannot say at this moment which models run: try again in a few seconds."""

    fr = "La maison ne peut pas dire à cet instant quels modèles tournent : réessayez dans quelques secondes."
    http_status = 503


class ModelCannot(DemeureError):
    """The model cannot do what is asked of it: {detail}."""

    fr = "Le modèle ne peut pas faire ce qui lui est demandé : {detail}."
    exit_code = 2
    http_status = 400


class AnswerBroken(DemeureError):
    """The answer could not be given: {sentence}"""

    fr = "La réponse n’a pas pu être donnée : {sentence}"
    http_status = 503


class AnswerRefused(DemeureError):
    """This is refused: {sentence}"""

    fr = "Ceci est refusé : {sentence}"
    exit_code = 3
    http_status = 403


class DocumentNameShared(DemeureError):
    """Documents of several spaces are called “{name}”. Say which space: --space."""

    fr = "Des documents de plusieurs espaces s’appellent « {name} ». Précisez l’espace : --space."
    exit_code = 2
    http_status = 409


class NoTableToSend(DemeureError):
    """This text holds no table: choose a format for texts (docx, odt, pdf, md)."""

    fr = "Ce texte ne contient pas de tableau : choisissez un format de texte (docx, odt, pdf, md)."
    exit_code = 2
    http_status = 409


class NoRegisters(DemeureError):
    """This house keeps no registers."""

    fr = "Cette maison ne tient pas de registres."
    exit_code = 2
    http_status = 404
