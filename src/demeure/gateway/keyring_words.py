"""The keys of the house in words: what each is, and what it opens (pure)."""

from collections.abc import Mapping

KEY_WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "house": (
        "maison",
        "house",
        "enveloppe toutes les autres ; la base des personnes et des conversations",
        "wraps all the others; the database of people and conversations",
    ),
    "journal": ("journal", "journal", "signe le journal, n’ouvre rien", "signs the journal, opens nothing"),
    "space": (
        "espace",
        "space",
        "les textes, l’index, les originaux et les états gardés prêts de cet espace",
        "the texts, the index, the originals and the states kept ready of this space",
    ),
    "person": (
        "personnes",
        "people",
        "ce que le journal garde de ce qu’une personne a dit, avec la clé de la semaine",
        "what the journal keeps of what a person said, with the key of the week",
    ),
    "week": (
        "semaines du journal",
        "weeks of the journal",
        "ce que le journal garde des contenus d’une semaine, pour un espace",
        "what the journal keeps of a week’s contents, for one space",
    ),
    "authority": (
        "autorité TLS de la maison",
        "TLS authority of the house",
        "signe le certificat des pages",
        "signs the certificate of the pages",
    ),
    "served": (
        "certificat des pages",
        "certificate of the pages",
        "chiffre les pages (TLS)",
        "encrypts the pages (TLS)",
    ),
    "route": (
        "identifiant d’une route",
        "credential of a route",
        "le secret par lequel le sas se présente",
        "the secret by which the airlock presents itself",
    ),
    "application": (
        "clés d’applications",
        "application keys",
        "n’ouvre rien : la maison n’en garde que l’empreinte",
        "opens nothing: the house keeps their digest only",
    ),
    "pseudonyms": (
        "tables de pseudonymes",
        "tables of pseudonyms",
        "qui se cache sous un pseudonyme, sous la clé de l’espace",
        "who is behind a pseudonym, under the key of the space",
    ),
}
"""Kind of a key (store.key_lines) → its name, French and English, and what it opens, French and English."""
UNREAD = ("lue par le sas ou par la commande seuls", "read by the airlock or the command only")


def key_said(kind: str, language: str) -> tuple[str, str]:
    """(its name, what it opens)."""
    words = KEY_WORDS[kind]
    return (words[0], words[2]) if language == "fr" else (words[1], words[3])
