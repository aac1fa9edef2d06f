"""What a program asks of the chat model, checked field by field (pure): what passes is what the engine is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demeure.gateway.v1.constraints import held, loosened
from demeure.gateway.v1.forced import forced
from demeure.gateway.v1.shapes import invalid

MOST_MESSAGES, MOST_TOOLS, MOST_CHOICES, MOST_STOPS = 512, 64, 4, 8
USUAL_TOKENS = 1024
_ROLES = ("system", "developer", "user", "assistant", "tool")
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}


@dataclass(frozen=True)
class Asked:
    """``request``: for the engine, without model. ``question``: the last user's words. ``usage``: is a chunk with
    it wanted in a stream? ``own``: the field ``demeure``. ``must``: functions one of which must be called."""

    model: str
    stream: bool
    usage: bool
    choices: int
    request: Mapping[str, Any]
    question: str
    own: Mapping[str, Any]
    must: tuple[str, ...] = ()

    @property
    def requests(self) -> list[Mapping[str, Any]]:
        """One for each choice: the same, otherwise drawn."""
        request = forced(self.request, self.must) if self.must else self.request
        seed = request.get("seed")
        return [
            request if seed is None else {**request, "seed": (seed + at) % (1 << 31)} for at in range(self.choices)
        ]


def asked(body: Mapping[str, Any], most_tokens: int) -> Asked:
    """From the JSON of a request. Raises RequestInvalid. Fields that the house does not know are passed over, as
    OpenAI's servers do with ``user`` or ``metadata``."""
    messages = _messages(body.get("messages"))
    request: dict[str, Any] = {"messages": messages}
    for name, (least, most) in _NUMBERS.items():
        if body.get(name) is not None:
            request[name] = _number(body, name, least, most)
    if body.get("seed") is not None:
        request["seed"] = _whole(body, "seed", -(1 << 63), 1 << 63) % (1 << 31)
    if (stop := _stop(body.get("stop"))) is not None:
        request["stop"] = stop
    request["max_tokens"] = _tokens(body, most_tokens)
    request |= _tools(body) | _format(body.get("response_format"))
    options = body.get("stream_options")
    usage = isinstance(options, dict) and options.get("include_usage") is True
    own = body.get("demeure")
    if own is not None and not isinstance(own, dict):
        raise invalid("demeure", "an object", "un objet")
    return Asked(
        model=_text(body, "model"),
        stream=_flag(body, "stream"),
        usage=usage,
        choices=_whole(body, "n", 1, MOST_CHOICES) if body.get("n") is not None else 1,
        request=request,
        question=next((_plain(one["content"]) for one in reversed(messages) if one["role"] == "user"), ""),
        own=own or {},
        must=_must(body, request),
    )


def _messages(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given or len(given) > MOST_MESSAGES:
        raise invalid("messages", f"a list of 1 to {MOST_MESSAGES}", f"une liste de 1 à {MOST_MESSAGES}")
    return [_message(one, f"messages[{at}]") for at, one in enumerate(given)]


def _message(given: Any, at: str) -> dict[str, Any]:
    if not isinstance(given, dict) or given.get("role") not in _ROLES:
        raise invalid(f"{at}.role", f"one of {', '.join(_ROLES)}", f"l’un de {', '.join(_ROLES)}")
    role = "system" if given["role"] == "developer" else given["role"]
    made: dict[str, Any] = {"role": role}
    calls = given.get("tool_calls")
    if calls:
        if role != "assistant" or not isinstance(calls, list) or len(calls) > MOST_TOOLS:
            raise invalid(f"{at}.tool_calls", "calls of the assistant", "des appels de l’assistant")
        made["tool_calls"] = [_call(one, f"{at}.tool_calls") for one in calls]
    content = given.get("content")
    made["content"] = "" if content is None and (calls or role == "assistant") else _content(content, at)
    if role == "tool":
        made["tool_call_id"] = _text(given, "tool_call_id", at)
    if isinstance(given.get("name"), str):
        made["name"] = clean(given["name"], f"{at}.name")[:64]
    return made


def _content(given: Any, at: str) -> str:
    if isinstance(given, str):
        return clean(given, f"{at}.content")
    if isinstance(given, list) and all(isinstance(one, dict) for one in given):
        if all(one.get("type") == "text" and isinstance(one.get("text"), str) for one in given):
            return "\n".join(clean(one["text"], f"{at}.content") for one in given)
        raise invalid(f"{at}.content", "text alone is read, no picture or sound", "du texte seul, ni image ni son")
    raise invalid(f"{at}.content", "a text", "un texte")


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else ""


def _call(given: Any, at: str) -> dict[str, Any]:
    function = given.get("function") if isinstance(given, dict) else None
    if not isinstance(function, dict) or not all(isinstance(function.get(n), str) for n in ("name", "arguments")):
        raise invalid(at, "functions with a name and arguments", "des fonctions avec un nom et des arguments")
    try:
        json.loads(function["arguments"] or "{}")
    except (ValueError, RecursionError) as problem:
        raise invalid(f"{at}.function.arguments", "JSON", "du JSON") from problem
    told = {name: clean(function[name], at) for name in ("name", "arguments")}
    return {"id": clean(str(given.get("id", "")), at)[:128], "type": "function", "function": told}


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("tools")
    if not given:
        return {}
    if not isinstance(given, list) or len(given) > MOST_TOOLS:
        raise invalid("tools", f"a list of at most {MOST_TOOLS}", f"une liste de {MOST_TOOLS} au plus")
    made = []
    for one in given:
        function = one.get("function") if isinstance(one, dict) and one.get("type") == "function" else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str) or not function["name"]:
            raise invalid("tools", "functions with a name", "des fonctions avec un nom")
        parameters = function.get("parameters", {"type": "object", "properties": {}})
        schema = loosened(parameters, "tools.function.parameters")
        told = {"name": clean(function["name"], "tools")[:64], "parameters": schema}
        told["description"] = clean(str(function.get("description") or ""), "tools")
        made.append({"type": "function", "function": told})
    return {"tools": made} | _choice(body)


