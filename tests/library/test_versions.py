"""Versions: what is linked by itself is right, what a person says stays, nothing is lost when one of them goes."""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.assistant import Closed, Sources
from demeure.clock import SystemClock, iso
from demeure.identity import Membership
from demeure.journal import Draft, JournalUnavailable
from demeure.library import Wanted
from demeure.library.errors import CareInvalid, DocumentUnknown, VersionImpossible
from demeure.library.standing import older, standings
from demeure.library.versions.kinship import Told, Verdict, kin, likeness, verdict
from demeure.library.versions.links import Links
from demeure.library.versions.marks import marks, told_day
from demeure.library.versions.outline import every_twin, shared, sketch
from demeure.policy import Denied, Right
from demeure.store import tables
from demeure.store.space_tables import landmarks, outlines, twins
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, compose, small_house

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "versions.jsonl").read_text(encoding="utf-8").splitlines()
]
PRICES = (
    "Tarifs de la cantine.\nRepas enfant de la commune : {0} euros.\nRepas enfant hors commune : 4,90 euros.\n"
    "Repas adulte : 6,20 euros.\nGarderie du matin : 0,85 euro.\nGarderie du soir : 0,95 euro.\n"
    "Les factures sont payables avant le 15 du mois suivant."
)
MINUTES = (
    "Compte rendu du conseil.\nPrésents : Mme Morvan, M. Petit.\nLe conseil parle de {0}. La séance est levée."
)


def in_the_house(tmp_path: Path, test: Callable[[SmallHouse], Awaitable[None]]) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await test(house)

    asyncio.run(go())


async def bring(house: SmallHouse, name: str, text: str, space: str = "mairie") -> str:
    row = await house.add(name, text, space)
    return (await house.outlined(row.id)).id


def links(house: SmallHouse) -> Links:
    return Links(house.instance.house, SystemClock())


async def hits(house: SmallHouse, question: str, former: bool = False) -> list[str]:
    found = await house.searcher.search(AGENT, question, ["mairie"], 10, former)
    return sorted({hit.document for hit in found.hits})


# -- the rules
# --------------------------------------------------------------------------------------------------------


def test_nothing_is_linked_by_mistake_on_the_written_pairs_and_most_versions_are() -> None:
    linked = []
    for case in CASES:
        changed = case.get("other") or case["text"]
        for former, new in case["changes"]:
            changed = changed.replace(former, new)
        told = [
            Told(marks(case[side]), told_day(text)) for side, text in (("older", case["text"]), ("newer", changed))
        ]
        found = kin(*told)
        if verdict(found, told[1].marks.key, likeness(case["text"], changed)) is Verdict.LINK:
            assert found.order == 1, case["newer"]
            linked.append(case)
    assert [case["newer"] for case in linked if not case["versions"]] == []
    assert len(linked) >= 0.85 * sum(case["versions"] for case in CASES)


@pytest.mark.parametrize(
    ("name", "key", "begins", "ends", "number"),
    [
        ("Tarifs cantine 2025-2026.pdf", "cantine tarif", "2025-01-01", "2026-12-31", ()),
        ("tarif_cantine_2024_v2.1.odt", "cantine tarif", "2024-01-01", "2024-12-31", (2, 1)),
        ("PV du 12 mars 2026.pdf", "pv", "2026-03-12", "2026-03-12", ()),
        ("PV du 12 mars.pdf", "12 mar pv", "", "", ()),
        ("Règlement modifié le 03/04/2026.docx", "reglement", "2026-04-03", "2026-04-03", ()),
        ("tarifs-periscolaires-2026-2027.pdf", "periscolaire tarif", "2026-01-01", "2027-12-31", ()),
        ("tarifs-2026.odt", "tarif", "2026-01-01", "2026-12-31", ()),
        ("pv-conseil-2025-04-10.pdf", "conseil pv", "2025-04-10", "2025-04-10", ()),
        ("charte-version-3.pdf", "charte", "", "", (3,)),
        ("Bulletin mars 2026.pdf", "bulletin", "2026-03-01", "2026-03-31", ()),
        ("Charte, version n° 3.pdf", "charte", "", "", (3,)),
        ("2026.pdf", "", "2026-01-01", "2026-12-31", ()),
    ],
)
def test_a_title_says_its_period_and_its_version(
    name: str, key: str, begins: str, ends: str, number: tuple[int, ...]
) -> None:
    found = marks(name)
    assert (found.key, found.begins, found.ends, found.number) == (key, begins, ends, number)


