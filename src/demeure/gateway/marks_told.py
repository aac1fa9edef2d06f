"""The marks of personal data of a document as pages, commands and programs show them: what, why, where."""

from typing import Any

from demeure.assistant import place_label
from demeure.library import Marked, page_of
from demeure.personal import kind_name


def rows(marked: Marked, language: str) -> list[dict[str, Any]]:
    """One a mark, JSON-able. ``page``: where it can be looked at; None: the document has none."""
    return [
        {
            "kind": one.kind,
            "kind_said": kind_name(one.kind, 1, language),
            "written": one.written,
            "rule": one.found.rule,
            "why": one.why(language),
            "times": one.times,
            "place": dict(one.place),
            "place_said": place_label(one.place, language),
            "page": page_of(one.place),
        }
        for one in marked.marks
    ]
