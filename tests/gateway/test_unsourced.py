"""What is said of what no source holds: the mark's reason, the notice, the terminal's line."""

import pytest

from demeure.assistant import Finding
from demeure.cli.terminal import unsourced_line
from demeure.gateway.locale import Sentences
from demeure.gateway.unsourced import marks, notice

SENTENCES = Sentences.load()
WEEKS = Finding(0, 12, "duration", "six semaines")
NEAR = Finding(0, 12, "duration", "six semaines", "14 jours", 2)
INSTEAD = Finding(0, 5, "amount", "700 €", "400 €", 1, elsewhere=True)
WEDNESDAY = Finding(0, 15, "date", "mercredi 12 mai", weekday=0)
ROW = Finding(0, 6, "amount", "4,45 €", "3,35 €", 1, row="Tranche 2")
SUM = Finding(0, 5, "amount", "485 €", sum="85 € + 400 €")


def french(key: str, **fields: object) -> str:
    return SENTENCES.say("fr", key, **fields).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("finding", "word", "why"),
    [
        (WEEKS, "non étayé", "durée qui ne figure dans aucun document lu"),
        (NEAR, "non étayé", "durée, la source 2 dit « 14 jours »"),
        (WEDNESDAY, "non étayé", "date, cette date est un lundi"),
        (
            ROW,
            "à vérifier",
            "montant d’une autre ligne ou colonne ; pour « Tranche 2 », la source 1 dit « 3,35 € »",
        ),
        (SUM, "calcul", "montant, d’après les sources : 85 € + 400 €"),
    ],
)
def test_a_mark_tells_what_and_why(finding: Finding, word: str, why: str) -> None:
    (mark,) = marks(french, [finding])
    assert (mark.word, mark.why, mark.start, mark.end) == (word, why, finding.start, finding.end)


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ([], ""),
        ([WEEKS], "« Six semaines » ne figure dans aucun document lu. Vérifiez"),
        ([WEEKS, WEEKS], "« Six semaines » ne figure dans aucun document lu. Vérifiez"),
        ([NEAR], "« Six semaines » ne figure dans aucun document lu ; la source 2 dit « 14 jours »."),
        ([INSTEAD], "« 700 € » n’est pas dans cette phrase des documents : la source 1 dit « 400 € »."),
        (
            [ROW],
            "« 4,45 € » est dans une autre ligne ou colonne du tableau : pour « Tranche 2 », la source 1 dit",
        ),
        (
            [ROW, Finding(9, 15, "amount", "5 €", "6 €", 1, row="Tranche 1")],
            "Ils sont dans d’autres lignes ou colonnes du tableau",
        ),
        ([WEDNESDAY], "« Mercredi 12 mai » : cette date est un lundi."),
        ([WEEKS, Finding(20, 25, "amount", "500 €")], "« Six semaines » et « 500 € » ne figurent dans aucun"),
        ([WEEKS, INSTEAD], "Ils ne figurent pas ainsi dans les documents lus."),
    ],
)
def test_the_notice_says_no_more_than_what_was_found(findings: list[Finding], told: str) -> None:
    assert notice(french, findings).startswith(told)


def test_every_kind_has_its_word_in_both_languages() -> None:
    kinds = (
        *("number", "amount", "percent", "duration", "time", "date", "article", "reference", "phone", "postcode"),
        *("identifier", "address", "name", "acronym", "quotation", "word"),
    )
    for kind in kinds:
        assert {SENTENCES.say(language, f"unsourced.kind_{kind}") for language in ("fr", "en")}


@pytest.mark.parametrize(
    ("finding", "fr", "en"),
    [
        (WEEKS, "Non étayé : six semaines", "Not in the sources: six semaines"),
        (NEAR, "Non étayé : six semaines (la source 2 dit « 14 jours »)", "(source 2 says “14 jours”)"),
        (WEDNESDAY, "Non étayé : mercredi 12 mai (cette date est un lundi)", "(that date is a Monday)"),
        (SUM, "Calcul : 485 €, d’après les sources : 85 € + 400 €", "485 €, from the sources: 85 € + 400 €"),
    ],
)
def test_the_terminal_tells_it_on_one_line(finding: Finding, fr: str, en: str) -> None:
    assert unsourced_line("fr", finding.told()).replace("\u00a0", " ") == fr
    assert unsourced_line("en", finding.told()).endswith(en)


def test_what_is_told_keeps_the_beginning_and_monday() -> None:
    assert WEDNESDAY.told() == {
        "start": 0, "end": 15, "kind": "date", "said": "mercredi 12 mai", "source": 0, "weekday": 0,
    }  # fmt: skip
