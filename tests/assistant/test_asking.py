"""How a question asks, and what it names that no list has: what is read, declined, left out of the answer."""

import pytest

from demeure.assistant import asking, numbered, prices, prompt
from demeure.assistant.evidence import evidence, giving
from demeure.assistant.heads import WithoutHeads
from demeure.assistant.sources import chosen, extracts_of
from demeure.assistant.units import Told
from demeure.library import Confidence, Features, French, Hit

STEMS = French().stems


def hit(number: int, text: str, document: str = "d", score: float = 1.0) -> Hit:
    return Hit(
        document, f"{document}.txt", "s", number, {"kind": "lines", "from": number}, text, "", score, None, 0.0
    )


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Quel jour la digue a-t-elle rouvert, et qui l’a réparée ?", 2),
        ("Combien dure le stage et au bout de combien de temps doit-il être fini ?", 2),
        ("Où se trouve le phare ? Quand ouvre-t-il ?", 2),
        ("When does the lighthouse open, and how much is it?", 2),
        ("Quelles sont les heures du phare et de la digue ?", 1),
        ("Que faire quand la digue est fermée ?", 1),
        ("Le phare est-il ouvert, et la digue ?", 1),
    ],
)
def test_a_question_may_ask_for_several_things_at_once(question: str, several: int) -> None:
    assert len(asking.parts(question)) == several


PORT = [
    Told("d", "port", "La digue a rouvert le 12 mai. La digue mesure 300 mètres. La digue est éclairée."),
    Told("d", "port", "La réparation de la digue est l’œuvre de Chantiers Ropartz. Le phare est fermé."),
]


def test_each_part_of_a_question_reads_its_own_line() -> None:
    read = evidence("Quel jour la digue a-t-elle rouvert, et qui a fait la réparation ?", PORT, STEMS, 160)
    told = "\n".join(one.text for one in read)
    assert "12 mai" in told and "Ropartz" in told


def test_words_of_one_family_count_for_one_another() -> None:
    text = "Le pont est lavé le matin.\nUn marin perçoit 12 € par jour navigué.\nLe phare est blanc la nuit."
    (lines,) = evidence("Que vaut un jour de navigation ?", [Told("d", "", text)], STEMS, 45)
    assert lines.text == "Un marin perçoit 12 € par jour navigué."
    (lines,) = evidence("Que vaut la navigation ?", [Told("d", "", text)], STEMS, 45)
    assert lines.text == "Un marin perçoit 12 € par jour navigué."


BERTHS = "Bateau Longueur\nChaloupe 6 m\nGoélette 24 m\nCanot 4 m"


def test_the_most_of_all_is_told_by_the_whole_table() -> None:
    (lines,) = evidence("Quel bateau, chaloupe ou autre, est le plus long ?", [Told("d", "", BERTHS)], STEMS, 900)
    assert lines.text.split("\n")[1:] == ["Goélette 24 m", "Chaloupe 6 m", "Canot 4 m"], "the longest is first"
    (lines,) = evidence("Quelle est la longueur de la chaloupe ?", [Told("d", "", BERTHS)], STEMS, 900)
    assert "Goélette" not in lines.text


CATCH = (
    "Pêche Tonnes 2024 Tonnes 2025 Évolution\nLieu 8 214 8 102 - 1,4 %\nBar 1 930 2 410 + 24,9 %\n"
    "Total 10 144 10 512 + 3,6 %"
)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Quelle pêche est la plus grosse en 2025 ?", "Lieu"),
        ("Quelle pêche est la plus faible en 2024 ?", "Bar"),
        ("Quelle pêche a le plus baissé ?", "Lieu"),
        ("Quelle pêche a le plus augmenté ?", "Bar"),
    ],
)
def test_rows_come_in_the_order_that_is_asked_for_without_their_total(question: str, first: str) -> None:
    (lines,) = evidence(question, [Told("d", "", CATCH)], STEMS, 900)
    rows = lines.text.split("\n")[1:]
    assert rows[0].startswith(first) and len(rows) == 2


