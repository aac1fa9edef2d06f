"""The answers of the running house to somebody without a session: each one must carry the house's own policy."""

import http.client
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demeure.gateway.guard import POLICY
from demeure.proof.house_facts import Fact
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, OPEN
from demeure.settings import Settings
from demeure.supervisor.given import way_in
from demeure.supervisor.health import running_state

_HEADER = "content-security-policy"
ASKED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "/", {}),
    ("GET", "/connexion", {}),
    ("GET", "/maison", {}),
    ("GET", "/static/demeure.css", {}),
    ("GET", "/api/documents", {}),
    ("GET", "/n-existe-pas", {}),
    ("DELETE", "/", {}),
    ("GET", "/", {"Host": "another.invalid"}),
)
"""Pages, a file, the API, and errors: unknown address, wrong method, a name that is not the house's."""


def on_every_answer(instance: Path, settings: Settings) -> list[Fact]:
    """One fact; none when the house is closed or serves no page."""
    state = running_state(instance)
    if not state or not state.get("address"):
        return []
    sealed = bool(way_in(instance, settings))
    try:
        bare = [f"{ask[0]} {ask[1]}" for ask in ASKED if _policy(state, sealed, *ask) != POLICY]
    except (OSError, http.client.HTTPException) as problem:
        told = type(problem).__name__
        return [
            Fact(
                "page-headers",
                INCONCLUSIVE,
                f"Les pages n’ont pas répondu à cette machine ({told}).",
                f"The pages did not answer this machine ({told}).",
            )
        ]
    if bare:
        told = ", ".join(bare)
        return [
            Fact(
                "page-headers",
                OPEN,
                f"Réponses sans politique (CSP)\u00a0: {told}.",
                f"Answers without CSP: {told}.",
            )
        ]
    return [
        Fact(
            "page-headers",
            BLOCKED,
            f"Les {len(ASKED)} réponses demandées à la maison portent sa politique (CSP), erreurs comprises.",
            f"The {len(ASKED)} answers asked of the house all carry its policy (CSP), errors included.",
        )
    ]


def _policy(state: Mapping[str, Any], sealed: bool, method: str, path: str, more: Mapping[str, str]) -> str:
    host, port = state["address"]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    if sealed:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # headers are read, nothing is said
        way: http.client.HTTPConnection = http.client.HTTPSConnection(near, port, timeout=5, context=context)
    else:
        way = http.client.HTTPConnection(near, port, timeout=5)
    try:
        way.request(method, path, headers=dict(more))
        return way.getresponse().getheader(_HEADER) or ""
    finally:
        way.close()
