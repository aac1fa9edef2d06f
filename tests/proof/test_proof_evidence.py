"""The signed statement of a proof: what a stranger's own tools say of it, and everything that must be refused."""

import ast
import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp
from people import ALICE, Person, entries, place, root

from demeure.cli.main import main
from demeure.clock import SystemClock
from demeure.gateway.proving import sha512
from demeure.journal import Draft, verify_statement
from demeure.journal import stranger as stranger_program
from demeure.journal.checkpoint import Signer
from demeure.journal.evidence import By
from demeure.journal.statement import Signatures, pack, program_digests, sums
from demeure.journal.verify_statement import FILES, FORMER, LISTED, SUMS, archive
from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, Fact, Proof, Result
from demeure.proof.catalogue import CORE
from demeure.proof.mutations import MUTATIONS, Noticed
from demeure.proof.statement import hosting, made
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.journal import MemoryJournal
from houses import until

HERE, ELSEWHERE = b"h" * 32, b"e" * 32
TOOLS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
needs_tools = pytest.mark.skipif(
    not all(shutil.which(name, path=TOOLS) for name in ("openssl", "ssh-keygen", "python3")),
    reason="needs openssl, ssh-keygen and python3 outside this environment",
)
pytestmark = needs_tools
Change = Callable[[dict[str, bytes]], None]
PAGES = {"certificat.pdf": b"%PDF-1.7\nRien ne sort.\n%%EOF\n"}
"""What the workshop would have set: tests/gateway and tests/workshop look at the real one."""
ALL = (*FILES, SUMS, f"{SUMS}.sig", *PAGES)


def result(verdict: str = BLOCKED, name: str = "tcp4") -> Result:
    return Result(name, "gateway", "network", verdict, verdict != INCONCLUSIVE, ("seccomp",), "EPERM")


def written(
    folder: Path,
    *results: Result,
    seed: bytes = HERE,
    ago: timedelta = timedelta(),
    before: int = 0,
    **settings: str,
) -> Path:
    """A statement, made ``ago``, of the house of ``seed``, whose journal had ``before`` entries."""
    now = SystemClock().now() - ago
    facts = [Fact("routes", BLOCKED, "Aucune route.", "No route.")]
    proof = Proof(list(results) or [result(name=name) for name in CORE], "A", facts)
    house = replace(Settings(), organisation="Mairie de Saint-Aubin", **settings)  # type: ignore[arg-type]
    files = asyncio.run(signed(proof, house, folder, now, Signer(seed), before))
    target = folder / f"{seed[:1].decode()}-{before}-{int(ago.total_seconds())}.zip"
    target.write_bytes(files)
    return target


async def signed(proof: Proof, house: Settings, folder: Path, now: datetime, signer: Signer, before: int) -> bytes:
    clock = StillClock()
    clock.moment = now
    journal = MemoryJournal(clock=clock)
    journal.signer = signer  # type: ignore[misc]
    for _ in range(before):
        await journal.record(Draft("administration", "house-started"))
    begun = await journal.intention(Draft("administration", "walls-proved", chain="c"))
    statement = made(proof, folder, house, signer.vkey, (now - timedelta(seconds=9), now))
    about = f"{proof.verdict} ladder=A statement={sha512(statement)}"
    closed = await journal.close(begun, "done", object=about, payload=statement)
    entry = (await journal.prove([closed.index])).proofs[0]
    listed = sha512(sums(statement, PAGES))
    by = By("p", "c")
    signatures = Signatures(*[await journal.attest(digest, "x", by) for digest in (sha512(statement), listed)])
    return pack(statement, signatures, entry, signer.vkey, PAGES)


