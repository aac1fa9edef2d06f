"""Files of cases of quality: what a task is given, what its draft must be, the documents and words they need. Pure.

A mistake is told with its line.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from demeure import toml
from demeure.assistant.tasks.errors import CasesUnreadable
from demeure.assistant.tasks.lines import Table

BYTES = 4 << 20
MOST_CASES = 2000
ADDRESSES = ("vous", "tu")
AT = " @ "
"""Between a fact and where it must be cited from: « 41 200 @ page 3 »."""
_CASE = (
    *("id", "task", "fields", "facts", "never", "form", "avoid", "tone", "cited"),
    *("least_words", "most_words", "language", "address"),
)


@dataclass(frozen=True)
class QualityCase:
    """``facts``, ``tone``: each by any of its spellings; ``never``: spellings of what must not be said; ``form``:
    regular expressions that the text matches; ``avoid``: forms that a glossary replaces; ``cited``: (fact, document
    or place that its line must cite; an empty fact: any line). ``words``: at least, at most (0: any)."""

    id: str
    task: str
    fields: Mapping[str, str]
    facts: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    tone: tuple[tuple[str, ...], ...] = ()
    cited: tuple[tuple[str, str], ...] = ()
    words: tuple[int, int] = (0, 0)
    language: str = "fr"
    address: str = ""


@dataclass(frozen=True)
class CaseDocument:
    """``text``: of a Markdown or text file; ``file``: a path from the file of cases, when it is another kind."""

    name: str
    text: str = ""
    file: str = ""


@dataclass(frozen=True)
class CaseTerm:
    """A word of the glossary that the cases are judged with."""

    form: str
    avoid: tuple[str, ...]
    meaning: str = ""


@dataclass(frozen=True)
class CaseSet:
    """One file. Documents and terms are known by their names: two files may hold the same ones."""

    cases: tuple[QualityCase, ...]
    documents: tuple[CaseDocument, ...] = ()
    glossary: tuple[CaseTerm, ...] = ()


def read_set(text: str, file: str) -> CaseSet:
    """What a TOML file holds. Raises CasesUnreadable, TaskEntryMissing, TaskEntryWrong: with the line."""
    if len(text.encode()) > BYTES:
        raise CasesUnreadable(file=file, line=1, detail="> 4 Mio")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        why, why_en = toml.told(problem)
        told = {"detail": f"Ce n’est pas du TOML : {why}.", "detail_en": f"This is not TOML: {why_en}."}
        raise CasesUnreadable(file=file, line=toml.line_of(problem, text), **told) from problem
    top = Table.of(data, file, text)
    top.only("case", "document", "glossary")
    cases = tuple(map(_case, top.tables("case", least=1)))[:MOST_CASES]
    documents = tuple(map(_document, top.tables("document")))
    terms = tuple(map(_term, top.tables("glossary")))
    for what, names in (("case", [one.id for one in cases]), ("document", [one.name for one in documents])):
        if len(set(names)) < len(names):
            top.wrong(what, "de noms différents", "of different names")
    return CaseSet(cases, documents, terms)


def _case(table: Table) -> QualityCase:
    table.only(*_CASE)
    given = table.table("fields")
    form = table.words("form")
    for one in form:
        try:
            re.compile(one)
        except re.error:
            table.wrong("form", "des expressions régulières", "regular expressions")
    address = table.text("address", "")
    if address not in ("", *ADDRESSES):
        table.wrong("address", "tu ou vous", "tu or vous")
    cited = [(fact.strip(), place.strip()) for fact, _, place in map(_parted, table.words("cited"))]
    if not all(place for _, place in cited):
        table.wrong("cited", "de la forme « fait @ document ou page »", "like “fact @ document or page”")
    return QualityCase(
        id=table.sentence("id", 60),
        task=table.sentence("task", 40),
        fields={name: given.text(name) for name in given.data},
        facts=_spelled(table, "facts"),
        never=table.words("never"),
        form=tuple(form),
        avoid=table.words("avoid"),
        tone=_spelled(table, "tone"),
        cited=tuple(cited),
        words=(table.whole("least_words", 0, 100_000, 0), table.whole("most_words", 0, 100_000, 0)),
        language=table.text("language", "fr"),
        address=address,
    )


def _parted(said: str) -> tuple[str, str, str]:
    return f" {said}".rpartition(AT)


def _spelled(table: Table, name: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(one.split("|")) for one in table.words(name))


def _document(table: Table) -> CaseDocument:
    table.only("name", "text", "file")
    made = CaseDocument(table.sentence("name", 120), table.text("text", ""), table.sentence("file", 400, ""))
    if bool(made.text.strip()) == bool(made.file):
        table.wrong("name", "avec text ou file, l’un des deux", "with text or file, one of both")
    return made


def _term(table: Table) -> CaseTerm:
    table.only("form", "avoid", "meaning")
    return CaseTerm(table.sentence("form", 120), table.words("avoid"), table.sentence("meaning", 200, ""))
