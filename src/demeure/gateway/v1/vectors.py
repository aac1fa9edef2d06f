"""``/v1/embeddings`` and ``/v1/rerank``: by the house's embedding model, which reads 512 tokens of a text."""

import base64
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from demeure.engine import DIMENSIONS, EngineDown, TextKind
from demeure.gateway.errors import ModelNotServed
from demeure.gateway.v1.asked import clean
from demeure.gateway.v1.models import EMBED, RANK, Served, served
from demeure.gateway.v1.shapes import invalid
from demeure.gateway.visit import Visit

if TYPE_CHECKING:
    from demeure.engine.port import Vectors

MOST_TEXTS, MOST_DOCUMENTS = 512, 256
_CHARACTERS = 200_000
PIECE = 1500
"""Characters of a piece of a document that is ranked: about what the model reads at once."""
_PIECES = 12
_KINDS: dict[str, TextKind] = {
    "query": "query",
    "search_query": "query",
    "retrieval.query": "query",
    "passage": "passage",
    "document": "passage",
    "search_document": "passage",
    "retrieval.passage": "passage",
}
_FLOOR = 0.7
"""E5 gives 0.7 to 0.8 to any two texts: what a score of 0 is."""


async def embeddings(came: Visit) -> Response:
    """POST /v1/embeddings."""
    body = await came.json_body()
    texts = _texts(body.get("input"), "input", MOST_TEXTS)
    form = body.get("encoding_format") or "float"
    if form not in ("float", "base64"):
        raise invalid("encoding_format", "float or base64", "float ou base64")
    if body.get("dimensions") not in (None, DIMENSIONS):
        raise invalid("dimensions", f"{DIMENSIONS}, and no other", f"{DIMENSIONS}, et rien d’autre")
    kind = _kind(body.get("input_type") or body.get("task") or "query")
    model = _model(await served(came), body.get("model"), (EMBED,))
    vectors, tokens = await came.house.model_room.embed(
        came.actor, model, texts, [kind] * len(texts), what="embeddings"
    )
    await came.house.applications.spent(came.actor, tokens)
    data = [
        {"object": "embedding", "index": at, "embedding": _said(vector, form)} for at, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return came.json({"object": "list", "data": data, "model": model, "usage": usage})


async def rerank(came: Visit) -> Response:
    """POST /v1/rerank: as Jina and Cohere ask. A document longer than the model reads counts by its best piece."""
    body = await came.json_body()
    query = _texts(body.get("query"), "query", 1)[0]
    documents = _texts(_plain(body.get("documents")), "documents", MOST_DOCUMENTS)
    most = body.get("top_n")
    if most is not None and (type(most) is not int or most < 1):
        raise invalid("top_n", "a whole number, 1 or more", "un nombre entier, au moins 1")
    model = _model(await served(came), body.get("model"), (RANK, EMBED))
    pieces = [(at, piece) for at, document in enumerate(documents) for piece in _pieces(document)]
    kinds: list[TextKind] = ["query", *["passage" for _ in pieces]]  # type: ignore[list-item] # literals
    vectors, tokens = await came.house.model_room.embed(
        came.actor, model, [query, *[piece for _, piece in pieces]], kinds, what="rerank"
    )
    await came.house.applications.spent(came.actor, tokens)
    best = _best(vectors, [at for at, _ in pieces], len(documents))
    order = sorted(range(len(documents)), key=lambda at: -best[at])[:most]
    told = body.get("return_documents") is True
    results = [
        {"index": at, "relevance_score": best[at]} | ({"document": {"text": documents[at]}} if told else {})
        for at in order
    ]
    usage = {"total_tokens": tokens, "prompt_tokens": tokens}
    return came.json({"model": model, "object": "list", "usage": usage, "results": results})


def _best(vectors: "Vectors", of: list[int], count: int) -> list[float]:
    """Of each document, the score of its best piece: the cosine, 0 where any two texts are, 1 for one vector."""
    scores = [0.0] * count
    for at, cosine in zip(of, vectors[1:] @ vectors[0], strict=True):
        scores[at] = max(scores[at], round(min(1.0, max(0.0, (float(cosine) - _FLOOR) / (1 - _FLOOR))), 6))
    return scores


def _pieces(text: str) -> list[str]:
    """The text in pieces cut between words; the first ``_PIECES`` of a long one."""
    found: list[str] = []
    rest = text
    while rest and len(found) < _PIECES:
        end = len(rest) if len(rest) <= PIECE else max(rest.rfind(" ", 0, PIECE), PIECE // 2)
        found.append(rest[:end])
        rest = rest[end:].lstrip()
    return found


def _said(vector: Any, form: str) -> list[float] | str:
    if form == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(value) for value in vector]


def _texts(given: Any, param: str, most: int) -> list[str]:
    """One text or a list. Raises RequestInvalid."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not 1 <= len(texts) <= most or not all(isinstance(t, str) for t in texts):
        raise invalid(param, f"a text, or 1 to {most} texts", f"un texte, ou de 1 à {most} textes")
    if not all(texts) or sum(map(len, texts)) > _CHARACTERS * 10 or max(map(len, texts)) > _CHARACTERS:
        raise invalid(param, f"texts of 1 to {_CHARACTERS} signs", f"des textes de 1 à {_CHARACTERS} signes")
    return [clean(one, param) for one in texts]


def _plain(given: Any) -> Any:
    """Documents as texts, or as objects with a text."""
    if not isinstance(given, list):
        return given
    return [one.get("text") if isinstance(one, dict) else one for one in given]


def _kind(given: Any) -> TextKind:
    if not isinstance(given, str) or given not in _KINDS:
        raise invalid("input_type", "query or passage", "query ou passage")
    return _KINDS[given]


def _model(there: Served, given: Any, names: tuple[str, ...]) -> str:
    """The id of the embedding model, when ``given`` names it. Raises ModelNotServed, EngineDown."""
    if not isinstance(given, str) or given not in (*names, there.embed):
        raise ModelNotServed(model=str(given)[:80])
    if not there.embed:
        raise EngineDown(engine="engine-embed")
    return there.embed
