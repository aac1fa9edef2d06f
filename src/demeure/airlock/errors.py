"""Why a route was not declared, why something did not leave, why no answer came. None shows what was sent."""

from demeure.errors import DemeureError

LOCAL = ("Le modèle local peut répondre.", "The local model can answer.")
"""How the sentences end that a question may meet: whoever shows them offers it."""


def _told(self: DemeureError, language: str = "fr") -> str:
    """Without the local model, where no answer was asked for (``answers=False``): a message, a backup."""
    text = DemeureError.sentence(self, language)
    return text if self.params.get("answers", True) else text.removesuffix(f" {LOCAL[language != 'fr']}")


class RouteInvalid(DemeureError):
    """The route “{route}” cannot be declared: {detail}"""

    fr = "La route « {route} » ne peut pas être déclarée : {detail}"
    exit_code = 2
    http_status = 400


class RouteUnknown(DemeureError):
    """There is no route “{route}”. See: demeure routes list."""

    fr = "Il n’y a pas de route « {route} ». Voir : demeure routes list."
    exit_code = 2
    http_status = 404


class RouteClosed(DemeureError):
    """The route “{route}” is closed: nothing left. The local model can answer."""

    fr = "La route « {route} » est fermée : rien n’est sorti. Le modèle local peut répondre."
    sentence = _told
    exit_code = 3
    http_status = 403


class RouteExpired(RouteClosed):
    """The route “{route}” has expired: its last day was {day}, nothing leaves by it any more. Whoever looks after
    the house opens it again with: demeure routes open {route} --expires YYYY-MM-DD. The local model can answer."""

    fr = (
        "La route « {route} » a expiré : son dernier jour était le {day}, plus rien n’en sort. Qui tient la maison "
        "la rouvre par : demeure routes open {route} --expires AAAA-MM-JJ. Le modèle local peut répondre."
    )


class NoRouteOpen(DemeureError):
    """No route is open: nothing leaves by the airlock."""

    fr = "Aucune route n’est ouverte : rien ne part par le sas."
    exit_code = 3
    http_status = 403


class RouteRefused(DemeureError):
    """Nothing left by the route “{route}”. {detail} (rule: {rule}) The local model can answer."""

    fr = "Rien n’est sorti par la route « {route} ». {detail} (règle : {rule}) Le modèle local peut répondre."
    sentence = _told
    exit_code = 3
    http_status = 403


class RouteFailed(DemeureError):
    """The route “{route}” did not answer as it should: {detail}. The local model can answer."""

    fr = "La route « {route} » n’a pas répondu comme il faut : {detail}. Le modèle local peut répondre."
    sentence = _told
    exit_code = 5
    http_status = 502


class RouteUnreachable(RouteFailed):
    """The route “{route}” cannot be reached: {detail}. Nothing left. The local model can answer."""

    fr = "La route « {route} » est injoignable : {detail}. Rien n’est sorti. Le modèle local peut répondre."


class RouteNotItself(RouteFailed):
    """Who answers at the end of the route “{route}” is not who was declared: {detail}. Nothing left. The local
    model can answer."""

    fr = (
        "Celui qui répond au bout de la route « {route} » n’est pas celui qui a été déclaré : {detail}. "
        "Rien n’est sorti. Le modèle local peut répondre."
    )


class TargetMissing(DemeureError):
    """There is no such backup at the end of the route “{route}”."""

    fr = "Il n’y a pas de telle sauvegarde au bout de la route « {route} »."
    exit_code = 2
    http_status = 404


class MailRefused(DemeureError):
    """The relay of the route “{route}” did not take the message: {detail}. It was sent to nobody."""

    fr = "Le relais de la route « {route} » n’a pas pris le message : {detail}. Il n’est parti à personne."
    exit_code = 5
    http_status = 502
