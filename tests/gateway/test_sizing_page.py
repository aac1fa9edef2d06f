"""Administration, Dimensionner: usable before any model; the question is in the address; wrong figures are told."""

import re
from collections.abc import Callable

from demeure.advice import read_answers
from demeure.policy import Actor
from demeure.sizing import FORMULAS
from demeure.testing.gateway import FakeRooms

from .conftest import Live

PAGE = "/administration/dimensionner"


def test_without_any_model_the_page_proposes_and_says_what_was_not_measured(live: Live) -> None:
    live.rooms.models.lines.clear()
    with live.client() as client:
        page = client.get(PAGE)
    assert page.status_code == 200 and 'aria-current="page"' in page.text
    assert "Non mesuré" in page.text and "demeure bench machine" in page.text
    assert page.text.count('role="img"') == 2 and page.text.count("En tableau") == 2
    assert "De mémoire, non relu" in page.text, "the facts of the model and their sources"


def test_the_question_is_in_the_address_and_changes_the_answer(live: Live) -> None:
    asked = {"profile": "pme", "people": "80", "machine": "rtx-4060-ti-16", "model": "ministral-3-8b-instruct-2512"}
    with live.client() as client:
        page = client.get(PAGE, params={**asked, "questions.each": "9", "first": "2,5"}).text
        slow = client.get(PAGE, params={**asked, "machine": "xeon-tower"}).text
    assert 'value="80"' in page and 'name="questions.each" type="number" min="0" value="9"' in page
    assert "ministral-3-8b-instruct-2512" in page and "Suffit" in page
    assert "Trop lent" in slow


def test_the_page_of_a_fast_machine_ends(live: Live) -> None:
    with live.client() as client:
        page = client.get(PAGE, params={"machine": "rtx-5090", "model": "smollm3-3b"})
    assert page.status_code == 200 and "Suffit" in page.text


def test_a_machine_measured_with_other_formulas_is_to_be_measured_again(live: Live) -> None:
    calibration = {"decode": 0.8, "prefill": 1.2, "per_layer": 2e-5, "batch_cost": 0.8}
    record = {"machine": {"memory_read": 40e9, "matrix_rate": 200e9}, "calibration": calibration}
    asked = {"machine": "this", "model": "smollm3-3b", "people": "5"}
    told = []
    for bench in (record, {**record, "formulas": FORMULAS}):
        live.rooms.models.bench = bench
        with live.client() as client:
            told.append(client.get(PAGE, params=asked).text)
    assert "avec les formules d’avant" in told[0] and "avec les formules d’avant" not in told[1]
    assert "Mesuré ici" in told[1]


def test_wrong_figures_are_told_on_the_page(live: Live) -> None:
    wrong = [{"people": "0"}, {"people": "many"}, {"years": "99"}, {"machine": "abacus"}, {"machine": "this"}]
    with live.client() as client:
        for query in [
            *wrong,
            {"model": "<b>x"},
            {"profile": "x"},
            {"model": "eurollm-22b-instruct-2512", "machine": "l4"},
        ]:
            page = client.get(PAGE, params=query)
            assert page.status_code == 400 and 'role="alert"' in page.text, query
            assert "<b>x" not in page.text


def test_wrong_figures_are_told_in_the_words_of_the_form(live: Live) -> None:
    said = {
        "people=-5": "« Personnes » doit être un nombre entier",
        "people=0": "« Personnes » doit être de 1 à 20000",
        "years=99": "« Années de croissance » doit être un nombre entier de 0 à 10",
        "first=abc": "« Premier mot voulu, en secondes » doit être un nombre de 0,1 à 600",
        "questions.each=1e9": "« Questions sur les documents, demandes par jour et par personne » doit être",
        "questions.each=501": "par personne » doit être de 0 à 500",
    }
    with live.client() as client:
        for query, words in said.items():
            page = client.get(f"{PAGE}?{query}")
            assert page.status_code == 400 and words in page.text.replace("\u00a0", " "), query
            assert f'value="{query.partition("=")[2]}"' in page.text, "what was typed stays"


