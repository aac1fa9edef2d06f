"""The models folder: wholly there or not there, whatever happens in between."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gguf_maker import EMBED, gguf
from hub import Hub, hub

from demeure.engine.models import AlreadyInstalled, Catalogue, Installed, ModelStore, parse
from demeure.engine.models.catalogue import Source
from demeure.engine.models.errors import (
    ModelAbsent,
    ModelFormatRefused,
    ModelHashWrong,
    ModelHeaderInvalid,
    ModelInUse,
    ModelRefused,
    ModelSizeWrong,
    ModelTooLarge,
    ModelUnknown,
    ModelUnsuitable,
    NoFormerModel,
    NoSourceWorked,
    SourceUnavailable,
    StoreBusy,
    StoreFull,
    StoreUnreadable,
)
from demeure.engine.models.sizing import Machine
from demeure.engine.models.sources import HubFile, ModelSource
from demeure.errors import DemeureError

CONTENT = gguf(filler=bytes(range(256)))
BIG = Machine(memory=64 << 30, cores=4)


def catalogue(*urls: str, content: bytes = CONTENT) -> Catalogue:
    sources = "".join(
        f'[[models.sources]]\nkind = "hub"\nurl = "{url}?{{revision}}"\nrevision = "{"b" * 40}"\n' for url in urls
    )
    return parse(
        f'[[models]]\nid = "petit"\nkind = "chat"\nrole = "test"\ntitle_fr = "Petit"\ntitle_en = "Small"\n'
        f'licence = "MIT"\nbytes = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f'memory = 20\ncontext = 512\ntemplate_notes = "-"\n{sources}'
    )


def open_source(source: Source) -> ModelSource:
    return HubFile(source.address(), proxies={}, timeout=0.5, pause=0.0)  # type: ignore[union-attr]


@pytest.fixture
def server() -> Iterator[Hub]:
    with hub(CONTENT) as running:
        yield running


def make(folder: Path, *urls: str, **settings: Any) -> ModelStore:
    given = {
        "catalogue": catalogue(*(urls or ("http://127.0.0.1:9/",))),
        "open_source": open_source,
        "machine": BIG,
    }
    return ModelStore(folder, **{**given, **settings})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "chosen")


def bring(store: ModelStore, folder: Path, data: bytes, name: str = "Mon modèle.GGUF", **options: Any) -> Installed:
    (folder / name).write_bytes(data)
    return store.import_(folder / name, **options)


# --- fetching


def test_pull_installs_verifies_and_writes_down(server: Hub, tmp_path: Path) -> None:
    store = make(tmp_path / "models", server.url)
    row = store.pull("petit")
    assert isinstance(row, Installed)
    assert (row.file, row.sha256, row.bytes) == ("petit.gguf", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert names(store.folder) == ["manifest.json", "petit.gguf"]
    assert json.loads((store.folder / "manifest.json").read_text())["models"][0]["facts"]["layers"] == 2
    assert all(check.ok for check in store.verify())
    assert store.pull("petit") == AlreadyInstalled(row)
    assert len(server.ranges) == 1


def test_a_file_that_was_altered_is_fetched_again(server: Hub, tmp_path: Path) -> None:
    """Its size had not changed: « already here », while the doctor said to pull it."""
    store = make(tmp_path / "models", server.url)
    store.pull("petit")
    file = store.folder / "petit.gguf"
    file.chmod(0o600)
    file.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    assert not all(check.ok for check in store.verify())
    assert isinstance(store.pull("petit"), Installed)
    assert all(check.ok for check in store.verify()) and isinstance(store.pull("petit"), AlreadyInstalled)


def test_each_phase_of_a_pull_has_its_name_and_only_grows(server: Hub, tmp_path: Path) -> None:
    heard: list[tuple[str, list[int]]] = []

    def phases(name: str) -> Callable[[int, int], None]:
        heard.append((name, []))
        return lambda done, _: heard[-1][1].append(done)

    store = make(tmp_path / "models", "http://127.0.0.1:9/m.gguf", server.url)
    store.pull("petit", phases)
    (tmp_path / "autre.gguf").write_bytes(gguf(filler=b"2"))
    store.import_(tmp_path / "autre.gguf", phases=phases)
    assert [name for name, _ in heard] == ["fetch", "fetch", "check", "copy", "check"]
    assert heard[0][1] == []
    for _, figures in heard[1:]:
        assert figures and figures == sorted(figures)
    heard.clear()
    store.verify(phases=phases)
    assert [name for name, _ in heard] == ["petit", "autre"]


def test_an_unknown_model_is_refused_before_anything(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    for action in (store.pull, store.get, store.verify, store.remove):
        with pytest.raises(ModelUnknown):
            action("autre")


WRONG: dict[str, type[DemeureError]] = {
    "altered": ModelHashWrong,
    "longer": ModelSizeWrong,
    "endless": ModelSizeWrong,
    "pickle": ModelFormatRefused,
    "page": NoSourceWorked,
    "absent": NoSourceWorked,
}


@pytest.mark.parametrize("trick", WRONG)
def test_a_wrong_file_is_refused_and_leaves_nothing(server: Hub, tmp_path: Path, trick: str) -> None:
    told: list[DemeureError] = []
    server.always = trick
    store = make(tmp_path / "models", server.url, tell=told.append)
    with pytest.raises(WRONG[trick]) as refusal:
        store.pull("petit")
    assert refusal.value.sentence("fr") and len(told) == 1
    assert [name for name in names(store.folder) if not name.endswith(".from")] == []
    server.always = ""
    assert isinstance(store.pull("petit"), Installed)
    assert names(store.folder) == ["manifest.json", "petit.gguf"]


def test_the_right_hash_with_an_impossible_header_is_refused(tmp_path: Path) -> None:
    content = gguf()[:-200]
    with hub(content) as server:
        store = make(tmp_path / "models", catalogue=catalogue(server.url, content=content))
        with pytest.raises(ModelHeaderInvalid):
            store.pull("petit")
    assert [name for name in names(store.folder) if not name.endswith(".from")] == []


def test_the_next_source_is_tried_and_the_first_is_told(server: Hub, tmp_path: Path) -> None:
    told: list[DemeureError] = []
    with hub(CONTENT) as altered:
        altered.always = "altered"
        urls = ("http://127.0.0.1:9/m.gguf", altered.url, server.url)
        store = make(tmp_path / "models", *urls, tell=told.append)
        row = store.pull("petit")
    assert isinstance(row, Installed) and row.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [type(problem) for problem in told] == [SourceUnavailable, ModelHashWrong]


def test_a_cut_fetch_is_continued_by_the_next_pull(server: Hub, tmp_path: Path) -> None:
    store = make(tmp_path / "models", server.url)
    server.tricks = ["cut"]
    server.always = "broken"
    with pytest.raises(NoSourceWorked):
        store.pull("petit")
    assert store.list()[0].partial == len(CONTENT) // 3
    server.always = ""
    store.pull("petit")
    assert server.ranges[-1] == f"bytes={len(CONTENT) // 3}-"
    assert names(store.folder) == ["manifest.json", "petit.gguf"]


def test_bytes_of_another_source_are_not_continued(server: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / ".petit.incoming").write_bytes(b"GGUF of something else")
    (folder / ".petit.incoming.from").write_text("http://elsewhere/")
    make(folder, server.url).pull("petit")
    assert server.ranges == [""]


def test_a_folder_without_room_is_said_before_a_byte_is_asked(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=len(CONTENT)))
    store = make(tmp_path / "models", server.url)
    with pytest.raises(StoreFull, match="petit"):
        store.pull("petit")
    with pytest.raises(StoreFull):
        bring(store, tmp_path, CONTENT)
    assert server.ranges == []


def test_two_changes_at_once_are_refused(server: Hub, tmp_path: Path) -> None:
    store = make(tmp_path / "models", server.url)
    with store._alone(), pytest.raises(StoreBusy):
        make(tmp_path / "models", server.url).pull("petit")
    assert isinstance(store.pull("petit"), Installed)


# --- bringing a file


def test_import_takes_the_catalogue_s_name_when_the_hash_is_known(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    row = bring(store, tmp_path, CONTENT)
    assert (row.id, row.kind, row.source) == ("petit", "chat", "import")
    assert store.list()[0].present


def test_import_names_an_unknown_file_after_itself(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    row = bring(store, tmp_path, gguf(filler=b"2"), "Été 2026 (v2).gguf")
    assert row.id == "t-2026-v2" and (store.folder / "t-2026-v2.gguf").exists()
    other = bring(store, tmp_path, gguf(filler=b"3"), "Été 2026 (v2).gguf")
    assert other.id.startswith("t-2026-v2-") and other.id != row.id
    again = bring(store, tmp_path, gguf(filler=b"2"), "Été 2026 (v2).gguf")
    assert again.id == row.id
    impostor = bring(store, tmp_path, gguf(filler=b"4"), "petit.gguf")
    assert impostor.id != "petit"
    assert {r.role for r in store.list()} == {"test", "imported"}


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04pickle", b"PK\x03\x04", gguf()[:300], gguf(keys=1 << 50)], ids=range(5)
)
def test_a_bad_file_brought_is_refused_by_its_own_name(tmp_path: Path, data: bytes) -> None:
    store = make(tmp_path / "models")
    with pytest.raises((ModelRefused, ModelFormatRefused)) as refusal:
        bring(store, tmp_path, data, "suspect.bin")
    assert "suspect.bin" in refusal.value.sentence("fr")
    assert names(store.folder) == []


def test_import_checks_the_announced_kind(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    with pytest.raises(ModelUnsuitable):
        bring(store, tmp_path, gguf(EMBED), kind="chat")
    assert names(store.folder) == []
    assert bring(store, tmp_path, gguf(EMBED), kind="embed").kind == "embed"


# --- using and removing


def test_use_writes_what_the_supervisor_reads(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    chat = bring(store, tmp_path, CONTENT)
    embed = bring(store, tmp_path, gguf(EMBED), "vecteurs.gguf")
    store.use("chat", chat.id, context=1024, slots=3)
    store.use("embed", embed.id)
    written = json.loads((store.folder / "chosen" / "active.json").read_text())
    assert written["chat"] == {
        "id": "petit",
        "file": "petit.gguf",
        "sha256": chat.sha256,
        "kind": "chat",
        "context": 1024,
        "slots": 3,
    }
    assert written["embed"] == {
        "id": "vecteurs",
        "file": "vecteurs.gguf",
        "sha256": embed.sha256,
        "kind": "embed",
        "context": 512,
        "slots": 1,
    }
    assert [row.active for row in store.list()] == [True, True]
    assert store.use("chat", chat.id, context=99999)["context"] == 2048  # no more than the model was made for


def test_use_refuses_what_cannot_serve(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    chat = bring(store, tmp_path, CONTENT)
    wide = bring(store, tmp_path, gguf({**EMBED, "bert.embedding_length": 768}), "large.gguf")
    last = bring(store, tmp_path, gguf({**EMBED, "bert.pooling_type": 2}), "cls.gguf")
    for slot, model in (("embed", chat), ("chat", wide), ("embed", wide), ("embed", last)):
        with pytest.raises(ModelUnsuitable):
            store.use(slot, model.id)  # type: ignore[arg-type]
    with pytest.raises(ModelAbsent):
        make(tmp_path / "elsewhere").use("chat", "petit")
    with pytest.raises(ModelTooLarge) as refusal:
        make(tmp_path / "models", machine=Machine(1 << 30, 2)).use("chat", chat.id)
    assert "Mo" in refusal.value.sentence("fr") and "MB" in refusal.value.sentence("en")
    assert not (store.folder / "chosen").exists()


def test_a_model_in_use_is_not_removed(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    bring(store, tmp_path, CONTENT)
    other = bring(store, tmp_path, gguf(filler=b"2"), "autre.gguf")
    store.use("chat", "petit")
    with pytest.raises(ModelInUse, match="chat"):
        store.remove("petit")
    store.use("chat", other.id)
    assert store.remove("petit") == len(CONTENT)
    assert names(store.folder) == ["autre.gguf", "manifest.json"]
    with pytest.raises(ModelAbsent):
        store.remove("petit")


def test_an_interrupted_fetch_can_be_removed(server: Hub, tmp_path: Path) -> None:
    store = make(tmp_path / "models", server.url)
    server.tricks, server.always = ["cut"], "broken"
    with pytest.raises(NoSourceWorked):
        store.pull("petit")
    assert store.remove("petit") == len(CONTENT) // 3
    assert names(store.folder) == []


def test_verify_tells_altered_and_missing_files(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    bring(store, tmp_path, CONTENT)
    place = store.folder / "petit.gguf"
    place.chmod(0o600)
    place.write_bytes(CONTENT[:-1] + b"?")
    (check,) = store.verify("petit")
    assert not check.ok and len(check.found) == 64
    place.unlink()
    assert (store.verify()[0].found, store.verify()[0].unreadable) == ("", "")
    assert not store.list()[0].present
    place.mkdir()
    (check,) = store.verify()
    assert not check.ok and check.unreadable == "c’est un dossier" and check.unreadable_en == "Is a directory"
    with pytest.raises(ModelAbsent):
        store.use("chat", "petit")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"models": [{"id": 3}]}', '{"models": 3}', "\x00"])
def test_a_damaged_manifest_is_named_not_overwritten(tmp_path: Path, damage: str) -> None:
    store = make(tmp_path / "models")
    bring(store, tmp_path, CONTENT)
    (store.folder / "manifest.json").write_text(damage)
    with pytest.raises(StoreUnreadable, match=r"manifest\.json"):
        store.list()
    with pytest.raises(StoreUnreadable):
        bring(store, tmp_path, gguf(filler=b"2"), "autre.gguf")
    assert (store.folder / "manifest.json").read_text() == damage


# --- kills and full disks

CHILD = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from demeure.engine.models import intake
from test_models_store import make
count, wanted = 0, int(sys.argv[3])
def deadly(function):
    def counted(*args, **kwargs):
        global count
        count += 1
        if count == wanted:
            os.kill(os.getpid(), 9)
        return function(*args, **kwargs)
    return counted
os.fsync, os.fchmod = deadly(os.fsync), deadly(os.fchmod)
Path.replace, Path.unlink = deadly(Path.replace), deadly(Path.unlink)
Path.write_text, intake.read_facts = deadly(Path.write_text), deadly(intake.read_facts)
intake.sha256_of = deadly(intake.sha256_of)
store = make(Path(sys.argv[2]), sys.argv[4])
store.pull("petit", lambda phase: deadly(lambda done, total: None))
"""


