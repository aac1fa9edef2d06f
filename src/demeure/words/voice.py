"""How the organisation writes: style guide, letterhead, signature, closing, templates, procedures. Pure.

Each is a text with versions. The style guide is a few choices (``address = vous``…), then free lines for the model.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from demeure.words.errors import TextInvalid

SINGLE = ("style", "letterhead", "signature", "closing")
"""Kinds of which there is one for the organisation, and one for each space that wants its own."""
NAMED = ("template", "procedure")
KINDS = (*SINGLE, *NAMED)
LONGEST, LONGEST_NAME, LINES = 20_000, 80, 12
CHOICES: Mapping[str, tuple[str, ...]] = {
    "address": ("vous", "tu"),
    "inclusive": ("none", "doublets", "epicene", "median"),
    "typography": ("french", "none"),
}
"""The first value of each is the one in force where the guide says nothing."""

_TOLD = {
    "address": {"vous": "Vouvoie toujours le lecteur.", "tu": "Tutoie toujours le lecteur."},
    "inclusive": {
        "none": "N’emploie pas d’écriture inclusive : masculin générique, sans point médian ni parenthèses.",
        "doublets": "Emploie les doublets (« les agentes et les agents »), jamais le point médian.",
        "epicene": "Préfère les mots épicènes (« le personnel », « les élèves »), jamais le point médian.",
        "median": "Emploie le point médian (« agent·e·s »).",
    },
}


@dataclass(frozen=True)
class Style:
    """``address``: tu or vous; ``inclusive``: how; ``typography``: applied or not; ``rules``: free lines."""

    address: str = "vous"
    inclusive: str = "none"
    typography: str = "french"
    rules: tuple[str, ...] = ()

    def told(self) -> tuple[str, ...]:
        """For the model, in French: a line for each choice, then the free ones."""
        return (_TOLD["address"][self.address], _TOLD["inclusive"][self.inclusive], *self.rules)

    def written(self) -> str:
        """As it is kept."""
        chosen = [f"{name} = {getattr(self, name)}" for name in CHOICES]
        return "\n".join([*chosen, *self.rules])


@dataclass(frozen=True)
class TextVersion:
    """A text as it is now, or was. ``space``: empty for the organisation's; ``body``: None once taken away."""

    kind: str
    name: str
    version: int
    body: str | None
    changed_by: str
    changed_at: str
    space: str = ""


@dataclass(frozen=True)
class Voice:
    """What is in force for some work: a space's own text stands before the organisation's. ``templates`` and
    ``procedures``: name → text."""

    style: Style = Style()
    letterhead: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)
    procedures: Mapping[str, str] = field(default_factory=dict)

    @property
    def typographic(self) -> bool:
        return self.style.typography == "french"


def style_of(body: str) -> Style:
    """A guide as it is kept. Raises TextInvalid for a choice that is not one."""
    chosen: dict[str, str] = {}
    rules: list[str] = []
    for line in filter(None, (line.strip() for line in body.split("\n"))):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or name not in CHOICES:
            rules.append(line)
            continue
        if value not in CHOICES[name]:
            raise TextInvalid(detail=f"{name} = {value[:40]}")
        chosen[name] = value
    return Style(**chosen, rules=tuple(rules))


def checked(kind: str, name: str, body: str) -> tuple[str, str]:
    """(name, body) as they are kept. Raises TextInvalid."""
    if kind not in KINDS:
        raise TextInvalid(detail="kind")
    name = " ".join(_visible(name, "").split())
    if (kind in NAMED) != bool(name) or len(name) > LONGEST_NAME or "/" in name:
        raise TextInvalid(detail="name")
    body = "\n".join(line.rstrip() for line in _visible(body, "\n").split("\n")).strip("\n")
    if not body.strip() or len(body) > LONGEST:
        raise TextInvalid(detail=f"1-{LONGEST}")
    if kind in SINGLE and kind != "style" and body.count("\n") >= LINES:
        raise TextInvalid(detail=f"{body.count(chr(10)) + 1} > {LINES}")
    return name, style_of(body).written() if kind == "style" else body


def voice_of(house: Iterable[TextVersion], spaces: Iterable[Iterable[TextVersion]]) -> Voice:
    """The texts in force: those of the organisation, then those of each space, the last one standing."""
    single: dict[str, str] = {}
    named: dict[str, dict[str, str]] = {kind: {} for kind in NAMED}
    for text in (*house, *(text for texts in spaces for text in texts)):
        if text.body is None:
            continue
        if text.kind in NAMED:
            named[text.kind][text.name] = text.body
        else:
            single[text.kind] = text.body
    lines = {kind: tuple(single.get(kind, "").split("\n")) if kind in single else () for kind in SINGLE[1:]}
    style = style_of(single["style"]) if "style" in single else Style()
    return Voice(style, **lines, templates=named["template"], procedures=named["procedure"])


def _visible(text: str, keep: str) -> str:
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c if c in keep or unicodedata.category(c)[0] != "C" else " " for c in plain)
