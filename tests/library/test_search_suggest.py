"""Steps between words, against a plain count; the nearest known word."""

from hypothesis import given
from hypothesis import strategies as st

from demeure.library.search.suggest import nearest, steps

WORDS = st.text(alphabet="abcé", max_size=6)


def plain_steps(a: str, b: str) -> int:
    """Optimal string alignment, the whole table."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            same = a[i - 1] == b[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(WORDS, WORDS, st.integers(0, 3))
def test_steps_are_counted_exactly_up_to_the_limit(a: str, b: str, most: int) -> None:
    assert steps(a, b, most) == min(plain_steps(a, b), most + 1)


def test_the_nearest_word_is_held_by_more_documents() -> None:
    known = [("cantine", "cantine", 9), ("cantines", "cantines", 1), ("canton", "canton", 30), ("été", "ete", 50)]
    assert nearest("cantne", known) == "cantine"
    assert nearest("ett", known) is None, "too short"
    assert nearest("xylophone", known) is None
    assert nearest("cantine", known, held=9) is None, "it is a word"
    assert nearest("cantina", [("cantine", "cantine", 90)], held=1) == "cantine", "one slip in one document"
    assert nearest("cantina", [("cantine", "cantine", 9)], held=1) is None
    assert nearest("ecolle", [("ecole", "ecole", 2), ("école", "ecole", 2)]) == "école"
