"""Draft and leaf: what is refused, what is hashed, what stays hidden."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from demeure.journal import Draft, EntryInvalid, EntryTooLarge
from demeure.journal.entry import (
    KINDS,
    LEAF_LIMIT,
    Stamp,
    commit,
    draft_from,
    entry_from,
    envelope,
    leaf,
    open_envelope,
)

STAMP = Stamp("2026-11-24T09:30:00.000000Z", "6f1c", 12_345, "gateway")


def test_a_leaf_has_the_promised_fields_and_is_canonical() -> None:
    data = leaf(Draft("answer", "answer-opened", phase="intention", chain="c", object="é\n\u007f"), STAMP, "a" * 64)
    body = json.loads(data)
    promised = "v kind phase name time boot mono actor chain space object decision outcome of commitment role"
    assert set(body) == set(promised.split())
    assert data == json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    entry = entry_from(7, data)
    assert (entry.index, entry.object, entry.mono, entry.commitment) == (7, "é\n\u007f", 12_345, "a" * 64)


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), min_size=4, max_size=4),
    of=st.integers(0, 2**53 - 1),
    mono=st.integers(0, 2**53 - 1),
)
def test_a_leaf_is_what_the_library_of_rfc_8785_writes(texts: list[str], of: int, mono: int) -> None:
    chain, actor, about, decision = texts
    draft = Draft(
        "answer", "answer-closed", phase="closing", outcome="done", of=of,
        chain=chain, actor=actor, object=about, decision=decision,
    )  # fmt: skip
    stamp = Stamp(STAMP.time, STAMP.boot, mono, STAMP.role)
    assert leaf(draft, stamp, None) == rfc8785.dumps(draft.fields() | {"v": 1, "commitment": None} | vars(stamp))


def test_kinds_are_the_six_of_r29_administration_and_sign_in() -> None:
    assert set(KINDS) == {
        "request", "input", "extension", "retrieval", "filter", "answer", "administration", "sign-in"
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "other"},
        {"phase": "begun"},
        {"name": "Réponse ouverte"},
        {"name": ""},
        {"name": "a" * 65},
        {"chain": 4},
        {"actor": "x" * 129},
        {"space": 3},
        {"object": "\ud800"},
        {"object": "x" * 5000},
        {"phase": "closing"},
        {"phase": "closing", "outcome": "done"},
        {"phase": "closing", "outcome": "won", "of": 1},
        {"phase": "closing", "outcome": "done", "of": -1},
        {"phase": "closing", "outcome": "done", "of": True},
        {"outcome": "done"},
        {"of": 1},
        {"invented": "x"},
        {"kind": None},
        {"kind": ["request"]},
    ],
)
def test_what_is_not_an_entry_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(EntryInvalid):
        draft_from({"kind": "request", "name": "question-asked", **wrong})


@pytest.mark.parametrize("commitment", ["", "a" * 63, "A" * 64, 4, "a" * 64 + "\n"])
def test_a_commitment_is_64_hexadecimal_digits(commitment: object) -> None:
    with pytest.raises(EntryInvalid):
        leaf(Draft("request", "asked"), STAMP, commitment)  # type: ignore[arg-type]


def test_the_longest_fields_fit_and_the_limit_is_that_of_tlog_tiles() -> None:
    whole = Draft("request", "a" * 64, chain="c" * 128, actor="é" * 128, object="\x01" * 4096, decision="€" * 4096)
    assert len(leaf(whole, STAMP, "a" * 64)) <= LEAF_LIMIT
    with pytest.raises(EntryTooLarge):
        leaf(whole, Stamp("t" * LEAF_LIMIT, "", 0, ""), None)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_comes_back(first: str, second: str) -> None:
    try:
        draft = Draft("input", "prompt-built", object=first, decision=second)
    except EntryInvalid:
        assert any(0xD800 <= ord(c) <= 0xDFFF for c in first + second)
        return
    entry = entry_from(0, leaf(draft, STAMP, None))
    assert (entry.object, entry.decision) == (first, second)


@given(st.binary(max_size=500))
def test_a_commitment_binds_the_payload_and_shows_nothing(payload: bytes) -> None:
    one, two = commit(b"1" * 32, payload), commit(b"2" * 32, payload)
    assert one != two, "the same payload under two salts must not be recognisable"
    assert open_envelope(envelope(b"1" * 32, payload), one) == payload
    assert open_envelope(envelope(b"1" * 32, payload), two) is None
    assert open_envelope(envelope(b"1" * 32, payload + b"x"), one) is None
    assert open_envelope(b"short", one) is None
    assert open_envelope(envelope(b"1" * 32, payload), None) is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"v":2}', b"[" * 100_000])
def test_a_foreign_leaf_is_refused(data: bytes) -> None:
    with pytest.raises(EntryInvalid):
        entry_from(3, data)
