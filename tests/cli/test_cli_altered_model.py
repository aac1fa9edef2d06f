"""A model file that changed on the disk: the engine refuses it, and everybody who looks or asks is told why."""

import json
import os
from pathlib import Path

import httpx
import pytest
from people import Person, furnish

from demeure.testing.people import CHOICE

ME = Person(os.geteuid())
pytestmark = pytest.mark.model


@pytest.mark.thorough
def test_an_altered_model_is_told_by_status_doctor_page_and_answer(tmp_path: Path) -> None:
    instance, paper = tmp_path / "instance", tmp_path / "cantine.txt"
    furnish(instance, ME.uid)
    paper.write_text("Le prix du repas de la cantine est de 3,20 euros par enfant.\n", encoding="utf-8")
    model = instance / "models" / "test-chat.gguf"
    model.chmod(0o600)
    with model.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    with ME.house(instance) as address:
        ME.tell(instance, "spaces", "create", "Mairie")
        ME.tell(instance, "documents", "add", "--space", "Mairie", str(paper))
        for language, told in (("fr", "test-chat.gguf est refusé"), ("en", "test-chat.gguf is refused")):
            asked = ME.output(
                instance, "--language", language, "ask", "--json", "Quel est le prix de la cantine ?", code=1
            )
            answer = json.loads(asked)
            assert answer["outcome"] == "failed" and answer["problem"]["code"] == "EngineFailed"
            assert told in answer["problem"]["sentence"]
            assert answer["sources"], "what was found is shown all the same"
            assert told in ME.tell(instance, "--language", language, "status", code=1)
            assert told in ME.tell(instance, "--language", language, "doctor", code=1)
        (row,) = [p for p in ME.status(instance, code=1)["processes"] if p["role"] == "engine-chat"]
        assert row["failure"]["code"] == "ModelHashWrong" and row["model"] == "test-chat"
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as client:
            client.post(ME.output(instance, "link").strip(), data=CHOICE)
            assert "test-chat.gguf est refusé" in client.get(f"{address}/maison").text
