"""Coming in by an identity provider: authorization code with PKCE, state and nonce (OpenID Connect Core, RFC 9700).
The browser goes to the provider by itself; what the house asks the provider passes by the airlock.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from demeure.airlock import AirlockLine, Asker
from demeure.airlock import find as find_route
from demeure.airlock.line import asked
from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.gateway.provider_keeping import ProviderKeeping
from demeure.identity import Half, People, PersonUnknown
from demeure.identity.sessions import NO_WAY
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.policy import THE_HOUSE, VISITOR, Action, Actor, Resource, decide
from demeure.providers import (
    Admitted,
    Linking,
    NobodyHere,
    Provider,
    ProviderAnswer,
    ProviderMoved,
    ProviderUnknown,
    SignInDeclined,
    SignInOver,
    all_providers,
    find,
)
from demeure.providers.linking import LINKED, MADE
from demeure.providers.tokens import (
    Places,
    discovery_path,
    id_token,
    keys_of,
    kid_of,
    knows,
    places,
    second_shown,
    userinfo,
)
from demeure.store import DatabaseBusy, DiskFull

REFUSED = "provider-refused"
MINUTES, MOST = 10, 2000
"""How long a sign-in that was begun waits, and how many may."""
OUT, LONGEST_HINT, AWAY = "sortie-", 6000, 3.0
"""How the state of a return from signing out begins, which opens nothing; signs of an ID token that an address can
carry; seconds that a provider may take to say where one signs out."""
FRESH, AGAIN, LOOK = 600.0, 30.0, 5.0
"""Seconds for which what a provider says of itself is kept; between two readings of its keys."""


@dataclass(frozen=True)
class Begun:
    """``browser``: SHA-256 of the secret that the browser keeps in a cookie: a code that somebody else obtained is
    not taken here. ``again``: when they were sent to show who they are (POSIX seconds); 0: they come in."""

    provider: str
    nonce: str
    verifier: str
    browser: bytes
    back: str
    origin: str
    until: float
    again: float = 0.0


@dataclass(frozen=True)
class Came:
    """Who comes: what was signed. ``second``: a second proof was shown there; ``shown``: when they last showed who
    they are (POSIX seconds), 0: it does not say; ``token``: the ID token itself, what signs out there."""

    claims: dict[str, Any]
    second: bool
    shown: float
    token: str = ""


@dataclass
class Known:
    """What a provider says of itself, and when it was read (monotonic)."""

    places: Places
    keys: Any
    at: float
    keys_at: float


class ProviderRoom(ProviderKeeping):
    """What the doors and the commands call; one loop."""

    def __init__(
        self, instance: Path, linking: Linking, people: People, line: AirlockLine, journal: Journal, clock: Clock
    ) -> None:
        super().__init__(instance, linking, line, journal)
        self._people, self._clock = people, clock
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._left: OrderedDict[str, float] = OrderedDict()
        self._known: dict[Provider, Known] = {}
        self._offered: tuple[float, list[tuple[str, str]]] | None = None

    def forget_known(self) -> None:
        """What was declared changed."""
        self._known.clear()
        self._offered = None

    def offered(self) -> list[tuple[str, str]]:
        """(id, label) of those whose route is open; looked at every few seconds. Blocks a moment."""
        now = self._clock.monotonic()
        if self._offered is None or self._offered[0] + LOOK < now:
            try:
                known = [o for o in all_providers(self._instance) if self._line.serves(o.route)]
            except DemeureError:
                known = []  # a file that cannot be read opens no door; the command tells why
            self._offered = now, [(one.id, one.label) for one in known]
        return self._offered[1]

    async def begin(self, name: str, back: str, origin: str, *, again: bool = False) -> tuple[str, str]:
        """(where to send the browser, the secret that it keeps). ``origin``: of our pages, as the browser sees
        them. ``again``: who they are is to be shown there now, whoever they let in before. Raises
        ProviderUnknown, ProviderAnswer, the airlock's errors."""
        one = await self._one(name)
        known = await self._described(one)
        state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
        until = self._clock.monotonic() + 60 * MINUTES
        while len(self._begun) >= MOST:
            self._begun.popitem(last=False)
        asked_at = self._clock.now().timestamp() if again else 0.0
        self._begun[state] = Begun(one.id, nonce, verifier, _digest(browser), back, origin, until, asked_at)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {"response_type": "code", "client_id": await self._client(one), "redirect_uri": _return(origin)}
        query |= {"scope": one.scopes, "state": state, "nonce": nonce}
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        query |= {"acr_values": " ".join(one.acr)} if one.acr else {}
        query |= {"max_age": str(60 * one.minutes)} if one.minutes else {}
        query |= {"max_age": "0", "prompt": "login"} if again else {}
        sign = "&" if "?" in known.places.authorization else "?"
        return f"{known.places.authorization}{sign}{urlencode(query)}", browser

    async def finish(self, said: dict[str, str], browser: str, device: str, address: str) -> tuple[str, str]:
        """(the session's token or a Half, the page that was wanted). ``said``: state, code, iss, error. Raises
        SignInOver, SignInDeclined, TokenRefused, ProviderAnswer, NobodyHere, the airlock's errors."""
        begun = self._begun.pop(said.get("state", ""), None)  # it serves once, whatever comes of it
        if begun is None or begun.until < self._clock.monotonic():
            raise SignInOver()
        if not hmac.compare_digest(begun.browser, _digest(browser)):
            raise SignInOver()
        one = await self._one(begun.provider)
        try:
            came = await self._claims(one, begun, said)
            if begun.again and came.shown < begun.again - 60 * MINUTES:  # it would be asked for without end
                raise _wrong(one, *_UNSEEN)
            return await self._enter(one, came, device, address), begun.back
        except DemeureError as problem:
            draft = Draft("sign-in", REFUSED, chain=uuid4().hex, actor=VISITOR.id, object=one.id)
            await self._journal.record(_with(draft, problem.code()))
            raise

    async def way_of(self, session: str) -> tuple[str, str]:
        """What ``leaving`` takes, read while the session lives; NO_WAY: by none, or it cannot be read now."""
        try:
            return await asyncio.to_thread(self._people.step.way, session)
        except DemeureError:
            return NO_WAY

    async def leaving(self, way: tuple[str, str], origin: str) -> str:
        """Where the browser of a session that came by ``way`` signs out there too (OpenID Connect RP-Initiated
        Logout); empty: it came by none, or by one that offers nothing, is not to, or does not answer within AWAY
        seconds: nothing is raised."""
        name, hint = way
        if not name:
            return ""
        try:
            async with asyncio.timeout(AWAY):
                one = await self._one(name)
                end = (await self._described(one)).places.end if one.logout else ""
                client = await self._client(one) if end else ""
        except (DemeureError, OSError) as problem:  # of the airlock too, and of time (TimeoutError)
            note("gateway", f"signing out at {name}: {type(problem).__name__}")
            return ""
        if not end:
            return ""
        query = {"client_id": client, "post_logout_redirect_uri": _return(origin), "state": self._out()}
        query |= {"id_token_hint": hint} if 0 < len(hint) <= LONGEST_HINT else {}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(query)}"

    def _out(self) -> str:
        """A state that comes back once from signing out there."""
        while len(self._left) >= MOST:
            self._left.popitem(last=False)
        state = f"{OUT}{secrets.token_urlsafe(32)}"
        self._left[state] = self._clock.monotonic() + 60 * MINUTES
        return state

    def came_out(self, state: str) -> bool:
        """Is it the state of somebody whom we sent to sign out there? It serves once."""
        return self._left.pop(state, -1.0) >= self._clock.monotonic()

    async def _claims(self, one: Provider, begun: Begun, said: dict[str, str]) -> "Came":
        if said.get("iss", one.issuer) != one.issuer:  # RFC 9207: another provider answered
            raise SignInOver()
        if said.get("error"):
            raise SignInDeclined(provider=one.id, detail=said["error"][:60])
        code = said.get("code", "")
        if not code:
            raise SignInOver()
        known, client = await self._described(one), await self._client(one)
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": begun.verifier}
        form |= {"redirect_uri": _return(begun.origin)}
        told = _json(one, await self._ask(one, {"path": known.places.token, "form": form}))
        token, access = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str):
            raise _wrong(one, "il n’a rien signé", "it signed nothing")
        await self._keys_for(one, known, kid_of(token))
        claims = id_token(one, token, known.keys, client, begun.nonce, self._clock.now())
        second, at = second_shown(one, claims), claims.get("auth_time")  # signed, of the token alone
        if known.places.userinfo:
            answer = await self._ask(one, {"path": known.places.userinfo, "bearer": str(access or "")})
            data, kind = _good(one, answer), str(answer.data["type"])
            await self._keys_for(
                one, known, kid_of(data.decode("ascii", "replace")) if kind.endswith("jwt") else ""
            )
            claims = userinfo(one, data, kind, known.keys, client, claims["sub"]) | claims
        shown = float(at) if isinstance(at, int | float) and 0 < at < 1 << 40 else 0.0
        return Came(claims, second, shown, token)

    async def _enter(self, one: Provider, came: "Came", device: str, address: str) -> str:
        second, claims = came.second, came.claims
        fresh = secrets.token_hex(8)
        foreseen = await asyncio.to_thread(self._linking.foreseen, one, claims, fresh)
        if foreseen is None:
            raise NobodyHere(provider=one.id)
        person, chain = foreseen.person, uuid4().hex
        words = [one.id, foreseen.how, *(["second"] if second else []), *(["changed"] if foreseen.changed else [])]
        draft = Draft("sign-in", "signed-in", chain=chain, actor=person.id, object=" ".join(words))
        intention = await self._journal.intention(draft)  # before anything is made, linked or changed
        try:
            await asyncio.to_thread(self._linking.admit, one, claims, foreseen)
            for fact in _facts(one, foreseen, chain):
                await self._journal.record(fact)
            more: dict[str, Any] = {"second": second, "shown": came.shown, "way": (one.id, came.token)}
            session = await asyncio.to_thread(lambda: self._people.step.come_in(person.id, device, address, **more))
            with suppress(DiskFull, DatabaseBusy):
                await asyncio.to_thread(self._linking.came_in, one.id, person.id)
        except PersonUnknown as problem:
            await self._journal.close(intention, "refused", decision=problem.code())
            raise NobodyHere(provider=one.id) from problem
        except BaseException as problem:
            code = problem.code() if isinstance(problem, DemeureError) else type(problem).__name__
            await asyncio.shield(self._journal.close(intention, "failed", decision=code))
            raise
        words += ["half"] if isinstance(session.token, Half) else []
        await self._journal.close(intention, "done", object=" ".join(words))
        return session.token

    # -- what it says of itself -----------------------------------------------------------------------------------

    async def _one(self, name: str) -> Provider:
        one = await asyncio.to_thread(find, self._instance, name)
        if not await asyncio.to_thread(self._line.serves, one.route):
            raise ProviderUnknown(provider=name[:40])
        if not await asyncio.to_thread(self.leads, one):  # the route may be another since it was declared
            raise ProviderMoved(provider=one.id, route=one.route, issuer=one.issuer)
        return one

    async def _client(self, one: Provider) -> str:
        return (await asyncio.to_thread(find_route, self._instance, one.route)).account

    async def ways_of(self, actor: Actor) -> list[tuple[str, str]]:
        """(id, label) of those that are offered and let this person in."""
        theirs = await asyncio.to_thread(self._linking.of, actor.id)
        return [(name, label) for name, label in self.offered() if name in theirs]

    async def _described(self, one: Provider) -> Known:
        now = self._clock.monotonic()
        known = self._known.get(one)
        if known is None or known.at + FRESH < now:
            found = places(one, _good(one, await self._ask(one, {"path": discovery_path(one)})))
            keys = keys_of(one, _good(one, await self._ask(one, {"path": found.keys})))
            self._known = {o: k for o, k in self._known.items() if o.id != one.id}
            self._known[one] = known = Known(found, keys, now, now)
        return known

    async def _keys_for(self, one: Provider, known: Known, kid: str) -> None:
        """Its keys again when it signs by one that is not known: it changed them. Not at each try."""
        now = self._clock.monotonic()
        if not knows(known.keys, kid) and known.keys_at + AGAIN <= now:
            known.keys_at = now
            known.keys = keys_of(one, _good(one, await self._ask(one, {"path": known.places.keys})))

    async def _ask(self, one: Provider, body: dict[str, Any]) -> Any:
        asker = Asker(VISITOR.id, (), one.sensitivity, chain=uuid4().hex)
        return await self._line.call("openid", asked(asker, one.route), json.dumps(body).encode())

    async def check(self, actor: Actor, name: str) -> dict[str, Any]:
        """Read what it says of itself, again. Raises Denied, ProviderUnknown, ProviderAnswer, the airlock's."""
        decide(actor, Action.PEOPLE_ADMINISTER, Resource("house")).require()
        one = await self._one(name)
        self._known.pop(one, None)
        known = await self._described(one)
        return {**vars(known.places), "id": one.id, "keys": len(known.keys.keys)}