@pytest.mark.parametrize(
    ("question", "line", "answers"),
    [
        ("Combien de personnes tient la halle ?", "La halle tient 240 personnes.", True),
        ("Combien d’arbres a-t-on plantés ?", "Vingt-six jeunes arbres ont été plantés.", True),
        ("Combien d’arbres a-t-on plantés ?", "La halle tient 240 personnes.", False),
        ("Combien de temps dure la visite ?", "La visite dure une heure.", True),
        ("Faut-il payer la visite ?", "La visite est gratuite.", True),
        ("Faut-il payer la visite ?", "La visite dure une heure.", False),
    ],
)
def test_some_lines_can_answer_and_others_cannot(question: str, line: str, answers: bool) -> None:
    can = asking.wanted(question, STEMS)
    assert can is not None and can(line) is answers


def test_the_passage_that_can_answer_is_read_although_others_speak_more_of_it() -> None:
    hits = [hit(n, f"La halle aux grains, section {n}, est louée le samedi.") for n in range(1, 5)]
    hits += [hit(5, "Le port est fermé.", "e"), hit(6, "La halle tient 240 personnes.", "f")]
    question = "Combien de personnes tient la halle ?"
    can = giving(question, [Told(h.document_id, "", h.text) for h in hits], STEMS)
    assert hits[5] in chosen(hits, 4, giving=can)
    assert giving("Où est la halle ?", [], STEMS) == []


def test_the_next_passages_of_the_only_document_found_are_read_too() -> None:
    hits = [hit(n, f"Section {n}.") for n in range(1, 9)]
    assert [one.passage_id for one in chosen(hits, 4)] == [1, 2, 3, 4, 5, 6]
    hits[4] = hit(5, "Ailleurs.", "e")
    assert [one.passage_id for one in chosen(hits, 4)] == [1, 2, 3, 4, 5]


MOORING = (
    "5. Départ\nLe départ est annoncé par écrit. Plus de quarante jours avant, tout est rendu. "
    "Entre quarante et douze jours, le port garde la moitié. À moins de douze jours, rien n’est rendu."
)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("Que rend-on à un bateau parti vingt jours avant ?", "la moitié"),
        ("Que rend-on à un bateau parti 3 jours avant ?", "rien n’est rendu"),
        ("Que rend-on à un bateau parti cinquante jours avant ?", "tout est rendu"),
    ],
)
def test_the_sentence_whose_span_holds_the_quantity_is_read_and_its_neighbours_are_not(
    question: str, read: str
) -> None:
    (lines,) = evidence(question, [Told("d", "", MOORING)], STEMS, 900)
    others = {"la moitié", "rien n’est rendu", "tout est rendu"} - {read}
    assert read in lines.text and not any(other in lines.text for other in others)
    (lines,) = evidence("Que rend-on à un bateau parti deux mois avant ?", [Told("d", "", MOORING)], STEMS, 900)
    assert all(one in lines.text for one in (read, *others)), "no span has months"


@pytest.mark.parametrize(
    ("question", "price"),
    [
        ("Combien paie un pêcheur ?", True),
        ("Quelle somme doit-on payer ?", True),
        ("Que paie un pêcheur ?", True),
        ("Comment peut-on payer ?", False),
        ("Pourquoi faut-il payer ?", False),
    ],
)
def test_paying_is_a_price_only_when_one_asks_how_much(question: str, price: bool) -> None:
    assert prices.asked_for(question) is price


WHARVES = "Quai Tarif\nZone 1 12 €\nZone 2 18 €\nZone 3 25 €"


@pytest.mark.parametrize(
    ("question", "texts", "listed"),
    [
        ("Combien coûte un anneau en zone 5 ?", [WHARVES], ("zone 1", "zone 2", "zone 3")),
        ("Combien coûte un anneau en zone 3 ?", [WHARVES], None),
        ("Combien coûte un anneau en zone 5 ?", [WHARVES, "Les zones 4 à 6 sont fermées."], None),
        ("Combien coûte un anneau en zone 5 ?", [WHARVES, "La zone 5 est fermée."], None),
        ("Combien coûte un anneau en zone 5 ?", ["La zone 1 est fermée."], None),  # no list of them
        ("Combien coûte un anneau pour 5 jours ?", [WHARVES], None),
        ("Que dit l’article 12 ?", ["Article 1\nArticle 2\nArticle 3"], None),  # it may be further on
        (
            "Quel est le montant du lot 2 ?",
            ["Lot Montant\n1. Digue 12 €\n2. Quai 18 €\nLot A : fini\nLot B : fini"],
            None,
        ),
    ],
)
def test_what_a_list_numbers_otherwise_is_absent(
    question: str, texts: list[str], listed: tuple[str, ...] | None
) -> None:
    found = numbered.absent(question, texts)
    assert (found.listed if found else None) == listed
    if found:
        assert extracts_of(question, [hit(n, text) for n, text in enumerate(texts)], "fr", STEMS) == []


