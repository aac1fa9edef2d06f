"""The extension of LibreOffice: its pieces, then the whole in a real Writer against a house served over TLS."""

import ast
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.gateway.threshold import Threshold
from demeure.office import CODE, bundle, connection_code
from demeure.testing.gateway import FakeRooms
from demeure.tls import make_root, names_of, sign_server

from .conftest import TOKEN, Live
from .test_root import NAMES, NOW, ROOT, ROOT_KEY, threshold

SOURCES = Path(__file__).resolve().parents[2] / "src" / "demeure" / "office" / "extension"
sys.path.insert(0, str(SOURCES / "pythonpath"))
from demeure_desk import connection as links  # noqa: E402 - as LibreOffice finds it
from demeure_desk import house, marks, words  # noqa: E402

SOFFICE, UNOPKG, SYSTEM = shutil.which("soffice"), shutil.which("unopkg"), "/usr/bin/python3"


def test_the_extension_is_the_same_bytes_for_the_same_sources_and_runs_on_old_pythons() -> None:
    made = bundle()
    assert made == bundle()
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        names = archive.namelist()
        assert {"META-INF/manifest.xml", "description.xml", "Addons.xcu", "demeure_office.py"} <= set(names)
        assert b"@VERSION@" not in archive.read("description.xml") and not [n for n in names if "pyc" in n]
        listed = set(re.findall(r'full-path="([^"]+)"', archive.read("META-INF/manifest.xml").decode()))
        menu = set(re.findall(r"org\.demeure\.office:(\w+)", archive.read("Addons.xcu").decode()))
    assert listed <= set(names)
    assert menu == {"reformuler", "corriger", "resumer", "question", "arreter", "travaux", "reglages"}
    imported = set()
    for path in SOURCES.rglob("*.py"):
        tree = ast.parse(path.read_text(), feature_version=(3, 8))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported |= {name.split(".")[0] for name in names}
    ours = {"uno", "unohelper", "com", "demeure_desk"}
    assert imported - ours <= sys.stdlib_module_names, "nothing but what LibreOffice ships"
    assert (
        "urllib" not in imported
        or "urllib.request" not in (SOURCES / "pythonpath/demeure_desk/house.py").read_text()
    )


def test_a_connection_code_says_a_house_and_nothing_else(tmp_path: Path) -> None:
    code = connection_code("https://demeure.mairie.lan:8420", "demeure-abc", ROOT)
    link = links.from_code(f"  {code[:40]}\n{code[40:]} ")
    assert (link.host, link.port, link.secure, link.key, link.root) == (
        *("demeure.mairie.lan", 8420, True, "demeure-abc"),
        ROOT.decode(),
    )
    links.save(str(tmp_path / "user"), link)
    kept = tmp_path / "user" / links.FILE
    assert kept.stat().st_mode & 0o777 == 0o600
    assert vars(links.load(str(tmp_path / "user"))) == vars(link)
    kept.write_text("{")
    assert links.load(str(tmp_path / "user")) is None
    loopback = links.from_code(connection_code("http://127.0.0.1:8420", "demeure-abc", b""))
    assert not loopback.secure
    for address in (
        "http://mairie.lan:8420",
        "https://a@b",
        "ftp://a",
        "https://a/chemin",
        "https://a?x=1",
        "",
        "https://",
    ):
        with pytest.raises(links.CodeWrong):
            links.from_code(connection_code(address, "demeure-abc", b""))
    for wrong in ("", CODE, "demeure1.%%%", "demeure2." + code[9:], code[:-9], CODE + "e30", CODE + "W10"):
        with pytest.raises(links.CodeWrong):
            links.from_code(wrong)


LINE = st.text(alphabet="abé 1.,'’\u00a0", max_size=30)


@given(st.lists(LINE, max_size=5), st.lists(LINE, max_size=5))
@settings(max_examples=150, deadline=None)
def test_edits_make_the_one_text_into_the_other(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n\n".join(after)
    found = marks.edits(old, new)
    kept = [line.strip() for line in new.split("\n") if line.strip()]
    if found is None:
        assert len([line for line in before if line.strip()]) != len(kept)
        return
    made = old
    for start, end, text in reversed(found):
        made = made[:start] + text + made[end:]
    assert [line.strip() for line in made.split("\n") if line.strip()] == kept
    assert made.count("\n") == old.count("\n"), "paragraphs are never touched"


def test_a_draft_becomes_paragraphs_with_notes() -> None:
    found = marks.paragraphs(
        "## Titre\n\nLa **salle** ferme [1], *tôt* [9].\n- un\n2. deux\n| a | b |\n|---|---|", {1}
    )
    assert found == [
        [marks.Run("Titre", bold=True)],
        [
            *(marks.Run("La "), marks.Run("salle", bold=True), marks.Run(" ferme"), marks.Run("", note=1)),
            *(marks.Run(", "), marks.Run("tôt", italic=True), marks.Run(" "), marks.Run("[9]"), marks.Run(".")),
        ],
        [marks.Run("–\u00a0un")],
        [marks.Run("2.\u00a0deux")],
        [marks.Run("a\tb")],
    ]


def test_every_sentence_is_said_in_both_languages_with_french_signs() -> None:
    for key, (french, english) in words.SENTENCES.items():
        assert set(re.findall(r"{(\w+)}", french)) == set(re.findall(r"{(\w+)}", english)), key
        assert not re.search(r" [:;!?»]|« ", french), key
        assert french and english and key in "".join(p.read_text() for p in SOURCES.rglob("*.py"))


class Elsewhere(BaseHTTPRequestHandler):
    """Answers as no house does: ``/api/tasks`` leads away, the rest is no JSON."""

    came: list[str] = []  # noqa: RUF012 - one server, one test

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.came.append(self.path)
        if self.path == "/api/tasks":
            self.send_response(307)
            self.send_header("Location", "/ailleurs")
        else:
            self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"<p>")


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _link(address: str, root: bytes = b"") -> Any:
    return links.from_code(connection_code(address, "demeure-abc", root))


