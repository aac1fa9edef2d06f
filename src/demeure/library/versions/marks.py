"""What a title says of its version, and what is left of it without that (pure).

« Tarifs cantine 2025-2026.pdf » and « tarif de la cantine 2026-2027 v2.odt » have the same key: cantine, tarif. The
number of an act (« 2026-034 ») and a day without year (« 12 mars ») belong to the key: they name another document.
"""

import calendar
import re
from dataclasses import dataclass

from demeure.library.search.query import fold

_MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre"),
    *("novembre", "decembre"),
)
_MONTHS_EN = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
_MONTH = {name: number for names in (_MONTHS, _MONTHS_EN) for number, name in enumerate(names, 1)}
_MONTH_WORD = "|".join(_MONTH)
_YEAR = r"(?:19|20)\d\d"
_DAYS = (
    rf"(?P<y1>{_YEAR})[-._/](?P<m1>0?[1-9]|1[0-2])[-._/](?P<d1>3[01]|[12]\d|0?[1-9])\b",
    r"(?P<y2>20\d\d)(?P<m2>0[1-9]|1[0-2])(?P<d2>3[01]|[12]\d|0[1-9])\b",
    rf"(?P<d3>3[01]|[12]\d|0?[1-9])[-._/ ](?P<m3>0?[1-9]|1[0-2])[-._/ ](?P<y3>{_YEAR})\b",
    rf"(?P<d4>3[01]|[12]\d|0?[1-9])(?:er)?\s+(?P<m4>{_MONTH_WORD})\s+(?P<y4>{_YEAR})\b",
    rf"(?P<m5>{_MONTH_WORD})\s+(?P<y5>{_YEAR})\b",
)
_DATE = re.compile(r"(?<![\d-])(?:" + "|".join(_DAYS) + ")")
_TELLS = (
    r"(?:modifie\w*|mise? a jour|maj|revis(?:e|ion)\w*|actualise\w*|version|edition|en vigueur|applicable\w*"
    r"|valable\w*|a compter|a partir|updated|revised|effective|as of|from)"
)
_TOLD = re.compile(rf"\b{_TELLS}(?:\s+(?:le|du|au|en|a|date|depuis|on|of|from|compter|partir|jour))*\s*[:.]?\s*$")
_NUMBER = re.compile(
    r"\b(?:v|ver|vers|version|rev|revision|indice|edition)[\s.]*(?:n\s*[°o]\s*)?(\d{1,3}(?:\.\d{1,3}){0,2})\b(?![-/]\d)"
)
_SPAN = re.compile(rf"(?<![\d/-])({_YEAR})\s?(?:-|/|_| a | et | )\s?((?:19|20)?\d\d)(?![\d/-])")
_REFERENCE = re.compile(rf"(?<![\d/-])(?:{_YEAR}[-/_. ]?[a-z]?\d{{1,5}}|\d{{1,5}}[-/]{_YEAR})(?![\d-])")
_LETTERS = str.maketrans("0123456789-/_. ", "abcdefghijqqqqq")
"""Of the number of an act, so that no year is seen in it."""
_ONE_YEAR = re.compile(rf"(?<![\d/.-])({_YEAR})(?![\d/.-]?\d)")
_WORD = re.compile(r"[a-z]+|\d+")
_JOINED = re.compile(r"(?<=[a-z])[-.](?=\d)|(?<=\d)[-.](?=[a-z])")
"""« tarifs-cantine-2026 »: a hyphen where others put a space."""
_STAGES = {
    **dict.fromkeys(("projet", "brouillon", "provisoire", "draft", "ebauche"), -1),
    **dict.fromkeys(("definitif", "definitive", "final", "finale", "vf", "vdef", "signe", "signee"), 1),
}
_SMALL = frozenset(
    """a an and au aux avec d dans de des du en et for in l la le les of on par pour sur the to un une version
    edition
    modifie modifiee modifies modifiees maj revision revise revisee actualise actualisee mis mise jour date
    copie copy""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Marks:
    """``key``: the words left, « » for none. ``number``: of the version, (2, 1) for « v2.1 ». ``begins``,
    ``ends``: the
    days of the period (YYYY-MM-DD), both empty without one. ``told``: the title says that it is the day of a change
    (« modifié le… »); ``day``: the period is one day. ``stage``: -1 for a draft, 1 for what is final."""

    key: str
    number: tuple[int, ...] = ()
    begins: str = ""
    ends: str = ""
    told: bool = False
    day: bool = False
    stage: int = 0


def marks(name: str) -> Marks:
    """Of a file's name."""
    stem = name.rsplit(".", 1)[0] if re.search(r"\.[A-Za-z0-9]{1,5}$", name) else name
    text = " ".join(re.sub(r"[_,;:()\[\]{}«»\"'’!–—]", " ", fold(stem.casefold())).split())
    text = _JOINED.sub(" ", re.sub(r"\s-\s", " ", text))
    number: tuple[int, ...] = ()
    if found := _NUMBER.search(text):
        number = tuple(int(part) for part in found[1].split("."))
        text = f"{text[: found.start()]} {text[found.end() :]}"
    (begins, ends), told, text = _period(text)
    words = [_singular(word) for word in _WORD.findall(text) if word not in _SMALL]
    stage = next((_STAGES[word] for word in words if word in _STAGES), 0)
    key = " ".join(sorted({word for word in words if word not in _STAGES}))
    return Marks(key, number, begins, ends, told, bool(begins) and begins == ends, stage)


def told_day(text: str) -> str:
    """The day from which a text says that it holds, or was changed (« en vigueur au 1er septembre 2026 »); the last
    one when it tells several, empty without."""
    plain = fold(text.casefold())
    days = [_days(found)[0] for found in _DATE.finditer(plain) if _TOLD.search(plain[: found.start()])]
    return max(days, default="")


def _period(text: str) -> tuple[tuple[str, str], bool, str]:
    """(first and last day), whether the title says that it is a change's, and the title without it."""
    if found := _DATE.search(text):
        before = text[: found.start()]
        told = _TOLD.search(before)
        rest = f"{before[: told.start()] if told else before} {text[found.end() :]}"
        return _days(found), bool(told), rest
    for found in _SPAN.finditer(text):
        first, last = int(found[1]), int(found[2])
        last += (first // 100) * 100 if last < 100 else 0
        if (last == first + 1 and last % 100 > 12) or (len(found[2]) == 4 and 1 <= last - first <= 10):
            return (f"{first}-01-01", f"{last}-12-31"), False, f"{text[: found.start()]} {text[found.end() :]}"
    kept = _REFERENCE.sub(lambda found: found[0].translate(_LETTERS), text)
    years = list(_ONE_YEAR.finditer(kept))
    if len(years) == 1:
        year, before = years[0], kept[: years[0].start()]
        told = _TOLD.search(before)
        rest = f"{before[: told.start()] if told else before} {kept[year.end() :]}"
        return (f"{year[1]}-01-01", f"{year[1]}-12-31"), bool(told), rest
    return ("", ""), False, kept


def _days(found: "re.Match[str]") -> tuple[str, str]:
    """First and last day of a date: twice the same, or those of a month."""
    part = {name[0]: value for name, value in found.groupdict().items() if value}
    year = int(part["y"])
    month = int(part["m"]) if part["m"].isdigit() else _MONTH[part["m"]]
    last = calendar.monthrange(year, month)[1]
    if "d" not in part:
        return f"{year}-{month:02}-01", f"{year}-{month:02}-{last:02}"
    day = f"{year}-{month:02}-{min(int(part['d']), last):02}"
    return day, day


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word
