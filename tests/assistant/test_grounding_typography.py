"""The same things are found in an answer whether or not French signs and spaces were given to it."""

import json
from pathlib import Path
from typing import Any

import pytest

from demeure.assistant.citations import MarkerFilter
from demeure.assistant.grounding import check, supporting
from demeure.words import Typographer, typographic

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "grounding.jsonl").read_text(encoding="utf-8").splitlines()
]


def plain(text: str) -> str:
    """Without what typography may change."""
    return "".join(c for c in text.replace("'", "’").replace("...", "…") if not c.isspace() and c not in '«»"')


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_findings_and_citations_are_the_same(case: dict[str, Any]) -> None:
    answer, sources, question = case["answer"], case["sources"], case.get("question", "")
    written = typographic(answer)
    found = [(f.kind, plain(f.said), f.source, bool(f.sum)) for f in check(answer, sources, question)]
    again = [(f.kind, plain(f.said), f.source, bool(f.sum)) for f in check(written, sources, question)]
    assert again == found
    assert supporting(written, sources) == supporting(answer, sources)


@pytest.mark.parametrize("size", [1, 3, 17])
@pytest.mark.parametrize("case", CASES[:20], ids=lambda case: case["id"])
def test_a_stream_of_any_pieces_makes_the_same_text_and_citations(case: dict[str, Any], size: int) -> None:
    answer, count = case["answer"], len(case["sources"])
    markers, hand, text = MarkerFilter(count), Typographer(), ""
    for at in range(0, len(answer), size):
        text += hand.feed(markers.feed(answer[at : at + size]))
    text += hand.feed(markers.finish()) + hand.finish()
    whole = MarkerFilter(count)
    assert text == typographic(whole.feed(answer) + whole.finish())
    assert markers.cited == whole.cited
