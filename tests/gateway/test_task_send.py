"""A draft as a file to send: its subject, marks and sources, who has read it again, its table; sections anew."""

import re

import httpx
import pytest

from demeure.policy import Actor, Role
from demeure.words import TextVersion, term
from demeure.workshop import Answering

from .conftest import TOKEN, Live
from .test_task_pages import over, started


def kept(live: Live, kind: str, body: str, name: str = "") -> None:
    text = TextVersion(kind, name, 1, body, "p1", "2026-11-24T12:00:00.000000Z", "")
    live.rooms.words.versions_kept[("", kind, name)] = [text]


def exported(client: httpx.Client, work: str, kind: str, **more: str) -> httpx.Response:
    return client.get(f"{work}/brouillon/1/fichier", params={"format": kind, **more})


@pytest.mark.parametrize("kind", ["docx", "odt", "pdf", "md"])
def test_a_mail_leaves_with_its_subject_its_lines_and_its_own_closing(live: Live, kind: str) -> None:
    kept(live, "letterhead", "Mairie de Saint-Aubin\n1 place de la Fontaine")
    kept(live, "closing", "Veuillez agréer nos salutations.")
    live.rooms.tasks.engine.script = "Objet : Salle\n1. La salle est libre le 14 juin.\n2. La caution est de 300 €."
    with live.client() as client:
        work = started(client, signature="Claire\nAccueil", notes="salle libre le 14 juin\ncaution 300 €")
        file = exported(client, work, kind, lettre="1")
        assert file.status_code == 200 and file.headers["content-disposition"].endswith(f"Salle.{kind}")
        api = f"/api/works/{work.rsplit('/', 1)[1]}/drafts/1/file"
        assert client.get(api, params={"format": kind, "letter": "1"}).content == file.content
    letter, asked = live.rooms.exporter.written[0]
    assert (asked, letter.title, letter.letterhead) == (
        kind,
        "Salle",
        ("Mairie de Saint-Aubin", "1 place de la Fontaine"),
    )
    assert letter.closing == letter.signature == (), "the text holds them already"
    assert letter.text.startswith("Bonjour,")
    assert letter.text.endswith("Veuillez agréer nos salutations.\n\nClaire  \nAccueil")
    facts = dict(letter.facts)
    assert facts["AIGenerated"] == "true" and facts["AIModel"] == "essai" and facts["HumanReview"] == "none"
    assert "essai" in letter.mention and letter.review == "Pas encore relu par une personne."
    written = [
        (e.phase, e.outcome, e.object) for e in live.rooms.journal.entries if e.name.startswith("file-exported")
    ]
    assert written[:2] == [("intention", None, kind), ("closing", "done", kind)]


def test_what_nothing_holds_is_said_in_the_file(live: Live) -> None:
    live.rooms.tasks.engine.script = "La salle Zola est libre le 14 juin."
    with live.client() as client:
        exported(client, started(client, "reformulation", texte="La salle est libre le 14 juin."), "odt")
    assert "Zola (non étayé)" in live.rooms.exporter.written[0][0].text


