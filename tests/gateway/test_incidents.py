"""Incidents: the clock of 72 hours, the scope that the journal gives, the form; exercises count nowhere. Courses:
questions, a dated record, who has not followed any."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demeure.accountability import courses, marked, run
from demeure.accountability.courses import Course, attested
from demeure.accountability.errors import (
    DelayUnexplained,
    FormFieldUnknown,
    FormIncomplete,
    IncidentOver,
    IncidentTold,
    MomentNotPast,
    ScopeReversed,
)
from demeure.accountability.incidents import Scope, due, form, hours_left, missing, prefilled, sentences, told
from demeure.gateway.incident_room import Asked
from demeure.gateway.register_facts import gather
from demeure.gateway.visit import form_token
from demeure.identity import Person
from demeure.journal import Draft
from demeure.policy import MATRIX, Action, Actor, Cell, Role
from demeure.store.register_tables import course_records
from demeure.store.tables import people, spaces
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import PASSWORD
from demeure.testing.registers import register_room
from demeure.testing.store import Instance, make_instance
from demeure.workshop.blocks import blocks

from .conftest import Live

DPO = Actor("person", "p2", "Anne Petit", frozenset({Role.DPO}))
AGENT = Actor("person", "p3", "Paul Roux", frozenset({Role.AGENT}))
HERE = "/registres/incidents"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def town(serve: Callable[..., Live], instance: Instance, clock: StillClock) -> Live:
    rooms = FakeRooms()
    for actor, role in ((DPO, Role.DPO), (AGENT, Role.AGENT)):
        rooms.register.put(Person(actor.id, actor.name, actor.id, role), PASSWORD)
        rooms.reception.sessions[actor.id] = actor
        with instance.house.write() as db:
            row = {"id": actor.id, "name": actor.name, "login": actor.id, "role": role.value, "password": "x"}
            db.execute(people.insert().values(**row, created_at="2026-01-01T00:00:00.000000Z"))
    return serve(rooms, clock=clock, registers=register_room(instance.house, clock, rooms.journal))


def post(live: Live, path: str, session: str = "p2", **fields: str) -> Any:
    with live.client(session) as client:
        return client.post(path, data={"token": form_token(session), **fields})


def page(live: Live, path: str, session: str = "p2") -> Any:
    with live.client(session) as client:
        return client.get(path)


def test_a_form_sent_twice_opens_one_incident(town: Live, clock: StillClock) -> None:
    for _ in range(2):
        made = post(town, HERE, title="Clé perdue", known="", since="", until="")
        assert made.headers["location"] == f"{HERE}/1?fait=ouvert"
    assert "/2?" in post(town, HERE, title="Clé retrouvée").headers["location"]
    clock.forward(minutes=1)
    assert "/3?" in post(town, HERE, title="Clé retrouvée").headers["location"], "another one, of the same name"


def room_of(live: Live) -> Any:
    assert live.house.registers is not None
    return live.house.registers


def seen(live: Live, number: int) -> str:
    """What the page's form carries."""
    return str(room_of(live).incidents.kept.one(number).seen)


def whole() -> dict[str, str]:
    return {one.id: f"rempli\u00a0: {one.id}" for one in form() if one.needed}


def test_an_incident_has_its_clock_its_form_and_its_end(town: Live) -> None:
    for session, status in (("p3", 403), ("p2", 200)):
        assert page(town, HERE, session).status_code == status
    assert post(town, HERE, title=" ").status_code == 409
    wrong = post(town, HERE, title="Compte pris", known="hier soir")
    assert wrong.status_code == 400 and "pas un moment passé" in wrong.text and "Compte pris" in wrong.text
    made = post(town, HERE, title="Compte pris")
    at = made.headers["location"].partition("?")[0]
    assert at == f"{HERE}/1" and "Il reste 72 heures" in page(town, at).text
    late = post(town, f"{at}/notifier")
    assert late.status_code == 409 and "pas complet" in late.text and "Conséquences probables" in late.text
    assert post(town, f"{at}/clore", why="").status_code == 409
    assert post(town, f"{at}/remplir", **whole(), seen=seen(town, 1)).status_code == 303
    sheet = page(town, at).text
    assert "rempli\u00a0: consequences" in sheet
    assert post(town, f"{at}/notifier").status_code == 303
    again = post(town, f"{at}/notifier")
    assert again.status_code == 409 and IncidentTold.fr[:20] in again.text
    assert "Notifié" in page(town, at).text
    assert post(town, f"{at}/clore").status_code == 303
    over = post(town, f"{at}/remplir", title="autre")
    assert over.status_code == 409 and IncidentOver.fr.split("{")[0].strip() in over.text
    assert page(town, f"{HERE}/9").status_code == 404 and page(town, f"{HERE}/x").status_code == 400
    names = [e.name for e in town.rooms.journal.entries if e.name.startswith("incident-")]
    assert {"incident-begun", "incident-filled", "incident-told", "incident-over"} <= set(names)
    assert all("Compte" not in e.object for e in town.rooms.journal.entries), "what it is about is sealed"


