"""The house's authority: what a strict client believes, what it refuses, and what a kill leaves."""

import os
import signal
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from papers_of_tls import instance_with_keys, material, served_to, trusting

from demeure.gateway.threshold import Threshold, worry
from demeure.store import SealBroken
from demeure.tls import (
    AuthorityMissing,
    AuthorityPresent,
    CertificateUnusable,
    Facts,
    KeyElsewhere,
    Material,
    NameInvalid,
    NameOutside,
    check_pair,
    facts_of,
    make_root,
    names_of,
    parts,
    sign_server,
)

NOW = datetime.now(UTC)
OFFICE = names_of(["demeure.mairie.lan"], ["192.0.2.10"])


def test_a_strict_client_that_has_the_root_believes_every_name_and_no_other(tmp_path: Path) -> None:
    served = material(tmp_path).begin(OFFICE, "Mairie de Saint-Aubin", NOW)
    threshold = Threshold(served.chain, served.key, served.root)
    for name in ("demeure.mairie.lan", "192.0.2.10"):
        assert served_to(threshold.context, trusting(served.root), name)
        assert threshold.knows(name)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        served_to(threshold.context, trusting(served.root), "autre.mairie.lan")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        served_to(threshold.context, ssl.create_default_context(), "demeure.mairie.lan")


@pytest.mark.parametrize(
    ("hosts", "addresses", "asked"),
    [
        (["demeure.mairie.lan"], [], "www.banque.example"),
        (["demeure.mairie.lan"], [], "198.51.100.7"),
        ([], ["192.0.2.10"], "www.banque.example"),
        ([], ["192.0.2.10"], "192.0.2.11"),
        ([], ["192.0.2.10"], "2001:db8::1"),
    ],
)
def test_a_stolen_root_key_speaks_for_no_other_name(hosts: list[str], addresses: list[str], asked: str) -> None:
    """Signed on purpose outside what the root is limited to: clients must refuse it by themselves."""
    from demeure.tls import authority

    root, key = make_root(names_of(hosts, addresses), "Mairie", NOW)
    other = names_of([], [asked]) if asked[0].isdigit() else names_of([asked], [])
    with pytest.raises(NameOutside):
        sign_server(root, key, other, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authority, "_within", lambda *_: None)
        chain, private = sign_server(root, key, other, NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="subtree"):
        served_to(Threshold(chain, private).context, trusting(root), asked)


def test_how_long_and_what_for(tmp_path: Path) -> None:
    served = material(tmp_path).begin(OFFICE, "Mairie", NOW)
    leaf, root = (x509.load_pem_x509_certificate(pem) for pem in (served.chain, served.root))
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    assert 3650 <= (root.not_valid_after_utc - root.not_valid_before_utc).days <= 3653
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert not served.due(NOW + timedelta(days=330))
    assert served.due(NOW + timedelta(days=340))


def test_a_certificate_never_outlives_its_root() -> None:
    root, key = make_root(OFFICE, "Mairie", NOW - timedelta(days=3500))
    chain, _ = sign_server(root, key, OFFICE, NOW)
    assert facts_of(chain).ends <= facts_of(root).ends


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    served = material(tmp_path).begin(OFFICE, "Mairie", NOW - timedelta(days=500))
    assert served.facts.days_left(NOW) < 0
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        served_to(Threshold(served.chain, served.key).context, trusting(served.root), "demeure.mairie.lan")


def test_renewing_keeps_the_root_and_changes_the_key(tmp_path: Path) -> None:
    store = material(tmp_path)
    first = store.begin(OFFICE, "Mairie", NOW - timedelta(days=350))
    version = store.version()
    second = store.renew(NOW)
    assert store.version() != version
    assert second.root == first.root
    assert second.key != first.key
    assert second.facts.names == first.facts.names
    assert store.served() == second


def test_open_connections_keep_their_certificate_and_new_ones_get_the_next(tmp_path: Path) -> None:
    store = material(tmp_path)
    first = store.begin(OFFICE, "Mairie", NOW)
    threshold, client = Threshold(first.chain, first.key, first.root), trusting(first.root)
    before = served_to(threshold.context, client, "demeure.mairie.lan")
    second = store.renew(NOW)
    threshold.present(second.chain, second.key, second.root)
    after = served_to(threshold.context, client, "demeure.mairie.lan")
    assert before != after
    with pytest.raises(KeyElsewhere):
        threshold.present(first.chain, second.key)
    assert served_to(threshold.context, client, "demeure.mairie.lan") == after, "a refusal changes nothing"


def test_a_second_authority_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    store = material(tmp_path)
    with pytest.raises(AuthorityMissing):
        store.renew(NOW)
    assert store.served() is None
    first = store.begin(OFFICE, "Mairie", NOW)
    with pytest.raises(AuthorityPresent, match=r"demeure\.mairie\.lan"):
        store.begin(names_of(["autre.lan"], []), "Mairie", NOW)
    assert store.served() == first
    second = store.begin(names_of(["autre.lan"], []), "Mairie", NOW, replace=True)
    assert second.root != first.root
    assert store.renew(NOW).root == second.root


