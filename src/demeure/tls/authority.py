"""Pure: a root that can only speak for the house's own names, and the certificates it signs.

P-256: browsers accept neither Ed25519 nor P-521 in certificates. The root's name constraints are critical: whoever
steals its key can impersonate this house and nothing else.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from demeure.tls.errors import NameInvalid, NameOutside

ROOT_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=397)
"""Browsers refuse more than 398 days from public authorities; Apple more than 825 from private ones."""
SKEW = timedelta(hours=1)
"""Certificates begin a little in the past: clocks of an office differ."""
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_EVERY_ADDRESS = tuple(ipaddress.ip_network(net) for net in ("0.0.0.0/0", "::/0"))
_LOOPBACK = (("localhost",), ("127.0.0.1", "::1"))

Signer = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Names:
    """What a browser may type to come here: ``hosts`` (lower-case ASCII), ``addresses`` (canonical)."""

    hosts: tuple[str, ...]
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join((*self.hosts, *self.addresses))

    @property
    def alternative(self) -> x509.SubjectAlternativeName:
        hosts = [x509.DNSName(host) for host in self.hosts]
        return x509.SubjectAlternativeName([*hosts, *(x509.IPAddress(_address(a)) for a in self.addresses)])


def names_of(hosts: Sequence[str], addresses: Sequence[str]) -> Names:
    """Checked names; loopback's when none is given. Raises NameInvalid."""
    if not hosts and not addresses:
        return Names(*_LOOPBACK)
    clean = dict.fromkeys(_host(host) for host in hosts)
    return Names(tuple(clean), tuple(dict.fromkeys(str(_address(address)) for address in addresses)))


def _host(name: str) -> str:
    try:
        found = name.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError as problem:
        raise NameInvalid(name=name) from problem
    labels = found.split(".")
    if len(found) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise NameInvalid(name=name)
    return found


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError as problem:
        raise NameInvalid(name=text) from problem
    if found.is_unspecified or found.is_multicast:  # 0.0.0.0: where one listens, never what one types
        raise NameInvalid(name=text)
    return found


def make_root(names: Names, organisation: str, now: datetime) -> tuple[bytes, bytes]:
    """(certificate, private key), both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    who = _name(f"Demeure {(names.hosts + names.addresses)[0]} {mark.digest[:4].hex()}", organisation)
    builder = _begun(who, who, key, now, now + ROOT_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(_only(names), critical=True)
    return _pem(builder.add_extension(mark, critical=False).sign(key, hashes.SHA256()), key)


def sign_server(root: bytes, root_key: bytes, names: Names, now: datetime) -> tuple[bytes, bytes]:
    """(certificate, a new private key), both PEM, for the pages. Never longer than the root. Raises NameOutside."""
    authority, signer = x509.load_pem_x509_certificate(root), load_pem_private_key(root_key, None)
    assert isinstance(signer, Signer), "a root of make_root"
    _within(authority, names)
    key = ec.generate_private_key(ec.SECP256R1())
    who = _name((names.hosts + names.addresses)[0], "")
    end = min(now + SERVER_LIFE, authority.not_valid_after_utc)
    builder = _begun(who, authority.subject, key, now, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(names.alternative, critical=False)
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(mark, critical=False)
    parent = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    above = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(parent)
    return _pem(builder.add_extension(above, critical=False).sign(signer, hashes.SHA256()), key)


def permitted(root: bytes) -> Names:
    """What a root of ``make_root`` signs for."""
    found = x509.load_pem_x509_certificate(root).extensions.get_extension_for_class(x509.NameConstraints).value
    trees = found.permitted_subtrees or []
    hosts = tuple(tree.value for tree in trees if isinstance(tree, x509.DNSName))
    nets = [tree.value for tree in trees if isinstance(tree, x509.IPAddress)]
    return Names(hosts, tuple(str(net.network_address) for net in nets if hasattr(net, "network_address")))


def _within(authority: x509.Certificate, names: Names) -> None:
    allowed = permitted(authority.public_bytes(Encoding.PEM))
    outside = [h for h in names.hosts if not any(h == a or h.endswith(f".{a}") for a in allowed.hosts)]
    outside += sorted(set(names.addresses) - set(allowed.addresses))
    if outside:
        raise NameOutside(name=outside[0], names=str(allowed))


def _only(names: Names) -> x509.NameConstraints:
    """A kind of name that is not permitted at all must be excluded: a constraint speaks of its own kind only."""
    hosts: list[x509.GeneralName] = [x509.DNSName(host) for host in names.hosts]
    addresses = [x509.IPAddress(ipaddress.ip_network(address)) for address in names.addresses]
    excluded: list[x509.GeneralName] = [] if hosts else [x509.DNSName("")]
    kinds = {ipaddress.ip_address(address).version for address in names.addresses}
    excluded += [x509.IPAddress(net) for net in _EVERY_ADDRESS if net.version not in kinds]
    return x509.NameConstraints([*hosts, *addresses], excluded or None)


def _begun(who: x509.Name, signer: x509.Name, key: Signer, now: datetime, end: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(signer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - SKEW).not_valid_after(end - SKEW)


def _name(common: str, organisation: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64])] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate, key: Signer) -> tuple[bytes, bytes]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), private