def test_the_number_of_an_act_is_part_of_what_it_is() -> None:
    assert marks("Arrêté 2026-034.pdf").key != marks("Arrêté 2026-035.pdf").key
    assert marks("Arrêté 2026-034.pdf").begins == ""


@pytest.mark.parametrize(
    "name", ["", ".pdf", "\0\n", "v", "1" * 400, "2025-2026-2027", "é" * 3000, "31 février 2026.txt"]
)
def test_any_name_has_marks(name: str) -> None:
    assert isinstance(marks(name).key, str)


def test_a_question_asks_for_what_was() -> None:
    assert older("Quel était le tarif en 2024 ?").years == {"2024"}
    assert not older("Quel est le tarif ?").asked and not older("L’arrêté 2026-034 ?").years
    assert older("Que disait l’ancienne version du règlement ?").every


def test_how_a_document_stands_depends_on_the_day() -> None:
    assert standings("2026-01-01", review_on="2026-01-02", keep_until="2026-01-01") == ()
    told = standings("2026-01-03", review_on="2026-01-02", keep_until="2026-01-01", newer="x", name="n")
    assert [one.kind for one in told] == ["superseded", "expired", "review"]


# -- a house
# ----------------------------------------------------------------------------------------------------------


def test_the_new_price_list_answers_and_the_former_one_for_its_year(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        old = await bring(house, "Tarifs cantine 2024-2025.txt", PRICES.format("3,45"))
        new = await bring(house, "Tarifs cantine 2026-2027.txt", PRICES.format("3,60"))
        await bring(house, "Tarifs cantine 2026-2027.txt", PRICES.format("9,99"), "secret")
        (link,) = links(house).about(new)
        assert (link.former, link.state, link.by, link.why) == (old, "linked", "rule", "period")
        assert await hits(house, "Combien coûte le repas enfant ?") == ["Tarifs cantine 2026-2027.txt"]
        assert await hits(house, "Combien coûtait le repas enfant en 2024 ?") == ["Tarifs cantine 2024-2025.txt"]
        assert len(await hits(house, "Combien coûte le repas enfant ?", former=True)) == 2
        found = await house.finder.find(AGENT, "repas enfant", ["mairie"])
        assert [one.shown.document.id for one in found.documents] == [new]
        found = await house.finder.find(AGENT, "repas enfant", ["mairie"], Wanted(former=True))
        assert {one.shown.document.id: one.shown.newer for one in found.documents} == {new: "", old: new}
        page = await house.catalogue.page(AGENT, "mairie", Wanted())
        assert [(one.document.id, one.newer, one.former) for one in page.documents] == [(new, "", 1), (old, new, 0)]
        page = await house.catalogue.page(AGENT, "mairie", Wanted(state="superseded"))
        assert [one.document.id for one in page.documents] == [old] and page.facets.states["superseded"] == 1
        assert len(house.journal.named("version-linked")) == 1
        assert [entry.outcome for entry in house.journal.named("version-linked-closed")] == ["done"]

    in_the_house(tmp_path, test)


def test_a_price_list_of_another_year_leaves_the_answer_to_the_year_asked_for_though_nobody_linked_them(
    tmp_path: Path,
) -> None:
    async def test(house: SmallHouse) -> None:
        old = await bring(house, "Tarifs cantine 2024-2025.txt", "Prix du repas enfant à la cantine : 3,45 €.")
        new = await bring(house, "Tarifs cantine 2026-2027.txt", PRICES.format("3,60"))
        for day in ("12 mars 2024", "3 avril 2026"):
            await bring(house, f"Compte rendu du conseil du {day}.txt", f"Le conseil parle du repas enfant, {day}.")
        assert links(house).about(old) == links(house).about(new) == []
        both = {"Tarifs cantine 2024-2025.txt", "Tarifs cantine 2026-2027.txt"}
        minutes = {"Compte rendu du conseil du 12 mars 2024.txt", "Compte rendu du conseil du 3 avril 2026.txt"}
        assert set(await hits(house, "Combien coûte le repas enfant ?")) == both | minutes
        asked = await hits(house, "Combien coûtait le repas enfant en 2024-2025 ?")
        assert set(asked) == {"Tarifs cantine 2024-2025.txt"} | minutes, "minutes are a series"
        assert set(await hits(house, "Le repas enfant en 2031 ?")) == both | minutes, "no document is of that year"
        with house.instance.house.write() as db:
            db.execute(tables.documents.update().where(tables.documents.c.id == old).values(sensitivity="interne"))
        asked = await hits(house, "Combien coûtait le repas enfant en 2024-2025 ?")
        assert "Tarifs cantine 2026-2027.txt" in asked, "one that not everybody sees makes nothing leave"

    in_the_house(tmp_path, test)


def test_minutes_are_a_series_whatever_their_order(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        for day, about in (("12 mars 2026", "voirie"), ("3 avril 2026", "l’école"), ("5 mai 2026", "l’eau")):
            one = await bring(house, f"Compte rendu du conseil du {day}.txt", MINUTES.format(about))
            assert links(house).about(one) == []
        assert len(await hits(house, "compte rendu du conseil")) == 3

    in_the_house(tmp_path, test)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0), (1, 0, 2), (2, 0, 1), (1, 2, 0)])
