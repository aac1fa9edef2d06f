"""An OpenID provider at the end of a route: its documents read, a code exchanged, by who holds the secret.
Only paths of the declared host, only what the protocol needs; nothing is followed, nothing is kept.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from demeure.airlock.connecting import Dialler
from demeure.airlock.errors import RouteRefused
from demeure.airlock.route import Route
from demeure.airlock.web import Header, exchange

PATH = re.compile(r"(?:/[A-Za-z0-9._~%:@!$&'()*+,;=-]{1,200}){1,12}")
BEARER = re.compile(r"[\x21-\x7e]{1,16384}")
MOST = 512 << 10
_FORM = {"grant_type", "code", "redirect_uri", "code_verifier"}


def asked(route: Route, told: Any) -> tuple[str, str, dict[str, str], str]:
    """(method, path, form, bearer) of {"path", "form"?, "bearer"?}. Raises RouteRefused."""
    told = told if isinstance(told, dict) else {}
    path, form, bearer = told.get("path"), told.get("form"), told.get("bearer", "")
    fine = isinstance(path, str) and bool(PATH.fullmatch(path)) and ".." not in path
    fine = fine and isinstance(bearer, str) and (not bearer or bool(BEARER.fullmatch(bearer)))
    if form is not None:
        fine = fine and isinstance(form, dict) and set(form) <= _FORM and not bearer
        fine = fine and all(isinstance(one, str) and len(one) <= 4096 for one in form.values())
    if not fine or set(told) - {"path", "form", "bearer"}:
        fr, en = "Ce n’est pas une demande à un fournisseur d’identité.", "This is no request to a provider."
        raise RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
    return ("GET" if form is None else "POST"), str(path), dict(form or {}), str(bearer)


def body_of(form: Mapping[str, str]) -> bytes:
    """What leaves in clear, the client's secret apart."""
    return urlencode(form).encode() if form else b""


async def ask(
    dialler: Dialler, route: Route, secret: str, request: tuple[str, str, dict[str, str], str], counted: list[int]
) -> tuple[int, str, bytes]:
    """(status, type, body). ``secret``: the client's, empty for a public one (PKCE alone). Raises RouteFailed."""
    method, path, form, bearer = request
    headers: list[Header] = [("Accept", "application/json, application/jwt")]
    if bearer:
        headers.append(("Authorization", f"Bearer {bearer}"))
    body = b""
    if method == "POST":
        if secret:
            pair = f"{quote(route.account, safe='')}:{quote(secret, safe='')}".encode()
            headers.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        else:
            form = {**form, "client_id": route.account}
        body = body_of(form)
        headers += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body)))]
    async with exchange(dialler, route, method, path, headers, body, counted) as answer:
        data = await answer.whole(MOST, route)
        return answer.status, answer.header("content-type").partition(";")[0].strip(), data
