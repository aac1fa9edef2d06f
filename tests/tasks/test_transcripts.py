"""A recording from the form to its transcript: kept window by window, resumed, marked, named by hand, erased."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.assistant.tasks import WorkRow, checking, transcribing, transcript
from demeure.assistant.tasks.errors import (
    FileUnknown,
    RecordingExpected,
    RecordingGone,
    TranscriptNotRefined,
    WorkUnknown,
)
from demeure.assistant.tasks.transcript import Paragraph
from demeure.gateway.task_desk import TaskDesk
from demeure.policy import Actor, Role
from demeure.store.work_tables import recording_windows, recordings, work_files
from demeure.testing.house import AGENT, SmallHouse, compose, pieces, small_house
from demeure.wire import Request
from demeure.workshop import DocumentCorrupt, JobDied, RecordingUnsupported, Said, SpeechModelAltered, WorkshopBusy

LINES = ["Le conseil se réunit.", "...", "Le devis est de 4 200 euros.", "La séance est le 14 juin 2026.", "Merci."]
OTHER = Actor("person", "autre", "Une autre personne", frozenset({Role.AGENT}))


async def ended(house: SmallHouse, work: str) -> WorkRow:
    async with asyncio.timeout(10):
        while True:
            row = await house.tasks.tasks.work(AGENT, work)
            if not row.drafts[-1].open and house.tasks.runner.hub.live(work) is None:
                return row
            await asyncio.sleep(0.01)


async def brought(house: SmallHouse, text: str = "\n".join(LINES), name: str = "conseil.mp3") -> str:
    return (await house.tasks.tasks.drop(AGENT, name, pieces(text.encode()))).id


async def asked(house: SmallHouse, **more: str) -> WorkRow:
    fields = {"enregistrement": f"file:{await brought(house)}", **more}
    return await house.tasks.tasks.start(AGENT, "transcription", fields, "fr")


def rows(house: SmallHouse, table: sa.Table) -> list[Any]:
    with house.instance.house.read() as db:
        return list(db.execute(sa.select(table)).all())


def test_a_recording_becomes_paragraphs_with_their_times_and_its_sound_is_erased(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.up = False  # no model that writes is needed
            work = await ended(house, (await asked(house)).id)
            (draft,) = work.drafts
            assert (draft.state, work.title) == ("done", "Transcription : conseil.mp3")
            assert draft.text == (
                "[0:00] Le conseil se réunit.\n\n[1:00] Le devis est de 4 200 euros [à vérifier].\n\n"
                "[1:30] La séance est le 14 juin 2026 [à vérifier].\n\n[2:00] Merci."
            )
            (report,) = draft.report
            assert report["length"] == "2:30" and report["checks"] == 2 and not report["unheard"]
            assert [part.title for part in draft.parts][-1] == "2:00" and draft.details["model"] == "essai"
            assert all(row.sound is None for row in rows(house, recording_windows)) and rows(house, recordings)
            names = [entry.name for entry in house.journal.chain(draft.chain)]
            assert names.index("task-asked") < names.index("draft-opened") < names.index("model-called")
            assert "recording-erased" in names and not await house.journal.open_intentions()
            assert not await house.tasks.playback.has(AGENT, work.id)
            with pytest.raises(TranscriptNotRefined):
                await house.tasks.tasks.refine(AGENT, work.id, 1, "shorter")
            with pytest.raises(RecordingGone):
                await house.tasks.playback.sound(AGENT, work.id)

    asyncio.run(go())


def test_a_recording_that_is_kept_can_be_listened_to_by_its_author_and_goes_with_the_work(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            work = await ended(house, (await asked(house, garder="oui")).id)
            length, stream = await house.tasks.playback.sound(AGENT, work.id)
            made = b"".join([piece async for piece in stream])
            assert len(made) == length == 44 + 150 * 32_000 and made[:4] == b"RIFF" and made[8:12] == b"WAVE"
            assert made[44:].startswith(LINES[0].encode("utf-16-le")) and LINES[2].encode("utf-16-le") in made
            assert "recording-heard" in [entry.name for entry in house.journal.entries]
            with pytest.raises(WorkUnknown):
                await house.tasks.playback.sound(OTHER, work.id)
            await house.tasks.tasks.delete(AGENT, work.id)
            assert not any(rows(house, table) for table in (work_files, recordings, recording_windows))

    asyncio.run(go())


def test_what_cannot_be_decoded_leaves_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            for text, name, problem in (
                ("Bonjour.\ncut\nMerci.", "a.mp3", DocumentCorrupt),
                ("x", "a.mov", RecordingUnsupported),
            ):
                with pytest.raises(problem):
                    await brought(house, text, name)
            stream = pieces(b"Bonjour.\nMerci.")

            async def broken() -> AsyncIterator[bytes]:
                async for piece in stream:
                    yield piece
                raise ConnectionResetError

            with pytest.raises(ConnectionResetError):
                await house.tasks.tasks.drop(AGENT, "a.wav", broken())
            assert not any(rows(house, table) for table in (work_files, recordings, recording_windows))
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_what_was_left_half_received_or_unused_goes_at_the_next_start(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            kept, old, half = [await brought(house, name=f"{at}.wav") for at in range(3)]
            with house.instance.house.write() as db:
                db.execute(work_files.update().where(work_files.c.id == old).values(created_at="2020-01-01"))
                db.execute(recordings.update().where(recordings.c.file == half).values(milliseconds=None))
            with pytest.raises(FileUnknown):
                await house.tasks.tasks.start(AGENT, "transcription", {"enregistrement": "file:nowhere"}, "fr")
            await house.tasks.tasks.close_interrupted()
            assert [row.id for row in rows(house, work_files)] == [kept]
            last = [await brought(house, name=f"b{at}.wav") for at in range(3)]
            assert {row.id for row in rows(house, work_files)} == set(last), "three wait at most"

    asyncio.run(go())


def test_a_job_that_dies_is_asked_again_and_a_window_that_kills_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribing, "PAUSE", 0.0)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.ears.failures = [JobDied(detail="signal 9")] * 2 + [WorkshopBusy()] * 9
            assert (await ended(house, (await asked(house)).id)).drafts[0].state == "done"
            house.ears.failures = [JobDied(detail="signal 9")] * (transcribing.ATTEMPTS + 1)
            (draft,) = (await ended(house, (await asked(house)).id)).drafts
            assert draft.state == "done" and draft.report[0]["unheard"] == ["0:00"]
            assert draft.text.startswith("[1:00] Le devis")
            house.ears.failures = [SpeechModelAltered(model="essai.tar")]
            (draft,) = (await ended(house, (await asked(house)).id)).drafts
            assert (draft.state, draft.reason["code"]) == ("failed", "SpeechModelAltered")
            assert all(
                row.sound for row in rows(house, recording_windows) if row.file == file_of(house, draft.work)
            )

    asyncio.run(go())


def file_of(house: SmallHouse, work: str) -> str:
    (row,) = [row for row in rows(house, work_files) if row.work == work]
    return str(row.id)


def test_a_transcription_that_was_stopped_goes_on_at_the_window_it_had_reached(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.ears.gate = asyncio.Event()
            work = await asked(house)
            await asyncio.sleep(0.05)
            assert await house.tasks.runner.stop(work.id)
            row = await ended(house, work.id)
            assert row.drafts[0].state == "stopped"
            house.ears.gate = None
            house.ears.most = 1
            await house.tasks.tasks.again(AGENT, work.id)
            row = await ended(house, work.id)
            assert row.drafts[0].state == "done" and house.ears.heard == [one for one in LINES if one != "..."]

    asyncio.run(go())


CHILD = """
import asyncio, sys
from pathlib import Path
from demeure.testing.house import AGENT, pieces, small_house

