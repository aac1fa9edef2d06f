"""A task as data: what its form asks, what the model is told, what is checked. Read from TOML, never executed.
Pure.

A mistake in a file is told with its line; a file that is not wholly understood is refused.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from demeure import toml
from demeure.assistant.prompt import harmless
from demeure.assistant.tasks.errors import TaskUnreadable
from demeure.assistant.tasks.lines import Table
from demeure.words.of_name import of

RECIPES = ("write", "rewrite", "summary", "minutes", "proofread", "ask", "compare", "table", "transcribe")
GROUPS = ("write", "read", "gather")
KINDS = (
    *("line", "text", "lines", "choice", "message"),
    *("source", "documents", "spaces", "template", "procedure", "recording"),
)
"""``line``: one line; ``text``: several; ``lines``: a few, one each (a signature); ``message``: an e-mail, pasted
or dropped; ``source``: a text to work on, pasted, dropped or chosen in the base; ``documents``: several of them;
``spaces``: where to look; ``template``, ``procedure``: the name of one of the organisation's letter templates or
procedures, or of a space's, « SPACE/NAME »; ``recording``: a file of sound."""
RECORDING = "enregistrement"
"""The field of a task whose recipe is « transcribe », and of no other."""
CHECKS = ("grounding", "answered", "language", "length", "readability", "changes")
LANGUAGES = ("fr", "en")
FILE_BYTES = 128 << 10
_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_ICON = re.compile(r"[a-z]{2,12}")
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Choice:
    """One answer of a ``choice``. ``told``: what the model is told of it, by language."""

    value: str
    label: Mapping[str, str]
    told: Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One question of the form. ``most``: characters. ``default``: what the form holds at first."""

    name: str
    kind: str
    label: Mapping[str, str]
    hint: Mapping[str, str]
    required: bool = False
    most: int = 4000
    default: str = ""
    choices: tuple[Choice, ...] = ()

    def choice(self, value: str) -> Choice | None:
        return next((one for one in self.choices if one.value == value), None)


@dataclass(frozen=True)
class Section:
    """One part of a document written section by section: its title, the field that it says, what is asked back when
    that field is empty."""

    title: Mapping[str, str]
    field: str
    question: Mapping[str, str]


@dataclass(frozen=True)
class Prompt:
    """What the model is told in one language: all but ``user`` is the stable beginning, read once. A paragraph of
    ``user`` whose every field is empty is left out."""

    system: str
    user: str
    examples: tuple[tuple[str, str], ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)

    def messages(
        self, values: Mapping[str, str], examples: Sequence[tuple[str, str]] | None = None
    ) -> list[dict[str, str]]:
        """Ready for the engine; ``values`` are made harmless here."""
        name = harmless(values.get("organisation", ""))
        system = self.system.replace("de {organisation}", of(name)).replace("{organisation}", name)
        told = [{"role": "system", "content": system}]
        for asked, answered in self.examples if examples is None else examples:
            told += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        return [*told, {"role": "user", "content": filled(self.user, values)}]


@dataclass(frozen=True)
class Case:
    """A test case: what the form holds, what the draft must say, what it must not."""

    fields: Mapping[str, str]
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    most_words: int = 0


@dataclass(frozen=True)
class Task:
    """``recipe``: how a draft is made, see recipes/. ``input``, ``output``: tokens of each call of the engine.
    ``numbered``: the field whose lines are said one by one, each held to its line. ``own``: the
    organisation's; ``text``: the file."""

    name: str
    version: int
    recipe: str
    group: str
    icon: str
    title: Mapping[str, str]
    lead: Mapping[str, str]
    fields: tuple[Field, ...]
    prompts: Mapping[str, Prompt]
    input: int = 1500
    output: int = 400
    checks: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    cases: tuple[Case, ...] = ()
    numbered: str = ""
    rank: int = 50
    own: bool = False
    text: str = ""

    def prompt(self, language: str) -> Prompt:
        return self.prompts.get(language) or self.prompts["fr"]

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


def filled(template: str, values: Mapping[str, str]) -> str:
    """``template`` with the fields at their ``{places}``; nothing else is interpreted, in it or in them."""
    kept = []
    for paragraph in template.strip("\n").split("\n\n"):
        names = _PLACE.findall(paragraph)
        if names and not any(values.get(name, "").strip() for name in names):
            continue
        kept.append(_PLACE.sub(lambda found: harmless(values.get(found[1], "")).strip(), paragraph))
    return "\n\n".join(kept)


def judged(case: Case, text: str) -> dict[str, list[str]]:
    """What ``text`` lacks of a test case, and what it should not hold; case and kinds of spaces do not count."""
    plain = _folded(text)
    unwanted = [one for one in case.must_not if _folded(one) in plain]
    if case.most_words and len(text.split()) > case.most_words:
        unwanted.append(f"> {case.most_words}")
    return {"missing": [one for one in case.must if _folded(one) not in plain], "unwanted": unwanted}


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text.casefold().replace("’", "'"))