def test_versions_stand_in_line_whatever_the_order_of_their_arrival(tmp_path: Path, order: tuple[int, ...]) -> None:
    async def test(house: SmallHouse) -> None:
        ids = {}
        for at in order:
            ids[at] = await bring(house, f"Tarifs {2024 + at}.txt", PRICES.format(f"3,{40 + at}"))
        assert links(house).line(ids[0]) == [ids[2], ids[1], ids[0]]
        await house.library.delete(ADMINISTRATOR, ids[1])
        assert links(house).line(ids[0]) == [ids[2], ids[0]], "what stood between two leaves them linked"
        assert await hits(house, "repas enfant") == ["Tarifs 2026.txt"]
        await house.library.delete(ADMINISTRATOR, ids[2])
        assert await hits(house, "repas enfant") == ["Tarifs 2024.txt"], "the last one left is in force again"
        with house.instance.house.read() as db:
            assert db.execute(sa.select(tables.versions)).all() == []

    in_the_house(tmp_path, test)


def test_what_somebody_said_is_never_undone_by_the_rules(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        old = await bring(house, "Tarifs 2025.txt", PRICES.format("3,45"))
        new = await bring(house, "Tarifs 2026.txt", PRICES.format("3,60"))
        await house.tending.apart(ADMINISTRATOR, new, old)
        assert len(await hits(house, "repas enfant")) == 2
        house.shelf.update(new, outlined=0)
        house.shelf.update(old, outlined=0)
        await house.outlined(new)
        await house.outlined(old)
        assert [link.state for link in links(house).about(new)] == ["refused"]
        await house.tending.replaces(ADMINISTRATOR, new, old)
        assert links(house).line(old) == [new, old]
        with pytest.raises(VersionImpossible):
            await house.tending.replaces(ADMINISTRATOR, old, new)
        with pytest.raises(VersionImpossible):
            await house.tending.replaces(ADMINISTRATOR, new, new)
        other = await bring(house, "Barème.txt", "Un autre texte, sur les taxes de séjour et leurs exonérations.")
        await house.tending.replaces(ADMINISTRATOR, other, old)
        assert links(house).line(old) == [new, other, old], "a person’s word makes room in the line"
        found = await house.tending.versions(ADMINISTRATOR, old)
        assert [one.document.id for one in found.line] == [new, other, old]
        assert await house.journal.open_intentions() == []

    in_the_house(tmp_path, test)


def test_a_doubt_is_a_question_that_a_manager_answers(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        old = await bring(house, "Convention de salle 2025.txt", PRICES.format("3,45"))
        new = await bring(house, "Convention de salle 2026.txt", PRICES.format("3,60"))
        (link,) = links(house).about(new)
        assert link.state == "proposed" and len(await hits(house, "repas enfant")) == 2, (
            "nothing is hidden meanwhile"
        )
        for act in (house.tending.replaces, house.tending.apart):
            with pytest.raises(Denied):
                await act(AGENT, new, old)
        with pytest.raises(Denied):
            await house.tending.care(AGENT, [new], {"owner": "moi"})
        hidden = await bring(house, "Convention de salle 2026.txt", PRICES.format("9,99"), "secret")
        for act in (house.tending.versions, house.tending.near, house.tending.candidates):
            with pytest.raises(DocumentUnknown):
                await act(AGENT, hidden)
        with pytest.raises(DocumentUnknown):
            await house.comparing.compare(AGENT, new, hidden)
        with pytest.raises(DocumentUnknown):
            await house.tending.replaces(ADMINISTRATOR, hidden, new)
        membership = Membership(house.instance.house)
        membership.grant("mairie", AGENT.id, Right.MANAGE)
        await house.tending.replaces(AGENT, new, old)
        assert await hits(house, "repas enfant") == ["Convention de salle 2026.txt"]
        assert [e.outcome for e in house.journal.named("version-linked-closed")] == ["refused", "done"]
        assert [e.outcome for e in house.journal.named("version-refused-closed")] == ["refused"]

    in_the_house(tmp_path, test)


def test_an_answer_says_that_it_relies_on_what_is_no_longer_up_to_date(tmp_path: Path) -> None:
    async def ask(house: SmallHouse, question: str) -> tuple[Sources, Closed]:
        events = [event async for event in house.assistant.ask(AGENT, question, ["mairie"])]
        return next(e for e in events if isinstance(e, Sources)), events[-1]  # type: ignore[return-value]

    async def test(house: SmallHouse) -> None:
        old = await bring(house, "Tarifs cantine 2024.txt", PRICES.format("3,45"))
        new = await bring(house, "Tarifs cantine 2026.txt", PRICES.format("3,60"))
        house.engine.script = "Le repas enfant coûte 3,60 euros [1]."
        sources, closed = await ask(house, "Combien coûte le repas enfant à la cantine ?")
        assert closed.citations and not closed.standing and not sources.items[0].standing
        row = house.shelf.document(new)
        assert row is not None and row.cited_on == iso(SystemClock().now())[:10]
        await house.tending.care(ADMINISTRATOR, [new, old], {"review_on": "2020-01-01", "keep_until": "2020-01-02"})
        sources, closed = await ask(house, "Combien coûte le repas enfant à la cantine ?")
        assert [one["kind"] for one in closed.standing] == ["expired", "review"]
        assert closed.standing[0]["document_id"] == new and closed.standing[0]["since"] == "2020-01-02"
        house.engine.script = "Le repas enfant coûtait 3,45 euros [1]."
        sources, closed = await ask(house, "Combien coûtait le repas enfant à la cantine en 2024 ?")
        assert [one["kind"] for one in closed.standing] == ["superseded", "expired", "review"]
        assert closed.standing[0]["name"] == "Tarifs cantine 2026.txt" and closed.standing[0]["document_id"] == old

    in_the_house(tmp_path, test)


def test_care_is_for_all_of_them_or_none_and_is_written(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        ids = [await bring(house, f"{n}.txt", f"Texte numéro {n}.") for n in range(3)]
        care = {"owner": " Service\n enfance ", "review_on": "2026-12-31"}
        assert await house.tending.care(ADMINISTRATOR, ids, care) == 3
        rows = [house.shelf.document(one) for one in ids]
        assert {(row.owner, row.review_on, row.keep_until) for row in rows if row} == {
            ("Service enfance", "2026-12-31", "")
        }
        for bad in ({"review_on": "31/12/2026"}, {"keep_until": "2026-02-30"}, {"owner": "x" * 81}):
            with pytest.raises(CareInvalid):
                await house.tending.care(ADMINISTRATOR, ids, bad)
        with pytest.raises(DocumentUnknown):
            await house.tending.care(ADMINISTRATOR, [*ids, "absent"], {"owner": "y"})
        await house.tending.care(ADMINISTRATOR, ids[:1], {"owner": "", "review_on": ""})
        first, second = house.shelf.document(ids[0]), house.shelf.document(ids[1])
        assert first and second and (first.owner, second.owner) == ("", "Service enfance")
        assert [e.outcome for e in house.journal.named("documents-care-closed")] == ["done", "done"]
        house.journal.failure = JournalUnavailable()
        with pytest.raises(JournalUnavailable):
            await house.tending.care(ADMINISTRATOR, ids, {"owner": "z"})
        house.journal.failure = None
        after = house.shelf.document(ids[1])
        assert after is not None and after.owner == "Service enfance", "nothing happens before it is written"

    in_the_house(tmp_path, test)


# -- nearly identical
# -------------------------------------------------------------------------------------------------


def test_the_share_of_two_sketches_is_near_the_true_one() -> None:
    chance = random.Random(4)
    words = [f"mot{n}" for n in range(4000)]
    text = [chance.choice(words) for _ in range(6000)]
    one, count = sketch([" ".join(text)])
    assert len(one) == 256 and count > 5000
    for changed in (50, 150, 400):
        other = list(text)
        for at in chance.sample(range(len(other)), changed):
            other[at] = "autre"
        runs = [{tuple(t[at : at + 5]) for at in range(len(t) - 4)} for t in (text, other)]
        true = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        assert abs(shared(one, sketch([" ".join(other)])[0]) - true) < 0.11
    assert shared(one, one) == 1.0
    halves = sketch([" ".join(text[:3000]), " ".join(text[3000:])])
    assert (halves[0] == one).all(), "parts of a document are no border"
    assert shared(*(sketch([t])[0] for t in ("Un texte court.", "Un TEXTE, court"))) == 1.0


def test_twins_are_shown_hide_nothing_and_leave_with_either(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        text = " ".join(
            f"La clause numéro {n} du présent document est sans effet sur les autres." for n in range(30)
        )
        one = await bring(house, "Note aux pétitionnaires.txt", text)
        two = await bring(house, "Clôtures, note.txt", text.replace("numéro 7 ", "numéro 77 "))
        await bring(house, "Autre.txt", " ".join(f"Rien de tel ici, {n} fois." for n in range(60)))
        await bring(house, "Note cachée.txt", text + " Fin.", "secret")
        (near,) = await house.tending.near(AGENT, one)
        assert near.shown.document.id == two and near.share > 0.8
        database = house.rooms.database("mairie")
        assert [pair[:2] for pair in every_twin(database)] == [tuple(sorted((one, two)))]
        found = await hits(house, "clause du présent document")
        assert {"Note aux pétitionnaires.txt", "Clôtures, note.txt"} <= set(found)
        report = await house.health.report(ADMINISTRATOR, "mairie")
        assert report.counts["twins"] == 1 and {d.id for d in report.twins[0].documents} == {one, two}
        await house.tending.replaces(ADMINISTRATOR, two, one)
        report = await house.health.report(ADMINISTRATOR, "mairie")
        assert report.counts["twins"] == 0, "two versions are no surprise"
        await house.library.delete(ADMINISTRATOR, one)
        with database.read() as db:
            assert db.execute(sa.select(twins)).all() == []
            for table in (outlines, landmarks):
                assert one not in set(db.execute(sa.select(table.c.document)).scalars())

    in_the_house(tmp_path, test)


# -- killed
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2, 3))])
def test_killed_anywhere_a_line_is_whole_and_the_rest_is_done_again(tmp_path: Path, seed: int) -> None:
    async def fill() -> None:
        async with small_house(tmp_path) as house:
            for year in range(2010, 2026):
                await house.add(f"Tarifs {year}.txt", PRICES.format(f"3,{year % 100}"))

    asyncio.run(fill())
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_outlining(tmp_path))
        finally:
            os._exit(0)
    time.sleep(random.Random(seed).uniform(0.05, 0.5))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    async def check() -> None:
        house = compose(tmp_path, fresh=False)
        running = asyncio.create_task(house.pipeline.run())
        rows = house.shelf.documents("mairie")
        for row in rows:
            await house.outlined(row.id)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        names = {row.id: row.name for row in rows}
        line = links(house).line(rows[0].id)
        assert [names[one] for one in line] == [f"Tarifs {year}.txt" for year in range(2025, 2009, -1)]
        house.rooms.close()
        house.worker_rooms.close()
        house.instance.close()

    asyncio.run(check())


