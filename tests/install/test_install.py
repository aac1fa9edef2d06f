"""What ``demeure install`` plans, writes in an image of a machine, takes off again; what other tools say of it."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from demeure.cli.backup_back import _reachable
from demeure.cli.main import cli
from demeure.install import Layout, Wanted, apply, applying, plan, remove
from demeure.install import units as texts
from demeure.install.applying import MACHINE, NOTHING, TPM, sealed_by
from demeure.install.errors import (
    AnotherAtWork,
    DataUnusable,
    HostUnusable,
    KeyToSealMissing,
    KeyToSealUnfit,
    NothingInstalled,
    ProgramOutOfReach,
    SealUseless,
    ToolRefused,
    UserUnusable,
)
from demeure.install.firewall import Way, suggestion
from demeure.install.layout import DATA, PROGRAM
from demeure.install.locking import only_one
from demeure.install.machine import clock_check, engine_library, kernel_features, port
from demeure.install.planning import Step
from demeure.install.points import Point, Points, highest
from demeure.release import carried
from demeure.release.owner import Owner, as_owner
from demeure.settings import SettingNotAddress
from demeure.supervisor import AlreadyRunning

UNITS = (
    "demeure.service",
    "demeure.socket",
    "demeure-check.service",
    "demeure-prove.service",
    "demeure-check.timer",
    "demeure-resume.service",
    "demeure-resume.timer",
)


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image of a machine that has systemd."""
    (tmp_path / "image/usr/lib/systemd").mkdir(parents=True)
    (tmp_path / "image/usr/lib/systemd/systemd").touch()
    return tmp_path / "image"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_a_dry_run_prints_every_byte_and_writes_nothing(image: Path) -> None:
    before = files(image)
    told = run("install", "--dry-run", "--root", str(image))
    assert files(image) == before
    for path, text in plan(Wanted(program="/x")).files().items():
        assert f"=== {path}" in told
        assert path == "/usr/local/bin/demeure" or text in told
    steps = json.loads(run("install", "--dry-run", "--json", "--root", str(image)))["steps"]
    assert {step["path"] for step in steps} > {f"/etc/systemd/system/{name}" for name in UNITS}


def test_an_installation_done_twice_is_done_once_and_its_removal_leaves_the_data(image: Path) -> None:
    before = files(image)
    run("install", "--root", str(image))
    wrote = files(image)
    assert (image / "var/lib/demeure/data/1").stat().st_mode & 0o777 == 0o700
    assert (image / "usr/local/bin/demeure").stat().st_mode & 0o777 == 0o755
    point = Points(Layout(image)).current()
    assert point is not None and point.number == 1 and (image / "opt/demeure/current/program/bin").is_dir()
    again = json.loads(run("install", "--json", "--root", str(image)))["steps"]
    assert {step["became"] for step in again} <= {"same", "elsewhere"}
    assert files(image) == wrote

    (image / "var/lib/demeure/data/1/kept").write_text("data")
    unit = image / "etc/systemd/system/demeure.service"
    unit.write_text(unit.read_text() + "# ours\n")
    (image / "opt/demeure/.bundle/wheels").mkdir(parents=True)  # of an update that a power cut ended
    told = run("uninstall", "--yes", "--root", str(image))
    assert "/var/lib/demeure/data/1" in told and "/etc/systemd/system/demeure.service" in told
    left = files(image) - before
    assert left == {"var/lib/demeure/data/1/kept", "etc/systemd/system/demeure.service", "etc/demeure/data"}
    with pytest.raises(NothingInstalled):
        remove(Layout(image))


def test_what_was_removed_comes_back_with_its_data(image: Path) -> None:
    layout = Layout(image)
    run("install", "--root", str(image))
    points = Points(layout)
    data = image / "var/lib/demeure/data/7"
    data.mkdir(mode=0o700)
    points.add(Point(2, sys.prefix, str(data), former=1))
    points.switch(2)
    run("uninstall", "--yes", "--root", str(image))
    run("install", "--root", str(image))
    point = Points(layout).current()
    assert point is not None and point.data == str(data)