def test_the_scope_is_what_the_journal_says_of_that_time(town: Live, instance: Instance, clock: StillClock) -> None:
    journal = town.rooms.journal
    with instance.house.write() as db:
        row = {"id": "p1", "name": "Zoé", "login": "zoe", "role": "agent", "password": "x"}
        db.execute(people.insert().values(**row, created_at="2026-01-01T00:00:00.000000Z"))

    async def lived() -> Any:
        for name, kind, actor, space, about in (
            ("question-asked", "request", "p3", "mairie", ""),
            ("document-viewed", "retrieval", "p3", "mairie", "d1"),
            ("document-viewed", "retrieval", "p3", "mairie", "d1"),
            ("document-open", "retrieval", "p2", "paie", "d2"),
            ("document-open", "retrieval", "key:9", "paie", "d2"),
            ("document-read", "input", "worker", "archives", "d3"),
            ("document-read", "retrieval", "p3", "mairie", "d4"),
            ("answer-checked", "filter", "p3", "mairie", ""),
            ("draft-checked", "filter", "p3", "mairie", ""),
            ("attempt-refused", "filter", "house", None, "engine connect count=4"),
            ("legal-refused", "administration", "p2", None, ""),
            ("sign-ins-refused", "sign-in", "visitor", None, "too-early=3 wrong=5 unknown-logins=2"),
            ("file-exported", "extension", "p3", "mairie", "pdf"),
            ("password-refused", "sign-in", "visitor", None, ""),
            ("way-refused", "filter", "p3", None, ""),
        ):
            await journal.record(Draft(kind, name, chain="c", actor=actor, space=space, object=about))
        link = Draft("sign-in", "link-presented", chain="c", actor="visitor", object="link:1")
        await journal.close(await journal.intention(link), "done", object="p1")
        await journal.close(await journal.intention(link), "refused", decision="LinkUsed")
        clock.moment = datetime.now(UTC)  # the journal here has the time of the machine
        asked = Asked("Fuite", since="2020-01-01T00:00")
        return await room_of(town).incidents.open(DPO, asked)

    made = asyncio.run(lived())
    scope = made.scope
    assert scope["questions"] == 1 and scope["opened"] == 3 and scope["exports"] == 1
    assert scope["failed_sign_ins"] == 9 and scope["refused"] == 5, "four by a box, one by a page"
    assert scope["actors"] == ["p1", "p2", "p3"], "p1 came in by a link"
    assert {"mairie", "paie"} == set(scope["spaces"])
    assert "Documents ouverts\u00a0: 3" in made.fields["records"] and made.fields["title"] == "Fuite"
    assert "Comptes qui ont agi dans ce temps\u00a0: 3." in made.fields["persons"]
    sheet = page(town, f"{HERE}/{made.number}").text
    assert "Documents ouverts" in sheet and "mairie" in sheet.lower()
    assert town.rooms.exporter.written == []
    assert page(town, f"{HERE}/{made.number}/fichier?format=odt").status_code == 200
    letter = town.rooms.exporter.written[-1][0]
    assert "Conséquences probables" in letter.text and "72 heures au plus tard" in letter.text
    called = room_of(town).incidents.kept.space_names()["mairie"]
    for change in (spaces.update().values(name="Autre nom"), spaces.delete()):
        with instance.house.write() as db:
            db.execute(change.where(spaces.c.id == "mairie"))
        sheet = page(town, f"{HERE}/{made.number}").text
        assert called in sheet and "Autre nom" not in sheet, "as it was called when the journal was read"
        with pytest.raises(FormIncomplete) as refused:
            asyncio.run(room_of(town).incidents.tell(DPO, made.number))
        assert "Catégories de données" in refused.value.sentence("fr"), "nobody completed it"


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-11-23T12:00+00:00", "2026-11-22T12:00+00:00", "doit commencer avant de finir"),
        ("2026-11-23T12:00+00:00", "2026-11-23T12:00+00:00", "doit commencer avant de finir"),
        ("", "2026-11-22T12:00+00:00", "doit commencer avant de finir"),
        ("2026-11-23T12:00+00:00", "2027-01-01T12:00+00:00", "pas un moment passé"),
        ("2027-01-01T12:00+00:00", "2027-01-02T12:00+00:00", "pas un moment passé"),
    ],
)
def test_the_time_concerned_is_past_and_begins_before_it_ends(
    town: Live, since: str, until: str, words: str
) -> None:
    refused = post(town, HERE, title="Compte pris", since=since, until=until)
    assert refused.status_code == 400 and words in refused.text
    assert "Compte pris" in refused.text and f'value="{until}"' in refused.text, "the form is kept"
    assert room_of(town).incidents.kept.all() == []
    with pytest.raises((MomentNotPast, ScopeReversed)):
        asyncio.run(room_of(town).incidents.open(DPO, Asked("Compte pris", since=since, until=until)))


