"""The ways of ``/v1``: each with its policy action, its trace in the journal, the scopes that open it."""

from typing import Any

from demeure.gateway.v1 import schemas
from demeure.gateway.v1.chat import completions
from demeure.gateway.v1.models import model, models
from demeure.gateway.v1.sound import MOST_BYTES, transcriptions
from demeure.gateway.v1.vectors import embeddings, rerank
from demeure.gateway.way import Way
from demeure.policy import Action
from demeure.policy.scopes import ASKS, MODELS

_BODY, _VECTORS = 4 << 20, 24 << 20
_EITHER = f"{MODELS} {ASKS}"
_USE: dict[str, Any] = {"decided_by": "models", "scope": MODELS}

V1 = (
    Way(
        *("GET", "/v1/models", models, Action.MODEL_USE, "refusal"),
        scope=_EITHER,
        summary="The names that a program may give as model",
        gives=schemas.MODELS,
    ),
    Way(
        *("GET", "/v1/models/{model}", model, Action.MODEL_USE, "refusal"),
        scope=_EITHER,
        summary="One of them",
        gives=schemas.MODEL,
    ),
    Way(
        *("POST", "/v1/chat/completions", completions, Action.MODEL_USE, "request"),
        decided_by="models",
        scope=_EITHER,
        body=_BODY,
        summary="Chat with the model, or ask the documents (model demeure-base); whole, or as events",
        body_schema=schemas.CHAT,
        gives=schemas.COMPLETION,
        answers="object or events",
    ),
    Way(
        *("POST", "/v1/embeddings", embeddings, Action.MODEL_USE, "request"),
        **_USE,
        body=_VECTORS,
        summary="Vectors of texts",
        body_schema=schemas.EMBEDDINGS,
        gives=schemas.EMBEDDED,
    ),
    Way(
        *("POST", "/v1/rerank", rerank, Action.MODEL_USE, "request"),
        **_USE,
        body=_VECTORS,
        summary="Documents in the order of a query, by the embedding model",
        body_schema=schemas.RERANK,
        gives=schemas.RANKED,
    ),
    Way(
        *("POST", "/v1/audio/transcriptions", transcriptions, Action.MODEL_USE, "request"),
        **_USE,
        body=MOST_BYTES + (1 << 20),
        summary="What is said in a recording",
        form_schema=schemas.SOUND,
        gives=schemas.TRANSCRIPT,
        answers="object or text",
    ),
)