def test_the_newest_bundle_is_remembered_where_the_data_stay(image: Path) -> None:
    """An older one was taken after it, on data that the newer had touched."""
    layout = Layout(image)
    manifest = {"python": carried.tag(), "sequence": 19}
    for sequences in ((20, 12), (15,)):  # gone back from the newest; then an older memory changes nothing
        run("install", "--root", str(image))
        for number, sequence in enumerate(sequences, 2):
            program, data = f"/opt/demeure/versions/0.{sequence}", str(image / "var/lib/demeure/data/1")
            Points(layout).add(Point(number, program, data, sequence=sequence, former=1))
            Points(layout).switch(number)
        carried.fits(manifest | {"sequence": 20}, image)
        assert "/etc/demeure/highest.json" in run("uninstall", "--yes", "--root", str(image))
        assert highest(layout) == 20
        with pytest.raises(carried.Fault) as older:
            carried.fits(manifest, image)
        assert (
            older.value.code == 4 and "0.20" in older.value.fr and "rm /etc/demeure/highest.json" in older.value.en
        )
        carried.fits(manifest | {"sequence": 20}, image)


def test_what_drills_left_is_named_and_what_is_of_others_is_not(image: Path) -> None:
    layout = Layout(image)
    for data, own in (("/var/lib/demeure/data/1", True), ("/srv/maison", False)):
        apply(plan(Wanted(program=sys.prefix, systemd=False, data=data)), layout)
        beside = layout.at(data).parent
        for name in ("site-web", f".{Path(data).name}.exercice"):
            (beside / name).mkdir()
        told = run("uninstall", "--yes", "--root", str(image))
        left = [line for line in told.splitlines() if ".exercice" in line]
        assert len(left) == 1 and "clés comprises" in left[0] and left[0].startswith("gardé")
        assert ("site-web" in told) == own and data in told
        (image / "etc/demeure/data").unlink()


def test_a_machine_without_systemd_gets_logrotate_and_no_unit(tmp_path: Path) -> None:
    run("install", "--root", str(tmp_path / "m"))
    assert "etc/logrotate.d/demeure" in files(tmp_path / "m")
    written = (tmp_path / "m/etc/logrotate.d/demeure").read_text()
    assert "su root root" in written, "the file is opened by root's shell: its user could not turn it"
    assert not [name for name in files(tmp_path / "m") if "systemd" in name]


def test_the_units_are_what_systemd_accepts_and_its_own_tool_rates_them(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here (Debian package systemd): the units were not judged")
    program = tmp_path / "demeure"
    shutil.copy("/bin/true", program)
    made = {
        "demeure.service": texts.service("root", f"{DATA}/data/1", sealed=True),
        "demeure.socket": texts.socket("::1", 8443),
        "demeure-check.service": texts.check_service("root", "/srv/demeure", sealed=False),
        "demeure-prove.service": texts.prove_service("root", f"{DATA}/data/1", sealed=False),
        "demeure-check.timer": texts.check_timer(),
        "demeure-resume.service": texts.resume_service("/srv/demeure"),
        "demeure-resume.timer": texts.resume_timer(),
    }
    for name, text in made.items():
        text = text.replace(f"{PROGRAM}/current/program/bin/demeure", str(program))
        (tmp_path / name).write_text(text.replace(f"{PROGRAM}/resuming/bin/demeure", str(program)))
    units = [str(tmp_path / name) for name in UNITS]
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert (judged.returncode, judged.stderr) == (0, "")
    wrong = tmp_path / "wrong.service"
    wrong.write_text(
        (tmp_path / "demeure.service").read_text().replace("LockPersonality=yes", "LockPersonalite=yes")
    )
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(wrong)], capture_output=True, text=True, check=False
    )
    assert "LockPersonalite" in judged.stderr, "the tool must be able to say no"
    for name in ("demeure.service", "demeure-check.service"):
        rated = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=35", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert rated.returncode == 0, rated.stdout[-400:]


