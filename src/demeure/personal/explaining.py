"""What a kind is called and what each rule says of its detection, in French and English."""

from collections.abc import Iterable, Mapping

from demeure.personal.detection import Detection, Kind

KIND_NAMES: Mapping[Kind, tuple[str, str, str, str]] = {
    "nir": (
        "numéro de sécurité sociale",
        "numéros de sécurité sociale",
        "social security number",
        "social security numbers",
    ),
    "siren": ("SIREN", "SIREN", "SIREN", "SIREN"),
    "siret": ("SIRET", "SIRET", "SIRET", "SIRET"),
    "iban": ("IBAN", "IBAN", "IBAN", "IBAN"),
    "vat": ("numéro de TVA", "numéros de TVA", "VAT number", "VAT numbers"),
    "spi": ("numéro fiscal", "numéros fiscaux", "tax number", "tax numbers"),
    "card": ("carte de paiement", "cartes de paiement", "payment card", "payment cards"),
    "phone": ("téléphone", "téléphones", "telephone", "telephones"),
    "email": ("adresse électronique", "adresses électroniques", "e-mail address", "e-mail addresses"),
    "plate": ("plaque de véhicule", "plaques de véhicule", "vehicle plate", "vehicle plates"),
    "passport": ("passeport", "passeports", "passport", "passports"),
    "identity": ("pièce d’identité", "pièces d’identité", "identity paper", "identity papers"),
    "birth": ("date de naissance", "dates de naissance", "date of birth", "dates of birth"),
    "address": ("adresse postale", "adresses postales", "postal address", "postal addresses"),
    "name": ("nom de personne", "noms de personne", "name of a person", "names of people"),
    "health": ("mot sur la santé", "mots sur la santé", "word about health", "words about health"),
    "union": ("mot syndical", "mots syndicaux", "word about unions", "words about unions"),
}
"""French singular and plural, English singular and plural."""

