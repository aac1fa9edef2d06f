"""A timestamp (RFC 3161) of an authority at the end of a route. What leaves is a digest and a random number:
anything else is refused before it is looked at.
"""

import base64
import re
from typing import Any

from demeure.airlock.connecting import Dialler
from demeure.airlock.errors import RouteFailed, RouteRefused
from demeure.airlock.route import Route
from demeure.airlock.web import exchange

REPLY_LIMIT = 256 << 10
_PLAIN = re.compile(
    rb"\x30\x43\x02\x01\x01\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20.{32}\x02\x08.{8}\x01\x01\xff",
    re.DOTALL,
)
"""As ``journal.timestamp.query`` writes it: a SHA-256, a random number, the certificate wanted, nothing else."""
_ASKS, _REPLIES = "application/timestamp-query", "application/timestamp-reply"


def query_of(route: Route, told: Any) -> bytes:
    """The request (DER) out of ``{"query": base64}``: of a SHA-256, and nothing beside it. Raises RouteRefused."""
    try:
        query = base64.b64decode(told["query"], validate=True)
    except (ValueError, TypeError, KeyError):
        query = b""
    plain = _PLAIN.fullmatch(query) is not None
    if not plain:
        fr, en = "Ce n’est pas une demande d’horodatage.", "This is no request for a timestamp."
        raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
    return query


async def stamp(dialler: Dialler, route: Route, secret: str, query: bytes, counted: list[int]) -> bytes:
    """The authority's reply, unverified (``openssl ts`` does, with its certificate). Raises RouteFailed and its
    kinds."""
    headers = [("Content-Type", _ASKS), ("Accept", _REPLIES), ("Content-Length", str(len(query)))]
    if route.account and secret:
        proof = base64.b64encode(f"{route.account}:{secret}".encode()).decode()
        headers.append(("Authorization", f"Basic {proof}"))
    async with exchange(dialler, route, "POST", route.path or "/", headers, query, counted) as answer:
        if answer.status != 200:
            status = f"HTTP {answer.status}"
            raise RouteFailed(route=route.id, detail=status, detail_en=status)
        if answer.header("content-type").partition(";")[0].strip() != _REPLIES:
            fr, en = "ce n’est pas une réponse d’horodatage", "not a timestamp’s reply"
            raise RouteFailed(route=route.id, detail=fr, detail_en=en)
        return await answer.whole(REPLY_LIMIT, route)