async def go():
    async with small_house(Path(sys.argv[1])) as house:
        house.ears.most = 1
        lines = "\\n".join(f"Phrase {n}." for n in range(6)).encode()
        file = await house.tasks.tasks.drop(AGENT, "a.wav", pieces(lines))
        given = {"enregistrement": f"file:{file.id}"}
        work = await house.tasks.tasks.start(AGENT, "transcription", given, "fr")
        async for event in house.tasks.tasks.follow(AGENT, work.id):
            if event["event"] == "state" and sum(p[2] == "ok" for p in event["parts"]) >= 3:
                house.ears.gate = asyncio.Event()
                print(work.id, flush=True)
                await asyncio.sleep(60)

asyncio.run(go())
"""


def test_a_killed_transcription_hears_no_window_twice(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    work = child.stdout.readline().strip()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert work

    async def go() -> None:
        house = compose(tmp_path, fresh=False)
        try:
            done = (await house.tasks.tasks.work(AGENT, work)).drafts[0].done_parts
            assert done >= 3
            await house.tasks.tasks.close_interrupted()
            assert await house.tasks.tasks.take_up(lambda person: AGENT if person == AGENT.id else None) == 1
            (draft,) = (await ended(house, work)).drafts
            assert draft.state == "done" and house.ears.heard == [f"Phrase {at}." for at in range(done, 6)]
            assert [one.text for one in transcript.read(draft.text)] == [f"Phrase {at}." for at in range(6)]
        finally:
            await house.tasks.runner.drain()
            house.rooms.close()
            house.worker_rooms.close()
            house.instance.close()

    asyncio.run(go())


def test_a_recording_brought_where_a_text_is_read_is_transcribed_first(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            value = f"file:{await brought(house)}"
            work = await house.tasks.tasks.start(AGENT, "resume", {"document": value}, "fr")
            assert work.task == "transcription"
            row = await ended(house, work.id)
            assert row.drafts[0].state == "done"
            house.engine.script = "- Le devis est de 4 200 euros."
            given = {"document": f"work:{row.id}"}
            made = await ended(house, (await house.tasks.tasks.start(AGENT, "resume", given, "fr")).id)
            told = str(house.engine.prompts)
            assert "4 200 euros [à vérifier]" in told and "[1:00]" not in told and row.title in made.title
            with pytest.raises(WorkUnknown):
                await house.tasks.tasks.start(OTHER, "resume", given, "fr")
            with pytest.raises(RecordingExpected):
                file = await house.tasks.tasks.drop(AGENT, "notes.txt", pieces(b"Des notes."))
                await house.tasks.tasks.start(AGENT, "transcription", {"enregistrement": f"file:{file.id}"}, "fr")

    asyncio.run(go())


async def asked_in_a_terminal(house: SmallHouse, task: str, fields: dict[str, str]) -> str:
    async def opened() -> tuple[Any, Actor]:
        return SimpleNamespace(tasks=house.tasks.tasks, works=house.tasks.listing), AGENT

    told = [
        reply.data
        async for reply in TaskDesk(opened).run(Request("tasks.run", {"task": task, "fields": fields}, ""))
    ]
    return str(told[0]["work"])


def test_a_transcript_becomes_minutes_whose_figures_are_marked_once(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            lines = "Le devis est de 4 200 euros.\nLe devis est adopté le 14 juin 2026.\nMerci à tous."
            given = {"enregistrement": f"file:{await brought(house, lines)}"}
            heard = await ended(house, (await house.tasks.tasks.start(AGENT, "transcription", given, "fr")).id)
            text = heard.drafts[0].text
            assert text.count("[à vérifier]") == 2
            named = transcript.written(transcript.named(transcript.read(text), {0: "Claire Morvan"}, {}))
            await house.tasks.tasks.edit(AGENT, heard.id, 1, named.replace("2026 [à vérifier]", "2026"))
            (report,) = (await house.tasks.tasks.work(AGENT, heard.id)).drafts[0].report
            assert report["checks"] == 1, "what its author took away is told no more"
            house.engine.script = (
                "POINT : Le devis est de 4 200 euros.\nDÉCISION : Le devis est adopté le 14 juin 2026."
            )
            given = {"seance": "Bureau", "notes": f"work:{heard.id[:8]}", "origine": "notes"}  # as a list shows it
            made = await ended(house, await asked_in_a_terminal(house, "compte-rendu", given))
            (draft,) = made.drafts
            said = draft.text.replace("\xa0", " ").replace("\u202f", " ")
            assert draft.state == "done" and "Claire Morvan : Le devis" in str(house.engine.prompts[-1])
            assert "4 200 euros (à vérifier)" in said and "14 juin 2026 (à vérifier)" in said
            assert "[à vérifier]" not in said and "(à vérifier) (" not in said, "once"
            assert "à vérifier" not in "".join(source["quote"] for source in draft.sources)
            assert (
                "[à vérifier]" not in str(house.engine.prompts[-1]) and heard.title == draft.sources[0]["document"]
            )
            (told,) = [block for block in draft.report if block["kind"] == "to_check"]
            assert told["number"] == said.count("(à vérifier)") == 2

    asyncio.run(go())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Soit 12 500 euros.", "Soit 12 500 euros [à vérifier]."),
        ("Le 14 juin 2026 à 20 h 30.", "Le 14 juin 2026 [à vérifier] à 20 h 30 [à vérifier]."),
        ("Deux mille euros, 20 %.", "Deux mille euros [à vérifier], 20 % [à vérifier]."),
        ("Il y a du monde.", "Il y a du monde."),
    ],
)
def test_amounts_and_dates_are_marked(said: str, told: str) -> None:
    assert transcript.marked(said, "fr") == told


def test_marks_are_counted_again_when_their_author_changes_the_text() -> None:
    report = [{"kind": "to_check", "number": 2}, {"kind": "transcript", "checks": 2}, {"kind": "cut"}]
    told = checking.counted(report, "40 € (à vérifier), le 3 mai.")
    assert told == [{"kind": "to_check", "number": 1}, {"kind": "transcript", "checks": 1}, {"kind": "cut"}]
    none = [{"kind": "transcript", "checks": 0}, {"kind": "cut"}]
    assert checking.counted(report, "40 €, le 3 mai (vérifié).") == none
    assert checking.bare("40\u202f€\u00a0[à vérifier], 3 May [to be checked].") == "40\u202f€, 3 May."


def test_speakers_are_named_by_hand_and_renamed_everywhere() -> None:
    told = transcript.paragraphs(
        [(0, [Said(0, 900, "Bonjour."), Said(5_000, 6_000, "Je réponds.")]), (3_700_000, [Said(0, 500, "Merci.")])],
        "fr",
    )
    assert transcript.written(told) == "[0:00] Bonjour.\n\n[0:05] Je réponds.\n\n[1:01:40] Merci."
    named = transcript.named(told, {0: "Mme Morvan", 2: " Mme  *Morvan* "}, {})
    text = transcript.written(named)
    assert text.startswith("[0:00] **Mme Morvan** : Bonjour.") and transcript.read(text) == named
    again = transcript.named(transcript.read(text), {}, {"Mme Morvan": "Claire Morvan"})
    assert transcript.speakers(again) == ["Claire Morvan"] and again[2].speaker == "Claire Morvan"
    bare = transcript.named(again, {}, {"Claire Morvan": ""})
    assert transcript.written(bare) == transcript.written(told)
    assert transcript.read("Une note.\n\n[0:03] Oui.") == [Paragraph(None, "Une note."), Paragraph(3000, "Oui.")]


def test_one_sentence_over_two_windows_is_one_paragraph() -> None:
    told = transcript.paragraphs([(0, [Said(0, 900, "Le devis")]), (29_000, [Said(0, 800, "est accepté.")])], "fr")
    assert [one.text for one in told] == ["Le devis est accepté."]
    assert told[0].at == 0
