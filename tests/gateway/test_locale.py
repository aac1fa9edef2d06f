"""Sentences: all translated, none unused, none promising what we do not check; French as French writes."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import demeure.gateway
from demeure.errors import known_errors
from demeure.gateway import errors as _errors
from demeure.gateway import locale
from demeure.gateway.locale import Sentences, chosen

ROOT = Path(demeure.gateway.__file__).parent
SOURCES = [p for p in (*ROOT.rglob("*"), *(ROOT.parent / "persons").glob("*.py")) if p.suffix in (".py", ".html")]
TABLE = Sentences.load().table
NBSP = "\u00a0"
assert _errors


def used() -> set[str]:
    text = "\n".join(p.read_text(encoding="utf-8") for p in SOURCES)
    plain = set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", text))
    counted = set(re.findall(r"""n\(["']([a-z_.]+)["']|\.count\([^,]+, ["']([a-z_.]+)["']""", text))
    begun = re.findall(r"""f["']([a-z_]+\.[a-z_]+_)\{""", text)  # a family: f"unsourced.kind_{kind}"
    family = {key for key in TABLE for start in begun if key.startswith(start)}
    return plain | family | {f"{a or b}_{form}" for a, b in counted for form in ("one", "many")}


def test_every_sentence_exists_in_both_languages_and_is_used() -> None:
    for key, pair in TABLE.items():
        assert set(pair) == {"fr", "en"}, key
        assert all(pair.values()), key
    assert set(TABLE) - used() == set(), "unused"


def test_every_key_used_exists() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in SOURCES)
    asked = set(re.findall(r"""\bt\(["']([a-z_]+\.[a-z_]+)["']""", text))
    assert asked - set(TABLE) == set()
    for a, b in re.findall(r"""\bn\(["']([a-z_.]+)["']|\.count\([^,]+, ["']([a-z_.]+)["']""", text):
        assert {f"{a or b}_one", f"{a or b}_many"} <= set(TABLE)


@pytest.mark.parametrize("key", TABLE)
def test_both_languages_take_the_same_fields_and_promise_nothing(key: str) -> None:
    plain = [re.sub(r"{(\w+):[^{}|]*\|[^{}]*}", r"{\1}", TABLE[key][language]) for language in ("fr", "en")]
    french, english = plain  # without the nouns that numbers bring
    assert sorted(re.findall(r"{\w+}", french)) == sorted(re.findall(r"{\w+}", english))
    assert not re.search(
        r"conforme|certifi(?!cat)|qualifi|complian|désolé|sorry|\bIA\b", french + english, re.IGNORECASE
    )
    assert not re.search(r"[^\u00a0\u202f][;!?%»]|[^\u00a0\u202f:]:(?!/)|«[^\u00a0]|'", french), french


def test_templates_hold_no_sentence_of_their_own() -> None:
    for page in (ROOT / "templates").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"(?s){%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>|(?:data-|class=)[a-z\"=]+", " ", text)
        words = set(re.findall(r"[A-Za-zÀ-ÿ]{3,}", text)) - {
            "Demeure",
            "English",
            "Français",
            "demeure",
            *("link", "spaces", "give", "flows", "directory", "sync", "close"),  # commands
            "status",
            "lang",
            *("door", "page"),  # class of the threshold
        }
        assert words == set(), page.name


def test_errors_of_the_door_speak_french_as_french_writes() -> None:
    for code, cls in known_errors().items():
        if cls.__module__.startswith("demeure.gateway"):
            assert cls.fr != _errors.DemeureError.fr, code
            assert not re.search(r"[^\u00a0][;!?%»]|«[^\u00a0]", cls.fr), code


