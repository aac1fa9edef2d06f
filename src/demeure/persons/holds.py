"""What forbids erasing although somebody asks: one small function, which the house's policy may fill further."""

from datetime import date

from demeure.library import Document

KEEP_UNTIL = "keep-until"
"""A document is to be kept until a day that has not come (its card says it): law, archive, dispute."""


def held(document: Document, today: date) -> str:
    """Code of what holds it; empty when it may be erased."""
    return KEEP_UNTIL if document.keep_until and document.keep_until >= today.isoformat() else ""