def _must(body: Mapping[str, Any], request: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the functions one of which must be called; empty: none must. Raises RequestInvalid."""
    choice = body.get("tool_choice")
    names = tuple(one["function"]["name"] for one in request.get("tools", ()))
    if choice is not None and not isinstance(choice, dict) and choice not in ("auto", "none", "required"):
        fr = "auto, none, required ou une fonction"
        raise invalid("tool_choice", "auto, none, required or a function", fr)
    if not names and (choice == "required" or isinstance(choice, dict)):
        raise invalid("tool_choice", "given with tools", "donné avec tools")
    if choice == "required":
        return names
    if isinstance(choice, dict):
        function = choice.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        if name not in names:
            raise invalid("tool_choice", "a function of tools", "une fonction de tools")
        return (str(name),)
    return ()


def _choice(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    choice = body.get("tool_choice")
    if choice in ("auto", "none", "required"):
        found["tool_choice"] = choice
    if isinstance(body.get("parallel_tool_calls"), bool):
        found["parallel_tool_calls"] = body["parallel_tool_calls"]
    return found


def _format(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "text":
        return {}
    if kind == "json_object":
        return {"response_format": {"type": "json_object"}}
    if kind == "json_schema":
        told = given.get("json_schema")
        schema = told.get("schema") if isinstance(told, dict) else None
        kept = held(schema, "response_format.json_schema.schema")
        return {"response_format": {"type": "json_schema", "json_schema": {"schema": kept}}}
    raise invalid("response_format.type", "text, json_object or json_schema", "text, json_object ou json_schema")


def _stop(given: Any) -> list[str] | None:
    if given is None:
        return None
    stops = [given] if isinstance(given, str) else given
    if not isinstance(stops, list) or len(stops) > MOST_STOPS or not all(isinstance(s, str) for s in stops):
        raise invalid("stop", f"a text, or {MOST_STOPS} at most", f"un texte, ou {MOST_STOPS} au plus")
    return [clean(one, "stop")[:200] for one in stops if one]


def _tokens(body: Mapping[str, Any], most: int) -> int:
    for name in ("max_completion_tokens", "max_tokens"):
        if body.get(name) is not None:
            return min(_whole(body, name, 1, 1 << 31), most)
    return min(USUAL_TOKENS, most)


def _number(body: Mapping[str, Any], name: str, least: float, most: float) -> float:
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise invalid(name, f"a number of {least} to {most}", f"un nombre de {least} à {most}")
    return float(value)


def _whole(body: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = body[name]
    if type(value) is not int or not least <= value <= most:
        raise invalid(name, f"a whole number of {least} to {most}", f"un nombre entier de {least} à {most}")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise invalid(name, "true or false", "true ou false")


def _text(body: Mapping[str, Any], name: str, at: str = "") -> str:
    value = body.get(name)
    param = f"{at}.{name}" if at else name
    if not isinstance(value, str) or not value or len(value) > 200:
        raise invalid(param, "a text", "un texte")
    return clean(value, param)


def clean(text: str, param: str) -> str:
    """A text that can be written as UTF-8. Raises RequestInvalid."""
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise invalid(param, "a text that UTF-8 can write", "un texte que l’UTF-8 peut écrire") from problem
    return text
