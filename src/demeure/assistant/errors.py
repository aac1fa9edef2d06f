"""What can go wrong between a question and its answer."""

from demeure.errors import DemeureError


class QuestionEmpty(DemeureError):
    """The question is empty. Write what you are looking for."""

    fr = "La question est vide. Écrivez ce que vous cherchez."
    exit_code = 2
    http_status = 400


class QuestionTooLong(DemeureError):
    """The question holds {length} characters; the limit is {limit}. Nothing was sent."""

    fr = "La question compte {length} caractères ; la limite est {limit}. Rien n’a été envoyé."
    exit_code = 2
    http_status = 413


class ConversationUnknown(DemeureError):
    """This conversation does not exist, or is not yours."""

    fr = "Cette conversation n’existe pas, ou n’est pas la vôtre."
    exit_code = 2
    http_status = 404
