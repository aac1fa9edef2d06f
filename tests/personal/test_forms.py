"""Forms, tables and what stands beside a surname: what must be masked, what must stay."""

import time

import pytest

from demeure.personal import examine, examine_together, labels, pieces


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Nom", "name"),
        ("**Nom (majuscules)** :", "name"),
        ("Nom de l’enfant", "name"),
        ("NOM DU DEMANDEUR", "name"),
        ("Nom, prénom", "both"),
        ("NOM Prénom", "both"),
        ("Identité", "both"),
        ("Prénom de l’enfant", "first"),
        ("Maîtresse", "role"),
        ("Salarié(e)", "role"),
        ("Responsable ponton", "role"),
        ("Né(e) le", "birth"),
        ("Tél. portable", "phone"),
        ("Ont voté contre", "vote"),
        ("Nom latin", ""),
        ("Nom de la rue", ""),
        ("Nom du produit", ""),
        ("Il a donné son nom", ""),
        ("Activité", ""),
        ("", ""),
        ("n" * 100, ""),
    ],
)
def test_what_a_label_announces(label: str, kind: str) -> None:
    assert labels.kind(label) == kind


FORMS = [
    ("Nom de l’enfant | Moreau\nPrénom | Olive\nAllergie | Lait", ["Moreau", "Olive"]),
    (
        "Chevalier (voisin) 06 45 12 78 01, Petit (tante) 02 97 12 78 02",
        ["Chevalier", "06 45 12 78 01", "Petit", "02 97 12 78 02"],
    ),
    ("Moreau, DGS, est absent. Petit (adjoint au maire) aussi.", ["Moreau", "Petit"]),
    ("Bien à vous\nMoreau\nAdjoint technique", ["Moreau"]),
    ("Moreau vote contre.\nPetit demande si le budget suffit.", ["Moreau", "Petit"]),
    ("Affaire suivie par Moreau\nIl habite chez Petit.", ["Moreau", "Petit"]),
    ("Locataire\nMoreau\nLoyer\n500", ["Moreau"]),
    ("Salarié\nQuervalou\nPoste", ["Quervalou"]),
    ('{"nom": "Moreau", "prenom": "Olive", "name": "Tondeuse"}', ["Moreau", "Olive"]),
    ("<nom>Moreau</nom><prenom>Olive</prenom>", ["Moreau", "Olive"]),
    ("BEGIN:VCARD\nN:Moreau;Olive;;;\nFN:Olive Moreau", ["Moreau", "Olive", "Olive Moreau"]),
    ("M(me) Moreau. Puis m. durand est passé.", ["Moreau", "durand"]),
    ("Astreinte : Moreau\nAtt. : Petit", ["Moreau", "Petit"]),
    ('Copie : "Moreau, Zéphyr" <z@x.fr>', ["Moreau", "Zéphyr", "z@x.fr"]),
    ("Présents :\n- Abgrall\n- Quistinic\n- Moreau\n\nOrdre du jour", ["Abgrall", "Quistinic", "Moreau"]),
    ("Présents\nMoreau\nPetit\nBlanc\n\nDivers", ["Moreau", "Petit", "Blanc"]),
    ("Participants (5) :\n1. Moreau\n2. Petit (maire)\n3. Abgrall, adjoint", ["Moreau", "Petit", "Abgrall"]),
    ("Enfants :\n- Cahier\n- Gourde\nContact :\nMairie de Pontivy", []),
    ("x — Enfant 1 : Kervadec ; Enfant 2 : Zéphyr", ["Kervadec", "Zéphyr"]),
    (
        "Élève,Classe,Père,Date naissance\nZéphyr Kervadoux,CM1,Kervadoux,2012-05-02",
        ["Zéphyr Kervadoux", "Kervadoux", "2012-05-02"],
    ),
    (
        "Élève | Père\nOlive Moreau — Classe : CM0 ; Père : Moreau\nZéphyr Kervadoux — Père : Petit",
        ["Olive Moreau", "Moreau", "Zéphyr Kervadoux", "Petit"],
    ),
    ("x — Anniversaire : 1980-02-03 ; Mobile : 0645127801", ["1980-02-03", "0645127801"]),
    ("Famille;Enfant 1;Tarif\nMoreau;Olive;3 €\nPetit;Zéphyr;3 €", ["Moreau", "Olive", "Petit", "Zéphyr"]),
    ("Travaux de voirie. Tondeuses et post-scriptum. Post-scriptum : non", []),
    ("Employeur | Commune | Salarié | MOREAU JASMIN", ["MOREAU JASMIN"]),
    ("Nom (majuscules)\nMoreau", ["Moreau"]),
    ("Nom de l’usager\nMoreau\nPrénom de l’usager\nJasmin", ["Moreau", "Jasmin"]),
    ("Nom :\n\nNoël", ["Noël"]),
    ("NOM MOREAU  PRENOM OLIVE", ["MOREAU", "OLIVE"]),
    ("Nom Quervalou\nPrénom Olive", ["Quervalou", "Olive"]),
    ("Nom, prénom\nMoreau, Olive\nLe Bihan, Rose\n\nBlanc", ["Moreau", "Olive", "Le Bihan", "Rose"]),
    ("NOM Prénom\nMoreau Olive", ["Moreau Olive"]),
    ("Nom……………Moreau", ["Moreau"]),
    ("Nom : …… Moreau ……", ["Moreau"]),
    ("Nom ........ Moreau", ["Moreau"]),
    ("Nom : ____Moreau____", ["Moreau"]),
    ("Nom\tMoreau", ["Moreau"]),
    ("Responsable ponton = Chevalier", ["Chevalier"]),
    ("Identité : Olive Moreau", ["Olive Moreau"]),
    ("CP lutrin — Élève : Kervadec ; Maîtresse : Rose", ["Kervadec", "Rose"]),
    ("Présents | Moreau, Le Bihan et Petit", ["Moreau", "Le Bihan", "Petit"]),
    ("Pour : Moreau, Le Bihan", ["Moreau", "Le Bihan"]),
    ("Intervenants : Moreau (DGS), Petit (DST)", ["Moreau", "Petit"]),
    ("Bonjour Noël,\nvoici", ["Noël"]),
    ("Cordialement,\nToussaint", ["Toussaint"]),
    # tables
    ("Né le | Ville\n3 mai 1962 | Brest", ["3 mai 1962"]),
    ("Né le | 3 mai 1962 | 12 août 1980", ["3 mai 1962", "12 août 1980"]),
    ("Né le — Chef : 3 mai 1962 ; Adjoint : 12 août 1980", ["3 mai 1962", "12 août 1980"]),
    ("Prénom — Chef : Rose ; Chauffeur : Olive", ["Rose", "Olive"]),
    ("Poste | Chef | Adjoint\nPrénom | Olive | Zéphyr\nNé le | 3 mai 1962 |", ["Olive", "Zéphyr", "3 mai 1962"]),
    ("Identité;Anniversaire\nMOREAU Zéphyr;12/04\nOlive PETIT;", ["MOREAU Zéphyr", "12/04", "Olive PETIT"]),
    ("Élève;Maîtresse\nMoreau;Rose", ["Moreau", "Rose"]),
    ("Nom,CP,Tél\nMoreau,56300,0645127801", ["Moreau", "0645127801"]),
    ("Commission | Présents\nFinances | Moreau, Petit", ["Moreau", "Petit"]),
    # what stands beside
    ("Moreau, né le 03/05/1962", ["Moreau", "03/05/1962"]),
    ("Salarié Moreau, né le 03/05/1962", ["Moreau", "03/05/1962"]),
    ("Moreau (née le 3 mai 1962)", ["Moreau", "3 mai 1962"]),
    ("Moreau 06 12 34 56 78", ["Moreau", "06 12 34 56 78"]),
    ("Quervalou\n06 12 34 56 78", ["Quervalou", "06 12 34 56 78"]),
    ("Moreau\n14 allée des Tilleuls\n56300 Pontivy", ["Moreau", "14 allée des Tilleuls\n56300 Pontivy"]),
    ("Blanc <x.y@free.fr>", ["Blanc", "x.y@free.fr"]),
    ("Moreau : « bonjour »", ["Moreau"]),
    ("IBAN de Moreau", ["Moreau"]),
    ("Mme la Directrice, Moreau", ["Moreau"]),
    ("Monsieur le Directeur Moreau", ["Moreau"]),
    ("Hier les Moreau sont venus", ["Moreau"]),
    ("lundi  Moreau/Petit  8h-12h\nmardi BOULANGER V.", ["Moreau", "Petit", "BOULANGER"]),
    ("• Rose / Le Bihan : relancer", ["Rose", "Le Bihan"]),
    ("• Roux / Le Bihan : relancer", ["Roux", "Le Bihan"]),
    # headings
    ("## BLANC Jasmin", ["BLANC Jasmin"]),
    ("suivi › Moreau Olive (03/05/1962)", ["Moreau Olive", "03/05/1962"]),
    ("[1] BOULANGER", ["BOULANGER"]),
    ("## Moreau\nA payé.\n## Petit\nDoit.", ["Moreau", "Petit"]),
    ("Mme Kervadec (03/05/1962)", ["Kervadec", "03/05/1962"]),
    ("Mme Kervadec - 03/05/1962", ["Kervadec", "03/05/1962"]),
    ("Anniversaire : 12/04", ["12/04"]),
    ("née le 12 avril", ["12 avril"]),
]


