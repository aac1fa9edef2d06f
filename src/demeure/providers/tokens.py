"""What a provider says and signs, looked at (pure, but for the clock that is given): its description, its keys, an
ID token, signed claims. Signatures by joserfc; the algorithms are ours to choose, never the token's.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from demeure.providers.declared import SIGNED, Provider
from demeure.providers.errors import ProviderAnswer, TokenRefused

ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512"]
"""Public keys only: nothing signed by « none », nor by a secret that the house would share."""
LEEWAY = 120
"""Seconds by which clocks may differ."""
LONGEST, MOST_KEYS = 32 << 10, 64


@dataclass(frozen=True)
class Places:
    """Where a provider's doors are: ``authorization`` a whole address, for the browser; the others paths of the
    issuer's own host, for the airlock. ``end``: where the browser signs out there (OpenID Connect RP-Initiated
    Logout); empty: not offered, or elsewhere."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    end: str = ""


def places(one: Provider, document: bytes) -> Places:
    """Of its description (OpenID Connect Discovery, 4.2). Raises ProviderAnswer: it is another's, or leads
    elsewhere."""
    told = _object(one, document)
    if told.get("issuer") != one.issuer:
        raise _wrong(one, "il dit être un autre", "it says that it is another")
    methods = told.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise _wrong(one, "il ne connaît pas PKCE", "it does not know PKCE")
    userinfo = _path(one, told, "userinfo_endpoint") if one.userinfo != "none" else ""
    return Places(
        _address(one, told, "authorization_endpoint"),
        _path(one, told, "token_endpoint"),
        _path(one, told, "jwks_uri"),
        userinfo,
        _end(one, told),
    )


def _end(one: Provider, told: Mapping[str, Any]) -> str:
    """Optional: one that is on another host is as if there were none."""
    try:
        return _address(one, told, "end_session_endpoint")
    except ProviderAnswer:
        return ""


def discovery_path(one: Provider) -> str:
    """Where its description is, on its host."""
    return urlsplit(one.issuer).path.rstrip("/") + "/.well-known/openid-configuration"