async def _outlining(folder: Path) -> None:
    """Over and over, from nothing."""
    house = compose(folder, fresh=False)
    running = asyncio.create_task(house.pipeline.run())
    rows = house.shelf.documents("mairie")
    while True:
        for row in rows:
            await house.outlined(row.id)
        with house.instance.house.write() as db:
            db.execute(tables.versions.delete())
            db.execute(tables.documents.update().values(outlined=0))
        assert not running.done()


def test_what_a_crash_left_open_is_closed_by_what_the_rows_say(tmp_path: Path) -> None:
    async def left(house: SmallHouse, name: str, chain: str) -> str:
        """The outcome that recovery gives to an intention of this name and chain."""
        house.journal.role = "gateway"
        await house.journal.intention(
            Draft(kind="administration", name=name, chain=chain, actor="uid:0", space="mairie", object="x")
        )
        assert await house.tending.recover() == 1
        return str(house.journal.named(f"{name}-closed")[-1].outcome)

    async def test(house: SmallHouse) -> None:
        old = await bring(house, "Tarifs 2025.txt", PRICES.format("3,45"))
        new = await bring(house, "Autre nom.txt", PRICES.format("3,60"))
        await house.tending.replaces(ADMINISTRATOR, new, old)
        await house.tending.care(ADMINISTRATOR, [new], {"owner": "x"})
        for name in ("version-linked", "documents-care"):
            chain = house.journal.named(name)[-1].chain
            assert await left(house, name, chain) == "done", "it had been done"
            assert await left(house, name, "f" * 32) == "interrupted"

    in_the_house(tmp_path, test)
