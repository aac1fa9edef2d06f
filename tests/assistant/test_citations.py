"""Markers: known ones stay, unknown ones vanish, whatever the cuts of the stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.assistant.citations import MarkerFilter, announced, numbers_in, the_rest


def through(pieces: list[str], known: int) -> tuple[str, MarkerFilter]:
    markers = MarkerFilter(known)
    return "".join([markers.feed(p) for p in pieces]) + markers.finish(), markers


def test_known_markers_stay_and_are_listed_in_order() -> None:
    text, markers = through(["Le prix est 3 € [2].", " Et 4 € [1][2]."], 2)
    assert text == "Le prix est 3 € [2]. Et 4 € [1] [2]."
    assert markers.cited == [2, 1]


def test_unknown_markers_are_dropped() -> None:
    text, markers = through(["Vrai [1]. Faux [99]. Mixte [1, 7]."], 3)
    assert text == "Vrai [1]. Faux. Mixte [1]."
    assert markers.dropped == [99, 7]


def test_an_unfinished_marker_does_not_show() -> None:
    assert through(["Fin [1"], 3)[0] == "Fin"


def test_the_numbers_of_a_shown_text_are_found_again() -> None:
    assert numbers_in("« a » [2]\nb [1][3], c [2]. [voir annexe]") == (2, 1, 3)


def test_brackets_that_are_not_markers_pass() -> None:
    assert through(["a [voir annexe] b [x] c"], 3)[0] == "a [voir annexe] b [x] c"


def test_a_marker_is_corrected_from_the_text_before_it_wherever_the_stream_is_cut() -> None:
    heard: list[str] = []

    def second(said: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
        heard.append(said.strip())
        return (2,)

    for pieces in (["« a » [1]\nDonc b [1]. Fin"], list("« a » [1]\nDonc b [1]. Fin")):
        heard.clear()
        markers = MarkerFilter(3, second)
        text = "".join([markers.feed(p) for p in pieces]) + markers.finish()
        assert text == "« a » [2]\nDonc b [2]. Fin"
        assert heard == ["« a »", "Donc b"]
        assert markers.cited == [2]


@given(st.text(alphabet="aB [],12\n.-»", max_size=60), st.integers(0, 3), st.data())
def test_the_result_does_not_depend_on_how_the_stream_is_cut(text: str, known: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert through(pieces, known)[0] == through([text], known)[0]


def test_an_answer_that_gives_one_row_of_a_list_is_given_the_others() -> None:
    rows = ("Tranche 1 Jusqu’à 650 1,10 €", "Tranche 2 De 651 à 1 150 3,35 €", "Hors commune 5,80 €")
    first = "« Tranche 1 Jusqu’à 650 1,10 € » [3]\nLe repas coûte 1,10 € [3]."
    others = "\n\nLes autres :\n- Tranche 2 De 651 à 1 150 3,35 €\n- Hors commune 5,80 € [3]"
    assert the_rest(first, rows, 3, "Les autres :") == others
    assert the_rest("De 1,10 € à 5,80 €, dont 3,35 €.", rows, 3, "Les autres :") == "", "it gave them all"
    assert the_rest("Un repas complet revient à 9,35 € [2].", rows, 3, "Les autres :") == "", "it is about another"
    assert the_rest("La tranche 2 compte 1 150 familles.", rows, 3, "Les autres :") == "", "no price of them"
    assert the_rest(first, (), 0, "Les autres :") == ""


def test_an_answer_that_stops_on_a_colon_is_given_the_lines_it_announced() -> None:
    read = {2: "Accueil", 5: "Horaires d’hiver\n…\nMardi : 9 h - 12 h\nSamedi : 9 h - 17 h"}
    said = "Les horaires de la déchetterie sont les suivants : [5]"
    assert announced(said, read, [5]) == "\n- Horaires d’hiver\n- Mardi : 9 h - 12 h\n- Samedi : 9 h - 17 h [5]"
    assert announced("Les voici :", read, []) == "\n- Accueil [2]"
    assert announced("La salle coûte 85 € [5].", read, [5]) == ""
    assert announced("Les voici :", {}, []) == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[5] La facture est émise le 5 de chaque mois.", "La facture est émise le 5 de chaque mois [5]."),
        ("« A » [1]\n[2] Il est dû. [3] Il est payé.\nFin", "« A » [1]\nIl est dû [2]. Il est payé [3].\nFin"),
        ("- [1] Un point.\n- [2, 3] Autre point", "- Un point [1].\n- Autre point [2][3]"),
        ("[3] « La facture est émise. »", "« La facture est émise. » [3]"),
        ("« Un repas coûte 3 €. »\n[2]\nIl coûte 3 €.", "« Un repas coûte 3 €. » [2]\nIl coûte 3 €."),
        ("[9] Personne ne le dit.", "Personne ne le dit."),
    ],
)
def test_a_marker_that_opens_a_line_stands_after_its_sentence(written: str, shown: str) -> None:
    for pieces in ([written], list(written)):
        assert through(pieces, 6)[0] == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "Le parking compte 83 places [1] Le badge perdu coûte 14 euros [1]",
            "Le parking compte 83 places [1]. Le badge perdu coûte 14 euros [1].",
        ),
        ("« Adulte 3 € » [1]\nUn adulte y paie 3 € [1]\n", "« Adulte 3 € » [1]\nUn adulte y paie 3 € [1]."),
        ("Elle ferme à 18 h. [1] Elle ouvre à 7 h [2].", "Elle ferme à 18 h. [1] Elle ouvre à 7 h [2]."),
        ("- Journée du mercredi sans repas 11 € [1]", "- Journée du mercredi sans repas 11 € [1]"),
        ("Tranche 2 De 651 à 1 150 3,35 € [1]", "Tranche 2 De 651 à 1 150 3,35 € [1]"),
        ("Les horaires de la déchetterie sont : [5]", "Les horaires de la déchetterie sont : [5]"),
    ],
)
def test_a_sentence_that_only_a_marker_ends_gets_its_full_stop(written: str, shown: str) -> None:
    for pieces in ([written], list(written)):
        assert through(pieces, 6)[0] == shown
