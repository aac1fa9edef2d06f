"""Where a person appears: told without a word of what one may not read, given to them without others' names."""

from datetime import date
from pathlib import Path
from typing import Any, cast

from demeure.assistant import place_label
from demeure.clock import SystemClock
from demeure.gateway.persons_told import bare, line
from demeure.personal.clues import clues
from demeure.personal.pseudonyms import Pseudonyms
from demeure.personal.seeking import seeker
from demeure.persons import Files, Finding, Report, Unsearched, Where, sentence_of
from demeure.persons.erasing import wanted
from demeure.persons.extracts import AROUND, extracts
from demeure.persons.looking import Looking
from demeure.persons.room import named
from demeure.store.tables import people
from demeure.testing.store import make_instance

WORD = "Quervalouette"


def test_a_place_keeps_its_numbers_and_no_word() -> None:
    places = (
        {"kind": "page", "page": 3, "inside": [f"{WORD}.pdf"]},
        {"kind": "heading", "path": [WORD]},
        {"kind": "slide", "slide": 2, "title": WORD},
        {"kind": "cells", "sheet": WORD, "range": "A4:C4"},
        {"kind": "message", "number": 12, "of": WORD, "by": WORD},
        {"kind": "lines", "from": 4, "to": 9, "inside": [WORD]},
    )
    told = [place_label(bare(place), "fr") for place in places]
    assert told == ["page 3", "", "diapositive 2", "ligne 4", "courriel 12", "lignes 4 à 9"]
    found = Finding("document", "d1", "secret", whole=6, at=places)
    unread, opened = (line(lambda key, **_: key, "fr", found, at) for at in (Where(), Where("a.docx", opens=True)))
    assert WORD not in str(unread) and WORD in str(opened), "whoever may read it sees where"
    table = line(lambda key, **_: key, "fr", Finding("pseudonyms", WORD, "secret", whole=1), Where())
    assert WORD not in str(table), "a dossier is named by people"
    keys = [
        sentence_of(one)
        for one in ({"kind": "heading", "path": []}, {"kind": "draft", "number": 0}, {"kind": "name"})
    ]
    assert keys == ["", "persons.at_parts", "persons.at_name"], "a letter without a heading is given too"
    assert bare({"kind": "turn", "number": 2, "of": "user"})["number"] == 2


def test_what_a_window_would_cut_is_masked_whole() -> None:
    before, wanted = "M. Paul Petitjean-Delaroche", "Claire Durand"
    for blanks in range(AROUND - 30, AROUND + 5):
        text = f"{before} {'x' * blanks} {wanted}"
        (passage,) = extracts(text, seeker(clues([wanted])), Pseudonyms())
        assert "Delaroche" not in passage and "Petitjean" not in passage and wanted in passage


def test_an_account_of_one_word_without_a_capital_is_found(tmp_path: Path) -> None:
    instance = make_instance(tmp_path)
    with instance.house.write() as db:
        for one, name, login in (("p1", "rémi", "remi"), ("p2", "Rémi Caro", "rcaro"), ("p3", "Anne", "anne")):
            row = {"id": one, "name": name, "login": login, "role": "agent", "created_at": ""}
            db.execute(people.insert().values(**row))

    def found(said: str) -> dict[str, int]:
        look = Looking(instance.house, cast("Any", None), cast("Any", None), seeker(clues([said])), lambda: False)
        look._accounts()
        return {one.object: one.whole for one in look.report.findings if one.kind == "account"}

    assert found("Rémi")["p1"] == 2, "its name and its login"
    assert "p3" not in found("Rémi") and found("Rémi Caro") == {"p2": 1}, "nothing is counted twice"
    instance.close()


def test_who_manages_a_space_is_told_a_name_and_no_number() -> None:
    assert named(["Claire Durand", "2 84 05 29 019 042", "claire@exemple.fr"]) == ("Claire Durand",)
    assert named(["claire@exemple.fr"]) == ("claire@exemple.fr",), "nothing else says whom to look for"


def test_what_a_search_could_not_look_at_stays_as_it_was(tmp_path: Path) -> None:
    instance = make_instance(tmp_path)
    files = Files(instance.house, SystemClock())
    one = files.open("erasure", ["Claire Durand"], "au guichet", (date(2026, 1, 31), date(2026, 2, 28)), "dpo0")
    gone = [form for form in ("M. Durand", "C. Durand", "Mme Claire Durand", "Paul Durand") if wanted(one)(form)]
    assert gone == ["C. Durand", "Mme Claire Durand"], "the token of another of that name still stands for them"
    twice = files.open("erasure", ["Claire Durand"], "au guichet", (date(2026, 1, 31), date(2026, 2, 28)), "dpo0")
    assert twice.number == one.number, "a form sent twice"
    there = [Finding("document", name, space, whole=1) for name, space in (("d1", "a"), ("d2", "a"), ("d3", "b"))]
    files.keep(one.number, Report(list(there)))
    ids = {f.finding.object: f.id for f in files.findings(one.number)}
    files.choose(one.number, {ids["d1"]: "erase", ids["d2"]: "tell", ids["d3"]: "tell"})
    for name in ("d2", "d3"):
        files.done(ids[name], "told")
    files.keep(one.number, Report(unsearched=[Unsearched("space", "a", "a", "KeyMissing")]))
    states = {f.finding.object: (f.choice, f.state) for f in files.findings(one.number)}
    assert states == {"d1": ("erase", "found"), "d2": ("tell", "told"), "d3": ("tell", "done")}
    files.keep(one.number, Report(list(there)))
    assert {f.finding.object: f.state for f in files.findings(one.number)}["d2"] == "told"
    files.end(one.number, {"at": "", "counts": {"done": 3}})
    over = files.request(one.number)
    assert over.state == "done" and not over.said and not over.note and not files.findings(one.number)
    instance.close()