def ours(piece: Path, *words: str) -> tuple[int, str]:
    """(exit code, what is printed) of ``demeure verify``."""
    run = subprocess.run(
        [sys.executable, "-m", "demeure.cli.main", "verify", str(piece), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def theirs(piece: Path, *words: str) -> tuple[int, str]:
    """The same of a stranger: a bare shell, their own Python without site-packages, the files of the piece."""
    with place(os.geteuid()) as folder:
        with zipfile.ZipFile(piece) as packed:
            packed.extractall(folder)
        return stranger(folder, f"python3 -I -S verify.py . {' '.join(words)}")


def stranger(folder: Path, script: str) -> tuple[int, str]:
    command = ["env", "-i", f"PATH={TOOLS}", "sh", "-c", script]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def both(piece: Path, *words: str) -> tuple[int, str]:
    """Their common verdict."""
    (code, told), (other, said) = ours(piece, *words), theirs(piece, *words)
    assert code == other, told + said
    assert told.splitlines()[-1] == said.splitlines()[-1]
    return code, told


def test_a_stranger_without_demeure_reaches_the_same_verdict(tmp_path: Path) -> None:
    piece = written(tmp_path, before=300)
    code, told = both(piece, "--vkey", Signer(HERE).vkey)
    assert code == 0 and "rien n’est sorti" in told and "Mairie de Saint-Aubin" in told
    assert "No module named 'demeure'" in stranger(tmp_path, "python3 -I -S -c 'import demeure'")[1]
    assert "nothing got out" in english(piece)
    assert "prouve la cohérence, pas l’origine" in ours(piece)[1], "no key of one's own: it is said"


def test_the_three_commands_of_the_notice_hold_as_written(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path)) as packed:
        packed.extractall(tmp_path / "piece")
    notice = (tmp_path / "piece" / "VERIFIER.txt").read_text(encoding="utf-8")
    commands = [line.strip() for line in notice.splitlines() if line.startswith("   ")]
    assert [command.split()[0] for command in commands] == ["ssh-keygen", "openssl", "python3"]
    for command in commands:
        assert stranger(tmp_path / "piece", command)[0] == 0, command
    with (tmp_path / "piece" / "statement.json").open("ab") as file:
        file.write(b" ")
    assert stranger(tmp_path / "piece", commands[0])[0] != 0
    assert stranger(tmp_path / "piece", commands[2])[0] == 1


@pytest.mark.parametrize("program", [verify_statement, stranger_program])
def test_what_a_stranger_runs_is_read_by_an_older_python(program: Any) -> None:
    """3.9 is what long-term distributions still carry: its grammar, and no annotation that it would evaluate."""
    source = Path(program.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    first = next(node for node in tree.body if isinstance(node, ast.ImportFrom))
    assert (first.module, first.names[0].name) == ("__future__", "annotations")
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {*sys.stdlib_module_names}


@pytest.mark.parametrize(("program", "name"), [(verify_statement, "verify.py"), (stranger_program, "verifier.py")])
@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_a_stranger_is_told_how_to_call_it_in_both_languages_or_the_one_asked_for(
    tmp_path: Path, program: Any, name: str, asked: str
) -> None:
    (tmp_path / name).write_bytes(Path(program.__file__).read_bytes())
    call = f"python3 -I -S {name}"
    code, told = stranger(tmp_path, f"{call} {asked}")
    french, english = (
        f"Usage\u00a0: python3 {name} [PIÈCE] [--vkey CLÉ]",
        f"Usage: python3 {name} [PIECE] [--vkey KEY]",
    )
    assert code == 0 and french in told and english in told
    for language, there, absent in (("fr", french, english), ("en", english, french)):
        code, told = stranger(tmp_path, f"{call} {asked} --language {language}")
        assert code == 0 and there in told and absent not in told
    for wrong in ("--key x", "--nothing", "a b"):
        assert stranger(tmp_path, f"{call} {wrong}")[0] == 2


def test_a_statement_is_in_toto_and_names_what_a_provider_changes(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, hosted_by="Hébergeur d’Ici")) as packed:
        said = json.loads(packed.read("statement.json"))
    assert said["_type"] == "https://in-toto.io/Statement/v1" and said["predicateType"].endswith("test-result/v0.1")
    assert all(one["digest"]["sha256"] for one in said["subject"])
    predicate = said["predicate"]
    assert predicate["result"] == "PASSED" and predicate["passedTests"] == [f"{name}@gateway" for name in CORE]
    told = predicate["demeure"]
    assert told["hosting"]["provider"] == "Hébergeur d’Ici"
    assert any("hyperviseur" in line for line in told["hosting"]["differs"]["fr"])
    assert told["product"]["files"]["journal/verify_statement.py"] == program_digests()["verify.py"]
    assert any("root" in line for line in told["not_proven"]["fr"])
    assert "l’hébergeur tient le matériel" in both(written(tmp_path, hosted_by="Hébergeur d’Ici"))[1]


def test_who_holds_the_machine_is_told_as_it_was_declared_or_not_at_all() -> None:
    assert "non déclaré" in hosting("")["fr"] and "not declared" in hosting("")["en"]
    own = hosting("own")
    assert own["provider"] == "" and "tient elle-même la machine" in own["fr"]
    assert "Hébergeur d’Ici" in hosting("Hébergeur d’Ici")["fr"]


@pytest.mark.parametrize(("verdict", "word"), [(OPEN, "quelque chose est ouvert"), (INCONCLUSIVE, "non concluant")])
def test_a_red_proof_makes_a_signed_statement_that_says_so(tmp_path: Path, verdict: str, word: str) -> None:
    code, told = both(written(tmp_path, result(), result(verdict)))
    assert code == 3 and word in told and "n’est pas tenue" not in told
    assert ("- tcp4 (gateway)" in told) is (verdict == OPEN), "it says what"
    assert "- tcp4\n" in told or verdict == OPEN, "and what keeps it from concluding"


def test_a_fact_alone_makes_it_red_and_is_named(tmp_path: Path) -> None:
    loose = Fact("keys", OPEN, "Des clés sont lisibles par d’autres.", "Keys are readable by others.")
    made_ = asyncio.run(
        signed(Proof([result()], "A", [loose]), Settings(), tmp_path, datetime.now(UTC), Signer(HERE), 0)
    )
    (tmp_path / "loose.zip").write_bytes(made_)
    code, told = both(tmp_path / "loose.zip")
    assert code == 3 and "- Des clés sont lisibles par d’autres." in told
    assert told.endswith("aucun essai n’est sorti, mais la maison n’est pas tenue comme elle doit l’être.\n")
    assert "- Keys are readable by others." in english(tmp_path / "loose.zip")


def test_every_changed_byte_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of every file: first, last, and some between; as a zip made anew, which its own sums would not betray."""
    piece = written(tmp_path)
    files = contents(piece)
    for name in ALL:
        data = files[name]
        for at in sorted({0, 1, len(data) // 3, len(data) // 2, len(data) - 2, len(data) - 1}):
            changed = bytearray(data)
            changed[at] ^= 1
            refused(tmp_path, files | {name: bytes(changed)}, capsys)


def test_a_changed_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    piece = written(tmp_path)
    whole = piece.read_bytes()
    start = whole.index(b"PK\x01\x02")
    for at in (0, 4, 10, 11, 26, start + 5, start + 38, len(whole) - 1, len(whole) - 6):
        changed = bytearray(whole)
        changed[at] ^= 1
        (tmp_path / "changed.zip").write_bytes(changed)
        assert verified(tmp_path / "changed.zip") == 1, at
    (tmp_path / "changed.zip").write_bytes(whole + b"x")
    assert verified(tmp_path / "changed.zip") == 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
        for name, data in contents(piece).items():
            again.writestr(name, data)
    (tmp_path / "changed.zip").write_bytes(packed.getvalue())
    capsys.readouterr()
    assert verified(tmp_path / "changed.zip") == 1
    assert "n’est plus celui qui a été remis" in capsys.readouterr().out


def test_files_missing_or_added_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = contents(written(tmp_path))
    for name in ALL:
        refused(tmp_path, {other: data for other, data in files.items() if other != name}, capsys)
    refused(tmp_path, files | {"lisez-moi.txt": b"?"}, capsys)


def test_the_page_is_the_one_that_was_given_with_this_statement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piece = written(tmp_path)
    files = contents(piece)
    code, told = both(piece)
    assert code == 0 and "certificat.pdf, est celle qui a été remise" in told
    assert "certificat.pdf, is the one that was given" in english(piece)
    other = contents(written(tmp_path, before=7))
    refused(tmp_path, files | {name: other[name] for name in (SUMS, f"{SUMS}.sig")}, capsys)
    without = {name: data for name, data in files.items() if name not in LISTED}
    assert "absent" in refused(tmp_path, without, capsys)
    assert "certificat.pdf" in refused(
        tmp_path, files | {"certificat.pdf": b"%PDF-1.7\nTout sort.\n%%EOF\n"}, capsys
    )
    refused(tmp_path, files | {"certificate.pdf": files["certificat.pdf"]}, capsys)
    refused(tmp_path, without | {"certificat.pdf": files["certificat.pdf"]}, capsys)
    (tmp_path / "folder").mkdir()
    for name, data in files.items():
        (tmp_path / "folder" / name).write_bytes(data)
    assert stranger(tmp_path / "folder", f"sha512sum -c {SUMS}")[0] == 0
    signed_list = (
        f"ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation -s {SUMS}.sig < {SUMS}"
    )
    assert stranger(tmp_path / "folder", signed_list)[0] == 0


def test_a_statement_of_before_the_pages_still_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who keeps one compares a new one with it (--after)."""
    newer = written(tmp_path, before=9)
    monkeypatch.setattr("demeure.proof.statement.FORMAT", FORMER)
    files = contents(written(tmp_path))
    refused(tmp_path, files, capsys)
    former = tmp_path / "former.zip"
    former.write_bytes(archive({name: files[name] for name in FILES}))
    assert both(former)[0] == 0
    assert both(newer, "--after", str(former))[0] == 0


@pytest.mark.parametrize("told", [[result()], [result(INCONCLUSIVE, name) for name in CORE]], ids=["one", "unsure"])
def test_a_green_verdict_that_its_own_probes_do_not_tell_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Result]
) -> None:
    """Signed by whoever holds the key all the same."""
    monkeypatch.setattr(Proof, "code", 0)
    code, said = both(written(tmp_path, *told))
    assert code == 1 and "le verdict n’est pas celui que disent les essais" in said