RULES: Mapping[str, tuple[str, str]] = {
    "nir-key": ("numéro de sécurité sociale, clé juste", "social security number, its key is right"),
    "nir-said": (
        "annoncé comme numéro de sécurité sociale, mais la clé est fausse",
        "said to be a social security number, but its key is wrong",
    ),
    "nir-short": (
        "numéro de sécurité sociale sans sa clé, annoncé dans le texte",
        "social security number without its key, announced in the text",
    ),
    "siret-luhn": ("SIRET, clé de Luhn juste", "SIRET, Luhn key right"),
    "siret-said": ("annoncé comme SIRET, mais la clé est fausse", "said to be a SIRET, but its key is wrong"),
    "siren-luhn": ("SIREN, clé de Luhn juste", "SIREN, Luhn key right"),
    "siren-said": ("annoncé comme SIREN, mais la clé est fausse", "said to be a SIREN, but its key is wrong"),
    "spi-rest": ("numéro fiscal, reste par 511 juste", "tax number, rest by 511 right"),
    "spi-said": (
        "annoncé comme numéro fiscal, mais sa fin est fausse",
        "said to be a tax number, but its end is wrong",
    ),
    "card-luhn": ("numéro d’un réseau de cartes, clé de Luhn juste", "number of a card network, Luhn key right"),
    "card-said": ("annoncé comme carte, mais la clé est fausse", "said to be a card, but its key is wrong"),
    "iban-97": (
        "IBAN, longueur du pays et reste par 97 justes",
        "IBAN, length of its country and rest by 97 right",
    ),
    "iban-read": (
        "IBAN juste une fois rendus les chiffres lus comme des lettres",
        "IBAN that is right once figures read as letters are put back",
    ),
    "iban-said": (
        "annoncé comme compte bancaire, mais la clé est fausse",
        "said to be a bank account, but its key is wrong",
    ),
    "rib-97": ("RIB, clé juste", "French RIB, its key is right"),
    "vat-key": ("numéro de TVA, clé juste", "VAT number, its key is right"),
    "vat-said": (
        "annoncé comme numéro de TVA, mais la clé est fausse",
        "said to be a VAT number, but its key is wrong",
    ),
    "vat-shape": (
        "numéro de TVA de la forme de ce pays, annoncé dans le texte",
        "VAT number in the shape of that country, announced in the text",
    ),
    "phone-fr": ("téléphone à dix chiffres", "ten-digit telephone"),
    "phone-33": ("téléphone français avec l’indicatif du pays", "French telephone with its country code"),
    "phone-overseas": ("téléphone d’outre-mer avec son indicatif", "overseas French telephone with its code"),
    "phone-abroad": ("téléphone d’un autre pays", "telephone of another country"),
    "email": ("adresse électronique", "e-mail address"),
    "email-spoken": ("adresse électronique écrite en mots", "e-mail address written in words"),
    "plate-siv": ("plaque AA-123-AA", "plate AA-123-AA"),
    "plate-fni": ("ancienne plaque, près d’un mot de véhicule", "old plate, near a word about vehicles"),
    "plate-old": (
        "ancienne plaque (chiffres, lettres, département)",
        "old French plate (figures, letters, department)",
    ),
    "passport-said": ("numéro après le mot passeport", "number after the word passport"),
    "identity-said": ("numéro après le nom d’une pièce d’identité", "number after the name of an identity paper"),
    "birth": ("date après des mots de naissance", "date after words of birth"),
    "birth-words": ("date en toutes lettres après des mots de naissance", "date in words after words of birth"),
    "address": ("numéro, voie, code postal et commune", "number, street, postcode and town"),
    "address-street": ("numéro et voie", "number and street"),
    "address-town": (
        "code postal et commune annoncés comme une adresse",
        "postcode and town said to be an address",
    ),
    "name-title": ("après M., Mme, Me, Dr…", "after a title (M., Mme, Me, Dr…)"),
    "name-first-last": ("prénom connu suivi d’un nom", "known first name followed by a surname"),
    "name-last-first": ("nom suivi d’un prénom connu", "surname followed by a known first name"),
    "name-initial": ("initiale suivie d’un nom", "initial followed by a surname"),
    "name-capitals": (
        "deux mots inconnus du dictionnaire, l’un en capitales",
        "two words no dictionary has, one in capitals",
    ),
    "name-shape": (
        "deux mots à capitale, inconnus du dictionnaire",
        "two capitalised words that no dictionary has",
    ),
    "name-first": ("prénom connu, seul", "known first name, alone"),
    "name-called": (
        "mot inconnu dont la suite parle de quelqu’un",
        "unknown word, what follows is said of somebody",
    ),
    "name-role": ("après un mot qui annonce une personne", "after a word that announces a person"),
    "name-listed": ("suite d’une liste de personnes", "goes on a list of people"),
    "name-signed": ("signature sous une formule de politesse", "signature under a closing formula"),
    "name-column": ("sous l’en-tête d’une colonne de noms", "under the heading of a column of names"),
    "birth-beside": ("date juste derrière un nom", "date right behind a name"),
    "birth-column": ("sous l’en-tête d’une colonne de naissances", "under the heading of a column of births"),
    "known-piece": (
        "partie de ce qu’un autre texte dit en entier",
        "part of what another text says whole",
    ),
    "name-beside": ("nom prouvé par ce qui le touche", "name proved by what touches it"),
    "name-line": ("ligne d’une liste de personnes", "line of a list of people"),
    "name-again": ("mot d’un nom déjà dit dans le texte", "word of a name already told in the text"),
    "word-health": ("mot sur la santé", "word about health"),
    "word-union": ("mot sur un syndicat", "word about a union"),
}


def kind_name(kind: Kind, count: int, language: str) -> str:
    """« IBAN », « dates de naissance »: in French zero and one are singular, in English one alone."""
    fr, frs, en, ens = KIND_NAMES[kind]
    if language == "fr":
        return frs if count > 1 else fr
    return en if count == 1 else ens


def explained(found: Detection, language: str) -> str:
    """Why this was marked."""
    return RULES[found.rule][language != "fr"]


def reasons(found: Iterable[Detection], kind: Kind, language: str) -> str:
    """Why those of that kind were marked, each reason once, without the name of the kind that some begin with."""
    start = f"{kind_name(kind, 1, language)}, "
    told = dict.fromkeys(explained(one, language).removeprefix(start) for one in found if one.kind == kind)
    return "; ".join(told) if language != "fr" else "\u202f; ".join(told)