def keys_of(one: Provider, document: bytes) -> Any:
    """Its public keys. Raises ProviderAnswer."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    told = _object(one, document)
    rows = told.get("keys")
    if not isinstance(rows, list) or len(rows) > MOST_KEYS:
        raise _wrong(one, "il n’a pas de clés", "it has no keys")
    usable = [row for row in rows if isinstance(row, dict) and row.get("kty") in ("RSA", "EC") and _signs(row)]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as problem:
        raise _wrong(one, "ses clés ne se lisent pas", "its keys cannot be read") from problem


def _signs(row: Mapping[str, Any]) -> bool:
    return row.get("use", "sig") == "sig" and "d" not in row


def kid_of(token: str) -> str:
    """The key that a token says it was signed by; empty: it does not say."""
    from joserfc.errors import JoseError
    from joserfc.jws import extract_compact

    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, UnicodeError):
        return ""
    kid = header.get("kid", "")
    return kid if isinstance(kid, str) else ""


def knows(keys: Any, kid: str) -> bool:
    """Is that key among them? Without a name any of one may be tried."""
    return any(key.kid == kid for key in keys.keys) if kid else bool(keys.keys)


def id_token(one: Provider, token: str, keys: Any, client: str, nonce: str, now: datetime) -> dict[str, Any]:
    """Its claims, verified as OpenID Connect Core asks (3.1.3.7). Raises TokenRefused."""
    claims = _signed(one, token, keys)
    _mine(one, claims, client)
    seconds = now.timestamp()
    ends, begun = claims.get("exp"), claims.get("iat")
    if not isinstance(ends, int | float) or not isinstance(begun, int | float):
        raise _no(one, "il ne dit ni depuis quand, ni jusqu’à quand", "it says neither since nor until when")
    if ends + LEEWAY < seconds:
        raise _no(one, "son temps est passé", "its time is over")
    if begun - LEEWAY > seconds or begun + 3600 < seconds:
        raise _no(one, "il n’est pas de maintenant", "it is not of now")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise _no(one, "il répond à une autre demande", "it answers another request")
    if one.acr and claims.get("acr") not in one.acr:
        raise _no(one, "le niveau demandé n’y est pas", "the level that was asked for is not there")
    if one.minutes:
        shown = claims.get("auth_time")
        if not isinstance(shown, int | float) or shown + 60 * one.minutes + LEEWAY < seconds:
            raise _no(one, "la personne s’est montrée il y a trop longtemps", "the person was seen too long ago")
    return claims


def _mine(one: Provider, claims: Mapping[str, Any], client: str) -> None:
    """Of this provider, for this house."""
    if claims.get("iss") != one.issuer:
        raise _no(one, "il est d’un autre", "it is another’s")
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    if client not in named or (len(named) > 1 and claims.get("azp") != client):
        raise _no(one, "il est pour un autre", "it is for another")
    if claims.get("azp", client) != client:
        raise _no(one, "il est pour un autre", "it is for another")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or not subject.isprintable():
        raise _no(one, "il ne dit pas de qui", "it does not say of whom")


def userinfo(one: Provider, data: bytes, kind: str, keys: Any, client: str, subject: str) -> dict[str, Any]:
    """More claims of the same person. A signed answer is verified (ProConnect); a plain one is taken where the file
    says so. Raises TokenRefused, ProviderAnswer."""
    if one.userinfo == SIGNED:
        if kind != "application/jwt":
            raise _no(one, "ses renseignements ne sont pas signés", "its claims are not signed")
        claims = _signed(one, data.decode("ascii", "replace").strip(), keys)
        _mine(one, claims, client)
    else:
        claims = _object(one, data)
    if claims.get("sub") != subject:
        raise _no(one, "ses renseignements sont d’une autre personne", "its claims are of another person")
    return claims


def second_shown(one: Provider, claims: Mapping[str, Any]) -> bool:
    """Was a second proof shown there, as the declaration understands it?"""
    methods = claims.get("amr")
    told = [claims.get("acr"), *(methods if isinstance(methods, list) else [])]
    return any(isinstance(value, str) and value in one.second for value in told)


def _signed(one: Provider, token: str, keys: Any) -> dict[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError

    if len(token) > LONGEST:
        raise _no(one, "il est trop long", "it is too long")
    try:
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as problem:
        raise _no(one, "sa signature n’est pas la sienne", "its signature is not its own") from problem
    if not isinstance(found.claims, dict):
        raise _no(one, "il ne dit rien", "it says nothing")
    return dict(found.claims)


def _object(one: Provider, data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise _wrong(one, "ce n’est pas du JSON", "this is no JSON") from problem
    if not isinstance(told, dict):
        raise _wrong(one, "ce n’est pas du JSON", "this is no JSON")
    return told


def _address(one: Provider, told: Mapping[str, Any], name: str) -> str:
    """An address for the browser: of the issuer's own host and scheme."""
    value = told.get(name)
    parts, own = urlsplit(value if isinstance(value, str) else ""), urlsplit(one.issuer)
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc) or parts.fragment:
        raise _wrong(one, f"{name} est ailleurs que chez lui", f"{name} is elsewhere than at its own")
    return str(value)


def _path(one: Provider, told: Mapping[str, Any], name: str) -> str:
    parts = urlsplit(_address(one, told, name))
    if parts.query:
        raise _wrong(one, f"{name} a une question", f"{name} has a query")
    return parts.path


def _wrong(one: Provider, fr: str, en: str) -> ProviderAnswer:
    return ProviderAnswer(provider=one.id, detail=fr, detail_en=en)


def _no(one: Provider, fr: str, en: str) -> TokenRefused:
    return TokenRefused(provider=one.id, detail=fr, detail_en=en)
