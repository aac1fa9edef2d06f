"""Why a webhook was not declared."""

from demeure.errors import DemeureError


class HookInvalid(DemeureError):
    """The webhook “{hook}” cannot be declared: {detail}"""

    fr = "Le webhook « {hook} » ne peut pas être déclaré : {detail}"
    exit_code = 2
    http_status = 400


class HookUnknown(DemeureError):
    """There is no webhook “{hook}”. See: demeure hooks list."""

    fr = "Il n’y a pas de webhook « {hook} ». Voir : demeure hooks list."
    exit_code = 2
    http_status = 404


class HookTaken(DemeureError):
    """There is a webhook “{hook}” already. Take it away first, or declare it again on the server."""

    fr = "Il y a déjà un webhook «\u00a0{hook}\u00a0». Retirez-le d’abord, ou déclarez-le à nouveau sur le serveur."
    exit_code = 2
    http_status = 409
