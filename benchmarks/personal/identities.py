"""People and firms that do not exist, for the frozen set: names nobody's list holds, numbers whose check digits are
right and which name nobody (telephones of the ranges kept for fiction, towns that INSEE has not, firms from 99…).
"""

import random
import re
from dataclasses import dataclass, field

from demeure.personal import checks
from demeure.personal.words import fold, is_first_name, is_surname

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")
"""Beginnings of telephone numbers that nobody is given."""

_HER = (
    ("Zor", "Thal", "Orm", "Sél", "Lyd", "Nér", "Cal", "Dor", "Fél", "Ysm", "Bér", "Tam", "Él", "Mar", "Ozel"),
    ("ane", "ysia", "ielle", "wenne", "ence", "aïde", "ille", "oune", "azia", "ilde"),
)
_HIM = (
    ("Thal", "Bren", "Orv", "Cor", "Ald", "Maz", "Ewar", "Gon", "Tor", "Yld", "Hern", "Sul", "Éd", "Ram", "Jor"),
    ("ric", "ouan", "ain", "uin", "ald", "mond", "iec", "ebert", "azar", "évan"),
)
_LASTS = (
    (
        ("Ker", "Tré", "Pen", "Lan", "Plou", "Guer", "Ros", "Coat"),
        ("vadour", "mellec", "zionnec", "dréan", "goual", "veniou", "bihouic", "laouen"),
    ),
    (
        ("Mont", "Cast", "Puy", "Roc", "Font", "Bel", "Val", "Sar"),
        ("argnès", "elpech", "azergue", "igourac", "ombargue", "alanzac", "uirolles", "asséac"),
    ),
    (
        ("Van der ", "De ", "Ver", "Vande", "Op de "),
        ("Hoogstra", "Cauwelier", "Meerschot", "Strijbosch", "Wallaert"),
    ),
    (("Ben ", "Bou", "El ", "Aït ", "Abd"), ("Zerroual", "Khellassi", "Mezaour", "Taghzout", "Ferdaoui")),
    (("Nd", "Ka", "Ou", "Ma", "Tchi"), ("ombéya", "lissoumo", "agbéto", "bangoula", "édraogui")),
    (("Wojt", "Brzez", "Kowal", "Szyd"), ("anowicz", "inczak", "ewickowska", "erkowiak")),
    (("Da ", "Dos ", "Fer", "Alm"), ("Quintalejo", "Morgadeira", "Vilarinha", "Estrelado")),
    (
        ("Bau", "Cham", "Grim", "Lavo", "Pois", "Tour", "Vign", "Char"),
        ("dremont", "pelouvier", "oirelle", "sonnereau", "tillebois", "nevaucher", "quetaire"),
    ),
)
TOWNS = (
    "Saint-Aubrac-sur-Vère",
    "Montrevault-les-Eaux",
    "Kerlouan-Bihan",
    "La Ferté-Malvoisine",
    "Villeneuve-d’Orsac",
    "Pont-l’Ermite",
    "Grandcourt",
    "Bellecombe-en-Valois",
    "L’Isle-Chauvet",
    "Le Mesnil-Aubry-la-Ville",
    "Castelmoron",
    "Vauvert-la-Plaine",
    "Roquebrune-Haute",
    "Aigrefont",
    "Sorbiers",
    "Thury-sous-Bois",
    "Beauvoir",
    "Champlitte-le-Vieux",
    "Marsillac",
    "Noirétable-Bas",
    "Hautefontaine",
    "Oradour-les-Prés",
    "Ceyzac",
    "Trévoulin",
)
WAYS = (
    "rue",
    "rue",
    "rue",
    "avenue",
    "boulevard",
    "place",
    "chemin",
    "route",
    "allée",
    "impasse",
    "quai",
    "square",
    "passage",
)
STREETS = (
    "des Glycines",
    "de la République",
    "du Moulin Vert",
    "des Trois Fontaines",
    "Jean Jaurès",
    "du Général de Gaulle",
    "de l’Ancienne Gare",
    "des Tilleuls",
    "Victor Hugo",
    "de Verdun",
    "des Frères Lumière",
    "du 8 Mai 1945",
    "de la Croix Blanche",
    "Pasteur",
    "des Écoles",
    "du Bois l’Abbé",
    "aux Moines",
    "d’Alsace",
    "de l’Église",
    "du Puits",
    "Marie Curie",
    "des Mésanges",
    "de Bretagne",
    "des Forges",
    "du Lavoir",
    "Saint-Michel",
    "de la Libération",
)


def names(rng: random.Random) -> tuple[str, str, bool]:
    """First name, surname (in no list of the detectors), whether she is a woman."""
    woman = rng.random() < 0.5
    while True:
        begin, end = _HER if woman else _HIM
        first = rng.choice(begin) + rng.choice(end)
        if rng.random() < 0.08:
            first += "-" + rng.choice(begin) + rng.choice(end)
        begin, end = rng.choice(_LASTS)
        last = rng.choice(begin) + rng.choice(end)
        if begin[0].islower() or "  " in last:
            continue
        last = last if " " in last else last[0] + last[1:].lower()
        if rng.random() < 0.07:
            other = rng.choice(_LASTS[1][0]) + rng.choice(_LASTS[1][1])
            last = f"{last}-{other}"
        if unlisted(first) and unlisted(last):
            return first, last, woman


def unlisted(name: str) -> bool:
    """None of its words is in a list of first names or surnames, whole or in parts."""
    words = [fold(name), *re.split(r"[ -]", fold(name))]
    return not any(len(w) > 3 and (is_first_name(w) or is_surname(w)) for w in words)


