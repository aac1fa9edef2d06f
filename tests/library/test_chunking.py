"""Chunking: everything covered, in order, at exact offsets, within the bound, in whole French sentences."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.library.chunking import WEIGHT, Passage, headings_of, passages, weight


@dataclass(frozen=True)
class Part:
    place: dict[str, Any]
    text: str
    kind: str = "text"
    header: str = ""
    headings: tuple[str, ...] = field(default=())
    rows: tuple[int, ...] = ()


def page(number: int, text: str) -> Part:
    return Part({"kind": "page", "page": number}, text)


def section(text: str, *path: str, kind: str = "text", header: str = "") -> Part:
    return Part({"kind": "heading", "path": list(path)}, text, kind, header)


def check(parts: list[Part], found: list[Passage]) -> None:
    """The law: exact offsets, order, nothing lost, nothing too heavy."""
    seen = [set[int]() for _ in parts]
    for passage in found:
        tail = parts[passage.part + 1].text[: passage.tail] if passage.tail else ""
        body = parts[passage.part].text[passage.start : passage.end]
        assert passage.text == (f"{body} {tail}" if tail else body)
        assert body == body.strip() != ""
        assert weight(passage.searchable) <= WEIGHT + 1
        seen[passage.part].update(range(passage.start, passage.end))
        if tail:
            seen[passage.part + 1].update(range(passage.tail))
    for part, offsets in zip(parts, seen, strict=True):
        assert not [at for at, character in enumerate(part.text) if not character.isspace() and at not in offsets]
    order = [(passage.part, passage.start) for passage in found]
    assert order == sorted(order)


ALPHABET = st.sampled_from(
    [*"abcdeéàLMAÉ019.,;:!?»« \n\n   °’-–•\u00a0€漢字", "M. ", "art. ", ". ", "\n\n", "3,20 € "]
)
TEXTS = st.lists(ALPHABET, min_size=1, max_size=1500).map("".join)
PARTS = st.lists(
    st.builds(
        lambda text, kind, at: (
            page(at, text)
            if kind == "page"
            else Part({"kind": "lines", "from": at, "to": at + text.count("\n")}, text, "lines")
            if kind == "lines"
            else section(
                text, "Tarifs", "Enfants", kind=kind, header="Prestation | Prix" if kind == "table" else ""
            )
        ),
        TEXTS,
        st.sampled_from(["page", "text", "lines", "table"]),
        st.integers(1, 50),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(PARTS, st.sampled_from(["", "Règlement intérieur", "T" * 400]))
def test_the_law_holds_for_any_parts(parts: list[Part], title: str) -> None:
    found = list(passages(parts, title=title))
    check(parts, found)
    assert found == list(passages(parts, title=title))


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(100, 900), st.integers(0, 300))
def test_the_law_holds_for_any_sizes(text: str, target: int, overlap: int) -> None:
    parts = [section(text * 3)]
    check(parts, list(passages(parts, target=target, overlap=overlap)))


def sentences(text: str) -> list[str]:
    return [passage.text for passage in passages([section(text)], target=1, overlap=0)]


@pytest.mark.parametrize(
    "whole",
    [
        "M. Dupont et Mme. Martin ont voté.",
        "L’art. 12 et l’art. L. 123-4 du code s’appliquent.",
        "Le tarif passe de 3.20 à 3,40 € au 1er janvier.",
        "Voir p. 12, chap. 3, al. 2 et n° 45.",
        "J. Martin préside la séance.",
        "1. Approbation du procès-verbal",
        "Il dit : « Non ! » puis se tait.",
        "Le Dr. Morel, bd. Victor Hugo, est absent.",
    ],
)
def test_french_sentences_are_not_cut_at_abbreviations_and_decimals(whole: str) -> None:
    parts = [section(f"{whole} Ensuite, la séance est levée.")]
    found = [passage.text for passage in passages(parts, target=len(whole) + 2, overlap=0)]
    assert found == [whole, "Ensuite, la séance est levée."]


def test_sentences_end_where_they_do() -> None:
    text = "Le quorum est atteint. La séance est ouverte ! Qui vote ? « Personne. » 12 voix pour. Est-ce clair…"
    cut = [passage.text for passage in passages([section(text)], target=30, overlap=0)]
    assert cut == [
        "Le quorum est atteint.",
        "La séance est ouverte !",
        "Qui vote ? « Personne. »",
        "12 voix pour. Est-ce clair…",
    ]


PROSE = "La commune gère la cantine scolaire avec soin. " * 60


def test_passages_are_about_the_target_and_overlap_by_a_sentence() -> None:
    found = list(passages([section(PROSE.strip())]))
    assert all(700 <= len(passage.text) <= 900 for passage in found[:-1])
    for before, after in pairwise(found):
        assert after.start < before.end, "one sentence is repeated"
        assert before.end - after.start <= 200


def test_no_overlap_where_a_paragraph_ends() -> None:
    text = "\n".join("Chaque paragraphe se suffit à lui-même et se termine par un point." for _ in range(40))
    found = list(passages([section(text)]))
    assert all(after.start >= before.end for before, after in pairwise(found))


def test_a_sentence_over_two_pages_belongs_to_the_first() -> None:
    parts = [
        page(3, "Le loyer est fixé à 450 €. Le dépôt de garantie"),
        page(4, "est rendu sous un mois. L’état des lieux est gratuit."),
    ]
    first, second = passages(parts)
    assert first.text == "Le loyer est fixé à 450 €. Le dépôt de garantie est rendu sous un mois."
    assert (first.place["page"], first.tail) == (3, len("est rendu sous un mois."))
    assert (second.text, second.place["page"]) == ("L’état des lieux est gratuit.", 4)


def test_pages_are_otherwise_never_mixed() -> None:
    parts = [page(1, "Titre sans point"), page(2, "Le texte commence ici."), page(3, "suite orpheline")]
    assert [(p.text, p.tail) for p in passages(parts)] == [(part.text, 0) for part in parts]


def test_context_names_the_document_and_the_headings_and_not_the_text() -> None:
    parts = [
        section("Enfants\nLe repas est à 3,20 €.", "Tarifs", "Enfants"),
        section("Suite.", "Tarifs", "Adultes"),
    ]
    first, second = passages(parts, title="Cantine")
    assert (
        first.context == "Cantine › Tarifs"
        and first.searchable == "Cantine › Tarifs\nEnfants\nLe repas est à 3,20 €."
    )
    assert second.context == "Cantine › Tarifs › Adultes"
    deep = section("x", *(f"Titre de niveau {level}, plutôt long" for level in range(12)))
    assert len(next(iter(passages([deep], title="D" * 300))).context) <= 200


def test_a_heading_and_the_header_of_a_table_go_with_what_they_open() -> None:
    first = " ".join(f"Une phrase numéro {number} qui occupe la place." for number in range(18))
    table = ["2. Accueil du soir", "Tranche Matin Soir", *(f"Tranche {n} 0,9{n} € 1,6{n} €" for n in range(1, 9))]
    (before, after) = passages([Part({"kind": "page", "page": 1}, f"{first}\n\n" + "\n".join(table), "page")])
    assert before.text == first and after.text == "\n".join(table)
    alone = f"{first}\n\n3. Mercredi\n\n{first}"
    (before, after) = passages([Part({"kind": "page", "page": 1}, alone, "page")])
    assert before.text == first and after.text.startswith("3. Mercredi\n\nUne phrase")
    short = first[: len(first) // 2].rsplit(".", 1)[0] + "."
    whole = f"{short}\n\n" + "\n".join(f"Lot {n} 1{n} 000 €" for n in range(30))
    (before, *_) = passages([Part({"kind": "page", "page": 1}, whole, "page")], target=700)
    assert "Lot 6 " in before.text, "a table too long for one passage is cut where it must be"


def test_table_rows_stay_whole_and_their_header_follows_them() -> None:
    rows = [f"Repas {number} — Prix : {number},20 € ; Unité : le repas" for number in range(120)]
    header = "Prestation | Prix | Unité"
    part = section("\n".join([header, *rows]), "Tarifs", kind="table", header=header)
    found = list(passages([part]))
    assert len(found) > 4
    assert [line for passage in found for line in passage.text.split("\n")] == [header, *rows]
    assert all(passage.context == f"Tarifs\n{header}" for passage in found[1:])


def test_line_places_are_narrowed_to_the_passage() -> None:
    lines = [
        f"Ligne numéro {number}, qui dit quelque chose d’utile." if number % 5 else "" for number in range(100)
    ]
    part = Part({"kind": "lines", "from": 11, "to": 110}, "\n".join(lines), "lines")
    found = list(passages([part]))
    assert len(found) > 2
    for passage in found:
        first, last = passage.place["from"] - 11, passage.place["to"] - 11
        assert passage.text in "\n".join(lines[first : last + 1])
        assert passage.text.startswith(lines[first][:5]) and lines[last].endswith(passage.text[-5:])


def test_places_of_rows_are_narrowed_to_the_passage() -> None:
    rows = tuple(n + (n > 20) * 5 for n in range(3, 43))  # five empty rows after the eighteenth
    text = "\n".join(f"Agent {n} — Bureau : {n} ; Service : espaces verts et voirie" for n in rows)
    place = {"kind": "cells", "sheet": "Agents", "range": "B3:D47", "inside": ["a.zip"]}
    found = list(passages([Part(place, text, "table", "Nom | Bureau | Service", ("Agents",), rows)]))
    assert len(found) > 3
    ends = [tuple(int(corner[1:]) for corner in p.place["range"].split(":")) for p in found]
    assert [e[0] for e in ends] == sorted(e[0] for e in ends) and ends[0][0] == 3 and ends[-1][1] == 47
    for passage, (first, last) in zip(found, ends, strict=True):
        assert passage.text.startswith(f"Agent {first} —") and f"\nAgent {last} —" in f"\n{passage.text}"
        assert passage.place == {**place, "range": f"B{first}:D{last}"}
        assert passage.context == "a.zip › Agents\nNom | Bureau | Service"


def test_pages_of_two_attachments_are_never_joined() -> None:
    first = Part({"kind": "page", "page": 1, "inside": ["a.pdf"]}, "La phrase n'est pas finie et")
    second = Part({"kind": "page", "page": 1, "inside": ["b.pdf"]}, "continue ailleurs. Voilà.")
    assert all(p.tail == 0 for p in passages([first, second]))


def test_wrapped_lines_of_a_text_file_do_not_end_sentences() -> None:
    part = Part(
        {"kind": "lines", "from": 1, "to": 2}, "Le conseil municipal\nse réunit lundi. Fin de séance.", "lines"
    )
    assert [p.text for p in passages([part], target=40, overlap=0)] == [
        "Le conseil municipal\nse réunit lundi.",
        "Fin de séance.",
    ]


def test_a_line_without_spaces_is_cut_all_the_same() -> None:
    part = section("x" * 20_000 + "漢" * 20_000)
    found = list(passages([part]))
    check([part], found)
    assert len(found) > 60


def test_the_headings_of_a_passage_are_given_back_whole() -> None:
    """A passage that opens with its own heading does not say it again in its context; it still is under it."""
    fees = section("3. Tarifs\nLa caution est fixée à 700 €.", "Procédure", "3. Tarifs")
    slide = Part(
        {"kind": "slide", "slide": 2, "title": "Les grandes lignes"}, "Les grandes lignes\nUn budget voté."
    )
    note = Part({"kind": "page", "page": 4}, "Le bassin est fermé.", headings=("2. Piscine", "2.1 Bassin"))
    told = {"salle": fees, "budget": slide, "rapport": note}
    found = [one for title, part in told.items() for one in passages([part], title=title)]
    assert [headings_of(one.place, one.context) for one in found] == [
        ("Procédure", "3. Tarifs"),
        ("Les grandes lignes",),
        ("2. Piscine", "2.1 Bassin"),
    ]
