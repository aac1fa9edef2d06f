"""Signed notes: what is accepted, what is not, and that unknown signatures do no harm."""

import base64

import pytest

from demeure.journal import JournalKeyInvalid, NoteInvalid
from demeure.journal.checkpoint import Signer, parse, parse_vkey, verify

SIGNER = Signer(b"k" * 32, "mairie-exemple.test/journal")
NOTE = SIGNER.sign(5, b"r" * 32)


def test_a_signed_checkpoint_comes_back() -> None:
    found = verify(NOTE, SIGNER.vkey)
    assert (found.origin, found.size, found.root) == ("mairie-exemple.test/journal", 5, b"r" * 32)
    assert parse_vkey(SIGNER.vkey)[0] == found.origin


def test_unknown_signatures_are_ignored_before_and_after_ours() -> None:
    text, _, signatures = NOTE.partition("\n\n")
    witness = "— temoin.test/x " + base64.b64encode(b"\x06" * 100).decode() + "\n"
    assert verify(f"{text}\n\n{witness}{signatures}", SIGNER.vkey).size == 5
    assert verify(f"{text}\n\n{signatures}{witness}", SIGNER.vkey).size == 5


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("\n5\n", "\n6\n"),
        NOTE.replace("\n5\n", "\n05\n"),
        NOTE.replace("\n5\n", "\n-5\n"),
        NOTE.replace("mairie-exemple.test/journal\n5", "autre.test/journal\n5"),
        NOTE.replace("— ", "- "),
        NOTE[:-1],
        NOTE.partition("\n\n")[0] + "\n\n",
        NOTE.partition("\n\n")[0],
        "",
        "x" * (2 << 20),
        Signer(b"m" * 32, "mairie-exemple.test/journal").sign(5, b"r" * 32),
        Signer(b"k" * 32, "autre.test/journal").sign(5, b"r" * 32),
    ],
)
def test_anything_else_is_refused(note: str) -> None:
    with pytest.raises(NoteInvalid):
        verify(note, SIGNER.vkey)


def test_extension_lines_are_part_of_what_is_signed() -> None:
    assert (
        parse("origin\n0\n" + base64.b64encode(b"r" * 32).decode() + "\nextension\n\n— a AAAAAAAA\n")[0].size == 0
    )
    with pytest.raises(NoteInvalid):
        verify(NOTE.replace("\n\n", "\nextension\n\n"), SIGNER.vkey)


@pytest.mark.parametrize("vkey", ["", "a+b+c", "a+00000000+AAAA", SIGNER.vkey[:-4], SIGNER.vkey.replace("+", "-")])
def test_a_wrong_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteInvalid) as refusal:
        parse_vkey(vkey)
    assert "la clé donnée (vkey)" in refusal.value.sentence("fr")
    assert "the given key (vkey)" in refusal.value.sentence("en")


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(JournalKeyInvalid):
        Signer(b"short")


def test_without_a_name_the_origin_comes_from_the_key() -> None:
    assert Signer(b"k" * 32).origin == Signer(b"k" * 32).origin != Signer(b"m" * 32).origin
