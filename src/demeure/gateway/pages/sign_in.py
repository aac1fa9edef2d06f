"""The threshold: login and password, choosing a password with a one-time link, leaving; and the two choices that
need no account."""

import re
from collections.abc import Awaitable, Callable

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.device import device
from demeure.gateway.errors import MethodUnknown, TooManyAttempts
from demeure.gateway.locale import LANGUAGES
from demeure.gateway.pages.account import link_said
from demeure.gateway.problems import wait_header
from demeure.gateway.visit import THEMES, Visit, cookie_name, text_field
from demeure.gateway.way import Way
from demeure.identity import LEAST_SIGNS, Half, HalfOver, Invitation
from demeure.identity.passkeys import text_of
from demeure.policy import PUBLIC_PAGE, Action

_YEAR = 365 * 86400
OWN_PATH = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?")
_LINKED = "/compte?fait=lien"
_MOST = 1000  # signs of a field: what is longer is no login, and a password has its own limit


async def sign_in(came: Visit) -> Response:
    """GET /connexion?retour=…."""
    if came.guest:
        return RedirectResponse("/", 303)
    return threshold(came, came.request.query_params.get("retour", "/"))


async def enter(came: Visit) -> Response:
    """POST /connexion: fields login, password, retour."""
    fields = await came.form()
    login, back = text_field(fields, "login", _MOST), fields.get("retour", "/")
    password = text_field(fields, "password", _MOST)
    try:
        token = await came.house.reception.sign_in(login, password, came.address, device_of(came))
    except DemeureError as problem:
        if problem.http_status not in (403, 429):
            raise
        return wait_header(problem, threshold(came, back, problem, login))
    back = back if OWN_PATH.fullmatch(back) else "/"
    return await second_step(came, token, back) if isinstance(token, Half) else _in(came, token, back)


async def second_step(came: Visit, half: str, back: str, problem: DemeureError | None = None) -> Response:
    """The second step. ``half`` opens nothing else, for five minutes."""
    sentence = problem.sentence(came.language) if problem else ""
    status = problem.http_status if problem else 200
    challenge, keys = await came.house.reception.passkeys(half) if came.passkey_host else (b"", [])
    return came.page(
        "second.html",
        status,
        problem=sentence,
        half=half,
        back=back,
        challenge=text_of(challenge),
        keys=[text_of(key) for key in keys],
        host=came.passkey_host,
    )


async def second_passkey(came: Visit) -> Response:
    """POST /connexion/cle: fields half, answer (a passkey's, JSON), retour."""
    fields = await came.form()
    answer = text_field(fields, "answer", 20_000)
    return await _finish(
        came,
        lambda half: came.house.reception.finish_passkey(
            half, answer, came.origin, came.passkey_host, came.address
        ),
    )


async def second(came: Visit) -> Response:
    """POST /connexion/code: fields half, code, retour."""
    code = text_field(await came.form(), "code", _MOST)
    return await _finish(came, lambda half: came.house.reception.finish(half, code, came.address))


async def _finish(came: Visit, work: Callable[[str], Awaitable[str]]) -> Response:
    fields = came.values
    half = text_field(fields, "half", _MOST)
    back = fields.get("retour", "/")
    back = back if OWN_PATH.fullmatch(back) or back == _LINKED else "/"
    try:
        return _in(came, await work(half), back)
    except DemeureError as problem:
        if problem.http_status not in (403, 429):
            raise
        over = threshold(came, back, problem) if isinstance(problem, HalfOver) else None
        return wait_header(problem, over or await second_step(came, half, back, problem))


async def enter_passkey(came: Visit) -> Response:
    """POST /connexion/cle-seule: fields answer (a passkey's, JSON), retour."""
    fields = await came.form()
    answer, back = text_field(fields, "answer", 20_000), fields.get("retour", "/")
    try:
        place = (came.origin, came.passkey_host, came.address, device_of(came))
        token = await came.house.reception.enter_passkey(answer, *place)
    except DemeureError as problem:
        if problem.http_status not in (403, 429):
            raise
        return wait_header(problem, threshold(came, back, problem))
    return _in(came, token, back if OWN_PATH.fullmatch(back) else "/")


def threshold(
    came: Visit, back: str, problem: DemeureError | None = None, login: str = "", *, gone: str = ""
) -> Response:
    """``gone``: they have just signed out « here », or « there » too, at their identity provider, or neither."""
    sentence = problem.sentence(came.language) if problem else ""
    status = problem.http_status if problem else 200
    back = back if OWN_PATH.fullmatch(back) else "/"
    told = {"problem": sentence, "login": login, "back": back, "over": False, "gone": gone}
    return came.page("sign_in.html", status, **told, **came.doors())


async def link(came: Visit) -> Response:
    """GET /lien/{token}: the page where a password is chosen. Looking uses nothing up."""
    return _choice(came, await _invitation(came))


