"""Steps between words, against a plain count; the nearest known word."""

from hypothesis import given
from hypothesis import strategies as st

from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.corrected import both, closer
from demeure.library.search.query import lowered
from demeure.library.search.search import Hit, Retrieval
from demeure.library.search.spelling import slip
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


def test_a_slip_is_nearer_than_a_suggestion_and_no_other_form_of_a_word() -> None:
    assert slip("samdi", "samedi") and slip("dechetrie", "dechetterie") and slip("verglat", "verglas")
    assert not slip("inscrire", "inscrite"), "two forms"
    assert not slip("roulant", "courant"), "two letters of seven"
    assert not slip("tension", "pensions") and not slip("bonction", "fonctions"), (
        "two letters, and it begins otherwise"
    )


def test_words_in_capitals_are_compared_as_words_and_acronyms_stay() -> None:
    assert lowered("CANTINE TARIF") == "cantine tarif"
    assert lowered("Le CCAS et la DÉCHETTERIE") == "Le CCAS et la déchetterie"
    assert lowered("L. 2121-29, Piscine") == "L. 2121-29, Piscine"


def retrieval(cosine: float | None, coverage: float, *passages: int, found: bool = True) -> Retrieval:
    hits = tuple(Hit("d", "d.pdf", "s", one, {}, "", "", 1.0, None, 0.0) for one in passages)
    return Retrieval(hits, True, Features(cosine, coverage), found)


def test_the_documents_say_which_question_was_meant() -> None:
    plain = retrieval(0.88, 0.4, found=False)
    assert closer(retrieval(0.90, 0.9), plain)
    assert not closer(retrieval(0.90, 0.9, found=False), plain), "nothing answers either of them"
    assert not closer(retrieval(0.88, 0.5), plain), "a word like another one gains little"
    assert not closer(retrieval(0.87, 0.9), plain), "or leads away from the documents"
    assert closer(retrieval(None, 0.9), retrieval(None, 0.4)), "by words alone"
    right, typed = retrieval(None, 1.0, 1, 2, 3, 4).hits, retrieval(None, 1.0, 9, 1).hits
    assert [hit.passage_id for hit in both(right, typed)] == [1, 2, 9, 3, 4]
    assert [hit.passage_id for hit in both(right, right[2:])] == [1, 2, 3, 4]
    assert [hit.passage_id for hit in both(right, right[3:])] == [1, 2, 4, 3]


def test_a_word_or_two_that_are_all_there_are_answered() -> None:
    far = Features(0.82, 1.0, 1.0, 500, words=1)
    assert Confidence().holds_an_answer(far)
    assert not Confidence().holds_an_answer(Features(0.82, 0.6, 1.0, 500, words=2)), "one of them is missing"
    assert not Confidence().holds_an_answer(Features(0.82, 1.0, 1.0, 500, words=5))
