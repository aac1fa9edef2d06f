"""Check digits, against numbers that the issuers publish as examples, and against one digit changed."""

import pytest

from demeure.personal import checks

RIGHT = [
    (checks.nir_key, "255081416802538"),
    (checks.nir_key, "185057800608491"),
    (checks.nir_key, "1510199999999" + f"{97 - 1510199999999 % 97:02}"),
    (checks.nir_key, "2690549588157" + f"{97 - 2690549588157 % 97:02}"),
    (checks.siren, "732829320"),
    (checks.siret, "73282932000074"),
    (checks.siret, "35600000049837"),
    (checks.iban, "FR1420041010050500013M02606"),
    (checks.iban, "DE89370400440532013000"),
    (checks.iban, "NO9386011117947"),
    (checks.iban, "MT84MALT011000012345MTLCAST001S"),
    (checks.spi, "3023217600053"),
    (checks.card, "4111111111111111"),
    (checks.card, "378282246310005"),
    (checks.card, "5555555555554444"),
    (checks.vat, "FR40303265045"),
    (checks.vat, "FRK7399859412"),
    (checks.vat, "BE0428759497"),
    (checks.vat, "DE136695976"),
    (checks.vat, "IT00743110157"),
    (checks.vat, "LU15027442"),
]


@pytest.mark.parametrize(("check", "number"), RIGHT, ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_numbers_that_issuers_publish_are_right(check, number):
    assert check(number) is True


@pytest.mark.parametrize(("check", "number"), [r for r in RIGHT if r[1] != "35600000049837"])
def test_any_other_last_digit_is_wrong(check, number):
    if number[-1].isdigit():
        assert [d for d in "0123456789" if check(number[:-1] + d) is True] == [number[-1]]


def test_corsica_counts_as_19_and_18():
    for department, figures in (("2A", "19"), ("2B", "18")):
        number = f"18505{department}006084"
        key = 97 - int(number.replace(department, figures)) % 97
        assert checks.nir_key(f"{number}{key:02}")
        assert not checks.nir_key(f"{number}{(key % 97) + 1:02}")


def test_a_month_that_does_not_exist_is_no_nir():
    assert [m for m in range(100) if checks.nir_shape(f"185{m:02}78006084")] == [
        *range(1, 13),
        *range(20, 43),
        *range(50, 100),
    ]


def test_what_is_no_number_is_refused_quietly():
    for check in (checks.nir_key, checks.siren, checks.siret, checks.iban, checks.spi, checks.card, checks.vat):
        for number in ("", "A", "٣" * 9, "FR", "0" * 400, "FR76" + "é" * 23):
            assert not check(number)


def test_a_country_without_a_known_check_says_that_only_the_shape_was_seen():
    assert checks.vat("PT123456789") is None
    assert checks.vat("XX123456789") is False
