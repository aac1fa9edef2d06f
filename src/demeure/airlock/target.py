"""A backup target at the end of a route: an S3-compatible store, requests signed here (Signature Version 4), where
the secret is. What is sent is the caller's to have encrypted; its digest and size are said before its first byte.
"""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from demeure.airlock.connecting import Dialler
from demeure.airlock.errors import RouteFailed, RouteRefused, TargetMissing
from demeure.airlock.route import Route
from demeure.airlock.web import Answered, Header, exchange, host_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,199}){0,8}")
PREFIX = re.compile(r"[A-Za-z0-9._/-]{0,400}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_EMPTY = hashlib.sha256(b"").hexdigest()
_KEY, _SIZE = re.compile(rb"<Key>([^<]{1,1024})</Key>"), re.compile(rb"<Size>([0-9]{1,18})</Size>")
_ENTRY = re.compile(rb"<Contents>(.{0,8192}?)</Contents>", re.DOTALL)
_NEXT = re.compile(rb"<NextContinuationToken>([^<]{1,2048})</NextContinuationToken>")
_PAGE = 4 << 20
_PAGES = 200


@dataclass(frozen=True)
class Signed:
    """A request ready to leave: its target and its headers."""

    target: str
    headers: tuple[Header, ...]


def signed(
    route: Route,
    secret: str,
    now: datetime,
    method: str,
    name: str = "",
    query: Mapping[str, str] | None = None,
    digest: str = _EMPTY,
    size: int | None = None,
) -> Signed:
    """``name``: under the route's path (``/bucket/prefix``); ``now``: aware. Pure: the same call signs the same."""
    path = quote(f"{route.path}/{name}" if name else _bucket(route), safe="/-_.~")
    asked = urlencode(sorted((query or {}).items()), quote_via=quote, safe="-_.~")
    moment, day = f"{now:%Y%m%dT%H%M%SZ}", f"{now:%Y%m%d}"
    own = {"host": host_of(route), "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(sorted(own))
    lines = "".join(f"{key}:{own[key]}\n" for key in sorted(own))
    canonical = "\n".join((method, path, asked, lines, names, digest))
    scope = f"{day}/{route.region}/s3/aws4_request"
    told = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (day, route.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    proof = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={route.account}/{scope}, SignedHeaders={names}, Signature={proof}"
    headers = [("Authorization", credential), ("x-amz-content-sha256", digest), ("x-amz-date", moment)]
    headers += [("Content-Length", str(size))] if size is not None else []
    return Signed(f"{path}?{asked}" if asked else path, tuple(headers))


def named(route: Route, name: object) -> str:
    """Raises RouteRefused."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        fr, en = "Ce nom de sauvegarde n’est pas permis.", "This name of a backup is not allowed."
        raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
    return name


class Target:
    """One store, for one request each. ``now``: the time, aware (UTC)."""

    def __init__(self, dialler: Dialler, route: Route, secret: str, now: datetime, counted: list[int]) -> None:
        self._dialler, self._route, self._secret, self._now = dialler, route, secret, now
        self._counted = counted

    async def put(self, name: str, size: int, digest: str, content: AsyncIterator[bytes]) -> None:
        """``content``: ``size`` bytes of SHA-256 ``digest``, or the store is never given their end. Raises
        RouteFailed and its kinds."""
        ready = signed(self._route, self._secret, self._now, "PUT", name, digest=digest, size=size)
        told = _checked(self._route, content, size, digest)
        async with self._exchange("PUT", ready, told) as answer:
            await self._accepted(answer, 200, 201, 204)

    async def get(self, name: str) -> AsyncIterator[bytes]:
        """Its bytes as they come, as many as the route lets come back. Raises TargetMissing, RouteFailed."""
        ready = signed(self._route, self._secret, self._now, "GET", name)
        async with self._exchange("GET", ready, b"") as answer:
            await self._accepted(answer, 200)
            async for piece in answer.pieces:
                yield piece

    async def remove(self, name: str) -> None:
        """Nothing when it is not there. Raises RouteFailed."""
        ready = signed(self._route, self._secret, self._now, "DELETE", name)
        async with self._exchange("DELETE", ready, b"") as answer:
            await self._accepted(answer, 200, 204, 404)

    async def names(self, prefix: str) -> list[tuple[str, int]]:
        """(name, bytes) of what is there under ``prefix``, names as ``put`` takes them. Raises RouteFailed."""
        above = self._route.path.removeprefix(_bucket(self._route)).strip("/")
        start = f"{above}/" if above else ""
        found: list[tuple[str, int]] = []
        token = ""
        for _ in range(_PAGES):
            query = {"list-type": "2", "prefix": start + prefix}
            query |= {"continuation-token": token} if token else {}
            ready = signed(self._route, self._secret, self._now, "GET", query=query)
            async with self._exchange("GET", ready, b"") as answer:
                await self._accepted(answer, 200)
                page = await answer.whole(_PAGE, self._route)
            found += [(key.removeprefix(start), size) for key, size in _entries(page)]
            after = _NEXT.search(page)
            if after is None:
                return found
            token = after[1].decode("ascii", "replace")
        return found

    def _exchange(self, method: str, ready: Signed, content: bytes | AsyncIterator[bytes]):  # type: ignore[no-untyped-def]
        return exchange(self._dialler, self._route, method, ready.target, ready.headers, content, self._counted)

    async def _accepted(self, answer: Answered, *expected: int) -> None:
        if answer.status in expected:
            return
        if answer.status == 404:
            raise TargetMissing(route=self._route.id)
        told = {
            401: ("la clé d’accès est refusée", "the credential is refused"),
            403: (
                "la clé d’accès est refusée, ou l’horloge n’est pas à l’heure",
                "the credential is refused, or the clock is wrong",
            ),
            411: ("il veut une longueur", "it wants a length"),
            507: ("il est plein", "it is full"),
        }.get(answer.status, ("", ""))
        fr, en = (f"HTTP {answer.status} {one}".rstrip() for one in told)
        raise RouteFailed(route=self._route.id, detail=fr, detail_en=en)


def _entries(page: bytes) -> list[tuple[str, int]]:
    found = []
    for entry in _ENTRY.findall(page):
        key, size = _KEY.search(entry), _SIZE.search(entry)
        if key and size:
            found.append((key[1].decode("utf-8", "replace"), int(size[1])))
    return found


def _bucket(route: Route) -> str:
    """The first segment of the path."""
    return "/" + route.path.strip("/").partition("/")[0]


async def _checked(route: Route, content: AsyncIterator[bytes], size: int, digest: str) -> AsyncIterator[bytes]:
    """The last piece is kept back until everything was as announced."""
    seen, hashed, held = 0, hashlib.sha256(), b""
    async for piece in content:
        if not piece:
            continue
        if held:
            yield held
        seen, held = seen + len(piece), piece
        hashed.update(piece)
        if seen > size:
            break
    if seen != size or not hmac.compare_digest(hashed.hexdigest(), digest):
        fr, en = (
            "Ce qui devait sortir n’est pas ce qui a été annoncé.",
            "What was to leave is not what was announced.",
        )
        raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
    if held:
        yield held