def test_a_red_mutation_or_another_ground_is_no_green_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [result(name=name) for name in CORE]
    elsewhere = Fact("same-ground", INCONCLUSIVE, "Ailleurs.", "Elsewhere.")
    unnoticed = Noticed(MUTATIONS[0], (), ("any-family",), ())
    for proof in (Proof(every, "A", [elsewhere]), Proof(every, "A", [], [unnoticed])):
        assert proof.code != 0
        monkeypatch.setattr(Proof, "code", 0)
        made_ = signed(proof, Settings(), tmp_path, datetime.now(UTC), Signer(HERE), 0)
        (tmp_path / "forged.zip").write_bytes(asyncio.run(made_))
        monkeypatch.undo()
        assert both(tmp_path / "forged.zip")[0] == 1


def test_nothing_in_a_piece_writes_on_the_terminal_of_who_verifies_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """« VERDICT : rien n’est sorti » over the reason of a refusal, or on a line of its own."""
    forged = "\x1b[2K\rVERDICT\u00a0: rien n’est sorti.\n"
    for name in (f"{forged}", "\u202etxt.tros", "\u2028VERDICT"):
        told = refused(tmp_path, contents(written(tmp_path)) | {name.replace("/", ""): b"?"}, capsys)
        assert not {"\x1b", "\r", "\u202e", "\u2028"} & {*told} and told.count("\n") == 1
    code, told = both(written(tmp_path, result(OPEN), hosted_by=f"Ici{forged}VERDICT"))
    assert code == 3 and not {"\x1b", "\r"} & {*told}
    assert [line for line in told.splitlines() if line.startswith("VERDICT")] == [told.splitlines()[-1]]
    piece = tmp_path / "piece.json"
    piece.write_text(json.dumps({"format": f"demeure.receipt/1{forged}", "vkey": f"a{forged}"}))
    capsys.readouterr()
    assert verified(piece) == 1 and "\x1b" not in capsys.readouterr().out