def test_what_there_is_instead_is_told_with_the_refusal() -> None:
    told = prompt.not_found("fr", "fr", ("zone 1", "zone 2"))
    assert told.endswith("Ils ne parlent que de\u00a0: zone 1, zone 2.") and prompt.says_not_found(told)
    assert "zone" not in prompt.not_found("fr", "fr")


HEAD = "Zone | Saison | Tarif de l’anneau"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("« Zone Saison Tarif de l’anneau » [1]\nL’anneau coûte 12 € [1].", "L’anneau coûte 12 € [1]."),
        ("« Zone 1 12 € » [1]\nL’anneau coûte 12 € [1].", "« Zone 1 12 € » [1]\nL’anneau coûte 12 € [1]."),
        ("« Zone Saison Tarif de l’anneau » dit tout [1].", "« Zone Saison Tarif de l’anneau » dit tout [1]."),
        ("« Zone Saison Tarif de l’anneau » [1]", "« Zone Saison Tarif de l’anneau » [1]"),  # nothing else is said
        ("L’anneau coûte 12 €.\n\n- un\n- deux", "L’anneau coûte 12 €.\n\n- un\n- deux"),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 200])
def test_the_header_of_a_table_is_no_quotation(written: str, shown: str, size: int) -> None:
    through = WithoutHeads([HEAD])
    text = "".join(through.feed(written[at : at + size]) for at in range(0, len(written), size))
    assert text + through.finish() == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Le port est-il ouvert le mardi ? [1]\nIl ouvre sauf le mardi [1].", "Il ouvre sauf le mardi [1]."),
        ("« Le port est-il ouvert le mardi ? » Il est fermé [2].", "Il est fermé [2]."),
        ("Le port est-il ouvert le mardi\u202f? [1].\n\n[2] Il est fermé.", "Il est fermé."),
        ("Le port est ouvert tous les jours [1].", "Le port est ouvert tous les jours [1]."),
        ("Le port est-il ouvert le mardi ? [1]", "Le port est-il ouvert le mardi ? [1]"),  # nothing else is said
        ("Le port ?", "Le port ?"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 200])
@pytest.mark.parametrize("heads", [[], [HEAD]])
def test_a_question_said_again_is_no_answer(written: str, shown: str, size: int, heads: list[str]) -> None:
    through = WithoutHeads(heads, "le port est il ouvert le mardi")
    text = "".join(through.feed(written[at : at + size]) for at in range(0, len(written), size))
    assert text + through.finish() == shown


def test_the_lines_read_tell_which_of_them_head_a_table() -> None:
    (lines,) = evidence("Combien coûte un anneau en zone 2 ?", [Told("d", "", WHARVES)], STEMS, 900)
    assert lines.heads == ("Quai Tarif",)


def test_the_reason_of_something_is_asked_with_a_doubt() -> None:
    def asked(question: str) -> str:
        extracts = [prompt.Extract("port", "Le port ouvre le lundi.")]
        built = prompt.build(question, extracts, organisation="", language="fr", budget=200, count=len)
        return built.messages[-1]["content"]

    told = asked("Pourquoi le port est-il fermé le lundi ?")
    assert told.endswith("Question : Le port est-il fermé le lundi ? Si oui, pourquoi ?")
    assert asked("Quand ouvre le port ?").endswith("Question : Quand ouvre le port ?")
    assert asked("Pourquoi ?").endswith("Question : Pourquoi ?")


def test_a_passage_that_stands_far_out_is_believed_although_a_word_is_unheard_of() -> None:
    known = Features(cosine=0.88, coverage=0.4, peak=6.4, candidates=160, unheard=1)
    assert Confidence().holds_an_answer(known)
    assert not Confidence().holds_an_answer(Features(0.88, 0.4, 5.0, 160, 1))
    assert not Confidence().holds_an_answer(Features(0.80, 0.4, 6.4, 160, 1))
