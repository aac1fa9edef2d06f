"""The organisation's own cases and what each model made of them, in the instance's ``tasks/cases/``.

Promise: a result is of one file of weights, one wording of a case and one version of its task; anything else is not
measured. A model that does worse than the one in use is told before it takes its place.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demeure.assistant.tasks.cupboard import FOLDER, delivered, from_file
from demeure.assistant.tasks.errors import CasesUnreadable, CasesWrong, ModelFalls, ModelUnmeasured
from demeure.assistant.tasks.quality import Verdict, scores
from demeure.assistant.tasks.quality_cases import BYTES, CaseSet, QualityCase, read_set
from demeure.errors import DemeureError, system_words

CASES, RESULTS = "cases", "measured"
FORMAT = 1
MOST_TOLD = 6
_PAIRS = ("facts", "citations", "places", "tone", "words")


@dataclass(frozen=True)
class Whole:
    """Several files as one: ``folders`` says from where each document's file is read."""

    cases: tuple[QualityCase, ...]
    documents: Mapping[str, tuple[str, Path]] = field(default_factory=dict)
    glossary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Fall:
    """What would be lost: ``cases`` that passed and do not any more; shares of facts before and after."""

    cases: tuple[str, ...]
    facts: tuple[float, float]
    invented: tuple[int, int]


def case_folder(instance: Path) -> Path:
    return instance / FOLDER / CASES


def own_files(instance: Path) -> list[Path]:
    """The organisation's files of cases, in order."""
    return sorted(case_folder(instance).glob("*.toml"))


def gathered(files: Sequence[Path]) -> Whole:
    """All that the files hold. Raises as ``read_set``, and CasesWrong when two cases have one name."""
    cases: dict[str, QualityCase] = {}
    documents: dict[str, tuple[str, Path]] = {}
    glossary: dict[str, tuple[str, ...]] = {}
    for file in files:
        held = _read(file)
        for case in held.cases:
            if case.id in cases:
                fr, en = f"deux cas s’appellent « {case.id} ».", f"two cases are called “{case.id}”."
                raise CasesWrong(file=file.name, detail=fr, detail_en=en)
            cases[case.id] = case
        for one in held.documents:
            told = (one.text, file.parent / one.file) if one.file else (one.text, Path())
            if documents.setdefault(one.name, told) != told:
                fr = f"un autre fichier de cas a aussi un document « {one.name} », d’un autre contenu."
                en = f"another file of cases has a document “{one.name}” too, of another content."
                raise CasesWrong(file=file.name, detail=fr, detail_en=en)
        for term in held.glossary:
            glossary[term.form] = term.avoid
    return Whole(tuple(cases.values()), documents, glossary)


def _read(file: Path) -> CaseSet:
    try:
        with file.open("rb") as opened:
            return read_set(opened.read(BYTES + 1).decode(), file.name)
    except OSError as problem:
        fr, en = (f"{told[:1].upper()}{told[1:]}." for told in system_words(problem))
        raise CasesUnreadable(file=file.name, line=1, detail=fr, detail_en=en) from problem
    except UnicodeDecodeError as problem:
        told = {"detail": "Le texte n’est pas en UTF-8.", "detail_en": "The text is not UTF-8."}
        raise CasesUnreadable(file=file.name, line=1, **told) from problem


def digest_of(case: QualityCase, whole: Whole, task: str) -> str:
    """What a result is worth for: the case, what it reads, the words in force, and its task (see ``texts_of``)."""
    named = [name for name in sorted(whole.documents) if case.task == "question" or _names(case, name)]
    read = [[name, whole.documents[name][0], str(whole.documents[name][1].name)] for name in named]
    told = [asdict(case), read, sorted(whole.glossary.items()), task]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def _names(case: QualityCase, document: str) -> bool:
    return any(f"document:{document}" in value.split("\n") for value in case.fields.values())


