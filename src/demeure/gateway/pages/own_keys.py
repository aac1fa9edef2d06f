"""Votre compte, logiciels: the extension of LibreOffice to download, and the keys of one's own programs."""

from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.pages import account
from demeure.gateway.pages.keys import STATES
from demeure.gateway.visit import Visit, text_field
from demeure.gateway.way import Way
from demeure.identity import ApplicationKey
from demeure.office import FILE_NAME, bundle, connection_code
from demeure.policy import Action

DAYS = 365
_PAGE = "/compte/logiciels"
_TYPE = "application/vnd.openofficeorg.extension"


async def give(came: Visit) -> Response:
    """POST /compte/logiciels: field device. The page with its connection code, shown once."""
    device = text_field(await came.form(), "device", 200)
    try:
        key, secret = await came.house.applications.give_own(came.actor, device, DAYS)
    except DemeureError as problem:
        if problem.http_status not in (400, 409):
            raise
        return await account.page_of(came, problem, "programs")
    held = came.house.threshold
    code = connection_code(came.house.address, secret, held.root if held else b"")
    return await account.page_of(came, given={"name": key.name, "code": code, "secret": secret})


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
    return [_row(came, key) for key in await came.house.applications.own(came.actor)]


def _row(came: Visit, key: ApplicationKey) -> dict[str, Any]:
    signal, word = STATES[key.state]
    told = {"name": key.name, "signal": signal, "word": came.t(word), "open": key.state == "open"}
    return told | {
        "path": f"{_PAGE}/{quote(key.name, safe='')}/retirer",
        "expires": key.expires_at,
        "used": key.used_at,
    }


WAYS = (
    Way("POST", _PAGE, give, Action.ACCOUNT_CHANGE, "administration", sensitive=True),
    Way("GET", f"{_PAGE}/{FILE_NAME}", extension, Action.ACCOUNT_CHANGE, "refusal"),
    Way("POST", f"{_PAGE}/{{key}}/retirer", revoke, Action.ACCOUNT_CHANGE, "administration"),
)