def test_an_exercise_goes_the_same_way_and_counts_nowhere(town: Live) -> None:
    room = room_of(town)
    made = asyncio.run(room.incidents.open(DPO, Asked("Exercice d’été", practice=True)))
    assert made.practice
    facts = asyncio.run(gather(town.house))
    assert facts.incidents_open == 0 and facts.incidents_late == 0
    known = (town.house.clock.now() - timedelta(hours=73)).isoformat()
    asyncio.run(room.incidents.open(DPO, Asked("Vrai", known=known)))
    facts = asyncio.run(gather(town.house))
    assert (facts.incidents_open, facts.incidents_late) == (1, 1)
    assert run(facts)["incidents-in-time"].state == "failed"
    assert "Délai passé depuis 1 heure" in page(town, HERE).text
    asyncio.run(room.incidents.close(DPO, 2, "aucun risque"))
    assert asyncio.run(gather(town.house)).incidents_late == 0
    said = dict.fromkeys((field.id for field in form()), "dit")
    third = asyncio.run(room.incidents.open(DPO, Asked("Dit tard", known=known)))
    asyncio.run(room.incidents.fill(DPO, third.number, said))
    asyncio.run(room.incidents.tell(DPO, third.number))
    asyncio.run(room.incidents.close(DPO, third.number, ""))
    assert asyncio.run(gather(town.house)).incidents_late == 1, "told, but after the hours"
    assert "Notifié à l’autorité le" in page(town, f"{HERE}/{third.number}").text
    assert page(town, HERE).text.count("Clos, notifié après le délai") == 1
    assert ", notifié le" in told(asyncio.run(room.incidents.one(DPO, third.number)), "Mairie", late=True)
    page(town, f"{HERE}/1/fichier?format=md")
    assert town.rooms.exporter.written[-1][0].text.startswith("EXERCICE")


def test_the_clock_and_the_form_by_themselves() -> None:
    known = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    assert due(known) - known == timedelta(hours=72)
    assert hours_left(known, known + timedelta(hours=71, minutes=30)) == 0
    assert hours_left(known, known + timedelta(hours=73)) == -1
    scope = Scope().as_json(known, known, ())
    began = prefilled(scope, {}, "Fuite")
    assert sentences(scope, {})["accounts"].endswith("0.")
    left = {one.id for one in missing(began, scope, {}, late=False)}
    assert "title" not in left and {"nature", "consequences", "contact"} <= left, (
        "what began by itself is to complete"
    )
    assert missing(whole(), scope, {}, late=False) == []
    assert [one.id for one in missing(whole(), scope, {}, late=True)] == ["delay"]


