"""Style, scripts and mark: read once at start, served from memory, never from another place."""

import hashlib
from pathlib import Path

from starlette.responses import Response

from demeure.gateway.errors import PageUnknown
from demeure.gateway.visit import Visit

_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Assets:
    """The files of ``static/``, by name."""

    def __init__(self) -> None:
        files = sorted((Path(__file__).parents[1] / "static").iterdir())
        self._files = {f.name: (f.read_bytes(), _KINDS[f.suffix]) for f in files if f.suffix in _KINDS}
        self._tags = {name: f'"{hashlib.sha256(data).hexdigest()[:20]}"' for name, (data, _) in self._files.items()}

    async def asset(self, came: Visit) -> Response:
        """GET /static/{name}."""
        return self._answer(came, came.request.path_params["name"])

    async def icon(self, came: Visit) -> Response:
        """GET /favicon.ico: some browsers ask for it whatever the page says."""
        return self._answer(came, "demeure.svg")

    def _answer(self, came: Visit, name: str) -> Response:
        if name not in self._files:
            raise PageUnknown()
        data, kind = self._files[name]
        headers = {"ETag": self._tags[name], "Cache-Control": "no-cache"}
        if came.request.headers.get("if-none-match") == self._tags[name]:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=kind, headers=headers)
