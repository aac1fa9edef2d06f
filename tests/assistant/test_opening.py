"""When a place is open: the rows of its hours, word for word."""

import pytest

from demeure.assistant import opening, phones
from demeure.library import French, Hit

STEMS = French().stems
DESK = "1. HORAIRES\nLundi, mardi, jeudi : 8 h 45 - 12 h\nVendredi : 8 h 45 - 16 h\nSamedi : fermé"
TIP = (
    "Horaires\nJour | Été | Hiver\nLundi — Été : 9 h – 12 h ; Hiver : Fermé\n"
    "Samedi — Été : 9 h – 18 h ; Hiver : 9 h"
)
POOL = "Jour Matin Soir\nDu lundi au jeudi 9 h – 12 h 17 h – 20 h\nVendredi 10 h – 12 h Fermé"
ROWS = (("memo-accueil.txt", "Mémo de l’accueil", DESK), ("dechetterie.html", "Déchetterie › Horaires", TIP))


def told(question: str, rows: tuple[tuple[str, str, str], ...] = ROWS) -> str:
    hits = [Hit(d, d, "s", n, {}, text, above, 5.0 - n, None, 0.0) for n, (d, above, text) in enumerate(rows)]
    return opening.told(question, hits, STEMS, "fr")


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("À quelle heure ferme la mairie le vendredi ?", "- Vendredi : 8 h 45 - 16 h [1]"),
        ("La mairie est-elle ouverte le jeudi ?", "- Lundi, mardi, jeudi : 8 h 45 - 12 h [1]"),
        ("La mairie est-elle ouverte le samedi ?", "- Samedi : fermé [1]"),
        (
            "À quelle heure ouvre la déchetterie le samedi en hiver ?",
            "- Samedi — Été : 9 h – 18 h ; Hiver : 9 h [2]",
        ),
    ],
)
def test_the_row_of_the_day_answers(question: str, row: str) -> None:
    answer = told(question)
    assert answer.endswith(row) and answer.count("\n- ") == 1


def test_all_hours_are_all_rows() -> None:
    assert told("Quels sont les horaires de la mairie ?").count("\n- ") == 3


def test_a_day_within_a_span_under_what_the_table_calls_its_columns() -> None:
    answer = told("La piscine est-elle ouverte le mercredi ?", (("piscine.pdf", "Piscine", POOL),))
    assert (
        "- Jour Matin Soir\n- Du lundi au jeudi 9 h – 12 h 17 h – 20 h [1]" in answer and "Vendredi" not in answer
    )


@pytest.mark.parametrize(
    "question",
    [
        "La médiathèque est-elle ouverte le samedi ?",  # no hours of it
        "La mairie est-elle ouverte le dimanche ?",  # no such row
        "Qui ouvre la mairie le vendredi ?",
        "La mairie est-elle ouverte le vendredi 24 décembre ?",
        "Pourquoi la mairie ferme-t-elle le samedi ?",
        "Quel est le numéro de la mairie ?",
    ],
)
def test_what_rows_do_not_answer_is_left_to_the_model(question: str) -> None:
    assert told(question) == ""


def test_a_telephone_number_is_the_line_that_gives_it() -> None:
    text = "5. NUMÉROS UTILES\nAstreinte technique : 06 39 98 14 72\nService enfance : 01 99 00 41 30"
    hits = [Hit("d", "memo.txt", "s", 1, {}, text, "Mémo", 1.0, None, 0.0)]

    def asked(question: str) -> str:
        return phones.told(question, hits, STEMS, "fr")

    assert asked("Quel est le numéro d’astreinte ?").endswith("« Astreinte technique : 06 39 98 14 72 » [1]")
    assert asked("Comment joindre le service enfance ?").endswith("« Service enfance : 01 99 00 41 30 » [1]")
    for other in ("Quel est le numéro du plombier ?", "Quel est le numéro ?", "Que fait le service enfance ?"):
        assert asked(other) == ""


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ("Lundi-vendredi : 9 h à 12 h", {0, 1, 2, 3, 4}),
        ("Du vendredi au lundi : 10 h à 18 h", {4, 5, 6, 0}),
        ("Mardi et jeudi : 9 h à 12 h", {1, 3}),
        ("Mardi : marché", set()),
    ],
)
def test_the_days_of_a_row_of_hours(row: str, days: set[int]) -> None:
    assert opening._covered(row) == days
