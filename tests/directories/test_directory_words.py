"""What is said to a directory and what is understood of it: filters, BER, answers that lie. No server."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap_ends import Script, done, entry, reference

from demeure.airlock import ber
from demeure.directories import (
    DirectoryAnswer,
    DirectoryInvalid,
    DirectoryNoEntry,
    DirectoryPartial,
    DirectoryUnknown,
    Reader,
    all_directories,
    keep,
    known,
    put_back,
    read,
    remove,
    text_of,
    unusable,
)
from demeure.directories.filters import escaped, filter_of
from demeure.directories.ldap import PRESENT, Asked
from demeure.directories.reading import plain_dn, read_all

BASE = "dc=mairie,dc=test"
PLAIN = f'route = "annuaire"\nclass = "interne"\nbase = "{BASE}"\n'
ASKED = Asked(BASE, PRESENT, ["uid"])


def search(said: Callable[[bytes, int], bytes | None], asked: Asked = ASKED, piece: int = 1 << 16) -> list[str]:
    reader = Reader(Script(said, piece=piece), "essai", seconds=0.2)
    return [one.dn for one in asyncio.run(reader.search(asked))]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("(uid=anne)", "a30b0403756964" + "0404616e6e65"),
        ("(uid=*)", "8703756964"),
        ("(cn=A*e)", "a40c0402636e3006" + "800141" + "820165"),
        ("(!(uid=a))", "a20aa308" + "0403756964" + "040161"),
        ("(cn=a\\2a)", "a3080402636e" + "0402612a"),
        ("(uac:1.2.3:=2)", "a90f" + "8105312e322e33" + "8203756163" + "830132"),
    ],
)
def test_filters_are_sent_as_the_standard_says(text: str, sent: str) -> None:
    assert filter_of(text).hex() == sent


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "uid=a",
        "(uid=a",
        "(uid=a))",
        "(&(uid=a)",
        "(!(a=b)(c=d))",
        "(=a)",
        "(uid=\\zz)",
        "(" * 40,
        "(a=" + "x" * 5000,
    ],
)
def test_a_filter_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        filter_of(wrong)


@given(st.text(max_size=60))
def test_a_value_escaped_means_itself(value: str) -> None:
    """The value arrives byte for byte, whatever signs it has."""
    sent = filter_of(f"(cn={escaped(value)})")
    parts = list(ber.elements(next(iter(ber.elements(sent)))[1]))
    assert parts[1] == (ber.OCTETS, value.encode("utf-8", "replace"))


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_an_error_of_ours(data: bytes) -> None:
    try:
        search(lambda _content, _number: data)
    except DirectoryAnswer:
        return
    pytest.fail("garbage was taken for an end")


@given(st.binary(min_size=1, max_size=60), st.integers(0, 200))
def test_an_answer_with_bytes_changed_is_read_or_refused(changed: bytes, at: int) -> None:
    """No other exception, and nothing that never ends."""

    def said(_content: bytes, number: int) -> bytes:
        good = entry(number, f"uid=a,{BASE}", uid="a", cn="Anne") + done(number, cookie=b"")
        return good[:at] + changed + good[at + len(changed) :]

    with contextlib.suppress(DirectoryAnswer):
        search(said)


def test_pages_follow_each_other_byte_by_byte() -> None:
    cookies = iter([b"1", b"2", b""])

    def said(_content: bytes, number: int) -> bytes:
        cookie = next(cookies)
        return entry(number, f"uid=p{cookie!r}", uid="a") + reference(number) + done(number, cookie=cookie)

    script = Script(said, piece=1)
    reader = Reader(script, "essai")
    found = asyncio.run(reader.search(ASKED))
    assert len(found) == 3 and reader.elsewhere == 3 and len(script.asked) == 3
    assert b"1.2.840.113556.1.4.319" in script.asked[0]


def test_a_server_without_pages_that_gave_everything_is_believed() -> None:
    assert search(lambda _, number: entry(number, "uid=a", uid="a") + done(number)) == ["uid=a"]


@pytest.mark.parametrize(
    ("said", "error", "word"),
    [
        (lambda _, n: entry(n, "uid=a", uid="a"), DirectoryAnswer, "hung up"),
        (lambda _, n: None, DirectoryAnswer, "hung up"),
        (lambda _, n: entry(n, "uid=a", uid="a") + done(n, 4), DirectoryPartial, "size limit"),
        (lambda _, n: done(n, 3), DirectoryPartial, "time limit"),
        (lambda _, n: done(n, 10), DirectoryAnswer, "not followed"),
        (lambda _, n: done(n, 32), DirectoryNoEntry, BASE),
        (lambda _, n: done(n, 50), DirectoryAnswer, "no right"),
        (lambda _, n: done(n, 80), DirectoryAnswer, "code 80"),
        (lambda _, n: done(n + 1), DirectoryAnswer, "something else"),
        (lambda _, n: done(n, cookie=b"again"), DirectoryAnswer, "empty pages"),
        (lambda _, n: entry(n, "uid=a", uid="a") * 4 + done(n), DirectoryPartial, "more than 3"),
        (
            lambda _, n: ber.tlv(ber.SEQUENCE, ber.number(0), ber.tlv(0x78, b"")),
            DirectoryAnswer,
            "ends the connection",
        ),
        (lambda _, n: b"\x30\x84\x7f\xff\xff\xff", DirectoryAnswer, "no LDAP"),
        (lambda _, n: b"\x30\x80" + b"\0" * 40, DirectoryAnswer, "no LDAP"),
        (lambda _, n: b"HTTP/1.1 400 Bad Request\r\n\r\n", DirectoryAnswer, "no LDAP"),
    ],
)
def test_answers_that_are_none_are_told(
    said: Callable[[bytes, int], bytes | None], error: type[DirectoryAnswer], word: str
) -> None:
    with pytest.raises(error) as problem:
        search(said, Asked(BASE, PRESENT, ["uid"], most=3))
    assert word in problem.value.sentence("en") and "Nobody’s account was changed" in problem.value.sentence("en")


def test_a_server_that_says_nothing_is_left() -> None:
    class Silent(Script):
        async def read(self) -> bytes:
            await asyncio.sleep(30)
            return b""

    with pytest.raises(DirectoryAnswer, match="silent"):
        asyncio.run(Reader(Silent(lambda *_: b""), "essai", seconds=0.05).search(ASKED))


def test_who_is_there_and_in_which_group() -> None:
    """Values in any spelling; an entry without login is counted, not guessed."""
    one = read("essai", PLAIN + '[[groups]]\ndn = "CN=Urba,OU=G"\nname = "Urbanisme"\n')

    def said(content: bytes, number: int) -> bytes:
        del content
        return (
            entry(number, "uid=a", uid="anne", displayName="Anne P", entryUUID="k1", memberOf=["cn=urba, ou=g"])
            + entry(number, "uid=b", uid="bo", cn="Bo", entryUUID="k2")
            + entry(number, "uid=c", cn="Sans identifiant", entryUUID="k3")
            + done(number, cookie=b"")
        )

    from demeure.clock import SystemClock

    answer = asyncio.run(read_all(Reader(Script(said), "essai"), one, SystemClock().now()))
    assert [(p.login, p.name) for p in answer.people] == [("anne", "Anne P"), ("bo", "Bo")] and answer.unusable == 1
    assert answer.unnamed == {"k3"}
    assert answer.inside == {"CN=Urba,OU=G": frozenset({"k1"})}


def test_groups_that_nobody_shows_say_nothing_of_anybody() -> None:
    one = read("essai", PLAIN + '[[groups]]\ndn = "CN=Urba"\nname = "Urbanisme"\n')
    from demeure.clock import SystemClock

    def said(_: bytes, number: int) -> bytes:
        return entry(number, "uid=a", uid="anne", entryUUID="k1") + done(number, cookie=b"")

    answer = asyncio.run(read_all(Reader(Script(said), "essai"), one, SystemClock().now()))
    assert answer.inside == {"CN=Urba": None}


@pytest.mark.parametrize("code", [32, 10])
def test_a_group_that_was_renamed_or_hidden_is_unread_not_empty(code: int) -> None:
    """Others show where they are, nobody names it: it may have another name."""
    one = read("essai", PLAIN + '[[groups]]\ndn = "CN=Urba"\nname = "Urbanisme"\n')
    from demeure.clock import SystemClock

    def said(content: bytes, number: int) -> bytes:
        if next(iter(ber.elements(content))) == (ber.OCTETS, b"CN=Urba"):
            return done(number, code)
        return entry(number, "uid=a", uid="anne", entryUUID="k1", memberOf=["CN=Urbanisme"]) + done(
            number, cookie=b""
        )

    answer = asyncio.run(read_all(Reader(Script(said), "essai"), one, SystemClock().now()))
    assert answer.inside == {"CN=Urba": None}


def test_two_people_with_one_key_stop_everything() -> None:
    from demeure.clock import SystemClock

    def said(_: bytes, number: int) -> bytes:
        return (
            entry(number, "uid=a", uid="a", entryUUID="k")
            + entry(number, "uid=b", uid="b", entryUUID="k")
            + done(number)
        )

    with pytest.raises(DirectoryAnswer, match="two people"):
        asyncio.run(read_all(Reader(Script(said), "essai"), read("essai", PLAIN), SystemClock().now()))


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ('kind = "novell"', "ldap"),
        ('people = "uid=*"', "filter"),
        ('disabled = "(&"', "filter"),
        ('login = "u id"', "attribute"),
        ('role = "maire"', "role"),
        ('role = "administrator"', "newcomer"),
        ('role = "dpo"', "newcomer"),
        ("most_closed = 0", "most_closed"),
        ("every_minutes = true", "every_minutes"),
        ("nested = true", "Active Directory"),
        ('members = "both"', "members"),
        ('[[groups]]\ndn = "cn=a"', "groups"),
        ('[[roles]]\ndn = "cn=a"\nrole = "roi"', "role"),
        ('password = "x"', "password"),
    ],
)
def test_a_declaration_that_says_nonsense_serves_nobody(more: str, word: str) -> None:
    with pytest.raises(DirectoryInvalid) as problem:
        read("essai", PLAIN + more + "\n")
    assert word in problem.value.sentence("en")


def test_another_directory_does_not_inherit_the_accounts(tmp_path: Path) -> None:
    keep(tmp_path, "essai", PLAIN)
    keep(tmp_path, "essai", PLAIN.replace(BASE, f"ou=agents, {BASE.upper()}"))
    for other in (PLAIN.replace(BASE, "dc=autre,dc=test"), PLAIN + 'key = "uid"\n'):
        with pytest.raises(DirectoryInvalid, match="another directory"):
            keep(tmp_path, "essai", other)


def test_a_file_that_serves_no_more_hides_no_other_and_can_be_mended(tmp_path: Path) -> None:
    """One that was valid before a rule, one that a hand broke."""
    keep(tmp_path, "bon", PLAIN)
    folder = tmp_path / "directories"
    former, broken = PLAIN + 'role = "administrator"\n', 'route = "'
    (folder / "ancien.toml").write_text(former)
    (folder / "casse.toml").write_text(broken)
    assert [one.id for one in all_directories(tmp_path)] == ["bon"]
    ancien, casse = unusable(tmp_path)
    assert "newcomer" in ancien.sentence("en") and "« casse »" in casse.sentence("fr").replace("\u00a0", " ")
    with pytest.raises(DirectoryInvalid, match="another directory"):
        keep(tmp_path, "ancien", PLAIN.replace(BASE, "dc=autre,dc=test"))
    assert text_of(tmp_path, "ancien") == former
    keep(tmp_path, "ancien", PLAIN)
    put_back(tmp_path, "ancien", former)
    assert text_of(tmp_path, "ancien") == former, "what is put back need not serve"
    with pytest.raises(DirectoryInvalid, match="remove"):
        keep(tmp_path, "casse", PLAIN)
    known(tmp_path, "casse")
    remove(tmp_path, "casse")
    with pytest.raises(DirectoryUnknown):
        known(tmp_path, "casse")
    keep(tmp_path, "casse", PLAIN)


def test_active_directory_has_its_own_words() -> None:
    one = read("ad", PLAIN + 'kind = "active-directory"\nnested = true\n')
    assert (one.login, one.key) == ("sAMAccountName", "objectGUID")
    from datetime import UTC, datetime

    assert "<=133" in one.disabled_at(datetime(2026, 1, 1, tzinfo=UTC)) or "<=134" in one.disabled_at(
        datetime(2026, 1, 1, tzinfo=UTC)
    )
    filter_of(one.disabled_at(datetime(2026, 1, 1, tzinfo=UTC)))


def test_a_name_is_the_same_in_any_spelling() -> None:
    assert plain_dn("CN=Urba , OU = G") == plain_dn("cn=urba,ou=g")
