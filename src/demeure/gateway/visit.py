"""One request, once it is known who asks: the house, the guest, the language, and how pages answer."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.locale import chosen
from demeure.gateway.proofs import LOOSE
from demeure.gateway.reds import few_words
from demeure.identity.passkeys import text_of
from demeure.policy import Action, Actor, Resource, Role
from demeure.supervision import STOP

THEMES = ("auto", "light", "dark")


@dataclass
class Visit:
    """``guest`` is None before sign-in; handlers of ways that ask for one may use ``actor``."""

    house: House
    request: Request
    language: str
    theme: str
    session: str = ""
    guest: Actor | None = None
    journal_state: str = "ok"
    values: dict[str, str] = field(default_factory=dict)
    """Form fields, or the text fields of a JSON body read by ``json``."""
    fields: list[tuple[str, str]] = field(default_factory=list)
    """The same fields of a form, repeated names included."""

    @property
    def actor(self) -> Actor:
        assert self.guest is not None, "this way lets nobody in without signing in"
        return self.guest

    @property
    def token(self) -> str:
        """What a form of this session carries; another site cannot know it."""
        return form_token(self.session) if self.session else ""

    @property
    def wants_json(self) -> bool:
        return self.request.url.path.startswith(("/api/", "/v1/", "/mcp"))

    @property
    def address(self) -> str:
        """Of whoever speaks to us: the visitor, or the relay before us."""
        return self.request.client.host if self.request.client else ""

    @property
    def origin(self) -> str:
        """Of the page, as its browser says it; the guard looked at the name."""
        return f"{self.request.url.scheme}://{self.request.headers.get('host', '')}".lower()

    @property
    def passkey_host(self) -> str:
        """The name that passkeys are bound to; empty where there can be none: an address in figures, or no TLS."""
        host = (self.request.url.hostname or "").lower()
        figures = ":" in host or host.replace(".", "").isdigit()
        return "" if figures or (self.request.url.scheme != "https" and host != "localhost") else host

    def doors(self) -> dict[str, Any]:
        """What the sign-in page offers besides a password: identity providers, a passkey where the address
        allows."""
        ways = self.house.providers.offered() if self.house.providers is not None else []
        host = self.passkey_host
        return {"ways": ways, "host": host, "challenge": text_of(self.house.reception.challenge()) if host else ""}

    def t(self, key: str, **fields: Any) -> str:
        return self.house.rendering.say(self.language, key, **fields)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page."""
        return HTMLResponse(self.fragment(template, **values), status)

    def fragment(self, template: str, **values: Any) -> str:
        """The text of a template, as part of a page."""
        return self.house.rendering.page(template, self.language, self.common() | values)

    def fragments(self, templates: Mapping[str, str], **values: Any) -> dict[str, str]:
        """The texts of several templates, under the same names."""
        known = self.common() | values
        return {name: self.house.rendering.page(one, self.language, known) for name, one in templates.items()}

    def common(self) -> dict[str, Any]:
        """What every template may use."""
        name = self.guest.name if self.guest else ""
        told, last = self.house.told, self.house.proofs.last
        return {
            "organisation": self.house.settings.organisation,
            "guest": self.guest,
            "administers": self.guest is not None and self._may(Action.SPACE_CREATE),
            "decides": self.guest is not None and self._may(Action.POLICY_CHANGE),
            "keeps_registers": self.guest is not None and self._may(Action.REGISTER_READ),
            "controls": self._controls() if self.guest is not None else "",
            "review_late": self._review_late(),
            "enclosed": self.guest is not None and Role.CONTRACTOR in self.guest.roles,
            **self._present(),
            "alarms": self._alarms(),
            "seeks": self.guest is not None and self._may(Action.PERSON_FIND),
            "writing": self.house.going.of(self.guest.id) if self.guest is not None else frozenset(),
            "who": name,
            "initials": "".join(part[0] for part in name.split()[:2]).upper(),
            "theme": self.theme,
            "token": self.token,
            "here": self.request.url.path if self.request.method in ("GET", "HEAD") else "/",
            "journal_state": self.journal_state,
            "disk_full": self.house.pulse.disk()["full"],
            "ladder": self.house.ladder,
            "exits": told,
            "standing": told.standing,
            "red_words": few_words(last.told, self.t) if last and told.standing == LOOSE else "",
        }

    def _present(self) -> dict[str, Any]:
        """The windows that are open now, for everybody; whether this guest may close them."""
        rooms = self.house.safeguards
        found = rooms.contractors.present if rooms and self.guest else ()
        return {
            "present": found,
            "may_close": bool(found) and self._may(Action.CONTRACTOR_CLOSE),
            "minutes": lambda window: int(window.left(self.house.clock) // 60),
        }

    def _review_late(self) -> bool:
        """Is the review of rights late, for whoever signs it?"""
        rooms = self.house.safeguards
        return bool(self.guest and rooms and rooms.rights.late and self._may(Action.RIGHTS_REVIEW))

    def _alarms(self) -> int:
        """How many alarms are to be mended, for whoever sees the supervision."""
        raised = self.house.supervision.alarms.open()
        if not raised or self.guest is None or not self._may(Action.HOUSE_WATCH):
            return 0
        rules = self.house.supervision.alarms.rules
        return sum(rules[one.rule].tone == STOP for one in raised)

    def _controls(self) -> str:
        """Where those who answer for the rights begin; empty to the others."""
        if self._may(Action.RIGHTS_READ):
            return "/droits"
        return "/droits/lectures" if self._may(Action.LEGAL_SEE) else ""

    def _may(self, action: Action) -> bool:
        return self.house.decide(self.actor, action, Resource("house")).allowed

    def json(self, data: Any, status: int = 200) -> Response:
        return JSONResponse(data, status)

    async def json_body(self) -> dict[str, Any]:
        """The JSON object of the body. Raises InputError."""
        try:
            data = json.loads(await self.request.body())
        except (ValueError, RecursionError) as problem:
            raise InputError(detail="JSON") from problem
        if not isinstance(data, dict):
            raise InputError(detail="JSON")
        return data

    async def form(self) -> dict[str, str]:
        """The fields of an URL-encoded form; the last one of a name counts. Raises InputError."""
        try:
            text = (await self.request.body()).decode("utf-8", "replace")
            self.fields = parse_qsl(text, keep_blank_values=True, max_num_fields=1100, errors="replace")
        except ValueError as problem:
            raise InputError(detail="form") from problem
        self.values = dict(self.fields)
        return self.values

    def every(self, name: str, limit: int = 1000) -> list[str]:
        """All values of a repeated field of the form that was read, empty ones left out. Raises InputError."""
        found = [value for key, value in self.fields if key == name and value]
        if len(found) > limit or any(len(value) > 128 for value in found):
            raise InputError(detail=name)
        return found


def form_token(session: str) -> str:
    """Derived from the session's secret: nothing to store, the same after a restart, worthless without it."""
    return hmac.new(session.encode(), b"demeure form token 1", hashlib.sha256).hexdigest()


def visit(house: House, request: Request) -> Visit:
    """A visit before anything is known about the guest."""
    language = chosen(
        request.cookies.get("demeure-language"), request.headers.get("accept-language", ""), house.settings.language
    )
    theme = request.cookies.get("demeure-theme", "auto")
    return Visit(house, request, language, theme if theme in THEMES else "auto")


def cookie_name(house: House, request: Request) -> str:
    """``__Host-`` needs Secure, hence TLS. On plain loopback: a host-only cookie, named after the port because
    cookies ignore ports and two houses may live on one machine."""
    if request.url.scheme == "https":
        return "__Host-demeure"
    return f"demeure-session-{house.port}"


def key_of(request: Request) -> str:
    """The secret of an application's key (``Authorization: Bearer …``); empty without."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip()[:200] if scheme.lower() == "bearer" else ""


async def recognise(came: Visit, *, forgiving: bool = False) -> None:
    """Learn who asks: an application with its key, or the holder of a session. ``forgiving``: for a page that tells
    an error, where nobody is better than another error."""
    if secret := key_of(came.request):
        came.guest = None if forgiving else await came.house.applications.guest(secret)
        return
    session = came.request.cookies.get(cookie_name(came.house, came.request), "")
    try:
        came.session, came.guest = session, await came.house.reception.guest(session) if session else None
    except Exception:  # the store may be what failed
        if not forgiving:
            raise
        came.session, came.guest = "", None


def text_field(data: dict[str, Any], name: str, limit: int = 4096) -> str:
    """A text of the body that can be written as UTF-8; empty when absent or null. Raises InputError."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit:
        raise InputError(detail=name)
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise InputError(detail=name) from problem
    return value


def path_number(came: Visit) -> int:
    """The ``number`` of the address. Raises InputError."""
    said = str(came.request.path_params["number"])
    if not (said.isascii() and said.isdecimal() and len(said) < 9):
        raise InputError(detail="number")
    return int(said)
