"""When a place is open: the rows of its hours, word for word."""

import asyncio
from collections.abc import Sequence

import pytest

from demeure.assistant import leaning, opening, phones
from demeure.library import Features, French, Hit, Retrieval
from demeure.policy import Actor

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
        "Qui ouvre la mairie le vendredi ?",
        "La mairie est-elle ouverte le vendredi 24 décembre ?",
        "Pourquoi la mairie ferme-t-elle le samedi ?",
        "Quel est le numéro de la mairie ?",
    ],
)
def test_what_rows_do_not_answer_is_left_to_the_model(question: str) -> None:
    assert told(question) == ""


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("La mairie est-elle ouverte le vendredi ?", "Oui, d’après ce document :"),
        ("Est-ce que la mairie est ouverte le samedi ?", "Non, d’après ce document :"),
        ("La mairie est fermée le samedi ?", "Oui, d’après ce document :"),
        ("La mairie est-elle ouverte le samedi matin ?", "Non, d’après ce document :"),
        ("La mairie est-elle ouverte ou fermée le samedi ?", "Voici les horaires"),
        ("La mairie ferme-t-elle le vendredi ?", "Non, d’après ce document :"),
        ("La mairie est-elle ouverte le vendredi matin ?", "Voici les horaires"),  # the row is read for that
        ("La déchetterie est-elle ouverte le lundi ?", "Voici les horaires"),  # in one season only
        ("À quelle heure la mairie est-elle ouverte le vendredi ?", "Voici les horaires"),
        ("La mairie est-elle ouverte le dimanche ?", "Ce document ne donne pas d’horaires pour ce jour."),
    ],
)
def test_yes_or_no_where_the_row_of_the_day_leaves_no_doubt(question: str, said: str) -> None:
    assert told(question).startswith(said)


@pytest.mark.parametrize("row", ["Vendredi : sur rendez-vous, 9 h - 12 h", "Vendredi : 9 h - 12 h sauf vacances"])
def test_a_condition_is_no_yes(row: str) -> None:
    answer = told("La mairie est-elle ouverte le vendredi ?", (("memo.txt", "Accueil", f"Lundi : fermé\n{row}"),))
    assert answer == f"Voici les horaires que donne le document :\n- {row} [1]"


def test_without_a_place_each_document_is_told() -> None:
    answer = told("Est-ce ouvert le samedi ?")
    assert "memo-accueil.txt\n- Samedi : fermé [1]" in answer and "\n\ndechetterie.html\n- Samedi — Été" in answer
    assert "Non" not in answer and "Oui" not in answer


def test_the_hours_of_the_place_are_read_although_other_passages_come_first() -> None:
    report = "La mairie ouvre ses portes le dimanche de la fête."
    rows = tuple(Hit(f"p{n}", "pv.pdf", "s", n, {}, report, "Séance", 9.0 - n, None, 0.0) for n in range(5))
    desk = Hit("m", "memo-accueil.txt", "s", 9, {}, DESK, "Mémo de l’accueil", 1.0, None, 0.0)

    class Base:
        async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
            del actor, question, spaces
            return Retrieval((*rows, desk)[:limit], True, Features(0.95, 1.0), True)

    asked = "Est-ce que la mairie ouvre le dimanche ?"
    found = asyncio.run(leaning.find(Base(), Actor("person", "p1", "Ada"), asked, None, ("s",), 4, STEMS))
    assert desk in found.retrieval.hits
    assert opening.told(asked, found.retrieval.hits, STEMS, "fr").count("\n- ") == 3


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
