"""The pages of the tasks, without scripts: starting, reading, refining, comparing, changing, sharing, deleting."""

import re
import time
from collections.abc import Callable

import httpx
import pytest

from demeure.gateway import entitled
from demeure.policy import Actor, Decision, Reason, Role

from .conftest import TOKEN, Live

NOTES = {
    "token": TOKEN,
    "notes": "salle libre le 14 juin\ncaution 300 €\nclés vendredi avant 17 h",
    "signature": "Claire",
}

OWN = """name = "arrosage"
version = 1
recipe = "write"
group = "write"
title = { fr = "Avis d’arrosage" }
lead = { fr = "Un avis aux habitants." }
[[fields]]
name = "dates"
kind = "line"
label = { fr = "Dates" }
[prompt.fr]
system = "Tu écris un avis."
user = "Dates : {dates}"
[[case]]
fields = { dates = "du 3 au 9 juillet" }
"""


def started(client: httpx.Client, task: str = "courriel", **fields: str) -> str:
    """The address of a work whose draft is over."""
    answer = client.post(f"/taches/{task}", data=(NOTES if task == "courriel" else {"token": TOKEN}) | fields)
    assert answer.status_code == 303, answer.text
    return over(client, answer.headers["location"])


def over(client: httpx.Client, work: str) -> str:
    for _ in range(200):
        if "data-open" not in client.get(work).text:
            return work
        time.sleep(0.02)
    raise AssertionError("the draft is never over")


def test_the_page_lists_tasks_by_group_and_one_s_works(live: Live) -> None:
    with live.client() as client:
        empty = client.get("/taches").text
        assert "Aucun travail pour l’instant" in empty
        assert "Écrire" in empty and 'href="/taches/courriel"' in empty
        work = started(client)
        listed = client.get("/taches").text
        assert work in listed and "Votre demande de salle" in listed
        assert "Votre demande" in client.get("/taches?q=caution").text
        assert "Aucun travail ne correspond" in client.get("/taches?q=zanzibar").text
        assert work not in client.get("/taches?etat=cours").text and work in client.get("/taches?etat=prets").text
    with live.client(**{"Accept-Language": "en"}) as client:
        assert "E-mail" in client.get("/taches").text


def test_a_form_without_scripts_asks_for_a_draft_and_keeps_what_was_typed(live: Live) -> None:
    with live.client() as client:
        refused = client.post("/taches/courriel", data=NOTES | {"notes": " ", "signature": "<b>Claire</b>"})
        assert refused.status_code == 400 and "&lt;b&gt;Claire" in refused.text and "est vide" in refused.text
        page = client.get(started(client)).text
        assert "Madame, Monsieur" not in page and "Bonjour," in page and "300 €" in page
        foreign = client.post("/taches/courriel", data=NOTES | {"token": "x"})
        assert foreign.status_code == 403 and "salle libre le 14 juin" in foreign.text
        assert client.get("/taches/absente").status_code == 404


def test_a_draft_is_refined_compared_changed_and_taken_away(live: Live) -> None:
    with live.client() as client:
        work = started(client)
        live.rooms.tasks.engine.script = "Votre salle est libre le 14 juin. La caution est de 300 €."
        client.post(f"{work}/affiner", data={"token": TOKEN, "brouillon": "1", "souhait": "shorter"})
        page = client.get(over(client, work)).text
        assert "Plus court" in page and "Comparer avec le brouillon 1" in page
        compared = client.get(f"{work}/comparer?avant=1&apres=2").text
        assert re.search(r"<del><span class=\"vh\">retiré", compared) and "<ins>" in compared
        text = re.sub(r'<span class="vh">[^<]*</span>|<[^>]+>', "", compared)
        assert "La Votre salle est libre" in text, "what takes the place of a word stands apart from it"
        assert "300 €. Clés vendredi avant 17 h." in text.replace("\u00a0", " ").replace("\u202f", " "), (
            "no space where the texts have none"
        )
        assert client.get(f"{work}/comparer?avant=1&apres=9").status_code == 404
        kept = client.post(f"{work}/modifier", data={"token": TOKEN, "brouillon": "2", "texte": "Mes mots."})
        assert kept.status_code == 303 and "Mes mots." in client.get(kept.headers["location"]).text
        empty = client.post(f"{work}/modifier", data={"token": TOKEN, "brouillon": "2", "texte": " "})
        assert empty.status_code == 400 and "L’ancien texte est gardé" in empty.text
        taken = client.get(f"{work}/telecharger/2")
        assert taken.text == "Mes mots.\n" and "attachment" in taken.headers["content-disposition"]
        assert client.get(f"{work}/telecharger/0").status_code == 404
        none = client.post(f"{work}/affiner", data={"token": TOKEN, "brouillon": "2"})
        assert none.status_code == 400 and "est vide" in none.text