def test_killed_at_every_step_of_a_pull(server: Hub, tmp_path: Path) -> None:
    """Whatever the instant of the SIGKILL: no half model is listed, and the next pull finishes."""
    here, killed = str(Path(__file__).parent), 0
    for step in range(1, 40):
        folder = tmp_path / f"models{step}"
        child = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(CHILD), here, str(folder), str(step), server.url],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        store = make(folder, server.url)
        for row in store.list():
            assert not row.present or store.verify("petit")[0].ok
        if child.returncode == 0:
            break
        assert child.returncode == -9, child.stderr
        killed += 1
        store.pull("petit")
        assert store.verify("petit")[0].ok
        assert names(folder) == ["manifest.json", "petit.gguf"]
    assert killed >= 10


FULL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from demeure.engine.models import intake
from demeure.engine.models.errors import StoreFull
from test_models_store import CONTENT, make
folder, brought = Path(sys.argv[2]), Path(sys.argv[3])
intake.MARGIN = -(1 << 40)  # the check beforehand is tested elsewhere: here the disk fills while writing
store = make(folder)
free = intake.shutil.disk_usage(folder).free
assert free < len(CONTENT) + 4096, free
try:
    store.import_(brought)
except StoreFull as full:
    print(full.sentence("fr"))
else:
    sys.exit("nothing was refused")
