"""How a computer comes to trust the house: its root, to download, and to compare with a paper. Open to all."""

from starlette.responses import Response

from demeure.gateway.errors import PageUnknown
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import PUBLIC_PAGE, Action

SYSTEMS = (
    ("root.windows", "root.windows_steps"),
    ("root.macos", "root.macos_steps"),
    ("root.linux", "root.linux_steps"),
    ("root.android", "root.android_steps"),
    ("root.ios", "root.ios_steps"),
    ("root.firefox", "root.firefox_steps"),
)
"""Name of each system, and its steps: one sentence between bars for each."""
_GROUP = 4
_FILE = "application/x-x509-ca-cert"
"""With this type phones and browsers offer to install what they receive."""


async def page(came: Visit) -> Response:
    """GET /racine: for the house's own authority; a given certificate needs nothing."""
    held = came.house.threshold
    root = facts = None
    if held is not None and held.root:
        from demeure.tls import facts_of

        root = facts_of(held.root)
    if held is not None:
        facts = held.facts
    return came.page(
        "root.html",
        root=root,
        facts=facts,
        groups=_groups(root.fingerprint) if root else [],
        systems=[(came.t(name), came.t(steps).split(" | ")) for name, steps in SYSTEMS],
        command="demeure tls init",
    )


def _groups(fingerprint: str) -> list[str]:
    upper = fingerprint.upper()
    return [upper[at : at + _GROUP] for at in range(0, len(upper), _GROUP)]


async def file(came: Visit) -> Response:
    """GET /racine/{name}: ``demeure-racine.crt`` (DER) or ``.pem``."""
    held, name = came.house.threshold, came.request.path_params["name"]
    if held is None or not held.root or name not in ("demeure-racine.crt", "demeure-racine.pem"):
        raise PageUnknown()
    content = held.root
    if name.endswith(".crt"):
        from ssl import PEM_cert_to_DER_cert

        content = PEM_cert_to_DER_cert(held.root.decode("ascii"))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        content, media_type=_FILE if name.endswith(".crt") else "application/x-pem-file", headers=headers
    )


WAYS = (
    Way("GET", "/racine", page, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE),
    Way("GET", "/racine/{name}", file, Action.PAGE_VIEW, "refusal", PUBLIC_PAGE),
)
