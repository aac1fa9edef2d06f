"""``demeure status``: every difference, and why a part does not run, in the language asked for."""

import pytest

from demeure.cli.status_cmd import KINDS, _show, _show_queue
from demeure.testing.administration import process

FAILURE = {"code": "ModelHashWrong", "fr": "m.gguf est refusé.", "en": "m.gguf is refused."}


@pytest.mark.parametrize(("language", "shown"), [("fr", "m.gguf est refusé."), ("en", "m.gguf is refused.")])
def test_why_a_part_does_not_run_is_told(capsys: pytest.CaptureFixture[str], language: str, shown: str) -> None:
    absent = {"code": "absent", "fr": "ne tourne pas", "en": "is not running"}
    down = process("engine-chat", 0, 0, state="down", facts={}, differences=[absent], failure=FAILURE)
    _show({"ladder": "A", "processes": [process("gateway", 7, 1000), down]}, language)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!")]
    colon = ": " if language == "en" else " : "
    assert lines == [f"! engine-chat{colon}{told}" for told in (absent[language], shown)]


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", ("réserve", "presque plein : il y reste 3 Mo")), ("en", ("reserve", "almost full: 3 MB"))],
)
def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, ...]) -> None:
    status = {"ladder": "A", "processes": [process("gateway", 7, 1000)]}
    _show({**status, "journal": "ok", "disk": {"free": 1 << 30, "full": False}}, language)
    assert "!" not in capsys.readouterr().out
    _show({**status, "journal": "reserve", "disk": {"free": 3 << 20, "full": True}}, language)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!")]
    assert len(told) == 2 and all(word in line for word, line in zip(words, told, strict=True))


@pytest.mark.parametrize(("language", "words"), [("fr", ("en marche", " Mo")), ("en", ("running", " MB"))])
def test_states_and_units_are_in_one_language(
    capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, str]
) -> None:
    _show({"ladder": "A", "processes": [process("gateway", 7, 1000)]}, language)
    told = capsys.readouterr().out
    assert all(word in told for word in words)
    other = {"fr": "running", "en": "en marche"}[language]
    assert other not in told


def test_one_person_who_waits_is_not_people(capsys: pytest.CaptureFixture[str]) -> None:
    for people, told in ((1, "(1 person)"), (2, "(2 people)")):
        _show_queue({"running": {}, "places": 2, "waiting": {next(iter(KINDS)): 2}, "people": people}, "en")
        assert told in capsys.readouterr().out
    _show_queue({"running": {}, "places": 2, "waiting": {"task": 1, "program": 2}, "people": 2}, "en")
    assert "1 draft, 2 program requests (" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "why"), [("fr", "le seul sans murs"), ("en", "the only one without walls")])
def test_the_network_cards_of_the_launcher_are_explained(
    capsys: pytest.CaptureFixture[str], language: str, why: str
) -> None:
    launcher = process("launcher", 3, 1000, facts={"interfaces": ["lo", "eth0"]})
    _show({"ladder": "A", "processes": [launcher, process("gateway", 7, 1000)]}, language)
    told = capsys.readouterr().out
    assert why in told and "(eth0)" in told
    launcher["facts"] = {"interfaces": ["lo"]}
    _show({"ladder": "A", "processes": [launcher]}, language)
    assert why not in capsys.readouterr().out
