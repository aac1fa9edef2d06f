"""« de » before the name of an organisation: « du Moulin », « des Trois Rabots », « de l’Association… ». Pure."""

import re

_ARTICLE = re.compile(r"(?P<article>les|le|la|l['’])\s*(?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
_FEMININE = frozenset(
    """agglomération banque boucherie boulangerie caisse chambre clinique commune communauté compagnie coopérative
    crèche direction fédération fondation librairie maison mairie médiathèque menuiserie métropole mission
    paroisse pharmacie préfecture régie région résidence société ville""".split()  # noqa: SIM905 - a list of words
)
_MASCULINE = frozenset(
    """bureau cabinet cercle centre cinéma club collège comité comptoir conseil conservatoire département foyer
    garage groupe groupement lycée musée pôle réseau service syndicat théâtre tribunal village""".split()  # noqa: SIM905
)
_COMMON = frozenset(
    """agence association atelier école église entreprise espace établissement étude hôpital hôtel institut office
    organisme union""".split()  # noqa: SIM905
)
_VOWEL = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]", re.IGNORECASE)


def of(name: str) -> str:
    """``name`` after « de ». A name that begins with neither an article nor a common noun stays as it is, a
    vowel apart."""
    found = _ARTICLE.fullmatch(name)
    if found is not None and (found["article"][1:2] in "'’" or name[len(found["article"]) :][:1].isspace()):
        article, rest = found["article"].lower(), found["rest"]
        return {"le": "du ", "les": "des ", "la": "de la "}.get(article, "de l’") + rest
    first = re.split(r"[\s'’-]", name, maxsplit=1)[0].lower()
    if first in _FEMININE:
        return f"de la {name}"
    if first in _MASCULINE:
        return f"du {name}"
    if first in _COMMON:
        return f"de l’{name}"
    return f"d’{name}" if _VOWEL.match(name) else f"de {name}"