def test_a_late_notification_comes_with_the_reasons_of_the_delay(town: Live, clock: StillClock) -> None:
    incidents, hour = room_of(town).incidents, timedelta(hours=1)
    for number, known in ((1, clock.now() - 72 * hour), (2, clock.now() - 72 * hour - timedelta(minutes=1))):
        made = asyncio.run(incidents.open(DPO, Asked("Compte pris", known=known.isoformat())))
        assert made.number == number
        asyncio.run(incidents.fill(DPO, number, whole()))
    within, late = f"{HERE}/1", f"{HERE}/2"
    assert "À compléter" not in page(town, within).text and "À compléter" in page(town, late).text
    assert post(town, f"{within}/notifier").status_code == 303
    refused = post(town, f"{late}/notifier")
    assert refused.status_code == 409 and "Les 72 heures sont passées" in refused.text
    assert "motifs du retard" in refused.text and incidents.kept.one(2).notified_at is None
    with pytest.raises(DelayUnexplained) as told_so:
        asyncio.run(incidents.tell(DPO, 2))
    assert "72 hours are over" in told_so.value.sentence("en") and "(champ delay)" in told_so.value.sentence("fr")
    asyncio.run(incidents.fill(DPO, 2, {"contact": ""}))
    both = post(town, f"{late}/notifier")
    named = both.text.partition("pas complet")[2].partition("</div>")[0]
    assert "Motifs du retard, si" in named and "autre point de contact" in named
    asyncio.run(incidents.fill(DPO, 2, {"contact": "Anne Petit", "delay": "Le service était fermé."}))
    assert post(town, f"{late}/notifier").status_code == 303
    for number, words in ((1, "sans objet"), (2, "Le service était fermé.")):
        page(town, f"{HERE}/{number}/fichier?format=md")
        assert f"passées\n\n{words}" in town.rooms.exporter.written[-1][0].text


def test_an_incident_closed_without_telling_the_authority_says_when_and_why(town: Live) -> None:
    incidents, at = room_of(town).incidents, f"{HERE}/1"
    asyncio.run(incidents.open(DPO, Asked("Compte pris")))
    marks = "# Titre\n- # dans une liste\n1. > ## plus loin\nsouligné\n===\nencore\n---\n```\ncode\n#mot 3 - 2"
    asyncio.run(incidents.fill(DPO, 1, {"nature": marks}))
    asyncio.run(incidents.close(DPO, 1, "# Aucun risque, un exercice du voisin."))
    page(town, f"{at}/fichier?format=md")
    text = town.rooms.exporter.written[-1][0].text
    assert "clos le 24/11/2026 à 09:30 sans que l’autorité soit prévenue (UTC)" in text
    assert text.endswith("## Pourquoi l’autorité n’est pas prévenue\n\n\\# Aucun risque, un exercice du voisin.\n")
    headings = [one for one in blocks(text) if one["kind"] in ("heading", "code")]
    assert len(headings) == len(form()) + 1 and "#mot 3 - 2" in text
    assert sum("Titre" in str(one) for one in headings) == 0
    sheet = page(town, at).text
    assert "<h3>Pourquoi l’autorité n’est pas prévenue</h3>" in sheet and "Clos le" in sheet


def test_what_is_missing_is_named_in_the_language_of_who_asks(town: Live) -> None:
    incidents = room_of(town).incidents
    asyncio.run(incidents.open(DPO, Asked("x")))
    with pytest.raises(FormIncomplete) as refused:
        asyncio.run(incidents.tell(DPO, 1))
    assert "Conséquences probables" in refused.value.sentence("fr")
    english = refused.value.sentence("en")
    assert "Likely consequences" in english and "Conséquences" not in english


def test_moments_and_titles_are_asked_for(town: Live) -> None:
    incidents = room_of(town).incidents
    with pytest.raises(MomentNotPast):
        asyncio.run(incidents.open(DPO, Asked("x", since="demain")))
    with pytest.raises(FormIncomplete):
        asyncio.run(incidents.open(DPO, Asked("")))
    ahead = (town.house.clock.now() + timedelta(minutes=4)).isoformat()
    assert asyncio.run(incidents.open(DPO, Asked("x", known=ahead))).number == 1
    with pytest.raises(MomentNotPast):
        asyncio.run(incidents.open(DPO, Asked("x", known="2026-11-24T09:50:00+00:00")))
    with pytest.raises(FormFieldUnknown) as refused:
        asyncio.run(incidents.fill(DPO, 1, {"contacts": "Anne Petit"}))
    assert "contact" in refused.value.sentence("fr"), "what was typed is not lost in silence"


def test_moments_are_told_in_one_zone_and_name_it(town: Live) -> None:
    asked = Asked("x", known="2026-11-24T10:00:00+02:00", since="2026-11-23T23:30:00-05:00")
    made = asyncio.run(room_of(town).incidents.open(DPO, asked))
    assert made.scope["since"].endswith("+00:00") and made.scope["until"].endswith("+00:00")
    assert "du 24/11/2026 à 04:30 au 24/11/2026 à 09:30 (UTC)" in made.fields["nature"]
    head = told(made, "Mairie").splitlines()[0]
    assert "Connu le 24/11/2026 à 08:00, notification due le 27/11/2026 à 08:00 (UTC)" in head


