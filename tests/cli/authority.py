"""A timestamping authority of one's own, by ``openssl ts``: a root, a signing certificate, numbered replies."""

import subprocess
from pathlib import Path

_SETTINGS = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_STAMPING = """\
extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
basicConstraints=critical,CA:FALSE
"""


class Authority:
    """``root``: the certificate to trust (PEM)."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self.root = folder, folder / "root.pem"
        self._settings = folder / "settings"
        self._settings.write_text(_SETTINGS.format(folder=folder))
        (folder / "serial").write_text("01\n")
        (folder / "stamping").write_text(_STAMPING)
        self._run(
            "req",
            "-x509",
            *_key("root.key"),
            "-out",
            "root.pem",
            "-subj",
            f"/C=FR/O={name}/CN=Racine",
            "-days",
            "9",
        )
        self._run("req", "-new", *_key("tsa.key"), "-out", "tsa.csr", "-subj", f"/C=FR/O=Canton/CN={name}")
        signed = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9", "-extfile", "stamping")
        self._run("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *signed)

    def stamp(self, query: bytes) -> bytes:
        """The reply (DER) to a request."""
        (self._folder / "query").write_bytes(query)
        self._run("ts", "-reply", "-queryfile", "query", "-out", "reply", "-config", "settings", "-section", "here")
        return (self._folder / "reply").read_bytes()

    def _run(self, *words: str) -> None:
        run = subprocess.run(["openssl", *words], cwd=self._folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


def _key(name: str) -> tuple[str, ...]:
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name, "-utf8"
