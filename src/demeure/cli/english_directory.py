"""The help of ``demeure directory``, ``provider`` and ``hooks`` in English: see ``english``."""

DIRECTORY = {
    "Suit un annuaire (LDAP, Active Directory), lu par le sas.": (
        "Follows a directory (LDAP, Active Directory), read through the airlock."
    ),
    "Déclare un annuaire, ou le déclare à nouveau : un fichier TOML (docs/directory.md). Ne lit rien encore.": (
        "Declares a directory, or declares it again: a TOML file (docs/directory.md). Reads nothing yet."
    ),
    "Liste les annuaires, leurs comptes, leurs dernières lectures.": (
        "Lists the directories, their accounts, their last readings."
    ),
    "Dit ce que suivre l’annuaire changerait ; ne change rien. Code 3 si trop de comptes se fermeraient.": (
        "Tells what following the directory would change; changes nothing. Exit code 3 when too many accounts "
        "would be closed."
    ),
    "Suit l’annuaire maintenant.": "Follows the directory now.",
    "Nombre de comptes à fermer, vus et acceptés.": "Number of accounts to close, seen and agreed to.",
    "Refait d’un compte de l’annuaire un compte de la maison : un lien lui donnera un mot de passe.": (
        "Makes an account of the directory an account of the house again: a link will give it a password."
    ),
    "Retire un annuaire : ses comptes restent, et deviennent ceux de la maison.": (
        "Takes a directory away: its accounts stay, and become the house’s own."
    ),
    "Entrer par un fournisseur d’identité (OpenID Connect).": (
        "Coming in by an identity provider (OpenID Connect)."
    ),
    "Déclare un fournisseur, ou le déclare à nouveau : un fichier TOML (docs/directory.md).": (
        "Declares a provider, or declares it again: a TOML file (docs/directory.md)."
    ),
    "Liste les fournisseurs et les comptes qui entrent par eux.": (
        "Lists the providers and the accounts that come in by them."
    ),
    "Lit ce que le fournisseur dit de lui-même et ses clés.": (
        "Reads what the provider says of itself, and its keys."
    ),
    "Retire un fournisseur : les comptes restent, un lien leur donnera un mot de passe.": (
        "Takes a provider away: accounts stay, a link will give them a password."
    ),
    "Raconte dehors des entrées du journal, par une route du sas.": (
        "Tells entries of the journal outside, by a route of the airlock."
    ),
    "Déclare un webhook, ou le déclare à nouveau : un fichier TOML (docs/airlock.md).": (
        "Declares a webhook, or declares it again: a TOML file (docs/airlock.md)."
    ),
    "Liste les webhooks, ce qui a été reçu, ce qui attend ou fut abandonné.": (
        "Lists the webhooks, what was received, what waits or was given up."
    ),
    "Envoie un événement qui ne dit rien.": "Sends an event that says nothing.",
    "Retire un webhook : plus rien n’est raconté.": "Takes a webhook away: nothing is told any more.",
}
