"""Expressions that look first at what is cheap find what the plain ones find."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.personal import accounts, addresses, births, checks, contacts, copies, examine, numbers, papers

PIECES = [
    *("1", "2", "0", "2A", "2 B", "06", "255", "08", "14", "168", "00", "75001", "123456789", "12345678901"),
    *(" ", "\u00a0", "\u202f", "  ", "\n", ".", "-", " - ", "–", "/", "_", "·", ",", ":", "|", "(0", ")"),
    *("FR", "fr", "DE", "SI", "AB", "f", "r", "O", "I", "S", "A", "Z", "é", "œ", "ſ", "€", "euros"),
    *(" et ", " est", "à ", " par ", " – ", "tél", " tel", " près", "rue", "mars ", "3 mai 1962", "12/03/1975"),
    *("un juin mil neuf cent", "Vingt août mil cent", "2024-01-02", "ſept mai mil un", "janvier"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
GAP = r"(?:[ \u00a0\u202f\u2009](?:[.\-–/][ \u00a0]?)?|[.\-–/_][ \u00a0\u202f]?|\n)?"
END = (
    r"[\n,;:()<>|•.!?]|[ ](?:et|est|a|pour|dans|qui|où|le|depuis|afin|sera|avec|par|à|au|ou|dont|face"
    r"|près|tél|tel|t[ée]l)(?!\w)|[ ][-–—][ ]"
)
NATIONAL = contacts._NATIONAL.pattern
PLAIN = [
    (
        numbers._CHAIN,
        re.compile(rf"[0-9](?<![0-9A-Za-z].)(?:{GAP}(?:[0-9]|(?<=2)[ABab]|(?<=2 )[ABab])){{8,18}}"),
    ),
    (
        contacts._NATIONAL,
        re.compile(contacts._NATIONAL.pattern.replace(contacts._NEXT, f"(?:{contacts._GAP}[0-9])")),
    ),
    (addresses._END, re.compile(END)),
    (papers._FNI, re.compile(papers._FNI.pattern.replace("}+", "}"))),
    (papers._SIV, re.compile(papers._SIV.pattern.replace("}+", "}"))),
    (accounts._RIB_SAID, re.compile(accounts._RIB_SAID.pattern.replace("}+", "}?"))),
    (copies._ACROSS, re.compile(r"(?<=[0-9A-Z])\n(?=[0-9A-Z])")),
]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_quick_expression_finds_what_the_plain_one_finds(text):
    for quick, slow in PLAIN:
        assert [found.span() for found in quick.finditer(text)] == [found.span() for found in slow.finditer(text)]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_every_account_begins_where_accounts_are_looked_for(text):
    begins = {found.start() for found in accounts._BEGIN.finditer(text)}
    assert begins >= {found.start() for found in accounts._HEAD.finditer(text)}
    assert begins >= {found.start() for found in re.finditer(rf"(?<![0-9A-Za-z]){accounts._BOXED.pattern}", text)}
    for found in accounts._VAT.finditer(text):
        number = "".join(filter(str.isalnum, found[0]))
        assert found.start() in begins or not re.fullmatch(checks.VAT_SHAPES[number[:2]], number[2:])


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 30))
def test_the_first_date_is_that_of_a_search(text, start):
    start = min(start, len(text))
    near = births._first(text, start, len(text))
    found = births._DATE.search(text, start)
    if found is not None and found.start() - start > births._REACH:
        found = None
    assert (near and near.span()) == (found and found.span())


@given(st.text("0123456789", max_size=20))
def test_luhn_adds_the_digits_of_each_second_one_doubled(digits):
    doubled = sum(sum(divmod(2 * int(one), 10)) for one in digits[-2::-2])
    right = digits != "" and (sum(map(int, digits[-1::-2])) + doubled) % 10 == 0
    assert checks.luhn(digits) is right


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("06 39 98 12 34 2 55 08 14 168 025 38", ["phone", "nir"]),
        ("06 39 98 12 34\n732 829 320 00074", ["phone", "siret"]),
        ("06 39 98 12 34 et 732 829 320 RCS Paris", ["phone", "siren"]),
        ("12 34 56 78 2 55 08 14 168 025 38", ["nir"]),
        ("FR14 2004 1010 0505 0001 3M02 606 FR 40 303 265 045", ["iban", "vat"]),
        ("FR 14 20041010050500013M02606\nTVA FR40303265045", ["iban", "vat"]),
        ("F | R | 1 | 4 | 2004 | 1010 | 0505 | 0001 | 3M02 | 606", ["iban"]),
        ("cgt, maladie", ["union", "health"]),
        ("œcgt cgté", []),
    ],
)
def test_what_stands_beside_another_number_or_word_is_found_too(text, found):
    assert [one.kind for one in examine(text, with_names=False)] == found
