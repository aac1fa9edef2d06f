"""Samba's Active Directory (Debian: samba-ad-dc, samba-ad-provision) at the end of a route, on a loopback address
of its own."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from airlock_ends import Authority
from directory_town import town
from ldap_ends import certificate

from demeure.identity import SignInRefused

HERE, PASSWORD = "127.0.0.9", "Trois-Petits-Chats-7"
DC, READER = "DC=mairie,DC=test", "Lecture-Seule-42"
TOOLS = shutil.which("samba-tool") and shutil.which("samba", path="/usr/sbin:/usr/bin")
TEMPLATES = Path("/usr/share/samba/setup/provision_users.ldif")  # a package of its own: samba-ad-provision
pytestmark = [
    pytest.mark.thorough,  # half a minute; slapd says most of it in a second
    pytest.mark.skipif(
        not TOOLS or not TEMPLATES.exists() or os.geteuid() != 0,
        reason="samba-ad-dc or samba-ad-provision is not installed, or not root: ports 389, 636",
    ),
]


def tool(conf: Path, *words: str) -> None:
    done = subprocess.run(["samba-tool", *words, "-s", str(conf)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()


@contextlib.contextmanager
def domain(folder: Path, pem: bytes) -> Iterator[Path]:
    """A new domain, its LDAP service alone. Gives its smb.conf."""
    provision = ["samba-tool", "domain", "provision", "--realm=MAIRIE.TEST", "--domain=MAIRIE", "--server-role=dc"]
    provision += ["--dns-backend=NONE", "--adminpass=Passw0rd-2026", f"--targetdir={folder}", f"--host-ip={HERE}"]
    provision += [f"--option=interfaces={HERE}/8", "--option=bind interfaces only=yes"]
    done = subprocess.run(provision, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    for name in ("key.pem", "cert.pem"):
        (folder / name).write_bytes(pem)
        (folder / name).chmod(0o600)
    conf = folder / "etc" / "smb.conf"
    more = f"\n\ttls enabled = yes\n\ttls keyfile = {folder}/key.pem\n\ttls certfile = {folder}/cert.pem\n"
    more += "\ttls cafile =\n"
    more += "\tserver services = ldap\n\tlog level = 0\n"
    conf.write_text(conf.read_text().replace("[global]", f"[global]{more}", 1))
    for login, name in (("anne", "Anne"), ("bo", "Bo"), ("partie", "Partie")):
        tool(conf, "user", "create", login, PASSWORD, f"--given-name={name}", "--surname=Petit")
    tool(conf, "user", "create", "lecteur", READER)
    tool(conf, "user", "disable", "partie")
    for group in ("Urbanisme", "Permis"):
        tool(conf, "group", "add", group)
    tool(conf, "group", "addmembers", "Urbanisme", "anne,Permis")
    tool(conf, "group", "addmembers", "Permis", "bo")
    process = subprocess.Popen(
        ["/usr/sbin/samba", "-F", "--no-process-group", "-s", str(conf)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection((HERE, 636), 1):
                break
            time.sleep(0.1)
        yield conf
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_people_groups_nested_ones_and_the_disabled(tmp_path: Path) -> None:
    authority = Authority()
    pem = certificate(authority)

    async def law(conf: Path, port: int, folder: Path) -> None:
        async with town(folder) as there:
            where = {"addresses": [HERE], "networks": [f"{HERE}/32"]}
            there.lead(port, authority.pem, account=f"CN=lecteur,CN=Users,{DC}", secret=READER, **where)
            rows = f'[[groups]]\ndn = "CN=Urbanisme,CN=Users,{DC}"\nname = "Urbanisme"\n'
            people = 'people = "(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))"\n'
            there.declare(f"CN=Users,{DC}", f'kind = "active-directory"\n{people}{rows}')
            counts = await there.counts()
            assert counts == {"added": 3, "joined": 1}, "anne, bo, lecteur; the disabled one is not added"
            assert there.named("anne").name == "Anne Petit"
            there.declare(f"CN=Users,{DC}", f'kind = "active-directory"\nnested = true\n{people}{rows}')
            assert await there.counts() == {"joined": 1}, "bo is in a group of the group"
            assert await there.enters("anne", PASSWORD)
            for wrong in ("Trois-Petits-Chats-8", ""):
                with pytest.raises(SignInRefused):
                    await there.enters("anne", wrong)
            tool(conf, "user", "disable", "anne")
            assert await there.counts() == {"closed": 1}
            with pytest.raises(SignInRefused):
                await there.enters("anne", PASSWORD)
            tool(conf, "user", "enable", "anne")
            assert await there.counts() == {"reopened": 1}
            there.declare(f"CN=Users,{DC}", f'kind = "active-directory"\nmembers = "group"\n{people}{rows}')
            assert await there.counts() == {"left": 1}, "the group's own entry names anne, and a group"

    with domain(tmp_path / "dc", pem) as conf:
        for port in (636, 389):
            (tmp_path / str(port)).mkdir()
            asyncio.run(law(conf, port, tmp_path / str(port)))
