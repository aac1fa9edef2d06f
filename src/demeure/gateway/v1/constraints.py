"""JSON schemas that programs give, as the engine is given them: only what its grammar holds (pure).

llama.cpp passes over in silence what it does not know (``not``, ``multipleOf``, a pattern that is not anchored) and
never ends on some of what it knows (``minLength`` above ``maxLength``). So a copy is made of what is known here; of
an answer's format the rest is refused by its name, and of the parameters of a tool, which guide, it is left out.
Source: llama.cpp, json-schema-to-grammar; JSON Schema 2020-12 for the words.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demeure.gateway.errors import RequestInvalid
from demeure.gateway.v1.patterns import NotHeld, written
from demeure.gateway.v1.shapes import invalid

BYTES, DEPTH, REPEAT, ALIKE, CHAIN = 32 << 10, 16, 2_000, 64, 100
"""Of a schema; ``REPEAT``: of items and signs; ``ALIKE``: ways to begin that are open at once; ``CHAIN``:
levels through references."""
_MAPS = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_WORDS = ("title", "description", "default", "format")
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_BOUNDS = (("minLength", "maxLength"), ("minItems", "maxItems"))
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LARGEST = 1 << 53
_NOT_HELD = (
    *("not", "if", "then", "else", "patternProperties", "propertyNames", "uniqueItems", "contains", "minContains"),
    *("maxContains", "multipleOf", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedItems"),
    *("unevaluatedProperties", "minProperties", "maxProperties", "additionalItems", "$dynamicRef"),
)
_BESIDE = ("properties", "items", "prefixItems", "pattern", "enum", "const", "additionalProperties")


def held(schema: Any, param: str) -> dict[str, Any]:
    """What the engine is given of the format of an answer. Raises RequestInvalid, also for what would not be
    held."""
    return _copied(schema, param, strict=True)


def loosened(schema: Any, param: str) -> dict[str, Any]:
    """What it is given of the parameters of a tool: without what would not be held. Raises RequestInvalid."""
    return _copied(schema, param, strict=False)


def _copied(schema: Any, param: str, *, strict: bool) -> dict[str, Any]:
    if not isinstance(schema, dict):
        raise invalid(param, "an object", "un objet")
    if len(json.dumps(schema)) > BYTES:
        raise invalid(param, f"at most {BYTES} bytes", f"{BYTES} octets au plus")
    made: dict[str, Any] = _Copy(param, strict).node(schema, DEPTH)
    _Ways(made, param).measure()
    return made


@dataclass(frozen=True)
class _Copy:
    param: str
    strict: bool

    def node(self, given: Any, depth: int) -> Any:
        if depth < 0:
            raise invalid(self.param, "nested too deep", "trop imbriqué")
        if given is True:
            return {}
        if not isinstance(given, dict):
            raise invalid(self.param, "a schema is an object", "un schéma est un objet")
        made = {name: given[name] for name in _WORDS if isinstance(given.get(name), str)}
        self._kind(given, made)
        self._inside(given, made, depth)
        self._bounds(given, made)
        self._pattern(given, made)
        self._rest(given, made)
        return made

    def _inside(self, given: Mapping[str, Any], made: dict[str, Any], depth: int) -> None:
        for name in _MAPS:
            if isinstance(inside := given.get(name), dict):
                made[name] = {key: self.node(one, depth - 1) for key, one in inside.items()}
        for name in _LISTS:
            if isinstance(several := given.get(name), list) and several:
                made[name] = [self.node(one, depth - 1) for one in several]
        if (items := given.get("items")) is not None and (self.strict or not isinstance(items, list)):
            made["items"] = self.node(items, depth - 1)
        if (others := given.get("additionalProperties")) is not None:
            made["additionalProperties"] = others if isinstance(others, bool) else self.node(others, depth - 1)

    def _kind(self, given: Mapping[str, Any], made: dict[str, Any]) -> None:
        kinds = given.get("type")
        if kinds is not None:
            each = kinds if isinstance(kinds, list) else [kinds]
            if not each or any(one not in _TYPES for one in each):
                fr, en = f"type : l’un de {', '.join(_TYPES)}", f"type: one of {', '.join(_TYPES)}"
                raise invalid(self.param, en, fr)
            made["type"] = kinds
        if (reference := given.get("$ref")) is not None:
            if not (isinstance(reference, str) and reference.startswith("#")):
                raise invalid(self.param, "$ref inside itself only", "$ref vers lui-même seulement")
            made["$ref"] = reference
        if "enum" in given:
            if not isinstance(given["enum"], list) or not given["enum"]:
                raise invalid(self.param, "enum: a list of values", "enum : une liste de valeurs")
            made["enum"] = given["enum"]
        if "const" in given:
            made["const"] = given["const"]
        if "required" in given:
            required = given["required"]
            if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
                raise invalid(self.param, "required: a list of names", "required : une liste de noms")
            made["required"] = required

    def _bounds(self, given: Mapping[str, Any], made: dict[str, Any]) -> None:
        for least, most in _BOUNDS:
            for name in (least, most):
                value = given.get(name)
                if value is None:
                    continue
                if type(value) is not int or not 0 <= value <= REPEAT:
                    raise invalid(self.param, f"{name} of 0 to {REPEAT}", f"{name} de 0 à {REPEAT}")
                made[name] = value
            self._ordered(made, least, most)
        for name in _NUMBERS:
            value = given.get(name)
            if value is None:
                continue
            if type(value) is not int or abs(value) > _LARGEST or given.get("type") != "integer":
                if self.strict:
                    raise self._unheld(name, "d’un entier seulement", "of an integer only")
                continue
            made[name] = value
        self._ordered(made, "minimum", "maximum")

    def _ordered(self, made: Mapping[str, Any], least: str, most: str) -> None:
        if least in made and most in made and made[least] > made[most]:
            raise invalid(self.param, f"{least} at most {most}", f"{least} d’au plus {most}")

    def _pattern(self, given: Mapping[str, Any], made: dict[str, Any]) -> None:
        pattern = given.get("pattern")
        if not isinstance(pattern, str):
            return
        try:
            told = written(pattern)
        except NotHeld as problem:
            if self.strict:
                en = "a pattern from ^ to $, without what the engine’s grammar does not hold (docs/applications.md)"
                fr = "un motif de ^ à $, sans ce que la grammaire du moteur ne tient pas (docs/applications.md)"
                en, fr = f"{en}, character {problem.at + 1}", f"{fr}, signe {problem.at + 1}"
                raise invalid(self.param, en, fr) from problem
            return
        if "minLength" in made or "maxLength" in made:
            if self.strict:
                raise self._unheld("minLength, maxLength", "à côté de pattern", "beside pattern")
            return
        made["pattern"] = told

    def _rest(self, given: Mapping[str, Any], made: dict[str, Any]) -> None:
        """What would be passed over. Raises RequestInvalid when nothing may be."""
        if not self.strict:
            return
        for name in _NOT_HELD:
            if given.get(name) not in (None, False):
                raise self._unheld(name)
        if either := next((name for name in ("anyOf", "oneOf") if name in made), None):
            for name in _BESIDE:
                if name in made:
                    raise self._unheld(name, f"à côté de {either}", f"beside {either}")

    def _unheld(self, name: str, fr: str = "", en: str = "") -> RequestInvalid:
        told = f"{name} {fr}".strip(), f"{name} {en}".strip()
        return invalid(
            self.param, f"{told[1]}: not held by the grammar", f"{told[0]} : la grammaire ne le tient pas"
        )


@dataclass
class _Ways:
    """How many ways to begin are open at once, where alternatives begin alike: each is followed to its end, and
    again at each level. A level that comes back in itself has no end."""

    root: Any
    param: str
    known: dict[int, int] = field(default_factory=dict)
    inside: list[int] = field(default_factory=list)

    def measure(self) -> None:
        """Raises RequestInvalid."""
        self._of(self.root)

    def _of(self, node: Any) -> int:
        if not isinstance(node, dict):
            return 1
        at = id(node)
        if at in self.inside:
            return 1
        if at in self.known:
            return self.known[at]
        if len(self.inside) > CHAIN:
            raise invalid(self.param, "references too long a chain", "une chaîne de renvois trop longue")
        self.inside.append(at)
        alike = max(self._alike(node.get(name) or []) for name in ("anyOf", "oneOf"))
        if alike > 1 and self._returns(node):
            raise self._many()
        below = max((self._of(one) for one in self._below(node)), default=1)
        self.inside.pop()
        self.known[at] = alike * below
        if self.known[at] > ALIKE:
            raise self._many()
        return self.known[at]

    def _many(self) -> RequestInvalid:
        en = "alternatives that begin alike, too many at once"
        return invalid(self.param, en, "trop d’alternatives qui commencent de même")

    def _below(self, node: Mapping[str, Any]) -> list[Any]:
        found = list((node.get("properties") or {}).values())
        found += [one for name in _LISTS for one in node.get(name) or []]
        found += [node[name] for name in ("items", "additionalProperties") if name in node]
        return [*found, self._target(node)] if "$ref" in node else found

    def _target(self, node: Mapping[str, Any]) -> Any:
        found: Any = self.root
        for step in str(node["$ref"])[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isascii() and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, dict) and name in found:
                found = found[name]
            else:
                raise invalid(self.param, f"{node['$ref']} is not there", f"{node['$ref']} n’y est pas")
        return found

    def _returns(self, start: Mapping[str, Any]) -> bool:
        """Is it found again below itself?"""
        seen, left = set[int](), self._below(start)
        while left:
            one = left.pop()
            if one is start:
                return True
            if isinstance(one, dict) and id(one) not in seen:
                seen.add(id(one))
                left += self._below(one)
        return False

    def _alike(self, several: list[Any]) -> int:
        """How many of them may begin in the same way for long: lists, or objects of the same first name."""
        heads = [head for one in several for head in self._heads(one, DEPTH)]
        return max((sum(_meet(one, other) for other in heads) for one in heads), default=1)

    def _heads(self, node: Any, depth: int) -> list[str]:
        """``[``, ``{name=value``, ``{name``, ``{`` (any name)."""
        if not isinstance(node, dict) or depth < 0:
            return ["[", "{"] if node is not False else []
        if "$ref" in node:
            return self._heads(self._target(node), depth - 1)
        if either := [one for name in ("anyOf", "oneOf", "allOf") for one in node.get(name) or []]:
            return [head for one in either for head in self._heads(one, depth - 1)]
        if "enum" in node or "const" in node:
            return []
        kinds = node.get("type") or ("object" if "properties" in node else "array" if "items" in node else "any")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        heads = ["["] if {"array", "any"} & set(kinds) else []
        return [*heads, *self._openings(node)] if {"object", "any"} & set(kinds) else heads

    def _openings(self, node: Mapping[str, Any]) -> list[str]:
        properties = node.get("properties") or {}
        first = next((name for name in properties if name in (node.get("required") or ())), None)
        if first is None:
            return ["{"]
        one = properties[first] if isinstance(properties[first], dict) else {}
        values = [one["const"]] if "const" in one else one.get("enum") or []
        return [f"{{{json.dumps(first)}={json.dumps(value)}" for value in values] or [f"{{{json.dumps(first)}"]


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