def test_personal_data_are_masked_where_it_was_asked(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    live.rooms.tasks.engine.script = "Objet : Mme Claire Durand\n1. Mme Durand attend au 01 99 00 12 34."
    with live.client() as client:
        work = started(client, signature="Accueil", notes="Mme Claire Durand attend au 01 99 00 12 34")
        file = exported(client, work, "odt", forme="masque")
        assert file.status_code == 200 and "Durand" not in file.headers["content-disposition"]
        assert exported(client, work, "odt").status_code == 200
        masked, plain = (letter for letter, _kind in live.rooms.exporter.written[:2])
        assert "Mme\u00a0[PERSONNE_1" in masked.text and "[TELEPHONE_1]" in masked.text
        assert "Durand" not in masked.text + masked.title and "01 99" not in masked.text
        assert "masquées par des règles" in masked.mention and "masquées" not in plain.mention
        assert "Durand" in plain.text

        def broken(told: object) -> None:
            raise RuntimeError(told)

        monkeypatch.setattr("demeure.gateway.masking.hidden", broken)
        assert exported(client, work, "odt", masque="1").status_code == 500, "nothing leaves unmasked"
        assert len(live.rooms.exporter.written) == 2


def test_who_has_read_it_again_is_said_until_its_words_change(live: Live) -> None:
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        work = started(client)
        assert "J’ai relu ce texte" in client.get(work).text
        assert client.post(f"{work}/brouillon/1/relu", data={"token": TOKEN}).status_code == 303
        assert "Relu par Claire" in client.get(work).text
        exported(client, work, "pdf")
        assert live.rooms.exporter.written[-1][0].review.startswith("Relu par Claire")
        client.post(f"{work}/modifier", data={"token": TOKEN, "brouillon": "1", "texte": "D’autres mots."})
        assert "Relu par Claire" not in client.get(work).text
        api = work.replace("travaux", "api/works")
        told = client.post(f"{api}/drafts/1/review").json()
        assert told["drafts"][0]["details"]["reviewed"]["by"] == "Claire Morvan"
        assert client.post(f"{work}/brouillon/7/relu", data={"token": TOKEN}).status_code == 404
        assert client.post(f"{work}/brouillon/x/relu", data={"token": TOKEN}).status_code == 400
    names = [entry.name for entry in live.rooms.journal.entries]
    assert names.count("draft-reviewed") == 2


def test_a_table_leaves_as_a_spreadsheet_and_a_text_without_one_does_not(live: Live) -> None:
    live.rooms.shelves.put("Tarifs 2026.pdf", passages=2)
    live.rooms.tasks.library.texts["d1"] = ["La salle est louée 85 € le week-end."]
    live.rooms.tasks.engine.script = "85 €"
    with live.client() as client:
        work = started(client, "tableau", documents="document:d1", questions="prix de la salle")
        page = client.get(work).text
        assert '<option value="ods">' in page and '<option value="csv">' in page and page.count("Télécharger") == 1
        for kind in ("ods", "csv"):
            assert exported(client, work, kind).status_code == 200
        letter, _ = live.rooms.exporter.written[-1]
        assert "| Tarifs 2026.pdf | 85\u202f€ [1] |" in letter.text and letter.sources[0].where == "page 1"
        mail = started(client)
        assert '<option value="ods">' not in client.get(mail).text
        refused = exported(client, mail, "ods")
        assert refused.status_code == 409 and "tableau" in refused.text
        assert exported(client, mail, "exe").status_code == 400
        assert client.get(f"{mail}/brouillon/9/fichier").status_code == 404


def test_forms_to_avoid_are_marked_in_the_text_and_told_under_it(live: Live) -> None:
    live.rooms.words.kept[""] = [term("réfectoire", avoid=["cantine"], note="charte <b>")]
    live.rooms.tasks.engine.script = "Objet : Repas\n1. La cantine est ouverte."
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        work = started(client, notes="cantine ouverte")
        page = client.get(work).text.replace("&nbsp;", "\u00a0")
        assert (
            'class="wording"' in page and "écrire «\u00a0réfectoire\u00a0»" in page and "charte &lt;b&gt;" in page
        )
        assert re.search(r"2 formes que le glossaire remplace", page)
        told = client.get(work.replace("travaux", "api/works")).json()["drafts"][0]["report"]
        assert [one["said"] for one in told[-1]["found"]] == ["Cantine", "cantine"]


def test_a_section_is_written_anew_from_its_page_and_by_the_api(live: Live) -> None:
    live.rooms.tasks.engine.script = "1. Le prestataire nettoie les vitres."
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        work = started(client, "cahier", objet="vitres", besoin="nettoyer les vitres", espaces="mairie")
        page = client.get(work).text
        assert "Reprendre une section" in page and "Dites" not in page and "4. Contraintes</summary>" in page
        live.rooms.tasks.engine.script = "1. Le budget est de 300 €."
        form = {"token": TOKEN, "brouillon": "1", "section": "4", "lignes": "budget 300 €"}
        assert client.post(f"{work}/section", data=form).status_code == 303
        page = client.get(over(client, work)).text
        assert "Le budget est de 300" in page and "section 4. Contraintes" in page
        assert "Le prestataire nettoie les vitres." in page
        api = work.replace("travaux", "api/works")
        asked = {"number": 2, "section": 6, "lines": "début le 4 mai"}
        assert client.post(f"{api}/section", json=asked).status_code == 200
        told = client.get(over(client, work).replace("travaux", "api/works")).json()["drafts"][2]
        assert told["section"] == 6 and told["given"] == {
            "contraintes": "budget 300 €",
            "calendrier": "début le 4 mai",
        }
        assert client.post(f"{api}/section", json={"number": 1, "section": 9}).status_code == 404


def test_minutes_are_made_with_the_template_that_was_chosen(live: Live) -> None:
    kept(live, "template", "PV : {titre}\n\n{décisions}", "Procès-verbal")
    live.rooms.tasks.engine.script = "DÉCISION : Le devis de 300 € est adopté."
    with live.client() as client:
        assert ">Procès-verbal</option>" in client.get("/taches/compte-rendu").text
        given = {"seance": "Bureau", "notes": "Le devis de 300 € est adopté ce jour.", "modele": "Procès-verbal"}
        page = client.get(started(client, "compte-rendu", **given)).text
        assert "PV" in page and "(à vérifier)" in page and "à vérifier avant d’envoyer" in page


def test_a_shared_draft_leaves_with_the_rights_of_its_reader(live: Live) -> None:
    with live.client() as client:
        work = started(client)
        client.post(f"{work}/partager", data={"token": TOKEN, "espace": "mairie"})
    live.rooms.reception.sessions["paul"] = Actor("person", "p9", "Paul Roux", frozenset({Role.AGENT}))
    with live.client("paul") as client:
        assert exported(client, work, "md").status_code == 200
        assert "J’ai relu ce texte" not in client.get(work).text


def test_a_message_that_was_dropped_is_answered_by_a_draft_of_its_thread(live: Live) -> None:
    asked = Answering((("Léa", "lea@x.example"),), "Salle", "<a1@x.example>")
    live.rooms.tasks.workshop.answering = asked
    live.rooms.tasks.engine.script = "Objet : Salle\n1. La salle est libre le 14 juin."
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        sent = client.post("/api/tasks/files", params={"name": "question.eml"}, content="La salle est-elle libre ?")
        work = started(client, recu=f"file:{sent.json()['file']}", notes="salle libre le 14 juin")
        assert "Brouillon (.eml)" in client.get(work).text
        file = exported(client, work, "eml")
        assert file.headers["content-type"] == "message/rfc822"
        assert file.headers["content-disposition"].endswith("Salle.eml")
        letter, kind = live.rooms.exporter.written[-1]
        assert (kind, letter.answering) == ("eml", asked), "kept with the work, and read back"
        assert exported(client, started(client), "eml").status_code == 200, "an e-mail that answers nothing"
        assert live.rooms.exporter.written[-1][0].answering is None
        summary = started(client, "reformulation", texte="La salle est libre le 14 juin.")
        assert exported(client, summary, "eml").status_code == 400, "no e-mail"
        assert "Brouillon (.eml)" not in client.get(summary).text
