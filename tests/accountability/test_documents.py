"""Every statement of every document says where it comes from; those about a measure name a check; one that fails
makes its measure « non effective »; three words never appear; people's text is never lost."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.accountability import (
    ClassFact,
    Facts,
    Kept,
    ModelFact,
    PersonFact,
    ProofFact,
    RouteFact,
    SpaceFact,
    communicable,
    document,
    laws,
    markdown,
    measures,
    merge,
    parts,
    run,
    standing,
    texts,
    titles,
    to_fill,
)
from demeure.accountability import checks as all_checks
from demeure.accountability import live as all_live
from demeure.accountability.documents import ASK, LAW, LIVE, OURS
from demeure.accountability.errors import RegisterUnknown
from demeure.accountability.measures import named

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
BARE = Facts(NOW)
COMPANY = {
    "id": "c1",
    "name": "Atelier du Val",
    "country": "FR",
    "law": "droit français",
    "contract": "M-4",
    "begins": "2026-01-01",
    "annex": "2026-01-01",
    "workers": 2,
    "came": (1, 1, "2026-11-12T09:30:00.000000Z"),
    "may": "status",
}
GOOD = Facts(
    NOW,
    organisation="Mairie de Saint-Aubin",
    version="0.9",
    address="https://demeure.lan",
    ladder="A",
    proof=ProofFact(NOW - timedelta(days=2), "blocked", "A", 0, NOW + timedelta(hours=1)),
    differences=0,
    undeclared=0,
    journal_state="ok",
    journal_entries=20_000,
    journal_verified=NOW - timedelta(days=3),
    witness_size=900,
    witness_at=NOW - timedelta(days=2),
    backup="good",
    backup_at=NOW - timedelta(days=1),
    drill="good",
    drill_at=NOW - timedelta(days=9),
    holders=2,
    sheet_at=NOW - timedelta(days=40),
    hosted_by="own",
    places=1,
    disk="encrypted",
    tls="served",
    tls_ends=NOW + timedelta(days=200),
    people=(PersonFact("p1", "Claire Durand", "administrator", True, NOW - timedelta(days=30)),),
    review_at=NOW - timedelta(days=5),
    review_late=False,
    charter=2,
    charter_waiting=0,
    keys=1,
    keys_long=0,
    policy_number=3,
    policy_at="2026-11-01",
    archives=True,
    classes=(ClassFact("interne", "Interne", "never", 365, None, 365),),
    spaces=(SpaceFact("s1", "État civil", "interne", 3, 1, 12), SpaceFact("s2", "Urbanisme", "interne", 1)),
    models=(ModelFact("m1", "Petit modèle", "Apache-2.0", "chat", "ab" * 32, "same", NOW - timedelta(days=3)),),
    routes=(RouteFact("albert", "engine", "albert.example", False, "FR", "droit français", "DGS", "aide", "C-12"),),
    antivirus="/run/clamd.ctl",
    antivirus_answers=True,
    requests_open=1,
    requests_late=0,
    incidents_open=0,
    incidents_late=0,
    marked=True,
    strangers_refused=True,
    more={
        "components_differ": 0,
        "windows_over": 0,
        "companies": [COMPANY],
        "windows": {"opened": 3, "signed": 2, "open": 1, "last": "2026-11-12T09:30:00.000000Z"},
    },
)
OPEN = replace(
    GOOD,
    routes=(replace(GOOD.routes[0], open=True, sent=4), RouteFact("brut", "engine", "x.example", True)),  # type: ignore[index]
    hosted_by="Hébergeur du Val",
    proof=None,
    people=(),
)
BAD = replace(
    OPEN,
    differences=1,
    undeclared=2,
    ladder="C",
    proof=ProofFact(NOW - timedelta(days=4), "open", "A", 1, NOW - timedelta(days=3)),
    journal_state="reserve",
    journal_verified=NOW - timedelta(days=40),
    witness_size=0,
    backup="late",
    drill="late",
    holders=1,
    disk="clear",
    tls_ends=NOW - timedelta(days=1),
    people=(PersonFact("p", "P", "administrator"), PersonFact("c", "C", "contractor")),
    review_late=True,
    charter_waiting=1,
    keys_long=1,
    policy_number=0,
    spaces=(SpaceFact("s", "S", "?"), SpaceFact("t", "T", "libre")),
    classes=(ClassFact("libre", "Libre"),),
    models=(ModelFact("m", "M", "", "chat", looked="altered"),),
    antivirus_answers=False,
    requests_late=1,
    incidents_late=1,
    archives=False,
    marked=False,
    strangers_refused=False,
    more={"components_differ": 1, "windows_over": 1, "companies": [COMPANY | {"annex": ""}]},
)
ABOUT_A_MEASURE = re.compile(
    r"chiffr|sauvegard|cloison|sécuris|protég|écrit[es]* (?:d’abord )?au journal|\bantivirus\b|seconde preuve|"
    r"restaur|isolé|empêch|garanti|rien n’(?:en )?sort|ne sort|droit de lire|aucune? .* ne |surveill|filtr",
    re.IGNORECASE,
)
"""Words of whoever claims that something protects."""
ALL = pytest.mark.parametrize("name", titles())
HOUSES = pytest.mark.parametrize("facts", [BARE, GOOD, OPEN], ids=["bare", "good", "open"])


def text_of(name: str, facts: Facts, kept: dict[str, Kept] | None = None) -> str:
    return markdown(parts(document(name, facts), kept or {}), run(facts), facts, "projet")


# -- traces -------------------------------------------------------------------------------------------


@ALL
@HOUSES
def test_every_statement_says_where_it_comes_from(name: str, facts: Facts) -> None:
    for section in document(name, facts).sections:
        for one in section.proposal:
            assert one.kind in (ASK, LAW, LIVE, OURS) and one.trace and all(one.trace), one
            if one.kind == LAW:
                assert one.trace[0] in laws() and laws()[one.trace[0]].source in one.text


@ALL
@HOUSES
def test_no_sentence_about_a_measure_comes_without_the_check_that_proves_it(name: str, facts: Facts) -> None:
    known = [named(check) for check in all_checks.names()]
    for line in text_of(name, facts).splitlines():
        if line.startswith(("## ", "# ")) or "vérifié le" in line or "à vérifier" in line or to_fill(line):
            continue
        if line.startswith("- À l’organisation"):
            continue  # a question
        if (line.startswith("| ") and "| Mesure" not in line) or ABOUT_A_MEASURE.search(line):
            cited = [check for check in known if check in line]
            assert cited, f"{name}: {line}"


SAID_AS_IT_IS = (
    "Chercher, résumer, comparer, rédiger un brouillon",
    "Confier une donnée sensible à une IA grand public",
    "Données traitées et sources\u00a0: celles que le reçu",
    "Données\u00a0: nom, identifiant, rôle",
    "Déposer un document dans l’espace de sa classe",
    "Finalité\u00a0: ouvrir la maison à qui en a le droit",
    "Le détail des protections est ôté",
    "Personnes\u00a0: celles qui ont un compte",
    "Prendre une décision sur une personne",
    "Prêter son compte",
    "Retirer la mention d’un texte",
    "Si un défaut vous gêne sur une page",
    "Une réponse est une aide\u00a0: vous la relisez",
    "«\u00a0Cette décision a été préparée avec l’aide d’un traitement algorithmique",
)
"""The fixed sentences that tell no measure: rules for people, what a part holds. Whoever writes another one says
here that it claims nothing, or names the checks that prove it."""


@ALL
@HOUSES
def test_a_fixed_sentence_names_its_checks_or_is_known_to_claim_nothing(name: str, facts: Facts) -> None:
    for section in document(name, facts).sections:
        for one in section.proposal:
            if one.kind == OURS and not set(one.trace) & all_checks.names():
                assert one.text.startswith(SAID_AS_IT_IS), f"{name}: {one.text}"


def test_that_law_can_fail() -> None:
    unheard = "Vos questions restent entre nous"
    assert not ABOUT_A_MEASURE.search(unheard) and not unheard.startswith(SAID_AS_IT_IS)
    assert ABOUT_A_MEASURE.search("Les documents sont chiffrés.")
    assert ABOUT_A_MEASURE.search("Rien ne sort de la maison.")


@ALL
@HOUSES
def test_three_words_are_left_to_those_who_may_say_them(name: str, facts: Facts) -> None:
    assert not re.search(r"conform|certifi(?!cat)|qualifi", text_of(name, facts), re.IGNORECASE)


def test_those_words_are_in_no_data_file_either() -> None:
    from importlib.resources import files

    for name in ("measures", "documents", "pa102", "law", "courses", "incidents"):
        data = (files("demeure.accountability") / f"{name}.toml").read_text(encoding="utf-8")
        assert not re.search(r"conform|certifi(?!cat)|qualifi", data, re.IGNORECASE), name
        said = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', data))
        assert not re.search(r"[^\u00a0\u202f][;!?»]|[^\u00a0\u202f:/]:(?![/\d])|«[^\u00a0]", said), name


# -- measures -----------------------------------------------------------------------------------------


def test_each_check_can_hold_and_can_fail_or_be_unknown() -> None:
    good, bare = run(GOOD), run(BARE)
    assert [one.check for one in good.values() if one.state != "held"] == []
    assert [one.check for one in bare.values() if one.state == "held" and one.check != "tls-valid"] == []
    assert [one.check for one in run(BAD).values() if one.state != "failed"] == []


OUTSIDER = PersonFact("w1", "Luc Petit", "contractor")
FAILING = [
    ("holders-two", {"holders": 1}),
    ("holders-two", {"sheet_at": NOW - timedelta(days=367)}),
    ("journal-witness", {"witness_at": NOW - timedelta(days=700)}),
    ("contracts-annexed", {"more": {"companies": [COMPANY | {"ends": "2026-11-26"}]}}),
    ("contracts-annexed", {"more": {"companies": [COMPANY | {"ends": "un jour"}]}}),
    ("contracts-annexed", {"more": {"companies": []}, "hosted_by": "Hébergeur du Val"}),
    ("contracts-annexed", {"people": (OUTSIDER,)}),
    ("contracts-annexed", {"people": (OUTSIDER,), "more": {"companies": []}}),
    ("routes-contracts", {"routes": (replace(GOOD.routes[0], open=True, expiry="2026-11-26"),)}),  # type: ignore[index]
]
NOT_KNOWN = [
    ("holders-two", {"sheet_at": None}),
    ("contracts-annexed", {"hosted_by": ""}),
    ("contracts-annexed", {"hosted_by": "", "more": {"companies": []}}),
    ("journal-witness", {"witness_at": None}),
    ("sbom-listed", {"more": {}}),
    ("disk-encrypted", {"disk": "unknown"}),
    ("contracts-annexed", {"hosted_by": "Hébergeur du Val"}),
    ("models-whole", {"models": (replace(GOOD.models[0], looked_at=None),)}),  # type: ignore[index]
]
STILL = [
    ("contracts-annexed", {"people": (OUTSIDER,), "more": {"companies": [COMPANY | {"accounts": ("w1",)}]}}),
    ("contracts-annexed", {"more": {"companies": [COMPANY | {"ends": "2026-11-27"}]}}),
    ("contracts-annexed", {"hosted_by": "atelier du val"}),
    ("contracts-annexed", {"hosted_by": "own"}),
    ("routes-contracts", {"routes": (replace(GOOD.routes[0], open=True, expiry="2027-01-01"),)}),  # type: ignore[index]
]


@pytest.mark.parametrize(
    ("check", "changed", "state"),
    [
        *((*one, "failed") for one in FAILING),
        *((*one, "unknown") for one in NOT_KNOWN),
        *((*one, "held") for one in STILL),
    ],
)
def test_a_check_looks_at_terms_and_ages(check: str, changed: dict[str, Any], state: str) -> None:
    assert run(replace(GOOD, **changed))[check].state == state


def test_what_was_read_long_ago_is_not_dated_today() -> None:
    found = run(GOOD)
    assert found["models-whole"].age(NOW) == 3 and found["journal-witness"].age(NOW) == 2


@pytest.mark.parametrize("name", measures())
def test_a_failing_check_makes_its_measure_non_effective_in_every_document(name: str) -> None:
    one, results = measures()[name], dict(run(GOOD))
    assert one.state(results) == "held" and one.refs
    results[one.checks[0]] = replace(results[one.checks[0]], state="unknown", at=None)
    assert one.state(results) == "unknown"
    results[one.checks[-1]] = replace(results[one.checks[-1]], state="failed")
    assert one.state(results) == "failed"
    for document_name in titles():
        made = document(document_name, GOOD)
        text = markdown(parts(made, {}), results, GOOD, "projet")
        rows = [line for line in text.splitlines() if line.startswith(f"| {one.fr} |")]
        assert all(" | non effective | " in row for row in rows)
        assert bool(rows) == any(name in section.measures for section in made.sections)


def test_every_check_has_a_french_name_of_its_own_in_french_documents() -> None:
    called = {check: named(check) for check in all_checks.names()}
    assert len(set(called.values())) == len(called) and not set(called.values()) & set(called)
    assert not any(re.search(r" [:;!?»]|\\. ", said) for said in called.values())
    for name in titles():
        made = text_of(name, GOOD)
        assert not [check for check in called if re.search(rf"\b{check}\b", made)], name


@ALL
def test_days_are_written_as_in_french_and_no_state_in_english(name: str) -> None:
    route = replace(GOOD.routes[0], expiry="2027-06-30")  # type: ignore[index]
    for facts in (replace(GOOD, routes=(route,)), OPEN, replace(BAD, journal_state="silent")):
        text = text_of(name, facts)
        assert not re.search(r"\b20\d\d-\d\d-\d\d|\((?:ok|reserve|silent)\)", text), name
    assert "journal qui s’écrit\u00a0: tenu, aujourd’hui\u00a0;" in text_of("mesures", GOOD)
    assert "non tenu, aujourd’hui (écrit sur sa réserve)" in text_of("mesures", BAD)


def test_a_recommendation_is_not_said_to_be_met_by_a_course_that_does_not_teach_it() -> None:
    """R32 is about generated code, of which no lesson speaks."""
    from demeure.accountability import courses

    taught = " ".join(lesson for one in courses() for lesson in one.lessons)
    (r32,) = (one for one in document("risques", GOOD).sections if one.key == "r32")
    assert "code" in taught or "course" not in r32.measures


def test_accounts_without_a_password_are_told_apart() -> None:
    all_in = text_of("registre", GOOD)
    assert "où l’on peut entrer\u00a0: 1 (" in all_in and "encore sans mot de passe" not in all_in
    waiting = text_of("registre", replace(GOOD, people_awaited=1))
    assert "où l’on peut entrer\u00a0: 1 (" in waiting
    assert "encore sans mot de passe\u00a0: 1" in waiting


def test_a_check_says_its_age_and_every_measure_and_every_line_is_used() -> None:
    text = text_of("mesures", GOOD)
    assert "essai des murs encore valable\u00a0: tenu, il y a 2 jours (essai du 25/11/2026)" in text
    assert "liaisons vivantes déclarées\u00a0: tenu, aujourd’hui" in text
    used = {name for d in titles() for section in document(d, GOOD).sections for name in section.measures}
    assert used == set(measures())
    assert {check for one in measures().values() for check in one.checks} == all_checks.names()
    from importlib.resources import files

    data = (files("demeure.accountability") / "documents.toml").read_text(encoding="utf-8")
    assert [name for name in all_live.names() if f'"{name}"' not in data] == []
    cited = {
        one.trace[0] for d in titles() for s in document(d, GOOD).sections for one in s.proposal if one.kind == LAW
    }
    elsewhere = {"gdpr-33-3", "gdpr-34", "gdpr-12-4", "gdpr-15", "gdpr-20"}
    assert cited | elsewhere == set(laws()), "what no document cites, the incidents or the letters do"


def test_the_file_of_risks_has_the_thirty_five() -> None:
    keys = [section.key for section in document("risques", GOOD).sections]
    assert keys == ["systeme", *(f"r{n}" for n in range(1, 36))]
    assert all(section.measures or section.proposal for section in document("risques", GOOD).sections)


def test_a_law_says_its_reference_since_when_it_applies_and_who_read_it() -> None:
    for one in laws().values():
        assert one.article and one.source.startswith(texts()[one.text].fr)
        assert one.verified == "" or (datetime.fromisoformat(one.verified) and one.how)
        assert ("vérifié le" if one.verified else "à vérifier, texte non lu") in one.told
        assert one.applies in one.told
        assert one.applies == "date d’application non relevée" or re.search(r" \d\d/\d\d/20\d\d$", one.applies)
    told = laws()["gdpr-30"].told
    assert (
        "(RGPD, règlement (UE) 2016/679 du 27 avril 2016, article 30, paragraphe 1\u00a0; depuis le 25/05/2018"
        in told
    )
    assert "à partir du 02/12/2027" in laws()["ai-26"].told and "2026/1744" in laws()["ai-4"].source
    assert {name for name, one in laws().items() if not one.verified} == {
        "ai-annex-3",
        "crpa-inventory",
        "cada-register",
        "rgaa",
    }, "whoever reads one of these says so here"
    assert laws()["gdpr-33"].hours == 72 and laws()["gdpr-12-3"].months == 1


def test_an_open_route_is_a_recipient_and_a_transfer() -> None:
    text = text_of("transferts", OPEN)
    assert "albert (albert.example, FR), brut (x.example, pays non dit)" in text
    assert (
        "| non effective | contrat de chaque route ouverte" in text
        and "Messages passés depuis le premier compte\u00a0: 4" in text
    )
    assert "aucun (contrôle\u00a0: aucune route ouverte)" in text_of("registre", GOOD)
    assert "albert.example, pays FR, droit français\u00a0; fermée" in text_of("transferts", GOOD)
    assert "la politique les refuse à cette classe" in text_of("registre", OPEN)
    with pytest.raises(RegisterUnknown, match="registre"):
        document("impots", GOOD)


def test_a_company_that_works_on_the_house_is_a_processor() -> None:
    text = text_of("sous-traitants", GOOD)
    assert (
        "Société «\u00a0Atelier du Val\u00a0»" in text
        and "M-4, depuis le 01/01/2026, sans terme\u00a0; annexe de l’article 28\u00a0: signée le 01/01/2026"
        in text
    )
    ending = replace(GOOD, more={"companies": [COMPANY | {"ends": "2027-12-31", "annex": ""}]})
    assert "du 01/01/2026 au 31/12/2027\u00a0; annexe de l’article 28\u00a0: aucune" in text_of(
        "sous-traitants", ending
    )
    assert "contrats et annexes des sociétés\u00a0: tenu" in text
    came = "Fenêtres d’intervention ouvertes en un an\u00a0: "
    assert f"{came}3, la dernière le 12/11/2026, rapports signés\u00a0: 2, encore ouvertes\u00a0: 1" in text
    assert f"{came}1, la dernière le 12/11/2026, rapports signés\u00a0: 1\n" in text, "of that company alone"
    assert f"{came}aucune" in text_of("sous-traitants", replace(GOOD, more={"windows": {"opened": 0}}))
    assert "contrats et annexes des sociétés\u00a0: non vérifié" in text_of("sous-traitants", BARE)


def test_what_is_communicated_hides_names_and_protections() -> None:
    kept = {"espace-s1": Kept("", "- Finalité\u00a0: actes ; tenu par Claire Durand")}
    made = communicable(parts(document("registre", GOOD), kept), ["Claire Durand"])
    text = markdown(made, run(GOOD), GOOD, "projet")
    assert "(occulté)" in text and "Claire" not in text and "| Mesure" not in text and "encore valable" not in text


def test_names_are_hidden_whatever_their_case_their_order_and_in_titles_too() -> None:
    house = replace(GOOD, spaces=(SpaceFact("s1", "Dossier de CLAIRE DURAND", "interne"),))
    text = "- Tenu par durand Claire, Claire\u00a0Durand, et Claire Durandal"
    made = communicable(
        parts(document("registre", house), {"espace-s1": Kept("", text)}), ["Claire Durand", "", " "]
    )
    told = markdown(made, run(house), house, "projet").casefold()
    assert "claire durand " not in told and "dossier de (occulté)" in told
    assert "tenu par (occulté), (occulté), et claire durandal" in told
    assert "relisez avant de communiquer" in text_of("cada", GOOD)


def test_a_name_that_was_erased_hides_no_dash_and_one_of_a_single_word_no_common_word() -> None:
    text = "- Ouvert du lundi – vendredi à l’accueil ; l’ACCUEIL, ou Accueil, décide avec CLAIRE durand"
    names = ["–", "Accueil", "Claire Durand"]
    made = communicable(parts(document("registre", GOOD), {"espace-s1": Kept("", text)}), names)
    told = next(part.text for part in made if part.section.key == "espace-s1")
    assert "lundi – vendredi à l’accueil" in told
    assert told.endswith("l’(occulté), ou (occulté), décide avec (occulté)")


@pytest.mark.parametrize("name", ["DUPONT", "dupont", "Dupont"])
def test_a_name_of_one_word_is_hidden_however_names_are_written(name: str) -> None:
    kept = {"espace-s1": Kept("", "- Tenu par M. Dupont, Mme DUPONT, et Dupontel ; JEAN-PIERRE, Jean-Pierre")}
    made = communicable(parts(document("registre", GOOD), kept), [name, "jean-pierre"])
    told = next(part.text for part in made if part.section.key == "espace-s1")
    assert told.endswith("M. (occulté), Mme (occulté), et Dupontel ; (occulté), (occulté)")


# -- what people wrote --------------------------------------------------------------------------------


def test_what_people_wrote_stays_when_the_house_changes() -> None:
    before = document("registre", GOOD)
    section = next(one for one in before.sections if one.key == "espace-s1")
    mine = section.text.replace("Finalité\u00a0: à compléter", "Finalité\u00a0: délivrer les actes")
    kept = {"espace-s1": Kept(section.text, mine)}
    more = replace(GOOD, spaces=(replace(GOOD.spaces[0], people=9), GOOD.spaces[1]))  # type: ignore[index]
    text = text_of("registre", more, kept)
    assert "délivrer les actes" in text and "9 personnes et 1 groupe" in text
    both = {"espace-s1": Kept(section.text, mine.replace("3 personnes et 1 groupe", "le service, et lui seul"))}
    found = next(one for one in parts(document("registre", more), both) if one.section.key == "espace-s1")
    assert "le service, et lui seul" in found.text and len(found.conflicts) == 1
    assert "9 personnes" in found.conflicts[0].new and "lui seul" in found.conflicts[0].mine
    gone = replace(GOOD, spaces=())
    assert "délivrer les actes" in text_of("registre", gone, kept), "the space is gone, its words are not"
    assert standing(before, run(GOOD))["failed"] == 0


LINES = st.lists(st.sampled_from(["a", "b", "c", "d", "", "- e : f", "g"]), max_size=9).map("\n".join)


@given(LINES, LINES, LINES)
def test_a_merge_loses_nothing(base: str, mine: str, new: str) -> None:
    made = merge(base, mine, new)
    everywhere = "\n".join([made.text, *(f"{one.mine}\n{one.new}" for one in made.conflicts)]).split("\n")
    for side in (mine, new):
        for line in set(side.split("\n")) - set(base.split("\n")):
            assert line in everywhere
    for line in set(mine.split("\n")) - set(base.split("\n")):
        assert line in made.text.split("\n"), "what people wrote is in the text itself"
    replaced = {line for one in made.conflicts for line in one.mine.split("\n")}
    assert set(made.text.split("\n")) - set(made.taken.split("\n")) <= replaced, (
        "what is said to be replaced, alone"
    )
    for line in set(new.split("\n")) - set(base.split("\n")):
        assert line in made.taken.split("\n"), "what the house says now is in the text that takes it"
    if not made.conflicts:
        assert made.taken == made.text
        assert set(made.text.split("\n")) <= {*base.split("\n"), *mine.split("\n"), *new.split("\n")}


EDITS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=9)


@given(EDITS)
def test_only_the_lines_that_both_changed_are_a_conflict(edits: list[tuple[bool, bool]]) -> None:
    base = [f"ligne {n}" for n in range(len(edits))]
    mine = [f"réponse {n}" if ours else line for n, (line, (ours, _)) in enumerate(zip(base, edits, strict=True))]
    new = [f"maison {n}" if theirs else line for n, (line, (_, theirs)) in enumerate(zip(base, edits, strict=True))]
    made = merge("\n".join(base), "\n".join(mine), "\n".join(new))
    sides = list(zip(edits, mine, new, strict=True))
    assert made.text.split("\n") == [own if ours else other for (ours, _), own, other in sides]
    assert made.taken.split("\n") == [other if theirs else own for (_, theirs), own, other in sides]
    told = [line for one in made.conflicts for line in one.mine.split("\n")]
    assert told == [own for (ours, theirs), own, _ in sides if ours and theirs]


def test_the_line_below_an_answer_changes_without_a_conflict() -> None:
    asked = ["- Finalité : à compléter", "- Base légale : à compléter", "- Catégories : à compléter"]
    answers = ["- Finalité : état civil", "- Base légale : mission", "- Catégories : habitants"]
    base = "\n".join([*asked, "- Transferts : aucune route ouverte"])
    new = "\n".join([*asked, "- Transferts : 1 route ouverte"])
    made = merge(base, "\n".join([*answers, "- Transferts : aucune route ouverte"]), new)
    assert made.text == "\n".join([*answers, "- Transferts : 1 route ouverte"]) == made.taken
    assert not made.conflicts
    both = merge(base, "\n".join([*answers, "- Transferts : Suisse"]), new)
    assert [one.mine for one in both.conflicts] == ["- Transferts : Suisse"]
    assert both.taken == made.text, "taking the new one takes one line"


def test_lines_that_were_moved_are_not_decided_one_by_one() -> None:
    made = merge("a\nb\nc", "b\na\nx", "y\nb2\nc")
    assert len(made.conflicts) == 1 and made.text == "b\na\nx"


@given(LINES, LINES)
def test_a_merge_with_one_side_unchanged_is_the_other_side(base: str, other: str) -> None:
    assert merge(base, base, other).text == other and merge(base, other, base).text == other
    assert merge(base, other, other).text == other
    assert not (merge(base, base, other).conflicts or merge(base, other, base).conflicts)


def test_a_title_leaves_it_to_the_file_to_say_that_it_is_a_draft() -> None:
    """A file adds « (projet) » or its version to the title: said by the title too, it would be said twice, or
    against a signed version."""
    assert [title for title in titles().values() if "projet" in title or title.endswith(")")] == []


def test_a_text_that_the_house_contradicts_says_so_wherever_it_is_read() -> None:
    generated = document("registre", GOOD)
    part = generated.sections[0]
    kept = {part.key: Kept(part.text.replace("Organisation", "Organisme"), "- à nous", "p1", "")}
    text = markdown(parts(generated, kept), run(GOOD), GOOD, "projet")
    mine, told = text.index("- à nous"), text.index("> À choisir avant de signer. La maison dit maintenant\u00a0:")
    assert mine < told and "\n> - Organisation" in text[told:]


def test_a_part_whose_measures_are_hidden_is_not_left_empty() -> None:
    hidden = communicable(parts(document("registre", GOOD), {}), [])
    assert [one.section.key for one in hidden if not one.text.strip()] == []
    assert next(one for one in hidden if one.section.key == "securite").text == "- (occulté)"
