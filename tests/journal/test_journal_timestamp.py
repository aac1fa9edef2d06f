"""RFC 3161: a real authority made by openssl, its replies read, and those that must not pass."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Authority
from scribe_house import SEED

from demeure.cli.errors import TimestampRefused
from demeure.cli.timestamps import APART, check_files, checked, in_time
from demeure.journal.checkpoint import Signer
from demeure.journal.errors import NoteInvalid, TimestampInvalid
from demeure.journal.timestamp import Stamped, query, read_query, read_reply, read_stamped

SIGNER = Signer(SEED)
NOTE = SIGNER.sign(5, b"r" * 32).encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "Horodatage du Canton")


def test_a_reply_is_read_and_verified(authority: Authority) -> None:
    asked = query(NOTE)
    told = subprocess.run(
        ["openssl", "ts", "-query", "-in", "/dev/stdin", "-text"], input=asked, capture_output=True, check=True
    )
    assert b"sha256" in told.stdout and b"Certificate required: yes" in told.stdout
    reply = authority.stamp(asked)
    stamp = checked(NOTE, reply, authority.root, asked)
    assert stamp.authority == "Horodatage du Canton" and stamp.nonce == read_query(asked).nonce
    assert abs(stamp.moment - datetime.now(UTC)) < timedelta(minutes=5)
    assert checked(NOTE, reply, authority.root) == stamp, "without the request too"


def test_a_stamp_of_another_day_than_this_machine_s_is_refused(authority: Authority) -> None:
    stamp = checked(NOTE, authority.stamp(query(NOTE)), authority.root)
    when = stamp.moment
    assert in_time(stamp, when, when) is in_time(stamp, None, when + timedelta(days=400)) is stamp
    assert in_time(stamp, when + APART, when + APART) is in_time(stamp, when, when - APART) is stamp
    two = timedelta(days=2)
    for began, ended in ((when + two, when + two), (when - two, when - two), (None, when - two)):
        with pytest.raises(TimestampRefused) as refused:
            in_time(stamp, began, ended)
        assert f"{when:%Y-%m-%d %H:%M:%S} UTC" in refused.value.sentence("fr")
        assert "one of the two clocks is wrong" in refused.value.sentence("en")


def test_a_reply_for_other_data_is_refused(authority: Authority) -> None:
    with pytest.raises(TimestampRefused, match="other bytes"):
        checked(NOTE + b"x", authority.stamp(query(NOTE)), authority.root)
    asked = query(b"another")
    with pytest.raises(TimestampRefused, match="request"):
        checked(NOTE, authority.stamp(query(NOTE)), authority.root, asked)


def test_a_reply_to_another_request_is_refused(authority: Authority) -> None:
    """Same checkpoint, another random number: an old reply played again."""
    first, second = query(NOTE), query(NOTE)
    with pytest.raises(TimestampRefused, match="random number"):
        checked(NOTE, authority.stamp(first), authority.root, second)


def test_an_authority_that_is_not_trusted_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Horodatage du Canton")
    with pytest.raises(TimestampRefused, match=r"--ca|not trusted"):
        checked(NOTE, other.stamp(query(NOTE)), authority.root)
    assert checked(NOTE, other.stamp(query(NOTE)), other.root)


def test_a_changed_reply_is_refused(authority: Authority) -> None:
    """Any byte of what is signed; the rest of a reply (lengths, certificates) too, or it changes nothing said."""
    asked = query(NOTE)
    reply = authority.stamp(asked)
    stamp = read_reply(reply)
    for at in [*range(60), *range(60, len(reply), 7), len(reply) - 1]:
        changed = bytearray(reply)
        changed[at] ^= 0x01
        try:
            assert checked(NOTE, bytes(changed), authority.root, asked) == stamp, at
        except (TimestampRefused, TimestampInvalid):
            continue


def test_a_refusal_of_the_authority_is_told(authority: Authority) -> None:
    md5 = subprocess.run(
        ["openssl", "ts", "-query", "-md5", "-data", "/dev/stdin"], input=NOTE, capture_output=True, check=True
    )
    with pytest.raises(TimestampInvalid, match="refused"):
        read_reply(authority.stamp(md5.stdout))


def test_garbage_is_refused(authority: Authority) -> None:
    reply = authority.stamp(query(NOTE))
    for data in (
        b"",
        b"0",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x00\x00",
        reply[:-1],
        reply + b"\x00",
        NOTE,
        b"0" * (1 << 20),
    ):
        with pytest.raises(TimestampInvalid):
            read_reply(data)
        with pytest.raises(TimestampInvalid):
            read_query(data)
    for at in range(0, len(reply), 3):
        try:
            read_reply(reply[:at] + reply[at + 1 :])
        except TimestampInvalid:
            continue


def test_files_side_by_side_are_judged_with_their_request(authority: Authority, tmp_path: Path) -> None:
    note, reply = tmp_path / "point", tmp_path / "point.tsr"
    note.write_bytes(NOTE)
    asked = query(NOTE)
    reply.write_bytes(authority.stamp(asked))
    (tmp_path / "point.tsq").write_bytes(asked)
    assert check_files(note, reply, authority.root).authority
    (tmp_path / "point.tsq").write_bytes(query(NOTE))
    with pytest.raises(TimestampRefused, match="random number"):
        check_files(note, reply, authority.root)


def test_what_is_kept_is_signed(authority: Authority) -> None:
    kept = Stamped(NOTE.decode(), authority.stamp(query(NOTE)))
    assert kept.stamp().authority == "Horodatage du Canton"
    text = kept.text(SIGNER)
    assert read_stamped(text, SIGNER.vkey) == kept
    for at in range(0, len(text), 101):
        with pytest.raises(NoteInvalid):
            read_stamped(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :], SIGNER.vkey)
    with pytest.raises(TimestampInvalid, match="other bytes"):
        Stamped(SIGNER.sign(6, b"r" * 32), kept.reply).stamp()
