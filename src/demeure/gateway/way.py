"""A way into the house: address, who may take it, what the journal keeps of it. ``app.WAYS`` lists them all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from demeure.errors import DemeureError
from demeure.gateway.visit import Visit
from demeure.policy import Action

Handler = Callable[[Visit], Awaitable[Response]]
Telling = Callable[[Visit, DemeureError], Awaitable[Response]]

EVENTS = {
    "refusal": "filter: written by the gate when policy refuses; an allowed reading leaves no entry of its own",
    "look": "retrieval: written by the library before a page, its text or the original is shown",
    "record": "retrieval: written by the journal room before lines, chains or receipts are given",
    "export": "extension: written by the room of files to send, before one is made",
    "request": "request, retrieval, answer: written by the assistant",
    "administration": "administration: written by the room that acts, before it acts",
    "sign-in": "sign-in: written by the reception, for a success and for a failure",
}
"""What ``Way.event`` may be: the journal's trace of that way, and who writes it."""

PAGE_BODY = 64 << 10
UPLOAD = -1


@dataclass(frozen=True)
class Way:
    """``action``: asked of ``policy.decide``. ``decided_by``: the gate itself, before the handler runs; or the room
    that knows the right on the space in question (the gate then asks first whether the person may view pages, and
    what of a form can be refused before it is read: see beforehand.py).
    ``resource``: kind of the resource (PUBLIC_PAGE: open to visitors). ``event``: see EVENTS. ``body``: most bytes
    of the request (UPLOAD: the setting). ``without_journal``: answers even when the journal does not write.
    ``scope``: of application keys that open this way (policy.SCOPES), spaces between several; empty: none does.
    ``sensitive``: whoever did not show who they are a moment ago is asked to (the form's fields are kept).
    ``told``: tells an error in this way's own manner (what was typed is kept); None: as everywhere else.
    ``summary``, ``body_schema``, ``form_schema``, ``gives``, ``parameters``, ``answers``: for the API's
    description."""

    method: str
    path: str
    handler: Handler
    action: Action
    event: str
    resource: str = "house"
    decided_by: str = "gate"
    body: int = PAGE_BODY
    without_journal: bool = False
    scope: str = ""
    sensitive: bool = False
    told: Telling | None = None
    summary: str = ""
    body_schema: Mapping[str, Any] = field(default_factory=dict)
    form_schema: Mapping[str, Any] = field(default_factory=dict)
    gives: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    answers: str = "object"

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes any of which opens it."""
        return frozenset(self.scope.split())

    @property
    def changes(self) -> bool:
        """Does it change anything? Then it must come from one of our pages."""
        return self.method not in ("GET", "HEAD")