def test_who_does_not_administer_does_not_see_it(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.reception.sessions["jean"] = Actor("person", "p2", "Jean Agent", frozenset({"agent"}))
    with serve(rooms).client("jean") as client:
        assert client.get(PAGE).status_code == 403


ASSESS = "/administration/evaluation"


def test_the_first_meeting_is_held_on_a_page_before_any_model(live: Live) -> None:
    live.rooms.models.lines.clear()
    answers = {
        "sent": "1",
        "people": "30",
        "seat": "25",
        "sensitive": ["staff", "social"],
        "uses": ["questions", "social"],
    }
    with live.client() as client:
        empty = client.get(ASSESS).text
        page = client.get(ASSESS, params=answers).text
        kept = client.get(f"{ASSESS}/reponses", params=answers)
    assert "Faire le rapport" in empty and "En bref" not in empty
    assert (
        "R34" in page and "En bref" in page and 'value="30"' in page and "Le texte de la première politique" in page
    )
    assert not re.search(r"conforme|certifi(?!cat)|qualifi", page, re.IGNORECASE)
    found = read_answers(kept.text, "x.toml")
    assert found.given["people"] == 30 and found.given["uses"] == ("questions", "social")
    assert found.given["contractors"] == (), "a box that nobody ticked in a form that was sent is an answer"


def test_answers_that_are_too_much_together_are_told_above_the_form(live: Live) -> None:
    uses = [
        "questions",
        "courriels",
        "reecriture",
        "resumes",
        "transcription",
        "traduction",
        "marches",
        "personnel",
    ]
    with live.client() as client:
        page = client.get(ASSESS, params={"sent": "1", "people": "20000", "growth": "0", "uses": uses})
    assert page.status_code == 400 and "60" in page.text and 'value="20000"' in page.text, "the answers stay"
    assert "Faire le rapport" in page.text and "En bref" not in page.text


def test_the_report_leaves_as_a_file_that_the_journal_tells(live: Live) -> None:
    with live.client() as client:
        sent = client.get(f"{ASSESS}/rapport", params={"people": "12", "format": "odt"})
        assert client.get(f"{ASSESS}/rapport", params={"format": "exe"}).status_code == 400
        assert client.get(f"{ASSESS}/reponses", params={"people": "no"}).status_code == 400
    assert sent.status_code == 200 and "valuation" in sent.headers["content-disposition"]


def test_a_wrong_answer_is_told_beside_its_question_and_the_others_stay(live: Live) -> None:
    with live.client() as client:
        page = client.get(ASSESS, params={"sent": "1", "people": "<b>many", "documents": "777", "hour": "35,0"})
    assert page.status_code == 400 and 'aria-describedby="people-wrong"' in page.text
    assert 'name="hour" value="35"' in page.text
    assert 'value="777"' in page.text and "<b>many" not in page.text and "En bref" not in page.text


def test_no_use_is_asked_again_and_nothing_is_ticked_for_people(live: Live) -> None:
    with live.client() as client:
        page = client.get(ASSESS, params={"sent": "1", "people": "12"})
    assert page.status_code == 400 and 'aria-describedby="uses-wrong"' in page.text and "En bref" not in page.text
    assert "une réponse au moins" in page.text
    ticked = re.findall(r'name="uses" value="\w+"( checked)?', page.text)
    assert len(ticked) > 3 and not any(ticked)


def test_what_was_typed_stays_when_a_figure_is_refused(live: Live) -> None:
    with live.client() as client:
        page = client.get(PAGE, params={"profile": "pme", "people": "80", "first": "0", "questions.each": "9"})
    assert page.status_code == 400 and 'name="people" type="number" min="0" value="80"' in page.text
    assert 'name="first" inputmode="decimal" value="0"' in page.text
    assert 'name="questions.each" type="number" min="0" value="9"' in page.text
    assert '<option value="pme" selected>' in page.text


def test_prices_are_told_in_the_language_of_the_page(live: Live) -> None:
    told = {}
    for language in ("fr", "en"):
        with live.client() as client:
            client.cookies.set("demeure-language", language)
            told[language] = client.get(PAGE).text
    assert (
        "EUR\u00a0TTC" in told["fr"] and "07/10/2026" in told["fr"] and "aucun prix trouvé en euros" in told["fr"]
    )
    assert not re.search("cheapest|no euro price|launch|seller|in stock", told["fr"])
    assert "EUR incl. VAT" in told["en"] and "2026-10-07" in told["en"] and "no euro price found" in told["en"]
