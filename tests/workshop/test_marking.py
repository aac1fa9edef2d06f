"""A reading counts personal data; what was not looked at to its end is told as such, and is read all the same."""

import pytest

from demeure.workshop import jobs, marking
from demeure.workshop.answers import AnswerInvalid, checked_summary
from demeure.workshop.parts import Facts, ReadLimits

TEXT = "Mme Claire Durand, tél. 01 99 00 12 34 ou +33 1 99 00 12 34.\n\nNIR 255081416802538, en arrêt maladie."


def end_of(text: str, limits: ReadLimits | None = None) -> dict[str, object]:
    limits = limits or ReadLimits()
    frames = list(jobs.read(bytearray(text.encode()), "a.txt", "txt", limits, Facts()))
    assert frames[-1][0] == "end"
    return frames[-1][1]


def test_a_reading_counts_different_values():
    assert end_of(TEXT)["personal"] == {"name": 1, "phone": 1, "nir": 1, "health": 1}
    assert end_of("La piscine ouvre à 9 h.")["personal"] == {}


def test_a_failure_is_not_nothing_found(monkeypatch):
    def broken(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(marking, "examine", broken)
    end = end_of(TEXT)
    assert end["personal"] is None
    assert end["characters"], "the document is read all the same"


def test_an_examination_that_takes_too_long_is_given_up():
    assert end_of(TEXT, ReadLimits(seconds=0.0000001))["personal"] is None


@pytest.mark.parametrize("lie", [{"secret": 1}, {"nir": 0}, {"nir": "3"}, [], {"nir": 1.5}, "nir"])
def test_an_answer_that_no_honest_job_gives_is_refused(lie):
    end = {"pages": 1, "title": "", "flags": [], "characters": 7, "personal": lie}
    with pytest.raises(AnswerInvalid):
        checked_summary(end, ReadLimits(), 7, 1)


def test_an_answer_without_marks_was_not_examined():
    end = {"pages": 1, "title": "", "flags": [], "characters": 7}
    assert checked_summary(end, ReadLimits(), 7, 1).personal is None
    assert checked_summary(end | {"personal": {"nir": 2}}, ReadLimits(), 7, 1).personal == {"nir": 2}
