"""At the other end of a directory's route, on loopback: Debian's slapd, and a scripted one that lies."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from airlock_ends import Authority

from demeure.airlock import ber

BASE = "dc=mairie,dc=test"
READER, READER_PASSWORD = f"cn=lecteur,{BASE}", "lecture-seule-42"
SLAPD = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
moduleload back_mdb
moduleload memberof
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.pem
sizelimit {size}
database mdb
maxsize 268435456
suffix "{base}"
rootdn "cn=admin,{base}"
rootpw admin
directory {folder}/data
index objectClass,uid,entryUUID eq
overlay memberof
memberof-group-oc groupOfNames
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=lecteur,{base}" {reads} by anonymous auth by * none
"""


@dataclass
class Slapd:
    """``modify``: an LDIF of changes, by its administrator."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def modify(self, ldif: str) -> None:
        run = ["ldapmodify", "-x", "-H", f"ldap://127.0.0.1:{self.port}", "-D", f"cn=admin,{BASE}", "-w", "admin"]
        done = subprocess.run([*run, "-a"], input=ldif.encode(), capture_output=True, env=_ENVIRONMENT, check=False)
        assert done.returncode == 0, done.stderr.decode()


_ENVIRONMENT = {**os.environ, "LDAPNOINIT": "1"}


def person(uid: str, name: str, password: str = "", more: str = "") -> str:
    """One entry as LDIF."""
    words = name.split(" ", 1)
    secret = f"userPassword: {password}\n" if password else ""
    return (
        f"dn: uid={uid},ou=agents,{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {name}\nsn: {words[-1]}\n"
        f"displayName: {name}\n{secret}{more}\n"
    )


def group(name: str, *uids: str) -> str:
    """One group as LDIF; a group of names is never empty."""
    members = "".join(f"member: uid={uid},ou=agents,{BASE}\n" for uid in uids) or f"member: cn=lecteur,{BASE}\n"
    return f"dn: cn={name},ou=groupes,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{members}\n"


FRAME = (
    f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: mairie\no: Mairie\n\n"
    f"dn: ou=agents,{BASE}\nobjectClass: organizationalUnit\nou: agents\n\n"
    f"dn: ou=groupes,{BASE}\nobjectClass: organizationalUnit\nou: groupes\n\n"
    f"dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: lecteur\n"
    f"userPassword: {READER_PASSWORD}\n\n"
)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def slapd(
    folder: Path, certificate: bytes, ldif: str, groups: str = "", *, size: str = "unlimited", reads: str = "read"
) -> Iterator[Slapd]:
    """A real one, with StartTLS, under our own user. ``certificate``: PEM, key and all. ``ldif``: who is in it;
    ``groups``: added once it runs, for it to tell each member."""
    (folder / "data").mkdir(parents=True)
    (folder / "server.pem").write_bytes(certificate)
    conf = folder / "slapd.conf"
    conf.write_text(_CONF.format(folder=folder, base=BASE, size=size, reads=reads))
    (folder / "in.ldif").write_text(FRAME + ldif)
    assert SLAPD is not None
    made = subprocess.run(
        [SLAPD.replace("slapd", "slapadd"), "-q", "-f", str(conf), "-l", str(folder / "in.ldif")],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode()
    port = free_port()
    process = subprocess.Popen(
        [SLAPD, "-d", "0", "-f", str(conf), "-h", f"ldap://127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        made_ = Slapd(folder, port, process)
        if groups:
            made_.modify(groups)
        yield made_
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


Said = Callable[[bytes, int], "bytes | None"]


@dataclass
class Script:
    """A stream whose other end is a function: (request's content, its number) → bytes, None to hang up. It answers
    ``Reader`` in the same task."""

    said: Said
    left: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    piece: int = 1 << 16

    async def write(self, data: bytes) -> None:
        self.asked.append(data)
        tag, begins, size = ber.header(data) or (0, 0, 0)
        assert tag == ber.SEQUENCE and begins + size == len(data)
        parts = list(ber.elements(data[begins:]))
        answer = self.said(parts[1][1], ber.whole(parts[0][1]))
        self.left += (
            [b""] if answer is None else [answer[at : at + self.piece] for at in range(0, len(answer), self.piece)]
        )

    async def read(self) -> bytes:
        return self.left.pop(0) if self.left else b""


def entry(number: int, dn: str, **values: str | bytes | list[str]) -> bytes:
    """A search result entry."""
    rows = []
    for name, value in values.items():
        many = value if isinstance(value, list) else [value]
        kept = ber.tlv(ber.SET, *(ber.octets(one) for one in many))
        rows.append(ber.tlv(ber.SEQUENCE, ber.octets(name), kept))
    content = ber.tlv(0x64, ber.octets(dn), ber.tlv(ber.SEQUENCE, *rows))
    return ber.tlv(ber.SEQUENCE, ber.number(number), content)


def done(number: int, code: int = 0, cookie: bytes | None = None) -> bytes:
    """A search's end; ``cookie``: None: the server knows no pages."""
    result = ber.tlv(0x65, ber.number(code, ber.ENUMERATED), ber.octets(""), ber.octets(""))
    control = b""
    if cookie is not None:
        value = ber.tlv(ber.SEQUENCE, ber.number(0), ber.octets(cookie))
        one = ber.tlv(ber.SEQUENCE, ber.octets("1.2.840.113556.1.4.319"), ber.octets(value))
        control = ber.tlv(0xA0, one)
    return ber.tlv(ber.SEQUENCE, ber.number(number), result, control)


def reference(number: int) -> bytes:
    """A continuation reference."""
    return ber.tlv(ber.SEQUENCE, ber.number(number), ber.tlv(0x73, ber.octets("ldap://ailleurs.test/dc=x")))


def certificate(authority: Authority, host: str = "annuaire.test") -> bytes:
    """A server's key and certificate, PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    made = authority._signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, host=host)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + made.public_bytes(Encoding.PEM)
