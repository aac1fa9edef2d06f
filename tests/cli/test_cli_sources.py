"""Sources on the terminal: the lines that answer are quoted, even far down a long passage."""

from demeure.cli.terminal import source_lines


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
