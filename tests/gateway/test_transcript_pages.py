"""The pages of a transcript, without scripts: bringing a recording, its progress, speakers, its use by another
task."""

import re
import time

import httpx

from .conftest import TOKEN, Live

LINES = "Le conseil se réunit.\nLe devis est de 4 200 euros.\nMerci <b>Madame</b>."


def brought(
    client: httpx.Client, task: str, field: str, name: str = "conseil.mp3", text: str = LINES
) -> httpx.Response:
    form = {"token": TOKEN, "champ": field}
    return client.post(f"/taches/{task}/fichier", data=form, files={"file": (name, text.encode())})


def transcribed(client: httpx.Client, **more: str) -> str:
    """The address of a finished transcript."""
    opened = client.get(brought(client, "transcription", "enregistrement").headers["location"]).text
    found = re.search(r'name="enregistrement.file" value="(\w+)"', opened)
    assert found and "conseil.mp3" in opened
    data = {"token": TOKEN, "enregistrement.file": found[1], "langue": "fr", **more}
    return over(client, client.post("/taches/transcription", data=data).headers["location"])


def over(client: httpx.Client, work: str) -> str:
    for _ in range(200):
        if "data-open" not in client.get(work).text:
            return work
        time.sleep(0.02)
    raise AssertionError("the transcript is never over")


def test_a_recording_becomes_a_text_that_says_what_to_check(live: Live) -> None:
    with live.client() as client:
        form = client.get("/taches/transcription").text
        assert 'type="file"' in form and "<textarea" not in form and "Effacer l’enregistrement" in form
        missing = client.post("/taches/transcription", data={"token": TOKEN})
        assert missing.status_code == 400 and "est vide" in missing.text
        film = brought(client, "transcription", "enregistrement", "a.mov")
        assert film.status_code == 422 and "une vidéo" in film.text
        page = client.get(transcribed(client)).text
        assert "4 200 euros [à vérifier]" in page.replace("\u00a0", " ") and "[0:30]" in page
        assert "Un montant ou une date est marqué" in page and "1:30 d’enregistrement" in page
        assert "&lt;b&gt;Madame" in page and "a été effacé après la transcription" in page
        assert "/taches/resume?champ=document" in page and "souhait" not in page
        assert "/taches/compte-rendu?champ=notes" in page
    with live.client(**{"Accept-Language": "en"}) as client:
        assert "Recording" in client.get("/taches/transcription").text


def test_speakers_are_named_and_renamed_and_a_page_that_is_out_of_date_changes_nothing(live: Live) -> None:
    with live.client() as client:
        work = transcribed(client)
        page = client.get(f"{work}/intervenants").text
        state = re.search(r'name="etat" value="(\w+)"', page)
        assert state and "À 0:30, qui parle" in page
        form = {"token": TOKEN, "brouillon": "1", "etat": state[1]}
        saved = client.post(f"{work}/intervenants", data=form | {"p0": "Le maire", "p1": "Mme Morvan"})
        assert saved.status_code == 303 and "<strong>Le maire</strong>" in client.get(work).text
        late = client.post(f"{work}/intervenants", data=form | {"p0": "X"})
        assert late.status_code == 409 and "rien n’a été modifié" in late.text
        state = re.search(r'name="etat" value="(\w+)"', client.get(f"{work}/intervenants").text)
        assert state
        form = {"token": TOKEN, "brouillon": "1", "etat": state[1], "de1": "Mme Morvan", "vers1": "Claire Morvan"}
        client.post(f"{work}/intervenants", data=form)
        page = client.get(work).text
        assert "<strong>Claire Morvan</strong>" in page and "<strong>Le maire</strong>" in page
        assert client.post(f"{work}/intervenants", data=form | {"token": "x"}).status_code == 403


def test_a_recording_that_was_kept_is_listened_to_and_one_that_was_not_is_not(live: Live) -> None:
    with live.client() as client:
        work = transcribed(client, garder="oui")
        assert "est gardé avec ce travail" in client.get(work).text
        sound = client.get(f"{work}/enregistrement")
        assert sound.headers["content-type"] == "audio/wav" and sound.headers["cache-control"] == "no-store"
        assert len(sound.content) == 44 + 90 * 32_000 == int(sound.headers["content-length"])
        assert client.get(f"{transcribed(client)}/enregistrement").status_code == 409


def test_a_transcript_is_chosen_as_the_text_of_another_task(live: Live) -> None:
    with live.client() as client:
        work = transcribed(client)
        name = work.rsplit("/", 1)[1]
        form = client.get(f"/taches/resume?champ=document&travail={name}").text
        assert f'value="work:{name}" selected' in form and "Vos transcriptions" in form
        minutes = client.get(f"/taches/compte-rendu?champ=notes&travail={name}").text
        assert f'value="work:{name}" selected' in minutes and 'value="transcription" checked' in minutes
        live.rooms.tasks.engine.script = "- Le devis est de 4 200 euros."
        asked = client.post("/taches/resume", data={"token": TOKEN, "document.document": f"work:{name}"})
        page = client.get(over(client, asked.headers["location"])).text
        assert "Une de vos transcriptions" in page
        assert "à vérifier" in str(live.rooms.tasks.engine.prompts)
        file = re.search(r"fichier=(\w+)", brought(client, "resume", "document").headers["location"])
        assert file
        asked = client.post("/taches/resume", data={"token": TOKEN, "document.file": file[1]})
        assert "Transcription : conseil.mp3" in client.get(over(client, asked.headers["location"])).text
