"""Numbers of a spreadsheet as a French reader sees them: « 1 250,00 € », « 12/04/2026 », « 19,6 % ». Pure.

A number format is the file's own little language; what is not understood of it falls back on the plain number.
"""

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "#,##0 €", 6: "#,##0 €", 7: "#,##0.00 €", 8: "#,##0.00 €",
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "dd/mm/yyyy", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "hh:mm", 21: "hh:mm:ss", 22: "dd/mm/yyyy hh:mm",
    37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0 €", 43: "#,##0.00",
    44: "#,##0.00 €", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "0.0E+0", 49: "@",
}  # fmt: skip
"""Formats that a file names by number only, as a French office shows them."""

_THIN, _FIRM = "\u202f", "\u00a0"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)(?:-(?P<language>[^\]]*))?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]"
    r"|(?P<noon>AM/PM|A/P)|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+(?:\.0+)?)|(?P<general>General|Standard)"
    r"|(?P<power>[eE][+-]0+)|(?P<digits>[0#?](?:[0#?,. ]*[0#?])?,*|\.[0#?]+)|(?P<other>.)",
    re.DOTALL,
)
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905 - a list of words is read more easily so
_SHORT_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905 - a list of words is read more easily so
_DAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()  # noqa: SIM905 - a list of words is read more easily so
_LONGEST = 200
_DAYS_KNOWN = 2_958_466  # 31/12/9999, the last day of every spreadsheet
_LARGEST = 1e15
_FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - the clock of a spreadsheet knows no zone


class _Token(NamedTuple):
    kind: str
    text: str


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """``value`` under the number format ``code`` (empty or ``General``: as it is)."""
    sections = _sections(code[:_LONGEST])
    tokens, magnitude = _section(sections, value)
    if not tokens and len(sections) > 1:
        return ""  # « ;;; » is the way to hide a value
    kinds = {token.kind for token in tokens}
    if kinds & {"date", "elapsed"}:
        return _moment(value, tokens, since_1904)
    if "digits" in kinds and not any(token.kind == "other" and token.text == "/" for token in tokens):
        return _number(magnitude, tokens)
    if kinds and kinds <= {"quoted", "escaped", "other"} and not any(token.text in "@/" for token in tokens):
        return "".join(token.text for token in tokens).strip()
    return plain(value)


def is_date(code: str) -> bool:
    """The format shows a date or a time of day."""
    return any(token.kind in ("date", "elapsed") for token in _sections(code[:_LONGEST])[0])


def plain(value: float) -> str:
    """« 12,5 », « 2026 »: no more than the ten figures that a cell shows."""
    if value == int(value) and abs(value) < _LARGEST:
        return str(int(value))
    return f"{value:.10g}".replace(".", ",")


def parsed_date(text: str) -> float | None:
    """The serial number of an ISO date or time (« 2026-04-12T08:30:00 »), None when it is not one."""
    try:
        moment = dt.datetime.fromisoformat(text[:26].rstrip("Z")).replace(tzinfo=None)
    except ValueError:
        return None
    return (moment - _FIRST_DAY) / dt.timedelta(days=1)


@lru_cache(maxsize=256)
def _sections(code: str) -> tuple[tuple[_Token, ...], ...]:
    sections: list[list[_Token]] = [[]]
    for found in _TOKEN.finditer(code):
        if found["other"] == ";":
            sections.append([])
            continue
        kind = found.lastgroup or "skip"
        text = found[kind] if found.lastgroup else ""
        if kind in ("currency", "language"):
            kind, text = "quoted", found["currency"]
        if kind == "date" and text[0] in "mM" and _after_hours(sections[-1]):
            kind, text = "date", "n" * len(text)  # minutes
        elif kind == "date" and text[0] in "sS":
            _minutes_before(sections[-1])
        if kind != "skip" and text:
            sections[-1].append(_Token(kind, text))
    return tuple(tuple(section) for section in sections)


def _after_hours(tokens: list[_Token]) -> bool:
    before = next((token for token in reversed(tokens) if token.kind in ("date", "elapsed")), None)
    return before is not None and before.text[0] in "hH"


