"""A bundle: made from locked wheels, signed, verified with and without us, installed where there is no network."""

import ensurepip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demeure.clock import SystemClock
from demeure.install import Layout
from demeure.install.errors import AnotherAtWork
from demeure.install.locking import only_one
from demeure.journal.checkpoint import Signer
from demeure.release import carried
from demeure.release.carried import Fault, public_of, verify
from demeure.release.creating import Making, create
from demeure.release.errors import BundleThere, GatheringFailed, SigningKeyUnusable
from demeure.release.installed import differences
from demeure.release.models import brought, packed
from demeure.release.signing import make_key, signer

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = '''
import json, sys
from pathlib import Path
from typing import Any
import tiny


def main() -> None:
    """What the bundle's program is asked to do, written down."""
    root = Path(sys.argv[sys.argv.index("--root") + 1])
    (root / "asked.json").write_text(json.dumps({"words": sys.argv[1:], "tiny": tiny.WORD}))
'''


@dataclass
class Made:
    """``folder``: a bundle of a small program that needs one small library."""

    folder: Path
    key: Signer
    manifest: dict[str, object]
    asked: Making


def wheel(folder: Path) -> Path:
    """tiny 1.0, by hand."""
    place = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as packed_:
        packed_.writestr("tiny.py", "WORD = 'here'\n")
        told = "Metadata-Version: 2.4\nName: tiny\nVersion: 1.0\nSummary: A word\nLicense-Expression: MIT\n"
        packed_.writestr("tiny-1.0.dist-info/METADATA", told)
        packed_.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed_.writestr("tiny-1.0.dist-info/licenses/LICENSE", "MIT licence of tiny\n")
        packed_.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\n")
    return place


def sources(folder: Path, lock: str) -> Path:
    """A program called demeure, small enough to be built in a second."""
    package = folder / "src" / "demeure"
    (package / "cli").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "cli" / "__init__.py").write_text("")
    (package / "cli" / "main.py").write_text(PROGRAM)
    text = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\n'
    text += (
        'name = "demeure"\nversion = "0.9"\nlicense = "EUPL-1.2"\ndependencies = ["tiny>=1"]\n[project.scripts]\n'
    )
    text += 'demeure = "demeure.cli.main:main"\n[tool.setuptools.packages.find]\nwhere = ["src"]\n'
    (folder / "pyproject.toml").write_text(text)
    (folder / "README.md").write_text("tiny")
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "runtime.lock").write_text(lock)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("bundle")
    house = folder / "wheels"
    house.mkdir()
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    shutil.copy(pip, house)
    wheel(house)
    rows = []
    for path in sorted(house.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        rows.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    source = sources(folder / "source", "".join(rows))
    make_key(folder / "key")
    asked = Making(
        source=source,
        target=folder / "made",
        key=signer(folder / "key"),
        clock=SystemClock(),
        python=sys.executable,
        offline=house,
    )
    return Made(folder / "made", asked.key, create(asked), asked)


def copy(made: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder, tmp_path / "copy"))


def test_our_own_ed25519_says_what_the_library_says() -> None:
    for turn in range(8):
        key = Ed25519PrivateKey.generate()
        public, message = key.public_key().public_bytes_raw(), os.urandom(turn * 40)
        signature = key.sign(message)
        assert carried.signed(public, signature, message)
        assert not carried.signed(public, signature, message + b".")
        for at in (0, 31, 32, 63):
            altered = bytearray(signature)
            altered[at] ^= 1 << (turn % 8)
            assert not carried.signed(public, bytes(altered), message)
        assert not carried.signed(Ed25519PrivateKey.generate().public_key().public_bytes_raw(), signature, message)
        s = int.from_bytes(signature[32:], "little") + carried.L
        assert not carried.signed(public, signature[:32] + s.to_bytes(32, "little"), message), (
            "one signature, one form"
        )
    assert not carried.signed(b"", b"", b"") and not carried.signed(bytes(32), bytes(64), b"")