def test_it_speaks_to_the_declared_house_only(
    elsewhere: str, serve: Callable[..., Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    there = house.House(_link(elsewhere), "fr")
    with pytest.raises(house.HouseProblem) as away:
        there.greet()
    assert (away.value.key, Elsewhere.came) == ("elsewhere", ["/api/tasks"]), "a redirection is not followed"
    with pytest.raises(house.HouseProblem) as garbage:
        there.call("GET", "/page")
    assert garbage.value.key == "not_understood"
    with pytest.raises(house.HouseProblem) as nobody:
        house.House(_link("http://127.0.0.1:1"), "fr").greet()
    assert nobody.value.key == "away"
    live = serve(FakeRooms(), threshold=threshold())
    for root in (b"", make_root(NAMES, "Autre", NOW)[0]):
        with pytest.raises(house.HouseProblem) as stranger:
            house.House(_link(live.url, root), "fr").greet()
        assert stranger.value.key == "not_the_house"
    assert live.rooms.applications.tried == [], "the key is not shown to whom is not the house"
    with pytest.raises(house.HouseProblem) as refused:
        house.House(_link(live.url, ROOT), "en").greet()
    assert "This application key is not known here" in refused.value.said


# -- in LibreOffice --------------------


def _absent() -> str:
    if not SOFFICE or not UNOPKG:
        return "LibreOffice is not installed: its extension is not tried"
    if not Path(SYSTEM).exists() or subprocess.run([SYSTEM, "-c", "import uno"], capture_output=True).returncode:
        return "python3-uno is not installed: LibreOffice's extension is not tried"
    return ""


class Office:
    """A LibreOffice of its own, its profile in ``folder``; ``ask``: see office_writer.Writer."""

    def __init__(self, folder: Path) -> None:
        profile = folder.as_uri()
        layer = [f"-env:{name}={profile}/shared" for name in ("UNO_SHARED_PACKAGES", "UNO_SHARED_PACKAGES_CACHE")]
        where = [f"-env:UserInstallation={profile}/user", *layer]
        shared = ["--shared"] if os.geteuid() == 0 else []  # unopkg installs nothing for root alone
        package = folder / "demeure.oxt"
        package.write_bytes(bundle())
        subprocess.run([str(UNOPKG), "add", *shared, "-f", *where, str(package)], check=True, capture_output=True)
        pipe = f"demeure-{os.getpid()}-{time.monotonic_ns()}"
        command = [str(SOFFICE), "--headless", "--norestore", "--nologo", "--nodefault", *where]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.program = subprocess.Popen([*command, f"--accept=pipe,name={pipe};urp"], **quiet)
        driver = [SYSTEM, str(Path(__file__).with_name("office_writer.py")), pipe]
        told: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.driver = subprocess.Popen(driver, **told)
        assert self.driver.stdout and json.loads(self.driver.stdout.readline()) is True

    def ask(self, name: str, *given: Any, **named: Any) -> Any:
        assert self.driver.stdin and self.driver.stdout
        self.driver.stdin.write(json.dumps([name, given, named]) + "\n")
        self.driver.stdin.flush()
        return json.loads(self.driver.stdout.readline())

    def until(self, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """What the document holds, once ``true`` of it."""
        for _ in range(200):
            if true(now := self.ask("look")):
                return dict(now)
            time.sleep(0.05)
        raise AssertionError(now)

    def close(self) -> None:
        try:
            self.ask("close")
            self.program.wait(10)
        finally:
            for one in (self.driver, self.program):
                one.kill()
                one.wait()
            assert self.driver.stdin and self.driver.stdout
            self.driver.stdin.close()
            self.driver.stdout.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    if why := _absent():
        pytest.skip(why)
    made = Office(tmp_path)
    yield made
    made.close()


TEXT = "Avis\nLes habitant du quartier sont inviter a une réunion le 12 mars.\nMerci de venir nombreux.\nFin."
PASSAGE = ("Les habitant", "nombreux.")


def _model(messages: Any) -> str:
    told = messages[-1]["content"]
    if "You correct" in messages[0]["content"]:  # a new document speaks LibreOffice's own language
        return str(told).replace("habitant ", "habitants ").replace("inviter a", "invités à")
    return "Les habitants du quartier sont invités à une réunion le 12 mars. Venez nombreux."


def test_in_writer_a_passage_is_corrected_said_again_and_asked_about(
    serve: Callable[..., Live], office: Office
) -> None:
    here = names_of(["localhost"], ["127.0.0.1"])
    live = serve(FakeRooms(), threshold=Threshold(*sign_server(ROOT, ROOT_KEY, here, NOW), ROOT))
    rooms, engine = live.rooms, live.rooms.tasks.engine
    engine.script = _model
    with live.client(Origin=live.url) as client:
        page = client.post("/compte/logiciels", data={"token": TOKEN, "device": "Accueil"}).text
    code = re.search(r"demeure1\.[\w-]+", page)
    assert code is not None
    office.ask("open", TEXT)
    office.ask("act", "reglages", Code=connection_code(live.url, "demeure-abc", b""), Tracked=False)
    office.until(lambda now: now["bar"])
    assert rooms.applications.tried == [], "a certificate that the code does not vouch for is shown no key"
    office.ask("act", "reglages", Code=code[0], Tracked=False)
    office.until(lambda _: rooms.applications.tried)

    office.ask("bold", "réunion")
    steps = office.ask("look")["steps"]
    office.ask("select", *PASSAGE)
    office.ask("act", "corriger")
    right = TEXT.replace("habitant ", "habitants ").replace("inviter a", "invités à")
    now = office.until(lambda now: now["text"] != TEXT)
    assert (now["text"], now["steps"], now["tracked"]) == (right, steps + 1, False)
    assert office.ask("weight", "réunion") == 150, "formatting around the words stays"
    assert office.ask("undo")["text"] == TEXT

    office.ask("select", *PASSAGE)
    office.ask("act", "reformuler", Tracked=True)
    now = office.until(lambda now: now["text"] != TEXT)
    assert now["tracked"] and not now["recording"] and "Venez nombreux" in now["text"]
    assert "Les habitant du quartier" in now["text"], "the former text is there, as a tracked change"
    now = office.ask("undo")
    assert (now["text"], now["tracked"]) == (TEXT, False)

    office.ask("select", *PASSAGE)
    office.ask("act", "question", Question="La salle est-elle gratuite ?")
    now = office.until(lambda now: now["text"] != TEXT)
    assert "La salle est gratuite deux fois par an" in now["text"] and "[1]" not in now["text"]
    assert len(now["notes"]) == 3 and now["notes"][0].startswith("Tarifs municipaux 2026.pdf, page 3 «")
    assert now["notes"][1] == "Tarifs municipaux 2026.pdf, page 3", "the second time, where alone"
    assert office.ask("undo")["text"] == TEXT and office.ask("look")["notes"] == []

    engine.delay = 0.15  # somebody goes on writing meanwhile
    office.ask("select", *PASSAGE)
    office.ask("act", "reformuler")
    office.ask("type", " Vraiment.")
    assert office.ask("look")["text"].endswith("Fin. Vraiment."), "nothing waits for the house"
    office.ask("spoil", "quartier", "bourg")
    spoilt = office.ask("look")["text"]
    _over(live, 3)
    time.sleep(1.2)
    assert office.ask("look")["text"] == spoilt, "a passage that changed is not replaced"

    engine.delay = 5.0
    office.ask("select", "Merci", "nombreux.")
    office.ask("act", "reformuler")
    _over(live, 4, "drafting")
    office.ask("act", "arreter")
    assert _over(live, 4, "stopped") and office.ask("look")["text"] == spoilt

    engine.delay = 0.0
    with live.client() as client:
        assert client.get("/taches").text.count("/travaux/") >= 4, "what was drafted is in one's own history"
    for key in list(rooms.applications.rows):
        rooms.applications.rows[key] = rooms.applications.rows[key].__class__(
            **{**vars(rooms.applications.rows[key]), "state": "revoked"}
        )
    office.ask("select", "Merci", "nombreux.")
    office.ask("act", "reformuler")
    time.sleep(0.8)
    assert office.ask("look")["text"] == spoilt, "a key that was withdrawn opens nothing"
    assert {what for _, what in rooms.applications.uses} == {
        *("POST /api/tasks/{task}", "POST /api/ask", "POST /api/works/{work}/stop"),
    }


def _over(live: Live, number: int, state: str = "done") -> bool:
    """Wait until the work of that rank is in that state."""
    with live.client() as client:
        for _ in range(100):
            found = client.get("/api/works").json()["works"]
            if len(found) >= number and found[0]["state"] == state:
                return True
            time.sleep(0.05)
    raise AssertionError(found)