assert list(folder.iterdir()) == []
assert abs(intake.shutil.disk_usage(folder).free - free) <= 8192
"""


@pytest.mark.parametrize("missing", [200_000, 0], ids=["midway", "at the manifest"])
def test_a_disk_that_fills_leaves_nothing_half_installed(tmp_path: Path, missing: int) -> None:
    content = gguf(tensors=(("a", (64, 2000), 0),))
    folder, brought, script = tmp_path / "disk", tmp_path / "b.gguf", tmp_path / "full.py"
    folder.mkdir()
    brought.write_bytes(content)
    script.write_text(FULL.replace("CONTENT, make", "make").replace("len(CONTENT)", str(len(content))))
    pages = (len(content) - missing) // 4096 + 1
    here = Path(__file__).parent
    inner = f'mount -t tmpfs -o size={pages * 4}k none "$2" && exec "$3" "$4" "$1" "$2" "$5"'
    run = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inner, "sh", here, folder, sys.executable,
         script, brought],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if "unshare" in run.stderr or "mount:" in run.stderr:
        pytest.skip(f"no private mount here: {run.stderr.strip()}")
    assert run.returncode == 0, run.stderr
    assert "Pas assez de place" in run.stdout


def test_the_former_model_comes_back_by_one_command(tmp_path: Path) -> None:
    store = make(tmp_path / "models")
    with pytest.raises(NoFormerModel):
        store.back("chat")
    for name in ("Un.gguf", "Deux.gguf"):
        bring(store, tmp_path, gguf(filler=name.encode()), name)
    store.use("chat", "un", context=256, slots=1)
    with pytest.raises(NoFormerModel):
        store.back("chat")
    store.use("chat", "deux", context=512, slots=3)
    back = store.back("chat")
    assert (back["id"], back["context"], back["slots"]) == ("un", 256, 1)
    forth = store.back("chat")
    assert (forth["id"], forth["slots"]) == ("deux", 3), "and forth by the same"
    store.use("chat", "deux", context=256, slots=1)
    assert store.back("chat")["id"] == "un", "another context is not another model"
    store.remove("deux")
    with pytest.raises(NoFormerModel):
        store.back("chat")