def test_a_bundle_verifies_with_us_and_without_us(made: Made) -> None:
    manifest = verify(made.folder, [made.key.vkey])
    assert manifest["id"] == made.manifest["id"] and manifest["version"] == "0.9"
    assert manifest["schemas"]["house"] and manifest["python"] == carried.tag()
    summed = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=made.folder, check=False)
    assert summed.returncode == 0
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not here: the signature was not read by another program")
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "journal", "-n", "demeure-bundle"]
    for text, code in ((b"", 0), (b"x", 255)):
        done = subprocess.run(
            [*command, "-s", "SHA256SUMS.sig"],
            cwd=made.folder,
            input=(made.folder / "SHA256SUMS").read_bytes() + text,
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stderr


def test_any_other_byte_file_or_key_is_refused(made: Made, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    with pytest.raises(Fault, match="not signed"):
        verify(made.folder, [signer(tmp_path / "other").vkey])
    folder = copy(made, tmp_path)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in names:
        path = folder / name
        data = path.read_bytes()
        path.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        with pytest.raises(Fault):
            verify(folder, [made.key.vkey])
        path.unlink()
        with pytest.raises(Fault):
            verify(folder, [made.key.vkey])
        path.symlink_to(made.folder / name)
        with pytest.raises(Fault):
            verify(folder, [made.key.vkey])
        path.unlink()
        path.write_bytes(data)
    (folder / "wheels" / "more.whl").touch()
    with pytest.raises(Fault, match=r"more\.whl is one too many"):
        verify(folder, [made.key.vkey])
    (folder / "wheels" / "more.whl").unlink()
    verify(folder, [made.key.vkey])
    with pytest.raises(Fault):
        public_of("not a key")


def test_it_installs_where_there_is_no_network(made: Made, tmp_path: Path) -> None:
    """By the bundle's own file, in an empty network namespace, isolated from what is installed here."""
    own = ["--map-root-user"] if os.geteuid() else []
    inside = subprocess.run(
        ["unshare", "--net", *own, "cat", "/proc/net/dev"], capture_output=True, text=True, check=False
    )
    if inside.returncode:
        pytest.skip("no network namespace here: the installation was not cut from the network")
    assert [line.split(":")[0].strip() for line in inside.stdout.splitlines()[2:]] == ["lo"]
    command = ["unshare", "--net", *own, sys.executable, "-I", str(made.folder / "install.py")]
    root = tmp_path / "machine"
    without = subprocess.run([*command, "--root", str(root)], capture_output=True, text=True, check=False)
    assert without.returncode == 2 and "--vkey" in without.stderr and not root.exists()
    words = [*command, "--vkey", made.key.vkey, "--root", str(root)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    newer = {"id": "9.9", "sequence": made.manifest["sequence"] + 1}
    other = tmp_path / "other"
    (other / "etc/demeure").mkdir(parents=True)
    (other / "etc/demeure/highest.json").write_text(json.dumps(newer))
    words = [*command, "--vkey", made.key.vkey, "--root", str(other)]
    older = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert older.returncode == 4 and "9.9, newer, was installed here" in older.stderr
    assert not (other / "opt").exists(), "it is refused before anything is built"
    told = json.loads((root / "asked.json").read_text())
    assert told["tiny"] == "here" and told["words"][:2] == ["bundle", "install"]
    version = root / "opt/demeure/versions" / str(made.manifest["id"])
    assert json.loads((version / carried.COMPLETE).read_text())["sequence"] == made.manifest["sequence"]
    listed = subprocess.run(
        [
            version / "bin/python",
            "-I",
            "-c",
            "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.split() == ["demeure", "tiny"], "what the bundle lists, and nothing else"


def test_two_installations_or_an_update_do_not_work_at_once(made: Made, tmp_path: Path) -> None:
    words = ["--vkey", made.key.vkey, "--root", str(tmp_path)]
    other = tmp_path / "opt/demeure/versions/.bundle/theirs"
    with only_one(Layout(tmp_path)):
        other.parent.mkdir(parents=True)
        other.touch()
        done = subprocess.run(
            [sys.executable, "-I", str(made.folder / "install.py"), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 4 and "Another installation or update is at work" in done.stderr
        assert other.exists() and not (tmp_path / "asked.json").exists()
    with carried.alone(tmp_path), pytest.raises(AnotherAtWork), only_one(Layout(tmp_path)):
        pass
    with carried.alone(tmp_path), pytest.raises(Fault, match="is at work"), carried.alone(tmp_path):
        pass
    with only_one(Layout(tmp_path)), carried.alone(tmp_path / "elsewhere") as mine:
        mine.mkdir(parents=True)
    assert not mine.exists()


def test_a_program_cut_while_it_was_installed_is_installed_again(made: Made, tmp_path: Path) -> None:
    target = tmp_path / "version"
    (target / "lib").mkdir(parents=True)
    (target / "lib" / "half").touch()
    manifest = verify(made.folder, [made.key.vkey])
    carried.build(made.folder, manifest, target)
    assert (target / "bin" / "demeure").exists() and not (target / "lib" / "half").exists()
    assert differences(str(target)) == 0, "what is installed is what the bill of materials lists"
    (info,) = target.glob("lib/python3.*/site-packages/tiny-1.0.dist-info")
    other = info.parent / "stranger-2.0.dist-info"
    other.mkdir()
    other.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 2.0\n")
    assert differences(str(target)) == 1
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: Tiny\nVersion: 1.1\n")
    assert differences(str(target)) == 2
    (product,) = target.glob("lib/python3.*/site-packages/demeure-*.dist-info")
    product.joinpath("sbom.cdx.json").write_text("{}")
    assert differences(str(target)) == 1, "a bill that cannot be read lists nothing"
    product.joinpath("sbom.cdx.json").unlink()
    assert differences(str(target)) == 2, "the one beside the environment is looked at then"
    target.joinpath("sbom.cdx.json").unlink()
    assert differences(str(target)) is None
    with pytest.raises(Fault):
        carried.fits(manifest | {"python": {**carried.tag(), "version": "3.9"}}, tmp_path)
    with pytest.raises(Fault):
        carried.fits(manifest | {"glibc": "99.1"}, tmp_path)


def test_the_bill_of_materials_and_the_licences_say_what_is_in(made: Made) -> None:
    bom = json.loads((made.folder / "sbom.cdx.json").read_text())
    by_name = {part["name"]: part for part in bom["components"]}
    assert bom["metadata"]["component"]["name"] == "demeure" and {"tiny", "pip"} <= set(by_name)
    file = made.folder / "wheels" / "tiny-1.0-py3-none-any.whl"
    assert by_name["tiny"]["hashes"][0]["content"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert by_name["tiny"]["licenses"] == [{"expression": "MIT"}]
    assert {"ref": "pkg:pypi/demeure@0.9", "dependsOn": ["pkg:pypi/tiny@1.0"]} in bom["dependencies"]
    assert (made.folder / "licences" / "tiny-1.0" / "LICENSE").read_text() == "MIT licence of tiny\n"
    try:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        pytest.skip("cyclonedx-python-lib is not here: the document was not validated against its schema")
    judge = JsonStrictValidator(SchemaVersion.V1_6)
    assert judge.validate_str(json.dumps(bom)) is None
    assert judge.validate_str(json.dumps(bom | {"components": [{"name": "x"}]})) is not None


def test_a_library_that_is_not_the_locked_one_makes_no_bundle(made: Made, tmp_path: Path) -> None:
    house = Path(shutil.copytree(made.asked.offline or Path(), tmp_path / "wheels"))
    with (house / "tiny-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"x")
    asked = Making(**{**vars(made.asked), "target": tmp_path / "made", "offline": house})
    with pytest.raises(GatheringFailed):
        create(asked)
    assert not list(tmp_path.glob("*made*"))
    with pytest.raises(BundleThere):
        create(made.asked)


def test_a_signing_key_is_its_owners_alone(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with pytest.raises(BundleThere):
        make_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o444)
    with pytest.raises(SigningKeyUnusable):
        signer(tmp_path / "key")
    with pytest.raises(SigningKeyUnusable):
        signer(tmp_path / "absent")


def test_models_are_carried_and_chosen_where_none_was(tmp_path: Path) -> None:
    given = os.environ.get("DEMEURE_TEST_MODELS")
    if not given or not (Path(given) / "embeddings.gguf").exists():
        pytest.skip("no test model here (DEMEURE_TEST_MODELS): none was carried")
    (tmp_path / "bundle").mkdir()
    (part,) = packed(Path(given), ["embeddings"], tmp_path / "bundle" / "models")
    assert part.sha256 and part.licence
    target = tmp_path / "instance" / "models"
    assert brought(tmp_path / "bundle", target) == ["embeddings"]
    assert brought(tmp_path / "bundle", target) == []
    from demeure.engine.models import ModelStore

    assert all(row.ok for row in ModelStore(target).verify())
    file = target / "embeddings.gguf"
    file.chmod(0o600)
    file.unlink()
    with (tmp_path / "bundle" / "models" / "embeddings.gguf").open("r+b") as spoilt:
        spoilt.write(b"x")
    with pytest.raises(OSError, match="5"):
        brought(tmp_path / "bundle", target)
    assert not file.exists()


def test_a_program_that_finds_no_room_leaves_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = f"ERROR: Could not install packages due to an OSError: [Errno 28] {os.strerror(28)}"

    def ran(command: list[str], **_how: Any) -> subprocess.CompletedProcess[str]:
        (tmp_path / "made" / "half").mkdir(parents=True, exist_ok=True)
        return subprocess.CompletedProcess(command, int("pip" in command), "", full)

    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "pip-1.whl").touch()
    monkeypatch.setattr(subprocess, "run", ran)
    with pytest.raises(carried.Fault) as told:
        carried.build(tmp_path, {"id": "x"}, tmp_path / "made")
    assert "plein" in told.value.fr and "ERROR" not in told.value.fr + told.value.en
    assert not (tmp_path / "made").exists()
