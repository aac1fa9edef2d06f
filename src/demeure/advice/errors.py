"""What may be wrong with answers."""

from demeure.errors import DemeureError


class AnswersUnreadable(DemeureError):
    """{file}, line {line}: not readable as TOML: {detail}."""

    fr = "{file}, ligne {line} : ne se lit pas comme un fichier TOML : {detail}."
    exit_code = 2
    http_status = 400


class AnswerWrong(DemeureError):
    """“{question}”: {expected}; found “{found}”."""

    fr = "« {question} » : {expected} ; trouvé « {found} »."
    exit_code = 2
    http_status = 400


class QuestionUnknown(DemeureError):
    """There is no question “{question}”."""

    fr = "Il n’y a pas de question « {question} »."
    exit_code = 2
    http_status = 400
