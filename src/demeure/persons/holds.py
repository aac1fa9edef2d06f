"""What forbids erasing although somebody asks: what the law, the archives or a dispute want kept."""

from datetime import date

from demeure.library import Document, about
from demeure.policy import HELD, VISA, Action, Right, in_force

KEEP_UNTIL, LEGAL_HOLD, ARCHIVES = "keep-until", "legal-hold", "archives"
"""A day on its card that has not come; a hold on it or on its space; public archives without the visa's number."""


def held(document: Document, today: date) -> str:
    """Code of what holds it under the policy in force; empty when it may be erased."""
    if document.keep_until and document.keep_until >= today.isoformat():
        return KEEP_UNTIL
    bound = in_force().bound(Action.DOCUMENT_DELETE, about(document, Right.MANAGE))
    if HELD in bound.marks:
        return LEGAL_HOLD
    return ARCHIVES if bound.terms and bound.terms.archives and VISA not in bound.marks else ""