def test_dates_sizes_and_durations() -> None:
    noon = datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
    local = noon.astimezone()
    assert locale.moment("fr", noon) == f"24{NBSP}novembre 2026 à {local.hour}{NBSP}h{NBSP}05"
    assert locale.moment("en", noon) == f"24{NBSP}November 2026 at {local.hour}:05"
    assert [locale.size("fr", n) for n in (0, 999, 48_000, 1_900_000, 1_940_000_000)] == [
        *(f"0{NBSP}octet", f"999{NBSP}octets", f"48{NBSP}ko", f"1,9{NBSP}Mo", f"1,9{NBSP}Go")
    ]
    assert locale.size("en", 0) == f"0{NBSP}bytes" and locale.size("en", 1) == f"1{NBSP}byte"
    assert locale.size("en", 1_900_000) == f"1.9{NBSP}MB"
    assert [locale.size("fr", n) for n in (1, 999_600, 9_970_000, 1_500_000_000_000, 12_000_000_000_000_000)] == [
        f"{text}".replace(" ", NBSP) for text in ("1 octet", "1,0 Mo", "10 Mo", "1,5 To", "12\u202f000 To")
    ]
    assert [locale.seconds("fr", n) for n in (0.8, 59.4, 59.6, 95)] == [
        *(f"0,8{NBSP}s", f"59{NBSP}s", f"1{NBSP}min", f"1{NBSP}min 35{NBSP}s")
    ]
    assert locale.decimal("fr", 12480.5, 1) == "12\u202f480,5"
    assert locale.decimal("en", 12480.5, 1) == "12,480.5"
    assert locale.whole("fr", 12480) == "12\u202f480"
    assert [locale.duration("fr", s) for s in (4, 61, 7200, 86400, 200000)] == [
        *(f"4{NBSP}s", f"1{NBSP}min", f"2{NBSP}h", f"1{NBSP}jour", f"2{NBSP}jours")
    ]


def test_a_number_inside_a_sentence_brings_its_noun() -> None:
    say = Sentences.load().say
    assert say("fr", "words.done_import", added=1, changed=2, removed=0).endswith(
        "1\u00a0nouvelle, 2\u00a0changées, 0\u00a0retirée."
    )
    assert "1\u00a0day after" in say("en", "policy.keep_documents", n=1)
    assert "1\u202f200\u00a0décisions du journal relues" in say(
        "fr", "policy.dry_found", looked=1200, day="1er mai", total=1
    )
    wrong = known_errors()["PeopleFileWrong"]
    assert "1 ligne de ce fichier" in wrong(count=1).sentence("fr")
    assert "1 line of this file" in wrong(count=1).sentence("en")
    assert "3 lignes" in wrong(count=3).sentence("fr") and "?" in wrong().sentence("fr")


def test_no_sentence_tells_one_with_the_noun_of_several() -> None:
    """A sentence whose only number may be one says it with ``_one`` and ``_many``, or brings its noun."""
    table = Sentences.load().table
    nouns = "jours|lignes|passages|nouvelles|décisions"
    plural = re.compile(rf"{{(?:n|count|added|changed|removed|looked|new)}}\s(?:{nouns})\b")
    told = [key for key, pair in table.items() if plural.search(pair["fr"]) and not key.endswith("_many")]
    assert told == ["policy.rekey"], "a whole number of days, never one: « tous les 30 jours »"


def test_one_and_many_differ_between_languages() -> None:
    say = Sentences.load().count
    assert say("fr", "documents.count", 0) == "0 document"
    assert say("en", "documents.count", 0) == "0 documents"
    assert say("fr", "documents.count", 2) == "2 documents"


@pytest.mark.parametrize(
    ("cookie", "accepted", "house", "expected"),
    [
        (None, "", "fr", "fr"),
        (None, "", "en", "en"),
        (None, "", "xx", "fr"),
        (None, "en-US,en;q=0.9,fr;q=0.8", "fr", "en"),
        (None, "de", "fr", "fr"),
        (None, "en;q=0, fr;q=0.1", "en", "fr"),
        (None, "en;q=banana", "fr", "fr"),
        (None, ",;q=,," * 1000, "fr", "fr"),
        ("fr", "en", "en", "fr"),
        ("<x>", "en", "fr", "en"),
    ],
)
def test_choice_of_language(cookie: str | None, accepted: str, house: str, expected: str) -> None:
    assert chosen(cookie, accepted, house) == expected


def test_the_first_of_a_month_is_written_as_in_french() -> None:
    first, second = (datetime(2027, 1, number, 12, tzinfo=UTC) for number in (1, 2))
    assert locale.day("fr", first) == "1er\u00a0janvier 2027" and locale.day("fr", second) == "2\u00a0janvier 2027"
    assert locale.day("en", first) == "1\u00a0January 2027"


def test_an_hour_of_the_settings_is_written_as_people_write_it() -> None:
    told = [locale.clock_time(language, "02:15") for language in ("fr", "en")]
    assert told == [f"2{NBSP}h{NBSP}15", "2:15"] and locale.clock_time("fr", "") == ""
