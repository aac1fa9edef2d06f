"""A French note as a sentence, by grammar alone: its article and its verb, when both are sure. Pure.

« salle des fêtes libre le 14 juin » is « La salle des fêtes est libre le 14 juin. »; « caution de 300 € » is « La
caution est de 300 €. ». No word that says anything is added; a note whose gender or shape is not known stays as it
is.
"""

import re

_FEMININE_WORDS = """\
salle caution facture fête clé carte pièce demande réponse place école mairie ligne visite séance rue aide
lettre taxe somme prime panne porte poignée chambre crèche cantine classe sortie collecte photo garantie eau
offre amende heure remise copie liste règle coupure assurance piscine bibliothèque terrasse prestation
commande livraison réunion subvention dérogation inscription réparation réduction concession attestation
décision réservation commission vaccination permanence fourrière déchetterie pose candidature autorisation
mise intervention"""
_FEMININE = frozenset(_FEMININE_WORDS.split())
_MASCULINE_WORDS = """\
dossier gymnase devis délai concert bail loyer club terrain service courrier chèque marché bus car repas
goûter prix tarif budget contrat formulaire rendez-vous local permis passeport chantier document règlement
paiement matériel logement site véhicule gardien parking bilan acompte solde versement certificat ordre
bruit dépôt prêt stationnement lampadaire portail bureau guichet recours spectacle projet rapport compte
conseil artiste entretien abri bac colis atelier accueil"""
_MASCULINE = frozenset(_MASCULINE_WORDS.split())
_SUFFIXES = (
    (re.compile(r"(?:tion|sion|té|ance|ence|ure|ette|esse)$"), "f"),
    (re.compile(r"(?:ment|age|isme|eau|oir)$"), "m"),
)
_ASPIRATED = re.compile(r"^(?:haie|hall|halle|handball|haut|hauteur|hangar|héros|hausse|huit)", re.IGNORECASE)
_VOWEL = re.compile(r"^[aàâeéèêiîïoôuùyh]", re.IGNORECASE)
_NOUN = re.compile(r"^[a-zà-ÿ][a-zà-ÿ-]{2,}$", re.IGNORECASE)
_NO_NOUN = re.compile(
    r"""^(?:pas|aucune?|sans|avec|pour|par|dans|sur|sous|chez|entre|avant|après|depuis|dès|vers|selon|merci|bravo|bonne?
    |prière|ne|non|oui|si|les?|la|une?|des|du|de|au|aux|ce|cet|cette|ces|votre|vos|notre|nos|leur|leurs|nous|vous|il
    |elle|ils|elles|on|deux|trois|quatre|cinq|six|sept|dix|tout|tous|toute|toutes|chaque|plusieurs|nouvelle?|nouveau
    |ancien|ancienne|seule?|prochain|prochaine|premier|première|voir|appeler|apporter|envoyer|prévenir|merci|tél)$""",
    re.IGNORECASE | re.VERBOSE,
)
_STATE = (
    r"(?:refus|accept|accord|annul|confirm|report|ferm|rembours|signal|install|livr|termin|achev|oubli|limit|fix|réserv"
    r"|arriv|prolong|valid|envoy|class|gard|plac|inform|autoris|nettoy|dépass|prév|incl|reç|reten|mainten|suspend)"
)
_PARTICIPLE = re.compile(rf"^{_STATE}(?P<end>ées|és|ée|é|ues|us|ue|u)$", re.IGNORECASE)
_MARKED = re.compile(
    r"^(?:ouvert|gratuit|interdit|joint|atteint|couvert|complet|incomplet|souffrant|inscrit|offert)(?P<end>es|s|e|)$"
    r"|^(?:in)?compl(?P<second>ète|ètes|ets)$",
    re.IGNORECASE,
)
_EPICENE = re.compile(
    r"^(?:libre|possible|impossible|obligatoire|facultative|valable|disponible|payable|renouvelable|nécessaire)s?$",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"^(?:est|sont|a|ont|sera|seront|aura|auront|doit|doivent|peut|peuvent|faut|était|étaient|[a-zà-ÿ]+(?:era|eront|ira"
    r"|iront)|coûte|dure|reste|restent|revient|passe|dessert|ouvre|ferme|donne|reçoit|commence|prend)$",
    re.IGNORECASE,
)
_EVENT_WORDS = """\
réunion commission séance visite entretien concert sortie coupure vaccination livraison collecte permanence
formation spectacle intervention nettoyage rendez-vous mise"""
_EVENT = frozenset(_EVENT_WORDS.split())
_WHEN = re.compile(r"^(?:le|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|entre|à|avant)$", re.IGNORECASE)
_DONE = re.compile(
    r"^(?:prendre|faire|fournir|régler|rendre|retirer|payer|déposer|envoyer|prévoir|demander|apporter|remettre|signer"
    r"|confirmer|renvoyer|compléter)$",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"^(?:\d[\d\s\u202f.,]*|deux|trois|quatre|cinq|six|huit|dix|quinze|vingt)\s?"
    r"(?:€|euros?|%|jours?|semaines?|mois|ans?|heures?|minutes?|km|kg|m²|m³)(?![\w])",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\d{1,2}\s?h\b", re.IGNORECASE)
_LINK = frozenset(("de", "d’", "non", "pas", "à", "en", "moins", "plus", "près", "et", "ou"))
_NEW = {"nouvelle": "une ", "nouveau": "un ", "nouvel": "un "}
MOST_BEFORE = 8
"""Words between the noun and what is said of it."""
MOST_NEW = 2
"""Words of the shortest note: « salle libre »."""


def whole_sentence(note: str) -> str:
    """The note with its article and its verb, no full stop added; the note itself when it is not sure."""
    word = note.split(" ", 1)[0]
    if word[1:].islower() and word.casefold() in _FEMININE | _MASCULINE:
        note = note[:1].lower() + note[1:]
    first, comma, rest = note.partition(", ")
    said = _clause(first)
    if said == first:
        return note
    if not comma:
        return said
    other = _clause(rest)
    return f"{said}\u202f; {other}" if other != rest else f"{said}, {rest}"


def _clause(note: str) -> str:
    words = note.split()
    if words[:1] and words[0].casefold() in _NEW and len(words) > MOST_NEW:
        return _of_new(words)
    if len(words) < MOST_NEW or not _NOUN.match(words[0]) or _NO_NOUN.match(words[0]) or words[0][:1].isupper():
        return note
    if any(_VERB.match(word) for word in words):
        return note
    for look in (_by_state, _by_value, _by_time):
        if said := look(words):
            return said
    return note


def _of_new(words: list[str]) -> str:
    for at, word in enumerate(words[2:MOST_BEFORE], 2):
        if (shape := _shape(word)) and shape[1] == "s":
            return f"{_NEW[words[0].casefold()]}{' '.join(words[:at])} est {' '.join(words[at:])}"
    return " ".join(words)


def _by_state(words: list[str]) -> str:
    """« salle libre le 14 juin », « clés à prendre »."""
    for at, word in enumerate(words[1:MOST_BEFORE], 1):
        if words[at - 1].casefold() in _LINK:
            continue
        if (shape := _shape(word)) is not None:
            return _joined(words, at, _agreed(words[0], shape), "est", "sont")
        if word == "à" and at + 1 < len(words) and _DONE.match(words[at + 1]) and "et" not in words[:at]:
            return _joined(words, at, _of_noun(words[0]), "est", "sont")
    return ""


def _by_value(words: list[str]) -> str:
    """« caution de 300 € », « caution 300 € »: a measure, nothing else; « prix 60 % » is a weight."""
    rest = " ".join(words[1:])
    if _FIGURE.match(rest) and "%" not in rest and "non" not in words:
        return _joined([words[0], "de", *words[1:]], 1, _of_noun(words[0]), "est", "sont")
    for at, word in enumerate(words[1:4], 1):
        if word == "de" and words[at - 1].casefold() not in _LINK and _FIGURE.match(" ".join(words[at + 1 :])):
            return "" if "non" in words else _joined(words, at, _of_noun(words[0]), "est", "sont")
    return ""


def _by_time(words: list[str]) -> str:
    """« réunion le 9 mars », « visites de 13 h à 20 h »."""
    noun = words[0].casefold()
    if noun not in _EVENT and noun.removesuffix("s") not in _EVENT:
        return ""
    for at, word in enumerate(words[1:MOST_BEFORE], 1):
        hours = word == "de" and _FROM.match(" ".join(words[at + 1 :])) is not None
        if hours or (_WHEN.match(word) and words[at - 1].casefold() not in _LINK):
            return _joined(words, at, _of_noun(words[0]), "a lieu", "ont lieu")
    return ""


def _shape(word: str) -> tuple[str, str] | None:
    """(gender, number) that an adjective or a participle shows; gender empty when both are written so."""
    bare = word.rstrip(",.;")
    if found := _PARTICIPLE.match(bare):
        end = found["end"].casefold()
        return ("f" if "e" in end[1:] or end == "ue" else "m", "p" if end.endswith("s") and end != "us" else "s")
    if found := _MARKED.match(bare):
        end = (found["end"] or found["second"] or "").casefold()
        return ("f" if "e" in end.replace("ets", "") else "m", "p" if end.endswith("s") else "s")
    if _EPICENE.match(bare):
        return ("", "p" if bare.endswith("s") else "s")
    return None


def _of_noun(noun: str) -> tuple[str, str] | None:
    """(gender, number) of a noun; None when not known."""
    bare = noun.casefold()
    if bare in _FEMININE or bare in _MASCULINE:
        return ("f" if bare in _FEMININE else "m", "s")
    if bare.endswith(("s", "x")):
        return ("", "p")
    gender = next((gender for pattern, gender in _SUFFIXES if pattern.search(bare)), "")
    return (gender, "s") if gender else None


def _agreed(noun: str, shape: tuple[str, str]) -> tuple[str, str] | None:
    """What the adjective shows, unless the noun is known to be otherwise: it then speaks of something else."""
    known = _of_noun(noun)
    gender, number = shape
    if known is not None and (known[1] != number or (known[0] and gender and known[0] != gender)):
        return None
    if number == "p" or gender:
        return shape
    return known


def _joined(words: list[str], at: int, shape: tuple[str, str] | None, one: str, several: str) -> str:
    if shape is None:
        return ""
    noun = words[0]
    if shape[1] == "p":
        article = "les "
    elif _VOWEL.match(noun) and not _ASPIRATED.match(noun):
        article = "l’"
    else:
        article = "la " if shape[0] == "f" else "le "
    verb = several if shape[1] == "p" else one
    return f"{article}{' '.join(words[:at])} {verb} {' '.join(words[at:])}"
