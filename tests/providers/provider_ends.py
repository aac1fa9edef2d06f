"""An identity provider of this machine, scripted: it signs by itself, and lies when told."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from airlock_services import answer
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "demeure", "client-secret-1234"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Key:
    """An RSA key with its name."""

    kid: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def public(self) -> dict[str, str]:
        n = self.key.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": number(n.n), "e": number(n.e)}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        head = {"alg": "RS256", "kid": self.kid, "typ": "JWT", **header}
        signed = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
        if head["alg"] == "none":
            return signed + "."
        if head["alg"] == "HS256":  # « signed » by the public key, which everybody knows
            keyed = hmac.HMAC(self.public()["n"].encode(), hashes.SHA256())
            keyed.update(signed.encode())
            return f"{signed}.{b64(keyed.finalize())}"
        return f"{signed}.{b64(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@dataclass
class Scripted:
    """``claims``, ``header``: change what is signed. ``instead``: path → a whole answer. ``userinfo``: claims, or a
    text sent as it is. ``now``: seconds. ``asked``: (path, head, form) of what came."""

    issuer: str = ""
    keys: list[Key] = field(default_factory=lambda: [Key("k1")])
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, bytes] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    userinfo: Any = None
    nonce: str = ""
    now: float = field(default_factory=time.time)
    published: list[Key] | None = None
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, head: bytes, body: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        self.asked.append((path, head.decode(), form))
        if path in self.instead:
            return self.instead[path]
        if path.endswith("/.well-known/openid-configuration"):
            return self._json(self._described())
        if path.endswith("/keys"):
            return self._json({"keys": [key.public() for key in self.published or self.keys]})
        if path.endswith("/token"):
            return self._token(head.decode(), form)
        if path.endswith("/userinfo"):
            if isinstance(self.userinfo, str):
                return answer("200 OK", self.userinfo.encode(), "application/jwt")
            return self._json(self.userinfo)
        return answer("404 Not Found")

    def _described(self) -> dict[str, Any]:
        here = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize"}
        here |= {"token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys"}
        return {**here, "userinfo_endpoint": f"{self.issuer}/userinfo", **self.description}

    def _token(self, head: str, form: dict[str, str]) -> bytes:
        told = base64.b64decode(head.split("Authorization: Basic ")[1].split("\r\n", maxsplit=1)[0]).decode()
        if tuple(unquote(part) for part in told.split(":")) != (CLIENT, SECRET) or form["code"] != "good":
            return answer("400 Bad Request", b'{"error": "invalid_grant"}', "application/json")
        return self._json({"id_token": self.token(), "access_token": "at-1", "token_type": "Bearer"})

    def token(self) -> str:
        usual = {"iss": self.issuer, "aud": CLIENT, "sub": "s-anne", "nonce": self.nonce, "iat": int(self.now)}
        usual |= {"exp": int(self.now) + 300}
        claims = {key: value for key, value in {**usual, **self.claims}.items() if value is not None}
        return self.keys[0].sign(claims, **self.header)

    @staticmethod
    def _json(told: Any) -> bytes:
        return answer("200 OK", json.dumps(told).encode(), "application/json")