def _minutes_before(tokens: list[_Token]) -> None:
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].kind == "date":
            if tokens[at].text[0] in "mM":
                tokens[at] = _Token("date", "n" * len(tokens[at].text))
            return


def _section(sections: tuple[tuple[_Token, ...], ...], value: float) -> tuple[list[_Token], float]:
    """The section that says this value, and the number it is to show (the sign is the section's own business)."""
    if value < 0 and len(sections) > 1:
        return list(sections[1]), -value
    if value == 0 and len(sections) > 2:
        return list(sections[2]), value
    return list(sections[0]), value


def _number(value: float, tokens: list[_Token]) -> str:
    percent = sum(token.kind == "other" and token.text == "%" for token in tokens)
    power = next((token for token in tokens if token.kind == "power"), None)
    pieces: list[str] = []
    said = False
    for token in tokens:
        if token.kind == "digits" and not said:
            said = True
            pieces.append(_digits(abs(value) * 100**percent, token.text, power is not None))
        elif token.kind in ("quoted", "escaped", "other"):
            pieces.append(token.text)
    text = "".join(pieces).strip().replace(" ", _FIRM)
    text = re.sub(r"(?<=\d)([%€$£])", rf"{_FIRM}\1", text)
    return f"-{text}" if value < 0 else text


def _digits(value: float, mask: str, scientific: bool) -> str:
    whole, _, decimals = mask.partition(".")
    places = min(sum(c in "0#?" for c in decimals), 15)
    least = sum(c == "0" for c in decimals)
    if scientific:
        return f"{value:.{places}E}".replace(".", ",")
    scaled = len(mask) - len(mask.rstrip(","))
    text = f"{value / 1000**scaled:,.{places}f}"
    text = text.replace(",", _THIN if re.search(r"[0#?][, ][0#?]", whole) else "").replace(".", ",")
    while places > least and text.endswith("0"):
        text, places = text[:-1], places - 1
    text = text.rstrip(",")
    shortest = sum(c == "0" for c in whole)
    return text.zfill(shortest) if places == 0 and _THIN not in text else text


def _moment(value: float, tokens: list[_Token], since_1904: bool) -> str:
    days = value + 1462 if since_1904 else value + 1 if 0 < value < 60 else value
    if not 0 <= days < _DAYS_KNOWN:
        return plain(value)
    moment = _FIRST_DAY + dt.timedelta(seconds=round(days * 86400))
    half = any(token.kind == "noon" for token in tokens)
    pieces = []
    for token in tokens:
        if token.kind == "date":
            pieces.append(_date_piece(moment, token.text.lower(), half))
        elif token.kind == "elapsed":
            unit = {"h": 24, "m": 1440, "s": 86400}[token.text[0]]
            pieces.append(str(int(value * unit + 1e-6)).zfill(len(token.text)))
        elif token.kind == "noon":
            pieces.append("PM" if moment.hour >= 12 else "AM")
        elif token.kind in ("quoted", "escaped", "other") and token.text != "@":
            pieces.append(token.text)
    return "".join(pieces).strip()


def _date_piece(moment: dt.datetime, text: str, half: bool) -> str:
    count = len(text)
    hour = (moment.hour - 1) % 12 + 1 if half else moment.hour
    match text[0]:
        case "y":
            return f"{moment.year:04}" if count > 2 else f"{moment.year % 100:02}"
        case "m":
            names = {3: _SHORT_MONTHS, 4: _MONTHS}
            return names[min(count, 4)][moment.month - 1] if count > 2 else str(moment.month).zfill(count)
        case "d":
            name = _DAYS[moment.weekday()]
            return (name if count > 3 else name[:3] + ".") if count > 2 else str(moment.day).zfill(count)
        case "h":
            return str(hour).zfill(min(count, 2))
        case "n":
            return str(moment.minute).zfill(min(count, 2))
        case _:
            return str(moment.second).zfill(2 if count > 1 else 1)
