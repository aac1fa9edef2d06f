"""What a number counts: euros, days, square metres… one name for each unit however it is written. Pure."""

import re
from dataclasses import dataclass

from demeure.assistant.grounding.lexicon import words

_FORMS: dict[str, str] = {
    "€": r"€|eur(?:os?)?",
    "centime": r"centimes?|cts?",
    "$": r"\$|dollars?|usd",
    "£": r"£|pounds?|gbp|livres? sterling",
    "franc": r"francs?",
    "%": r"%|pour[ -]?cents?|per ?cent",
    "‰": r"‰|pour mille",
    "point": r"points?",
    "jour": r"jours?|j|days?",
    "semaine": r"semaines?|weeks?",
    "mois": r"mois|months?",
    "an": r"ans?|années?|years?",
    "trimestre": r"trimestres?|quarters?",
    "semestre": r"semestres?",
    "nuit": r"nuit(?:ée)?s?|nights?",
    "minute": r"minutes?|min|mn",
    "seconde": r"secondes?|seconds?|s|sec",
    "fois": r"fois|times?",
    "km/h": r"km ?/ ?h|kilomètres?[ -]heure",
    "m²": r"m[²2]|mètres?[ -]carrés?|square met(?:re|er)s?|sq ?m",
    "km²": r"km[²2]",
    "ha": r"ha|hectares?",
    "m³": r"m[³3]|mètres?[ -]cubes?",
    "km": r"km|kilom[eè]tres?|kilometers?",
    "cm": r"cm|centimètres?",
    "mm": r"mm|millimètres?",
    "m": r"m|mètres?|met(?:re|er)s?",
    "kg": r"kg|kilo(?:gramme)?s?",
    "g": r"g|grammes?|grams?",
    "t": r"t|tonnes?",
    "ml": r"ml|millilitres?",
    "cl": r"cl|centilitres?",
    "l": r"l|litres?|lit(?:re|er)s?",
    "kWh": r"kwh",
    "MWh": r"mwh",
    "kW": r"kw",
    "°C": r"° ?c|degrés?(?: celsius)?|degrees?|°",
    "Mo": r"mo|mb|mégaoctets?",
    "Go": r"go|gb|gigaoctets?",
    "ko": r"ko|kb",
    "page": r"pages?",
    "habitant": r"habitants?|inhabitants?",
}
KIND: dict[str, str] = dict.fromkeys(("€", "centime", "$", "£", "franc"), "amount")
KIND |= dict.fromkeys(("%", "‰", "point"), "percent")
KIND |= dict.fromkeys(
    ("jour", "semaine", "mois", "an", "trimestre", "semestre", "nuit", "minute", "seconde"), "duration"
)
KIND["h"] = "time"
_NAMES = {f"u{n}": unit for n, unit in enumerate(_FORMS)}
_UNIT = "|".join(f"(?P<u{n}>{form})" for n, form in enumerate(_FORMS.values()))
_SCALES = {"k": 1e3, "m": 1e6, "md": 1e9, "mds": 1e9, "mille": 1e3, "thousand": 1e3, "billion": 1e9}
_SCALE = re.compile(
    r"[ \n]?(?P<scale>k(?=€|eur)|m(?=€)|mds?(?= ?€)|(?:mille|milliers?|thousand|millions?|milliards?|billion)\b)"
    r"(?:\s+(?:d'|de\s+|of\s+))?",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"[ \n]?(?:{_UNIT})(?![\w'’])(?!-\w)", re.IGNORECASE)
_WORKING = re.compile(
    r"\s+(?P<word>ouvr[ée]s?|ouvrables?|calendaires?|francs?|working|business|calendar)\b", re.IGNORECASE
)
_QUALIFIED = re.compile(
    r"(?:[ \n](?:premi|derni|proch|nouv|ancien|grand|petit|autre|bon|seul|plein|jeun|first|last|next|new|other)"
    r"[a-zà-ÿ]*)+",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"[ \n]+(?:d'|de\s+)?(?P<noun>[a-zà-ÿœ]{3,})")
_EMPTY = words("beside")


@dataclass(frozen=True)
class Counted:
    """What follows a number: ``unit`` (canonical, "" when none), by how much it multiplies, the kind of day or the
    noun beside it, and where all that ends."""

    unit: str = ""
    factor: float = 1.0
    working: str = ""
    noun: str = ""
    end: int = 0


def counted(text: str, end: int) -> Counted:
    """What the number that ends at ``end`` counts."""
    factor, at = 1.0, end
    if scale := _SCALE.match(text, at):
        word = scale["scale"].lower()
        factor = _SCALES.get(word) or (
            1e9 if word.startswith("milliard") else 1e6 if word.startswith("million") else 1e3
        )
        at = scale.end()
    if qualified := _QUALIFIED.match(text, at):
        at = qualified.end()
    if found := _AFTER.match(text, at):
        unit = _NAMES[found.lastgroup or ""]
        if unit == "centime":
            unit, factor = "€", factor / 100
        day = _WORKING.match(text, found.end()) if unit == "jour" else None
        kind = day["word"].lower()[:6] if day else ""
        return Counted(unit, factor, kind, "", day.end() if day else found.end())
    noun = _BESIDE.match(text, at)
    word = noun["noun"] if noun and noun["noun"] not in _EMPTY else ""
    return Counted("", factor, "", word, at)


def money_before(text: str, start: int) -> str:
    """« £200 »: the sign of a currency written before its amount; empty when there is none."""
    sign = text[start - 1 : start]
    return sign if sign in ("€", "$", "£") and not text[max(0, start - 3) : start - 1].strip().isdigit() else ""
