"""Why nobody came in by an identity provider. None shows a token, a code or a claim."""

from demeure.errors import DemeureError


class ProviderInvalid(DemeureError):
    """The identity provider “{provider}” cannot be declared: {detail}"""

    fr = "Le fournisseur d’identité « {provider} » ne peut pas être déclaré : {detail}"
    exit_code = 2
    http_status = 400


class ProviderUnknown(DemeureError):
    """There is no identity provider “{provider}”. See: demeure provider list."""

    fr = "Il n’y a pas de fournisseur d’identité « {provider} ». Voir : demeure provider list."
    exit_code = 2
    http_status = 404


class ProviderTaken(DemeureError):
    """There is an identity provider “{provider}” already. Take it away first, or declare it again on the server."""

    fr = (
        "Il y a déjà un fournisseur d’identité «\u00a0{provider}\u00a0». Retirez-le d’abord, ou déclarez-le à "
        "nouveau sur le serveur."
    )
    exit_code = 2
    http_status = 409


class ProviderAnswer(DemeureError):
    """The identity provider “{provider}” did not answer as it should: {detail}. Nobody came in."""

    fr = "Le fournisseur d’identité « {provider} » n’a pas répondu comme il faut : {detail}. Personne n’est entré."
    exit_code = 5
    http_status = 502


class ProviderMoved(ProviderAnswer):
    """The route “{route}” was changed after “{provider}” was declared: it no longer leads to {issuer}. Nobody comes
    in by it until who runs this machine gives the route back its place, or declares the provider again."""

    fr = (
        "La route « {route} » a été changée depuis que « {provider} » a été déclaré : elle ne mène plus à "
        "{issuer}. Personne n’entre par lui tant que qui tient cette machine n’a pas remis la route à sa place, ou "
        "déclaré à nouveau le fournisseur."
    )


class TokenRefused(ProviderAnswer):
    """What the identity provider “{provider}” signed cannot be taken: {detail}. Nobody came in."""

    fr = "Ce que « {provider} » a signé ne peut être pris : {detail}. Personne n’est entré."
    http_status = 403


class SignInOver(DemeureError):
    """This sign-in waited too long, was begun elsewhere, or has served already. Begin again."""

    fr = "Cette connexion a trop attendu, a été commencée ailleurs, ou a déjà servi. Recommencez."
    exit_code = 3
    http_status = 403


class SignInDeclined(DemeureError):
    """The identity provider “{provider}” did not let you in: {detail}."""

    fr = "Le fournisseur d’identité « {provider} » ne vous a pas laissé entrer : {detail}."
    exit_code = 3
    http_status = 403


class NobodyHere(DemeureError):
    """The identity provider “{provider}” knows you, this house does not: no account is yours. Ask who administers
    it."""

    fr = (
        "Le fournisseur d’identité « {provider} » vous connaît, cette maison non : aucun compte n’est le vôtre. "
        "Demandez à qui l’administre."
    )
    exit_code = 3
    http_status = 403