def read(text: str, file: str, *, own: bool = True) -> Task:
    """The task that ``text`` describes. Raises TaskUnreadable, TaskEntryMissing, TaskEntryWrong."""
    if len(text.encode()) > FILE_BYTES:
        raise TaskUnreadable(file=file, line=1, detail="> 128 Kio", detail_en="> 128 KiB")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        detail, detail_en = toml.told(problem)
        line = toml.line_of(problem, text)
        raise TaskUnreadable(file=file, line=line, detail=detail, detail_en=detail_en) from problem
    top = Table.of(data, file, text)
    top.only(*_TOP)
    recipe = top.among("recipe", RECIPES)
    fields = tuple(map(_field, top.tables("fields", least=1)))
    named = [one.name for one in fields]
    if len(set(named)) < len(named):
        top.wrong("fields", "de noms différents", "of different names")
    if [one.name for one in fields if one.kind == "recording"] != [RECORDING] * (recipe == "transcribe"):
        top.wrong(
            "fields",
            f"« {RECORDING} », de genre recording, avec la recette transcribe seule",
            f"“{RECORDING}”, of kind recording, with the recipe transcribe alone",
        )
    places = frozenset(named)
    budget = top.table("budget", {})
    budget.only("input", "output")
    return Task(
        name=top.matching("name", _NAME),
        version=top.whole("version", 1, 9999),
        recipe=recipe,
        group=top.among("group", GROUPS),
        icon=top.matching("icon", _ICON, "task"),
        title=_pair(top, "title", 80),
        lead=_pair(top, "lead", 200),
        fields=fields,
        prompts=_prompts(top, places | _GIVEN[recipe]),
        input=budget.whole("input", 100, 12_000, 1500),
        output=budget.whole("output", 16, 2000, 400),
        checks=top.words("checks", CHECKS),
        sections=tuple(_section(one, places) for one in top.tables("sections")),
        cases=tuple(_case(one, places) for one in top.tables("case", least=1 if own else 0)),
        numbered=_numbered(top, places),
        rank=top.whole("rank", 0, 99, 50),
        own=own,
        text=text,
    )


_TOP = (
    *("name", "version", "recipe", "group", "icon", "title", "lead", "fields", "prompt", "budget", "checks"),
    *("sections", "case", "rank", "numbered"),
)
_GIVEN: Mapping[str, frozenset[str]] = {
    "write": frozenset({"points", "section", "lines", "organisation"}),
    "rewrite": frozenset({"passage", "organisation"}),
    "summary": frozenset({"passage", "heading", "notes", "dashes", "organisation"}),
    "minutes": frozenset({"passage", "organisation"}),
    "proofread": frozenset({"passage"}),
    "ask": frozenset(),
    "compare": frozenset({"passage", "other"}),
    "table": frozenset({"passage", "asked"}),
    "transcribe": frozenset(),
}
"""What a recipe fills in beside the fields of the form."""


_SILENT = ("ask", "transcribe")
"""Recipes that tell the model nothing of their own."""


def _pair(table: Table, name: str, most: int, default: str | None = None) -> dict[str, str]:
    """A sentence in both languages; English falls back on French in an organisation's own."""
    found = table.table(name, {}) if default is not None else table.table(name)
    found.only(*LANGUAGES)
    french = found.sentence("fr", most, default)
    return {"fr": french, "en": found.sentence("en", most, french)}


def _field(table: Table) -> Field:
    table.only("name", "kind", "label", "hint", "required", "most", "default", "choices")
    kind = table.among("kind", KINDS)
    choices = tuple(map(_choice, table.tables("choices", least=2 if kind == "choice" else 0)))
    made = Field(
        name=table.matching("name", re.compile(r"[a-z][a-z_]{0,29}")),
        kind=kind,
        label=_pair(table, "label", 120),
        hint=_pair(table, "hint", 300, ""),
        required=table.flag("required"),
        most=table.whole("most", 1, 2_000_000, 200 if kind == "line" else 4000),
        default=table.text("default", ""),
        choices=choices,
    )
    if choices and made.default and made.choice(made.default) is None:
        table.wrong("default", "l’une des valeurs de choices", "one of the values of choices")
    return made


def _choice(table: Table) -> Choice:
    table.only("value", "label", "told")
    label = _pair(table, "label", 80)
    told = table.table("told", {})
    return Choice(
        table.matching("value", re.compile(r"[a-z0-9-]{1,30}")),
        label,
        {one: told.text(one, label[one]) for one in LANGUAGES},
    )


def _prompts(top: Table, places: frozenset[str]) -> dict[str, Prompt]:
    silent = top.data.get("recipe") in _SILENT
    table = top.table("prompt", {}) if silent else top.table("prompt")
    table.only(*LANGUAGES)
    found = {}
    for language in LANGUAGES:
        if language in table.data or (language == "fr" and not silent):
            found[language] = _prompt(table.table(language), places)
    return found


def _prompt(table: Table, places: frozenset[str]) -> Prompt:
    table.only("system", "user", "examples", "more")
    user = table.text("user")
    for name in _PLACE.findall(user):
        if name not in places:
            table.wrong(
                "user", f"sans « {{{name}}} », que rien ne remplit", f"without “{{{name}}}”, filled by nothing"
            )
    examples = []
    for one in table.tables("examples"):
        one.only("user", "assistant")
        examples.append((one.text("user").strip("\n"), one.text("assistant").strip("\n")))
    more = table.table("more", {})
    return Prompt(table.text("system").strip(), user, tuple(examples), {k: more.text(k) for k in more.data})


def _section(table: Table, places: frozenset[str]) -> Section:
    table.only("title", "field", "question")
    named = table.text("field")
    if named not in places:
        table.wrong("field", "le nom d’un champ", "the name of a field")
    return Section(_pair(table, "title", 120), named, _pair(table, "question", 300))


def _numbered(top: Table, places: frozenset[str]) -> str:
    name = top.text("numbered", "")
    if name and name not in places:
        top.wrong("numbered", "le nom d’un champ", "the name of a field")
    return name


def _case(table: Table, places: frozenset[str]) -> Case:
    table.only("fields", "must", "must_not", "most_words")
    given = table.table("fields")
    given.only(*places)
    return Case(
        {name: given.text(name) for name in given.data},
        table.words("must"),
        table.words("must_not"),
        table.whole("most_words", 0, 10_000, 0),
    )
