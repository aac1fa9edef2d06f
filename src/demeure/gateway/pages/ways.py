"""The ways of Documents and Recherche, put together in app.py."""

from demeure.gateway.api import documents as api_documents
from demeure.gateway.api import search as api_search
from demeure.gateway.pages import chosen, find, spaces
from demeure.gateway.way import PAGE_BODY, Way
from demeure.policy import Action
from demeure.policy.scopes import ASKS

_MANY = {
    "type": "object",
    "required": ["documents"],
    "properties": {"documents": {"type": "array", "items": {"type": "string"}, "maxItems": 1000}},
}
_TAGS = _MANY | {
    "properties": _MANY["properties"]  # type: ignore[operator] # a dictionary
    | {name: {"type": "array", "items": {"type": "string"}} for name in ("add", "remove")}
}

SHELF_PAGES = (
    Way("GET", "/recherche", find.find, Action.SPACE_READ, "request", decided_by="library"),
    Way("GET", "/espaces/nouveau", spaces.form, Action.PAGE_VIEW, "refusal"),
    Way("POST", "/espaces", spaces.create, Action.SPACE_CREATE, "administration", decided_by="library"),
    Way(
        *("POST", "/documents/supprimer", chosen.ask_deletion, Action.DOCUMENT_DELETE, "administration"),
        decided_by="library",
        body=PAGE_BODY,
    ),
    Way(
        *("POST", "/documents/effacer", chosen.delete, Action.DOCUMENT_DELETE, "administration"),
        decided_by="library",
        body=PAGE_BODY,
    ),
    Way(
        *("POST", "/documents/etiqueter", chosen.tag, Action.DOCUMENT_TAG, "administration"),
        decided_by="library",
        body=PAGE_BODY,
    ),
)

_KEEP = {"type": "object", "required": ["keep"], "properties": {"keep": {"type": "boolean"}}}

_ABOUT = {
    "type": "object",
    "required": ["documents"],
    "properties": {"documents": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
}

SHELF_API = (
    Way(
        *("GET", "/api/documents/{document}/ready", api_documents.ready, Action.DOCUMENT_READ, "refusal"),
        decided_by="library",
        summary="How ready a document is for questions",
    ),
    Way(
        *("GET", "/api/documents/{document}/personal", api_documents.marks, Action.DOCUMENT_READ, "look"),
        decided_by="library",
        summary="Personal data that are marked in a document, and why each is",
        parameters=("first",),
    ),
    Way(
        *("POST", "/api/documents/{document}/ready", api_documents.keep_ready, Action.DOCUMENT_PIN),
        "administration",
        decided_by="library",
        summary="Keep a document ready for questions, or no longer",
        body_schema=_KEEP,
    ),
    Way(
        *("POST", "/api/documents/bring", api_documents.bring, Action.ASK, "request"),
        decided_by="library",
        summary="Have what is kept ready of documents wait for the question that is being written on them",
        body_schema=_ABOUT,
        scope=ASKS,
    ),
    Way(
        *("GET", "/api/search", api_search.search, Action.SPACE_READ, "request"),
        decided_by="library",
        summary="Find words, phrases and numbers in the documents one may read",
        parameters=("q", "space", "document", *api_search.FILTERS, "former", "page"),
        scope=ASKS,
    ),
    Way(
        *("POST", "/api/documents/tags", api_documents.tag, Action.DOCUMENT_TAG, "administration"),
        decided_by="library",
        summary="Put tags on documents of one space, or take them off",
        body_schema=_TAGS,
    ),
    Way(
        *("POST", "/api/documents/delete", api_documents.delete_many, Action.DOCUMENT_DELETE, "administration"),
        decided_by="library",
        summary="Delete documents of one space: all of them or none",
        body_schema=_MANY,
    ),
)
