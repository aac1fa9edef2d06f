"""A letter template of the organisation's: its text, with its places in braces filled by the letter. Pure.

A place that nothing fills is left as it is, and told; a letter whose template forgot its body has it at the end.
"""

import re
from collections.abc import Mapping

from demeure.assistant.dated import ENGLISH_MONTHS, MONTHS
from demeure.assistant.tasks.minutes_template import PLACE, folded

_NAMES = {
    "subject": ("objet", "sujet", "subject"),
    "opening": ("appel", "formule_d_appel", "salutation", "greeting", "opening"),
    "body": ("corps", "texte", "message", "body", "text"),
    "closing": ("politesse", "formule", "formule_de_politesse", "closing"),
    "signature": ("signature",),
    "named": ("destinataire", "usager", "nom", "recipient"),
    "organisation": ("organisation", "commune", "mairie"),
    "day": ("date", "jour", "day"),
}
"""What is filled → the names of its place, without accents."""
_OF = {name: what for what, names in _NAMES.items() for name in names}


def day_told(day: str, language: str) -> str:
    """« 1er mars 2026 », “1 March 2026” out of YYYY-MM-DD; empty for no day."""
    if not day:
        return ""
    year, month, number = (int(one) for one in day.split("-"))
    if language == "en":
        return f"{number} {ENGLISH_MONTHS[month - 1]} {year}"
    return f"{'1er' if number == 1 else number} {MONTHS[month - 1]} {year}"


def filled(template: str, parts: Mapping[str, str]) -> tuple[str, list[str]]:
    """(the letter, the places that are left to fill by hand). ``parts``: by the keys of ``_NAMES``."""
    left, used = list[str](), set[str]()

    def put(found: re.Match[str]) -> str:
        what = _OF.get(folded(found[1], "_"), "")
        used.add(what)
        if parts.get(what):
            return parts[what]
        if what in ("signature", "named", "subject"):
            return ""
        left.append(found[1])
        return found[0]

    text = re.sub(r"\n{3,}", "\n\n", PLACE.sub(put, template)).strip()
    if "body" not in used and parts.get("body"):
        text += f"\n\n{parts['body']}"
    return text, list(dict.fromkeys(left))
