"""Pure: what a certificate says, and whether a key is its own. What cannot be used is refused by name."""

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from demeure.tls.errors import CertificateUnusable, KeyElsewhere

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\r?\n?", re.DOTALL)


@dataclass(frozen=True)
class Facts:
    """Of one certificate. ``names``: hosts (``*.`` in front where a whole level is meant) and addresses.
    ``fingerprint``: SHA-256 of the certificate, hexadecimal. ``algorithm``, ``bits``: of its key, as named in
    ``_algorithm``; empty: another one."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    ends: datetime
    fingerprint: str
    algorithm: str = ""
    bits: int = 0

    def days_left(self, now: datetime) -> int:
        """Whole days; negative once it is over."""
        return (self.ends - now).days

    def covers(self, host: str) -> bool:
        """May a browser that typed ``host`` trust it? A star stands for one label."""
        wanted = host.strip("[]").lower().rstrip(".")
        try:
            wanted = str(ipaddress.ip_address(wanted))
        except ValueError:
            above = wanted.partition(".")[2]
            return wanted in self.names or (bool(above) and f"*.{above}" in self.names)
        return wanted in self.names


def parts(pem: bytes) -> tuple[bytes, bytes]:
    """(chain, private key) from PEM blocks in any order. Raises CertificateUnusable."""
    blocks = [(match[1], match[0]) for match in _BLOCK.finditer(pem)]
    chain = [_line_ended(text) for kind, text in blocks if kind == b"CERTIFICATE"]
    keys = [_line_ended(text) for kind, text in blocks if kind.endswith(b"PRIVATE KEY")]
    if not chain:
        raise CertificateUnusable(detail="aucun certificat PEM", detail_en="no PEM certificate in it")
    if len(keys) != 1:
        detail = f"clés privées PEM : {len(keys)} au lieu d’une"
        raise CertificateUnusable(detail=detail, detail_en=f"{len(keys)} PEM private keys instead of one")
    return b"".join(chain), keys[0]


def _line_ended(text: bytes) -> bytes:
    return text if text.endswith(b"\n") else text + b"\n"


def check_pair(chain: bytes, key: bytes) -> Facts:
    """Facts of the first certificate, whose own ``key`` must be. Raises CertificateUnusable, KeyElsewhere."""
    facts = facts_of(chain)
    try:
        private = load_pem_private_key(key, None)
        public = private.public_key()
    except TypeError as problem:
        detail = "la clé privée demande une phrase de passe"
        raise CertificateUnusable(detail=detail, detail_en="its private key asks for a passphrase") from problem
    except Exception as problem:  # a family of OpenSSL's and Rust's own errors
        detail = "la clé privée ne se lit pas"
        raise CertificateUnusable(detail=detail, detail_en="its private key cannot be read") from problem
    if public != x509.load_pem_x509_certificate(chain).public_key():
        raise KeyElsewhere()
    return facts


def facts_of(pem: bytes) -> Facts:
    """Facts of the first certificate. Raises CertificateUnusable."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        names = _names(found)
        kind = _algorithm(found.public_key())
        issuer = found.issuer.rfc4514_string()
    except Exception as problem:
        detail = "il ne se lit pas comme un certificat PEM"
        raise CertificateUnusable(detail=detail, detail_en="it cannot be read as a PEM certificate") from problem
    times = found.not_valid_before_utc, found.not_valid_after_utc
    return Facts(names, issuer, *times, found.fingerprint(SHA256()).hex(), *kind)


def _algorithm(public: object) -> tuple[str, int]:
    """(name, bits) of those that are in use today; anything else is named by nobody."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return f"ECDSA {public.curve.name}", public.curve.key_size
    if isinstance(public, rsa.RSAPublicKey):
        return "RSA", public.key_size
    if isinstance(public, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    return "", 0


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = [host.lower() for host in found.get_values_for_type(x509.DNSName)]
    return (*hosts, *(str(address) for address in found.get_values_for_type(x509.IPAddress)))