def test_the_ease_of_reading_is_told_with_one_figure_after_the_comma(live: Live) -> None:
    live.rooms.tasks.engine.script = "Pour l’aide de 120 €, envoyez un justificatif avant le 3 mars."
    given = "L’octroi de l’aide de 120 € est subordonné à la production d’un justificatif avant le 3 mars."
    with live.client() as client:
        page = client.get(started(client, "reformulation", texte=given)).text
        rows = page[page.index('id="ease"') : page.index("</tbody>")]
        assert re.search(r"<td>\d+,\d \(", rows) and "<td>16,0</td>" in rows
        assert not re.search(r"\d,\d\d", rows)


def test_a_document_that_was_asked_about_is_named(live: Live) -> None:
    live.rooms.shelves.put("Tarifs 2026.pdf", passages=2)
    live.rooms.tasks.library.texts["d1"] = ["La salle est louée 85 €."]
    live.rooms.tasks.engine.script = "- La salle est louée 85 €."
    with live.client() as client:
        work = started(client, "resume", **{"document.document": "d1"})
        assert "<dd>Tarifs 2026.pdf</dd>" in client.get(work).text
        del live.rooms.shelves.rows["d1"]
        page = client.get(work).text
        assert "<dd>Tarifs 2026.pdf</dd>" not in page and "<dd>un document</dd>" in page


def test_a_work_is_named_shared_and_deleted(live: Live) -> None:
    with live.client() as client:
        work = started(client)
        assert client.post(f"{work}/renommer", data={"token": TOKEN, "title": " "}).status_code == 400
        assert client.post(f"{work}/renommer", data={"token": TOKEN, "title": "Ma salle"}).status_code == 303
        assert "<h1 data-title>Ma salle</h1>" in client.get(work).text
        client.post(f"{work}/partager", data={"token": TOKEN, "espace": "mairie"})
        assert "Les membres de" in client.get(work).text
        assert "Supprimer «\u00a0Ma salle\u00a0»" in client.get(f"{work}/supprimer").text
        gone = client.post(f"{work}/supprimer", data={"token": TOKEN})
        assert gone.headers["location"] == "/taches?efface" and client.get(work).status_code == 404
        assert "est supprimé" in client.get("/taches?efface").text


def test_a_file_is_dropped_without_scripts_and_by_the_api(live: Live) -> None:
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        text = "La salle des fêtes se loue 85 € le week-end. " * 30
        form = {"token": TOKEN, "champ": "document"}
        sent = client.post("/taches/resume/fichier", data=form, files={"file": ("note.txt", text)})
        assert sent.status_code == 303 and "note.txt" in client.get(sent.headers["location"]).text
        file = client.post("/api/tasks/files?name=lettre.txt", content=text.encode()).json()
        assert file["name"] == "lettre.txt" and file["characters"] in (len(text), len(text.strip()))
        live.rooms.tasks.engine.script = "- La salle des fêtes se loue 85 € le week-end."
        work = started(client, "resume", **{"document.file": file["file"]})
        assert "lettre.txt" in client.get(work).text
        empty = client.post("/api/tasks/files?name=vide.txt", content=b" ")
        assert empty.status_code == 422 and empty.json()["error"]["code"] in ("NothingToRead", "DocumentEmpty")
        assert client.post("/taches/resume", data={"token": TOKEN, "document.file": "absent"}).status_code == 404
        ticked = f'value="file:{file["file"]}" checked'
        assert ticked in client.get(f"/taches/tableau?champ=documents&fichier={file['file']}").text
        form = {"token": TOKEN, "documents": f"file:{file['file']}", "questions": ""}
        again = client.post("/taches/tableau", data=form)
        assert again.status_code == 400 and ticked in again.text and "lettre.txt" in again.text
        leases = [client.post(f"/api/tasks/files?name={n}.txt", content=text.encode()).json() for n in "ab"]
        form |= {"documents": [f"file:{one['file']}" for one in leases], "questions": "loyer"}
        assert client.post("/taches/tableau", data=form).status_code == 303


