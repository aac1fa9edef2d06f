"""Votre compte, logiciels: the extension of LibreOffice to download, and the keys of one's own programs."""

from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.applications import EACH_MINUTE
from demeure.gateway.key_forms import KeyForm, choices, form_of, limits_said
from demeure.gateway.pages import account
from demeure.gateway.pages.keys import STATES
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import GRACE_HOURS, NO_LIMITS, ApplicationKey
from demeure.office import FILE_NAME, bundle, connection_code
from demeure.policy import PERSONAL_SCOPES, SCOPE_NAMES, Action
from demeure.policy.scopes import ASKS, DRAFTS, MODELS

DAYS = 365
SCOPES_OF_ONE = (ASKS, DRAFTS, MODELS)
_PAGE = "/compte/logiciels"
_TYPE = "application/vnd.openofficeorg.extension"


async def give(came: Visit) -> Response:
    """POST /compte/logiciels: fields device, scope and space (repeated; none: what an extension of LibreOffice
    needs, wherever one may read), highest, quotas. The page with its connection code, shown once."""
    fields = await came.form()
    device = text_field(fields, "device", 200)
    asked = form_of(came, fields, tuple(sorted(PERSONAL_SCOPES)), DAYS)
    try:
        key, secret = await came.house.applications.give_own(
            came.actor, device, asked.days, asked.scopes, asked.spaces, asked.limits
        )
    except DemeureError as problem:
        if problem.http_status not in (400, 404, 409):
            raise
        return await account.page_of(came, problem, "programs")
    return await _shown(came, key.name, secret)


async def rotate(came: Visit) -> Response:
    """POST /compte/logiciels/{key}/renouveler: the page with its new code, shown once."""
    name = str(came.request.path_params["key"])
    secret = await came.house.applications.rotate(came.actor, name, GRACE_HOURS)
    return await _shown(came, name, secret)


async def _shown(came: Visit, name: str, secret: str) -> Response:
    held = came.house.threshold
    code = connection_code(came.house.address, secret, held.root if held else b"")
    return await account.page_of(came, given={"name": name, "code": code, "secret": secret})


async def offered(came: Visit) -> dict[str, Any]:
    """What the form offers."""
    given = KeyForm(SCOPES_OF_ONE, (), DAYS, NO_LIMITS).shown()
    spaces = list((await came.house.shelves.readable(came.actor)).items())
    return choices(came, SCOPES_OF_ONE) | {"spaces": spaces, "given": given, "usual": EACH_MINUTE}


async def revoke(came: Visit) -> Response:
    """POST /compte/logiciels/{key}/retirer."""
    await came.house.applications.revoke_own(came.actor, str(came.request.path_params["key"]))
    return RedirectResponse("/compte?fait=cle#programs", 303)


async def extension(came: Visit) -> Response:
    """GET /compte/logiciels/demeure-libreoffice.oxt."""
    del came
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    return Response(bundle(), media_type=_TYPE, headers=headers)


async def rows(came: Visit) -> list[dict[str, Any]]:
    """The keys of the page: those that open, and those that ended."""
    names = await came.house.shelves.readable(came.actor)
    return [_row(came, key, names) for key in await came.house.applications.own(came.actor)]


def _row(came: Visit, key: ApplicationKey, names: dict[str, str]) -> dict[str, Any]:
    signal, word = STATES[key.state]
    told = {"name": key.name, "signal": signal, "word": came.t(word), "open": key.state == "open"}
    told["may"] = ", ".join(SCOPE_NAMES[scope][came.language == "en"] for scope in key.scopes)
    told |= {"limits": limits_said(came, key), "where": [names[one] for one in key.spaces if one in names]}
    return told | {
        "path": f"{_PAGE}/{quote(key.name, safe='')}/retirer",
        "again": f"{_PAGE}/{quote(key.name, safe='')}/renouveler",
        "former": key.former_until if key.former_until and key.former_until > came.house.clock.now() else None,
        "expires": key.expires_at,
        "used": key.used_at,
    }


WAYS = (
    Way("POST", _PAGE, give, Action.ACCOUNT_CHANGE, "administration", sensitive=True),
    Way("GET", f"{_PAGE}/{FILE_NAME}", extension, Action.ACCOUNT_CHANGE, "refusal"),
    Way("POST", f"{_PAGE}/{{key}}/renouveler", rotate, Action.ACCOUNT_CHANGE, "administration", sensitive=True),
    Way("POST", f"{_PAGE}/{{key}}/retirer", revoke, Action.ACCOUNT_CHANGE, "administration"),
)
