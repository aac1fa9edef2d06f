"""A house made for cases of quality alone: private, one model, the cases' documents and words; erased after.

Nothing of it is left in the instance: no work, no document, no journal entry. What each case gave is kept by
``assistant.tasks.measured``.
"""

import asyncio
import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from demeure.assistant.tasks.measured import Results, Whole, digest_of
from demeure.assistant.tasks.quality import Verdict, judge
from demeure.assistant.tasks.quality_cases import QualityCase

SPACE = "Cas"
QUESTION = "question"
DOCUMENT = "document:"
TURN = 4
TEXTS = ("style", "closing", "signature")
"""Texts of the organisation that change how a draft is written."""


@contextlib.asynccontextmanager
async def house_for(instance: Path, language: str, model: str) -> AsyncGenerator[Any]:
    """The door of a private house beside ``instance``, with ``model`` to write and its own to search. Raises
    ModelUnknown, ModelAbsent, ModelTooLarge."""
    from demeure.cli.house import engines_ready, private_house

    with tempfile.TemporaryDirectory(prefix="demeure-eval-") as folder:
        apart = Path(folder) / "instance"
        _furnished(instance, apart, model)
        async with private_house(apart, language) as door:
            await engines_ready(door, language)
            yield door


def _furnished(instance: Path, apart: Path, model: str) -> None:
    """The folder of that house: settings that matter, models by links, the tasks of the instance."""
    from demeure.engine.models import ModelStore
    from demeure.settings import load
    from demeure.store import create_instance

    settings = load(instance / "demeure.toml")
    create_instance(apart)
    lines = [f"organisation = {json.dumps(settings.organisation, ensure_ascii=False)}"]
    lines += [f"engine_context = {settings.engine_context}", f"engine_slots = {settings.engine_slots}"]
    (apart / "demeure.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    models, theirs = apart / "models", instance / "models"
    models.mkdir(exist_ok=True)
    for file in theirs.glob("*.gguf"):
        (models / file.name).symlink_to(file.resolve())
    shutil.copy(theirs / "manifest.json", models)  # copied: the boxes read this folder, not what a link points to
    if (theirs / "ocr").is_dir():
        shutil.copytree(theirs / "ocr", models / "ocr")
    if (instance / "engine").is_dir():
        (apart / "engine").symlink_to((instance / "engine").resolve())
    (apart / "tasks").mkdir(exist_ok=True)
    for file in (instance / "tasks").glob("*.toml"):
        shutil.copy(file, apart / "tasks")
    store = ModelStore(models)
    store.use("chat", model, context=settings.engine_context, slots=settings.engine_slots)
    if (embedding := ModelStore(theirs).active().get("embed")) is not None:
        store.use("embed", embedding["id"])


async def words_of(instance: Path, language: str) -> dict[str, Any]:
    """The organisation's glossary (CSV) and texts; empty without a house of one's own."""
    from demeure.cli.house import reach

    if not (instance / "keys").is_dir():
        return {}
    async with reach(instance, language) as door:
        glossary = (await door.call("words.export", {"space": "", "language": "fr"})).body
        filled = len(glossary.strip().splitlines()) > 1  # a header alone is no glossary
        told: dict[str, Any] = {"glossary": glossary} if filled else {}
        for kind in TEXTS:
            versions = (await door.call("words.text", {"space": "", "kind": kind, "name": ""})).data["versions"]
            if versions and versions[0]["body"]:
                told[kind] = versions[0]["body"]
    return told


async def ready(door: Any, whole: Whole, words: Mapping[str, Any], language: str) -> dict[str, str]:
    """Put in what the cases need; the document of each name. ``words``: as ``words_of`` tells them."""
    from demeure.cli.documents_cmd import send, settled

    space = (await door.call("spaces.create", {"name": SPACE})).data
    if words.get("glossary"):
        await door.call("words.import", {"space": "", "alone": False}, _once(words["glossary"]))
    for kind in TEXTS:
        if kind in words:
            await door.call("words.write", {"space": "", "kind": kind, "name": "", "body": words[kind]})
    for form, avoid in whole.glossary.items():
        asked = {
            "space": "",
            "form": form,
            "kind": "term",
            "meaning": "",
            "also": [],
            "avoid": list(avoid),
            "note": "",
        }
        with contextlib.suppress(_known()):  # the organisation has it already
            await door.call("words.add", asked)
    rows = []
    with tempfile.TemporaryDirectory(prefix="demeure-cases-") as folder:
        for name, (text, file) in whole.documents.items():
            path = Path(folder) / name
            path.write_bytes(file.read_bytes() if not text else text.strip().encode() + b"\n")
            rows.append(await send(door, path, str(space.get("name", SPACE)), language))
        settled_rows = await settled(door, rows, ("ready", "failed"))
    return {str(row["name"]): str(row["id"]) for row in settled_rows}


def _known() -> type[BaseException]:
    from demeure.words import TermKnown

    return TermKnown


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def drafted(door: Any, case: QualityCase, documents: Mapping[str, str]) -> dict[str, Any]:
    """What the house makes of a case, as ``judge`` reads it."""
    fields = {name: _named(value, documents) for name, value in case.fields.items()}
    if case.task == QUESTION:
        return await _answered(door, fields, case.language)
    closed: dict[str, Any] = {}
    asked = {"task": case.task, "fields": fields, "language": case.language}
    async for item in door.stream("tasks.run", asked):
        closed = dict(item.data)
    return dict(closed["drafts"][-1])


def _named(value: str, documents: Mapping[str, str]) -> str:
    """``document:NAME`` as the house knows it."""
    lines = []
    for line in value.split("\n"):
        name = line.removeprefix(DOCUMENT)
        lines.append(f"{DOCUMENT}{documents[name]}" if line.startswith(DOCUMENT) and name in documents else line)
    return "\n".join(lines)


async def _answered(door: Any, fields: Mapping[str, str], language: str) -> dict[str, Any]:
    from demeure.cli.ask_cmd import tell

    asked = {"question": fields["question"], "spaces": [SPACE], "documents": [], "conversation": None}
    answer = await tell(door, asked | {"language": language}, language, show=False)
    details = {"findings": list(answer.get("unsupported", ()))}
    return {"text": answer["text"], "state": answer["outcome"], "sources": answer["sources"], "details": details}


def by_turns(cases: Sequence[QualityCase]) -> list[QualityCase]:
    """``TURN`` cases of a task, then of the next one: what is stopped half-way has seen every task, and the
    beginning that the prompts of a task share is seldom read again."""
    ranks: dict[str, int] = {}
    keyed = []
    for one in cases:
        rank = ranks[one.task] = ranks.get(one.task, -1) + 1
        keyed.append((rank // TURN, list(ranks).index(one.task), rank, one))
    return [one for *_, one in sorted(keyed, key=lambda key: key[:3])]


Tell = Callable[[dict[str, Any]], None]


async def measured(
    obj: Mapping[str, Any],
    whole: Whole,
    model: tuple[str, str],
    tell: Tell,
    *,
    again: bool,
    texts: Mapping[str, str],
    words: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Every case by that model (id, sha256): those already measured are not asked again unless ``again``. Each is
    kept as soon as it is judged."""
    results = Results(obj["instance"], *model)
    digests = {one.id: digest_of(one, whole, texts.get(one.task, "")) for one in whole.cases}
    left = [one for one in whole.cases if again or results.get(one.id, digests[one.id]) is None]
    if left:
        async with house_for(obj["instance"], obj["language"], model[0]) as door:
            documents = await ready(door, whole, words, obj["language"])
            for one in by_turns(left):
                begun = time.monotonic()
                draft = await drafted(door, one, documents)
                verdict: Verdict = await asyncio.to_thread(judge, one, draft)
                tell(results.put(digests[one.id], verdict, draft, time.monotonic() - begun))
    return [results.kept[one.id] for one in whole.cases]