def test_what_is_cut_is_settled_at_each_start_of_a_house_that_is_opened_by_hand_too() -> None:
    for starts in (True, False):
        ran = [step.text for step in plan(Wanted(program="/x", starts=starts)).steps if step.kind == "run"]
        assert ran[-1] == "systemctl enable demeure-resume.service"
        assert any("--now" in command for command in ran) is starts


def test_the_unit_leaves_the_walls_of_the_roles_possible() -> None:
    """Directives that would forbid what each role does to itself, or hide from a proof what it tries."""
    lines = texts.service("demeure", f"{DATA}/data/1", sealed=False).splitlines()
    names = {line.partition("=")[0]: line.partition("=")[2] for line in lines if "=" in line}
    assert set(names["RestrictNamespaces"].split()) == {"user", "net", "ipc"}
    assert "RootDirectory" not in names and "PrivateUsers" not in names
    assert "RestrictAddressFamilies" not in names and "PrivateNetwork" not in names
    assert names["SystemCallFilter"].startswith("~") and "@sandbox" not in names["SystemCallFilter"]


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.20", "::"])
def test_the_suggested_firewall_is_one_that_nft_accepts(tmp_path: Path, host: str) -> None:
    ways = [Way("mail", ("192.0.2.7", "2001:db8::7"), 465)]
    text = suggestion("root", host, 8443, ways)
    assert "192.0.2.7 tcp dport 465" in text and ("chain input" in text) == (host != "127.0.0.1")
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin")
    if nft is None or os.geteuid() != 0:
        pytest.skip("nft is not here, or no root: the suggestion was not judged")
    place = tmp_path / "suggested.nft"
    place.write_text(text)
    judged = subprocess.run(
        ["unshare", "-n", nft, "-c", "-f", str(place)], capture_output=True, text=True, check=False
    )
    if "Operation not supported" in judged.stderr or "Protocol not supported" in judged.stderr:
        pytest.skip("this kernel has no nf_tables: the suggestion was not judged")
    assert (judged.returncode, judged.stderr) == (0, "")


def test_the_command_goes_to_the_right_user(tmp_path: Path) -> None:
    """The wrapper, run for real with a ``setpriv`` and a program that only tell what they were given."""
    script = texts.command("nobody", sealed=False).replace(PROGRAM, str(tmp_path)).replace(DATA, str(tmp_path))
    program = tmp_path / "current/program/bin/demeure"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$DEMEURE_INSTANCE:$*"\n')
    program.chmod(0o755)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "setpriv").write_text(
        '#!/bin/sh\nprintf "as:"; while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n'
    )
    (tools / "setpriv").chmod(0o755)
    place = tmp_path / "wrapper"
    place.write_text(script)

    def told(*words: str) -> str:
        environment = {"PATH": f"{tools}:/usr/bin:/bin"}
        return subprocess.run(
            ["sh", str(place), *words], env=environment, capture_output=True, text=True, check=True
        ).stdout

    prefix = "as:" if os.geteuid() == 0 else ""
    data = f"{tmp_path}/current/data"
    assert told("--language", "en", "status") == f"{prefix}{data}:--language en status\n"
    assert told("--language", "update", "spaces", "list").startswith(prefix)
    assert told("--language", "en", "update", "x") == f"{data}:--language en update x\n"
    assert told("bundle", "verify", "x") == f"{data}:bundle verify x\n"
    assert told("host", "audit") == f"{data}:host audit\n", "root reads everything of the machine"


