"""What can go wrong between a question and its answer."""

from demeure.errors import DemeureError


class QuestionEmpty(DemeureError):
    """The question is empty. Write what you are looking for."""

    fr = "La question est vide. Écrivez ce que vous cherchez."
    exit_code = 2
    http_status = 400


class QuestionTooLong(DemeureError):
    """The question is {length} characters long; the limit is {limit}. Nothing was sent."""

    fr = "La question compte {length} caractères ; la limite est {limit}. Rien n’a été envoyé."
    exit_code = 2
    http_status = 413


class ConversationUnknown(DemeureError):
    """This conversation does not exist, or is not yours."""

    fr = "Cette conversation n’existe pas, ou n’est pas la vôtre."
    exit_code = 2
    http_status = 404


class ConversationMoved(DemeureError):
    """This conversation went on in another window. Read what was added, then ask again; your question is kept."""

    fr = (
        "Cette conversation a continué dans une autre fenêtre. Lisez ce qui s’y est ajouté, puis demandez de "
        "nouveau\u202f; votre question est gardée."
    )
    exit_code = 2
    http_status = 409


class ConversationBusy(DemeureError):
    """An answer is still being written in this conversation. Stop it or wait for it to end; your question is
    kept.
    """

    fr = (
        "Une réponse est encore en cours d’écriture dans cette conversation. Arrêtez-la ou attendez sa fin\u202f; "
        "votre question est gardée."
    )
    exit_code = 2
    http_status = 409


class TitleEmpty(DemeureError):
    """The name is empty. Write a few words; the earlier name is kept."""

    fr = "Le nom est vide. Écrivez quelques mots\u202f; l’ancien nom est gardé."
    exit_code = 2
    http_status = 400


class DocumentsApart(DemeureError):
    """A question may be about {most} documents at most, all of one space. Choose fewer, then ask again."""

    fr = (
        "Une question peut porter sur {most} documents au plus, d’un même espace. Choisissez-en moins, puis "
        "demandez de nouveau."
    )
    exit_code = 2
    http_status = 400