@dataclass
class Person:
    """``wrote``: writes one number as people write it, each time in the same way in one document."""

    rng: random.Random
    first: str = ""
    last: str = ""
    woman: bool = False
    held: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first, self.last, self.woman = names(self.rng)
        self.year, self.month, self.day = (
            self.rng.randint(1940, 2008),
            self.rng.randint(1, 12),
            self.rng.randint(1, 28),
        )

    def value(self, what: str) -> str:
        """What a template asks for, made once. Raises AttributeError for what no person has."""
        if what not in self.held:
            self.held[what] = getattr(self, f"_{what}")()
        return self.held[what]

    def _mail(self) -> str:
        first, last = (re.sub(r"[^a-z]", "-", fold(n)).strip("-") for n in (self.first, self.last))
        host = self.rng.choice(
            ("exemple.fr", "courriel.example", "mairie-aigrefont.example", "orange.example", "test.example.org")
        )
        return (
            self.rng.choice(
                (f"{first}.{last}", f"{first[0]}.{last}", f"{last}{self.year % 100:02}", f"{first}_{last}")
            )
            + "@"
            + host
        )

    def _nir(self) -> str:
        number = self._nir13()
        key = 97 - int(number.replace("2A", "19").replace("2B", "18")) % 97
        return number + f"{key:02}"

    def _nir13(self) -> str:
        department = self.rng.choice(("2A", "2B", *(f"{d:02}" for d in range(1, 96) if d != 20)))
        born = f"{2 if self.woman else 1}{self.year % 100:02}{self.month:02}"
        return f"{born}{department}{self.rng.randint(990, 999)}{self.rng.randint(1, 999):03}"

    def _phone(self) -> str:
        return self.rng.choice(FICTION[:5]) + f"{self.rng.randint(0, 9999):04}"

    def _mobile(self) -> str:
        return FICTION[5] + f"{self.rng.randint(0, 9999):04}"

    def _iban(self) -> str:
        if self.rng.random() < 0.15:
            country, body = self.rng.choice((("BE", 12), ("DE", 18), ("ES", 20), ("LU", 16), ("PT", 21)))
            rest = "".join(str(self.rng.randint(0, 9)) for _ in range(body))
        else:
            country = "FR"
            account = "".join(
                self.rng.choice("0123456789" + ("A" if self.rng.random() < 0.1 else "")) for _ in range(11)
            )
            rest = f"99999{self.rng.randint(0, 99999):05}{account}{self.rng.randint(0, 99):02}"
        number = int("".join(str(int(c, 36)) for c in rest + country + "00"))
        return f"{country}{98 - number % 97:02}{rest}"

    def _spi(self) -> str:
        base = f"{self.rng.randint(0, 3)}{self.rng.randint(0, 10**9 - 1):09}"
        return base + f"{int(base) % 511:03}"

    def _card(self) -> str:
        base = self.rng.choice(("4970", "5132", "4978")) + "".join(str(self.rng.randint(0, 9)) for _ in range(11))
        return next(base + str(d) for d in range(10) if checks.luhn(base + str(d)))

    def _plate(self) -> str:
        return (
            "".join(self.rng.choice("ABCDEFGHJKLMNPQRTVWXYZ") for _ in range(4)) + f"{self.rng.randint(1, 999):03}"
        )

    def _fni(self) -> str:
        figures, letters = self.rng.randint(10, 9999), self.rng.choice(("AB", "XZ", "QRT", "WV"))
        return f"{figures} {letters} {self.rng.choice(('29', '35', '75', '2A', '13'))}"

    def _passport(self) -> str:
        return (
            f"{self.rng.randint(10, 24)}{self.rng.choice(('AB', 'CK', 'DF', 'EH'))}{self.rng.randint(10000, 99999)}"
        )

    def _identity(self) -> str:
        return self.rng.choice(
            (
                f"{self.rng.randint(10**11, 10**12 - 1)}",
                f"X{self.rng.randint(1, 9)}R{self.rng.randint(1, 9)}T{self.rng.randint(1000, 9999)}",
            )
        )

    def _birth(self) -> str:
        return f"{self.year}-{self.month:02}-{self.day:02}"

    def _address(self) -> str:
        number = str(self.rng.randint(1, 180)) + self.rng.choice(("", "", "", "", " bis", " ter", "B"))
        street = f"{self.rng.choice(WAYS)} {self.rng.choice(STREETS)}"
        code = f"{self.rng.randint(1, 95):02}{self.rng.randint(0, 99) * 10:03}"
        return f"{number}|{street}|{code}|{self.rng.choice(TOWNS)}"


@dataclass
class Firm:
    """A firm with its numbers; what a template asks for is made once."""

    rng: random.Random
    held: dict[str, str] = field(default_factory=dict)

    def value(self, what: str) -> str:
        if what not in self.held:
            self.held[what] = getattr(self, f"_{what}")()
        return self.held[what]

    def _name(self) -> str:
        head = self.rng.choice(
            ("Menuiserie", "Boulangerie", "Garage", "Ateliers", "Plomberie", "Transports", "Imprimerie")
        )
        tail = self.rng.choice(
            ("du Vieux Pont", "des Deux Rives", "de la Halle", "du Bocage", "de l’Ouest", "des Coteaux")
        )
        return f"{head} {tail}"

    def _siren(self) -> str:
        base = f"99{self.rng.randint(0, 999999):06}"
        return next(base + str(d) for d in range(10) if checks.luhn(base + str(d)))

    def _siret(self) -> str:
        base = self.value("siren") + f"000{self.rng.randint(1, 9)}"
        return next(base + str(d) for d in range(10) if checks.luhn(base + str(d)))

    def _vat(self) -> str:
        siren = self.value("siren")
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02}{siren}"
