"""The audit of the machine, on made trees: each agent, tunnel, task, forward and connection is found, with
where it sends; a clean tree is clean; nothing is ever changed; nothing of a secret is shown."""

import hashlib
import json
import os
import socket
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demeure.cli.main import main
from demeure.host import ALARM, GOOD, INFO, UNKNOWN, WARN, Finding, audited, keep, read_audit
from demeure.host.agents import known
from demeure.host.finding import Tree
from demeure.host.processes import outgoing

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def tree(folder: Path, **files: str) -> Path:
    """``etc__ssh__sshd_config`` → etc/ssh/sshd_config."""
    for name, text in files.items():
        write(folder, name.replace("__", "/"), text)
    return folder


def write(folder: Path, path: str, text: str) -> None:
    file = folder / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def clean(folder: Path) -> Path:
    write(folder, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nlea:x:1000:1000::/srv/lea:/bin/sh\n")
    write(folder, "/etc/chrony/chrony.conf", "server temps.mairie.lan iburst\n")
    write(folder, "/etc/apt/sources.list", "deb http://miroir.mairie.lan/debian stable main\n")
    write(folder, "/etc/apt/apt.conf.d/20auto-upgrades", 'APT::Periodic::Unattended-Upgrade "1";\n')
    write(folder, "/proc/net/tcp", "  sl  local_address rem_address   st\n")
    return folder


def found(folder: Path, *tones: str) -> dict[str, Finding]:
    return {one.id: one for one in audited(folder, NOW) if not tones or one.tone in tones}


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        whole.update(f"{path.relative_to(folder)} {path.lstat().st_mode} {path.lstat().st_mtime_ns}".encode())
        if path.is_file() and os.access(path, os.R_OK):
            whole.update(path.read_bytes())
    return whole.hexdigest()


def test_a_clean_machine_is_clean_and_left_as_it_was(tmp_path: Path) -> None:
    clean(tmp_path)
    before = digest(tmp_path)
    assert found(tmp_path, ALARM, WARN, UNKNOWN) == {}
    seen = found(tmp_path)
    assert seen["clock"].where == ("temps.mairie.lan",)
    assert seen["updates-from"].where == ("http://miroir.mairie.lan/debian",)
    assert {one.about for one in seen.values()} >= {
        "sshd",
        "vpn",
        "agents",
        "tasks",
        "logs",
        "outgoing",
        "clock",
        "updates",
    }
    assert digest(tmp_path) == before, "read-only"


def test_an_empty_tree_says_what_it_cannot_know(tmp_path: Path) -> None:
    assert "outgoing-unknown" in found(tmp_path, UNKNOWN) and "clock-none" in found(tmp_path, WARN)


def test_sshd_the_first_value_wins_includes_in_their_place(tmp_path: Path) -> None:
    clean(tmp_path)
    write(tmp_path, "/etc/ssh/sshd_config.d/10.conf", "PasswordAuthentication no\nAllowUsers lea\n")
    write(
        tmp_path,
        "/etc/ssh/sshd_config",
        "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nPasswordAuthentication yes\nPermitTunnel yes\n"
        "AllowTcpForwarding no\nMatch User x\nPermitEmptyPasswords yes\n",
    )
    assert set(found(tmp_path, ALARM, WARN)) == {"sshd-root", "sshd-tunnel"}
    write(tmp_path, "/etc/ssh/sshd_config", "# nothing\n")
    assert set(found(tmp_path, ALARM, WARN)) == {"sshd-root-key", "sshd-password", "sshd-forward", "sshd-everyone"}


@pytest.mark.parametrize("agent", known(), ids=lambda one: one.name)
def test_each_agent_is_found_by_its_files_and_by_its_process(agent: object, tmp_path: Path) -> None:
    clean(tmp_path)
    write(tmp_path, agent.files[0].replace("*", "x") + "/file", "")  # type: ignore[attr-defined]
    by_file = [one for one in found(tmp_path, WARN).values() if one.about == "agents"]
    assert len(by_file) == 1 and by_file[0].fr.startswith(agent.name)  # type: ignore[attr-defined]
    assert by_file[0].sends_fr and by_file[0].sends_en and by_file[0].do_fr
    for name in agent.processes[:1]:  # type: ignore[attr-defined]
        assert len(name) <= 15, "as the kernel cuts it"
        write(tmp_path, "/proc/77/comm", f"{name}\n")
        alive = [one for one in found(tmp_path, ALARM, WARN).values() if one.about == "agents"]
        assert "tourne" in alive[0].fr and name in alive[0].seen


SETTINGS = [
    ("etc/zabbix/zabbix_agentd.conf", "Server=10.0.0.5\nServerActive=z.presta.fr,10.0.0.6\n", "z.presta.fr"),
    ("etc/telegraf/telegraf.conf", 'urls = ["https://u:secret@influx.presta.fr"]\n', "https://influx.presta.fr"),
    ("etc/filebeat/filebeat.yml", 'output:\n  hosts: ["elk.presta.fr:9200"]\n', "elk.presta.fr:9200"),
    ("var/ossec/etc/ossec.conf", "<server><address>wazuh.presta.fr</address></server>", "wazuh.presta.fr"),
    ("etc/salt/minion", "master: salt.presta.fr\n", "salt.presta.fr"),
]


@pytest.mark.parametrize(("path", "text", "where"), SETTINGS)
def test_where_an_agent_sends_is_read_from_its_settings(tmp_path: Path, path: str, text: str, where: str) -> None:
    write(clean(tmp_path), path, text)
    agents = [one for one in found(tmp_path, WARN, ALARM).values() if one.about == "agents"]
    assert where in agents[0].where and "secret" not in json.dumps([one.as_json() for one in agents])


def test_tunnels_forwards_tasks_and_accounts(tmp_path: Path) -> None:
    clean(tmp_path)
    write(tmp_path, "/etc/wireguard/wg0.conf", "[Peer]\nEndpoint = vpn.presta.fr:51820\nPrivateKey = SECRETKEY\n")
    write(tmp_path, "/proc/net/dev", "Inter-|\n face |\n    lo: 1\n  tun0: 4\n")
    write(tmp_path, "/etc/rsyslog.d/50.conf", "*.* @@logs.presta.fr:514\n")
    write(tmp_path, "/etc/rsyslog.d/60.conf", 'action(type="omfwd" target="siem.presta.fr" port="514")\n')
    write(tmp_path, "/etc/cron.d/sauve", "0 2 * * * root curl -F f=@/srv/x https://up.presta.fr/?token=SECRET\n")
    write(tmp_path, "/etc/cron.d/calcul", "0 2 * * * root curl https://calcul.presta.fr/$(hostname)/`date`\n")
    write(tmp_path, "/etc/systemd/system/timers.target.wants/copie.timer", "")
    write(
        tmp_path,
        "/etc/systemd/system/copie.service",
        "[Service]\nExecStart=/usr/bin/rsync -a /srv lea@nas.presta.fr:/x\n",
    )
    write(tmp_path, "/etc/cron.d/local", "0 3 * * * root /usr/bin/true\n")
    write(tmp_path, "/etc/passwd", "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n")
    write(tmp_path, "/etc/shadow", "root:*:1\nlea::1\n")
    write(tmp_path, "/etc/sudoers.d/presta", "presta ALL=(ALL) NOPASSWD: ALL\n")
    write(tmp_path, "/proc/swaps", "Filename Type Size\n/dev/sda3 partition 1 0 -2\n")
    write(tmp_path, "/proc/sys/kernel/core_pattern", "|/usr/share/apport/apport %p\n")
    write(tmp_path, "/etc/resolv.conf", "nameserver 1.1.1.1\n")
    seen = found(tmp_path)
    assert seen["vpn-wg0"].where == ("vpn.presta.fr:51820",) and "vpn-tun0" in seen
    assert set(seen["forward-rsyslog"].where) >= {"logs.presta.fr:514", "siem.presta.fr"}
    assert seen["task-etc-cron.d-sauve"].where and "task-etc-cron.d-local" not in seen
    assert seen["task-etc-cron.d-calcul"].where == ("https://calcul.presta.fr/",)
    assert seen["task-etc-systemd-system-copie.service"].where == ("lea@nas.presta.fr:/x",)
    assert seen["accounts-root"].seen == ("toor",) and seen["accounts-empty"].seen == ("lea",)
    assert {"accounts-sudo", "kernel-swap", "kernel-core"} <= set(seen)
    assert (seen["names"].tone, seen["names"].where) == (INFO, ("1.1.1.1",))
    assert "SECRET" not in json.dumps([one.as_json() for one in seen.values()])


def test_who_speaks_to_the_outside_and_not_who_is_spoken_to(tmp_path: Path) -> None:
    clean(tmp_path)
    rows = [
        "  sl  local_address rem_address   st tx rx tr tm retr uid timeout inode",
        "   0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 11 1",
        "   1: 0500A8C0:C350 2E0F6D5D:01BB 01 0:0 0:0 0 0 0 12 1",  # 93.109.15.46:443
        "   2: 0500A8C0:1F90 0900A8C0:D431 01 0:0 0:0 0 0 0 13 1",  # came in
        "   3: 0100007F:C351 0100007F:1F90 01 0:0 0:0 0 0 0 14 1",  # inside
        "   4: 0500A8C0:C352 08080808:0035 01 0:0 0:0 0 0 0 99 1",  # nobody knows whose
    ]
    write(tmp_path, "/proc/net/tcp", "\n".join(rows) + "\n")
    write(tmp_path, "/proc/41/comm", "filebeat\n")
    (tmp_path / "proc" / "41" / "fd").mkdir()
    (tmp_path / "proc" / "41" / "fd" / "5").symlink_to("socket:[12]")
    held, unknown = outgoing(Tree(tmp_path))
    assert [(one.program, one.remote, one.port) for one in held] == [
        ("filebeat", "93.109.15.46", 443),
        ("", "8.8.8.8", 53),
    ]
    assert unknown == 1
    seen = found(tmp_path)
    assert seen["outgoing-filebeat"].where == ("93.109.15.46:443/tcp",) and "outgoing-holders" in seen
    assert [one.program for one in outgoing(Tree(tmp_path), frozenset({41}))[0]] == [""], "the house is not another"


def test_this_machine_itself_a_true_connection_is_seen_and_belongs_to_us() -> None:
    """On loopback: seen in the true /proc, and rightly not told as going elsewhere."""
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, socket.create_connection(listener.getsockname()):
        held, _ = outgoing(Tree(Path("/")))
        assert all(not one.remote.startswith("127.") for one in held)
    assert audited(Path("/"), NOW)


def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    write(clean(tmp_path), "/etc/ssh/sshd_config", "x")
    (tmp_path / "etc/ssh/sshd_config").chmod(0)
    assert "sshd-unread" in found(tmp_path, UNKNOWN)


def test_the_command_tells_and_keeps_nothing_of_another_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, instance = clean(tmp_path / "root"), tmp_path / "instance"
    instance.mkdir()
    write(root, "/etc/rsyslog.d/50.conf", "*.* @@logs.presta.fr:514\n")

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--instance", str(instance), "host", "audit", "--root", str(root), *words])
        return int(ended.value.code or 0), capsys.readouterr().out

    code, out = run()
    assert (
        code == 4
        and "pourrait envoyer\u00a0: les lignes de tous les services" in out
        and "logs.presta.fr:514" in out
    )
    told = json.loads(run("--json")[1])
    assert "forward-rsyslog" in [one["id"] for one in told["findings"]]
    assert read_audit(instance) is None
    (root / "etc/rsyslog.d/50.conf").unlink()
    assert run()[0] == 0
    write(root, "/etc/ssh/sshd_config", "PasswordAuthentication yes\nPermitRootLogin no\nAllowTcpForwarding no\n")
    write(root, "/usr/sbin/sshd", "")
    code, out = run()
    assert ("pourrait envoyer" in out) == (code == 4), "what could send or let in is told by the code too"


def test_root_keeps_it_by_the_hand_of_whoever_owns_the_house() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root becomes somebody else")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        instance = Path(folder) / "instance"
        (instance / "keys").mkdir(parents=True)
        (instance / "keys" / "house.key").write_bytes(bytes(32))
        for one in (instance, instance / "keys", instance / "keys" / "house.key"):
            os.chown(one, 65534, 65534)
        with pytest.raises(SystemExit):
            main(["--instance", str(instance), "host", "audit"])
        back = read_audit(instance)
        assert (instance / "host" / "audit.json").stat().st_uid == 65534
    assert back is not None and back.root


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    findings = audited(clean(tmp_path / "root"), NOW)
    keep(tmp_path, NOW, findings, root=True)
    back = read_audit(tmp_path)
    assert back is not None and back.findings == tuple(findings) and back.tone == GOOD and back.root
    (tmp_path / "host" / "audit.json").write_text('{"at": 1}')
    assert read_audit(tmp_path) is None
