"""French typography: what changes, what never does, the same in one piece or in many."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.words.typography import Typographer, typographic

T = "\u202f"
PAIRS = {
    "Quel est le tarif ?": f"Quel est le tarif{T}?",
    "Attention: fermé!": f"Attention{T}: fermé{T}!",
    "Les horaires : 9 h ; 12 h": f"Les horaires{T}: 9 h{T}; 12 h",
    '« oui » et "non"': f"«{T}oui{T}» et «{T}non{T}»",
    "«oui»": f"«{T}oui{T}»",
    "l'eau d'ici, aujourd'hui": "l’eau d’ici, aujourd’hui",
    "12 500 €, 1 250 000 habitants": f"12{T}500{T}€, 1{T}250{T}000 habitants",
    "12500 euros, 50%": f"12{T}500{T}euros, 50{T}%",
    "Etc...": "Etc…",
    "M. Durand, n° 12": "M.\u00a0Durand, n°\u00a012",
    "**Note** : oui": f"**Note**{T}: oui",
    "Vraiment ?! [1] : oui": f"Vraiment{T}?! [1]{T}: oui",
}
SAME = (
    "`x = 'a' ; y: 1 !`",
    '```\nl\'eau : "12500 €" ?\n```',
    "~~~python\nprint('a' ;)\n~~~",
    "voir https://exemple.fr/l'eau?a=1;b:2!c ici",
    "[l'aide : ici](http://x.fr/a?b;c)".replace(" : ", "_"),
    "écrire à l'accueil@mairie.fr".replace("à l'", "à l’"),
    "ouvrir l'acte_2024.pdf et C:\\dossier\\l'acte.txt ou /srv/l'eau".replace("ouvrir l'", "ouvrir l'"),
    "à 12:30, ratio 3:2",
    "code postal 87000, réf. 2026-034, tél. 05 55 00 12 34",
    "| a | b |\n|:--|--:|\n",
    "![image](a.png)",
    f'«{T}l\'eau : "tiède" ; 12500 € ?{T}»',
    "&amp; &#233; fin",
)


@pytest.mark.parametrize(("written", "wanted"), PAIRS.items())
def test_signs_and_spaces(written: str, wanted: str) -> None:
    assert typographic(written) == wanted


@pytest.mark.parametrize("text", SAME)
def test_code_addresses_files_and_quotations_stay(text: str) -> None:
    assert typographic(text) == text


def test_kept_names_stay() -> None:
    name = "Tarifs : l'été 12500 €.ods"
    assert typographic(f"Voir {name} : l'essentiel", [name]) == f"Voir {name}{T}: l’essentiel"
    hand = Typographer([name])
    assert "".join(map(hand.feed, f"Voir {name} : fin")) + hand.finish() == f"Voir {name}{T}: fin"


_TEXT = st.lists(
    st.sampled_from(
        [
            *"ab é0159 \n\t\"'«»:;!?.%€`~|*_[](){}/\\@&#",
            "\n\n",
            "...",
            "12 500",
            "10000 €",
            "euros",
            "M. D",
            "n° 1",
            " : ",
            "```\n",
            "\u202f",
            "\u00a0",
            "https://a.b",
            "l'a",
            "a.pdf",
            "](",
            "&amp;",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=400)
@given(_TEXT)
def test_twice_is_once(text: str) -> None:
    once = typographic(text)
    assert typographic(once) == once


@given(_TEXT, st.lists(st.integers(1, 7), min_size=1, max_size=40))
def test_pieces_make_the_whole(text: str, sizes: list[int]) -> None:
    for keep in ([], ["a.pdf é", "b : c"], ["a"]):
        hand, made, at, turn = Typographer(keep), "", 0, 0
        while at < len(text):
            size = sizes[turn % len(sizes)]
            made, at, turn = made + hand.feed(text[at : at + size]), at + size, turn + 1
        assert made + hand.finish() == typographic(text, keep)


def test_an_address_that_opens_a_line_is_waited_for_though_its_letters_are_shown() -> None:
    hand = Typographer()
    pieces = ["www", ".", "demeure.fr/l'x? ok"]
    shown = "".join(hand.feed(piece) + hand.settle() for piece in pieces) + hand.finish()
    assert shown == typographic("".join(pieces)) and shown.startswith("www.demeure.fr/l'x")


@settings(max_examples=400)
@given(_TEXT)
def test_no_word_nor_figure_changes(text: str) -> None:
    assert re.findall(r"\w", typographic(text)) == re.findall(r"\w", text)


def test_a_stream_shows_words_as_they_come() -> None:
    hand = Typographer()
    shown = [hand.feed(word + " ") for word in ["La", "mairie", "ouvre", "à", "neuf", "heures", "le", "lundi", "."]]
    assert sum(bool(piece) for piece in shown) >= 6
    assert shown[0] == "La", "the first word is shown as it comes"


@pytest.mark.parametrize(
    ("pieces", "keep"),
    [
        (["L", "'", "accueil"], []),
        (["Mairie", " : ouverte"], []),
        (["tarifs", "...v2.pdf", " vaut"], []),
        (["https", "://a.fr/l'a?x=1 : vu"], []),
        (["www", ".a.fr/l'a...b ; vu"], []),
        (["jean", ".d'a@b.fr ; vu"], []),
        (["ancien", "ne : mairie"], ["ancienne : mairie"]),
        (["ancien", "ne : mairie ; vue"], ["ne : mairie"]),
        (["un\n", "deux", " : trois\n", "l", "'an\nquatre !"], []),
        (["M", ". Durand"], []),
        (["Prix", "&nbsp;", ": 5 euros ok"], []),
        (["AT", "&T;", " : l'an"], []),
    ],
)
def test_the_first_letters_of_a_line_do_not_wait_and_change_nothing(pieces: list[str], keep: list[str]) -> None:
    hand = Typographer(keep)
    shown = [hand.feed(piece) for piece in pieces]
    assert "".join(shown) + hand.finish() == typographic("".join(pieces), keep)
    assert shown[0] or keep or "\n" in pieces[0]


def test_a_number_that_stands_after_another_is_left_as_it_is() -> None:
    assert typographic("12 500010000 €") == f"12 500010000{T}€"
    assert typographic("en 2026 15000 €") == f"en 2026 15{T}000{T}€"


def test_the_end_of_a_sentence_does_not_wait() -> None:
    hand = Typographer(["Note. Annexe"])
    assert hand.feed("Il coûte 3 € !") + hand.settle() == f"Il coûte 3{T}€{T}!"
    assert hand.feed(" Voir https://a.fr/x?") + hand.settle() == " Voir", "an address may go on"
    assert hand.feed("b=1 fin.") + hand.settle() == " https://a.fr/x?b=1 fin."
    assert hand.feed(" La Note.") + hand.settle() == " La", "a kept name may go on"
    assert hand.feed(" Annexe : vue.") + hand.settle() == f" Note. Annexe{T}: vue."
