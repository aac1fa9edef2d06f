"""An event told to a receiver at the end of a route: signed here, where the secret is, sent once. Whoever tells
it tries again, or not.
"""

import hashlib
import hmac
import json
import re
from typing import Any

from demeure.airlock.connecting import Dialler
from demeure.airlock.errors import RouteFailed, RouteRefused
from demeure.airlock.route import Route
from demeure.airlock.web import exchange

MOST = 16 << 10
_ANSWER = 64 << 10
FIELDS = frozenset({"hook", "event", "index", "time", "kind", "phase", "outcome", "actor", "object", "chain"})
"""What an event may say: names, times and ids of the journal; never a content."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


def event_of(route: Route, told: Any) -> bytes:
    """The very bytes to send. Raises RouteRefused."""
    fine = isinstance(told, dict) and set(told) <= FIELDS
    fine = fine and _NAME.fullmatch(str(told.get("event", ""))) is not None
    fine = fine and all(value is None or isinstance(value, str | int) for value in told.values())
    body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode() if fine else b""
    if not body or len(body) > MOST:
        fr, en = "Ce n’est pas un événement de la maison.", "This is no event of the house."
        raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
    return body


def signature(secret: str, seconds: int, body: bytes) -> str:
    """``t=SECONDS,v1=HMAC-SHA-256`` (hexadecimal) of ``SECONDS.BODY``: a receiver refuses what is old or
    changed."""
    keyed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={keyed}"


async def send(dialler: Dialler, route: Route, secret: str, body: bytes, seconds: int, counted: list[int]) -> int:
    """The receiver's status, 2xx; what else it says is dropped. Raises RouteFailed and its kinds."""
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("User-Agent", "Demeure"),
        ("X-Demeure-Signature", signature(secret, seconds, body)),
    ]
    async with exchange(dialler, route, "POST", route.path or "/", headers, body, counted) as answer:
        await answer.whole(_ANSWER, route)
        if not 200 <= answer.status < 300:
            raise RouteFailed(route=route.id, detail=f"HTTP {answer.status}", detail_en=f"HTTP {answer.status}")
        return answer.status