def test_nothing_is_in_clear_on_disk_and_another_house_opens_nothing(tmp_path: Path) -> None:
    instance, keys = instance_with_keys(tmp_path)
    served = Material(instance, keys).begin(OFFICE, "Mairie", NOW)
    files = [path for path in (instance / "keys" / "tls").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
        assert b"PRIVATE" not in path.read_bytes()
    other, other_keys = instance_with_keys(tmp_path / "other")
    (other / "keys" / "tls").mkdir()
    (instance / "keys" / "tls" / "served").rename(other / "keys" / "tls" / "served")
    with pytest.raises(SealBroken):
        Material(other, other_keys).served()
    assert served.root


BEGIN = """
import sys, datetime
from pathlib import Path
from papers_of_tls import *
from demeure.store import Keys, keys_folder, read_house_key
from demeure.tls import Material, names_of
instance = Path(sys.argv[1])
store = Material(instance, Keys(read_house_key(instance), keys_folder(instance)))
now = datetime.datetime.now(datetime.UTC)
print("ready", flush=True)
number = 0
while True:
    number += 1
    store.begin(names_of([f"maison-{number}.lan"], []), "Mairie", now, replace=True)
    store.renew(now)
"""


def test_killed_at_any_moment_authority_and_certificate_belong_together(tmp_path: Path) -> None:
    instance, keys = instance_with_keys(tmp_path)
    store = Material(instance, keys)
    seen = set()
    for round_ in range(15):
        command = [sys.executable, "-c", BEGIN, str(instance)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.03 + 0.011 * round_)
            child.send_signal(signal.SIGKILL)
        served = store.served()
        if served is None:
            assert not seen, "once there, a certificate stays"
            continue
        check_pair(served.chain, served.key)
        seen.add(served.facts.fingerprint)
        again = store.renew(NOW)
        assert again.root == served.root, "computers have installed that root"
        name = served.facts.names[0]
        assert served_to(Threshold(again.chain, again.key).context, trusting(served.root), name)
    assert len(seen) > 5


@pytest.mark.parametrize(
    "name",
    [
        "",
        "*.mairie.lan",
        "une maison",
        "demeure..lan",
        "-a.lan",
        "a" * 64,
        "http://demeure",
        "1.2.3.4.5",
        "a.1",
        "0.0.0.0",
        "::",
    ],
)
def test_what_no_browser_could_type_is_refused_by_name(name: str) -> None:
    with pytest.raises(NameInvalid):
        names_of([name], [])
    with pytest.raises(NameInvalid):
        names_of([], [name])


def test_names_are_made_plain() -> None:
    found = names_of(["Demeure.Mairie.LAN.", "mairie-été.lan"], ["2001:0db8::0001"])
    assert found.hosts == ("demeure.mairie.lan", "xn--mairie-t-i1ab.lan") or found.hosts[1].startswith("xn--")
    assert found.addresses == ("2001:db8::1",)
    assert names_of([], []).hosts == ("localhost",)


def test_given_pem_is_sorted_out_or_refused_by_what_is_wrong() -> None:
    root, root_key = make_root(OFFICE, "Mairie", NOW)
    chain, key = sign_server(root, root_key, OFFICE, NOW)
    assert check_pair(*parts(key + b"some words\n" + chain + root)).names[0] == "demeure.mairie.lan"
    for garbage, word in (
        (b"", "no PEM certificate"),
        (b"\x00\xff" * 100, "no PEM certificate"),
        (chain, "0 PEM private keys"),
        (chain + key + key, "2 PEM private keys"),
    ):
        with pytest.raises(CertificateUnusable, match=word):
            parts(garbage)
    with pytest.raises(KeyElsewhere):
        check_pair(chain, root_key)
    broken = chain.replace(chain.splitlines()[3], b"A" * 64)
    with pytest.raises(CertificateUnusable, match="cannot be read"):
        check_pair(broken, key)
    with pytest.raises(CertificateUnusable, match="private key cannot be read"):
        check_pair(chain, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    locked = x509_locked(key)
    with pytest.raises(CertificateUnusable, match="passphrase"):
        check_pair(chain, locked)


def x509_locked(key: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    opened = load_pem_private_key(key, None)
    return opened.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


def test_a_star_stands_for_one_label() -> None:
    from dataclasses import replace

    root, key = make_root(OFFICE, "Mairie", NOW)
    facts = replace(
        facts_of(sign_server(root, key, OFFICE, NOW)[0]), names=("*.mairie.fr", "192.0.2.1", "2001:db8::1")
    )
    assert facts.covers("demeure.mairie.fr")
    assert facts.covers("[2001:DB8:0::1]")
    assert facts.covers("192.0.2.1")
    assert not facts.covers("a.b.mairie.fr")
    assert not facts.covers("mairie.fr")
    assert not facts.covers("fr")


@pytest.mark.parametrize(
    ("begins", "ends", "own", "words"),
    [
        (-400, -2, False, ("terminé depuis le", "Remplacez les fichiers")),
        (-400, 12, True, ("finit le", "demeure tls renew")),
        (3, 90, True, ("ne vaut qu’à partir du", "date de cette machine")),
        (-10, 31, False, ()),
    ],
)
def test_a_technician_is_told_of_days_that_are_over(
    begins: int, ends: int, own: bool, words: tuple[str, ...]
) -> None:
    facts = Facts((), "", NOW + timedelta(days=begins), NOW + timedelta(days=ends), "")
    said = worry(facts, NOW, own=own, language="fr")
    assert bool(said) is bool(words) and all(word in said for word in words)
    assert "{" not in said + worry(facts, NOW, own=own, language="en")
