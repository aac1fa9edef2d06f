"""The sentences of an answer that cite a source."""

import pytest

from demeure.assistant.rested import said_of

ANSWER = (
    "Une caution est exigée dans tous les cas. [1] Elle est rendue [2]. M. Roc la garde.[3][4] Fin. [12] Autre."
)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "Une caution est exigée dans tous les cas [1]."),
        (2, "Elle est rendue [2]."),
        (3, "M. Roc la garde [3][4]."),
        (4, "M. Roc la garde [3][4]."),
        (12, "Fin [12]."),
        (9, ANSWER),
    ],
)
def test_a_mark_after_the_full_stop_is_of_the_sentence_before_it(number: int, said: str) -> None:
    assert said_of(number, ANSWER) == said
