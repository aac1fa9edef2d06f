"""What is hidden comes back as it was, whatever the text held and whatever a model did to the tokens."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from demeure.personal import examine
from demeure.personal.pseudonyms import WORDS, Pseudonyms

LETTER = "Mme Claire Durand (tél. 01 99 00 12 34) a écrit. Mme Durand attend. M. Durand aussi. +33 1 99 00 12 34."

PIECES = st.sampled_from(
    [
        *("Mme Claire Durand", "M. Durand", "C. Durand", "01 99 00 12 34", "0199001234"),
        *("[PERSONNE_1]", "[personne 1]", "PERSONNE_1", "[TEXTE_1]", "[TEXTE_1b]", "PERSONNE"),
        *("FR1420041010050500013M02606", "12 rue des Lilas, 29200 Brest"),
        *("[", "]", "_", "1", "b", " ", "\n", "é", "["),
    ]
)
ALTERED = [
    *("[personne_1]", "[Personne_1]", "[PERSONNE 1]", "[PERSONNE-1]", "[ PERSONNE_1 ]", "PERSONNE_1"),
    *("**[PERSONNE_1]**", "d’[PERSONNE_1]", "[PERSONNE_1]'s"),
]


def test_one_person_one_number_and_titles_stay():
    table = Pseudonyms()
    assert table.hide(LETTER) == (
        "Mme [PERSONNE_1] (tél. [TELEPHONE_1]) a écrit. Mme [PERSONNE_1b] attend. "
        "M. [PERSONNE_2] aussi. [TELEPHONE_1b]."
    )
    assert table.restore(table.hide(LETTER)) == LETTER


def test_a_dossier_is_one_numbering():
    table = Pseudonyms()
    first = table.hide("Mme Claire Durand a écrit.")
    second = table.hide("Reçu de C. Durand, et de Paul Lefebvre.")
    assert "[PERSONNE_1]" in first
    assert "[PERSONNE_1b]" in second and "[PERSONNE_2]" in second
    assert (
        Pseudonyms.of(json.loads(json.dumps(table.kept()))).restore(second)
        == "Reçu de C. Durand, et de Paul Lefebvre."
    )


@settings(max_examples=40)
@given(st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=8).map(" ".join))
@example("[[PERSONNE_1]", "[PERSONNE_[PERSONNE_1]]")
@example("01 99 00 12 34PERSONNE_1", "Mme Claire Durand")
def test_what_is_hidden_comes_back_exactly(one, two):
    table = Pseudonyms()
    hidden = [table.hide(one), table.hide(two), table.hide(one)]
    assert hidden[0] == hidden[2] or "Durand" in one
    assert [table.restore(text) for text in hidden] == [one, two, one]
    again = Pseudonyms.of(json.loads(json.dumps(table.kept())))
    assert [again.restore(text) for text in hidden] == [one, two, one]


@settings(max_examples=40)
@given(st.text(max_size=120))
def test_any_text_comes_back_exactly(text):
    table = Pseudonyms()
    assert table.restore(table.hide(text)) == text


@pytest.mark.parametrize("altered", ALTERED)
def test_tokens_that_a_model_altered_come_back(altered):
    table = Pseudonyms()
    table.hide("Mme Claire Durand a écrit.")
    assert "Claire Durand" in table.restore(f"Selon {altered}, oui.")


def test_an_unknown_token_stays():
    table = Pseudonyms()
    table.hide(LETTER)
    assert table.restore("[PERSONNE_9] [PERSONNE_1z] [IBAN_1]") == "[PERSONNE_9] [PERSONNE_1z] [IBAN_1]"


def test_nothing_personal_is_left_in_what_is_hidden():
    table = Pseudonyms()
    hidden = table.hide(LETTER + " FR1420041010050500013M02606, NIR 255081416802538, jean@exemple.fr")
    assert examine(hidden) == []
    assert "Durand" not in hidden


def test_more_writings_than_letters():
    table = Pseudonyms()
    texts = [f"tél. 01{' ' * (n % 3)}99 00 12{'.' if n % 2 else ' '}34" for n in range(6)]
    assert [table.restore(table.hide(text)) for text in texts] == texts
    from demeure.personal.pseudonyms import _letters, _rank

    assert [_rank(_letters(rank)) for rank in range(1, 600)] == list(range(1, 600))


def test_every_kind_that_names_somebody_has_a_word():
    assert len(set(WORDS.values())) == len(WORDS) == 15
