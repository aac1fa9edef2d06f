"""Filters of a search (RFC 4515) into what is sent (RFC 4511, 4.5.1). Pure; at most 4,000 signs, twenty deep."""

import re

from demeure.airlock import ber

LONGEST, DEEPEST = 4000, 20
_AND, _OR, _NOT = 0xA0, 0xA1, 0xA2
_EQUAL, _PARTS, _GREATER, _LESS, _PRESENT, _APPROX, _RULE = 0xA3, 0xA4, 0xA5, 0xA6, 0x87, 0xA8, 0xA9
_FIRST, _ANY, _LAST = 0x80, 0x81, 0x82
_ITEM = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9;.-]*|[0-9]+(?:\.[0-9]+)*)(?P<sort>[~<>]?=)(?P<value>[^()]*)\Z")
_MATCHING = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9;.-]*|[0-9]+(?:\.[0-9]+)*)?(?P<dn>:dn)?(?::(?P<rule>[A-Za-z0-9.-]+))?:=(?P<value>[^()]*)\Z"
)
_SORTS = {"=": _EQUAL, ">=": _GREATER, "<=": _LESS, "~=": _APPROX}
_ESCAPED = re.compile(rb"\\(?:([0-9A-Fa-f]{2})|(.?))", re.DOTALL)


def filter_of(text: str) -> bytes:
    """As it is sent. Raises ValueError."""
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError("a filter too long")
    made, end = _one(text, 0, 0)
    if end != len(text):
        raise ValueError(f"« {text[end : end + 20]} »")
    return made


def escaped(value: str | bytes) -> str:
    """A value that means itself in a filter."""
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return "".join(chr(b) if 0x20 <= b < 0x7F and chr(b) not in "*()\\" else f"\\{b:02x}" for b in data)


def _one(text: str, at: int, depth: int) -> tuple[bytes, int]:
    """The filter that begins at ``at`` with its parenthesis, and where it ends."""
    if depth > DEEPEST or text[at : at + 1] != "(":
        raise ValueError(f"« {text[at : at + 20]} »")
    sign = text[at + 1 : at + 2]
    if sign not in ("&", "|", "!"):
        end = text.find(")", at)
        if end < 0:
            raise ValueError("« ) »")
        return _item(text[at + 1 : end]), end + 1
    inside, at = list[bytes](), at + 2
    while text[at : at + 1] == "(":
        one, at = _one(text, at, depth + 1)
        inside.append(one)
    if text[at : at + 1] != ")" or (sign == "!" and len(inside) != 1):
        raise ValueError(f"« {text[at : at + 20]} »")
    return ber.tlv({"&": _AND, "|": _OR, "!": _NOT}[sign], *inside), at + 1


def _item(text: str) -> bytes:
    found = _ITEM.match(text)
    if found is None:
        return _matching(text)
    name, value = ber.octets(found["name"]), found["value"]
    if found["sort"] != "=" or "*" not in value:
        return ber.tlv(_SORTS[found["sort"]], name, ber.octets(_value(value)))
    if value == "*":
        return ber.octets(found["name"], _PRESENT)
    first, *between, last = value.split("*")
    parts = [ber.octets(_value(first), _FIRST)] if first else []
    parts += [ber.octets(_value(one), _ANY) for one in between if one]
    parts += [ber.octets(_value(last), _LAST)] if last else []
    if not parts:
        raise ValueError(f"« {text[:40]} »")
    return ber.tlv(_PARTS, name, ber.tlv(ber.SEQUENCE, *parts))


def _matching(text: str) -> bytes:
    found = _MATCHING.match(text)
    if found is None or not (found["name"] or found["rule"]):
        raise ValueError(f"« {text[:40]} »")
    parts = [ber.octets(found["rule"], 0x81)] if found["rule"] else []
    parts += [ber.octets(found["name"], 0x82)] if found["name"] else []
    parts += [ber.octets(_value(found["value"]), 0x83)]
    parts += [ber.flag(True, 0x84)] if found["dn"] else []
    return ber.tlv(_RULE, *parts)


def _value(text: str) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            raise ValueError("« \\ »")
        return bytes.fromhex(found[1].decode())

    return _ESCAPED.sub(plain, text.encode("utf-8", "replace"))