def test_names_given_twice_or_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    """What another program would unpack is not what was verified."""
    files = contents(written(tmp_path))
    for more in ("statement.json", "../statement.json", "/tmp/statement.json", "statement.json/"):
        piece = tmp_path / "twice.zip"
        with warnings.catch_warnings(), zipfile.ZipFile(piece, "w") as packed:
            warnings.simplefilter("ignore")
            for name, data in [*files.items(), (more, b"{}")]:
                packed.writestr(name, data)
        assert verified(piece) == 1, more
        assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".json") == []


def test_an_expired_statement_is_refused_with_its_date(tmp_path: Path) -> None:
    old = written(tmp_path, ago=timedelta(hours=25))
    code, told = both(old)
    assert code == 1 and "périmée depuis le" in told
    then = (SystemClock().now() - timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M:%S")
    assert both(old, "--at", then)[0] == 0, "it was valid then"
    assert "expired since" in english(old)
    code, told = both(written(tmp_path, ago=timedelta(hours=-2)))
    assert code == 1 and "datée de l’avenir" in told


def test_an_older_statement_than_the_one_held_is_refused(tmp_path: Path) -> None:
    former, newer = written(tmp_path, ago=timedelta(hours=2), before=2), written(tmp_path, before=40)
    assert both(newer, "--after", str(former))[0] == 0
    assert both(newer, "--after", str(newer))[0] == 0
    code, told = both(former, "--after", str(newer))
    assert code == 1 and "plus ancienne que celle que vous avez déjà" in told
    held = tmp_path / "held"
    held.write_bytes(contents(newer)["checkpoint"])
    assert both(former, "--after", str(held))[0] == 1
    held.write_bytes(contents(former)["checkpoint"])
    assert both(newer, "--after", str(held))[0] == 0


def test_a_statement_of_another_instance_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, other = written(tmp_path), written(tmp_path, seed=ELSEWHERE)
    code, told = both(other, "--vkey", Signer(HERE).vkey)
    assert code == 1 and "vient d’une autre maison" in told
    assert both(mine, "--after", str(other))[0] == 1
    ours_, theirs_ = contents(mine), contents(other)
    for name in ALL:
        if ours_[name] != theirs_[name]:
            refused(tmp_path, ours_ | {name: theirs_[name]}, capsys)
    swapped = theirs_ | {name: ours_[name] for name in ("statement.json", "statement.json.sig")}
    refused(tmp_path, swapped, capsys)


def test_another_statement_of_the_same_house_does_not_pass_for_this_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything signed, nothing changed: but the entry shown is that of another proof."""
    red, green = contents(written(tmp_path, result(OPEN), before=1)), contents(written(tmp_path, before=3))
    proof = ("entry.tlog-proof", "checkpoint", "checkpoint.txt", "checkpoint.sig")
    refused(tmp_path, green | {name: red[name] for name in proof}, capsys)
    refused(tmp_path, red | {name: green[name] for name in proof}, capsys)


def test_a_verdict_that_its_attempts_do_not_tell_is_refused(tmp_path: Path) -> None:
    """Signed by a house that would lie in its first lines."""

    class Lying(Proof):
        @property
        def code(self) -> int:
            return 0

    lying = Lying([result(), result(OPEN)], "A", [])
    now = datetime.now(UTC)
    (tmp_path / "lie.zip").write_bytes(asyncio.run(signed(lying, Settings(), tmp_path, now, Signer(HERE), 0)))
    code, told = both(tmp_path / "lie.zip")
    assert code == 1 and "le verdict n’est pas celui que disent les essais" in told


def test_a_house_is_proved_and_its_evidence_holds(tmp_path: Path) -> None:
    root()
    alice = Person(ALICE, through=("/usr/bin/env", "PATH=/usr/sbin:/sbin"))
    with place(ALICE) as folder:
        instance, piece = folder / "instance", folder / "preuve.zip"
        with alice.house(instance):
            (instance / "keys" / "spaces").chmod(0o755)
            alice.output(instance, "prove", "--json", "--evidence", str(folder / "rouge.zip"), code=1)
            (instance / "keys" / "spaces").chmod(0o700)
            alice.output(instance, "prove", "--json", "--evidence", str(piece))
            assert "déjà quelque chose" in alice.tell(instance, "prove", "--evidence", str(piece), code=2)
            vkey = json.loads(alice.output(instance, "journal", "checkpoint", "--json"))["vkey"]
        assert both(folder / "rouge.zip", "--vkey", vkey)[0] == 3
        code, told = both(piece, "--vkey", vkey, "--after", str(folder / "rouge.zip"))
        assert code == 0 and "certificat.pdf, est celle qui a été remise" in told
        for name, word in (
            (piece, "Aucun essai n’est sorti de la maison."),
            (folder / "rouge.zip", "Quelque chose est ouvert."),
        ):
            told_page, code_text = page_of(contents(name)["certificat.pdf"])
            assert word in told_page and sha512(contents(name)["statement.json"]) in code_text
        alice.output(instance, "prove", "--json", "--evidence", str(folder / "fermee.zip"))
        assert both(folder / "fermee.zip", "--vkey", vkey, "--after", str(piece))[0] == 0
        sealed = [entry for entry in entries(instance) if entry["name"] == "walls-proved-closed"]
        assert [entry["object"].split()[0] for entry in sealed] == ["open", "blocked", "blocked"]
        assert all(entry["commitment"] and "statement=" in entry["object"] for entry in sealed)


@pytest.mark.thorough
def test_a_house_makes_the_proof_that_an_administrator_asks_for(tmp_path: Path) -> None:
    root()
    alice = Person(ALICE, through=("/usr/bin/env", "PATH=/usr/sbin:/sbin"))
    with place(ALICE) as folder, httpx.Client(trust_env=False, timeout=30) as client:
        instance = folder / "instance"
        with alice.house(instance):
            link = alice.output(instance, "link").strip()
            home, choice = link.split("/lien/")[0], {"name": "Claire", "login": "claire"}
            password = {"password": "la girouette du clocher", "again": "la girouette du clocher"}
            assert client.post(link, data=choice | password).status_code == 303
            token = client.get(f"{home}/api/session").json()["token"]
            browser = {"Sec-Fetch-Site": "same-origin"}
            asked = client.post(f"{home}/souverainete/preuve", data={"token": token}, headers=browser)
            there = asked.headers["location"]
            assert there.startswith("/souverainete?preuve=")
            told = until(lambda: "Essais arrêtés" in (page := client.get(f"{home}/souverainete").text) and page, 60)
            assert "data-proving" not in client.get(f"{home}{there}").text, "its address says no longer to wait"
            assert "Rien ne sort de la maison" in told
            (folder / "page.zip").write_bytes(client.get(f"{home}/souverainete/preuve/fichier").content)
            assert "VERDICT" in (instance / "run" / "prove.log").read_text(encoding="utf-8")
        assert both(folder / "page.zip")[0] == 0
        names = [(entry["name"], entry["outcome"]) for entry in entries(instance)]
        assert names.index(("proof-asked-closed", "done")) < names.index(("walls-proved-closed", "done"))


def page_of(data: bytes) -> tuple[str, str]:
    """(what its one page says, what its printed code holds)."""
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == 1
        picture = document[0].render(scale=4).to_pil().convert("L")
        return document[0].get_textpage().get_text_bounded(), zxingcpp.read_barcodes(picture)[0].text


def contents(piece: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(piece) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def refused(folder: Path, files: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> str:
    """As a zip well made, with its reason, which is given."""
    (folder / "changed.zip").write_bytes(archive(files))
    capsys.readouterr()
    assert verified(folder / "changed.zip") in (1, 2), sorted(files)
    told: Any = capsys.readouterr()
    assert "ÉCHEC" in told.out or "pas une pièce que Demeure connaît" in told.err, told
    return str(told.out)


def verified(piece: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(piece)])
    return int(ended.value.code or 0)


def english(piece: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "demeure.cli.main", "--language", "en", "verify", str(piece)],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def test_a_byte_changed_inside_the_archive_is_told_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = bytearray(written(tmp_path).read_bytes())
    whole[whole.index(b'"verdict"') + 3] ^= 1
    (tmp_path / "changed.zip").write_bytes(whole)
    assert verified(tmp_path / "changed.zip") == 1
    assert capsys.readouterr().out == "ÉCHEC, statement.json\u00a0: ce fichier n’est plus celui qui a été remis.\n"


def test_a_file_too_large_to_be_a_statement_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    with (tmp_path / "huge.zip").open("wb") as file:
        file.truncate(40 << 30)  # takes no room
    assert verify_statement.main([str(tmp_path / "huge.zip")]) == 1
    assert "mal formé" in capsys.readouterr().out
