"""JSON schemas that programs give: what the engine is given of them holds, ends, and is never passed over."""

import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.gateway.errors import RequestInvalid
from demeure.gateway.v1.constraints import held, loosened
from demeure.gateway.v1.forced import forced
from demeure.gateway.v1.patterns import NotHeld, written

HELD = {
    r"^\d{3}$": ("123", "12a"),
    r"^[^,]{3,9}$": ("Durand", "a,b"),
    r"^a.b$": ("aéb", "ab"),
    r"^(?:\+33|0)[1-9](?: ?\d{2}){4}$": ("06 12 34 56 78", "6 12"),
    r"^[A-Z]{2}\d{2}( ?\d{4}){5}$": ("FR76 3000 6000 0112 3456 7890", "fr76"),
    r"^(0[1-9]|[12]\d|3[01])/(0[1-9]|1[0-2])/\d{4}$": ("24/11/2026", "32/01/2026"),
    r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$": ("a.b@c-d.fr", "a@b"),
    r"^\S+@\S+$": ("é@ü", "a b@c"),
    r"^Maire( de (Saint-Aubin|Rémy))?$": ("Maire de Rémy", "Maire de Remy"),
    r"^[ -~]{5}$": ("a[]^b", "é1234"),
    r"^\[\^\$\]$": ("[^$]", "[]"),
    r"^(a?)b$": ("b", "aa"),
    r"^é{2}$": ("éé", "é"),
    r"^$": ("", "a"),
}
"""Pattern → a text that it takes, one that it does not."""

NOT_HELD = [
    *(
        "[0-9]{3}",
        "^[0-9]",
        "^([a-z$",
        "^a$|^b$",
        "^a|b$",
        "^^a$$",
        r"^\bmot\b$",
        r"^(a)\1$",
        "^(?=a)a$",
        "^(?#c)a$",
    ),
    *(
        "^(?P<a>b)$",
        "^a*?$",
        "^a{2}{3}$",
        "^a{,3}$",
        "^a{3,2}$",
        "^a{99999999999}$",
        "^[]$",
        "^(a|)$",
        "^()$",
        "^*$",
    ),
    *(
        '^"$',
        '^a"b$',
        '^[a"]$',
        r"^a\\$",
        r"^[\\]$",
        r"^a\tb$",
        r"^a\nb$",
        "^a\tb$",
        r"^\x41$",
        r"^\p{L}$",
        "^\ud800$",
    ),
    *("^(a?){200}$", "^((a{0,50}){0,50}){0,50}$", "^([^a]+)+$", "^([^a]{1,3}){1,20}$", "^(a|a)*$", "^(a|ab)*$"),
    *("^" + "a?" * 20 + "$", "^([a-z]+ ?){1,20}$", "^(a{1000}){1000}$", "^" + "a" * 300 + "$", "", "^", r"^a\$"),
]


@pytest.mark.parametrize("pattern", HELD)
def test_a_pattern_says_the_same_once_written_again(pattern: str) -> None:
    takes, refuses = HELD[pattern]
    again = written(pattern)
    assert re.fullmatch(pattern, takes) and re.fullmatch(again, takes)
    assert not re.fullmatch(pattern, refuses) and not re.fullmatch(again, refuses)


@pytest.mark.parametrize("pattern", NOT_HELD)
def test_what_the_grammar_would_not_hold_is_refused(pattern: str) -> None:
    with pytest.raises(NotHeld):
        written(pattern)


_SIGNS = st.sampled_from(["a", "b", "-", ".", "[ab]", "[^a]", r"\d", r"\.", "é"])
_TIMES = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{1,2}", "{2,}"])


