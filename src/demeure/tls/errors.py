"""What a person is told when a certificate cannot be made, read or used."""

from demeure.errors import DemeureError


class CertificateUnusable(DemeureError):
    """The TLS certificate cannot be used: {detail}."""

    fr = "Le certificat TLS n’est pas utilisable : {detail}."
    exit_code = 4


class KeyElsewhere(DemeureError):
    """The TLS certificate and the private key do not belong together. Check tls_certificate and tls_key."""

    fr = "Le certificat TLS et la clé privée ne vont pas ensemble. Vérifiez tls_certificate et tls_key."
    exit_code = 4


class AuthorityMissing(DemeureError):
    """This house has no authority of its own yet. Make it with: demeure tls init --name NAME."""

    fr = "Cette maison n’a pas encore d’autorité à elle. Créez-la avec : demeure tls init --name NOM."
    exit_code = 4
    http_status = 404


class AuthorityPresent(DemeureError):
    """This house already has an authority, made for {names}. To renew its certificate: demeure tls renew. For other
    names: demeure tls init --replace, and every computer must then install the new root."""

    fr = (
        "Cette maison a déjà une autorité, faite pour {names}. Pour renouveler son certificat : demeure tls renew. "
        "Pour d’autres noms : demeure tls init --replace, et chaque poste devra installer la nouvelle racine."
    )
    exit_code = 4
    http_status = 409


class NameInvalid(DemeureError):
    """“{name}” is not a name or an address that a browser could type (example: demeure.mairie.lan, 192.0.2.10)."""

    fr = (
        "« {name} » n’est ni un nom ni une adresse qu’un navigateur taperait (exemple : demeure.mairie.lan, "
        "192.0.2.10)."
    )
    exit_code = 2
    http_status = 400


class NameOutside(DemeureError):
    """The authority of this house does not sign for {name}: it was made for {names} and nothing else."""

    fr = (
        "L’autorité de cette maison ne signe pas pour {name} : elle a été faite pour {names}, et pour rien d’autre."
    )
    exit_code = 4
    http_status = 409
