"""What is found, in the ways people write it, and what is not."""

import gzip
import json
import re
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.personal import KINDS, Detection, counts, examine, examine_together
from demeure.personal.examining import apart
from demeure.personal.explaining import KIND_NAMES, RULES, explained
from demeure.personal.words import fold, is_first_name, is_surname

ROOT = Path(__file__).parents[2]
SETS = ROOT / "benchmarks" / "personal"

FOUND = [
    ("nir", "Sécu : 2 55 08 14 168 025 38.", "2 55 08 14 168 025 38"),
    ("nir", "NIR 255081416802538", "255081416802538"),
    ("nir", "255 08 14 168 025 / 38", "255 08 14 168 025 / 38"),
    ("nir", "n° de sécurité sociale 2 55 08 14 168 O25 38", "2 55 08 14 168 O25 38"),
    ("nir", "numéro de sécurité sociale : 2 55 08 14 168 025 37", "2 55 08 14 168 025 37"),
    ("siret", "SIRET 732 829 320 00074", "732 829 320 00074"),
    ("siren", "732 829 320 RCS Paris", "732 829 320"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606 (BIC PSSTFRPP)", "FR14 2004 1010 0505 0001 3M02 606"),
    ("iban", "fr1420041010050500013m02606", "fr1420041010050500013m02606"),
    ("iban", "Compte DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
    ("vat", "TVA FR 40 303 265 045", "FR 40 303 265 045"),
    ("vat", "TVA intracommunautaire : PT123456789", "PT123456789"),
    ("spi", "numéro fiscal 30 23 217 600 053", "30 23 217 600 053"),
    ("card", "carte 4111 1111 1111 1111", "4111 1111 1111 1111"),
    ("phone", "tél. 01.99.00.12.34", "01.99.00.12.34"),
    ("phone", "+33 (0)6 39 98 12 34", "+33 (0)6 39 98 12 34"),
    ("phone", "0033639981234", "0033639981234"),
    ("phone", "(+33) 1 99 00 12 34", "+33) 1 99 00 12 34"),
    ("phone", "+262 692 12 34 56", "+262 692 12 34 56"),
    ("phone", "0596 12 34 56", "0596 12 34 56"),
    ("phone", "O6 39 98 I2 34", "O6 39 98 I2 34"),
    ("email", "écrire à jean.dupont+x@mairie.example.fr.", "jean.dupont+x@mairie.example.fr"),
    ("email", "jean.dupont @ exemple . fr", "jean.dupont @ exemple . fr"),
    ("email", "jean.dupont [at] exemple [point] fr", "jean.dupont [at] exemple [point] fr"),
    ("plate", "le véhicule AB 123 CD", "AB 123 CD"),
    ("plate", "voiture 1234 AB 29", "1234 AB 29"),
    ("plate", "vu rue Pasteur : 1234 AB 29, à 8 h", "1234 AB 29"),
    ("plate", "le 123 ABC 2A a été vu", "123 ABC 2A"),
    ("passport", "passeport n° 12AB34567", "12AB34567"),
    ("identity", "carte nationale d’identité n° 880692310285", "880692310285"),
    ("identity", "CNI D2H6862M2 en cours de validité", "D2H6862M2"),
    ("birth", "né le 12/03/1975 à Brest", "12/03/1975"),
    ("birth", "Née le\n1er février 1980", "1er février 1980"),
    ("birth", "née le douze mars mil neuf cent cinquante-sept", "douze mars mil neuf cent cinquante-sept"),
    ("birth", "Date de naissance : 03.04.62", "03.04.62"),
    ("address", "au 12 bis, rue des Glycines, 29200 Brest", "12 bis, rue des Glycines, 29200 Brest"),
    (
        "address",
        "3 place de l’Église\nBP 12\n35000 RENNES CEDEX 7.",
        "3 place de l’Église\nBP 12\n35000 RENNES CEDEX 7",
    ),
    ("name", "Mme Zorane Kervadour a écrit", "Zorane Kervadour"),
    ("name", "madame de Kervadour", "de Kervadour"),
    ("name", "monsieur dupont est passé", "dupont"),
    ("iban", "RIB : 30004 00837 00001234567 97", "30004 00837 00001234567 97"),
    ("name", "vu avec Claire Durand hier", "Claire Durand"),
    ("name", "DURAND Claire", "DURAND Claire"),
    ("name", "signé : J.-P. Lefebvre", "J.-P. Lefebvre"),
    ("name", "le docteur Petit", "Petit"),
    ("name", "Demande de Mme Kervadour", "Kervadour"),
    ("name", "Lettre de Me Kervadour.pdf", "Kervadour"),
    ("name", "Rapport du Dr Quervac, remis hier", "Quervac"),
    ("name", "Courrier de Maître Quervac", "Quervac"),
    ("name", "Réponse des Drs Kervadour et Quervac", "Quervac"),
    ("name", "Mme Fatou N'Diaye est venue", "Fatou N'Diaye"),
    ("name", "vu avec M. N’Guyen", "N’Guyen"),
    ("name", "Nom : MOREAU\nPrénom : Sophie", "MOREAU"),
    ("name", "Demandeur : Moreau", "Moreau"),
    ("name", "**Nom :** Le Pennec", "Le Pennec"),
    ("name", "elle est née Fontaine", "Fontaine"),
    ("name", "Nom de naissance : Paris", "Paris"),
    ("name", "veuve TISSERAND", "TISSERAND"),
    ("name", "Mme Dupont, ép. Tisserand", "Tisserand"),
    ("name", "Dossier MOREAU", "MOREAU"),
    ("name", "MOREAU Sophie, 12 rue X", "MOREAU Sophie"),
    ("name", "BLANC Jean-Pierre", "BLANC Jean-Pierre"),
    ("name", "Liste\nMoreau Nathalie\n", "Moreau Nathalie"),
    ("name", "Le dossier de Jean Martin est clos.", "Jean Martin"),
    ("name", "Thomas Robert est venu. Robert a payé.", "Robert"),
    ("name", "Claire Martin est venue. Hier, Martin et Claire ont payé.", "Claire"),
    ("name", "M.Dupont est venu", "Dupont"),
    ("name", "vu avec J.Dupont", "J.Dupont"),
    ("name", "Melle Dupont", "Dupont"),
    ("name", "M. L’Hostis", "L’Hostis"),
    ("name", "M. l’Hostis", "l’Hostis"),
    ("name", "hier mme martin est passée", "martin"),
    ("name", "M. Noël", "Noël"),
    ("name", "Réponse de Pierre LE GOFF", "Pierre LE GOFF"),
    ("name", "Mme He\u0301le\u0300ne Be\u0301ranger", "He\u0301le\u0300ne Be\u0301ranger"),
    ("name", "M. Ker\u00advadour", "Ker\u00advadour"),
    ("name", "vu avec Zorane Kerva-\ndour", "Zorane Kerva-\ndour"),
    ("name", "Notes :\n1. nom;prénom\n2. KERVELLA;Gwendal", "KERVELLA"),
    ("iban", "Code 30002 Guichet 00550 Compte 0000157841Z Clé 25", "30002 Guichet 00550 Compte 0000157841Z Clé 25"),
    ("iban", "| FR33 | 3000 | 2005 | 5000 | 0015 | 7841 | Z25 |", "FR33 | 3000 | 2005 | 5000 | 0015 | 7841 | Z25"),
    ("iban", *(["F R 3 3 3 0 0 0 2 0 0 5 5 0 0 0 0 0 1 5 7 8 4 1 Z 2 5"] * 2)),
    ("iban", "FR33 3000 2005\r\n   5000 0015 7841 Z25", "FR33 3000 2005\r\n   5000 0015 7841 Z25"),
    ("iban", "1. IBAN : FR33 3000 2005\n2. 5000 0015 7841 Z25", "FR33 3000 2005\n2. 5000 0015 7841 Z25"),
    ("phone", "- Téléphone : 06 12 34.\n- 56 78.", "06 12 34.\n- 56 78"),
    ("phone", "3. Rappeler au 06 12 34\n4. 56 78", "06 12 34\n4. 56 78"),
    ("name", "M. Ker-\r\nvadour", "Ker-\r\nvadour"),
    ("nir", "| 1 | 8 5 | 0 5 | 7 8 | 0 0 6 | 0 8 4 | 9 1 |", "1 | 8 5 | 0 5 | 7 8 | 0 0 6 | 0 8 4 | 9 1"),
    ("email", "h.vasseur[@]laposte.net", "h.vasseur[@]laposte.net"),
    ("email", "hubert@\nlaposte.net", "hubert@\nlaposte.net"),
    ("email", "h.vasseur at laposte dot net", "h.vasseur at laposte dot net"),
    ("email", "jean.dupuis%40mairie.fr", "jean.dupuis%40mairie.fr"),
    ("plate", "Véhicule immatriculé ab 123 cd", "ab 123 cd"),
    ("phone", "0 6 1 2 3 4 5 6 7 8", "0 6 1 2 3 4 5 6 7 8"),
    ("phone", "06-12.34 56/78", "06-12.34 56/78"),
    ("phone", "+33(0)612345678", "+33(0)612345678"),
    ("birth", "Mme Claire Durand née Quervalou le 3 mai 1962", "3 mai 1962"),
    ("birth", "née un 3 mai 1962", "3 mai 1962"),
    ("birth", "né le 3.V.1962", "3.V.1962"),
    ("birth", "née le 3 mai de l’an 1962", "3 mai de l’an 1962"),
    ("birth", "elle a vu le jour le 1er avril 1988", "1er avril 1988"),
    ("birth", "DDN : 03051962", "03051962"),
    ("birth", "nés les 3 mai 1962 et 4 juin 1965", "4 juin 1965"),
    ("health", "en arrêt maladie", "arrêt maladie"),
    ("union", "déléguée syndicale", "déléguée syndicale"),
]  # fmt: skip

NOT_FOUND = [
    "Contact : Paris. RESPONSABLE : CONSEIL MUNICIPAL. Objet : fontaine de la place.",
    "Petit déjeuner au Petit Bateau, Grand Est, joyeux Noël à tous.",
    "De 0 1 2 3 4 5 6 7 8 9, un @ tous, M. l’adjoint, madame le maire.",
    "Réunion le 06/11/24 14-30, puis du 06/11/24 - 08/12. Référence 07/01/22-03/04.",
    "- Lot 12\n- 0612\n- 345678\n- 06\n- 07\n- 08\n- 09\n- 10",
    "1. Ouverture à 12 h\n2. 34 présents\n3. 56 votants",
    "Le budget est de 732 829 320 €, soit 1 234 567 habitants.",
    "Monsieur le Maire ouvre la séance. Madame la Directrice répond.",
    "L’école Jules Ferry, rue Jean Moulin, place Charles de Gaulle.",
    "Le 01/02/2024 10:00, article 12 345 du code, lot 123 456.",
    "Version 0.123456789, 10.0.12.34, 2024-01-02 03:04:05.",
    "La Direction générale des Finances publiques et la Caisse d’allocations familiales.",
    "Les conseillers municipaux ont voté. Celui-ci est adopté. L’avis est favorable.",
    "Demande de Mme la Directrice. Rapport du Maître d’ouvrage. Avis du Conseil de Développement.",
    "N’est-ce pas ? C’EST L’AVIS. N’OUBLIEZ PAS. M’écrire.",
    "Bonjour madame la directrice, monsieur propre est un mot, monsieur chat aussi.",
    "Ils sont 16 ch. La place est libre. 2 porte sur les années.",
    "Délibération 2024 DC 12, courrier 123-DG-45. Prix de 1500 EUR 75. Note 120 AB 99.",
]


def kinds(text: str) -> set[str]:
    return {one.kind for one in examine(text)}


@pytest.mark.parametrize(("kind", "text", "what"), FOUND, ids=[f"{k}: {w[:24]}" for k, _, w in FOUND])
def test_found_as_it_is_written(kind, text, what):
    found = [(one.kind, text[one.start : one.end]) for one in examine(text)]
    assert (kind, what) in found


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_left_alone(text):
    assert [(one.kind, text[one.start : one.end]) for one in examine(text)] == []


def test_one_value_for_all_writings_of_the_same():
    text = "tél. 01 99 00 12 34 ou +33 1.99.00.12.34, DURAND Claire"
    assert counts(examine(text)) == {"phone": 1, "name": 1}


def test_a_name_once_told_is_known_alone():
    text = "Mme Zorane Kervadour est venue. Nous avons revu Kervadour lundi, et Zorane mardi."
    assert [text[d.start : d.end] for d in examine(text)] == ["Zorane Kervadour", "Kervadour", "Zorane"]


def test_a_name_that_one_text_tells_is_known_in_those_read_with_it():
    texts = ["Mme Kervadour demande un congé.", "Kervadour.txt, lignes 1 à 8", "Le congé est accordé.", "Rien."]
    seen = [
        [text[d.start : d.end] for d in found] for text, found in zip(texts, examine_together(texts), strict=True)
    ]
    assert seen == [["Kervadour"], ["Kervadour"], [], []]
    assert [[*map(str, examine_together([text])[0])] for text in texts] == [
        [*map(str, examine(text))] for text in texts
    ], "alone, a text is examined as it was"


def test_a_name_once_told_is_known_without_its_capital_unless_it_is_a_word():
    text = "Mme Kervadour et M. LEBLANC PETIT sont venus. Et kervadour, depuis quand ? Un petit mot."
    assert [text[d.start : d.end] for d in examine(text)] == [
        *("Kervadour", "LEBLANC PETIT", "kervadour"),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Nom du produit : Blanc", []),
        ("Nom de la rue : Moreau", []),
        ("Prénom du chien : Petit", []),
        ("Nom du demandeur : Petit", ["Petit"]),
        ("Nom de la société : Moreau et fils", ["Moreau"]),
        ("Nom de la mère : BLANC", ["BLANC"]),
        ("NOM : MARTIN  PRENOM : JEAN", ["MARTIN", "JEAN"]),
        ("Prénom : Olive", ["Olive"]),
        ("né(e) Durand", ["Durand"]),
        ("Dossier PLU", []),
        ("CV_Claire_Durand.pdf", ["Claire_Durand"]),
        ("je m’appelle sylvie marchetti, et je", ["sylvie marchetti"]),
        ("je m’appelle comment déjà", []),
    ],
)
def test_what_stands_before_says_whether_it_is_somebodys_name(text, names):
    assert [text[one.start : one.end] for one in examine(text) if one.kind == "name"] == names


def test_a_birthday_and_an_address_that_is_none():
    assert [one.value for one in examine("Anniversaire : 3 mai 1962")] == ["1962-05-03"]
    assert examine("Anniversaire de l’école le 3 mai 2024") == []
    assert examine("They are at home dot com is a site") == []
    assert [one.value for one in examine("marie at exemple dot fr")] == ["marie@exemple.fr"]


def test_a_wrong_key_is_said():
    (one,) = examine("numéro de sécurité sociale : 2 55 08 14 168 025 37")
    assert one.valid is False
    assert "clé est fausse" in explained(one, "fr")


def test_every_rule_and_kind_is_explained_in_both_languages():
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/demeure/personal").glob("*.py"))
    used = set(
        re.findall(
            r'"((?:nir|siret|siren|spi|card|iban|rib|vat|phone|email|plate|passport|identity|birth|address|name|word)-[a-z0-9]+)"',
            written,
        )
    )
    assert used - {"word-health", "word-union"} <= set(RULES)
    assert all(fr and en for fr, en in RULES.values())
    assert set(KIND_NAMES) == set(KINDS)


@settings(max_examples=40)
@given(st.text(alphabet=st.sampled_from("aAéZ 0123456789.-/@+()\n,:’'LDMme rue€FR"), max_size=300))
def test_any_text_gives_spans_in_order_that_do_not_touch(text):
    found = [one for one in examine(text) if one.kind not in ("health", "union")]
    assert apart(found)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(isinstance(one, Detection) and one.value for one in found)


HOSTILE = {
    "digits": "1" * 15_000,
    "digits and blanks": "1 " * 7_000,
    "zeros": "0 0" * 5_000,
    "plus": "+3" * 7_000,
    "at signs": "a@" * 7_000,
    "dots": "a." * 7_000 + "@",
    "capitals": "A" * 15_000,
    "initials": "A. " * 5_000,
    "names": "Mme Ab " * 2_000,
    "words": "Abc " * 3_000,
    "streets": "1 rue " * 2_000,
    "postcodes": "75001 A" * 2_000,
    "births": "né le " * 2_000,
    "numbers in words": "né le un mars mil " + "cent " * 3_000,
    "letters and digits": "FR76 A1 " * 2_000,
    "newlines": "\n" * 15_000,
    "lists": "MM. Ab, " * 2_000,
    "labels": "nom : Ab\n" * 1_000,
    "brackets": "(a)" * 5_000,
    "apostrophes": "D’A" * 5_000,
    "hyphens": "A-b" * 5_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_no_longer_than_its_length(text):
    begun = time.process_time()
    examine(text)
    assert time.process_time() - begun < 4.0, "15,000 characters, on a machine that does other things too"


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("né le 3 janvıer 1975", []),
        ("né le deux avrıl mil neuf cent dix", []),
        ("né le 5 mars 1990", ["1990-03-05"]),
    ],
)
def test_a_month_in_letters_that_are_others_is_no_error(text, born):
    assert [one.value for one in examine(text)] == born