def _either(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    branch = st.lists(st.tuples(inside, _TIMES).map("".join), min_size=1, max_size=3).map("".join)
    return st.lists(branch, min_size=1, max_size=2).map(lambda one: f"({'|'.join(one)})")


@given(
    st.lists(st.tuples(st.recursive(_SIGNS, _either, max_leaves=6), _TIMES).map("".join), max_size=4).map("".join)
)
@settings(max_examples=400, deadline=None)
def test_every_text_of_the_written_pattern_is_one_of_the_given(inside: str) -> None:
    try:
        again = written(f"^{inside}$")
    except NotHeld:
        return
    for length in range(5):
        for signs in itertools.product("ab-1é"[: 5 if length < 4 else 3], repeat=length):
            text = "".join(signs)
            assert bool(re.fullmatch(again, text)) == bool(re.fullmatch(f"^{inside}$", text)), text


def _answer(**more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": more}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        (_answer(type="string", minLength=5, maxLength=2), "minLength"),
        (_answer(type="array", minItems=5, maxItems=2), "minItems"),
        (_answer(type="integer", minimum=5, maximum=2), "minimum"),
        (_answer(type="array", maxItems=10**9), "maxItems"),
        (_answer(type="string", minLength=True), "minLength"),
        (_answer(type="integer", multipleOf=7), "multipleOf"),
        (_answer(type="number", minimum=0), "minimum"),
        (_answer(type="array", uniqueItems=True), "uniqueItems"),
        (_answer(type="object", patternProperties={"^a": {}}), "patternProperties"),
        (_answer(**{"not": {"type": "string"}}), "not"),
        (_answer(**{"if": {}, "then": {}}), "if"),
        (_answer(anyOf=[{"type": "null"}], pattern="^a$"), "pattern"),
        (_answer(type="string", pattern="^a$", minLength=3), "minLength"),
        (_answer(type="chose"), "type"),
        (_answer(enum=[]), "enum"),
        (_answer(**{"$ref": "https://ailleurs"}), "$ref"),
        (_answer(**{"$ref": "#/$defs/rien"}), "$defs"),
        (
            {
                "$defs": {"a": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/a"}}] * 2}},
                "$ref": "#/$defs/a",
            },
            "",
        ),
        (json.loads('{"items":' * 20 + "{}" + "}" * 20), ""),
        ({"title": "x" * 40_000}, ""),
        ([], ""),
        ("object", ""),
    ],
)
def test_what_would_not_be_held_of_an_answer_is_refused_by_its_name(schema: Any, word: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        held(schema, "response_format")
    assert refused.value.params["param"] == "response_format"
    assert word in refused.value.sentence("fr") and word in refused.value.sentence("en")


_WORDS = st.sampled_from(
    [
        *("type", "properties", "items", "$defs", "$ref", "anyOf", "oneOf", "enum", "const", "required", "pattern"),
        *(
            "minLength",
            "maxItems",
            "minimum",
            "additionalProperties",
            "prefixItems",
            "allOf",
            "a",
            "title",
            "default",
        ),
    ]
)
_LEAVES = st.sampled_from(
    [
        "#",
        "#/$defs/a",
        "#/properties/a",
        "object",
        "array",
        "string",
        "integer",
        "^a$",
        "a",
        0,
        3,
        -1,
        2.5,
        None,
        True,
    ]
)
_JSON = st.recursive(
    _LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(_WORDS, one, max_size=5), max_leaves=30
)


@given(st.dictionaries(_WORDS, _JSON, max_size=6))
@settings(max_examples=500, deadline=None)
def test_whatever_is_given_is_held_or_refused(schema: Any) -> None:
    for made_by in (held, loosened):
        try:
            made = made_by(schema, "f")
        except RequestInvalid:
            continue
        assert json.loads(json.dumps(made)) == made


def test_a_long_chain_of_references_is_refused() -> None:
    chain: dict[str, Any] = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(700)}
    with pytest.raises(RequestInvalid):
        held({"$defs": chain | {"a700": {"type": "string"}}, "$ref": "#/$defs/a0"}, "f")


def test_alternatives_that_begin_alike_are_counted() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(7):
        schema = {"anyOf": [{"type": "array", "items": schema}] * 2}
    with pytest.raises(RequestInvalid):
        held(schema, "f")
    kinds = [_answer(const=name) for name in "abcdefgh"]
    tree = {"type": "array", "items": {"$ref": "#"}, "maxItems": 3}
    for one in kinds:
        one["properties"] = {"a": one["properties"]["a"], "b": tree}
    assert held({"anyOf": kinds}, "f")["anyOf"][7]["properties"]["a"] == {"const": "h"}, "told apart at once"


def test_what_is_held_passes_and_data_is_data() -> None:
    schema = {
        "title": "Courrier",
        "type": "object",
        "properties": {
            "objet": {"type": "string", "maxLength": 80, "description": "en une ligne"},
            "date": {"type": "string", "format": "date"},
            "pages": {"type": "integer", "minimum": 1, "maximum": 30},
            "suite": {"anyOf": [{"$ref": "#/$defs/Suite"}, {"type": "null"}], "default": None},
            "code": {"enum": [{"pattern": "libre", "minLength": -1}, "b"]},
            "libre": True,
        },
        "required": ["objet"],
        "$defs": {"Suite": {"type": "array", "items": {"type": ["integer", "string"]}, "minItems": 1}},
    }
    made = held(schema, "f")
    assert made["properties"].pop("libre") == {}
    made["properties"]["suite"]["default"] = None
    expected = json.loads(json.dumps(schema))
    expected["properties"].pop("libre")
    assert made == expected


def test_the_parameters_of_a_tool_guide_and_refuse_nothing_that_is_sound() -> None:
    parameters = _answer(type="string", pattern=r"^\bx$", minLength=1) | {"minProperties": 1, "x-more": 1}
    assert loosened(parameters, "tools") == _answer(type="string", minLength=1)
    assert loosened(_answer(type="number", minimum=0.5, multipleOf=2), "t") == _answer(type="number")
    with pytest.raises(RequestInvalid):
        loosened(_answer(type="string", minLength=5, maxLength=2), "t")


@pytest.mark.parametrize("names", [("f",), ("f", "g")])
def test_a_call_that_must_be_made_keeps_its_references(names: tuple[str, ...]) -> None:
    parameters = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string"}}}
    tools = [{"type": "function", "function": {"name": name, "parameters": parameters}} for name in names]
    made = forced({"messages": [{"role": "user", "content": "?"}], "tools": tools}, names)
    schema = made["response_format"]["json_schema"]["schema"]
    assert held(schema, "f"), "each reference is found"