async def choose(came: Visit) -> Response:
    """POST /lien/{token}: fields name, login (at the set-up of the house), password, again."""
    invitation = await _invitation(came)
    fields = await came.form()
    given = {name: text_field(fields, name, _MOST) for name in ("name", "login", "password", "again")}
    try:
        token = await came.house.reception.enter(
            came.request.path_params["token"],
            given["password"],
            given["again"],
            name=given["name"],
            login=given["login"],
            device=device_of(came),
            address=came.address,
        )
    except DemeureError as problem:
        if problem.http_status not in (400, 409, 429):
            raise
        return wait_header(problem, _choice(came, invitation, problem, given))
    replaced = invitation.given is not None and invitation.person.has_password
    back = _LINKED if replaced else "/"
    return await second_step(came, token, back) if isinstance(token, Half) else _in(came, token, back)


async def _invitation(came: Visit) -> Invitation:
    """Who guesses at links soon waits; who holds a good one never does, whatever others try."""
    if came.request.method not in ("GET", "POST"):
        raise MethodUnknown()
    token = came.request.path_params["token"]
    try:
        return await came.house.reception.look(token)
    except DemeureError as problem:
        if wait := came.house.attempts.wait(came.address):
            raise TooManyAttempts(seconds=wait) from problem
        await came.house.reception.turned_away(token, problem)
        raise


def _choice(
    came: Visit, invitation: Invitation, problem: DemeureError | None = None, given: dict[str, str] | None = None
) -> Response:
    person = invitation.person
    values = {"name": "" if invitation.first else person.name, "login": "" if invitation.first else person.login}
    return came.page(
        "set_up.html",
        problem.http_status if problem else 200,
        problem=problem.sentence(came.language) if problem else "",
        wrong=type(problem).__name__ if problem else "",
        first=invitation.first,
        again=person.has_password,
        by=link_said(came, invitation.given) if invitation.given and not invitation.first else "",
        given=values
        | {name: value for name, value in (given or {}).items() if name in values and invitation.first},
        least=LEAST_SIGNS,
    )


def device_of(came: Visit) -> str:
    return device(came.request.headers.get("user-agent", ""))


def _in(came: Visit, token: str, back: str) -> Response:
    """The session's cookie, on the way to the page that was wanted."""
    return come_in(came, token, RedirectResponse(back, 303))


def come_in(came: Visit, token: str, response: Response) -> Response:
    """``response``, with the session's cookie."""
    secure = came.request.url.scheme == "https"
    response.set_cookie(
        cookie_name(came.house, came.request), token, httponly=True, samesite="strict", secure=secure, path="/"
    )
    return response


async def leave(came: Visit) -> Response:
    """POST /deconnexion: the session ends first, whoever is slow outside; then a page of ours leads to the identity
    provider that they came by, to sign out there too: a form of ours may not lead to another site."""
    providers = came.house.providers
    way = await providers.way_of(came.session) if providers is not None else ("", "")
    await came.house.reception.leave(came.session)
    away = await providers.leaving(way, came.origin) if providers is not None else ""
    response = came.page("left.html", away=away) if away else RedirectResponse("/connexion", 303)
    secure = came.request.url.scheme == "https"  # without it a browser keeps a __Host- cookie
    response.delete_cookie(
        cookie_name(came.house, came.request), path="/", secure=secure, httponly=True, samesite="strict"
    )
    return response


async def language(came: Visit) -> Response:
    """GET /langue/{choice}?retour=…: keeps the choice in a cookie of one year."""
    return _kept(came, "demeure-language", LANGUAGES)


async def theme(came: Visit) -> Response:
    """GET /apparence/{choice}?retour=…."""
    return _kept(came, "demeure-theme", THEMES)


def _kept(came: Visit, cookie: str, choices: tuple[str, ...]) -> Response:
    back = came.request.query_params.get("retour", "/")
    response = RedirectResponse(back if OWN_PATH.fullmatch(back) else "/", 303)
    choice = came.request.path_params["choice"]
    if choice in choices:
        secure = came.request.url.scheme == "https"
        response.set_cookie(cookie, choice, max_age=_YEAR, httponly=True, samesite="lax", secure=secure, path="/")
    return response


WAYS = (
    Way("GET", "/connexion", sign_in, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE),
    Way("POST", "/connexion", enter, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("POST", "/connexion/code", second, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("POST", "/connexion/cle-seule", enter_passkey, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("POST", "/connexion/cle", second_passkey, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("GET", "/lien/{token}", link, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("POST", "/lien/{token}", choose, Action.SIGN_IN, "sign-in", PUBLIC_PAGE),
    Way("POST", "/deconnexion", leave, Action.SIGN_IN, "sign-in"),
    Way("GET", "/langue/{choice}", language, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE),
    Way("GET", "/apparence/{choice}", theme, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE),
)
