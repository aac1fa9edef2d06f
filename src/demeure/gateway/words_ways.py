"""The ways of the API to the organisation's words and to those of a space."""

from demeure.gateway.api import words as api
from demeure.gateway.way import UPLOAD, Way
from demeure.policy import Action

_TERM = {
    "type": "object",
    "required": ["form"],
    "properties": {
        "form": {"type": "string"},
        "kind": {"type": "string", "enum": ["term", "acronym", "service", "place"]},
        "meaning": {"type": "string"},
        "also": {"type": "array", "items": {"type": "string"}},
        "avoid": {"type": "array", "items": {"type": "string"}},
        "note": {"type": "string"},
        "id": {"type": "integer", "description": "The entry that this one replaces"},
    },
}
_TEXT = {
    "type": "object",
    "required": ["kind", "body", "after"],
    "properties": {
        "kind": {
            "type": "string",
            "enum": ["style", "letterhead", "signature", "closing", "template", "procedure"],
        },
        "name": {"type": "string", "description": "Of a template or a procedure"},
        "body": {"type": ["string", "null"], "description": "null: taken away"},
        "after": {"type": "integer", "description": "The version that was read; refused (409) if another came"},
    },
}


def _ways(base: str, action: Action, by: str, see: Action, whose: str) -> tuple[Way, ...]:
    return (
        Way("GET", base, api.words, see, "refusal", decided_by=by, summary=f"Glossary and texts {whose}"),
        Way(
            *("POST", f"{base}/terms", api.put, action, "administration"),
            decided_by=by,
            summary=f"Add or replace an entry {whose}",
            body_schema=_TERM,
            answers="made",
        ),
        Way(
            *("DELETE", f"{base}/terms/{{term}}", api.remove, action, "administration"),
            decided_by=by,
            summary=f"Remove an entry {whose}",
            answers="nothing",
        ),
        Way(
            *("POST", f"{base}/csv", api.import_csv, action, "administration"),
            decided_by=by,
            body=UPLOAD,
            summary=f"Import a CSV file, whole or not at all {whose}",
            parameters=("alone",),
        ),
        Way(
            *("GET", f"{base}/csv", api.export_csv, see, "refusal"),
            decided_by=by,
            summary=f"The glossary as CSV {whose}",
            answers="file",
        ),
        Way(
            *("GET", f"{base}/text", api.versions, see, "refusal"),
            decided_by=by,
            summary=f"All versions of one text {whose}",
            parameters=("kind", "name"),
        ),
        Way(
            *("POST", f"{base}/text", api.write, action, "administration"),
            decided_by=by,
            body=128 << 10,
            summary=f"The next version of a text {whose}",
            body_schema=_TEXT,
        ),
    )


WORDS_API = (
    *_ways("/api/words", Action.HOUSE_WORDS, "words", Action.PAGE_VIEW, "of the organisation"),
    *_ways("/api/spaces/{space}/words", Action.SPACE_WORDS, "words", Action.SPACE_READ, "of a space"),
)
