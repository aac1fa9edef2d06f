"""Proper names: people, firms, places, acronyms; capitals that merely open a sentence are none. Pure."""

import re
from collections.abc import Iterator

from demeure.assistant.grounding.claims import Claim, Sheet
from demeure.assistant.grounding.plain import folded

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\d{0,3}(?!\w)")
_OPENS = re.compile(r"(?:^|[\n|:«“\"(•–—!?…\x00]|\.(?=\s)|\.$)[\s\"«“'(*]*$")
_SHORTENED = re.compile(
    r"(?:\b(?:M|MM|Mme|Mmes|Mlle|Dr|Me|Pr|Mr|Mrs|Ms|St|Ste|art|n|p|tél|av|bd|pl|cf|[A-Z])\.)\s*$"
)
_BETWEEN = re.compile(
    r"(?:[ \n]|-| ?& ?|[ \n](?:de|du|des|d'|de la|de l'|la|le|les|l'|of the|of|the|von|van|van der|den|del|della|di|da|sur|sous|lès|en|aux|et de|et du|et des)(?:[ \n]|(?<=')))"
)
_CIVIL = frozenset(
    ["m", "mm", "mme", "mmes", "mlle", "dr", "me", "maitre", "mr", "mrs", "ms", "monsieur", "madame", "messieurs", "mesdames", "docteur", "sir", "pr", "professeur"]
)
_GENERIC = frozenset(
    # institutions, functions and places that anybody may write with a capital
    ["mairie", "maire", "commune", "ville", "village", "conseil", "municipal", "municipale", "general", "generale", "departement", "departemental", "departementale", "region", "regional", "regionale", "service", "services", "direction", "directeur", "directrice", "president", "presidente", "prefet", "prefecture", "prefete", "sous-prefecture", "etat", "republique", "nation", "national", "nationale", "administration", "ministere", "ministre", "code", "loi", "decret", "arrete", "article", "chapitre", "annexe", "titre", "section", "commission", "comite", "bureau", "secretariat", "secretaire", "chef", "responsable", "agent", "agents", "adjoint", "adjointe", "salle", "rue", "avenue", "boulevard", "place", "chemin", "impasse", "route", "ecole", "college", "lycee", "universite", "gymnase", "stade", "eglise", "centre", "maison", "association", "federation", "union", "societe", "entreprise", "sarl", "sas", "sa", "eurl", "scop", "client", "cliente", "madame", "monsieur", "france", "francais", "francaise", "francaises", "europe", "europeen", "europeenne", "internet", "covid", "euro", "euros", "tva", "ttc", "ht", "pdf", "html", "cv", "faq", "nb", "ok", "id", "iban", "bic", "siret", "siren", "rib", "ps", "cb", "sms", "url", "www", "ia", "qr", "cnil", "saint", "sainte", "st", "ste", "nord", "sud", "est", "ouest", "bonjour", "merci", "cordialement", "objet", "urssaf", "insee", "caf", "cpam", "sncf", "edf", "gdf", "rgpd", "tribunal", "cour", "cassation", "appel", "chambre", "metiers", "commerce", "artisanat", "notaire", "town", "hall", "mayor", "council", "city", "state", "department", "office", "minister", "president", "director", "head", "school", "street", "road", "avenue", "house", "company", "ltd", "inc", "llc", "king", "queen", "public", "act", "section", "england", "english", "british", "french", "english", "american", "internet", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "i", "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
)
_FUNCTION = frozenset(
    ["le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "il", "elle", "ils", "elles", "on", "je", "nous", "vous", "tu", "ce", "cet", "cette", "ces", "mon", "ma", "mes", "ton", "ta", "tes", "son", "sa", "ses", "notre", "nos", "votre", "vos", "leur", "leurs", "qui", "que", "quoi", "dont", "ou", "et", "mais", "donc", "or", "ni", "car", "si", "oui", "non", "pour", "par", "sur", "sous", "dans", "avec", "sans", "chez", "vers", "entre", "selon", "apres", "avant", "depuis", "pendant", "des", "en", "au", "aux", "a", "y", "ne", "pas", "plus", "moins", "tout", "toute", "tous", "toutes", "aucun", "aucune", "chaque", "quel", "quelle", "quels", "quelles", "comment", "combien", "quand", "pourquoi", "voici", "voila", "cela", "ceci", "ca", "ainsi", "alors", "aussi", "enfin", "ensuite", "puis", "toutefois", "cependant", "neanmoins", "lorsque", "lors", "afin", "comme", "quant", "d'apres", "conformement", "concernant", "attention", "note", "remarque", "reponse", "source", "sources", "question", "resume", "important", "exemple", "documents", "document", "extrait", "extraits", "passage", "passages", "seul", "seule", "seuls", "seules", "certains", "certaines", "the", "a", "an", "this", "that", "these", "those", "it", "he", "she", "they", "we", "you", "my", "your", "his", "her", "its", "our", "their", "in", "on", "at", "by", "for", "from", "with", "without", "of", "to", "as", "if", "yes", "no", "not", "and", "or", "but", "so", "then", "there", "here", "when", "where", "which", "who", "what", "how", "why", "each", "every", "all", "any", "some", "most", "only", "according", "however", "therefore", "also", "both", "after", "before", "during", "under", "over", "between", "please"]
)
_VERB = re.compile(r"(?:ez|er|ir|ant|ons)$")
_ACRONYM = re.compile(r"[A-ZÉ][A-ZÉ\d]{1,}s?")


def names(sheet: Sheet) -> Iterator[Claim]:
    """Capitalised sequences with their particles; the value holds the words to look for, folded."""
    run: list[re.Match[str]] = []
    opens = False
    for word in _WORD.finditer(sheet.text):
        if not _capital(word[0]) or not sheet.free(word.start(), word.end()):
            continue
        if run and _BETWEEN.fullmatch(sheet.text, run[-1].end(), word.start()):
            run.append(word)
            continue
        yield from _claim(sheet, run, opens)
        run, opens = [word], _opens(sheet.text, word.start())
    yield from _claim(sheet, run, opens)


def name_words(text: str) -> list[str]:
    """Folded words of a name or of a text, « Saint » and « St » alike, hyphens kept."""
    return [_saint(folded(w)) for w in _WORD.findall(text)]


def _capital(word: str) -> bool:
    return word[0].isupper() and (len(word) > 1)


def _opens(text: str, at: int) -> bool:
    before = text[max(0, at - 40) : at]
    return (at <= len(before) and not before.strip()) or bool(
        _OPENS.search(before) and not _SHORTENED.search(before)
    )


def _claim(sheet: Sheet, run: list[re.Match[str]], opens: bool) -> Iterator[Claim]:
    run = _trimmed(run, opens)
    required = [w for word in run if (w := folded(word[0])) not in _CIVIL | _GENERIC | _FUNCTION]
    if not run or not required:
        return
    kind = "acronym" if len(run) == 1 and _ACRONYM.fullmatch(run[0][0]) else "name"
    start, end = run[0].start(), run[-1].end()
    yield Claim(kind, start, end, " ".join(_saint(w) for w in required), sheet.text[start:end].replace("\n", " "))


def _trimmed(run: list[re.Match[str]], opens: bool) -> list[re.Match[str]]:
    """Without what only opens the sentence: « Contactez Marie Durand » → Marie Durand; « La Poste » → Poste."""
    while run and folded(run[0][0]) in _FUNCTION:
        run, opens = run[1:], opens and len(run) == 1
    if run and opens and not _ACRONYM.fullmatch(run[0][0]):
        first, rest = folded(run[0][0]), run[1:]
        joined = rest and rest[0].start() - run[0].end() == 1
        if not (first in _CIVIL or (joined and not _VERB.search(first) and first not in _GENERIC)):
            return rest
    return run


def _saint(word: str) -> str:
    return re.sub(r"^st(e?)(?=-|$)", r"saint\1", word)