@pytest.mark.parametrize(("text", "masked"), FORMS)
def test_what_must_be_masked(text: str, masked: list[str]) -> None:
    assert [text[one.start : one.end] for one in examine(text) if one.kind not in ("health", "union")] == masked


@pytest.mark.parametrize(
    "text",
    [
        "Platane — Nom latin : Platanus",
        "Produit | Nom commun | Nom latin\nArbre | Platane | Platanus",
        "Tarif | Enfant | Adulte\nEntrée | Gratuit | 5 €",
        "Prestation | Tarif | Contact\nMariage | 120 € | Mairie",
        "Client | Montant\nGarage Moreau | 120 €",
        "Titulaire | Génie civil du Val-Morne\nVendeur | Garage du Bocage",
        "Nom : Voir annexe\nNom commercial : Blanc\nNom du dossier | Rénovation",
        "Nom : \nPrénom : \nAdresse : ",
        "Nom et prénoms,\n\nAdresse actuelle,\n\nNuméro",
        "Poste : Agent technique\nResponsable : Chef de service",
        "Présents : tous les élus\nPour : 12 voix\nContre : Paris, Lyon",
        "Lundi/Mardi 8h-12h\nGaz/Eau : ok\nLoi Pinel/Duflot : Réduction",
        "Conseil Municipal (12/05/2023)\nFête Nationale - 14/07/2012",
        "## Parent\nA\n## Enfant\nB\n## Parent vivant\nC",
        "RAPPEL Urgent\nSALLE Blanche\n[1] BUDGET\nNRJ Mobile",
        "Les Marchand de sable, les Petits, les Bretons, Annexe B.",
        "Question : « oui »\nPiscine 02 98 11 22\nVitamine C.",
    ],
)
def test_what_must_stay(text: str) -> None:
    assert [text[one.start : one.end] for one in examine(text) if one.kind not in ("health", "union")] == []


