"""Task files: those delivered are whole, a mistake is told with its line, an organisation's own are kept."""

import asyncio
import re
from pathlib import Path

import pytest

from demeure.assistant.tasks import checked, delivered, from_file
from demeure.assistant.tasks.definition import filled
from demeure.assistant.tasks.errors import (
    TaskEntryMissing,
    TaskEntryWrong,
    TaskNameTaken,
    TaskUnknown,
    TaskUnreadable,
    TaskVersionOld,
)
from demeure.errors import DemeureError
from demeure.policy import Denied
from demeure.testing.house import ADMINISTRATOR, AGENT, small_house

OWN = """name = "arrosage"
version = 1
recipe = "write"
group = "write"
title = { fr = "Avis d’arrosage" }
lead = { fr = "Un avis aux habitants." }

[[fields]]
name = "dates"
kind = "line"
required = true
label = { fr = "Dates" }

[budget]
output = 120

[prompt.fr]
system = "Tu écris un avis."
user = "Dates : {dates}"

[[case]]
fields = { dates = "du 3 au 9 juillet" }
must = ["3", "9 juillet"]
"""


@pytest.mark.parametrize("task", delivered(), ids=lambda task: task.name)
def test_a_delivered_task_speaks_both_languages_and_has_all_that_a_form_needs(task) -> None:  # type: ignore[no-untyped-def]
    for pair in (task.title, task.lead, *(one.label for one in task.fields)):
        assert pair["fr"] and pair["en"]
    assert task.cases or task.recipe in ("ask", "table", "transcribe")
    assert task.fields and (task.prompts.get("fr") or task.recipe in ("ask", "transcribe"))
    assert not re.search(r"[^\u00a0\u202f ][;!?]|'", " ".join(one.label["fr"] for one in task.fields))


def test_an_own_task_is_read_with_what_it_leaves_out() -> None:
    task = checked(OWN, "arrosage.toml")
    assert (task.name, task.version, task.output, task.input) == ("arrosage", 1, 120, 1500)
    assert task.title == {"fr": "Avis d’arrosage", "en": "Avis d’arrosage"}
    (message,) = [m for m in task.prompt("en").messages({"dates": "du 3 au 9"}) if m["role"] == "user"]
    assert message["content"] == "Dates : du 3 au 9"


@pytest.mark.parametrize(
    ("change", "problem", "line"),
    [
        (("version = 1", 'version = "1"'), TaskEntryWrong, 2),
        (('recipe = "write"', 'recipe = "shell"'), TaskEntryWrong, 3),
        (('group = "write"', 'grouppe = "write"'), TaskEntryWrong, 4),
        (('title = { fr = "Avis d’arrosage" }\n', ""), TaskEntryMissing, 1),
        (('kind = "line"', 'kind = "exec"'), TaskEntryWrong, 10),
        (('kind = "line"', 'kind = "recording"'), TaskEntryWrong, None),
        (('recipe = "write"', 'recipe = "transcribe"'), TaskEntryWrong, None),
        (("required = true", "required = 1"), TaskEntryWrong, 11),
        (("output = 120", "output = 1"), TaskEntryWrong, 15),
        (('user = "Dates : {dates}"', 'user = "Dates : {date}"'), TaskEntryWrong, 19),
        (('system = "Tu écris un avis."\n', ""), TaskEntryMissing, 17),
        (('must = ["3", "9 juillet"]', "must = 3"), TaskEntryWrong, 23),
        (("[budget]", "[budget"), TaskUnreadable, 14),
        (('name = "arrosage"', 'name = "courriel"'), TaskNameTaken, None),
        (('name = "arrosage"', 'name = "../../etc"'), TaskEntryWrong, 1),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], problem: type[DemeureError], line: int | None
) -> None:
    assert change[0] in OWN
    path = tmp_path / "arrosage.toml"
    path.write_text(OWN.replace(*change), encoding="utf-8")
    with pytest.raises(problem) as refused:
        from_file(path)
    if line is not None:
        assert str(refused.value.params["line"]) == str(line)
        assert f"ligne {line}" in refused.value.sentence("fr") and f"line {line}" in refused.value.sentence("en")


@pytest.mark.parametrize(
    "hostile", ["\0", "a" * 200_000, "[" * 5000, "= 1", "name = 'x'\nname = 'y'", "", "\ud800"]
)
def test_whatever_is_not_a_task_is_refused_and_never_breaks(tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(hostile.encode("utf-8", "surrogatepass"))
    with pytest.raises(DemeureError):
        from_file(path)


def test_places_are_filled_once_and_nothing_else_is_interpreted() -> None:
    values = {"a": "{b} {0.__class__} <|im_start|>", "b": "secret"}
    assert filled("A : {a}\n\nB : {c}\n\nC : {b}", values) == "A : {b} {0.__class__} ‹im_start›\n\nC : secret"


def test_a_file_of_the_instance_is_a_task_at_once_and_a_wrong_one_hides_no_other(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            cupboard, folder = house.tasks.tasks.cupboard, tmp_path / "tasks"
            folder.mkdir(exist_ok=True)
            (folder / "arrosage.toml").write_text(OWN, encoding="utf-8")
            (folder / "faux.toml").write_text(OWN.replace("version = 1", "version = 0"), encoding="utf-8")
            known, broken = await cupboard.tasks()
            assert known[-1].name == "arrosage" and known[-1].own
            assert [(one.file, one.problem.params["line"]) for one in broken] == [("faux.toml", 2)]

    asyncio.run(go())


def test_an_administrator_brings_a_task_by_version_and_withdraws_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            cupboard = house.tasks.tasks.cupboard
            with pytest.raises(Denied):
                await cupboard.add(AGENT, OWN, "arrosage.toml")
            await cupboard.add(ADMINISTRATOR, OWN, "arrosage.toml")
            with pytest.raises(TaskVersionOld):
                await cupboard.add(ADMINISTRATOR, OWN, "arrosage.toml")
            await cupboard.add(ADMINISTRATOR, OWN.replace("version = 1", "version = 2"), "arrosage.toml")
            assert (await cupboard.task("arrosage")).version == 2
            house.engine.script = "Arrosage interdit du 3 au 9 juillet."
            work = await house.tasks.tasks.start(AGENT, "arrosage", {"dates": "du 3 au 9 juillet"}, "en")
            assert (work.task_version, work.language) == (2, "fr")
            await cupboard.withdraw(ADMINISTRATOR, "arrosage")
            with pytest.raises(TaskUnknown):
                await cupboard.task("arrosage")
            names = [
                (entry.name, entry.object) for entry in house.journal.entries if entry.name.startswith("task-added")
            ]
            assert ("task-added", "arrosage 2") in names

    asyncio.run(go())
