"""Clients that nobody here wrote, against a served house: the official ones of OpenAI (Python, Node) and MCP,
`llm`, curl; schemathesis over the whole description, with a session, a key, and nothing.

They live in a folder of their own (``make clients``; DEMEURE_CLIENTS names it): a virtual environment and a
``node_modules``. Without it these tests are skipped aloud.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demeure.identity import KeyLimits, Quotas
from demeure.policy.scopes import ASKS, DRAFTS, MODELS
from demeure.testing.gateway import CLAIRE, FakeRooms

from .conftest import TOKEN, Live

HERE = Path(__file__).parents[1] / "clients"
FOLDER = Path(os.environ.get("DEMEURE_CLIENTS", "cache/clients")).resolve()
PYTHON = FOLDER / "bin" / "python"
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not PYTHON.exists(), reason="no clients: make clients"),
]
SOUND = "Bonjour à tous.\nLa séance est ouverte."


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    rooms = FakeRooms()
    for process in rooms.porter.state["processes"]:
        if process["role"].startswith("engine-"):
            process["model"] = {"engine-chat": "petit-modele", "engine-embed": "e5"}[process["role"]]
    rooms.shelves.put("Tarifs.pdf")
    rooms.finder.texts["d1"] = "La salle se loue 85 euros."
    return serve(rooms)


@pytest.fixture
def secret(live: Live) -> str:
    return asyncio.run(live.rooms.applications.give_own(CLAIRE, "essai", 30, (ASKS, DRAFTS, MODELS)))[1]


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "parole.wav"
    path.write_text(SOUND, encoding="utf-8")
    yield path


def run(*command: str | Path, **environment: str) -> str:
    """Its output; clean of our own environment."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=280, check=False, env={**kept, **environment}
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    return done.stdout


def test_the_official_openai_client_of_python(live: Live, secret: str, sound: Path) -> None:
    told = json.loads(run(PYTHON, HERE / "openai_python.py", live.url, secret, sound, "scripted"))
    assert told["heard"].startswith("Bonjour à tous.") and told["sources"]


def test_the_official_openai_client_of_node(live: Live, secret: str, sound: Path) -> None:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "openai").exists():
        pytest.skip("no Node, or no openai package: make clients")
    told = json.loads(run(node, HERE / "openai_node.mjs", FOLDER, live.url, secret, sound))
    assert told["text"] == "Bonjour de la maison."


def test_the_official_mcp_client(live: Live, secret: str) -> None:
    told = json.loads(run(PYTHON, HERE / "mcp_python.py", "http", live.url, secret))
    assert "[1]" in told["answer"] and told["draft"]


def test_llm(live: Live, secret: str, tmp_path: Path) -> None:
    models = [
        {"model_id": name, "model_name": name, "api_base": f"{live.url}/v1", "api_key_name": "demeure"}
        for name in ("demeure-chat", "demeure-base")
    ]
    (tmp_path / "extra-openai-models.yaml").write_text(json.dumps(models))  # JSON is YAML
    home = {"LLM_USER_PATH": str(tmp_path), "OPENAI_BASE_URL": f"{live.url}/v1"}
    llm = FOLDER / "bin" / "llm"
    for model, said in (("demeure-chat", "Bonjour de la maison."), ("demeure-base", "[1]")):
        assert said in run(llm, "-m", model, "--key", secret, "Quel tarif ?", **home)


def test_curl(live: Live, secret: str, sound: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl")
    bearer = f"Authorization: Bearer {secret}"
    asked = '{"model": "demeure-chat", "messages": [{"role": "user", "content": "Bonjour"}], "stream": true}'
    kind = "Content-Type: application/json"
    said = run(curl, "-sSN", "-H", bearer, "-H", kind, "-d", asked, f"{live.url}/v1/chat/completions")
    assert said.rstrip().endswith("data: [DONE]")
    form = ["-F", f"file=@{sound}", "-F", "model=whisper-1", "-F", "response_format=text"]
    heard = run(curl, "-sS", "-H", bearer, *form, f"{live.url}/v1/audio/transcriptions")
    assert heard == "Bonjour à tous. La séance est ouverte.\n"


@pytest.mark.parametrize("who", ["session", "key", "nobody"])
def test_schemathesis_over_the_whole_description(live: Live, secret: str, who: str) -> None:
    headers = {
        "session": [("Cookie", f"{live.cookie}=claire"), ("X-Demeure-Token", TOKEN)],
        "key": [("Authorization", f"Bearer {secret}")],
        "nobody": [],
    }[who]
    many = KeyLimits(quotas=Quotas(requests_minute=1_000_000))
    for name in list(live.rooms.applications.rows):
        asyncio.run(live.rooms.applications.limit(CLAIRE, name, many))
    command = [PYTHON.parent / "schemathesis", "run", f"{live.url}/openapi.json", "--max-examples", "6"]
    for name, value in headers:
        command += ["-H", f"{name}: {value}"]
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    run(*command, "--checks", checks, "--phases", "examples,fuzzing", "--no-color", "--seed", "1")
    if who == "nobody":
        assert live.rooms.assistant.asked == [] and live.rooms.completer.requests == []
