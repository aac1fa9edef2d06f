"""Sources on the terminal: the lines that answer are quoted, even far down a long passage."""

import datetime

import pytest

from demeure.antivirus import AntivirusAbsent
from demeure.cli.ask_cmd import _print_end, sorted_out
from demeure.cli.documents_cmd import already
from demeure.cli.source_report import period, report_lines
from demeure.cli.terminal import date, found_line, named_lines, source_lines, standing_line, weight


def test_a_long_passage_is_quoted_where_it_speaks_of_the_question() -> None:
    far = (
        "Le conseil rappelle les règles du cimetière. " * 12
        + "La commune cède la parcelle AB 217 au prix de 41 730 €."
    )
    source = {"number": 1, "document": "pv.pdf", "place_label": "page 9", "quote": far}
    lines = source_lines([source], "À quel prix la commune cède-t-elle la parcelle AB 217 ?")
    assert lines[1] == "  [1] pv.pdf, page 9"
    assert "41 730 €" in lines[2]
    assert len(lines[2]) < 300


def test_a_short_passage_and_one_without_the_words_are_quoted_as_they_are() -> None:
    assert (
        "« Bonjour à tous »"
        in source_lines(
            [{"number": 1, "document": "a.txt", "place_label": "", "quote": "Bonjour à tous"}], "caution ?"
        )[2]
    )
    long = {"number": 2, "document": "a.txt", "place_label": "", "quote": "mot " * 200}
    assert source_lines([long], "caution ?")[2].startswith("      « mot mot")


def test_sizes_and_days_are_told_in_the_language_of_the_reader() -> None:
    assert (weight(1_117_320_768, "fr"), weight(1_117_320_768, "en")) == ("1,1\u00a0Go", "1.1\u00a0GB")
    assert (weight(98_400_000, "fr"), weight(98_400_000, "en")) == ("98\u00a0Mo", "98\u00a0MB")
    day = datetime.date(2027, 12, 5)
    assert (date(day, "fr"), date(day, "en")) == ("05/12/2027", "2027-12-05")
    told = {"kind": "review", "since": "2027-12-05"}
    assert standing_line("fr", told) == "À relire depuis le 05/12/2027."
    assert standing_line("en", told) == "Due for review since 2027-12-05."
    superseded = {"kind": "superseded", "since": "", "name": "Tarifs.pdf"}
    assert "Tarifs.pdf" in standing_line("fr", superseded)


def test_a_scan_is_told_with_what_it_passed_over_and_how_often_it_comes() -> None:
    report = {"ignored": [[".cache", "hidden"], ["a.old", "*.old"]], "added": [["a.txt", ""]]}
    lines = list(report_lines({"counts": {"ignored": 3, "added": 1, "unchanged": 7}, "report": report}, "fr"))
    assert lines == [
        "  ajoutés : a.txt",
        "  laissés de côté : .cache (nom caché)",
        "  laissés de côté : a.old (*.old)",
        "  … et 1 autre",
    ]
    told = [period(minutes, "fr") for minutes in (0, 1, 15, 60, 120, 1440, 2880)]
    assert told == [
        "sur demande",
        "toutes les minutes",
        "toutes les 15 minutes",
        "toutes les heures",
        "toutes les 2 heures",
        "tous les jours",
        "tous les 2 jours",
    ]
    assert (period(60, "en"), period(180, "en")) == ("every hour", "every 3 hours")


def test_an_antivirus_that_is_away_is_told_in_words() -> None:
    told = AntivirusAbsent(detail="RoleDown").sentence("fr")
    assert "RoleDown" not in told and told.startswith("L’antivirus n’a pas répondu, et")


def test_a_quoted_passage_is_not_cut_in_its_middle_and_rows_stay_rows() -> None:
    rows = "\n".join(f"Tranche {n} De {n}00 à {n}99 {n},10 €" for n in range(1, 30))
    lines = source_lines([{"number": 1, "document": "t.pdf", "quote": rows}], "Quel tarif pour la tranche 7 ?")[2:]
    assert any(line.strip("« »").strip() == "Tranche 7 De 700 à 799 7,10 €" for line in lines)
    assert all(line.strip("« »").strip().endswith(("€", "…")) for line in lines)
    long = "La commune, " + "après en avoir délibéré, " * 30 + "accepte."
    (line,) = source_lines([{"number": 1, "document": "t.pdf", "quote": long}], "Que décide la commune ?")[2:]
    assert line.endswith("délibéré, … »") and len(line) < 330
    broken = source_lines([{"number": 1, "document": "t.pdf", "quote": long}], "Que décide la commune ?", 60)[2:]
    assert len(broken) > 3 and all(len(line) <= 60 for line in broken)