_UNSEEN = (
    "il ne dit pas que vous venez de lui montrer qui vous êtes (auth_time)",
    "it does not say that you just showed it who you are (auth_time)",
)
"""A link gives them a password: docs/directory.md."""


def _facts(one: Provider, admitted: Admitted, chain: str) -> list[Draft]:
    """An entry for an account that was made or linked, one for another role."""
    person, role, actor = admitted.person, admitted.person.role.value, THE_HOUSE.id
    facts = list[Draft]()
    if admitted.how == MADE:
        what = f"{person.id} {role} {one.id}"
        facts.append(Draft("administration", "provider-added", chain=chain, actor=actor, object=what))
    if admitted.how == LINKED:
        what = f"{person.id} {one.id}"
        facts.append(Draft("administration", "provider-linked", chain=chain, actor=actor, object=what))
    if admitted.was and admitted.was != role:
        what = f"{person.id} {role} was={admitted.was}"
        facts.append(Draft("administration", "provider-role", chain=chain, actor=actor, object=what))
    return facts


def _return(origin: str) -> str:
    return f"{origin}/connexion/retour"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _with(draft: Draft, decision: str) -> Draft:
    from dataclasses import replace

    return replace(draft, decision=decision)


def _good(one: Provider, answer: Any) -> bytes:
    """Its body. Raises ProviderAnswer."""
    if answer.data["status"] != 200:
        raise _wrong(one, f"HTTP {answer.data['status']}", f"HTTP {answer.data['status']}")
    return bytes(answer.body)


def _json(one: Provider, answer: Any) -> dict[str, Any]:
    """Raises SignInDeclined (its own word for an error), ProviderAnswer."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as problem:
        raise _wrong(one, "ce n’est pas du JSON", "this is no JSON") from problem
    if not isinstance(told, dict):
        raise _wrong(one, "ce n’est pas du JSON", "this is no JSON")
    if answer.data["status"] != 200:
        error = told.get("error")
        raise SignInDeclined(provider=one.id, detail=error[:60] if isinstance(error, str) else "?")
    return told


def _wrong(one: Provider, fr: str, en: str) -> ProviderAnswer:
    return ProviderAnswer(provider=one.id, detail=fr, detail_en=en)
