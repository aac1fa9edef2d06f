"""Makes the frozen French set that personal_data.py reads: templates, people who do not exist, faults of every day.

    python benchmarks/personal/making.py --templates first.txt --seed 1 --per-template 10 --out first.jsonl.gz

The set that the measures name is stored (benchmarks/personal/*.jsonl.gz); this makes another of the same kind.
One JSON object a line: id, kind, faults, text, spans ([start, end, kind] in characters, in order).

A template begins with « === kind » and holds {a.full} (what is asked of person a, b, c…, or firm f, g), {day},
{amount}, {ref} and [[one|another]], of which one is taken. Persons: title Title full caps rev last LAST first FIRST
ini e nir nir13 phone mobile mail iban spi card plate fni passport identity birth birthwords address lines.
Firms: firm siren siret vat.
"""

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

from identities import MONTHS, Firm, Person

_OPEN, _MID, _SHUT = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"{_OPEN}(\\w+){_MID}([^{_SHUT}]*){_SHUT}")
_SLOT = re.compile(r"\{(?:([a-e])\.(\w+)|([fg])\.(\w+)|(day|amount|ref|longday|hour))\}")
_ONE_OF = re.compile(r"\[\[([^\[\]]*)\]\]")
FAULTY, WRAPPED = 0.14, 0.2


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--templates", type=Path, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--per-template", type=int, default=10)
    options.add_argument("--out", type=Path, required=True)
    given = options.parse_args()
    rng = random.Random(given.seed)
    blocks = re.split(r"^=== *(\w+)\n", given.templates.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    made = []
    for number, (kind, template) in enumerate(zip(blocks[::2], blocks[1::2], strict=True)):
        name = f"{given.templates.stem}-{number:02}"
        made += [
            document(rng, f"{name}-{copy:02}", kind, template.strip("\n")) for copy in range(given.per_template)
        ]
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in made) + "\n"
    given.out.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    print(f"{len(made)} documents, {sum(len(one['spans']) for one in made)} spans")


def document(rng: random.Random, name: str, kind: str, template: str) -> dict[str, object]:
    """One filled template, its faults made, its spans counted."""
    text = filled(rng, template)
    faults = rng.random() < FAULTY
    if faults:
        text = misread(rng, text)
    if rng.random() < WRAPPED:
        text = wrapped(text, rng.choice((60, 72, 80)))
    plain, spans, at = [], [], 0
    last = 0
    for found in _MARKED.finditer(text):
        plain.append(text[last : found.start()])
        at += found.start() - last
        spans.append([at, at + len(found[2]), found[1]])
        plain.append(found[2])
        at += len(found[2])
        last = found.end()
    plain.append(text[last:])
    return {"id": name, "kind": kind, "faults": faults, "text": "".join(plain), "spans": spans}


def filled(rng: random.Random, template: str) -> str:
    """The template with one of each choice and every slot written, marked."""
    while _ONE_OF.search(template):
        template = _ONE_OF.sub(lambda found: rng.choice(found[1].split("|")), template)
    people = {letter: Person(rng) for letter in "abcde"}
    firms = {letter: Firm(rng) for letter in "fg"}
    short = rng.random() < 0.5  # « M. » or « Monsieur », once for the document
    writing = Writing(rng)

    def slot(found: re.Match[str]) -> str:
        if found[1]:
            return writing.person(people[found[1]], found[2], short)
        if found[3]:
            return writing.firm(firms[found[3]], found[4])
        return writing.other(found[5])

    return _SLOT.sub(slot, template)


def marked(kind: str, text: str) -> str:
    return f"{_OPEN}{kind}{_MID}{text}{_SHUT}"