def test_the_other_spaces_of_the_same_document_are_named() -> None:
    source = {"number": 1, "document": "t.pdf", "place_label": "page 2", "quote": "Oui.", "also": ["e", "x"]}
    assert source_lines([source], "?", 0, "fr", {"e": "École"})[1] == "  [1] t.pdf, page 2 (aussi dans École)"


def test_what_the_answer_cites_is_quoted_and_the_rest_named_on_one_line_each() -> None:
    sources = [{"number": n, "document": f"{n}.pdf", "place_label": "page 2", "score": n / 10} for n in range(1, 8)]
    answer = {"sources": sources, "text": "Oui [3].", "citations": [3], "found": True}

    def numbers(**told: object) -> tuple[list[int], list[int]]:
        cited, others = sorted_out({**answer, **told})
        return [s["number"] for s in cited], [s["number"] for s in others]

    every = [1, 2, 3, 4, 5, 6, 7]
    assert numbers() == ([3], [1, 2, 4, 5, 6, 7])
    assert numbers(citations=[]) == ([3], [1, 2, 4, 5, 6, 7]), "cut short: its own markers tell"
    assert numbers(found=False, text="Je n’ai pas trouvé.", citations=[]) == ([], every)
    assert numbers(text="", citations=[]) == (every, []), "no engine: what was found is what one came for"
    assert numbers(text="", citations=[], whole=True) == ([3, 4, 5, 6, 7], [1, 2])
    assert named_lines(sources[:1], "fr") == ["Aussi regardé", "  [1] 1.pdf, page 2"]
    assert found_line("fr", sources[:1]) == "1 passage trouvé dans 1.pdf."
    assert found_line("en", sources[:2]) == "2 passages found in 1.pdf and 1 other document."


def test_a_file_that_was_there_is_told_by_both_names() -> None:
    assert already({"sent": "copie.pdf", "name": "tarifs.pdf"}, "fr") == (
        "«\u00a0copie.pdf\u00a0»\u00a0: déjà là, sous le nom «\u00a0tarifs.pdf\u00a0»."
    )
    assert already({"sent": "tarifs.pdf", "name": "tarifs.pdf"}, "en") == "“tarifs.pdf”: already there."


def test_a_figure_that_was_added_up_is_told_as_computed(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {
        "text": "320 + 410 = 730 euros [1].",
        "sources": [],
        "citations": [1],
        "found": True,
        "computed": [{"said": "730 euros", "sum": "320 + 410", "source": 0}],
    }
    _print_end(answer, "Combien ?", "fr", {})
    told = capsys.readouterr().out.replace("\u00a0", " ")
    assert "Calcul : 730 euros, d’après les sources : 320 + 410" in told and "Non étayé" not in told


def test_a_quotation_does_not_end_with_the_title_of_what_is_not_quoted() -> None:
    text = "La caution est de 400 €. Elle est rendue sous 14 jours. Article 3."
    source = {"number": 1, "document": "reglement.pdf", "place_label": "", "quote": text}
    assert source_lines([source], "La caution ?")[-1].endswith("sous 14 jours. »")
    source["quote"] = "Article 3. La caution est de 400 €."
    assert "Article 3. La caution" in source_lines([source], "La caution ?")[-1]
    source["quote"] = "Article 3."
    assert "Article 3." in source_lines([source], "La caution ?")[-1]


def test_what_no_source_holds_is_told_under_the_answer_before_its_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = {"number": 1, "document": "pv.pdf", "place_label": "", "quote": "La séance est levée.", "score": 1.0}
    answer = {
        "text": "La maire est Mme Roc [1].",
        "sources": [source],
        "citations": [1],
        "found": True,
        "unsupported": [{"said": "Mme Roc"}],
    }
    _print_end(answer, "Qui est la maire ?", "fr", {})
    told = capsys.readouterr().out
    assert told.index("Non étayé") < told.index("pv.pdf")
