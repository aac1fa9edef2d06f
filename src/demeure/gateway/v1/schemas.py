"""What ``/v1`` takes and gives, as JSON Schema, for the description of the API (pure)."""

from typing import Any

from demeure.engine import DIMENSIONS
from demeure.gateway.v1.asked import MOST_CHOICES, MOST_MESSAGES
from demeure.gateway.v1.vectors import MOST_DOCUMENTS, MOST_TEXTS

TEXT = {"type": "string"}
_FILLED = {"type": "string", "minLength": 1}
_NAME = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXTS = {"type": "array", "items": _FILLED, "minItems": 1}
_USAGE = {
    "type": "object",
    "properties": {"prompt_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}},
}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


_CONTENT = {"anyOf": [TEXT, {"type": "array", "items": _object("type text", type={"const": "text"}, text=TEXT)}]}
_MESSAGE = _object("role content", role={"enum": ["system", "developer", "user", "assistant"]}, content=_CONTENT)
_OWN = {
    "type": "object",
    "description": "With demeure-base: where to ask (spaces: names or ids; documents: ids), of which conversation. "
    "With another model: class, the class of what is sent",
    "properties": {
        "spaces": {"type": "array", "items": TEXT, "maxItems": 1000},
        "documents": {"type": "array", "items": TEXT, "maxItems": 1000},
        "conversation": {"type": "string", "maxLength": 128},
        "language": {"enum": ["fr", "en"]},
        "class": TEXT,
    },
}
CHAT = _object(
    "model messages",
    model=_NAME,
    messages={"type": "array", "items": _MESSAGE, "minItems": 1, "maxItems": MOST_MESSAGES},
    stream={"type": "boolean"},
    stream_options=_object("", include_usage={"type": "boolean"}) | {"required": []},
    max_tokens={"type": "integer", "minimum": 1, "maximum": 1 << 31},
    max_completion_tokens={"type": "integer", "minimum": 1, "maximum": 1 << 31},
    temperature={"type": "number", "minimum": 0, "maximum": 2},
    top_p={"type": "number", "minimum": 0, "maximum": 1},
    presence_penalty={"type": "number", "minimum": -2, "maximum": 2},
    frequency_penalty={"type": "number", "minimum": -2, "maximum": 2},
    seed={"type": "integer", "minimum": -(1 << 53), "maximum": 1 << 53},
    n={"type": "integer", "minimum": 1, "maximum": MOST_CHOICES},
    stop={"anyOf": [TEXT, {"type": "array", "items": TEXT, "maxItems": 8}]},
    tools={"type": "array", "items": {"type": "object"}, "maxItems": 64},
    tool_choice={"anyOf": [{"enum": ["auto", "none", "required"]}, {"type": "object"}]},
    response_format={"type": "object"},
    demeure=_OWN,
)
_CHOICE = _object(
    "index message finish_reason", index={"type": "integer"}, message={"type": "object"}, finish_reason=TEXT
)
COMPLETION = _object(
    "id object created model choices usage",
    id=TEXT,
    object={"const": "chat.completion"},
    created={"type": "integer"},
    model=TEXT,
    choices={"type": "array", "items": _CHOICE},
    usage=_USAGE,
    demeure={
        "type": "object",
        "description": "sources, citations, what is in doubt, conversation, chain of the journal",
    },
)
EMBEDDINGS = _object(
    "model input",
    model=_NAME,
    input={"anyOf": [_FILLED, _TEXTS | {"maxItems": MOST_TEXTS}]},
    encoding_format={"enum": ["float", "base64"]},
    dimensions={"const": DIMENSIONS},
    input_type={"enum": ["query", "passage", "document", "search_query", "search_document"]},
)
_EMBEDDING = _object(
    "object index embedding",
    object={"const": "embedding"},
    index={"type": "integer"},
    embedding={"anyOf": [TEXT, {"type": "array", "items": {"type": "number"}, "minItems": DIMENSIONS}]},
)
EMBEDDED = _object(
    "object data model usage",
    object={"const": "list"},
    data={"type": "array", "items": _EMBEDDING},
    model=TEXT,
    usage=_USAGE,
)
_DOCUMENT = {"anyOf": [_FILLED, _object("text", text=_FILLED)]}
RERANK = _object(
    "model query documents",
    model=_NAME,
    query=_FILLED,
    documents={"type": "array", "items": _DOCUMENT, "minItems": 1, "maxItems": MOST_DOCUMENTS},
    top_n={"type": "integer", "minimum": 1},
    return_documents={"type": "boolean"},
)
_RESULT = _object(
    "index relevance_score",
    index={"type": "integer"},
    relevance_score={"type": "number", "minimum": 0, "maximum": 1},
    document={"type": "object"},
)
RANKED = _object("model results usage", model=TEXT, results={"type": "array", "items": _RESULT}, usage=_USAGE)
SOUND = _object(
    "file model",
    file={"type": "string", "format": "binary"},
    model=_NAME,
    language={"enum": ["fr", "en"]},
    response_format={"enum": ["json", "text", "verbose_json", "srt", "vtt"]},
)
TRANSCRIPT = _object("text", text=TEXT)
MODEL = _object(
    "id object owned_by", id=TEXT, object={"const": "model"}, owned_by=TEXT, created={"type": "integer"}
)
MODELS = _object("object data", object={"const": "list"}, data={"type": "array", "items": MODEL})
ERROR = _object(
    "error",
    error=_object(
        "message type param code", message=TEXT, type=TEXT, param={"type": ["string", "null"]}, code=TEXT
    ),
)