class Writing:
    """How values are written in one document: the same way of grouping all along."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.phones = rng.choice((" ", " ", " ", ".", "", "-", "\u00a0"))
        self.abroad = rng.random() < 0.2
        self.groups = rng.choice((" ", " ", "", "\u00a0"))

    def person(self, who: Person, what: str, short: bool) -> str:
        if what in ("title", "Title"):
            long = what == "Title" or not short
            return ("Madame" if who.woman else "Monsieur") if long else ("Mme" if who.woman else "M.")
        if what == "e":
            return "e" if who.woman else ""
        if what in _NAMES:
            return marked("name", _NAMES[what](who))
        value = who.value({"birthwords": "birth", "lines": "address"}.get(what, what))
        kind = _KINDS.get(what, what)
        return marked(kind, getattr(self, f"w_{what}", self.w_plain)(value))

    def firm(self, which: Firm, what: str) -> str:
        if what == "firm":
            return which.value("name")
        value = which.value(what)
        cut = {"siren": (3, 3, 3), "siret": (3, 3, 3, 5), "vat": (4, 3, 3, 3)}[what]
        return marked(what, self.cut(value, cut) if self.rng.random() < 0.6 else value)

    def other(self, what: str) -> str:
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2019, 2026)
        made: dict[str, Callable[[], str]] = {
            "day": lambda: f"{day:02}/{month:02}/{year}",
            "longday": lambda: f"{day} {MONTHS[month - 1]} {year}",
            "amount": lambda: f"{rng.randint(12, 9800)},{rng.randint(0, 99):02} €",
            "ref": lambda: f"{rng.choice(('DOS', 'REF', 'AR', 'CT'))}-{year}-{rng.randint(100, 9999)}",
            "hour": lambda: f"{rng.randint(8, 20)} h {rng.choice(('00', '15', '30'))}",
        }
        return made[what]()

    def cut(self, value: str, sizes: tuple[int, ...], gap: str | None = None) -> str:
        parts, at = [], 0
        for size in sizes:
            parts.append(value[at : at + size])
            at += size
        return (self.groups if gap is None else gap).join(part for part in parts if part)

    def w_plain(self, value: str) -> str:
        return value

    def w_nir(self, value: str) -> str:
        text = self.cut(value[:13], (1, 2, 2, 2, 3, 3))
        return text + self.rng.choice((" ", " ", "", " / ", "-") if self.groups else ("", " ")) + value[13:]

    def w_nir13(self, value: str) -> str:
        return self.cut(value, (1, 2, 2, 2, 3, 3))

    def w_phone(self, value: str) -> str:
        text = self.cut(value, (2, 2, 2, 2, 2), self.phones)
        if self.abroad:
            head = self.rng.choice(("+33 ", "+33", "0033 ", "+33 (0)", "(+33) "))
            return head + text[1:]
        return text

    w_mobile = w_phone

    def w_iban(self, value: str) -> str:
        return self.cut(value, (4,) * 9)

    def w_spi(self, value: str) -> str:
        return self.cut(value, (2, 2, 3, 3, 3))

    def w_card(self, value: str) -> str:
        return self.cut(value, (4, 4, 4, 4), self.rng.choice((" ", "", "-")))

    def w_plate(self, value: str) -> str:
        return (
            f"{value[:2]}-{value[4:]}-{value[2:4]}"
            if self.rng.random() < 0.7
            else f"{value[:2]} {value[4:]} {value[2:4]}"
        )

    def w_birth(self, value: str) -> str:
        year, month, day = value.split("-")
        ways = (
            f"{day}/{month}/{year}",
            f"{day}.{month}.{year}",
            f"{int(day)} {MONTHS[int(month) - 1]} {year}",
            f"{day}/{month}/{year[2:]}",
            f"{day}-{month}-{year}",
        )
        return self.rng.choice(ways)

    def w_birthwords(self, value: str) -> str:
        year, month, day = map(int, value.split("-"))
        return f"{'premier' if day == 1 else said(day)} {MONTHS[month - 1]} {said(year)}"

    def w_address(self, value: str) -> str:
        number, street, code, town = value.split("|")
        first, then = self.rng.choice((" ", ", ", " ")), self.rng.choice((", ", " ", " – ", ", "))
        return f"{number}{first}{street}{then}{code} {self.town(town)}"

    def w_lines(self, value: str) -> str:
        number, street, code, town = value.split("|")
        more = self.rng.choice(("", "", "", "\nBâtiment C, appt 12", "\nRésidence Les Hirondelles", "\nBP 41"))
        return f"{number} {street}{more}\n{code} {self.town(town)}"

    def town(self, town: str) -> str:
        return self.rng.choice((town, town, town.upper()))


_KINDS = {
    "mobile": "phone",
    "mail": "email",
    "nir13": "nir",
    "fni": "plate",
    "birthwords": "birth",
    "lines": "address",
}
_NAMES: dict[str, Callable[[Person], str]] = {
    "full": lambda p: f"{p.first} {p.last}",
    "caps": lambda p: f"{p.first} {p.last.upper()}",
    "rev": lambda p: f"{p.last.upper()} {p.first}",
    "FULL": lambda p: f"{p.first} {p.last}".upper(),
    "last": lambda p: p.last,
    "LAST": lambda p: p.last.upper(),
    "first": lambda p: p.first,
    "FIRST": lambda p: p.first.upper(),
    "ini": lambda p: f"{p.first[0]}. {p.last}",
}


_SMALL = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    *("treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"),
)


def said(number: int) -> str:
    """A day or a year in words, as French deeds write them."""
    tens = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
    if number >= 1000:
        head = "deux mille" if number >= 2000 else "mil neuf cent"
        rest = number % (1000 if number >= 2000 else 100)
        return f"{head} {said(rest)}" if rest else head
    if number < 20:
        return _SMALL[number]
    ten = number // 10 * 10
    if ten in (70, 90):
        ten -= 10
    rest = number - ten
    if rest == 0:
        return tens[ten] + ("s" if ten == 80 else "")
    joint = " et " if rest in (1, 11) and ten != 80 else "-"
    return f"{tens[ten]}{joint}{_SMALL[rest]}"


# -- faults ------------------------------------------------------------------------------------------------------


def misread(rng: random.Random, text: str) -> str:
    """What a recognition of characters does: a figure as a letter, an accent lost, a blank too many."""
    kinds = {"figures": rng.random() < 0.7, "accents": rng.random() < 0.6, "blanks": rng.random() < 0.5}

    def inside(found: re.Match[str]) -> str:
        kind, value = found[1], found[2]
        if kinds["figures"] and kind in ("nir", "iban", "phone", "siret", "siren", "spi") and rng.random() < 0.3:
            at = rng.choice([i for i, c in enumerate(value) if c in "0158" and i > 3] or [0])
            value = (
                value[:at] + {"0": "O", "1": "l", "5": "S", "8": "B"}.get(value[at], value[at]) + value[at + 1 :]
            )
        if kinds["blanks"] and kind == "email" and rng.random() < 0.4:
            value = value.replace("@", rng.choice((" @ ", "@ ", " @")))
        return marked(kind, value)

    text = _MARKED.sub(inside, text)
    if kinds["accents"]:
        plain = str.maketrans("éèêàùîôç", "eeeauioc")
        text = "".join(c.translate(plain) if rng.random() < 0.25 else c for c in text)
    if kinds["blanks"]:
        text = re.sub(r"(?<=[a-zé,]) (?=[a-zé])", lambda _: "  " if rng.random() < 0.05 else " ", text)
    return text


def wrapped(text: str, width: int) -> str:
    """Long lines broken at a blank, inside a name or a number too, as a text taken from a page is."""
    lines = []
    for line in text.split("\n"):
        size, made = 0, ""
        for piece in re.split(r"( )", line):
            seen = len(re.sub(f"{_OPEN}\\w+{_MID}|{_SHUT}", "", piece))
            if piece == " " and size > width:
                made, size = made + "\n", 0
            else:
                made, size = made + piece, size + seen
        lines.append(made)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