def test_sealed_keys_are_opened_for_one_command_and_nothing_is_left(tmp_path: Path) -> None:
    """The same wrapper, with a ``systemd-creds`` that tells what it was asked for."""
    if os.geteuid() != 0:
        pytest.skip("no root: the wrapper opens no key for anybody else")
    script = texts.command("root", sealed=True).replace(PROGRAM, str(tmp_path)).replace(DATA, str(tmp_path))
    script = script.replace("/run/", f"{tmp_path}/run/")
    (tmp_path / "run").mkdir()
    program = tmp_path / "current/program/bin/demeure"
    program.parent.mkdir(parents=True)
    program.write_text(
        '#!/bin/sh\ncat "$CREDENTIALS_DIRECTORY"/*; stat -c "%a %U" "$CREDENTIALS_DIRECTORY"; exit 7\n'
    )
    program.chmod(0o755)
    (tmp_path / "tools").mkdir()
    told = '#!/bin/sh\necho "$2" > "$4"\n'
    (tmp_path / "tools" / "systemd-creds").write_text(told)
    (tmp_path / "tools" / "systemd-creds").chmod(0o755)
    (tmp_path / "wrapper").write_text(script)
    environment = {"PATH": f"{tmp_path}/tools:/usr/bin:/bin"}
    for word in ("status", "update"):
        done = subprocess.run(
            ["sh", str(tmp_path / "wrapper"), word], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (7, "")
        assert done.stdout.split() == ["--name=house.key", "--name=journal.key", "700", "root"]
        assert list((tmp_path / "run").iterdir()) == []
        gone = subprocess.Popen(["true"])
        gone.wait()
        for pid in (gone.pid, os.getpid()):  # a command that was killed, one that still works
            (tmp_path / "run" / f"demeure-keys.{pid}.abcdef").mkdir()
        subprocess.run(["sh", str(tmp_path / "wrapper"), word], env=environment, capture_output=True, check=False)
        (left,) = (tmp_path / "run").iterdir()
        assert left.name == f"demeure-keys.{os.getpid()}.abcdef"
        left.rmdir()


def test_a_program_that_the_user_could_not_run_is_refused(tmp_path: Path) -> None:
    from demeure.install.applying import _in_reach

    (tmp_path / "closed/bin").mkdir(parents=True)
    (tmp_path / "closed/bin/demeure").touch(mode=0o755)
    (tmp_path / "closed").chmod(0o700)
    with pytest.raises(ProgramOutOfReach):
        _in_reach(plan(Wanted(program=str(tmp_path / "closed"))))


def test_keys_are_sealed_by_systemd_and_open_again(tmp_path: Path) -> None:
    if shutil.which("systemd-creds") is None or os.geteuid() != 0:
        pytest.skip("systemd-creds is not here, or no root: no key was sealed")
    layout = Layout(tmp_path)
    wanted = Wanted(program="/x", sealed=True)
    keys = layout.at(f"{wanted.data}/keys")
    keys.mkdir(parents=True)
    for name in ("house.key", "journal.key"):
        (keys / name).write_bytes(os.urandom(32))
    apply(plan(wanted), layout)
    sealed = layout.at("/etc/credstore.encrypted/demeure.house.key")
    clear = (keys / "house.key").read_bytes()
    assert clear not in sealed.read_bytes() and sealed.stat().st_mode & 0o777 == 0o600
    opened = subprocess.run(
        ["systemd-creds", "decrypt", "--name=house.key", str(sealed), "-"], capture_output=True, check=True
    )
    assert opened.stdout == clear
    assert sealed_by(sealed) in (TPM, MACHINE) and sealed_by(keys / "house.key") == ""
    for with_key, by in (("host", MACHINE), ("null", NOTHING)):
        told = ["systemd-creds", "encrypt", f"--with-key={with_key}", "--name=x", "-", str(tmp_path / "x")]
        subprocess.run(told, input=clear, capture_output=True, check=True)
        assert sealed_by(tmp_path / "x") == by, "as the systemd of this machine writes them"
    other = subprocess.run(
        ["systemd-creds", "decrypt", "--name=other", str(sealed), "-"], capture_output=True, check=False
    )
    assert other.returncode != 0


def test_a_house_that_serves_loses_no_program_under_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    apply(plan(Wanted(program="/x", systemd=False)), layout)
    told: dict[str, Any] = {"processes": [{"pid": 7}]}
    monkeypatch.setattr("demeure.supervisor.health.read_status", lambda _data: told)
    before = files(tmp_path)
    with pytest.raises(AlreadyRunning):
        remove(layout)
    assert files(tmp_path) == before
    told["processes"] = []
    assert remove(layout)["removed"]


def test_another_user_restores_without_the_installed_house(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root becomes somebody else")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        (Path(folder) / "house" / "keys").mkdir(mode=0o700, parents=True)
        (Path(folder) / "house").chmod(0o700)
        nobody = Owner(65534, 65534)
        house, none = Path(folder) / "house", Path(folder) / "none"
        seen = [as_owner(nobody, partial(_reachable, place)) for place in (house, none)]
        assert seen == [False, True] and _reachable(house)


def test_a_key_that_cannot_be_sealed_leaves_the_command_and_the_units_as_they_were(tmp_path: Path) -> None:
    """They would read credentials that do not exist: no command, no start, nothing to repair it with."""
    layout, wanted = Layout(tmp_path), Wanted(program="/x")
    apply(plan(wanted), layout)
    paths = [layout.at(path) for path in plan(wanted).files()]
    before = {path: path.read_bytes() for path in paths}
    with pytest.raises(KeyToSealMissing):
        apply(plan(replace(wanted, sealed=True)), layout)
    assert {path: path.read_bytes() for path in paths} == before
    assert plan(replace(wanted, sealed=True)).files() != plan(wanted).files(), "they would have been others"


def test_the_machine_is_asked_and_each_answer_says_what_to_do() -> None:
    for name, ok, fr, en in [*kernel_features(), engine_library(), port("127.0.0.1", 0)]:
        assert name and fr and en and fr != en and ok in (True, False, None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        _, ok, fr, _ = port("127.0.0.1", number)
        assert ok is False and str(number) in fr and "ss -ltnp" in fr
    assert port("127.0.0.1", number)[1] is True
    assert clock_check(time.time() + 86400)[0] is False
    assert clock_check(time.time() - 86400)[0] in (True, None)


@pytest.mark.parametrize("host", ["127.0.0.1\nListenStream=/run/x\n[Install]", "example.org", "fe80::1%x y", ""])
def test_an_address_that_is_none_is_written_in_no_unit(image: Path, host: str) -> None:
    """The house's user writes demeure.toml, root writes the units."""
    data = image / "var/lib/demeure/data/1"
    data.mkdir(parents=True)
    (data / "demeure.toml").write_text(f"host = {json.dumps(host)}\n")
    before = files(image)
    done = CliRunner().invoke(cli, ["install", "--root", str(image)])
    assert isinstance(done.exception, SettingNotAddress) and files(image) == before
    with pytest.raises(HostUnusable):
        plan(Wanted(program="/x", host=host))
    for good in ("localhost", "0.0.0.0", "192.168.1.20", "::", "::1"):
        assert plan(Wanted(program="/x", host=good)).steps


def test_only_a_key_of_the_house_is_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, ran = Layout(tmp_path), []
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(32)))
    place = layout.at("/var/lib/demeure/data/1/keys/house.key")
    place.parent.mkdir(parents=True)

    opened = [bytes(range(32)).hex()]

    def sealing(command: str, given: bytes = b"") -> str:
        words = shlex.split(command)
        if words[1] == "decrypt":
            if opened[0] == "refused":
                raise ToolRefused(command=command, detail="no")
            return opened[0]
        ran.append(given)
        Path(words[-1]).write_bytes(b"sealed")
        return ""

    monkeypatch.setattr(applying, "ran", sealing)
    step = Step(
        "seal", "/etc/credstore.encrypted/demeure.house.key", ("", ""), "/var/lib/demeure/data/1/keys/house.key"
    )
    layout.at(step.path).parent.mkdir(parents=True)

    def refused() -> bool:
        with pytest.raises(KeyToSealUnfit):
            applying._seal(step, layout)
        return not ran and not layout.at(step.path).exists()

    place.symlink_to(secret)
    assert refused(), "a link is not followed"
    place.unlink()
    for content in (b"", bytes(31), bytes(33), bytes(4096)):
        place.write_bytes(content)
        assert refused()
    place.unlink()
    os.mkfifo(place)
    assert refused(), "nor is anything but a file waited for"
    place.unlink()
    place.write_bytes(bytes(range(32)))
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: 4242)
        assert refused(), "the key of somebody else"
    opened[0] = ""
    with pytest.raises(SealUseless) as useless:
        applying._seal(step, layout)
    assert "ne se rouvre pas" in useless.value.sentence("fr") and "open again" in useless.value.sentence("en")
    opened[0] = "refused"
    with pytest.raises(ToolRefused):
        applying._seal(step, layout)
    assert not list(layout.at(step.path).parent.iterdir()), "systemd may succeed and write what does not open"
    ran.clear()
    opened[0] = bytes(range(32)).hex()
    assert applying._seal(step, layout) == "done" and ran == [bytes(range(32))]


