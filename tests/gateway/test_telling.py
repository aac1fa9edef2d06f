"""Lines of the journal in words: pages by their names, drills, whose lines were read."""

import pytest

from demeure.accountability.courses import courses
from demeure.gateway import telling
from demeure.gateway.pages.administration import SUBPAGES


@pytest.mark.parametrize(
    ("name", "said", "french", "english"),
    [
        ("page-view-refused", "GET /administration", "page « Administration »", "page “Administration”"),
        ("key-used", "POST /taches/x", "page « Tâches » (POST /taches/x)", "page “Tasks” (POST /taches/x)"),
        ("key-used", "POST /api/tasks", "POST /api/tasks", "POST /api/tasks"),
        ("page-view-refused", "GET /", "page « Accueil »", "page “Home”"),
        (
            "backup-drilled",
            "1 rehearsal failed=0 seconds=12.5",
            "n° 1 répétition, 0 en échec, 12,5 s",
            "no. 1 rehearsal, 0 failed, 12.5 s",
        ),
        (
            "backup-drilled",
            "2 backup=7 failed=1",
            "n° 2, sauvegarde n° 7, 1 en échec",
            "no. 2, backup no. 7, 1 failed",
        ),
        (
            "course-followed",
            "usage right=5 asked=6 passed=yes",
            "« Se servir de l’assistant », 5 réponses justes, 6 questions, résultat : réussite",
            "“Using the assistant”, 5 right answers, 6 questions, result: passed",
        ),
        ("journal-read", "actor=p1", "qui : vous", "who: vous"),
    ],
)
def test_what_an_entry_is_about_in_both_languages(name: str, said: str, french: str, english: str) -> None:
    told = [telling.about(language, name, said, {"p1": "vous"}) for language in ("fr", "en")]
    assert [one.replace("\u00a0", " ") for one in told] == [french, english]


def test_every_course_has_its_name_in_the_journal() -> None:
    for one in courses():
        assert telling.about("fr", "course-followed", f"{one.id} right=0 asked=1 passed=no").startswith("« ")


def test_every_page_of_administration_has_its_name() -> None:
    for page in SUBPAGES:
        assert telling.about("fr", "page-view-refused", f"GET {page.path}").startswith("page «"), page.path