def test_two_people_fill_the_form_and_neither_erases_the_other(town: Live) -> None:
    assert post(town, HERE, title="Fuite").status_code == 303
    at, before = f"{HERE}/1", seen(town, 1)
    assert f'name="seen" value="{before}"' in page(town, at).text
    room = room_of(town).incidents
    asyncio.run(room.fill(DPO, 1, {"contact": "Anne Petit"}))
    late = post(town, f"{at}/remplir", contact="", measures="comptes fermés", seen=before)
    assert late.status_code == 409 and "comptes fermés" in late.text and "Anne Petit" in late.text
    assert room.kept.one(1).fields["contact"] == "Anne Petit"
    assert post(town, f"{at}/remplir", measures="comptes fermés").status_code == 409, "a form says what it saw"
    asyncio.run(room.fill(DPO, 1, {"measures": "comptes fermés"}))
    fields = room.kept.one(1).fields
    assert (fields["contact"], fields["measures"]) == ("Anne Petit", "comptes fermés")


def test_a_field_written_while_another_is_stays(town: Live) -> None:
    """The form is read in the transaction that writes it, not before."""
    assert post(town, HERE, title="Fuite").status_code == 303
    room, names = room_of(town).incidents, ("contact", "measures", "risk", "told")

    async def both() -> None:
        await asyncio.gather(
            *(room.fill(DPO, 1, {name: "dit"}) for name in ("contact", "measures", "risk", "told"))
        )

    asyncio.run(both())
    fields = room.kept.one(1).fields
    assert [fields[name] for name in names] == ["dit"] * 4


# -- courses ------------------------------------------------------------------------------------------


def right_answers(course: Course) -> dict[str, str]:
    return {f"q{number}": str(one.right) for number, one in enumerate(course.questions)}


def test_a_course_is_followed_marked_and_kept_with_its_date(town: Live, instance: Instance) -> None:
    mine = page(town, "/formation", "p3").text
    assert "Se servir de l’assistant" in mine and "Répondre de la maison" not in mine
    assert "Répondre de la maison" in page(town, "/formation").text
    (usage,) = courses("agent")
    wrong = post(town, "/formation/usage", "p3", q0="0")
    assert wrong.status_code == 200 and "0 sur 5" in wrong.text and usage.questions[0].why in wrong.text
    facts = asyncio.run(gather(town.house))
    assert run(facts)["course-followed"].state == "failed"
    assert post(town, "/formation/usage", "p3", **right_answers(usage)).status_code == 303
    assert post(town, "/formation/usage", **right_answers(usage)).status_code == 303
    facts = asyncio.run(gather(town.house))
    assert run(facts)["course-followed"].state == "failed", "the other course of that role is missing"
    first = town.house.clock.now()
    town.house.clock.forward(days=9)  # type: ignore[attr-defined]
    (conduct,) = (one for one in courses("dpo") if one.id == "conduite")
    assert post(town, "/formation/conduite", **right_answers(conduct)).status_code == 303
    facts = asyncio.run(gather(town.house))
    assert run(facts)["course-followed"].state == "held"
    assert {one.id: one.trained for one in facts.people or ()} == {"p2": first, "p3": first}, "the oldest counts"
    with instance.house.write() as db:
        db.execute(course_records.update().where(course_records.c.course == "conduite").values(digest="former"))
    facts = asyncio.run(gather(town.house))
    assert run(facts)["course-followed"].state == "failed", "it is no longer taught like that"
    with instance.house.write() as db:
        db.execute(course_records.update().where(course_records.c.digest == "former").values(digest=conduct.digest))
    assert post(town, "/formation/conduite", "p3").status_code == 404, "not of an agent"
    listed = page(town, "/registres/formations").text
    assert all(said in listed for said in ("Paul Roux", "0 sur 5", "5 sur 5", "0 personne"))
    entries = [e for e in town.rooms.journal.entries if e.name == "course-followed"]
    assert next(e.object for e in entries) == "usage right=0 asked=5 passed=no"
    assert page(town, "/registres/formations", "p3").status_code == 403