def test_a_name_of_a_form_is_known_in_the_rest_and_in_the_other_texts() -> None:
    form, letter = "Nom de l’enfant | Moreau\nMoreau mange.", "Le lendemain Moreau a mangé."
    assert [one.value for one in examine(form)] == ["moreau", "moreau"]
    assert [one.kind for one in examine_together([form, letter])[1]] == ["name"]
    assert examine_together([letter])[0] == []
    row, sentence = "Nom;Prénom;Ville\nMoreau;Olive;Niort", "Voyez avec Olive. Une olive, des Olives."
    assert [[one.value for one in found] for found in examine_together([row, sentence])][1] == ["olive"]


def test_a_line_that_is_a_name_and_nothing_else_is_known_however_short() -> None:
    whole, known = "Prénom :\nRose\nNom :\nGo", dict[str, tuple[tuple[int, int, pieces.Kind, str], ...]]()
    pieces.place(whole, examine(whole), known)
    assert [one.value for one in pieces.placed("Rose", [], known)] == ["rose"]
    assert pieces.placed("Rose blanche", [], known) == []


@pytest.mark.parametrize(
    "piece",
    [
        *("Nom : ", "Nom\n", "Nom, prénom\nMoreau, Olive\n", "Moreau/", "les Moreau ", "06 | ", "0|", "né le "),
        *("## Moreau\n", "Nom……", "____", "[1] MOREAU\n", "A'A'", "— a : b ; ", "30002 ", "O1 \n- O1 ", "MO"),
        "Moreau (03/05/1962)\n",
    ],
)
def test_a_text_made_of_one_thing_takes_no_longer_than_its_length(piece: str) -> None:
    def taken(size: int) -> float:
        text = piece * (size // len(piece))
        begun = time.process_time()
        examine(text)
        return time.process_time() - begun

    taken(500)
    assert taken(40_000) < 4 * taken(20_000) + 0.5


def test_what_is_a_name_in_one_place_is_one_in_all_where_pseudonyms_hide_it() -> None:
    text = "Dire à Abgrall que oui. Abgrall doit rappeler."
    (found,) = examine_together([text])
    assert [text[one.start : one.end] for one in found] == ["Abgrall", "Abgrall"]
