"""Everyday words, and what documents call the same thing."""

from demeure.assistant.families import kin
from demeure.library import French
from demeure.words import everyday

STEMS = French().stems


def test_a_word_is_known_in_any_form() -> None:
    assert everyday.others("La médiathèque est-elle gratuite pour les chômeuses ?") == [
        ("chômeuses", ("demandeur d'emploi",))
    ]
    assert everyday.others("Qui a signé la décision ?") == []


def test_its_other_names_count_as_words_of_its_family() -> None:
    (asked,), held = STEMS("cantine"), frozenset(STEMS("restaurant scolaire le mercredi"))
    assert kin(asked, held) == frozenset(STEMS("restaurant"))
    assert not kin(STEMS("mercredi")[0], frozenset(STEMS("restaurant scolaire")))


def test_notice_is_given_by_whoever_says_so_before_leaving() -> None:
    (asked,) = STEMS("préavis")
    for said in ("L’association prévient la commune trois mois avant", "Il faut prévenir deux mois avant"):
        assert kin(asked, frozenset(STEMS(said)))
    assert not kin(asked, frozenset(STEMS("La salle est louée trois mois")))


def test_a_mail_of_phishing_is_a_suspect_message() -> None:
    held = frozenset(STEMS("Ne pas répondre au courriel suspect, ni à l’hameçonnage"))
    assert kin(STEMS("phishing")[0], held) == frozenset(STEMS("suspect hameçonnage"))
    assert kin(STEMS("mails")[0], held) == frozenset(STEMS("courriel"))
    assert not kin(STEMS("phishing")[0], frozenset(STEMS("la pêche en rivière")))


def test_borrowed_words_are_said_as_documents_say_them() -> None:
    assert (
        everyday.instead("J’ai reçu deux mails de phishing, ou des spams")
        == "J’ai reçu deux message suspect, ou des message suspect"
    )
    assert everyday.instead("un mail du maire ce weekend ?") == "un courriel du maire ce week-end ?"
    assert everyday.instead("La mairie est-elle ouverte ce week-end ?") == ""
    assert "instead" not in everyday.forms()
