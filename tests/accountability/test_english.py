"""For readers of English: every heading, state, question, explanation has its words; the text stays in French."""

import re
from dataclasses import replace
from typing import Any

import pytest

from demeure.accountability import checks, courses, document, english, laws, measures, run, titles
from demeure.accountability.documents import ASK
from demeure.accountability.incidents import form

from .test_documents import BAD, BARE, GOOD, OPEN

FRENCH = re.compile(r"[éèêàçùô«»\u00a0]|\b(?:le|la|les|des|une|du|est|sans)\b")
HOUSES = pytest.mark.parametrize("facts", [BARE, GOOD, OPEN, BAD], ids=["bare", "good", "open", "bad"])
NAMED = ("Hébergeur du Val", "État civil", "Petit modèle", "Atelier du Val")
"""What people named keeps its name."""


def plainly(text: str) -> str:
    for one in NAMED:
        text = text.replace(one, "X")
    return text


@pytest.mark.parametrize("name", titles())
@HOUSES
def test_each_heading_and_question_has_english_words(name: str, facts: Any) -> None:
    assert not FRENCH.search(english.title(name) + english.lead(name))
    for section in document(name, facts).sections:
        assert not FRENCH.search(plainly(english.heading(section))), section.title
        told = english.questions(section)
        assert len(told) == sum(one.kind == ASK for one in section.proposal)
        assert all(one and not FRENCH.search(one) for one in told), (section.key, told)
        for one in english.asked_by(section):
            assert "(" in one and re.search(r"read on|text not read", one)


@HOUSES
def test_each_measure_and_each_check_speak_english(facts: Any) -> None:
    results = run(facts)
    for one in measures().values():
        assert not FRENCH.search(english.measure(one.id)), one.id
        assert english.state(one.state(results)) in ("effective", "not effective", "not verified")
    for name in checks.names():
        told = english.told(results, name, facts.now)
        assert told.startswith(f"{name} (") and not FRENCH.search(plainly(told)), told


def test_a_check_says_its_state_its_age_and_its_figures() -> None:
    told = english.told(run(GOOD), "proof-recent", GOOD.now)
    assert told == "proof-recent (that trial still counts): held, 2 days ago, tried on 25/11/2026"
    late = run(replace(GOOD, requests_late=3))
    assert english.told(late, "requests-in-time", GOOD.now).endswith(
        ": not held, today, requests past the time, over a year: 3"
    )


def test_the_law_in_english_says_its_reference_and_what_was_not_read() -> None:
    told = english.law_told(laws()["gdpr-33"])
    assert "Regulation (EU) 2016/679 of 27 April 2016, article 33, paragraph 1; from 25/05/2018; read on" in told
    assert all(("text not read" in english.law_told(one)) is not bool(one.verified) for one in laws().values())


def test_a_course_is_the_same_in_english() -> None:
    for one in courses():
        told = english.course(one)
        assert told.digest == one.digest and len(told.lessons) == len(one.lessons)
        for ours, theirs in zip(told.questions, one.questions, strict=True):
            assert ours.right == theirs.right and len(ours.answers) == len(theirs.answers)
        whole = " ".join(
            [told.title, *told.lessons, *(" ".join([q.said, *q.answers, q.why]) for q in told.questions)]
        )
        assert not FRENCH.search(whole)


def test_a_course_names_the_mark_as_the_pages_show_it() -> None:
    from demeure.gateway.locale import Sentences

    words = Sentences.load()
    for language, taught in (("fr", courses), ("en", lambda: map(english.course, courses()))):
        mark = words.say(language, "unsourced.mark")
        (usage,) = (one for one in taught() if one.id == "usage")
        assert mark in usage.lessons[2] and mark in usage.questions[1].said, language


def test_the_form_of_an_incident_is_explained_field_by_field() -> None:
    for one in form():
        label, hint = english.field(one.id)
        assert label and bool(hint) == bool(one.hint) and not FRENCH.search(label + hint), one.id
