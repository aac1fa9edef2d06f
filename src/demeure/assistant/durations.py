"""A question about a length of time, and the lines that give one. Pure.

« Combien de temps garde-t-on les objets trouvés ? » is answered by one line of its section; given the whole section
a small model copies its title, or its last sentence.
"""

import re
from functools import lru_cache

_UNIT = (
    r"(?:ans?|années?|mois|trimestres?|semaines?|quinzaines?|jours?|journées?|heures?|minutes?|secondes?|siècles?"
    r"|years?|months?|weeks?|days?|hours?|seconds?)"
)
_SPELLED = (
    r"(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt"
    r"|trente|quarante|cinquante|soixante|cent|mille|quelques"
    r"|a|one|two|three|four|five|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred)"
)
_ASKS = re.compile(
    rf"\b(combien de temps|combien d(?:e |['’]){_UNIT}|(?:tous|toutes) les combien|délais?"
    rf"|durée|how (?:long|often)|how many {_UNIT})\b",
    re.IGNORECASE,
)
_GIVES = re.compile(
    rf"(?<![\w,.])(?:\d[\d\s]*(?:,\d+)?|{_SPELLED}(?:[- ](?:et[- ])?{_SPELLED})*)\s(?:à \w+ )?{_UNIT}\b"
    r"|\b(?:demi|sous|par)[- ](?:heure|journée|quinzaine)\b|\b(?:aussitôt|immédiatement|sans délai|at once)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=128)
def asked_for(question: str) -> bool:
    """Does ``question`` ask how long, within what time, or how often?"""
    return bool(_ASKS.search(question))


@lru_cache(maxsize=512)
def given(text: str) -> bool:
    """Does ``text`` give a length of time?"""
    return bool(_GIVES.search(text))