class Results:
    """What one model made of cases: a file by its weights, replaced whole."""

    def __init__(self, instance: Path, model: str, sha256: str) -> None:
        self.model, self.sha256 = model, sha256
        self._path = case_folder(instance) / RESULTS / f"{sha256[:32]}.json"
        self.kept: dict[str, dict[str, Any]] = {}
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            if told.get("format") == FORMAT and told.get("sha256") == sha256:
                self.kept = dict(told["cases"])
        except (OSError, ValueError, AttributeError, KeyError):
            self.kept = {}

    def get(self, case: str, digest: str) -> dict[str, Any] | None:
        """The result of that wording of the case; None when it was not measured."""
        one = self.kept.get(case)
        return one if one is not None and one.get("digest") == digest else None

    def put(self, digest: str, verdict: Verdict, draft: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Keep one more; on the disk when this returns."""
        told = {**asdict(verdict), "passed": verdict.passed, "digest": digest, "text": str(draft["text"])}
        told = dict(json.loads(json.dumps(told | {"seconds": round(seconds, 1)})))  # as it will be read again
        self.kept[verdict.case] = told
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = {"format": FORMAT, "model": self.model, "sha256": self.sha256, "cases": self.kept}
        made = self._path.with_suffix(".new")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(data, opened, ensure_ascii=False, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        made.replace(self._path)
        return told


def verdict_of(told: Mapping[str, Any]) -> Verdict:
    """As it was judged."""
    pairs = {name: (int(told[name][0]), int(told[name][1])) for name in _PAIRS}
    lists = {name: tuple(map(str, told[name])) for name in ("invented", "wrong", "missing")}
    named = {name: str(told[name]) for name in ("case", "task", "state")}
    return Verdict(**named, **pairs, **lists, spoken=bool(told["spoken"]))  # type: ignore[arg-type] # by name


def fall(former: Sequence[Verdict], newer: Sequence[Verdict]) -> Fall | None:
    """What the newer model loses on the same cases; None when nothing falls: as many cases passed, as many facts,
    no more invented figures."""
    before, after = (scores(list(those))["*"] for those in (former, newer))
    facts = tuple(float(one.told()["facts"] or 0.0) for one in (before, after))
    passing = {one.case for one in newer if one.passed}
    lost = tuple(one.case for one in former if one.passed and one.case not in passing)
    if after.passed >= before.passed and facts[1] >= facts[0] and after.invented <= before.invented:
        return None
    return Fall(lost, (facts[0], facts[1]), (before.invented, after.invented))


def texts_of(instance: Path) -> dict[str, str]:
    """Task → what its drafts depend on: version, recipe, budget, prompts. Those that come along, those of the
    instance's folder; a file that is wrong is no task."""
    found = list(delivered())
    for file in sorted((instance / FOLDER).glob("*.toml")):
        with contextlib.suppress(DemeureError):
            found.append(from_file(file))
    told = {one.name: [one.version, one.recipe, one.input, one.output, one.numbered, one.prompts] for one in found}
    return {name: hashlib.sha256(repr(one).encode()).hexdigest() for name, one in told.items()}


def promotion(instance: Path, former: tuple[str, str], newer: tuple[str, str]) -> None:
    """Whether ``newer`` (id, sha256) may take the place of ``former`` for the organisation's cases. Raises
    ModelUnmeasured, ModelFalls, CasesUnreadable; nothing without cases of one's own."""
    files = own_files(instance)
    if not files or former[1] == newer[1]:
        return
    whole, tasks = gathered(files), texts_of(instance)
    found: list[list[Verdict]] = []
    for model, sha256 in (former, newer):
        results = Results(instance, model, sha256)
        told = [results.get(one.id, digest_of(one, whole, tasks.get(one.task, ""))) for one in whole.cases]
        if left := sum(one is None for one in told):
            raise ModelUnmeasured(model=model, cases=left, of=len(told))
        found.append([verdict_of(one) for one in told if one is not None])
    if lost := fall(*found):
        named = ", ".join(lost.cases[:MOST_TOLD]) or "–"
        before, after = (f"{round(100 * one)} %" for one in lost.facts)
        raise ModelFalls(model=newer[0], lost=len(lost.cases), cases=named, before=before, after=after)
