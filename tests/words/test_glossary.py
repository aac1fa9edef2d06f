"""Glossaries: forms found whatever their inflection, told to the model, checked in a text; CSV files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.words.csv_file import read_csv, write_csv
from demeure.words.errors import CsvInvalid, TermInvalid
from demeure.words.glossary import Glossary, merged
from demeure.words.terms import KINDS, Term, term

CCAS = term("CCAS", "acronym", "centre communal d'action sociale", avoid=["bureau d'aide sociale"])
HANDI = term("personne en situation de handicap", avoid=["handicapé", "invalide"], note="charte 2025")
AGENT = term("agent d’accueil", avoid=["hôtesse"])
TOWN = term("mairie annexe", "place", also=["annexe de la mairie"], avoid=["annexe"])
CE = term("CE", "acronym", "comité d'entreprise")
WORDS = Glossary((CCAS, HANDI, AGENT, TOWN, CE))


def test_a_sigle_and_its_words_lead_to_each_other() -> None:
    assert ("CCAS", ("centre communal d'action sociale", "bureau d'aide sociale")) in WORDS.others(
        "Horaires du CCAS ?"
    )
    (said, forms), *_ = WORDS.others("Les centres communaux d’action sociale ouvrent-ils ?")
    assert said == "centres communaux d’action sociale" and "CCAS" in forms
    assert [said for said, _ in WORDS.others("que fait le ccas ?")] == ["ccas"]
    assert WORDS.others("ce comité, ce jour") == []  # « CE » is not « ce »


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Les handicapés sont reçus.", ["handicapés"]),
        ("Une Handicapée vient, des INVALIDES aussi.", ["Handicapée", "INVALIDES"]),
        (
            "Le bureau d’aide sociale et les bureaux d'aide\nsociale.",
            ["bureau d’aide sociale", "bureaux d'aide\nsociale"],
        ),
        ("L’annexe ferme ; la mairie annexe ouvre, l'annexe de la mairie aussi.", ["annexe"]),
        ('La source dit « les handicapés » et "invalide", `handicapé`.', []),
        ("> les handicapés\n\nhttps://x.fr/handicapé", []),
        ("un handicap, une annexion, des invalidités", []),
        ("Deux handicapées, HANDICAPÉ.", ["handicapées", "HANDICAPÉ"]),
        ("```\nhandicapé\n```\nhandicapé", ["handicapé"]),
    ],
)
def test_forms_to_avoid_are_found_in_ones_own_words_only(text: str, said: list[str]) -> None:
    found = WORDS.check(text)
    assert [one.said for one in found] == said
    assert all(text[one.start : one.end] == one.said for one in found)


def test_a_participle_is_another_word() -> None:
    words = Glossary((term("situation", avoid=["handicap"]), term("halle", avoid=["marche"])))
    assert [one.said for one in words.check("Un handicapé au marché, des handicaps, deux marches.")] == [
        *("handicaps", "marches"),
    ]


def test_the_replacement_begins_as_the_sentence_does() -> None:
    (one,) = WORDS.check("Hôtesse absente.")
    assert (one.prefer, one.note) == ("Agent d’accueil", "")
    assert WORDS.check("un handicapé")[0].note == "charte 2025"


def test_the_model_is_told_what_is_named_within_the_budget() -> None:
    texts = ["Que fait le CCAS ?", "Le CE et les invalides."]
    told = WORDS.lines(texts, 1000, len)
    assert told[0] == "CCAS : centre communal d'action sociale (ne pas écrire « bureau d'aide sociale »)"
    assert len(told) == 3 and WORDS.lines(texts, len(told[0]), len) == told[:1]
    assert WORDS.lines(["rien à voir"], 1000, len) == ()


def test_the_entry_of_a_space_stands_before_that_of_the_organisation() -> None:
    both = merged([term("RH", "acronym", "ressources humaines")], [[term("RH", "acronym", "régie d'habitat")]])
    assert [one.meaning for one in both.terms] == ["régie d'habitat"]


_FORM = st.text(st.characters(codec="utf-8", exclude_characters="|\0"), max_size=30).map(lambda s: f"x{s}")
_TERMS = st.lists(
    st.builds(
        term, _FORM, st.sampled_from(KINDS), st.text(max_size=30), st.just(()), st.just(()), st.text(max_size=30)
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.key,
)


@given(_TERMS, st.sampled_from(["fr", "en"]))
def test_what_is_written_is_read_again(terms: list[Term], language: str) -> None:
    assert list(read_csv(write_csv(terms, language))) == terms


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_files_of_a_french_spreadsheet_are_read(encoding: str, sign: str) -> None:
    rows = [
        ["Forme", "Genre", "Sens", "À éviter"],
        ["régie d’été", "Lieu", "œuvre « à côté »", "regie | été"],
        ["", "", "", ""],
    ]
    data = "\r\n".join(sign.join(row) for row in rows).encode(encoding)
    (one,) = read_csv(data)
    assert (one.form, one.kind, one.avoid) == ("régie d’été", "place", ("regie", "été"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("forme;genre\nCCAS;sigle\nccas;sigle", 3),
        ("forme;genre\nCCAS;animal", 2),
        ("forme;sens\nA1;x\n;y", 3),
        ("nom;prénom\na;b", 1),
        ("forme;forme\na;b", 1),
        ("forme;sens\na;b;c", 2),
        ('forme;note\na;"b\nc;d', 2),
        ("forme;genre\n", 2),
        ("forme\n" + "x" * 300, 2),
    ],
)
def test_the_line_that_is_not_right_is_named(text: str, line: int) -> None:
    with pytest.raises(CsvInvalid) as told:
        read_csv(text.encode())
    assert told.value.params["line"] in (line, line + 1)
    assert "Rien n’a été importé" in told.value.sentence("fr")


def test_a_cell_is_never_a_formula() -> None:
    data = write_csv([Term("=1+1", meaning="@x")])
    assert b"'=1+1" in data and read_csv(data)[0].form == "=1+1"


def test_a_right_form_is_not_to_be_avoided() -> None:
    with pytest.raises(TermInvalid):
        term("CCAS", avoid=["CCAS"])
    assert term("CCAS", avoid=["Ccas"]).avoid == ("Ccas",)