def test_who_passed_with_a_wrong_answer_is_told_which(town: Live) -> None:
    (usage,) = courses("agent")
    given = right_answers(usage) | {"q2": "0"}
    passed = post(town, "/formation/usage", "p3", **given)
    assert passed.status_code == 303
    told = page(town, passed.headers["location"], "p3").text
    note = told.partition("À relire, répondu autrement")[2].partition("</ul>")[0]
    assert usage.questions[2].why in note and usage.questions[1].why not in note and "Formation réussie" in told
    assert "À relire, répondu" not in page(town, "/formation?formation=usage&faux=99&faux=x&faux=-1", "p3").text
    whole = post(town, "/formation/usage", "p3", **right_answers(usage))
    assert "À relire, répondu" not in page(town, whole.headers["location"], "p3").text


def test_who_passed_a_course_takes_its_record_away(town: Live) -> None:
    (usage,) = courses("agent")
    assert page(town, "/formation/usage/attestation", "p3").status_code == 409, "nothing to attest"
    assert "/formation/usage/attestation" not in page(town, "/formation", "p3").text
    assert post(town, "/formation/usage", "p3", **right_answers(usage)).status_code == 303
    assert "/formation/usage/attestation" in page(town, "/formation", "p3").text
    made = page(town, "/formation/usage/attestation", "p3")
    assert made.status_code == 200 and made.headers["content-type"] == "application/pdf"
    assert page(town, "/formation/conduite/attestation", "p3").status_code == 404, "not of an agent"
    text = attested(
        usage,
        {"name": "Paul Roux", "organisation": "", "day": "3 mars", "right": "5", "asked": "5", "chain": "c9"},
    )
    assert all(
        said in text for said in ("Paul Roux", usage.digest, "5 réponses justes sur 5", "article 4", "suite c9")
    )


def test_a_course_that_changed_or_is_a_year_old_is_to_be_followed_again(town: Live, instance: Instance) -> None:
    (usage,) = courses("agent")
    assert post(town, "/formation/usage", "p3", **right_answers(usage)).status_code == 303
    assert "Réussie, " in (told := page(town, "/formation", "p3").text) and "À suivre de nouveau" not in told
    town.house.clock.forward(days=367)  # type: ignore[attr-defined]
    told = page(town, "/formation", "p3").text
    assert "À suivre de nouveau\u00a0: il y a plus d’un an" in told and "/formation/usage/attestation" in told
    assert "Paul Roux" in page(town, "/registres/formations").text.partition('id="wanting"')[2].partition("</p>")[0]
    with instance.house.write() as db:
        db.execute(course_records.update().values(digest="former"))
    told = page(town, "/formation", "p3").text
    assert "À suivre de nouveau\u00a0: elle a changé depuis" in told and "/formation/usage/attestation" not in told
    assert post(town, "/formation/usage", "p3", **right_answers(usage)).status_code == 303
    assert "À suivre de nouveau" not in page(town, "/formation", "p3").text


SPOKEN_OF = {
    "La maison cherche d’abord": Action.ASK,
    "page Registres": Action.REGISTER_READ,
    "page Incidents": Action.INCIDENT_KEEP,
    "page Données des personnes": Action.PERSON_ANSWER,
    "page Santé du fonds": Action.SPACE_TEND,
    "La console": Action.CONSOLE_USE,
}
"""What a lesson speaks of → who may do it."""


@pytest.mark.parametrize("role", Role)
def test_a_role_is_taught_only_what_it_may_do(role: Role) -> None:
    for lesson in (lesson for one in courses(role.value) for lesson in one.lessons):
        for words, action in SPOKEN_OF.items():
            assert words not in lesson or MATRIX[action][role] is not Cell.NEVER, lesson
        assert "page" not in lesson or any(words in lesson for words in SPOKEN_OF) or "haut des pages" in lesson
        assert "demeure " not in lesson, "a command, for whoever has a shell only"


def test_every_role_has_a_course_and_four_in_five_are_enough() -> None:
    for role in Role:
        assert courses(role.value), role
    for one in courses():
        assert len(one.questions) >= 5 and all(0 <= q.right < len(q.answers) and q.why for q in one.questions)
        right = [q.right for q in one.questions]
        assert marked(one, right).passed and marked(one, [None, *right[1:]]).passed
        assert not marked(one, [None, None, *right[2:]]).passed and not marked(one, []).passed
        assert marked(one, [99, *right[1:]]).wrong == (0,)
        assert {q.right for q in one.questions} != {0}
