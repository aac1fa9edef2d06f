"""What an application's key may be given for, as data (pure). A later scope is one more line here, and a ``scope``
on the ways that it opens."""

from collections.abc import Mapping

from demeure.policy.decision import Action

ADD = "documents.add"
ASKS, DRAFTS, MODELS, METRICS = "ask", "tasks", "models", "metrics"

SCOPES: Mapping[str, frozenset[Action]] = {
    ADD: frozenset({Action.DOCUMENT_ADD, Action.DOCUMENT_READ, Action.DOCUMENT_TAG, Action.DOCUMENT_TEND}),
    ASKS: frozenset({Action.ASK, Action.SPACE_READ, Action.DOCUMENT_READ, Action.CONVERSATION_WRITE}),
    DRAFTS: frozenset(
        {
            *(Action.TASK_USE, Action.WORK_READ, Action.WORK_WRITE),
            *(Action.ASK, Action.SPACE_READ, Action.DOCUMENT_READ),
        }
    ),
    MODELS: frozenset({Action.MODEL_USE}),
    METRICS: frozenset({Action.HOUSE_WATCH}),
}
"""Scope → what it covers, within what the owner of the key may do. With ``documents.add``, reading is about the
documents that the key itself brought: their card, to put tags and dates on it. With ``models``, a model of the
house reads what the program itself sends, and nothing of the house. With ``metrics``, numbers about the house."""

APART = frozenset({MODELS, METRICS})
"""Scopes that reach nothing that people put in the house: an administrator may give them for another."""

PERSONAL = frozenset({ASKS, DRAFTS})
"""Scopes that read: a person gives them to their own programs, nobody for another. Whoever shows such a key is that
person, within its scopes."""

SCOPE_NAMES: Mapping[str, tuple[str, str]] = {
    ADD: ("ajouter des documents", "add documents"),
    ASKS: ("interroger les documents", "ask the documents"),
    DRAFTS: ("faire rédiger", "have things drafted"),
    MODELS: ("employer les modèles", "use the models"),
    METRICS: ("lire les mesures", "read the measures"),
}
"""How each is said, French and English."""
