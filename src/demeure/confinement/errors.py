"""What a person is told when the kernel does not hold the walls."""

from demeure.errors import DemeureError


class NotConfined(DemeureError):
    """This machine cannot confine the parts of Demeure ({reasons}). Nothing was started. To accept running
    without walls, open the house with demeure up --accept-unconfined: it will be written in the journal and
    shown everywhere."""

    fr = (
        "Cette machine ne permet pas de confiner les parties de Demeure ({reasons}). Rien n’a été démarré. "
        "Pour accepter de fonctionner sans murs, ouvrez-la avec demeure up --accept-unconfined : ce choix sera "
        "inscrit au journal et affiché partout."
    )
    exit_code = 3
    http_status = 503


class BoxLeaks(DemeureError):
    """The part “{role}” could still do what its box must forbid ({attempts}). It refuses to serve."""

    fr = "La partie « {role} » pouvait encore faire ce que sa boîte interdit ({attempts}). Elle refuse de servir."
    exit_code = 3
    http_status = 503


class BoxIncomplete(DemeureError):
    """The part “{role}” did not get every wall it must have ({missing}). It refuses to serve."""

    fr = "La partie « {role} » n’a pas obtenu tous les murs qu’elle doit avoir ({missing}). Elle refuse de servir."
    exit_code = 3
    http_status = 503