def test_a_draft_is_followed_no_longer_than_its_session(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitled, "LOOK", 0.05)
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        live.rooms.tasks.engine.delay = 0.05
        name = client.post("/api/tasks/courriel", json={"fields": {"notes": "salle libre le 14 juin"}}).json()[
            "work"
        ]
        sessions = dict(live.rooms.reception.sessions)
        with client.stream("GET", f"/api/works/{name}/events") as answer:
            lines = answer.iter_lines()
            next(line for line in lines if line == "event: text")
            live.rooms.reception.sessions.clear()
            told = list(lines)
        assert "event: problem" in told and "NotSignedIn" in told[told.index("event: problem") + 1]
        live.rooms.reception.sessions.update(sessions)
        live.rooms.tasks.engine.delay = 0.0
        over(client, f"/travaux/{name}")
        assert client.get(f"/api/works/{name}").json()["drafts"][0]["state"] == "done", "it went on"


def test_the_api_starts_follows_refines_and_deletes(live: Live) -> None:
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        live.rooms.tasks.engine.delay = 0.02
        work = client.post("/api/tasks/courriel", json={"fields": {"notes": "salle libre le 14 juin"}}).json()
        name = work["work"]
        with client.stream("GET", f"/api/works/{name}/events") as answer:
            told = "".join(answer.iter_text())
        assert "event: state" in told and "event: text" in told and "Objet" in told
        live.rooms.tasks.engine.delay = 0.0
        done = client.get(f"/api/works/{name}").json()
        assert done["drafts"][0]["state"] == "done"
        assert client.post(f"/api/works/{name}/refine", json={"number": 1, "wish": "warmer"}).status_code == 200
        over(client, f"/travaux/{name}")
        assert len(client.get(f"/api/works/{name}").json()["drafts"]) == 2
        assert client.post(f"/api/works/{name}/rename", json={"title": "Salle"}).json()["title"] == "Salle"
        assert [one["title"] for one in client.get("/api/works?q=salle").json()["works"]] == ["Salle"]
        assert client.post("/api/tasks/courriel", json={"fields": []}).status_code == 400
        assert client.post("/api/tasks/courriel", json={"fields": {"notes": 3}}).status_code == 400
        assert client.delete(f"/api/works/{name}").status_code == 204
        assert client.get(f"/api/works/{name}").status_code == 404


def test_another_person_s_work_does_not_exist(live: Live) -> None:
    with live.client() as client:
        work = started(client)
    live.rooms.reception.sessions["paul"] = Actor("person", "p9", "Paul Roux", frozenset({Role.AGENT}))
    with live.client("paul") as client:
        assert (
            client.get(work).status_code == 404
            and client.get(work.replace("travaux", "api/works")).status_code == 404
        )


def test_an_administrator_brings_a_task_and_is_told_the_line_of_a_mistake(live: Live) -> None:
    with live.client() as client:
        form = {"token": TOKEN}
        wrong = client.post(
            "/administration/taches", data=form, files={"file": ("x.toml", OWN.replace("1", "0", 1))}
        )
        assert wrong.status_code == 400 and "ligne 2" in wrong.text
        added = client.post("/administration/taches", data=form, files={"file": ("x.toml", OWN)})
        assert added.status_code == 303 and "Avis d’arrosage" in client.get("/administration/taches?ajoutee").text
        assert "Avis d’arrosage" in client.get("/taches").text
        twice = client.post("/administration/taches", data=form, files={"file": ("x.toml", OWN)})
        assert twice.status_code == 409 and "version 1" in twice.text
        assert client.post("/administration/taches/arrosage/retirer", data=form).status_code == 303
        assert "Avis d’arrosage" not in client.get("/taches").text


def test_a_house_that_refuses_tasks_says_why(serve: Callable[..., Live]) -> None:
    from demeure.policy import Action, decide

    def refuse(actor, action, resource):  # type: ignore[no-untyped-def]
        if action is Action.TASK_USE:
            return Decision(False, (Reason("lundi", "C’est fermé le lundi.", "Closed on Mondays."),), "monday")
        return decide(actor, action, resource)

    live = serve(decision=refuse)
    with live.client() as client:
        assert client.get("/taches/courriel").status_code == 403
        assert "fermé le lundi" in client.get("/taches/courriel").text
