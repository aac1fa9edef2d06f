"""Documents of every format that is read, each with a word of its own, and the passages that they must give."""

import json
import random
from dataclasses import dataclass

import workshop_files as files

from demeure.library.chunking import passages
from demeure.workshop import ReadLimits
from demeure.workshop.answers import checked_part
from demeure.workshop.jobs import read
from demeure.workshop.parts import Facts

FORMATS = ("txt", "md", "html", "docx", "odt", "pdf")
_WORDS = """le conseil municipal adopte la délibération relative au tarif de la cantine scolaire et fixe le montant
dû par chaque famille selon son quotient ; la salle des fêtes est louée aux associations de la commune contre une
caution rendue après visite ; les travaux de voirie commencent au printemps et durent six semaines ; le maire
remercie les agents du service technique pour leur engagement pendant la crue de février""".split()  # noqa: SIM905
_LONG, _MIDDLE = 33, 8
"""One paper in that many is long (40 sections), or of middle size (8)."""


@dataclass(frozen=True)
class Paper:
    """``word``: in this paper and in no other."""

    name: str
    data: bytes
    word: str

    @property
    def question(self) -> str:
        """What its text answers."""
        return f"Quelle est la caution de la salle {self.word} ?"

    def passages(self) -> list[tuple[str, str]]:
        """(context, text) of the passages that a house makes of it when nobody disturbs it."""
        facts, limits = Facts(), ReadLimits()
        frames = read(bytearray(self.data), self.name, self.name.rsplit(".", 1)[1], limits, facts)
        parts = (checked_part(json.loads(json.dumps(data)), limits) for kind, data in frames if kind == "item")
        title = self.name.rsplit(".", 1)[0].replace("-", " ").replace("_", " ")
        return [(p.context, p.text) for p in passages(parts, title=title)]


def paper(number: int, seed: int) -> Paper:
    """The same for the same numbers."""
    chance = random.Random(f"{seed}/{number}")
    form = FORMATS[number % len(FORMATS)]
    word = "zq" + "".join(chance.choice("bdfgklmprtvz") + chance.choice("aiou") for _ in range(5))
    sections = 40 if number % _LONG == 5 else 8 if number % _MIDDLE == 3 else 1
    texts = [_text(chance, word) for _ in range(sections)]
    return Paper(f"piece-{number:03}-{word}.{form}", _made(form, word, texts), word)


def _text(chance: random.Random, word: str) -> str:
    caution, rent = chance.sample(range(100, 1000), 2)
    more = " ".join(chance.choices(_WORDS, k=30)).capitalize()
    return f"La caution de la salle {word} est de {caution} euros. Le loyer est de {rent} euros. {more}."


def _made(form: str, word: str, texts: list[str]) -> bytes:
    titles = [f"{at}. Affaire {word}" for at in range(1, len(texts) + 1)]
    both = list(zip(titles, texts, strict=True))
    if form == "txt":
        return "\n\n".join(f"{title}\n{text}" for title, text in both).encode()
    if form == "md":
        return "\n\n".join(f"# {title}\n\n{text}" for title, text in both).encode()
    if form == "html":
        body = "".join(f"<h2>{title}</h2><p>{text}</p>" for title, text in both)
        return f"<!doctype html><html><body>{body}</body></html>".encode()
    if form == "docx":
        return files.docx("".join(files.paragraph(t, "Heading1") + files.paragraph(x) for t, x in both))
    if form == "odt":
        return files.odt(
            "".join(f'<text:h text:outline-level="1">{t}</text:h><text:p>{x}</text:p>' for t, x in both)
        )
    return files.pdf_pages([files.text_at(72, 760, title) + _lines(text) for title, text in both])


def _lines(text: str) -> bytes:
    words = text.split()
    rows = [" ".join(words[at : at + 11]) for at in range(0, len(words), 11)]
    return b"".join(files.text_at(72, 720 - 16 * at, row, 11) for at, row in enumerate(rows))
