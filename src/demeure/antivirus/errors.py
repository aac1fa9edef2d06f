"""What may come of showing a document to the antivirus."""

from demeure.errors import DemeureError


class DocumentInfected(DemeureError):
    """The antivirus recognised “{name}” in this document. It was not read, and nothing of it was kept."""

    fr = "L’antivirus a reconnu « {name} » dans ce document. Il n’a pas été lu, et rien n’en a été gardé."
    exit_code = 3
    http_status = 422


class AntivirusAbsent(DemeureError):
    """The antivirus did not answer, and this house reads nothing it has not checked. The document will be read
    once it answers.
    """

    fr = (
        "L’antivirus n’a pas répondu, et cette maison ne lit rien qu’il n’ait vu. Le document sera lu de lui-même "
        "quand il répondra."
    )
    exit_code = 5
    http_status = 502


class AntivirusDeclined(DemeureError):
    """The antivirus would not look at this document ({detail}), and this house reads nothing that it has not
    seen."""

    fr = "L’antivirus n’a pas voulu examiner ce document ({detail}), et cette maison ne lit rien qu’il n’ait vu."
    exit_code = 3
    http_status = 422