PIECES = [
    *("12 rue ", "3,\u00a0Bd. ", "8 bis av. ", "14-16 ALLÉES ", "5\nplace\n", "1 ſquare ", "7 Impasse "),
    *("9 ımpasse ", "2 côte ", "4 rues ", "1234rue ", "12345 rue ", "99 za ", "6 Z.A. ", "10 Lieu-dit "),
    *(
        "arrêt maladie",
        "Ah",
        "sida",
        "épilepsie",
        "depressif",
        "dépression",
        "cgt",
        "CGT",
        "u",
        "unsa",
        "Syndicat ",
    ),
    *("(at)", "[ arobase ]", "arobase ", "Arobas ", "<<a>>", "chez", "( a )", "FR76", "fr 12", "Fr7", "GB 0O"),
    *("1O", "l2", "12|", "I|", "2B", "2024", "O5", "12 B", "S S", "CNI 12AB", "CNIE.X", "A1B2C3D4E"),
    *(" ", "\n", "a", "é", "_", "."),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_expressions_made_quicker_find_what_the_plain_ones_find(pieces):
    from demeure.personal import accounts, addresses, contacts, papers, scanned, sensitive

    text = "".join(pieces)
    way, flag = addresses._by_head(addresses._WAYS), re.IGNORECASE
    assert way in addresses._STREET.pattern
    street = addresses._STREET.pattern.replace(way, addresses._WAYS)
    street = street.replace(f"(?!{addresses._SP}?[0-9.:;)])", "").replace("(?![0-9])", "")
    plain = [
        (addresses._STREET, re.compile(street, flag)),
        (
            accounts._HEAD,
            re.compile(
                r"[A-Z]{2}(?<![0-9A-Za-z]..)[ \u00a0]?[0-9OIlSB]{2}|[fF][rR](?<![0-9A-Za-z]..)[ \u00a0]?[0-9]{2}"
            ),
        ),
        (
            contacts._SPELT,
            re.compile(
                r"[\[({<]{1,2}[ ]?(?:at|arobase|arobas|chez|a)[ ]?[\])}>]{1,2}[ ]?|arobase?[ ]", re.IGNORECASE
            ),
        ),
        (
            papers._CARD,
            re.compile(r"(?!CNIE?[ .])[0-9A-Z](?<![0-9A-Za-z].)(?:[ .]?[0-9A-Z]){8,13}(?![0-9A-Za-z])"),
        ),
    ]
    for quick, slow in plain:
        assert [found.span() for found in quick.finditer(text)] == [found.span() for found in slow.finditer(text)]
    small = sensitive.lowered(text)
    said = list(sensitive.detect(text, text.lower()))
    for kind, words in sensitive._DATA.items():
        slow = re.compile("|".join(rf"(?<!\w)(?:{word})(?!\w)" for word in words))
        assert {one.start for one in said if one.kind == kind} == {found.start() for found in slow.finditer(small)}
    token = r"[0-9OoQDIl|SBZz](?<![0-9A-Za-zÀ-ÿ].)[0-9OoQDIl|SBZz]{0,19}(?![0-9A-Za-zÀ-ÿ])"
    assert scanned.repaired(text) == re.sub(token, scanned._figures, text)


def test_the_frozen_sets_hold_people_that_no_list_knows():
    documents = spans = 0
    for path in sorted(SETS.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                documents += 1
                spans += len(one["spans"])
                assert all(one["text"][a:b].strip() and kind in KINDS for a, b, kind in one["spans"])
                names = [one["text"][a:b] for a, b, kind in one["spans"] if kind == "name"]
                words = {w for name in names for w in re.split(r"[\s-]+", fold(name)) if len(w) > 3}
                assert not {w for w in words if is_first_name(w) or is_surname(w)}
    assert documents >= 300
    assert spans > 2000


def test_the_benchmark_keeps_its_targets_on_a_part_of_the_sets(capsys, monkeypatch):
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import personal_data
    finally:
        sys.path.pop(0)
    for path in sorted(SETS.glob("*.jsonl.gz")):
        part = list(personal_data.documents(path))[::3]
        measured = personal_data.measured(part, 5)
        assert personal_data.kept(measured), measured["missed"]