def test_a_removal_that_was_cut_still_knows_where_the_data_are(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(image)
    run("install", "--root", str(image))
    data = image / "var/lib/demeure/data/7"
    data.mkdir(mode=0o700)
    Points(layout).add(Point(2, sys.prefix, str(data), former=1))
    Points(layout).switch(2)
    (image / "opt/demeure/coming.json").write_text('{"number": 9, "data": "/var/lib/demeure/data/9"}')

    def cut(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as power:
        power.setattr(shutil, "rmtree", cut)
        with pytest.raises(KeyboardInterrupt):
            remove(layout)
    assert not layout.current.is_symlink()
    assert "/var/lib/demeure/data/7" in remove(layout)["kept"]
    assert not (image / "opt/demeure").exists()
    run("install", "--root", str(image))
    point = Points(layout).current()
    assert point is not None and point.data == str(data)


def test_nothing_is_imported_once_the_program_that_runs_is_gone(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("install", "--root", str(image))
    (image / "var/lib/demeure/data/1/kept").write_text("data")
    off, gone = applying._program_off, list[str]()

    class Gone:
        @staticmethod
        def find_spec(name: str, *_: Any) -> None:
            gone.append(name)
            raise ModuleNotFoundError(name)

    def removed(layout: Layout) -> list[str]:
        told = off(layout)
        for name in [one for one in sys.modules if one.startswith("demeure.backup")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(sys, "meta_path", [Gone()])
        return told

    monkeypatch.setattr(applying, "_program_off", removed)
    for name in [one for one in sys.modules if one.startswith("demeure.backup")]:
        monkeypatch.delitem(sys.modules, name)
    told = run("uninstall", "--yes", "--root", str(image))
    monkeypatch.undo()
    assert gone == [] and "/var/lib/demeure/data/1" in told


def test_one_installs_or_removes_at_a_time(image: Path) -> None:
    run("install", "--root", str(image))
    before = files(image)
    with only_one(Layout(image)):
        for words in (("install",), ("uninstall", "--yes")):
            done = CliRunner().invoke(cli, [*words, "--root", str(image)])
            assert isinstance(done.exception, AnotherAtWork)
    assert files(image) == before
    run("uninstall", "--yes", "--root", str(image))


def test_where_nothing_was_installed_nothing_is_asked_nor_written(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["uninstall", "--root", str(tmp_path)], input="n\n")
    assert isinstance(done.exception, NothingInstalled) and done.output == ""
    assert "demeure erase --report" in done.exception.sentence("fr")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("user", ["root", "", "a b", "x\nExecStartPre=/bin/sh", "1er", "A", "a" * 32])
def test_a_name_that_no_unit_should_hold_is_refused(user: str) -> None:
    with pytest.raises(UserUnusable):
        plan(Wanted("/opt/demeure/current/program", user=user))


@pytest.mark.parametrize(
    "data", ["/", "/home", "rel/ative", "", "/etc/demeure", "/srv/a/../../etc", "/srv/a\nb", "/usr/x"]
)
def test_data_are_in_a_folder_of_their_own(data: str) -> None:
    with pytest.raises(DataUnusable):
        plan(Wanted("/opt/demeure/current/program", data=data))
    assert plan(Wanted("/opt/demeure/current/program", data="/srv/demeure")).steps
