"""What an application's key may be given for, as data (pure). A later scope is one more line here, and a ``scope``
on the ways that it opens."""

from collections.abc import Mapping

from demeure.policy.decision import Action

ADD = "documents.add"

SCOPES: Mapping[str, frozenset[Action]] = {
    ADD: frozenset({Action.DOCUMENT_ADD, Action.DOCUMENT_READ, Action.DOCUMENT_TAG, Action.DOCUMENT_TEND}),
}
"""Scope → what it covers, within what the owner of the key may do. Reading is about the documents that the key
itself brought: their card, to put tags and dates on it."""

SCOPE_NAMES: Mapping[str, tuple[str, str]] = {
    ADD: ("ajouter des documents", "add documents"),
}
"""How each is said, French and English."""
